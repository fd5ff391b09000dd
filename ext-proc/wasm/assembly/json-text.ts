/** How JSON is written (RFC 8259 section 2), as far as both of its readers ask. */
import { TEXT } from './layout';
import { byteAt } from './text';

export const QUOTE: u32 = 0x22;
export const BACKSLASH: u32 = 0x5c;
export const COMMA: u32 = 0x2c;
export const COLON: u32 = 0x3a;
export const OPEN_OBJECT: u32 = 0x7b;
export const CLOSE_OBJECT: u32 = 0x7d;
export const OPEN_ARRAY: u32 = 0x5b;
export const CLOSE_ARRAY: u32 = 0x5d;
const SPACE: u32 = 0x20;

/** Behind white space. */
export function skipWhite(from: i32, end: i32): i32 {
  let at = from;
  while (at < end) {
    const code = byteAt(at);
    if (code > SPACE || (code != SPACE && code != 0x0a && code != 0x0d && code != 0x09)) break;
    at++;
  }
  return at;
}

/** Where the string goes on no further: a quote, a backslash, a control character, or the text's end. */
export function stringStop(from: i32, end: i32): i32 {
  for (let at = from; at < end; at += 16) {
    const bytes = v128.load(TEXT + at);
    const stops = v128.or(
      v128.or(i8x16.eq(bytes, i8x16.splat(0x22)), i8x16.eq(bytes, i8x16.splat(0x5c))),
      i8x16.lt_u(bytes, i8x16.splat(0x20)),
    );
    const mask = i8x16.bitmask(stops);
    if (mask != 0) return min(at + ctz(mask), end);
  }
  return end;
}

/** Whether so many bytes are the same at both places. */
export function stands(name: usize, text: usize, length: i32): bool {
  for (let at = 0; at < length; at += 16) {
    const differ = ~i8x16.bitmask(i8x16.eq(v128.load(name + at), v128.load(text + at))) & 0xffff;
    if (differ != 0) return at + ctz(differ) >= length;
  }
  return true;
}

export function isLiteral(at: i32, length: i32): bool {
  const word = load<u32>(TEXT + at);
  // "true", "null", and "fals" with its "e".
  if (length == 4) return word == 0x65757274 || word == 0x6c6c756e;
  return length == 5 && word == 0x736c6166 && byteAt(at + 4) == 0x65;
}
