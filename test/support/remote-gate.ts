/**
 * The whole gate as on two hosts, from the example that the network team deploys: the service as its own process,
 * reached over TCP with mutual TLS, Envoy with what is rendered from the same file, the sample PostgreSQL behind it.
 * Only addresses and places of files are this machine's.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { parse, stringify } from 'yaml';

import { createSystemClock } from '../../ext-proc/adapters/system-clock.ts';
import { loadConfig } from '../../ext-proc/config/load.ts';
import { ensureDevCertificates, type CertificateFiles } from '../../ext-proc/embedded/dev-ca.ts';
import { mintToken, startDevIssuer } from '../../ext-proc/embedded/dev-issuer.ts';
import { freePort, portIsFree } from '../../ext-proc/embedded/ready.ts';
import { startTestEnvoy, type TestEnvoy } from './envoy.ts';
import { makeAuthority, type TestAuthority } from './mutual-tls.ts';
import { startSamplePostgres } from './postgres.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const ROOT = join(import.meta.dirname, '../..');
const EXAMPLE = join(ROOT, 'envoy/examples/postgres-remote-service-mtls.gatehouse.yaml');
/** The names of the example. */
export const SERVICE_NAME = 'gate.internal.example.com';
export const ENVOY_NAME = 'envoy.internal.example.com';
const WORKERS = 2;

interface Example {
  service: Record<string, unknown> & { remote: Record<string, unknown> };
  envoy: Record<string, unknown> & { serviceTls: Record<string, unknown> };
  listeners: Record<string, unknown>[];
  upstreams: Record<string, unknown>[];
  issuers: Record<string, unknown>[];
  policy: unknown;
  audit?: unknown;
}

/** A pair in a directory of its own, replaced as a careful operator does: written apart, then moved over. */
export interface InstalledPair {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** The CA that the other side must come from. */
  readonly caFile: string;
  install(pair: { readonly certificate: string; readonly key: string }): Promise<void>;
  trust(...authorities: readonly TestAuthority[]): Promise<void>;
}

export interface RemoteGate {
  readonly envoy: TestEnvoy;
  /** Of worker 0; worker n has the port plus n. */
  readonly servicePort: number;
  readonly workers: number;
  readonly serviceAuthority: TestAuthority;
  readonly envoyAuthority: TestAuthority;
  /** What the service reads. */
  readonly servicePair: InstalledPair;
  /** What Envoy reads. */
  readonly envoyPair: InstalledPair;
  /** Of the listener: `host=localhost port=… dbname=app …`, verified. */
  readonly port: number;
  readonly listenerCaFile: string;
  token(): Promise<string>;
  /** How many statements with this text in them the real server is at. */
  running(text: string): Promise<number>;
  /** `gatehouse query`, as TSV. */
  query(sql: string): Promise<string>;
  /** Ends the service's process in good order and starts another with the files as they are now. */
  restartService(): Promise<void>;
  /** What the service has logged since its start. */
  serviceLog(): string;
  stop(): Promise<void>;
}

