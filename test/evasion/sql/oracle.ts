/**
 * What PostgreSQL itself makes of a statement: it is stored as the body of an SQL function, whose analysed tree and
 * dependencies say which relations, columns and functions its names stand for.
 */
import type { Client } from 'pg';

export interface Analysed {
  readonly relations: readonly string[];
  /** `schema.table.column`; those of the system's own tables are not stored. */
  readonly columns: readonly string[];
  /** Outside pg_catalog. */
  readonly functions: readonly string[];
}

/** Undefined where PostgreSQL refuses the statement. */
export async function analyse(client: Client, statement: string): Promise<Analysed | undefined> {
  await client.query('BEGIN');
  try {
    await client.query(
      `CREATE FUNCTION public.oracle_of_it() RETURNS void LANGUAGE sql BEGIN ATOMIC ${statement}; END`,
    );
    const { rows } = await client.query<Record<keyof Analysed, string[] | null>>(`
      WITH body AS (SELECT oid, prosqlbody::text AS tree FROM pg_catalog.pg_proc WHERE proname = 'oracle_of_it'),
      named AS (
        SELECT DISTINCT m[1] AS what, m[2]::oid AS oid
        FROM body, LATERAL regexp_matches(tree, ':(relid|funcid|aggfnoid|winfnoid) ([1-9][0-9]*)', 'g') m)
      SELECT
        (SELECT array_agg(n.nspname || '.' || c.relname) FROM named
          JOIN pg_catalog.pg_class c ON c.oid = named.oid AND what = 'relid' JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        ) AS relations,
        (SELECT array_agg(DISTINCT n.nspname || '.' || c.relname || '.' || a.attname) FROM body
          JOIN pg_catalog.pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = body.oid
            AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
          JOIN pg_catalog.pg_class c ON c.oid = d.refobjid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
        ) AS columns,
        (SELECT array_agg(DISTINCT n.nspname || '.' || p.proname) FROM named
          JOIN pg_catalog.pg_proc p ON p.oid = named.oid AND what <> 'relid' JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
          WHERE n.nspname <> 'pg_catalog'
        ) AS functions`);
    const row = rows[0];
    return { relations: row?.relations ?? [], columns: row?.columns ?? [], functions: row?.functions ?? [] };
  } catch {
    return undefined;
  } finally {
    await client.query('ROLLBACK');
  }
}
