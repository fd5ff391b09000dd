/**
 * What the corpus tries to get out: one column whose values the tool knows. Owns how the column and its table are
 * written in SQL, and the wrong guess that a question is asked with a second time. Knows no connection.
 */

/** `key` is a literal of SQL: `7`, `'K-7'`. */
export interface KnownRow {
  readonly key: string;
  readonly value: string;
}

/** Objects over the column that only a schema of the tool's own has; each is written as SQL names it. */
export interface PlantedObjects {
  readonly view: string;
  readonly renamedView: string;
  readonly viewOverView: string;
  readonly barrierView: string;
  readonly materialized: string;
  readonly partitioned: string;
  readonly partition: string;
  readonly child: string;
  /** Returns SETOF the table. */
  readonly tableFunction: string;
  /** Takes a key and returns the value. */
  readonly scalarFunction: string;
  /** The same in PL/pgSQL, which no parser of SQL looks into. */
  readonly proceduralFunction: string;
  /** Has the keys of the rows whose value ends in an even digit. */
  readonly choosingView: string;
  /** Says of a key whether its value ends in an even digit. */
  readonly choosingFunction: string;
  /** A procedure that raises the value of a key as a notice. */
  readonly noticeProcedure: string;
  /** Has `source` and `copy GENERATED ALWAYS AS`. */
  readonly generated: string;
  /** Has `shown`, which is generated of nothing that is marked, and an heir whose own is made of the column. */
  readonly heirGenerated: string;
  /** Partitioned by whether the value ends in an even digit. */
  readonly partitionedByValue: string;
  /** Its partition of the even ones. */
  readonly evenPartition: string;
  /** One row with the id 1; `doc` is of type jsonb, and nobody marks it. */
  readonly documents: string;
  /** A domain over text. */
  readonly domain: string;
  /** A composite type of a key and a value. */
  readonly composite: string;
  /** Updating it prints the value of the row in a notice, by a trigger. */
  readonly triggered: string;
  /** Copies of the rows; the value is a key that is checked when the transaction ends. */
  readonly deferred: string;
  /** Copies of the rows; a row that is updated is sent whole to the channel `leak_me_changes`. */
  readonly notified: string;
  /** Takes a key, and puts the value into the plain table's row 2. In SQL, which can be read. */
  readonly keepingFunction: string;
  /** Makes a temporary table of all keys and values under the plain table's name, with its columns. */
  readonly asideFunction: string;
  /** Takes a name and opens a cursor of it over all keys and values. */
  readonly openingFunction: string;
}

export interface Subject {
  readonly ground: 'sample' | 'planted' | 'marked';
  readonly schema: string;
  readonly relation: string;
  readonly column: string;
  readonly key: string;
  /** Two or more; the first of them is what most entries ask for. */
  readonly rows: readonly KnownRow[];
  /** What the search looks for: the part of each value that nobody could know without the database. */
  readonly secrets: readonly string[];
  /** A table of the same database with a text column that nobody marks; writes to it are rolled back. */
  readonly plain: PlainTable | undefined;
  readonly objects: PlantedObjects | undefined;
}

export interface PlainTable {
  readonly table: string;
  readonly column: string;
  /** Columns and expressions beside the text column that an INSERT needs. */
  readonly others: readonly (readonly [column: string, expression: string])[];
  /** Names one existing row for UPDATE. */
  readonly where: string;
}

/** The pieces that statements are made of. */
export interface Written {
  /** The table with its schema. */
  readonly t: string;
  /** The column. */
  readonly c: string;
  /** The column of the key. */
  readonly k: string;
  /** `WHERE key = first`. */
  readonly one: string;
  /** `WHERE key IN (…)` of up to three known rows. */
  readonly few: string;
  readonly first: KnownRow;
  readonly second: KnownRow;
  readonly subject: Subject;
}

export function written(subject: Subject): Written {
  const [first, second] = subject.rows;
  if (first === undefined || second === undefined) throw new Error('a subject has two known rows or more');
  const k = quotedName(subject.key);
  const keys = subject.rows.slice(0, 3).map((row) => row.key);
  return {
    t: `${quotedName(subject.schema)}.${quotedName(subject.relation)}`,
    c: quotedName(subject.column),
    k,
    one: `WHERE ${k} = ${first.key}`,
    few: `WHERE ${k} IN (${keys.join(', ')})`,
    first,
    second,
    subject,
  };
}

/** Quoted only where it must be: proxies that compare texts are to be met as clients write. */
export const quotedName = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;

export const quotedText = (text: string): string =>
  text.includes('\\')
    ? ` E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
    : `'${text.replaceAll("'", "''")}'`;

/** Of the same shape, and no known value: every digit and letter is the next one. */
export function wrongGuess(value: string): string {
  return value.replaceAll(/[0-9A-Za-z]/g, (character) => {
    if (character === '9') return '0';
    if (character === 'z') return 'a';
    if (character === 'Z') return 'A';
    return String.fromCharCode(character.charCodeAt(0) + 1);
  });
}
