/**
 * Telephone numbers: E.164 with its plus sign and a country code of ITU-T E.164, the forms of the North American plan
 * with separators, national forms with a trunk zero and separators, and a few national forms without one that cannot
 * be mistaken. Bare digits are a number only behind a word such as `phone`. Dates, versions and lists of numbers are
 * not found.
 */
import type { Report } from '../detector.ts';
import { isAlphanumeric, isDigit, startsWord } from '../text-edges.ts';
import { type DigitRun, gapAfter, gapByteAfter, groupLength } from './digit-run.ts';

const KIND = 'phone';

/** Country codes in use: one digit, two digits, and the first two of three digits. ITU-T E.164, list of codes. */
const ONE = new Set(['1', '7']);
const TWO = new Set(
  (
    '20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 ' +
    '90 91 92 93 94 95 98'
  ).split(' '),
);
const THREE = new Set('21 22 23 24 25 26 29 35 37 38 42 50 59 67 68 69 80 85 87 88 96 97 99'.split(' '));

const E164_DIGITS_MIN = 8;
const E164_DIGITS_MAX = 15;

/** Whether digits begin with a country code and have a length that its numbers have. */
function isInternational(digits: string): boolean {
  const { length } = digits;
  if (length < E164_DIGITS_MIN || length > E164_DIGITS_MAX) return false;
  if (digits[0] === '1') return length === 11 && /^1[2-9]\d{2}[2-9]/.test(digits);
  if (ONE.has(digits[0] as string)) return length === 11;
  if (TWO.has(digits.slice(0, 2))) return length >= 9;
  return THREE.has(digits.slice(0, 2));
}

const OPENING = 0x28;
const CLOSING = 0x29;
const PLUS = 0x2b;
const DASH = 0x2d;
const ZERO = 0x30;
const ONE_DIGIT = 0x31;
const EIGHT = 0x38;

/** Reports the numbers of a run. `named` is whether a word for a telephone stands before it. */
export function judgePhones(run: DigitRun, named: boolean, report: Report): void {
  const { text, groups, starts, ends } = run;
  const plus = plusBefore(run);
  if (plus >= 0) {
    const last = internationalEnd(run);
    if (last >= 0) report(KIND, 'international', plus, ends[last] as number);
    return;
  }
  if (!named && run.digits < TRUNK_DIGITS_MIN) return;
  for (let first = 0; first < groups; first++) {
    const start = starts[first] as number;
    const isShaped = hasNationalShape(run, first);
    if ((!isShaped && !(named && first === 0)) || !standsAlone(run, first)) continue;
    const last = isShaped ? nationalEnd(run, first) : -1;
    if (last >= first) {
      // A bracket before the area code belongs to the number.
      report(KIND, 'national', text[start - 1] === '(' ? start - 1 : start, ends[last] as number);
      first = last;
    } else if (named && first === 0) {
      const end = namedEnd(run);
      if (end < 0) continue;
      report(KIND, 'named', start, ends[end] as number);
      first = end;
    }
  }
}

/** Where the plus sign of an international number stands: right before the run, or before its bracket. */
function plusBefore({ text, starts }: DigitRun): number {
  let at = (starts[0] as number) - 1;
  if (text.charCodeAt(at) === OPENING) at--;
  if (text.charCodeAt(at) !== PLUS) return -1;
  const before = text.charCodeAt(at - 1);
  // In base64 and in sums a plus sign has something before it.
  return isAlphanumeric(before) || before === 0x2b || before === 0x2f ? -1 : at;
}

/** The last group of the longest international number that begins the run. */
function internationalEnd(run: DigitRun): number {
  let digits = '';
  let found = -1;
  for (let group = 0; group < run.groups; group++) {
    // `+44 (0)20 …`: the zero in brackets is not dialled.
    const part = run.text.slice(run.starts[group], run.ends[group]);
    const optional = part === '0' && run.text[(run.starts[group] as number) - 1] === '(';
    if (!optional) digits += part;
    if (digits.length > E164_DIGITS_MAX) break;
    if (!optional && isInternational(digits)) found = group;
    if (group + 1 < run.groups && !/^[ .()/-]{1,3}$|^\xc2\xa0$/.test(gapAfter(run, group))) break;
  }
  return found;
}

