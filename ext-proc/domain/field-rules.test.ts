import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  enterField,
  FIELD_STATE_START,
  fieldPattern,
  fieldRevealPattern,
  isFieldState,
  type FieldPattern,
} from './field-rules.ts';
import { fitsPattern } from './masking-rules.ts';

const fits = (text: string, path: readonly string[]): boolean => {
  const pattern = fieldPattern(text) as FieldPattern;
  const state = path.reduce((at, name) => enterField(pattern, at, name), FIELD_STATE_START);
  return isFieldState(pattern, state);
};

describe('a pattern', () => {
  test.each([
    ['card', ['card']],
    ['customer.card', ['customer', 'card']],
    ['**.**.ssn', ['**', 'ssn']],
    ['a.**.**.**.b.**', ['a', '**', 'b', '**']],
    ['card_*', ['card_*']],
    ['***', ['***']],
    ['ümläut.日本', ['ümläut', '日本']],
    ['tag:x', ['tag:x']],
  ])('%s is names with dots between', (text, names) => {
    expect(fieldPattern(text)).toEqual(names);
  });

  test.each(['', '.', 'a.', '.a', 'a..b', 'a\nb', 'a\u0000', 'x'.repeat(129), Array(31).fill('a').join('.')])(
    '%j is none',
    (text) => {
      expect(fieldPattern(text)).toBeUndefined();
    },
  );

  test('has thirty names at most, and all of them count', () => {
    const names = Array.from({ length: 30 }, (_, index) => `n${index}`);
    expect(fits(names.join('.'), names)).toBe(true);
    expect(fits(names.join('.'), names.slice(0, -1))).toBe(false);
    expect(fits(names.join('.'), [...names, 'more'])).toBe(false);
    expect(fits(`**.${names.slice(1).join('.')}`, ['x', 'y', ...names.slice(1)])).toBe(true);
  });

  test.each([
    ['card', 'card', true],
    ['card', 'Card', false],
    ['card', 'customer.card', false],
    ['customer.card', 'customer.card', true],
    ['customer.card', 'customer.card.number', false],
    ['customer.*', 'customer.card', true],
    ['customer.*', 'customer', false],
    ['customer.*', 'customer.card.number', false],
    ['**.ssn', 'ssn', true],
    ['**.ssn', 'a.b.ssn', true],
    ['**.ssn', 'a.ssn.b', false],
    ['a.**.b', 'a.b', true],
    ['a.**.b', 'a.x.y.b', true],
    ['a.**.b', 'a', false],
    ['a.**', 'a', true],
    ['a.**', 'a.b.c', true],
    ['a.**', 'b.a', false],
    ['**', '', true],
    ['**', 'a.b', true],
    ['*', '', false],
    ['**.a.**.a', 'a.a', true],
    ['**.a.**.a', 'a', false],
    ['*_key.**', 'api_key.value', true],
  ])('%s of the path %j: %s', (text, path, expected) => {
    expect(fits(text, path === '' ? [] : path.split('.'))).toBe(expected);
  });

  test('a name with a dot in it is reached by a star in its place', () => {
    expect(fits('customer*card', ['customer.card'])).toBe(true);
    expect(fits('customer.card', ['customer.card'])).toBe(false);
  });

  test('fits what trying every way says', () => {
    const slow = (pattern: readonly string[], path: readonly string[]): boolean => {
      const [word, ...rest] = pattern;
      const [name, ...below] = path;
      if (word === undefined) return name === undefined;
      if (word === '**') return slow(rest, path) || (name !== undefined && slow(pattern, below));
      return name !== undefined && fitsPattern(word, name) && slow(rest, below);
    };
    const names = fc.constantFrom('a', 'b', 'ab', '');
    const words = fc.constantFrom('a', 'b', '*', 'a*', '**', '**');
    fc.assert(
      fc.property(
        fc.array(words, { minLength: 1, maxLength: 6 }),
        fc.array(names, { maxLength: 6 }),
        (pattern, path) => {
          expect(fits(pattern.join('.'), path)).toBe(slow(pattern, path));
        },
      ),
      { numRuns: 5_000 },
    );
  });
});

test.each([
  ['*', { kind: 'all' }],
  ['tag:card', { kind: 'tag', tag: 'card' }],
  ['tag:Not a tag', undefined],
  ['customer.*', { kind: 'fields', pattern: ['customer', '*'] }],
  ['**', { kind: 'fields', pattern: ['**'] }],
  ['', undefined],
])('the reveal %j', (text, meaning) => {
  expect(fieldRevealPattern(text)).toEqual(meaning);
});
