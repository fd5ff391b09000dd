/** The built default library on HTTP and MCP, decision by decision, as the gate evaluates it: no `opa` is needed here. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Decision } from '../ext-proc/domain/decision.ts';
import { wholeBody, type PolicyHttpBody, type PolicyHttpRequest } from '../ext-proc/domain/http-action.ts';
import { LIMITS } from '../ext-proc/domain/limits.ts';
import type { PolicyHttpAction, PolicyInput, PolicyMcpAction } from '../ext-proc/domain/policy-input.ts';
import { parseStrictJson } from '../ext-proc/protocols/http/body/strict-json.ts';
import { readQuery } from '../ext-proc/protocols/http/request-target.ts';
import { readClientMessage } from '../ext-proc/protocols/mcp/client-message.ts';
import { describeMcp } from '../ext-proc/protocols/mcp/describe.ts';
import { createPolicyEngine, type OpaPolicyEngine } from '../ext-proc/adapters/opa-policy/engine.ts';
import {
  ALLOW_ALL_BUNDLE,
  changeBundle,
  copyBundle,
  DEFAULT_BUNDLE,
  httpInput,
  mcpInput,
  QUIET,
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

/** The library with other settings of one name. */
async function libraryWith(name: string, change: (settings: object) => object): Promise<OpaPolicyEngine> {
  const { folder, dispose } = await copyBundle(DEFAULT_BUNDLE);
  try {
    const data = JSON.parse(await readFile(join(folder, 'data.json'), 'utf8')) as {
      settings: Record<string, object>;
    };
    data.settings[name] = change(data.settings[name] ?? {});
    await changeBundle(folder, { data });
    const engine = await createPolicyEngine({ bundleFile: folder, log: QUIET });
    engine.close();
    return engine;
  } finally {
    await dispose();
  }
}

const PROD = { labels: { env: 'prod' } };
const HIGH = { labels: { env: 'dev', sensitivity: 'high' } };
const READER = { groups: ['readers'] };
const json = (value: unknown): PolicyHttpBody => ({ kind: 'json', complete: true, bytes: 100, value });
const BINARY: PolicyHttpBody = { kind: 'binary', complete: false, bytes: null };
const post = (value: unknown): Partial<PolicyHttpRequest> => ({ method: 'POST', body: json(value) });
const at = (path: string): Partial<PolicyHttpRequest> => ({ path, template: null });
const socket = { ...at('/ws'), body: json({ say: 'hello' }) };
const tool = (name: string, args: Record<string, unknown> = {}) => ({ tool: name, arguments: args });

type Case = readonly [what: string, input: PolicyInput];

describe('allows', () => {
  const cases: readonly (readonly [rule: string, ...Case])[] = [
    ['http.access.granted', 'GET /people/1', httpInput()],
    [
      'http.access.granted',
      'GET /people?limit=20',
      httpInput({ ...at('/people'), query: { limit: ['20'] } }),
    ],
    ['http.access.granted', 'GET in production', httpInput({}, PROD)],
    ['http.access.granted', 'GET of a reader', httpInput({}, READER)],
    ['http.access.granted', 'POST', httpInput(post({ name: 'Ann' }))],
    ['http.access.granted', 'DELETE', httpInput({ method: 'DELETE' })],
    [
      'http.access.granted',
      'POST /search of a reader',
      httpInput({ ...post({ term: 'a' }), ...at('/search') }, READER),
    ],
    ['http.access.granted', 'an upload', httpInput({ ...at('/uploads'), method: 'POST', body: BINARY })],
    ['http.websocket.granted', 'a WebSocket', httpInput(socket, { kind: 'http.websocket' })],
    ['http.websocket.granted', 'a message of one', httpInput(socket, { kind: 'http.message' })],
    ['mcp.access.granted', 'search_people', mcpInput(tool('search_people', { term: 'ann' }))],
    ['mcp.access.granted', 'get_person', mcpInput()],
    ['mcp.access.granted', 'get_person in production', mcpInput({}, PROD)],
    ['mcp.access.granted', 'list_orders of a reader', mcpInput(tool('list_orders', { person: 1 }), READER)],
    [
      'mcp.access.granted',
      'a resource',
      mcpInput({ resource: 'people://1', resources: ['people://1'] }, { kind: 'mcp.resource' }),
    ],
    ['mcp.access.granted', 'a prompt', mcpInput({ prompt: 'summarise_person' }, { kind: 'mcp.prompt' })],
    ['mcp.access.granted', 'tools/list', mcpInput({ method: 'tools/list' }, { kind: 'mcp.list' })],
    ['mcp.access.granted', 'initialize', mcpInput({ method: 'initialize' }, { kind: 'mcp.session' })],
    ['mcp.access.granted', 'ping', mcpInput({ method: 'ping' }, { kind: 'mcp.request' })],
    ['mcp.access.granted', 'a notification', mcpInput({}, { kind: 'mcp.notification' })],
    ['mcp.access.granted', 'an answer', mcpInput({ method: '' }, { kind: 'mcp.response' })],
  ];
  test.each(cases)('by %s: %s', (rule, _, input) => {
    expect(library.decide(input)).toMatchObject({ verdict: 'allow', rule });
  });
});

