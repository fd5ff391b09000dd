/** A worker whose desk holds many waits: what each costs it, and when each ends. For `wake-up.ts`, which forks it. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSystemClock } from '../../ext-proc/adapters/system-clock.ts';
import type { ApprovalsStoreConfig } from '../../ext-proc/config/approvals-config.ts';
import type { ApprovalId } from '../../ext-proc/domain/approvals/approval-request.ts';
import { createApprovalSeals } from '../../ext-proc/domain/approvals/seals.ts';
import { Secret } from '../../ext-proc/domain/secret.ts';
import { ApprovalDesk } from '../../ext-proc/exchange/approvals/approval-desk.ts';
import { heldAction } from '../../ext-proc/exchange/approvals/approval-desk.fixture.ts';
import type { Receipt } from '../../ext-proc/domain/audit-event.ts';
import { openStore, silent } from '../../test/approvals/stores.ts';

export interface HolderSettings {
  readonly config: ApprovalsStoreConfig;
  /** Hex. */
  readonly key: string;
  readonly waits: number;
}

export type HolderSaid =
  /** Bytes that one wait takes, of V8's heap and what hangs on it, and of the process's resident memory. */
  | {
      readonly kind: 'holding';
      readonly ids: readonly ApprovalId[];
      readonly heapBytes: number;
      readonly residentBytes: number;
    }
  /** `atNs` by the monotonic clock, which all processes of a machine share. */
  | { readonly kind: 'settled'; readonly id: ApprovalId; readonly state: string; readonly atNs: string }
  | { readonly kind: 'failed'; readonly reason: string };

const { config, key, waits } = JSON.parse(process.argv[2] as string) as HolderSettings;
const say = (said: HolderSaid): void => void process.send?.(said);
const clock = createSystemClock();
const store = await openStore({ config, stop: () => Promise.resolve() }, clock);
const desk = new ApprovalDesk({
  store,
  seals: createApprovalSeals(new Secret(Buffer.from(key, 'hex'))),
  journal: {
    append: () => Promise.resolve({} as Receipt),
    appendEncoded: () => Promise.resolve({} as Receipt),
  },
  clock,
  random: randomBytes,
  log: silent,
  limits: { pendingPerPrincipal: 100_000, pendingMax: 100_000 },
  publicUrl: undefined,
  channelsFor: () => [],
});

async function hold(): Promise<ApprovalId> {
  const action = heldAction({ mode: 'wait', terms: { ...heldAction().terms, deadlineMs: 3_600_000 } });
  const asked = await desk.ask(action);
  if (asked.kind !== 'asked') throw new Error(`refused: ${asked.code}`);
  const { id } = asked.request;
  desk.settled(asked.request, new AbortController().signal).then(
    ({ state }) => say({ kind: 'settled', id, state, atNs: String(process.hrtime.bigint()) }),
    (error: unknown) => say({ kind: 'failed', reason: String(error) }),
  );
  return id;
}

async function memory(): Promise<{ heap: number; resident: number }> {
  for (let round = 0; round < 3; round++) {
    await sleep(200);
    (globalThis as { gc?: () => void }).gc?.();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, resident: rss };
}

/** One first, so that what is made once is not counted. */
const ids = [await hold()];
const before = await memory();
while (ids.length < waits) ids.push(await hold());
const after = await memory();
const each = (bytes: number): number => bytes / Math.max(1, waits - 1);
say({
  kind: 'holding',
  ids,
  heapBytes: each(after.heap - before.heap),
  residentBytes: each(after.resident - before.resident),
});
process.on('disconnect', () => process.exit(0));
