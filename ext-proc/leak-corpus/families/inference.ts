/**
 * Ways to learn a value without ever seeing it: an answer that depends on it. `leaksAnswer` entries are asked with the
 * true value and with a wrong one. Time as a channel is not measured: on a shared machine it says nothing reliably.
 * Append only.
 */
import { leaksAnswer, leaksCoded, leaksKnowledge, undescribed, type LeakEntry } from '../entry.ts';
import { quotedText, type Written } from '../subject.ts';

const FILTER = 'a filter answers yes or no, and values are few';
const ORDER = 'the order of rows is the order of values';
const CONTROL_FLOW = 'an error that comes or does not';

const byValue = (w: Written, descending = false): string => {
  const rows = w.subject.rows.slice(0, 8).toSorted((a, b) => (a.value < b.value ? -1 : 1));
  return (descending ? rows.toReversed() : rows).map((row) => bare(row.key)).join(',');
};
const eight = (w: Written): string =>
  `WHERE ${w.k} IN (${w.subject.rows
    .slice(0, 8)
    .map((row) => row.key)
    .join(', ')})`;
const bare = (key: string): string => key.replaceAll("'", '');

export const INFERENCE: readonly LeakEntry[] = [
  leaksAnswer('where/equals', FILTER, (w, guess) => [
    `SELECT count(*) FROM ${w.t} WHERE ${w.c} = ${quotedText(guess)}`,
  ]),
  leaksAnswer('where/row-of-others', FILTER, (w, guess) => [
    `SELECT ${w.k} FROM ${w.t} WHERE ${w.c} = ${quotedText(guess)}`,
  ]),
  leaksAnswer('where/parameter', 'a value that is no literal', (w, guess) => [
    undescribed(`SELECT ${w.k} FROM ${w.t} WHERE ${w.c} = $1`, 'text', [guess]),
  ]),
  leaksAnswer('where/in-list', FILTER, (w, guess) => [
    `SELECT ${w.k} FROM ${w.t} WHERE ${w.c} IN ('x', ${quotedText(guess)})`,
  ]),
  leaksAnswer('where/any-array', FILTER, (w, guess) => [
    `SELECT ${w.k} FROM ${w.t} WHERE ${w.c} = ANY (ARRAY[${quotedText(guess)}])`,
  ]),
  leaksAnswer('where/like-prefix', 'a value guessed character by character', (w, guess) => [
    `SELECT ${w.k} FROM ${w.t} ${w.one} AND ${w.c} LIKE ${quotedText(`${guess.slice(0, 9)}%`)}`,
  ]),
  leaksAnswer('where/regexp', 'a value guessed character by character', (w, guess) => [
    `SELECT ${w.k} FROM ${w.t} ${w.one} AND ${w.c} ~ ${quotedText(`^${escapedPattern(guess.slice(0, 9)).replaceAll('_', '.')}`)}`,
  ]),
  leaksAnswer('where/similar-to', 'a value guessed character by character', (w, guess) => [
    `SELECT ${w.k} FROM ${w.t} ${w.one} AND ${w.c} SIMILAR TO ${quotedText(`${escapedPattern(guess.slice(0, 9))}%`)}`,
  ]),
  leaksAnswer('where/starts-with', 'a value guessed character by character', (w, guess) => [
    `SELECT ${w.k} FROM ${w.t} ${w.one} AND starts_with(${w.c}, ${quotedText(guess.slice(0, 9))})`,
  ]),
  leaksAnswer('where/position', FILTER, (w, guess) => [
    `SELECT ${w.k} FROM ${w.t} ${w.one} AND position(${quotedText(guess.slice(2, 12))} IN ${w.c}) > 0`,
  ]),
  leaksAnswer('where/between', 'a value narrowed by halves', (w, guess) => [
    `SELECT ${w.k} FROM ${w.t} ${w.one} AND ${w.c} BETWEEN ${quotedText(guess)} AND ${quotedText(`${guess}~`)}`,
  ]),
  leaksAnswer('where/digest', 'a filter over a digest', (w, guess) => [
    `SELECT ${w.k} FROM ${w.t} WHERE md5(${w.c}) = md5(${quotedText(guess)})`,
  ]),
  leaksAnswer('where/hashtext', 'a filter over an internal hash', (w, guess) => [
    `SELECT ${w.k} FROM ${w.t} ${w.one} AND hashtext(${w.c}) = hashtext(${quotedText(guess)})`,
  ]),
  leaksAnswer('where/row-comparison', FILTER, (w, guess) => [
    `SELECT ${w.k} FROM ${w.t} WHERE (${w.k}, ${w.c}) = (${w.first.key}, ${quotedText(guess)})`,
  ]),
  leaksAnswer('where/whole-row-text', 'a filter over the row', (w, guess) => [
    `SELECT ${w.k} FROM ${w.t} p ${w.one} AND p::text LIKE ${quotedText(`%${likeEscaped(guess.slice(-12))}%`)}`,
  ]),
  leaksAnswer('where/json-contains', 'a filter over the row', (w, guess) => [
    `SELECT ${w.k} FROM ${w.t} p ${w.one} AND to_jsonb(p) @> jsonb_build_object(${quotedText(w.subject.column)}, ${quotedText(guess)})`,
  ]),
  leaksAnswer('where/json-path', 'a filter in a language of its own', (w, guess) => [
    `SELECT ${w.k} FROM ${w.t} p ${w.one} AND jsonb_path_exists(to_jsonb(p), '$.* ? (@ == $v)', jsonb_build_object('v', ${quotedText(guess)}::text))`,
  ]),
  leaksAnswer('where/is-distinct', FILTER, (w, guess) => [
    `SELECT ${w.k} FROM ${w.t} ${w.one} AND ${w.c} IS NOT DISTINCT FROM ${quotedText(guess)}`,
  ]),
  leaksAnswer('where/collation', FILTER, (w, guess) => [
    `SELECT ${w.k} FROM ${w.t} ${w.one} AND ${w.c} COLLATE "C" = ${quotedText(guess)} COLLATE "C"`,
  ]),
  leaksAnswer('where/in-cte', FILTER, (w, guess) => [
    `WITH s AS (SELECT ${w.k} AS n, ${w.c} AS v FROM ${w.t}) SELECT n FROM s WHERE v = ${quotedText(guess)}`,
  ]),
  leaksAnswer('where/in-derived-table', FILTER, (w, guess) => [
    `SELECT n FROM (SELECT ${w.k} AS n, ${w.c} AS v FROM ${w.t}) s WHERE v = ${quotedText(guess)}`,
  ]),
  leaksAnswer('where/offset-subquery', FILTER, (w, guess) => [
    `SELECT ${w.k} FROM ${w.t} ORDER BY ${w.k} OFFSET (SELECT count(*) FROM ${w.t} WHERE ${w.c} = ${quotedText(guess)}) LIMIT 1`,
  ]),
  leaksAnswer('where/count-by-halves', 'a number of rows below a bound', (w, guess) => [
    `SELECT count(*) FROM ${w.t} ${w.one} AND ${w.c} >= ${quotedText(guess)} AND ${w.c} <= ${quotedText(guess)}`,
  ]),
  leaksAnswer('where/tag-alone', 'the number of rows in a command’s tag', (w, guess) => [
    'BEGIN',
    `UPDATE ${w.t} SET ${w.k} = ${w.k} WHERE ${w.c} = ${quotedText(guess)}`,
    'ROLLBACK',
  ]),
  leaksAnswer('where/delete-tag', 'the number of rows in a command’s tag', (w, guess) => [
    'BEGIN',
    `DELETE FROM ${w.t} WHERE ${w.c} = ${quotedText(guess)}`,
    'ROLLBACK',
  ]),
  leaksAnswer('where/no-columns', 'rows without columns are still counted', (w, guess) => [
    `SELECT FROM ${w.t} WHERE ${w.c} = ${quotedText(guess)}`,
  ]),
  leaksAnswer('where/copy-count', 'the number of rows that COPY tells', (w, guess) => [
    `COPY (SELECT 1 FROM ${w.t} WHERE ${w.c} = ${quotedText(guess)}) TO STDOUT`,
  ]),
  leaksAnswer('exists/select', 'EXISTS in a target list', (w, guess) => [
    `SELECT EXISTS (SELECT 1 FROM ${w.t} WHERE ${w.c} = ${quotedText(guess)})`,
  ]),
  leaksAnswer('exists/in-subquery', 'IN over a query', (w, guess) => [
    `SELECT ${quotedText(guess)} IN (SELECT ${w.c} FROM ${w.t})`,
  ]),
  leaksAnswer('exists/all', 'ALL over a query', (w, guess) => [
    `SELECT ${quotedText(guess)} <> ALL (SELECT ${w.c} FROM ${w.t})`,
  ]),
  leaksAnswer('exists/except', 'a set operation that compares', (w, guess) => [
    `SELECT ${quotedText(guess)} EXCEPT SELECT ${w.c} FROM ${w.t}`,
  ]),
  leaksAnswer('exists/intersect', 'a set operation that compares', (w, guess) => [
    `SELECT count(*) FROM (SELECT ${quotedText(guess)} INTERSECT SELECT ${w.c} FROM ${w.t}) s`,
  ]),
  leaksAnswer('exists/union-distinct', 'a set operation that compares', (w, guess) => [
    `SELECT count(*) FROM (SELECT ${quotedText(guess)} UNION SELECT ${w.c} FROM ${w.t} ${w.one}) s`,
  ]),
  leaksAnswer('join/on-constant', 'a join that compares', (w, guess) => [
    `SELECT p.${w.k} FROM ${w.t} p JOIN (VALUES (${quotedText(guess)})) g(v) ON p.${w.c} = g.v`,
  ]),
  leaksAnswer('join/using-guess', 'a join that compares unnamed', (w, guess) => [
    `SELECT p.${w.k} FROM ${w.t} p JOIN (SELECT ${quotedText(guess)}::text AS ${w.c}) g USING (${w.c})`,
  ]),
  leaksAnswer('join/natural-guess', 'a join that compares unnamed', (w, guess) => [
    `SELECT p.${w.k} FROM ${w.t} p NATURAL JOIN (SELECT ${quotedText(guess)}::text AS ${w.c}) g`,
  ]),
  leaksAnswer('join/left-null', 'what an outer join fills up', (w, guess) => [
    `SELECT p.${w.k} IS NULL FROM (VALUES (${quotedText(guess)})) g(v) LEFT JOIN ${w.t} p ON p.${w.c} = g.v`,
  ]),
  leaksAnswer('join/delete-using', 'the number of rows in a command’s tag', (w, guess) => [
    'BEGIN',
    `CREATE TEMP TABLE guesses AS SELECT ${quotedText(guess)}::text AS v`,
    `DELETE FROM guesses USING ${w.t} p WHERE p.${w.c} = guesses.v`,
    'ROLLBACK',
  ]),
  leaksAnswer(
    'join/merge',
    'the number of rows in a command’s tag',
    (w, guess) => [
      'BEGIN',
      `CREATE TEMP TABLE guesses AS SELECT ${quotedText(guess)}::text AS v`,
      `MERGE INTO guesses g USING ${w.t} p ON p.${w.c} = g.v WHEN MATCHED THEN DELETE`,
      'ROLLBACK',
    ],
    { since: 15 },
  ),
  leaksAnswer('case/condition', 'a condition in a target list', (w, guess) => [
    `SELECT CASE WHEN ${w.c} = ${quotedText(guess)} THEN 'yes' ELSE 'no' END FROM ${w.t} ${w.one}`,
  ]),
  leaksAnswer('case/comparison', 'a comparison in a target list', (w, guess) => [
    `SELECT ${w.c} = ${quotedText(guess)} FROM ${w.t} ${w.one}`,
  ]),
  leaksAnswer('case/nullif', 'a comparison within a function', (w, guess) => [
    `SELECT nullif(${w.c}, ${quotedText(guess)}) IS NULL FROM ${w.t} ${w.one}`,
  ]),
  leaksAnswer('case/strpos', 'a number that is 0 or not', (w, guess) => [
    `SELECT strpos(${w.c}, ${quotedText(guess)}) FROM ${w.t} ${w.one}`,
  ]),
  leaksAnswer('case/array-position', 'a comparison within a function', (w, guess) => [
    `SELECT array_position(ARRAY[${w.c}], ${quotedText(guess)}::text) FROM ${w.t} ${w.one}`,
  ]),
  leaksAnswer('case/text-compare', 'a comparison within a function', (w, guess) => [
    `SELECT bttextcmp(${w.c}, ${quotedText(guess)}) = 0 FROM ${w.t} ${w.one}`,
  ]),
  leaksAnswer(
    'case/text-rank',
    'a rank that is 0 or not',
    (w, guess) => [
      `SELECT ts_rank(array_to_tsvector(ARRAY[${w.c}]), ${quotedText(`'${guess.replaceAll(/['\\]/g, ' ')}'`)}::tsquery) > 0, array_to_tsvector(ARRAY[${w.c}]) @@ ${quotedText(`'${guess.replaceAll(/['\\]/g, ' ')}'`)}::tsquery FROM ${w.t} ${w.one}`,
    ],
    { needs: ['digits'] },
  ),
  leaksAnswer('case/aggregate-filter', 'a filter of an aggregate', (w, guess) => [
    `SELECT count(*) FILTER (WHERE ${w.c} = ${quotedText(guess)}) FROM ${w.t}`,
  ]),
  leaksAnswer('case/bool-or', 'an aggregate over a comparison', (w, guess) => [
    `SELECT bool_or(${w.c} = ${quotedText(guess)}) FROM ${w.t}`,
  ]),
  leaksAnswer('group/having', 'HAVING over the column', (w, guess) => [
    `SELECT count(*) FROM ${w.t} GROUP BY ${w.c} HAVING ${w.c} = ${quotedText(guess)}`,
  ]),
  leaksAnswer('group/having-max', 'HAVING over an aggregate', (w, guess) => [
    `SELECT count(*) FROM ${w.t} ${w.one} HAVING max(${w.c}) = ${quotedText(guess)}`,
  ]),
  leaksAnswer('group/by-expression', 'a number of groups', (w, guess) => [
    `SELECT count(*) FROM ${w.t} GROUP BY ${w.c} = ${quotedText(guess)} ORDER BY 1`,
  ]),
  leaksAnswer('group/count-distinct', 'a number of different values', (w, guess) => [
    `SELECT count(DISTINCT v) FROM (SELECT ${w.c} AS v FROM ${w.t} ${w.one} UNION ALL SELECT ${quotedText(guess)}) s`,
  ]),
  leaksAnswer('group/distinct', 'rows that fall together', (w, guess) => [
    `SELECT count(*) FROM (SELECT DISTINCT v FROM (SELECT ${w.c} AS v FROM ${w.t} ${w.one} UNION ALL SELECT ${quotedText(guess)}) s) d`,
  ]),
  leaksAnswer('group/window-partition', 'the number of rows in a partition', (w, guess) => [
    `SELECT count(*) OVER (PARTITION BY v) FROM (SELECT ${w.c} AS v FROM ${w.t} ${w.one} UNION ALL SELECT ${quotedText(guess)}) s`,
  ]),
  leaksAnswer('order/against-guess', ORDER, (w, guess) => [
    `SELECT n FROM (SELECT ${w.k}::text AS n, ${w.c} AS v FROM ${w.t} ${w.one} UNION ALL SELECT 'guess', ${quotedText(guess)} || 'a' UNION ALL SELECT 'below', left(${quotedText(guess)}, -1)) s ORDER BY v COLLATE "C"`,
  ]),
  leaksKnowledge(
    'order/by-column',
    ORDER,
    (w) => [`SELECT ${w.k} FROM ${w.t} ${eight(w)} ORDER BY ${w.c} COLLATE "C"`],
    (received, w) => received.texts().join(',') === byValue(w),
  ),
  leaksKnowledge(
    'order/by-column-descending',
    ORDER,
    (w) => [`SELECT ${w.k} FROM ${w.t} ${eight(w)} ORDER BY ${w.c} COLLATE "C" DESC NULLS LAST`],
    (received, w) => received.texts().join(',') === byValue(w, true),
  ),
  leaksKnowledge(
    'order/by-alias',
    'an ORDER BY that names a target, not a column',
    (w) => [
      `SELECT n FROM (SELECT ${w.k} AS n, ${w.c} COLLATE "C" AS v FROM ${w.t} ${eight(w)}) s ORDER BY v`,
    ],
    (received, w) => received.texts().join(',') === byValue(w),
  ),
  leaksKnowledge(
    'order/in-aggregate',
    'an order within an aggregate',
    (w) => [`SELECT string_agg(${w.k}::text, ',' ORDER BY ${w.c} COLLATE "C") FROM ${w.t} ${eight(w)}`],
    (received, w) => received.texts().join(',') === byValue(w),
  ),
  leaksKnowledge(
    'order/in-window',
    'an order within a window',
    (w) => [
      `SELECT n FROM (SELECT ${w.k} AS n, row_number() OVER (ORDER BY ${w.c} COLLATE "C") AS r FROM ${w.t} ${eight(w)}) s ORDER BY r`,
    ],
    (received, w) => received.texts().join(',') === byValue(w),
  ),
  leaksKnowledge(
    'order/rank',
    'the rank of a value',
    (w) => [`SELECT ${w.k}, rank() OVER (ORDER BY ${w.c} COLLATE "C") FROM ${w.t} ${eight(w)} ORDER BY 2`],
    (received, w) =>
      received
        .texts()
        .filter((_, at) => at % 2 === 0)
        .join(',') === byValue(w),
  ),
  leaksKnowledge(
    'order/distinct-on',
    'the row that DISTINCT ON keeps',
    (w) => [
      `SELECT DISTINCT ON (1 + 0 * length(${w.k}::text)) ${w.k} FROM ${w.t} ${eight(w)} ORDER BY 1 + 0 * length(${w.k}::text), ${w.c} COLLATE "C"`,
      `SELECT ${w.k} FROM ${w.t} ${eight(w)} ORDER BY ${w.c} COLLATE "C" OFFSET 1`,
    ],
    (received, w) => received.texts().join(',') === byValue(w),
  ),
  leaksKnowledge(
    'order/fetch-with-limit',
    'the row that a limit keeps, one at a time',
    (w) =>
      Array.from(
        { length: Math.min(8, w.subject.rows.length) },
        (_, at) => `SELECT ${w.k} FROM ${w.t} ${eight(w)} ORDER BY ${w.c} COLLATE "C" LIMIT 1 OFFSET ${at}`,
      ),
    (received, w) => received.texts().join(',') === byValue(w),
  ),
  leaksAnswer('error-oracle/division', CONTROL_FLOW, (w, guess) => [
    `SELECT 1 / (CASE WHEN ${w.c} = ${quotedText(guess)} THEN 0 ELSE 1 END) FROM ${w.t} ${w.one}`,
  ]),
  leaksAnswer('error-oracle/in-where', CONTROL_FLOW, (w, guess) => [
    `SELECT 1 FROM ${w.t} ${w.one} AND 1 / (CASE WHEN ${w.c} = ${quotedText(guess)} THEN 0 ELSE 1 END) = 1`,
  ]),
  leaksAnswer('error-oracle/unique', 'a key that is violated, or not', (w, guess) => [
    'BEGIN',
    'CREATE TEMP TABLE once (v text UNIQUE)',
    `INSERT INTO once VALUES (${quotedText(guess)})`,
    `INSERT INTO once SELECT ${w.c} FROM ${w.t} ${w.one}`,
    'ROLLBACK',
  ]),
  leaksAnswer('error-oracle/on-conflict', 'a row that is inserted, or not', (w, guess) => [
    'BEGIN',
    'CREATE TEMP TABLE once (v text UNIQUE)',
    `INSERT INTO once VALUES (${quotedText(guess)})`,
    `INSERT INTO once SELECT ${w.c} FROM ${w.t} ${w.one} ON CONFLICT DO NOTHING`,
    'ROLLBACK',
  ]),
  leaksAnswer('error-oracle/foreign-key', 'a reference that is there, or not', (w, guess) => [
    'BEGIN',
    'CREATE TEMP TABLE parent (v text PRIMARY KEY)',
    `INSERT INTO parent VALUES (${quotedText(guess)})`,
    'CREATE TEMP TABLE child (v text REFERENCES parent)',
    `INSERT INTO child SELECT ${w.c} FROM ${w.t} ${w.one}`,
    'ROLLBACK',
  ]),
  leaksAnswer('error-oracle/check', 'a constraint that holds, or not', (w, guess) => [
    'BEGIN',
    `CREATE TEMP TABLE checked (v text CHECK (v <> ${quotedText(guess)}))`,
    `INSERT INTO checked SELECT ${w.c} FROM ${w.t} ${w.one}`,
    'ROLLBACK',
  ]),
  leaksAnswer('error-oracle/do-block', 'a program that raises, or not', (w, guess) => [
    `DO $$ BEGIN IF EXISTS (SELECT 1 FROM ${w.t} WHERE ${w.c} = ${quotedText(guess)}) THEN RAISE EXCEPTION 'yes'; END IF; END $$`,
  ]),
  leaksAnswer('error-oracle/temp-function', 'a function of one’s own that compares', (w, guess) => [
    "CREATE FUNCTION pg_temp.same(a text, b text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN a = b; END'",
    `SELECT ${w.k} FROM ${w.t} ${w.one} AND pg_temp.same(${w.c}, ${quotedText(guess)})`,
  ]),
  leaksAnswer(
    'error-oracle/leaky-operator',
    'an operator of one’s own, which the planner runs early',
    (w, guess) => [
      "CREATE FUNCTION pg_temp.same(a text, b text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS 'BEGIN RETURN a = b; END'",
      'CREATE OPERATOR pg_temp.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_temp.same)',
      `SELECT ${w.k} FROM ${w.t} ${w.one} AND ${w.c} OPERATOR(pg_temp.===) ${quotedText(guess)}`,
    ],
  ),
  leaksAnswer('view-oracle/temp-view', 'a filter over a view', (w, guess) => [
    `CREATE TEMP VIEW shown AS SELECT ${w.k} AS n, ${w.c} AS v FROM ${w.t}`,
    `SELECT n FROM shown WHERE v = ${quotedText(guess)}`,
  ]),
  leaksAnswer('view-oracle/filter-within', 'a filter in the view, not in the query', (w, guess) => [
    `CREATE TEMP VIEW shown AS SELECT ${w.k} AS n FROM ${w.t} WHERE ${w.c} = ${quotedText(guess)}`,
    'SELECT n FROM shown',
  ]),
  leaksAnswer('view-oracle/check-option', 'a write that a view refuses, or not', (w, guess) => [
    'BEGIN',
    `CREATE TEMP VIEW shown AS SELECT * FROM ${w.t} WHERE ${w.c} <> ${quotedText(guess)} WITH CHECK OPTION`,
    `UPDATE shown SET ${w.k} = ${w.k} ${w.one}`,
    'ROLLBACK',
  ]),
  leaksAnswer('prepared-oracle/execute', 'a guess as the parameter of a prepared statement', (w, guess) => [
    `PREPARE s (text) AS SELECT ${w.k} FROM ${w.t} WHERE ${w.c} = $1`,
    `EXECUTE s (${quotedText(guess)})`,
  ]),
  leaksAnswer('prepared-oracle/cursor', 'a filter of a cursor', (w, guess) => [
    'BEGIN',
    `DECLARE c CURSOR FOR SELECT ${w.k} FROM ${w.t} WHERE ${w.c} = ${quotedText(guess)}`,
    'FETCH ALL FROM c',
    'ROLLBACK',
  ]),
  leaksAnswer('prepared-oracle/move', 'the number of rows that a cursor moved over', (w, guess) => [
    'BEGIN',
    `DECLARE c CURSOR FOR SELECT ${w.k} FROM ${w.t} WHERE ${w.c} = ${quotedText(guess)}`,
    'MOVE ALL FROM c',
    'ROLLBACK',
  ]),
  leaksAnswer('explain-oracle/analyze', 'the number of rows of a plan that was run', (w, guess) => [
    `EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off, BUFFERS off) SELECT 1 FROM ${w.t} ${w.one} AND CASE WHEN ${w.c} = ${quotedText(guess)} THEN true END OR false AND length('${'x'.repeat(guess.length)}') = 0`,
  ]),
  leaksAnswer(
    'written-oracle/update-then-look',
    'a filter that marks rows, and a look at the marks',
    (w, guess) => [
      'CREATE TEMP TABLE marks (n text)',
      `INSERT INTO marks SELECT ${w.k} FROM ${w.t} WHERE ${w.c} = ${quotedText(guess)}`,
      'TABLE marks',
    ],
  ),
  leaksAnswer('written-oracle/conditional-insert', 'a condition that decides what is written', (w, guess) => [
    'CREATE TEMP TABLE marks (n text)',
    `INSERT INTO marks SELECT CASE WHEN ${w.c} = ${quotedText(guess)} THEN 'yes' ELSE 'no' END FROM ${w.t} ${w.one}`,
    'TABLE marks',
  ]),
  leaksAnswer('written-oracle/set-config', 'a setting that is set, or not', (w, guess) => [
    `SELECT count(set_config('leak.flag', 'on', false)) FROM ${w.t} WHERE ${w.c} = ${quotedText(guess)}`,
    "SELECT current_setting('leak.flag', true)",
  ]),
  leaksAnswer('written-oracle/advisory-lock', 'a lock that is taken, or not', (w, guess) => [
    `SELECT NULL FROM (SELECT pg_try_advisory_lock(77012) FROM ${w.t} WHERE ${w.c} = ${quotedText(guess)} OFFSET 0) s`,
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
  ]),
  leaksAnswer('written-oracle/notify', 'a message that comes, or not', (w, guess) => [
    'LISTEN ears',
    `SELECT count(pg_notify('ears', 'yes')) FROM ${w.t} WHERE ${w.c} = ${quotedText(guess)}`,
  ]),
  leaksCoded(
    'arithmetic/remainders',
    'a number by its remainders',
    (w) => [
      `SELECT ${[97, 101, 103, 107, 109, 113, 127, 131, 137].map((prime) => `${w.c}::bigint % ${prime}`).join(', ')} FROM ${w.t} ${w.one}`,
    ],
    (received) => [chineseRemainder(received.texts())],
    { needs: ['digits'] },
  ),
  leaksCoded(
    'arithmetic/logarithm-free',
    'a number by its bits, one question each',
    (w) => [
      `SELECT ${Array.from({ length: 56 }, (_, bit) => `(${w.c}::bigint >> ${bit}) & 1`).join(', ')} FROM ${w.t} ${w.one}`,
    ],
    (received) => {
      const bits = received.texts();
      return /^[01]+$/.test(bits.join('')) ? [String(BigInt(`0b${bits.toReversed().join('')}`))] : [];
    },
    { needs: ['digits'] },
  ),
  leaksKnowledge(
    'arithmetic/average',
    'an aggregate over numbers',
    (w) => [`SELECT trunc(avg(${w.c}::numeric)) FROM ${w.t} ${w.few}`],
    (received, w) => {
      const values = w.subject.rows.slice(0, 3).map((row) => BigInt(row.value));
      const sum = values.reduce((total, value) => total + value, 0n);
      return received.texts().includes(String(sum / BigInt(values.length)));
    },
    { needs: ['digits'] },
  ),
  leaksKnowledge(
    'arithmetic/check-digit',
    'a sum of digits',
    (w) => [
      `SELECT 5000 + sum(substr(${w.c}, g, 1)::int) FROM ${w.t}, generate_series(1, length(${w.c})) g ${w.one}`,
    ],
    (received, w) => {
      const sum = [...w.first.value].reduce((total, digit) => total + Number(digit), 5_000);
      return received.texts().includes(String(sum));
    },
    { needs: ['digits'] },
  ),
];

const escapedPattern = (text: string): string => text.replaceAll(/[^A-Za-z0-9]/g, '_');
const likeEscaped = (text: string): string => text.replaceAll(/[^A-Za-z0-9]/g, '_');

const PRIMES = [97n, 101n, 103n, 107n, 109n, 113n, 127n, 131n, 137n];

/** The number below the product of the primes that leaves these remainders. */
function chineseRemainder(remainders: readonly string[]): string {
  if (remainders.length !== PRIMES.length || !remainders.every((text) => /^\d{1,3}$/.test(text))) return '';
  let value = 0n;
  let step = 1n;
  PRIMES.forEach((prime, at) => {
    const wanted = BigInt(remainders[at] as string);
    while (value % prime !== wanted % prime) value += step;
    step *= prime;
  });
  return String(value);
}
