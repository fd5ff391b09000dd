/**
 * I6: whatever a client or server does, the worker and Envoy hold a bounded part of it, and the rest waits where it
 * comes from. Real processes, so that their memory is their own.
 */
import { readFileSync } from 'node:fs';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodePassword } from '../../ext-proc/protocols/postgres/frontend-encoders.ts';
import { encodeSslRequest, encodeStartup } from '../../ext-proc/protocols/postgres/startup.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { readUntil } from '../support/postgres-socket.ts';
import { say } from '../support/wire-peer.ts';

const GROWTH_MAX_MB = 64;
/** `LIMITS.pendingRepliesMax` answers are owed, a few MiB wait to be sent, and V8 takes about as much again. */
const FLOOD_GROWTH_MAX_MB = 190;

let gate: TestGatehouse;
let ca: string;
beforeAll(async () => {
  gate = await startGatehouse({
    workers: 1,
    bundle: join(import.meta.dirname, '../../policies-rego/allow-all/bundle'),
  });
  ca = readFileSync(gate.caFile, 'utf8');
  await warmUp();
});
afterAll(() => gate?.stop());

const WATCHED = ['worker 0', 'Envoy'] as const;

function residentMb(name: string): number {
  const pid = gate.programs().find((program) => program.name === name)?.pid;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

/** Waits until what came before is worked off: a flood leaves records to write. */
async function quiet(): Promise<void> {
  for (let tries = 0; tries < 60; tries++) {
    const before = WATCHED.map(residentMb);
    await sleep(500);
    if (WATCHED.every((name, index) => Math.abs(residentMb(name) - (before[index] ?? 0)) < 2)) return;
  }
}

/** The most that each process grew while `work` ran. */
async function growth(work: () => Promise<void>): Promise<Record<string, number>> {
  await quiet();
  const before = new Map(WATCHED.map((name) => [name, residentMb(name)]));
  const grown: Record<string, number> = {};
  const look = (): void => {
    for (const name of WATCHED)
      grown[name] = Math.max(grown[name] ?? 0, Math.round(residentMb(name) - (before.get(name) ?? 0)));
  };
  const timer = setInterval(look, 100);
  try {
    await work();
  } finally {
    clearInterval(timer);
    look();
  }
  return grown;
}

async function session(): Promise<TLSSocket> {
  const socket = connect(gate.port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(encodeSslRequest());
  await readUntil(socket, 'S', 5_000);
  const secure = connectTls({ socket, ca, servername: 'localhost' });
  secure.on('error', () => undefined);
  await once(secure, 'secureConnect');
  secure.write(
    encodeStartup(0, [
      ['user', 'agent'],
      ['database', 'app'],
    ]),
  );
  await readUntil(secure, 'R', 5_000);
  secure.write(encodePassword(await gate.token()));
  await readUntil(secure, 'Z', 10_000);
  return secure;
}

const pid = (name: string): number | undefined =>
  gate.programs().find((program) => program.name === name)?.pid;

/** Or the time is up. */
const drained = (socket: TLSSocket, ms: number): Promise<unknown> =>
  once(socket, 'drain', { signal: AbortSignal.timeout(ms) }).catch((error: unknown) => {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error;
  });

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Sessions that warm up what grows once: caches, pools, code. */
async function warmUp(): Promise<void> {
  const client = new Client({
    host: 'localhost',
    port: gate.port,
    user: 'agent',
    database: 'app',
    password: await gate.token(),
    ssl: { ca },
  });
  await client.connect();
  await client.query("select repeat('x', 1000) from generate_series(1, 100000)");
  await client.end();
}

it('does not take in a large result that nobody reads, and gives all of it to who reads again', async () => {
  const socket = await session();
  const grown = await growth(async () => {
    socket.pause();
    socket.write(say.query("select repeat('x', 1000) from generate_series(1, 300000)"));
    await sleep(4_000);
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
    socket.resume();
    while (bytes < 300_000_000) await sleep(50);
  });
  socket.destroy();
  for (const name of WATCHED) expect(grown[name], name).toBeLessThan(GROWTH_MAX_MB);
});

it('does not take in COPY data that the server does not read', async () => {
  const owner = new Client({
    host: 'localhost',
    port: gate.port,
    user: 'agent',
    database: 'app',
    password: await gate.token(),
    ssl: { ca },
  });
  await owner.connect();
  await owner.query('create temporary table nothing (a int)');
  const socket = await session();
  const grown = await growth(async () => {
    // The lock is granted to the first, and the second's data waits for it.
    await owner.query('begin; lock table orders in access exclusive mode');
    socket.write(say.query('copy orders from stdin'));
    const data = say.copyData(Buffer.alloc(60_000, 'x'));
    let sent = 0;
    const until = performance.now() + 4_000;
    while (performance.now() < until && sent < 400_000_000) {
      sent += data.length;
      if (!socket.write(data)) await drained(socket, 200);
      if (socket.writableLength > 4_000_000) await sleep(100);
    }
    await owner.query('rollback');
  });
  socket.destroy();
  await owner.end();
  for (const name of WATCHED) expect(grown[name], name).toBeLessThan(GROWTH_MAX_MB);
});

const extended = (text: string): Buffer =>
  Buffer.concat([say.parse('', text), say.bind('', ''), say.execute()]);
const repeat = (bytes: Buffer, times: number): Buffer =>
  Buffer.concat(Array.from({ length: times }, () => bytes));

/** Sends `burst` as fast as the socket takes it, for so long. */
async function flood(socket: TLSSocket, burst: Buffer, ms: number): Promise<void> {
  const until = performance.now() + ms;
  while (performance.now() < until && !socket.destroyed) {
    if (socket.writableLength < 1_000_000) socket.write(burst);
    // The socket's own work gets its turn too.
    await (socket.writableLength < 1_000_000 ? new Promise(setImmediate) : sleep(20));
  }
}

it.each([
  [
    'the extended protocol',
    repeat(Buffer.concat([extended('select repeat($$y$$, 100)'), say.sync]), 500),
    false,
  ],
  ['the extended protocol, without a Sync', repeat(extended('select 1'), 500), false],
  ['the simple protocol', repeat(say.query('select 1'), 500), false],
  ['a server that does not get on', repeat(extended('select pg_sleep(600)'), 500), true],
] as const)('does not take in a pipeline without end: %s', { timeout: 60_000 }, async (_of, burst, reads) => {
  const worker = pid('worker 0');
  const socket = await session();
  if (reads) socket.resume();
  else socket.pause();
  const grown = await growth(() => flood(socket, burst, 6_000));
  expect(socket.destroyed).toBe(false);
  socket.destroy();
  for (const name of WATCHED) expect(grown[name], name).toBeLessThan(FLOOD_GROWTH_MAX_MB);
  expect(pid('worker 0')).toBe(worker);
  const after = await session();
  after.write(say.query('select 1'));
  await readUntil(after, 'SELECT 1', 10_000);
  after.destroy();
});

it('slows a client down that sends more than the server gets on with, and answers all of it', async () => {
  const socket = await session();
  let answers = '';
  let ends = 0;
  const one = 'SELECT 1\0';
  socket.on('data', (chunk: Buffer) => {
    answers += chunk.toString('latin1');
    for (let at = answers.indexOf(one); at >= 0; at = answers.indexOf(one)) {
      ends++;
      answers = answers.slice(at + one.length);
    }
  });
  // Some 30 MB, which is more than may wait: a client that does not stop when told to would be ended.
  const statements = 30_000;
  const burst = repeat(extended(`select length('${'z'.repeat(1_000)}')`), 100);
  const grown = await growth(async () => {
    for (let sent = 0; sent < statements; sent += 100) {
      if (!socket.write(burst)) await once(socket, 'drain');
    }
    socket.write(say.sync);
    while (ends < statements && !socket.destroyed) await sleep(50);
  });
  expect(ends).toBe(statements);
  socket.destroy();
  for (const name of WATCHED) expect(grown[name], name).toBeLessThan(FLOOD_GROWTH_MAX_MB);
}, 120_000);

it('does not grow with silent and half-open connections', async () => {
  const grown = await growth(async () => {
    const sockets = await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        const socket = connect(gate.port, '127.0.0.1');
        socket.on('error', () => undefined);
        await once(socket, 'connect');
        if (index % 3 === 1) socket.write(encodeSslRequest());
        if (index % 3 === 2) socket.write(Buffer.from([0, 0, 0x27]));
        return socket;
      }),
    );
    await sleep(2_000);
    for (const socket of sockets) socket.destroy();
  });
  for (const name of WATCHED) expect(grown[name], name).toBeLessThan(GROWTH_MAX_MB);
  // The places of the unauthenticated are free again once Envoy has told of their ends.
  for (let tries = 0; ; tries++) {
    const socket = await session().catch((error: unknown) => {
      if (tries === 30) throw error;
    });
    if (socket !== undefined) return socket.destroy();
    await sleep(200);
  }
});
