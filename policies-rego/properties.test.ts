/**
 * What holds for every statement and every principal, whatever else is in the input: no combination of other members
 * may open what a rule closes. Descriptions are made at random, out of the words that the describer uses.
 */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Decision } from '../ext-proc/domain/decision.ts';
import type { PolicyInput, PolicyPostgresAction, PostgresActionKind } from '../ext-proc/domain/policy-input.ts';
import type { FunctionUse, RelationUse, StatementDescription } from '../ext-proc/domain/statement.ts';
import { createPolicyEngine, type OpaPolicyEngine } from '../ext-proc/adapters/opa-policy/engine.ts';
import { DEFAULT_BUNDLE, description, policyInput, QUIET } from '../test/support/policy.ts';

let engine: OpaPolicyEngine;
beforeAll(async () => {
  engine = await createPolicyEngine({
    bundleFile: DEFAULT_BUNDLE,
    log: QUIET,
    reportOnlyUpstreams: ['other'],
  });
});
afterAll(() => engine.close());

const RUNS = { numRuns: 1_500 };

const READING = ['SELECT', 'VALUES', 'SHOW', 'EXPLAIN', 'COPY'];
const SESSION = ['BEGIN', 'COMMIT', 'SET', 'RESET', 'PREPARE', 'DECLARE', 'FETCH', 'DISCARD', 'EMPTY'];
const WRITING = ['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'TRUNCATE', 'LOCK', 'CALL', 'DO'];
const DEFINING = [
  'CREATE TABLE',
  'ALTER TABLE',
  'DROP TABLE',
  'GRANT',
  'CREATE ROLE',
  'SELECT INTO',
  'VACUUM',
];
const UNLISTED = ['FROBNICATE', 'UNKNOWN', ''];
const NEVER = ['GRANT', 'CREATE ROLE', 'TRUNCATE', 'DO', 'CALL', ...UNLISTED];
const HARMLESS_TRAITS = ['returning', 'cursor', 'prepared', 'on_conflict', 'writable_cte', 'has_triggers'];
const CLOSED_TRAITS = [
  'copy_program',
  'copy_file',
  'set_role',
  'set_session_authorization',
  'two_phase',
  'large_object',
  'dynamic_sql',
  'do_block',
  'file_access',
  'network_access',
];
const CLOSED_FUNCTIONS = [
  'pg_read_file',
  'lo_import',
  'dblink',
  'pg_terminate_backend',
  'query_to_xml',
  'pg_ls_dir',
  'pg_sleep',
];

const mostly = <T>(usual: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });

const functionUse: fc.Arbitrary<FunctionUse> = fc.oneof(
  fc.constantFrom<FunctionUse>(
    { schema: 'pg_catalog', name: 'now', resolved: true, volatility: 'stable' },
    { schema: 'pg_catalog', name: 'random', resolved: true, volatility: 'volatile' },
  ),
  fc.record({
    schema: fc.constantFrom('pg_catalog', 'public', ''),
    name: fc.constantFrom(...CLOSED_FUNCTIONS, 'own_function', 'pg_advisory_lock'),
    resolved: fc.boolean(),
    volatility: fc.constantFrom<FunctionUse['volatility']>('immutable', 'stable', 'volatile', 'unknown'),
  }),
);

const relationUse: fc.Arbitrary<RelationUse> = fc
  .record({
    schema: fc.constantFrom('public', 'public', 'pg_catalog'),
    name: fc.constantFrom('people', 'orders', 'pg_class', 'pg_authid', 'pg_stats'),
    access: fc.constantFrom<RelationUse['access']>('read', 'read', 'write', 'define'),
    through: mostly<readonly string[]>([], fc.constant(['pg_catalog.pg_authid'])),
  })
  .map((use) => ({ ...use, qualified: `${use.schema}.${use.name}`, kind: 'table', resolved: true }));

const verb = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...READING, ...SESSION, 'INSERT', 'UPDATE', 'DELETE') },
  { weight: 1, arbitrary: fc.constantFrom(...WRITING, ...DEFINING, ...UNLISTED) },
);

