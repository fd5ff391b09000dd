/**
 * The contract between the gate and Rego: the TypeScript types, the JSON Schemas and what the bundles answer say the
 * same. The types are gone at run time, so each one's members are listed here in a table that `tsc` holds complete;
 * `gatehouse policy build` checks every rule against the input's schema.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Decision, Obligation, ReportOnlyFinding, Verdict } from '../ext-proc/domain/decision.ts';
import type { HttpActionKind, PolicyHttpBody, PolicyHttpRequest } from '../ext-proc/domain/http-action.ts';
import type { McpActionKind, PolicyMcpMessage } from '../ext-proc/domain/mcp-action.ts';
import type {
  PolicyAction,
  PolicyHttpAction,
  PolicyHttpSession,
  PolicyInput,
  PolicyMcpAction,
  PolicyParameter,
  PolicyPostgresAction,
  PolicyPostgresSession,
  PolicyPrincipal,
  PolicySession,
  PolicyUpstream,
  PostgresActionKind,
} from '../ext-proc/domain/policy-input.ts';
import type {
  ColumnFlow,
  ColumnSource,
  Derivation,
  OutputColumn,
  UseContext,
} from '../ext-proc/domain/lineage.ts';
import type {
  ColumnUse,
  FunctionUse,
  RelationUse,
  StatementDescription,
} from '../ext-proc/domain/statement.ts';
import { createPolicyEngine } from '../ext-proc/adapters/opa-policy/engine.ts';
import { PolicyEvaluator } from '../ext-proc/adapters/opa-policy/evaluator.ts';
import { POLICY_INPUT_BYTES_MAX } from '../ext-proc/adapters/opa-policy/loaded-policy.ts';
import { loadBundle } from '../ext-proc/adapters/opa-policy/bundle.ts';
import { readDecision } from '../ext-proc/adapters/opa-policy/decision-reading.ts';
import { GOLDEN_INPUTS } from '../ext-proc/adapters/opa-policy/self-check.ts';
import {
  ALLOW_ALL_BUNDLE,
  builtin,
  DEFAULT_BUNDLE,
  description,
  httpInput,
  mcpInput,
  policyInput,
  QUIET,
} from '../test/support/policy.ts';

interface Schema {
  readonly type?: string | readonly string[];
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly definitions?: Readonly<Record<string, Schema>>;
}

/** Every member of a type and whether it must be there. `tsc` refuses a missing, a surplus and a wrong one. */
type Members<T> = { readonly [Name in keyof T]-?: undefined extends T[Name] ? 'optional' : 'required' };
/** Every word of a union, likewise. */
type Words<T extends string> = Readonly<Record<T, true>>;

