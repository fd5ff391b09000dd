/** Approvals stores for tests: one of each kind, real, alone in its directory. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { openApprovalStore } from '../../ext-proc/adapters/approvals/open-approval-store.ts';
import { createSystemClock } from '../../ext-proc/adapters/system-clock.ts';
import type { ApprovalsStoreConfig } from '../../ext-proc/config/approvals-config.ts';
import type { ApprovalId } from '../../ext-proc/domain/approvals/approval-request.ts';
import type { ApprovalStore, NewApproval } from '../../ext-proc/domain/approvals/approval-store.ts';
import type { Clock } from '../../ext-proc/domain/clock.ts';
import { asSessionId, uuidV7 } from '../../ext-proc/domain/ids.ts';
import type { Log } from '../../ext-proc/domain/log.ts';
import { startPostgres, type Postgres } from '../../ext-proc/embedded/postgres.ts';
import { usualBinaries } from '../support/postgres.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

export interface TestStore {
  readonly config: ApprovalsStoreConfig;
  stop(): Promise<void>;
}

export interface TestServer extends TestStore {
  /** SIGKILL, as a crash of the server or an OOM kill would. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

export type StoreKind = 'sqlite' | 'postgres';
export const STORE_KINDS: readonly StoreKind[] = ['sqlite', 'postgres'];

export const startStore = (kind: StoreKind): Promise<TestStore> =>
  kind === 'sqlite' ? startSqlite() : startPostgresStore();

async function startSqlite(): Promise<TestStore> {
  const directory = await temporaryDirectory();
  return {
    config: { kind: 'sqlite', file: join(directory.path, 'approvals.db') },
    stop: () => directory.remove(),
  };
}

export async function startPostgresStore(): Promise<TestServer> {
  const directory = await temporaryDirectory();
  const password = join(directory.path, 'password');
  const dataDirectory = join(directory.path, 'data');
  const binaries = usualBinaries === undefined ? {} : { binaries: usualBinaries };
  let server: Postgres;
  try {
    // Nothing unsafe: what is acknowledged must be there after a kill.
    server = await startPostgres({ dataDirectory, ...binaries });
    await writeFile(password, server.password, { mode: 0o600 });
  } catch (error) {
    await directory.remove();
    throw error;
  }
  const { host, port } = server;
  return {
    config: {
      kind: 'postgres',
      address: { host, port },
      database: 'postgres',
      user: 'postgres',
      password: { file: password },
      tls: undefined,
    },
    async kill() {
      process.kill(server.pid, 'SIGKILL');
      await server.ended;
    },
    async start() {
      // The killed server's children take a moment to notice; until then the directory is theirs.
      for (let attempt = 1; ; attempt++) {
        try {
          server = await startPostgres({ dataDirectory, port, password: 'as before', ...binaries });
          return;
        } catch (error) {
          if (attempt === 50) throw error;
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      }
    },
    async stop() {
      await server.stop();
      await directory.remove();
    },
  };
}

export const openStore = (
  { config }: TestStore,
  clock: Clock = createSystemClock(),
): Promise<ApprovalStore> => openApprovalStore({ store: config, clock, log: silent });

/** A worker whose machine's time is wrong. */
export function shiftedClock(byMs: number): Clock {
  const clock = createSystemClock();
  return { nowMs: () => clock.nowMs() + byMs, monotonicMs: () => clock.monotonicMs() };
}

export const NO_LIMITS = { pendingPerPrincipal: 100_000, pendingMax: 100_000 };

export const newId = (nowMs: number): ApprovalId => uuidV7(nowMs, randomBytes(10)) as ApprovalId;

/** One that can be decided for a minute, and used for another. Its seal is not one: stores do not look. */
export function newApproval(store: ApprovalStore, given: Partial<NewApproval> = {}): NewApproval {
  const nowMs = store.nowMs();
  const id = given.id ?? newId(nowMs);
  return {
    id,
    request: { text: `request ${id}`, seal: 'a'.repeat(64) },
    mode: 'retry',
    principal: 'alice',
    upstream: 'sample',
    actionDigest: `digest ${id}`,
    similarKey: 'update people',
    sessionId: asSessionId('session'),
    createdAtMs: nowMs,
    decideByMs: nowMs + 60_000,
    useByMs: nowMs + 120_000,
    searchText: 'update of people',
    notify: [],
    ...given,
  };
}

export async function opened(store: ApprovalStore, given: Partial<NewApproval> = {}): Promise<ApprovalId> {
  const approval = newApproval(store, given);
  const answer = await store.open(approval, NO_LIMITS);
  if (answer.kind !== 'opened') throw new Error(`not opened: ${answer.kind}`);
  return approval.id;
}

export const decisionOf = (text: string): { text: string; seal: string } => ({ text, seal: 'b'.repeat(64) });

export async function approved(store: ApprovalStore, given: Partial<NewApproval> = {}): Promise<ApprovalId> {
  const id = await opened(store, given);
  await store.decide(id, 'bob', decisionOf('yes'), () => 'approved');
  return id;
}

/** Past the store: what its owner, or somebody with its password, can do. */
export async function asOwner<T>(
  config: ApprovalsStoreConfig,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  if (config.kind !== 'postgres' || config.password === undefined || !('file' in config.password))
    throw new Error('not PostgreSQL with a password in a file');
  const client = new Client({
    ...config.address,
    user: config.user,
    database: config.database,
    password: await readFile(config.password.file, 'utf8'),
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
