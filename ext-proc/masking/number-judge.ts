/** Asks the detectors of numbers about one run of digits, and knows what a run must have before they are asked. */
import type { ByteString } from './byte-string.ts';
import type { Report } from './detector.ts';
import { type DigitRun, groupsOf, GROUPS_MAX } from './detectors/digit-run.ts';
import {
  beginsCard,
  CARD_DIGITS_MIN,
  judgeCards,
  judgeFloat,
  judgeScattered,
} from './detectors/payment-card.ts';
import { judgePhones } from './detectors/phone.ts';
import { judgeSsn } from './detectors/us-ssn.ts';
import { isDigit } from './text-edges.ts';

/** The kinds of numbers to look for, and where words that name them ended last. */
export interface NumberContext {
  readonly cards: boolean;
  readonly phones: boolean;
  readonly ssns: boolean;
  phoneWordEnd: number;
  ssnWordEnd: number;
}

/** Words behind which bare digits are a telephone number or a social security number. */
export const PHONE_WORDS = ['phone', 'mobile', 'tel:', 'tel.', 'tel ', 'tel"', 'fax', 'whatsapp', 'telefon', 'handy', 'msisdn', 'cell:', 'cell '];
export const SSN_WORDS = ['ssn', 'social security', 'social_security', 'socialsecurity', 'soc sec', 'itin', 'taxpayer id', 'tax id'];

/** How far a word reaches: `"phone_number": "`, `SSN (last known): `. */
const WORD_REACH = 24;
const DIGITS_MIN = 7;

/** Whether a word that ended at `wordEnd` names what begins at `at`: near, and in the same line and field. */
function isNamed(text: ByteString, wordEnd: number, at: number): boolean {
  return wordEnd >= 0 && at - wordEnd <= WORD_REACH && !/[\n;,|&\x00-\x08]/.test(text.slice(wordEnd, at));
}

/**
 * Judges the run of `digits` digits from `at` to `end`. The answer is where the next run begins: `end`, or earlier
 * where a run is too long to be read at once.
 */
export function judgeNumber(
  text: ByteString,
  at: number,
  end: number,
  digits: number,
  context: NumberContext,
  report: Report,
): number {
  if (context.cards && digits >= CARD_DIGITS_MIN) judgeFloats(text, at, end, report);
  // The necessary condition is cheaper than the groups, and most runs (dates, amounts) fail it.
  if (!couldBeNumber(text, at, end, digits, context)) return end;
  const run: DigitRun = groupsOf(text, at, end);
  if (context.cards && digits >= CARD_DIGITS_MIN) judgeCards(run, report);
  if (context.ssns && digits >= 9) judgeSsn(run, isNamed(text, context.ssnWordEnd, at), report);
  if (context.phones) judgePhones(run, isNamed(text, context.phoneWordEnd, at), report);
  return run.starts.length < GROUPS_MAX ? end : (run.starts[GROUPS_MAX - 20] as number);
}

/** A float is one digit, a point, the rest: it stands at the run's end, where its exponent follows. */
function judgeFloats(text: ByteString, at: number, end: number, report: Report): void {
  if ((text.charCodeAt(end) | 0x20) !== 0x65) return;
  let point = end - 1;
  while (point > at && point > end - 20 && isDigit(text.charCodeAt(point))) point--;
  if (point > at && text[point] === '.') judgeFloat(text, point - 1, report);
}

/** A single digit with a stranger after it; the answer is from where the next row of such digits may begin. */
export function judgeSingle(text: ByteString, at: number, context: NumberContext, report: Report): number {
  return context.cards ? judgeScattered(text, at, report) : at + 1;
}

const LOOSE_SSN = /\d{3}[^\d]{1,3}\d{2}[^\d]{1,3}\d{4}/;
const LOOSE_PHONE = new RegExp(
  [
    // North America.
    String.raw`[2-9]\d\d(?:[-. ]|\) ?-?|\xc2\xa0| - )[2-9]\d\d(?:[-. ]|\xc2\xa0| - )\d{4}`,
    // A trunk zero and ten digits, or nine in two groups. A timestamp has nine in more.
    String.raw`0[1-9](?:[^\d]{0,3}\d){8}`,
    String.raw`0[1-9]\d{1,4}[^\d]{1,3}\d{3}`,
    String.raw`\(0[1-9]\) ?-?\d{2}`,
    // Brazil, Russia, China.
    String.raw`\d\d\) ?\d{4,5}-\d{4}`,
    String.raw`8[^\d]{1,3}9\d\d[^\d]{1,3}\d{3}[^\d]{1,3}\d\d[^\d]{1,3}\d\d`,
    String.raw`1[3-9]\d[^\d]{1,3}\d{4}[^\d]{1,3}\d{4}`,
  ].join('|'),
);

/**
 * Whether the run could hold a number whatever stands around it. What holds for a run holds for every run that it is
 * part of.
 */
export function couldBeNumber(
  text: ByteString,
  at: number,
  end: number,
  digits: number,
  context: NumberContext,
): boolean {
  if (context.cards && digits >= CARD_DIGITS_MIN && couldBeCard(text, at, end, digits)) return true;
  if (digits < DIGITS_MIN) return false;
  const near = (wordEnd: number): boolean => wordEnd >= 0 && at - wordEnd <= WORD_REACH;
  if (context.phones) {
    const plus = text[at - 1] === '+' || text[at - 2] === '+';
    if ((plus && digits >= 8) || near(context.phoneWordEnd)) return true;
    if (digits >= 9 && LOOSE_PHONE.test(text.slice(Math.max(0, at - 1), end))) return true;
  }
  if (!context.ssns || digits < 9) return false;
  return near(context.ssnWordEnd) || LOOSE_SSN.test(text.slice(at, end));
}

function couldBeCard(text: ByteString, at: number, end: number, digits: number): boolean {
  let left = digits;
  for (let next = at; next < end && left >= CARD_DIGITS_MIN; next++) {
    const code = text.charCodeAt(next);
    if (!isDigit(code)) continue;
    if (beginsCard(code)) return true;
    left--;
  }
  return false;
}