const INPUT: Members<PolicyInput> = {
  version: 'required',
  principal: 'required',
  upstream: 'required',
  session: 'required',
  action: 'required',
};
const PRINCIPAL: Members<PolicyPrincipal> = {
  subject: 'required',
  on_behalf_of: 'required',
  issuer: 'required',
  groups: 'required',
};
const UPSTREAM: Members<PolicyUpstream> = { name: 'required', protocol: 'required', labels: 'required' };
const POSTGRES_SESSION: Members<PolicyPostgresSession> = {
  client_address: 'required',
  database: 'required',
  role: 'required',
  search_path: 'required',
  transaction: 'required',
  application_name: 'required',
};
const HTTP_SESSION: Members<PolicyHttpSession> = { client_address: 'required', route: 'required' };
const POSTGRES_ACTION: Members<PolicyPostgresAction> = {
  kind: 'required',
  statement: 'optional',
  parameters: 'optional',
};
const HTTP_ACTION: Members<PolicyHttpAction> = { kind: 'required', request: 'required' };
const MCP_ACTION: Members<PolicyMcpAction> = { kind: 'required', request: 'required', mcp: 'required' };
/** No member of the unions is left out: `tsc` refuses another one. */
const SESSIONS: readonly Members<PolicySession>[] = [POSTGRES_SESSION, HTTP_SESSION];
const ACTIONS: readonly Members<PolicyAction>[] = [POSTGRES_ACTION, HTTP_ACTION, MCP_ACTION];
const REQUEST: Members<PolicyHttpRequest> = {
  method: 'required',
  host: 'required',
  path: 'required',
  template: 'required',
  parameters: 'required',
  query: 'required',
  headers: 'required',
  content_type: 'required',
  body: 'required',
  inspection: 'required',
};
const BODY: Members<PolicyHttpBody> = {
  kind: 'required',
  complete: 'required',
  bytes: 'required',
  value: 'optional',
  fields: 'optional',
  members: 'optional',
};
const MCP: Members<PolicyMcpMessage> = {
  version: 'required',
  method: 'required',
  tool: 'optional',
  arguments: 'optional',
  argument_fields: 'optional',
  resource: 'optional',
  resources: 'optional',
  prompt: 'optional',
};
const DESCRIPTION: Members<StatementDescription> = {
  complete: 'required',
  unknown: 'required',
  verb: 'required',
  verbs: 'required',
  writes: 'required',
  defines: 'required',
  relations: 'required',
  columns: 'required',
  functions: 'required',
  outputs: 'optional',
  flows: 'optional',
  unfiltered: 'required',
  traits: 'required',
  setting: 'optional',
  subject: 'optional',
  inner: 'optional',
  fingerprint: 'required',
};
const RELATION: Members<RelationUse> = {
  schema: 'required',
  name: 'required',
  qualified: 'required',
  kind: 'required',
  access: 'required',
  resolved: 'required',
  through: 'required',
};
const COLUMN: Members<ColumnUse> = {
  relation: 'required',
  name: 'required',
  use: 'required',
  contexts: 'optional',
  via: 'optional',
};
const SOURCE: Members<ColumnSource> = {
  schema: 'required',
  table: 'required',
  column: 'required',
  derivation: 'required',
};
const OUTPUT: Members<OutputColumn> = { name: 'required', derivation: 'required', sources: 'required' };
const FLOW: Members<ColumnFlow> = { ...SOURCE, sources: 'required' };
const FUNCTION: Members<FunctionUse> = {
  schema: 'required',
  name: 'required',
  resolved: 'required',
  volatility: 'required',
};
const SETTING: Members<NonNullable<StatementDescription['setting']>> = {
  name: 'required',
  value: 'optional',
  local: 'required',
};
const PARAMETER: Members<PolicyParameter> = {
  type_oid: 'required',
  format: 'required',
  value: 'required',
  truncated: 'required',
};
const FINDING: Members<ReportOnlyFinding> = { rule: 'required', verdict: 'required', reason: 'required' };

