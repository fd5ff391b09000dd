/** Ways out beside rows: errors, notices, notifications, settings that the server reports. Append only. */
import type { Received } from '../received.ts';
import type { Written } from '../subject.ts';
import { leaksBytes, leaksCoded, undescribed, type LeakEntry } from '../entry.ts';

const ERROR = 'the text of an error, which prints the value it refuses';
const NOTICE = 'NoticeResponse, which is no row';
const STATUS = 'ParameterStatus, which the server sends unasked';

export const TELLING: readonly LeakEntry[] = [
  leaksBytes('error/cast-integer', ERROR, (w) => [`SELECT ('v' || ${w.c})::int FROM ${w.t} ${w.one}`]),
  leaksBytes('error/cast-integer-range', ERROR, (w) => [`SELECT ${w.c}::int FROM ${w.t} ${w.one}`], {
    needs: ['digits'],
  }),
  leaksBytes('error/cast-date', ERROR, (w) => [`SELECT (${w.c} || 'x')::date FROM ${w.t} ${w.one}`]),
  leaksBytes('error/cast-uuid', ERROR, (w) => [`SELECT ${w.c}::uuid FROM ${w.t} ${w.one}`]),
  leaksBytes('error/cast-inet', ERROR, (w) => [`SELECT ('v' || ${w.c})::inet FROM ${w.t} ${w.one}`]),
  leaksBytes('error/cast-boolean', ERROR, (w) => [`SELECT ${w.c}::boolean FROM ${w.t} ${w.one}`]),
  leaksBytes('error/cast-json', 'a context line that prints what it reads', (w) => [
    `SELECT ('"' || ${w.c})::json FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('error/cast-regclass', ERROR, (w) => [`SELECT ('v' || ${w.c})::regclass FROM ${w.t} ${w.one}`]),
  leaksBytes('error/cast-enum-like', ERROR, (w) => [`SELECT ('v' || ${w.c})::regtype FROM ${w.t} ${w.one}`]),
  leaksBytes('error/cast-interval', ERROR, (w) => [`SELECT ('v' || ${w.c})::interval FROM ${w.t} ${w.one}`]),
  leaksBytes('error/cast-money', ERROR, (w) => [`SELECT ('v' || ${w.c})::money FROM ${w.t} ${w.one}`]),
  leaksBytes('error/cast-point', ERROR, (w) => [`SELECT ('v' || ${w.c})::point FROM ${w.t} ${w.one}`]),
  leaksBytes('error/cast-array', ERROR, (w) => [`SELECT ('{' || ${w.c})::text[] FROM ${w.t} ${w.one}`]),
  leaksBytes('error/cast-bit', ERROR, (w) => [`SELECT (${w.c} || 'zz')::int8 FROM ${w.t} ${w.one}`]),
  leaksBytes('error/cast-undescribed', 'errors of a statement that was never described', (w) => [
    undescribed(`SELECT ('v' || ${w.c})::int FROM ${w.t} ${w.one}`),
  ]),
  leaksBytes('error/in-where', 'an error of a filter', (w) => [
    `SELECT 1 FROM ${w.t} WHERE ${w.k} = ${w.first.key} AND ('v' || ${w.c})::int > 0`,
  ]),
  leaksBytes('error/to-date', 'functions that print what they read', (w) => [
    `SELECT to_date('2020-99 ' || ${w.c}, 'YYYY-MM') FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('error/to-timestamp', 'functions that print what they read', (w) => [
    `SELECT to_timestamp('2020-99 ' || ${w.c}, 'YYYY-MM') FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('error/set-config', 'a setting refused with its value', (w) => [
    `SELECT set_config('work_mem', 'v' || ${w.c}, false) FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('error/set-config-name', 'a setting refused with its name', (w) => [
    `SELECT current_setting('v' || ${w.c}) FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('error/unknown-type', 'names that are looked up', (w) => [
    `SELECT nextval('v' || ${w.c}) FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('error/has-privilege', 'names that are looked up', (w) => [
    `SELECT has_table_privilege('v' || ${w.c}, 'pg_class', 'select') FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('error/time-zone', 'names that are looked up', (w) => [
    `SELECT now() AT TIME ZONE ('v' || ${w.c}) FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('error/encode', 'names that are looked up', (w) => [
    `SELECT encode('x', 'v' || ${w.c}) FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('error/regexp', 'a pattern refused', (w) => [
    `SELECT 'x' ~ ('(' || ${w.c}) FROM ${w.t} ${w.one}`,
    `SELECT regexp_replace('x', 'x', 'y', 'v' || ${w.c}) FROM ${w.t} ${w.one}`,
    `SELECT date_trunc('v' || ${w.c}, now()) FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('error/query-to-xml', 'a query refused with its text', (w) => [
    `SELECT query_to_xml('v' || ${w.c}, true, true, '') FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('error/unique-violation', 'the detail of a violated key', (w) => [
    'CREATE TEMP TABLE once (v text UNIQUE)',
    `INSERT INTO once SELECT ${w.c} FROM ${w.t} ${w.one} UNION ALL SELECT ${w.c} FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('error/unique-index', 'the detail of an index that cannot be made', (w) => [
    `CREATE TEMP TABLE twice AS SELECT ${w.c} AS v FROM ${w.t} ${w.one} UNION ALL SELECT ${w.c} FROM ${w.t} ${w.one}`,
    'CREATE UNIQUE INDEX ON twice (v)',
  ]),
  leaksBytes('error/check-constraint', 'the detail prints the whole row', (w) => [
    'CREATE TEMP TABLE short (v text CHECK (length(v) < 3))',
    `INSERT INTO short SELECT ${w.c} FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('error/not-null', 'the detail prints the whole row', (w) => [
    'CREATE TEMP TABLE strict (v text, n int NOT NULL)',
    `INSERT INTO strict SELECT ${w.c}, NULL FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('error/own-row-not-null', 'the detail prints the row of the table itself', (w) => [
    'BEGIN',
    `UPDATE ${w.t} SET ${w.k} = NULL ${w.one}`,
    'ROLLBACK',
  ]),
  leaksBytes('error/foreign-key', 'the detail of a violated reference', (w) => [
    'CREATE TEMP TABLE parent (v text PRIMARY KEY)',
    'CREATE TEMP TABLE child (v text REFERENCES parent)',
    `INSERT INTO child SELECT ${w.c} FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes(
    'error/exclusion',
    'the detail of a violated exclusion',
    (w) => [
      'CREATE TEMP TABLE spans (r numrange, EXCLUDE USING gist (r WITH &&))',
      `INSERT INTO spans SELECT numrange(${w.c}::numeric, NULL) FROM ${w.t} ${w.one}`,
      `INSERT INTO spans SELECT numrange(${w.c}::numeric, NULL) FROM ${w.t} ${w.one}`,
    ],
    { needs: ['digits'] },
  ),
  leaksBytes('error/partition', 'the detail of a row without a place', (w) => [
    'CREATE TEMP TABLE parts (v text) PARTITION BY LIST (v)',
    `INSERT INTO parts SELECT ${w.c} FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('error/domain', 'a domain of one’s own', (w) => [
    'CREATE DOMAIN pg_temp.number AS int',
    `SELECT ('v' || ${w.c})::pg_temp.number FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('error/cast-in-copy', 'the context of COPY', (w) => [
    `COPY (SELECT ('v' || ${w.c})::int FROM ${w.t} ${w.one}) TO STDOUT`,
  ]),
  leaksBytes('error/raise-exception', 'an error of one’s own', (w) => [
    `DO $$ BEGIN RAISE EXCEPTION 'it is %', (SELECT ${w.c} FROM ${w.t} ${w.one}); END $$`,
  ]),
  leaksBytes('error/raise-detail', 'the detail of an error of one’s own', (w) => [
    `DO $$ BEGIN RAISE EXCEPTION 'no' USING DETAIL = (SELECT ${w.c} FROM ${w.t} ${w.one}); END $$`,
  ]),
  leaksBytes('error/raise-hint', 'the hint of an error of one’s own', (w) => [
    `DO $$ BEGIN RAISE EXCEPTION 'no' USING HINT = (SELECT ${w.c} FROM ${w.t} ${w.one}); END $$`,
  ]),
  leaksBytes('error/raise-column', 'fields of an error that only programs read', (w) => [
    `DO $$ BEGIN RAISE EXCEPTION 'no' USING COLUMN = (SELECT ${w.c} FROM ${w.t} ${w.one}), TABLE = 't'; END $$`,
  ]),
  leaksCoded(
    'error/raise-sqlstate',
    'five characters of a code at a time',
    (w) =>
      [1, 6, 11].map(
        (from) =>
          `DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = (SELECT rpad(substr(${w.c}, ${from}, 5), 5, 'A') FROM ${w.t} ${w.one}); END $$`,
      ),
    (received) => [
      received
        .complaints('error')
        .map((each) => each.get('C') ?? '')
        .join(''),
    ],
    { needs: ['digits'] },
  ),
  leaksCoded(
    'error/raise-slowly',
    'a value in pieces over several errors',
    (w) =>
      [1, 5, 9, 13, 17, 21].map(
        (from) =>
          `DO $$ BEGIN RAISE EXCEPTION '%', (SELECT substr(${w.c}, ${from}, 4) FROM ${w.t} ${w.one}); END $$`,
      ),
    (received) => [
      received
        .complaints('error')
        .map((each) => each.get('M') ?? '')
        .join(''),
    ],
  ),
  leaksBytes('error/context-of-function', 'the context names a function’s query', (w) => [
    `DO $$ BEGIN EXECUTE (SELECT 'SELECT 1/0 AS ' || quote_ident(${w.c}) FROM ${w.t} ${w.one}); END $$`,
  ]),
  leaksBytes('error/assert', 'an assertion that fails', (w) => [
    `DO $$ BEGIN ASSERT false, (SELECT ${w.c} FROM ${w.t} ${w.one}); END $$`,
  ]),
  leaksBytes('error/strict-parameters', 'PL/pgSQL prints what a query was given', (w) => [
    `DO $$
#print_strict_params on
DECLARE v text; r record; BEGIN
SELECT ${w.c} INTO v FROM ${w.t} ${w.one};
SELECT 1 INTO STRICT r FROM pg_class WHERE relname = 'v' || v; END $$`,
  ]),
  leaksBytes('notice/do-block', NOTICE, (w) => [
    `DO $$ BEGIN RAISE NOTICE 'it is %', (SELECT ${w.c} FROM ${w.t} ${w.one}); END $$`,
  ]),
  leaksBytes('notice/warning', NOTICE, (w) => [
    `DO $$ BEGIN RAISE WARNING '%', (SELECT ${w.c} FROM ${w.t} ${w.one}); END $$`,
  ]),
  leaksBytes('notice/info-loop', NOTICE, (w) => [
    `DO $$ DECLARE r record; BEGIN FOR r IN SELECT ${w.c} AS v FROM ${w.t} ${w.few} LOOP RAISE INFO '%', r; END LOOP; END $$`,
  ]),
  leaksBytes('notice/client-min-messages', 'messages that clients do not see as a rule', (w) => [
    'SET client_min_messages = debug1',
    `DO $$ BEGIN RAISE DEBUG '%', (SELECT ${w.c} FROM ${w.t} ${w.one}); END $$`,
  ]),
  leaksBytes('notice/log', 'messages for the server’s log', (w) => [
    'SET client_min_messages = log',
    `DO $$ BEGIN RAISE LOG '%', (SELECT ${w.c} FROM ${w.t} ${w.one}); END $$`,
  ]),
  leaksBytes('notice/detail', NOTICE, (w) => [
    `DO $$ BEGIN RAISE NOTICE 'no' USING DETAIL = (SELECT ${w.c} FROM ${w.t} ${w.one}); END $$`,
  ]),
  leaksBytes('notice/identifier-truncated', 'a name that is too long is printed', (w) => [
    `DO $$ BEGIN EXECUTE (SELECT format('CREATE TEMP TABLE %I (n int)', 'v' || ${w.c} || repeat('x', 70)) FROM ${w.t} ${w.one}); END $$`,
  ]),
  leaksBytes('notice/drop-if-exists', 'a name that is not there is printed', (w) => [
    `DO $$ BEGIN EXECUTE (SELECT format('DROP TABLE IF EXISTS %I', 'v' || ${w.c}) FROM ${w.t} ${w.one}); END $$`,
  ]),
  leaksBytes('notify/function', 'NotificationResponse, which is no row', (w) => [
    'LISTEN ears',
    `SELECT pg_notify('ears', ${w.c}) FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('notify/channel', 'the name of a channel', (w) => [
    `DO $$ BEGIN EXECUTE (SELECT format('LISTEN %I', 'c' || ${w.c}) FROM ${w.t} ${w.one}); END $$`,
    'SELECT pg_listening_channels()',
  ]),
  leaksBytes('notify/other-session', 'a message to another session', (w) => [
    { on: 'second', query: 'LISTEN ears' },
    `DO $$ BEGIN PERFORM pg_notify('ears', (SELECT 'v' || ${w.c} FROM ${w.t} ${w.one})); END $$`,
    { on: 'second', query: 'SELECT 1' },
  ]),
  leaksBytes('setting/set-config-answer', 'a function that gives back what it is given', (w) => [
    `SELECT set_config('leak.v', ${w.c}, false) FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('setting/current-setting', 'a setting that keeps the value', (w) => [
    `DO $$ BEGIN PERFORM set_config('leak.v', (SELECT ${w.c} FROM ${w.t} ${w.one}), false); END $$`,
    "SELECT current_setting('leak.v')",
  ]),
  leaksBytes('setting/show', 'SHOW, which is no SELECT', (w) => [
    `DO $$ BEGIN PERFORM set_config('leak.v', (SELECT ${w.c} FROM ${w.t} ${w.one}), false); END $$`,
    'SHOW leak.v',
  ]),
  leaksBytes('setting/status-application-name', STATUS, (w) => [
    `DO $$ BEGIN PERFORM set_config('application_name', (SELECT ${w.c} FROM ${w.t} ${w.one}), false); END $$`,
  ]),
  leaksBytes('setting/status-by-select', STATUS, (w) => [
    `SELECT count(set_config('application_name', 'v' || ${w.c}, false)) FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('setting/status-search-path', 'a setting of names', (w) => [
    `DO $$ BEGIN PERFORM set_config('search_path', (SELECT quote_ident(${w.c}) FROM ${w.t} ${w.one}), false); END $$`,
    'SHOW search_path',
  ]),
  leaksBytes('setting/activity-application-name', 'what other sessions see of this one', (w) => [
    `DO $$ BEGIN PERFORM set_config('application_name', (SELECT 'v' || ${w.c} FROM ${w.t} ${w.one}), false); END $$`,
    { on: 'second', query: "SELECT application_name FROM pg_stat_activity WHERE state = 'idle'" },
  ]),
  leaksCoded(
    'tag/rows-of-copy',
    'the number of rows in a command’s tag, a digit each',
    (w) =>
      digitsOf(w).map(
        (at) =>
          `COPY (SELECT 1 FROM ${w.t}, generate_series(1, substr(${w.c}, ${at}, 1)::int) ${w.one}) TO STDOUT`,
      ),
    (received) => [countsOf(received)],
    { needs: ['digits'] },
  ),
  leaksCoded(
    'tag/rows-without-columns',
    'the number of rows in a command’s tag, a digit each',
    (w) =>
      digitsOf(w).map(
        (at) => `SELECT FROM ${w.t}, generate_series(1, substr(${w.c}, ${at}, 1)::int) ${w.one}`,
      ),
    (received) => [countsOf(received)],
    { needs: ['digits'] },
  ),
  leaksCoded(
    'tag/limit',
    'an expression where none is expected: a digit as the limit of another query',
    (w) =>
      digitsOf(w).map(
        (at) =>
          `SELECT 1 FROM generate_series(1, 9) LIMIT (SELECT substr(${w.c}, ${at}, 1)::int FROM ${w.t} ${w.one})`,
      ),
    (received) => [countsOf(received)],
    { needs: ['digits'] },
  ),
  leaksCoded(
    'tag/fetch-count',
    'the number of rows that a cursor moved over',
    (w) => [
      'BEGIN',
      ...digitsOf(w).flatMap((at) => [
        `DECLARE c${at} CURSOR FOR SELECT 1 FROM ${w.t}, generate_series(1, substr(${w.c}, ${at}, 1)::int) ${w.one}`,
        `MOVE ALL FROM c${at}`,
      ]),
      'ROLLBACK',
    ],
    (received) => [countsOf(received)],
    { needs: ['digits'] },
  ),
];

const digitsOf = (w: Written): readonly number[] =>
  Array.from({ length: w.first.value.length }, (_, at) => at + 1);

const countsOf = (received: Received): string =>
  received
    .tags()
    .flatMap((tag) => /^(?:COPY|SELECT|MOVE) (\d+)$/.exec(tag)?.[1] ?? [])
    .join('');