function statement(depth: number): fc.Arbitrary<StatementDescription> {
  return fc
    .record({
      verb,
      more: mostly<readonly string[]>([], fc.array(verb, { maxLength: 2 })),
      complete: mostly(true, fc.boolean()),
      unknown: mostly<readonly string[]>([], fc.constant(['parse_error'])),
      writes: mostly(false, fc.boolean()),
      defines: mostly(false, fc.boolean()),
      relations: mostly<readonly RelationUse[]>([], fc.array(relationUse, { maxLength: 3 })),
      functions: mostly<readonly FunctionUse[]>([], fc.array(functionUse, { maxLength: 3 })),
      unfiltered: mostly<readonly string[]>([], fc.constant(['public.people'])),
      traits: mostly<readonly string[]>(
        [],
        fc.subarray([...HARMLESS_TRAITS, ...CLOSED_TRAITS, 'explain_analyze', 'for_update'], {
          maxLength: 2,
        }),
      ),
      setting: mostly<StatementDescription['setting']>(
        undefined,
        fc.record({
          name: fc.constantFrom('role', 'work_mem', 'client_encoding', 'log_statement'),
          value: fc.constantFrom('x', 'UTF8', undefined),
          local: fc.boolean(),
        }),
      ),
      inner:
        depth === 0
          ? fc.constant(undefined)
          : mostly<StatementDescription | undefined>(undefined, statement(depth - 1)),
    })
    .map(({ more, ...fields }) => description({ ...fields, verbs: [fields.verb, ...more] }));
}

const groups = fc.subarray(['developers', 'readers', 'readonly', 'schema-owners', 'strangers']);
const labels = fc.constantFrom<Record<string, string>>({ env: 'dev' }, { env: 'prod' }, {});
const kind = fc.constantFrom<PostgresActionKind>('postgres.query', 'postgres.parse', 'postgres.execute');
const input = fc
  .record({ fields: statement(2), groups, labels, kind })
  .map(({ fields, ...options }) => policyInput(fields, options));

const within = (outer: StatementDescription): readonly StatementDescription[] =>
  outer.inner === undefined ? [outer] : [outer, ...within(outer.inner)];

/** The statements that run: not what EXPLAIN only plans. */
function running(outer: StatementDescription): readonly StatementDescription[] {
  return outer.verb === 'EXPLAIN' && !outer.traits.includes('explain_analyze') ? [outer] : within(outer);
}

const statementOf = ({ action }: PolicyInput): StatementDescription =>
  (action as PolicyPostgresAction).statement as StatementDescription;

/** Checks a claim about everything that is allowed, and that enough was. */
function holdsForAllowed(claim: (tried: PolicyInput, decision: Decision) => void): void {
  let allowed = 0;
  fc.assert(
    fc.property(input, (tried) => {
      const decision = engine.decide(tried);
      if (decision.verdict !== 'allow') return;
      allowed++;
      claim(tried, decision);
    }),
    RUNS,
  );
  expect(allowed).toBeGreaterThan(50);
}

