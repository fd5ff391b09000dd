/**
 * Base64 (RFC 4648, sections 4 and 5, with or without padding, also broken into lines) and hexadecimal text. A run is
 * looked into where a stretch of it would decode to ASCII: what detectors find is ASCII, and the stretch is found at
 * any alignment, so that a secret in the middle of a picture's or a message's bytes is found as well. A run shorter
 * than fourteen characters is not looked into.
 */
import type { ByteString } from '../byte-string.ts';

export interface Stretch {
  readonly encoding: 'base64' | 'hex';
  readonly decoded: ByteString;
  /** The whole run that the stretch lies in, padding and `\x` included. */
  readonly runStart: number;
  readonly runEnd: number;
}

/** Called for each stretch; true ends the search. */
export type OnStretch = (stretch: Stretch) => boolean;
/** Called for each run of base64's alphabet, before its stretches; true ends the search. */
export type OnRun = (start: number, end: number) => boolean;

export const RUN_BYTES_MIN = 14;
/** Groups of four characters, or pairs of hexadecimal digits, that must decode to ASCII in a row. */
const GROUPS_MIN = 3;
const PAIRS_MIN = 8;
const LINE_BYTES_MIN = 60;

const IN_BASE64 = 1;
const FIRST = 2;
const SECOND = 4;
const THIRD = 8;
const IN_HEX = 16;
const HIGH = 32;

/** What each byte may be. */
const BYTES = new Uint8Array(256);
const ALPHABETS = [
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
];
for (const alphabet of ALPHABETS) {
  for (let value = 0; value < 64; value++) {
    let bits = IN_BASE64;
    // Printable ASCII begins with 001 to 011; tab, line feed and carriage return with 0000.
    if ((value >= 8 && value <= 31) || value === 2 || value === 3) bits |= FIRST;
    if ((value & 15) <= 7 && (value & 15) !== 1) bits |= SECOND;
    if ((value & 3) <= 1) bits |= THIRD;
    BYTES[alphabet.charCodeAt(value)] = bits;
  }
}
for (const digit of '0123456789abcdefABCDEF') {
  const value = Number.parseInt(digit, 16);
  const index = digit.charCodeAt(0);
  BYTES[index] = (BYTES[index] as number) | IN_HEX | (value >= 2 && value <= 7 ? HIGH : 0);
}

const isIn = (code: number): boolean => ((BYTES[code & 0xff] as number) & IN_BASE64) !== 0;

/** Whether the text holds a run that is long enough to be looked into. */
export function hasRun(text: ByteString): boolean {
  for (let at = RUN_BYTES_MIN - 1; at < text.length; at += RUN_BYTES_MIN) {
    if (!isIn(text.charCodeAt(at))) continue;
    if (runEndFrom(text, at) - runStartFrom(text, at, 0) >= RUN_BYTES_MIN) return true;
  }
  return false;
}

/** Looks into every run of the text. True where `onRun` or `onStretch` ended it. */
export function encodedRuns(text: ByteString, onRun: OnRun, onStretch: OnStretch): boolean {
  let floor = 0;
  // A run of the least length covers one of these places.
  for (let at = RUN_BYTES_MIN - 1; at < text.length; at += RUN_BYTES_MIN) {
    if (!isIn(text.charCodeAt(at))) continue;
    const start = runStartFrom(text, at, floor);
    let end = runEndFrom(text, at);
    if (end - start >= RUN_BYTES_MIN) {
      if (onRun(start, end)) return true;
      let joined = text;
      let from = start;
      let to = end;
      if (end - start >= LINE_BYTES_MIN && (end - start) % 4 === 0 && lineBreak(text, end) > 0) {
        const lines = [text.slice(start, end)];
        end = joinLines(text, end, end - start, lines);
        joined = lines.join('');
        from = 0;
        to = joined.length;
      }
      let runEnd = end;
      while (runEnd < end + 2 && text[runEnd] === '=') runEnd++;
      if (look(joined, from, to, start, runEnd, onStretch)) return true;
    }
    floor = end;
    at = end;
  }
  return false;
}

function runStartFrom(text: ByteString, at: number, floor: number): number {
  let start = at;
  while (start > floor && isIn(text.charCodeAt(start - 1))) start--;
  return start;
}

function runEndFrom(text: ByteString, at: number): number {
  let end = at + 1;
  while (end < text.length && isIn(text.charCodeAt(end))) end++;
  return end;
}

/** The length of a line break at `at`, plain or as JSON writes it; 0 without one. */
function lineBreak(text: ByteString, at: number): number {
  const code = text.charCodeAt(at);
  if (code === 0x0a) return 1;
  if (code === 0x0d && text.charCodeAt(at + 1) === 0x0a) return 2;
  if (code !== 0x5c) return 0;
  if (text.startsWith('\\n', at)) return 2;
  return text.startsWith('\\r\\n', at) ? 4 : 0;
}

