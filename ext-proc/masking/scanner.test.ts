import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byteStringOf, byteStringOfText } from './byte-string.ts';
import { CORPORA } from './corpus/all.ts';
import { isFound, sample } from './corpus/corpus.ts';
import { BUILT_IN_KINDS } from './finding.ts';
import { compileOperatorPattern, type OperatorPattern } from './operator-pattern.ts';
import { createScanner } from './scanner.ts';

const scanner = createScanner();
const SECRETS = CORPORA.flatMap(({ kind, trueCases }) => trueCases.map((each) => ({ ...each, kind })));

const bytes = (max: number): fc.Arbitrary<string> =>
  fc.uint8Array({ maxLength: max }).map((each) => byteStringOf(each));

test('every kind has a corpus with at least sixty cases of either sort', () => {
  expect(CORPORA.map(({ kind }) => kind).sort()).toEqual([...BUILT_IN_KINDS].sort());
  for (const { trueCases, falseCases } of CORPORA) {
    expect(trueCases.length).toBeGreaterThanOrEqual(60);
    expect(falseCases.length).toBeGreaterThanOrEqual(60);
  }
});

test('nothing found is one shared array that nobody can change', () => {
  const nothing = scanner.scan('plain');
  expect(nothing).toEqual([]);
  expect(scanner.scan('')).toBe(nothing);
  expect(Object.isFrozen(nothing)).toBe(true);
});

test('findings are in order, apart, and inside the text', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...SECRETS), { maxLength: 6 }), bytes(8), (secrets, joint) => {
      const text = secrets.map((each) => byteStringOfText(each.text)).join(joint);
      let last = 0;
      for (const { start, end } of scanner.scan(text)) {
        expect(start).toBeGreaterThanOrEqual(last);
        expect(end).toBeGreaterThan(start);
        last = end;
      }
      expect(last).toBeLessThanOrEqual(text.length);
    }),
    { numRuns: 300 },
  );
});

test('what a value holds, any chunk around it may contain', () => {
  for (const { text } of SECRETS) expect(scanner.mayContain(byteStringOfText(text))).toBe(true);
  fc.assert(
    fc.property(fc.constantFrom(...SECRETS), bytes(24), bytes(24), ({ text }, before, after) => {
      expect(scanner.mayContain(before + byteStringOfText(text) + after)).toBe(true);
    }),
    { numRuns: 3_000 },
  );
});

test('what may stand before and after in a chunk hides nothing: digits, letters, signs', () => {
  const frames = [
    '1',
    '0',
    'a',
    'Z',
    '@',
    '.',
    '-',
    '=',
    '%',
    '\\',
    '"',
    '\x00\x00\x00\x10',
    'D\x00\x00\x00\x30\x00\x01\x00\x00\x00\x31',
    '+',
    '/',
    '_',
    ':',
    ' ',
  ];
  for (const { text } of SECRETS) {
    for (const frame of frames) expect(scanner.mayContain(frame + byteStringOfText(text) + frame)).toBe(true);
  }
});

test('surrounding text does not matter, wherever it is split', () => {
  const words = byteStringOfText('Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich, 12 Uhr. ');
  fc.assert(
    fc.property(
      fc.constantFrom(...SECRETS),
      fc.nat(words.length),
      fc.nat(words.length),
      (each, before, after) => {
        const text = `${words.slice(0, before)}\n${byteStringOfText(each.text)}\n${words.slice(after)}`;
        const found = scanner.scan(text).filter(({ kind }) => kind === each.kind);
        const secret = byteStringOfText(each.secret);
        const start = text.indexOf(secret, before);
        expect(found.some((finding) => finding.start <= start && finding.end >= start + secret.length)).toBe(
          true,
        );
      },
    ),
    { numRuns: 3_000 },
  );
});

