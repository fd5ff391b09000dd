/** What is kept of a request while it waits, which is little: there may be a thousand; and how long it may wait. */
import type { ApprovalRequest } from '../../../domain/approvals/approval-request.ts';
import type { ApprovalDesk } from '../../approvals/approval-desk.ts';
import { reviewersOf, withoutView } from '../../approvals/approval-request-of.ts';
import type { HeldAction } from '../../approvals/held-action.ts';
import { utc, type ToldWait } from './hold-words.ts';

export interface Wait {
  /** Without its view. */
  readonly request: ApprovalRequest;
  readonly told: ToldWait;
}

export const waitOf = (
  request: ApprovalRequest,
  desk: ApprovalDesk,
  { inTransaction }: HeldAction,
): Wait => ({
  request: withoutView(request),
  told: {
    id: request.id,
    words: request.view.words,
    reviewers: reviewersOf(request),
    decideByMs: request.decideByMs,
    link: desk.linkOf(request.id),
    inTransaction,
  },
});

/** A reviewer is told where the session may end before the time that policy gives is over. */
export function endingWithToken(tokenExpiresAtMs: number, nowMs: number, action: HeldAction): HeldAction {
  const { view, terms, inTransaction } = action;
  const deadlineMs = inTransaction ? Math.min(terms.deadlineMs, terms.transactionMs) : terms.deadlineMs;
  if (tokenExpiresAtMs >= nowMs + deadlineMs) return action;
  const warning = `Its session ends with its token at ${utc(tokenExpiresAtMs)}, unless that is renewed before.`;
  return { ...action, view: { ...view, warnings: [...view.warnings, warning] } };
}
