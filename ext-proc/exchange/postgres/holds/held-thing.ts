/** Something that policy holds, whatever it is: a message that has not gone on, or the commit of what has run. */
import type { HoldMode, HoldTerms } from '../../../domain/approvals/hold-terms.ts';
import type { EventId } from '../../../domain/ids.ts';
import type { HeldAction } from '../../approvals/held-action.ts';
import type { RecordedApproval } from '../decider.ts';
import type { Refusal } from '../denial.ts';

export interface AskedUnder {
  readonly terms: HoldTerms;
  readonly mode: HoldMode;
  /** Of the record of what is held. */
  readonly eventId: EventId;
}

/** As it was judged at one moment. */
export interface HeldThing {
  readonly verdict: 'allow' | 'deny' | 'hold';
  /** Those of everything in it that is held; at least one where the verdict is `hold`. */
  readonly terms: readonly HoldTerms[];
  /** Why it cannot be held, whoever would approve it. */
  refusedOutright(terms: HoldTerms, mode: HoldMode): Refusal | undefined;
  /** What is asked for. Rejects where the catalogue cannot be read. */
  action(under: AskedUnder): Promise<HeldAction>;
  /**
   * A standing grant covers it: what its record says. `when-run`: one does where it changes no more rows than that allows,
   * which shows when it has run; `run` then.
   */
  granted(under: AskedUnder, action: HeldAction): Promise<RecordedApproval | 'when-run' | undefined>;
  /** It goes on so far that its commit can be held. */
  run(): Promise<void> | void;
  /** Policy denies it. */
  deny(): void;
  /** It does not go on, and the client is told why. */
  refuse(refusal: Refusal, outcome: 'denied' | 'cancelled' | 'aborted', approval: RecordedApproval): void;
  /** Records it and lets it go on, now. `approval` undefined: policy allows it by now. */
  forward(approval: RecordedApproval | undefined, action: HeldAction | undefined): Promise<void> | void;
}

export interface Held {
  /** Judges it again, as of now. Undefined: it does not go on, and the client knows or will be told. */
  readonly judge: () => Promise<HeldThing | undefined>;
}
