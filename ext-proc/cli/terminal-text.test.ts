import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { deceptiveTexts, ESCAPED_STATEMENT, readSpelled } from '../../test/support/shown-texts.ts';
import { visibleText } from '../domain/approvals/visible-text.ts';
import { terminalBlock, terminalCautions, terminalLine, terminalText } from './terminal-text.ts';

/** What a terminal may do more with than show it. */
const DANGEROUS =
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cs}]/u;

const SCRIPTS: readonly (readonly [what: string, text: string])[] = [
  ['colours', '\u001B[31mred\u001B[0m'],
  ['a title (OSC 0)', '\u001B]0;owned\u0007'],
  ['the clipboard (OSC 52)', '\u001B]52;c;cm0gLXJmIC8=\u001B\\'],
  ['a hyperlink (OSC 8)', '\u001B]8;;https://evil.example/\u001B\\safe\u001B]8;;\u001B\\'],
  ['sequences of eight bits (C1)', '\u009B2J\u009D0;x\u009C'],
  ['a carriage return that overwrites', 'DROP TABLE people;\rSELECT 1;          '],
  ['backspaces', 'DROP\b\b\b\bSELECT'],
  ['a status report that types (DSR)', '\u001B[6n'],
  ['an alternate screen', '\u001B[?1049h'],
  ['a device string (DCS)', '\u001BP$q"p\u001B\\'],
  ['right to left', 'safe\u202Ednammoc'],
  ['a form feed and a bell', '\f\u0007'],
];

describe('a payload that scripts the terminal', () => {
  test.each(SCRIPTS)('%s: is shown, not done', (_what, text) => {
    for (const out of [
      terminalText(visibleText(text), false),
      terminalLine(text, false),
      terminalBlock(text, false, 80).join('\n'),
      terminalCautions(text).join('\n'),
    ])
      expect(out).not.toMatch(DANGEROUS);
    expect(terminalText(visibleText(text), false)).toMatch(/<U\+[0-9A-F]{4}>/);
  });

  test('whatever it is, nothing dangerous comes out, and with colours nothing but colours', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ unit: fc.constantFrom(...SCRIPTS.flatMap(([, each]) => [...each]), '\n'), maxLength: 60 }),
    );
    fc.assert(
      fc.property(text, (each) => {
        expect(terminalText(visibleText(each), false)).not.toMatch(DANGEROUS);
        expect(terminalLine(each, false)).not.toMatch(/[\n\t]/);
        expect(terminalBlock(each, false, 40).join('\n')).not.toMatch(DANGEROUS);
        const coloured = terminalText(visibleText(each), true).replaceAll(/\u001B\[\d{1,2}m/g, '');
        expect(coloured).not.toMatch(DANGEROUS);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a block', () => {
  test('no line passes for one of the command: each has a margin, and none is wider than the terminal', () => {
    const lines = terminalBlock(`SELECT 1\nrule  safe${' '.repeat(60)}Approve? [y/N] y\n\n日本`, false, 40);
    for (const line of lines) {
      expect(line).toMatch(/^( {4}|[ \d]{4}) [│↳] /);
      expect(line.length).toBeLessThanOrEqual(40);
    }
    expect(lines[0]).toBe('   1 │ SELECT 1');
    expect(lines.at(-1)).toBe('   4 │ 日本');
  });

  test('the same text is in it', () => {
    const text = 'abc'.repeat(100);
    expect(
      terminalBlock(text, false, 30)
        .map((line) => line.slice(7))
        .join(''),
    ).toBe(text);
  });
});

test('all of a text is shown: what is on the screen says which text it is', () => {
  fc.assert(
    fc.property(deceptiveTexts, (text) => {
      expect(readSpelled(terminalText(visibleText(text), false))).toBe(text);
      expect(readSpelled(terminalLine(text, false))).toBe(text);
      const lines = terminalBlock(text, false, 40);
      const shown = lines.map((line, index) => (line[5] === '│' && index > 0 ? '\n' : '') + line.slice(7));
      expect(readSpelled(shown.join(''))).toBe(text.replaceAll('\t', '    '));
    }),
    { numRuns: 2_000 },
  );
  expect(terminalLine(ESCAPED_STATEMENT, false)).toContain("'<U+001B>[0000000000' --z' AND");
});

test('cautions say what to look at', () => {
  expect(terminalCautions('SELECT 1')).toEqual([]);
  expect(terminalCautions("p\u0430y\u202E '[masked:email]'")).toEqual([
    'characters pass for others: U+0430 CYRILLIC, looks like a',
    'characters change the order in which the text is shown: U+202E RIGHT-TO-LEFT OVERRIDE',
    'values are masked: what is sent may be another value than what is shown',
  ]);
  expect(terminalCautions(`UPDATE p SET x = 1 WHERE id = 1${'\n'.repeat(40)}OR id > 0`)).toEqual([
    'Parts of it stand far apart, behind empty lines or blanks: look at it to its very end.',
  ]);
});
