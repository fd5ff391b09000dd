/** A standing grant as a store keeps it. */
import type { NewGrant } from './approval-store.ts';
import type { ApprovalSeals } from './seals.ts';
import type { StandingGrant } from './standing-grant.ts';

/** Beside the sealed text stands what a store finds it by. */
export const sealedGrant = (grant: StandingGrant, seals: Pick<ApprovalSeals, 'sealGrant'>): NewGrant => ({
  id: grant.id,
  grant: seals.sealGrant(grant),
  principal: grant.principalKey,
  upstream: grant.upstream,
  actionDigest: grant.actionDigest,
  similarKey: grant.similarKey,
  createdAtMs: grant.createdAtMs,
  expiresAtMs: grant.expiresAtMs,
});
