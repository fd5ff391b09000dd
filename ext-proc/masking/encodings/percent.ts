/** Percent-encoding (RFC 3986, section 2.1). */
import type { ByteString } from '../byte-string.ts';
import { isDigit, isHex } from '../text-edges.ts';

export const isPercentEscape = (text: ByteString, at: number): boolean =>
  isHex(text.charCodeAt(at + 1)) && isHex(text.charCodeAt(at + 2));

export const readPercentEscape = (text: ByteString, at: number): number =>
  Number.parseInt(text.slice(at + 1, at + 3), 16);

/**
 * Whether the escape at `at` hides something that a detector reads: a letter, a digit, `@`, `-`, `.`, `_`, `+`, or a
 * space between digits. `%2F`, `%3D` and the like stand in any URL and hide nothing.
 */
export function isHidingPercent(text: ByteString, at: number): boolean {
  if (!isPercentEscape(text, at)) return false;
  const code = readPercentEscape(text, at);
  if (code === 0x20) return isDigit(text.charCodeAt(at - 1)) && isDigit(text.charCodeAt(at + 3));
  return code > 0x20 && code < 0x7f && /[A-Za-z0-9@._+-]/.test(String.fromCharCode(code));
}
