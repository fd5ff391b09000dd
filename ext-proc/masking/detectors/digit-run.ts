/**
 * Runs of digits as people and databases write them: groups with up to three separators between. Cards, phone numbers
 * and social security numbers are judged on groups, so that `4111 1111 1111 1111`, `4111-1111-1111-1111` and
 * `4111111111111111` are one case.
 */
import type { ByteString } from '../byte-string.ts';

/** What a byte is to a run: something else ends it. */
export const OTHER = 0;
export const DIGIT = 1;
const SEPARATOR = 2;

/** By byte. */
export const DIGIT_CLASSES = new Uint8Array(256).fill(OTHER);
for (const sign of " -.,/_()'\xa0") DIGIT_CLASSES[sign.charCodeAt(0)] = SEPARATOR;
// U+00A0 is C2 A0 in UTF-8.
DIGIT_CLASSES[0xc2] = SEPARATOR;
for (let code = 0x30; code <= 0x39; code++) DIGIT_CLASSES[code] = DIGIT;

const GAP_BYTES_MAX = 3;

/** A run that is longer ends behind the group that passes this, so that what is kept of it is bounded. */
const RUN_BYTES_MAX = 4_096;
/** The next run then begins this much earlier: no number with its separators is longer. */
const OVERLAP_BYTES = 80;
const GROUPS_MAX = RUN_BYTES_MAX / 2 + 4;

/** A run that was measured. */
export interface DigitRun {
  readonly text: ByteString;
  readonly groups: number;
  /** Where each group begins and ends. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Digits of all groups. */
  readonly digits: number;
  /** Where the run ends: behind the last digit. */
  readonly end: number;
}

/** What the byte at `at` is to a run; `OTHER` behind the text's end. */
export const runClass = (text: ByteString, at: number): number =>
  DIGIT_CLASSES[text.charCodeAt(at) & 0xff] as number;

/** The one run that is measured at a time, so that nothing is allocated for the many that are no number. */
class MeasuredRun implements DigitRun {
  text: ByteString = '';
  groups = 0;
  readonly starts = new Int32Array(GROUPS_MAX);
  readonly ends = new Int32Array(GROUPS_MAX);
  digits = 0;
  end = 0;
}
const measured = new MeasuredRun();

/** Measures the run that begins with the digit at `at`. The answer is good until the next call. */
export function measureRun(text: ByteString, at: number): DigitRun {
  const { starts, ends } = measured;
  const { length } = text;
  let groups = 0;
  let digits = 1;
  let gap = 0;
  let end = at + 1;
  starts[0] = at;
  for (let next = end; next < length; next++) {
    const kind = DIGIT_CLASSES[text.charCodeAt(next) & 0xff];
    if (kind === DIGIT) {
      if (gap > 0) {
        ends[groups++] = end;
        starts[groups] = next;
        gap = 0;
      }
      digits++;
      end = next + 1;
    } else if (kind === OTHER || ++gap > GAP_BYTES_MAX || next - at > RUN_BYTES_MAX) {
      break;
    }
  }
  ends[groups] = end;
  measured.text = text;
  measured.groups = groups + 1;
  measured.digits = digits;
  measured.end = end;
  return measured;
}

/** Whether the run that begins with the digit at `at` has so many digits: most have not, and are not worth measuring. */
export function hasDigits(text: ByteString, at: number, least: number): boolean {
  const { length } = text;
  // So many digits take as many bytes at least: the last of these ends most runs before they are read.
  if (runClass(text, at + least - 1) === OTHER) return false;
  let digits = 1;
  let gap = 0;
  for (let next = at + 1; next < length; next++) {
    const kind = DIGIT_CLASSES[text.charCodeAt(next) & 0xff];
    if (kind === DIGIT) {
      if (++digits >= least) return true;
      gap = 0;
    } else if (kind === OTHER || ++gap > GAP_BYTES_MAX) {
      return false;
    }
  }
  return false;
}

/** From where the next run may begin: the run's end, or earlier where it was cut. */
export const nextRunFrom = (at: number, end: number): number =>
  end - at > RUN_BYTES_MAX ? end - OVERLAP_BYTES : end;

/** What stands between group `index` and the next one; nothing behind the last. */
export const gapAfter = ({ text, starts, ends, groups }: DigitRun, index: number): string =>
  index + 1 < groups ? text.slice(ends[index], starts[index + 1]) : '';

/** The first byte of that; NaN behind the last group. */
export const gapByteAfter = ({ text, ends, groups }: DigitRun, index: number): number =>
  index + 1 < groups ? text.charCodeAt(ends[index] as number) : Number.NaN;

/** How many digits a group has; 0 where the run has no such group. */
export const groupLength = ({ starts, ends, groups }: DigitRun, index: number): number =>
  index < groups ? (ends[index] as number) - (starts[index] as number) : 0;