test('never throws and is the same every time, whatever the bytes', () => {
  const fragments = [
    '@',
    '-----BEGIN ',
    'PRIVATE KEY-----',
    'eyJ',
    '.',
    'ghp_',
    '4111',
    ' ',
    '-',
    '\\u00',
    '%4',
    '\\x',
    '=',
    '"',
    'password',
    ':',
    'AKIA',
    'DE89',
    '\xef\xbc\x94',
    '\xe2\x80\x8b',
    '31',
    'QUJD',
    '\n',
    '+49',
    '"kty"',
    '://',
    'sk-',
  ];
  const hostile = fc
    .array(fc.oneof(fc.constantFrom(...fragments), bytes(6)), { maxLength: 60 })
    .map((each) => each.join(''));
  fc.assert(
    fc.property(hostile, (text) => {
      const first = scanner.scan(text);
      scanner.scan('4111111111111111 and alice@example.com');
      expect(scanner.scan(text)).toEqual(first);
      if (first.length > 0) expect(scanner.mayContain(text)).toBe(true);
    }),
    { numRuns: 3_000 },
  );
});

test('only the kinds that are wanted are found', () => {
  const text = '4111111111111111 alice@example.com +14155552671 123-45-6789 DE89370400440532013000';
  for (const kind of BUILT_IN_KINDS) {
    const found = createScanner({ kinds: [kind] }).scan(text);
    expect(new Set(found.map((each) => each.kind))).toEqual(found.length === 0 ? new Set() : new Set([kind]));
  }
  expect(createScanner({ kinds: ['email'] }).scan(text)).toHaveLength(1);
});

