/**
 * Ways out that write: RETURNING, tables made of queries, values carried into a column that nobody marked, cursors.
 * All of it is temporary or rolled back. Append only.
 */
import { leaksBytes, type LeakEntry, type Step } from '../entry.ts';
import type { Written } from '../subject.ts';

const RETURNING = 'rows that a write gives back, where only SELECT is looked at';
const BY_VIEW = "masking by RowDescription's table OID, which is the view's";
const FLOW = 'a copy of the value in a place without a mark';

const within = (...steps: Step[]): readonly Step[] => ['BEGIN', ...steps, 'ROLLBACK'];

const plain = (w: Written) =>
  w.subject.plain ?? { table: 'nowhere', column: 'x', others: [], where: 'false' };
const insertInto = (w: Written, source: string, tail = ''): string => {
  const { table, column, others } = plain(w);
  const names = [...others.map(([name]) => name), column].join(', ');
  return `INSERT INTO ${table} (${names}) SELECT ${[...others.map(([, value]) => value), source].join(', ')} ${tail}`;
};

export const WRITING: readonly LeakEntry[] = [
  leaksBytes('returning/update', RETURNING, (w) =>
    within(`UPDATE ${w.t} SET ${w.k} = ${w.k} ${w.one} RETURNING ${w.c}`),
  ),
  leaksBytes('returning/update-star', RETURNING, (w) =>
    within(`UPDATE ${w.t} SET ${w.k} = ${w.k} ${w.one} RETURNING *`),
  ),
  leaksBytes('returning/delete', RETURNING, (w) => within(`DELETE FROM ${w.t} ${w.one} RETURNING ${w.c}`)),
  leaksBytes('returning/expression', RETURNING, (w) =>
    within(`UPDATE ${w.t} p SET ${w.k} = ${w.k} ${w.one} RETURNING upper(p.${w.c}) AS x`),
  ),
  leaksBytes('returning/whole-row', RETURNING, (w) =>
    within(`UPDATE ${w.t} p SET ${w.k} = ${w.k} ${w.one} RETURNING p`),
  ),
  leaksBytes(
    'returning/old',
    'the row as it was, under a name that older grammars take for a table',
    (w) => within(`UPDATE ${w.t} SET ${w.c} = 'x' ${w.one} RETURNING old.${w.c}`),
    { since: 18 },
  ),
  leaksBytes(
    'returning/old-renamed',
    'old and new under names of one’s own',
    (w) =>
      within(`UPDATE ${w.t} SET ${w.c} = 'x' ${w.one} RETURNING WITH (OLD AS o, NEW AS n) o.${w.c} AS v`),
    { since: 18 },
  ),
  leaksBytes(
    'returning/new',
    'the row as it is now',
    (w) => within(`UPDATE ${w.t} SET ${w.k} = ${w.k} ${w.one} RETURNING new.*`),
    { since: 18 },
  ),
  leaksBytes(
    'returning/old-of-delete',
    'the row as it was',
    (w) => within(`DELETE FROM ${w.t} ${w.one} RETURNING old`),
    { since: 18 },
  ),
  leaksBytes('returning/in-cte', 'a write within a query', (w) =>
    within(`WITH u AS (UPDATE ${w.t} SET ${w.k} = ${w.k} ${w.one} RETURNING ${w.c} AS v) SELECT v FROM u`),
  ),
  leaksBytes(
    'returning/insert-select',
    RETURNING,
    (w) => within(insertInto(w, w.c, `FROM ${w.t} ${w.one} RETURNING *`)),
    {
      needs: ['plain'],
    },
  ),
  leaksBytes(
    'returning/update-from',
    'another table’s columns in RETURNING',
    (w) =>
      within(
        `UPDATE ${plain(w).table} SET ${plain(w).column} = 'x' FROM ${w.t} p WHERE ${plain(w).table}.${plain(w).where} AND p.${w.k} = ${w.first.key} RETURNING p.${w.c}`,
      ),
    { needs: ['plain'] },
  ),
  leaksBytes(
    'returning/delete-using',
    'another table’s columns in RETURNING',
    (w) =>
      within(
        `DELETE FROM ${plain(w).table} USING ${w.t} p WHERE ${plain(w).table}.${plain(w).where} AND p.${w.k} = ${w.first.key} RETURNING p.${w.c}`,
      ),
    { needs: ['plain'] },
  ),
  leaksBytes(
    'returning/merge',
    'MERGE gives rows back',
    (w) =>
      within(
        `MERGE INTO ${w.t} p USING (SELECT ${w.first.key} AS k) s ON p.${w.k} = s.k WHEN MATCHED THEN UPDATE SET ${w.k} = s.k RETURNING p.${w.c}`,
      ),
    { since: 17 },
  ),
  leaksBytes('returning/on-conflict', 'the row that was there already', (w) =>
    within(
      'CREATE TEMP TABLE once (k text PRIMARY KEY, v text)',
      `INSERT INTO once SELECT 'a', ${w.c} FROM ${w.t} ${w.one}`,
      "INSERT INTO once VALUES ('a', 'x') ON CONFLICT (k) DO UPDATE SET k = excluded.k RETURNING v",
    ),
  ),
  leaksBytes('flow/create-table-as', FLOW, (w) => [
    `CREATE TEMP TABLE copied AS SELECT ${w.c} AS v FROM ${w.t} ${w.one}`,
    'SELECT v FROM copied',
  ]),
  leaksBytes('flow/create-table-as-execute', FLOW, (w) => [
    `PREPARE made AS SELECT ${w.c} AS v FROM ${w.t} ${w.one}`,
    'CREATE TEMP TABLE copied AS EXECUTE made',
    'SELECT v FROM copied',
  ]),
  leaksBytes('flow/select-into', FLOW, (w) => [
    `SELECT ${w.c} AS v INTO TEMP copied FROM ${w.t} ${w.one}`,
    'SELECT v FROM copied',
  ]),
  leaksBytes('flow/insert-select-temp', FLOW, (w) => [
    'CREATE TEMP TABLE copied (v text)',
    `INSERT INTO copied SELECT ${w.c} FROM ${w.t} ${w.one}`,
    'TABLE copied',
  ]),
  leaksBytes('flow/insert-values-subquery', FLOW, (w) => [
    'CREATE TEMP TABLE copied (v text)',
    `INSERT INTO copied VALUES ((SELECT ${w.c} FROM ${w.t} ${w.one}))`,
    'TABLE copied',
  ]),
  leaksBytes('flow/insert-through-cte', FLOW, (w) => [
    'CREATE TEMP TABLE copied (v text)',
    `WITH s AS (SELECT ${w.c} AS v FROM ${w.t} ${w.one}) INSERT INTO copied SELECT v FROM s`,
    'SELECT v FROM copied',
  ]),
  leaksBytes(
    'flow/insert-select-plain',
    FLOW,
    (w) =>
      within(
        insertInto(w, w.c, `FROM ${w.t} ${w.one}`),
        `SELECT ${plain(w).column} FROM ${plain(w).table} WHERE ${plain(w).others[0]?.[0]} = ${plain(w).others[0]?.[1]}`,
      ),
    { needs: ['plain'] },
  ),
  leaksBytes(
    'flow/update-plain',
    FLOW,
    (w) =>
      within(
        `UPDATE ${plain(w).table} SET ${plain(w).column} = (SELECT ${w.c} FROM ${w.t} ${w.one}) WHERE ${plain(w).where}`,
        `SELECT ${plain(w).column} FROM ${plain(w).table} WHERE ${plain(w).where}`,
      ),
    { needs: ['plain'] },
  ),
  leaksBytes(
    'flow/update-from',
    FLOW,
    (w) =>
      within(
        `UPDATE ${plain(w).table} SET ${plain(w).column} = p.${w.c} FROM ${w.t} p WHERE ${plain(w).table}.${plain(w).where} AND p.${w.k} = ${w.first.key}`,
        `SELECT ${plain(w).column} FROM ${plain(w).table} WHERE ${plain(w).where}`,
      ),
    { needs: ['plain'] },
  ),
  leaksBytes(
    'flow/update-row-set',
    'several columns set at once',
    (w) =>
      within(
        `UPDATE ${plain(w).table} SET (${plain(w).column}) = (SELECT ${w.c} FROM ${w.t} ${w.one}) WHERE ${plain(w).where}`,
        `SELECT ${plain(w).column} FROM ${plain(w).table} WHERE ${plain(w).where}`,
      ),
    { needs: ['plain'] },
  ),
  leaksBytes(
    'flow/merge',
    FLOW,
    (w) =>
      within(
        'CREATE TEMP TABLE copied (v text)',
        `MERGE INTO copied USING (SELECT ${w.c} AS v FROM ${w.t} ${w.one}) s ON copied.v = s.v WHEN NOT MATCHED THEN INSERT VALUES (s.v)`,
        'TABLE copied',
      ),
    { since: 15 },
  ),
  leaksBytes('flow/on-conflict-set', FLOW, (w) => [
    'CREATE TEMP TABLE once (k text PRIMARY KEY, v text)',
    "INSERT INTO once VALUES ('a', 'x')",
    `INSERT INTO once VALUES ('a', 'y') ON CONFLICT (k) DO UPDATE SET v = (SELECT ${w.c} FROM ${w.t} ${w.one})`,
    'TABLE once',
  ]),
  leaksBytes('flow/generated-column', 'a column that the server computes', (w) => [
    "CREATE TEMP TABLE copied (v text, g text GENERATED ALWAYS AS (v || '') STORED)",
    `INSERT INTO copied (v) SELECT ${w.c} FROM ${w.t} ${w.one}`,
    'SELECT g FROM copied',
  ]),
  leaksBytes('flow/temp-trigger', 'a trigger that writes elsewhere', (w) => [
    'CREATE TEMP TABLE copied (v text)',
    'CREATE TEMP TABLE seen (v text)',
    "CREATE FUNCTION pg_temp.note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO seen VALUES (NEW.v); RETURN NULL; END'",
    'CREATE TRIGGER note BEFORE INSERT ON copied FOR EACH ROW EXECUTE FUNCTION pg_temp.note()',
    `INSERT INTO copied SELECT ${w.c} FROM ${w.t} ${w.one}`,
    'TABLE seen',
  ]),
  leaksBytes('flow/temp-rule', 'a rule that turns one statement into another', (w) => [
    'CREATE TEMP TABLE copied (v text)',
    'CREATE TEMP TABLE seen (v text)',
    'CREATE RULE note AS ON INSERT TO copied DO INSTEAD INSERT INTO seen VALUES (NEW.v)',
    `INSERT INTO copied SELECT ${w.c} FROM ${w.t} ${w.one}`,
    'TABLE seen',
  ]),
  leaksBytes('flow/temp-inherited', 'a copy read through its parent', (w) => [
    'CREATE TEMP TABLE above (v text)',
    'CREATE TEMP TABLE below () INHERITS (above)',
    `INSERT INTO below SELECT ${w.c} FROM ${w.t} ${w.one}`,
    'SELECT v FROM above',
  ]),
  leaksBytes('flow/in-do-block', 'a language that the gate’s parser does not look into', (w) => [
    'CREATE TEMP TABLE copied (v text)',
    `DO $$ BEGIN INSERT INTO copied SELECT ${w.c} FROM ${w.t} ${w.one}; END $$`,
    'TABLE copied',
  ]),
  leaksBytes('flow/dynamic-sql', 'a statement that is put together at the server', (w) => [
    'CREATE TEMP TABLE copied (v text)',
    `DO $$ BEGIN EXECUTE 'INSERT INTO copied SELECT ' || '${w.subject.column.slice(0, 2)}' || '${w.subject.column.slice(2)}' || ' FROM ${w.t.replaceAll("'", "''")} ${w.one.replaceAll("'", "''")}'; END $$`,
    'TABLE copied',
  ]),
  leaksBytes('flow/alter-type-using', 'a new column made of a query’s copy', (w) => [
    `CREATE TEMP TABLE copied AS SELECT ${w.c} AS v FROM ${w.t} ${w.one}`,
    "ALTER TABLE copied ALTER v TYPE text USING 'n' || v",
    'ALTER TABLE copied RENAME v TO harmless',
    'SELECT harmless FROM copied',
  ]),
  leaksBytes('flow/default-expression', 'a default that reads', (w) => [
    `CREATE FUNCTION pg_temp.one() RETURNS text LANGUAGE sql AS 'SELECT ${w.c} FROM ${w.t} ${w.one.replaceAll("'", "''")}'`,
    'CREATE TEMP TABLE copied (n int, v text DEFAULT pg_temp.one())',
    'INSERT INTO copied (n) VALUES (1)',
    'TABLE copied',
  ]),
  leaksBytes(
    'flow/sequence',
    'a number kept in a sequence',
    (w) => [
      'CREATE TEMP SEQUENCE counter',
      `SELECT NULL FROM (SELECT setval('counter', ${w.c}::bigint) FROM ${w.t} ${w.one}) s`,
      'SELECT last_value FROM counter',
    ],
    { needs: ['digits'] },
  ),
  leaksBytes(
    'flow/setval-answer',
    'a function that gives back what it is given',
    (w) => ['CREATE TEMP SEQUENCE counter', `SELECT setval('counter', ${w.c}::bigint) FROM ${w.t} ${w.one}`],
    { needs: ['digits'] },
  ),
  leaksBytes('view/temp', BY_VIEW, (w) => [
    `CREATE TEMP VIEW shown AS SELECT ${w.k} AS n, ${w.c} AS v FROM ${w.t}`,
    `SELECT v FROM shown WHERE n = ${w.first.key}`,
  ]),
  leaksBytes('view/temp-star', BY_VIEW, (w) => [
    `CREATE TEMP VIEW shown AS SELECT * FROM ${w.t}`,
    `SELECT ${w.c} FROM shown ${w.one}`,
  ]),
  leaksBytes('view/temp-over-temp', BY_VIEW, (w) => [
    `CREATE TEMP VIEW shown AS SELECT ${w.k} AS n, ${w.c} AS v FROM ${w.t}`,
    'CREATE TEMP VIEW again AS SELECT n, v AS x FROM shown',
    `SELECT x FROM again WHERE n = ${w.first.key}`,
  ]),
  leaksBytes('view/temp-recursive', 'CREATE RECURSIVE VIEW', (w) => [
    `CREATE TEMP RECURSIVE VIEW shown (v) AS SELECT ${w.c}::text FROM ${w.t} ${w.one} UNION SELECT v FROM shown`,
    'SELECT v FROM shown',
  ]),
  leaksBytes('view/replaced', 'a view that was looked at, and then changed', (w) => [
    `CREATE TEMP VIEW shown AS SELECT ${w.k} AS n, 'x'::text AS v FROM ${w.t}`,
    'SELECT v FROM shown LIMIT 1',
    `CREATE OR REPLACE TEMP VIEW shown AS SELECT ${w.k} AS n, ${w.c}::text AS v FROM ${w.t}`,
    `SELECT v FROM shown WHERE n = ${w.first.key}`,
  ]),
  leaksBytes('view/updatable', 'a write through a view', (w) =>
    within(
      `CREATE TEMP VIEW shown AS SELECT ${w.k} AS n, ${w.c} AS v FROM ${w.t}`,
      `UPDATE shown SET n = n WHERE n = ${w.first.key} RETURNING v`,
    ),
  ),
  leaksBytes('function/temp-sql', 'a function of one’s own', (w) => [
    `CREATE FUNCTION pg_temp.one() RETURNS text LANGUAGE sql AS 'SELECT ${w.c} FROM ${w.t} ${w.one.replaceAll("'", "''")}'`,
    'SELECT pg_temp.one()',
  ]),
  leaksBytes('function/temp-atomic', 'a function whose body is parsed when it is made', (w) => [
    `CREATE FUNCTION pg_temp.one() RETURNS text LANGUAGE sql RETURN (SELECT ${w.c} FROM ${w.t} ${w.one})`,
    'SELECT pg_temp.one()',
  ]),
  leaksBytes('function/temp-plpgsql', 'a language that the gate’s parser does not look into', (w) => [
    `CREATE FUNCTION pg_temp.one() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT ${w.c} FROM ${w.t} ${w.one}); END $$`,
    'SELECT pg_temp.one()',
  ]),
  leaksBytes('function/temp-setof', 'a function that returns rows', (w) => [
    `CREATE FUNCTION pg_temp.all_of() RETURNS SETOF ${w.t} LANGUAGE sql AS 'SELECT * FROM ${w.t} ${w.one.replaceAll("'", "''")}'`,
    `SELECT ${w.c} FROM pg_temp.all_of()`,
  ]),
  leaksBytes('function/temp-table-result', 'columns named by a function', (w) => [
    `CREATE FUNCTION pg_temp.all_of() RETURNS TABLE (harmless text) LANGUAGE sql AS 'SELECT ${w.c} FROM ${w.t} ${w.one.replaceAll("'", "''")}'`,
    'SELECT * FROM pg_temp.all_of()',
  ]),
  leaksBytes('function/temp-operator-like', 'a function over a row, called as its column', (w) => [
    `CREATE FUNCTION pg_temp.harmless(${w.t}) RETURNS text LANGUAGE sql AS 'SELECT $1.${w.c}'`,
    `SELECT pg_temp.harmless(p) FROM ${w.t} p ${w.one}`,
  ]),
  leaksBytes('function/temp-aggregate', 'an aggregate of one’s own', (w) => [
    "CREATE AGGREGATE pg_temp.glue(text) (SFUNC = textcat, STYPE = text, INITCOND = '')",
    `SELECT pg_temp.glue(${w.c}) FROM ${w.t} ${w.few}`,
  ]),
  leaksBytes('function/temp-out-parameter', 'a procedure that answers by its parameters', (w) => [
    `CREATE PROCEDURE pg_temp.say(INOUT v text) LANGUAGE plpgsql AS $$ BEGIN SELECT ${w.c} INTO v FROM ${w.t} ${w.one}; END $$`,
    "CALL pg_temp.say('')",
  ]),
  leaksBytes('function/temp-argument', 'a value as an argument of a function of one’s own', (w) => [
    "CREATE FUNCTION pg_temp.same(text) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN $1; END'",
    `SELECT pg_temp.same(${w.c}) FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('domain/temp', 'a type of one’s own over text', (w) => [
    'CREATE DOMAIN pg_temp.harmless AS text',
    `SELECT ${w.c}::pg_temp.harmless FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('domain/temp-composite', 'a composite type of one’s own', (w) => [
    'CREATE TYPE pg_temp.held AS (a text, b text)',
    `SELECT ROW('x', ${w.c})::pg_temp.held FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('domain/temp-enum', 'a value as the label of a type', (w) => [
    `DO $$ BEGIN EXECUTE (SELECT format('CREATE TYPE pg_temp.labels AS ENUM (%L)', substr(${w.c}, 1, 60)) FROM ${w.t} ${w.one}); END $$`,
    'SELECT enum_range(NULL::pg_temp.labels)',
  ]),
  leaksBytes('cursor/fetch', 'rows of a FETCH, whose query came earlier', (w) =>
    within(`DECLARE c CURSOR FOR SELECT ${w.c} FROM ${w.t} ${w.one}`, 'FETCH ALL FROM c'),
  ),
  leaksBytes('cursor/scroll-backward', 'rows read backwards', (w) =>
    within(
      `DECLARE c SCROLL CURSOR FOR SELECT ${w.c} AS v FROM ${w.t} ${w.few}`,
      'MOVE LAST FROM c',
      'FETCH BACKWARD 2 FROM c',
    ),
  ),
  leaksBytes('cursor/binary', 'a simple query with answers in binary', (w) =>
    within(`DECLARE c BINARY CURSOR FOR SELECT ${w.c} FROM ${w.t} ${w.one}`, 'FETCH 1 FROM c'),
  ),
  leaksBytes('cursor/with-hold', 'rows that outlive their transaction', (w) => [
    'BEGIN',
    `DECLARE c CURSOR WITH HOLD FOR SELECT ${w.c} AS v FROM ${w.t} ${w.one}`,
    'COMMIT',
    'FETCH ALL FROM c',
  ]),
  leaksBytes('cursor/from-function', 'a cursor that a function opens', (w) =>
    within(
      `CREATE FUNCTION pg_temp.open_it() RETURNS refcursor LANGUAGE plpgsql AS $$ DECLARE r refcursor := 'opened'; BEGIN OPEN r FOR SELECT ${w.c} FROM ${w.t} ${w.one}; RETURN r; END $$`,
      'SELECT pg_temp.open_it()',
      'FETCH ALL FROM opened',
    ),
  ),
  leaksBytes('cursor/current-of', 'a write where a cursor stands', (w) =>
    within(
      `DECLARE c CURSOR FOR SELECT * FROM ${w.t} ${w.one} FOR UPDATE`,
      'MOVE NEXT FROM c',
      `UPDATE ${w.t} SET ${w.k} = ${w.k} WHERE CURRENT OF c RETURNING ${w.c}`,
    ),
  ),
  leaksBytes('prepared/sql', 'rows of an EXECUTE, whose query came earlier', (w) => [
    `PREPARE s AS SELECT ${w.c} FROM ${w.t} ${w.one}`,
    'EXECUTE s',
  ]),
  leaksBytes('prepared/sql-again', 'a mask that the first run alone gets', (w) => [
    `PREPARE s (text) AS SELECT ${w.c} AS v FROM ${w.t} WHERE ${w.k}::text = $1`,
    `EXECUTE s ('none')`,
    'EXECUTE s (' + quoted(w.first.key) + ')',
    'EXECUTE s (' + quoted(w.first.key) + ')',
  ]),
  leaksBytes('prepared/sql-other-search-path', 'names that mean something else when it is run', (w) => [
    `SET search_path = pg_temp`,
    `CREATE TEMP TABLE ${w.subject.relation} AS SELECT ${w.k}, 'x'::text AS v FROM ${w.t} LIMIT 0`,
    `ALTER TABLE ${w.subject.relation} RENAME v TO ${w.c}`,
    `PREPARE s AS SELECT ${w.c}::text FROM ${w.subject.relation}`,
    'EXECUTE s',
    `DROP TABLE ${w.subject.relation}`,
    `SET search_path = "${w.subject.schema}"`,
    'EXECUTE s',
  ]),
  leaksBytes('prepared/sql-after-ddl', 'a plan that DDL has changed', (w) => [
    `CREATE TEMP VIEW shown AS SELECT ${w.k} AS n, 'x'::text AS v FROM ${w.t}`,
    `PREPARE s AS SELECT v FROM shown WHERE n = ${w.first.key}`,
    'EXECUTE s',
    `CREATE OR REPLACE TEMP VIEW shown AS SELECT ${w.k} AS n, ${w.c}::text AS v FROM ${w.t}`,
    'EXECUTE s',
  ]),
  leaksBytes('prepared/create-table-as-renamed', 'names swapped after the look', (w) => [
    `CREATE TEMP TABLE a1 AS SELECT ${w.k} AS n, ${w.c} AS v FROM ${w.t} ${w.one}`,
    'CREATE TEMP TABLE a2 (n text, v text)',
    'PREPARE s AS SELECT v FROM a2',
    'ALTER TABLE a2 RENAME TO a3',
    'ALTER TABLE a1 RENAME TO a2',
    'SELECT v FROM a2',
  ]),
];

const quoted = (key: string): string => (key.startsWith("'") ? key : `'${key}'`);
