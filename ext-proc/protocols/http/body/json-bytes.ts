/** Bytes of JSON's grammar (RFC 8259 section 2), and what each byte is to a reader. */
import type { ByteString } from '../../../masking/byte-string.ts';
import { JSON_SCALAR_SIGNS } from '../../../masking/text-kernel.ts';

export const LINE_FEED = 0x0a;
export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const LOWER_U = 0x75;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
export const OPEN_ARRAY = 0x5b;
export const CLOSE_ARRAY = 0x5d;
/** Before each text of a sequence (RFC 7464). */
export const RECORD_SEPARATOR = 0x1e;
/** Some write one, and a reader may ignore it (RFC 8259 section 8.1). */
export const BYTE_ORDER_MARK: readonly number[] = [0xef, 0xbb, 0xbf];

/** White space; part of a number or literal; what cannot simply go on inside a string. */
export const WHITE = 1;
export const SCALAR = 2;
export const STOPS = 4;

const SPACE = 0x20;
const CLASSES = new Uint8Array(256);
for (const sign of ' \t\n\r') CLASSES[sign.charCodeAt(0)] = WHITE;
for (let code = 0; code < SPACE; code++) CLASSES[code] = (CLASSES[code] as number) | STOPS;
for (const sign of '"\\') CLASSES[sign.charCodeAt(0)] = STOPS;
for (const sign of JSON_SCALAR_SIGNS) CLASSES[sign.charCodeAt(0)] = SCALAR;

export const classOf = (code: number): number => CLASSES[code & 0xff] as number;

/** The letters behind a backslash, but for `u`. */
const ESCAPE_LETTERS: ReadonlySet<number> = new Set(Buffer.from('"\\/bfnrt'));
export const isEscapeLetter = (code: number): boolean => ESCAPE_LETTERS.has(code);

/** Where the string goes on no further from `at`: a quote, a backslash, a control character, or the end of the text. */
export function stringStop(text: ByteString, at: number): number {
  const { length } = text;
  let next = at;
  while (next < length && ((CLASSES[text.charCodeAt(next) & 0xff] as number) & STOPS) === 0) next++;
  return next;
}

/** Behind the last byte of the number or literal that goes on at `at`. */
export function scalarStop(text: ByteString, at: number): number {
  const { length } = text;
  let next = at;
  while (next < length && ((CLASSES[text.charCodeAt(next) & 0xff] as number) & SCALAR) !== 0) next++;
  return next;
}
