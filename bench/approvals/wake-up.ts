/**
 * How soon a decision made in one process ends the wait in another, with many waits held there at once: from before the
 * decision is handed to the store, so with its commit, to after the waiting walk goes on.
 */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApprovalId } from '../../ext-proc/domain/approvals/approval-request.ts';
import { createApprovalSeals } from '../../ext-proc/domain/approvals/seals.ts';
import { Secret } from '../../ext-proc/domain/secret.ts';
import { decideAs, reviewer } from '../../ext-proc/exchange/approvals/approval-desk.fixture.ts';
import { openStore, startStore, type StoreKind } from '../../test/approvals/stores.ts';
import type { HolderSaid, HolderSettings } from './holder.ts';

export interface WakeUps {
  readonly kind: StoreKind;
  readonly waits: number;
  /** Sorted. */
  readonly wakeUpMs: readonly number[];
  /** From the first of all that were left, decided as fast as the store takes them, to the last that went on. */
  readonly burstMs: number;
  readonly heapKbPerWait: number;
  readonly residentKbPerWait: number;
  /** What each wait ended as. */
  readonly states: readonly string[];
}

export async function measureWakeUps(
  kind: StoreKind,
  { waits, decisions }: { readonly waits: number; readonly decisions: number },
): Promise<WakeUps> {
  const place = await startStore(kind);
  const store = await openStore(place);
  const key = randomBytes(32);
  const parts = { store, seals: createApprovalSeals(new Secret<Uint8Array>(key)) };
  const settings: HolderSettings = { config: place.config, key: key.toString('hex'), waits };
  const holder = fork(join(import.meta.dirname, 'holder.ts'), [JSON.stringify(settings)], {
    execArgv: ['--expose-gc'],
  });
  const settled = new Map<ApprovalId, { readonly state: string; readonly atNs: bigint }>();
  try {
    const holding = await new Promise<HolderSaid & { kind: 'holding' }>((resolve, reject) => {
      holder.on('message', (said: HolderSaid) => {
        if (said.kind === 'holding') resolve(said);
        else if (said.kind === 'failed') reject(new Error(said.reason));
        else settled.set(said.id, { state: said.state, atNs: BigInt(said.atNs) });
      });
      holder.once('exit', (code) => reject(new Error(`the holder ended with ${code}`)));
    });
    const one = async (id: ApprovalId): Promise<bigint> => {
      const startedNs = process.hrtime.bigint();
      await decideAs(reviewer('bob@example.com'), id, parts);
      return startedNs;
    };
    const waitFor = async (id: ApprovalId): Promise<{ readonly atNs: bigint }> => {
      for (;;) {
        const found = settled.get(id);
        if (found !== undefined) return found;
        await sleep(1);
      }
    };
    const wakeUpMs: number[] = [];
    for (const id of holding.ids.slice(0, decisions)) {
      // At any moment of whatever happens at intervals.
      await sleep(Math.random() * 40);
      const startedNs = await one(id);
      wakeUpMs.push(Number((await waitFor(id)).atNs - startedNs) / 1e6);
    }
    const left = holding.ids.slice(decisions);
    const burstFromNs = process.hrtime.bigint();
    for (const id of left) await one(id);
    let burstToNs = burstFromNs;
    for (const id of left) {
      const { atNs } = await waitFor(id);
      if (atNs > burstToNs) burstToNs = atNs;
    }
    return {
      kind,
      waits,
      wakeUpMs: wakeUpMs.sort((one_, other) => one_ - other),
      burstMs: Number(burstToNs - burstFromNs) / 1e6,
      heapKbPerWait: holding.heapBytes / 1_024,
      residentKbPerWait: holding.residentBytes / 1_024,
      states: [...settled.values()].map(({ state }) => state),
    };
  } finally {
    holder.kill('SIGKILL');
    await store.close();
    await place.stop();
  }
}

/** Of sorted values. */
export const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
