import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStrictJson } from './strict-json.ts';

describe('parseStrictJson', () => {
  it('reads whatever JSON.stringify writes, as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.integer({ min: 0, max: 3 }), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        expect(parseStrictJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses a name repeated anywhere in any object, however it is escaped', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue({ maxDepth: 3 }), fc.nat(3), (name, value, depth) => {
        const escaped = unicodeEscape(name);
        const twice = `{${JSON.stringify(name)}:${JSON.stringify(value)},"${escaped}":1}`;
        const nested = '[{"x":'.repeat(depth) + twice + '}]'.repeat(depth);
        expect(() => parseStrictJson(nested)).toThrow(SyntaxError);
      }),
    );
  });

  it('lets a name occur again in another object, and text that looks like names in strings', () => {
    const text = '{"a":{"b":1},"c":[{"b":2},{"b":3}],"d":"\\",\\"a\\":1,{[","e":"\\\\"}';
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });

  it('refuses what nests deeper than 32', () => {
    expect(() => parseStrictJson('['.repeat(32) + ']'.repeat(32))).not.toThrow();
    expect(() => parseStrictJson('['.repeat(33) + ']'.repeat(33))).toThrow(SyntaxError);
  });
});

/** The same text, every code unit of it as an escape. */
const unicodeEscape = (text: string): string =>
  Array.from(
    { length: text.length },
    (_, index) => `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');
