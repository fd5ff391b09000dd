/** Rows as both stores read them, and what callers get of them. */
import type { ApprovalId } from '../../domain/approvals/approval-request.ts';
import type { ApprovalState } from '../../domain/approvals/approval-state.ts';
import type { StoredApproval, StoredGrant } from '../../domain/approvals/approval-store.ts';
import type { Sealed } from '../../domain/approvals/seals.ts';
import type { GrantId } from '../../domain/approvals/standing-grant.ts';
import { asEventId } from '../../domain/ids.ts';

/** `text` and `seal` are the request's. */
export interface ApprovalRow extends Sealed {
  readonly id: string;
  readonly state: ApprovalState;
  readonly state_since_ms: number;
  readonly why: string;
  readonly released_by: string | null;
  readonly repeats: number;
}

export const storedApproval = (row: ApprovalRow, decisions: readonly Sealed[]): StoredApproval => ({
  id: row.id as ApprovalId,
  request: { text: row.text, seal: row.seal },
  decisions,
  state: row.state,
  stateSinceMs: row.state_since_ms,
  why: row.why,
  releasedBy: row.released_by === null ? undefined : asEventId(row.released_by),
  repeats: row.repeats,
});

/** `text` and `seal` are the grant's. */
export interface GrantRow extends Sealed {
  readonly id: string;
  readonly uses: number;
  readonly revoked_at_ms: number | null;
  readonly revoked_by: string;
}

export const storedGrant = (row: GrantRow): StoredGrant => ({
  id: row.id as GrantId,
  grant: { text: row.text, seal: row.seal },
  uses: row.uses,
  revokedAtMs: row.revoked_at_ms ?? undefined,
  revokedBy: row.revoked_by,
});
