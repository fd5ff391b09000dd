/** What a string of JSON with escapes stands for (RFC 8259 section 7), as protocols/http/body/json-strings.ts reads it. */
import { byteAt, stringStop } from './json-text';
import { FIRST_LEVEL, TEXT } from './layout';

const QUOTE: u32 = 0x22;
const BACKSLASH: u32 = 0x5c;
const LETTER_U: u32 = 0x75;

/** Where that stands, counted as places of the text are: behind it. */
export const UNESCAPED: i32 = <i32>(FIRST_LEVEL - TEXT);

let written = 0;

/** How many bytes it has. */
export function unescapedBytes(): i32 {
  return written;
}

/**
 * Reads the string whose content begins at `start`, and leaves what it stands for. The answer is behind its closing
 * quote; -1 where that does not come before `end`, where it is not in form, and where half a character is escaped.
 */
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
    if (code != BACKSLASH || stop + 1 >= end) return -1;
    const letter = byteAt(stop + 1);
    if (letter == LETTER_U) {
      if (stop + 6 > end) return -1;
      const unit = hexUnit(stop + 2);
      if (unit < 0 || !writeUnit(unit)) return -1;
      at = stop + 6;
    } else {
      const sign = signOf(letter);
      if (sign == 0) return -1;
      write(sign);
      at = stop + 2;
    }
  }
}

function write(byte: u32): void {
  store<u8>(FIRST_LEVEL + written++, byte);
}

/** A UTF-16 unit in UTF-8; false for half a pair. */
function writeUnit(unit: i32): bool {
  if (unit < 0x80) {
    write(unit);
    return true;
  }
  if (unit < 0x800) {
    write(0xc0 | (unit >> 6));
    write(0x80 | (unit & 0x3f));
    return true;
  }
  if (unit >= 0xd800 && unit < 0xe000) return false;
  write(0xe0 | (unit >> 12));
  write(0x80 | ((unit >> 6) & 0x3f));
  write(0x80 | (unit & 0x3f));
  return true;
}

/** What four hexadecimal digits say; -1 where one is none. */
function hexUnit(at: i32): i32 {
  let unit = 0;
  for (let each = 0; each < 4; each++) {
    const code = byteAt(at + each);
    const lower = code | 0x20;
    if (code - 0x30 < 10) unit = (unit << 4) | (code - 0x30);
    else if (lower - 0x61 < 6) unit = (unit << 4) | (lower - 0x57);
    else return -1;
  }
  return unit;
}

/** What the letter behind a backslash stands for; 0 where it is none of them. */
function signOf(letter: u32): u32 {
  if (letter == QUOTE || letter == BACKSLASH || letter == 0x2f) return letter;
  if (letter == 0x6e) return 0x0a;
  if (letter == 0x74) return 0x09;
  if (letter == 0x72) return 0x0d;
  if (letter == 0x62) return 0x08;
  if (letter == 0x66) return 0x0c;
  return 0;
}
