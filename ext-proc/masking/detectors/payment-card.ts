/**
 * Payment cards as they are written: alone, in the groups of a card, in even groups, with thousands separators, as a
 * float, or scattered over a run of digits that holds nothing else. Which numbers are cards is in card-schemes.ts.
 */
import type { ByteString } from '../byte-string.ts';
import type { Report } from '../detector.ts';
import { isDigit, isLetter } from '../text-edges.ts';
import { beginsCard, CARD_DIGITS_MAX, CARD_DIGITS_MIN, cardScheme } from './card-schemes.ts';
import { type DigitRun, gapAfter, groupLength } from './digit-run.ts';

const KIND = 'payment_card';

/** Groups in which cards of other lengths than four times four are printed. */
const PRINTED = new Set(['4,6,5', '4,6,4', '6,13', '4,4,5', '4,5,6', '6,10', '4,4,4,4,3', '8,8']);

/** What may stand between the groups of a number of any other shape: no brackets, and points only where all are. */
const PLAIN_GAP = /^(?:[ _/-]|\xc2\xa0| - )$/;

/** Reports the cards of a run. */
export function judgeCards(run: DigitRun, report: Report): void {
  const groups = run.starts.length;
  for (let first = 0; first < groups; first++) {
    const start = run.starts[first] as number;
    if (!beginsCard(run.text.charCodeAt(start))) continue;
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
  // Numbers in a list are separated by commas; a card is only as an amount, or where it is all there is.
  const isList = gap.includes(',');
  let digits = size;
  let even = !isList;
  let thousands = size <= 3 && gap.length === 1;
  let oneGap = true;
  let plainGaps = PLAIN_GAP.test(gap);
  for (let last = first + 1; last < starts.length; last++) {
    const length = groupLength(run, last);
    digits += length;
    if (digits > CARD_DIGITS_MAX) return -1;
    if (last > first + 1 && gapAfter(run, last - 1) !== gap) {
      oneGap = false;
      plainGaps &&= PLAIN_GAP.test(gapAfter(run, last - 1));
    }
    if (groupLength(run, last - 1) !== size || length > size) even = false;
    if (length !== 3) thousands = false;
    // Two groups with a point between are a decimal number.
    const isDecimal = last === 1 && gap === '.';
    const isWhole =
      (oneGap || plainGaps) &&
      !isDecimal &&
      digits >= SCATTERED_DIGITS_MIN &&
      isWholeRun(run, first, last, isList);
    if (digits < CARD_DIGITS_MIN) {
      if (isList && !thousands && !isAllThereIs(run)) return -1;
      continue;
    }
    const isShaped = oneGap && (even || thousands || (!isList && PRINTED.has(sizesOf(run, first, last))));
    if (!isWhole && !isShaped) continue;
    // Even groups of another size than a card's are a card only where the row of such groups ends with it.
    if (!isWhole && (thousands || (even && size !== 4)) && goesOn(run, first, last, size, gap)) continue;
    const rule = cardScheme(digitsOf(run, first, last));
    if (rule === undefined) continue;
    report(KIND, rule, start, ends[last] as number);
    return last;
  }
  return -1;
}

/** Numbers in any shape are cards of the usual lengths only. */
const isOtherLength = (digits: number): boolean => digits >= SCATTERED_DIGITS_MIN && digits <= 16;

/** Whether the groups are the whole run; in a list, whether they are the whole text. */
const isWholeRun = (run: DigitRun, first: number, last: number, isList: boolean): boolean =>
  first === 0 && last === run.starts.length - 1 && (!isList || isAllThereIs(run));

const isAllThereIs = ({ text, starts, end }: DigitRun): boolean => starts[0] === 0 && end === text.length;

function sizesOf(run: DigitRun, first: number, last: number): string {
  let sizes = '';
  for (let group = first; group <= last; group++)
    sizes += `${sizes === '' ? '' : ','}${groupLength(run, group)}`;
  return sizes;
}

function digitsOf(run: DigitRun, first: number, last: number): string {
  let digits = '';
  for (let group = first; group <= last; group++)
    digits += run.text.slice(run.starts[group], run.ends[group]);
  return digits;
}

function goesOn(run: DigitRun, first: number, last: number, size: number, gap: string): boolean {
  const whole = groupLength(run, last);
  if (first > 0 && groupLength(run, first - 1) <= whole && gapAfter(run, first - 1) === gap) return true;
  if (last + 1 >= run.starts.length || whole < size) return false;
  return groupLength(run, last + 1) <= whole && gapAfter(run, last) === gap;
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

/** Whether a digit stands alone and a second and third follow at the same distance: cheap, and most do not. */
export function mayBeScattered(text: ByteString, at: number): boolean {
  let width = 1;
  while (width <= GAP_BYTES_MAX && !isDigit(text.charCodeAt(at + width))) width++;
  return width > 1 && isDigit(text.charCodeAt(at + width)) && isDigit(text.charCodeAt(at + 2 * width));
}

/** The row that begins with the single digit at `at`; at most one digit more is kept than a card has. */
function scatteredFrom(text: ByteString, at: number): Scattered {
  let width = 1;
  while (!isDigit(text.charCodeAt(at + width))) width++;
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
  if (digits.length < SCATTERED_DIGITS_MIN || digits.length > CARD_DIGITS_MAX)
    return Math.max(at + 1, end - 1);
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
