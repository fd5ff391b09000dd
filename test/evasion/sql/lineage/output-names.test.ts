/** The names of unnamed columns, as the servers themselves give them: an outer query may use them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresVersions } from '../../../support/postgres.ts';
import { type SqlDescriber, startSqlDescriber } from '../../../support/sql-describer.ts';
import { LINEAGE_SCHEMA } from './schema.ts';

const EXPRESSIONS: readonly string[] = [
  '(SELECT 1)',
  '(SELECT 1)::text',
  "(SELECT card||'x' FROM people)::text",
  '(VALUES (1))',
  '(VALUES (1))::int',
  '(SELECT id FROM people UNION SELECT 2)::text',
  '(SELECT s.* FROM (SELECT card FROM people) s)',
  '(SELECT s.* FROM (SELECT card FROM people) s)::text',
  '(SELECT CASE WHEN true THEN 1 END)',
  '(SELECT CASE WHEN true THEN 1 END)::text',
  'CASE WHEN true THEN 1 ELSE (SELECT 2) END',
  'CASE WHEN true THEN 1 ELSE (SELECT s.* FROM (SELECT id FROM people) s) END',
  'CASE WHEN true THEN 1 END::text',
  "'x'::text",
  "'x'::varchar(3)",
  '1::int',
  "interval '1'",
  "date '2020-01-01'",
  'ARRAY[1]',
  'ARRAY[1]::int[]',
  'ARRAY(SELECT 1)',
  'EXISTS(SELECT 1)',
  'NOT EXISTS(SELECT 1)',
  '1 = ANY(SELECT 1)',
  'coalesce(1)',
  'nullif(1,2)',
  'greatest(1)',
  'row(1)',
  '(1,2)',
  '(ARRAY[1])[1]',
  '(SELECT p FROM people p LIMIT 1)',
  '((SELECT p FROM people p LIMIT 1)).card',
  "lower('x')",
  "pg_catalog.lower('x')",
  '\'x\' COLLATE "C"',
  'lower(\'x\') COLLATE "C"',
  'current_date',
  'current_user',
  'session_user',
  'user',
  'current_schema',
  'current_role',
  'localtime',
  'current_timestamp(2)',
  'extract(year from now())',
  "position('a' in 'b')",
  "substring('x' from 1)",
  "trim('x')",
  "overlay('x' placing 'y' from 1)",
  "now() at time zone 'UTC'",
  '1 is null',
  'true',
  '-1',
  '1+1',
  "'a' like 'b'",
  'xmlelement(name x)',
  'xmlforest(1 as a)',
  "json_object('a': 1)",
  'json_array(1)',
  "json_query('{}', '$')",
  "json_value('{}', '$')",
  "json_exists('{}', '$')",
  "json('1')",
  'json_scalar(1)',
  "json_serialize('1')",
  'json_arrayagg(1)',
  "json_objectagg('a': 1)",
  'cast(1 as text)',
  "int4 '1'",
  "'1'::pg_catalog.int4",
  'null',
  '\'x\'::"char"',
  'count(*)',
  "normalize('x')",
  "'x' is normalized",
  'now()::date',
  '(now())::date',
  '1::numeric(3,1)',
  "'x'::char(3)",
  "b'1'::bit varying",
  'xmlserialize(content xmlelement(name x) as text)',
  "collation for ('x')",
  '(1,2) overlaps (3,4)',
  'system_user',
  'array_agg(1)',
  "('{}'::jsonb)['a']",
  '(ARRAY[1,2])[1:2]',
];

describe.each(postgresVersions)('on PostgreSQL $version', ({ binaries }) => {
  let sql: SqlDescriber;
  beforeAll(async () => {
    sql = await startSqlDescriber(LINEAGE_SCHEMA, binaries);
  });
  afterAll(() => sql.stop());

  it.each(EXPRESSIONS)('names %s as the server does', async (expression) => {
    const statement = `SELECT ${expression}`;
    const [described] = await sql.describe(statement);
    const outputs = described?.description.outputs;
    const names = await sql.client.query({ text: statement, rowMode: 'array' }).then(
      ({ fields }) => fields.map(({ name }) => name),
      () => undefined,
    );
    // An older server does not know some of the grammar.
    if (names !== undefined && outputs !== undefined) expect(outputs.map(({ name }) => name)).toEqual(names);
    else expect(outputs === undefined || names === undefined).toBe(true);
  });
});
