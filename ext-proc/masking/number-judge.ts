/** Asks the detectors of numbers about one run of digits, and knows what a run must have before they are asked. */
import type { ByteString } from './byte-string.ts';
import type { Report } from './detector.ts';
import { beginsCard, CARD_DIGITS_MIN } from './detectors/card-schemes.ts';
import { type DigitRun, groupsOf } from './detectors/digit-run.ts';
import { judgeFloat } from './detectors/altered-card.ts';
import { judgeCards } from './detectors/payment-card.ts';
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

/** Whether a word that ended at `wordEnd` names what begins at `at`: near, and in the same line and field. */
function isNamed(text: ByteString, wordEnd: number, at: number): boolean {
  return wordEnd >= 0 && at - wordEnd <= WORD_REACH && !/[\n;,|&\x00-\x08]/.test(text.slice(wordEnd, at));
}

/** Judges the run of `digits` digits from `at` to `end`. */
export function judgeNumber(
  text: ByteString,
  at: number,
  end: number,
  digits: number,
  context: NumberContext,
  report: Report,
): void {
  const cards = context.cards && couldBeCard(text, at, end, digits);
  const phones = context.phones && couldBePhone(text, at, end, digits, context);
  const ssns = context.ssns && couldBeSsn(text, at, end, digits, context);
  if (cards) judgeFloats(text, at, end, report);
  // The necessary conditions are cheaper than the groups, and most runs (dates, amounts) fail all of them.
  if (!cards && !phones && !ssns) return;
  const run: DigitRun = groupsOf(text, at, end);
  if (cards) judgeCards(run, report);
  if (ssns) judgeSsn(run, isNamed(text, context.ssnWordEnd, at), report);
  if (phones) judgePhones(run, isNamed(text, context.phoneWordEnd, at), report);
}

/** A float is one digit, a point, the rest: it stands at the run's end, where its exponent follows. */
function judgeFloats(text: ByteString, at: number, end: number, report: Report): void {
  if ((text.charCodeAt(end) | 0x20) !== 0x65) return;
  let point = end - 1;
  while (point > at && point > end - 20 && isDigit(text.charCodeAt(point))) point--;
  if (point > at && text[point] === '.') judgeFloat(text, point - 1, report);
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
  return (
    (context.cards && couldBeCard(text, at, end, digits)) ||
    (context.phones && couldBePhone(text, at, end, digits, context)) ||
    (context.ssns && couldBeSsn(text, at, end, digits, context))
  );
}

const isNear = (wordEnd: number, at: number): boolean => wordEnd >= 0 && at - wordEnd <= WORD_REACH;

function couldBePhone(
  text: ByteString,
  at: number,
  end: number,
  digits: number,
  context: NumberContext,
): boolean {
  if (isNear(context.phoneWordEnd, at)) return true;
  if (digits >= 8 && (text[at - 1] === '+' || (text[at - 2] === '+' && text[at - 1] === '('))) return true;
  return digits >= 9 && LOOSE_PHONE.test(text.slice(Math.max(0, at - 1), end));
}

function couldBeSsn(
  text: ByteString,
  at: number,
  end: number,
  digits: number,
  context: NumberContext,
): boolean {
  return digits >= 9 && (isNear(context.ssnWordEnd, at) || LOOSE_SSN.test(text.slice(at, end)));
}

function couldBeCard(text: ByteString, at: number, end: number, digits: number): boolean {
  let left = digits;
  for (let next = at; left >= CARD_DIGITS_MIN && next < end; next++) {
    const code = text.charCodeAt(next);
    if (!isDigit(code)) continue;
    if (beginsCard(code)) return true;
    left--;
  }
  return false;
}
