/**
 * The approvals store as workers and the console need it: one contract, kept by SQLite on one machine and by PostgreSQL
 * for a fleet (`adapters/approvals`), with one test suite for both.
 *
 * A store keeps texts under seals, which it neither makes nor checks, beside what it looks them up by. What it promises:
 * every method that changes something resolves once that survives a kill of the process and of the machine; of two
 * callers who want the one thing that can be had once, one gets it. Every method rejects with GH_APPROVALS_UNAVAILABLE
 * where the store cannot be used, and whoever asked denies (I2).
 */
import type { EventId, SessionId } from '../ids.ts';
import type { ApprovalId } from './approval-request.ts';
import type { ApprovalState } from './approval-state.ts';
import type { HoldMode } from './hold-terms.ts';
import type { Sealed } from './seals.ts';
import type { GrantId } from './standing-grant.ts';

export interface NewApproval {
  readonly id: ApprovalId;
  readonly request: Sealed;
  readonly mode: HoldMode;
  /** `principalKey` of the requester. */
  readonly principal: string;
  readonly upstream: string;
  readonly actionDigest: string;
  readonly similarKey: string;
  readonly sessionId: SessionId;
  readonly createdAtMs: number;
  readonly decideByMs: number;
  readonly useByMs: number;
  /** Lower-case words for a search: subject, upstream, rule, the payload's beginning. Masked. */
  readonly searchText: string;
  /** Channels that are to be told of it, asked for in the same transaction. */
  readonly notify: readonly string[];
}

export interface StoredApproval {
  readonly id: ApprovalId;
  readonly request: Sealed;
  /** In the order in which they came. */
  readonly decisions: readonly Sealed[];
  readonly state: ApprovalState;
  readonly stateSinceMs: number;
  /** Why it is `cancelled`, `expired` or `abandoned`: a stable code; else empty. */
  readonly why: string;
  /** The event of the action that was let through by it. */
  readonly releasedBy: EventId | undefined;
  /** How often the same action was asked for again while it was pending. */
  readonly repeats: number;
}

export interface OpenLimits {
  /** Requests of one principal that may be pending at once. */
  readonly pendingPerPrincipal: number;
  /** And of all together. */
  readonly pendingMax: number;
}

export type Opened =
  | { readonly kind: 'opened' }
  /** The same action of the same principal waits already (`retry`): that one stands for both. */
  | { readonly kind: 'joined'; readonly id: ApprovalId }
  | { readonly kind: 'too-many'; readonly of: 'principal' | 'all' };

export type Decided =
  | { readonly kind: 'decided'; readonly state: 'pending' | 'approved' | 'denied' }
  /** It can no longer be decided. */
  | { readonly kind: 'closed'; readonly state: ApprovalState }
  /** This reviewer has decided it before. */
  | { readonly kind: 'again' }
  | { readonly kind: 'unknown' };

export interface ApprovalFilter {
  /** Undefined: any. */
  readonly states?: readonly ApprovalState[] | undefined;
  readonly similarKey?: string | undefined;
  readonly principal?: string | undefined;
  readonly sessionId?: SessionId | undefined;
  /** Every word of it is in `searchText`. */
  readonly words?: string | undefined;
  /** Those older than this one, for paging; newest first. */
  readonly before?: ApprovalId | undefined;
  readonly limit: number;
}