const POSTGRES_KINDS: Words<PostgresActionKind> = {
  'postgres.connect': true,
  'postgres.query': true,
  'postgres.parse': true,
  'postgres.execute': true,
  'postgres.function_call': true,
};
const HTTP_KINDS: Words<HttpActionKind> = {
  'http.request': true,
  'http.websocket': true,
  'http.message': true,
};
const MCP_KINDS: Words<McpActionKind> = {
  'mcp.tool': true,
  'mcp.resource': true,
  'mcp.prompt': true,
  'mcp.list': true,
  'mcp.session': true,
  'mcp.request': true,
  'mcp.notification': true,
  'mcp.response': true,
};
const KINDS: Words<PolicyAction['kind']> = { ...POSTGRES_KINDS, ...HTTP_KINDS, ...MCP_KINDS };
const BODY_KINDS: Words<PolicyHttpBody['kind']> = {
  none: true,
  json: true,
  ndjson: true,
  form: true,
  text: true,
  binary: true,
  unread: true,
};
const INSPECTIONS: Words<PolicyHttpRequest['inspection']> = { full: true, headers: true, authz: true };
const TRANSACTIONS: Words<PolicyPostgresSession['transaction']> = {
  idle: true,
  in_transaction: true,
  failed: true,
};
const RELATION_KINDS: Words<RelationUse['kind']> = {
  table: true,
  view: true,
  materialized_view: true,
  foreign_table: true,
  sequence: true,
  index: true,
  composite: true,
  system: true,
  unknown: true,
};
const ACCESSES: Words<RelationUse['access']> = { read: true, write: true, define: true };
const COLUMN_USES: Words<ColumnUse['use']> = { target: true, filter: true, write: true, other: true };
const CONTEXTS: Words<UseContext> = {
  where: true,
  join: true,
  group_by: true,
  having: true,
  order_by: true,
  distinct: true,
  window: true,
  limit: true,
  set_operation: true,
  function_argument: true,
  aggregate_argument: true,
  operator_argument: true,
  condition: true,
  cast: true,
  expression: true,
  insert_source: true,
  update_source: true,
  returning: true,
  on_conflict: true,
  exists: true,
  definition: true,
};
const DERIVATIONS: Words<Derivation> = {
  condition: true,
  plain: true,
  copied: true,
  cast: true,
  derived: true,
};
const VOLATILITIES: Words<FunctionUse['volatility']> = {
  immutable: true,
  stable: true,
  volatile: true,
  unknown: true,
};
const FORMATS: Words<PolicyParameter['format']> = { text: true, binary: true };
const VERDICTS: Words<Verdict> = { allow: true, deny: true, hold: true };
const FINDING_VERDICTS: Words<ReportOnlyFinding['verdict']> = { deny: true, hold: true };
const OBLIGATIONS: { readonly [Kind in Obligation['kind']]: Members<Extract<Obligation, { kind: Kind }>> } = {
  mask: { kind: 'required', columns: 'required', style: 'required', tag: 'optional' },
  reveal: { kind: 'required', columns: 'required' },
  reveal_found: { kind: 'required', kinds: 'required' },
  mask_fields: {
    kind: 'required',
    fields: 'required',
    style: 'required',
    direction: 'required',
    tag: 'optional',
  },
  reveal_fields: { kind: 'required', fields: 'required' },
  remove_fields: { kind: 'required', fields: 'required' },
  reveal_headers: { kind: 'required', headers: 'required' },
  pass_unreadable: { kind: 'required', direction: 'required' },
  record: { kind: 'required', what: 'required' },
};

let input: Schema;
let decision: Schema;
beforeAll(async () => {
  input = await schema('input.v1.json');
  decision = await schema('decision.v1.json');
});

function expectMembers(of: Schema | undefined, members: Readonly<Record<string, string>>): void {
  expect(of?.additionalProperties).toBe(false);
  expect(Object.keys(of?.properties ?? {}).sort()).toEqual(Object.keys(members).sort());
  const required = Object.keys(members).filter((name) => members[name] === 'required');
  expect([...(of?.required ?? [])].sort()).toEqual(required.sort());
}

const expectWords = (of: Schema | undefined, words: object): void =>
  expect([...(of?.enum ?? [])].sort()).toEqual(Object.keys(words).sort());

describe('the input’s schema has what the types have', () => {
  test('of principal, upstream, session and action', () => {
    expectMembers(input, INPUT);
    expectMembers(input.properties?.['principal'], PRINCIPAL);
    expectMembers(input.properties?.['upstream'], UPSTREAM);
    const sessions = input.properties?.['session']?.anyOf ?? [];
    expect(sessions).toHaveLength(SESSIONS.length);
    for (const [index, members] of SESSIONS.entries()) expectMembers(sessions[index], members);
    expectWords(sessions[0]?.properties?.['transaction'], TRANSACTIONS);
    const actions = input.properties?.['action']?.anyOf ?? [];
    expect(actions).toHaveLength(ACTIONS.length);
    for (const [index, members] of ACTIONS.entries()) expectMembers(actions[index], members);
    const kinds = actions.map(({ properties }) => properties?.['kind']);
    for (const [index, words] of [POSTGRES_KINDS, HTTP_KINDS, MCP_KINDS].entries())
      expectWords(kinds[index], words);
    expectWords({ enum: kinds.flatMap((kind) => kind?.enum ?? []) }, KINDS);
  });

  test('of requests, their bodies, and what is asked of an MCP server', () => {
    const { request, body, mcp } = input.definitions ?? {};
    expectMembers(request, REQUEST);
    expectWords(request?.properties?.['inspection'], INSPECTIONS);
    expectMembers(body, BODY);
    expectWords(body?.properties?.['kind'], BODY_KINDS);
    expectMembers(mcp, MCP);
  });

  test('of a statement, and of those inside it', () => {
    expectMembers(input.properties?.['action']?.anyOf?.[0]?.properties?.['statement'], {
      ...DESCRIPTION,
      text: 'required',
    });
    expectMembers(input.definitions?.['inner'], DESCRIPTION);
    expectMembers(input.definitions?.['inner2'], DESCRIPTION);
    const { inner: _, ...innermost } = DESCRIPTION;
    expectMembers(input.definitions?.['inner3'], innermost);
  });

  test('of relations, columns, functions, settings and parameters', () => {
    const { relation, column, function: called, setting, parameter } = input.definitions ?? {};
    expectMembers(relation, RELATION);
    expectWords(relation?.properties?.['kind'], RELATION_KINDS);
    expectWords(relation?.properties?.['access'], ACCESSES);
    expectMembers(column, COLUMN);
    expectWords(column?.properties?.['use'], COLUMN_USES);
    expectWords(column?.properties?.['contexts']?.items, CONTEXTS);
    const { source, output, flow } = input.definitions ?? {};
    expectMembers(source, SOURCE);
    expectWords(source?.properties?.['derivation'], DERIVATIONS);
    expectMembers(output, OUTPUT);
    expectMembers(flow, FLOW);
    for (const whole of [output, flow])
      expectWords(whole?.properties?.['derivation'], { ...DERIVATIONS, unknown: true });
    expectMembers(called, FUNCTION);
    expectWords(called?.properties?.['volatility'], VOLATILITIES);
    expectMembers(setting, SETTING);
    expectMembers(parameter, PARAMETER);
    expectWords(parameter?.properties?.['format'], FORMATS);
  });
});

