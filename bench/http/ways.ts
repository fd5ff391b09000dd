/**
 * The ways to one HTTP server that the bench compares, all up at once and without TLS: Envoy alone, an ext_proc service that
 * echoes (on @grpc/grpc-js, and bare on the gate's own gRPC server), ext_authz with OPA, and the gate with the standard
 * policy, its journal and its masks.
 */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { createSystemClock } from '../../ext-proc/adapters/system-clock.ts';
import type { GatehouseConfig } from '../../ext-proc/config/config.ts';
import { parseConfig } from '../../ext-proc/config/load.ts';
import { workerSocket } from '../../ext-proc/config/socket-paths.ts';
import type { Log } from '../../ext-proc/domain/log.ts';
import { startChild, type Child } from '../../ext-proc/embedded/child.ts';
import { DEV_AUDIENCE, mintToken, startDevIssuer } from '../../ext-proc/embedded/dev-issuer.ts';
import { publicJwk, signingKeys } from '../../ext-proc/embedded/dev-issuer/signing-keys.ts';
import { freePort, waitUntilReady } from '../../ext-proc/embedded/ready.ts';
import { startWorkerPool, type WorkerPool } from '../../ext-proc/supervisor/worker-pool.ts';
import { testLog } from '../../test/support/gate.ts';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { startOpaAuthz } from './opa-authz.ts';
import { MARKED_FIELDS, TEMPLATES } from './payloads.ts';
import { startWayEnvoy, type Asked } from './way-envoy.ts';

export type WayName = 'envoy' | 'echo' | 'bare' | 'opa' | 'gate';

export interface Way {
  readonly name: WayName;
  readonly port: number;
  readonly pids: () => { readonly envoy: readonly number[]; readonly service: readonly number[] };
}

export interface HttpWays {
  readonly ways: readonly Way[];
  /** What every request carries, whoever asks for it. */
  readonly token: string;
  /** Of the gate, where it is one of the ways. */
  readonly gate: { readonly config: GatehouseConfig; readonly pool: WorkerPool } | undefined;
  stop(): Promise<void>;
}

export interface HttpWaysOptions {
  readonly only: readonly WayName[];
  /** The program of the `opa` way. */
  readonly opaBinary?: string;
  readonly workers?: number;
  /** Node's flags for the gate's workers, `--cpu-prof` for example. */
  readonly execArgv?: readonly string[];
  /** Where the gate's workers say what goes wrong. */
  readonly log?: Log;
}

const WORKERS = 2;
const ENVOY_THREADS = 2;
const LISTENER = 'api';
const ROUTE = 'bench';
const UPSTREAM = 'bench';
const LABELS = { env: 'dev' };
const CREDENTIAL = 'bench-upstream-credential';
const TOKEN_TTL_MS = 6 * 3_600_000;
const BUNDLE = join(import.meta.dirname, '../../policies-rego/bundle/manifest.json');
const ASKED: Readonly<Record<WayName, Asked>> = {
  envoy: 'nobody',
  echo: 'ext_proc',
  bare: 'ext_proc',
  opa: 'ext_authz',
  gate: 'ext_proc',
};

interface Ground {
  readonly directory: string;
  readonly issuer: string;
  readonly issuerDirectory: string;
  readonly upstreamPort: number;
  readonly workers: number;
  /** Stops what has started so far, last first. */
  readonly stops: (() => Promise<unknown>)[];
}

