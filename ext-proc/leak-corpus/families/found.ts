/**
 * Ways out that fuzzing, a review or a user found. The first thing done about a leak is to write it down here.
 * Append only.
 */
import { leaksAnswer, leaksBytes, leaksKnowledge, wire, type LeakEntry } from '../entry.ts';
import { quotedText, type PlantedObjects, type Written } from '../subject.ts';

const THROUGH_VIEW = "a use of a view's column, which is a use of the column under it";
const CHOSEN = 'rows that somebody else’s object chooses by the column';
const NEEDS = { needs: ['objects'] } as const;
/** Definitions of tables are their owner's. */
const OWNS = { needs: ['objects', 'superuser'] } as const;
const KINDS = { scalarFunction: 'function', proceduralFunction: 'procedural-function' } as const;

const on = (w: Written): PlantedObjects => w.subject.objects as PlantedObjects;
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
    'found/subscript-that-update-sets',
    'a value as the place that is written to, in JSON as a key',
    (w) => [
      'BEGIN',
      `UPDATE ${on(w).documents} SET body[(SELECT ${w.c} FROM ${w.t} ${w.one})] = '1' WHERE id = 1`,
      `SELECT body FROM ${on(w).documents} WHERE id = 1`,
      'ROLLBACK',
    ],
    NEEDS,
  ),
  leaksBytes(
    'found/subscript-that-insert-sets',
    'the same in the list of columns',
    (w) => [
      'BEGIN',
      `INSERT INTO ${on(w).documents} (id, body[(SELECT ${w.c} FROM ${w.t} ${w.one})]) VALUES (2, '1')`,
      `SELECT body FROM ${on(w).documents} WHERE id = 2`,
      'ROLLBACK',
    ],
    NEEDS,
  ),
  leaksBytes(
    'found/subscript-that-merge-sets',
    'the same in the list of columns of MERGE',
    (w) => [
      'BEGIN',
      `MERGE INTO ${on(w).documents} d USING (SELECT 3 AS n) s ON d.id = s.n WHEN NOT MATCHED THEN INSERT (id, body[(SELECT ${w.c} FROM ${w.t} ${w.one})]) VALUES (s.n, '1')`,
      `SELECT body FROM ${on(w).documents} WHERE id = 3`,
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
  leaksBytes(
    'found/default-of-function',
    'a function that a default calls when a row is written',
    (w) => withDefault(w, `${w.subject.plain?.table}`, on(w).scalarFunction),
    OWNS,
  ),
  leaksBytes(
    'found/default-of-procedural-function',
    'the same of one whose body no parser of SQL reads',
    (w) => withDefault(w, on(w).triggered, on(w).proceduralFunction),
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

/** A definition is followed only once it is committed, so this one is taken back. */
const withDefault = (w: Written, table: string, called: string): readonly string[] => [
  `ALTER TABLE ${table} ALTER note SET DEFAULT ${called}(${w.first.key})`,
  `INSERT INTO ${table} (id) VALUES (2000)`,
  `SELECT note FROM ${table} WHERE id = 2000`,
  `ALTER TABLE ${table} ALTER note DROP DEFAULT`,
  `DELETE FROM ${table} WHERE id = 2000`,
];

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
