/**
 * Ways out that fuzzing, a review or a user found. The first thing done about a leak is to write it down here.
 * Append only.
 */
import { leaksAnswer, leaksBytes, leaksKnowledge, wire, type LeakEntry } from '../entry.ts';
import { type PlainTable, quotedName, quotedText, type PlantedObjects, type Written } from '../subject.ts';

const THROUGH_VIEW = "a use of a view's column, which is a use of the column under it";
const CHOSEN = 'rows that somebody else’s object chooses by the column';
const NEEDS = { needs: ['objects'] } as const;
/** It makes objects in the planted schema. */
const OWNS = { needs: ['objects', 'superuser'] } as const;

const KINDS = { scalarFunction: 'function', proceduralFunction: 'procedural-function' } as const;

const on = (w: Written): PlantedObjects => w.subject.objects as PlantedObjects;
/** Entries run beside each other: each makes objects of its own names. */
const own = (w: Written, name: string): string => `${quotedName(w.subject.schema)}.made_as_${name}`;
const keysByValue = (w: Written): string =>
  w.subject.rows
    .toSorted((a, b) => (a.value < b.value ? -1 : 1))
    .map((row) => row.key)
    .join(',');
const evenKeys = (w: Written): string =>
  w.subject.rows
    .filter((row) => Number(row.value.at(-1)) % 2 === 0)
    .map((row) => row.key)
    .join(',');

