/**
 * Envoy and the service on two hosts, with everything that is real: sessions over mutual TLS, nothing for whoever cannot
 * prove itself, on either side, and certificates that are renewed while sessions live.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';

import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { HEALTH_CHECK_PATH } from '../ext-proc/edge/health-service.ts';
import { makeAuthority, type TestAuthority } from './support/mutual-tls.ts';
import { openSocket } from './support/postgres-socket.ts';
import { ENVOY_NAME, SERVICE_NAME, startRemoteGate, type RemoteGate } from './support/remote-gate.ts';

// The service is stopped and started several times, on a machine that does other things too.
vi.setConfig({ testTimeout: 180_000 });

let gate: RemoteGate;
let listenerCa: string;
beforeAll(async () => {
  gate = await startRemoteGate();
  listenerCa = await readFile(gate.listenerCaFile, 'utf8');
});
afterAll(() => gate?.stop());

async function session(): Promise<Client> {
  const client = new Client({
    host: 'localhost',
    port: gate.port,
    user: 'agent',
    password: await gate.token(),
    database: 'app',
    ssl: { ca: listenerCa },
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** A CancelRequest, as libpq sends it: on a connection of its own, without TLS, until the other side closes it. */
async function cancel(client: Client): Promise<void> {
  const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(80_877_102, 4);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  const socket = await openSocket(gate.port);
  socket.write(request);
  socket.resume();
  await once(socket, 'end');
  socket.destroy();
}

/** What a new session gets: rows, or the error of the connect. */
async function tryOut(): Promise<string> {
  try {
    const client = await session();
    const { rows } = await client.query<{ n: number }>('SELECT count(*)::int AS n FROM people');
    await client.end();
    return `${rows[0]?.n} people`;
  } catch (error) {
    return (error as Error).message;
  }
}

async function until(what: string, holds: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`${what} did not come to hold\n${gate.serviceLog()}`);
    await sleep(100);
  }
}

interface Pair {
  readonly certificate: string;
  readonly key: string;
}

