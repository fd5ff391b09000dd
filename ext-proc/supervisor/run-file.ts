/**
 * `run.json` in the state directory: which process runs the gate there, what it started and where it answers. The
 * commands read it. Beside it lies the lock: of two starts on one state directory the second is refused.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { GatehouseError } from '../domain/errors.ts';

export interface RunEndpoints {
  /** `postgres://host:port/database` of the first listener for PostgreSQL. */
  readonly postgres?: string;
  /** `https://host:port` of the first route to an HTTP API. */
  readonly http?: string;
  /** `https://host:port/path` of the first route to an MCP server. */
  readonly mcp?: string;
  readonly clickhouse?: string;
  /** Where people reach the console. */
  readonly console?: string;
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
 * A lock that the kernel gives back when its holder dies in whatever way: SQLite's, on a file that holds nothing else.
 * Throws `GH_ALREADY_RUNNING` where another process, or another claim of this one, has it.
 */
async function lock(stateDirectory: string): Promise<DatabaseSync> {
  const database = new DatabaseSync(join(stateDirectory, 'run.lock'));
  try {
    database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
    return database;
  } catch (cause) {
    database.close();
    const holder = (await readRun(stateDirectory))?.process.pid;
    throw new GatehouseError(
      'GH_ALREADY_RUNNING',
      `Gatehouse runs here already${holder === undefined ? '' : ` (process ${holder})`}. Stop it first: npm stop`,
      { cause },
    );
  }
}

/** Takes the state directory for this process. Throws `GH_ALREADY_RUNNING` where another live process has it. */
export async function claimRun(
  stateDirectory: string,
  mode: Run['mode'],
  configFile: string,
): Promise<RunClaim> {
  const held = await lock(stateDirectory);
  const file = runFile(stateDirectory);
  let run: Run = {
    mode,
    process: runningProcess('gatehouse', process.pid),
    configFile,
    ready: false,
    endpoints: {},
    children: [],
  };
  // Written beside and renamed, so that a reader never sees half of it.
  const write = async (): Promise<void> => {
    const from = `${file}.${randomBytes(4).toString('hex')}`;
    await writeFile(from, `${JSON.stringify(run, undefined, 2)}\n`, { mode: 0o600 });
    await rename(from, file);
  };
  await write();
  return {
    update: async (changes) => {
      run = { ...run, ...changes };
      await write();
    },
    release: async () => {
      await rm(file, { force: true });
      held.close();
    },
  };
}
