/**
 * What describing a statement costs, lineage included: a hit in the cache, a template's hit, a fresh parse through the
 * parser's thread, and reading the catalogue. `node bench/describe-statement.ts`; it starts a PostgreSQL of its own.
 */
import type { DescribeResult } from '../ext-proc/domain/ports.ts';
import { LINEAGE_SCHEMA } from '../test/evasion/sql/lineage/schema.ts';
import { startSqlDescriber } from '../test/support/sql-describer.ts';
import { atMost, spread, table, type TargetResult, targetTable, writeResults } from './support/report.ts';

const ROUNDS = 5;

export interface Figure {
  readonly name: string;
  readonly unit: 'us' | 'ms';
  readonly rounds: readonly number[];
  /** The parser's thread included: what a machine that others use would need by itself. */
  readonly cpuRounds?: readonly number[];
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
  const cpuRounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const cpu = process.cpuUsage();
    const started = performance.now();
    for (let index = 0; index < count; index++) {
      const result = run(count * (round + 1) + index);
      if (result instanceof Promise) await result;
    }
    rounds.push(((performance.now() - started) * 1_000) / count);
    const { user, system } = process.cpuUsage(cpu);
    cpuRounds.push((user + system) / count);
  }
  return { name, unit: 'us', rounds, cpuRounds, ...(target === undefined ? {} : { target }) };
}

/** A hit must be synchronous, or it was none. */
function hit(result: DescribeResult | Promise<DescribeResult>): DescribeResult {
  if (result instanceof Promise) throw new Error('not a hit');
  return result;
}

/** About 2 kB of what reports and ORMs send: joins of tables and views, CTEs, windows, subqueries and conditions. */
const reportQuery = (name: string): string => `
WITH recent AS (
  SELECT o.id, o.person_id, o.total, o.note, row_number() OVER (PARTITION BY o.person_id ORDER BY o.id DESC) AS place
  FROM orders o
  WHERE o.total > 10 AND o.note IS NOT NULL AND o.note <> 'cancelled' AND EXISTS (
    SELECT 1 FROM people q WHERE q.id = o.person_id AND q.email LIKE '%@example.com')
), spent AS (
  SELECT r.person_id, sum(r.total) AS total, count(*) AS orders, max(r.note) AS last_note, min(r.total) AS least,
         avg(r.total) FILTER (WHERE r.place <= 3) AS usual
  FROM recent r GROUP BY r.person_id HAVING count(*) > 1
), labelled AS (
  SELECT s.id, s.label, upper(s.label) AS loud, coalesce(s.label, 'none') AS shown FROM secrets s
  UNION ALL SELECT c.id, c.a, lower(c.b), coalesce(c.a, c.b, 'none') FROM copies c
)
SELECT p.id AS person_id, p.name AS "${name}", p.email AS person_email, p.phone AS person_phone, p.card AS person_card,
       p.notes AS person_notes, r.number AS renamed_number, r.of AS renamed_of, n.n AS nested_n, n.o AS nested_o,
       s.total AS spent_total, s.orders AS spent_orders, s.last_note AS spent_last_note, s.usual AS spent_usual,
       l.label AS label, l.loud AS loud_label, l.shown AS shown_label, v.tail AS vault_tail, v.born AS vault_born,
       CASE WHEN s.total > 1000 THEN 'large' WHEN s.total > 100 THEN 'middling' ELSE 'small' END AS size,
       (SELECT o.note FROM orders o WHERE o.person_id = p.id ORDER BY o.id DESC LIMIT 1) AS latest_note,
       rank() OVER (ORDER BY s.total DESC NULLS LAST) AS place, now()::date AS made_on
FROM people p
LEFT JOIN spent s ON s.person_id = p.id
LEFT JOIN renamed r ON r.of = p.name
LEFT JOIN nested n ON n.o = upper(p.name)
LEFT JOIN labelled l ON l.id = p.id
LEFT JOIN vault v ON v.id = p.id
LEFT JOIN LATERAL (SELECT x.total, x.note FROM recent x WHERE x.person_id = p.id LIMIT 5) t ON true
WHERE p.name IS NOT NULL AND p.id = ANY ($1) AND (s.total IS NULL OR s.total BETWEEN $2 AND $3)
ORDER BY s.total DESC NULLS LAST, p.name LIMIT 100`;

/** Runs every round, and says what each figure should be at most. */
export async function measureDescription(): Promise<{
  readonly figures: readonly Figure[];
  readonly targets: readonly TargetResult[];
}> {
  const sql = await startSqlDescriber(LINEAGE_SCHEMA);
  try {
    const { describer, context } = sql;
    const plain = 'SELECT name FROM people WHERE id = $1';
    const long = `SELECT ${Array.from({ length: 80 }, (_, index) => `p.card AS c${index}`).join(', ')} FROM people p`;
    const report = reportQuery('person_name');
    const sent = Buffer.from(report);
    const told = await sql.describe(report);
    // One that is not understood would be cheap, and say nothing of lineage.
    if (told[0]?.description.outputs === undefined) throw new Error('the report query is not understood');
    await sql.describe(plain);
    await sql.describe('SELECT total FROM orders WHERE id = 1;');
    await sql.describe('UPDATE orders SET total = total + -1 WHERE id = 1;');
    const figures = [
      await measure('hit, the same text', 100_000, () => hit(describer.describe(plain, context)), 2),
      // As it comes off the wire: a text of its own each time.
      await measure('hit, 2 kB', 20_000, () => hit(describer.describe(sent.toString('utf8'), context)), 20),
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
          hit(
            describer.describe(`UPDATE orders SET total = total + -${index} WHERE id = ${index};`, context),
          ),
        2,
      ),
      await measure('fresh, small', 1_000, (index) =>
        sql.describe(`SELECT name AS n${index} FROM people WHERE id = $1`),
      ),
      await measure('fresh, 2 kB', 200, (index) => sql.describe(reportQuery(`person_name_${index}`)), 3_000),
      await measure('fresh, a wide list of 1.8 kB', 200, (index) =>
        sql.describe(`${long} WHERE name = 'n${index}'`),
      ),
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
    return { figures: all, targets };
  } finally {
    await sql.stop();
  }
}

if (import.meta.main) {
  const { figures, targets } = await measureDescription();
  const rows = figures.map(({ name, unit, rounds, cpuRounds = [] }) => {
    const { min, median, max } = spread(rounds);
    return [name, unit, min, median, max, cpuRounds.length === 0 ? '' : spread(cpuRounds).median];
  });
  console.log(table(['figure', 'unit', 'min', 'median', 'max', 'CPU'], rows));
  console.log(targetTable(targets));
  writeResults('describe-statement', { targets, rounds: figures });
}
