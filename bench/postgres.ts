/**
 * What the gate costs on PostgreSQL: direct, Envoy's tcp_proxy alone, pgbouncer (session mode), an echo processor on
 * the gate's own Envoy path (on @grpc/grpc-js, and bare on the gate's own gRPC server), and the gate, side by side in one run,
 * interleaved, TLS off on all. The gate has the standard policy, its journal and its catalogue, and masks nothing: what
 * masking costs is bench/masking.ts.
 * Run: npm run bench:postgres [-- --rounds 5 --seconds 3 --only throughput,copy,memory]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { initialise, pgbenchInstalled, selectOnly } from './support/pgbench.ts';
import {
  MASKING_OFF,
  startPostgresStack,
  type PostgresStack,
  type Target,
  type TargetName,
} from './support/postgres-stack.ts';
import { processorUs, residentBytes } from './support/process-usage.ts';
import {
  atLeast,
  atMost,
  spread,
  table,
  targetTable,
  writeResults,
  type TargetResult,
} from './support/report.ts';
import { openSession, readAtMost } from './support/raw-session.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    only: { type: 'string', default: 'throughput,connect,copy,memory' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  console.log('npm run bench:postgres [-- --rounds N --seconds N --only throughput,connect,copy,memory]');
  process.exit(0);
}
if (!(await pgbenchInstalled())) {
  console.error(
    'pgbench is not on the PATH; install the postgresql-contrib or postgresql-client package of your system',
  );
  process.exit(2);
}
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);
const phases = new Set(options.only.split(','));
const progress = (text: string): void => void process.stderr.write(`${text}\n`);

const SCALE = 5;
/** V8 has optimised a worker's hot path after some 15 s of this; fewer measure the compiler. */
const WARM_UP_SECONDS = 15;
const CELLS = (['prepared', 'simple'] as const).flatMap((mode) =>
  [1, 8, 32].map((clients) => ({ mode, clients })),
);
const COPY_BYTES = 100 * 1_000_000;
const SLOW_RESULT_BYTES = 2_000 * 1_000_000;
/** The server takes 100 connections, and pgbouncer's pool keeps 32 of them. */
const IDLE_SESSIONS = 40;
/** What a copy needs to be 100 MB: rows of 100 bytes. */
const copySql = (bytes: number): string =>
  `COPY (SELECT repeat('x', 99) FROM generate_series(1, ${bytes / 100})) TO STDOUT`;

type Figures = Record<string, Record<string, number>>;

const scratch = mkdtempSync(join(tmpdir(), 'gh-bench-'));
progress('starting the server and the ways to it');
const stack = await startPostgresStack({ gates: [{ name: 'gate', masking: MASKING_OFF }] });
const allRounds: Figures[] = [];
const targets: TargetResult[] = [];
const figures: Record<string, unknown> = {};
try {
  const direct = stack.targets.find(({ name }) => name === 'direct') as Target;
  await initialise(direct, stack.database, SCALE);
  if (phases.has('throughput')) await warmUp();
  for (let round = 1; round <= rounds; round++) {
    const measured: Figures = {};
    if (phases.has('throughput')) await throughput(measured, round);
    if (phases.has('connect')) await connectTimes(measured, round);
    if (phases.has('copy')) await copies(measured, round);
    allRounds.push(measured);
  }
  if (phases.has('memory')) await memory();
} finally {
  await stack.stop();
  rmSync(scratch, { recursive: true, force: true });
}
report();

/** Nobody is measured cold: optimised code and filled caches are what a gate runs on after its first minute. */
async function warmUp(): Promise<void> {
  progress(`warming up, ${WARM_UP_SECONDS} s for each target and mode`);
  for (const target of stack.targets) {
    for (const mode of ['prepared', 'simple'] as const)
      await selectOnly(target, stack.database, { mode, clients: 8, seconds: WARM_UP_SECONDS });
  }
}

