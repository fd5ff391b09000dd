/**
 * Who may decide a request: somebody whom policy names, and never the one who asks. Pure; asked when a decision comes in,
 * and again by the worker that releases the action.
 */
import type { ApprovalRequest, Requester } from './approval-request.ts';
import type { ReviewRequirement } from './hold-terms.ts';
import type { Reviewer } from './review-decision.ts';

export type ReviewRight =
  | { readonly may: true }
  /** `code` is stable; the sentence is for the reviewer. */
  | { readonly may: false; readonly code: string; readonly publicMessage: string };

/** Whether the reviewer may approve or deny it in the ordinary way. */
export function reviewRight(request: ApprovalRequest, reviewer: Reviewer): ReviewRight {
  const own = ownRequest(request.requester, reviewer);
  if (own !== undefined) return own;
  if (request.terms.requirements.some((requirement) => isAsked(requirement, reviewer))) return { may: true };
  return {
    may: false,
    code: 'GH_REVIEW_NOT_ASKED',
    publicMessage: 'The policy does not name you or a group of yours as a reviewer of this action.',
  };
}

/** Whether the reviewer may approve it alone, in an emergency. */
export function breakGlassRight(request: ApprovalRequest, reviewer: Reviewer): ReviewRight {
  const own = ownRequest(request.requester, reviewer);
  if (own !== undefined) return own;
  if (mayBreakGlass(request.terms.breakGlassGroups, reviewer)) return { may: true };
  return {
    may: false,
    code: 'GH_REVIEW_NO_BREAK_GLASS',
    publicMessage: 'No group of yours may approve this action alone in an emergency.',
  };
}

export const isAsked = ({ groups, people }: ReviewRequirement, reviewer: Reviewer): boolean =>
  people.includes(reviewer.subject) || reviewer.groups.some((group) => groups.includes(group));

export const mayBreakGlass = (breakGlassGroups: readonly string[], { groups }: Reviewer): boolean =>
  groups.some((group) => breakGlassGroups.includes(group));

function ownRequest(requester: Requester, reviewer: Reviewer): ReviewRight | undefined {
  if (!isSamePerson(requester, reviewer)) return undefined;
  return {
    may: false,
    code: 'GH_REVIEW_OWN_REQUEST',
    publicMessage:
      'This is your own request, or one of an agent that acts for you: somebody else must decide it.',
  };
}

/**
 * Whatever the issuers: names of people are compared without their case, since directories do not tell cases apart, and
 * an agent's own name counts like its human's. A name of the requester's account takes the right to decide, and gives none,
 * not even that to see the request (`isRequester`).
 */
const isSamePerson = (requester: Requester, reviewer: Reviewer): boolean =>
  isRequester(requester, reviewer) || sharesName(requester.accounts ?? [], reviewer);

/** Whether the reviewer is who asks, by subject or person: they may see their own request. */
export function isRequester(requester: Requester, reviewer: Reviewer): boolean {
  if (requester.person !== undefined && requester.person === reviewer.person) return true;
  return sharesName([requester.subject, requester.onBehalfOf], reviewer);
}

function sharesName(names: readonly (string | undefined)[], reviewer: Reviewer): boolean {
  const asking = names.flatMap((each) => (each === undefined || each === '' ? [] : [folded(each)]));
  return [reviewer.subject, ...reviewer.accounts].some((each) => asking.includes(folded(each)));
}

/**
 * Whether two decisions are one person's: of one account, of two that the issuers say are one person's, or of two of one
 * issuer that share a name, as `bob` and `bob-admin` do whose e-mail address is the same.
 */
export function isSameReviewer(left: Reviewer, right: Reviewer): boolean {
  if (left.person !== undefined && left.person === right.person) return true;
  if (left.issuer !== right.issuer) return false;
  const names = new Set([left.subject, ...left.accounts].map(folded));
  return [right.subject, ...right.accounts].some((each) => names.has(folded(each)));
}

const folded = (name: string): string => name.normalize('NFKC').toLowerCase();
