/** `npm start -- --config FILE`: Envoy and the service before a server of one's own, with an issuer of one's own. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { createSystemClock } from '../ext-proc/adapters/system-clock.ts';
import { ensureDevCertificates, type CertificateFiles } from '../ext-proc/embedded/dev-ca.ts';
import { mintToken, startDevIssuer, type DevIssuer } from '../ext-proc/embedded/dev-issuer.ts';
import { freePort } from '../ext-proc/embedded/ready.ts';
import { readRun } from '../ext-proc/supervisor/run-file.ts';
import { startSamplePostgres } from './support/postgres.ts';
import { temporaryDirectory, type TemporaryDirectory } from './support/temporary-directory.ts';

const ROOT = join(import.meta.dirname, '..');
let directory: TemporaryDirectory;
let database: Awaited<ReturnType<typeof startSamplePostgres>>;
let issuer: DevIssuer;
let port: number;
let caFile: string;
let file: string;

beforeAll(async () => {
  directory = await temporaryDirectory();
  database = await startSamplePostgres();
  port = await freePort();
  issuer = await startDevIssuer({
    directory: join(directory.path, 'issuer'),
    port: 0,
    listeners: [`127.0.0.1:${port}`],
    audience: 'databases',
  });
  const tls = await ensureDevCertificates({
    directory: join(directory.path, 'tls'),
    names: ['gate'],
    nowMs: Date.now(),
  });
  caFile = tls.caFile;
  const gate = tls.servers.get('gate') as CertificateFiles;
  file = join(directory.path, 'own.yaml');
  await writeFile(
    file,
    `
version: 1
service: { workers: 1, stateDirectory: own, metricsAddress: '127.0.0.1:${await freePort()}', drainTimeout: 1s }
envoy: { adminAddress: '127.0.0.1:${await freePort()}', concurrency: 1 }
listeners:
  - name: orders
    protocol: postgres
    address: 127.0.0.1:${port}
    upstream: orders-db
    tls: { certificate: { file: '${gate.certificateFile}' }, key: { file: '${gate.keyFile}' } }
upstreams:
  - name: orders-db
    protocol: postgres
    address: 127.0.0.1:${database.server.port}
    tls: { mode: verify-full, ca: { file: '${database.caFile}' }, serverName: localhost }
    labels: { env: prod }
    databases: [app]
    credentials:
      - { groups: [developers], user: app_developer, password: { file: '${database.passwordFiles.app_developer}' } }
    catalogue: { user: gatehouse_catalogue, password: { file: '${database.passwordFiles.gatehouse_catalogue}' } }
issuers:
  - { issuer: '${issuer.issuer}', audience: databases, algorithms: [ES256] }
policy: { bundle: { file: '${join(ROOT, 'policies-rego/bundle')}' } }
audit: { clickhouse: { flushInterval: 200ms } }
`,
  );
});
afterAll(async () => {
  await gatehouse('stop');
  await issuer.stop();
  await database.stop();
  await directory.remove();
});

const token = (): Promise<string> =>
  mintToken({
    directory: join(directory.path, 'issuer'),
    issuer: issuer.issuer,
    audience: 'databases',
    subject: 'agent:own',
    groups: ['developers'],
    ttlMs: 600_000,
    clock: createSystemClock(),
  });

function gatehouse(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, GATEHOUSE_HOME: join(directory.path, 'home'), NO_COLOR: '1' };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(ROOT, 'ext-proc/cli/gatehouse.ts'), ...args],
      { env },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
      },
    );
  });
}

test('a wrong key in the file stops the start and is named with its line', async () => {
  const wrong = join(directory.path, 'wrong.yaml');
  await writeFile(wrong, (await readFile(file, 'utf8')).replace('concurrency:', 'concurency:'));
  const { code, stderr } = await gatehouse('start', '--config', wrong);
  expect(code).toBe(1);
  expect(stderr).toContain('concurency');
  expect(stderr).toMatch(/wrong\.yaml:4/);
});

test('serves the upstreams of the file, and the commands find it without being told', async () => {
  const started = await gatehouse('start', '--config', file, '--detach', '--any-ports');
  expect(started).toMatchObject({ code: 0, stderr: '' });
  expect(started.stdout).toContain(`orders: 127.0.0.1:${port} → orders-db`);

  const status = JSON.parse((await gatehouse('status', '--json')).stdout) as {
    ready: boolean;
    endpoints: object;
  };
  expect(status.ready).toBe(true);
  expect(Object.keys(status.endpoints)).toEqual(['postgres', 'clickhouse', 'envoyAdmin']);

  const client = new Client({
    host: 'localhost',
    port,
    user: 'agent',
    password: await token(),
    database: 'app',
    ssl: { ca: await readFile(caFile, 'utf8') },
  });
  await client.connect();
  expect((await client.query('SELECT count(*)::int AS n FROM people')).rows).toEqual([{ n: 300 }]);
  // The label says prod, where the default policy holds a developer's writes, and nobody can approve yet.
  await expect(client.query("UPDATE people SET notes = '' WHERE id = 1")).rejects.toMatchObject({
    severity: 'ERROR',
  });
  await client.end();

  const sql = "SELECT decision FROM events WHERE upstream = 'orders-db' AND statement LIKE 'UPDATE%'";
  const deadline = performance.now() + 15_000;
  let decision = '';
  while (decision === '' && performance.now() < deadline) {
    decision = (await gatehouse('query', sql, '--format', 'TSV')).stdout;
  }
  expect(decision).toMatch(/^(hold|deny)\n$/);
  expect(await gatehouse('token', '--subject', 'x')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('GH_NO_DEV_ISSUER') as string,
  });

  expect((await gatehouse('stop')).stdout).toContain('Stopped.');
  expect((await gatehouse('status', '--json')).stdout).toBe('{"ready":false,"endpoints":{}}\n');
});

test('the service alone serves without Envoy, says so, and ends in good order on SIGTERM', async () => {
  const service = spawn(process.execPath, [join(ROOT, 'ext-proc/main.ts'), '--config', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  service.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const ended = once(service, 'exit') as Promise<[number | null, string | null]>;
  const deadline = performance.now() + 30_000;
  while (!log.includes('"serving"') && performance.now() < deadline) await sleep(50);
  expect(log).toContain('"serving"');

  const { metrics, mode, endpoints } = (await readRun(join(directory.path, 'own')))!;
  expect(mode).toBe('service');
  expect(Object.keys(endpoints)).toEqual(['clickhouse']);
  expect(await (await fetch(`${metrics}/ready`)).json()).toMatchObject({ ready: true });

  service.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(log).toContain('"stopped"');
  expect(await readRun(join(directory.path, 'own'))).toBeUndefined();
});