/** No letter and no digit of another kind of number right before the group. */
function standsAlone(run: DigitRun, group: number): boolean {
  const start = run.starts[group] as number;
  if (group > 0 && !/[ ,(]/.test(gapAfter(run, group - 1))) return false;
  if (!startsWord(run.text, start)) return false;
  const before = run.text[start - 1] ?? ' ';
  // `INV-0201-484222` names something.
  if (before === '-' && start > 1 && isAlphanumeric(run.text.charCodeAt(start - 2))) return false;
  return !/[_#$:+*%=.]/.test(before) || (group === 0 && /[=:]/.test(before));
}

/** What may not follow a number: more of a longer one, a time, a percentage. */
function endsAlone(run: DigitRun, last: number): boolean {
  const end = run.ends[last] as number;
  const next = run.text[end] ?? ' ';
  if (/[A-Za-z0-9_%:]/.test(next)) return false;
  if (last + 1 >= run.groups) return true;
  return /[ ,]/.test(gapAfter(run, last));
}

const sizesFrom = (run: DigitRun, first: number, count: number): string => {
  let sizes = '';
  for (let group = first; group < Math.min(run.groups, first + count); group++) {
    sizes += String.fromCharCode(0x30 + Math.min(groupLength(run, group), 12));
  }
  return sizes;
};

/** Whether the groups from `first` on have the sizes of a national number: cheap, and most have not. */
function hasNationalShape(run: DigitRun, first: number): boolean {
  const head = run.text.charCodeAt(run.starts[first] as number);
  const one = groupLength(run, first);
  const two = groupLength(run, first + 1);
  const three = groupLength(run, first + 2);
  if (head === ZERO) return one >= 2 && one <= 6 && two >= 2;
  switch (one) {
    case 1:
      return two === 3 && three === 3 && (head === ONE_DIGIT || head === EIGHT);
    case 2:
      return (two === 4 || two === 5) && three === 4;
    case 3:
      return three === 4 && (two === 3 || (two === 4 && head === ONE_DIGIT));
    default:
      return false;
  }
}

/**
 * Whether the run could hold a national number whatever stands around it. What holds for a run holds for what it is part
 * of, so the first group may have more digits before, and the last more behind.
 */
export function couldHoldNational(run: DigitRun): boolean {
  const { text, groups, starts, ends } = run;
  let left = run.digits;
  for (let first = 0; first + 1 < groups && left >= TRUNK_DIGITS_MIN; first++) {
    const one = groupLength(run, first);
    const two = groupLength(run, first + 1);
    const three = groupLength(run, first + 2);
    const end = ends[first] as number;
    if (three >= 4 && one >= 3 && two === 3 && text.charCodeAt(end - 3) > ONE_DIGIT) {
      if (text.charCodeAt(starts[first + 1] as number) > ONE_DIGIT) return true;
    }
    if (three >= 4 && one >= 3 && two === 4 && text.charCodeAt(end - 3) === ONE_DIGIT) return true;
    if (three >= 4 && one >= 2 && (two === 4 || two === 5) && gapByteAfter(run, first) === CLOSING)
      return true;
    if (three === 3 && two === 3 && text.charCodeAt(end - 1) === EIGHT) {
      if (groupLength(run, first + 3) === 2 && groupLength(run, first + 4) >= 2) return true;
    }
    // Nine digits are a number in two groups or behind a bracket only.
    const isFew = two < 3 && gapByteAfter(run, first) !== CLOSING;
    if (two >= 2 && couldBeTrunk(run, first, left, isFew ? TRUNK_DIGITS_MIN + 1 : TRUNK_DIGITS_MIN))
      return true;
    left -= one;
  }
  return false;
}

/** Whether the end of a group could be an area code with its trunk zero. `left` is how many digits there are from it on. */
function couldBeTrunk({ text, starts, ends }: DigitRun, group: number, left: number, least: number): boolean {
  const start = starts[group] as number;
  const end = ends[group] as number;
  for (let at = Math.max(start, end - AREA_DIGITS_MAX); at + 1 < end; at++) {
    if (left - (at - start) < least) return false;
    if (text.charCodeAt(at) === ZERO && text.charCodeAt(at + 1) !== ZERO) return true;
  }
  return false;
}

/** The last group of a national number that begins with group `first`; -1 without one. */
function nationalEnd(run: DigitRun, first: number): number {
  const { text, starts } = run;
  const start = starts[first] as number;
  const bracket = text[start - 1] === '(';
  const sizes = sizesFrom(run, first, 7);
  const head = text.charCodeAt(start);
  const country = head === ONE_DIGIT && sizes.startsWith('1334') ? 1 : 0;
  if (sizes.startsWith(country === 1 ? '1334' : '334') && isNorthAmerican(run, first + country)) {
    if (endsAlone(run, first + country + 2)) return first + country + 2;
  }
  if (head === ZERO) return trunkEnd(run, first, bracket);
  // Brazil: (11) 91234-5678. Russia: 8 (912) 345-67-89. China: 138 1234 5678.
  if (bracket && /^2[45]4/.test(sizes)) {
    const isBrazilian = /^\) ?$/.test(gapAfter(run, first)) && gapByteAfter(run, first + 1) === DASH;
    if (isBrazilian && endsAlone(run, first + 2)) return first + 2;
  }
  if (head === EIGHT && sizes.startsWith('13322') && text[starts[first + 1] as number] === '9') {
    return endsAlone(run, first + 4) ? first + 4 : -1;
  }
  if (head === ONE_DIGIT && /^344/.test(sizes) && /^1[3-9]\d/.test(text.slice(start, start + 3))) {
    return gapAfter(run, first) === gapAfter(run, first + 1) && endsAlone(run, first + 2) ? first + 2 : -1;
  }
  return -1;
}

/** Area code and exchange begin with 2 to 9; the separators are those of a telephone number. */
function isNorthAmerican(run: DigitRun, first: number): boolean {
  const { text, starts } = run;
  const area = text.charCodeAt(starts[first] as number);
  const exchange = text.charCodeAt(starts[first + 1] as number);
  if (area < 0x32 || exchange < 0x32) return false;
  const [one, two] = [gapAfter(run, first), gapAfter(run, first + 1)];
  if (!/^(?:[-. ]|\) ?-?|\xc2\xa0| - )$/.test(one) || !/^(?:[-. ]|\xc2\xa0| - )$/.test(two)) return false;
  // 555.123-4567 is rare, 212.555.1234 is not; a version has its dots and nothing else.
  return one.includes(')') || one === two || two === '-';
}

