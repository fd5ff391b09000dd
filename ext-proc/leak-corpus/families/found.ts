/**
 * Ways out that fuzzing, a review or a user found. The first thing done about a leak is to write it down here.
 * Append only.
 */
import { leaksAnswer, leaksKnowledge, type LeakEntry } from '../entry.ts';
import { quotedText, type PlantedObjects, type Written } from '../subject.ts';

const THROUGH_VIEW = "a use of a view's column, which is a use of the column under it";
const CHOSEN = 'rows that somebody else’s object chooses by the column';
const NEEDS = { needs: ['objects'] } as const;

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
];
