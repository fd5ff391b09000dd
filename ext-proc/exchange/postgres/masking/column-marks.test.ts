import { describe, expect, it } from 'vitest';
import type { Decision, Obligation } from '../../../domain/decision.ts';
import type { ColumnMarkRule, MaskStyle } from '../../../domain/masking-rules.ts';
import type { ColumnCatalogue } from '../../../domain/ports.ts';
import { snapshotOf } from '../../../protocols/postgres/sql/lineage/catalogue.fixture.ts';
import { columnCatalogue } from '../../../protocols/postgres/sql/lineage/column-catalogue.ts';
import { ColumnMarks } from './column-marks.ts';

const HEIR = 16_385;
const snapshot = snapshotOf([
  { name: 'people', columns: ['id', 'card', 'Pin'], descendants: [HEIR] },
  { name: 'archive', columns: ['id', 'card', 'Pin'], ancestors: [16_384] },
  { name: 'orders', columns: ['id', 'note'] },
]);

function rule(text: string, style: MaskStyle = 'full', tag = 'marked', upstream?: string): ColumnMarkRule {
  const [schema = '', table = '', column = ''] = text.split('.');
  return { upstream, schema, table, column, style, tag };
}
function marksOf(
  rules: readonly ColumnMarkRule[],
  obligations: readonly Obligation[] = [],
  catalogue: ColumnCatalogue = columnCatalogue(() => snapshot),
): ColumnMarks {
  const decision: Decision = {
    verdict: 'allow',
    rule: 'r',
    reason: '',
    obligations,
    reportOnly: [],
    bundleHash: '',
  };
  return new ColumnMarks(rules, decision, catalogue, { upstream: 'sample', database: 'app' });
}
const hidden = (marks: ColumnMarks, text: string): string | undefined => {
  const [schema = '', table = '', column = ''] = text.split('.');
  return marks.hidden({ schema, table, column })?.label;
};

describe('a mark', () => {
  it('fits in any case of its letters, by the words of a glob', () => {
    for (const text of ['public.people.card', 'PUBLIC.People.CARD', '*.people.*', 'public.peo*.c*d'])
      expect(hidden(marksOf([rule(text)]), 'public.people.card'), text).toBe('public.people.card');
    expect(hidden(marksOf([rule('public.people.pin')]), 'public.people.Pin')).toBe('public.people.Pin');
    expect(hidden(marksOf([rule('public.people.car')]), 'public.people.card')).toBeUndefined();
  });

  it('gives the style and tag of the first that fits, a decision’s before the configuration’s', () => {
    const rules = [rule('public.people.card', 'partial', 'payment_card'), rule('*.*.card', 'hash')];
    const found = (marks: ColumnMarks) => marks.hidden({ schema: 'public', table: 'people', column: 'card' });
    expect(found(marksOf(rules))).toMatchObject({ style: 'partial', tag: 'payment_card' });
    const more: Obligation = { kind: 'mask', columns: ['public.people.*'], style: 'null' };
    expect(found(marksOf(rules, [more]))).toMatchObject({ style: 'null', tag: 'policy' });
  });

  it('of another upstream is none', () => {
    const marks = marksOf([rule('*.*.*', 'full', 'marked', 'other')]);
    expect(marks.none).toBe(true);
    expect(hidden(marks, 'public.people.card')).toBeUndefined();
  });

  it('holds for the whole family, up and down, column by column and for any', () => {
    for (const [marked, asked] of [
      ['public.people.card', 'public.archive.card'],
      ['public.archive.card', 'public.people.card'],
      ['public.people.card', 'public.archive.*'],
      ['public.archive.card', 'public.people.*'],
    ] as const)
      expect(hidden(marksOf([rule(marked)]), asked), asked).toBeDefined();
    expect(hidden(marksOf([rule('public.people.card')]), 'public.archive.id')).toBeUndefined();
    expect(hidden(marksOf([rule('public.people.card')]), 'public.orders.*')).toBeUndefined();
  });

  it('is judged by its name where the catalogue does not know the column, or cannot be read', () => {
    const blind = columnCatalogue(() => undefined);
    expect(hidden(marksOf([rule('public.people.card')], [], blind), 'public.people.card')).toBeDefined();
    expect(hidden(marksOf([rule('public.people.card')], [], blind), 'public.people.*')).toBeDefined();
    expect(hidden(marksOf([rule('public.made.x')]), 'public.made.x')).toBe('public.made.x');
  });
});

describe('a name with dots', () => {
  const marks = marksOf([rule('od*.people.card')]);
  it('is marked if any way to read it is', () => {
    expect(marks.hiddenIn('od.d.people', 'card')).toBeDefined();
    expect(marks.hiddenIn('od.d.people', '*')).toBeDefined();
    expect(marks.hiddenIn('od.d.persons', 'card')).toBeUndefined();
  });

  it('is none without a dot, and has no schema then', () => {
    expect(marks.hiddenIn('people', 'card')).toBeUndefined();
    expect(marksOf([rule('*.people.card')]).hiddenIn('people', 'card')).toBeDefined();
  });
});

describe('what is revealed', () => {
  const rules = [rule('*.*.card', 'full', 'payment_card'), rule('*.*.pin', 'full', 'pin')];
  const revealing = (...columns: readonly string[]) => marksOf(rules, [{ kind: 'reveal', columns }]);

  it('is by the letter, by the tag, or all', () => {
    expect(hidden(revealing('public.people.card'), 'public.people.card')).toBe('public.archive.card');
    expect(hidden(revealing('public.*.card'), 'public.people.card')).toBeUndefined();
    expect(hidden(revealing('public.*.CARD'), 'public.people.card')).toBeDefined();
    expect(hidden(revealing('tag:payment_card'), 'public.people.card')).toBeUndefined();
    expect(hidden(revealing('tag:payment_card'), 'public.people.Pin')).toBeDefined();
    expect(revealing('*').none).toBe(true);
  });

  it('is any column of a table only where all are', () => {
    expect(hidden(revealing('public.*.card'), 'public.people.*')).toBeDefined();
    expect(hidden(revealing('public.*.*'), 'public.people.*')).toBeUndefined();
  });

  it('cannot be said in a way that is not understood', () => {
    expect(hidden(revealing('people', 'public.people', 'tag:No Tag'), 'public.people.card')).toBeDefined();
  });
});

describe('any column of a table', () => {
  it('is one that the table has: a glob for tables does not hide in all of them', () => {
    const marks = marksOf([rule('*.*.card')]);
    expect(hidden(marks, 'public.people.*')).toBe('public.people.card');
    expect(hidden(marks, 'public.orders.*')).toBeUndefined();
  });

  it('of a table that the catalogue does not know may be marked', () => {
    expect(hidden(marksOf([rule('*.*.card')]), 'public.made.*')).toBe('public.made.*');
    expect(hidden(marksOf([rule('hr.*.card')]), 'public.made.*')).toBeUndefined();
  });
});
