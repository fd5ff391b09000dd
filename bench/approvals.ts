/**
 * What a hold costs: how soon a decision wakes the stream that waits for it on another process, with 1,000 of them held at
 * once, and what each of those takes in the worker. Both stores. Writes `bench/results/approvals.json`.
 * `npm run bench:approvals [-- waits [decisions]]`; it starts a PostgreSQL of its own.
 */
import { measureWakeUps, percentile, type WakeUps } from './approvals/wake-up.ts';
import { STORE_KINDS } from '../test/approvals/stores.ts';
import { atMost, table, targetTable, writeResults } from './support/report.ts';

const WAITS = Number(process.argv[2] ?? 1_000);
const DECISIONS = Number(process.argv[3] ?? 400);

const rounds: WakeUps[] = [];
for (const kind of STORE_KINDS)
  rounds.push(await measureWakeUps(kind, { waits: WAITS, decisions: Math.min(DECISIONS, WAITS) }));

const p = ({ wakeUpMs }: WakeUps, share: number): number => percentile(wakeUpMs, share);
console.log(
  table(
    ['store', 'held', 'p50 ms', 'p99 ms', 'max ms', 'left, at once, ms', 'heap kB each', 'resident kB each'],
    rounds.map((round) => [
      round.kind,
      round.waits,
      p(round, 0.5),
      p(round, 0.99),
      p(round, 1),
      round.burstMs,
      round.heapKbPerWait,
      round.residentKbPerWait,
    ]),
  ),
);
const targets = rounds.flatMap((round) => [
  atMost(`${round.kind}: wake-up, p99, ms`, p(round, 0.99), 250),
  atMost(`${round.kind}: a held wait in the desk, kB`, round.heapKbPerWait, 8),
]);
console.log(`\n${targetTable(targets)}`);
writeResults('approvals', {
  targets,
  rounds: rounds.map(({ wakeUpMs, states, ...round }) => ({
    ...round,
    decisions: wakeUpMs.length,
    p50Ms: percentile(wakeUpMs, 0.5),
    p99Ms: percentile(wakeUpMs, 0.99),
    maxMs: wakeUpMs.at(-1),
    approved: states.filter((each) => each === 'approved').length,
  })),
});
