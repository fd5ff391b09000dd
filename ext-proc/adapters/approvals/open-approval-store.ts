/** The approvals store that the configuration names. */
import type { ApprovalsStoreConfig } from '../../config/approvals-config.ts';
import type { ApprovalStore } from '../../domain/approvals/approval-store.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Log } from '../../domain/log.ts';
import { openSqliteStore } from './sqlite/sqlite-store.ts';

export interface ApprovalStoreOptions {
  readonly store: ApprovalsStoreConfig;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Opens the store, made where missing. Rejects with GH_APPROVALS_FILE or GH_APPROVALS_VERSION where it can never be used
 * as it is.
 */
export async function openApprovalStore({ store, clock, log }: ApprovalStoreOptions): Promise<ApprovalStore> {
  if (store.kind === 'sqlite') return openSqliteStore({ file: store.file, clock, log });
  throw new Error('not there yet');
}
