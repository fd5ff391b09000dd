/**
 * A gate for tests: a real Envoy, a worker composed in this process, a real issuer and a real PostgreSQL behind it, on
 * free ports with a state directory of its own. For what needs whole processes (kills, freezes), see supervised-gate.ts.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { composeWorker, type ComposedWorker } from '../../ext-proc/compose.ts';
import { parseConfig } from '../../ext-proc/config/load.ts';
import { anchorSocket } from '../../ext-proc/config/socket-paths.ts';
import type { GatehouseConfig } from '../../ext-proc/config/config.ts';
import type { Log } from '../../ext-proc/domain/log.ts';
import { startAnchor } from '../../ext-proc/edge/anchor.ts';
import { ensureDevCertificates } from '../../ext-proc/embedded/dev-ca.ts';
import { DEV_AUDIENCE, mintToken, startDevIssuer } from '../../ext-proc/embedded/dev-issuer.ts';
import { freePort } from '../../ext-proc/embedded/ready.ts';
import { createSystemClock } from '../../ext-proc/adapters/system-clock.ts';
import { startTestEnvoy, type TestEnvoy } from './envoy.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export const BUNDLES = {
  standard: join(import.meta.dirname, '../../policies-rego/bundle/manifest.json'),
  allowAll: join(import.meta.dirname, '../../policies-rego/allow-all/bundle/manifest.json'),
} as const;

export interface TestGateOptions {
  /** `host:port` of the real server. */
  readonly upstream: string;
  /** The upstream's lines beside name, protocol and address, YAML indented by four. */
  readonly upstreamYaml: string;
  readonly bundle?: string;
  /** TLS toward clients; plaintext on loopback otherwise. */
  readonly tls?: boolean;
  readonly listenerYaml?: string;
  /** Lines of the policy, indented by two: `reportOnly`. */
  readonly policyYaml?: string;
  /** Further top-level lines: `audit`. `$ISSUER` stands for the issuer. */
  readonly extraYaml?: string;
  /** One where absent; more are composed in this process too, and share the state directory. */
  readonly workers?: number;
  /** Each worker is a process of its own, as under the supervisor, which can be killed. */
  readonly processes?: boolean;
  /** Where the worker's log goes; nowhere, or to the console under GATEHOUSE_TEST_LOG, where absent. */
  readonly log?: Log;
}

export interface TestGate {
  readonly config: GatehouseConfig;
  readonly worker: ComposedWorker;
  readonly envoy: TestEnvoy;
  readonly port: number;
  readonly directory: string;
  readonly caFile: string;
  token(options?: {
    subject?: string;
    groups?: readonly string[];
    for?: string;
    ttlMs?: number;
    /** How long ago it was signed. */
    ageMs?: number;
    audience?: string;
  }): Promise<string>;
  /** Workers that are processes of their own, in order. */
  readonly processes: readonly ChildProcess[];
  /** Ends the workers before `stop`, which leaves its journal to read. */
  closeWorker(): Promise<void>;
  /** Every record of the journal so far, in order. */
  records(): Promise<readonly Record<string, unknown>[]>;
  stop(): Promise<void>;
}

const say = (level: string) => (fields: object, message: string) => {
  if (process.env['GATEHOUSE_TEST_LOG'] !== undefined) console.error(level, message, fields);
};
export const testLog: Log = {
  debug: say('debug'),
  info: say('info'),
  warn: say('warn'),
  error: say('error'),
};

export async function startTestGate(options: TestGateOptions): Promise<TestGate> {
  const temporary = await temporaryDirectory();
  const directory = temporary.path;
  await mkdir(join(directory, 'state'));
  const port = await freePort();
  const certificates = await ensureDevCertificates({
    directory: join(directory, 'tls'),
    names: ['gate'],
    nowMs: Date.now(),
  });
  const gateFiles = certificates.servers.get('gate');
  const issuer = await startDevIssuer({
    directory: join(directory, 'issuer'),
    port: 0,
    listeners: [`127.0.0.1:${port}`],
  });
  const text = `
version: 1
service: { workers: ${options.workers ?? 1}, stateDirectory: state, socketDirectory: . }
envoy: { adminAddress: '127.0.0.1:${await freePort()}', concurrency: 2, accessLog: access.log }
listeners:
  - name: pg
    protocol: postgres
    address: 127.0.0.1:${port}
    upstream: sample
${options.tls === true ? `    tls: { certificate: { file: ${gateFiles?.certificateFile} }, key: { file: ${gateFiles?.keyFile} } }` : '    plaintext: loopback-development'}
${options.listenerYaml ?? ''}
upstreams:
  - name: sample
    protocol: postgres
    address: ${options.upstream}
${options.upstreamYaml}
issuers:
  - { issuer: '${issuer.issuer}', audience: gatehouse, algorithms: [ES256] }
policy:
  bundle: { file: ${options.bundle ?? BUNDLES.standard} }
${options.policyYaml ?? ''}
${options.extraYaml?.replaceAll('$ISSUER', issuer.issuer) ?? ''}
`;
  const file = join(directory, 'gatehouse.yaml');
  await writeFile(file, text);
  const config = parseConfig(text, file, { cores: 1, runtimeDirectory: directory });
  const anchor = await startAnchor({ path: anchorSocket(config.service.socketDirectory) });
  const processes: ChildProcess[] = [];
  const workers: ComposedWorker[] = [];
  for (let index = 0; index < (options.workers ?? 1); index++) {
    if (options.processes === true) processes.push(await forkWorker(file, index, directory));
    else workers.push(await composeWorker(config, index, options.log ?? testLog));
  }
  const envoy = await startTestEnvoy(config, directory);
  let closing: Promise<void> | undefined;
  const closeWorker = (): Promise<void> =>
    (closing ??= (async () => {
      await Promise.all(workers.map((worker) => worker.close()));
      await Promise.all(processes.map(endProcess));
    })());
  return {
    config,
    worker: workers[0] as ComposedWorker,
    processes,
    envoy,
    port,
    directory,
    caFile: certificates.caFile,
    token: (token = {}) =>
      mintToken({
        directory: join(directory, 'issuer'),
        issuer: issuer.issuer,
        audience: token.audience ?? DEV_AUDIENCE,
        subject: token.subject ?? 'agent:claude-1',
        onBehalfOf: token.for,
        groups: token.groups ?? ['developers'],
        ttlMs: token.ttlMs ?? 900_000,
        clock: { ...createSystemClock(), nowMs: () => Date.now() - (token.ageMs ?? 0) },
      }),
    closeWorker,
    records: () => journalRecords(config.audit.journal.directory),
    stop: async () => {
      await closeWorker();
      await envoy.stop();
      await anchor.close();
      await issuer.stop();
      await temporary.remove();
    },
  };
}

async function forkWorker(config: string, index: number, runtimeDirectory: string): Promise<ChildProcess> {
  const child = fork(
    join(import.meta.dirname, '../../ext-proc/worker.ts'),
    ['--config', config, '--worker', String(index)],
    { env: { ...process.env, XDG_RUNTIME_DIR: runtimeDirectory, GATEHOUSE_LOG_LEVEL: 'error' } },
  );
  await once(child, 'message');
  return child;
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

export async function journalRecords(directory: string): Promise<Record<string, unknown>[]> {
  const records: Record<string, unknown>[] = [];
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    for (const line of (await readFile(join(entry.parentPath, entry.name), 'utf8')).split('\n')) {
      if (!line.startsWith('{')) continue;
      const record = JSON.parse(line) as Record<string, unknown>;
      if (record['type'] === 'decided' || record['type'] === 'ended') records.push(record);
    }
  }
  return records;
}
