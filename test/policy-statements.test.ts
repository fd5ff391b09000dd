/**
 * SQL as an agent would send it to the sample database, described from a real server's catalogue and decided by the
 * default library: description and rules must mean the same by every verb, trait and name.
 */
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCatalogue, type Catalogue } from '../ext-proc/adapters/catalogue/catalogue.ts';
import { createPolicyEngine, type OpaPolicyEngine } from '../ext-proc/adapters/opa-policy/engine.ts';
import { createStatementDescriber, type Describer } from '../ext-proc/adapters/statement-describer.ts';
import type { Decision } from '../ext-proc/domain/decision.ts';
import type { NameContext } from '../ext-proc/domain/ports.ts';
import { Secret } from '../ext-proc/domain/secret.ts';
import {
  changeBundle,
  copyBundle,
  DEFAULT_BUNDLE,
  policyInput,
  QUIET,
  type InputOptions,
} from './support/policy.ts';
import { startSamplePostgres } from './support/postgres.ts';

let sample: Awaited<ReturnType<typeof startSamplePostgres>>;
let catalogue: Catalogue;
let describer: Describer;
let library: OpaPolicyEngine;

beforeAll(async () => {
  sample = await startSamplePostgres();
  const { host, port } = sample.server;
  catalogue = createCatalogue({
    upstream: 'app',
    connect: { host, port },
    tls: { mode: 'verify-full', ca: sample.ca, serverName: 'localhost' },
    user: 'gatehouse_catalogue',
    password: async () => new Secret(await readFile(sample.passwordFiles.gatehouse_catalogue, 'utf8')),
    refreshMs: 60_000,
    log: QUIET,
    monotonicMs: () => performance.now(),
  });
  describer = createStatementDescriber({ catalogueOf: () => catalogue });
  library = await createPolicyEngine({ bundleFile: DEFAULT_BUNDLE, log: QUIET });
});
afterAll(async () => {
  library.close();
  await describer.close();
  await catalogue.close();
  await sample.stop();
});

const context: NameContext = {
  upstream: 'app',
  database: 'app',
  searchPath: ['"$user"', 'public'],
  role: 'app_developer',
  temporaryNames: new Set(),
};

async function decide(sql: string, options?: InputOptions): Promise<Decision> {
  const { statements } = await describer.describe(sql, context);
  expect(statements).toHaveLength(1);
  const { description, text } = statements[0]!;
  return library.decide(policyInput(description, { text, ...options }));
}

describe('lets a developer', () => {
  test.each([
    'SELECT name, email FROM people',
    'SELECT * FROM people WHERE id = 7',
    'SELECT p.name, count(*), sum(o.total) FROM people p JOIN orders o ON o.person_id = p.id GROUP BY p.name',
    'WITH big AS (SELECT * FROM orders WHERE total > 10000) SELECT count(*) FROM big',
    'SELECT * FROM people_contacts LIMIT 5',
    'SELECT now(), random(), gen_random_uuid(), current_setting($$TimeZone$$)',
    "INSERT INTO people (id, name) VALUES (100001, 'A')",
    "UPDATE people SET notes = 'x' WHERE id = 7",
    'DELETE FROM people WHERE id = 7 RETURNING id',
    'SELECT * FROM people WHERE id = 7 FOR UPDATE',
    'EXPLAIN SELECT * FROM people',
    'EXPLAIN ANALYZE SELECT * FROM people',
    'EXPLAIN DELETE FROM people',
    'COPY people TO STDOUT',
    'COPY (SELECT name FROM people) TO STDOUT (FORMAT csv)',
    'COPY people FROM STDIN',
    'PREPARE p AS SELECT * FROM people WHERE id = $1',
    'DECLARE c CURSOR FOR SELECT * FROM people',
    'FETCH 10 FROM c',
    'BEGIN',
    'BEGIN ISOLATION LEVEL SERIALIZABLE',
    'COMMIT',
    'SAVEPOINT s',
    'ROLLBACK TO s',
    'DEALLOCATE ALL',
    'DISCARD ALL',
    'SET statement_timeout = 1000',
    "SET search_path = 'public'",
    "SET client_encoding = 'UTF8'",
    "SET application_name = 'x'",
    'SET extra_float_digits = 3',
    'RESET ALL',
    'SHOW server_version',
    'SHOW standard_conforming_strings',
    "SELECT pg_catalog.set_config('search_path', '', false)",
    'SELECT pg_catalog.pg_size_pretty(pg_catalog.pg_total_relation_size($$people$$))',
    'SELECT table_name FROM information_schema.tables',
    'SELECT relname FROM pg_catalog.pg_class WHERE pg_catalog.pg_table_is_visible(oid)',
    'SELECT rolname FROM pg_roles',
    'TABLE people',
    'VALUES (1), (2)',
    '',
  ])('%s', async (sql) => {
    expect(await decide(sql)).toMatchObject({ verdict: 'allow', rule: 'postgres.access.granted' });
  });
});

