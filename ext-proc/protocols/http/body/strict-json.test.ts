import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../domain/limits.ts';
import { parseStrictJson } from './strict-json.ts';
import { plainVerdict } from './strict-json.fixture.ts';

const parse = (text: string): ReturnType<typeof parseStrictJson> => parseStrictJson(Buffer.from(text));
const value = (text: string): unknown => {
  const parsed = parse(text);
  if (!parsed.ok) throw new Error(parsed.code);
  return parsed.value;
};

test('reads what JSON.parse reads', () => {
  fc.assert(
    fc.property(fc.json({ noUnicodeString: false }), (text) => {
      const parsed = parse(text);
      // fast-check writes doubles in full, and its names are apart.
      if (parsed.ok) expect(parsed.value).toEqual(JSON.parse(text));
      else expect(parsed.code).not.toBe('GH_HTTP_BODY_DUPLICATE_KEY');
    }),
    { numRuns: 300 },
  );
});

/** Texts of few names, as they are written and with escapes, so that some stand twice and most objects are alike. */
const written = fc.letrec<{ value: string; object: string }>((tie) => {
  const name = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom(
        'a',
        'b',
        'ab',
        'c',
        'é',
        'a\\\\',
        'a\\"b',
        '\\u0061',
        '\\u00e9',
        '\\b',
        '\\\\b',
      ),
    },
    { weight: 1, arbitrary: fc.constantFrom('\\ud800', '\\ud83d\\ude00', '😀', '__proto__', '') },
    { weight: 2, arbitrary: fc.nat(60).map((index) => `n${index}`) },
  );
  const space = fc.constantFrom('', '', '', ' ', '\n');
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }).map(String),
    fc.constantFrom(
      '0.10',
      '-0.0',
      '1e3',
      '1E999',
      '123456789012345',
      '0.12345678901234567',
      '999999999999999.5',
    ),
  );
  return {
    value: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      number,
      name.map((text) => `"${text}"`),
      fc.constantFrom('true', 'null', '[]', '{}', '"{\\"a\\":1,\\"a\\":[1e999"'),
      tie('object'),
      fc.array(tie('value'), { maxLength: 3 }).map((each) => `[${each.join(',')}]`),
    ),
    object: fc
      .array(fc.tuple(name, space, tie('value')), { maxLength: 6 })
      .map((each) => `{${each.map(([key, gap, member]) => `"${key}"${gap}:${gap}${member}`).join(',')}}`),
  };
});

test('judges a text as reading it plainly does', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(written.object, written.value), { minLength: 1, maxLength: 6 }), (each) => {
      const text = `[${each.join(', ')}]`;
      JSON.parse(text);
      const parsed = parse(text);
      const verdict = plainVerdict(text, LIMITS.decidedJsonDepthMax);
      if (parsed.ok)
        expect(verdict).toBe(
          JSON.stringify(parsed.value) === JSON.stringify(JSON.parse(text)) ? 'exact' : 'inexact',
        );
      else
        expect(`${verdict} ${parsed.code}`).toMatch(
          /^(?:duplicate .*_DUPLICATE_KEY|half-pair .*_MALFORMED|deep .*_TOO_DEEP)$/,
        );
    }),
    { numRuns: 3_000 },
  );
});

test('knows names of any number apart', () => {
  for (const count of [23, 24, 25, 26, 200]) {
    const members = Array.from({ length: count }, (_, index) => `"n${index}":1`);
    expect(parse(`[{${members.join()}},{${members.join()}}]`).ok).toBe(true);
    for (const twice of [0, 1, count - 1])
      expect(parse(`[{${members.join()}},{${members.join()},"n${twice}":2}]`)).toMatchObject({
        code: 'GH_HTTP_BODY_DUPLICATE_KEY',
      });
  }
});

