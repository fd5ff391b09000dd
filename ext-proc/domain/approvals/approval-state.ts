/**
 * What decisions make of a request. Pure. `pending` is the only state that decisions change; a store changes states, and
 * whoever releases bytes judges the decisions anew (`judgeDecisions`) and believes the store only in what it withholds.
 */
import type { ApprovalRequest } from './approval-request.ts';
import { breakGlassRight, isAsked, isSameReviewer, reviewRight } from './four-eyes.ts';
import type { ReviewDecision, Reviewer } from './review-decision.ts';

/**
 * - `approved`: enough people agree; it may be released once.
 * - `expired`: nobody decided in time, or an approval was not used in time.
 * - `cancelled`: the one who asked went away, or asked for it to be cancelled.
 * - `abandoned`: the worker that held its stream died.
 * - `released`: it was let through. Final, as all but `pending` and `approved` are.
 */
export const APPROVAL_STATES = [
  'pending',
  'approved',
  'denied',
  'expired',
  'cancelled',
  'abandoned',
  'released',
] as const;
export type ApprovalState = (typeof APPROVAL_STATES)[number];

export const isFinal = (state: ApprovalState): boolean => state !== 'pending' && state !== 'approved';

export interface Judged {
  readonly state: 'pending' | 'approved' | 'denied';
  /** Agreements that count, and how many it takes, all requirements together. */
  readonly agreed: number;
  readonly needed: number;
}

/**
 * One denial of somebody who was asked denies. Otherwise every requirement needs its number of different people; one
 * approval in an emergency stands for all. A decision of somebody who may not, of another digest, or made too late
 * counts for nothing.
 */
export function judgeDecisions(request: ApprovalRequest, decisions: readonly ReviewDecision[]): Judged {
  const { requirements } = request.terms;
  const needed = requirements.reduce((sum, { count }) => sum + count, 0);
  const counting = decisions.filter((decision) => counts(request, decision));
  if (counting.some(({ verdict }) => verdict === 'deny')) return { state: 'denied', agreed: 0, needed };
  const agreed = requirements.reduce((sum, requirement) => {
    const asked = counting.map(({ reviewer }) => reviewer).filter((each) => isAsked(requirement, each));
    return sum + Math.min(peopleIn(asked), requirement.count);
  }, 0);
  const isEnough = requirements.length > 0 && agreed === needed;
  const isEmergency = counting.some(({ breakGlass }) => breakGlass);
  return { state: isEnough || isEmergency ? 'approved' : 'pending', agreed, needed };
}

function counts(request: ApprovalRequest, decision: ReviewDecision): boolean {
  if (decision.approvalId !== request.id || decision.actionDigest !== request.actionDigest) return false;
  if (decision.decidedAtMs > request.decideByMs) return false;
  const right = decision.breakGlass
    ? breakGlassRight(request, decision.reviewer)
    : reviewRight(request, decision.reviewer);
  return right.may;
}

/** Accounts of one person count once, also where a third one shows that two others are. */
function peopleIn(reviewers: readonly Reviewer[]): number {
  let people: (readonly Reviewer[])[] = [];
  for (const reviewer of reviewers) {
    const isTheirs = (accounts: readonly Reviewer[]): boolean =>
      accounts.some((account) => isSameReviewer(account, reviewer));
    const same = people.filter(isTheirs);
    people = [...people.filter((accounts) => !same.includes(accounts)), [...same.flat(), reviewer]];
  }
  return people.length;
}
