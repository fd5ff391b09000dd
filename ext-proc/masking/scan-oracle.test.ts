import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byteStringOf, byteStringOfText } from './byte-string.ts';
import { CORPORA } from './corpus/all.ts';
import { EVASIONS } from './corpus/evasions.ts';
import { encodedRuns, RUN_BYTES_MIN } from './encodings/encoded-runs.ts';
import { compileOperatorPattern } from './operator-pattern.ts';
import { plainScan } from './scan-oracle.fixture.ts';
import { createScanner } from './scanner.ts';

const compiled = compileOperatorPattern({
  name: 'own',
  pattern: '[Kk]EY-[a-z0-9]+',
  keywords: ['key-', 'staff'],
});
if (!compiled.ok) throw new Error(compiled.problem);
const patterns = [compiled.pattern];
const scanner = createScanner({ patterns });

const TEXTS = [
  ...CORPORA.flatMap(({ trueCases, falseCases }) => [...trueCases.map(({ text }) => text), ...falseCases]),
  ...EVASIONS.map(({ text }) => text),
].map(byteStringOfText);
const SHORT = TEXTS.filter(({ length }) => length < 400);

const bytes = (maxLength: number): fc.Arbitrary<string> =>
  fc.uint8Array({ maxLength }).map((each) => byteStringOf(each));
/** Most digits and separators, and beginnings of everything that is looked for. */
const fragments = fc.constantFrom(
  ...Array.from('0123456789 -.,/()+@:=%&;\\"\'_\n~$#xX'),
  ...[
    '0',
    '4',
    '5',
    '41',
    '411',
    '4111',
    '55',
    '030',
    '06',
    '555',
    '1234',
    '  ',
    ' - ',
    '--',
    '\xc2\xa0',
    '\\n',
    '\\u003',
    '\\x',
    '&#x3',
    '%3',
  ],
  ...[
    'phone ',
    'tel:',
    'ssn=',
    'key-',
    'KEY-',
    'eyJ',
    'AKIA',
    'sk-',
    'bearer ',
    'password',
    '://',
    '-BEGIN ',
    'DE',
    'GB2',
    'Q~',
    'AA',
  ],
  ...[
    'NDExMTEx',
    'MTEx',
    'UVVG',
    '34313131',
    '31',
    'ffff',
    'zzzz',
    'abcdefgh',
    '\xef\xbc\x94',
    '\xd9\xa4',
    '\xe2\x80\x8b',
    '\xff',
  ],
);
const dense = fc.array(fragments, { maxLength: 80 }).map((each) => each.join(''));
const piece = fc.oneof(fc.constantFrom(...SHORT), dense, bytes(12));
/** Pieces of what the corpora hold, cut anywhere, beside one another. */
const joined = fc
  .array(fc.tuple(piece, fc.nat(60), fc.nat(60)), { minLength: 1, maxLength: 4 })
  .map((each) =>
    each
      .map(([text, skip, drop]) =>
        text.slice(skip % 7 === 0 ? skip : 0, text.length - (drop % 5 === 0 ? drop : 0)),
      )
      .join(''),
  );

test('every case of the corpora is scanned as the oracle has it', () => {
  for (const text of TEXTS.filter(({ length }) => length < 2_000)) {
    expect(scanner.scan(text)).toEqual(plainScan(text, patterns));
  }
});

test('so is whatever is put together of them, of digits, of signs and of bytes', () => {
  fc.assert(
    fc.property(fc.oneof(dense, joined), (text) => {
      expect(scanner.scan(text)).toEqual(plainScan(text, patterns));
    }),
    { numRuns: 6_000 },
  );
});

test('and what the oracle finds in any part of a chunk, the chunk may contain', () => {
  fc.assert(
    fc.property(fc.oneof(dense, joined), fc.nat(), fc.nat(), (chunk, from, length) => {
      const start = from % (chunk.length + 1);
      const part = chunk.slice(start, start + (length % (chunk.length + 1)));
      if (plainScan(part, patterns).length > 0) expect(scanner.mayContain(chunk)).toBe(true);
    }),
    { numRuns: 6_000 },
  );
});

test('and what the kernel calls plain holds nothing, as the oracle reads it by itself', () => {
  const { kernel } = scanner;
  fc.assert(
    fc.property(fc.oneof(dense, joined), fc.nat(), fc.nat(), (chunk, from, length) => {
      const start = from % (chunk.length + 1);
      const end = start + (length % (chunk.length - start + 1));
      kernel.take(Buffer.from(chunk, 'latin1'), {}, 0, 0);
      if (kernel.isPlain(start, end)) expect(plainScan(chunk.slice(start, end), patterns)).toEqual([]);
    }),
    { numRuns: 12_000 },
  );
});

test('a run of digits that is longer than what is kept of one is judged as the oracle does', () => {
  for (const filler of ['1 ', '12-', '123456 ', '7']) {
    for (const length of [4_000, 4_090, 4_096, 4_100, 9_000]) {
      const text = `${filler.repeat(length / filler.length)}4111 1111 1111 1111 ${filler.repeat(20)}+1 415 555 2671`;
      expect(scanner.scan(text)).toEqual(plainScan(text, patterns));
    }
  }
});

test('every run of the alphabet is found, whatever is around it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(dense, fc.constantFrom(' ', '=', '\r', 'Aa0_-/+'.repeat(2))), { maxLength: 20 }),
      (each) => {
        const text = each.join('');
        const runs: string[] = [];
        encodedRuns(text, ({ start, end, joined: lines }) => {
          if (lines === text) runs.push(text.slice(start, end));
          return false;
        });
        // Runs broken into lines are at least 60 wide.
        const expected = [...text.matchAll(/[A-Za-z0-9+/_-]+/g)].map(([run]) => run);
        if (expected.every(({ length }) => length < 60))
          expect(runs).toEqual(expected.filter(({ length }) => length >= RUN_BYTES_MIN));
      },
    ),
    { numRuns: 2_000 },
  );
});
