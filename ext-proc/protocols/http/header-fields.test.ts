import { expect, it } from 'vitest';
import { fieldValue, fieldValues } from './header-fields.ts';

const FIELDS = [
  ['a', '1'],
  ['b', ''],
  ['a', '2'],
] as const;

it('keeps the lines of a name apart, and joins them by commas', () => {
  expect(fieldValues(FIELDS, 'a')).toEqual(['1', '2']);
  expect(fieldValue(FIELDS, 'a')).toBe('1, 2');
});

it('tells an empty value from none', () => {
  expect([fieldValue(FIELDS, 'b'), fieldValues(FIELDS, 'b')]).toEqual(['', ['']]);
  expect([fieldValue(FIELDS, 'c'), fieldValues(FIELDS, 'c')]).toEqual([undefined, []]);
});
