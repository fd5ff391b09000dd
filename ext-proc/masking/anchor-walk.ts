/**
 * The walk over one text from anchor to anchor: it follows the table of pairs, measures runs of digits, and tells a visitor
 * what stands there. What becomes of it is the visitor's; that each place is told once, and in how much work, is here.
 */
import {
  type AnchorTable,
  BUCKET,
  DIGITS_BEGIN,
  type Entry,
  IBAN_BEGINS,
  standsAround,
  WRITING_BEGINS,
} from './anchor-table.ts';
import type { ByteString } from './byte-string.ts';
import { mayBeScattered } from './detectors/altered-card.ts';
import {
  DIGIT,
  type DigitRun,
  hasDigits,
  measureRun,
  nextRunFrom,
  OTHER,
  runClass,
} from './detectors/digit-run.ts';
import { beginsIban } from './detectors/iban.ts';
import { hiddenWriting } from './encodings/unescaped.ts';
import type { Encoding } from './finding.ts';
import { NUMBER_DIGITS_MIN } from './number-judge.ts';
import { DEPTH_MAX, type Plan } from './scan-plan.ts';

/** What each says ends the walk where it is true, but for `onScattered`. */
export interface AnchorVisitor {
  /** A run of at least `NUMBER_DIGITS_MIN` digits. The run is good until the next is measured. */
  onNumber(run: DigitRun): boolean;
  /** A digit that two more follow with the same between. From where the next such row may begin; Infinity ends the walk. */
  onScattered(at: number): number;
  /** A country's two letters and two digits. */
  onAccount(at: number): boolean;
  /** An escape, or a character that stands for another. */
  onWriting(writing: Encoding, at: number): boolean;
  /** An anchor's literal. */
  onAnchor(entry: Entry, start: number): boolean;
}

/** `depth`: how many forms of writing were taken off the text. True where the visitor ended it. */
export function walkAnchors(plan: Plan, text: ByteString, depth: number, visitor: AnchorVisitor): boolean {
  const { pairs, buckets } = plan.table;
  const { length } = text;
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
        if (visitor.onNumber(run)) return true;
      }
      if (next !== DIGIT && plan.wantsCards && at >= scatteredDone && mayBeScattered(text, at)) {
        scatteredDone = visitor.onScattered(at);
        if (scatteredDone === Infinity) return true;
      }
    }
    if ((hit & IBAN_BEGINS) !== 0 && beginsIban(text, at - 2) && visitor.onAccount(at - 2)) return true;
    if ((hit & WRITING_BEGINS) !== 0 && depth < DEPTH_MAX) {
      const writing = hiddenWriting(text, at - 1);
      if (writing !== undefined && visitor.onWriting(writing, at - 1)) return true;
    }
    if ((hit & BUCKET) === 0) continue;
    const bucket = buckets[hit & BUCKET] as AnchorTable['buckets'][number];
    for (let index = 0; index < bucket.length; index++) {
      const entry = bucket[index] as Entry;
      if (standsAround(text, at, entry) && visitor.onAnchor(entry, at - entry.back)) return true;
    }
  }
  return false;
}
