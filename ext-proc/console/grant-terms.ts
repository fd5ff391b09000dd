/** What a standing grant may be, by the terms of the request that it is given with. Pure. */
import type { ApprovalRequest } from '../domain/approvals/approval-request.ts';
import type { ReviewDecision, ReviewGrant } from '../domain/approvals/review-decision.ts';
import type { GrantScope } from '../domain/approvals/standing-grant.ts';

/** Where literals may vary, an action of a database needs a bound on the rows that it changes. */
export function grantScopes(request: ApprovalRequest): readonly GrantScope[] {
  const { grant } = request.terms;
  if (grant === undefined) return [];
  const isBounded = request.protocol !== 'postgres' || grant.rowsMax !== undefined;
  return request.similarKey !== '' && isBounded ? ['nothing', 'literals'] : ['nothing'];
}

/** Why this grant cannot be asked for; undefined where it can. */
export function grantRefusal(request: ApprovalRequest, asked: ReviewGrant): string | undefined {
  const { grant } = request.terms;
  if (grant === undefined) return 'The policy does not let this be approved for more than the one action.';
  if (asked.minutes > grant.minutesMax) return `The policy lets it be approved for ${grant.minutesMax} minutes at most.`;
  if (!grantScopes(request).includes(asked.scope))
    return 'The policy does not bound how much of this kind may be done: only the very same action can be approved for a while.';
  return undefined;
}

/**
 * What all who approve agree to: the shortest time and the narrowest scope. Undefined where one of them agreed to the one
 * action only, and where an emergency stood for the others.
 */
export function agreedGrant(decisions: readonly ReviewDecision[]): ReviewGrant | undefined {
  const approvals = decisions.filter(({ verdict }) => verdict === 'approve');
  const grants = approvals.flatMap(({ grant, breakGlass }) => (grant === undefined || breakGlass ? [] : [grant]));
  if (grants.length === 0 || grants.length < approvals.length) return undefined;
  return {
    minutes: Math.min(...grants.map(({ minutes }) => minutes)),
    scope: grants.every(({ scope }) => scope === 'literals') ? 'literals' : 'nothing',
  };
}
