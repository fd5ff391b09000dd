import { expect, test } from 'vitest';
import { isFarApart } from './far-apart.ts';

const HARMLESS = "UPDATE people SET name = 'x' WHERE id = 1";

test.each([
  ['nothing', ''],
  ['one line', HARMLESS],
  ['paragraphs', `${HARMLESS};\n\n\n${HARMLESS}`],
  ['columns', `  id    |     name${' '.repeat(40)}| city`],
  ['a deep indent', `${'\t'.repeat(12)}x`],
])('stands together: %s', (_what, text) => {
  expect(isFarApart(text)).toBe(false);
});

test.each([
  ['empty lines', `${HARMLESS}${'\n'.repeat(30)} OR id > 0`],
  ['lines of blanks', `${HARMLESS}${' \t \r\n'.repeat(30)} OR id > 0`],
  ['blanks in one line', `${HARMLESS}${' '.repeat(200)} OR id > 0`],
  ['tabs in one line', `${HARMLESS}${'\t'.repeat(40)} OR id > 0`],
])('stands far apart: %s', (_what, text) => {
  expect(isFarApart(text)).toBe(true);
});

test('is read in linear time', () => {
  const started = performance.now();
  isFarApart(`${' '.repeat(100)}x`.repeat(20_000));
  expect(performance.now() - started).toBeLessThan(1_000);
});
