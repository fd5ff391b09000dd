/**
 * Parts of a running gate are killed and frozen, one after another. Nothing undecided gets through meanwhile, the
 * gate comes back by itself, and what was acknowledged is in the evidence once.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { startGatehouse, type TestGatehouse } from './support/gatehouse.ts';

let gate: TestGatehouse;
beforeAll(async () => {
  gate = await startGatehouse({ workers: 2 });
});
afterAll(() => gate.stop());

async function connect(subject = 'agent:faults'): Promise<Client> {
  const client = new Client({
    host: gate.host,
    port: gate.port,
    user: 'agent',
    password: await gate.token({ subject }),
    database: 'app',
    ssl: { ca: await readFile(gate.caFile, 'utf8') },
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

const pidOf = (name: string): number => gate.programs().find((program) => program.name === name)!.pid;

async function within<T>(ms: number, attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + ms;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

async function worksAgain(): Promise<void> {
  const client = await connect();
  const { rows } = await client.query('SELECT count(*)::int AS n FROM people');
  expect(rows).toEqual([{ n: 300 }]);
  await expect(client.query('DELETE FROM people')).rejects.toMatchObject({ severity: 'ERROR' });
  await client.end();
}

test('a killed Envoy is started again, on the same port', async () => {
  const before = pidOf('Envoy');
  process.kill(before, 'SIGKILL');
  await within(15_000, worksAgain);
  expect(pidOf('Envoy')).not.toBe(before);
});

test('a killed ClickHouse stops nobody, and has every row once when it is back', async () => {
  const client = await connect('agent:rows');
  const before = pidOf('ClickHouse');
  for (let n = 0; n < 60; n += 1) {
    if (n === 20) process.kill(before, 'SIGKILL');
    await client.query(`SELECT ${n} AS during_fault`);
  }
  await client.end();
  const counted = await within(20_000, async () => {
    const [row] = await gate.audit<{ rows: number; different: number }>(
      `SELECT count() AS rows, uniqExact(statement) AS different FROM events
        WHERE principal_subject = 'agent:rows' AND statement LIKE '%AS during_fault' AND outcome = 'ok'`,
    );
    if ((row?.rows ?? 0) < 60) throw new Error(`${row?.rows} of 60 rows`);
    return row;
  });
  expect(counted).toEqual({ rows: 60, different: 60 });
  expect(pidOf('ClickHouse')).not.toBe(before);
});

test('when every worker is killed, open sessions end, open transactions are rolled back, and new ones work', async () => {
  const client = await connect('agent:transaction');
  const closed = new Promise<void>((resolve) => client.once('end', resolve));
  await client.query('BEGIN');
  const { rowCount } = await client.query("UPDATE orders SET status = 'never committed' WHERE person_id = 7");
  expect(rowCount).toBeGreaterThan(0);
  for (const worker of ['worker 0', 'worker 1']) process.kill(pidOf(worker), 'SIGKILL');
  await closed;
  await within(15_000, worksAgain);
  const again = await connect();
  await within(10_000, async () => {
    const { rows } = await again.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM orders WHERE status = 'never committed'",
    );
    expect(rows).toEqual([{ n: 0 }]);
  });
  await again.end();
});

test('frozen workers let nothing through, their sessions end, and they are replaced', async () => {
  const before = [pidOf('worker 0'), pidOf('worker 1')];
  const client = await connect('agent:frozen');
  const closed = new Promise<void>((resolve) => client.once('end', resolve));
  for (const pid of before) process.kill(pid, 'SIGSTOP');
  const pending = client
    .query("UPDATE orders SET status = 'through a frozen gate' WHERE person_id = 7")
    .catch(() => 'ended');
  expect(await Promise.race([pending, closed.then(() => 'ended')])).toBe('ended');
  await within(30_000, worksAgain);
  await within(30_000, async () => {
    const now = [pidOf('worker 0'), pidOf('worker 1')];
    expect(now.some((pid) => before.includes(pid))).toBe(false);
  });
  const after = await connect();
  const { rows } = await after.query("SELECT id FROM orders WHERE status = 'through a frozen gate'");
  expect(rows).toEqual([]);
  await after.end();
}, 90_000);
