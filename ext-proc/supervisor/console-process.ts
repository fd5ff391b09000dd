/** The console as a child process: started, and ready when it listens. Whoever starts it keeps it running. */
import { fork } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GatehouseError } from '../domain/errors.ts';
import type { FromConsole, ToConsole } from './console-messages.ts';
import type { Stoppable } from './keep-running.ts';

const MODULE = join(import.meta.dirname, '..', 'console.ts');
const PING_EVERY_MS = 2_000;
/** Of a console that starts too: on a busy machine that takes a while. */
const SILENT_MAX_MS = 20_000;
const STOP_TIMEOUT_MS = 5_000;
const LOG_TAIL_CHARACTERS = 2_000;

export interface ConsoleProcessOptions {
  readonly configFile: string;
  /** The embedded ClickHouse; undefined where one is configured. */
  readonly clickhouseUrl: string | undefined;
  /** Its standard output and error are appended here; ours where absent. */
  readonly logFile: string | undefined;
}

/** Rejects with GH_CONSOLE_START where it ends, or stays silent, before it listens. */
export async function startConsole({
  configFile,
  clickhouseUrl,
  logFile,
}: ConsoleProcessOptions): Promise<Stoppable> {
  const output = logFile === undefined ? 'inherit' : openSync(logFile, 'a', 0o600);
  const args = [
    '--config',
    configFile,
    ...(clickhouseUrl === undefined ? [] : ['--clickhouse', clickhouseUrl]),
  ];
  const child = fork(MODULE, args, {
    // Types are stripped from the page's scripts too, which Node says is experimental each time.
    execArgv: [...process.execArgv, '--disable-warning=ExperimentalWarning'],
    // Its own group: the terminal's Ctrl-C is the supervisor's to hear.
    detached: true,
    serialization: 'json',
    stdio: ['ignore', output, output, 'ipc'],
  });
  if (typeof output === 'number') closeSync(output);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve(error.message);
    });
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const ready = Promise.withResolvers<undefined>();
  let heardAtMs = performance.now();
  let lookedAtMs = heardAtMs;
  child.on('message', (message: FromConsole) => {
    heardAtMs = performance.now();
    if (message.kind === 'ready') ready.resolve(undefined);
  });
  const watch = setInterval(() => {
    const nowMs = performance.now();
    // Where it was this process that stood still, the silence is not the console's.
    if (nowMs - lookedAtMs > 2 * PING_EVERY_MS) heardAtMs = nowMs;
    lookedAtMs = nowMs;
    if (nowMs - heardAtMs > SILENT_MAX_MS) child.kill('SIGKILL');
    else if (child.connected) child.send({ kind: 'ping' } satisfies ToConsole, () => undefined);
  }, PING_EVERY_MS);
  void ended.then(() => clearInterval(watch));
  const how = await Promise.race([ready.promise, ended]);
  if (how !== undefined) {
    child.kill('SIGKILL');
    throw startFailure(how, logFile);
  }
  return {
    pid: child.pid as number,
    ended,
    stop: async () => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

function startFailure(how: string, logFile: string | undefined): GatehouseError {
  const where = logFile === undefined ? 'Its reason is in the log above.' : `Its log: ${logFile}`;
  const text = `The console did not start: ${how}. ${where}`;
  const tail = logFile === undefined ? '' : `\n${readFileSync(logFile, 'utf8').slice(-LOG_TAIL_CHARACTERS)}`;
  return new GatehouseError('GH_CONSOLE_START', text, { message: text + tail });
}
