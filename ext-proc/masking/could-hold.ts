/**
 * What the parts of a text could hold, asked before anybody knows where values begin and end in it: of each anchor, run of
 * digits and form of writing only what would hold for every longer text as well.
 */
import type { Entry } from './anchor-table.ts';
import { type AnchorVisitor, walkAnchors } from './anchor-walk.ts';
import type { ByteString } from './byte-string.ts';
import type { Detector } from './detector.ts';
import { couldBeScattered } from './detectors/altered-card.ts';
import { couldBeDiscord } from './detectors/chat-token.ts';
import type { DigitRun } from './detectors/digit-run.ts';
import { ibanEnd } from './detectors/iban.ts';
import { encodedRuns } from './encodings/encoded-runs.ts';
import { encodedStretches } from './encodings/encoded-stretches.ts';
import { couldBeNumber, type NumberContext } from './number-judge.ts';
import { contextOf, DEPTH_MAX, PATTERN, PHONE_WORD, type Plan, SSN_WORD } from './scan-plan.ts';

/**
 * Whether the text, or any longer one that it is part of, could hold something, whatever stands around it. False is
 * certain: nothing is found in any part of it. It says yes as soon as it may.
 */
export const couldHold = (plan: Plan, text: ByteString, depth: number): boolean =>
  walkAnchors(plan, text, depth, new Asking(plan, text)) ||
  encodedRuns(
    text,
    (run) =>
      (plan.wantsDiscord && text[run.end] === '.' && couldBeDiscord(text, run.start, run.end)) ||
      (depth < DEPTH_MAX &&
        encodedStretches(text, run, ({ decoded }) => couldHold(plan, decoded, depth + 1))),
  );

class Asking implements AnchorVisitor {
  readonly #detectors: readonly Detector[];
  readonly #text: ByteString;
  readonly #context: NumberContext;

  constructor(plan: Plan, text: ByteString) {
    this.#detectors = plan.detectors;
    this.#text = text;
    this.#context = contextOf(plan);
  }

  onNumber(run: DigitRun): boolean {
    return couldBeNumber(run, this.#context);
  }

  onScattered(at: number): number {
    const { could, next } = couldBeScattered(this.#text, at);
    return could ? Infinity : next;
  }

  onAccount(at: number): boolean {
    return ibanEnd(this.#text, at) >= 0;
  }

  onWriting(): boolean {
    return true;
  }

  onAnchor({ owner, literal }: Entry, start: number): boolean {
    if (owner === PHONE_WORD) this.#context.phoneWordEnd = start + literal.length;
    else if (owner === SSN_WORD) this.#context.ssnWordEnd = start + literal.length;
    else return owner >= PATTERN || ((this.#detectors[owner] as Detector).could?.(this.#text, start) ?? true);
    return false;
  }
}