describe('holds', () => {
  const cases: readonly (readonly [rule: string, ...Case])[] = [
    ['http.environment.protected_write', 'POST in production', httpInput(post({}), PROD)],
    [
      'http.environment.protected_write',
      'DELETE without a label',
      httpInput({ method: 'DELETE' }, { labels: {} }),
    ],
  ];
  test.each(cases)('by %s: %s', (rule, _, input) => {
    expect(library.decide(input)).toMatchObject({ verdict: 'hold', rule });
  });

  test('a granted tool that writes, in production', async () => {
    const engine = await libraryWith('mcp', (mcp) => ({ ...mcp, groups: { developers: { tools: ['*'] } } }));
    expect(engine.decide(mcpInput(tool('update_person'), PROD))).toMatchObject({
      verdict: 'hold',
      rule: 'mcp.tool.protected',
    });
    expect(engine.decide(mcpInput(tool('update_person')))).toMatchObject({ verdict: 'allow' });
  });
});

describe('denies', () => {
  const stranger = { groups: ['strangers'] };
  const readOnly = { groups: ['readonly', 'developers'] };
  const cases: readonly (readonly [rule: string, ...Case])[] = [
    ['http.access.unknown_group', 'anything of a stranger', httpInput({}, stranger)],
    ['http.access.capability', 'POST of a reader', httpInput(post({}), READER)],
    ['http.access.read_only_agent', 'POST of a read-only developer', httpInput(post({}), readOnly)],
    [
      'http.environment.protected_write',
      'POST of a reader in production',
      httpInput(post({}), { ...READER, ...PROD }),
    ],
    ['http.path.restricted', 'GET /admin/users', httpInput(at('/admin/users'))],
    ['http.path.restricted', 'GET //Admin;x/users', httpInput(at('//Admin;x/users'))],
    ['http.export.listed', 'GET /people/export', httpInput(at('/people/export'))],
    ['http.export.limit', 'GET ?limit=100000', httpInput({ query: { limit: ['100000'] } })],
    [
      'http.export.limit',
      'POST {"limit": 100000}',
      httpInput({ ...at('/search'), ...post({ limit: 100_000 }) }),
    ],
    ['http.request.unlisted_method', 'TRACE', httpInput({ method: 'TRACE' })],
    [
      'http.request.method_override',
      'POST ?_method=DELETE',
      httpInput({ ...post({}), query: { _method: ['DELETE'] } }),
    ],
    [
      'http.body.unread',
      'an upload to a sensitive upstream',
      httpInput({ method: 'POST', body: BINARY }, HIGH),
    ],
    [
      'http.websocket.granted',
      'a WebSocket in production',
      httpInput(socket, { kind: 'http.websocket', ...PROD }),
    ],
    [
      'http.websocket.granted',
      'a WebSocket of a reader',
      httpInput(socket, { kind: 'http.websocket', ...READER }),
    ],
    [
      'mcp.access.unknown_group',
      'a session of a stranger',
      mcpInput({}, { kind: 'mcp.session', ...stranger }),
    ],
    ['mcp.access.unlisted', 'slow_report of a reader', mcpInput(tool('slow_report'), READER)],
    [
      'mcp.access.unlisted',
      'an unlisted request',
      mcpInput({ method: 'tasks/get' }, { kind: 'mcp.request' }),
    ],
    [
      'mcp.access.unlisted',
      'a file',
      mcpInput(
        { resource: 'file:///etc/passwd', resources: ['file:///etc/passwd'] },
        { kind: 'mcp.resource' },
      ),
    ],
    ['mcp.tool.denied', 'delete_person', mcpInput(tool('delete_person', { id: 1 }))],
    ['mcp.tool.denied', 'export_people', mcpInput(tool('export_people'))],
    ['mcp.tool.arguments', 'search_people for everybody', mcpInput(tool('search_people', { term: '%' }))],
    [
      'mcp.tool.protected',
      'update_person of a reader in production',
      mcpInput(tool('update_person'), { ...READER, ...PROD }),
    ],
    [
      'mcp.access.read_only_agent',
      'update_person of a read-only agent',
      mcpInput(tool('update_person'), readOnly),
    ],
  ];
  test.each(cases)('by %s: %s', (rule, _, input) => {
    const decision = library.decide(input);
    expect(decision.verdict).toBe('deny');
    expect([decision.rule, ...alsoOf(decision)]).toContain(rule);
    // A sentence that can be acted on.
    expect(decision.reason).toMatch(/^[A-Za-z][^\n]{15,400}\.$/);
  });

  test('each rule of the library is tried here', () => {
    const tried = new Set(cases.map(([rule]) => rule));
    const untried = library.manifest.rules
      .map(({ id }) => id)
      .filter((id) => /^(http|mcp)\./.test(id) && !tried.has(id) && !id.includes('.masking.'));
    // Grants allow; fields of bodies are closed, and requests and tools held, by settings only.
    expect(untried).toEqual([
      'http.access.granted',
      'http.approval.held_request',
      'http.body.arguments',
      'mcp.access.granted',
      'mcp.approval.held_tool',
    ]);
  });

  test('what is said of a request repeats nothing that was sent', () => {
    const secret = 's3cr3t';
    for (const input of [
      httpInput({ ...post({ limit: secret, [secret]: 1 }), query: { [secret]: [secret], limit: [secret] } }),
      httpInput({ ...at(`/admin/${secret}`), query: { _method: [secret] } }),
      mcpInput(tool('search_people', { term: '%', [secret]: secret })),
      mcpInput({ resource: `mail://${secret}`, resources: [`mail://${secret}`] }, { kind: 'mcp.resource' }),
    ]) {
      const decision = library.decide(input);
      expect(decision.verdict).toBe('deny');
      expect(JSON.stringify(decision)).not.toContain(secret);
    }
  });

  test('HTTP to an MCP server that is no message of MCP', () => {
    const input = httpInput();
    expect(library.decide({ ...input, upstream: { ...input.upstream, protocol: 'mcp' } })).toMatchObject({
      verdict: 'deny',
      rule: 'default',
    });
  });

  test('a field that the settings close, and a body in which it could hide', async () => {
    const entry = { methods: ['POST'], field: '**.role', matches: '^admin$', reason: 'Use the role member.' };
    const engine = await libraryWith('http', (http) => ({ ...http, arguments: [entry] }));
    const rule = 'http.body.arguments';
    const fields = post({ people: [{ name: 'Ann', role: 'admin' }] });
    expect(engine.decide(httpInput(fields))).toMatchObject({ verdict: 'deny', rule, reason: entry.reason });
    expect(engine.decide(httpInput(post({ role: 'member' })))).toMatchObject({ verdict: 'allow' });
    expect(engine.decide(httpInput({ method: 'POST', body: BINARY }))).toMatchObject({
      verdict: 'deny',
      rule,
    });
  });
});

