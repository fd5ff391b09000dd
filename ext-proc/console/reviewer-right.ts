/** Whether somebody may decide a request now, as the console sees it: what policy and time leave of the right. Pure. */
import { breakGlassRight, reviewRight, type ReviewRight } from '../domain/approvals/four-eyes.ts';
import { reviewerKey, type Reviewer } from '../domain/approvals/review-decision.ts';
import type { ApprovalStatus } from '../exchange/approvals/approval-status.ts';

export interface Reader {
  readonly reviewer: Reviewer;
  /** Sees everything and decides nothing. */
  readonly isAuditorOnly: boolean;
}

export function rightNow(
  status: Pick<ApprovalStatus, 'request' | 'state' | 'decisions'>,
  reader: Reader,
  breakGlass: boolean,
  nowMs: number,
): ReviewRight {
  const { request, state, decisions } = status;
  const { reviewer } = reader;
  if (state !== 'pending' || nowMs >= request.decideByMs)
    return no('GH_REVIEW_CLOSED', 'It can no longer be decided: it has been, or its time has passed.');
  if (reader.isAuditorOnly) return AUDITOR;
  const right = (breakGlass ? breakGlassRight : reviewRight)(request, reviewer);
  if (!right.may) return right;
  if (decisions.some((each) => reviewerKey(each.reviewer) === reviewerKey(reviewer)))
    return no('GH_REVIEW_AGAIN', 'You have decided this before; somebody else must too.');
  return right;
}

export const AUDITOR = {
  may: false,
  code: 'GH_REVIEW_AUDITOR',
  publicMessage: 'You are here as an auditor: auditors see everything and decide nothing.',
} as const;

const no = (code: string, publicMessage: string): ReviewRight => ({ may: false, code, publicMessage });
