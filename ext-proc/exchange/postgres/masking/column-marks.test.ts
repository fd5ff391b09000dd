import { describe, expect, it } from 'vitest';

import { gateDenial } from '../../../domain/decision.ts';
import { columnPattern } from '../../../domain/masking-rules.ts';
import type { ColumnCatalogue } from '../../../domain/ports.ts';
import { ColumnMarks } from './column-marks.ts';

const TABLES: Readonly<Record<string, readonly string[]>> = {
  staff: ['id', 'name', 'salary'],
  orders: ['id', 'item'],
};

const catalogue: ColumnCatalogue = {
  version: () => '1',
  column: () => undefined,
  named: () => undefined,
  family: () => undefined,
  columns: (_upstream, _database, { table }) => TABLES[table],
};

const marksOf = (...columns: readonly string[]): ColumnMarks =>
  new ColumnMarks(
    columns.flatMap((text) => {
      const pattern = columnPattern(text);
      return pattern === undefined
        ? []
        : [{ upstream: undefined, ...pattern, tag: 'salary', style: 'full' as const }];
    }),
    gateDenial('', ''),
    catalogue,
    { upstream: 'u', database: 'd' },
  );
const anyOf = (marks: ColumnMarks, table: string): string | undefined =>
  marks.hidden({ schema: 'public', table, column: '*' })?.label;

describe('any column of a table', () => {
  it('is one that the table has: a glob for tables does not hide in all of them', () => {
    const marks = marksOf('*.*.salary');
    expect(anyOf(marks, 'staff')).toBe('public.staff.salary');
    expect(anyOf(marks, 'orders')).toBeUndefined();
  });

  it('of a table that the catalogue does not know may be marked', () => {
    expect(anyOf(marksOf('*.*.salary'), 'new_table')).toBe('public.new_table.*');
    expect(anyOf(marksOf('hr.*.salary'), 'new_table')).toBeUndefined();
  });
});
