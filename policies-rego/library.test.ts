/** The built default library, decision by decision, as the gate evaluates it: no `opa` is needed here. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Decision } from '../ext-proc/domain/decision.ts';
import type { StatementDescription } from '../ext-proc/domain/statement.ts';
import { createPolicyEngine, type OpaPolicyEngine } from '../ext-proc/adapters/opa-policy/engine.ts';
import {
  ALLOW_ALL_BUNDLE,
  builtin,
  changeBundle,
  copyBundle,
  DEFAULT_BUNDLE,
  description,
  policyInput,
  PEOPLE,
  QUIET,
  type InputOptions,
} from '../test/support/policy.ts';

let library: OpaPolicyEngine;
let allowAll: OpaPolicyEngine;
beforeAll(async () => {
  library = await createPolicyEngine({ bundleFile: DEFAULT_BUNDLE, log: QUIET });
  allowAll = await createPolicyEngine({ bundleFile: ALLOW_ALL_BUNDLE, log: QUIET });
});
afterAll(() => {
  library.close();
  allowAll.close();
});

type Case = readonly [sql: string, fields: Partial<StatementDescription>, options?: InputOptions];

const named = (cases: readonly Case[]) => cases.map(([sql, fields, options]) => ({ sql, fields, options }));

const written = { ...PEOPLE, access: 'write' } as const;
const insert = { verb: 'INSERT', writes: true, relations: [written] };
const update = { verb: 'UPDATE', writes: true, relations: [written] };
const remove = { verb: 'DELETE', writes: true, relations: [written] };
const removeAll = { ...remove, unfiltered: ['public.people'] };
const define = (verb: string): Partial<StatementDescription> => ({
  verb,
  writes: true,
  defines: true,
  relations: [],
});
const system = (name: string): Partial<StatementDescription> => ({
  relations: [{ ...PEOPLE, schema: 'pg_catalog', name, qualified: `pg_catalog.${name}`, kind: 'system' }],
});
const calling = (name: string, schema = 'pg_catalog', volatility: 'stable' | 'volatile' = 'volatile') => ({
  functions: [{ ...builtin(name, volatility), schema }],
});
const set = (name: string, value: string | undefined): Partial<StatementDescription> => ({
  verb: 'SET',
  relations: [],
  setting: { name, value, local: false },
});
const PROD: InputOptions = { labels: { env: 'prod' } };
const READER: InputOptions = { groups: ['readers'] };
const OWNER: InputOptions = { groups: ['schema-owners'] };

describe('allows', () => {
  const cases: readonly Case[] = [
    ['SELECT name FROM people', {}],
    ['SELECT name FROM people, in production', {}, PROD],
    ['SELECT name FROM people, by a reader', {}, READER],
    ['SELECT name FROM people, by a read-only agent', {}, { groups: ['readonly'] }],
    [
      'SELECT count(*), now(), random() FROM people',
      { functions: [builtin('count', 'immutable'), builtin('now'), builtin('random', 'volatile')] },
    ],
    ['INSERT INTO people …', insert],
    ['UPDATE people SET … WHERE id = 1', update],
    ['DELETE FROM people WHERE id = 1', remove],
    ['DELETE FROM people WHERE id = $1, bound', remove, { kind: 'postgres.execute', parameters: ['1'] }],
    ['COPY people TO STDOUT', { verb: 'COPY', traits: ['copy_out'] }],
    ['COPY people FROM STDIN', { verb: 'COPY', writes: true, relations: [written], traits: ['copy_in'] }],
    ['EXPLAIN DELETE FROM people', { verb: 'EXPLAIN', inner: description(removeAll) }],
    ['PREPARE p AS SELECT …', { verb: 'PREPARE', subject: 'p', traits: ['prepared'], inner: description() }],
    ['BEGIN', { verb: 'BEGIN', relations: [], traits: ['transaction_control'] }],
    ['ROLLBACK TO s', { verb: 'ROLLBACK TO', relations: [], traits: ['transaction_control'] }],
    ['SET statement_timeout = 1000', set('statement_timeout', '1000')],
    ['SET search_path = public', { ...set('search_path', 'public'), traits: ['search_path_change'] }],
    [
      "SELECT set_config('search_path', '', false)",
      {
        ...calling('set_config'),
        writes: true,
        traits: ['set_config'],
        setting: { name: 'search_path', value: '', local: false },
      },
    ],
    [
      'SHOW standard_conforming_strings',
      {
        verb: 'SHOW',
        relations: [],
        setting: { name: 'standard_conforming_strings', value: undefined, local: false },
      },
    ],
    ['DISCARD ALL', { verb: 'DISCARD', relations: [], traits: ['discard', 'search_path_change'] }],
    ['an empty query', { verb: 'EMPTY', relations: [] }],
    [
      'psql’s \\dt+',
      {
        ...system('pg_class'),
        functions: [builtin('pg_table_is_visible'), builtin('pg_total_relation_size', 'volatile')],
      },
    ],
    ['psql’s \\du', system('pg_roles')],
    ['CREATE TABLE, by a schema owner', define('CREATE TABLE'), OWNER],
    ['DROP TABLE in development, by a schema owner', define('DROP TABLE'), OWNER],
    ['a connection', {}, { kind: 'postgres.connect' }],
  ];
  test.each(named(cases))('$sql', ({ fields, options }) => {
    expect(library.decide(policyInput(fields, options))).toMatchObject({
      verdict: 'allow',
      rule: 'postgres.access.granted',
    });
  });
});

describe('holds', () => {
  const cases: readonly Case[] = [
    ['an UPDATE in production', update, PROD],
    ['an INSERT where the upstream has no label', insert, { labels: {} }],
    ['CREATE TABLE in production, by a schema owner', define('CREATE TABLE'), { ...OWNER, ...PROD }],
  ];
  test.each(named(cases))('$sql', ({ fields, options }) => {
    expect(library.decide(policyInput(fields, options))).toMatchObject({
      verdict: 'hold',
      rule: 'postgres.environment.protected_write',
    });
  });
});

describe('denies', () => {
  const cases: readonly (readonly [rule: string, ...Case])[] = [
    ['access.unknown_group', 'anything of a principal without groups', {}, { groups: [] }],
    ['access.unknown_group', 'anything of an unknown group', {}, { groups: ['strangers'] }],
    [
      'access.unknown_group',
      'a connection of an unknown group',
      {},
      { groups: ['strangers'], kind: 'postgres.connect' },
    ],
    ['access.capability', 'an INSERT of a reader', insert, READER],
    ['access.capability', 'SELECT … FOR UPDATE of a reader', { traits: ['for_update'] }, READER],
    ['access.capability', 'nextval of a reader', { ...calling('nextval'), writes: true }, READER],
    [
      'access.capability',
      'SELECT INTO of a developer',
      { verb: 'SELECT INTO', verbs: ['SELECT INTO', 'SELECT'], writes: true },
    ],
    ['access.capability', 'CREATE TABLE of a developer', define('CREATE TABLE')],
    [
      'access.read_only_agent',
      'an UPDATE of a read-only developer',
      update,
      { groups: ['readonly', 'developers'] },
    ],
    ['environment.protected_write', 'an UPDATE of a reader in production', update, { ...READER, ...PROD }],
    ['destructive.delete_without_where', 'DELETE FROM people', removeAll],
    [
      'destructive.delete_without_where',
      'WITH d AS (DELETE FROM people …) SELECT …',
      { verbs: ['SELECT', 'DELETE'], writes: true, unfiltered: ['public.people'] },
    ],
    [
      'destructive.delete_without_where',
      'EXPLAIN ANALYZE DELETE FROM people',
      {
        verb: 'EXPLAIN',
        verbs: ['EXPLAIN', 'DELETE'],
        traits: ['explain_analyze'],
        writes: true,
        unfiltered: ['public.people'],
        inner: description(removeAll),
      },
    ],
    [
      'destructive.delete_without_where',
      'PREPARE d AS DELETE FROM people',
      { verb: 'PREPARE', inner: description(removeAll) },
    ],
    [
      'destructive.update_without_where',
      'UPDATE people SET name = …',
      { ...update, unfiltered: ['public.people'] },
    ],
    ['destructive.truncate', 'TRUNCATE people', { verb: 'TRUNCATE', writes: true }],
    ['destructive.drop', 'DROP TABLE people', define('DROP TABLE')],
    [
      'destructive.drop',
      'DROP TABLE in production, by a schema owner',
      define('DROP TABLE'),
      { ...OWNER, ...PROD },
    ],
    ['destructive.alter', 'ALTER TABLE people …', define('ALTER TABLE')],
    ['privilege.grant_revoke', 'GRANT … ON people TO …', define('GRANT'), OWNER],
    ['privilege.roles', 'CREATE ROLE …', define('CREATE ROLE'), OWNER],
    ['privilege.row_security', 'DROP POLICY …', define('DROP POLICY'), OWNER],
    ['privilege.set_role', 'SET ROLE app_owner', { ...set('role', 'app_owner'), traits: ['set_role'] }],
    [
      'privilege.set_role',
      'SET SESSION AUTHORIZATION …',
      { ...set('session_authorization', 'x'), traits: ['set_session_authorization'] },
    ],
    [
      'privilege.set_role',
      "SELECT set_config('role', …)",
      {
        ...calling('set_config'),
        traits: ['set_config', 'set_role'],
        setting: { name: 'role', value: 'x', local: false },
      },
    ],
    [
      'session.set_config',
      'set_config with a name that is not constant',
      { ...calling('set_config'), traits: ['set_config'] },
    ],
    ['server.alter_system', 'ALTER SYSTEM SET …', define('ALTER SYSTEM'), OWNER],
    [
      'server.copy_program',
      'COPY … FROM PROGRAM …',
      { verb: 'COPY', writes: true, traits: ['copy_program'] },
    ],
    ['server.copy_file', 'COPY … TO a file', { verb: 'COPY', writes: true, traits: ['copy_file'] }],
    ['server.extension', 'CREATE EXTENSION …', define('CREATE EXTENSION'), OWNER],
    [
      'server.extension',
      'LOAD …',
      { verb: 'LOAD', writes: true, relations: [], traits: ['load_library', 'file_access'] },
      OWNER,
    ],
    ['server.foreign', 'CREATE SERVER …', { ...define('CREATE SERVER'), traits: ['network_access'] }, OWNER],
    ['server.foreign', 'IMPORT FOREIGN SCHEMA …', define('IMPORT FOREIGN SCHEMA'), OWNER],
    ['server.replication', 'CREATE SUBSCRIPTION …', define('CREATE SUBSCRIPTION'), OWNER],
    ['server.storage', 'DROP DATABASE …', define('DROP DATABASE'), OWNER],
    [
      'code.anonymous_block',
      'DO …',
      { verb: 'DO', writes: true, complete: false, unknown: ['do_body'], traits: ['do_block'] },
    ],
    [
      'code.call',
      'CALL …',
      { verb: 'CALL', writes: true, ...calling('close_month', 'public'), traits: ['call'] },
    ],
    ['code.define_code', 'CREATE FUNCTION …', define('CREATE FUNCTION'), OWNER],
    [
      'functions.dangerous',
      'pg_read_file(…)',
      { ...calling('pg_read_file'), writes: true, traits: ['file_access'] },
    ],
    ['functions.dangerous', 'lo_import(…)', calling('lo_import')],
    ['functions.dangerous', 'dblink(…)', calling('dblink', 'public')],
    ['functions.dangerous', 'pg_terminate_backend(…)', calling('pg_terminate_backend')],
    ['functions.dangerous', 'pg_sleep(…)', calling('pg_sleep')],
    ['functions.dangerous', 'table_to_xml(…)', calling('table_to_xml', 'pg_catalog', 'stable')],
    ['functions.dynamic_sql', 'query_to_xml(…)', calling('query_to_xml')],
    ['functions.unlisted', 'a function of the database’s own', calling('find_person', 'public')],
    ['functions.unreviewed', 'pg_advisory_lock(…)', calling('pg_advisory_lock')],
    ['catalog.secrets', 'SELECT … FROM pg_authid', system('pg_authid')],
    ['catalog.secrets', 'SELECT … FROM pg_stats', system('pg_stats')],
    [
      'catalog.secrets',
      'a view over pg_user_mapping',
      { relations: [{ ...PEOPLE, kind: 'view', through: ['pg_catalog.pg_user_mapping'] }] },
    ],
    [
      'catalog.writes',
      'UPDATE pg_class …',
      {
        ...update,
        relations: [{ ...written, schema: 'pg_catalog', name: 'pg_class', qualified: 'pg_catalog.pg_class' }],
      },
    ],
    [
      'session.parser_settings',
      'SET standard_conforming_strings = off',
      { ...set('standard_conforming_strings', 'off'), complete: false, unknown: ['parsing_change'] },
    ],
    ['session.parser_settings', "SET client_encoding = 'SJIS'", set('client_encoding', 'SJIS')],
    [
      'session.protected_settings',
      'SET session_replication_role = replica',
      set('session_replication_role', 'replica'),
    ],
    ['session.listen_notify', 'LISTEN …', { verb: 'LISTEN', relations: [], traits: ['listen_notify'] }],
    [
      'session.two_phase',
      'PREPARE TRANSACTION …',
      {
        verb: 'PREPARE TRANSACTION',
        writes: true,
        relations: [],
        traits: ['two_phase', 'transaction_control'],
      },
    ],
    [
      'statement.unknown',
      'a syntax error',
      { complete: false, unknown: ['parse_error'], verb: 'UNKNOWN', writes: true, defines: true },
    ],
    ['statement.unknown', 'EXECUTE of something unknown', { verb: 'EXECUTE', subject: 'p', writes: true }],
    ['statement.unlisted_verb', 'a verb of a later server', { verb: 'REPACK', writes: true }],
    ['statement.function_call', 'a FunctionCall message', {}, { kind: 'postgres.function_call' }],
  ];
  test.each(cases.map(([rule, sql, fields, options]) => ({ rule, sql, fields, options })))(
    'by $rule: $sql',
    ({ rule, fields, options }) => {
      const decision = library.decide(policyInput(fields, options));
      expect(decision).toMatchObject({ verdict: 'deny', rule: `postgres.${rule}` });
      // A sentence that can be acted on.
      expect(decision.reason).toMatch(/^[A-Za-z][^\n]{15,400}\.$/);
    },
  );

  test('each rule of the library is tried here', () => {
    const tried = new Set(cases.map(([rule]) => `postgres.${rule}`));
    const untried = library.manifest.rules
      .map(({ id }) => id)
      .filter((id) => id.startsWith('postgres.') && !tried.has(id));
    // Grants allow; tables are restricted by settings only; a write that is held is not denied; what masking says are
    // obligations; the two traits come with rules that say more.
    expect(untried).toEqual([
      'postgres.access.granted',
      'postgres.access.restricted_relation',
      'postgres.approval.held_write',
      'postgres.masking.mask',
      'postgres.masking.reveal',
      'postgres.server.file_access',
      'postgres.server.network_access',
    ]);
  });
});

test('a denial says what to do', () => {
  expect(library.decide(policyInput(removeAll)).reason).toBe(
    'DELETE on public.people has no WHERE clause; add one that names the rows.',
  );
});

test('a reason repeats nothing of the statement’s text or parameters', () => {
  const options = {
    text: 'DELETE FROM people -- s3cr3t',
    kind: 'postgres.execute',
    parameters: ['s3cr3t'],
  } as const;
  const decision = library.decide(
    policyInput({ ...removeAll, setting: { name: 'role', value: 's3cr3t', local: false } }, options),
  );
  expect(decision.verdict).toBe('deny');
  expect(JSON.stringify(decision)).not.toContain('s3cr3t');
});

describe('what is masked', () => {
  const kinds = ['postgres.connect', 'postgres.query', 'postgres.parse', 'postgres.execute'] as const;
  const everything = [
    { kind: 'reveal', columns: ['*'] },
    { kind: 'reveal_found', kinds: ['*'] },
  ];

  test.each(kinds)(
    'is shown to privacy officers of a development upstream at %s, and to nobody else',
    (kind) => {
      const obligations = (groups: readonly string[], env = 'dev') => {
        const decision = library.decide(policyInput({}, { kind, groups, labels: { env } }));
        expect(decision.verdict).toBe('allow');
        return decision.obligations;
      };
      expect(obligations(['developers', 'privacy-officers'])).toEqual(everything);
      for (const group of ['developers', 'readers', 'readonly', 'schema-owners'])
        expect(obligations([group])).toEqual([]);
      expect(obligations(['developers', 'privacy-officers'], 'prod')).toEqual([]);
    },
  );

  test('gives no right by itself', () => {
    expect(library.decide(policyInput({}, { groups: ['privacy-officers'] }))).toMatchObject({
      verdict: 'deny',
      rule: 'postgres.access.unknown_group',
    });
  });

  test.each([...kinds, 'postgres.function_call'] as const)(
    'is shown to everyone by the bundle that allows all, at %s',
    (kind) => {
      expect(allowAll.decide(policyInput({}, { kind, groups: [] })).obligations).toEqual([
        ...everything,
        { kind: 'reveal_fields', fields: ['*'] },
        { kind: 'reveal_headers', headers: ['set-cookie'] },
        { kind: 'pass_unreadable', direction: 'both' },
      ]);
    },
  );
});

describe('the settings of masking', () => {
  const decisionOf = async (masking: unknown): Promise<Decision> => {
    const { folder, dispose } = await copyBundle(DEFAULT_BUNDLE);
    try {
      const data = JSON.parse(await readFile(join(folder, 'data.json'), 'utf8')) as { settings: object };
      await changeBundle(folder, { data: { ...data, settings: { ...data.settings, masking } } });
      const engine = await createPolicyEngine({ bundleFile: folder, log: QUIET });
      engine.close();
      return engine.decide(policyInput());
    } finally {
      await dispose();
    }
  };
  const entry = { groups: ['developers'], labels: {}, columns: ['hr.*.salary'] };

  test('become obligations that the gate knows', async () => {
    const mask = [{ ...entry, style: 'typed', tag: 'salary' }, { columns: ['*.*.iban'] }];
    const { verdict, obligations } = await decisionOf({ mask, reveal: [{ ...entry, found: ['email'] }] });
    expect(verdict).toBe('allow');
    expect(new Set(obligations)).toEqual(
      new Set([
        { kind: 'mask', columns: ['hr.*.salary'], style: 'typed', tag: 'salary' },
        { kind: 'mask', columns: ['*.*.iban'], style: 'full' },
        { kind: 'reveal', columns: ['hr.*.salary'] },
        { kind: 'reveal_found', kinds: ['email'] },
      ]),
    );
  });

  test.each([
    ['a mask without columns', { mask: [{ groups: ['developers'], labels: {} }] }],
    ['a mask of an unknown style', { mask: [{ ...entry, style: 'redact' }] }],
    ['a mask of two parts', { mask: [{ ...entry, columns: ['people.card'] }] }],
    ['a reveal of two parts', { reveal: [{ ...entry, columns: ['people.card'] }] }],
  ])(
    'that ask for what the gate does not know keep the bundle from being put in force: %s',
    async (_, masking) => {
      await expect(decisionOf(masking)).rejects.toMatchObject({ code: 'GH_POLICY_BUNDLE_SELF_CHECK' });
    },
  );

  test('reveal nothing where they are missing', async () => {
    for (const masking of [undefined, {}, [], { reveal: null, mask: null }])
      expect(await decisionOf(masking)).toMatchObject({ verdict: 'allow', obligations: [] });
  });
});

describe('the bundle that allows all', () => {
  const inputs = [
    policyInput(removeAll, { groups: [] }),
    policyInput({ complete: false, unknown: ['parse_error'], verb: 'UNKNOWN' }),
    policyInput({}, { kind: 'postgres.connect', groups: [] }),
    policyInput({}, { kind: 'postgres.function_call' }),
  ];
  test('allows whatever it is asked', () => {
    for (const input of inputs)
      expect(allowAll.decide(input)).toMatchObject({ verdict: 'allow', rule: 'allow_all', reportOnly: [] });
  });
});
