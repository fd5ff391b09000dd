/** What has become of a request: what the store says, and what of it the seals bear out. */
import type { ApprovalRequest } from '../../domain/approvals/approval-request.ts';
import { judgeDecisions, type ApprovalState } from '../../domain/approvals/approval-state.ts';
import type { StoredApproval } from '../../domain/approvals/approval-store.ts';
import type { ReviewDecision } from '../../domain/approvals/review-decision.ts';
import type { ApprovalSeals } from '../../domain/approvals/seals.ts';

/** What has become of a request, its decisions checked. */
export interface ApprovalStatus {
  readonly request: ApprovalRequest;
  readonly state: ApprovalState;
  readonly decisions: readonly ReviewDecision[];
  readonly agreed: number;
  readonly needed: number;
  readonly why: string;
}

/**
 * A stored approval with everything in it checked; undefined where its own seal does not fit. What the store says of its
 * state counts only where the decisions that fit bear it out.
 */
export function readStatus(seals: ApprovalSeals, stored: StoredApproval): ApprovalStatus | undefined {
  const request = seals.openRequest(stored.request);
  if (request === undefined || request.id !== stored.id) return undefined;
  const decisions = stored.decisions.flatMap((sealed) => seals.openDecision(sealed, stored.request) ?? []);
  const judged = judgeDecisions(request, decisions);
  const state =
    stored.state === 'approved' || stored.state === 'pending'
      ? openState(stored.state, judged.state)
      : stored.state;
  return { request, state, decisions, agreed: judged.agreed, needed: judged.needed, why: stored.why };
}

/** A denial counts wherever it is found, and an approval only where both agree. */
const openState = (
  said: 'approved' | 'pending',
  judged: 'pending' | 'approved' | 'denied',
): 'pending' | 'approved' | 'denied' =>
  judged === 'denied' ? 'denied' : said === 'approved' ? judged : said;

/** What is said of a request that the store could not be asked for. */
export const unread = (request: ApprovalRequest): ApprovalStatus => ({
  request,
  state: 'pending',
  decisions: [],
  agreed: 0,
  needed: judgeDecisions(request, []).needed,
  why: '',
});
