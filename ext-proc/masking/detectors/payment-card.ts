/**
 * Payment cards as they are written: alone, in the groups of a card, in even groups, with thousands separators, or in
 * any groups where a run of digits holds nothing else. Which numbers are cards is in card-schemes.ts; floats and single
 * digits between other signs are in altered-card.ts.
 */
import type { ByteString } from '../byte-string.ts';
import type { Report } from '../detector.ts';
import { isDigit } from '../text-edges.ts';
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
    if (digits < CARD_DIGITS_MIN) {
      if (isList && !thousands && !isAllThereIs(run)) return -1;
      continue;
    }
    const isWhole = isWholeRun(run, first, last) && isAnyShape(run, digits, plainGaps, oneGap);
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

const ANY_SHAPE_DIGITS_MIN = 13;
const ANY_SHAPE_DIGITS_MAX = 16;

/** Whether a run may be one card in whatever groups: of the usual lengths, with separators that do not list or calculate. */
function isAnyShape(run: DigitRun, digits: number, plainGaps: boolean, oneGap: boolean): boolean {
  if (digits < ANY_SHAPE_DIGITS_MIN || digits > ANY_SHAPE_DIGITS_MAX) return false;
  if (plainGaps) return true;
  const gap = gapAfter(run, 0);
  if (gap.includes(',')) return isAllThereIs(run);
  // Two groups with a point between are a decimal number.
  return oneGap && gap === '.' && run.starts.length > 2;
}

const isWholeRun = (run: DigitRun, first: number, last: number): boolean =>
  first === 0 && last === run.starts.length - 1;

/** Whether the run is all of the text. */
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
