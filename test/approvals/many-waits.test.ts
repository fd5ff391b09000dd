/** Waits held by another process: that each ends as it was decided, however many there are, or with its worker. */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { HolderSaid, HolderSettings } from '../../bench/approvals/holder.ts';
import { measureWakeUps } from '../../bench/approvals/wake-up.ts';
import { createSystemClock } from '../../ext-proc/adapters/system-clock.ts';
import type { ApprovalId } from '../../ext-proc/domain/approvals/approval-request.ts';
import { createApprovalSeals } from '../../ext-proc/domain/approvals/seals.ts';
import { Secret } from '../../ext-proc/domain/secret.ts';
import { ApprovalDesk } from '../../ext-proc/exchange/approvals/approval-desk.ts';
import { memoryJournal } from '../../ext-proc/exchange/approvals/approval-desk.fixture.ts';
import { NO_LIMITS, openStore, silent, startStore, STORE_KINDS } from './stores.ts';

/** The bench of approvals, small; nothing is timed here. */
test.each(STORE_KINDS)(
  'every one of many waits in another process ends when it is decided, in %s',
  async (kind) => {
    const { states, wakeUpMs } = await measureWakeUps(kind, { waits: 40, decisions: 10 });
    expect(wakeUpMs).toHaveLength(10);
    expect(states).toEqual(Array.from({ length: 40 }, () => 'approved'));
  },
);

test.each(STORE_KINDS)(
  'what a worker waited for is abandoned when it is killed, and another worker records each once, in %s',
  async (kind) => {
    const place = await startStore(kind);
    const key = randomBytes(32);
    const settings: HolderSettings = { config: place.config, key: key.toString('hex'), waits: 5 };
    const holder = fork(join(import.meta.dirname, '../../bench/approvals/holder.ts'), [
      JSON.stringify(settings),
    ]);
    const ids = await new Promise<readonly ApprovalId[]>((resolve) => {
      holder.on('message', (said: HolderSaid) => {
        if (said.kind === 'holding') resolve(said.ids);
      });
    });
    holder.kill('SIGKILL');
    const survivors = await Promise.all(
      [1, 2].map(async () => {
        const store = await openStore(place);
        const journal = memoryJournal();
        const desk = new ApprovalDesk({
          store,
          seals: createApprovalSeals(new Secret<Uint8Array>(key)),
          journal,
          clock: createSystemClock(),
          random: randomBytes,
          log: silent,
          limits: NO_LIMITS,
          publicUrl: undefined,
          channelsFor: () => [],
        });
        return { store, journal, desk };
      }),
    );
    const recorded = () =>
      survivors
        .flatMap(({ journal }) => journal.records)
        .filter(({ action_kind: what }) => what === 'approval.abandoned')
        .map((record) => record.approval_id);
    for (let waitedMs = 0; recorded().length < ids.length && waitedMs < 40_000; waitedMs += 100)
      await new Promise((resolve) => setTimeout(resolve, 100));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(recorded().sort()).toEqual([...ids].sort());
    for (const { desk, store } of survivors) {
      await desk.close();
      await store.close();
    }
    await place.stop();
  },
);
