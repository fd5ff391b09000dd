import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { STYLE_NAMES } from '../masking/styles/style.ts';
import { columnPattern, fitsPattern, MASK_STYLES, revealPattern } from './masking-rules.ts';

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

describe('a part of a pattern', () => {
  it.each([
    ['card', 'card'],
    ['*', ''],
    ['*', 'anything at all'],
    ['**', 'x'],
    ['card*', 'card_number'],
    ['*card', 'credit_card'],
    ['e*a*l', 'email'],
    ['we*rd', 'we.rd'],
    ['*', '*'],
  ])('%s fits %s', (pattern, name) => {
    expect(fitsPattern(pattern, name)).toBe(true);
  });

  it.each([
    ['card', 'cards'],
    ['card', 'discard'],
    ['card', 'Card'],
    ['a*b*c', 'acb'],
    ['ab*bc', 'abc'],
    ['?ard', 'card'],
    ['card', '*'],
  ])('%s does not fit %s', (pattern, name) => {
    expect(fitsPattern(pattern, name)).toBe(false);
  });

  it('fits what a plain oracle says', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    const name = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });
    fc.assert(
      fc.property(text, name, (pattern, of) => {
        const oracle = new RegExp(`^${pattern.replaceAll(/\*+/g, '.*')}$`);
        expect(fitsPattern(pattern, of)).toBe(oracle.test(of));
      }),
      { numRuns: 2_000 },
    );
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
});