export const TRUNK_DIGITS_MIN = 9;
const TRUNK_DIGITS_MAX = 12;
const AREA_DIGITS_MAX = 6;

/** A national number with its trunk zero: groups of two digits at least, one kind of separator after the area code. */
function trunkEnd(run: DigitRun, first: number, bracket: boolean): number {
  const { text, starts } = run;
  const start = starts[first] as number;
  const area = groupLength(run, first);
  if (area < 2 || area > AREA_DIGITS_MAX || text[start + 1] === '0') return -1;
  const opening = gapAfter(run, first);
  if (bracket ? !/^\)[ -]?$/.test(opening) : !/^(?:[- ./]|\xc2\xa0| [-/] )$/.test(opening)) return -1;
  let digits = area;
  let found = -1;
  for (let group = first + 1; group < run.groups; group++) {
    const size = groupLength(run, group);
    if (size < 2 || size > 8) break;
    digits += size;
    if (digits > TRUNK_DIGITS_MAX) break;
    if (group > first + 1 && gapAfter(run, group - 1) !== gapAfter(run, first + 1)) break;
    if (digits < TRUNK_DIGITS_MIN || !endsAlone(run, group)) continue;
    if (isPlausible(run, first, group, digits, opening, bracket)) found = group;
  }
  return found;
}

/** Not a date, not a sum, not a version. */
function isPlausible(
  run: DigitRun,
  first: number,
  last: number,
  digits: number,
  opening: string,
  bracket: boolean,
): boolean {
  const sizes = sizesFrom(run, first, last - first + 1);
  if (isPartOfRow(run, first, last)) return false;
  if (sizes === '224' || sizes === '222' || sizes === '2244') return false;
  if (/^2+$/.test(sizes) && (sizes.length !== 5 || isHexDump(run, first, last))) return false;
  if (opening === '.') return sizes === '22222';
  // Nine digits are few: only behind a bracket, or two groups that are all of the run.
  if (digits === TRUNK_DIGITS_MIN)
    return bracket || (groupLength(run, 0) >= 3 && last === 1 && run.groups === 2);
  return true;
}

/** Whether groups of one size, longer than two digits, go on before or after: `0101 0102 0103 0104` are rows. */
function isPartOfRow(run: DigitRun, first: number, last: number): boolean {
  const size = groupLength(run, first);
  if (size < 3 || last === first) return false;
  for (let group = first + 1; group <= last; group++) if (groupLength(run, group) !== size) return false;
  const gap = gapAfter(run, first);
  const before = first > 0 && groupLength(run, first - 1) === size && gapAfter(run, first - 1) === gap;
  return before || (groupLength(run, last + 1) === size && gapAfter(run, last) === gap);
}

/** Whether pairs of hexadecimal digits go on before or after: bytes, not a number. */
const isHexDump = ({ text, starts, ends }: DigitRun, first: number, last: number): boolean =>
  /[0-9a-fA-F]{2} $/.test(text.slice(Math.max(0, (starts[first] as number) - 3), starts[first])) ||
  /^ [0-9a-fA-F]{2}/.test(text.slice(ends[last], (ends[last] as number) + 3));

/** The last group of the digits behind a word for a telephone. */
function namedEnd(run: DigitRun): number {
  let digits = 0;
  let found = -1;
  for (let group = 0; group < run.groups; group++) {
    if (group > 0 && !/^(?:[-. /()]{1,3}|\xc2\xa0)$/.test(gapAfter(run, group - 1))) break;
    digits += groupLength(run, group);
    if (digits > E164_DIGITS_MAX) break;
    if (digits >= 7 && endsAlone(run, group)) found = group;
  }
  if (found < 0) return -1;
  const text = run.text.slice(run.starts[0], run.ends[found]);
  return /^(?:19|20)\d\d[-./]\d\d[-./]\d\d/.test(text) || !isDigit(text.charCodeAt(0)) ? -1 : found;
}
