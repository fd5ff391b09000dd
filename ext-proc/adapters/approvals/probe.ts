/** Whether the approvals store can be used, for the doctor: asks only, and makes nothing. */
import { existsSync } from 'node:fs';
import { GatehouseError } from '../../domain/errors.ts';
import { openApprovalStore, serverOptions, type ApprovalStoreOptions } from './open-approval-store.ts';
import { NOW, SCHEMA_VERSION } from './postgres/schema.ts';
import { ApprovalsServer } from './postgres/server.ts';

export interface ApprovalStoreFacts {
  /** Nothing has been kept there yet; the gate makes it when it starts. */
  readonly isNew: boolean;
  /** Of the store's clock: positive where it is ahead of ours. */
  readonly clockOffsetMs: number;
}

/** Rejects with GH_APPROVALS_UNAVAILABLE, GH_APPROVALS_FILE or GH_APPROVALS_VERSION, whose message says why. */
export async function probeApprovalStore(options: ApprovalStoreOptions): Promise<ApprovalStoreFacts> {
  if (options.store.kind === 'postgres')
    return probeServer(new ApprovalsServer(await serverOptions(options.store, options.log)), options);
  if (!existsSync(options.store.file)) return { isNew: true, clockOffsetMs: 0 };
  const store = await openApprovalStore(options);
  try {
    await store.list({ limit: 1 });
    return { isNew: false, clockOffsetMs: 0 };
  } finally {
    await store.close();
  }
}

interface Facts {
  readonly now: number;
  readonly isThere: boolean;
  readonly mayCreate: boolean;
}

async function probeServer(
  server: ApprovalsServer,
  { clock }: ApprovalStoreOptions,
): Promise<ApprovalStoreFacts> {
  try {
    const client = await server.connect();
    try {
      const sentMs = clock.nowMs();
      const { rows } = await client.query<Facts>(
        `SELECT ${NOW} AS now, to_regclass('gatehouse_approvals_schema') IS NOT NULL AS "isThere",
           coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS "mayCreate"`,
      );
      const { now, isThere, mayCreate } = rows[0] as Facts;
      const clockOffsetMs = now - (sentMs + clock.nowMs()) / 2;
      if (!isThere) {
        if (mayCreate) return { isNew: true, clockOffsetMs };
        throw problem(server, 'the tables are missing, and this role may not create them');
      }
      const known = await client.query<{ version: number }>('SELECT version FROM gatehouse_approvals_schema');
      if (known.rows[0]?.version !== SCHEMA_VERSION)
        throw problem(server, 'the tables are of another version');
      await client.query('SELECT id FROM gatehouse_approval LIMIT 1');
      return { isNew: false, clockOffsetMs };
    } finally {
      await client.end();
    }
  } finally {
    await server.close();
  }
}

const problem = (server: ApprovalsServer, why: string): GatehouseError =>
  new GatehouseError('GH_APPROVALS_UNAVAILABLE', 'The approvals store cannot be used.', {
    message: `${server.where}: ${why}`,
  });
