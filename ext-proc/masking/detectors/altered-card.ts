/**
 * Payment cards that were altered on the way: by a cast to a floating-point type, and by something put between the
 * digits, as an expression in a query may do.
 */
import type { ByteString } from '../byte-string.ts';
import type { Report } from '../detector.ts';
import { isDigit, isLetter } from '../text-edges.ts';
import { CARD_DIGITS_MAX, cardScheme } from './card-schemes.ts';

const KIND = 'payment_card';

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

/** Whether the digit at `at` is followed by two more with the same between: cheap, and most are not. */
export function mayBeScattered(text: ByteString, at: number): boolean {
  let width = 1;
  while (width <= GAP_BYTES_MAX && !isDigit(text.charCodeAt(at + width))) width++;
  if (width === 1 || !isDigit(text.charCodeAt(at + width)) || !isDigit(text.charCodeAt(at + 2 * width)))
    return false;
  for (let each = 1; each < width; each++) {
    if (text.charCodeAt(at + each) !== text.charCodeAt(at + width + each)) return false;
  }
  return true;
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

/** A row of single digits that began with some digit. */
export interface ScatteredRow {
  readonly could: boolean;
  /** From where the next row may begin. */
  readonly next: number;
}

/**
 * Whether the digit at `at`, which stands alone, could be the second of such a row: the first may look like the end of a
 * longer group where a digit of something else stands before it.
 */
export function couldBeScattered(text: ByteString, at: number): ScatteredRow {
  const { digits, end } = scatteredFrom(text, at);
  return { could: digits.length >= SCATTERED_DIGITS_MIN - 1, next: Math.max(at + 1, end - 1) };
}
