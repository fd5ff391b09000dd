/**
 * Databases that are the same but for the values of one column each, and what one statement gives in each of them. If
 * it gives different things, it told of that column: the plainest definition of a leak that there is.
 */
import { Client } from 'pg';
import type { SqlDescriber } from '../../../support/sql-describer.ts';
import { LINEAGE_SCHEMA, rowsOf, SECRET_COLUMNS } from './schema.ts';

export interface Answer {
  /** The SQLSTATE, where it failed. */
  readonly error: string | undefined;
  readonly fields: readonly Field[];
  /** As the server prints them. */
  readonly rows: readonly (readonly (string | null)[])[];
}

export interface Field {
  readonly name: string;
  readonly tableOid: number;
  readonly attribute: number;
}

export interface DifferingDatabases {
  /** In the usual database. */
  answer(statement: string): Promise<Answer>;
  /** In the one that differs in the column. */
  answerWithout(column: string, statement: string): Promise<Answer>;
  /** `schema.table.column` by the numbers of a RowDescription. */
  readonly columns: ReadonlyMap<string, string>;
  stop(): Promise<void>;
}

export async function startDifferingDatabases(sql: SqlDescriber): Promise<DifferingDatabases> {
  const usual = sql.client;
  // Statistics that come and go change plans, and with them the order of rows.
  await usual.query('ALTER SYSTEM SET autovacuum = off');
  await usual.query('SELECT pg_reload_conf()');
  await usual.query(rowsOf(new Set()));
  const others = new Map<string, Client>();
  for (const [index, column] of Object.keys(SECRET_COLUMNS).entries()) {
    await usual.query(`CREATE DATABASE other_${index}`);
    const client = new Client({ ...sql.server, user: 'postgres', database: `other_${index}` });
    await client.connect();
    await client.query(LINEAGE_SCHEMA);
    await client.query(rowsOf(new Set([column])));
    others.set(column, client);
  }
  for (const client of [usual, ...others.values()])
    await client.query(
      `SET statement_timeout = 2000; SET max_parallel_workers_per_gather = 0; SET jit = off`,
    );
  const { rows } = await usual.query<{ oid: number; number: number; name: string }>(`
    SELECT a.attrelid AS oid, a.attnum AS number, n.nspname || '.' || c.relname || '.' || a.attname AS name
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE a.attnum > 0`);
  return {
    answer: (statement) => ask(usual, statement),
    answerWithout: (column, statement) => ask(others.get(column) as Client, statement),
    columns: new Map(rows.map(({ oid, number, name }) => [`${oid}/${number}`, name])),
    stop: async () => {
      for (const client of others.values()) await client.end();
    },
  };
}

/** Runs it and undoes it. */
async function ask(client: Client, statement: string): Promise<Answer> {
  await client.query('BEGIN');
  try {
    const result = await client.query<(string | null)[]>({
      text: statement,
      rowMode: 'array',
      types: { getTypeParser: () => (text: string) => text },
    });
    const fields = result.fields.map(({ name, tableID, columnID }) => ({
      name,
      tableOid: tableID,
      attribute: columnID,
    }));
    return { error: undefined, fields, rows: result.rows };
  } catch (error) {
    return { error: (error as { code?: string }).code ?? 'unknown', fields: [], rows: [] };
  } finally {
    await client.query('ROLLBACK');
  }
}
