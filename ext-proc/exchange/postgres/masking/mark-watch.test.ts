import { expect, test } from 'vitest';
import type { MarkableTable } from '../../../domain/unused-marks.ts';
import { watchMarks } from './mark-watch.ts';

function watched(...marks: readonly string[]) {
  const lines: { fields: object; message: string }[] = [];
  const ignore = (): void => undefined;
  const watch = watchMarks({
    rules: marks.map((text) => {
      const [schema = '', table = '', column = ''] = text.split('.');
      return { upstream: undefined, schema, table, column, tag: 'marked', style: 'full' as const };
    }),
    log: {
      debug: ignore,
      info: ignore,
      error: ignore,
      warn: (fields, message) => lines.push({ fields, message }),
    },
  });
  const read = (database: string, ...columns: readonly string[]): void =>
    watch.read('sample', database, (): MarkableTable[] => [
      { schema: 'public', table: 'people', columns, isView: false },
    ]);
  return { read, lines };
}

test('a mark that fits nothing is told once, with the nearest name, however often the catalogue is read', () => {
  const { read, lines } = watched('public.people.crad');
  read('app', 'id', 'card');
  read('app', 'id', 'card', 'note');
  expect(lines).toEqual([
    {
      fields: {
        code: 'GH_MASKING_MARK_UNUSED',
        upstream: 'sample',
        database: 'app',
        mark: 'public.people.crad',
        nearest: 'public.people.card',
      },
      message: 'a mark of masking.columns fits no column, and masks nothing; public.people.card may be meant',
    },
  ]);
});

test('a mark that fits is not told, nor in a second database that has not what it is for', () => {
  const { read, lines } = watched('public.people.card');
  read('app', 'card');
  read('other', 'id');
  expect(lines).toEqual([]);
});

test('a mark whose column was renamed is told, and again after it was there in between', () => {
  const { read, lines } = watched('public.people.card');
  read('app', 'card');
  read('app', 'number');
  read('app', 'card');
  read('app', 'number');
  expect(lines).toHaveLength(2);
});
