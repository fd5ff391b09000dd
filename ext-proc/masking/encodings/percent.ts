/** Percent-encoding (RFC 3986, section 2.1). */
import type { ByteString } from '../byte-string.ts';
import { isDigit, isHex } from '../text-edges.ts';
import { type View, ViewBuilder } from './view.ts';

const PERCENT = 0x25;

/**
 * Whether the escape at `at` hides something that a detector reads: a letter, a digit, `@`, `-`, `.`, `_`, `+`, or a
 * space between digits. `%2F`, `%3D` and the like stand in any URL and hide nothing.
 */
export function isHidingEscape(text: ByteString, at: number): boolean {
  const high = text.charCodeAt(at + 1);
  const low = text.charCodeAt(at + 2);
  if (!isHex(high) || !isHex(low)) return false;
  const code = Number.parseInt(text.slice(at + 1, at + 3), 16);
  if (code === 0x20) return isDigit(text.charCodeAt(at - 1)) && isDigit(text.charCodeAt(at + 3));
  if (code < 0x2b || code > 0x7a) return false;
  return /[A-Za-z0-9@._+-]/.test(String.fromCharCode(code));
}

/** The text with its escapes resolved. A plus sign stays one. */
export function withoutPercents(text: ByteString): View {
  const view = new ViewBuilder(text.length);
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === PERCENT && isHex(text.charCodeAt(at + 1)) && isHex(text.charCodeAt(at + 2))) {
      view.push(Number.parseInt(text.slice(at + 1, at + 3), 16), at);
      at += 3;
    } else {
      view.push(code, at++);
    }
  }
  return view.finish(text.length);
}
