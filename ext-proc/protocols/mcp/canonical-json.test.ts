import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

it('is the same whatever the order of members, white space and escapes', () => {
  const form = '{"a":[1,true,null,{"x":"é/","y":""}],"b":{}}';
  for (const text of [
    form,
    ' { "b" : { } , "a" : [ 1 , true , null , { "y" : "" , "x" : "\\u00e9\\/" } ] } ',
    '{"\\u0061":[1,true,null,{"x":"é\\u002f","y":""}],"b":{}}\n',
  ]) {
    expect(canonicalJson(text)).toBe(form);
  }
});

it.each([
  ['[9007199254740992]', '[9007199254740993]'],
  ['[1,2]', '[2,1]'],
  ['{"a":1}', '{"a":"1"}'],
  ['{"a":{"b":1}}', '{"a":{},"b":1}'],
  ['["a,b"]', '["a","b"]'],
  ['[""]', '[]'],
])('tells %s from %s', (one, other) => {
  expect(canonicalJson(one)).not.toBe(canonicalJson(other));
});

it('leaves out members of the outer object alone', () => {
  expect(canonicalJson('{"x":{"_meta":1},"_meta":2}', new Set(['_meta']))).toBe('{"x":{"_meta":1}}');
});

it('means what was written, and is its own form', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const form = canonicalJson(text);
      expect(JSON.parse(form)).toEqual(JSON.parse(text));
      expect(canonicalJson(form)).toBe(form);
    }),
  );
});
