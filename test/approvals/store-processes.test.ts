/** What an approvals store promises to several processes at once, and after one of them, or the server, was killed. */
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ApprovalId } from '../../ext-proc/domain/approvals/approval-request.ts';
import { asEventId } from '../../ext-proc/domain/ids.ts';
import type { Order, Said } from './store-process.ts';
import {
  approved,
  asOwner,
  decisionOf,
  newId,
  opened,
  openStore,
  shiftedClock,
  startPostgresStore,
  startStore,
  STORE_KINDS,
  type TestServer,
  type TestStore,
} from './stores.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

class StoreProcess {
  readonly child: ChildProcess;
  readonly acknowledged: { id: ApprovalId; text: string }[] = [];
  readonly refused = new Set<string>();
  readonly changed = new Set<ApprovalId>();
  #answer: ((answer: unknown) => void) | undefined;

  private constructor(child: ChildProcess) {
    this.child = child;
    child.on('message', (said: Said) => {
      if (said.kind === 'acknowledged') this.acknowledged.push(said);
      if (said.kind === 'refused') this.refused.add(said.code);
      if (said.kind === 'changed') for (const id of said.ids) this.changed.add(id);
      if (said.kind === 'answer') this.#answer?.(said.answer);
    });
  }

  static async start({ config }: TestStore, clockShiftMs = 0): Promise<StoreProcess> {
    const child = fork(join(import.meta.dirname, 'store-process.ts'), [
      JSON.stringify({ config, clockShiftMs }),
    ]);
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
    });
    const started = new StoreProcess(child);
    cleanups.push(() => started.kill());
    return started;
  }

  ask<Answer>(order: Order): Promise<Answer> {
    return new Promise((resolve) => {
      this.#answer = (answer) => resolve(answer as Answer);
      this.child.send(order);
    });
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
  }
}

/** For `vi.waitUntil`: what is meant to happen has happened long before on any machine. */
const WAIT = { timeout: 30_000, interval: 20 };

const soon = (): number => Date.now() + 300;
const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

async function placeOf<Place extends TestStore>(starting: Promise<Place>): Promise<Place> {
  const place = await starting;
  cleanups.push(() => place.stop());
  return place;
}

async function storeOf(place: TestStore) {
  const store = await openStore(place);
  cleanups.push(() => store.close());
  return store;
}

