/** Numbers of JSON (RFC 8259 section 6). */
import { byteAt } from './text';

const MINUS: u32 = 0x2d;
const PLUS: u32 = 0x2b;
const POINT: u32 = 0x2e;
const ZERO: u32 = 0x30;

let exponent = false;

/** Whether the number that was read last has an exponent. */
export function hadExponent(): bool {
  return exponent;
}

export function beginsNumber(code: u32): bool {
  return code == MINUS || code - ZERO < 10;
}

/** Behind the number at `start`; -1 where it is not in form. */
export function behindNumber(start: i32, end: i32): i32 {
  exponent = false;
  const whole = byteAt(start) == MINUS ? start + 1 : start;
  let at = behindDigits(whole, end);
  if (at == whole || (at - whole > 1 && byteAt(whole) == ZERO)) return -1;
  if (at < end && byteAt(at) == POINT) {
    const fraction = at + 1;
    at = behindDigits(fraction, end);
    if (at == fraction) return -1;
  }
  if (at < end && (byteAt(at) | 0x20) == 0x65) {
    exponent = true;
    at++;
    if (at < end && (byteAt(at) == MINUS || byteAt(at) == PLUS)) at++;
    const digits = at;
    at = behindDigits(digits, end);
    if (at == digits) return -1;
  }
  return at;
}

function behindDigits(from: i32, end: i32): i32 {
  let at = from;
  while (at < end && byteAt(at) - ZERO < 10) at++;
  return at;
}
