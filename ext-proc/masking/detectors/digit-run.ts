/**
 * Runs of digits as people and databases write them: groups with up to three separators between. Cards, phone numbers
 * and social security numbers are judged on groups, so that `4111 1111 1111 1111`, `4111-1111-1111-1111` and
 * `4111111111111111` are one case.
 */
import type { ByteString } from '../byte-string.ts';
import { isDigit } from '../text-edges.ts';

const SEPARATOR = new Uint8Array(256);
for (const sign of " -.,/_()'\xa0") SEPARATOR[sign.charCodeAt(0)] = 1;
// U+00A0 is C2 A0 in UTF-8.
SEPARATOR[0xc2] = 1;

const GAP_BYTES_MAX = 3;

/** A run that is longer ends behind the group that passes this, so that what is kept of it is bounded. */
const RUN_BYTES_MAX = 4_096;
/** The next run then begins this much earlier: no number with its separators is longer. */
const OVERLAP_BYTES = 80;

export interface DigitRun {
  readonly text: ByteString;
  /** Where each group begins and ends. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** Digits of all groups. */
  readonly digits: number;
  /** Where the run ends: behind the last digit. */
  readonly end: number;
}

/** More digits than this are counted as this many. */
const DIGITS_COUNTED_MAX = 255;

/** A measured run in one number, so that nothing is allocated for the many runs that are no candidate. */
export type MeasuredRun = number;

/** Measures the run that begins with the digit at `at`. */
export function measureRun(text: ByteString, at: number): MeasuredRun {
  const { length } = text;
  let digits = 1;
  let gap = 0;
  let end = at + 1;
  for (let next = end; next < length; next++) {
    const code = text.charCodeAt(next);
    if (isDigit(code)) {
      digits++;
      gap = 0;
      end = next + 1;
    } else if (SEPARATOR[code & 0xff] !== 1 || ++gap > GAP_BYTES_MAX || next - at > RUN_BYTES_MAX) {
      break;
    }
  }
  return end * (DIGITS_COUNTED_MAX + 1) + (digits < DIGITS_COUNTED_MAX ? digits : DIGITS_COUNTED_MAX);
}

/** Where the run ends: behind its last digit. */
export const runEnd = (run: MeasuredRun): number => Math.floor(run / (DIGITS_COUNTED_MAX + 1));

/** From where the next run may begin: the run's end, or earlier where it was cut. */
export const nextRunFrom = (at: number, end: number): number =>
  end - at > RUN_BYTES_MAX ? end - OVERLAP_BYTES : end;

/** How many digits it has. */
export const runDigits = (run: MeasuredRun): number => run % (DIGITS_COUNTED_MAX + 1);

/** The groups of the run that begins at `at` and ends at `end`. */
export function groupsOf(text: ByteString, at: number, end: number): DigitRun {
  const starts: number[] = [];
  const ends: number[] = [];
  let digits = 0;
  let next = at;
  while (next < end) {
    starts.push(next);
    while (next < end && isDigit(text.charCodeAt(next))) next++;
    digits += next - (starts[starts.length - 1] as number);
    ends.push(next);
    while (next < end && !isDigit(text.charCodeAt(next))) next++;
  }
  return { text, starts, ends, digits, end: ends[ends.length - 1] ?? at };
}

/** What stands between group `index` and the next one. */
export const gapAfter = (run: DigitRun, index: number): string =>
  run.text.slice(run.ends[index] as number, run.starts[index + 1] ?? run.ends[index]);

export const groupLength = (run: DigitRun, index: number): number =>
  (run.ends[index] as number) - (run.starts[index] as number);
