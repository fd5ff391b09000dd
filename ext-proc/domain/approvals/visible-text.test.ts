import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Secret } from '../secret.ts';
import { BUILT_IN_KINDS } from '../../masking/finding.ts';
import { applyStyle } from '../../masking/styles/apply-style.ts';
import { keyedHash } from '../../masking/styles/keyed-hash.ts';
import { deceptiveTexts, readSpelled } from '../../../test/support/shown-texts.ts';
import { isPlainText, kindsIn, spelledOut, visibleText, type SegmentKind } from './visible-text.ts';

const kindsOf = (text: string): readonly SegmentKind[] => kindsIn(visibleText(text));
const parts = (text: string): string[] =>
  visibleText(text).map(({ kind, text: part }) => `${kind} ${JSON.stringify(part)}`);

const ODD = [
  '\u202E', '\u2066', '\u200B', '\u00AD', '\u{E0041}', '\uFE0F', '\u3164', '\u00A0', '\u001B', '\u009B', '\r', '\n',
  '\t', '\u0000', '\u0430', '\u03BF', '\uFF21', '\u{1D400}', '\u0301', '\u0336', '\uD800', '\uDC00', '\uE000', '\u0378',
  '[masked:email]', '***', 'a', 'z', '0', ' ', "'", '[', '31m', ']8;;', '日', 'ノ',
]; // prettier-ignore
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: fc.constantFrom(...ODD), maxLength: 80 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 100 })
    .map((units) => String.fromCharCode(...units)),
);

test('the parts put together are the text, and none is empty', () => {
  fc.assert(
    fc.property(texts, fc.boolean(), (text, oneLine) => {
      const segments = visibleText(text, { oneLine });
      expect(segments.map((each) => each.text).join('')).toBe(text);
      for (const segment of segments) expect(segment.text).not.toBe('');
    }),
    { numRuns: 3_000 },
  );
});

test('what is plain holds nothing that deceives, and what is not has a label of ASCII', () => {
  // Said anew, not taken from the source: whatever a terminal or a browser may do anything else with than show it.
  const dangerous =
    /[\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u00A0\u2000-\u200F\u202F\u3000\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\uFF01-\uFF5E]/u;
  fc.assert(
    fc.property(texts, (text) => {
      for (const { kind, text: part, label } of visibleText(text)) {
        if (kind !== 'plain') {
          expect(label).toMatch(/^[\x20-\x7e]+$/);
          continue;
        }
        expect(label).toBe('');
        expect(part).not.toMatch(dangerous);
        expect(part.replaceAll('\r\n', '')).not.toMatch(/\r(?=[^])/);
      }
    }),
    { numRuns: 3_000 },
  );
});

test('spelled out, no two texts are the same, and one that holds a spelling is pointed out', () => {
  fc.assert(
    fc.property(deceptiveTexts, fc.boolean(), (text, oneLine) => {
      expect(readSpelled(spelledOut(visibleText(text, { oneLine })))).toBe(text);
    }),
    { numRuns: 3_000 },
  );
  expect(spelledOut(visibleText('<U+202E> \u202E'))).toBe('<U+003C>U+202E> <U+202E>');
  expect(parts('a<U+202E>')).toEqual(['plain "a"', 'confusable "<"', 'plain "U+202E>"']);
});

test('one line has no line feed or tab that is plain', () => {
  expect(visibleText('a\nb\tc', { oneLine: true }).map(({ kind }) => kind)).toEqual([
    'plain', 'control', 'plain', 'control', 'plain',
  ]); // prettier-ignore
  expect(isPlainText('a\nb\tc\r\n')).toBe(true);
});

test('ordinary text of many languages is plain', () => {
  for (const text of [
    "UPDATE public.people SET name = 'Zoë Ångström' WHERE id = 7; -- naïve",
    'SELECT * FROM "Größe" /* comment */ WHERE a ** 2 > 3',
    'Привет, мир',
    'Ελληνική γλώσσα',
    '日本語のテキスト, 한국어 텍스트',
    'שלום עולם',
    'مرحبا بالعالم',
    'नमस्ते दुनिया',
    'สวัสดีชาวโลก',
    'Tiếng Việt',
    'Tie\u0302\u0301ng',
    'price: 5 €, 100 %',
  ])
    expect([text, parts(text)]).toEqual([text, [`plain ${JSON.stringify(text)}`]]);
});

describe('bidirectional controls', () => {
  test.each([...'\u061C\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069'])(
    '%j is pointed out',
    (character) => {
      expect(parts(`a${character}b`)).toEqual([
        'plain "a"',
        `bidi ${JSON.stringify(character)}`,
        'plain "b"',
      ]);
    },
  );

  test('the label names it', () => {
    expect(visibleText('\u202E')[0]?.label).toBe('U+202E RIGHT-TO-LEFT OVERRIDE');
  });
});

test.each([
  '\u00AD',
  '\u034F',
  '\u115F',
  '\u1160',
  '\u17B4',
  '\u180E',
  '\u200B',
  '\u200C',
  '\u200D',
  '\u2028',
  '\u2029',
  '\u2060',
  '\u2064',
  '\u206F',
  '\u2800',
  '\u3000',
  '\u3164',
  '\uFE0F',
  '\uFEFF',
  '\uFFA0',
  '\uFFFC',
  '\u{1D173}',
  '\u{E0001}',
  '\u{E0020}',
  '\u{E0100}',
  '\u00A0',
  '\u1680',
  '\u2003',
  '\u202F',
  '\u205F',
  '\uE000',
  '\u{10FFFF}',
  '\uD83D',
])(/* prettier-ignore */ '%j is invisible', (character) => {
  expect(kindsOf(`a${character}b`)).toEqual(['invisible']);
});

