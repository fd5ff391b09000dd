/**
 * What masking costs a whole gate: real Envoy, real PostgreSQL, workers of their own. Two gates stand before the same
 * server, one with every detector and mark off, one as it is installed, with detectors on and a column marked. They take
 * turns within a round, and ratios are taken within one.
 */
import type { TargetResult } from '../support/report.ts';
import { atLeast, spread, table } from '../support/report.ts';
import { initialise, pgbenchInstalled, selectOnly } from '../support/pgbench.ts';
import {
  MASKING_OFF,
  type PostgresStack,
  startPostgresStack,
  type Target,
} from '../support/postgres-stack.ts';
import { processorUs } from '../support/process-usage.ts';
import { openSession } from '../support/raw-session.ts';
import type { Phase } from './phase.ts';

const SCALE = 5;
/** V8 has optimised a worker's hot path after some 15 s of this; fewer measure the compiler. */
const WARM_UP_SECONDS = 15;
const CLIENTS = 8;
const MODES = ['prepared', 'simple'] as const;
const COPY_ROWS = 500_000;
/** Of 50 MB each. */
const COPY_WARM_UPS = 4;
const THROUGHPUT_TARGET = 0.9;
const COPY_TARGET = 25;

const ON = {
  columns: [
    { column: 'public.pgbench_accounts.abalance', tag: 'balance', style: 'full' },
    { column: 'public.bench_people.name', tag: 'name', style: 'full' },
  ],
};

/** About 100 bytes as a line of COPY: id, name, note, amount, time. */
const TABLE = `
CREATE TABLE bench_people AS
SELECT i AS id, 'Person ' || i AS name, 'note ' || repeat('of a customer, ', 3) || i % 1000 AS note,
  ((i * 37 % 1000000) / 100.0)::numeric(10, 2) AS amount, timestamp '2024-01-01' + i * interval '1 minute' AS created_at
FROM generate_series(1, ${COPY_ROWS}) i`;
const COPY = 'COPY bench_people TO STDOUT';

type Row = Record<string, Record<string, number>>;

export async function benchEndToEnd(options: {
  readonly rounds: number;
  readonly seconds: number;
  readonly progress: (text: string) => void;
}): Promise<Phase | undefined> {
  if (!(await pgbenchInstalled())) {
    options.progress('pgbench is not on the PATH: nothing is measured end to end');
    return undefined;
  }
  const stack = await startPostgresStack({
    only: ['direct', 'unmasked', 'masked'],
    gates: [
      { name: 'unmasked', masking: MASKING_OFF },
      { name: 'masked', masking: ON },
    ],
  });
  try {
    const target = (name: string): Target => stack.targets.find((each) => each.name === name) as Target;
    const direct = target('direct');
    await initialise(direct, stack.database, SCALE);
    const copyBytes = await makeTable(stack, direct);
    const gates = [target('unmasked'), target('masked')];
    for (const gate of gates) {
      for (const mode of MODES) {
        options.progress(`warming up ${gate.name}, ${mode}, ${WARM_UP_SECONDS} s`);
        await selectOnly(gate, stack.database, { mode, clients: CLIENTS, seconds: WARM_UP_SECONDS });
      }
      options.progress(`warming up ${gate.name}, COPY`);
      for (let pass = 0; pass < COPY_WARM_UPS; pass++) await copyOut(stack, gate);
    }
    const rounds: Row[] = [];
    for (let round = 0; round < options.rounds; round++) {
      const row: Row = {};
      const turned = round % 2 === 0 ? gates : gates.toReversed();
      for (const mode of MODES) {
        for (const gate of turned) await measureSelects(stack, gate, mode, options.seconds, row);
      }
      for (const gate of turned) {
        const { service } = gate.pids();
        const before = processorUs(service);
        const { seconds } = await copyOut(stack, gate);
        // What the server sends counts, not what masks make of it.
        (row['COPY MB/s'] ??= {})[gate.name] = copyBytes / 1e6 / seconds;
        (row["COPY MB/s of the workers' CPU"] ??= {})[gate.name] =
          copyBytes / (processorUs(service) - before);
      }
      rounds.push(row);
      options.progress(`round ${round + 1}/${options.rounds}: ${JSON.stringify(row)}`);
    }
    return phaseOf(rounds);
  } finally {
    await stack.stop();
  }
}

/** Makes the table that is copied, and says how many bytes of CopyData it is. */
async function makeTable(stack: PostgresStack, direct: Target): Promise<number> {
  const session = await openSession(direct, stack.database);
  session.query(TABLE);
  await session.readUntilReady();
  session.close();
  return (await copyOut(stack, direct)).bytes;
}

async function measureSelects(
  stack: PostgresStack,
  gate: Target,
  mode: (typeof MODES)[number],
  seconds: number,
  row: Row,
): Promise<void> {
  const { service } = gate.pids();
  const before = processorUs(service);
  const run = await selectOnly(gate, stack.database, { mode, clients: CLIENTS, seconds });
  (row[`${mode} tps`] ??= {})[gate.name] = run.tps;
  (row[`${mode} service us/tx`] ??= {})[gate.name] = (processorUs(service) - before) / run.transactions;
}

async function copyOut(stack: PostgresStack, target: Target): Promise<{ seconds: number; bytes: number }> {
  const session = await openSession(target, stack.database);
  const started = performance.now();
  const from = session.socket.bytesRead;
  session.query(COPY);
  await session.readUntilReady();
  const seconds = (performance.now() - started) / 1e3;
  const bytes = session.socket.bytesRead - from;
  session.close();
  return { seconds, bytes };
}

function phaseOf(rounds: readonly Row[]): Phase {
  const figures = Object.keys(rounds[0] ?? {});
  const valuesOf = (figure: string, name: string): number[] =>
    rounds.map((row) => row[figure]?.[name] ?? Number.NaN);
  const ratio = (figure: string): number =>
    spread(
      valuesOf(figure, 'masked').map(
        (value, index) => value / (valuesOf(figure, 'unmasked')[index] as number),
      ),
    ).median;
  const rows = figures.flatMap((figure) =>
    ['unmasked', 'masked'].map((name) => {
      const { min, median, max } = spread(valuesOf(figure, name));
      return [`${figure}: ${name}`, min, median, max, name === 'masked' ? ratio(figure) : 1];
    }),
  );
  const targets: TargetResult[] = [
    atLeast(
      'pgbench -S, a marked column, prepared: tps of the gate without masking',
      ratio('prepared tps'),
      THROUGHPUT_TARGET,
    ),
    atLeast(
      'COPY out through the gate, a marked column (MB/s)',
      spread(valuesOf('COPY MB/s', 'masked')).median,
      COPY_TARGET,
    ),
  ];
  return {
    text: table(['end to end', 'min', 'median', 'max', 'of unmasked'], rows),
    targets,
    rounds,
  };
}
