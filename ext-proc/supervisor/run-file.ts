/**
 * `run.json` in the state directory: which process runs the gate there, what it started and where it answers. The
 * commands read it. It is also the lock: of two starts on one state directory the second is refused.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { GatehouseError } from '../domain/errors.ts';

export interface RunEndpoints {
  /** `postgres://host:port/database` of the first listener. */
  readonly postgres?: string;
  readonly clickhouse?: string;
  readonly issuer?: string;
  readonly envoyAdmin?: string;
}

export interface RunProcess {
  readonly name: string;
  readonly pid: number;
  /** Tells the process from a later one with its number. */
  readonly identity: string;
}

export interface Run {
  /** `development`: with the sample database and the development issuer. */
  readonly mode: 'development' | 'own' | 'service';
  readonly process: RunProcess;
  readonly configFile: string;
  readonly ready: boolean;
  readonly endpoints: RunEndpoints;
  /** Supervisor metrics and readiness, `http://host:port`. */
  readonly metrics?: string;
  /** What it started; each ends with it by itself, unless it is frozen. */
  readonly children: readonly RunProcess[];
  /** How long live sessions may take to end when it is stopped. */
  readonly drainTimeoutMs?: number;
}

export const runFile = (stateDirectory: string): string => join(stateDirectory, 'run.json');

/**
 * The identity of a running process: boot, and start in clock ticks after it (proc(5), /proc/pid/stat field 22).
 * Undefined where none with this number runs; a zombie does not.
 */
export function processIdentity(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the name in parentheses, which may hold anything; fields are counted from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}:${fields[19]}`;
  } catch {
    return undefined;
  }
}

export const runningProcess = (name: string, pid: number): RunProcess => ({
  name,
  pid,
  identity: processIdentity(pid) ?? '',
});

export const stillRuns = ({ pid, identity }: RunProcess): boolean => processIdentity(pid) === identity;

/** What the file says, whether or not that process still runs; undefined where there is none that can be read. */
export const readRun = (stateDirectory: string): Promise<Run | undefined> =>
  parseRun(runFile(stateDirectory));

async function parseRun(file: string): Promise<Run | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Run;
  } catch {
    return undefined;
  }
}

/** The run whose process is alive. */
export async function liveRun(stateDirectory: string): Promise<Run | undefined> {
  const run = await readRun(stateDirectory);
  return run !== undefined && stillRuns(run.process) ? run : undefined;
}

export interface RunClaim {
  update(changes: Partial<Omit<Run, 'process'>>): Promise<void>;
  release(): Promise<void>;
}

/**
 * Removes what a dead process left. It is moved aside first and read there: of several starts that found it, one may
 * have taken its place already. Throws `GH_ALREADY_RUNNING` where the process lives.
 */
async function clearStale(file: string): Promise<void> {
  const refuseLive = (run: Run | undefined): void => {
    if (run === undefined || !stillRuns(run.process)) return;
    throw new GatehouseError(
      'GH_ALREADY_RUNNING',
      `Gatehouse runs here already (process ${run.process.pid}). Stop it first: npm stop`,
    );
  };
  refuseLive(await parseRun(file));
  const aside = `${file}.${randomBytes(4).toString('hex')}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    refuseLive(await parseRun(aside));
  } catch (error) {
    await link(aside, file).catch(() => undefined);
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

/** Takes the state directory for this process. Throws `GH_ALREADY_RUNNING` where another live process has it. */
export async function claimRun(
  stateDirectory: string,
  mode: Run['mode'],
  configFile: string,
): Promise<RunClaim> {
  const file = runFile(stateDirectory);
  let run: Run = {
    mode,
    process: runningProcess('gatehouse', process.pid),
    configFile,
    ready: false,
    endpoints: {},
    children: [],
  };
  const temporary = (): string => `${file}.${randomBytes(4).toString('hex')}`;
  const write = async (place: (from: string, to: string) => Promise<void>): Promise<void> => {
    const from = temporary();
    await writeFile(from, `${JSON.stringify(run, undefined, 2)}\n`, { mode: 0o600 });
    try {
      await place(from, file);
    } finally {
      await rm(from, { force: true });
    }
  };
  for (;;) {
    try {
      // A hard link is made only where the name is free, so that two starts cannot both succeed.
      await write(link);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      await clearStale(file);
    }
  }
  return {
    update: async (changes) => {
      run = { ...run, ...changes };
      await write(rename);
    },
    release: () => rm(file, { force: true }),
  };
}
