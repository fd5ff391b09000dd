/** For tests: texts of an agent that would show less than they are, and what somebody who sees them spelled out reads. */
import fc from 'fast-check';

/** What hides behind an escape in a literal: the literal's end, and a comment. */
export const ESCAPED_STATEMENT =
  "UPDATE people SET city='Oslo' WHERE note <> '\u001B[0000000000' --z' AND id = 7";

const ODD = [
  '\u001B', '\u001B[', '\u009B', '0'.repeat(12), '31m', "' --", '/*', '*/', ';', '=', ' '.repeat(9), '\u200B'.repeat(20),
  '\u200B', '\u202E', '\u2066', '\u{E0041}', '\u{E0042}', '\uFE0F', '\u00A0', '\r', '\n', '\t', '\u0000', '\u0430',
  '\uFF21', '\u0301'.repeat(5), '\u0336', '\uD800', '\uDC00', '\uE000', '[masked:email]', '***', 'a', 'z', ' ', "'", '$1 = ',
  '<', '>', '<U+', '<U+200B>', '<U+003C>', 'U+200B', '\u00D7', ' \u00D72', '+5', '\u2026', '│ ', '↳ ', '日',
]; // prettier-ignore

/** Without carriage returns that end a line, which mean the same to whoever reads. */
export const deceptiveTexts = fc
  .oneof(
    fc.string({ unit: fc.constantFrom(...ODD), maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 100 }),
    fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 })
      .map((units) => String.fromCharCode(...units)),
    fc.constant(ESCAPED_STATEMENT),
  )
  .map((text) => text.replaceAll(/\r+\n/g, '\n'));

/** The text that `<U+202E>` and what stands around it spell. */
export const readSpelled = (shown: string): string =>
  shown.replaceAll(/<U\+([0-9A-F]{4,6})>/g, (_, hex: string) =>
    String.fromCodePoint(Number.parseInt(hex, 16)),
  );