describe('the decision’s schema has what the types have', () => {
  test('with Rego’s names, the bundle’s hash being the gate’s', () => {
    const {
      bundleHash: _,
      reportOnly,
      ...same
    }: Members<Decision> = {
      verdict: 'required',
      rule: 'required',
      reason: 'required',
      obligations: 'required',
      reportOnly: 'required',
      bundleHash: 'required',
      hold: 'optional',
    };
    expectMembers(decision, { version: 'required', ...same, report_only: reportOnly });
    expectWords(decision.properties?.['verdict'], VERDICTS);
  });

  test('of obligations and findings', () => {
    const finding = decision.properties?.['report_only']?.items;
    expectMembers(finding, FINDING);
    expectWords(finding?.properties?.['verdict'], FINDING_VERDICTS);
    const obligations = decision.properties?.['obligations']?.items?.oneOf ?? [];
    expect(obligations.flatMap(({ properties }) => properties?.['kind']?.enum)).toEqual(
      Object.keys(OBLIGATIONS),
    );
    for (const obligation of obligations) {
      const kind = obligation.properties?.['kind']?.enum?.[0] as Obligation['kind'];
      expectMembers(obligation, OBLIGATIONS[kind]);
    }
  });
});

const EXAMPLES: readonly PolicyInput[] = [
  ...GOLDEN_INPUTS,
  policyInput({ functions: [builtin('now')], setting: { name: 'role', value: undefined, local: true } }),
  policyInput(
    { verb: 'EXPLAIN', inner: description({ verb: 'DECLARE', subject: 'c', inner: description() }) },
    { kind: 'postgres.execute', parameters: ['x', null] },
  ),
  httpInput({
    query: { limit: ['1', ''] },
    body: { kind: 'form', complete: true, bytes: 3, value: { a: ['b'] } },
  }),
  httpInput({ body: { kind: 'json', complete: true, bytes: 4, value: null } }, { kind: 'http.message' }),
  httpInput({ inspection: 'headers', body: { kind: 'unread', complete: false, bytes: null } }),
  mcpInput({ tool: 'search_people', arguments: { filter: { terms: ['a', 1, null] } } }),
  mcpInput({ version: '', method: 'DELETE' }, { kind: 'mcp.session' }),
];

