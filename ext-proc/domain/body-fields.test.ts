import { expect, test } from 'vitest';
import { bodyFields, jsonFields } from './body-fields.ts';

test('folds the names of every level', () => {
  expect(jsonFields({ User: { ROLE: 'Admin', list: [{ 'i\u017f_Admin': true }] } })).toEqual({
    user: { role: 'Admin', list: [{ is_admin: true }] },
  });
});

test('keeps every member whose name differs only by case', () => {
  expect(jsonFields({ role: 'a', Role: ['b', ['c']], ROLE: { X: 1 }, other: 1 })).toEqual({
    role: ['a', 'b', ['c'], { x: 1 }],
    other: 1,
  });
});

test('is the value itself where its names are folded', () => {
  const value = { user: [{ role: 'Admin' }], n: null };
  expect(jsonFields(value)).toBe(value);
  for (const scalar of [null, 1, 'X', true, undefined]) expect(jsonFields(scalar)).toBe(scalar);
});

test('takes a member named __proto__ for one like any other', () => {
  expect(JSON.stringify(jsonFields(JSON.parse('{"__proto__":{"A":1},"B":2}')))).toBe(
    '{"__proto__":{"a":1},"b":2}',
  );
  expect(JSON.stringify(bodyFields('form', { ['__proto__']: ['1'], 'a[__proto__]': ['2'] }))).toBe(
    '{"__proto__":["1"],"a[__proto__]":["2"],"a":[{"__proto__":["2"]}]}',
  );
});

test("puts a form's field wherever a server may find it", () => {
  expect(
    bodyFields('form', { user: ['x'], 'User[Role]': ['admin', 'b'], 'n[0]': ['1'], 'n[1]': ['2'] }),
  ).toEqual({
    user: ['x', { role: ['admin', 'b'] }],
    'user[role]': ['admin', 'b'],
    'n[0]': ['1'],
    'n[1]': ['2'],
    n: ['1', '2', { 0: ['1'], 1: ['2'] }],
  });
});

test('goes down the name of a field no further than any rule looks', () => {
  const fields = bodyFields('form', { [`a${'[b]'.repeat(10_000)}`]: ['1'] });
  expect(JSON.stringify(fields).length).toBeLessThan(40_000);
});

test('takes linear time for names that are one', () => {
  const names = Array.from({ length: 1 << 14 }, (_, index) =>
    [...'abcdefghijklmn'].map((letter, bit) => ((index >> bit) & 1 ? letter.toUpperCase() : letter)).join(''),
  );
  const fields = jsonFields(Object.fromEntries(names.map((name) => [name, [1]])));
  expect(fields).toEqual({ abcdefghijklmn: Array.from({ length: 1 << 14 }, () => 1) });
});
