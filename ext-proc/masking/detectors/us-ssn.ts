/**
 * US social security numbers and taxpayer identification numbers: area, group and serial by the rules of the Social
 * Security Administration (no area 000, 666 or 900 and above, no group 00, no serial 0000) and of the IRS for numbers
 * that begin with 9. With separators; nine bare digits only behind a word such as `ssn`.
 */
import type { Report } from '../detector.ts';
import { endsWord, startsWord } from '../text-edges.ts';
import { type DigitRun, gapAfter, groupLength } from './digit-run.ts';

const KIND = 'us_ssn';

/** Groups of an individual taxpayer identification number (9XX-GG-XXXX) that the IRS gives out. */
const isTaxpayerGroup = (group: number): boolean =>
  (group >= 50 && group <= 65) || (group >= 70 && group <= 88) || (group >= 90 && group !== 93);

/** Which number nine digits are; undefined when none. */
function ruleOf(area: number, group: number, serial: number): string | undefined {
  if (group === 0 || serial === 0 || area === 0 || area === 666) return undefined;
  if (area < 900) return 'ssn';
  return isTaxpayerGroup(group) ? 'itin' : undefined;
}

/** Reports the numbers of a run. `named` is whether a word for such a number stands before it. */
export function judgeSsn(run: DigitRun, named: boolean, report: Report): void {
  const { text, groups, starts, ends } = run;
  const valueOf = (group: number): number => Number(text.slice(starts[group], ends[group]));
  for (let first = 0; first + 2 < groups; first++) {
    if (groupLength(run, first) !== 3 || groupLength(run, first + 1) !== 2) continue;
    if (groupLength(run, first + 2) !== 4) continue;
    const gap = gapAfter(run, first);
    if (gap !== gapAfter(run, first + 1) || gap.length > 3) continue;
    // Spaces and dots stand between any numbers: there it must be all of a field, or named.
    const isNumber = gap === '-' ? !isJoined(run, first, gap) : groups === 3 && isField(run);
    if (!isNumber && !named) continue;
    if (!isSeparate(run, first)) continue;
    const rule = ruleOf(valueOf(first), valueOf(first + 1), valueOf(first + 2));
    if (rule === undefined) continue;
    report(KIND, rule, starts[first] as number, ends[first + 2] as number);
    first += 2;
  }
  if (named && groupLength(run, 0) === 9) {
    const digits = text.slice(starts[0], ends[0]);
    const rule = ruleOf(Number(digits.slice(0, 3)), Number(digits.slice(3, 5)), Number(digits.slice(5)));
    if (rule !== undefined) report(KIND, rule, starts[0] as number, ends[0] as number);
  }
}

/** Whether the run could hold a number with separators whatever stands around it; what it is part of holds it too. */
export function couldHoldSsn(run: DigitRun): boolean {
  for (let first = 0; first + 2 < run.groups; first++) {
    if (groupLength(run, first + 1) !== 2) continue;
    if (groupLength(run, first) >= 3 && groupLength(run, first + 2) >= 4) return true;
  }
  return false;
}

/** Whether the run stands between quotes, tabs, commas or the text's ends. */
const isField = ({ text, starts, end }: DigitRun): boolean =>
  !/[^\s,;|"'(){}>=:]| $/.test(text.slice(Math.max(0, (starts[0] as number) - 1), starts[0])) &&
  !/^[^\t\r\n,;|"'(){}<]/.test(text.slice(end, end + 1));

/** Whether the same dash goes on before or after: part of a longer number. */
function isJoined(run: DigitRun, first: number, gap: string): boolean {
  return (
    (first > 0 && gapAfter(run, first - 1) === gap) ||
    (first + 3 < run.groups && gapAfter(run, first + 2) === gap)
  );
}

/** No letter, and nothing that makes it part of something longer, right before or after. */
function isSeparate({ text, starts, ends }: DigitRun, first: number): boolean {
  const start = starts[first] as number;
  const end = ends[first + 2] as number;
  if (!startsWord(text, start) || !endsWord(text, end) || /[+#]/.test(text[start - 1] ?? '')) return false;
  return (
    !/^-[A-Za-z0-9]/.test(text.slice(end, end + 2)) &&
    !/[A-Za-z0-9]-$/.test(text.slice(Math.max(0, start - 2), start))
  );
}
