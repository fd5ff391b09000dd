/** Ways out through the system's own views, functions, statistics and storage. Append only. */
import { leaksBytes, leaksKnowledge, wire, type LeakEntry } from '../entry.ts';
import { quotedText, type Written } from '../subject.ts';

const STATISTICS = 'the planner keeps values of columns, and shows them to whoever may read the column';
const BY_NAME = 'a function that takes a query or a table as a text';

const name = (w: Written): string => quotedText(`${w.t}`);
const analysed = (w: Written): readonly string[] => [
  `CREATE TEMP TABLE copied AS SELECT ${w.c} AS v FROM ${w.t}`,
  'ANALYZE copied',
];

export const SYSTEM: readonly LeakEntry[] = [
  leaksBytes('statistics/pg-stats', STATISTICS, (w) => [
    `SELECT histogram_bounds, most_common_vals FROM pg_stats WHERE tablename = '${w.subject.relation}' AND attname = '${w.subject.column}'`,
  ]),
  leaksBytes('statistics/pg-stats-star', STATISTICS, (w) => [
    `SELECT * FROM pg_catalog.pg_stats WHERE schemaname = '${w.subject.schema}'`,
  ]),
  leaksBytes('statistics/pg-stats-as-json', STATISTICS, (w) => [
    `SELECT to_json(s) FROM pg_stats s WHERE tablename = '${w.subject.relation}'`,
  ]),
  leaksBytes(
    'statistics/pg-statistic',
    'the table under the view',
    (w) => [`SELECT stavalues1, stavalues2 FROM pg_statistic WHERE starelid = ${name(w)}::regclass`],
    { needs: ['superuser'] },
  ),
  leaksBytes('statistics/of-temp-copy', STATISTICS, (w) => [
    ...analysed(w),
    "SELECT histogram_bounds FROM pg_stats WHERE tablename = 'copied'",
  ]),
  leaksBytes('statistics/through-temp-view', STATISTICS, (w) => [
    'CREATE TEMP VIEW seen AS SELECT tablename AS t, histogram_bounds::text AS b, most_common_vals::text AS m FROM pg_stats',
    `SELECT b, m FROM seen WHERE t = '${w.subject.relation}'`,
  ]),
  leaksBytes('statistics/extended', STATISTICS, (w) => [
    `CREATE TEMP TABLE copied AS SELECT ${w.c} AS v, 1 AS n FROM ${w.t} ${w.few}`,
    'INSERT INTO copied SELECT * FROM copied',
    'CREATE STATISTICS pg_temp.both_columns (mcv) ON v, n FROM copied',
    'ANALYZE copied',
    "SELECT most_common_vals FROM pg_stats_ext WHERE tablename = 'copied'",
  ]),
  leaksBytes('xml/query-to-xml', BY_NAME, (w) => [
    `SELECT query_to_xml(${quotedText(`SELECT ${w.c} FROM ${w.t} ${w.one}`)}, true, false, '')`,
  ]),
  leaksBytes('xml/query-put-together', BY_NAME, (w) => [
    `SELECT query_to_xml('SEL' || 'ECT ' || quote_ident(${quotedText(w.subject.column)}) || ${quotedText(` FROM ${w.t} ${w.one}`)}, true, false, '')`,
  ]),
  leaksBytes('xml/table-to-xml', BY_NAME, (w) => [
    `SELECT table_to_xml(${name(w)}::regclass, true, false, '')`,
  ]),
  leaksBytes('xml/query-to-xml-and-schema', BY_NAME, (w) => [
    `SELECT query_to_xml_and_xmlschema(${quotedText(`SELECT ${w.c} FROM ${w.t} ${w.one}`)}, true, false, '')`,
  ]),
  leaksBytes('xml/cursor-to-xml', 'a cursor that a function reads', (w) => [
    'BEGIN',
    `DECLARE c CURSOR FOR SELECT ${w.c} FROM ${w.t} ${w.one}`,
    "SELECT cursor_to_xml('c', 10, true, false, '')",
    'ROLLBACK',
  ]),
  leaksBytes('xml/schema-to-xml', BY_NAME, (w) => [
    `SELECT schema_to_xml(${quotedText(w.subject.schema)}, true, false, '')`,
  ]),
  leaksBytes('xml/database-to-xml', BY_NAME, () => ["SELECT database_to_xml(true, false, '')"], {
    needs: ['superuser'],
  }),
  leaksBytes('xml/table-function', 'XMLTABLE over a query as a text', (w) => [
    `SELECT v FROM XMLTABLE('/table/row/*' PASSING query_to_xml(${quotedText(`SELECT ${w.c} FROM ${w.t} ${w.one}`)}, true, false, '') COLUMNS v text PATH '.')`,
  ]),
  leaksBytes('system/ts-stat', BY_NAME, (w) => [
    `SELECT word FROM ts_stat(${quotedText(`SELECT array_to_tsvector(ARRAY[${w.c}]) FROM ${w.t} ${w.one}`)})`,
  ]),
  leaksBytes('system/ts-rewrite', BY_NAME, (w) => [
    `SELECT ts_rewrite('a'::tsquery, ${quotedText(`SELECT 'a'::tsquery, quote_literal(${w.c})::tsquery FROM ${w.t} ${w.one}`)})`,
  ]),
  leaksBytes('system/prepared-statements', 'what the server keeps of statements', (w) => [
    `DO $$ BEGIN EXECUTE (SELECT format('PREPARE kept AS SELECT %L::text', ${w.c}) FROM ${w.t} ${w.one}); END $$`,
    'SELECT statement FROM pg_prepared_statements',
  ]),
  leaksBytes('system/cursors', 'what the server keeps of cursors', (w) => [
    'BEGIN',
    `DO $$ BEGIN EXECUTE (SELECT format('DECLARE c CURSOR FOR SELECT %L::text', ${w.c}) FROM ${w.t} ${w.one}); END $$`,
    'SELECT statement FROM pg_cursors',
    'ROLLBACK',
  ]),
  leaksBytes('system/settings-view', 'a setting, read as a row', (w) => [
    `DO $$ BEGIN PERFORM set_config('leak.c', (SELECT ${w.c} FROM ${w.t} ${w.one}), false); END $$`,
    "SELECT setting FROM pg_settings WHERE name = 'leak.c' UNION ALL SELECT current_setting('leak.c')",
  ]),
  leaksBytes(
    'system/activity-of-owner',
    "the text of another session's statement",
    (w) => [
      { on: 'owner', query: `SELECT 1 WHERE ${quotedText(w.first.value)} = 'x'` },
      'SELECT query FROM pg_stat_activity',
    ],
    { needs: ['owner', 'superuser'] },
  ),
  leaksBytes(
    'system/activity-function',
    'the function under the view',
    (w) => [
      { on: 'owner', query: `SELECT 1 WHERE ${quotedText(w.first.value)} = 'x'` },
      'SELECT query FROM pg_stat_get_activity(NULL)',
    ],
    { needs: ['owner', 'superuser'] },
  ),
  leaksBytes('system/definition-of-view', 'the text of a view', (w) => [
    'BEGIN',
    `DO $$ BEGIN EXECUTE (SELECT format('CREATE TEMP VIEW kept AS SELECT %L::text AS v', ${w.c}) FROM ${w.t} ${w.one}); END $$`,
    "SELECT pg_get_viewdef('pg_temp.kept'::regclass)",
    'ROLLBACK',
  ]),
  leaksBytes('system/definition-of-function', 'the text of a function', (w) => [
    'BEGIN',
    `DO $$ BEGIN EXECUTE (SELECT format('CREATE FUNCTION pg_temp.kept() RETURNS text LANGUAGE sql AS %L', 'SELECT ' || quote_literal(${w.c})) FROM ${w.t} ${w.one}); END $$`,
    "SELECT prosrc FROM pg_proc WHERE proname = 'kept'",
    'ROLLBACK',
  ]),
  leaksBytes('system/definition-of-constraint', 'the text of a constraint', (w) => [
    'BEGIN',
    `DO $$ BEGIN EXECUTE (SELECT format('CREATE TEMP TABLE kept (v text CHECK (v <> %L))', ${w.c}) FROM ${w.t} ${w.one}); END $$`,
    "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'pg_temp.kept'::regclass",
    'ROLLBACK',
  ]),
  leaksBytes('system/definition-of-default', 'the text of a default', (w) => [
    'BEGIN',
    `DO $$ BEGIN EXECUTE (SELECT format('CREATE TEMP TABLE kept (v text DEFAULT %L)', ${w.c}) FROM ${w.t} ${w.one}); END $$`,
    "SELECT column_default FROM information_schema.columns WHERE table_name = 'kept'",
    'ROLLBACK',
  ]),
  leaksBytes('system/definition-of-index', 'the text of an index', (w) => [
    'BEGIN',
    'CREATE TEMP TABLE kept (v text)',
    `DO $$ BEGIN EXECUTE (SELECT format('CREATE INDEX kept_index ON kept (v) WHERE v = %L', ${w.c}) FROM ${w.t} ${w.one}); END $$`,
    "SELECT indexdef FROM pg_indexes WHERE tablename = 'kept'",
    'ROLLBACK',
  ]),
  leaksBytes('system/comment', 'a comment on an object', (w) => [
    'BEGIN',
    'CREATE TEMP TABLE kept (v text)',
    `DO $$ BEGIN EXECUTE (SELECT format('COMMENT ON TABLE kept IS %L', ${w.c}) FROM ${w.t} ${w.one}); END $$`,
    "SELECT obj_description('pg_temp.kept'::regclass)",
    'ROLLBACK',
  ]),
  leaksBytes('system/name-of-table', 'the name of an object', (w) => [
    'BEGIN',
    `DO $$ BEGIN EXECUTE (SELECT format('CREATE TEMP TABLE %I (n int)', 'v' || ${w.c}) FROM ${w.t} ${w.one}); END $$`,
    'SELECT relname FROM pg_class WHERE relnamespace = pg_my_temp_schema()',
    'ROLLBACK',
  ]),
  leaksBytes('system/name-of-column', 'RowDescription, whose names nobody masks', (w) => [
    'BEGIN',
    `DO $$ BEGIN EXECUTE (SELECT format('CREATE TEMP TABLE kept (%I int)', 'v' || ${w.c}) FROM ${w.t} ${w.one}); END $$`,
    'SELECT * FROM kept',
    'ROLLBACK',
  ]),
  leaksBytes('system/name-of-prepared', 'the name of a prepared statement', (w) => [
    `DO $$ BEGIN EXECUTE (SELECT format('PREPARE %I AS SELECT 1', 'v' || ${w.c}) FROM ${w.t} ${w.one}); END $$`,
    'SELECT name FROM pg_prepared_statements',
  ]),
  leaksBytes('system/savepoint-name', 'a name that a program makes', (w) => [
    'BEGIN',
    `DO $$ BEGIN EXECUTE (SELECT format('DECLARE %I CURSOR FOR SELECT 1', 'v' || ${w.c}) FROM ${w.t} ${w.one}); END $$`,
    'SELECT name FROM pg_cursors',
    'ROLLBACK',
  ]),
  leaksBytes(
    'system/advisory-lock',
    'a number kept as a lock',
    (w) => [
      `SELECT count(pg_advisory_lock(${w.c}::bigint)) FROM ${w.t} ${w.one}`,
      "SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks WHERE locktype = 'advisory'",
    ],
    { needs: ['digits'] },
  ),
  leaksBytes(
    'system/file-of-table',
    'pages of a table as bytes of a file',
    (w) => ['CHECKPOINT', `SELECT pg_read_binary_file(pg_relation_filepath(${name(w)}))`],
    { needs: ['superuser'] },
  ),
  leaksBytes('system/partition-bound', 'the bound of a partition', (w) => [
    'BEGIN',
    'CREATE TEMP TABLE parts (v text) PARTITION BY LIST (v)',
    `DO $$ BEGIN EXECUTE (SELECT format('CREATE TEMP TABLE part PARTITION OF parts FOR VALUES IN (%L)', ${w.c}) FROM ${w.t} ${w.one}); END $$`,
    "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = 'part'",
    'ROLLBACK',
  ]),
  leaksBytes(
    'system/sequence-definition',
    'a number kept in a sequence',
    (w) => [
      'BEGIN',
      `DO $$ BEGIN EXECUTE (SELECT format('CREATE TEMP SEQUENCE kept START %s', ${w.c}) FROM ${w.t} ${w.one}); END $$`,
      "SELECT start_value FROM pg_sequences WHERE sequencename = 'kept'",
      'ROLLBACK',
    ],
    { needs: ['digits'] },
  ),
  leaksBytes('large-object/get', 'bytes that lie in no table', (w) => [
    'BEGIN',
    `SELECT count(lo_from_bytea(424200777, ${w.c}::bytea)) FROM ${w.t} ${w.one}`,
    'SELECT lo_get(424200777)',
    'ROLLBACK',
  ]),
  leaksBytes('large-object/read-by-descriptor', 'bytes that lie in no table', (w) => [
    'BEGIN',
    `SELECT count(lo_from_bytea(424200778, ${w.c}::bytea)) FROM ${w.t} ${w.one}`,
    'SELECT loread(lo_open(424200778, 262144), 100)',
    'ROLLBACK',
  ]),
  leaksBytes('large-object/undescribed', 'bytes that lie in no table, in binary', (w) => [
    'BEGIN',
    `SELECT count(lo_from_bytea(424200779, ${w.c}::bytea)) FROM ${w.t} ${w.one}`,
    { messages: [wire.parse('SELECT lo_get(424200779)'), wire.bind({ resultFormats: [1] }), wire.execute()] },
    'ROLLBACK',
  ]),
  leaksBytes('explain/filter', 'the text of a plan', (w) => [
    'BEGIN',
    `DO $$ BEGIN PERFORM set_config('leak.v', (SELECT ${w.c} FROM ${w.t} ${w.one}), true); END $$`,
    `CREATE FUNCTION pg_temp.kept() RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN current_setting(''leak.v''); END'`,
    `EXPLAIN SELECT 1 FROM pg_class WHERE relname::text = pg_temp.kept()`,
    'ROLLBACK',
  ]),
  leaksBytes('explain/constant-folded', 'the planner puts a function’s value into the plan', (w) => [
    `CREATE FUNCTION pg_temp.one() RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN (SELECT ${w.c} FROM ${w.t} ${w.one}); END $$`,
    `EXPLAIN (VERBOSE) SELECT 1 FROM pg_class WHERE relname::text = pg_temp.one()`,
  ]),
  leaksBytes('explain/json', 'the text of a plan in JSON', (w) => [
    `CREATE FUNCTION pg_temp.one() RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN (SELECT ${w.c} FROM ${w.t} ${w.one}); END $$`,
    `EXPLAIN (VERBOSE, FORMAT json) SELECT pg_temp.one()`,
  ]),
  leaksKnowledge(
    'explain/analyze-rows',
    'a plan that was run says how many rows a filter left',
    (w) => [
      `EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) SELECT 1 FROM ${w.t} WHERE ${w.c} = (SELECT max(${w.c}) FROM ${w.t})`,
    ],
    (received, w) => {
      const text = received.texts().join('\n');
      return /actual[^\n]*rows=1(\.00)? /.test(text) && text.includes(`(${w.subject.column} = `);
    },
  ),
  leaksKnowledge(
    'size/pg-column-size',
    'the length of a value, which tells kinds of it apart',
    (w) => [`SELECT pg_column_size(${w.c} || '') FROM ${w.t} ${w.one}`],
    (received, w) => received.texts().includes(String(Buffer.byteLength(w.first.value) + 4)),
  ),
  leaksKnowledge(
    'size/length',
    'the length of a value, which tells kinds of it apart',
    (w) => [`SELECT length(${w.c}) FROM ${w.t} ${w.one}`],
    (received, w) => received.texts().includes(String(w.first.value.length)),
  ),
  leaksKnowledge(
    'size/octet-length',
    'the length of a value, which tells kinds of it apart',
    (w) => [`SELECT octet_length(${w.c}), bit_length(${w.c}) FROM ${w.t} ${w.one}`],
    (received, w) => received.texts().includes(String(Buffer.byteLength(w.first.value) * 8)),
  ),
  leaksKnowledge(
    'size/sum-of-lengths',
    'a length in an aggregate',
    (w) => [`SELECT sum(length(${w.c})) + 100000 FROM ${w.t} ${w.few}`],
    (received, w) => {
      const total = w.subject.rows.slice(0, 3).reduce((sum, row) => sum + row.value.length, 0);
      return received.texts().includes(String(total + 100_000));
    },
  ),
];
