/**
 * How far an approval, or a grant, that let a portal be bound reaches: to the Execute that follows it, as drivers send
 * it. A portal that is kept is asked about anew, or what was approved would have no end: a transaction block may stay open
 * for hours, what is approved may mean something else by then, and a grant may be over or revoked. Pure.
 */
import type { StatementPortal } from '../prepared.ts';

/** From Bind to Execute: some drivers wait for the answer to the one before they send the other. */
export const BOUND_APPROVAL_MS_MAX = 10_000;

/** Where a session is. */
export interface SessionMoment {
  /** Binds and statements that have gone on so far. */
  readonly taken: number;
  /** Monotonic. */
  readonly nowMs: number;
}

/** Whether the first Execute of a portal is not the one that was approved. `now` is asked only of what was approved. */
export function outlivesApproval(
  { approvedAt }: Pick<StatementPortal, 'approvedAt'>,
  now: () => SessionMoment,
): boolean {
  if (approvedAt === undefined) return false;
  const { taken, nowMs } = now();
  return taken !== approvedAt.taken || nowMs - approvedAt.nowMs > BOUND_APPROVAL_MS_MAX;
}