describe.each(STORE_KINDS)('processes that share an approvals store in %s', (kind) => {
  let place: TestStore;
  beforeAll(async () => {
    place = await startStore(kind);
  });
  afterAll(() => place.stop());

  test('race for each release, and one gets it', async () => {
    const store = await storeOf(place);
    const processes = await Promise.all(range(3).map(() => StoreProcess.start(place)));
    for (let round = 0; round < 3; round++) {
      const ids: ApprovalId[] = [];
      for (let index = 0; index < 40; index++) ids.push(await approved(store));
      const atMs = soon();
      const won = await Promise.all(
        processes.map((each) => each.ask<boolean[]>({ kind: 'release', ids, atMs })),
      );
      for (const [index, id] of ids.entries()) {
        expect(won.filter((each) => each[index])).toHaveLength(1);
        const winner = processes[won.findIndex((each) => each[index])];
        expect((await store.get(id))?.releasedBy).toBe(asEventId(`event of ${winner?.child.pid}`));
      }
    }
  });

  test('race to decide, and the decision that makes the quorum is one of them', async () => {
    const store = await storeOf(place);
    const processes = await Promise.all(range(3).map(() => StoreProcess.start(place)));
    const ids: ApprovalId[] = [];
    for (let index = 0; index < 60; index++) ids.push(await opened(store));
    const atMs = soon();
    const answers = await Promise.all(
      processes.map((each, index) =>
        each.ask<{ kind: string; state: string }[]>({
          kind: 'decide',
          ids,
          reviewer: `r${index}`,
          needed: 2,
          atMs,
        }),
      ),
    );
    for (const [index, id] of ids.entries()) {
      const said = answers.map((each) => `${each[index]?.kind} ${each[index]?.state}`).sort();
      expect(said).toEqual(['closed approved', 'decided approved', 'decided pending']);
      const stored = await store.get(id);
      expect(stored?.state).toBe('approved');
      expect(stored?.decisions).toHaveLength(2);
    }
  });

  test('hold one reviewer who decides in all of them at once to one decision', async () => {
    const store = await storeOf(place);
    const processes = await Promise.all(range(3).map(() => StoreProcess.start(place)));
    const ids: ApprovalId[] = [];
    for (let index = 0; index < 40; index++) ids.push(await opened(store));
    const order: Order = { kind: 'decide', ids, reviewer: 'bob', needed: 2, atMs: soon() };
    const answers = await Promise.all(processes.map((each) => each.ask<{ kind: string }[]>(order)));
    for (const [index, id] of ids.entries()) {
      expect(answers.map((each) => each[index]?.kind).sort()).toEqual(['again', 'again', 'decided']);
      expect(await store.get(id)).toMatchObject({ state: 'pending', decisions: [decisionOf('bob')] });
    }
  });

  test('hold to the limit of a principal together', async () => {
    const processes = await Promise.all(range(3).map(() => StoreProcess.start(place)));
    const limits = { pendingPerPrincipal: 20, pendingMax: 100_000 };
    const order: Order = { kind: 'open', principal: 'one of many', count: 30, limits, atMs: soon() };
    const kinds = (await Promise.all(processes.map((each) => each.ask<string[]>(order)))).flat();
    expect(kinds.filter((each) => each === 'opened')).toHaveLength(20);
    expect(kinds.filter((each) => each === 'too-many')).toHaveLength(70);
  });

  test('sweep together, and each that ended is handed to one of them', async () => {
    const store = await storeOf(place);
    const processes = await Promise.all(range(3).map(() => StoreProcess.start(place)));
    const ids: ApprovalId[] = [];
    const decideByMs = store.nowMs() - 1;
    const sweeping = processes.map((each) => each.ask({ kind: 'sweep' }));
    // Until more than one of them had some: otherwise nothing was raced for.
    const winners = () => processes.filter(({ acknowledged }) => acknowledged.length > 0);
    while (ids.length < 150 || (winners().length < 2 && ids.length < 5_000))
      ids.push(await opened(store, { decideByMs }));
    const swept = () =>
      processes
        .flatMap(({ acknowledged }) => acknowledged.map(({ id }) => id))
        .filter((id) => ids.includes(id));
    await vi.waitUntil(() => swept().length >= ids.length, WAIT);
    for (const each of processes) each.child.send({ kind: 'stop' });
    await Promise.all(sweeping);
    expect(swept().sort()).toEqual(ids.sort());
    expect(winners().length).toBeGreaterThan(1);
  });

  test('take notifications together, and each is taken by one of them', async () => {
    const store = await storeOf(place);
    const processes = await Promise.all(range(3).map(() => StoreProcess.start(place)));
    const ids: ApprovalId[] = [];
    const taking = processes.map((each) => each.ask<string[]>({ kind: 'take' }));
    for (let index = 0; index < 60; index++) ids.push(await opened(store, { notify: ['chat'] }));
    await vi.waitUntil(
      () => processes.flatMap(({ acknowledged }) => acknowledged).length >= ids.length,
      WAIT,
    );
    for (const each of processes) each.child.send({ kind: 'stop' });
    const taken = await Promise.all(taking);
    expect(taken.flat().sort()).toEqual(ids.map((id) => `${id} chat`).sort());
  });

  test('lose no decision that was acknowledged when one of them is killed in the middle', async () => {
    const store = await storeOf(place);
    const ids: ApprovalId[] = [];
    for (let index = 0; index < 5; index++) ids.push(await opened(store));
    for (let round = 0; round < 3; round++) {
      const one = await StoreProcess.start(place);
      const two = await StoreProcess.start(place);
      void one.ask({ kind: 'decide-on', ids, reviewer: `a${round}` });
      void two.ask({ kind: 'decide-on', ids, reviewer: `b${round}` });
      while (one.acknowledged.length < 10) await pause(5);
      await pause(Math.random() * 50);
      await one.kill();
      // The other is not held up by what the dead one had.
      const before = two.acknowledged.length;
      while (two.acknowledged.length < before + 5) await pause(5);
      await two.kill();
      const stored = new Map(
        await Promise.all(
          ids.map(async (id) => [id, (await store.get(id))?.decisions.map(({ text }) => text)] as const),
        ),
      );
      for (const { id, text } of [...one.acknowledged, ...two.acknowledged])
        expect(stored.get(id)).toContain(text);
    }
  });
});

