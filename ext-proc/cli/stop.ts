/** `npm stop`: ends every gate that was started from here, and waits until no process of it is left. */
import { setTimeout as sleep } from 'node:timers/promises';

import { rm } from 'node:fs/promises';

import { readRun, runFile, stillRuns, type RunProcess } from '../supervisor/run-file.ts';
import { findPlace, knownStateDirectories } from './places.ts';
import type { LineWriter } from './terminal.ts';

/** What follows the drain: the last records go to ClickHouse, and every program ends. */
const GRACE_MS = 30_000;
const DRAIN_TIMEOUT_MS = 30_000;
const KILL_GRACE_MS = 5_000;
const POLL_MS = 50;

/** Without a configuration: everything that runs. Throws nothing: what is gone is gone. */
export async function stop(options: { config?: string }, write: LineWriter): Promise<void> {
  const places =
    options.config === undefined
      ? await knownStateDirectories()
      : [(await findPlace(options.config)).stateDirectory];
  let stopped = 0;
  for (const stateDirectory of places) if (await stopOne(stateDirectory, write)) stopped += 1;
  write(stopped === 0 ? 'Nothing is running.' : 'Stopped.');
}

async function stopOne(stateDirectory: string, write: LineWriter): Promise<boolean> {
  const run = await readRun(stateDirectory);
  if (run === undefined) return false;
  const everything = [run.process, ...run.children];
  if (!everything.some(stillRuns)) {
    await rm(runFile(stateDirectory), { force: true });
    return false;
  }
  if (stillRuns(run.process)) {
    write(`Stopping Gatehouse (process ${run.process.pid}) …`);
    signal(run.process, 'SIGTERM');
    await gone([run.process], (run.drainTimeoutMs ?? DRAIN_TIMEOUT_MS) + GRACE_MS);
  }
  // Children end with it by themselves; this is for one that was killed or froze.
  if (!(await gone(everything, KILL_GRACE_MS))) {
    for (const each of everything) signal(each, 'SIGKILL');
    await gone(everything, KILL_GRACE_MS);
  }
  await rm(runFile(stateDirectory), { force: true });
  return true;
}

function signal(target: RunProcess, name: NodeJS.Signals): void {
  if (!stillRuns(target)) return;
  try {
    process.kill(target.pid, name);
  } catch {
    // It ended in between.
  }
}

async function gone(processes: readonly RunProcess[], timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (processes.some(stillRuns)) {
    if (performance.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}
