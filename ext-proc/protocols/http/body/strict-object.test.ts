import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bodyMembers } from '../../../domain/body-members.ts';
import { parseStrictJson } from './strict-json.ts';
import { readFirstLevel } from './strict-object.ts';

const ofText = (text: string): ReturnType<typeof readFirstLevel> => readFirstLevel(Buffer.from(text));

/** What it says, it says as the other reader does. */
function agrees(bytes: Buffer): boolean {
  const members = readFirstLevel(bytes);
  if (members === undefined) return false;
  const read = parseStrictJson(bytes);
  expect(read.ok).toBe(true);
  if (read.ok) expect(members).toEqual(bodyMembers(read.value));
  // Also in their order, which is that of the text.
  if (read.ok) expect(JSON.stringify(members)).toBe(JSON.stringify(bodyMembers(read.value)));
  return true;
}

test.each([
  ['{}', {}],
  [' {\r\n\t} ', {}],
  [
    '{"a":{"b":1},"c":[{"d":[]},[1],"e",1,true,false,null]}',
    { a: null, c: [null, null, 'e', 1, true, false, null] },
  ],
  ['{"a":[1,2,3,4,5,6,7,8,9]}', { a: [1, 2, 3, 4, 5, 6, 7, 8, 9] }],
  ['{"a":[1,2,3,4,5,6,7,8,9,10,{"b":[2]}],"c":[ ]}', { a: [1, 2, 3, 4, 5, 6, 7, 8, 9], c: [] }],
  ['{"a":[{},[],{},[],{},[],{},[],{},[],{}],"b":"é\\u00e9\\n"}', { a: Array(9).fill(null), b: 'éé\n' }],
  ['{"":"","b":-0.5,"c":123456789012345}', { '': '', b: -0.5, c: 123456789012345 }],
])('%s', (text, members) => {
  expect(ofText(text)).toEqual(members);
  expect(agrees(Buffer.from(text))).toBe(true);
});

test('a member named __proto__ is one like any other', () => {
  expect(Object.entries(ofText('{"__proto__":{"a":1},"b":1}') ?? {})).toEqual([
    ['__proto__', null],
    ['b', 1],
  ]);
});

test.each([
  ...[
    '',
    ' ',
    '[]',
    '"a"',
    '1',
    'null',
    '{',
    '}',
    '{]',
    '[}',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{,"a":1}',
    '{a:1}',
  ],
  ...[
    '{"a":1}}',
    '{"a":1} 1',
    '{"a":[1,]}',
    '{"a":[,1]}',
    '{"a":[1 2]}',
    '{"a":1 "b":2}',
    '{"a"1}',
    '{"a":[}',
  ],
  ...[
    '{"a":01}',
    '{"a":1.}',
    '{"a":.5}',
    '{"a":-}',
    '{"a":+1}',
    '{"a":1e}',
    '{"a":1e+}',
    '{"a":0x1}',
    '{"a":NaN}',
  ],
  ...[
    '{"a":tru}',
    '{"a":truex}',
    '{"a":falsy}',
    '{"a":nul',
    '{"a":"',
    '{"a":"\\',
    '{"a":"\\x"}',
    '{"a":"\\u12g4"}',
  ],
  ...[
    '{"a":"\n"}',
    '{"a":"\u0000"}',
    '{"a":"\\u00',
    '{"a\n":1}',
    '\ufeff{}',
    '{"a":1}\u00a0',
    '{"a":1}\u0000',
  ],
  ...['{"a":"\u001f"}', '{"a":"\u0010b"}', '{"a\u001f":1}', '{"a":["\t"]}', '{"a":1}\u001f'],
  // A name that is written otherwise is read by the one reader that resolves it.
  ...['{"\\u0061":1}', '{"qu\\u0065ry":"{a}"}', '{"a":{"b\\/":1}}'],
  // Twice, in whatever depth and however they are written, and however much they are like those before.
  '{"l":[{"a":1,"b":1,"c":1},{"c":1,"b":1,"c":1}]}',
  '{"l":[{"a":1,"b":1,"c":1},{"a":1,"c":1,"c":1}]}',
  '{"l":[{"a":1,"b":1},{"a":1,"b":1,"a":1}]}',
  '{"l":[{"a":1,"b":1},{"a":1,"b":1,"b":1}]}',
  ...['{"a":1,"a":1}', '{"a":{"b":1,"b":2}}', '{"a":[{"b":1},{"b":1,"c":2,"b":1}]}', '{"a":1,"\\u0061":1}'],
  // Not kept by a double, or perhaps not.
  ...['{"a":12345678901234567890}', '{"a":1e999}', '{"a":[[1.0000000000000001]]}', '{"a":1e2}'],
  `{"a":${'['.repeat(64)}${']'.repeat(64)}}`,
  `{${Array.from({ length: 65 }, (_, index) => `"${index}":1`).join()}}`,
  `{"a":"${'x'.repeat(131_072)}"}`,
])('is left to the other reader: %s', (text) => {
  expect(ofText(text)).toBeUndefined();
});

