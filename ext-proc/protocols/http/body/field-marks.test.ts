import { describe, expect, test } from 'vitest';
import type { Obligation } from '../../../domain/decision.ts';
import { fieldPattern, type FieldMarkRule, type FieldPattern } from '../../../domain/field-rules.ts';
import { fieldMarks, type FieldMarks } from './field-marks.ts';

const rule = (text: string, tag = 'private', style: FieldMarkRule['style'] = 'full'): FieldMarkRule => ({
  pattern: fieldPattern(text) as FieldPattern,
  upstream: undefined,
  tag,
  style,
});

const marksOf = (
  rules: readonly FieldMarkRule[],
  obligations: readonly Obligation[] = [],
  direction: 'request' | 'response' = 'response',
): FieldMarks => fieldMarks({ rules, obligations, direction });

const at = (marks: FieldMarks, path: string): string | undefined => {
  const state = path.split('.').reduce((around, name) => marks.enter(around, name), marks.start);
  const mark = marks.markOf(state);
  if (marks.removed(state)) return 'removed';
  return mark === undefined ? undefined : `${mark.kind}/${mark.style} ${mark.label}`;
};

const mask = (
  fields: string[],
  direction: 'request' | 'response' | 'both' = 'both',
  tag?: string,
): Obligation => ({
  kind: 'mask_fields',
  fields,
  style: 'hash',
  direction,
  ...(tag === undefined ? {} : { tag }),
});
const reveal = (...fields: string[]): Obligation => ({ kind: 'reveal_fields', fields });
const remove = (...fields: string[]): Obligation => ({ kind: 'remove_fields', fields });

describe('marks', () => {
  test('are empty where nothing is marked or removed', () => {
    expect(marksOf([]).empty).toBe(true);
    expect(marksOf([], [reveal('a')]).empty).toBe(true);
    expect(marksOf([rule('a')], [reveal('*')]).empty).toBe(true);
    expect(marksOf([rule('a', 'x')], [reveal('tag:x')]).empty).toBe(true);
    expect(at(marksOf([]), 'a.b')).toBeUndefined();
  });

  test('are those of the first rule that fits', () => {
    const marks = marksOf([rule('a.b', 'one'), rule('a.*', 'two', 'null')]);
    expect(at(marks, 'a.b')).toBe('one/full a.b');
    expect(at(marks, 'a.c')).toBe('two/null a.*');
    expect(at(marks, 'a')).toBeUndefined();
  });

  test('hold for everything below', () => {
    const marks = marksOf([rule('a.b', 'one'), rule('**.c', 'two')]);
    expect(at(marks, 'a.b.x.y')).toBe('one/full a.b');
    expect(at(marks, 'a.b.x.c')).toBe('two/full **.c');
    expect(at(marks, 'a.x')).toBeUndefined();
  });

  test('hold in any case of the letters, a reveal by the letter', () => {
    expect(at(marksOf([rule('Customer.CARD')]), 'cUSTOMER.card')).toBe('private/full Customer.CARD');
    expect(at(marksOf([rule('**.ssn')]), 'x.\u017f\u017fn')).toBe('private/full **.ssn');
    expect(at(marksOf([rule('\u212aey')]), 'KEY')).toBe('private/full \u212aey');
    const revealed = marksOf([rule('a.b')], [reveal('a.B')]);
    expect(at(revealed, 'a.b')).toBe('private/full a.b');
    expect(at(revealed, 'a.B')).toBeUndefined();
  });

  test('may be of the body itself', () => {
    const marks = marksOf([rule('**')]);
    expect(marks.markOf(marks.start)?.label).toBe('**');
  });
});

describe('a reveal', () => {
  test('lifts what configuration marks, there and below', () => {
    const marks = marksOf([rule('**.card'), rule('a')], [reveal('a')]);
    expect(at(marks, 'a')).toBeUndefined();
    expect(at(marks, 'a.card')).toBeUndefined();
    expect(at(marks, 'b.card')).toBe('private/full **.card');
  });

  test('of a tag leaves the marks of other tags', () => {
    const marks = marksOf([rule('a', 'one'), rule('a', 'two')], [reveal('tag:one')]);
    expect(at(marks, 'a')).toBe('two/full a');
  });

  test('lifts no mark of the decision itself', () => {
    const marks = marksOf([], [reveal('*'), reveal('a'), mask(['a'])]);
    expect(at(marks, 'a')).toBe('policy/hash a');
    expect(at(marks, 'a.b')).toBe('policy/hash a');
  });
});

test("a decision's mark goes before configuration's, in its direction alone", () => {
  const rules = [rule('a')];
  expect(at(marksOf(rules, [mask(['a'], 'both', 'mine')]), 'a')).toBe('mine/hash a');
  expect(at(marksOf(rules, [mask(['a'], 'request')]), 'a')).toBe('private/full a');
  expect(at(marksOf([], [mask(['a'], 'request')], 'request'), 'a')).toBe('policy/hash a');
  expect(marksOf([], [mask(['a'], 'request')], 'response').empty).toBe(true);
});

test('a removal is one of requests, and in any case of the letters', () => {
  const marks = marksOf([rule('a')], [remove('**.admin'), reveal('*')], 'request');
  expect(marks.hasRemovals).toBe(true);
  expect(at(marks, 'x.Admin')).toBe('removed');
  expect(at(marksOf([], [remove('**.salary')], 'request'), 'x.\u017falary')).toBe('removed');
  expect(at(marks, 'x')).toBeUndefined();
  expect(marksOf([], [remove('a')], 'response').empty).toBe(true);
});

test('what is no pattern fits nothing', () => {
  expect(marksOf([], [mask(['', 'a..b']), remove('.')], 'request').empty).toBe(true);
});

test('ten thousands of different names leave the answers as they are', () => {
  const marks = marksOf([rule('**.x.y')]);
  for (let each = 0; each < 25_000; each++) expect(at(marks, `n${each}.x.z`)).toBeUndefined();
  expect(at(marks, 'n1.x.y')).toBe('private/full **.x.y');
  expect(at(marks, 'new.x.y')).toBe('private/full **.x.y');
});