export interface NewGrant {
  readonly id: GrantId;
  readonly grant: Sealed;
  readonly principal: string;
  readonly upstream: string;
  readonly actionDigest: string;
  readonly similarKey: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** Of standing grants a store gives no more at once, whatever `limit` asks for: a page of fewer is the last one. */
export const GRANTS_LISTED_MAX = 1_000;

export interface GrantPage {
  /** Unexpired and not revoked, or else those that are over. */
  readonly isGood: boolean;
  /** Up to `GRANTS_LISTED_MAX`. */
  readonly limit: number;
  /** Those that come after this one. */
  readonly after?: GrantId | undefined;
}

export interface StoredGrant {
  readonly id: GrantId;
  readonly grant: Sealed;
  readonly uses: number;
  readonly revokedAtMs: number | undefined;
  readonly revokedBy: string;
}

/** A notification that is to be delivered. */
export interface DueNotification {
  readonly id: ApprovalId;
  /** The channel's configured name. */
  readonly channel: string;
  readonly about: 'requested' | 'decided';
  /** From 1. */
  readonly attempt: number;
}

export interface ApprovalStore {
  /** Milliseconds since the epoch by the store's own clock, which all who use the store share; never throws. */
  nowMs(): number;
  open(approval: NewApproval, limits: OpenLimits): Promise<Opened>;
  get(id: ApprovalId): Promise<StoredApproval | undefined>;
  /**
   * Of this action and mode `retry`: the newest that is approved, or else one that is pending, or else one that was denied
   * and could still be decided by its time: a denial stands for as long.
   */
  findForAction(principal: string, actionDigest: string): Promise<StoredApproval | undefined>;
  list(filter: ApprovalFilter): Promise<readonly StoredApproval[]>;
  /**
   * Adds a decision to a pending approval whose time has not passed. `judge` is handed all of its decisions with the new
   * one, within the store's own transaction, and says what they make of it; it may throw, which changes nothing.
   */
  decide(
    id: ApprovalId,
    reviewer: string,
    decision: Sealed,
    judge: (decisions: readonly Sealed[]) => 'pending' | 'approved' | 'denied',
  ): Promise<Decided>;
  /** From `approved` to `released`, once among all callers, and before `useByMs`. */
  release(id: ApprovalId, eventId: EventId): Promise<boolean>;
  /** From `pending` or `approved` to `cancelled`; false where it was neither. */
  cancel(id: ApprovalId, why: string): Promise<boolean>;
  /** The same of every approval of mode `wait` of a session: those it changed. */
  cancelSession(sessionId: SessionId, why: string): Promise<readonly ApprovalId[]>;
  /** This process still holds the streams of these (`wait`); asked for again within `LEASE_MS`, or they are abandoned. */
  keepAlive(ids: readonly ApprovalId[]): Promise<void>;
  /**
   * Ends what time has ended: pending past `decideByMs` and approved past `useByMs` are `expired`, `wait` without a
   * sign of life is `abandoned`. Each is in the answer of one caller only.
   */
  sweep(): Promise<readonly StoredApproval[]>;
  /**
   * Calls back with ids whose state or decisions may have changed, by whichever process, within 250 ms; may call more
   * often than something changed. Returns an unsubscribe function.
   */
  onChange(listener: (ids: readonly ApprovalId[]) => void): () => void;

  putGrant(grant: NewGrant): Promise<void>;
  /** Unexpired and not revoked, for this principal and upstream. */
  grantsFor(principal: string, upstream: string): Promise<readonly StoredGrant[]>;
  /** Newest first. */
  listGrants(page: GrantPage): Promise<readonly StoredGrant[]>;
  /** Whether or not it is over. */
  getGrant(id: GrantId): Promise<StoredGrant | undefined>;
  /** Counts a use; false where it is revoked or expired. */
  useGrant(id: GrantId): Promise<boolean>;
  /** False where there is none that is good. */
  revokeGrant(id: GrantId, by: string): Promise<boolean>;

  /** Asks for a notification of each channel that a request's outcome is known, once for each. */
  notifyDecided(id: ApprovalId, channels: readonly string[]): Promise<void>;
  /** Takes some that are due, for `leaseMs`: no other caller gets them meanwhile. */
  takeNotifications(limit: number, leaseMs: number): Promise<readonly DueNotification[]>;
  /** Delivered, or to be tried again in so many milliseconds; undefined is never again. */
  settleNotification(
    due: DueNotification,
    outcome:
      { readonly delivered: true } | { readonly delivered: false; readonly againInMs: number | undefined },
  ): Promise<void>;

  close(): Promise<void>;
}

/** A `wait` whose worker has not been heard of for so long is abandoned. */
export const LEASE_MS = 10_000;
