/**
 * What holds for every request over HTTP and every message to an MCP server, whoever sends it and whatever else is in
 * the input: no combination of other members may open what a rule closes.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Decision } from '../ext-proc/domain/decision.ts';
import type { HttpActionKind, PolicyHttpBody, PolicyHttpRequest } from '../ext-proc/domain/http-action.ts';
import type { McpActionKind, PolicyMcpMessage } from '../ext-proc/domain/mcp-action.ts';
import {
  enterField,
  FIELD_STATE_START,
  fieldPattern,
  isFieldState,
  type FieldPattern,
} from '../ext-proc/domain/field-rules.ts';
import type { PolicyHttpAction, PolicyInput, PolicyMcpAction } from '../ext-proc/domain/policy-input.ts';
import { createPolicyEngine, type OpaPolicyEngine } from '../ext-proc/adapters/opa-policy/engine.ts';
import {
  changeBundle,
  copyBundle,
  DEFAULT_BUNDLE,
  httpInput,
  mcpInput,
  QUIET,
} from '../test/support/policy.ts';

const RUNS = { numRuns: 1_500 };

/** The library with other settings. */
async function engineWith(settings: object, reportOnly: readonly string[] = []): Promise<OpaPolicyEngine> {
  const { folder, dispose } = await copyBundle(DEFAULT_BUNDLE);
  try {
    const data = JSON.parse(await readFile(join(folder, 'data.json'), 'utf8')) as { settings: object };
    await changeBundle(folder, { data: { ...data, settings: { ...data.settings, ...settings } } });
    const engine = await createPolicyEngine({ bundleFile: folder, log: QUIET, reportOnly });
    engine.close();
    return engine;
  } finally {
    await dispose();
  }
}

let engine: OpaPolicyEngine;
beforeAll(async () => {
  engine = await createPolicyEngine({ bundleFile: DEFAULT_BUNDLE, log: QUIET });
});
afterAll(() => engine.close());

const READING = ['GET', 'HEAD', 'OPTIONS'];
const WRITING = ['POST', 'PUT', 'PATCH', 'DELETE'];
const UNLISTED = ['TRACE', 'CONNECT', 'PROPFIND', 'get', ''];
const CLOSED_PATHS = [
  '/admin',
  '/Admin/users',
  '//admin/',
  '/internal;x/a',
  '/.git/config',
  '/people/export',
  '/v1/exports/1',
];
const OPEN_PATHS = ['/people/1', '/search', '/', '/administrators', '/a/b/c'];
const TOOLS = [
  'search_people',
  'get_person',
  'list_orders',
  'slow_report',
  'delete_person',
  'export_people',
  'update_person',
  '',
];
const GRANTED_TOOLS = ['search_people', 'get_person', 'list_orders', 'slow_report'];

const mostly = <T>(usual: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });

const limit = fc.constantFrom('1', '200', '201', '0', '-1', 'all', '99999999999999999999', '1e3', '');
const query = mostly<PolicyHttpRequest['query']>(
  {},
  fc.dictionary(fc.constantFrom('limit', 'Page_Size', 'q', '_method'), fc.array(limit, { maxLength: 2 }), {
    maxKeys: 2,
  }),
);
const body: fc.Arbitrary<PolicyHttpBody> = fc.oneof(
  fc.constant<PolicyHttpBody>({ kind: 'none', complete: true, bytes: 0 }),
  fc.record({
    kind: fc.constantFrom<PolicyHttpBody['kind']>('json', 'form', 'text', 'ndjson', 'binary', 'unread'),
    complete: mostly(true, fc.constant(false)),
    bytes: fc.constantFrom(null, 10),
  }),
  fc.record({
    kind: fc.constant<PolicyHttpBody['kind']>('json'),
    complete: fc.constant(true),
    bytes: fc.constant(10),
    value: fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.record({ limit: fc.oneof(limit, fc.constantFrom(1, 200, 201, 0)) }),
    ),
  }),
);
const groups = fc.subarray([
  'developers',
  'readers',
  'readonly',
  'schema-owners',
  'strangers',
  'privacy-officers',
]);
const labels = fc.constantFrom<Record<string, string>>(
  { env: 'dev' },
  { env: 'dev' },
  { env: 'prod' },
  {},
  { env: 'dev', sensitivity: 'high' },
);
const who = fc.record({ groups, labels });
const http = fc
  .record({
    kind: mostly<HttpActionKind>('http.request', fc.constantFrom('http.websocket', 'http.message')),
    who,
    fields: fc.record({
      method: fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom(...READING, ...WRITING) },
        { weight: 1, arbitrary: fc.constantFrom(...UNLISTED) },
      ),
      path: fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...OPEN_PATHS) },
        { weight: 1, arbitrary: fc.constantFrom(...CLOSED_PATHS) },
      ),
      template: fc.constantFrom(null, '/people/{id}'),
      query,
      body,
    }),
  })
  .map(({ kind, who: options, fields }) => httpInput(fields, { ...options, kind }));

