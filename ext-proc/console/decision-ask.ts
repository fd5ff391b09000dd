/**
 * What a reviewer asks for, and why nothing is decided where it may not be: who decides (four eyes), what was on show, and
 * whether a reason is there that must be. Pure.
 */
import type { ApprovalRequest } from '../domain/approvals/approval-request.ts';
import type { ApprovalState } from '../domain/approvals/approval-state.ts';
import { breakGlassRight, reviewRight, type ReviewRight } from '../domain/approvals/four-eyes.ts';
import {
  REVIEW_REASON_CHARACTERS_MAX,
  type ReviewChannel,
  type ReviewGrant,
  type ReviewVerdict,
  type Reviewer,
} from '../domain/approvals/review-decision.ts';

export interface DecisionAsk {
  /** As it came; need not be an id. */
  readonly id: string;
  readonly verdict: ReviewVerdict;
  readonly reviewer: Reviewer;
  readonly reason: string;
  readonly channel: ReviewChannel;
  /** The digest that was on show. */
  readonly actionDigest: string;
  readonly breakGlass?: boolean | undefined;
  readonly grant?: ReviewGrant | undefined;
}

/** Nothing has been decided. `status`: what HTTP calls it. */
export interface DecisionRefused {
  readonly kind: 'refused';
  readonly status: 400 | 403 | 404 | 409 | 503;
  readonly code: string;
  readonly publicMessage: string;
}

export function unfitAsk(request: ApprovalRequest, ask: DecisionAsk): DecisionRefused | undefined {
  const { reviewer, breakGlass = false, verdict, reason } = ask;
  if (breakGlass && verdict === 'deny') {
    return refused(400, 'GH_REVIEW_VERDICT', 'A denial needs no emergency: deny it in the ordinary way.');
  }
  const right: ReviewRight = breakGlass ? breakGlassRight(request, reviewer) : reviewRight(request, reviewer);
  if (!right.may) return refused(403, right.code, right.publicMessage);
  if (ask.actionDigest !== request.actionDigest) {
    return refused(
      409,
      'GH_REVIEW_DIGEST',
      'What you were shown is not what would be decided: look at it again, then decide.',
    );
  }
  if (reason.length > REVIEW_REASON_CHARACTERS_MAX) {
    return refused(
      400,
      'GH_REVIEW_REASON',
      `Give a reason of at most ${REVIEW_REASON_CHARACTERS_MAX} characters.`,
    );
  }
  if (reason === '' && (verdict === 'deny' || breakGlass)) {
    return refused(
      400,
      'GH_REVIEW_REASON',
      breakGlass ? 'An approval in an emergency needs a reason.' : 'A denial needs a reason.',
    );
  }
  return undefined;
}

/** Attempts that an auditor wants to know of; the others are slips. */
export const RECORDED_REFUSALS: readonly string[] = [
  'GH_REVIEW_OWN_REQUEST',
  'GH_REVIEW_NOT_ASKED',
  'GH_REVIEW_NO_BREAK_GLASS',
  'GH_REVIEW_DIGEST',
];

export const refused = (
  status: DecisionRefused['status'],
  code: string,
  publicMessage: string,
): DecisionRefused => ({
  kind: 'refused',
  status,
  code,
  publicMessage,
});

export const UNKNOWN = refused(404, 'GH_REVIEW_UNKNOWN', 'There is no such request; list those that wait.');
export const AGAIN = refused(
  409,
  'GH_REVIEW_AGAIN',
  'You have decided this request before; a decision stands.',
);

export const closed = (state: ApprovalState): DecisionRefused =>
  refused(409, 'GH_REVIEW_CLOSED', `This can no longer be decided: it is ${state}.`);