describe('a field that the settings close', () => {
  let engine: OpaPolicyEngine;
  beforeAll(async () => {
    const closed = [
      { field: 'user.role', matches: '^admin$', reason: 'Use the role member.' },
      { field: '**.is_admin', reason: 'Say nothing of administrators.' },
    ];
    engine = await libraryWith('http', (http) => ({ ...http, arguments: closed }));
  });
  const sent = (body: PolicyHttpBody): Decision => engine.decide(httpInput({ method: 'POST', body }));
  const jsonBody = (text: string): PolicyHttpBody => {
    const read = parseStrictJson(Buffer.from(text));
    if (!read.ok) throw new Error(read.code);
    return wholeBody('json', text.length, read.value);
  };

  test.each([
    '{"user":{"role":"admin"}}',
    '{"user":{"Role":"admin"}}',
    '{"USER":[{"ROLE":"admin"}]}',
    '{"u\u017fer":{"role":"admin"}}',
    '{"user":{"role":"member","Role":"admin"}}',
    '{"user":{"Role":"admin","role":"member"}}',
    '{"user":"x","User":{"role":"admin"}}',
    '{"is_admin":true}',
    '{"a":1,"Is_Admin":true}',
    '{"a":[[{"i\u017f_adm\u0131n":false}]]}',
  ])('is closed in any case of its letters: %s', (text) => {
    expect(sent(jsonBody(text))).toMatchObject({ verdict: 'deny', rule: 'http.body.arguments' });
  });

  test.each([
    'user[role]=admin',
    'User[Role]=admin',
    'user[role][]=member&user[role][]=admin',
    'user[0][role]=admin',
    'user.role=admin',
    'user%5B0%5D.Role=admin',
    'user=x&user[role]=admin',
    'is_admin[]=1',
    'a[b][Is_Admin]=1',
    'a.is_admin=1',
    'is.admin=1',
    '+is+admin=1',
    'is[admin=1',
  ])('is closed in any form that servers read: %s', (text) => {
    expect(sent(wholeBody('form', text.length, readQuery(text)))).toMatchObject({
      verdict: 'deny',
      rule: 'http.body.arguments',
    });
  });

  test('leaves others open', () => {
    for (const text of ['{"user":{"Role":"member"}}', '{"role":"admin"}', '{"Admin":{"User":{}}}'])
      expect(sent(jsonBody(text))).toMatchObject({ verdict: 'allow' });
    for (const text of ['user[role]=member', 'role[user]=admin', 'isadmin=1'])
      expect(sent(wholeBody('form', text.length, readQuery(text)))).toMatchObject({ verdict: 'allow' });
  });
});

