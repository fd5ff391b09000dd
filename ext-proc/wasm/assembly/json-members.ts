/**
 * Reads on in an object or array of JSON (RFC 8259), over members whose names come as they came before and over values
 * that surely hold nothing. Strings that are whole and have no escapes, but are marked or may hold something, it lists for
 * the host to decide; it stops where anything else stands.
 */
import { isPlain } from './anchors';
import { beginsNumber, behindNumber, hadExponent } from './json-number';
import { UNESCAPED, unescapedBytes, unescapeString } from './json-string';
import {
  BACKSLASH,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  isLiteral,
  OPEN_OBJECT,
  QUOTE,
  skipWhite,
  stands,
  stringStop,
} from './json-text';
import {
  NAME_ENTRY_BYTES,
  NAME_OFFSET,
  NAMES,
  NAMES_MAX,
  SCALARS,
  STOPPED,
  TEXT,
  UNDECIDED,
  UNDECIDED_BYTES,
  UNDECIDED_MAX,
} from './layout';
import { byteAt } from './text';

/** What may come where it stopped, in words of the host's `Expected`: `more`, `member` or `element`, `value`. */
const MORE = 0;
const FIRST = 1;
const VALUE = 2;

/** An entry's second byte where what stands under its name is marked. */
const MARKED: u32 = 1;

let phase = MORE;
/** How many strings were listed. */
let undecided = 0;
/** Names of the object that were read, with those that it began with. */
let named = 0;
/** Objects that were begun behind the one that it began in. */
let objects = 0;

function stoppedAt(at: i32): i32 {
  store<i32>(STOPPED, phase);
  store<i32>(STOPPED + 4, undecided);
  store<i32>(STOPPED + 8, named);
  store<i32>(STOPPED + 12, objects);
  return at;
}

let numberBytesMin = 0;
let stringBytesMax = 0;

/** Shorter numbers are not looked at; longer strings, with their first quote, are the host's. */
export function setLimits(numberMin: i32, stringMax: i32): void {
  numberBytesMin = numberMin;
  stringBytesMax = stringMax;
}

/**
 * `at` stands behind a value of an object, or behind its opening bracket (`first`); `before` names of it were read.
 * `inArray`: the object is an array's element, so that the next one is like it. The answer is where it stopped.
 */
export function readMembers(at: i32, end: i32, order: i32, before: i32, first: bool, inArray: bool): i32 {
  named = before;
  objects = 0;
  undecided = 0;
  phase = first ? FIRST : MORE;
  return stoppedAt(membersFrom(at, end, order, inArray));
}

function membersFrom(from: i32, end: i32, order: i32, inArray: bool): i32 {
  let at = from;
  const names = NAMES + order * NAMES_MAX * NAME_ENTRY_BYTES;
  while (true) {
    let next = skipWhite(at, end);
    if (next >= end) return at;
    if (phase == MORE) {
      if (byteAt(next) == CLOSE_OBJECT) {
        if (!inArray) return at;
        next = nextObject(next, end);
        if (next < 0) return at;
        objects++;
        named = 0;
        phase = FIRST;
        at = next;
        continue;
      }
      if (byteAt(next) != COMMA) return at;
      next = skipWhite(next + 1, end);
    }
    if (named >= NAMES_MAX || next >= end || byteAt(next) != QUOTE) return at;
    const entry = names + named * NAME_ENTRY_BYTES;
    const length = <i32>load<u8>(entry);
    if (length == 0 || next + 1 + length > end || !stands(entry + NAME_OFFSET, TEXT + next + 1, length))
      return at;
    next = skipWhite(next + 1 + length, end);
    if (next >= end || byteAt(next) != COLON) return at;
    next = skipWhite(next + 1, end);
    if (next >= end) return at;
    named++;
    const behind = readValue(next, end, load<u8>(entry, 1) == MARKED);
    if (behind < 0) return next;
    phase = MORE;
    at = behind;
  }
}

/** `at` stands behind an element of an array, or behind its opening bracket (`first`). */
export function readElements(at: i32, end: i32, first: bool): i32 {
  undecided = 0;
  phase = first ? FIRST : MORE;
  return stoppedAt(elementsFrom(at, end));
}

function elementsFrom(from: i32, end: i32): i32 {
  let at = from;
  while (true) {
    let next = skipWhite(at, end);
    if (next >= end) return at;
    if (phase == MORE) {
      if (byteAt(next) != COMMA) return at;
      next = skipWhite(next + 1, end);
      if (next >= end) return at;
    }
    const code = byteAt(next);
    // What may not begin a value, or begins one with an inside, is not read past its comma.
    if (code != QUOTE && load<u8>(SCALARS + code) == 0) return at;
    const behind = readValue(next, end, false);
    if (behind < 0) return next;
    phase = MORE;
    at = behind;
  }
}

/** Behind the bracket of the object that follows the one that closes at `at`, in the same array; -1 without one. */
function nextObject(at: i32, end: i32): i32 {
  let next = skipWhite(at + 1, end);
  if (next >= end || byteAt(next) != COMMA) return -1;
  next = skipWhite(next + 1, end);
  return next < end && byteAt(next) == OPEN_OBJECT ? next + 1 : -1;
}

/** Behind the value at `at`, which was read or listed; -1 where it is the host's. */
function readValue(at: i32, end: i32, isMarked: bool): i32 {
  phase = VALUE;
  const code = byteAt(at);
  if (code == QUOTE) {
    const closing = stringStop(at + 1, end);
    if (closing < end && byteAt(closing) == BACKSLASH && !isMarked) return behindEscaped(at, end);
    if (closing >= end || byteAt(closing) != QUOTE || closing - at > stringBytesMax) return -1;
    return (!isMarked && isPlain(at + 1, closing)) || isListed(at, closing) ? closing + 1 : -1;
  }
  if (isMarked) return -1;
  let behind = at;
  while (behind < end && load<u8>(SCALARS + byteAt(behind)) != 0) behind++;
  if (behind == end || behind == at) return -1;
  if (beginsNumber(code)) {
    // What has an exponent may be a card that was altered, however short it is.
    if (behindNumber(at, behind) != behind || hadExponent()) return -1;
    return behind - at < numberBytesMin || isPlain(at, behind) ? behind : -1;
  }
  return isLiteral(at, behind - at) ? behind : -1;
}

/** Lists a string for the host, if there is room. */
function isListed(at: i32, closing: i32): bool {
  if (undecided == UNDECIDED_MAX) return false;
  const entry = UNDECIDED + undecided++ * UNDECIDED_BYTES;
  store<i32>(entry, at);
  store<i32>(entry + 4, closing);
  store<i32>(entry + 8, named);
  return true;
}

/** Behind the string at `at`, which has escapes, if what it stands for surely holds nothing; otherwise -1. */
function behindEscaped(at: i32, end: i32): i32 {
  const behind = unescapeString(at + 1, min(end, at + stringBytesMax));
  return behind >= 0 && isPlain(UNESCAPED, UNESCAPED + unescapedBytes()) ? behind : -1;
}