describe('denies a developer', () => {
  test.each([
    ['DELETE FROM people', 'destructive.delete_without_where'],
    ['DELETE FROM people WHERE true', 'destructive.delete_without_where'],
    ['DELETE FROM people WHERE 1 = 1', 'destructive.delete_without_where'],
    [
      'WITH gone AS (DELETE FROM people RETURNING *) SELECT count(*) FROM gone',
      'destructive.delete_without_where',
    ],
    ['EXPLAIN ANALYZE DELETE FROM people', 'destructive.delete_without_where'],
    ['PREPARE d AS DELETE FROM people', 'destructive.delete_without_where'],
    ["UPDATE people SET notes = ''", 'destructive.update_without_where'],
    ['TRUNCATE people', 'destructive.truncate'],
    ['DROP TABLE people', 'destructive.drop'],
    ['DROP SCHEMA public CASCADE', 'destructive.drop'],
    ['ALTER TABLE people ADD COLUMN x int', 'destructive.alter'],
    ['ALTER TABLE people RENAME TO persons', 'destructive.alter'],
    ['CREATE TABLE t (x int)', 'access.capability'],
    ['CREATE TABLE t AS SELECT * FROM people', 'access.capability'],
    ['SELECT * INTO t FROM people', 'access.capability'],
    ['CREATE INDEX ON people (name)', 'access.capability'],
    ['VACUUM people', 'access.capability'],
    ['GRANT SELECT ON people TO public', 'privilege.grant_revoke'],
    ['REVOKE ALL ON people FROM app_readonly', 'privilege.grant_revoke'],
    ['ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO public', 'privilege.grant_revoke'],
    ["CREATE ROLE x PASSWORD 'y'", 'privilege.roles'],
    ['ALTER ROLE app_developer SUPERUSER', 'privilege.roles'],
    ['REASSIGN OWNED BY app_developer TO postgres', 'privilege.roles'],
    ['CREATE POLICY p ON people USING (true)', 'privilege.row_security'],
    ['SET ROLE postgres', 'privilege.set_role'],
    ['SET LOCAL ROLE postgres', 'privilege.set_role'],
    ['SET SESSION AUTHORIZATION postgres', 'privilege.set_role'],
    ["SELECT set_config('role', 'postgres', false)", 'privilege.set_role'],
    ["SELECT set_config('ro' || 'le', 'postgres', false)", 'privilege.set_role'],
    ["SELECT set_config('work_mem', '1GB', false) FROM people", 'session.set_config'],
    ["ALTER SYSTEM SET log_statement = 'none'", 'server.alter_system'],
    ["COPY people TO PROGRAM 'sh'", 'server.copy_program'],
    ["COPY people FROM '/etc/passwd'", 'server.copy_file'],
    ['CREATE EXTENSION dblink', 'server.extension'],
    ["LOAD 'x'", 'server.extension'],
    ['CREATE SERVER s FOREIGN DATA WRAPPER w', 'server.foreign'],
    ['IMPORT FOREIGN SCHEMA a FROM SERVER s INTO public', 'server.foreign'],
    ["CREATE SUBSCRIPTION s CONNECTION 'host=x' PUBLICATION p", 'server.replication'],
    ['CREATE DATABASE x', 'server.storage'],
    ["DO 'BEGIN END'", 'code.anonymous_block'],
    ['CALL nothing()', 'code.call'],
    ["CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", 'code.define_code'],
    ['CREATE TRIGGER t BEFORE INSERT ON people EXECUTE FUNCTION f()', 'code.define_code'],
    ["SELECT pg_read_file('/etc/passwd')", 'functions.dangerous'],
    ["SELECT pg_ls_dir('.')", 'functions.dangerous'],
    ["SELECT lo_import('/etc/passwd')", 'functions.dangerous'],
    ['SELECT pg_terminate_backend(1)', 'functions.dangerous'],
    ['SELECT pg_sleep(1000)', 'functions.dangerous'],
    ["SELECT table_to_xml('people', true, true, '')", 'functions.dangerous'],
    ["SELECT query_to_xml('DELETE FROM people', true, true, '')", 'functions.dynamic_sql'],
    ["SELECT * FROM ts_stat('SELECT 1')", 'functions.dynamic_sql'],
    ["SELECT * FROM find_people('kowalski')", 'functions.unlisted'],
    ['SELECT pg_advisory_lock(1)', 'functions.unreviewed'],
    ["SELECT setval('s', 1)", 'functions.unreviewed'],
    ['SELECT * FROM pg_authid', 'catalog.secrets'],
    ['SELECT * FROM pg_stats', 'catalog.secrets'],
    ['SELECT query FROM pg_stat_activity', 'catalog.secrets'],
    ['UPDATE pg_catalog.pg_class SET relname = relname WHERE oid = 1', 'catalog.writes'],
    ['SET standard_conforming_strings = off', 'session.parser_settings'],
    ["SET client_encoding = 'SJIS'", 'session.parser_settings'],
    ['SET session_replication_role = replica', 'session.protected_settings'],
    ['LISTEN x', 'session.listen_notify'],
    ["NOTIFY x, 'y'", 'session.listen_notify'],
    ["PREPARE TRANSACTION 'x'", 'session.two_phase'],
    ['SELEC * FROM people', 'statement.unknown'],
    ['SELECT * FROM nothing', 'statement.unknown'],
    ['SELECT nothing()', 'statement.unknown'],
    ['EXECUTE nothing', 'statement.unknown'],
    ['EXPLAIN ANALYZE EXECUTE nothing', 'statement.unknown'],
  ])('%s', async (sql, rule) => {
    const decision = await decide(sql);
    expect(decision).toMatchObject({ verdict: 'deny', rule: `postgres.${rule}` });
    expect(decision.reason).toMatch(/^[A-Za-z][^\n]{15,400}\.$/);
  });
});

