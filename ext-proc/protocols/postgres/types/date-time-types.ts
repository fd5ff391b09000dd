/**
 * Dates and times. Their plain text is PostgreSQL's ISO form, timestamps with a zone in UTC, so that equal values are
 * equal text in both formats. Nothing in them can be found by a detector.
 * Specification: PostgreSQL 18, "Date/Time Types"; binary forms count from 2000-01-01, in days or microseconds.
 */
import type { ByteString } from '../../../masking/byte-string.ts';
import type { ValueShape } from '../../../masking/value-shape.ts';
import { type BaseType, sameText, type TextStyle } from './base-type.ts';
import { civilDate, daysOfDate, microsecondsOfTime, timeText } from './calendar.ts';

const DAY = 86_400_000_000n;
const INT32_MAX = 0x7fff_ffff;
const INT32_MIN = -0x8000_0000;
const INT64_MAX = (1n << 63n) - 1n;
const INT64_MIN = -(1n << 63n);

function isoType(
  shape: ValueShape,
  format: {
    readonly textOf: (binary: Buffer) => ByteString | undefined;
    readonly binaryOf: (text: ByteString) => Buffer | undefined;
    readonly styled?: (style: TextStyle) => boolean;
    readonly plainOfText?: (text: ByteString) => ByteString;
  },
): BaseType {
  const { textOf, binaryOf, styled = isoDates, plainOfText = sameText } = format;
  return {
    shape: () => shape,
    scanText: 'never',
    scanBinary: 'never',
    plainOfText,
    textOfPlain: (plain, _, style) => (styled(style) && binaryOf(plain) !== undefined ? plain : undefined),
    plainOfBinary: textOf,
    binaryOfPlain: binaryOf,
  };
}

const isoDates = (style: TextStyle): boolean => style.isoDates;
const always = (): boolean => true;

function int32(value: number): Buffer {
  const binary = Buffer.alloc(4);
  binary.writeInt32BE(value);
  return binary;
}

function int64(value: bigint): Buffer {
  const binary = Buffer.alloc(8);
  binary.writeBigInt64BE(value);
  return binary;
}

function dateText(days: number): ByteString {
  if (days === INT32_MAX) return 'infinity';
  return days === INT32_MIN ? '-infinity' : civilDate(days);
}

const DATE = isoType(
  { type: 'date' },
  {
    textOf: (binary) => (binary.length === 4 ? dateText(binary.readInt32BE()) : undefined),
    binaryOf: (text) => {
      const days = daysOfDate(text);
      return days === undefined ? undefined : int32(days);
    },
  },
);

/** Microseconds since 2000-01-01 of `YYYY-MM-DD HH:MM:SS[.ffffff][±HH[:MM[:SS]]]`; then ` BC` for years before 1. */
function timestampOf(text: ByteString): bigint | undefined {
  const parts = /^(\d{4,6}-\d\d-\d\d) ([\d:.]+)([-+]\d\d(?::\d\d){0,2})?( BC)?$/.exec(text);
  if (parts === null) return undefined;
  const days = daysOfDate((parts[1] as string) + (parts[4] ?? ''));
  const time = microsecondsOfTime(parts[2] as string);
  if (days === undefined || time === undefined) return undefined;
  const sum = BigInt(days) * DAY + time - BigInt(zoneSeconds(parts[3] ?? '+00')) * 1_000_000n;
  return sum > INT64_MIN && sum < INT64_MAX ? sum : undefined;
}

/** Seconds east of UTC. */
function zoneSeconds(zone: ByteString): number {
  const [hours = '0', minutes = '0', seconds = '0'] = zone.slice(1).split(':');
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return zone.startsWith('-') ? -size : size;
}

function zoneText(secondsEast: number): ByteString {
  const size = Math.abs(secondsEast);
  const parts = [Math.trunc(size / 3600), Math.trunc(size / 60) % 60, size % 60];
  while (parts.length > 1 && parts.at(-1) === 0) parts.pop();
  const two = (value: number): string => String(value).padStart(2, '0');
  return (secondsEast < 0 ? '-' : '+') + parts.map(two).join(':');
}

