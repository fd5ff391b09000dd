/**
 * What evidence costs: a record in the journal (its JSON, hash and share of a write), and a row on its way to
 * ClickHouse. Prints microseconds of CPU and rates, and writes `bench/results/journal.json`.
 * `npm run bench:journal [-- rounds]`; it starts a ClickHouse of its own.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClickHouseSink } from '../ext-proc/adapters/clickhouse/sink.ts';
import { type Journal, openJournal } from '../ext-proc/adapters/journal/journal.ts';
import { startShipping } from '../ext-proc/adapters/journal/shipping.ts';
import { verifyJournal } from '../ext-proc/adapters/journal/verify.ts';
import type { AuditSink } from '../ext-proc/domain/audit-sink.ts';
import { Secret } from '../ext-proc/domain/secret.ts';
import { startClickHouse } from '../ext-proc/embedded/clickhouse.ts';
import { decided, ended, silentLog, systemClock } from '../test/support/audit-records.ts';
import { processorUs } from './support/process-usage.ts';
import { atMost, spread, table, targetTable, type TargetResult, writeResults } from './support/report.ts';

const ROUNDS = Number(process.argv[2] ?? 5);
const ACTIONS = 20_000;
const MIB = 1_048_576;

interface Round {
  readonly name: string;
  readonly round: number;
  readonly cpuUs: number;
  readonly perSecond: number;
  readonly batch?: number;
  readonly clickhouseCpuUs?: number;
}

const rounds: Round[] = [];

async function measured(
  count: number,
  work: () => Promise<unknown>,
): Promise<{ cpuUs: number; perSecond: number }> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { cpuUs: (user + system) / count, perSecond: (count * 1_000) / (performance.now() - started) };
}

async function openAt(directory: string, durability: 'written' | 'fsynced'): Promise<Journal> {
  return openJournal({
    directory,
    worker: '0',
    durability,
    segmentBytes: 64 * MIB,
    bytesMax: 8_192 * MIB,
    clock: systemClock,
    log: silentLog,
  });
}

/** `sessions` at once, each with one action after another, as statements of as many clients. */
async function act(journal: Journal, actions: number, sessions: number): Promise<void> {
  let next = 0;
  const session = async (): Promise<void> => {
    while (next < actions) {
      const mine = next++;
      await journal.append(decided(mine));
      await journal.append(ended(mine));
    }
  };
  await Promise.all(Array.from({ length: sessions }, session));
}

async function appending(
  round: number,
  durability: 'written' | 'fsynced',
  sessions: number,
  actions: number,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'gh-bench-'));
  const journal = await openAt(directory, durability);
  await act(journal, actions / 4, sessions);
  const before = journal.stats();
  const figures = await measured(actions * 2, () => act(journal, actions, sessions));
  const { records, batches } = journal.stats();
  const batch = (records - before.records) / (batches - before.batches);
  await journal.close();
  await rm(directory, { recursive: true });
  rounds.push({ name: `append, ${durability}, ${sessions} at once`, round, batch, ...figures });
}

async function shipped(directory: string, sink: AuditSink, rows: number): Promise<void> {
  const shipping = startShipping({
    directory,
    sink,
    flushIntervalMs: 10,
    batchRows: 5_000,
    clock: systemClock,
    log: silentLog,
  });
  while (shipping.stats().rowsShipped < rows) await new Promise((resolve) => setTimeout(resolve, 5));
  await shipping.stop();
}

async function shippingRows(round: number): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'gh-bench-'));
  const server = await startClickHouse({ directory: join(directory, 'clickhouse'), password: 'bench' });
  const { url, user } = server;
  const sink = createClickHouseSink({ url, user, database: 'gatehouse', password: new Secret('bench') });
  try {
    const path = join(directory, 'journal');
    const journal = await openAt(path, 'written');
    await act(journal, ACTIONS, 8);
    await journal.close();
    rounds.push({
      name: 'verify, a line',
      round,
      ...(await measured(ACTIONS * 2, () => verifyJournal(path))),
    });
    const nowhere: AuditSink = { insert: () => Promise.resolve() };
    rounds.push({
      name: 'ship, a row, to nowhere',
      round,
      ...(await measured(ACTIONS, () => shipped(path, nowhere, ACTIONS))),
    });
    await rm(join(path, '0', 'shipped.json'));
    await sink.ensureSchema();
    const before = processorUs([server.pid]);
    const figures = await measured(ACTIONS, () => shipped(path, sink, ACTIONS));
    const clickhouseCpuUs = (processorUs([server.pid]) - before) / ACTIONS;
    rounds.push({ name: 'ship, a row, to ClickHouse', round, clickhouseCpuUs, ...figures });
  } finally {
    await sink.close();
    await server.stop();
    await rm(directory, { recursive: true });
  }
}

for (let round = 1; round <= ROUNDS; round++) {
  for (const sessions of [1, 8, 64]) await appending(round, 'written', sessions, ACTIONS);
  await appending(round, 'fsynced', 8, ACTIONS / 10);
  await appending(round, 'fsynced', 64, ACTIONS / 2);
  await shippingRows(round);
}

const names = [...new Set(rounds.map(({ name }) => name))];
const of = (name: string, key: 'cpuUs' | 'perSecond' | 'clickhouseCpuUs' | 'batch') =>
  spread(rounds.filter((round) => round.name === name).map((round) => round[key] ?? Number.NaN));
console.log(
  table(
    ['', 'µs CPU min', 'median', 'max', 'a second, median', 'records a batch', "µs of ClickHouse's"],
    names.map((name) => {
      const cpu = of(name, 'cpuUs');
      return [
        name,
        cpu.min,
        cpu.median,
        cpu.max,
        of(name, 'perSecond').median,
        of(name, 'batch').median,
        of(name, 'clickhouseCpuUs').median,
      ];
    }),
  ),
);
const targets: TargetResult[] = [
  atMost('µs of CPU a record, written, 8 at once', of('append, written, 8 at once', 'cpuUs').median, 6),
  atMost('µs of CPU a record, written, 64 at once', of('append, written, 64 at once', 'cpuUs').median, 6),
];
console.log(`\n${targetTable(targets)}`);
writeResults('journal', { targets, rounds });