describe('an approvals store in PostgreSQL', () => {
  test('goes by the server’s clock, whatever the clocks of the workers say', async () => {
    const place = await placeOf(startPostgresStore());
    const slow = await openStore(place, shiftedClock(-60_000));
    const fast = await openStore(place, shiftedClock(60_000));
    cleanups.push(
      () => slow.close(),
      () => fast.close(),
    );
    // Server and test run on one machine.
    for (const store of [slow, fast]) expect(Math.abs(store.nowMs() - Date.now())).toBeLessThan(250);
    const decideByMs = fast.nowMs() + 600;
    const id = await opened(fast, { decideByMs });
    const late = await opened(slow, { decideByMs });
    expect(await slow.decide(id, 'bob', decisionOf('yes'), () => 'approved')).toMatchObject({
      state: 'approved',
    });
    await pause(700);
    expect(await slow.decide(late, 'bob', decisionOf('yes'), () => 'approved')).toEqual({
      kind: 'closed',
      state: 'expired',
    });
    expect((await slow.sweep()).map((each) => each.id)).toEqual([late]);
    expect(await fast.release(id, asEventId('event'))).toBe(true);
  });

  test('waits for a server that is killed, loses nothing, and tells of changes again', async () => {
    const place = await placeOf(startPostgresStore());
    const store = await storeOf(place);
    const ids: ApprovalId[] = [];
    for (let index = 0; index < 5; index++) ids.push(await opened(store));
    const listener = await StoreProcess.start(place);
    await listener.ask({ kind: 'listen' });
    const decider = await StoreProcess.start(place);
    for (let round = 0; round < 2; round++) {
      void decider.ask({ kind: 'decide-on', ids, reviewer: `r${round} ${newId(0)}` });
      const before = decider.acknowledged.length;
      while (decider.acknowledged.length < before + 20) await pause(5);
      await killAndStart(place);
      const between = decider.acknowledged.length;
      while (decider.acknowledged.length < between + 5) await pause(5);
    }
    await decider.kill();
    expect([...decider.refused]).toEqual(['GH_APPROVALS_UNAVAILABLE']);
    for (const { id, text } of decider.acknowledged)
      expect((await store.get(id))?.decisions.map((each) => each.text)).toContain(text);
    const id = await opened(store);
    await store.decide(id, 'bob', decisionOf('yes'), () => 'approved');
    for (let waitedMs = 0; !listener.changed.has(id) && waitedMs < 10_000; waitedMs += 20) await pause(20);
    expect(listener.changed).toContain(id);
  });

  test('opens while its server is away, refuses meanwhile, and works once it is there', async () => {
    const place = await placeOf(startPostgresStore());
    await place.kill();
    const store = await storeOf(place);
    expect(Math.abs(store.nowMs() - Date.now())).toBeLessThan(250);
    await expect(store.list({ limit: 1 })).rejects.toMatchObject({ code: 'GH_APPROVALS_UNAVAILABLE' });
    await place.start();
    expect(await store.list({ limit: 1 })).toEqual([]);
    const heard = new Set<ApprovalId>();
    store.onChange((ids) => {
      for (const id of ids) heard.add(id);
    });
    const other = await storeOf(place);
    const id = await opened(other);
    for (let waitedMs = 0; !heard.has(id) && waitedMs < 10_000; waitedMs += 20) await pause(20);
    expect(heard).toContain(id);
  });

  test('hears of what changed while nobody could be told', async () => {
    const place = await placeOf(startPostgresStore());
    const store = await storeOf(place);
    const other = await storeOf(place);
    const id = await opened(other);
    await pause(50);
    const heard = new Set<ApprovalId>();
    store.onChange((ids) => {
      for (const each of ids) heard.add(each);
    });
    await dropListeners(place);
    // At once, before anybody listens again.
    await other.cancel(id, 'GH_X');
    for (let waitedMs = 0; !heard.has(id) && waitedMs < 10_000; waitedMs += 20) await pause(20);
    expect(heard).toContain(id);
  });

  test('puts no password into an error', async () => {
    const place = await placeOf(startPostgresStore());
    if (place.config.kind !== 'postgres') throw new Error('not PostgreSQL');
    process.env['GATEHOUSE_TEST_WRONG'] = 'hunter2-the-wrong-one';
    const store = await openStore({
      ...place,
      config: { ...place.config, password: { env: 'GATEHOUSE_TEST_WRONG' } },
    });
    cleanups.push(() => store.close());
    const error = await store.list({ limit: 1 }).catch((each: unknown) => each as Error & { cause?: Error });
    expect(error).toMatchObject({ code: 'GH_APPROVALS_UNAVAILABLE' });
    expect(`${String(error)} ${JSON.stringify(error)} ${(error as Error).message}`).not.toContain('hunter2');
  });
});

async function killAndStart(place: TestServer): Promise<void> {
  await place.kill();
  await pause(300);
  await place.start();
}

/** Ends the connections that listen, and no others. */
const dropListeners = ({ config }: TestStore): Promise<unknown> =>
  asOwner(config, (client) =>
    client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()
       AND application_name = 'gatehouse approvals' AND (query LIKE '%changed_at_ms AS at%' OR query LIKE 'LISTEN%')`,
    ),
  );

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
