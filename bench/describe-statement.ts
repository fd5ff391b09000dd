/**
 * What describing a statement costs: a hit in the cache, a template's hit, a fresh parse through the parser's
 * thread, and reading the catalogue. `node bench/describe-statement.ts`; it starts a PostgreSQL of its own.
 */
import type { DescribeResult } from '../ext-proc/domain/ports.ts';
import { SAMPLE_SCHEMA } from '../test/evasion/sql/sample-schema.ts';
import { startSqlDescriber } from '../test/support/sql-describer.ts';
import { atMost, spread, table, targetTable, writeResults } from './support/report.ts';

const ROUNDS = 5;

interface Figure {
  readonly name: string;
  readonly unit: 'us' | 'ms';
  readonly rounds: readonly number[];
  readonly target?: number;
}

async function measure(
  name: string,
  count: number,
  run: (index: number) => unknown,
  target?: number,
): Promise<Figure> {
  for (let index = 0; index < count; index++) {
    const result = run(index);
    if (result instanceof Promise) await result;
  }
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    for (let index = 0; index < count; index++) {
      const result = run(count * (round + 1) + index);
      if (result instanceof Promise) await result;
    }
    rounds.push(((performance.now() - started) * 1_000) / count);
  }
  return { name, unit: 'us', rounds, ...(target === undefined ? {} : { target }) };
}

/** A hit must be synchronous, or it was none. */
function hit(result: DescribeResult | Promise<DescribeResult>): DescribeResult {
  if (result instanceof Promise) throw new Error('not a hit');
  return result;
}

const sql = await startSqlDescriber(SAMPLE_SCHEMA);
try {
  const { describer, context } = sql;
  const plain = 'SELECT name FROM people WHERE id = $1';
  const long = `SELECT ${Array.from({ length: 80 }, (_, index) => `p.card AS c${index}`).join(', ')} FROM people p`;
  await sql.describe(plain);
  await sql.describe('SELECT total FROM orders WHERE id = 1;');
  await sql.describe('UPDATE orders SET total = total + -1 WHERE id = 1;');
  const figures = [
    await measure('hit, the same text', 100_000, () => hit(describer.describe(plain, context)), 2),
    await measure(
      'hit, another integer (pgbench -S)',
      100_000,
      (index) => hit(describer.describe(`SELECT total FROM orders WHERE id = ${index};`, context)),
      2,
    ),
    await measure(
      'hit, another integer (TPC-B update)',
      100_000,
      (index) =>
        hit(describer.describe(`UPDATE orders SET total = total + -${index} WHERE id = ${index};`, context)),
      2,
    ),
    await measure('fresh, small', 1_000, (index) =>
      sql.describe(`SELECT name AS n${index} FROM people WHERE id = $1`),
    ),
    await measure('fresh, 1.8 kB', 200, (index) => sql.describe(`${long} WHERE name = 'n${index}'`)),
  ];
  const reads: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await sql.client.query(`CREATE TABLE bench_${round} (id int)`);
    const started = performance.now();
    sql.catalogue.changed('postgres');
    await sql.catalogue.snapshot('postgres');
    reads.push(performance.now() - started);
  }
  const all: Figure[] = [...figures, { name: 'catalogue read again', unit: 'ms', rounds: reads }];
  const targets = all.flatMap(({ name, rounds, target }) =>
    target === undefined ? [] : [atMost(`${name}, microseconds`, spread(rounds).median, target)],
  );
  const rows = all.map(({ name, unit, rounds }) => {
    const { min, median, max } = spread(rounds);
    return [name, unit, min, median, max];
  });
  console.log(table(['figure', 'unit', 'min', 'median', 'max'], rows));
  console.log(targetTable(targets));
  writeResults('describe-statement', { targets, rounds: all });
} finally {
  await sql.stop();
}
