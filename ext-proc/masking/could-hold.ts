/**
 * What the parts of a text could hold, asked before anybody knows where values begin and end in it: of each anchor, run of
 * digits and form of writing only what would hold for every longer text as well. The walk is that of text-walk.ts.
 */
import {
  type AnchorTable,
  BUCKET,
  DIGITS_BEGIN,
  IBAN_BEGINS,
  standsAround,
  WRITING_BEGINS,
} from './anchor-table.ts';
import type { ByteString } from './byte-string.ts';
import type { Detector } from './detector.ts';
import { couldBeScattered, mayBeScattered } from './detectors/altered-card.ts';
import { couldBeDiscord } from './detectors/chat-token.ts';
import { DIGIT, hasDigits, measureRun, nextRunFrom, OTHER, runClass } from './detectors/digit-run.ts';
import { beginsIban, ibanEnd } from './detectors/iban.ts';
import { encodedRuns } from './encodings/encoded-runs.ts';
import { encodedStretches } from './encodings/encoded-stretches.ts';
import { hiddenWriting } from './encodings/unescaped.ts';
import { couldBeNumber, NUMBER_DIGITS_MIN } from './number-judge.ts';
import { contextOf, DEPTH_MAX, PATTERN, PHONE_WORD, type Plan, SSN_WORD } from './scan-plan.ts';

/**
 * Whether the text, or any longer one that it is part of, could hold something, whatever stands around it. False is
 * certain: nothing is found in any part of it. It says yes as soon as it may.
 */
export function couldHold(plan: Plan, text: ByteString, depth: number): boolean {
  const { table, detectors } = plan;
  const { pairs, buckets } = table;
  const { length } = text;
  const context = contextOf(plan);
  let digitsDone = 0;
  let scatteredDone = 0;
  let previous = 0;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at) & 0xff;
    const hit = pairs[(previous << 8) | code] as number;
    previous = code;
    if (hit === 0) continue;
    if ((hit & DIGITS_BEGIN) !== 0) {
      const next = runClass(text, at + 1);
      // Of a run of fewer digits a part has fewer still: it is looked at again, and again for nothing.
      if (next !== OTHER && at >= digitsDone && hasDigits(text, at, NUMBER_DIGITS_MIN)) {
        const run = measureRun(text, at);
        digitsDone = nextRunFrom(at, run.end);
        if (couldBeNumber(run, context)) return true;
      }
      if (next !== DIGIT && plan.wantsCards && at >= scatteredDone && mayBeScattered(text, at)) {
        const row = couldBeScattered(text, at);
        if (row.could) return true;
        scatteredDone = row.next;
      }
    }
    if ((hit & IBAN_BEGINS) !== 0 && beginsIban(text, at - 2) && ibanEnd(text, at - 2) >= 0) return true;
    if ((hit & WRITING_BEGINS) !== 0 && depth < DEPTH_MAX && hiddenWriting(text, at - 1) !== undefined)
      return true;
    if ((hit & BUCKET) === 0) continue;
    const bucket = buckets[hit & BUCKET] as AnchorTable['buckets'][number];
    for (let index = 0; index < bucket.length; index++) {
      const entry = bucket[index] as (typeof bucket)[number];
      if (!standsAround(text, at, entry)) continue;
      const start = at - entry.back;
      const { owner } = entry;
      const end = start + entry.literal.length;
      if (owner === PHONE_WORD) context.phoneWordEnd = end;
      else if (owner === SSN_WORD) context.ssnWordEnd = end;
      else if (owner >= PATTERN || ((detectors[owner] as Detector).could?.(text, start) ?? true)) {
        return true;
      }
    }
  }
  return encodedRuns(
    text,
    (run) =>
      (plan.wantsDiscord && text[run.end] === '.' && couldBeDiscord(text, run.start, run.end)) ||
      (depth < DEPTH_MAX &&
        encodedStretches(text, run, ({ decoded }) => couldHold(plan, decoded, depth + 1))),
  );
}