test('arguments of tools, limits and other methods are closed in any case of their letters', () => {
  for (const term of ['term', 'Term', 'TERM'])
    expect(library.decide(mcpInput(tool('search_people', { [term]: '%' })))).toMatchObject({
      verdict: 'deny',
      rule: 'mcp.tool.arguments',
    });
  for (const value of [{ Limit: 5_000 }, { 'page_\u017fize': 5_000 }])
    expect(library.decide(httpInput(post(value)))).toMatchObject({ rule: 'http.export.limit' });
  expect(library.decide(httpInput(post({ _Method: 'DELETE' })))).toMatchObject({
    rule: 'http.request.method_override',
  });
});

test('a list is counted under all spellings of its name, and values and what stands below them apart', async () => {
  const held = [{ methods: ['POST'], items_min: 3 }];
  const engine = await libraryWith('http', (http) => ({ ...http, held }));
  const verdict = (body: PolicyHttpBody): string =>
    engine.decide(httpInput({ method: 'POST', body })).verdict;
  const form = (text: string): PolicyHttpBody => wholeBody('form', text.length, readQuery(text));
  expect(verdict(json({ ids: [1, 2], IDS: [3] }))).toBe('hold');
  expect(verdict(json({ ids: [1, 2], other: [3] }))).toBe('allow');
  expect(verdict(form('ids=1&ids=2&IDs=3'))).toBe('hold');
  expect(verdict(form('ids[]=1&ids[]=2&ids[]=3'))).toBe('hold');
  expect(verdict(form('ids=1&ids=2&ids[a]=3&other=4'))).toBe('allow');
});