test('bytes that are no UTF-8 are left to it too', () => {
  for (const bytes of ['c328', 'ff', 'eda080', 'c080'])
    expect(readFirstLevel(Buffer.from(`7b2261223a22${bytes}227d`, 'hex'))).toBeUndefined();
});

test('nesting and numbers of members that are just taken', () => {
  expect(agrees(Buffer.from(`{"a":${'['.repeat(63)}${']'.repeat(63)},"b":1}`))).toBe(true);
  expect(
    agrees(Buffer.from(`{${Array.from({ length: 64 }, (_, index) => `"${index}n":[{"x":1}]`).join()}}`)),
  ).toBe(true);
  const wide = Array.from({ length: 64 }, (_, index) => `"m${index}":[${Array(12).fill('{}').join()}]`);
  expect(agrees(Buffer.from(`{${wide.join()}}`))).toBe(true);
  expect(agrees(Buffer.from(`{"a":"${'x'.repeat(131_072 - 8)}"}`))).toBe(true);
});

test('what came before leaves nothing behind', () => {
  expect(ofText('{"a":{"b":1,"c":2},"d":[1]}')).toEqual({ a: null, d: [1] });
  expect(ofText('{"a":{"b":1,"c":2},"b":1,"a":1}')).toBeUndefined();
  expect(ofText('{"a":{"c":1,"b":2}}')).toEqual({ a: null });
  expect(ofText('{"a":[1,2')).toBeUndefined();
  expect(ofText('{"x":"y"}')).toEqual({ x: 'y' });
});

const names = fc.constantFrom(
  'a',
  'b',
  'id',
  'n'.repeat(15),
  'n'.repeat(16),
  'n'.repeat(17),
  'n'.repeat(40),
  'é',
  '',
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
      fc.string({ unit: 'grapheme', maxLength: 24 }),
    ),
    fc.array(tie('value'), { maxLength: 12 }),
    fc.dictionary(names, tie('value'), { maxKeys: 5 }),
  ),
}));
const objects = fc.dictionary(names, value, { maxKeys: 6 });
const written = fc
  .tuple(objects, fc.constantFrom(undefined, 1, '\t'))
  .map(([object, space]) => JSON.stringify(object, null, space));

test('of any object it says what the other reader does, or nothing', () => {
  let sure = 0;
  fc.assert(
    fc.property(written, (text) => {
      if (agrees(Buffer.from(text))) sure++;
    }),
    { numRuns: 3_000 },
  );
  expect(sure).toBeGreaterThan(500);
});

test('whatever is broken in it', () => {
  const instead = fc.constantFrom(
    ...[
      '',
      ',',
      '}',
      ']',
      '{',
      '[',
      ':',
      '"',
      '\\',
      '\\u00e9',
      '0',
      '-',
      'e',
      '.',
      '"a":',
      '\u0000',
      '\u00a0',
      ' ',
      '{}',
    ],
  );
  fc.assert(
    fc.property(written, fc.nat(), fc.nat(3), instead, (text, place, length, put) => {
      const at = place % text.length;
      agrees(Buffer.from(text.slice(0, at) + put + text.slice(at + length)));
    }),
    { numRuns: 12_000 },
  );
});