/** What worker `index` says to a health check of ours: a gRPC status, or why there is none. */
function checkHealth(
  index: number,
  pair: Pair | undefined,
  authority = gate.serviceAuthority,
): Promise<string> {
  return new Promise((resolve) => {
    const http2: ClientHttp2Session = connectHttp2(`https://127.0.0.1:${gate.servicePort + index}`, {
      ca: authority.certificate,
      servername: SERVICE_NAME,
      ...(pair === undefined ? {} : { cert: pair.certificate, key: pair.key }),
    });
    const done = (answer: string): void => {
      resolve(answer);
      http2.destroy();
    };
    http2.on('error', (error: NodeJS.ErrnoException) => done(`refused: ${error.code}`));
    const stream = http2.request({
      ':method': 'POST',
      ':path': HEALTH_CHECK_PATH,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.on('error', (error) => done(`refused: ${error.message}`));
    stream.on('close', () => done('refused: closed'));
    stream.on('trailers', (trailers) => done(`grpc-status ${String(trailers['grpc-status'])}`));
    stream.on('data', () => undefined);
    stream.end(Buffer.alloc(5));
  });
}

const serviceStat = (name: string): Promise<number> => gate.envoy.stat(`cluster.gatehouse_service.${name}`);
const healthy = async (): Promise<boolean> => (await serviceStat('membership_healthy')) === gate.workers;
/** Anew: after a restart `membership_healthy` is what the checks before it found, until each worker failed or passed again. */
const healthyAnew = async (): Promise<void> => {
  const passedBefore = await serviceStat('health_check.success');
  await until(
    'workers that passed checks after the restart',
    async () =>
      (await serviceStat('health_check.success')) >= passedBefore + 3 * gate.workers && (await healthy()),
  );
};
const dials = (): Promise<number> =>
  gate.envoy.stat('cluster.gatehouse_server_orders-prod.upstream_cx_total');

describe('a session over both hosts', () => {
  test('gives rows, refuses by the same policy, cancels, and is in the evidence', async () => {
    const client = await session();
    expect((await client.query('SELECT name FROM people WHERE id = 1')).rows).toHaveLength(1);
    await expect(client.query('DELETE FROM people')).rejects.toMatchObject({
      message: expect.stringContaining('gatehouse: denied') as string,
      detail: expect.stringContaining('postgres.destructive.delete_without_where') as string,
    });
    // A cancel reaches the server over the service's own way through Envoy.
    const endless = client.query('SELECT count(*) FROM people a, people b, people c, people d');
    const ended = expect(endless).rejects.toMatchObject({ code: '57014' });
    await until('the statement at the server', async () => (await gate.running('people d')) === 1);
    await cancel(client);
    await ended;
    await client.end();
    const sql =
      "SELECT decision, rule, outcome FROM events WHERE action_kind = 'postgres.query' AND principal_subject = 'agent:remote' AND has(verbs, 'DELETE')";
    let rows = '';
    await until('the row', async () => (rows = await gate.query(sql)) !== '');
    expect(rows).toBe('deny\tpostgres.destructive.delete_without_where\tdenied\n');
  });

  test.skipIf(!existsSync('/usr/bin/psql'))('serves psql with verify-full', async () => {
    const token = await gate.token();
    const conninfo = `host=localhost port=${gate.port} dbname=app user=agent sslmode=verify-full sslrootcert=${gate.listenerCaFile}`;
    const printed = await new Promise((resolve) => {
      const args = [conninfo, '-XAtc', 'SELECT count(*) FROM people'];
      execFile('psql', args, { env: { ...process.env, PGPASSWORD: token } }, (_error, stdout, stderr) =>
        resolve(stdout + stderr),
      );
    });
    expect(printed).toBe('300\n');
  });
});

describe('the service', () => {
  test.for([0, 1])(
    'serves nobody on the port of worker %i who cannot show a certificate of its CA',
    async (worker) => {
      const stranger = await (await makeAuthority('stranger')).issue('envoy', ENVOY_NAME);
      const ours = await gate.envoyAuthority.issue('another envoy', ENVOY_NAME);
      // A certificate of the service's own CA is not one of Envoy's.
      const ownKind = await gate.serviceAuthority.issue('envoy', ENVOY_NAME);
      expect(await checkHealth(worker, undefined)).toMatch(/^refused/);
      expect(await checkHealth(worker, stranger)).toMatch(/^refused/);
      expect(await checkHealth(worker, ownKind)).toMatch(/^refused/);
      expect(await checkHealth(worker, ours)).toBe('grpc-status 0');
    },
  );
});

describe('Envoy', () => {
  afterEach(async () => {
    await gate.servicePair.install(await gate.serviceAuthority.issue('service', SERVICE_NAME));
    await gate.restartService();
    await healthyAnew();
    expect(await tryOut()).toBe('300 people');
  });

  const impostors: readonly [string, string, () => Promise<Pair>][] = [
    [
      'of another CA, with the right name',
      'ssl.fail_verify_error',
      async () => (await makeAuthority('impostor')).issue('service', SERVICE_NAME),
    ],
    [
      'of the right CA, with another name',
      'ssl.fail_verify_san',
      () => gate.serviceAuthority.issue('other', 'other.internal.example.com'),
    ],
  ];
  test.for(impostors)('hands nothing to a service whose certificate is %s', async ([, counter, issue]) => {
    const refusedBefore = await serviceStat(counter);
    await gate.servicePair.install(await issue());
    await gate.restartService();
    await until('Envoy to have met the impostor', async () => (await serviceStat(counter)) > refusedBefore);
    await until('no healthy worker', async () => (await serviceStat('membership_healthy')) === 0);
    const before = await dials();
    expect(await tryOut()).not.toContain('people');
    expect(await dials()).toBe(before);
  });
});

describe('certificates that are renewed', () => {
  let next: { readonly service: TestAuthority; readonly envoy: TestAuthority };
  beforeEach(async () => {
    next = { service: await makeAuthority('service 2'), envoy: await makeAuthority('envoy 2') };
  });

  /** The serial of what Envoy shows, by its admin interface. */
  const shownByEnvoy = async (): Promise<readonly string[]> => {
    const { certificates } = (await (await gate.envoy.admin('/certs')).json()) as {
      certificates: { cert_chain?: { serial_number: string }[] }[];
    };
    return certificates.flatMap(({ cert_chain }) => (cert_chain ?? []).map((each) => each.serial_number));
  };

  test('are taken by both sides without a restart, down to another CA, while a session lives on', async () => {
    const living = await session();
    const before = await shownByEnvoy();

    // First both trust both CAs, then each shows a certificate of the new one, then the old ones go.
    await gate.servicePair.trust(gate.envoyAuthority, next.envoy);
    await gate.envoyPair.trust(gate.serviceAuthority, next.service);
    await until('the service trusting both', async () =>
      (await checkHealth(0, await next.envoy.issue('probe', ENVOY_NAME))).startsWith('grpc'),
    );
    await gate.envoyPair.install(await next.envoy.issue('envoy', ENVOY_NAME));
    await gate.servicePair.install(await next.service.issue('service', SERVICE_NAME));
    const known = await next.envoy.issue('probe', ENVOY_NAME);
    for (let worker = 0; worker < gate.workers; worker++) {
      await until('the new certificate of the service', async () =>
        (await checkHealth(worker, known, next.service)).startsWith('grpc'),
      );
    }
    await until('Envoy showing another certificate', async () =>
      (await shownByEnvoy()).every((serial) => !before.includes(serial)),
    );
    await gate.servicePair.trust(next.envoy);
    await gate.envoyPair.trust(next.service);
    const old = await gate.envoyAuthority.issue('old', ENVOY_NAME);
    for (let worker = 0; worker < gate.workers; worker++) {
      await until('the old CA refused', async () =>
        (await checkHealth(worker, old, next.service)).startsWith('refused'),
      );
    }
    expect((await living.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await living.end();

    // A service that starts anew takes new connections alone: what Envoy shows and trusts now is what counts.
    await gate.restartService();
    await healthyAnew();
    expect(await tryOut()).toBe('300 people');
  });

  test('are refused by both sides where key and certificate do not belong together, and the old ones stay', async () => {
    const [one, other] = [
      await next.envoy.issue('envoy', ENVOY_NAME),
      await next.envoy.issue('envoy', ENVOY_NAME),
    ];
    const refusals = 'sds.gatehouse_service_certificate.key_rotation_failed';
    const refusedBefore = await gate.envoy.stat(refusals);
    const shown = await shownByEnvoy();
    await gate.envoyPair.install({ certificate: one.certificate, key: other.key });
    await gate.servicePair.install({ certificate: one.certificate, key: other.key });
    await until('a refusal by the service', async () =>
      gate.serviceLog().includes('new service certificates refused'),
    );
    await until('a refusal by Envoy', async () => (await gate.envoy.stat(refusals)) > refusedBefore);
    expect(await shownByEnvoy()).toEqual(shown);
    expect(await tryOut()).toBe('300 people');
  });
});
