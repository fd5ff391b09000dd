/** pgbench, as it is installed: one run, and what it prints read. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Target } from './postgres-stack.ts';

const execFileAsync = promisify(execFile);

export interface PgbenchRun {
  readonly tps: number;
  readonly transactions: number;
  /** Milliseconds. */
  readonly p50: number;
}

const environment = (target: Target) => ({
  ...process.env,
  PGPASSWORD: target.password,
  PGSSLMODE: 'disable',
});
const where = (target: Target) => ['-h', '127.0.0.1', '-p', String(target.port), '-U', target.user];

export async function initialise(target: Target, database: string, scale: number): Promise<void> {
  await execFileAsync('pgbench', ['-i', '-q', '-s', String(scale), ...where(target), database], {
    env: environment(target),
    maxBuffer: 1e8,
  });
}

/** `-S` for `seconds`; rejects where a transaction failed. p50 is that of the clients' own latencies, by --log. */
export async function selectOnly(
  target: Target,
  database: string,
  options: {
    mode: 'simple' | 'prepared';
    clients: number;
    seconds: number;
    reconnect?: boolean;
    log?: string;
  },
): Promise<PgbenchRun> {
  const { mode, clients, seconds, reconnect, log } = options;
  const { stdout } = await execFileAsync(
    'pgbench',
    [
      '-n',
      '-S',
      '-M',
      mode,
      '-c',
      String(clients),
      '-T',
      String(seconds),
      ...(reconnect === true ? ['-C'] : []),
      ...(log === undefined ? [] : ['--log', `--log-prefix=${log}`]),
      ...where(target),
      database,
    ],
    { env: environment(target), maxBuffer: 1e8 },
  );
  const number = (pattern: RegExp): number => Number(pattern.exec(stdout)?.[1] ?? Number.NaN);
  if (number(/number of failed transactions: (\d+)/) > 0)
    throw new Error(`${target.name}: transactions failed\n${stdout}`);
  return {
    tps: number(/tps = ([\d.]+)/),
    transactions: number(/actually processed: (\d+)/),
    p50: log === undefined ? Number.NaN : await medianOfLog(log),
  };
}

/** Column 3 of pgbench's log is a transaction's time in microseconds. */
async function medianOfLog(prefix: string): Promise<number> {
  const { readdir, readFile, rm } = await import('node:fs/promises');
  const { dirname, basename, join } = await import('node:path');
  const times: number[] = [];
  for (const name of await readdir(dirname(prefix))) {
    if (!name.startsWith(`${basename(prefix)}.`)) continue;
    const file = join(dirname(prefix), name);
    for (const line of (await readFile(file, 'utf8')).split('\n')) {
      const us = line.split(' ')[2];
      if (us !== undefined) times.push(Number(us));
    }
    await rm(file);
  }
  times.sort((left, right) => left - right);
  return (times[times.length >> 1] ?? Number.NaN) / 1_000;
}

export const pgbenchInstalled = async (): Promise<boolean> =>
  execFileAsync('pgbench', ['--version']).then(
    () => true,
    () => false,
  );
