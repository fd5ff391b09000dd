/**
 * The security claim of a manifest's `depends_on`: decisions are reused where only other parts of the input differ, so
 * no other part may change one.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PolicyInput } from '../ext-proc/domain/policy-input.ts';
import { wholeBody } from '../ext-proc/domain/http-action.ts';
import { policyDependsOn, policyReads } from '../ext-proc/domain/policy-bundle.ts';
import { project, projectionOf } from '../ext-proc/adapters/opa-policy/input-projection.ts';
import { loadBundle } from '../ext-proc/adapters/opa-policy/bundle.ts';
import { readDecision } from '../ext-proc/adapters/opa-policy/decision-reading.ts';
import { findOpa } from '../ext-proc/cli/opa-command.ts';
import { POLICIES_DIRECTORY } from '../ext-proc/cli/policy.ts';
import { PolicyEvaluator } from '../ext-proc/adapters/opa-policy/evaluator.ts';
import { POLICY_INPUT_BYTES_MAX } from '../ext-proc/adapters/opa-policy/loaded-policy.ts';
import {
  ALLOW_ALL_BUNDLE,
  builtin,
  changeBundle,
  copyBundle,
  DEFAULT_BUNDLE,
  description,
  httpInput,
  mcpInput,
  policyInput,
  PROBE_BUNDLE,
} from '../test/support/policy.ts';

const opa = await findOpa().catch(() => undefined);

const INPUTS: readonly PolicyInput[] = [
  policyInput(),
  policyInput({ verb: 'DELETE', writes: true, unfiltered: ['public.people'] }),
  policyInput({
    verb: 'SET',
    setting: { name: 'role', value: 'app_owner', local: false },
    traits: ['set_role'],
  }),
  policyInput({
    functions: [builtin('pg_read_file', 'volatile')],
    complete: false,
    unknown: ['unresolved_column'],
  }),
  policyInput({ verb: 'PREPARE', subject: 'p', inner: description({ verb: 'UPDATE', writes: true }) }),
  policyInput(
    { verb: 'UPDATE', writes: true },
    { labels: { env: 'prod' }, kind: 'postgres.execute', parameters: ['1', null] },
  ),
  policyInput({ verb: 'EXECUTE', subject: 'p', inner: description() }),
  policyInput({}, { groups: [], kind: 'postgres.parse' }),
  policyInput({}, { kind: 'postgres.connect' }),
  policyInput({}, { kind: 'postgres.function_call' }),
  httpInput(),
  httpInput({ path: '/admin/x', template: null, query: { limit: ['20'] } }),
  httpInput(
    { method: 'POST', path: '/search', template: null, query: { limit: ['9000'] } },
    { groups: ['readers'] },
  ),
  httpInput(
    { method: 'POST', body: { kind: 'json', complete: true, bytes: 9, value: { limit: 9_000 } } },
    { labels: { env: 'dev', sensitivity: 'high' } },
  ),
  httpInput({ body: { kind: 'binary', complete: true, bytes: 9 } }, { labels: { sensitivity: 'high' } }),
  httpInput({}, { kind: 'http.websocket' }),
  mcpInput(),
  mcpInput({ tool: 'search_people', arguments: { term: '%' } }),
  mcpInput({ tool: 'update_person' }, { labels: { env: 'prod' } }),
  mcpInput({ resource: 'people://1', resources: ['people://1'] }, { kind: 'mcp.resource' }),
  mcpInput({ prompt: 'summarise_person' }, { kind: 'mcp.prompt' }),
  mcpInput({ method: 'ping' }, { kind: 'mcp.request' }),
  mcpInput({}, { kind: 'mcp.list', groups: [] }),
];

const OTHER_VALUES: readonly unknown[] = [
  undefined,
  null,
  true,
  42,
  '',
  'SELECT 1',
  'public',
  [],
  ['x'],
  {},
  { name: 'role' },
];

/** Every member of an input by its dotted path, lists as a whole. */
function members(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
  const inside = Object.entries(value).flatMap(([name, member]) => members(member, [...path, name]));
  return path.length === 0 ? inside : [path, ...inside];
}