const mcp = fc
  .record({
    kind: fc.oneof(
      { weight: 4, arbitrary: fc.constant<McpActionKind>('mcp.tool') },
      {
        weight: 1,
        arbitrary: fc.constantFrom<McpActionKind>(
          'mcp.resource',
          'mcp.prompt',
          'mcp.list',
          'mcp.session',
          'mcp.request',
          'mcp.notification',
          'mcp.response',
        ),
      },
    ),
    who,
    fields: fc.record(
      {
        version: fc.constantFrom('', '2025-11-25'),
        method: fc.constantFrom('tools/call', 'ping', 'tasks/get', 'tools/list'),
        tool: fc.constantFrom(...TOOLS),
        arguments: fc.oneof(
          fc.constantFrom({ term: 'ann' }, { term: '%' }, {}),
          fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })),
        ) as fc.Arbitrary<Record<string, unknown>>,
        resources: fc.array(fc.constantFrom('people://1', 'handbook://x', 'file:///etc/passwd'), {
          maxLength: 2,
        }),
        prompt: fc.constantFrom('summarise_person', 'other'),
      },
      { requiredKeys: ['version', 'method'] },
    ) as fc.Arbitrary<Partial<PolicyMcpMessage>>,
  })
  .map(({ kind, who: options, fields }) => mcpInput(fields, { ...options, kind }));

const input = fc.oneof(http, mcp);

const requestOf = ({ action }: PolicyInput): PolicyHttpRequest => (action as PolicyHttpAction).request;
const messageOf = ({ action }: PolicyInput): PolicyMcpMessage => (action as PolicyMcpAction).mcp;
const mayWrite = ({ principal: { groups: held }, upstream }: PolicyInput): boolean =>
  (held.includes('developers') || held.includes('schema-owners')) &&
  !held.includes('readonly') &&
  upstream.labels['env'] === 'dev';

/** Checks a claim about everything that is allowed, and that enough was. */
function holdsForAllowed(
  of: fc.Arbitrary<PolicyInput>,
  claim: (tried: PolicyInput, decision: Decision) => void,
): void {
  let allowed = 0;
  fc.assert(
    fc.property(of, (tried) => {
      const decision = engine.decide(tried);
      if (decision.verdict !== 'allow') return;
      allowed++;
      claim(tried, decision);
    }),
    RUNS,
  );
  expect(allowed).toBeGreaterThan(50);
}

test('every decision is in form, and its reason one line', () => {
  fc.assert(
    fc.property(input, (tried) => {
      const { rule, reason } = engine.decide(tried);
      expect(rule).toMatch(/^(default|(http|mcp)\.[a-z_]+\.[a-z_]+)$/);
      expect(reason).toMatch(/^[A-Z_a-z][^\n]*\.$/);
    }),
    RUNS,
  );
});

test('a kind of action that nobody knows is denied', () => {
  const kinds = fc.oneof(
    fc.constantFrom(
      'http.',
      'http',
      'http.connect',
      'mcp.',
      'mcp',
      'mcp.elicit',
      'HTTP.request',
      'lib.access',
      '',
    ),
    fc.string(),
  );
  fc.assert(
    fc.property(input, kinds, (tried, kind) => {
      const action = { ...tried.action, kind } as unknown as PolicyInput['action'];
      expect(engine.decide({ ...tried, action }).verdict).toBe('deny');
    }),
    { numRuns: 500 },
  );
});

test('a stranger gets nothing', () => {
  const strangers = fc.subarray(['strangers', 'privacy-officers', 'data-exporters', '*', '']);
  fc.assert(
    fc.property(input, strangers, (tried, held) => {
      const principal = { ...tried.principal, groups: held };
      expect(engine.decide({ ...tried, principal })).toMatchObject({ verdict: 'deny' });
    }),
    { numRuns: 500 },
  );
});

test('an action that is anything at all is denied, and nothing is thrown', () => {
  fc.assert(
    fc.property(input, fc.jsonValue(), (tried, anything) => {
      const { kind } = tried.action;
      for (const action of [
        anything,
        { kind },
        { kind, request: anything },
        { kind, request: {}, mcp: anything },
      ]) {
        const decision = engine.decide({ ...tried, action } as unknown as PolicyInput);
        const open = ['mcp.list', 'mcp.session', 'mcp.notification', 'mcp.response'].includes(kind);
        if (!open || action === anything) expect(decision.verdict).toBe('deny');
      }
    }),
    { numRuns: 300 },
  );
});

