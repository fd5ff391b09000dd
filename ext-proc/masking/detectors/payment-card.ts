/**
 * Payment cards as they are written: alone, in the groups of a card, in even groups, with thousands separators, or in
 * any groups where a run of digits holds nothing else. Which numbers are cards is in card-schemes.ts; floats and single
 * digits between other signs are in altered-card.ts.
 */
import type { ByteString } from '../byte-string.ts';
import type { Report } from '../detector.ts';
import { isDigit } from '../text-edges.ts';
import { beginsCard, CARD_DIGITS_MAX, CARD_DIGITS_MIN, cardScheme, hasCardLength } from './card-schemes.ts';
import { type DigitRun, gapAfter, groupLength } from './digit-run.ts';
import { liesInIdentifier } from './hex-identifier.ts';

const KIND = 'payment_card';

/** Groups in which cards of other lengths than four times four are printed. */
const PRINTED = new Set(['4,6,5', '4,6,4', '6,13', '4,4,5', '4,5,6', '6,10', '4,4,4,4,3', '8,8']);

/** What may stand between the groups of a number of any other shape: no brackets, and points only where all are. */
const PLAIN_GAP = /^(?:[ _/-]|\xc2\xa0| - )$/;

/** Reports the cards of a run. */
export function judgeCards(run: DigitRun, report: Report): void {
  const { text, groups, starts } = run;
  let left = run.digits;
  for (let first = 0; first < groups && left >= CARD_DIGITS_MIN; first++) {
    const start = starts[first] as number;
    const head = text.charCodeAt(start);
    left -= groupLength(run, first);
    if (head === ZERO) judgePadded(run, first, report);
    if (!beginsCard(head) || text.charCodeAt(start - 1) === PLUS || !passesFrom(run, first)) continue;
    const last = cardFrom(run, first, report);
    while (first < last) left -= groupLength(run, ++first);
  }
}

/** Whether the run could hold a card whatever stands around it. What holds for a run holds for what it is part of. */
export function couldHoldCard({ text, groups, starts, ends, digits }: DigitRun): boolean {
  let left = digits;
  for (let group = 0; group < groups && left >= CARD_DIGITS_MIN; group++) {
    const end = ends[group] as number;
    for (let at = starts[group] as number; at < end && left >= CARD_DIGITS_MIN; at++, left--) {
      if (beginsCard(text.charCodeAt(at))) return true;
    }
  }
  return false;
}

const ZERO = 0x30;
const PLUS = 0x2b;

/** Whether some groups from `first` on have the beginning, the length and the check digit of a card together. */
function passesFrom({ text, groups, starts, ends }: DigitRun, first: number): boolean {
  let head = 0;
  let digits = 0;
  // Luhn's sum doubles every second digit from the right: the even ones of an even number, the odd ones of an odd.
  let evenDoubled = 0;
  let oddDoubled = 0;
  for (let group = first; group < groups; group++) {
    const end = ends[group] as number;
    if (digits + end - (starts[group] as number) > CARD_DIGITS_MAX) return false;
    for (let at = starts[group] as number; at < end; at++, digits++) {
      const digit = text.charCodeAt(at) - ZERO;
      const doubled = digit > 4 ? digit * 2 - 9 : digit * 2;
      if (digits < 2) head = head * 10 + digit;
      if ((digits & 1) === 0) {
        evenDoubled += doubled;
        oddDoubled += digit;
      } else {
        evenDoubled += digit;
        oddDoubled += doubled;
      }
    }
    if (digits < CARD_DIGITS_MIN || !hasCardLength(head, digits)) continue;
    if (((digits & 1) === 0 ? evenDoubled : oddDoubled) % 10 === 0) return true;
  }
  return false;
}

const PADDED_DIGITS_MAX = 40;

/** A card behind zeros, as `lpad` leaves it. */
function judgePadded({ text, starts, ends }: DigitRun, group: number, report: Report): void {
  const start = starts[group] as number;
  const end = ends[group] as number;
  if (end - start <= CARD_DIGITS_MIN || end - start > PADDED_DIGITS_MAX || isFraction(text, start)) return;
  const digits = text.slice(start, end).replace(/^0+/, '');
  const rule = digits.length > CARD_DIGITS_MIN ? cardScheme(digits) : undefined;
  if (rule !== undefined && !liesInIdentifier(text, start, end)) report(KIND, rule, start, end);
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
    if (liesInIdentifier(text, start, ends[first] as number)) return -1;
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
  for (let last = first + 1; last < run.groups; last++) {
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
    if (liesInIdentifier(text, start, ends[last] as number)) continue;
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
  return oneGap && gap === '.' && run.groups > 2;
}

const isWholeRun = (run: DigitRun, first: number, last: number): boolean =>
  first === 0 && last === run.groups - 1;

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
  if (last + 1 >= run.groups || whole < size) return false;
  return groupLength(run, last + 1) <= whole && gapAfter(run, last) === gap;
}

/** Whether the digits at `start` stand behind a decimal point: the fraction of a coordinate or a measurement. */
const isFraction = (text: ByteString, start: number): boolean =>
  text[start - 1] === '.' && isDigit(text.charCodeAt(start - 2));
