/**
 * JSON's escapes (RFC 8259, section 7), also as other languages write them: `\u0034`, `\u{34}`, `\x34`, `\/`, `\n`.
 */
import type { ByteString } from '../byte-string.ts';
import { isHex } from '../text-edges.ts';

const SIMPLE: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, b: 8, f: 12 };

const HIDING =
  /\\(?:u(?:00[2-7][0-9a-fA-F]|\{0{0,4}[2-7][0-9a-fA-F]\}|[fF]{2}[0-5][0-9a-fA-F]|200[b-fB-F])|x[2-7][0-9a-fA-F]\\x)/y;

/**
 * Whether the escape at `at` stands for a printable ASCII character, or one that reads as such: `\n` and `\u00e9` hide
 * nothing from a detector. `\x34` counts where another follows, since `\x` also begins PostgreSQL's bytea.
 */
export function isHidingJsonEscape(text: ByteString, at: number): boolean {
  HIDING.lastIndex = at;
  return HIDING.test(text);
}

/** What the escape at `at` stands for, and its length. Of an unknown one the letter, as most readers have it. */
export function readJsonEscape(text: ByteString, at: number): { character: number; length: number } {
  const letter = text[at + 1] ?? '\\';
  const digits = letter === 'u' ? 4 : letter === 'x' ? 2 : 0;
  if (letter === 'u' && text[at + 2] === '{') {
    const close = text.indexOf('}', at + 3);
    const hex = close > 0 && close <= at + 10 ? text.slice(at + 3, close) : '';
    if (/^[0-9a-fA-F]{1,6}$/.test(hex)) {
      return { character: Number.parseInt(hex, 16) & 0xffff, length: close + 1 - at };
    }
  } else if (digits > 0 && isAllHex(text, at + 2, digits)) {
    return { character: Number.parseInt(text.slice(at + 2, at + 2 + digits), 16), length: 2 + digits };
  }
  return { character: SIMPLE[letter] ?? letter.charCodeAt(0), length: Math.min(2, text.length - at) };
}

function isAllHex(text: ByteString, at: number, count: number): boolean {
  for (let each = at; each < at + count; each++) if (!isHex(text.charCodeAt(each))) return false;
  return true;
}
