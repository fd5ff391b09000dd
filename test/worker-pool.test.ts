/** The supervisor's workers, as real processes that are killed, frozen and drained. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterEach, beforeEach, expect, test } from 'vitest';

import type { Log } from '../ext-proc/domain/log.ts';
import { startWorkerPool, type WorkerPool } from '../ext-proc/supervisor/worker-pool.ts';
import { temporaryDirectory, type TemporaryDirectory } from './support/temporary-directory.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
let directory: TemporaryDirectory;
let orders: string;
let pool: WorkerPool | undefined;

beforeEach(async () => {
  directory = await temporaryDirectory();
  orders = join(directory.path, 'orders');
  await writeFile(orders, '');
});
afterEach(async () => {
  await pool?.stop();
  pool = undefined;
  await directory.remove();
});

const start = async (count = 2) => {
  pool = await startWorkerPool({
    module: join(import.meta.dirname, 'support/pool-worker.ts'),
    args: ['--orders', orders],
    count,
    drainTimeoutMs: 200,
    log: silent,
    execArgv: [],
    timing: { pingEveryMs: 50, pingTimeoutMs: 500, restartFirstMs: 20, exitSlackMs: 300 },
  });
  return pool;
};

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('it did not come to hold in 10 s');
    await sleep(20);
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('starts every worker and asks each for its metrics', async () => {
  const { states, metrics } = await start(3);
  expect(states().map(({ worker, ready }) => ({ worker, ready }))).toEqual([
    { worker: 0, ready: true },
    { worker: 1, ready: true },
    { worker: 2, ready: true },
  ]);
  expect(await metrics()).toEqual([[{ worker: '0' }], [{ worker: '1' }], [{ worker: '2' }]]);
});

test.each(['SIGKILL', 'SIGSTOP'] as const)(
  'replaces a worker after %s, and leaves the others alone',
  async (signal) => {
    const { states } = await start();
    const [first, second] = states().map((state) => state.pid as number) as [number, number];
    process.kill(first, signal);
    await until(() => states()[0]!.restarts === 1 && states()[0]!.ready);
    expect(isAlive(first)).toBe(false);
    expect(states()[1]).toEqual({ worker: 1, pid: second, ready: true, restarts: 0 });
  },
);

test('keeps trying with pauses while a worker keeps dying', async () => {
  const { states } = await start(1);
  await writeFile(orders, 'fail');
  process.kill(states()[0]!.pid as number, 'SIGKILL');
  await until(() => states()[0]!.restarts >= 3);
  expect(states()[0]!.ready).toBe(false);
  await writeFile(orders, '');
  await until(() => states()[0]!.ready);
});

test('refuses to start where a worker cannot, and leaves no process', async () => {
  await writeFile(orders, 'fail');
  await expect(start()).rejects.toMatchObject({ code: 'GH_WORKER_START' });
});

test('stop lets workers drain, and kills one that will not end', async () => {
  const first = await start();
  const drained = first.states().map((state) => state.pid as number);
  await first.stop();
  expect(drained.some(isAlive)).toBe(false);

  await writeFile(orders, 'linger');
  const second = await start(1);
  const lingering = second.states()[0]!.pid as number;
  await second.stop();
  expect(isAlive(lingering)).toBe(false);
});