test('a form that numbers what it lists is held as a list', async () => {
  const held = [{ methods: ['POST'], items_min: 3 }];
  const engine = await libraryWith('http', (http) => ({ ...http, held }));
  const verdict = (text: string): string =>
    engine.decide(httpInput({ method: 'POST', body: wholeBody('form', text.length, readQuery(text)) }))
      .verdict;
  expect(verdict('id[0]=1&id[1]=2&Id[2]=3')).toBe('hold');
  expect(verdict('p[0][a]=1&p[1][a]=2&p[2].b=3')).toBe('hold');
  expect(verdict('p[0][a]=1&p[0][b]=2&p[0][c]=3')).toBe('allow');
});

describe('a body as large as policy is given one', () => {
  const largest = LIMITS.httpPolicyBodyBytesMax;
  const held = [
    { paths: ['/bulk'], methods: ['DELETE'] },
    { methods: ['POST'], items_min: 2_000 },
  ];
  const looks = [{ field: '**.role', matches: '^admin$', reason: 'No roles here.' }];
  /** The fields that fit, and one more. */
  const filled = (field: (index: number) => string, last: string, between: string): string => {
    let text = '';
    for (let index = 0; ; index++) {
      const next = `${field(index)}${between}`;
      if (text.length + next.length + last.length + 2 > largest) return text + last;
      text += next;
    }
  };
  const sentence = (length: number): string => 'some words of a text, '.repeat(length / 20).slice(0, length);
  const jsonBody = (field: (index: number) => string, last: string): PolicyHttpBody => {
    const bytes = Buffer.from(`{${filled(field, last, ',')}}`);
    return wholeBody('json', bytes.length, JSON.parse(bytes.toString()));
  };
  const formBody = (field: (index: number) => string, last: string): PolicyHttpBody => {
    const text = filled(field, last, '&');
    const value = readQuery(text);
    if (value === undefined) throw new Error('not a form that is read');
    return wholeBody('form', text.length, value);
  };
  const jsonText = (text: string) => (index: number) => `"Field ${index}":${JSON.stringify(text)}`;
  const formText =
    (name: (index: number) => string, length: number) =>
    (index: number): string =>
      `${name(index)}=${sentence(length).replaceAll(' ', '+')}`;

  const bodies: readonly (readonly [what: string, body: (last: 'admin' | 'member') => PolicyHttpBody])[] = [
    ['flat JSON', (last) => jsonBody(jsonText(sentence(40)), `"user":{"Role":"${last}"}`)],
    ['JSON of long texts', (last) => jsonBody(jsonText(sentence(30_000)), `"user":{"Role":"${last}"}`)],
    [
      'JSON with escapes',
      (last) => jsonBody(jsonText('"line"\n\t\\ ü'.repeat(20)), `"user":{"Role":"${last}"}`),
    ],
    [
      'a flat form',
      (last) =>
        formBody(
          formText((at) => `bio${at}`, 200),
          `user[Role]=${last}`,
        ),
    ],
    [
      'a form of a list',
      (last) =>
        formBody(
          formText((at) => `people[${at}][bio]`, 120),
          `people[0][Role]=${last}`,
        ),
    ],
    [
      'a form of long texts',
      (last) =>
        formBody(
          formText((at) => `people[${at}][bio]`, 30_000),
          `people[0][Role]=${last}`,
        ),
    ],
    [
      'a form of names with dots',
      (last) =>
        formBody(
          formText((at) => `a.people[${at}][bio.text]`, 120),
          `a.people[0][Role]=${last}`,
        ),
    ],
  ];
  const posting = (body: PolicyHttpBody): PolicyInput => {
    const input = httpInput({ ...at('/people'), method: 'POST' });
    const action = input.action as PolicyHttpAction;
    return { ...input, action: { ...action, request: { ...action.request, body } } };
  };

  test.each(bodies)('is judged: %s', async (_, body) => {
    expect(body('member').bytes).toBeGreaterThan(largest * 0.75);
    for (const settings of [{ held }, { arguments: looks }, { held, arguments: looks }]) {
      const engine = await libraryWith('http', (http) => ({ ...http, ...settings }));
      expect(engine.decide(posting(body('member')))).toMatchObject({ rule: 'http.access.granted' });
      // The last of its names is seen.
      if ('arguments' in settings)
        expect(engine.decide(posting(body('admin')))).toMatchObject({
          verdict: 'deny',
          rule: 'http.body.arguments',
        });
    }
  });

  test('and no larger one, whatever it says of its bytes', async () => {
    const engine = await libraryWith('http', (http) => ({ ...http, arguments: looks }));
    expect(
      engine.decide(posting(wholeBody('json', 10 * largest, { text: 'x'.repeat(10 * largest) }))),
    ).toMatchObject({ verdict: 'deny', rule: 'GH_POLICY_INPUT_TOO_LARGE' });
  });
});

