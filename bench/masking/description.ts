/**
 * What describing a statement of 2 kB costs with the lineage of its columns: the first time (parsed in the parser's
 * thread, names resolved against a real catalogue, lineage), and every time after that. The describer is the one that
 * the service uses. Each first time is another text.
 */
import type { DescribeResult } from '../../ext-proc/domain/ports.ts';
import { SAMPLE_SCHEMA } from '../../test/evasion/sql/sample-schema.ts';
import { type SqlDescriber, startSqlDescriber } from '../../test/support/sql-describer.ts';
import { atMost, spread, table } from '../support/report.ts';
import type { Phase } from './phase.ts';

const FIRST_TARGET_MS = 3;
const CACHED_TARGET_US = 20;
const BYTES = 2_000;
const FIRSTS = 40;
const HITS = 20_000;

/** By shape: what a session waits, what all threads of the process work for it, and a hit. */
type Row = Record<string, { firstMs: number; cpuMs: number; cachedUs: number }>;

interface Shape {
  readonly name: string;
  /** Of about 2 kB, another text for each number. */
  readonly text: (number: number) => string;
}

const filled = (start: string, part: (index: number) => string, between: string, end: string): string => {
  let text = start + part(0);
  for (let index = 1; text.length + end.length < BYTES; index++) text += between + part(index);
  return text + end;
};

const SHAPES: readonly Shape[] = [
  {
    name: 'a list of columns of two tables',
    text: (number) =>
      filled(
        'SELECT ',
        (index) => `p.${index % 2 === 0 ? 'name' : 'notes'} AS c${index}, o.total AS t${index}`,
        ', ',
        ` FROM people p JOIN orders o ON o.person_id = p.id WHERE o.id > ${number} AND p.name <> 'n${number}'`,
      ),
  },
  {
    name: 'queries in WITH, one upon the other',
    text: (number) =>
      filled(
        `WITH q0 AS (SELECT id, name, card, total FROM people JOIN (SELECT person_id, total FROM orders) o ON person_id = people.id WHERE total > ${number}), `,
        (index) =>
          `q${index + 1} AS (SELECT id, coalesce(name, 'n${number}') AS name, card, total + ${index} AS total FROM q${index})`,
        ', ',
        ' SELECT name, total FROM q3 ORDER BY total LIMIT 10',
      ),
  },
  {
    name: 'unions over views',
    text: (number) =>
      filled(
        '',
        (index) =>
          `SELECT v.name, c.c, v.total FROM over_view v, cards c WHERE v.total > ${index} AND v.name <> 'n${number}'`,
        ' UNION ALL ',
        ' ORDER BY 1',
      ),
  },
];

/** A hit is synchronous, or it was none. */
function hit(result: DescribeResult | Promise<DescribeResult>): void {
  if (result instanceof Promise) throw new Error('not a hit');
}

export async function benchDescription({ rounds }: { rounds: number }): Promise<Phase> {
  const sql = await startSqlDescriber(SAMPLE_SCHEMA);
  try {
    const measured: Row[] = [];
    let number = 0;
    // The first hundreds compile what describes.
    for (let index = 0; index < 300; index++) {
      for (const { text } of SHAPES) await complete(sql, text(++number));
    }
    for (let round = 0; round < rounds; round++) {
      const row: Row = {};
      for (const { name, text } of SHAPES) {
        const times: number[] = [];
        const before = process.cpuUsage();
        for (let index = 0; index < FIRSTS; index++) {
          const own = text(++number);
          const started = performance.now();
          await sql.describer.describe(own, sql.context);
          times.push(performance.now() - started);
        }
        const { user, system } = process.cpuUsage(before);
        const cpuMs = (user + system) / 1e3 / FIRSTS;
        const known = text(number);
        const started = performance.now();
        for (let index = 0; index < HITS; index++) hit(sql.describer.describe(known, sql.context));
        const cachedUs = ((performance.now() - started) * 1e3) / HITS;
        row[name] = { firstMs: spread(times).median, cpuMs, cachedUs };
      }
      measured.push(row);
    }
    return phaseOf(measured);
  } finally {
    await sql.stop();
  }
}

/** A statement that is not understood is described fast, and measures nothing. */
async function complete(sql: SqlDescriber, text: string): Promise<void> {
  const [statement] = await sql.describe(text);
  if (statement?.description.complete !== true || statement.description.outputs === undefined)
    throw new Error(`the bench measures nothing: ${text.slice(0, 80)} is not understood`);
}

function phaseOf(measured: readonly Row[]): Phase {
  const spreads = SHAPES.map(({ name, text }) => ({
    name,
    bytes: text(1).length,
    first: spread(measured.map((row) => row[name]?.firstMs ?? Number.NaN)),
    cpu: spread(measured.map((row) => row[name]?.cpuMs ?? Number.NaN)),
    cached: spread(measured.map((row) => row[name]?.cachedUs ?? Number.NaN)),
  }));
  const rows = spreads.flatMap(({ name, bytes, first, cpu, cached }) => [
    [`${name} (${bytes} B), first`, 'ms', first.min, first.median, first.max],
    [`${name}, first, of the processor`, 'ms', cpu.min, cpu.median, cpu.max],
    [`${name}, cached`, 'us', cached.min, cached.median, cached.max],
  ]);
  const slowest = (of: 'first' | 'cached'): number => Math.max(...spreads.map((each) => each[of].median));
  return {
    text: table(['description with lineage of 2 kB', 'unit', 'min', 'median', 'max'], rows),
    targets: [
      atMost('description of 2 kB, first time, the slowest form (ms)', slowest('first'), FIRST_TARGET_MS),
      atMost('description of 2 kB, cached, the slowest form (us)', slowest('cached'), CACHED_TARGET_US),
    ],
    rounds: measured,
    figures: spreads,
  };
}