export async function startHttpWays(options: HttpWaysOptions): Promise<HttpWays> {
  const temporary = await temporaryDirectory();
  const stops: (() => Promise<unknown>)[] = [() => temporary.remove()];
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).toReversed()) await each();
  };
  try {
    const upstream = await startUpstream(temporary.path);
    stops.push(() => upstream.child.stop());
    const issuerDirectory = join(temporary.path, 'issuer');
    const running = await startDevIssuer({
      directory: issuerDirectory,
      port: 0,
      listeners: ['127.0.0.1:1'],
    });
    stops.push(() => running.stop());
    const { issuer } = running;
    const ground: Ground = {
      directory: temporary.path,
      issuer,
      issuerDirectory,
      upstreamPort: upstream.port,
      workers: options.workers ?? WORKERS,
      stops,
    };
    const ways: Way[] = [];
    let gate: HttpWays['gate'];
    for (const name of options.only) {
      const started = await startWay(name, ground, options);
      ways.push(started.way);
      gate ??= started.gate;
    }
    const token = await mintToken({
      directory: issuerDirectory,
      issuer,
      audience: DEV_AUDIENCE,
      subject: 'agent:bench',
      onBehalfOf: 'ann@example.com',
      groups: ['developers'],
      ttlMs: TOKEN_TTL_MS,
      clock: createSystemClock(),
    });
    return { ways, token, gate, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startWay(
  name: WayName,
  ground: Ground,
  options: HttpWaysOptions,
): Promise<{ way: Way; gate: HttpWays['gate'] }> {
  const { stops, issuer, issuerDirectory } = ground;
  const directory = join(ground.directory, name);
  const workers = name === 'opa' ? 1 : ground.workers;
  const { config, port } = await wayConfig(directory, ground, workers);
  const sockets = Array.from({ length: workers }, (_, index) =>
    workerSocket(config.service.socketDirectory, index),
  );
  let service: () => readonly number[] = () => [];
  let gate: HttpWays['gate'];
  if (name === 'gate') {
    const pool = await startWorkerPool({
      module: join(import.meta.dirname, '../../ext-proc/worker.ts'),
      args: ['--config', config.file],
      count: workers,
      drainTimeoutMs: 2_000,
      log: options.log ?? testLog,
      ...(options.execArgv === undefined ? {} : { execArgv: options.execArgv }),
    });
    stops.push(() => pool.stop());
    service = () => pool.states().flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    gate = { config, pool };
  } else if (name === 'opa') {
    if (options.opaBinary === undefined) throw new Error('the opa way needs its program');
    const keys = join(directory, 'keys.json');
    const signing = await signingKeys(issuerDirectory);
    await writeFile(keys, JSON.stringify({ keys: signing.keys.map(publicJwk) }));
    const child = await startOpaAuthz(options.opaBinary, directory, {
      socket: sockets[0] as string,
      keys,
      issuer,
      audience: DEV_AUDIENCE,
      decisionLog: join(directory, 'decisions.log'),
      route: `${LISTENER}/${ROUTE}`,
      upstream: { name: UPSTREAM, protocol: 'http', labels: LABELS },
      templates: TEMPLATES,
      credential: CREDENTIAL,
    });
    stops.push(() => child.stop());
    service = () => [child.pid];
  } else if (name !== 'envoy') {
    const pids: number[] = [];
    for (const socket of sockets) {
      const child = await startProcessor(name, directory, socket);
      stops.push(() => child.stop());
      pids.push(child.pid);
    }
    service = () => pids;
  }
  const envoy = await startWayEnvoy(config, directory, ASKED[name]);
  stops.push(() => envoy.stop());
  return { way: { name, port, pids: () => ({ envoy: [envoy.pid], service: service() }) }, gate };
}

async function startProcessor(name: 'echo' | 'bare', directory: string, socket: string): Promise<Child> {
  const child = await startChild({
    name,
    command: process.execPath,
    args: [join(import.meta.dirname, `../${name}-processor.ts`), '--socket', socket],
    logFile: join(directory, `${name}.log`),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 2_000,
  });
  await waitUntilReady(child, async () => existsSync(socket), { timeoutMs: 10_000 });
  return child;
}

async function startUpstream(directory: string): Promise<{ child: Child; port: number }> {
  const port = await freePort();
  const child = await startChild({
    name: 'upstream',
    command: process.execPath,
    args: [join(import.meta.dirname, 'upstream.ts'), '--port', String(port)],
    logFile: join(directory, 'upstream.log'),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 2_000,
  });
  await waitUntilReady(child, async () => (await fetch(`http://127.0.0.1:${port}/people/7`)).ok, {
    timeoutMs: 10_000,
  });
  return { child, port };
}

async function wayConfig(
  directory: string,
  { issuer, upstreamPort }: Ground,
  workers: number,
): Promise<{ config: GatehouseConfig; port: number }> {
  await mkdir(join(directory, 'state'), { recursive: true });
  await writeFile(join(directory, 'credential'), CREDENTIAL, { mode: 0o600 });
  const port = await freePort();
  const text = stringify({
    version: 1,
    service: { workers, stateDirectory: 'state', socketDirectory: '.' },
    envoy: {
      adminAddress: `127.0.0.1:${await freePort()}`,
      concurrency: ENVOY_THREADS,
      accessLog: 'access.log',
    },
    listeners: [
      {
        name: LISTENER,
        protocol: 'http',
        address: `127.0.0.1:${port}`,
        plaintext: 'loopback-development',
        routes: [{ name: ROUTE, prefix: '/', upstream: UPSTREAM, inspection: 'full' }],
      },
    ],
    upstreams: [
      {
        name: UPSTREAM,
        protocol: 'http',
        address: `127.0.0.1:${upstreamPort}`,
        tls: { mode: 'disable' },
        labels: LABELS,
        templates: TEMPLATES,
        credentials: [{ groups: ['*'], bearer: { file: 'credential' } }],
      },
    ],
    issuers: [{ issuer, audience: DEV_AUDIENCE, algorithms: ['ES256'] }],
    policy: { bundle: { file: BUNDLE } },
    masking: { fields: MARKED_FIELDS },
  });
  const file = join(directory, 'gatehouse.yaml');
  await writeFile(file, text);
  return { config: parseConfig(text, file, { cores: workers, runtimeDirectory: directory }), port };
}