async function throughput(measured: Figures, round: number): Promise<void> {
  for (const { mode, clients } of CELLS) {
    const row: Record<string, number> = (measured[`${mode} ${clients} tps`] = {});
    const p50: Record<string, number> = (measured[`${mode} ${clients} p50 ms`] = {});
    const service: Record<string, number> = (measured[`${mode} ${clients} service us/tx`] = {});
    // The order turns with the round, so that nobody always runs after the same neighbour.
    for (const target of turned(stack.targets, round)) {
      const { envoy, service: servicePids } = target.pids();
      const before = processorUs(servicePids);
      const run = await selectOnly(target, stack.database, {
        mode,
        clients,
        seconds,
        log: join(scratch, target.name),
      });
      row[target.name] = run.tps;
      p50[target.name] = run.p50;
      if (envoy.length > 0 && servicePids.length > 0)
        service[target.name] = (processorUs(servicePids) - before) / run.transactions;
    }
    progress(
      `round ${round}/${rounds} ${mode} ${clients}: ${Object.entries(row)
        .map(([name, tps]) => `${name} ${tps.toFixed(0)}`)
        .join(', ')} tps`,
    );
  }
}

async function connectTimes(measured: Figures, round: number): Promise<void> {
  const row: Record<string, number> = (measured['connect ms'] = {});
  for (const target of turned(stack.targets, round)) {
    const times: number[] = [];
    for (let index = 0; index < 30; index++) {
      const started = performance.now();
      const client = pgClient(target);
      await client.connect();
      times.push(performance.now() - started);
      await client.end();
    }
    row[target.name] = spread(times).median;
  }
}

async function copies(measured: Figures, round: number): Promise<void> {
  const row: Record<string, number> = (measured['copy out MB/s'] = {});
  for (const target of turned(stack.targets, round)) {
    const session = await openSession(target, stack.database);
    const started = performance.now();
    session.query(copySql(COPY_BYTES));
    await session.readUntilReady();
    row[target.name] = COPY_BYTES / 1e6 / ((performance.now() - started) / 1_000);
    session.close();
  }
  progress(
    `round ${round}/${rounds} copy: ${Object.entries(row)
      .map(([name, rate]) => `${name} ${rate.toFixed(0)}`)
      .join(', ')} MB/s`,
  );
}

/** A reader of 2 GB that takes 40 MB/s, and idle sessions. */
async function memory(): Promise<void> {
  const growth: Record<string, number> = {};
  for (const name of ['gate', 'echo'] as const) {
    const target = stack.targets.find((candidate) => candidate.name === name) as Target;
    const { envoy, service } = target.pids();
    // The parser's first statements make V8 compile it, which takes some 600 MB for two seconds: that is no reader's doing.
    await selectOnly(target, stack.database, { mode: 'simple', clients: 8, seconds: 3 });
    // The same holds of what the first copies bring with them: machine code, and the heap that it runs on.
    for (let copy = 0; copy < 4; copy++) {
      const first = await openSession(target, stack.database);
      first.query(copySql(COPY_BYTES));
      await first.readUntilReady();
      first.close();
    }
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const session = await openSession(target, stack.database);
    const before = new Map([...envoy, ...service].map((pid) => [pid, residentBytes([pid])]));
    let most = 0;
    session.query(copySql(SLOW_RESULT_BYTES));
    await readAtMost(session, 40_000_000, () => {
      for (const [pid, bytes] of before) most = Math.max(most, residentBytes([pid]) - bytes);
    });
    session.close();
    growth[name] = most / 1_048_576;
    progress(
      `slow reader of 2 GB through ${name}: no process grew by more than ${growth[name].toFixed(1)} MiB`,
    );
  }
  const idle: Record<string, number> = {};
  for (const name of ['gate', 'echo'] as const) {
    const target = stack.targets.find((candidate) => candidate.name === name) as Target;
    const pids = target.pids();
    const all = [...pids.envoy, ...pids.service];
    // The first ones pay for pools and pages that later ones share.
    const first = await Promise.all(Array.from({ length: 10 }, () => openSession(target, stack.database)));
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const before = residentBytes(all);
    const sessions = [];
    for (let index = 0; index < IDLE_SESSIONS; index++)
      sessions.push(await openSession(target, stack.database));
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    idle[name] = (residentBytes(all) - before) / sessions.length / 1_024;
    for (const session of [...first, ...sessions]) session.close();
    progress(`an idle session through ${name}: ${idle[name].toFixed(0)} KiB in all processes`);
  }
  figures['memory'] = { slowReaderGrowthMiB: growth, idleSessionKiB: idle };
  targets.push(atMost('2 GB to a slow reader: growth of any process, MiB', growth['gate'] ?? Number.NaN, 64));
  targets.push(atMost('an idle session: KiB in all processes', idle['gate'] ?? Number.NaN, 256));
}

