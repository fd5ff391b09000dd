/**
 * A child program that is started again when it ends without having been asked to: with growing pauses, for as long
 * as it takes. The first start is not tried again, since its failure is the operator's to see.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Log } from '../domain/log.ts';

export interface Stoppable {
  readonly pid: number;
  /** Resolves with how it ended. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

export interface KeptRunning<Program extends Stoppable> {
  /** The program as it runs now; undefined between its end and its next start. */
  readonly current: () => Program | undefined;
  stop(): Promise<void>;
}

const PAUSE_FIRST_MS = 100;
const PAUSE_MAX_MS = 5_000;
const STABLE_AFTER_MS = 10_000;

/** Rejects with what the first `start` rejects with. */
export async function keepRunning<Program extends Stoppable>(
  name: string,
  start: () => Promise<Program>,
  log: Log,
): Promise<KeptRunning<Program>> {
  const stopped = new AbortController();
  let current: Program | undefined = await start();

  async function watch(first: Program): Promise<void> {
    let program: Program | undefined = first;
    let startedAtMs = performance.now();
    let pauseMs = PAUSE_FIRST_MS;
    for (;;) {
      const how: string = program === undefined ? 'it could not be started' : await program.ended;
      current = undefined;
      if (stopped.signal.aborted) return;
      if (performance.now() - startedAtMs > STABLE_AFTER_MS) pauseMs = PAUSE_FIRST_MS;
      log.error({ program: name, how, pauseMs }, 'a program ended; it is started again');
      await sleep(pauseMs, undefined, { signal: stopped.signal }).catch(() => undefined);
      if (stopped.signal.aborted) return;
      pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS);
      startedAtMs = performance.now();
      program = await start().catch((error: unknown) => {
        log.error({ program: name, error: String(error) }, 'a program could not be started');
        return undefined;
      });
      current = program;
      // Stopped while it was starting: whoever stopped waits for this watch, not for the program it never saw.
      if (stopped.signal.aborted) await program?.stop();
    }
  }

  const watching = watch(current);
  return {
    current: () => current,
    stop: async () => {
      stopped.abort();
      await current?.stop();
      await watching;
    },
  };
}
