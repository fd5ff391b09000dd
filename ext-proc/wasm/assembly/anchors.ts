/**
 * Whether a value of the text surely holds nothing that detectors find: the first question of masking/could-hold.ts, asked
 * of each place without leaving the module. It may say no of what holds nothing, never yes of what holds something.
 */
import { hidesText, RUN_BYTES_MIN } from './encoded-runs';
import { BUCKETS, COUNTRIES, DIGIT_CLASSES, LITERALS, PAIRS, PROBE_BYTES, PROBES, SAYING } from './layout';
import { byteAt } from './text';

const DIGITS_BEGIN: u32 = 0x8000;
const WRITING_BEGINS: u32 = 0x4000;
const IBAN_BEGINS: u32 = 0x2000;
const BUCKET: u32 = 0x1fff;

const OTHER: u32 = 0;
const DIGIT: u32 = 1;
const GAP_BYTES_MAX = 3;

/** Whether cards are looked for: they may stand in single digits with something between. */
let wantsCards = false;
/** No number has fewer digits; and none that has neither a plus sign before it nor a word that names it. */
let numberDigitsMin = 0;
let bareDigitsMin = 0;

export function setNumbers(cards: bool, digitsMin: i32, bareMin: i32): void {
  wantsCards = cards;
  numberDigitsMin = digitsMin;
  bareDigitsMin = bareMin;
}

function digitClassAt(at: i32, end: i32): u32 {
  return at < end ? load<u8>(DIGIT_CLASSES + byteAt(at)) : OTHER;
}

function isLetter(code: u32): bool {
  return (code | 0x20) - 0x61 < 26;
}

export function isPlain(from: i32, end: i32): bool {
  soughtByte = 0;
  let previous: u32 = 0;
  for (let at = from; at < end; at++) {
    const code = byteAt(at);
    const pair = previous | code;
    previous = code << 8;
    if (((load<u32>(SAYING + ((pair >> 5) << 2)) >> (pair & 31)) & 1) == 0) continue;
    if (saysMore(load<u16>(PAIRS + (pair << 1)), at, from, end)) return false;
  }
  return end - from < RUN_BYTES_MIN || !hidesText(from, end);
}

/** Whether what the pair that ends at `at` says stands the cheapest test of its own. */
function saysMore(hit: u32, at: i32, from: i32, end: i32): bool {
  if ((hit & WRITING_BEGINS) != 0) return true;
  if ((hit & DIGITS_BEGIN) != 0) {
    const next = digitClassAt(at + 1, end);
    // A word would have been met before: it says more by itself.
    if (next != OTHER && hasDigits(at, end, isBehindPlus(at, from) ? numberDigitsMin : bareDigitsMin))
      return true;
    if (next != DIGIT && wantsCards && mayBeScattered(at, end)) return true;
  }
  if ((hit & IBAN_BEGINS) != 0 && beginsAccount(at - 2, from, end)) return true;
  return (hit & BUCKET) != 0 && isAnchored(hit & BUCKET, at, from, end);
}

/** Whether two letters of one case and two digits at `at` are a country and check digits, and a number has room there. */
function beginsAccount(at: i32, from: i32, end: i32): bool {
  if (at < from || at + ACCOUNT_BYTES_MIN > end || digitClassAt(at + 3, end) != DIGIT) return false;
  const first = byteAt(at);
  const second = byteAt(at + 1);
  if (!isLetter(first) || !isLetter(second) || ((first ^ second) & 0x20) != 0) return false;
  return load<u8>(COUNTRIES + ((first | 0x20) - 0x61) * 26 + ((second | 0x20) - 0x61)) != 0;
}

const ACCOUNT_BYTES_MIN = 15;

/** An entry's bytes: how far the probe is from the pair's second, what it is, and what is or-ed to the text's. */
const PROBE: usize = 0;
const PROBE_CODE: usize = 1;
const PROBE_CASE: usize = 2;
const FLAGS: usize = 3;
/** A byte that must stand behind the literal somewhere, or 0; the literal's length; and where it is. */
const FOLLOWED_BY: usize = 4;
const LENGTH: usize = 5;
const OFFSET: usize = 6;

