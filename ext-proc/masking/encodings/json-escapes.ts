/**
 * JSON's escapes (RFC 8259, section 7), also as other languages write them: `\u0034`, `\/`, `\n`. Only a text in which
 * an escape stands for a printable ASCII character is worth reading again: `\n` and `\u00e9` hide nothing.
 */
import type { ByteString } from '../byte-string.ts';
import { isHex } from '../text-edges.ts';
import { type View, ViewBuilder } from './view.ts';

const BACKSLASH = 0x5c;
const LOWER_U = 0x75;

const SIMPLE: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, b: 8, f: 12 };

/** Whether `\u00XX` of a printable ASCII character, or `\u{XX}`, stands with its backslash at `at`. */
export function isAsciiEscape(text: ByteString, at: number): boolean {
  return /^\\u(?:00[2-7][0-9a-fA-F]|\{0{0,4}[2-7][0-9a-fA-F]\}|ff[0-5][0-9a-fA-F]|FF[0-5][0-9a-fA-F])/.test(
    text.slice(at, at + 12),
  );
}

/** The text with its escapes resolved; what is no escape stays. */
export function withoutJsonEscapes(text: ByteString): View {
  const view = new ViewBuilder(text.length);
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code !== BACKSLASH || at + 1 >= text.length) {
      view.push(code, at++);
      continue;
    }
    const next = text.charCodeAt(at + 1);
    if (next === LOWER_U) {
      const [character, length] = unicodeEscape(text, at);
      if (length > 0) {
        pushUtf8(view, character, at);
        at += length;
        continue;
      }
    }
    const simple = SIMPLE[text[at + 1] as string];
    // An unknown escape stands for its letter, and a backslash escapes itself.
    view.push(simple ?? next, at);
    at += 2;
  }
  return view.finish(text.length);
}

/** The character of `\uXXXX` or `\u{…}` and the length of its escape; 0 where it is none. */
function unicodeEscape(text: ByteString, at: number): [character: number, length: number] {
  if (text[at + 2] === '{') {
    const close = text.indexOf('}', at + 3);
    const hex = close > 0 && close <= at + 10 ? text.slice(at + 3, close) : '';
    return /^[0-9a-fA-F]{1,6}$/.test(hex) ? [Number.parseInt(hex, 16) & 0xffff, close + 1 - at] : [0, 0];
  }
  for (let each = 2; each < 6; each++) if (!isHex(text.charCodeAt(at + each))) return [0, 0];
  return [Number.parseInt(text.slice(at + 2, at + 6), 16), 6];
}

/** Three bytes at most for six of escape; halves of a surrogate pair stay halves, which no detector reads. */
function pushUtf8(view: ViewBuilder, character: number, at: number): void {
  if (character < 0x80) {
    view.push(character, at);
  } else if (character < 0x800) {
    view.push(0xc0 | (character >> 6), at);
    view.push(0x80 | (character & 0x3f), at);
  } else {
    view.push(0xe0 | (character >> 12), at);
    view.push(0x80 | ((character >> 6) & 0x3f), at);
    view.push(0x80 | (character & 0x3f), at);
  }
}