describe('whatever is allowed over HTTP', () => {
  test('has a method that is listed, and no other one in a parameter', () => {
    holdsForAllowed(http, (tried) => {
      const { method, query: asked } = requestOf(tried);
      if (tried.action.kind === 'http.request') expect(UNLISTED).not.toContain(method);
      expect(asked).not.toHaveProperty('_method');
    });
  });

  test('goes to no path that is closed', () => {
    holdsForAllowed(http, (tried) => expect(CLOSED_PATHS).not.toContain(requestOf(tried).path));
  });

  test('only reads where the principal may only read, or the environment is protected', () => {
    holdsForAllowed(http, (tried) => {
      if (mayWrite(tried)) return;
      const { method, path } = requestOf(tried);
      expect(tried.action.kind).toBe('http.request');
      if (method !== 'POST' || path !== '/search') expect(READING).toContain(method);
    });
  });

  test('asks for no more than a page', () => {
    holdsForAllowed(http, (tried) => {
      const { query: asked, body: sent } = requestOf(tried);
      for (const name of ['limit', 'Page_Size'])
        for (const value of asked[name] ?? []) expect(['1', '200']).toContain(value);
      const value = (sent.value as { limit?: unknown } | null | undefined)?.limit;
      if (sent.kind === 'json' && sent.complete && value !== undefined)
        expect(['1', '200', 1, 200]).toContain(value);
    });
  });

  test('takes nothing that was not read to a sensitive upstream, and passes nothing there', () => {
    holdsForAllowed(http, (tried, { obligations }) => {
      const passes = obligations.some(({ kind }) => kind === 'pass_unreadable');
      expect(passes).toBe(tried.upstream.labels['sensitivity'] !== 'high');
      if (passes) return;
      const { kind, complete } = requestOf(tried).body;
      if (kind !== 'none') expect([kind === 'binary' || kind === 'unread', complete]).toEqual([false, true]);
    });
  });
});

describe('whatever an MCP server is asked', () => {
  test('is a tool, a resource or a prompt that a group has, or open to all', () => {
    holdsForAllowed(mcp, (tried, { rule }) => {
      const { tool, resources, prompt, method } = messageOf(tried);
      expect(rule).toBe('mcp.access.granted');
      switch (tried.action.kind) {
        case 'mcp.tool':
          expect(GRANTED_TOOLS).toContain(tool);
          break;
        case 'mcp.resource':
          expect(resources).not.toHaveLength(0);
          for (const each of resources ?? ['']) expect(each).toMatch(/^(people|handbook):/);
          break;
        case 'mcp.prompt':
          expect(prompt).toBe('summarise_person');
          break;
        case 'mcp.request':
          expect(method).toBe('ping');
          break;
        default:
      }
    });
  });

  test('searches for somebody', () => {
    holdsForAllowed(mcp, (tried) => {
      const { tool, arguments: args } = messageOf(tried);
      if (tried.action.kind === 'mcp.tool' && tool === 'search_people') expect(args?.['term']).not.toBe('%');
    });
  });
});

describe('what only reports', () => {
  test('tells the finding that would have decided, and lets through', async () => {
    const reporting = await engineWith({}, ['http.*', 'mcp.*']);
    fc.assert(
      fc.property(input, (tried) => {
        const enforced = engine.decide(tried);
        const reported = reporting.decide(tried);
        expect(reported.obligations).toEqual(enforced.obligations);
        expect(reported.rule).toBe('default');
        if (enforced.verdict === 'allow') return;
        expect(reported.reportOnly.map(({ rule, verdict }) => [rule, verdict])).toContainEqual([
          enforced.rule,
          enforced.verdict,
        ]);
        expect(reported.verdict).toBe('allow');
      }),
      { numRuns: 500 },
    );
  });
});

describe('an exemption', () => {
  const rules = [
    'http.access.capability',
    'http.path.*',
    'http.export.*',
    'mcp.tool.denied',
    'mcp.access.unlisted',
  ];
  const freed = (rule: string): boolean =>
    rules.some(
      (pattern) => pattern === rule || (pattern.endsWith('.*') && rule.startsWith(pattern.slice(0, -1))),
    );

  test('frees its group on its upstreams from its rules, and changes nothing for others', async () => {
    const exempting = await engineWith({
      exemptions: [{ rules, groups: ['developers'], labels: { env: ['dev'] } }],
    });
    fc.assert(
      fc.property(input, (tried) => {
        const decision = exempting.decide(tried);
        const affected =
          tried.principal.groups.includes('developers') && tried.upstream.labels['env'] === 'dev';
        if (affected) expect(freed(decision.rule)).toBe(false);
        else expect({ ...decision, bundleHash: '' }).toEqual({ ...engine.decide(tried), bundleHash: '' });
      }),
      { numRuns: 500 },
    );
  });

  test('is no grant', async () => {
    const exempting = await engineWith({
      exemptions: [{ rules: ['http.*', 'mcp.*'], groups: ['strangers'], labels: {} }],
    });
    fc.assert(
      fc.property(input, (tried) => {
        const principal = { ...tried.principal, groups: ['strangers'] };
        expect(exempting.decide({ ...tried, principal })).toMatchObject({ verdict: 'deny', rule: 'default' });
      }),
      { numRuns: 300 },
    );
  });
});

