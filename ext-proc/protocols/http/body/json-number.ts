/** Numbers of JSON (RFC 8259 section 6). */
import type { ByteString } from '../../../masking/byte-string.ts';

const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

export const isJsonNumber = (token: ByteString): boolean => NUMBER.test(token);

/** Whether a number stands there that has neither exponent nor anything to ask about: most have not. */
export function isPlainNumber(text: ByteString, start: number, end: number): boolean {
  let at = text.charCodeAt(start) === MINUS ? start + 1 : start;
  const whole = at;
  while (at < end && isDigit(text.charCodeAt(at))) at++;
  if (at === whole || (at - whole > 1 && text.charCodeAt(whole) === ZERO)) return false;
  if (at === end) return true;
  if (text.charCodeAt(at) !== POINT) return false;
  const fraction = ++at;
  while (at < end && isDigit(text.charCodeAt(at))) at++;
  return at === end && at > fraction;
}

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/** Integers of fewer digits than a double keeps. */
const PLAIN = /^-?[0-9]{1,15}$/;
const PARTS = /^-?([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/;

/** Whether `value`, the double nearest to the number written, stands for the same decimal number. */
export function isExactNumber(written: string, value: number): boolean {
  if (PLAIN.test(written)) return true;
  const shortest = String(value);
  return written === shortest || (Number.isFinite(value) && decimalOf(written) === decimalOf(shortest));
}

/** Digits without zeros at their ends, and the power of ten of the last; the sign is the same in any case. */
function decimalOf(written: string): string {
  const [, whole = '', fraction = '', exponent = '0'] = PARTS.exec(written) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  // An exponent of many digits is beyond any double, so that it need not be exact.
  return `${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}
