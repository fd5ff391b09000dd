/**
 * The content of a JSON string (RFC 8259 section 7) and what it stands for, both as byte strings. An escaped character
 * stands for its UTF-8 bytes; half a surrogate pair for three bytes of the same form, so that it can be written again.
 */
import type { ByteString } from '../../../masking/byte-string.ts';

const SIMPLE: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})(?:\\u([dD][c-fC-F][0-9a-fA-F]{2}))?|([^]))/g;

export interface Unescaped {
  readonly text: ByteString;
  /** Characters beyond ASCII were written as escapes. */
  readonly escapedWide: boolean;
}

/** Of content whose escapes are in form. */
export function unescapeJson(content: ByteString): Unescaped {
  let escapedWide = false;
  const text = content.replaceAll(ESCAPE, (_, hex?: string, low?: string, letter?: string) => {
    if (hex === undefined) return SIMPLE[letter as string] ?? (letter as string);
    const unit = Number.parseInt(hex, 16);
    if (unit >= 0x80) escapedWide = true;
    if (low === undefined) return utf8(unit);
    const lower = Number.parseInt(low, 16);
    if (unit >= 0xd800 && unit <= 0xdbff) return utf8(0x10000 + ((unit - 0xd800) << 10) + (lower - 0xdc00));
    return utf8(unit) + utf8(lower);
  });
  return { text, escapedWide };
}

function utf8(code: number): ByteString {
  if (code < 0x80) return String.fromCharCode(code);
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
  if (code < 0x10000)
    return String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
  return String.fromCharCode(
    0xf0 | (code >> 18),
    0x80 | ((code >> 12) & 0x3f),
    0x80 | ((code >> 6) & 0x3f),
    0x80 | (code & 0x3f),
  );
}

/** Whether text is its own content: what most is. In a loop, because most texts are shorter than what a regular expression takes to begin. */
function isPlain(text: ByteString): boolean {
  const { length } = text;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) return false;
  }
  return true;
}

const NEEDS_ESCAPE = /["\\\x00-\x1f]/g;
/** Halves of surrogate pairs in the form of `unescapeJson`. */
const SURROGATE = /\xed[\xa0-\xbf][\x80-\xbf]/g;
const WIDE = /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}/g;

/** Text as the content of a string. `escapeWide`: characters beyond ASCII are written as escapes too. */
export function escapeJson(text: ByteString, escapeWide: boolean): ByteString {
  if (isPlain(text)) return text;
  let content = text.replaceAll(NEEDS_ESCAPE, (sign) =>
    sign === '"' || sign === '\\' ? `\\${sign}` : escape(sign),
  );
  content = content.replaceAll(SURROGATE, (bytes) => unit(decode(bytes)));
  return escapeWide ? content.replaceAll(WIDE, escapeCharacter) : content;
}

const SHORT: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
  '\b': '\\b',
  '\f': '\\f',
};

const unit = (code: number): string => `\\u${code.toString(16).padStart(4, '0')}`;
const escape = (sign: string): string => SHORT[sign] ?? unit(sign.charCodeAt(0));

function escapeCharacter(bytes: ByteString): string {
  const code = decode(bytes);
  if (code < 0x10000) return unit(code);
  const rest = code - 0x10000;
  return unit(0xd800 + (rest >> 10)) + unit(0xdc00 + (rest & 0x3ff));
}

function decode(bytes: ByteString): number {
  const first = bytes.charCodeAt(0);
  let code = first & (bytes.length === 2 ? 0x1f : bytes.length === 3 ? 0x0f : 0x07);
  for (let at = 1; at < bytes.length; at++) code = (code << 6) | (bytes.charCodeAt(at) & 0x3f);
  return code;
}