test('inputs as the gate makes them fit the schema, and others do not', () => {
  const fits = z.fromJSONSchema(input as unknown as Parameters<typeof z.fromJSONSchema>[0]);
  for (const example of EXAMPLES) {
    const sent: unknown = JSON.parse(JSON.stringify(example));
    expect(fits.safeParse(sent)).toMatchObject({ success: true });
  }
  const [example] = EXAMPLES as [PolicyInput, ...PolicyInput[]];
  for (const wrong of [
    { ...example, version: 2 },
    { ...example, weather: 'fine' },
    { ...example, principal: { ...example.principal, groups: 'developers' } },
    { ...example, action: { kind: 'postgres.dream' } },
    { ...httpInput(), action: { kind: 'http.request' } },
    { ...httpInput(), action: { ...httpInput().action, kind: 'postgres.query' } },
    { ...httpInput(), action: { ...mcpInput().action, kind: 'http.request' } },
    { ...httpInput(), session: { client_address: '127.0.0.1:1' } },
    httpInput({ method: 1 as unknown as string }),
    httpInput({ query: { limit: '1' as unknown as readonly string[] } }),
    httpInput({ body: { kind: 'xml' as 'text', complete: true, bytes: 1 } }),
    mcpInput({ arguments: [] as unknown as Record<string, unknown> }),
  ]) {
    expect(fits.safeParse(wrong).success).toBe(false);
  }
});

test('obligations that the gate reads fit the schema, and others do not', () => {
  const fits = z.fromJSONSchema(decision as unknown as Parameters<typeof z.fromJSONSchema>[0]);
  const texts = [
    'a',
    'a.b',
    '**.ssn',
    '*',
    'tag:email',
    'tag:Email',
    'a..b',
    '',
    'a.b.c',
    'set-cookie',
    'X-Trace',
    'authorization',
    'te',
    'tea',
    '\n',
  ];
  const tried = texts.flatMap((text) => [
    { kind: 'mask', columns: [text], style: 'full' },
    { kind: 'mask_fields', fields: [text], style: 'typed', direction: 'both' },
    { kind: 'mask_fields', fields: ['a'], style: text, direction: 'both' },
    { kind: 'mask_fields', fields: ['a'], style: 'full', direction: text },
    { kind: 'mask_fields', fields: ['a'], style: 'full', direction: 'request', tag: text },
    { kind: 'reveal', columns: [text] },
    { kind: 'reveal_fields', fields: [text] },
    { kind: 'remove_fields', fields: [text] },
    { kind: 'reveal_headers', headers: [text] },
    { kind: 'reveal_found', kinds: [text] },
    { kind: 'pass_unreadable', direction: text },
    { kind: text },
  ]);
  const answer = { version: 1, verdict: 'allow', rule: 'x', reason: '', report_only: [] };
  let read = 0;
  for (const obligation of [...tried, { kind: 'pass_unreadable', direction: 'response' }]) {
    const result = { ...answer, obligations: [obligation] };
    const { verdict } = readDecision([{ result }], '');
    expect(fits.safeParse(result).success, JSON.stringify(obligation)).toBe(verdict === 'allow');
    if (verdict === 'allow') read++;
  }
  expect(read).toBeGreaterThan(15);
});

test.each([
  ['the default bundle', DEFAULT_BUNDLE],
  ['the bundle that allows all', ALLOW_ALL_BUNDLE],
])('decisions of %s fit the schema', async (_, folder) => {
  const fits = z.fromJSONSchema(decision as unknown as Parameters<typeof z.fromJSONSchema>[0]);
  const evaluator = new PolicyEvaluator(await loadBundle(folder));
  for (const example of EXAMPLES) {
    const text = evaluator.evaluate(JSON.stringify(example), POLICY_INPUT_BYTES_MAX) ?? '';
    const [answer] = JSON.parse(text) as [{ result: unknown }];
    expect(fits.safeParse(answer.result)).toMatchObject({ success: true });
  }
  expect(fits.safeParse({ verdict: 'allow' }).success).toBe(false);
});

test('the engine gives an example of each of these inputs a decision in form', async () => {
  const engine = await createPolicyEngine({ bundleFile: DEFAULT_BUNDLE, log: QUIET });
  engine.close();
  for (const example of EXAMPLES) expect(engine.decide(example).rule).not.toMatch(/^GH_/);
});

async function schema(file: string): Promise<Schema> {
  return JSON.parse(await readFile(join(import.meta.dirname, 'schemas', file), 'utf8')) as Schema;
}
