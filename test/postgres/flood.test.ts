/** Clients without a token, many at once: what they cost the server, and the sessions that are there already. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Client } from 'pg';
import { startGatedPostgres, type GatedPostgres } from '../support/gated-postgres.ts';
import { openSocket, startupPacket } from '../support/postgres-socket.ts';

const CAP = 32;
const CLIENTS = 600;
const DIALS = 'cluster.gatehouse_server_sample.upstream_cx_total';

let gated: GatedPostgres;
beforeAll(async () => {
  gated = await startGatedPostgres({
    gate: { listenerYaml: `    limits: { unauthenticatedPerSource: ${CAP}, unauthenticatedMax: ${CAP} }` },
  });
});
afterAll(() => gated?.stop());

/** How many the worker has refused for what a flood is, by its metrics. */
async function refused(): Promise<number> {
  const text = await gated.gate.worker.metrics.registry.metrics();
  return Number(/refused_connections_total\{[^}]*GH_TOO_MANY_UNAUTHENTICATED[^}]*\} (\d+)/.exec(text)?.[1]);
}

it('opens no more server connections than the cap, and the session that is there goes on', async () => {
  const { gate } = gated;
  const client = new Client({
    host: '127.0.0.1',
    port: gate.port,
    user: 'agent',
    password: await gate.token(),
    database: 'postgres',
  });
  await client.connect();
  const before = await gate.envoy.stat(DIALS);
  const sockets: Socket[] = [];
  for (let wave = 0; wave < CLIENTS / 30; wave += 1) {
    await Promise.all(
      Array.from({ length: 30 }, async () => {
        const socket = await openSocket(gate.port);
        socket.write(startupPacket('agent', 'postgres'));
        sockets.push(socket);
      }),
    );
  }
  await delay(1_000);
  expect((await gate.envoy.stat(DIALS)) - before).toBeLessThanOrEqual(CAP);
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  for (const socket of sockets) socket.destroy();
  await client.end();
});

it('leaves a few rows for an auditor, with all of them counted', async () => {
  const rows = async () =>
    (await gated.gate.records()).filter((record) => record['action_kind'] === 'postgres.flood');
  expect(await rows()).toEqual([
    expect.objectContaining({
      decision: 'deny',
      rule: 'gate.GH_TOO_MANY_UNAUTHENTICATED',
      client_address: '127.0.0.1',
      upstream: 'sample',
      details: expect.objectContaining({ listener: 'pg', refused: '1' }) as object,
    }),
  ]);
  const all = await refused();
  expect(all).toBeGreaterThanOrEqual(CLIENTS - 2 * CAP);
  await gated.gate.closeWorker();
  const counts = (await rows()).map((row) => Number((row['details'] as { refused: string }).refused));
  expect(counts).toEqual([1, all - 1]);
});