describe('denies a reader', () => {
  test.each([
    ["INSERT INTO people (id, name) VALUES (100001, 'A')", 'access.capability'],
    ['DELETE FROM people WHERE id = 7', 'access.capability'],
    ['SELECT * FROM people FOR UPDATE', 'access.capability'],
    ['SELECT * FROM people FOR KEY SHARE', 'access.capability'],
    ['WITH w AS (UPDATE people SET notes = $1 WHERE id = 1) SELECT 1', 'access.capability'],
    ['COPY people FROM STDIN', 'access.capability'],
    ['LOCK TABLE people', 'access.capability'],
    ['PREPARE p AS DELETE FROM people WHERE id = 1', 'access.capability'],
    ['EXPLAIN ANALYZE DELETE FROM people WHERE id = 1', 'access.capability'],
  ])('%s', async (sql, rule) => {
    expect(await decide(sql, { groups: ['readers'] })).toMatchObject({
      verdict: 'deny',
      rule: `postgres.${rule}`,
    });
  });

  test('nothing that only reads', async () => {
    for (const sql of [
      'SELECT * FROM people',
      'EXPLAIN DELETE FROM people',
      'BEGIN',
      'SET statement_timeout = 1',
      'DECLARE c CURSOR FOR SELECT * FROM people',
      'COPY people TO STDOUT',
      'SELECT random(), pg_relation_size($$people$$)',
      "SELECT conrelid::regclass FROM pg_constraint WHERE conrelid IN (SELECT pg_partition_ancestors('people'))",
    ]) {
      expect(await decide(sql, { groups: ['readers'] }), sql).toMatchObject({ verdict: 'allow' });
    }
  });
});

/** psql prints the queries of its own commands before it runs them. */
const psql = spawnSync('psql', ['--version']).status === 0;

test.skipIf(!psql)('a reader may look around with psql’s own commands', async () => {
  const { host, port, user, password } = sample.server;
  const target = `host=${host} port=${port} user=${user} dbname=${sample.database} sslmode=require`;
  for (const command of [
    String.raw`\d`,
    String.raw`\d people`,
    String.raw`\d+ people_contacts`,
    String.raw`\dt+`,
    String.raw`\di+`,
    String.raw`\df`,
    String.raw`\dn+`,
    String.raw`\du`,
    String.raw`\dp`,
    String.raw`\dx`,
    String.raw`\sv people_contacts`,
  ]) {
    const options = { encoding: 'utf8', env: { ...process.env, PGPASSWORD: password } } as const;
    const { stdout } = spawnSync('psql', ['-X', '-E', '-c', command, target], options);
    const queries = [...stdout.matchAll(/^\*+ QUERY \*+\n(.*?)\n^\*+$/gms)].map(([, query]) => query ?? '');
    expect(queries.length, command).toBeGreaterThan(0);
    for (const query of queries) {
      const { verdict, rule, reason } = await decide(query, { groups: ['readers'] });
      expect({ verdict, rule, reason }, query).toMatchObject({ verdict: 'allow' });
    }
  }
});

test('a developer’s write in production is held, and a dangerous one is denied', async () => {
  const production: InputOptions = { labels: { env: 'prod' } };
  expect(await decide('UPDATE people SET notes = $1 WHERE id = 1', production)).toMatchObject({
    verdict: 'hold',
  });
  expect(await decide('UPDATE people SET notes = $1', production)).toMatchObject({ verdict: 'deny' });
  expect(await decide('SELECT * FROM people', production)).toMatchObject({ verdict: 'allow' });
});

test("the sample's function is let through once the policy lists it, and no other is", async () => {
  const { folder, dispose } = await copyBundle(DEFAULT_BUNDLE);
  const data = JSON.parse(await readFile(join(folder, 'data.json'), 'utf8')) as {
    settings: { postgres: { functions: { allowed: string[] } } };
  };
  data.settings.postgres.functions.allowed = ['public.find_people'];
  await changeBundle(folder, { data });
  const listing = await createPolicyEngine({ bundleFile: folder, log: QUIET });
  try {
    for (const [sql, verdict] of [
      ["SELECT name FROM find_people('kowalski')", 'allow'],
      ["SELECT name FROM find_people(pg_read_file('/etc/passwd'))", 'deny'],
    ] as const) {
      const { statements } = await describer.describe(sql, context);
      const { description, text } = statements[0]!;
      expect(listing.decide(policyInput(description, { text })), sql).toMatchObject({ verdict });
    }
  } finally {
    listing.close();
    await dispose();
  }
});
