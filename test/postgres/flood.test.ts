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
