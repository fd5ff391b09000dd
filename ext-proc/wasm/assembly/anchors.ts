/**
 * Whether a value of the text surely holds nothing that detectors find: the first question of masking/could-hold.ts, asked
 * of each place without leaving the module. It may say no of what holds nothing, never yes of what holds something.
 */
import { ALPHABET, BUCKETS, DIGIT_CLASSES, PAIRS, PROBES, SAYING, TEXT } from './layout';

const DIGITS_BEGIN: u32 = 0x8000;
const WRITING_BEGINS: u32 = 0x4000;
const IBAN_BEGINS: u32 = 0x2000;
const BUCKET: u32 = 0x1fff;

const OTHER: u32 = 0;
const DIGIT: u32 = 1;
const GAP_BYTES_MAX = 3;
const RUN_BYTES_MIN = 14;

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

function byteAt(at: i32): u32 {
  return load<u8>(TEXT + at);
}

function digitClassAt(at: i32, end: i32): u32 {
  return at < end ? load<u8>(DIGIT_CLASSES + byteAt(at)) : OTHER;
}

function isLetter(code: u32): bool {
  return (code | 0x20) - 0x61 < 26;
}

export function isPlain(from: i32, end: i32): bool {
  let previous: u32 = 0;
  for (let at = from; at < end; at++) {
    const code = byteAt(at);
    const pair = previous | code;
    previous = code << 8;
    if (((load<u32>(SAYING + ((pair >> 5) << 2)) >> (pair & 31)) & 1) == 0) continue;
    if (saysMore(load<u16>(PAIRS + (pair << 1)), at, from, end)) return false;
  }
  return end - from < RUN_BYTES_MIN || !hasRun(from, end);
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
  if (
    (hit & IBAN_BEGINS) != 0 &&
    at - 2 >= from &&
    isLetter(byteAt(at - 2)) &&
    digitClassAt(at + 1, end) == DIGIT
  )
    return true;
  return (hit & BUCKET) != 0 && isProbed(hit & BUCKET, at, from, end);
}

/** Whether a literal of the bucket has one more of its bytes where it must stand. */
function isProbed(bucket: u32, at: i32, from: i32, end: i32): bool {
  let entry: usize = PROBES + ((<usize>load<u16>(BUCKETS + (bucket << 1))) << 2);
  let probe: u32;
  do {
    probe = load<u32>(entry);
    const place = at + <i32>(<i8>(probe & 0xff));
    const byte = place >= from && place < end ? byteAt(place) | ((probe >> 16) & 0xff) : 0x100;
    if (byte == ((probe >> 8) & 0xff)) return true;
    if (probe >> 24 == ANY) return true;
    entry += 4;
  } while (probe >> 24 == 0);
  return false;
}

/** In place of a probe's mark of the last one: nothing is known of the bucket. */
const ANY: u32 = 2;

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

/** Whether there is a run of base64's alphabet that is looked into, as encoded-runs.ts finds it. */
function hasRun(from: i32, end: i32): bool {
  let start = from;
  let known = from;
  for (let last = start + RUN_BYTES_MIN - 1; last < end; last = start + RUN_BYTES_MIN - 1) {
    let at = last;
    while (at >= known && load<u8>(ALPHABET + byteAt(at)) != 0) at--;
    if (at < known) return true;
    start = at + 1;
    known = last + 1;
  }
  return false;
}
