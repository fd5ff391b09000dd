/** What a reviewer said of a request. Stored as text under a seal that binds it to the request's own. */
import type { ApprovalId } from './approval-request.ts';
import type { GrantScope } from './standing-grant.ts';

/** Who decides, as their login said. */
export interface Reviewer {
  readonly subject: string;
  readonly issuer: string;
  readonly groups: readonly string[];
  /** For people to read; never an identity. */
  readonly name: string;
  /** Other names of the same account: `email`, `preferred_username`, `upn` where the issuer says them. */
  readonly accounts: readonly string[];
  /** As of `Requester.person`. */
  readonly person: string | undefined;
}

export type ReviewVerdict = 'approve' | 'deny';
export type ReviewChannel = 'console' | 'cli' | 'webhook' | 'slack' | 'teams';

export interface ReviewDecision {
  readonly approvalId: ApprovalId;
  readonly verdict: ReviewVerdict;
  readonly reviewer: Reviewer;
  /** The reviewer's words; may be empty for an approval. */
  readonly reason: string;
  readonly channel: ReviewChannel;
  /** Alone, in an emergency: one of `breakGlassGroups`. */
  readonly breakGlass: boolean;
  /** The action digest that was on show. */
  readonly actionDigest: string;
  /** Milliseconds since the epoch by the store's clock. */
  readonly decidedAtMs: number;
  /** That this reviewer would approve more than the one action; given where all who approve it would. */
  readonly grant?: ReviewGrant | undefined;
}

export interface ReviewGrant {
  readonly minutes: number;
  readonly scope: GrantScope;
}

export const REVIEW_REASON_CHARACTERS_MAX = 1_000;

/** The same for one person's account; a person decides a request once. */
export const reviewerKey = ({ subject, issuer }: Pick<Reviewer, 'subject' | 'issuer'>): string =>
  JSON.stringify([issuer, subject]);
