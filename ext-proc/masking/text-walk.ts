/**
 * The walk over one text: it follows the table of pairs from anchor to anchor, asks the detectors, measures runs of
 * digits, and reads the text again where it is written in another form. `collect` judges exactly; `couldHold` asks only
 * what would hold for every longer text as well.
 */
import {
  type Anchor,
  type AnchorTable,
  anchorTable,
  BUCKET,
  DIGITS_BEGIN,
  IBAN_BEGINS,
  standsAround,
  WRITING_BEGINS,
} from './anchor-table.ts';
import type { ByteString } from './byte-string.ts';
import type { Detector, Report } from './detector.ts';
import { couldBeDiscord, judgeDiscord } from './detectors/chat-token.ts';
import { DIGIT, measureRun, nextRunFrom, OTHER, runClass } from './detectors/digit-run.ts';
import { beginsIban, IBAN_SECOND_LETTERS, ibanEnd, judgeIban } from './detectors/iban.ts';
import { couldBeScattered, judgeScattered, mayBeScattered } from './detectors/altered-card.ts';
import { encodedRuns, RUN_BYTES_MIN } from './encodings/encoded-runs.ts';
import { encodedStretches } from './encodings/encoded-stretches.ts';
import { addHidden, type Hidden, hiddenWriting, unescaped } from './encodings/unescaped.ts';
import { UNICODE_PAIRS } from './encodings/unicode.ts';
import type { Finding, Kind } from './finding.ts';
import {
  couldBeNumber,
  judgeNumber,
  NUMBER_DIGITS_MIN,
  type NumberContext,
  PHONE_WORDS,
  SSN_WORDS,
} from './number-judge.ts';
import type { OperatorPattern } from './operator-pattern.ts';
import { startsWord } from './text-edges.ts';

/** How many forms of writing may lie inside one another: base64 in JSON's escapes is two. */
export const DEPTH_MAX = 2;

/** What a scanner looks for, made ready once. */
export interface Plan {
  readonly table: AnchorTable;
  readonly detectors: readonly Detector[];
  readonly patterns: readonly OperatorPattern[];
  readonly wantsCards: boolean;
  readonly wantsPhones: boolean;
  readonly wantsSsns: boolean;
  readonly wantsDiscord: boolean;
}

/** Owners of anchors: detectors by their index; then the words that name numbers; then patterns by theirs. */
const PHONE_WORD = 10_000;
const SSN_WORD = 10_001;
const PATTERN = 20_000;

const BACKSLASH = 0x5c;
const PERCENT = 0x25;
const AMPERSAND = 0x26;

export function planOf(
  detectors: readonly Detector[],
  patterns: readonly OperatorPattern[],
  kinds: ReadonlySet<Kind>,
): Plan {
  const anchors: Anchor[] = detectors.flatMap((detector, owner) =>
    detector.anchors.map((literal) => ({ literal, ignoreCase: detector.ignoreCase, owner })),
  );
  const words = (literals: readonly string[], owner: number): void => {
    for (const literal of literals) anchors.push({ literal, ignoreCase: true, owner });
  };
  if (kinds.has('phone')) words(PHONE_WORDS, PHONE_WORD);
  if (kinds.has('us_ssn')) words(SSN_WORDS, SSN_WORD);
  patterns.forEach(({ keywords }, index) => words(keywords, PATTERN + index));
  const table = anchorTable(anchors);
  const { pairs } = table;
  const flag = (first: number, second: number, bit: number): void => {
    const pair = (first << 8) | second;
    pairs[pair] = (pairs[pair] as number) | bit;
  };
  for (const letter of 'ux') flag(BACKSLASH, letter.charCodeAt(0), WRITING_BEGINS);
  for (const high of '234567') flag(PERCENT, high.charCodeAt(0), WRITING_BEGINS);
  flag(AMPERSAND, 0x23, WRITING_BEGINS);
  for (const [first, second] of UNICODE_PAIRS) flag(first, second, WRITING_BEGINS);
  if (kinds.has('iban')) {
    for (const letter of IBAN_SECOND_LETTERS) {
      for (const digit of '0123456789') flag(letter.charCodeAt(0), digit.charCodeAt(0), IBAN_BEGINS);
    }
  }
  return {
    table,
    detectors,
    patterns,
    wantsCards: kinds.has('payment_card'),
    wantsPhones: kinds.has('phone'),
    wantsSsns: kinds.has('us_ssn'),
    wantsDiscord: kinds.has('chat_token'),
  };
}

const contextOf = ({ wantsCards, wantsPhones, wantsSsns }: Plan): NumberContext => ({
  cards: wantsCards,
  phones: wantsPhones,
  ssns: wantsSsns,
  phoneWordEnd: -1,
  ssnWordEnd: -1,
});

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
      if (next !== OTHER && at >= digitsDone) {
        const run = measureRun(text, at);
        digitsDone = nextRunFrom(at, run.end);
        if (run.digits >= NUMBER_DIGITS_MIN) judgeNumber(run, context, report);
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

/** Whether the text, or any longer one, could hold something. Says yes as soon as it may. */
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
      if (next !== OTHER && at >= digitsDone) {
        const run = measureRun(text, at);
        digitsDone = nextRunFrom(at, run.end);
        if (run.digits >= NUMBER_DIGITS_MIN && couldBeNumber(run, context)) return true;
      }
      if (next !== DIGIT && plan.wantsCards && at >= scatteredDone && mayBeScattered(text, at)) {
        scatteredDone = couldBeScattered(text, at);
        if (scatteredDone < 0) return true;
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
      if (owner >= PATTERN) return true;
      const end = start + entry.literal.length;
      if (owner === PHONE_WORD) context.phoneWordEnd = end;
      else if (owner === SSN_WORD) context.ssnWordEnd = end;
      else if ((detectors[owner] as Detector).could?.(text, start) ?? true) return true;
    }
  }
  return encodedRuns(text, (run) => {
    if (plan.wantsDiscord && text[run.end] === '.' && couldBeDiscord(text, run.start, run.end)) return true;
    if (depth >= DEPTH_MAX) return false;
    return encodedStretches(text, run, ({ decoded }) => couldHold(plan, decoded, depth + 1));
  });
}
