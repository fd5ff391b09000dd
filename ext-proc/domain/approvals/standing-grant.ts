/**
 * A reviewer's agreement to more than one action: this kind of action, of this principal, on this upstream, for some
 * minutes. Stored as text under a seal, as requests are.
 */
import type { ApprovalId } from './approval-request.ts';
import type { Reviewer } from './review-decision.ts';

declare const grantBrand: unique symbol;
export type GrantId = string & { readonly [grantBrand]: true };

/**
 * What may differ between the uses of a grant.
 * - `nothing`: the very same action again, any number of times.
 * - `literals`: the same kind of action (`similarKey`) with other values in it.
 */
export type GrantScope = 'nothing' | 'literals';

export interface StandingGrant {
  readonly id: GrantId;
  /** The request that it was given with. */
  readonly approvalId: ApprovalId;
  readonly principalKey: string;
  readonly upstream: string;
  readonly protocol: string;
  /** The rule that held: a grant answers no other. */
  readonly rule: string;
  readonly scope: GrantScope;
  readonly actionDigest: string;
  /** As of the request: where its names stand for something else, nobody has agreed to it. */
  readonly meaningDigest: string;
  readonly similarKey: string;
  /** Rows that one use may change; undefined where the protocol has none. */
  readonly rowsMax: number | undefined;
  readonly reviewers: readonly Reviewer[];
  readonly reason: string;
  readonly bundleHash: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}
