/**
 * A gate for HTTP in tests: a real Envoy with TLS, a worker composed in this process or one of its own, a real issuer,
 * and whatever upstreams a test has. One for a test file.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { createSystemClock } from '../../ext-proc/adapters/system-clock.ts';
import { composeWorker, type ComposedWorker } from '../../ext-proc/compose.ts';
import type { GatehouseConfig } from '../../ext-proc/config/config.ts';
import { parseConfig } from '../../ext-proc/config/load.ts';
import { workerSocket } from '../../ext-proc/config/socket-paths.ts';
import type { Log } from '../../ext-proc/domain/log.ts';
import { ensureDevCertificates, type CertificateFiles } from '../../ext-proc/embedded/dev-ca.ts';
import { DEV_AUDIENCE, mintToken, startDevIssuer } from '../../ext-proc/embedded/dev-issuer.ts';
import { freePort, portIsFree } from '../../ext-proc/embedded/ready.ts';
import { startTestEnvoy, type TestEnvoy } from './envoy.ts';
import { testLog } from './gate.ts';
import { changeBundle, copyBundle, DEFAULT_BUNDLE } from './policy.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** The upstream's credential where a test's YAML names `token.txt`. */
export const UPSTREAM_TOKEN = 'upstream-own-token-5f1d9c';

export interface HttpGateOptions {
  /** Routes of the listener `main`, YAML indented by six; the default leads `/` to `api` with everything inspected. */
  readonly routesYaml?: string;
  /** Entries of `upstreams`, YAML indented by two. A file `token.txt` beside it holds `UPSTREAM_TOKEN`. */
  readonly upstreamsYaml: string;
  /** Further top-level lines, `masking` for example. */
  readonly extraYaml?: string;
  /** Changes the settings of the standard policy. */
  readonly settings?: (settings: PolicySettings) => void;
  /** The worker is a process of its own, which can be killed. */
  readonly process?: true;
  /** Approvals are to be had: a store in the state directory, and a console that only has an address. */
  readonly approvals?: { readonly pendingPerPrincipal?: number; readonly noticeInterval?: string };
  /** Workers in this process; the first is `worker`. */
  readonly workers?: number;
}

/** As much of data.json as tests change. */
export interface PolicySettings {
  masking: Record<'reveal' | 'mask' | 'remove' | 'unreadable', unknown[]>;
  http: Record<string, unknown>;
  mcp: Record<string, unknown>;
}

export interface TokenOptions {
  readonly subject?: string;
  readonly for?: string;
  readonly groups?: readonly string[];
  readonly audience?: string;
  readonly ttlMs?: number;
  /** How long ago it was signed. */
  readonly ageMs?: number;
}

/** A row as ClickHouse would have it: the two records of an action as one. */
export type Row = Readonly<Record<string, unknown>>;

export interface HttpGate {
  /** `https://localhost:<port>`. */
  readonly url: string;
  readonly port: number;
  readonly caFile: string;
  readonly ca: string;
  readonly directory: string;
  readonly config: GatehouseConfig;
  readonly envoy: TestEnvoy;
  /** Of a worker in this process. */
  readonly worker: ComposedWorker;
  /** What a worker in this process has logged. */
  readonly log: readonly string[];
  /** `agent:test` in `developers` for 10 minutes where not said otherwise. */
  token(options?: TokenOptions): Promise<string>;
  rows(): Promise<readonly Row[]>;
  /** Waits for a row, and where the row is of an action that went on until its end is recorded. */
  row(match: (row: Row) => boolean): Promise<Row>;
  /** Every file that the gate, its journal and Envoy have written, and what was logged. */
  written(): Promise<readonly { readonly name: string; readonly text: string }[]>;
  /** Other settings of the policy; returns when they decide. */
  changeSettings(change: (settings: PolicySettings) => void): Promise<void>;
  /** Of a worker of its own: `kill -9`. */
  killWorker(): Promise<void>;
  startWorker(): Promise<void>;
  stop(): Promise<void>;
}

const WORKER = join(import.meta.dirname, '../../ext-proc/worker.ts');

