/** Ways out through views, functions and tables that somebody else made over the column. Append only. */
import { leaksAnswer, leaksBytes, undescribed, type LeakEntry } from '../entry.ts';
import { quotedText, type PlantedObjects, type Written } from '../subject.ts';

const BY_VIEW = "masking by RowDescription's table OID, which is the view's";
const BY_FUNCTION = 'a function whose body the gate would have to read';
const BY_FAMILY = 'a mark on the parent that its children do not have';
const NEEDS = { needs: ['objects'] } as const;

const on = (w: Written): PlantedObjects => w.subject.objects as PlantedObjects;
const id = (w: Written): string => w.first.key;

export const OBJECTS: readonly LeakEntry[] = [
  leaksBytes('view/same-name', BY_VIEW, (w) => [`SELECT card FROM ${on(w).view} WHERE id = ${id(w)}`], NEEDS),
  leaksBytes(
    'view/other-name',
    BY_VIEW,
    (w) => [`SELECT colour FROM ${on(w).renamedView} WHERE id = ${id(w)}`],
    NEEDS,
  ),
  leaksBytes('view/star', BY_VIEW, (w) => [`SELECT * FROM ${on(w).renamedView} WHERE id = ${id(w)}`], NEEDS),
  leaksBytes(
    'view/over-view',
    BY_VIEW,
    (w) => [`SELECT shade FROM ${on(w).viewOverView} WHERE id = ${id(w)}`],
    NEEDS,
  ),
  leaksBytes(
    'view/security-barrier',
    BY_VIEW,
    (w) => [`SELECT card FROM ${on(w).barrierView} WHERE id = ${id(w)}`],
    NEEDS,
  ),
  leaksBytes(
    'view/whole-row',
    BY_VIEW,
    (w) => [`SELECT v FROM ${on(w).renamedView} v WHERE id = ${id(w)}`],
    NEEDS,
  ),
  leaksBytes(
    'view/undescribed',
    BY_VIEW,
    (w) => [undescribed(`SELECT colour FROM ${on(w).renamedView} WHERE id = ${id(w)}`, 'binary')],
    NEEDS,
  ),
  leaksBytes(
    'view/union-of-views',
    BY_VIEW,
    (w) => [`SELECT colour FROM ${on(w).renamedView} UNION SELECT shade FROM ${on(w).viewOverView}`],
    NEEDS,
  ),
  leaksBytes(
    'view/table-to-xml',
    BY_VIEW,
    (w) => [`SELECT table_to_xml(${quotedText(on(w).renamedView)}::regclass, true, false, '')`],
    NEEDS,
  ),
  leaksAnswer(
    'view/filter',
    BY_VIEW,
    (w, guess) => [`SELECT id FROM ${on(w).renamedView} WHERE colour = ${quotedText(guess)}`],
    NEEDS,
  ),
  leaksBytes(
    'matview/select',
    'a copy that the server keeps',
    (w) => [`SELECT c FROM ${on(w).materialized} WHERE id = ${id(w)}`],
    NEEDS,
  ),
  leaksBytes(
    'matview/copy-out',
    'a copy that the server keeps',
    (w) => [`COPY (TABLE ${on(w).materialized}) TO STDOUT`],
    NEEDS,
  ),
  leaksAnswer(
    'matview/filter',
    'a copy that the server keeps',
    (w, guess) => [`SELECT id FROM ${on(w).materialized} WHERE c = ${quotedText(guess)}`],
    NEEDS,
  ),
  leaksBytes(
    'function/set-returning',
    BY_FUNCTION,
    (w) => [`SELECT card FROM ${on(w).tableFunction}() WHERE id = ${id(w)}`],
    NEEDS,
  ),
  leaksBytes('function/set-in-targets', BY_FUNCTION, (w) => [`SELECT ${on(w).tableFunction}()`], NEEDS),
  leaksBytes('function/field-of-set', BY_FUNCTION, (w) => [`SELECT (${on(w).tableFunction}()).card`], NEEDS),
  leaksBytes('function/scalar-sql', BY_FUNCTION, (w) => [`SELECT ${on(w).scalarFunction}(${id(w)})`], NEEDS),
  leaksBytes(
    'function/scalar-plpgsql',
    BY_FUNCTION,
    (w) => [`SELECT ${on(w).proceduralFunction}(${id(w)})`],
    NEEDS,
  ),
  leaksBytes(
    'function/named-argument',
    BY_FUNCTION,
    (w) => [`SELECT ${on(w).proceduralFunction}(wanted => ${id(w)})`],
    NEEDS,
  ),
  leaksBytes(
    'function/in-from',
    BY_FUNCTION,
    (w) => [`SELECT * FROM ${on(w).scalarFunction}(${id(w)}) AS harmless`],
    NEEDS,
  ),
  leaksBytes(
    'function/error-of-result',
    BY_FUNCTION,
    (w) => [`SELECT ('v' || ${on(w).scalarFunction}(${id(w)}))::int`],
    NEEDS,
  ),
  leaksBytes(
    'function/prepared',
    BY_FUNCTION,
    (w) => [`PREPARE s AS SELECT ${on(w).proceduralFunction}($1)`, `EXECUTE s (${id(w)})`],
    NEEDS,
  ),
  leaksBytes(
    'notice/procedure',
    'a procedure that somebody else wrote',
    (w) => [`CALL ${on(w).noticeProcedure}(${id(w)})`],
    NEEDS,
  ),
  leaksBytes(
    'notice/trigger',
    'a trigger that somebody else wrote',
    (w) => ['BEGIN', `UPDATE ${on(w).triggered} SET note = 'x' WHERE id = ${id(w)}`, 'ROLLBACK'],
    NEEDS,
  ),
  leaksBytes(
    'partition/parent',
    BY_FAMILY,
    (w) => [`SELECT card FROM ${on(w).partitioned} WHERE id = ${id(w)}`],
    NEEDS,
  ),
  leaksBytes(
    'partition/child',
    BY_FAMILY,
    (w) => [`SELECT card FROM ${on(w).partition} WHERE id = ${id(w)}`],
    NEEDS,
  ),
  leaksBytes('partition/copy', BY_FAMILY, (w) => [`COPY ${on(w).partition} TO STDOUT`], NEEDS),
  leaksBytes('inheritance/parent', BY_FAMILY, (w) => [`SELECT card FROM ${w.t} WHERE id = 900`], NEEDS),
  leaksBytes('inheritance/child', BY_FAMILY, (w) => [`SELECT card FROM ${on(w).child}`], NEEDS),
  leaksBytes('inheritance/child-star', BY_FAMILY, (w) => [`TABLE ${on(w).child}`], NEEDS),
  leaksBytes(
    'generated/column',
    'a column that the server computes from the marked one',
    (w) => [`SELECT copy FROM ${on(w).generated} WHERE id = ${id(w)}`],
    NEEDS,
  ),
  leaksAnswer(
    'generated/filter',
    'a column that the server computes from the marked one',
    (w, guess) => [`SELECT id FROM ${on(w).generated} WHERE copy = ${quotedText(guess)}`],
    NEEDS,
  ),
  leaksBytes(
    'domain/own-type',
    'a domain of the database',
    (w) => [`SELECT ${w.c}::${on(w).domain} FROM ${w.t} ${w.one}`],
    NEEDS,
  ),
  leaksBytes(
    'composite/populated',
    'a composite type of the database',
    (w) => [`SELECT (ROW(${w.k}, ${w.c})::${on(w).composite}).v FROM ${w.t} ${w.one}`],
    NEEDS,
  ),
  leaksBytes(
    'composite/array-of-own',
    'an array of a composite type',
    (w) => [`SELECT ARRAY[ROW(${w.k}, ${w.c})::${on(w).composite}] FROM ${w.t} ${w.one}`],
    NEEDS,
  ),
];
