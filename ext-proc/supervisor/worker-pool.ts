/**
 * The worker processes: started, started again when one dies or freezes (with growing pauses while it keeps dying),
 * drained at the end. Knows nothing of what a worker does.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { GatehouseError } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

export interface WorkerPoolOptions {
  /** The module that a worker runs; it is given `--worker n` after `args`. */
  readonly module: string;
  readonly args: readonly string[];
  readonly count: number;
  /** Between `drain` and the kill of a worker that has not ended. */
  readonly drainTimeoutMs: number;
  readonly log: Log;
  /** Workers' standard output and error are appended here; ours where absent. */
  readonly logFile?: string;
  /** Done before each start of worker n: what its last process left may be in the way. */
  readonly prepare?: (worker: number) => Promise<void>;
  /** Node's own flags for the workers, `--cpu-prof` for example. */
  readonly execArgv?: readonly string[];
  readonly timing?: Partial<WorkerPoolTiming>;
}

/**
 * V8's flags. Machine code for each function from its first call on: interpreted at first, as V8 would have it, a new
 * worker took almost twice the time for a transaction during its first seconds under load. And a full collection only
 * when the heap has grown by half: by default one came after every 6 MB of a COPY, whose buffers count, and they took
 * half of its time. And a young generation of halves of 8 MB: what a worker makes for a request dies with it, and with it
 * the buffers that it held; left to grow, a new worker took some 90 MB more for its first large body, and those buffers
 * brought on a full collection four times a second, which cost a sixth of the time for requests with bodies of 64 kB.
 */
const V8_FLAGS = [
  '--always-sparkplug',
  '--no-lazy-feedback-allocation',
  '--heap-growing-percent=50',
  '--max-semi-space-size=8',
];

export interface WorkerPoolTiming {
  readonly readyTimeoutMs: number;
  readonly pingEveryMs: number;
  readonly pingTimeoutMs: number;
  readonly restartFirstMs: number;
  readonly restartMaxMs: number;
  /** A worker that lived this long starts again at the first pause. */
  readonly stableAfterMs: number;
  /** What a worker needs beyond its drain time to close its files. */
  readonly exitSlackMs: number;
}

export interface WorkerState {
  readonly worker: number;
  readonly pid: number | undefined;
  readonly ready: boolean;
  readonly restarts: number;
}

export interface WorkerPool {
  /** Every worker, in order. */
  states(): readonly WorkerState[];
  /** What each ready worker's registry holds; one that does not answer in time is left out. */
  metrics(): Promise<readonly (readonly object[])[]>;
  /** Drains all workers; resolves when every process is gone. Idempotent. */
  stop(): Promise<void>;
}

const TIMING: WorkerPoolTiming = {
  readyTimeoutMs: 30_000,
  pingEveryMs: 2_000,
  pingTimeoutMs: 10_000,
  restartFirstMs: 50,
  restartMaxMs: 5_000,
  stableAfterMs: 10_000,
  exitSlackMs: 5_000,
};
const LOG_TAIL_CHARACTERS = 2_000;
const METRICS_TIMEOUT_MS = 2_000;

/**
 * Starts the workers and resolves when all are ready. Rejects with `GH_WORKER_START` where one ends or stays silent
 * before it was ready for the first time; the others are stopped then.
 */
