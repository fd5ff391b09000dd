import { describe, expect, it } from 'vitest';
import type { ColumnMarkRule } from './masking-rules.ts';
import { type MarkableTable, unusedMarks } from './unused-marks.ts';

const table = (text: string, columns: readonly string[], isView = false): MarkableTable => {
  const [schema = '', name = ''] = text.split('.');
  return { schema, table: name, columns, isView };
};
const TABLES = [
  table('public.people', ['id', 'card', 'phone']),
  table('public.orders', ['note']),
  table('sales.customers', ['iban']),
  table('public.Quoted', ['Card']),
  table('public.cards', ['number'], true),
];
const mark = (text: string, upstream?: string): ColumnMarkRule => {
  const [schema = '', name = '', column = ''] = text.split('.');
  return { schema, table: name, column, upstream, tag: 'marked', style: 'full' };
};
const found = (text: string) =>
  unusedMarks([mark(text)], 'sample', TABLES).map(({ why, nearest }) => [why, nearest]);

describe('a mark', () => {
  it.each([
    'public.people.card',
    '*.people.card',
    'public.*.c*d',
    '*.*.*',
    'public.People.CARD',
    'public.quoted.card',
  ])('that fits a table’s column in any case of its letters is used: %s', (text) => {
    expect(found(text)).toEqual([]);
  });

  it.each([
    ['public.people.crad', 'public.people.card'],
    ['public.poeple.card', 'public.people.card'],
    ['pulbic.people.cards', 'public.people.card'],
    ['app.people.card', 'public.people.card'],
    ['public.persons_of_interest.card', 'public.people.card'],
    ['*.customer.iban', 'sales.customers.iban'],
  ])('that fits nothing is told with the nearest: %s', (text, nearest) => {
    expect(found(text)).toEqual([['fits_nothing', nearest]]);
  });

  it.each(['public.people.salary', 'nowhere.nothing.never', 'app.clients.card'])(
    'that resembles nothing is told without: %s',
    (text) => {
      expect(found(text)).toEqual([['fits_nothing', undefined]]);
    },
  );

  it('that fits views alone masks nothing', () => {
    expect(found('public.cards.number')).toEqual([['fits_views_only', undefined]]);
    expect(found('public.*.*')).toEqual([]);
  });

  it('is not asked of an upstream that it is not for', () => {
    expect(unusedMarks([mark('a.b.c', 'other')], 'sample', TABLES)).toEqual([]);
    expect(unusedMarks([mark('a.b.c', 'sample')], 'sample', TABLES)).toHaveLength(1);
  });
});