describe('fields are made', () => {
  const headers = new Map([['mcp-protocol-version', '2025-11-25']]);
  const watched = (): { values: Record<string, unknown>; reads: () => number } => {
    let reads = 0;
    const values = {
      get Term() {
        reads++;
        return '%';
      },
    };
    return { values, reads: () => reads };
  };
  const calling = (values: Record<string, unknown>): PolicyInput => {
    const params = { name: 'search_people', arguments: values };
    const read = readClientMessage({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }, headers);
    if (!read.ok) throw new Error(read.code);
    const input = mcpInput();
    return { ...input, action: { ...(input.action as PolicyMcpAction), ...describeMcp(read.message) } };
  };
  const posting = (value: unknown): PolicyInput => {
    const input = httpInput({ ...at('/people'), method: 'POST' });
    const action = input.action as PolicyHttpAction;
    return {
      ...input,
      action: { ...action, request: { ...action.request, body: wholeBody('json', 20, value) } },
    };
  };

  test('of arguments where an entry looks at them, once, and otherwise not', async () => {
    const idle = await libraryWith('mcp', (mcp) => ({
      ...mcp,
      tools: { ...(mcp as { tools: object }).tools, arguments: [] },
    }));
    const { values, reads } = watched();
    const input = calling(values);
    expect(idle.decide(input)).toMatchObject({ verdict: 'allow' });
    expect(reads()).toBe(0);
    for (let round = 0; round < 2; round++)
      expect(library.decide(input)).toMatchObject({ rule: 'mcp.tool.arguments' });
    expect(reads()).toBe(1);
  });

  test('of a body where an entry looks at it, once, and otherwise not', async () => {
    const looking = await libraryWith('http', (http) => ({
      ...http,
      arguments: [{ field: 'term', matches: '^%$' }],
    }));
    const { values, reads } = watched();
    const input = posting(values);
    const ofMembers = reads();
    expect(library.decide(input)).toMatchObject({ verdict: 'allow' });
    expect(reads()).toBe(ofMembers);
    for (let round = 0; round < 2; round++)
      expect(looking.decide(input)).toMatchObject({ rule: 'http.body.arguments' });
    expect(reads()).toBe(ofMembers + 1);
  });
});

