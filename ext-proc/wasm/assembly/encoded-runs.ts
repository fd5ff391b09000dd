/**
 * Whether a value of the text may hide another one in base64 or hexadecimal digits: whether it has a run as
 * masking/encodings/encoded-runs.ts finds it, of which a stretch decodes to ASCII as encoded-stretches.ts asks.
 */
import { ALPHABET, ENCODED } from './layout';
import { byteAt } from './text';

export const RUN_BYTES_MIN = 14;
/** From this length on lines of one length may follow one another. */
const LINE_BYTES_MIN = 60;
const GROUPS_MIN = 3;
const GROUP = 4;
const PAIRS_MIN = 8;
const PAIR = 2;
const HEX_MIN = PAIRS_MIN * PAIR;

/** Bits of what a byte may be: a character of a group of base64, a hexadecimal digit, the first of one of ASCII. */
const FIRST: u32 = 1;
const SECOND: u32 = 2;
const THIRD: u32 = 4;
const IN_HEX: u32 = 8;
const HIGH: u32 = 16;

const FULL_STOP: u32 = 0x2e;
const LINE_FEED: u32 = 0x0a;
const CARRIAGE_RETURN: u32 = 0x0d;
const BACKSLASH: u32 = 0x5c;

function isIn(at: i32): bool {
  return load<u8>(ALPHABET + byteAt(at)) != 0;
}

function bitsAt(at: i32): u32 {
  return load<u8>(ENCODED + byteAt(at));
}

export function hidesText(from: i32, end: i32): bool {
  let start = nextRun(from, end);
  while (start >= 0) {
    let runEnd = start + RUN_BYTES_MIN;
    while (runEnd < end && isIn(runEnd)) runEnd++;
    if (goesOn(start, runEnd, end) || hidesBase64(start, runEnd) || hidesHex(start, runEnd)) return true;
    start = nextRun(runEnd, end);
  }
  return false;
}

/** Where the next run of the least length begins; -1 without one. It is read backwards from where it would end. */
function nextRun(from: i32, end: i32): i32 {
  let start = from;
  let known = from;
  for (let last = start + RUN_BYTES_MIN - 1; last < end; last = start + RUN_BYTES_MIN - 1) {
    let at = last;
    while (at >= known && isIn(at)) at--;
    if (at < known) return start;
    start = at + 1;
    known = last + 1;
  }
  return -1;
}

/** Whether what follows the run may belong to it: another line, or the rest of a token in three parts. */
function goesOn(start: i32, runEnd: i32, end: i32): bool {
  if (runEnd >= end) return false;
  const next = byteAt(runEnd);
  if (next == FULL_STOP) return true;
  const length = runEnd - start;
  return (
    length >= LINE_BYTES_MIN &&
    length % GROUP == 0 &&
    (next == LINE_FEED || next == CARRIAGE_RETURN || next == BACKSLASH)
  );
}

function hidesBase64(from: i32, to: i32): bool {
  for (let alignment = 0; alignment < GROUP; alignment++) {
    let floor = from + alignment;
    for (let at = floor + (GROUPS_MIN - 1) * GROUP; at + GROUP <= to; at += GROUPS_MIN * GROUP) {
      if (!isAsciiGroup(at)) continue;
      let start = at;
      while (start > floor && isAsciiGroup(start - GROUP)) start -= GROUP;
      let end = at + GROUP;
      while (end + GROUP <= to && isAsciiGroup(end)) end += GROUP;
      if (end - start >= GROUPS_MIN * GROUP) return true;
      floor = end;
      at = end;
    }
  }
  return false;
}

function isAsciiGroup(at: i32): bool {
  return (bitsAt(at) & FIRST) != 0 && (bitsAt(at + 1) & SECOND) != 0 && (bitsAt(at + 2) & THIRD) != 0;
}

function hidesHex(from: i32, to: i32): bool {
  let floor = from;
  for (let at = from + HEX_MIN - 1; at < to; at += HEX_MIN) {
    if ((bitsAt(at) & IN_HEX) == 0) continue;
    let start = at;
    while (start > floor && (bitsAt(start - 1) & IN_HEX) != 0) start--;
    let end = at + 1;
    while (end < to && (bitsAt(end) & IN_HEX) != 0) end++;
    if (end - start >= HEX_MIN && (hidesPairs(start, end) || hidesPairs(start + 1, end))) return true;
    floor = end;
    at = end;
  }
  return false;
}

/** Whether so many pairs in a row, the first of them at `first` or behind it, are ASCII. */
function hidesPairs(first: i32, to: i32): bool {
  let pairs = 0;
  for (let at = first; at + PAIR <= to; at += PAIR) {
    pairs = isAsciiPair(at) ? pairs + 1 : 0;
    if (pairs == PAIRS_MIN) return true;
  }
  return false;
}

function isAsciiPair(at: i32): bool {
  if ((bitsAt(at) & HIGH) != 0) return true;
  // Tab is 09, line feed 0a, carriage return 0d; a digit's bit is set already.
  const low = byteAt(at) == 0x30 ? byteAt(at + 1) | 0x20 : 0;
  return low == 0x39 || low == 0x61 || low == 0x64;
}
