/**
 * Values of a type that stand for a masked one: a constant, or one made from a keyed hash so that equal values stay
 * equal. Every one is valid for its type in PostgreSQL and in the clients that read it.
 */
import { assertNever } from '../../domain/errors.ts';
import type { ByteString } from '../byte-string.ts';
import type { ValueShape } from '../value-shape.ts';

/** Shapes whose values are not free text. */
export type TypedShape = Exclude<ValueShape, { type: 'text' | 'json' | 'bytes' | 'opaque' }>;

export function isTyped(shape: ValueShape): shape is TypedShape {
  return shape.type !== 'text' && shape.type !== 'json' && shape.type !== 'bytes' && shape.type !== 'opaque';
}

/** The constant of a type. */
export function typedConstant(shape: TypedShape): ByteString {
  switch (shape.type) {
    case 'integer':
      return String(shape.min > 0n ? shape.min : shape.max < 0n ? shape.max : 0n);
    case 'decimal':
    case 'float':
      return '0';
    case 'boolean':
      return 'false';
    case 'date':
      return '1970-01-01';
    case 'time':
      return `00:00:00${zone(shape.zone)}`;
    case 'timestamp':
      return `1970-01-01 00:00:00${zone(shape.zone)}`;
    case 'interval':
      return '00:00:00';
    case 'uuid':
      return '00000000-0000-0000-0000-000000000000';
    case 'inet':
      return '0.0.0.0';
    default:
      return assertNever(shape);
  }
}

const zone = (has: boolean): string => (has ? '+00' : '');

const SECONDS_A_DAY = 86_400n;
/** 1900-01-01 to 2099-12-31. */
const FIRST_DAY = -25_567n;
const DAYS = 73_049n;
/** Digits before the point of a decimal or float that was hashed. */
const WHOLE_DIGITS_MAX = 12;

/** A value of the type made from a digest of 32 bytes; undefined for a type that has too few values to hide in. */
export function typedHash(shape: TypedShape, digest: ByteString): ByteString | undefined {
  const bytes = Buffer.from(digest, 'latin1');
  const number = bytes.readBigUInt64BE(0);
  const other = bytes.readBigUInt64BE(8);
  switch (shape.type) {
    case 'integer': {
      const low = shape.min > 0n ? shape.min : shape.max < 0n ? shape.min : 0n;
      return String(low + (number % (shape.max - low + 1n)));
    }
    case 'decimal':
      return decimal(number, other, shape.precision, shape.scale);
    case 'float':
      return String(number % 10n ** 9n);
    case 'boolean':
      return undefined;
    case 'date':
      return day(FIRST_DAY + (number % DAYS));
    case 'time':
      return `${clock(number % SECONDS_A_DAY)}${zone(shape.zone)}`;
    case 'timestamp':
      return `${day(FIRST_DAY + (number % DAYS))} ${clock(other % SECONDS_A_DAY)}${zone(shape.zone)}`;
    case 'interval':
      return clock(number % SECONDS_A_DAY);
    case 'uuid':
      return uuid(bytes);
    case 'inet':
      // 240.0.0.0/4 is reserved (RFC 1112): no such address is anybody's.
      return [
        240n + (number % 15n),
        (number >> 8n) % 256n,
        (number >> 16n) % 256n,
        (number >> 24n) % 256n,
      ].join('.');
    default:
      return assertNever(shape);
  }
}

/** As many digits as the type has, at most twelve before the point. */
function decimal(number: bigint, other: bigint, precision?: number, scale = 0): ByteString {
  const fraction = Math.max(0, scale);
  const whole = Math.max(
    0,
    Math.min(WHOLE_DIGITS_MAX, (precision ?? WHOLE_DIGITS_MAX + fraction) - fraction),
  );
  const digits = whole === 0 ? '0' : String(number % 10n ** BigInt(whole));
  if (fraction === 0) return digits;
  // A scale beyond the precision leaves zeros right behind the point.
  const free = Math.min(fraction, precision ?? fraction, 15);
  const shown = String(other % 10n ** BigInt(free)).padStart(free, '0');
  return `${digits}.${whole === 0 ? shown.padStart(fraction, '0') : shown.padEnd(fraction, '0')}`;
}

function day(days: bigint): ByteString {
  return new Date(Number(days) * 86_400_000).toISOString().slice(0, 10);
}

function clock(seconds: bigint): ByteString {
  const two = (value: bigint): string => String(value).padStart(2, '0');
  return `${two(seconds / 3_600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`;
}

/** Version 8 (RFC 9562): bytes of the maker's own. */
function uuid(digest: Buffer): ByteString {
  const bytes = Buffer.from(digest.subarray(16, 32));
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The first of January of a date's or timestamp's year, which is what `partial` shows of it. */
export function yearOf(shape: TypedShape, value: ByteString): ByteString | undefined {
  if (shape.type !== 'date' && shape.type !== 'timestamp') return undefined;
  const year = /^([0-9]{4})-[0-9]{2}-[0-9]{2}/.exec(value)?.[1];
  if (year === undefined) return undefined;
  const bc = value.endsWith(' BC') ? ' BC' : '';
  return shape.type === 'date' ? `${year}-01-01${bc}` : `${year}-01-01 00:00:00${zone(shape.zone)}${bc}`;
}