export const FOUND: readonly LeakEntry[] = [
  leaksAnswer(
    'found/join-on-view',
    THROUGH_VIEW,
    (w, guess) => [
      `SELECT v.id FROM ${on(w).renamedView} v JOIN (VALUES (${quotedText(guess)})) g(x) ON v.colour = g.x`,
    ],
    NEEDS,
  ),
  leaksAnswer(
    'found/having-on-view',
    THROUGH_VIEW,
    (w, guess) => [
      `SELECT count(*) FROM ${on(w).viewOverView} GROUP BY shade HAVING shade = ${quotedText(guess)}`,
    ],
    NEEDS,
  ),
  leaksAnswer(
    'found/exists-on-matview',
    THROUGH_VIEW,
    (w, guess) => [`SELECT EXISTS (SELECT 1 FROM ${on(w).materialized} WHERE c = ${quotedText(guess)})`],
    NEEDS,
  ),
  leaksAnswer(
    'found/cursor-over-view',
    THROUGH_VIEW,
    (w, guess) => [
      'BEGIN',
      `DECLARE c CURSOR FOR SELECT v.id FROM ${on(w).renamedView} v WHERE v.colour::text LIKE ${quotedText(`${guess.slice(0, 9)}%`)}`,
      'FETCH ALL FROM c',
      'ROLLBACK',
    ],
    NEEDS,
  ),
  leaksKnowledge(
    'found/order-by-view',
    THROUGH_VIEW,
    (w) => [`SELECT id FROM ${on(w).renamedView} WHERE id < 100 ORDER BY colour COLLATE "C"`],
    (received, w) => received.texts().join(',') === keysByValue(w),
    NEEDS,
  ),
  leaksKnowledge(
    'found/window-over-view',
    THROUGH_VIEW,
    (w) => [
      `SELECT id FROM (SELECT id, row_number() OVER (ORDER BY colour COLLATE "C") AS r FROM ${on(w).renamedView} WHERE id < 100) s ORDER BY r`,
    ],
    (received, w) => received.texts().join(',') === keysByValue(w),
    NEEDS,
  ),
  leaksKnowledge(
    'found/view-that-chooses',
    CHOSEN,
    (w) => [`SELECT id FROM ${on(w).choosingView} WHERE id < 100 ORDER BY id`],
    (received, w) => received.texts().join(',') === evenKeys(w),
    NEEDS,
  ),
  leaksKnowledge(
    'found/function-that-chooses',
    CHOSEN,
    (w) => [
      `SELECT string_agg(g::text, ',' ORDER BY g) FROM generate_series(1, 99) g WHERE ${on(w).choosingFunction}(g)`,
    ],
    (received, w) => received.texts().join(',') === evenKeys(w),
    NEEDS,
  ),
  leaksAnswer(
    'found/function-in-condition',
    'the result of a function, compared',
    (w, guess) => [`SELECT 1 WHERE ${on(w).scalarFunction}(${w.first.key}) = ${quotedText(guess)}`],
    NEEDS,
  ),
  leaksAnswer(
    'found/procedural-function-in-condition',
    'the result of a function whose body no parser of SQL reads, compared',
    (w, guess) => [`SELECT 1 WHERE ${on(w).proceduralFunction}(${w.first.key}) = ${quotedText(guess)}`],
    NEEDS,
  ),
  leaksAnswer(
    'found/procedural-function-in-count',
    'the same where the answer is a number of rows',
    (w, guess) => [
      `SELECT g FROM generate_series(1, 3) g WHERE g < CASE WHEN ${on(w).proceduralFunction}(${w.first.key}) = ${quotedText(guess)} THEN 3 ELSE 2 END`,
    ],
    NEEDS,
  ),
  leaksAnswer(
    'found/procedural-function-in-error',
    'the same where the answer is whether there is an error',
    (w, guess) => [
      `SELECT 1 / (CASE WHEN ${on(w).proceduralFunction}(${w.first.key}) = ${quotedText(guess)} THEN 0 ELSE 1 END)`,
    ],
    NEEDS,
  ),
  leaksAnswer(
    'found/procedural-function-in-order',
    'the same where the answer is the order of rows',
    (w, guess) => [
      `SELECT g FROM generate_series(1, 3) g ORDER BY CASE WHEN ${on(w).proceduralFunction}(${w.first.key}) = ${quotedText(guess)} THEN g ELSE -g END`,
    ],
    NEEDS,
  ),
  leaksAnswer(
    'found/procedural-function-in-from',
    'the same, called in FROM and compared under another name',
    (w, guess) => [
      `SELECT 1 FROM ${on(w).proceduralFunction}(${w.first.key}) AS x(v) WHERE v = ${quotedText(guess)}`,
    ],
    NEEDS,
  ),
  leaksAnswer(
    'found/procedural-function-in-join',
    'the same as a condition of a join',
    (w, guess) => [
      `SELECT g FROM generate_series(1, 3) g JOIN LATERAL ${on(w).proceduralFunction}(${w.first.key}) AS x(v) ON v = ${quotedText(guess)}`,
    ],
    NEEDS,
  ),
  leaksBytes(
    'found/error-of-heir',
    'errors of a table that has the column by inheritance only',
    (w) => [`UPDATE ${on(w).child} SET name = NULL`],
    NEEDS,
  ),
  leaksAnswer(
    'found/row-of-heir-as-text',
    'a whole row of such a table, compared',
    (w, guess) => [
      'BEGIN',
      `INSERT INTO ${on(w).child} SELECT id, name, ${w.c}, note FROM ONLY ${w.t} ${w.one}`,
      `SELECT 1 FROM ${on(w).child} p WHERE p::text LIKE ${quotedText(`%${guess}%`)}`,
      'ROLLBACK',
    ],
    NEEDS,
  ),
  leaksAnswer(
    'found/check-of-own-heir',
    'a constraint of the client’s own on a table that inherits the column',
    (w, guess) => [
      `CREATE TABLE ${own(w, 'check_of_own_heir')} (CHECK (${w.c} <> ${quotedText(guess)})) INHERITS (${w.t})`,
      `INSERT INTO ${own(w, 'check_of_own_heir')} SELECT * FROM ONLY ${w.t} ${w.one}`,
      `DROP TABLE IF EXISTS ${own(w, 'check_of_own_heir')}`,
    ],
    OWNS,
  ),
  leaksBytes(
    'found/generated-of-heir',
    'a generated column that an heir of its table makes of the column',
    (w) => [`SELECT shown FROM ${on(w).heirGenerated}`],
    { ...NEEDS, since: 16 },
  ),
  leaksKnowledge(
    'found/partition-told',
    'the partition of a row, which the value decides',
    (w) => [
      `SELECT id FROM ${on(w).partitionedByValue} WHERE tableoid = '${on(w).evenPartition}'::regclass AND id < 100 ORDER BY id`,
    ],
    (received, w) => received.texts().join(',') === evenKeys(w),
    NEEDS,
  ),
  leaksKnowledge(
    'found/partition-chosen',
    'the rows of one partition, which the value decides',
    (w) => [`SELECT id FROM ${on(w).evenPartition} WHERE id < 100 ORDER BY id`],
    (received, w) => received.texts().join(',') === evenKeys(w),
    NEEDS,
  ),
  leaksBytes(
    'found/subscript-of-assignment',
    'the place in a document where a value is put',
    (w) => [
      'BEGIN',
      `UPDATE ${on(w).documents} d SET doc[p.${w.c}] = '1' FROM ONLY ${w.t} p WHERE p.${w.k} = ${w.first.key} RETURNING d.doc`,
      'ROLLBACK',
    ],
    NEEDS,
  ),
  leaksBytes(
    'found/subscript-of-insert',
    'the same in INSERT',
    (w) => [
      'BEGIN',
      `INSERT INTO ${on(w).documents} (id, doc[(SELECT ${w.c} FROM ONLY ${w.t} ${w.one})]) VALUES (2, '1') RETURNING doc`,
      'ROLLBACK',
    ],
    NEEDS,
  ),
  leaksBytes(
    'found/default-of-function',
    'a default that is a function’s result, read back as a column that nobody marks',
    (w) => [
      `CREATE TABLE ${own(w, 'default_of_function')} (id integer, a text DEFAULT ${on(w).scalarFunction}(${w.first.key}))`,
      `INSERT INTO ${own(w, 'default_of_function')} (id) VALUES (1) RETURNING a`,
      `DROP TABLE IF EXISTS ${own(w, 'default_of_function')}`,
    ],
    OWNS,
  ),
  leaksBytes(
    'found/default-of-procedural-function',
    'the same of a function that no parser of SQL reads, set afterwards',
    (w) => [
      `CREATE TABLE ${own(w, 'default_of_procedural_function')} (id integer, a text)`,
      `ALTER TABLE ${own(w, 'default_of_procedural_function')} ALTER a SET DEFAULT ${on(w).proceduralFunction}(${w.first.key})`,
      `INSERT INTO ${own(w, 'default_of_procedural_function')} (id) VALUES (1) RETURNING a`,
      `DROP TABLE IF EXISTS ${own(w, 'default_of_procedural_function')}`,
    ],
    OWNS,
  ),
  leaksBytes(
    'found/default-of-domain',
    'the same as the default of a domain',
    (w) => [
      `CREATE DOMAIN ${own(w, 'default_of_domain')} AS text DEFAULT ${on(w).proceduralFunction}(${w.first.key})`,
      `CREATE TABLE ${own(w, 'default_of_domain')}_t (id integer, a ${own(w, 'default_of_domain')})`,
      `INSERT INTO ${own(w, 'default_of_domain')}_t (id) VALUES (1) RETURNING a`,
      `DROP TABLE IF EXISTS ${own(w, 'default_of_domain')}_t`,
      `DROP DOMAIN IF EXISTS ${own(w, 'default_of_domain')}`,
    ],
    OWNS,
  ),
  leaksBytes(
    'found/type-using-function',
    'a column of another type, made of a function’s result',
    (w) => [
      `CREATE TABLE ${own(w, 'type_using_function')} (a integer)`,
      `INSERT INTO ${own(w, 'type_using_function')} VALUES (1)`,
      `ALTER TABLE ${own(w, 'type_using_function')} ALTER a TYPE text USING ${on(w).proceduralFunction}(${w.first.key})`,
      `SELECT a FROM ${own(w, 'type_using_function')}`,
      `DROP TABLE IF EXISTS ${own(w, 'type_using_function')}`,
    ],
    OWNS,
  ),
  leaksAnswer(
    'found/select-into-where',
    'how many rows SELECT INTO makes, chosen by a function’s result',
    (w, guess) => [
      'BEGIN',
      `SELECT 1 AS a INTO TEMP made WHERE ${on(w).proceduralFunction}(${w.first.key}) = ${quotedText(guess)}`,
      'ROLLBACK',
    ],
    NEEDS,
  ),
  leaksAnswer(
    'found/condition-of-rule',
    'whether a rule of the client’s own takes a row, by a function’s result',
    (w, guess) => [
      `CREATE TABLE ${own(w, 'condition_of_rule')} (id integer)`,
      `CREATE RULE one AS ON INSERT TO ${own(w, 'condition_of_rule')} WHERE ${on(w).proceduralFunction}(${w.first.key}) = ${quotedText(guess)} DO INSTEAD NOTHING`,
      `INSERT INTO ${own(w, 'condition_of_rule')} VALUES (1)`,
      `DROP TABLE IF EXISTS ${own(w, 'condition_of_rule')}`,
    ],
    OWNS,
  ),
  leaksAnswer(
    'found/condition-of-trigger',
    'whether a trigger of the client’s own takes a row, by a function’s result',
    (w, guess) => [
      `CREATE TABLE ${own(w, 'condition_of_trigger')} (id integer)`,
      `INSERT INTO ${own(w, 'condition_of_trigger')} VALUES (1)`,
      `CREATE TRIGGER one BEFORE UPDATE ON ${own(w, 'condition_of_trigger')} FOR EACH ROW WHEN (${on(w).proceduralFunction}(${w.first.key}) = ${quotedText(guess)}) EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
      `UPDATE ${own(w, 'condition_of_trigger')} SET id = 1`,
      `DROP TABLE IF EXISTS ${own(w, 'condition_of_trigger')}`,
    ],
    OWNS,
  ),
  leaksBytes(
    'found/written-of-procedural-function',
    'the result of a function that may write, put into a column that nobody marks',
    (w) => {
      const { table, column, where } = w.subject.plain as PlainTable;
      return [
        'BEGIN',
        `UPDATE ${table} SET ${column} = ${on(w).proceduralFunction}(${w.first.key}) WHERE ${where}`,
        `SELECT ${column} FROM ${table} WHERE ${where}`,
        'ROLLBACK',
      ];
    },
    { needs: ['objects', 'plain'] },
  ),
  leaksBytes(
    'found/table-as-procedural-function',
    'the same as a new table',
    (w) => [
      `CREATE TABLE ${own(w, 'table_as_function')} AS SELECT ${on(w).proceduralFunction}(${w.first.key}) AS a`,
      `SELECT a FROM ${own(w, 'table_as_function')}`,
      `DROP TABLE IF EXISTS ${own(w, 'table_as_function')}`,
    ],
    OWNS,
  ),
  leaksBytes(
    'found/function-that-writes',
    'a function of the client’s own that copies the column when it is called',
    (w) => {
      const { table, column, where } = w.subject.plain as PlainTable;
      const name = own(w, 'function_that_writes');
      return [
        `CREATE FUNCTION ${name}() RETURNS void LANGUAGE sql AS $$ UPDATE ${table} SET ${column} = (SELECT ${w.c} FROM ONLY ${w.t} ${w.one}) WHERE ${where} $$`,
        'BEGIN',
        `SELECT ${name}()`,
        `SELECT ${column} FROM ${table} WHERE ${where}`,
        'ROLLBACK',
        `DROP FUNCTION IF EXISTS ${name}`,
      ];
    },
    { needs: ['objects', 'plain', 'superuser'] },
  ),
  leaksBytes(
    'found/procedure-that-writes',
    'the same as a procedure with a body of standard SQL',
    (w) => {
      const { table, column, where } = w.subject.plain as PlainTable;
      const name = own(w, 'procedure_that_writes');
      return [
        `CREATE PROCEDURE ${name}() BEGIN ATOMIC UPDATE ${table} SET ${column} = (SELECT ${w.c} FROM ONLY ${w.t} ${w.one}) WHERE ${where}; END`,
        'BEGIN',
        `CALL ${name}()`,
        `SELECT ${column} FROM ${table} WHERE ${where}`,
        'ROLLBACK',
        `DROP PROCEDURE IF EXISTS ${name}`,
      ];
    },
    { needs: ['objects', 'plain', 'superuser'] },
  ),
  leaksBytes(
    'found/subscript-that-merge-sets',
    'the same in the list of columns of MERGE',
    (w) => [
      'BEGIN',
      `MERGE INTO ${on(w).documents} d USING (SELECT 3 AS n) s ON d.id = s.n WHEN NOT MATCHED THEN INSERT (id, doc[(SELECT ${w.c} FROM ${w.t} ${w.one})]) VALUES (s.n, '1')`,
      `SELECT doc FROM ${on(w).documents} WHERE id = 3`,
      'ROLLBACK',
    ],
    { ...NEEDS, since: 15 },
  ),
  leaksBytes(
    'found/error-at-set-constraints',
    'the detail of an error that comes later than what caused it',
    (w) => ['BEGIN', twice(w), 'SET CONSTRAINTS ALL IMMEDIATE', 'ROLLBACK'],
    NEEDS,
  ),
  leaksBytes(
    'found/error-at-commit',
    'the same at the end of the transaction',
    (w) => ['BEGIN', twice(w), 'COMMIT'],
    NEEDS,
  ),
  leaksBytes(
    'found/error-behind-another-statement',
    'the same where a harmless statement is the last of a Query',
    (w) => [`${twice(w)}; SELECT 1`],
    NEEDS,
  ),
  leaksBytes(
    'found/error-at-sync',
    'the same at the Sync of a pipeline',
    (w) => [
      {
        messages: [wire.parse(twice(w)), wire.bind(), wire.execute(), wire.parse('SELECT 1'), wire.bind()],
      },
    ],
    NEEDS,
  ),
  leaksAnswer(
    'found/check-of-procedural-function',
    'a function compared by a constraint',
    (w, guess) => [
      'BEGIN',
      `ALTER TABLE ${on(w).documents} ADD CHECK (${on(w).proceduralFunction}(${w.first.key}) <> ${quotedText(guess)})`,
      'ROLLBACK',
    ],
    OWNS,
  ),
  leaksAnswer(
    'found/foreign-key-to-column',
    'a reference that is there, or not',
    (w, guess) => [
      'BEGIN',
      `UPDATE ${w.subject.plain?.table} SET note = ${quotedText(guess)} WHERE id = 1`,
      `ALTER TABLE ${w.subject.plain?.table} ADD FOREIGN KEY (note) REFERENCES ${w.t} (${w.c})`,
      'ROLLBACK',
    ],
    OWNS,
  ),
  leaksAnswer('found/cycle-clause', 'rows that a CYCLE clause takes for the same', (w, guess) => [
    `WITH RECURSIVE r(v, n) AS (SELECT ${w.c}::text, 1 FROM ${w.t} ${w.one} UNION ALL SELECT ${quotedText(guess)}, n + 1 FROM r WHERE n < 3) CYCLE v SET looped USING trail SELECT n FROM r`,
  ]),
  leaksBytes(
    'found/function-that-keeps',
    'a function in SQL that writes the value where nobody marked it',
    (w) => [
      'BEGIN',
      `SELECT ${on(w).keepingFunction}(${w.first.key})`,
      `SELECT note FROM ${w.subject.plain?.table} WHERE id = 2`,
      'ROLLBACK',
    ],
    NEEDS,
  ),
  ...(['scalarFunction', 'proceduralFunction'] as const).flatMap((kind) => [
    leaksBytes(
      `found/execute-with-${KINDS[kind]}`,
      'a function as the argument of a prepared statement that writes it',
      (w) => [
        `PREPARE s (text) AS INSERT INTO ${w.subject.plain?.table} (id, note) VALUES (3, $1)`,
        'BEGIN',
        `EXECUTE s (${on(w)[kind]}(${w.first.key}))`,
        `SELECT note FROM ${w.subject.plain?.table} WHERE id = 3`,
        'ROLLBACK',
      ],
      NEEDS,
    ),
    leaksAnswer(
      `found/execute-compares-${KINDS[kind]}`,
      'a function as the argument of a prepared statement that compares it',
      (w, guess) => [
        `PREPARE s (text) AS SELECT 1 WHERE $1 = ${quotedText(guess)}`,
        `EXECUTE s (${on(w)[kind]}(${w.first.key}))`,
      ],
      NEEDS,
    ),
  ]),
  leaksBytes(
    'found/copy-through-program',
    "a program of the server's that keeps what COPY writes",
    (w) => [
      `COPY (SELECT ${w.c} FROM ${w.t} ${w.one}) TO PROGRAM 'cat > leak_me_copy'`,
      'BEGIN',
      `COPY ${w.subject.plain?.table} (note) FROM PROGRAM 'cat leak_me_copy; rm leak_me_copy'`,
      `SELECT note FROM ${w.subject.plain?.table} WHERE id IS NULL`,
      'ROLLBACK',
    ],
    OWNS,
  ),
  leaksBytes(
    'found/notified-row',
    "a row that somebody else's trigger sends to whoever listens",
    (w) => ['LISTEN leak_me_changes', `UPDATE ${on(w).notified} SET id = id WHERE id = ${w.first.key}`],
    NEEDS,
  ),
  leaksAnswer(
    'found/reference-of-own-table',
    'a reference of the client’s own to the column, which takes a guess or does not',
    (w, guess) => [
      `CREATE TABLE ${own(w, 'reference')} (a text REFERENCES ${w.t} (${w.c}))`,
      `INSERT INTO ${own(w, 'reference')} VALUES (${quotedText(guess)})`,
      `DROP TABLE IF EXISTS ${own(w, 'reference')}`,
    ],
    OWNS,
  ),
  leaksBytes(
    'found/bound-of-partition',
    'a function’s result as the bound of a partition, printed as a definition',
    (w) => [
      `CREATE TABLE ${own(w, 'bound')} (a text) PARTITION BY LIST (a)`,
      `CREATE TABLE ${own(w, 'bound_one')} PARTITION OF ${own(w, 'bound')} FOR VALUES IN (${on(w).scalarFunction}(${w.first.key}))`,
      `SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = 'made_as_bound_one'`,
      `DROP TABLE IF EXISTS ${own(w, 'bound')}`,
    ],
    OWNS,
  ),
  leaksKnowledge(
    'found/average-width',
    'how long the values of a column are, by its statistics',
    (w) => [
      `SELECT avg_width FROM pg_stats WHERE schemaname = ${quotedText(w.subject.schema)} AND tablename = ${quotedText(w.subject.relation)} AND attname = ${quotedText(w.subject.column)} AND NOT inherited`,
    ],
    // With the byte that says how long it is.
    (received, w) => received.texts().join() === String(w.first.value.length + 1),
    NEEDS,
  ),
  leaksAnswer(
    'found/temporary-table-of-function',
    'a temporary table that a function has made under the name of another one',
    (w, guess) => [
      ...withTemporary(w),
      `SELECT count(*) FROM ${nameOf(w.subject.plain?.table)} WHERE note = ${quotedText(guess)}`,
    ],
    NEEDS,
  ),
  leaksBytes(
    'found/flow-from-temporary-table-of-function',
    'the same, copied from there',
    (w) => [
      ...withTemporary(w),
      'BEGIN',
      `INSERT INTO ${w.subject.plain?.table} SELECT 5, note FROM ${nameOf(w.subject.plain?.table)} WHERE id = ${w.first.key}`,
      `SELECT note FROM ${w.subject.plain?.table} WHERE id = 5`,
      'ROLLBACK',
    ],
    NEEDS,
  ),
  leaksBytes(
    'found/cursor-under-an-old-name',
    'a cursor that a function opens under the name of one that a rollback has ended',
    (w) => [...endedCursor, opens(w), 'FETCH 1 FROM c', 'ROLLBACK'],
    NEEDS,
  ),
  leaksBytes(
    'found/cursor-under-an-old-name-in-one-text',
    'the same, opened and read in one Query',
    (w) => [...endedCursor, `${opens(w)}; FETCH 1 FROM c`, 'ROLLBACK'],
    NEEDS,
  ),
  leaksBytes(
    'found/portal-under-an-old-name',
    'the same of a portal, whose rows were described',
    (w) => [
      'BEGIN',
      'SAVEPOINT s',
      {
        messages: [wire.parse("SELECT 1, 'x'::text"), wire.bind({ portal: 'c' }), wire.describePortal('c')],
      },
      'ROLLBACK TO s',
      opens(w),
      { messages: [wire.execute('c', 1)] },
      'ROLLBACK',
    ],
    NEEDS,
  ),
];

/** A key that is there twice, which is found out later. */
function twice(w: Written): string {
  const { deferred } = on(w);
  const value = `SELECT card FROM ${deferred} WHERE id = ${w.first.key}`;
  return `UPDATE ${deferred} SET card = (${value}) WHERE id = ${w.second.key}`;
}

const nameOf = (qualified = ''): string => qualified.slice(qualified.indexOf('.') + 1);

const withTemporary = (w: Written): readonly string[] => [
  `SET search_path = ${w.subject.schema}`,
  `SELECT ${on(w).asideFunction}()`,
];

const endedCursor = [
  'BEGIN',
  'SAVEPOINT s',
  "DECLARE c CURSOR FOR SELECT 1, 'x'::text",
  'ROLLBACK TO s',
] as const;

const opens = (w: Written): string => `SELECT ${on(w).openingFunction}('c')`;
