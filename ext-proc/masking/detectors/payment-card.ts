/**
 * Payment cards: a scheme's issuer identification number (ISO/IEC 7812-1) and length, and the Luhn check digit. Ranges
 * are those that the schemes publish, as collected in public lists of issuer identification numbers. The number stands
 * alone, in the groups of a card, in even groups, with thousands separators, as a float, or scattered over a run of
 * digits that holds nothing else. UATP (all of 1…, 15 digits) is not found: it would be every tenth such number.
 */
import type { ByteString } from '../byte-string.ts';
import type { Report } from '../detector.ts';
import { isDigit, isLetter } from '../text-edges.ts';
import { type DigitRun, gapAfter, groupLength } from './digit-run.ts';

const KIND = 'payment_card';

export const CARD_DIGITS_MIN = 12;
export const CARD_DIGITS_MAX = 19;

/** `low` and `high` are prefixes of equal length; lengths are in digits. */
interface Scheme {
  readonly rule: string;
  readonly ranges: readonly (readonly [low: number, high: number])[];
  readonly lengths: readonly number[];
}

const SCHEMES: readonly Scheme[] = [
  { rule: 'visa', ranges: [[4, 4]], lengths: [13, 16, 18, 19] },
  { rule: 'mastercard', ranges: [[51, 55], [2221, 2720]], lengths: [16] },
  { rule: 'american_express', ranges: [[34, 34], [37, 37]], lengths: [15] },
  { rule: 'diners_club', ranges: [[300, 305], [3095, 3095], [36, 36], [38, 39]], lengths: [14, 16, 17, 18, 19] },
  { rule: 'discover', ranges: [[6011, 6011], [644, 649], [65, 65]], lengths: [16, 17, 18, 19] },
  { rule: 'jcb', ranges: [[3528, 3589]], lengths: [16, 17, 18, 19] },
  { rule: 'unionpay', ranges: [[62, 62], [81, 81]], lengths: [16, 17, 18, 19] },
  {
    rule: 'maestro',
    ranges: [[5018, 5018], [5020, 5020], [5038, 5038], [5612, 5612], [5893, 5893], [6304, 6304], [6390, 6390], [6759, 6759], [6761, 6763], [6799, 6799]],
    lengths: [12, 13, 14, 15, 16, 17, 18, 19],
  },
  { rule: 'mir', ranges: [[2200, 2205]], lengths: [16, 17, 18, 19] },
  { rule: 'rupay', ranges: [[508, 508], [60, 60], [82, 82]], lengths: [16] },
  { rule: 'elo', ranges: [[504175, 504175], [506699, 506778], [509000, 509999], [627780, 627780], [636297, 636297], [636368, 636368]], lengths: [16] },
  { rule: 'hipercard', ranges: [[606282, 606282], [637095, 637095], [637568, 637568], [637599, 637599]], lengths: [16, 19] },
  { rule: 'verve', ranges: [[506099, 506198], [507865, 507964], [650002, 650027]], lengths: [16, 18, 19] },
  { rule: 'troy', ranges: [[9792, 9792]], lengths: [16] },
  { rule: 'uzcard', ranges: [[8600, 8600], [5614, 5614]], lengths: [16] },
  { rule: 'humo', ranges: [[9860, 9860]], lengths: [16] },
  { rule: 'napas', ranges: [[9704, 9704]], lengths: [16, 19] },
  { rule: 'dankort', ranges: [[5019, 5019]], lengths: [16] },
  { rule: 'interpayment', ranges: [[636, 639]], lengths: [16] },
];

/** Schemes by the first two digits. */
const BY_TWO: readonly (readonly Scheme[])[] = Array.from({ length: 100 }, (_, two) =>
  SCHEMES.filter(({ ranges }) =>
    ranges.some(([low, high]) => {
      const [first, last] = [low, high].map((each) => Number(String(each).padEnd(2, '0').slice(0, 2)));
      const end = low < 10 ? (last as number) + 9 : (last as number);
      return two >= (first as number) && two <= end;
    }),
  ),
);

/** A digit that a card may begin with. */
export const beginsCard = (code: number): boolean => {
  const digit = code - 0x30;
  return (digit >= 2 && digit <= 6) || digit === 8 || digit === 9;
};

/** The scheme of a number that passes Luhn. `digits` holds digits alone. */
export function cardScheme(digits: string): string | undefined {
  const { length } = digits;
  if (length < CARD_DIGITS_MIN || length > CARD_DIGITS_MAX) return undefined;
  const schemes = BY_TWO[Number(digits.slice(0, 2))] ?? [];
  if (schemes.length === 0 || !passesLuhn(digits)) return undefined;
  const head = Number(digits.slice(0, 6));
  for (const { rule, ranges, lengths } of schemes) {
    if (!lengths.includes(length)) continue;
    for (const [low, high] of ranges) {
      const places = 10 ** (6 - String(low).length);
      if (head >= low * places && head < (high + 1) * places) return rule;
    }
  }
  return undefined;
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let at = digits.length - 1, odd = false; at >= 0; at--, odd = !odd) {
    const digit = digits.charCodeAt(at) - 0x30;
    sum += odd ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  }
  return sum % 10 === 0;
}

/** Groups in which cards of other lengths than four times four are printed. */
const PRINTED = new Set(['4,6,5', '4,6,4', '6,13', '4,4,5', '4,5,6', '6,10', '4,4,4,4,3', '8,8']);