describe('overlapping findings', () => {
  test('become one part, named after the most severe', () => {
    const text = sample('https://x-access-token:ghp', '_16C7e42F292c6912E7710c838347Ae178B4a@github.com/o/r');
    expect(scanner.scan(text)).toMatchObject([{ kind: 'git_token', start: 23, alone: false }]);
  });

  test('a token that holds an address is one finding, and alone', () => {
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'HS256' })}.${part({ email: 'alice@example.com' })}.c2lnbmF0dXJlc2lnbmF0dXJl`;
    expect(scanner.scan(token)).toMatchObject([{ kind: 'jwt', start: 0, end: token.length, alone: true }]);
  });
});

describe('encoded forms', () => {
  const secret = '4111 1111 1111 1111';
  const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');

  test('base64 at every alignment, inside text and inside bytes', () => {
    for (let before = 0; before < 12; before++) {
      for (const filler of ['x', '\xff']) {
        const text = base64(filler.repeat(before) + (filler === 'x' ? ' ' : '') + secret + filler.repeat(7));
        const expected = filler === 'x' ? { start: 0, end: text.length } : { start: 0 };
        expect(scanner.scan(text)).toMatchObject([
          { kind: 'payment_card', encodings: ['base64'], ...expected },
        ]);
      }
    }
  });

  test('base64 behind letters that belong to something else', () => {
    for (const glue of ['a', 'ab', 'abc', 'key/', 'v1-']) {
      expect(isFound(scanner, 'payment_card', { text: glue + base64(secret), secret: base64(secret) })).toBe(
        true,
      );
    }
  });

  test.each([
    ['as it is', '\n'],
    ['of a DOS file', '\r\n'],
    ['of JSON', '\\n'],
  ])('base64 in lines, with line ends %s', (_, lineEnd) => {
    for (let before = 30; before < 90; before++) {
      const text = base64(`${'.'.repeat(before)} ${secret} ${'.'.repeat(40)}`).replace(
        /(.{76})(?=.)/g,
        `$1${lineEnd}`,
      );
      expect(scanner.scan(text)).toMatchObject([{ kind: 'payment_card', start: 0, end: text.length }]);
    }
  });

  test('a word on the next line is no part of a run', () => {
    const line = base64(`${'a'.repeat(39)} ${secret}.`);
    expect(line).toHaveLength(80);
    expect(scanner.scan(`${line}\nword and more`)).toMatchObject([{ start: 0, end: 80 }]);
  });

  test('hexadecimal at either alignment, with its prefix', () => {
    const hex = Buffer.from(secret).toString('hex');
    expect(scanner.scan(hex)).toMatchObject([{ start: 0, end: hex.length, encodings: ['hex'] }]);
    expect(scanner.scan(`\\x${hex}`)).toMatchObject([{ start: 0, end: hex.length + 2 }]);
    expect(scanner.scan(`f${hex}`)).toMatchObject([{ start: 0, end: hex.length + 1 }]);
  });

  test('in lines from the first byte on, all of them are masked', () => {
    const hex = Buffer.from(`${'.'.repeat(30)} ${secret} ${'.'.repeat(29)}`).toString('hex');
    const text = hex.replace(/(.{64})(?=.)/g, '$1\n');
    expect(scanner.scan(text)).toMatchObject([{ start: 0, end: text.length, encodings: ['hex'] }]);
  });

  test('a Discord token in the second form of writing, behind another run', () => {
    const token = `${base64('123456789012345678')}.AbCdEf.${'aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1'}`;
    const text = base64(base64(`${'word'.repeat(5)} ${token} end`));
    expect(scanner.scan(text)).toMatchObject([{ kind: 'chat_token' }]);
  });

  test('one form inside another, and no deeper', () => {
    const json = '{"card":"\\u0034111 1111 1111 1111"}';
    expect(scanner.scan(base64(json))).toMatchObject([{ encodings: ['base64', 'json'] }]);
    expect(scanner.scan(base64(base64(secret)))).toMatchObject([{ encodings: ['base64', 'base64'] }]);
    expect(scanner.scan(base64(base64(base64(secret))))).toEqual([]);
  });

  test('an escape masks just what it stands in', () => {
    const text = '{"a":1,"card":"\\u0034111111111111111","b":2}';
    const [found] = scanner.scan(text);
    expect(text.slice(found?.start, found?.end)).toBe('\\u0034111111111111111');
  });

  test('a picture in base64 is left alone', () => {
    let state = 7;
    const picture = Buffer.from(
      Array.from({ length: 200_000 }, () => (state = (state * 48_271) % 2_147_483_647) & 255),
    );
    expect(scanner.scan(`data:image/png;base64,${picture.toString('base64')}`)).toEqual([]);
  });
});

describe('a card by chance', () => {
  const digest = '900e7ccd38885465045317356a507acc';

  test('in a digest or a UUID is none, and one between letters is one', () => {
    expect(scanner.scan(digest)).toEqual([]);
    expect(scanner.scan(`md5:${digest.toUpperCase()}, more`)).toEqual([]);
    expect(scanner.scan('984093ed-de5e-435c-8671-710041561960 4111111111111111')).toMatchObject([
      { start: 37 },
    ]);
    for (const text of [
      'abc4111111111111111def',
      'abcdefabcdefabcd4111111111111111',
      '4111111111111111abcdefabcdefabcd',
    ]) {
      expect(scanner.scan(text)).toMatchObject([{ kind: 'payment_card' }]);
    }
  });
});

describe("operators' patterns", () => {
  const compiled = (pattern: string, keywords: string[]): OperatorPattern => {
    const result = compileOperatorPattern({ name: 'employee_number', pattern, keywords });
    if (!result.ok) throw new Error(result.problem);
    return result.pattern;
  };
  const own = createScanner({ patterns: [compiled('\\bEMP-\\d{6}\\b', ['EMP-'])] });

  test('are found where their keyword stands, as text and encoded', () => {
    expect(own.scan('see EMP-123456.')).toMatchObject([{ kind: 'employee_number', start: 4, end: 14 }]);
    expect(own.scan(Buffer.from('see EMP-123456.').toString('base64'))).toMatchObject([
      { kind: 'employee_number' },
    ]);
    expect(own.mayContain('x EMP-123456 y')).toBe(true);
    expect(own.scan('see EMP-12345.')).toEqual([]);
    expect(own.kinds).toContain('employee_number');
  });

  test('come before built-in kinds', () => {
    const cards = createScanner({ patterns: [compiled('card \\d{16}', ['card'])] });
    expect(cards.scan('card 4111111111111111')).toMatchObject([
      { kind: 'employee_number', start: 0, end: 21 },
    ]);
  });
});
