/**
 * The walk over one text: it follows the table of pairs from anchor to anchor, asks the detectors, measures runs of
 * digits, and reads the text again where it is written in another form. It judges exactly; what any part of a longer
 * text could hold is asked in could-hold.ts.
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
import type { Detector, Report } from './detector.ts';
import { judgeScattered, mayBeScattered } from './detectors/altered-card.ts';
import { judgeDiscord } from './detectors/chat-token.ts';
import { DIGIT, hasDigits, measureRun, nextRunFrom, OTHER, runClass } from './detectors/digit-run.ts';
import { beginsIban, judgeIban } from './detectors/iban.ts';
import { encodedRuns, RUN_BYTES_MIN } from './encodings/encoded-runs.ts';
import { encodedStretches } from './encodings/encoded-stretches.ts';
import { addHidden, type Hidden, hiddenWriting, unescaped } from './encodings/unescaped.ts';
import type { Finding } from './finding.ts';
import { judgeNumber, NUMBER_DIGITS_MIN } from './number-judge.ts';
import type { OperatorPattern } from './operator-pattern.ts';
import { contextOf, DEPTH_MAX, PATTERN, PHONE_WORD, type Plan, SSN_WORD } from './scan-plan.ts';
import { startsWord } from './text-edges.ts';

/** Appends what the text holds. `depth` is how many forms of writing were taken off it. */
export function collect(plan: Plan, text: ByteString, depth: number, out: Finding[]): void {
  const { table, detectors, patterns } = plan;
  const { pairs, buckets } = table;
  const { length } = text;
  const context = contextOf(plan);
  const report: Report = (kind, rule, start, end) => {
    out.push({ kind, rule, start, end, encodings: [], alone: true });
  };
  /** From where each detector wants to be asked again. */
  let askAgain: Int32Array | undefined;
  let keywords: Set<number> | undefined;
  const hidden: Hidden[] = [];
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
        judgeNumber(run, context, report);
      }
      if (next !== DIGIT && plan.wantsCards && at >= scatteredDone && mayBeScattered(text, at)) {
        scatteredDone = judgeScattered(text, at, report);
      }
    }
    if ((hit & IBAN_BEGINS) !== 0 && beginsIban(text, at - 2) && startsWord(text, at - 2)) {
      judgeIban(text, at - 2, report);
    }
    if ((hit & WRITING_BEGINS) !== 0 && depth < DEPTH_MAX) {
      const writing = hiddenWriting(text, at - 1);
      if (writing !== undefined) addHidden(hidden, writing, at - 1, length);
    }
    if ((hit & BUCKET) === 0) continue;
    const bucket = buckets[hit & BUCKET] as AnchorTable['buckets'][number];
    for (let index = 0; index < bucket.length; index++) {
      const entry = bucket[index] as (typeof bucket)[number];
      if (!standsAround(text, at, entry)) continue;
      const start = at - entry.back;
      const { owner } = entry;
      if (owner >= PATTERN) {
        (keywords ??= new Set()).add(owner - PATTERN);
      } else if (owner === PHONE_WORD || owner === SSN_WORD) {
        // `telephone` ends in one of the words; `hotel.` does not.
        if (entry.literal !== 'phone' && !startsWord(text, start)) continue;
        if (owner === PHONE_WORD) context.phoneWordEnd = start + entry.literal.length;
        else context.ssnWordEnd = start + entry.literal.length;
      } else {
        askAgain ??= new Int32Array(detectors.length);
        if (start < (askAgain[owner] as number)) continue;
        askAgain[owner] = (detectors[owner] as Detector).judge(text, start, report);
      }
    }
  }
  for (const index of keywords ?? []) {
    const pattern = patterns[index] as OperatorPattern;
    pattern.find(text, (start, end) => report(pattern.name, pattern.name, start, end));
  }
  const hasRuns = length >= RUN_BYTES_MIN;
  if (depth < DEPTH_MAX) {
    for (const each of hidden) collectHidden(plan, text, each, depth, out);
    if (hasRuns) collectRuns(plan, text, depth, out, report);
  } else if (hasRuns && plan.wantsDiscord) {
    collectRuns(plan, text, depth, out, report);
  }
}

/** Reads a stretch with its escapes resolved, and leads what is found back to where it stands. */
function collectHidden(plan: Plan, text: ByteString, hidden: Hidden, depth: number, out: Finding[]): void {
  const view = unescaped(text, hidden.start, hidden.end);
  const inner: Finding[] = [];
  collect(plan, view.text, depth + 1, inner);
  for (const each of inner) {
    // What touches the stretch's own edge may be cut there: what is whole was found in the text itself.
    if (each.start === 0 && hidden.start > 0) continue;
    if (each.end === view.text.length && hidden.end < text.length) continue;
    const start = view.offsets[each.start] as number;
    const end = view.offsets[each.end] as number;
    // What reads the same without its escapes resolved was found before.
    const isPlain = each.encodings.length === 0 && end - start === each.end - each.start;
    out.push({ ...each, start, end, encodings: isPlain ? [] : [hidden.writing, ...each.encodings] });
  }
}

/** Looks into runs of base64 and hexadecimal digits; what is found masks what hides it. */
function collectRuns(plan: Plan, text: ByteString, depth: number, out: Finding[], report: Report): void {
  encodedRuns(text, (run) => {
    if (plan.wantsDiscord && text[run.end] === '.') judgeDiscord(text, run.start, run.end, report);
    if (depth >= DEPTH_MAX) return false;
    return encodedStretches(text, run, ({ encoding, decoded, start, end }) => {
      const inner: Finding[] = [];
      collect(plan, decoded, depth + 1, inner);
      for (const each of inner) out.push({ ...each, start, end, encodings: [encoding, ...each.encodings] });
      return false;
    });
  });
}
