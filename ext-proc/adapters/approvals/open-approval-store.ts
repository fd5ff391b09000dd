/** The approvals store that the configuration names. */
import { readFile } from 'node:fs/promises';
import type { ApprovalsStoreConfig } from '../../config/approvals-config.ts';
import type { ApprovalStore } from '../../domain/approvals/approval-store.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Log } from '../../domain/log.ts';
import { readSecretSource } from '../credentials/secret-source.ts';
import { openPostgresStore } from './postgres/postgres-store.ts';
import type { ServerOptions } from './postgres/server.ts';
import { openSqliteStore } from './sqlite/sqlite-store.ts';

export interface ApprovalStoreOptions {
  readonly store: ApprovalsStoreConfig;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Opens the store, made where missing. Rejects with GH_APPROVALS_FILE or GH_APPROVALS_VERSION where it can never be used
 * as it is. A server that cannot be reached now is none of these: it is waited for, and every method rejects meanwhile.
 */
export async function openApprovalStore({ store, clock, log }: ApprovalStoreOptions): Promise<ApprovalStore> {
  if (store.kind === 'sqlite') return openSqliteStore({ file: store.file, clock, log });
  return openPostgresStore({ ...(await serverOptions(store, log)), clock });
}

/** The CA is read now, the password at each connection. */
export async function serverOptions(
  { address, database, user, password, tls }: ApprovalsStoreConfig & { readonly kind: 'postgres' },
  log: Log,
): Promise<ServerOptions> {
  return {
    host: address.host,
    port: address.port,
    database,
    user,
    password: () => (password === undefined ? Promise.resolve(undefined) : readSecretSource(password)),
    tls:
      tls === undefined
        ? undefined
        : {
            mode: tls.mode,
            ca: tls.ca === undefined ? undefined : await readFile(tls.ca.file, 'utf8'),
            serverName: tls.serverName,
          },
    log,
  };
}