/** Reports the cards of a run. */
export function judgeCards(run: DigitRun, report: Report): void {
  const groups = run.starts.length;
  for (let first = 0; first < groups; first++) {
    const start = run.starts[first] as number;
    if (!beginsCard(run.text.charCodeAt(start)) && groupLength(run, first) < CARD_DIGITS_MIN) continue;
    if (run.text[start - 1] === '+') continue;
    const last = cardFrom(run, first, report);
    if (last >= first) first = last;
  }
}

/** The last group of the card that begins with group `first`; -1 without one. */
function cardFrom(run: DigitRun, first: number, report: Report): number {
  const { text, starts, ends } = run;
  const start = starts[first] as number;
  const size = groupLength(run, first);
  if (size >= CARD_DIGITS_MIN) {
    if (size > CARD_DIGITS_MAX || isFraction(text, start)) return -1;
    const rule = cardScheme(text.slice(start, ends[first]));
    if (rule === undefined) return -1;
    report(KIND, rule, start, ends[first] as number);
    return first;
  }
  const gap = gapAfter(run, first);
  let digits = text.slice(start, ends[first]);
  let sizes = String(size);
  let even = true;
  let thousands = size <= 3;
  let oneGap = true;
  for (let last = first + 1; last < starts.length; last++) {
    const length = groupLength(run, last);
    digits += text.slice(starts[last], ends[last]);
    if (digits.length > CARD_DIGITS_MAX) return -1;
    if (last > first + 1 && gapAfter(run, last - 1) !== gap) oneGap = false;
    if (groupLength(run, last - 1) !== size || length > size) even = false;
    if (length !== 3) thousands = false;
    sizes += `,${length}`;
    if (digits.length < CARD_DIGITS_MIN) continue;
    const whole = first === 0 && last === starts.length - 1 && digits.length >= 13;
    const shaped = oneGap && (even || (thousands && gap.length === 1) || PRINTED.has(sizes));
    if (!whole && !shaped) continue;
    // Even groups of another size than a card's are a card only where the row of such groups ends with it.
    if (!whole && shaped && even && size !== 4 && goesOn(run, first, last, size, gap)) continue;
    const rule = cardScheme(digits);
    if (rule === undefined) continue;
    report(KIND, rule, start, ends[last] as number);
    return last;
  }
  return -1;
}

function goesOn(run: DigitRun, first: number, last: number, size: number, gap: string): boolean {
  if (first > 0 && groupLength(run, first - 1) === size && gapAfter(run, first - 1) === gap) return true;
  if (last + 1 >= run.starts.length || groupLength(run, last) < size) return false;
  return groupLength(run, last + 1) <= size && gapAfter(run, last) === gap;
}

/** Whether the digits at `start` stand behind a decimal point: the fraction of a coordinate or a measurement. */
const isFraction = (text: ByteString, start: number): boolean =>
  text[start - 1] === '.' && isDigit(text.charCodeAt(start - 2));

const FLOAT = /([0-9])\.([0-9]{1,18})[eE]\+?(1[1-8])(?![0-9])/y;

/** A card that became a float: `4.111111111111111e+15`. `at` is the first digit; the answer is the end, or -1. */
export function judgeFloat(text: ByteString, at: number, report: Report): number {
  FLOAT.lastIndex = at;
  const match = FLOAT.exec(text);
  if (match === null) return -1;
  const [whole, first = '', fraction = '', exponent = ''] = match;
  const length = Number(exponent) + 1;
  if (fraction.length + 1 > length) return -1;
  const rule = cardScheme((first + fraction).padEnd(length, '0'));
  if (rule === undefined) return -1;
  report(KIND, rule, at, at + whole.length);
  return at + whole.length;
}

const SCATTERED_DIGITS_MIN = 13;

/** A row of single digits with the same stranger between them: `4x1x1x1x…`. */
interface Scattered {
  readonly digits: string;
  /** Behind the last digit. */
  readonly end: number;
  readonly gap: string;
}

const GAP_BYTES_MAX = 3;

/** The row that begins with the single digit at `at`; at most one digit more is kept than a card has. */
function scatteredFrom(text: ByteString, at: number): Scattered {
  let width = 1;
  while (width <= GAP_BYTES_MAX && !isDigit(text.charCodeAt(at + width))) width++;
  const gap = text.slice(at + 1, at + width);
  let digits = text[at] as string;
  let last = at;
  while (isDigit(text.charCodeAt(last + width)) && text.startsWith(gap, last + 1)) {
    last += width;
    if (digits.length <= CARD_DIGITS_MAX) digits += text[last];
  }
  return { digits, end: last + 1, gap };
}

/** Reports a card in the row of single digits at `at`. The answer is from where the next row may begin. */
export function judgeScattered(text: ByteString, at: number, report: Report): number {
  const { digits, end, gap } = scatteredFrom(text, at);
  if (digits.length < SCATTERED_DIGITS_MIN || digits.length > CARD_DIGITS_MAX) return Math.max(at + 1, end - 1);
  // Hexadecimal digits go on as letters.
  const isWord = isLetter(text.charCodeAt(at - 1)) && isLetter(gap.charCodeAt(0));
  const rule = isWord || isDigit(text.charCodeAt(end)) ? undefined : cardScheme(digits);
  if (rule !== undefined) report(KIND, rule, at, end);
  return Math.max(at + 1, end - 1);
}

/** Whether such a row could be longer than it takes: -1. Otherwise from where the next row may begin. */
export function couldBeScattered(text: ByteString, at: number): number {
  const { digits, end } = scatteredFrom(text, at);
  return digits.length >= SCATTERED_DIGITS_MIN ? -1 : Math.max(at + 1, end - 1);
}
