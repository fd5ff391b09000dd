/**
 * numeric between its binary form and text: base-10,000 digits with a weight, as numeric_send writes them.
 * Refuses what numeric_recv would. A few bytes can mean 130,000 digits of zeros; such runs are cut short, as no
 * detector reads them.
 */
import type { ByteString } from '../../../masking/byte-string.ts';

const HEADER_BYTES = 8;
const GROUP = 4;
const POSITIVE = 0x0000;
const NEGATIVE = 0x4000;
const SPECIAL: ReadonlyMap<number, ByteString> = new Map([
  [0xc000, 'NaN'],
  [0xd000, 'Infinity'],
  [0xf000, '-Infinity'],
]);
/** Groups of zeros that are written behind the last digit sent. */
const ZERO_GROUPS_MAX = 16;
const FRACTION_DIGITS_MAX = 16_383;

/** How many groups of four digits a binary numeric has; -1 where it is none. */
export function numericGroups(bytes: Buffer, start: number, end: number): number {
  if (end - start < HEADER_BYTES) return -1;
  const groups = bytes.readUInt16BE(start);
  return end - start === HEADER_BYTES + 2 * groups ? groups : -1;
}

/** The number as PostgreSQL writes it; one with long runs of zeros at its end as digits and `e`. */
export function numericText(binary: Buffer): ByteString | undefined {
  const groups = numericGroups(binary, 0, binary.length);
  if (groups < 0) return undefined;
  const weight = binary.readInt16BE(2);
  const sign = binary.readUInt16BE(4);
  const scale = binary.readUInt16BE(6);
  const special = SPECIAL.get(sign);
  if (special !== undefined) return special;
  if ((sign !== POSITIVE && sign !== NEGATIVE) || scale > FRACTION_DIGITS_MAX) return undefined;
  const digits: string[] = [];
  for (let group = 0; group < groups; group++) {
    const value = binary.readUInt16BE(HEADER_BYTES + 2 * group);
    if (value > 9999) return undefined;
    digits.push(String(value).padStart(GROUP, '0'));
  }
  const whole = weight + 1;
  const shownWhole = Math.min(whole, groups + ZERO_GROUPS_MAX);
  let integer = '';
  for (let group = 0; group < shownWhole; group++) integer += digits[group] ?? '0000';
  integer = integer.replace(/^0+/, '') || '0';
  let text = (sign === NEGATIVE ? '-' : '') + integer;
  if (shownWhole < whole) return `${text}e${(whole - shownWhole) * GROUP}`;
  if (scale > 0) {
    // A weight below -1 means zeros between the point and the first digit.
    const leading = Math.min(Math.max(-whole, 0), Math.ceil(scale / GROUP));
    let fraction = '0000'.repeat(leading);
    for (let group = Math.max(whole, 0); group < groups && fraction.length < scale; group++)
      fraction += digits[group];
    const wanted = Math.min(scale, fraction.length + ZERO_GROUPS_MAX * GROUP);
    text += `.${fraction.slice(0, wanted).padEnd(wanted, '0')}`;
  }
  return text;
}

/** A decimal number without exponent, or one of the special values. */
export function numericBinary(text: ByteString): Buffer | undefined {
  for (const [sign, name] of SPECIAL) if (text === name) return header(0, 0, sign, 0);
  const parts = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text);
  if (parts === null) return undefined;
  const integer = (parts[2] as string).replace(/^0+/, '');
  const fraction = parts[3] ?? '';
  if (fraction.length > FRACTION_DIGITS_MAX || integer.length > 131_072) return undefined;
  const whole = Math.ceil(integer.length / GROUP);
  const padded =
    integer.padStart(whole * GROUP, '0') + fraction.padEnd(Math.ceil(fraction.length / GROUP) * GROUP, '0');
  const groups: number[] = [];
  for (let at = 0; at < padded.length; at += GROUP) groups.push(Number(padded.slice(at, at + GROUP)));
  let weight = whole - 1;
  let first = 0;
  while (first < groups.length && groups[first] === 0) {
    first++;
    weight--;
  }
  let last = groups.length;
  while (last > first && groups[last - 1] === 0) last--;
  const count = last - first;
  const sign = parts[1] === '-' && count > 0 ? NEGATIVE : POSITIVE;
  const binary = header(count, count === 0 ? 0 : weight, sign, fraction.length);
  for (let group = 0; group < count; group++)
    binary.writeUInt16BE(groups[first + group] as number, HEADER_BYTES + 2 * group);
  return binary;
}

function header(groups: number, weight: number, sign: number, scale: number): Buffer {
  const binary = Buffer.alloc(HEADER_BYTES + 2 * groups);
  binary.writeUInt16BE(groups, 0);
  binary.writeInt16BE(weight, 2);
  binary.writeUInt16BE(sign, 4);
  binary.writeUInt16BE(scale, 6);
  return binary;
}