function report(): void {
  const names = stack.targets.map(({ name }) => name);
  const rows = Object.keys(allRounds[0] ?? {}).flatMap((figure) =>
    names.flatMap((name) => {
      const values = allRounds.map((round) => round[figure]?.[name]).filter((value) => value !== undefined);
      if (values.length === 0) return [];
      const { min, median, max } = spread(values);
      return [[`${figure}: ${name}`, min, median, max]];
    }),
  );
  console.log(table(['figure', 'min', 'median', 'max'], rows));
  /** Ratios are taken within a round, where neighbours share the machine's mood. */
  const ratio = (figure: string, name: TargetName, base: TargetName): number =>
    spread(
      allRounds.map((round) => (round[figure]?.[name] ?? Number.NaN) / (round[figure]?.[base] ?? Number.NaN)),
    ).median;
  if (phases.has('throughput')) {
    for (const clients of [8, 32]) {
      targets.push(
        atLeast(
          `prepared, ${clients} clients: tps of the echo's`,
          ratio(`prepared ${clients} tps`, 'gate', 'echo'),
          0.85,
        ),
      );
      targets.push(
        atLeast(
          `simple, ${clients} clients: tps of the echo's`,
          ratio(`simple ${clients} tps`, 'gate', 'echo'),
          0.6,
        ),
      );
    }
    targets.push(
      atMost("prepared, 1 client: p50 of the echo's", ratio('prepared 1 p50 ms', 'gate', 'echo'), 1.2),
    );
    targets.push(
      atMost("simple, 1 client: p50 of the echo's", ratio('simple 1 p50 ms', 'gate', 'echo'), 1.4),
    );
    const beside = CELLS.flatMap(({ mode, clients }) =>
      (['echo', 'bare', 'gate', 'tcp_proxy'] as const).map((name) => [
        `${mode} ${clients}: ${name} of pgbouncer's tps`,
        ratio(`${mode} ${clients} tps`, name, 'pgbouncer'),
      ]),
    ) as [string, number][];
    for (const { mode, clients } of CELLS)
      beside.push([
        `${mode} ${clients}: gate of bare's tps`,
        ratio(`${mode} ${clients} tps`, 'gate', 'bare'),
      ]);
    console.log(`\n${table(['beside', 'ratio'], beside)}`);
    figures['besidePgbouncer'] = Object.fromEntries(beside);
  }
  if (phases.has('copy'))
    targets.push(
      atLeast(
        "COPY out of 100 MB: rate of Envoy's tcp_proxy alone",
        ratio('copy out MB/s', 'gate', 'tcp_proxy'),
        0.5,
      ),
    );
  console.log(`\n${targetTable(targets)}`);
  writeResults('postgres', { targets, rounds: allRounds, figures });
}

function turned(all: PostgresStack['targets'], round: number): readonly Target[] {
  const start = round % all.length;
  return [...all.slice(start), ...all.slice(0, start)];
}

function pgClient(target: Target): Client {
  return new Client({
    host: '127.0.0.1',
    port: target.port,
    user: target.user,
    password: target.password,
    database: stack.database,
    ssl: false,
  });
}