function timestampText(microseconds: bigint, zone: boolean): ByteString {
  if (microseconds === INT64_MAX) return 'infinity';
  if (microseconds === INT64_MIN) return '-infinity';
  let days = microseconds / DAY;
  if (microseconds < 0n && days * DAY !== microseconds) days -= 1n;
  return `${civilDate(Number(days), timeText(microseconds - days * DAY) + (zone ? '+00' : ''))}`;
}

function timestampType(zone: boolean): BaseType {
  return isoType(
    { type: 'timestamp', zone },
    {
      textOf: (binary) => (binary.length === 8 ? timestampText(binary.readBigInt64BE(), zone) : undefined),
      binaryOf: (text) => {
        const microseconds = timestampOf(text);
        return microseconds === undefined ? undefined : int64(microseconds);
      },
      plainOfText: (text) => {
        const microseconds = timestampOf(text);
        return microseconds === undefined ? text : timestampText(microseconds, zone);
      },
    },
  );
}

const TIME = isoType(
  { type: 'time', zone: false },
  {
    textOf: (binary) => (binary.length === 8 ? timeText(binary.readBigInt64BE()) : undefined),
    binaryOf: (text) => {
      const microseconds = microsecondsOfTime(text);
      return microseconds === undefined ? undefined : int64(microseconds);
    },
    styled: always,
  },
);

const TIMETZ = isoType(
  { type: 'time', zone: true },
  {
    textOf: (binary) =>
      binary.length === 12 ? timeText(binary.readBigInt64BE()) + zoneText(-binary.readInt32BE(8)) : undefined,
    binaryOf: (text) => {
      const parts = /^([\d:.]+)([-+]\d\d(?::\d\d){0,2})$/.exec(text);
      const microseconds = parts === null ? undefined : microsecondsOfTime(parts[1] as string);
      if (parts === null || microseconds === undefined) return undefined;
      return Buffer.concat([int64(microseconds), int32(-zoneSeconds(parts[2] as string))]);
    },
    styled: always,
  },
);

function intervalText(binary: Buffer): ByteString | undefined {
  if (binary.length !== 16) return undefined;
  const time = binary.readBigInt64BE();
  const days = binary.readInt32BE(8);
  const months = binary.readInt32BE(12);
  // Since PostgreSQL 17; before, the longest interval that there is.
  if (months === INT32_MAX && days === INT32_MAX && time === INT64_MAX) return 'infinity';
  if (months === INT32_MIN && days === INT32_MIN && time === INT64_MIN) return '-infinity';
  const parts: string[] = [];
  let negativeBefore = false;
  const part = (value: number, unit: string): void => {
    if (value === 0) return;
    const plus = negativeBefore && value > 0 ? '+' : '';
    parts.push(`${plus}${value} ${unit}${value === 1 ? '' : 's'}`);
    negativeBefore = value < 0;
  };
  part(Math.trunc(months / 12), 'year');
  part(months % 12, 'mon');
  part(days, 'day');
  if (time !== 0n || parts.length === 0) {
    const sign = time < 0n ? '-' : negativeBefore ? '+' : '';
    parts.push(sign + timeText(time < 0n ? -time : time));
  }
  return parts.join(' ');
}

const INTERVAL = isoType(
  { type: 'interval' },
  {
    textOf: intervalText,
    binaryOf: (text) => {
      const parts = /^(-?)(\d{2,9}:[\d:.]+)$/.exec(text);
      const size = parts === null ? undefined : microsecondsOfTime(parts[2] as string);
      if (parts === null || size === undefined) return undefined;
      return Buffer.concat([int64(parts[1] === '-' ? -size : size), int32(0), int32(0)]);
    },
    styled: (style) => style.postgresIntervals,
  },
);

export const DATE_TIME_TYPES = {
  date: DATE,
  time: TIME,
  timetz: TIMETZ,
  timestamp: timestampType(false),
  timestamptz: timestampType(true),
  interval: INTERVAL,
} as const satisfies Record<string, BaseType>;
