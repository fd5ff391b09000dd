/**
 * Classes of bytes and the edges of words, as detectors need them: an edge is also where an escape of JSON or of a URL
 * ends, since `\nsk-…` and `%20sk-…` begin a word although a letter or a digit stands before it.
 */
import type { ByteString } from './byte-string.ts';

export const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

export const isLetter = (code: number): boolean => {
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
};

export const isAlphanumeric = (code: number): boolean => isDigit(code) || isLetter(code);

export const isHex = (code: number): boolean =>
  isDigit(code) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66);

const BACKSLASH = 0x5c;
const PERCENT = 0x25;

/** Whether the letter at `at` belongs to an escape such as `\n`: an odd number of backslashes before it. */
export function isEscapeLetter(text: ByteString, at: number): boolean {
  let backslashes = 0;
  // Three are enough to tell the cases that occur; a longer run of backslashes is an escape of an escape.
  while (backslashes < 4 && text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
  return (backslashes & 1) === 1;
}

/** Whether a word may begin at `at`: no letter or digit before it, other than the end of an escape. */
export function startsWord(text: ByteString, at: number): boolean {
  if (at === 0) return true;
  const before = text.charCodeAt(at - 1);
  if (!isAlphanumeric(before)) return true;
  if (isLetter(before) && isEscapeLetter(text, at - 1)) return true;
  if (isHex(before) && isHex(text.charCodeAt(at - 2))) {
    if (text.charCodeAt(at - 3) === PERCENT) return true;
    return at >= 6 && text.charCodeAt(at - 6) === BACKSLASH && text.charCodeAt(at - 5) === 0x75;
  }
  return false;
}

/** Whether a word may end before `at`: no letter or digit there. */
export const endsWord = (text: ByteString, at: number): boolean =>
  at >= text.length || !isAlphanumeric(text.charCodeAt(at));

/** How many different bytes stand between the two, counting no further than `enough`. Looks at 256 bytes at most. */
export function distinctBytes(text: ByteString, start: number, end: number, enough: number): number {
  let low = 0;
  let high = 0;
  let count = 0;
  for (let at = start; at < end && at < start + 256 && count < enough; at++) {
    const code = text.charCodeAt(at);
    const bit = 1 << (code & 31);
    // Letters of both cases share a bit: a placeholder is poor in either.
    if (code < 0x40) {
      if ((low & bit) === 0) count++;
      low |= bit;
    } else {
      if ((high & bit) === 0) count++;
      high |= bit;
    }
  }
  return count;
}
