/**
 * A program of somebody else's that runs as our child: its output goes to a file, it does not hear the terminal's
 * Ctrl-C (the one who started it stops it, in order), and it does not outlive us: a pipe that we hold closes when we
 * end in whatever way, `kill -9` included, and a watcher then sends the child its stop signal.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

import { GatehouseError } from '../domain/errors.ts';

export interface ChildOptions {
  /** For messages, for example `Envoy`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Another account to run as; only root may. */
  readonly account?: { readonly uid: number; readonly gid: number };
  /** Standard output and error are appended here. */
  readonly logFile: string;
  /** The signal that asks it to end in good order. */
  readonly stopSignal: 'SIGTERM' | 'SIGINT';
  /** After this it is killed. Milliseconds. */
  readonly stopTimeoutMs: number;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Resolves, never rejects, with how it ended, for example `exit code 1` or `SIGKILL`. */
  readonly ended: Promise<string>;
  readonly hasEnded: () => boolean;
  /** Idempotent; resolves once the process is gone. */
  stop(): Promise<void>;
}

/**
 * The watcher reads the pipe on descriptor 3 and, when that closes, signals the process that the shell becomes by
 * `exec`. It is forked twice so that the program never finds a child it did not make.
 */
const GUARD = '( ( read -r line <&3; kill -s "$0" $$ ) >/dev/null 2>&1 & ); exec "$@" 3<&-';

/** Starts a program; that it is ready is for the caller to find out. Throws `GH_CHILD_START`. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const log = openSync(options.logFile, 'a', 0o600);
  const signalName = options.stopSignal.slice('SIG'.length);
  const child = spawn('/bin/sh', ['-c', GUARD, signalName, options.command, ...options.args], {
    stdio: ['ignore', log, log, 'pipe'],
    detached: true,
    env: options.env ?? process.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.account ?? {}),
  });
  closeSync(log);
  // Nothing is ever written to it; an error on it has nothing to say that `exit` does not.
  child.stdio[3]?.on('error', () => undefined);

  let over = false;
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      over = true;
      child.stdio[3]?.destroy();
      resolve(signal ?? `exit code ${code}`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => {
      over = true;
      const text = `${options.name} could not be started.`;
      reject(new GatehouseError('GH_CHILD_START', text, { message: `${text} ${cause.message}`, cause }));
    });
  });

  const pid = child.pid as number;
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    if (over) return;
    child.kill(options.stopSignal);
    const timer = setTimeout(() => child.kill('SIGKILL'), options.stopTimeoutMs);
    await ended;
    clearTimeout(timer);
  };
  return {
    name: options.name,
    pid,
    logFile: options.logFile,
    ended,
    hasEnded: () => over,
    stop: () => (stopping ??= stop()),
  };
}