function withMember(input: unknown, path: readonly string[], value: unknown): unknown {
  const [name, ...rest] = path as [string, ...string[]];
  const members = input as Record<string, unknown>;
  return { ...members, [name]: rest.length === 0 ? value : withMember(members[name], rest, value) };
}

const decided = (evaluator: PolicyEvaluator, input: unknown): unknown =>
  readDecision(JSON.parse(evaluator.evaluate(JSON.stringify(input), POLICY_INPUT_BYTES_MAX) ?? ''), '');

/** All of the input is handed over: nothing is left out, as the engine would. */
async function decider(
  folder: string,
): Promise<{ dependsOn: readonly string[]; decide: (input: unknown) => unknown }> {
  const bundle = await loadBundle(folder);
  const evaluator = new PolicyEvaluator(bundle);
  return {
    dependsOn: bundle.manifest.dependsOn,
    decide: (input) => decided(evaluator, input),
  };
}

describe.each([
  ['the default bundle', DEFAULT_BUNDLE],
  ['the bundle that allows all', ALLOW_ALL_BUNDLE],
])('%s', (_, folder) => {
  test('decides the same whatever stands in the parts that it does not depend on', async () => {
    const { dependsOn, decide } = await decider(folder);
    let tried = 0;
    for (const input of INPUTS) {
      const decision = decide(input);
      for (const path of members(input)) {
        if (policyDependsOn(dependsOn, path.join('.'))) continue;
        for (const value of OTHER_VALUES) {
          expect(
            decide(withMember(input, path, value)),
            `${path.join('.')} = ${JSON.stringify(value)}`,
          ).toEqual(decision);
          tried++;
        }
      }
    }
    // A claim about nothing would hold as well.
    expect(tried).toBeGreaterThan(500);
  });
});

test('each part that the default bundle depends on but the context of the statement changes some decision', async () => {
  const { dependsOn, decide } = await decider(DEFAULT_BUNDLE);
  const idle = dependsOn.filter((path) => {
    const steps = path.split('.');
    return INPUTS.every((input) =>
      OTHER_VALUES.every((value) => {
        if (!members(input).some((member) => member.join('.') === path)) return true;
        return JSON.stringify(decide(withMember(input, steps, value))) === JSON.stringify(decide(input));
      }),
    );
  });
  // Where the default settings list something neither is idle: subjects that are read-only, and fields of bodies.
  expect(idle).toEqual(['action.request.body.fields', 'principal.subject']);
});

test('decides the same of any body, with and without what its settings leave unread', async () => {
  const bundle = await loadBundle(DEFAULT_BUNDLE);
  const evaluator = new PolicyEvaluator(bundle);
  const { settings } = bundle.data as { settings: unknown };
  const projection = projectionOf(policyReads(bundle.manifest, settings));
  const decide = (input: unknown): unknown => decided(evaluator, input);
  const names = fc.constantFrom('limit', 'Limit[0]', 'page_size', '_method', 'a', '__proto__', 'orders');
  const values = fc.oneof(
    fc.constantFrom<unknown>(
      1,
      200,
      201,
      0,
      '200',
      '0x10',
      null,
      true,
      {},
      [],
      [[1]],
      { limit: 1 },
      '9'.repeat(40),
    ),
    fc.array(fc.constantFrom<unknown>(1, 200, '7', [1], { a: 1 }, null, 5000), { maxLength: 11 }),
    fc.jsonValue({ maxDepth: 3 }),
  );
  const bodies = fc.oneof(
    fc.array(fc.tuple(names, values), { maxLength: 4 }).map((each): unknown => Object.fromEntries(each)),
    fc.jsonValue({ maxDepth: 3 }),
  );
  expect(
    JSON.stringify(project(httpInput({ body: wholeBody('json', 9, { secret: ['x'] }) }), projection)),
  ).not.toMatch(/"(value|fields)"/);
  fc.assert(
    fc.property(bodies, fc.constantFrom('json' as const, 'form' as const), (value, kind) => {
      const input = httpInput({ method: 'POST', body: wholeBody(kind, 9, value) });
      const decision = decide(input);
      expect(decide(project(input, projection))).toEqual(decision);
      // And as the rules said when they looked at the value itself.
      const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
      const { rule } = decision as { rule: string };
      if (isObject && Object.hasOwn(value, '_method')) expect(rule).toBe('http.request.method_override');
      else if (isObject && Object.entries(value).some(isOver)) expect(rule).toBe('http.export.limit');
      else expect(rule).toBe('http.access.granted');
    }),
    { numRuns: 1_500 },
  );
});

