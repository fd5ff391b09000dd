/**
 * Whether the text is one JSON object (RFC 8259) as protocols/http/body/strict-json.ts takes it: no name twice, and not
 * nested too deep. It is sure of objects of few members whose names have no escapes; everything else, and whatever is
 * wrong, it leaves to that. Of what it is sure it writes the first level, as domain/body-members.ts tells it: in place
 * of what lies deeper stands null, and of a list no more elements than that shows.
 */
import { beginsNumber, behindNumber, hadExponent } from './json-number';
import { behindString } from './json-string';
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  isLiteral,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  skipWhite,
  stands,
  stringStop,
} from './json-text';
import { FIRST_LEVEL, LEVELS, NAMES_MAX, NAMES_OF_LEVELS, TEXT } from './layout';
import { byteAt } from './text';

const NAME = 0;
const FIRST_NAME = 1;
const VALUE = 2;
const FIRST_VALUE = 3;
const MORE = 4;

const NOT_SURE = -1;
const DEPTH_MAX = 64;
const LIST_BYTES = NAMES_MAX * 8;
/** Whatever a double does not keep has more bytes, or an exponent. */
const EXACT_BYTES_MAX = 15;

/**
 * Of each level, four bytes each: whether an object is open there; which of its two lists has that object's names, and how
 * many; how many the other has, the names of the object before; and whether all names so far are those, in their
 * order, and so apart.
 */
const LEVEL_BYTES = 20;
const IS_OBJECT: usize = 0;
const LIST: usize = 4;
const COUNT: usize = 8;
const COUNT_BEFORE: usize = 12;
const IS_LIKE: usize = 16;

function levelAt(depth: i32): usize {
  return LEVELS + depth * LEVEL_BYTES;
}

function isObjectAt(depth: i32): bool {
  return load<i32>(levelAt(depth), IS_OBJECT) != 0;
}

let exact = true;
/** What is written of the first level, and from where on the text is to be. */
let written = 0;
let from = 0;

/** Whether every number that was read is surely kept by a double. */
export function wasExact(): bool {
  return exact;
}

/** How many bytes the first level takes; -1 where it is not sure. `elementsMax`: of a list there. */
export function readObject(end: i32, elementsMax: i32): i32 {
  let at = skipWhite(0, end);
  if (at >= end || byteAt(at) != OPEN_OBJECT) return NOT_SURE;
  exact = true;
  written = 0;
  from = 0;
  memory.fill(LEVELS, 0, (DEPTH_MAX + 1) * LEVEL_BYTES);
  let depth = 0;
  let expected = VALUE;
  /** The depth around what is left out; of a list that is shown how many commas came, and whether the rest is left out. */
  let hiddenIn = -1;
  let commas = -1;
  let isCut = false;
  while (true) {
    at = skipWhite(at, end);
    if (at >= end) return NOT_SURE;
    const code = byteAt(at);
    if (expected == MORE) {
      if (code == COMMA) {
        expected = isObjectAt(depth) ? NAME : VALUE;
        if (depth == 2 && commas >= 0 && ++commas == elementsMax) {
          write(at);
          isCut = true;
        }
        at++;
        continue;
      }
    }
    if (expected == MORE || expected == FIRST_NAME || expected == FIRST_VALUE) {
      if (code == CLOSE_OBJECT || code == CLOSE_ARRAY) {
        if (isObjectAt(depth) != (code == CLOSE_OBJECT)) return NOT_SURE;
        depth--;
        if (depth == hiddenIn) {
          hiddenIn = -1;
          from = at + 1;
        } else if (depth == 1 && commas >= 0) {
          if (isCut) from = at;
          isCut = false;
          commas = -1;
        }
        at++;
        if (depth == 0) return skipWhite(at, end) == end ? write(end) : NOT_SURE;
        expected = MORE;
        continue;
      }
      if (expected == MORE) return NOT_SURE;
    }
    if (expected == NAME || expected == FIRST_NAME) {
      if (code != QUOTE) return NOT_SURE;
      const closing = stringStop(at + 1, end);
      if (closing >= end || byteAt(closing) != QUOTE || !isNewName(depth, at + 1, closing)) return NOT_SURE;
      at = skipWhite(closing + 1, end);
      if (at >= end || byteAt(at) != COLON) return NOT_SURE;
      at++;
      expected = VALUE;
      continue;
    }
    if (code == OPEN_OBJECT || code == OPEN_ARRAY) {
      if (depth == DEPTH_MAX) return NOT_SURE;
      if (hiddenIn < 0 && !isCut && depth > 0) {
        if (depth == 1 && code == OPEN_ARRAY) commas = 0;
        else {
          write(at);
          writeNull();
          hiddenIn = depth;
        }
      }
      depth++;
      store<i32>(levelAt(depth), <i32>(code == OPEN_OBJECT), IS_OBJECT);
      if (code == OPEN_OBJECT) beginNames(levelAt(depth));
      expected = code == OPEN_OBJECT ? FIRST_NAME : FIRST_VALUE;
      at++;
      continue;
    }
    if (code == QUOTE) at = behindString(at + 1, end);
    else if (beginsNumber(code)) at = behindKnownNumber(at, end);
    else if (isLiteralAt(at, end, 4)) at += 4;
    else if (isLiteralAt(at, end, 5)) at += 5;
    else return NOT_SURE;
    if (at < 0) return NOT_SURE;
    expected = MORE;
  }
}