/** What may follow the last line of a block: its padding, another line, a quote, an end. Not a word of a text. */
const AFTER_BLOCK = /[=\r\n"'`\\<>,;)}\]-]/;

/** Appends the lines that follow one of `width` characters; the last may be shorter. The answer is where they end. */
function joinLines(text: ByteString, from: number, width: number, lines: string[]): number {
  let end = from;
  for (;;) {
    const next = end + lineBreak(text, end);
    if (next === end || next >= text.length || !isIn(text.charCodeAt(next))) return end;
    const lineEnd = runEndFrom(text, next);
    const isLast = lineEnd - next !== width;
    if (isLast && lineEnd < text.length && !AFTER_BLOCK.test(text[lineEnd] as string)) return end;
    lines.push(text.slice(next, lineEnd));
    end = lineEnd;
    if (isLast) return end;
  }
}

/** Looks into one run: `from` to `to` of `text`, which is the source's `runStart` to `runEnd`. */
function look(
  text: ByteString,
  from: number,
  to: number,
  runStart: number,
  runEnd: number,
  onStretch: OnStretch,
): boolean {
  // How many groups in a row, each ending at the place named, decode to ASCII: four, three, two and one places back.
  let back4 = 0;
  let back3 = 0;
  let back2 = 0;
  let back1 = 0;
  let bits3 = 0;
  let bits2 = 0;
  let bits1 = 0;
  let hexStart = -1;
  // Four places more, so that rows which reach the end of the run are looked into.
  for (let at = from; at < to + 4; at++) {
    const bits = at < to ? (BYTES[text.charCodeAt(at) & 0xff] as number) : 0;
    if ((bits & IN_HEX) !== 0) {
      if (hexStart < 0) hexStart = at;
    } else if (hexStart >= 0) {
      const isWhole = at - hexStart >= PAIRS_MIN * 2;
      if (isWhole && lookHex(text, hexStart, at, from === runStart, runStart, runEnd, onStretch)) return true;
      hexStart = -1;
    }
    const isAscii = (bits3 & FIRST) !== 0 && (bits2 & SECOND) !== 0 && (bits1 & THIRD) !== 0 && bits !== 0;
    if (!isAscii && back4 >= GROUPS_MIN) {
      const end = at - 3;
      const start = end - back4 * 4;
      // A group more on either side: the ends of a secret share theirs with other bytes.
      const group = text.slice(start - 4 < from ? start : start - 4, Math.min(to, end + 4));
      const decoded = Buffer.from(group, 'base64').toString('latin1');
      if (onStretch({ encoding: 'base64', decoded, runStart, runEnd })) return true;
    }
    const row = isAscii ? back4 + 1 : 0;
    back4 = back3;
    back3 = back2;
    back2 = back1;
    back1 = row;
    bits3 = bits2;
    bits2 = bits1;
    bits1 = bits;
  }
  return false;
}

/** Looks into hexadecimal digits at both alignments. `isSource`: offsets are those of the source. */
function lookHex(
  text: ByteString,
  from: number,
  to: number,
  isSource: boolean,
  runStart: number,
  runEnd: number,
  onStretch: OnStretch,
): boolean {
  const isPrefixed = from >= 2 && (text.startsWith('\\x', from - 2) || text.startsWith('0x', from - 2));
  const isBytea = !isSource && text.startsWith('x') && from <= 1;
  const start = isSource ? from - (isPrefixed ? 2 : 0) : runStart - (isBytea ? 1 : 0);
  const end = isSource ? to : runEnd;
  for (let alignment = 0; alignment < 2; alignment++) {
    let row = 0;
    for (let at = from + alignment; at < to + 2; at += 2) {
      if (at + 1 < to && isAsciiPair(text, at)) {
        row++;
        continue;
      }
      if (row >= PAIRS_MIN) {
        const first = Math.max(from + alignment, at - row * 2 - 2);
        const decoded = Buffer.from(text.slice(first, Math.min(at + 2, to)), 'hex').toString('latin1');
        if (onStretch({ encoding: 'hex', decoded, runStart: start, runEnd: end })) return true;
      }
      row = 0;
    }
  }
  return false;
}

function isAsciiPair(text: ByteString, at: number): boolean {
  const high = text.charCodeAt(at);
  if (((BYTES[high & 0xff] as number) & HIGH) !== 0) return true;
  const low = high === 0x30 ? text.charCodeAt(at + 1) | 0x20 : 0;
  // Tab is 09, line feed 0a, carriage return 0d; a digit's bit is set already.
  return low === 0x39 || low === 0x61 || low === 0x64;
}