/** Whether a member asks for more rows than a developer may: any of its values, taken from a list. */
function isOver([name, value]: readonly [string, unknown]): boolean {
  if (!['limit', 'limit[0]', 'page_size'].includes(name.toLowerCase())) return false;
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  const within = (each: unknown): boolean =>
    typeof each === 'number'
      ? each > 0 && each <= 200
      : typeof each === 'string' && /^[0-9]{1,30}$/.test(each) && BigInt(each) > 0n && BigInt(each) <= 200n;
  return values.length > 8 || !values.every(within);
}

test('a bundle that looks at any parameter depends on the parameters', async () => {
  const { folder, dispose } = await copyBundle(PROBE_BUNDLE);
  try {
    const answer = {
      version: 1,
      verdict: 'allow',
      rule: 'probe',
      reason: '',
      obligations: [],
      report_only: [],
    };
    const data = { answer, parameter: 'now', answer_to_parameter: { ...answer, verdict: 'deny' } };
    await changeBundle(folder, { data });
    const { dependsOn, decide } = await decider(folder);
    const execute = (value: string): PolicyInput =>
      policyInput({}, { kind: 'postgres.execute', parameters: ['x', value] });
    expect(decide(execute('now'))).not.toEqual(decide(execute('later')));
    expect(policyDependsOn(dependsOn, 'action.parameters')).toBe(true);
    expect(policyDependsOn(dependsOn, 'action.statement.text')).toBe(false);
  } finally {
    await dispose();
  }
});

test.skipIf(opa === undefined)('names at least what OPA finds from the decision on', async () => {
  const { dependsOn } = await decider(DEFAULT_BUNDLE);
  const folders = ['decision.rego', 'lib', 'postgres', 'http', 'mcp'].flatMap((source) => ['--data', source]);
  const { stdout } = await opa!(
    ['deps', '--ignore', '*_test.rego', '--format', 'json', ...folders, 'data.gatehouse.decision'],
    POLICIES_DIRECTORY,
  );
  const { base } = JSON.parse(stdout) as { base: readonly (readonly { value: string }[])[] };
  const found = base
    .filter(([root]) => root?.value === 'input')
    .map((steps) =>
      steps
        .slice(1)
        .map(({ value }) => value)
        .join('.'),
    );
  expect(found.length).toBeGreaterThan(10);
  for (const path of found) {
    expect(
      dependsOn.some((named) => named === path || path.startsWith(`${named}.`)),
      path,
    ).toBe(true);
  }
});

test('the default bundle does not depend on what differs from statement to statement', async () => {
  const { dependsOn } = await decider(DEFAULT_BUNDLE);
  for (const path of [
    'action.statement.text',
    'action.statement.fingerprint',
    'action.statement.columns',
    'action.parameters',
    'session',
    'session.transaction',
    'session.search_path',
    'session.client_address',
  ]) {
    expect(policyDependsOn(dependsOn, path), path).toBe(false);
  }
});