/** The bucket's last entry; one of which nothing is known; a literal in whatever case. */
const LAST: u32 = 1;
const ANY: u32 = 2;
const IGNORES_CASE: u32 = 4;

/** Whether a literal of the bucket stands around the pair that ends at `at`, with what must follow it. */
function isAnchored(bucket: u32, at: i32, from: i32, end: i32): bool {
  let entry: usize = PROBES + <usize>load<u16>(BUCKETS + (bucket << 1)) * PROBE_BYTES;
  let flags: u32;
  do {
    flags = load<u8>(entry, FLAGS);
    if ((flags & ANY) != 0) return true;
    const place = at + <i32>load<i8>(entry, PROBE);
    if (
      place >= from &&
      place < end &&
      (byteAt(place) | (<u32>load<u8>(entry, PROBE_CASE))) == <u32>load<u8>(entry, PROBE_CODE) &&
      isLiteralAt(entry, (flags & IGNORES_CASE) != 0, at, from, end)
    )
      return true;
    entry += PROBE_BYTES;
  } while ((flags & LAST) == 0);
  return false;
}

function isLiteralAt(entry: usize, ignoresCase: bool, at: i32, from: i32, end: i32): bool {
  const literal = LITERALS + <usize>load<u16>(entry, OFFSET);
  const start = at - <i32>load<u8>(literal);
  const behind = start + <i32>load<u8>(entry, LENGTH);
  if (start < from || behind > end) return false;
  for (let each = start; each < behind; each++) {
    let code = byteAt(each);
    if (ignoresCase && code - 0x41 < 26) code |= 0x20;
    if (code != <u32>load<u8>(literal + 1 + (each - start))) return false;
  }
  const followedBy = <u32>load<u8>(entry, FOLLOWED_BY);
  return followedBy == 0 || lastOf(followedBy, from, end) >= behind;
}

/** Which byte was looked for last in this value, and where it stands last. */
let soughtByte: u32 = 0;
let soughtAt = 0;

function lastOf(byte: u32, from: i32, end: i32): i32 {
  if (byte != soughtByte) {
    soughtByte = byte;
    soughtAt = end - 1;
    while (soughtAt >= from && byteAt(soughtAt) != byte) soughtAt--;
  }
  return soughtAt;
}

/** Whether a plus sign stands before the digit, or before its bracket. */
function isBehindPlus(at: i32, from: i32): bool {
  const before = at > from && byteAt(at - 1) == OPENING ? at - 2 : at - 1;
  return before >= from && byteAt(before) == PLUS;
}

const PLUS: u32 = 0x2b;
const OPENING: u32 = 0x28;

/** Whether the run that begins with the digit at `at` has at least so many digits. */
function hasDigits(at: i32, end: i32, least: i32): bool {
  if (digitClassAt(at + least - 1, end) == OTHER) return false;
  let digits = 1;
  let gap = 0;
  for (let next = at + 1; next < end; next++) {
    const kind = load<u8>(DIGIT_CLASSES + byteAt(next));
    if (kind == DIGIT) {
      if (++digits >= least) return true;
      gap = 0;
    } else if (kind == OTHER || ++gap > GAP_BYTES_MAX) {
      return false;
    }
  }
  return false;
}

/** Whether the digit at `at` is followed by two more with the same between. */
function mayBeScattered(at: i32, end: i32): bool {
  let width = 1;
  while (width <= GAP_BYTES_MAX && digitClassAt(at + width, end) != DIGIT) width++;
  if (width == 1 || digitClassAt(at + width, end) != DIGIT || digitClassAt(at + 2 * width, end) != DIGIT)
    return false;
  for (let each = 1; each < width; each++) if (byteAt(at + each) != byteAt(at + width + each)) return false;
  return true;
}
