/** `npm start`: the development stack, or with `--config FILE` Envoy and the service for one's own upstreams. */
import { fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';

import { createLog } from '../adapters/pino-log.ts';
import { createSystemClock } from '../adapters/system-clock.ts';
import type { GatehouseConfig } from '../config/config.ts';
import { preparePrivateDirectory } from '../config/directories.ts';
import { loadConfig } from '../config/load.ts';
import { formatAddress } from '../config/units.ts';
import { GatehouseError } from '../domain/errors.ts';
import { DEV_AUDIENCE, mintToken } from '../embedded/dev-issuer.ts';
import { devConfigFile } from '../embedded/dev-places.ts';
import { startDevStack } from '../embedded/dev-stack.ts';
import { findEnvoy } from '../embedded/envoy-binary.ts';
import { startGate } from '../supervisor/gate.ts';
import {
  claimRun,
  liveRun,
  runningProcess,
  type RunClaim,
  type RunEndpoints,
} from '../supervisor/run-file.ts';
import { untilStopped } from '../supervisor/stop-signal.ts';
import { callerPath, homeDirectory } from './paths.ts';
import { noteRun } from './places.ts';
import { createSteps, errorText, type LineWriter, type Step } from './terminal.ts';
import { OFFICER_GROUPS, whatToTry } from './what-to-try.ts';

export interface StartOptions {
  readonly config?: string;
  readonly detach?: boolean;
  /** Take any free ports, not the usual ones. */
  readonly anyPorts?: boolean;
}

/** What runs, whichever of the two it is. */
interface Started {
  readonly config: GatehouseConfig;
  readonly endpoints: RunEndpoints;
  readonly metricsUrl: string;
  readonly programs: () => readonly { readonly name: string; readonly pid: number }[];
  /** What the person who started it wants to know. */
  readonly hints: readonly string[];
  stop(): Promise<void>;
}

const TRY_TOKEN_MS = 8 * 3_600_000;
const PROGRAMS_EVERY_MS = 1_000;

/** Runs until stopped; detached, returns when ready. Throws what keeps it from starting. */
export async function start(options: StartOptions): Promise<void> {
  if (options.detach === true) return startDetached(options);
  const write = lineWriter();
  const stopped = untilStopped();
  const config = options.config === undefined ? undefined : await loadConfig(callerPath(options.config));
  const stateDirectory = config?.service.stateDirectory ?? homeDirectory();
  await preparePrivateDirectory(stateDirectory);
  const claim = await claimRun(
    stateDirectory,
    config === undefined ? 'development' : 'own',
    config?.file ?? devConfigFile(stateDirectory),
  );
  try {
    await noteRun(stateDirectory);
    const startedAtMs = performance.now();
    write(
      config === undefined
        ? 'Starting Gatehouse with samples behind it'
        : `Starting Gatehouse from ${config.file}`,
    );
    const step = createSteps(write, process.connected ? undefined : process.stdout);
    const envoyBinary = await findEnvoy({ env: process.env });
    const started =
      config === undefined
        ? await startDevelopment(envoyBinary, stateDirectory, options.anyPorts === true, step)
        : await startOwn(envoyBinary, config, options.anyPorts === true, step);
    const stopWatching = await publish(claim, started);
    write(
      `Ready in ${((performance.now() - startedAtMs) / 1_000).toFixed(1)} s. ${process.connected ? 'To stop it: npm stop' : 'Ctrl-C stops everything.'}`,
    );
    for (const line of started.hints) write(line);
    reportReady();
    await stopped;
    lineWriter()('Stopping … (once more to end open sessions at once)');
    stopWatching();
    await started.stop();
    lineWriter()('Stopped.');
  } finally {
    await claim.release();
  }
}

async function startDevelopment(
  envoyBinary: string,
  stateDirectory: string,
  anyPorts: boolean,
  step: Step,
): Promise<Started> {
  const stack = await startDevStack({ envoyBinary, stateDirectory, anyPorts, step });
  const tryToken = (onBehalfOf: string, groups: readonly string[]): Promise<string> =>
    mintToken({
      directory: stack.issuerDirectory,
      issuer: stack.endpoints.issuer,
      audience: DEV_AUDIENCE,
      subject: 'agent:claude-1',
      onBehalfOf,
      groups: [...groups],
      ttlMs: TRY_TOKEN_MS,
      clock: createSystemClock(),
    });
  return {
    ...stack,
    hints: whatToTry({
      port: Number(new URL(stack.endpoints.postgres).port),
      http: stack.endpoints.http,
      console: stack.endpoints.console,
      caFile: stack.caFile,
      token: await tryToken('alice@example.com', ['developers']),
      officerToken: await tryToken('carol@example.com', OFFICER_GROUPS),
      tokenLifetime: '8 hours',
    }),
  };
}

async function startOwn(
  envoyBinary: string,
  config: GatehouseConfig,
  anyPorts: boolean,
  step: Step,
): Promise<Started> {
  const logs = join(config.service.stateDirectory, 'logs');
  await preparePrivateDirectory(logs);
  const log = createLog(
    'supervisor',
    process.env['GATEHOUSE_LOG_LEVEL'] ?? 'info',
    join(logs, 'service.log'),
  );
  const gate = await startGate({
    config,
    envoyBinary,
    log,
    step,
    ...(anyPorts ? { clickhousePort: 0 } : {}),
  });
  const hints = [
    ...config.listeners.map(
      ({ name, address, upstream }) => `  ${name}: ${formatAddress(address)} → ${upstream}`,
    ),
    ...config.httpListeners.flatMap(({ name, address, routes }) =>
      routes.map(
        ({ host, prefix, upstream }) => `  ${name}: ${formatAddress(address)} ${host}${prefix} → ${upstream}`,
      ),
    ),
  ];
  return { ...gate, config, hints };
}

/** Writes what runs into run.json, and keeps that true when a program is started again. */
async function publish(claim: RunClaim, started: Started): Promise<() => void> {
  const children = () => started.programs().map(({ name, pid }) => runningProcess(name, pid));
  let known = children();
  await claim.update({
    ready: true,
    endpoints: started.endpoints,
    metrics: started.metricsUrl,
    drainTimeoutMs: started.config.service.drainTimeoutMs,
    children: known,
  });
  const timer = setInterval(() => {
    const now = children();
    if (JSON.stringify(now) === JSON.stringify(known)) return;
    known = now;
    void claim.update({ children: now }).catch(() => undefined);
  }, PROGRAMS_EVERY_MS);
  return () => clearInterval(timer);
}

/** What a detached start says to the one that waits for it. */
type FromDetached = { readonly kind: 'line'; readonly line: string } | { readonly kind: 'ready' };

/** Lines go to whoever waits, as long as somebody does. */
function lineWriter(): LineWriter {
  return (line) => {
    if (process.connected) process.send?.({ kind: 'line', line } satisfies FromDetached);
    else process.stdout.write(`${line}\n`);
  };
}

function reportReady(): void {
  if (!process.connected) return;
  process.send?.({ kind: 'ready' } satisfies FromDetached, () => process.disconnect());
}

async function startDetached(options: StartOptions): Promise<void> {
  const stateDirectory =
    options.config === undefined
      ? homeDirectory()
      : (await loadConfig(callerPath(options.config))).service.stateDirectory;
  const running = await liveRun(stateDirectory);
  if (running !== undefined) {
    process.stdout.write(`Gatehouse runs already (process ${running.process.pid}).\n`);
    return;
  }
  await preparePrivateDirectory(stateDirectory);
  const logs = join(stateDirectory, 'logs');
  await preparePrivateDirectory(logs);
  const output = openSync(join(logs, 'start.log'), 'a', 0o600);
  const child = fork(
    join(import.meta.dirname, 'gatehouse.ts'),
    [
      'start',
      ...(options.config === undefined ? [] : ['--config', callerPath(options.config)]),
      ...(options.anyPorts === true ? ['--any-ports'] : []),
    ],
    { detached: true, stdio: ['ignore', output, output, 'ipc'] },
  );
  closeSync(output);
  // Ctrl-C while it starts is meant for it as well.
  const giveUp = (): void => void child.kill('SIGTERM');
  process.on('SIGINT', giveUp).on('SIGTERM', giveUp);
  await new Promise<void>((resolve, reject) => {
    child.on('message', (message: FromDetached) => {
      if (message.kind === 'line') process.stdout.write(`${message.line}\n`);
      else resolve();
    });
    child.once('exit', (code, signal) => {
      const text = `Gatehouse did not start (${signal ?? `exit code ${code}`}). Its log: ${join(logs, 'start.log')}`;
      reject(new GatehouseError('GH_START', text));
    });
  });
  child.unref();
}

/** For the one command that runs in the background: its error has to reach the one that waits. */
export function reportStartError(error: unknown): void {
  lineWriter()(errorText(error));
}