/** Writes the text that is to be written up to `end`. */
function write(end: i32): i32 {
  memory.copy(FIRST_LEVEL + written, TEXT + from, end - from);
  written += end - from;
  from = end;
  return written;
}

function writeNull(): void {
  store<u32>(FIRST_LEVEL + written, 0x6c6c756e);
  written += 4;
}

/** The names of the object that ended at this level are those of the object before from now on. */
function beginNames(level: usize): void {
  store<i32>(level, 1 - load<i32>(level, LIST), LIST);
  store<i32>(level, load<i32>(level, COUNT), COUNT_BEFORE);
  store<i32>(level, 0, COUNT);
  store<i32>(level, 1, IS_LIKE);
}

/** Takes a name of the object at this level; false where it stands there already, or there are too many. */
function isNewName(depth: i32, start: i32, end: i32): bool {
  const level = levelAt(depth);
  const index = load<i32>(level, COUNT);
  if (index == NAMES_MAX) return false;
  const lists = NAMES_OF_LEVELS + ((depth - 1) << 1) * LIST_BYTES;
  const own = lists + load<i32>(level, LIST) * LIST_BYTES;
  const before = lists + (1 - load<i32>(level, LIST)) * LIST_BYTES;
  const isLike =
    load<i32>(level, IS_LIKE) != 0 &&
    index < load<i32>(level, COUNT_BEFORE) &&
    isNamed(before + (index << 3), start, end);
  if (!isLike) {
    store<i32>(level, 0, IS_LIKE);
    for (let each = 0; each < index; each++) if (isNamed(own + (each << 3), start, end)) return false;
  }
  store<i32>(own + (index << 3), start);
  store<i32>(own + (index << 3), end, 4);
  store<i32>(level, index + 1, COUNT);
  return true;
}

/** Whether the name of an entry is the one that stands from `start` to `end`. */
function isNamed(entry: usize, start: i32, end: i32): bool {
  const begins = load<i32>(entry);
  return load<i32>(entry, 4) - begins == end - start && stands(TEXT + begins, TEXT + start, end - start);
}

/** Behind the number at `start`, and whether a double surely keeps it; -1 where it is not in form. */
function behindKnownNumber(start: i32, end: i32): i32 {
  const at = behindNumber(start, end);
  if (hadExponent() || at - start > EXACT_BYTES_MAX) exact = false;
  return at;
}

function isLiteralAt(at: i32, end: i32, length: i32): bool {
  return at + length <= end && isLiteral(at, length);
}
