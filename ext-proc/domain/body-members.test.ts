import { expect, test } from 'vitest';
import { bodyMembers } from './body-members.ts';

test('shows the first level of an object', () => {
  expect(bodyMembers({ a: 1, b: 'x', c: null, d: { e: 1 }, f: [1, 'y', [2], { g: 3 }, null] })).toEqual({
    a: 1,
    b: 'x',
    c: null,
    d: null,
    f: [1, 'y', null, null, null],
  });
  expect(bodyMembers({})).toEqual({});
});

test('shows of a long list that it is long', () => {
  expect(bodyMembers({ a: Array.from({ length: 1_000 }, (_, index) => index) })).toEqual({
    a: [0, 1, 2, 3, 4, 5, 6, 7, 8],
  });
});

test('knows none of what is no object', () => {
  for (const value of [undefined, null, 1, 'x', true, [], [{ a: 1 }]])
    expect(bodyMembers(value)).toBeUndefined();
});

test('takes a member named __proto__ for one like any other', () => {
  const members = bodyMembers(JSON.parse('{"__proto__":{"limit":1},"limit":2}'));
  expect(JSON.stringify(members)).toBe('{"__proto__":null,"limit":2}');
});