export async function startWorkerPool(options: WorkerPoolOptions): Promise<WorkerPool> {
  const timing = { ...TIMING, ...options.timing };
  const slots = Array.from({ length: options.count }, (_, index) => new WorkerSlot(index, options, timing));
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> =>
    (stopping ??= Promise.all(slots.map((slot) => slot.stop())).then(() => undefined));
  try {
    await Promise.all(slots.map((slot) => slot.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    states: () => slots.map((slot) => slot.state()),
    metrics: async () => {
      const answers = await Promise.all(slots.map((slot) => slot.metrics()));
      return answers.filter((each) => each !== undefined);
    },
    stop,
  };
}

/** The place of worker n, whichever process fills it now. */
class WorkerSlot {
  readonly #index: number;
  readonly #options: WorkerPoolOptions;
  readonly #timing: WorkerPoolTiming;
  readonly #stopped = new AbortController();
  readonly #waiting = new Map<number, (metrics: readonly object[]) => void>();
  #child: ChildProcess | undefined;
  #ready = false;
  #restarts = 0;
  #nextId = 0;
  #running: Promise<void> | undefined;

  constructor(index: number, options: WorkerPoolOptions, timing: WorkerPoolTiming) {
    this.#index = index;
    this.#options = options;
    this.#timing = timing;
  }

  state(): WorkerState {
    return { worker: this.#index, pid: this.#child?.pid, ready: this.#ready, restarts: this.#restarts };
  }

  /** Resolves at the first readiness; from then on the slot looks after itself. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      let pending = true;
      const firstReady = (): void => {
        pending = false;
        resolve();
      };
      this.#running = this.#run(firstReady, (how) => {
        if (!pending) return false;
        pending = false;
        reject(this.#startFailure(how));
        return true;
      });
    });
  }

  async metrics(): Promise<readonly object[] | undefined> {
    if (!this.#ready) return undefined;
    const id = this.#nextId++;
    const answer = new Promise<readonly object[]>((resolve) => this.#waiting.set(id, resolve));
    this.#send({ kind: 'metrics', id });
    const timeout = sleep(METRICS_TIMEOUT_MS, undefined, { ref: false });
    const metrics = await Promise.race([answer, timeout]);
    this.#waiting.delete(id);
    return metrics;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    const child = this.#child;
    if (child !== undefined) {
      this.#send({ kind: 'drain' });
      // A stopped process answers nothing, not even SIGTERM; SIGKILL always ends it.
      const graceMs = this.#options.drainTimeoutMs + this.#timing.exitSlackMs;
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await this.#running;
      clearTimeout(timer);
    }
    await this.#running;
  }

  async #run(onReady: () => void, givesUp: (how: string) => boolean): Promise<void> {
    const { log } = this.#options;
    let pauseMs = this.#timing.restartFirstMs;
    for (;;) {
      const startedAtMs = performance.now();
      const how = await this.#live(onReady);
      if (this.#stopped.signal.aborted) {
        // Whoever still waits for the first readiness must not wait for ever.
        givesUp(how);
        return;
      }
      if (givesUp(how)) return;
      if (performance.now() - startedAtMs > this.#timing.stableAfterMs) pauseMs = this.#timing.restartFirstMs;
      log.error({ worker: this.#index, how, pauseMs }, 'a worker ended; it is started again');
      await sleep(pauseMs, undefined, { signal: this.#stopped.signal }).catch(() => undefined);
      if (this.#stopped.signal.aborted) return;
      pauseMs = Math.min(pauseMs * 2, this.#timing.restartMaxMs);
      this.#restarts += 1;
    }
  }

  /** One process, from fork to exit. Resolves with how it ended. */
  async #live(onReady: () => void): Promise<string> {
    const { module, args, execArgv, logFile, prepare } = this.#options;
    try {
      await prepare?.(this.#index);
    } catch (error) {
      return String(error);
    }
    if (this.#stopped.signal.aborted) return 'it was stopped first';
    const output = logFile === undefined ? 'inherit' : openSync(logFile, 'a', 0o600);
    const child = fork(module, [...args, '--worker', String(this.#index)], {
      execArgv: [...V8_FLAGS, ...(execArgv ?? process.execArgv)],
      // Its own group: the terminal's Ctrl-C is the supervisor's to hear, which drains it.
      detached: true,
      serialization: 'json',
      stdio: ['ignore', output, output, 'ipc'],
    });
    if (typeof output === 'number') closeSync(output);
    this.#child = child;
    const { readyTimeoutMs, pingEveryMs, pingTimeoutMs } = this.#timing;
    let heardAtMs = performance.now();
    let lookedAtMs = heardAtMs;
    const watch = setInterval(() => {
      const nowMs = performance.now();
      // Where it was this process that stood still, answers may wait unread: the silence is not the worker's.
      if (nowMs - lookedAtMs > 2 * pingEveryMs) heardAtMs = nowMs;
      lookedAtMs = nowMs;
      const silentMs = nowMs - heardAtMs;
      if (silentMs > (this.#ready ? pingTimeoutMs : readyTimeoutMs)) child.kill('SIGKILL');
      else if (this.#ready) this.#send({ kind: 'ping', id: this.#nextId++ });
    }, pingEveryMs);
    child.on('message', (message: FromWorker) => {
      heardAtMs = performance.now();
      if (message.kind === 'ready' && !this.#ready) {
        this.#ready = true;
        onReady();
      } else if (message.kind === 'metrics') {
        this.#waiting.get(message.id)?.(message.metrics);
      }
    });
    return await new Promise<string>((resolve) => {
      const over = (how: string): void => {
        clearInterval(watch);
        this.#ready = false;
        this.#child = undefined;
        resolve(how);
      };
      child.once('error', (error) => {
        if (child.pid === undefined) over(error.message);
      });
      child.once('exit', (code, signal) => over(signal ?? `exit code ${code}`));
    });
  }

  #startFailure(how: string): GatehouseError {
    const { logFile } = this.#options;
    const where = logFile === undefined ? 'Its reason is in the log above.' : `Its log: ${logFile}`;
    const text = `Worker ${this.#index} did not start: ${how}. ${where}`;
    const tail =
      logFile === undefined ? '' : `\n${readFileSync(logFile, 'utf8').slice(-LOG_TAIL_CHARACTERS)}`;
    return new GatehouseError('GH_WORKER_START', text, { message: text + tail });
  }

  #send(message: ToWorker): void {
    // Between a worker's end and the news of it the channel is closed; the exit handler has the rest.
    if (this.#child?.connected === true) this.#child.send(message, () => undefined);
  }
}
