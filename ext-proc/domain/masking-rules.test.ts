import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { STYLE_NAMES } from '../masking/styles/style.ts';
import type { ColumnName } from './lineage.ts';
import {
  columnPattern,
  MASK_STYLES,
  marksColumn,
  marksColumnOf,
  revealPattern,
  revealsColumn,
  type ColumnPattern,
  type RevealPattern,
} from './masking-rules.ts';

const column = (text: string): ColumnName => {
  const [schema, table, name] = text.split('/') as [string, string, string];
  return { schema, table, column: name };
};
const marks = (pattern: string, of: string): boolean =>
  marksColumn(columnPattern(pattern) as ColumnPattern, column(of));
const reveals = (pattern: string, of: string, tag = 'email'): boolean =>
  revealsColumn(revealPattern(pattern) as RevealPattern, column(of), tag);

test('the styles are those that masking has', () => {
  expect(MASK_STYLES).toEqual(STYLE_NAMES);
});

describe('a column pattern', () => {
  it('has exactly three parts', () => {
    expect(columnPattern('public.people.card')).toEqual({
      schema: 'public',
      table: 'people',
      column: 'card',
    });
    for (const wrong of [
      '',
      'card',
      'people.card',
      'app.public.people.card',
      '.people.card',
      'public..card',
      'public.people.',
      'public.people.ca\nrd',
      'public.people.ca\0rd',
      `public.people.${'x'.repeat(129)}`,
      '...',
    ]) {
      expect(columnPattern(wrong), JSON.stringify(wrong)).toBeUndefined();
    }
  });
});

describe('a mark', () => {
  it.each([
    ['public.people.card', 'public/people/card'],
    ['public.people.card', 'Public/PEOPLE/Card'],
    ['Public.People.Card', 'public/people/card'],
    ['public.secrets.*', 'public/secrets/value'],
    ['*.*.card*', 'sales/invoice/card_number'],
    ['*.*.*card', 'sales/invoice/credit_card'],
    ['public.people_*.e*a*l', 'public/people_2026/email'],
    ['public.we*rd.x', 'public/we.rd/x'],
    ['public.people.card', 'public/people/*'],
    ['public.people.**', 'public/people/x'],
  ])('%s fits %s', (pattern, of) => {
    expect(marks(pattern, of)).toBe(true);
  });

  it.each([
    ['public.people.card', 'public/people/cards'],
    ['public.people.card', 'public/people/discard'],
    ['public.people.card', 'hr/people/card'],
    ['public.people.card', 'public/orders/*'],
    ['public.people.a*b*c', 'public/people/acb'],
    ['public.people.ab*bc', 'public/people/abc'],
    ['public.people.?ard', 'public/people/card'],
    ['public.people.c.*', 'public/people/card'],
  ])('%s does not fit %s', (pattern, of) => {
    const read = columnPattern(pattern);
    expect(read !== undefined && marksColumn(read, column(of))).toBe(false);
  });

  it('holds for its upstream, or for all', () => {
    const rule = {
      upstream: 'orders' as string | undefined,
      schema: '*',
      table: '*',
      column: 'card',
      tag: 'payment_card',
      style: 'full',
    } as const;
    const card = column('public/people/card');
    expect(marksColumnOf(rule, 'orders', card)).toBe(true);
    expect(marksColumnOf(rule, 'billing', card)).toBe(false);
    expect(marksColumnOf({ ...rule, upstream: undefined }, 'billing', card)).toBe(true);
  });
});

describe('a reveal', () => {
  it('is of everything, of a tag or of columns, and nothing else', () => {
    expect(revealPattern('*')).toEqual({ kind: 'all' });
    expect(revealPattern('tag:email')).toEqual({ kind: 'tag', tag: 'email' });
    expect(revealPattern('public.people.*')).toEqual({
      kind: 'columns',
      pattern: { schema: 'public', table: 'people', column: '*' },
    });
    for (const wrong of ['', '**', 'tag:', 'tag:*', 'tag:Email', 'TAG:email', 'people.card', 'a.b.c.d']) {
      expect(revealPattern(wrong), wrong).toBeUndefined();
    }
  });

  it('of everything fits all, a tag what has it', () => {
    expect(reveals('*', 'public/people/card', 'payment_card')).toBe(true);
    expect(reveals('*', 'public/people/*', 'payment_card')).toBe(true);
    expect(reveals('tag:email', 'public/people/email', 'email')).toBe(true);
    expect(reveals('tag:email', 'public/people/card', 'payment_card')).toBe(false);
  });

  it('of a column fits that one, by the letter', () => {
    expect(reveals('public.people.email', 'public/people/email')).toBe(true);
    expect(reveals('public.people.e*', 'public/people/email')).toBe(true);
    expect(reveals('public.people.email', 'public/People/email')).toBe(false);
    expect(reveals('public.people.email', 'public/people/card')).toBe(false);
  });

  it('of a whole row takes the whole table, not one column and not a tag', () => {
    expect(reveals('public.people.*', 'public/people/*')).toBe(true);
    expect(reveals('public.people.email', 'public/people/*')).toBe(false);
    expect(reveals('public.people.*a*', 'public/people/*')).toBe(false);
    expect(reveals('tag:email', 'public/people/*')).toBe(false);
  });
});

test('globs fit what a plain oracle says', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
  const name = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });
  fc.assert(
    fc.property(text, name, (glob, of) => {
      fc.pre(glob !== '' && of !== '');
      const oracle = new RegExp(`^${glob.replaceAll(/\*+/g, '.*')}$`);
      expect(marks(`s.t.${glob}`, `s/t/${of}`)).toBe(oracle.test(of));
    }),
    { numRuns: 2_000 },
  );
});
