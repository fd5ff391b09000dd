import { describe, expect, it } from 'vitest';
import { createMasker } from '../../../masking/masker.ts';
import { createScanner } from '../../../masking/scanner.ts';
import { withoutLiterals } from './record-text.ts';
import { hasSameWords } from './same-words.ts';

const masker = createMasker({ scanner: createScanner() });
const shown = (text: string): string => masker.maskRecordText(text);

const BEGIN = `-----BEGIN PRIVATE KEY-----${'A'.repeat(24)}`;
const END = '-----END PRIVATE KEY-----';

describe('a text that stands for a statement', () => {
  it.each([
    'UPDATE people SET name = 1 WHERE id = 7',
    "UPDATE people SET email = 'amara@example.net' WHERE id = 7",
    `UPDATE people SET notes = '${BEGIN}\n${END}' WHERE id = 7`,
    `UPDATE people SET notes = $$${BEGIN}${END}$$ WHERE id = 7`,
    'UPDATE people SET card = 4111111111111111 WHERE id = 7',
    `UPDATE people SET "amara@example.net" = 1 /* to bob@example.net */ WHERE id = 7`,
    "UPDATE users SET password = 'tr0ub4dor&3' WHERE id = 7",
  ])('says all that it does where values are masked in it: %s', (text) => {
    expect(hasSameWords(text, shown(text))).toBe(true);
  });

  it.each([
    `UPDATE people SET notes = '${BEGIN}' WHERE id = 1 OR id > 0 OR name = '${END}'`,
    `UPDATE people SET notes = '${BEGIN}' /* a note */ || '${END}' WHERE id = 1`,
    `UPDATE people SET notes = 1 -- ${BEGIN}\n WHERE id > 0 -- ${END}`,
    `UPDATE people SET "${BEGIN}" = 1 WHERE id > 0 OR "${END}" = 2`,
    `UPDATE p SET notes = '${['PuTTY', 'User', 'Key', 'File'].join('-')}-2: ssh-rsa Private-Lines: 1' WHERE id = 1 OR id > 0`,
    'UPDATE p SET x = 1 WHERE password=id-id+1/1*a1b2c3 OR id=4',
  ])('does not where more than a value is masked: %s', (text) => {
    expect(shown(text)).toContain('[masked:');
    expect(hasSameWords(text, shown(text))).toBe(false);
  });

  it('says all of it without its literals, numbers and comments', () => {
    const text = `UPDATE p SET a = E'it\\'s', b = 7.5, "c d" = $x$y$x$ WHERE id = 9 -- the last`;
    expect(hasSameWords(text, withoutLiterals(text))).toBe(true);
    expect(hasSameWords(text, withoutLiterals(text, 'removed'))).toBe(true);
    expect(hasSameWords(text, withoutLiterals('UPDATE p SET a = 1'))).toBe(false);
  });

  it('is not deceived by what a statement writes like a mask', () => {
    expect(hasSameWords('SELECT [masked:email] + 1', 'SELECT [masked:email] + 1')).toBe(true);
    expect(hasSameWords('SELECT a OR b', 'SELECT [masked:email] + 1')).toBe(false);
    expect(hasSameWords('SELECT a OR b', 'SELECT [masked:email]')).toBe(false);
    expect(hasSameWords('SELECT a.b.c', 'SELECT [masked:jwt]')).toBe(true);
  });
});
