/** What a string of JSON with escapes stands for (RFC 8259 section 7), as protocols/http/body/json-strings.ts reads it. */
import { BACKSLASH, QUOTE, stringStop } from './json-text';
import { FIRST_LEVEL, TEXT } from './layout';
import { byteAt } from './text';

const LETTER_U: u32 = 0x75;

/** Where that stands, counted as places of the text are: behind it. */
export const UNESCAPED: i32 = <i32>(FIRST_LEVEL - TEXT);

let written = 0;

/** How many bytes it has. */
export function unescapedBytes(): i32 {
  return written;
}

/** Behind the closing quote of the string whose content begins at `start`; -1 where it is not in form before `end`. */
export function behindString(start: i32, end: i32): i32 {
  let at = start;
  while (true) {
    at = stringStop(at, end);
    if (at >= end) return -1;
    const code = byteAt(at);
    if (code == QUOTE) return at + 1;
    if (code != BACKSLASH) return -1;
    at = behindEscape(at, end);
    if (at < 0) return -1;
  }
}

/** The same, and leaves what the string stands for; -1 also where half a character is escaped. */
export function unescapeString(start: i32, end: i32): i32 {
  let at = start;
  written = 0;
  while (true) {
    const stop = stringStop(at, end);
    memory.copy(FIRST_LEVEL + written, TEXT + at, stop - at);
    written += stop - at;
    if (stop >= end) return -1;
    const code = byteAt(stop);
    if (code == QUOTE) return stop + 1;
    if (code != BACKSLASH) return -1;
    at = behindEscape(stop, end);
    if (at < 0 || !writeUnit(unit)) return -1;
  }
}

/** What the escape that was read last stands for: a unit of UTF-16. */
let unit = 0;

/** Behind the escape at `at`; -1 where it is not in form. */
function behindEscape(at: i32, end: i32): i32 {
  if (at + 1 >= end) return -1;
  const letter = byteAt(at + 1);
  if (letter != LETTER_U) {
    unit = signOf(letter);
    return unit == 0 ? -1 : at + 2;
  }
  if (at + 6 > end) return -1;
  unit = hexUnit(at + 2);
  return unit < 0 ? -1 : at + 6;
}

function write(byte: u32): void {
  store<u8>(FIRST_LEVEL + written++, byte);
}

/** A unit of UTF-16 in UTF-8; false for half a pair. */
function writeUnit(code: i32): bool {
  if (code < 0x80) {
    write(code);
    return true;
  }
  if (code < 0x800) {
    write(0xc0 | (code >> 6));
    write(0x80 | (code & 0x3f));
    return true;
  }
  if (code >= 0xd800 && code < 0xe000) return false;
  write(0xe0 | (code >> 12));
  write(0x80 | ((code >> 6) & 0x3f));
  write(0x80 | (code & 0x3f));
  return true;
}

/** What four hexadecimal digits say; -1 where one is none. */
function hexUnit(at: i32): i32 {
  let value = 0;
  for (let each = 0; each < 4; each++) {
    const code = byteAt(at + each);
    const lower = code | 0x20;
    if (code - 0x30 < 10) value = (value << 4) | (code - 0x30);
    else if (lower - 0x61 < 6) value = (value << 4) | (lower - 0x57);
    else return -1;
  }
  return value;
}

/** What the letter behind a backslash stands for; 0 where it is none of them. */
function signOf(letter: u32): i32 {
  if (letter == QUOTE || letter == BACKSLASH || letter == 0x2f) return letter;
  if (letter == 0x6e) return 0x0a;
  if (letter == 0x74) return 0x09;
  if (letter == 0x72) return 0x0d;
  if (letter == 0x62) return 0x08;
  if (letter == 0x66) return 0x0c;
  return 0;
}