describe('what an agent can make large or odd', () => {
  const entry = { field: '**.role', matches: '^admin$' };
  const posting = (value: unknown): PolicyInput =>
    httpInput({ method: 'POST', body: { kind: 'json', complete: true, bytes: 1, value } });

  test('is looked into all the same', async () => {
    const looking = await engineWith({ http: { methods: { POST: 'write' }, arguments: [entry] } });
    for (const around of ['__proto__', 'a.b', '', '\u0000', 'ü', '*', '"\\', '\n'])
      expect(looking.decide(posting({ [around]: [[{ role: 'admin' }]] })), around).toMatchObject({
        verdict: 'deny',
        rule: 'http.body.arguments',
      });
    const people = Array.from({ length: 4_000 }, (_, id) => ({ id, role: 'member' }));
    expect(looking.decide(posting(people)).verdict).toBe('allow');
    expect(looking.decide(posting([...people, { role: 'admin' }])).verdict).toBe('deny');
  });

  test('is found at the fields that masking would find', async () => {
    const patterns = [
      'a',
      'a.b',
      '*',
      '*.b',
      'a*',
      '**',
      '**.b',
      'a.**',
      '**.a.**.b',
      'a.*.b',
      '**.a*b',
      '**.**.a.b',
    ];
    const looking = await engineWith({
      http: {
        methods: { POST: 'write' },
        arguments: patterns.map((field, index) => ({ paths: [`/${index}`], field })),
      },
    });
    const scalar = fc.constantFrom<unknown>(1, 'x', null);
    const name = fc.constantFrom('a', 'b', 'c', 'ab', 'a.b', 'aXb', '*', '');
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'medium', withCrossShrink: true },
        scalar,
        fc.dictionary(name, tie('value'), { maxKeys: 3 }),
        fc.array(tie('value'), { minLength: 1, maxLength: 2, depthIdentifier: 'list' }),
      ),
    }));
    const stands = (at: unknown, pattern: FieldPattern, state: number): boolean => {
      if (Array.isArray(at)) return at.some((each) => stands(each, pattern, state));
      if (isFieldState(pattern, state)) return true;
      if (typeof at !== 'object' || at === null) return false;
      return Object.entries(at).some(([key, below]) =>
        stands(below, pattern, enterField(pattern, state, key)),
      );
    };
    let found = 0;
    fc.assert(
      fc.property(value, fc.nat(patterns.length - 1), (body, index) => {
        const pattern = fieldPattern(patterns[index] as string) as FieldPattern;
        const asked = { path: `/${index}`, template: null, method: 'POST' };
        const decision = looking.decide(
          httpInput({ ...asked, body: { kind: 'json', complete: true, bytes: 1, value: body } }),
        );
        // What is deeper than is looked is denied without a look.
        if (decision.reason.includes('too deeply')) return;
        const expected = stands(body, pattern, FIELD_STATE_START);
        expect(decision.verdict).toBe(expected ? 'deny' : 'allow');
        if (expected) found++;
      }),
      { numRuns: 1_000 },
    );
    expect(found).toBeGreaterThan(50);
  });

  test('is denied where it is too deep or too large, and the next one is fine', async () => {
    const looking = await engineWith({ http: { methods: { POST: 'write' }, arguments: [entry] } });
    let deep: unknown = { role: 'admin' };
    for (let depth = 0; depth < 5_000; depth++) deep = [deep];
    expect(looking.decide(posting(deep)).verdict).toBe('deny');
    expect(looking.decide(posting('x'.repeat(300_000)))).toMatchObject({
      verdict: 'deny',
      rule: 'GH_POLICY_INPUT_TOO_LARGE',
    });
    expect(looking.decide(posting({ role: 'member' })).verdict).toBe('allow');
  });

  test('is denied where an expression of the settings is none', async () => {
    const looking = await engineWith({
      http: { methods: { POST: 'write' }, arguments: [{ ...entry, matches: '(' }] },
    });
    expect(looking.decide(posting({ role: 'member' }))).toMatchObject({
      verdict: 'deny',
      rule: 'http.body.arguments',
    });
    expect(looking.decide(posting({ name: 'Ann' })).verdict).toBe('allow');
  });
});