export async function startHttpGate(options: HttpGateOptions): Promise<HttpGate> {
  const temporary = await temporaryDirectory();
  const directory = temporary.path;
  await mkdir(join(directory, 'state'));
  await writeFile(join(directory, 'token.txt'), `${UPSTREAM_TOKEN}\n`, { mode: 0o600 });
  await writeFile(join(directory, 'approvals.key'), 'k'.repeat(48), { mode: 0o600 });
  const bundle = await copyBundle(DEFAULT_BUNDLE);
  const change = async (make: (settings: PolicySettings) => void): Promise<void> => {
    const data = JSON.parse(await readFile(join(bundle.folder, 'data.json'), 'utf8')) as {
      settings: PolicySettings;
    };
    make(data.settings);
    await changeBundle(bundle.folder, { data });
  };
  if (options.settings !== undefined) await change(options.settings);
  const port = await freePort();
  const certificates = await ensureDevCertificates({
    directory: join(directory, 'tls'),
    names: ['gate'],
    nowMs: Date.now(),
  });
  const own = certificates.servers.get('gate') as CertificateFiles;
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
  - name: main
    protocol: http
    address: 127.0.0.1:${port}
    tls: { certificate: { file: ${own.certificateFile} }, key: { file: ${own.keyFile} } }
    routes:
${options.routesYaml ?? '      - { name: api, prefix: /, upstream: api }'}
upstreams:
${options.upstreamsYaml}
issuers:
  - { issuer: '${issuer.issuer}', audience: gatehouse, algorithms: [ES256] }
policy: { bundle: { file: ${join(bundle.folder, 'manifest.json')} } }
${options.approvals === undefined ? '' : approvalsYaml(issuer.issuer, options.approvals)}
${options.extraYaml ?? ''}
`;
  const file = join(directory, 'gatehouse.yaml');
  await writeFile(file, text);
  const config = parseConfig(text, file, { cores: 1, runtimeDirectory: directory });
  const logged: string[] = [];
  const log = keptLog(logged);
  let child: ChildProcess | undefined;
  const startWorker = async (): Promise<void> => {
    const output = openSync(join(directory, 'worker.log'), 'a');
    child = spawn(process.execPath, [WORKER, '--config', file, '--worker', '0'], {
      stdio: ['ignore', output, output, 'ipc'],
    });
    const socket = workerSocket(config.service.socketDirectory, 0);
    for (let attempt = 0; attempt < 400 && (await readdirOf(socket)); attempt++) await sleep(25);
  };
  const killWorker = async (): Promise<void> => {
    const dying = child as ChildProcess;
    dying.kill('SIGKILL');
    await once(dying, 'exit');
  };
  const inProcess: ComposedWorker[] = [];
  if (options.process === true) await startWorker();
  else
    for (let index = 0; index < config.service.workers; index++)
      inProcess.push(await composeWorker(config, index, log));
  const envoy = await startTestEnvoy(config, directory);
  // The listener is there when Envoy is ready; the worker behind it is when Envoy has looked at its health.
  for (let attempt = 0; attempt < 100 && (await portIsFree(port)); attempt++) await sleep(20);
  const rows = () => journalRows(config.audit.journal.directory);
  const gate: HttpGate = {
    url: `https://localhost:${port}`,
    port,
    caFile: certificates.caFile,
    ca: await readFile(certificates.caFile, 'utf8'),
    directory,
    envoy,
    config,
    worker: inProcess[0] as ComposedWorker,
    log: logged,
    token: (token = {}) =>
      mintToken({
        directory: join(directory, 'issuer'),
        issuer: issuer.issuer,
        audience: token.audience ?? DEV_AUDIENCE,
        subject: token.subject ?? 'agent:test',
        onBehalfOf: token.for,
        groups: token.groups ?? ['developers'],
        ttlMs: token.ttlMs ?? 600_000,
        clock: { ...createSystemClock(), nowMs: () => Date.now() - (token.ageMs ?? 0) },
      }),
    rows,
    row: async (match) => {
      for (let attempt = 0; attempt < 100; attempt++) {
        const found = (await rows()).find((row) => row['outcome'] !== undefined && match(row));
        if (found !== undefined) return found;
        await sleep(30);
      }
      throw new Error(`no such row among ${JSON.stringify((await rows()).slice(-3))}`);
    },
    written: async () => {
      const found = [{ name: 'log', text: logged.join('\n') }];
      for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || entry.name === 'token.txt' || entry.name === 'approvals.key') continue;
        const name = join(entry.parentPath, entry.name);
        found.push({ name, text: await readFile(name, 'latin1') });
      }
      return found;
    },
    changeSettings: async (make) => {
      const reloads = async (): Promise<number> =>
        (await rows()).filter((row) => row['action_kind'] === 'policy.reload').length;
      const before = await reloads();
      await change(make);
      for (let attempt = 0; attempt < 200 && (await reloads()) === before; attempt++) await sleep(30);
    },
    killWorker,
    startWorker,
    stop: async () => {
      for (const worker of inProcess) await worker.close();
      if (child?.exitCode === null && child.signalCode === null) await killWorker();
      await envoy.stop();
      await issuer.stop();
      await bundle.dispose();
      await temporary.remove();
    },
  };
  return gate;
}

/** Where links of approvals lead. */
export const CONSOLE_URL = 'http://127.0.0.1:9';

const approvalsYaml = (
  issuer: string,
  { pendingPerPrincipal = 20, noticeInterval = '30s' }: NonNullable<HttpGateOptions['approvals']>,
): string => `
approvals:
  key: { file: approvals.key }
  pendingPerPrincipal: ${pendingPerPrincipal}
  noticeInterval: ${noticeInterval}
  console:
    address: 127.0.0.1:9
    publicUrl: ${CONSOLE_URL}
    login: { issuer: '${issuer}', clientId: console }
`;

const readdirOf = (socket: string): Promise<boolean> =>
  readdir(join(socket, '..')).then((names) => !names.includes(socket.split('/').at(-1) as string));

function keptLog(logged: string[]): Log {
  const keep =
    (level: keyof Log) =>
    (fields: object, message: string): void => {
      testLog[level](fields, message);
      logged.push(
        `${level} ${message} ${JSON.stringify(fields, (_key, value: unknown) =>
          value instanceof Error ? { ...value, message: value.message, stack: value.stack } : value,
        )}`,
      );
    };
  return { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
}

async function journalRows(directory: string): Promise<Row[]> {
  const rows = new Map<string, Record<string, unknown>>();
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    for (const line of (await readFile(join(entry.parentPath, entry.name), 'utf8')).split('\n')) {
      if (!line.startsWith('{') || !line.endsWith('}')) continue;
      const record = JSON.parse(line) as Record<string, unknown>;
      if (record['type'] !== 'decided' && record['type'] !== 'ended') continue;
      const id = String(record['event_id']);
      rows.set(id, { ...rows.get(id), ...record });
    }
  }
  return [...rows.values()];
}
