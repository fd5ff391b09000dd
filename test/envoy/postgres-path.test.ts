/**
 * The rendered Envoy alone, with a processor that lets everything pass: what Envoy does with PostgreSQL's bytes, with
 * silent and stalled clients, and with servers and workers that are gone.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { connect as connectTls } from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEchoProcessor } from '../../bench/echo-processor.ts';
import type { GatehouseConfig } from '../../ext-proc/config/config.ts';
import { anchorSocket, catalogueSocket, workerSocket } from '../../ext-proc/config/socket-paths.ts';
import { ensureDevCertificates } from '../../ext-proc/embedded/dev-ca.ts';
import type { Postgres } from '../../ext-proc/embedded/postgres.ts';
import { freePort } from '../../ext-proc/embedded/ready.ts';
import { startEchoWorker, type EchoWorker } from '../support/echo-worker.ts';
import { startTestEnvoy, testConfig, type TestEnvoy } from '../support/envoy.ts';
import { openSocket, query, readToEnd, readUntil, startupPacket } from '../support/postgres-socket.ts';
import { startTestPostgres } from '../support/postgres.ts';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.ts';

const DIALS = 'cluster.gatehouse_server_sample.upstream_cx_total';
const READY_FOR_QUERY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

let directory: TemporaryDirectory;
let postgres: Postgres;
let config: GatehouseConfig;
let envoy: TestEnvoy;
let worker: EchoWorker;
let port: number;

beforeAll(async () => {
  directory = await temporaryDirectory();
  const certificates = await ensureDevCertificates({
    directory: join(directory.path, 'tls'),
    names: ['server'],
    nowMs: Date.now(),
  });
  const server = certificates.servers.get('server');
  if (server === undefined) throw new Error('no certificate');
  postgres = await startTestPostgres({
    hba: ['host all all 127.0.0.1/32 trust'],
    tls: { certificate: server.certificate, key: server.key },
  });
  config = await testConfig({
    directory: directory.path,
    upstream: `127.0.0.1:${postgres.port}`,
  });
  worker = await startEchoWorker(workerSocket(config.service.socketDirectory, 0));
  envoy = await startTestEnvoy(config, directory.path);
  port = config.listeners[0]?.address.port as number;
});

afterAll(async () => {
  await envoy?.stop();
  await worker?.stop();
  await postgres?.stop();
  await directory?.remove();
});

async function connectClient(): Promise<pg.Client> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function signIn(to = port): Promise<Socket> {
  const socket = await openSocket(to);
  socket.write(startupPacket('postgres', 'postgres'));
  await readUntil(socket, READY_FOR_QUERY, 5_000);
  return socket;
}

describe('sessions', () => {
  it('carries simple and extended queries unchanged', async () => {
    const client = await connectClient();
    expect((await client.query('SELECT 1 + 1 AS two')).rows).toEqual([{ two: 2 }]);
    expect((await client.query('SELECT $1::text AS echo', ['päivää'])).rows).toEqual([{ echo: 'päivää' }]);
    await client.end();
  });

  it('carries a result of 50 MB whole', async () => {
    const client = await connectClient();
    const { rows } = await client.query(
      "SELECT sum(length(line)) AS total, count(*) AS lines FROM (SELECT repeat('x', 1000) AS line FROM generate_series(1, 1000)) t",
    );
    expect(rows).toEqual([{ total: '1000000', lines: '1000' }]);
    const big = await client.query("SELECT repeat('x', 50000) AS line FROM generate_series(1, 1000)");
    expect(big.rows.reduce((total, row: { line: string }) => total + row.line.length, 0)).toBe(50_000_000);
    await client.end();
  });

  it("delivers the answer to a query that is followed by the client's FIN", async () => {
    const socket = await signIn();
    socket.end(query("SELECT pg_sleep(0.3), 'after the fin'"));
    const { bytes, ended } = await readToEnd(socket, 5_000);
    expect(bytes.includes('after the fin')).toBe(true);
    expect(ended).toBe(true);
  });

  it('passes a direct TLS handshake on to the server', async () => {
    const socket = connectTls({
      host: '127.0.0.1',
      port,
      ALPNProtocols: ['postgresql'],
      rejectUnauthorized: false,
    });
    await once(socket, 'secureConnect');
    expect(socket.alpnProtocol).toBe('postgresql');
    socket.write(startupPacket('postgres', 'postgres'));
    await readUntil(socket, READY_FOR_QUERY, 5_000);
    socket.destroy();
  });

  it('does not let clients that read nothing stop another session', async () => {
    const stalled = await Promise.all(Array.from({ length: 8 }, () => signIn()));
    for (const socket of stalled) {
      socket.pause();
      socket.write(query("SELECT repeat('x', 10000) FROM generate_series(1, 20000)"));
    }
    await delay(1_500);
    const client = await connectClient();
    const began = performance.now();
    for (let turn = 0; turn < 100; turn += 1) await client.query('SELECT 1');
    expect(performance.now() - began).toBeLessThan(3_000);
    await client.end();
    for (const socket of stalled) socket.destroy();
  });
});

describe('clients that have not proven anything', () => {
  it('closes a client that says nothing, without dialling the server for it', async () => {
    const before = await envoy.stat(DIALS);
    const socket = await openSocket(port);
    const { ended, afterMs, bytes } = await readToEnd(socket, 8_000);
    expect(ended).toBe(true);
    expect(bytes.length).toBe(0);
    expect(afterMs).toBeGreaterThan(3_000);
    expect(afterMs).toBeLessThan(6_000);
    expect(await envoy.stat(DIALS)).toBe(before);
  });

  it('closes a client that begins a TLS handshake and stops, without dialling', async () => {
    const before = await envoy.stat(DIALS);
    const socket = await openSocket(port);
    socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02]));
    expect((await readToEnd(socket, 8_000)).ended).toBe(true);
    expect(await envoy.stat(DIALS)).toBe(before);
  });

  it('lets a client that sends its first packet byte by byte in', async () => {
    const socket = await openSocket(port);
    socket.setNoDelay(true);
    for (const byte of startupPacket('postgres', 'postgres')) {
      socket.write(Buffer.from([byte]));
      await delay(2);
    }
    await readUntil(socket, READY_FOR_QUERY, 5_000);
    socket.destroy();
  });
});

describe('bounds', () => {
  it('closes clients above the most connections at once, and sessions and the admin interface go on', async () => {
    const own = await temporaryDirectory();
    const here = await testConfig({
      directory: own.path,
      upstream: `127.0.0.1:${postgres.port}`,
      envoyExtra: 'connectionsMax: 3',
    });
    const echo = await startEchoWorker(workerSocket(here.service.socketDirectory, 0));
    const other = await startTestEnvoy(here, own.path);
    const sockets: Socket[] = [];
    try {
      for (let turn = 0; turn < 3; turn += 1) sockets.push(await signIn(here.listeners[0]?.address.port));
      const refused = await openSocket(here.listeners[0]?.address.port as number);
      const { ended, afterMs, bytes } = await readToEnd(refused, 3_000);
      expect({ ended, bytes: bytes.length }).toEqual({ ended: true, bytes: 0 });
      expect(afterMs).toBeLessThan(1_000);
      expect((await other.admin('/server_info')).status).toBe(200);
      sockets[0]?.write(query("SELECT 'goes on'"));
      await readUntil(sockets[0] as Socket, 'goes on', 3_000);
    } finally {
      for (const socket of sockets) socket.destroy();
      await other.stop();
      await echo.stop();
      await own.remove();
    }
  });

  it('spreads sessions over the worker threads', async () => {
    const sockets = await Promise.all(Array.from({ length: 8 }, () => signIn()));
    const text = await (
      await envoy.admin('/stats?filter=^listener\\.127.*worker_.*downstream_cx_active')
    ).text();
    const counts = [...text.matchAll(/: (\d+)/g)].map((match) => Number(match[1]));
    for (const socket of sockets) socket.destroy();
    expect(counts).toHaveLength(2);
    expect(Math.abs((counts[0] as number) - (counts[1] as number))).toBeLessThanOrEqual(2);
  });

  it('lets no second Envoy listen on the same port', async () => {
    const own = await temporaryDirectory();
    const twin = {
      ...config,
      envoy: { ...config.envoy, adminAddress: { host: '127.0.0.1', port: await freePort() } },
    };
    await expect(startTestEnvoy(twin, own.path)).rejects.toThrow(/cannot bind.*Address already in use/);
    await own.remove();
  });
});

describe('what Envoy says of a session', () => {
  it("tells the service listener, client address and connection, and nothing of the client's making", async () => {
    const own = await temporaryDirectory();
    const seen: ReadonlyMap<string, string>[] = [];
    const here = await testConfig({ directory: own.path, upstream: `127.0.0.1:${postgres.port}` });
    const processor = await startEchoProcessor({
      address: `unix:${workerSocket(here.service.socketDirectory, 0)}`,
      onHeaders: (headers) => void seen.push(headers),
    });
    const other = await startTestEnvoy(here, own.path);
    try {
      const socket = await openSocket(here.listeners[0]?.address.port as number);
      const local = `127.0.0.1:${socket.localPort}`;
      socket.write(startupPacket('postgres', 'postgres'));
      await readUntil(socket, READY_FOR_QUERY, 5_000);
      socket.destroy();
      const headers = Object.fromEntries(seen[0] as ReadonlyMap<string, string>);
      expect(headers).toMatchObject({
        ':method': 'CONNECT',
        ':authority': 'pg.postgres.gatehouse',
        'x-gatehouse-listener': 'pg',
        'x-gatehouse-client-address': local,
      });
      expect(headers['x-gatehouse-connection-id']).toMatch(/^\d+$/);
      expect(Object.keys(headers).toSorted()).toMatchInlineSnapshot(`
        [
          ":authority",
          ":method",
          ":scheme",
          "x-forwarded-proto",
          "x-gatehouse-client-address",
          "x-gatehouse-connection-id",
          "x-gatehouse-listener",
        ]
      `);
    } finally {
      await other.stop();
      processor.stop();
      await own.remove();
    }
  });

  it('logs a line for a session, without a statement', async () => {
    const client = await connectClient();
    await client.query("SELECT 'a secret word'");
    await client.end();
    const deadline = performance.now() + 5_000;
    let lines: { connection_id: number; bytes_received: number }[] = [];
    while (!lines.some((line) => line.bytes_received > 0) && performance.now() < deadline) {
      await delay(100);
      lines = (await readFile(config.envoy.accessLog as string, 'utf8'))
        .split('\n')
        .filter((each) => each !== '')
        .map((each) => JSON.parse(each));
    }
    expect(lines.at(-1)).toMatchObject({
      listener: 'pg',
      client_address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    });
    const sessions = lines.filter((line) => line.bytes_received > 0);
    expect(new Set(sessions.map((line) => line.connection_id)).size).toBe(sessions.length);
    const log = await readFile(config.envoy.accessLog as string, 'utf8');
    expect(log).not.toContain('secret word');
  });

  it('offers no admin command that changes or stops Envoy', async () => {
    for (const path of [
      '/quitquitquit',
      '/healthcheck/fail',
      '/drain_listeners',
      '/logging?level=trace',
      '/runtime_modify?a=b',
    ]) {
      expect((await envoy.admin(path, { method: 'POST' })).status, path).toBe(403);
    }
    expect((await envoy.admin('/server_info')).status).toBe(200);
  });
});

describe("the service's own connection", () => {
  it("reaches the server past the gate, on a socket that is the service's alone", async () => {
    const { stat } = await import('node:fs/promises');
    const path = catalogueSocket(config.service.socketDirectory, 'sample');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const { connect } = await import('node:net');
    const socket = connect(path);
    await once(socket, 'connect');
    socket.write(startupPacket('postgres', 'postgres'));
    await readUntil(socket, READY_FOR_QUERY, 5_000);
    socket.destroy();
  });
});

describe('when something is gone', () => {
  it('gives the client to the anchor when the server is down', async () => {
    const own = await temporaryDirectory();
    const here = await testConfig({ directory: own.path, upstream: `127.0.0.1:${await freePort()}` });
    const echo = await startEchoWorker(workerSocket(here.service.socketDirectory, 0));
    const anchor: Server = createServer(
      (socket) => void socket.once('data', () => socket.end('the anchor answers')),
    );
    anchor.listen(anchorSocket(here.service.socketDirectory));
    const other = await startTestEnvoy(here, own.path);
    try {
      for (let turn = 0; turn < 3; turn += 1) {
        const socket = await openSocket(here.listeners[0]?.address.port as number);
        socket.write(startupPacket('postgres', 'postgres'));
        const { bytes } = await readToEnd(socket, 5_000);
        expect(bytes.toString()).toBe('the anchor answers');
        socket.destroy();
      }
    } finally {
      await other.stop();
      anchor.close();
      await echo.stop();
      await own.remove();
    }
  });

  it('ends sessions and dials nothing when the service is killed, and goes on when it is back', async () => {
    const socket = await signIn();
    worker.signal('SIGKILL');
    expect((await readToEnd(socket, 5_000)).ended).toBe(true);
    await delay(2_500);
    const before = await envoy.stat(DIALS);
    const refused = await openSocket(port);
    refused.write(startupPacket('postgres', 'postgres'));
    expect((await readToEnd(refused, 5_000)).bytes.length).toBe(0);
    expect(await envoy.stat(DIALS)).toBe(before);
    await worker.stop();
    worker = await startEchoWorker(workerSocket(config.service.socketDirectory, 0));
    await delay(2_000);
    const client = await connectClient();
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await client.end();
  });

  it('keeps the sessions of a worker that is only busy', async () => {
    const socket = await signIn();
    worker.signal('SIGSTOP');
    await delay(3_000);
    worker.signal('SIGCONT');
    socket.write(query("SELECT 'still here'"));
    await readUntil(socket, 'still here', 5_000);
    socket.destroy();
  });

  it('ends the sessions of a frozen worker within seconds, with nothing passed on', async () => {
    const socket = await signIn();
    worker.signal('SIGSTOP');
    socket.write(query("SELECT 'never'"));
    const { bytes, ended, afterMs } = await readToEnd(socket, 12_000);
    expect(ended).toBe(true);
    expect(bytes.length).toBe(0);
    expect(afterMs).toBeLessThan(9_000);
    worker.signal('SIGCONT');
  });
});