export async function startRemoteGate(): Promise<RemoteGate> {
  const directory = await temporaryDirectory();
  const database = await startSamplePostgres();
  const port = await freePort();
  const servicePort = await freePorts(WORKERS);
  const issuerDirectory = join(directory.path, 'issuer');
  const issuer = await startDevIssuer({
    directory: issuerDirectory,
    port: 0,
    listeners: [`127.0.0.1:${port}`],
  });
  const listenerTls = await ensureDevCertificates({
    directory: join(directory.path, 'listener'),
    names: ['gate'],
    nowMs: Date.now(),
  });
  const listener = listenerTls.servers.get('gate') as CertificateFiles;

  const [serviceAuthority, envoyAuthority] = [await makeAuthority('service'), await makeAuthority('envoy')];
  const servicePair = await installedPair(join(directory.path, 'service-tls'));
  await servicePair.install(await serviceAuthority.issue('service', SERVICE_NAME));
  await servicePair.trust(envoyAuthority);
  const envoyPair = await installedPair(join(directory.path, 'envoy-tls'));
  await envoyPair.install(await envoyAuthority.issue('envoy', ENVOY_NAME));
  await envoyPair.trust(serviceAuthority);

  const example = parse(await readFile(EXAMPLE, 'utf8')) as Example;
  Object.assign(example.service, {
    workers: WORKERS,
    stateDirectory: 'state',
    socketDirectory: 'run',
    metricsAddress: `127.0.0.1:${await freePort()}`,
    drainTimeout: '1s',
  });
  Object.assign(example.service.remote, {
    address: `127.0.0.1:${servicePort}`,
    anchorAddress: `127.0.0.1:${await freePort()}`,
    certificate: { file: servicePair.certificateFile },
    key: { file: servicePair.keyFile },
    clientCa: { file: servicePair.caFile },
  });
  Object.assign(example.envoy, { adminAddress: `127.0.0.1:${await freePort()}`, accessLog: 'access.log' });
  Object.assign(example.envoy.serviceTls, {
    certificate: { file: envoyPair.certificateFile },
    key: { file: envoyPair.keyFile },
    ca: { file: envoyPair.caFile },
  });
  Object.assign(example.listeners[0]!, {
    address: `127.0.0.1:${port}`,
    tls: { certificate: { file: listener.certificateFile }, key: { file: listener.keyFile } },
  });
  Object.assign(example.upstreams[0]!, {
    address: `127.0.0.1:${database.server.port}`,
    tls: { ca: { file: database.caFile }, serverName: 'localhost' },
    databases: ['app'],
    credentials: [
      {
        groups: ['developers'],
        user: 'app_developer',
        password: { file: database.passwordFiles.app_developer },
      },
    ],
    catalogue: {
      user: 'gatehouse_catalogue',
      password: { file: database.passwordFiles.gatehouse_catalogue },
    },
    serviceAddress: `127.0.0.1:${await freePort()}`,
  });
  Object.assign(example.issuers[0]!, { issuer: issuer.issuer });
  example.policy = { bundle: { file: join(ROOT, 'policies-rego/bundle') } };
  example.audit = { clickhouse: { flushInterval: '200ms' } };
  const file = join(directory.path, 'gatehouse.yaml');
  await writeFile(file, stringify(example));

  const { host, user, password } = database.server;
  const watcher = new Client({
    host,
    port: database.server.port,
    user,
    password,
    database: 'app',
    ssl: { ca: database.ca },
  });
  await watcher.connect();
  let service = await startServiceProcess(file);
  const envoy = await startTestEnvoy(await loadConfig(file), directory.path);
  return {
    envoy,
    servicePort,
    workers: WORKERS,
    serviceAuthority,
    envoyAuthority,
    servicePair,
    envoyPair,
    port,
    listenerCaFile: listenerTls.caFile,
    token: () =>
      mintToken({
        directory: issuerDirectory,
        issuer: issuer.issuer,
        audience: 'gatehouse',
        subject: 'agent:remote',
        groups: ['developers'],
        ttlMs: 600_000,
        clock: createSystemClock(),
      }),
    running: async (text) => {
      const { rows } = await watcher.query<{ n: number }>(
        "SELECT count(*)::int AS n FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND strpos(query, $1) > 0",
        [text],
      );
      return rows[0]?.n ?? 0;
    },
    query: (sql) =>
      new Promise((resolve, reject) => {
        const args = ['query', sql, '--config', file, '--format', 'TSV'];
        execFile(
          process.execPath,
          [join(ROOT, 'ext-proc/cli/gatehouse.ts'), ...args],
          (error, stdout, stderr) => {
            if (error === null) resolve(stdout);
            else reject(new Error(stderr));
          },
        );
      }),
    restartService: async () => {
      await service.stop();
      service = await startServiceProcess(file);
    },
    serviceLog: () => service.log(),
    stop: async () => {
      await service.stop();
      await envoy.stop();
      await issuer.stop();
      await watcher.end();
      await database.stop();
      await directory.remove();
    },
  };
}

async function installedPair(directory: string): Promise<InstalledPair> {
  await mkdir(directory);
  const place = (name: string): string => join(directory, name);
  const replace = async (name: string, text: string): Promise<void> => {
    await writeFile(place(`.${name}.next`), text, { mode: 0o600 });
    await rename(place(`.${name}.next`), place(name));
  };
  return {
    certificateFile: place('tls.crt'),
    keyFile: place('tls.key'),
    caFile: place('peer-ca.crt'),
    install: async ({ certificate, key }) => {
      await replace('tls.key', key);
      await replace('tls.crt', certificate);
    },
    trust: (...authorities) => replace('peer-ca.crt', authorities.map((each) => each.certificate).join('\n')),
  };
}

interface ServiceProcess {
  log(): string;
  stop(): Promise<void>;
}

async function startServiceProcess(configFile: string): Promise<ServiceProcess> {
  const child: ChildProcess = spawn(
    process.execPath,
    [join(ROOT, 'ext-proc/main.ts'), '--config', configFile],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const deadline = performance.now() + 60_000;
  while (!log.includes('"serving"')) {
    if (child.exitCode !== null || performance.now() > deadline) throw new Error(`no service:\n${log}`);
    await sleep(50);
  }
  return {
    log: () => log,
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** The first of `count` ports in a row that were free a moment ago. */
async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = await freePort();
    const others = Array.from({ length: count - 1 }, (_, index) => portIsFree(first + 1 + index));
    if ((await Promise.all(others)).every(Boolean)) return first;
  }
}
