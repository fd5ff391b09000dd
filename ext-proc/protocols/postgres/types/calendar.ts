/**
 * Days and microseconds as PostgreSQL writes them in ISO form: the proleptic Gregorian calendar, day 0 is 2000-01-01.
 * The conversion between days and dates is the well-known one over eras of 400 years.
 */
import type { ByteString } from '../../../masking/byte-string.ts';

/** From 0000-03-01, where an era begins, to 2000-01-01. */
const DAYS_TO_EPOCH = 730_425;
const DAYS_OF_ERA = 146_097;
/** One above the largest that is a date: infinity. */
const DAYS_LIMIT = 0x7fff_ffff;

const two = (value: number): string => String(value).padStart(2, '0');

/** `YYYY-MM-DD`, then the time of day where given, then ` BC` for years before 1. */
export function civilDate(days: number, time?: ByteString): ByteString {
  const shifted = days + DAYS_TO_EPOCH;
  const era = Math.floor(shifted / DAYS_OF_ERA);
  const dayOfEra = shifted - era * DAYS_OF_ERA;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const month = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * month + 2) / 5) + 1;
  const civilMonth = month < 10 ? month + 3 : month - 9;
  const year = yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0);
  const shownYear = String(year > 0 ? year : 1 - year).padStart(4, '0');
  const date = `${shownYear}-${two(civilMonth)}-${two(day)}`;
  return date + (time === undefined ? '' : ` ${time}`) + (year > 0 ? '' : ' BC');
}

/** Days of `YYYY-MM-DD`, ` BC` behind it for years before 1; undefined where that is no date. */
export function daysOfDate(text: ByteString): number | undefined {
  const parts = /^(\d{4,7})-(\d\d)-(\d\d)( BC)?$/.exec(text);
  if (parts === null) return undefined;
  const year = parts[4] === undefined ? Number(parts[1]) : 1 - Number(parts[1]);
  const [month, day] = [Number(parts[2]), Number(parts[3])];
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  const days = era * DAYS_OF_ERA + dayOfEra - DAYS_TO_EPOCH;
  // The 31st of a short month would be another date, and so would a year 0.
  return days < DAYS_LIMIT && civilDate(days) === text ? days : undefined;
}

/** `HH:MM:SS` and as much of a fraction as there is; hours may have more digits. */
export function timeText(microseconds: bigint): ByteString {
  const seconds = microseconds / 1_000_000n;
  const fraction = String(microseconds % 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '');
  const [hours, minutes] = [seconds / 3600n, (seconds / 60n) % 60n];
  const clock = `${two(Number(hours))}:${two(Number(minutes))}:${two(Number(seconds % 60n))}`;
  return fraction === '' ? clock : `${clock}.${fraction}`;
}

/** Microseconds of what `timeText` writes; undefined where it is no time. */
export function microsecondsOfTime(text: ByteString): bigint | undefined {
  const parts = /^(\d{2,9}):([0-5]\d):([0-5]\d)(?:\.(\d{1,6}))?$/.exec(text);
  if (parts === null) return undefined;
  const seconds =
    BigInt(parts[1] as string) * 3600n + BigInt(parts[2] as string) * 60n + BigInt(parts[3] as string);
  return seconds * 1_000_000n + BigInt((parts[4] ?? '').padEnd(6, '0'));
}