describe('whatever is allowed', () => {
  test('was understood, all of it', () => {
    holdsForAllowed((tried) => {
      for (const { complete, unknown } of within(statementOf(tried))) {
        expect(complete).toBe(true);
        expect(unknown).toEqual([]);
      }
    });
  });

  test('has only verbs that are listed, and none that nobody may use', () => {
    holdsForAllowed((tried) => {
      for (const { verbs } of within(statementOf(tried)))
        for (const each of UNLISTED) expect(verbs).not.toContain(each);
      for (const { verbs } of running(statementOf(tried)))
        for (const each of NEVER) expect(verbs).not.toContain(each);
    });
  });

  test('runs no write without a condition', () => {
    holdsForAllowed((tried) => {
      for (const { unfiltered } of running(statementOf(tried))) expect(unfiltered).toEqual([]);
    });
  });

  test('has none of the traits that are closed to all', () => {
    holdsForAllowed((tried) => {
      for (const { traits } of running(statementOf(tried))) {
        expect(traits.filter((trait) => CLOSED_TRAITS.includes(trait))).toEqual([]);
      }
    });
  });

  test('calls no dangerous and no unlisted function, not even in what is only planned', () => {
    holdsForAllowed((tried) => {
      for (const { functions } of within(statementOf(tried))) {
        for (const { schema, name } of functions) {
          expect(CLOSED_FUNCTIONS).not.toContain(name);
          expect(schema).toBe('pg_catalog');
        }
      }
    });
  });

  test('reaches no catalog with secrets, directly or through a view', () => {
    holdsForAllowed((tried) => {
      for (const { relations } of within(statementOf(tried))) {
        for (const { schema, qualified, through } of relations) {
          expect(['pg_catalog.pg_authid', 'pg_catalog.pg_stats']).not.toContain(qualified);
          if (schema === 'public') expect(through).not.toContain('pg_catalog.pg_authid');
        }
      }
    });
  });

  test('is of a principal with a group that has a grant', () => {
    holdsForAllowed((tried, { rule }) => {
      expect(tried.principal.groups.some((group) => group !== 'strangers')).toBe(true);
      expect(rule).toBe('postgres.access.granted');
    });
  });

  test('only reads where the principal may only read, or the environment is protected', () => {
    holdsForAllowed((tried) => {
      const held = tried.principal.groups;
      const mayWrite = held.includes('developers') || held.includes('schema-owners');
      if (mayWrite && !held.includes('readonly') && tried.upstream.labels['env'] === 'dev') return;
      for (const { verbs, verb: outer, writes, defines, traits, functions } of running(statementOf(tried))) {
        expect(verbs.filter((each) => WRITING.includes(each) || DEFINING.includes(each))).toEqual([]);
        expect(traits).not.toContain('for_update');
        // Volatile functions that were reviewed as reading make a plain SELECT count as writing, and nothing else does.
        const volatile = functions.filter(({ volatility }) => !['immutable', 'stable'].includes(volatility));
        const reviewed = volatile.length > 0 && volatile.every(({ name }) => name === 'random');
        const plain = verbs.join() === 'SELECT' && traits.length === 0 && reviewed;
        if (!SESSION.includes(outer) && !plain) expect([writes, defines]).toEqual([false, false]);
      }
    });
  });

  test('changes no setting that is closed', () => {
    holdsForAllowed((tried) => {
      const { setting, verb: outer } = statementOf(tried);
      if (setting === undefined || outer === 'SHOW') return;
      expect(['role', 'log_statement']).not.toContain(setting.name);
      if (setting.name === 'client_encoding' && outer !== 'RESET') expect(setting.value).toBe('UTF8');
    });
  });
});

test('what is not allowed by itself is not allowed prepared, declared or copied either', () => {
  const wrappers = fc.constantFrom('PREPARE', 'DECLARE', 'COPY', 'EXECUTE');
  fc.assert(
    fc.property(statement(1), groups, wrappers, (inner, held, wrapper) => {
      if (engine.decide(policyInput(inner, { groups: held })).verdict === 'allow') return;
      // A setting is changed by the outermost statement alone, and set_config inside is closed by a rule of its own.
      if (inner.setting !== undefined) return;
      const wrapped = description({ verb: wrapper, relations: [], inner });
      expect(engine.decide(policyInput(wrapped, { groups: held })).verdict).not.toBe('allow');
    }),
    RUNS,
  );
});

test('a statement with a member missing is not allowed', () => {
  const judged = [
    'complete',
    'unknown',
    'verb',
    'verbs',
    'writes',
    'defines',
    'relations',
    'functions',
    'unfiltered',
    'traits',
  ];
  for (const member of judged) {
    expect(engine.decide(policyInput({ [member]: undefined })), member).toMatchObject({ verdict: 'deny' });
    const inner = { ...description(), [member]: undefined } as StatementDescription;
    expect(engine.decide(policyInput({ verb: 'PREPARE', inner })), `inner ${member}`).toMatchObject({
      verdict: 'deny',
    });
  }
});

test('an input that is anything at all is denied, and nothing is thrown', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (anything, action) => {
      const tried = [anything, { ...policyInput(), action }, { ...policyInput(), principal: anything }];
      for (const each of tried) {
        expect(engine.decide(each as unknown as PolicyInput).verdict).toBe('deny');
      }
    }),
    { numRuns: 500 },
  );
});
