/**
 * What one text holds: the detectors are asked at each anchor, runs of digits are judged, and the text is read again where
 * it is written in another form. It judges exactly; what any part of a longer text could hold is asked in could-hold.ts.
 */
import type { Entry } from './anchor-table.ts';
import { type AnchorVisitor, walkAnchors } from './anchor-walk.ts';
import type { ByteString } from './byte-string.ts';
import type { Detector, Report } from './detector.ts';
import { judgeScattered } from './detectors/altered-card.ts';
import { judgeDiscord } from './detectors/chat-token.ts';
import type { DigitRun } from './detectors/digit-run.ts';
import { judgeIban } from './detectors/iban.ts';
import { encodedRuns, RUN_BYTES_MIN } from './encodings/encoded-runs.ts';
import { encodedStretches } from './encodings/encoded-stretches.ts';
import { addHidden, type Hidden, unescaped } from './encodings/unescaped.ts';
import type { Encoding, Finding } from './finding.ts';
import { judgeNumber, type NumberContext } from './number-judge.ts';
import type { OperatorPattern } from './operator-pattern.ts';
import { contextOf, DEPTH_MAX, PATTERN, PHONE_WORD, type Plan, SSN_WORD } from './scan-plan.ts';
import { startsWord } from './text-edges.ts';

/** Appends what the text holds. `depth` is how many forms of writing were taken off it. */
export function collect(plan: Plan, text: ByteString, depth: number, out: Finding[]): void {
  const report: Report = (kind, rule, start, end) => {
    out.push({ kind, rule, start, end, encodings: [], alone: true });
  };
  const judging = new Judging(plan, text, report);
  walkAnchors(plan, text, depth, judging);
  for (const index of judging.keywords ?? []) {
    const pattern = plan.patterns[index] as OperatorPattern;
    pattern.find(text, (start, end) => report(pattern.name, pattern.name, start, end));
  }
  const hasRuns = text.length >= RUN_BYTES_MIN;
  if (depth < DEPTH_MAX) {
    for (const each of judging.hidden ?? []) collectHidden(plan, text, each, depth, out);
    if (hasRuns) collectRuns(plan, text, depth, out, report);
  } else if (hasRuns && plan.wantsDiscord) {
    collectRuns(plan, text, depth, out, report);
  }
}

class Judging implements AnchorVisitor {
  /** The patterns of which a keyword stands in the text. */
  keywords: Set<number> | undefined;
  /** Stretches to be read again. */
  hidden: Hidden[] | undefined;
  readonly #detectors: readonly Detector[];
  readonly #text: ByteString;
  readonly #report: Report;
  readonly #context: NumberContext;
  /** From where each detector wants to be asked again. */
  #askAgain: Int32Array | undefined;

  constructor(plan: Plan, text: ByteString, report: Report) {
    this.#detectors = plan.detectors;
    this.#text = text;
    this.#report = report;
    this.#context = contextOf(plan);
  }

  onNumber(run: DigitRun): boolean {
    judgeNumber(run, this.#context, this.#report);
    return false;
  }

  onScattered(at: number): number {
    return judgeScattered(this.#text, at, this.#report);
  }

  onAccount(at: number): boolean {
    if (startsWord(this.#text, at)) judgeIban(this.#text, at, this.#report);
    return false;
  }

  onWriting(writing: Encoding, at: number): boolean {
    addHidden((this.hidden ??= []), writing, at, this.#text.length);
    return false;
  }

  onAnchor({ owner, literal }: Entry, start: number): boolean {
    if (owner >= PATTERN) (this.keywords ??= new Set()).add(owner - PATTERN);
    else if (owner === PHONE_WORD || owner === SSN_WORD) this.#onWord(owner, literal, start);
    else {
      const askAgain = (this.#askAgain ??= new Int32Array(this.#detectors.length));
      if (start >= (askAgain[owner] as number))
        askAgain[owner] = (this.#detectors[owner] as Detector).judge(this.#text, start, this.#report);
    }
    return false;
  }

  /** `telephone` ends in one of the words; `hotel.` does not. */
  #onWord(owner: number, literal: string, start: number): void {
    if (literal !== 'phone' && !startsWord(this.#text, start)) return;
    if (owner === PHONE_WORD) this.#context.phoneWordEnd = start + literal.length;
    else this.#context.ssnWordEnd = start + literal.length;
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
