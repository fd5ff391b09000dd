/** What one message of a client's would run, as it was judged: the unit that is held. */
import type { HoldTerms } from '../../../domain/approvals/hold-terms.ts';
import type { DescribedStatement } from '../../../domain/statement.ts';
import type { BindMessage } from '../../../protocols/postgres/frontend.ts';
import type { Judgement, RecordedApproval } from '../decider.ts';
import type { TransactionState } from '../session-context.ts';

export interface JudgedText {
  readonly protocol: 'simple' | 'extended';
  readonly kind: 'postgres.query' | 'postgres.execute';
  /** As it goes, or went, to the server. */
  readonly text: string;
  /** As the client declares them. */
  readonly parameterTypes: readonly number[];
  /** Of the values, as far as they are known. */
  readonly valueTypes: readonly number[];
  readonly bind: BindMessage | undefined;
  /** One for each statement of the text, in order. */
  readonly judgements: readonly Judgement[];
  /** What it executes by name, prepared before. */
  readonly executes: readonly NamedText[];
}

export interface NamedText {
  readonly name: string;
  readonly statement: DescribedStatement;
}

export const verdictOf = ({ judgements }: JudgedText): 'allow' | 'deny' | 'hold' => {
  const says = (verdict: string): boolean => judgements.some(({ decision }) => decision.verdict === verdict);
  return says('deny') ? 'deny' : says('hold') ? 'hold' : 'allow';
};

export const isHeld = ({ decision }: Pick<Judgement, 'decision'>): boolean => decision.verdict === 'hold';

export const heldOf = ({ judgements }: JudgedText): readonly Judgement[] => judgements.filter(isHeld);

/** The terms under which each held statement is held. */
export const termsOf = (judged: JudgedText): readonly HoldTerms[] =>
  heldOf(judged).flatMap(({ decision }) => decision.hold ?? []);

/** What the record of one statement says: the first that is held has the event that the request names. */
export const recordedOf = (
  { judgements }: JudgedText,
  index: number,
  approval: RecordedApproval | undefined,
): RecordedApproval | undefined =>
  approval === undefined || index === judgements.findIndex(isHeld)
    ? approval
    : { ...approval, eventId: undefined };

const ENDS: ReadonlySet<string> = new Set(['COMMIT', 'PREPARE TRANSACTION', 'ROLLBACK']);

/**
 * Whether it does nothing but roll back a transaction that has failed (PostgreSQL 18, xact.c, EndTransactionBlock): there
 * is nothing to ask about, and a session that may not send it stays failed. Only where the server owes no answer is
 * `transaction` what it will be.
 */
export const onlyRollsBack = ({ judgements }: JudgedText, transaction: TransactionState): boolean =>
  transaction === 'failed' &&
  judgements.length === 1 &&
  judgements.every(({ statement }) => ENDS.has(statement.description.verb));

/** Policy holds it, and it commits nothing. */
export const ROLLS_BACK: RecordedApproval = {
  eventId: undefined,
  approvalId: undefined,
  details: { held: 'nothing' },
};

/** Nobody was asked about it. */
export const UNASKED: RecordedApproval = { eventId: undefined, approvalId: undefined, details: {} };
