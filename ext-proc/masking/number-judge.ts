/** Asks the detectors of numbers about one run of digits, and knows what a run must have before they are asked. */
import type { ByteString } from './byte-string.ts';
import type { Report } from './detector.ts';
import { judgeFloat } from './detectors/altered-card.ts';
import type { DigitRun } from './detectors/digit-run.ts';
import { CARD_DIGITS_MIN } from './detectors/card-schemes.ts';
import { couldHoldCard, judgeCards } from './detectors/payment-card.ts';
import { couldHoldNational, judgePhones, TRUNK_DIGITS_MIN } from './detectors/phone.ts';
import { couldHoldSsn, judgeSsn } from './detectors/us-ssn.ts';
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
export const PHONE_WORDS = [
  'phone',
  'mobile',
  'tel:',
  'tel.',
  'tel=',
  'tel"',
  "tel'",
  'fax',
  'whatsapp',
  'telefon',
  'handy',
  'msisdn',
  'cell:',
];
export const SSN_WORDS = [
  'ssn',
  'social security',
  'social_security',
  'socialsecurity',
  'taxpayer',
  'tax id',
  'tax_id',
];

/** How far a word reaches: `"phone_number": "`, `SSN (last known): `. */
const WORD_REACH = 24;
/** No number that is looked for has fewer digits. */
export const NUMBER_DIGITS_MIN = 7;
/** And none has that has neither a plus sign before it nor one of the words. */
export const BARE_DIGITS_MIN = TRUNK_DIGITS_MIN;

/** Whether a word that ended at `wordEnd` names what begins at `at`: near, and in the same line and field. */
export function isNamed(text: ByteString, wordEnd: number, at: number): boolean {
  return isNear(wordEnd, at) && !/[\n;,|&\x00-\x08]/.test(text.slice(wordEnd, at));
}

const isNear = (wordEnd: number, at: number): boolean => wordEnd >= 0 && at - wordEnd <= WORD_REACH;

/** Judges a run of at least `NUMBER_DIGITS_MIN` digits. */
export function judgeNumber(run: DigitRun, context: NumberContext, report: Report): void {
  const { text, digits, end } = run;
  const at = run.starts[0] as number;
  if (context.cards && digits >= CARD_DIGITS_MIN) {
    if (isExponent(text.charCodeAt(end)) && couldHoldCard(run)) judgeFloats(text, at, end, report);
    judgeCards(run, report);
  }
  if (context.ssns && digits >= SSN_DIGITS) {
    const named = isNamed(text, context.ssnWordEnd, at);
    if (named || couldHoldSsn(run)) judgeSsn(run, named, report);
  }
  if (context.phones) judgePhones(run, isNamed(text, context.phoneWordEnd, at), report);
}

const isExponent = (code: number): boolean => (code | 0x20) === 0x65;

/** A float is one digit, a point, the rest: it stands at the run's end, where its exponent follows. */
export function judgeFloats(text: ByteString, at: number, end: number, report: Report): void {
  if (!isExponent(text.charCodeAt(end))) return;
  let point = end - 1;
  while (point > at && point > end - 20 && isDigit(text.charCodeAt(point))) point--;
  if (point > at && text[point] === '.') judgeFloat(text, point - 1, report);
}

/**
 * Whether the run could hold a number whatever stands around it. What holds for a run holds for every run that it is
 * part of.
 */
export function couldBeNumber(run: DigitRun, context: NumberContext): boolean {
  const { digits } = run;
  const at = run.starts[0] as number;
  if (context.cards && digits >= CARD_DIGITS_MIN && couldHoldCard(run)) return true;
  if (context.phones) {
    if (isNear(context.phoneWordEnd, at)) return true;
    if (digits >= PLUS_DIGITS_MIN && hasPlusBefore(run.text, at)) return true;
    if (couldHoldNational(run)) return true;
  }
  return context.ssns && digits >= SSN_DIGITS && (isNear(context.ssnWordEnd, at) || couldHoldSsn(run));
}

const PLUS_DIGITS_MIN = 8;
const SSN_DIGITS = 9;

const hasPlusBefore = (text: ByteString, at: number): boolean =>
  text.charCodeAt(at - 1) === PLUS ||
  (text.charCodeAt(at - 2) === PLUS && text.charCodeAt(at - 1) === OPENING);
const PLUS = 0x2b;
const OPENING = 0x28;