describe('what is masked', () => {
  const pass = { kind: 'pass_unreadable', direction: 'both' };
  const values = [
    { kind: 'reveal_fields', fields: ['*'] },
    { kind: 'reveal_found', kinds: ['*'] },
  ];
  const officer = { groups: ['developers', 'privacy-officers'] };

  test.each([
    ['HTTP', httpInput],
    ['MCP', mcpInput],
  ] as const)(
    'is shown to privacy officers of a development upstream of %s, and to nobody else',
    (_, input) => {
      const asked = (options: Parameters<typeof input>[1]): ReadonlySet<unknown> =>
        new Set(library.decide(input({}, options as never)).obligations);
      expect(asked(officer)).toEqual(new Set([pass, ...values]));
      expect(asked({})).toEqual(new Set([pass]));
      expect(asked({ ...officer, ...PROD })).toEqual(new Set([pass]));
      expect(asked(HIGH)).toEqual(new Set());
    },
  );

  test('follows the settings in the words that the gate knows', async () => {
    const who = { groups: ['developers'], labels: {} };
    const engine = await libraryWith('masking', () => ({
      reveal: [{ ...who, fields: ['tag:email'], headers: ['set-cookie'] }],
      mask: [{ ...who, fields: ['**.salary'] }, { columns: ['hr.*.salary'] }],
      remove: [{ fields: ['**.debug'] }],
      unreadable: [{ ...who, direction: 'response' }],
    }));
    for (const input of [httpInput({}, HIGH), mcpInput({}, HIGH)]) {
      expect(new Set(engine.decide(input).obligations)).toEqual(
        new Set([
          { kind: 'reveal_fields', fields: ['tag:email'] },
          { kind: 'reveal_headers', headers: ['set-cookie'] },
          { kind: 'mask_fields', fields: ['**.salary'], style: 'full', direction: 'both' },
          { kind: 'remove_fields', fields: ['**.debug'] },
          { kind: 'pass_unreadable', direction: 'response' },
        ]),
      );
    }
  });

  test.each([
    ['a mask of nothing', { mask: [{ groups: ['developers'] }] }],
    ['a removal of nothing', { remove: [{}] }],
    [
      'a header that is a credential',
      { reveal: [{ groups: ['*'], labels: {}, headers: ['authorization'] }] },
    ],
    ['a field that is none', { reveal: [{ groups: ['*'], labels: {}, fields: ['a..b'] }] }],
  ])('asked for as %s keeps the bundle from being put in force', async (_, masking) => {
    await expect(libraryWith('masking', () => masking)).rejects.toMatchObject({
      code: 'GH_POLICY_BUNDLE_SELF_CHECK',
    });
  });

  test('does not pass where the settings say nothing of sensitive upstreams', async () => {
    const engine = await libraryWith('sensitivity', () => ({}));
    expect(engine.decide(httpInput()).obligations).toEqual([]);
  });
});

test('the bundle that allows all allows HTTP and MCP, and reveals', () => {
  for (const input of [
    httpInput({ method: 'TRACE' }, { groups: [] }),
    httpInput(socket, { kind: 'http.message', groups: [] }),
    mcpInput(tool('delete_person'), { groups: [] }),
  ]) {
    const decision = allowAll.decide(input);
    expect(decision).toMatchObject({ verdict: 'allow', rule: 'allow_all', reportOnly: [] });
    expect(decision.obligations).toContainEqual({ kind: 'reveal_fields', fields: ['*'] });
    expect(decision.obligations).toContainEqual({ kind: 'pass_unreadable', direction: 'both' });
  }
});

test('what decisions are reused by is what the rules look at', () => {
  for (const path of [
    'action.request.method',
    'action.request.path',
    'action.request.query',
    'action.request.body',
  ])
    expect(library.dependsOn(path), path).toBe(true);
  for (const path of [
    'action.request.body.fields',
    'action.mcp',
    'action.mcp.argument_fields',
    'action.mcp.argument_fields.id',
  ])
    expect(library.dependsOn(path), path).toBe(true);
  for (const path of [
    'action.request.host',
    'action.request.parameters',
    'action.request.headers.user-agent',
    'action.request.content_type',
    'action.request.inspection',
    'action.request.body.bytes',
    'action.request.body.value',
    'action.mcp.version',
    'session.route',
  ])
    expect(library.dependsOn(path), path).toBe(false);
});

/** The rules that a reason ends with. */
const alsoOf = ({ reason }: Decision): readonly string[] =>
  / Also: (.*)\.$/.exec(reason)?.[1]?.split(', ') ?? [];