describe('refuses', () => {
  test.each([
    ['', 'GH_HTTP_BODY_MALFORMED'],
    [' ', 'GH_HTTP_BODY_MALFORMED'],
    ['{"a":1,}', 'GH_HTTP_BODY_MALFORMED'],
    ["{'a':1}", 'GH_HTTP_BODY_MALFORMED'],
    ['{"a":1} x', 'GH_HTTP_BODY_MALFORMED'],
    ['{"a":1}{"a":1}', 'GH_HTTP_BODY_MALFORMED'],
    ['{"a":NaN}', 'GH_HTTP_BODY_MALFORMED'],
    ['{"a":01}', 'GH_HTTP_BODY_MALFORMED'],
    ['{"a":"\t"}', 'GH_HTTP_BODY_MALFORMED'],
    ['/* */{}', 'GH_HTTP_BODY_MALFORMED'],
    ['\ufeff{}', 'GH_HTTP_BODY_MALFORMED'],
    ['{"\\ud800":1}', 'GH_HTTP_BODY_MALFORMED'],
    ['{"a":1,"a":1}', 'GH_HTTP_BODY_DUPLICATE_KEY'],
    ['{"a":1,"\\u0061":2}', 'GH_HTTP_BODY_DUPLICATE_KEY'],
    ['{"/":1,"\\/":2}', 'GH_HTTP_BODY_DUPLICATE_KEY'],
    ['[{"x":{"a":1,"b":{"a":1},"a":2}}]', 'GH_HTTP_BODY_DUPLICATE_KEY'],
    ['{"__proto__":1,"__proto__":2}', 'GH_HTTP_BODY_DUPLICATE_KEY'],
    ['{"é":1,"\\u00e9":2}', 'GH_HTTP_BODY_DUPLICATE_KEY'],
    [`${'['.repeat(65)}${']'.repeat(65)}`, 'GH_HTTP_BODY_TOO_DEEP'],
    [`${'{"a":'.repeat(65)}1${'}'.repeat(65)}`, 'GH_HTTP_BODY_TOO_DEEP'],
  ])('%j: %s', (text, code) => {
    expect(parse(text)).toMatchObject({ ok: false, code });
  });

  test('bytes that are no UTF-8, and UTF-16', () => {
    for (const bytes of [
      Buffer.from([0x22, 0xff, 0x22]),
      Buffer.from('{"a":1}', 'utf16le'),
      Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]),
    ])
      expect(parseStrictJson(bytes)).toMatchObject({ ok: false, code: 'GH_HTTP_BODY_MALFORMED' });
  });

  test('a million brackets without a stack to fall from', () => {
    expect(parse('['.repeat(1_000_000))).toMatchObject({ ok: false });
    expect(parse('['.repeat(500_000) + ']'.repeat(500_000))).toMatchObject({ ok: false });
  });

  test('without a word of the body', () => {
    for (const text of ['{"secret-name":1,"secret-name":2}', '{"secret-name" 1}'])
      expect(JSON.stringify(parse(text))).not.toContain('secret');
  });
});

test('names are apart in different objects, and in the levels around', () => {
  expect(parse('[{"a":1},{"a":2},{"a":{"a":[{"a":1}]}}]').ok).toBe(true);
  expect(parse(`${'['.repeat(64)}${']'.repeat(64)}`).ok).toBe(true);
  expect(value('{"a":"\\ud800","b":"{\\"b\\":1"}')).toEqual({ a: '\ud800', b: '{"b":1' });
});

describe('a number', () => {
  test.each([
    '0',
    '-0',
    '1',
    '-1.50',
    '1e3',
    '1E+3',
    '0.1',
    '1.10',
    '123456789012345',
    '9007199254740992',
    '1e-7',
    '5e-324',
    '0e9',
    '1.7976931348623157e308',
  ])('%s stays one', (text) => {
    expect(value(`[${text}]`)).toEqual([Number(text)]);
  });

  test.each([
    '12345678901234567890',
    '9007199254740993',
    '1e999',
    '-1e999',
    '0.10000000000000000001',
    '1e-999',
    '4.00000000000000000000000001',
  ])('%s is more than a double keeps, so policy has it as written', (text) => {
    expect(value(`{"a":[${text},1]}`)).toEqual({ a: [text, 1] });
  });
});

test('a member named __proto__ is one like any other', () => {
  for (const text of ['{"__proto__":{"admin":true}}', '{"__proto__":{"admin":true},"n":1e999}']) {
    const parsed = value(text) as Record<string, unknown>;
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect(Object.hasOwn(parsed, '__proto__')).toBe(true);
    expect(parsed['admin']).toBeUndefined();
  }
});
