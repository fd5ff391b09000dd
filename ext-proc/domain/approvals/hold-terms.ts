/**
 * What policy asks of a held action: who must agree, until when, and how the one who asked waits. Read from a decision's
 * `hold` member (`policies-rego/schemas/decision.v1.json`); anything that is not in form is a denial (I2).
 */

/**
 * - `wait`: the stream stays open, and the action goes through it once it is approved.
 * - `retry`: the action is refused now; the very same again goes through once, on any stream of the same principal.
 */
export type HoldMode = 'wait' | 'retry';

/** `commit`: what is held is not the statement but the commit of what it did (PostgreSQL). */
export type HoldStage = 'action' | 'commit';

/** Who must agree: `count` different people, each of one of the groups or named. */
export interface ReviewRequirement {
  /** The rule that asks for it. */
  readonly rule: string;
  readonly groups: readonly string[];
  /** Subjects of people. */
  readonly people: readonly string[];
  readonly count: number;
}

/** How far a reviewer may approve more than the one action. */
export interface GrantTerms {
  readonly minutesMax: number;
  /** Rows that one use may change; undefined where the protocol has none. */
  readonly rowsMax: number | undefined;
}

export interface HoldTerms {
  /** Undefined: what is usual for the protocol. */
  readonly mode: HoldMode | undefined;
  readonly stage: HoldStage;
  /** At least one; every one of them must be met. One person may count for several, and once for each. */
  readonly requirements: readonly ReviewRequirement[];
  /** From the request to the last decision. */
  readonly deadlineMs: number;
  /** The same inside an open transaction block, whose locks others wait for. */
  readonly transactionMs: number;
  /** From the last decision to the action's being sent again, where it is sent again. */
  readonly useWithinMs: number;
  /** To the reviewers, of the rule's author; may be empty. */
  readonly text: string;
  /** Undefined: the one action only. */
  readonly grant: GrantTerms | undefined;
  /** Groups that may approve alone in an emergency, which is recorded and told as such. */
  readonly breakGlassGroups: readonly string[];
}

/** Bounds of what policy may ask for. */
export const HOLD_BOUNDS = {
  requirementsMax: 20,
  reviewersMax: 100,
  countMax: 10,
  deadlineMsMax: 7 * 24 * 3_600_000,
  textCharactersMax: 2_000,
  grantMinutesMax: 24 * 60,
} as const;