test('a text hidden in tags is named letter by letter', () => {
  expect(visibleText('\u{E0044}\u{E0052}')[0]?.label).toBe('U+E0044 TAG D; U+E0052 TAG R');
});

describe('control characters', () => {
  test('what introduces a sequence is pointed out, and all behind it stays to be read', () => {
    expect(parts('\u001B[31mDROP\u001B[0m\u009B2J')).toEqual([
      'control "\\u001b"', 'plain "[31mDROP"', 'control "\\u001b"', 'plain "[0m"', 'control "\u009B"', 'plain "2J"',
    ]); // prettier-ignore
    expect(parts('\u001B]52;c;QUJD\u0007')).toEqual([
      'control "\\u001b"', 'plain "]52;c;QUJD"', 'control "\\u0007"',
    ]); // prettier-ignore
  });

  test('no printable character of ASCII is ever part of one', () => {
    fc.assert(
      fc.property(deceptiveTexts, fc.boolean(), (text, oneLine) => {
        for (const { kind, text: part } of visibleText(text, { oneLine })) {
          if (kind !== 'plain' && kind !== 'masked')
            expect(kind === 'confusable' ? part.replaceAll('<', '') : part).not.toMatch(/[\x20-\x7e]/);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('a carriage return that ends no line would let one line hide another', () => {
    expect(parts('rm -rf /\rls')).toEqual(['plain "rm -rf /"', 'control "\\r"', 'plain "ls"']);
    expect(kindsOf('a\r\nb')).toEqual([]);
    expect(kindsOf('a\r\r\nb')).toEqual(['control']);
  });
});

describe('characters that pass for others', () => {
  test.each([
    ['p\u0430ypal', '\u0430'],
    ['\u0440\u0430\u0443\u0440\u0430l', '\u0440\u0430\u0443\u0440\u0430'],
    ['\u0430\u0441\u0435', '\u0430\u0441\u0435'],
    ['\u03BFpen', '\u03BF'],
    ['\uFF44\uFF52\uFF4F\uFF50', '\uFF44\uFF52\uFF4F\uFF50'],
    ['\u{1D41D}rop', '\u{1D41D}'],
    ['adm\u0131n', '\u0131'],
    ['user\u043F', '\u043F'],
    ['1\u0660', '\u0660'],
    ['id \u2212 1', '\u2212'],
    ['\u2019', '\u2019'],
    ['a\u2215b', '\u2215'],
    ['\u037E', '\u037E'],
    ['\u0456d', '\u0456'],
    ['usersノadmin', 'ノ'],
  ])('in %j: %j', (text, confusable) => {
    const found = visibleText(text).filter(({ kind }) => kind === 'confusable');
    expect(found.map((each) => each.text).join('')).toBe(confusable);
  });

  test('the label says what it looks like', () => {
    expect(visibleText('p\u0430y')[1]?.label).toBe('U+0430 CYRILLIC, looks like a');
    expect(visibleText('\uFF21')[0]?.label).toBe('U+FF21 LATIN, looks like A');
  });
});

test('piled and overlaid marks are pointed out', () => {
  expect(kindsOf('a\u0300\u0301\u0302\u0303')).toEqual(['combining']);
  expect(kindsOf('=\u0338')).toEqual(['combining']);
  expect(kindsOf('a\u0336b\u0336')).toEqual(['combining']);
});

describe('masked values', () => {
  const hash = keyedHash(new Secret<Uint8Array>(Buffer.alloc(32, 1)));
  const VALUES: Readonly<Record<string, string>> = {
    payment_card: '4111111111111111',
    us_ssn: '078-05-1120',
    phone: '+14155552671',
    iban: 'DE89370400440532013000',
    email: 'alice@example.com',
    git_token: 'ghp_0123456789abcdefghij',
    name: 'Alice Moreau',
  };

  test.each([...BUILT_IN_KINDS, 'name', 'salary'])('%s: every style of text is one part', (kind) => {
    for (const style of ['full', 'hash', 'partial'] as const) {
      const value = VALUES[kind] ?? 'something secret';
      const masked = applyStyle(style, kind, value, { shape: { type: 'text' }, nullable: true }, hash);
      if (masked.kind !== 'text') throw new Error(`${style} of ${kind} is no text`);
      expect(parts(`x = '${masked.text}'`)).toEqual([
        `plain "x = '"`, `masked ${JSON.stringify(masked.text)}`, `plain "'"`,
      ]); // prettier-ignore
    }
  });

  test('a comment of SQL is no mask', () => {
    expect(kindsOf('/*** heading ***/ SELECT 2 ** 3')).toEqual([]);
  });
});

test('a large text takes linear time', () => {
  for (const unit of [
    '\u001B]',
    '*',
    '[masked',
    'a\u0301',
    '\u0430b',
    '\u{E0041}',
    '\u001B[1',
    'a',
    '@',
    'a.***@',
    '_\u0430',
  ]) {
    const timeOf = (length: number): number => {
      const text = unit.repeat(length / unit.length);
      const startedAtMs = performance.now();
      visibleText(text);
      return performance.now() - startedAtMs;
    };
    timeOf(10_000);
    expect([unit, timeOf(262_144) < 3_000]).toEqual([unit, true]);
  }
});
