/** A store that cannot be written: what policy holds is refused, and everything else goes on as it did. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../ext-proc/adapters/approvals/sqlite/sqlite-store.ts';
import { createSystemClock } from '../../ext-proc/adapters/system-clock.ts';
import type { ApprovalStore, NewApproval } from '../../ext-proc/domain/approvals/approval-store.ts';
import type { ApprovalId } from '../../ext-proc/domain/approvals/approval-request.ts';
import { asSessionId, uuidV7 } from '../../ext-proc/domain/ids.ts';
import { held, startHeldPostgres, type HeldPostgres } from '../support/held-postgres.ts';
import { QUIET } from '../support/policy.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { columnOf, errorOf, tagsOf } from '../support/wire-answers.ts';
import { say, type WirePeer } from '../support/wire-peer.ts';

describe('a store that another process has locked', () => {
  const HOLDERS = 12;
  let side: HeldPostgres;

  beforeAll(async () => {
    side = await startHeldPostgres([held(['UPDATE'])]);
    const admin = await side.direct();
    await admin.query('create table people (id int primary key, name text)');
    await admin.query("insert into people select g, 'name ' || g from generate_series(1, 50) g");
    await admin.close();
  });
  afterAll(() => side?.stop());

  it('refuses what is held in a while, and other traffic goes on', { timeout: 60_000 }, async () => {
    const reader = await side.gated({});
    const holders: WirePeer[] = await Promise.all(Array.from({ length: HOLDERS }, () => side.gated({})));
    const lock = new DatabaseSync(join(side.gate.directory, 'state', 'approvals.db'));
    lock.exec('BEGIN IMMEDIATE');
    try {
      for (const [index, holder] of holders.entries())
        holder.send(say.query(`UPDATE people SET name = 'x' WHERE id = ${index + 1}`));
      const refusals = Promise.all(holders.map((holder) => holder.ready()));
      let waits = true;
      void refusals.finally(() => (waits = false));
      let answered = 0;
      for (; waits; answered++) {
        reader.send(say.query('SELECT id FROM people WHERE id = 1'));
        await reader.ready();
      }
      expect(answered).toBeGreaterThan(20);
      for (const answers of await refusals)
        expect(errorOf(answers).get('M')).toContain('cannot ask for it now');
    } finally {
      lock.exec('ROLLBACK');
      lock.close();
    }
    // And it goes on by itself.
    const [holder] = holders as [WirePeer];
    holder.send(say.query("UPDATE people SET name = 'after' WHERE id = 1"));
    const request = await side.reviewer.waiting();
    await side.reviewer.decide(request.id);
    expect(tagsOf(await holder.ready())).toEqual(['UPDATE 1']);
    const admin = await side.direct();
    expect(columnOf(await admin.query("select count(*) from people where name in ('x', 'after')"))).toEqual([
      '1',
    ]);
    await admin.close();
    for (const each of [reader, ...holders]) each.abort();
  });
});

const LIMITS = { pendingPerPrincipal: 1_000, pendingMax: 1_000 };

function newApproval(store: ApprovalStore, text: string): NewApproval {
  const nowMs = store.nowMs();
  const id = uuidV7(nowMs, randomBytes(10)) as ApprovalId;
  return {
    id,
    request: { text, seal: '0'.repeat(64) },
    mode: 'retry',
    principal: 'p',
    upstream: 'u',
    actionDigest: id,
    similarKey: '',
    sessionId: asSessionId(uuidV7(nowMs, randomBytes(10))),
    createdAtMs: nowMs,
    decideByMs: nowMs + 60_000,
    useByMs: nowMs + 60_000,
    searchText: '',
    notify: [],
  };
}

it('many who wait for a locked file do not hold up the event loop, and all go on once it is free', async () => {
  const directory = await temporaryDirectory();
  const file = join(directory.path, 'approvals.db');
  const store = openSqliteStore({ file, clock: createSystemClock(), log: QUIET });
  const lock = new DatabaseSync(file);
  let longestMs = 0;
  let lastMs = performance.now();
  const ticks = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - lastMs);
    lastMs = performance.now();
  }, 5);
  try {
    lock.exec('BEGIN IMMEDIATE');
    const opened = Promise.all(
      Array.from({ length: 100 }, () => store.open(newApproval(store, 'x'), LIMITS)),
    );
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    lock.exec('ROLLBACK');
    // One attempt is some 5 ms; a hundred of them in a row were two seconds.
    expect(longestMs).toBeLessThan(1_000);
    expect((await opened).every(({ kind }) => kind === 'opened')).toBe(true);
  } finally {
    clearInterval(ticks);
    lock.close();
    await store.close();
    await directory.remove();
  }
});

/** A file system of a few pages; undefined where this user may not mount one. */
async function smallDisk(): Promise<{ path: string; dispose(): Promise<void> } | undefined> {
  const directory = await temporaryDirectory();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory.path], { stdio: 'ignore' });
  } catch {
    await directory.remove();
    return undefined;
  }
  return {
    path: directory.path,
    async dispose() {
      execFileSync('umount', [directory.path]);
      await directory.remove();
    },
  };
}

describe('a disk that is full', () => {
  it('takes no request, keeps what was there, and works again once there is room', async ({ skip }) => {
    const disk = await smallDisk();
    if (disk === undefined) return skip('no file system can be mounted here');
    const store = openSqliteStore({
      file: join(disk.path, 'approvals.db'),
      clock: createSystemClock(),
      log: QUIET,
    });
    try {
      const first = newApproval(store, 'small');
      expect(await store.open(first, LIMITS)).toEqual({ kind: 'opened' });
      const filler = join(disk.path, 'filler');
      const { bavail, bsize } = statfsSync(disk.path);
      writeFileSync(filler, Buffer.alloc(bavail * bsize));
      const large = newApproval(store, 'x'.repeat(200_000));
      await expect(store.open(large, LIMITS)).rejects.toMatchObject({ code: 'GH_APPROVALS_UNAVAILABLE' });
      expect(await store.get(large.id)).toBeUndefined();
      expect((await store.get(first.id))?.state).toBe('pending');
      rmSync(filler);
      expect(await store.open(large, LIMITS)).toEqual({ kind: 'opened' });
    } finally {
      await store.close();
      await disk.dispose();
    }
  });
});
