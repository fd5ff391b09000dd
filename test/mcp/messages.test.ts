/** MCP through the gate, over bare HTTP: sessions, refusals, lists, denials and results as a client gets them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { LIMITS } from '../../ext-proc/domain/limits.ts';
import { startSampleMcp, type SampleMcp } from '../../ext-proc/embedded/sample-mcp/sample-mcp.ts';
import { SampleRecords } from '../../ext-proc/embedded/sample-records.ts';
import { startHttpGate, UPSTREAM_TOKEN, type HttpGate } from '../support/http-gate.ts';
import { h1, h2, openH2, type Answer } from '../support/http-clients.ts';
import { answer, startScriptedServer, type ScriptedServer } from '../support/scripted-server.ts';
import { selfSigned } from '../support/self-signed.ts';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.ts';

const OLD = '2025-11-25';
const NEW = '2026-07-28';

let files: TemporaryDirectory;
let sample: SampleMcp;
let scripted: ScriptedServer;
let gate: HttpGate;
beforeAll(async () => {
  files = await temporaryDirectory();
  const tls = await selfSigned({ name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' });
  const ca = join(files.path, 'sample-ca.crt');
  await writeFile(ca, tls.certificate);
  sample = await startSampleMcp({ port: 0, tls, token: UPSTREAM_TOKEN, records: new SampleRecords() });
  scripted = await startScriptedServer();
  gate = await startHttpGate({
    routesYaml: `      - { name: sample, prefix: /mcp, upstream: sample }
      - { name: scripted, prefix: /scripted, upstream: scripted }`,
    upstreamsYaml: `  - name: sample
    protocol: mcp
    address: 127.0.0.1:${sample.port}
    tls: { mode: verify-full, ca: { file: ${ca} }, serverName: localhost }
    labels: { env: dev }
    credentials: [{ groups: ['*'], bearer: { file: token.txt } }]
  - name: scripted
    protocol: mcp
    address: 127.0.0.1:${scripted.port}
    tls: { mode: disable }
    labels: { env: dev }
    credentials: [{ groups: ['*'], bearer: { file: token.txt } }]`,
    extraYaml: `masking:
  fields: [{ field: '**.ssn', tag: us_ssn }]`,
  });
});
beforeEach(() => void scripted.arrived.splice(0));
afterAll(async () => {
  await gate?.stop();
  await scripted?.stop();
  await sample?.stop();
  await files?.remove();
});

interface Asking {
  readonly path?: string;
  readonly token?: string | null;
  readonly session?: string;
  readonly headers?: Record<string, string>;
  readonly version?: string;
}

const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

/** A message of a client before 2026-07-28. */
async function post(message: unknown, asking: Asking = {}): Promise<Answer> {
  const { path = '/mcp', token, session, headers, version = OLD } = asking;
  return h1(gate, path, {
    body: typeof message === 'string' ? message : JSON.stringify(message),
    ...(token === undefined ? {} : { token }),
    headers: {
      ...HEADERS,
      'mcp-protocol-version': version,
      ...(session === undefined ? {} : { 'mcp-session-id': session }),
      ...headers,
    },
  });
}

/** The message of an answer, be it JSON or an event. */
function messageOf({ text, headers }: Answer): Record<string, unknown> {
  if (headers['content-type']?.startsWith('text/event-stream') !== true)
    return JSON.parse(text) as Record<string, unknown>;
  const data = [...text.matchAll(/^data: (\{.*)$/gm)].map(([, json]) => json as string);
  return JSON.parse(data.at(-1) ?? '{}') as Record<string, unknown>;
}

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: OLD, capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};

async function openSession(token: string): Promise<string> {
  const got = await post(INITIALIZE, { token });
  expect(messageOf(got)).toMatchObject({ id: 0, result: { protocolVersion: OLD } });
  const session = got.headers['mcp-session-id'] as string;
  await post({ jsonrpc: '2.0', method: 'notifications/initialized' }, { token, session });
  return session;
}

const call = (name: string, args: object, id: number | string = 7) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: args },
});

/** A request of 2026-07-28. */
const inNew = (method: string, params: object) => ({
  jsonrpc: '2.0',
  id: 'a',
  method,
  params: {
    ...params,
    _meta: {
      'io.modelcontextprotocol/protocolVersion': NEW,
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  },
});

describe('a session', () => {
  it("has an id of the gate's, with an answer to id 0, that works for who opened it alone", async () => {
    const token = await gate.token({ subject: 'agent:one' });
    const session = await openSession(token);
    expect(session).toMatch(/^1\.[\w-]+\.[\w-]{43}$/);
    const got = await post(call('search_people', { term: 'Kowalski' }), { token, session });
    expect(messageOf(got)).toMatchObject({ id: 7, result: { content: [{ type: 'text' }] } });
    expect(sample.seen().at(-1)?.headers['mcp-session-id']).not.toBe(session);

    const before = sample.seen().length;
    const others = [{ subject: 'agent:two' }, { subject: 'agent:one', for: 'alice@example.com' }];
    for (const other of others) {
      const stolen = await post(call('search_people', { term: 'Kowalski' }), {
        token: await gate.token(other),
        session,
      });
      expect(stolen.status).toBe(404);
      expect(messageOf(stolen)).toMatchObject({ error: { data: { code: 'GH_MCP_SESSION' } } });
    }
    const forged = await post(call('search_people', { term: 'x' }), { token, session: `${session}x` });
    expect(forged.status).toBe(404);
    expect(sample.seen()).toHaveLength(before);
  });

  it('is opened anew by a client that still sends the id of another, and ended by DELETE', async () => {
    const token = await gate.token({ subject: 'agent:anew' });
    for (const stale of ['1.c3RhbGU.x', await openSession(token)]) {
      const got = await post(INITIALIZE, { token, session: stale });
      expect(got.status).toBe(200);
      expect(sample.seen().at(-1)?.headers['mcp-session-id']).toBeUndefined();
    }
    const session = await openSession(token);
    const headers = { 'mcp-session-id': session, 'mcp-protocol-version': OLD };
    expect((await h1(gate, '/mcp', { method: 'DELETE', token, headers })).status).toBe(200);
    const gone = await post(call('search_people', { term: 'x' }), { token, session });
    expect(gone.status).toBe(404);
  });

  it('is nothing to a version that has none: its id stays behind', async () => {
    scripted.on('/scripted', answer('application/json', '{"jsonrpc":"2.0","id":"a","result":{"tools":[]}}'));
    const got = await post(inNew('tools/list', {}), {
      path: '/scripted',
      version: NEW,
      session: 'stale',
      headers: { 'mcp-method': 'tools/list' },
    });
    expect(got.json).toMatchObject({ id: 'a', result: { tools: [], cacheScope: 'private' } });
    expect(scripted.arrived.at(-1)?.headers).not.toHaveProperty('mcp-session-id');
  });

  it('streams by GET, each event masked', async () => {
    let streaming: ServerResponse | undefined;
    scripted.on('/scripted', (request, response) => {
      if (request.method !== 'GET') return void response.writeHead(405).end();
      streaming = response;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('id: 1\ndata:\n\n: comment\n\n');
    });
    const session = openH2(gate);
    const stream = session.request({
      ':path': '/scripted',
      authorization: `Bearer ${await gate.token()}`,
      accept: 'text/event-stream',
    });
    let text = '';
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await expect.poll(() => text).toContain(': comment');
    const message = (data: unknown) =>
      JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data } });
    streaming?.write(
      `id: 2\nevent: message\ndata: ${message({ ssn: '730-11-4408', note: 'card 4111111111111111' })}\n\n`,
    );
    await expect.poll(() => text).toContain('id: 2');
    expect(text).toContain(
      `data: ${message({ ssn: '[masked:us_ssn]', note: 'card [masked:payment_card]' })}`,
    );
    stream.close();
    session.close();
  });
});

describe('a message that can be read in two ways is refused, and goes no further', () => {
  it.each([
    ['a batch', [call('get_person', { id: 1 })], {}, 400, -32600, 'GH_MCP_BATCH'],
    [
      'a name that stands twice',
      '{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}',
      {},
      400,
      undefined,
      undefined,
    ],
    [
      'a header that names another tool',
      inNew('tools/call', { name: 'get_person', arguments: { id: 1 } }),
      { version: NEW, headers: { 'mcp-method': 'tools/call', 'mcp-name': 'search_people' } },
      400,
      -32020,
      'GH_MCP_HEADER',
    ],
    [
      'a version that differs in header and body',
      inNew('tools/list', {}),
      { version: OLD, headers: { 'mcp-method': 'tools/list' } },
      400,
      -32020,
      'GH_MCP_HEADER',
    ],
    [
      'a version that nobody knows',
      call('get_person', { id: 1 }),
      { version: '2031-01-01' },
      400,
      -32022,
      'GH_MCP_VERSION',
    ],
    [
      'a form',
      'jsonrpc=2.0',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      -32600,
      'GH_MCP_CONTENT_TYPE',
    ],
  ] as const)('%s', async (_, message, asking, status, rpcCode, code) => {
    const before = sample.seen().length;
    const got = await post(message, asking);
    expect(got.status).toBe(status);
    if (code !== undefined)
      expect(got.json).toMatchObject({ jsonrpc: '2.0', error: { code: rpcCode, data: { code } } });
    expect(sample.seen()).toHaveLength(before);
    const row = await gate.row((each) => each['error_code'] === (code ?? 'GH_HTTP_BODY_DUPLICATE_KEY'));
    expect(row).toMatchObject({ decision: 'deny', outcome: 'denied', protocol: 'mcp', status });
  });

  it('one that is larger than the gate reads', async () => {
    const got = await post(call('search_people', { term: 'x'.repeat(LIMITS.httpReadBodyBytesMax) }));
    expect(got.status).toBe(413);
    expect(got.json).toMatchObject({ error: { data: { code: 'GH_MCP_MESSAGE_TOO_LARGE' } } });
  });

  it('by a method that has none, for a server that reads it all the same', async () => {
    scripted.on('/scripted', answer('application/json', '{}'));
    for (const method of ['GET', 'DELETE']) {
      for (const type of ['application/json', 'text/plain']) {
        const body = JSON.stringify(call('delete_person', { id: 1 }));
        const got = await h1(gate, '/scripted', {
          method,
          body,
          headers: { ...HEADERS, 'content-type': type, 'content-length': body.length },
        });
        expect([got.status, messageOf(got)]).toMatchObject([
          400,
          { error: { data: { code: 'GH_MCP_MESSAGE' } } },
        ]);
      }
    }
    expect(scripted.arrived).toEqual([]);
  });

  it('one that asks the server to act as another', async () => {
    const got = await post(call('ping', {}), {
      path: '/scripted',
      headers: { 'impersonate-user': 'viewer' },
    });
    expect(got.status).toBe(400);
    expect(messageOf(got)).toMatchObject({ error: { code: -32_600, data: { code: 'GH_HTTP_ACTS_AS' } } });
    expect(scripted.arrived).toEqual([]);
  });

  it('a method of HTTP that MCP has not', async () => {
    const got = await h2(gate, '/mcp', { method: 'PUT', body: '{}', headers: HEADERS });
    expect([got.status, got.headers.allow]).toEqual([405, 'POST']);
  });
});

describe('policy', () => {
  it('cuts lists to what the principal may use', async () => {
    const token = await gate.token({ subject: 'agent:lists' });
    const session = await openSession(token);
    const listed = await post({ jsonrpc: '2.0', id: 1, method: 'tools/list' }, { token, session });
    const { tools } = messageOf(listed)['result'] as { tools: { name: string }[] };
    expect(tools.map(({ name }) => name).sort()).toEqual([
      'get_person',
      'list_orders',
      'search_people',
      'slow_report',
    ]);
    const reader = await gate.token({ subject: 'agent:reader', groups: ['readers'] });
    const theirs = await openSession(reader);
    const fewer = await post(
      { jsonrpc: '2.0', id: 1, method: 'tools/list' },
      { token: reader, session: theirs },
    );
    expect(fewer.text).not.toContain('slow_report');
  });

  it('denies a tool by a result that a model reads, whatever the id, and the server never sees it', async () => {
    const token = await gate.token({ subject: 'agent:denied' });
    const session = await openSession(token);
    const before = sample.seen().length;
    for (const id of [0, 'a "quoted" id']) {
      const got = await post(call('delete_person', { id: 1 }, id), { token, session });
      expect([got.status, got.headers['content-type']]).toEqual([200, 'application/json']);
      const { result } = got.json as { result: { isError: boolean; content: { text: string }[] } };
      expect(got.json['id']).toBe(id);
      expect(result.isError).toBe(true);
      expect(result.content[0]?.text).toContain('nothing is deleted through tools');
      expect(result.content[0]?.text).toContain('mcp.tool.denied');
    }
    expect(sample.seen()).toHaveLength(before);
    expect(
      await gate.row((row) => row['principal_subject'] === 'agent:denied' && row['tool'] === 'delete_person'),
    ).toMatchObject({
      action_kind: 'mcp.tool',
      decision: 'deny',
      rule: 'mcp.tool.denied',
      outcome: 'denied',
      status: 200,
    });
  });

  it('denies what has no answer of its own in problem details', async () => {
    const token = await gate.token({ subject: 'agent:stranger', groups: ['strangers'] });
    const before = sample.seen().length;
    const opened = await post(INITIALIZE, { token });
    expect([opened.status, opened.json]).toMatchObject([200, { id: 0, error: { code: 403 } }]);
    const told = await post({ jsonrpc: '2.0', method: 'notifications/initialized' }, { token });
    const streamed = await h2(gate, '/mcp', { token, headers: { accept: 'text/event-stream' } });
    for (const got of [told, streamed]) {
      expect(got.status).toBe(403);
      expect(got.headers['content-type']).toBe('application/problem+json');
      expect(got.json).toMatchObject({ code: 'GH_DENIED', rule: 'mcp.access.unknown_group' });
    }
    expect(sample.seen()).toHaveLength(before);
  });

  it('denies any other request by a JSON-RPC error', async () => {
    const got = await post({
      jsonrpc: '2.0',
      id: 3,
      method: 'completion/complete',
      params: { ref: { type: 'ref/prompt', name: 'unknown' }, argument: { name: 'a', value: 'b' } },
    });
    expect(got.status).toBe(200);
    expect(got.json).toMatchObject({ id: 3, error: { code: 403, data: { code: 'GH_DENIED' } } });
  });
});

describe('a result', () => {
  it('that no longer fits its schema becomes one with isError, and one that fits goes on masked', async () => {
    const token = await gate.token({ subject: 'agent:results' });
    const session = await openSession(token);
    await post({ jsonrpc: '2.0', id: 1, method: 'tools/list' }, { token, session });
    const got = await post(call('get_person', { id: 1 }), { token, session });
    const { result } = messageOf(got) as {
      result: { isError?: boolean; content: { text: string }[]; structuredContent?: object };
    };
    expect(result.isError).toBe(true);
    expect(result.structuredContent).toBeUndefined();
    expect(result.content[0]?.text).toContain('masked for you');
    expect(got.text).not.toMatch(/\d{3}-\d{2}-\d{4}|\d{16}/);
    const row = await gate.row(
      (each) => each['principal_subject'] === 'agent:results' && each['tool'] === 'get_person',
    );
    expect(row).toMatchObject({ action_kind: 'mcp.tool', decision: 'allow', outcome: 'ok', status: 200 });
    expect(Object.keys(row['masks'] as object)).toContain('us_ssn:**.ssn');

    const officer = await gate.token({
      subject: 'agent:officer',
      groups: ['developers', 'privacy-officers'],
    });
    const theirs = await openSession(officer);
    const seen = await post(call('get_person', { id: 1 }), { token: officer, session: theirs });
    expect(messageOf(seen)).toMatchObject({ result: { structuredContent: { id: 1 } } });
    expect(seen.text).toMatch(/\d{3}-\d{2}-\d{4}/);
  });

  it('without a schema goes on masked, its ids and numbers as they were', async () => {
    scripted.on(
      '/scripted',
      answer(
        'application/json',
        '{"jsonrpc":"2.0","id":"4111111111111111","result":{"content":[{"type":"text","text":"4111 1111 1111 1111"}],"n":1.50}}',
      ),
    );
    const got = await post(call('search_people', { term: 'x' }, '4111111111111111'), { path: '/scripted' });
    expect(got.text).toBe(
      '{"jsonrpc":"2.0","id":"4111111111111111","result":{"content":[{"type":"text","text":"[masked:payment_card]"}],"n":1.50}}',
    );
  });

  it('that comes in place of another, to a request of the same id, is masked and cut as it is', async () => {
    const text = JSON.stringify({ ssn: 'a-b-c' });
    const structuredContent = { ssn: 'a-b-c', tools: [{ ssn: 'a-b-c' }] };
    const ofCall = {
      jsonrpc: '2.0',
      id: 5,
      result: { content: [{ type: 'text', text }], structuredContent },
    };
    scripted.on('/scripted', answer('application/json', JSON.stringify(ofCall)));
    for (const method of ['tools/list', 'prompts/list', 'ping']) {
      const got = await post({ jsonrpc: '2.0', id: 5, method }, { path: '/scripted' });
      expect(got.text).toContain('[masked:us_ssn]');
      expect(got.text).not.toContain('a-b-c');
    }
    const inputSchema = { type: 'object', properties: { ssn: { type: 'string' } } };
    const tools = [
      { name: 'delete_person', inputSchema },
      { name: 'search_people', inputSchema },
    ];
    const ofList = { jsonrpc: '2.0', id: 5, result: { tools, ssn: 'a-b-c' } };
    scripted.on('/scripted', answer('application/json', JSON.stringify(ofList)));
    for (const method of ['prompts/list', 'ping', 'tools/list']) {
      const got = await post({ jsonrpc: '2.0', id: 5, method }, { path: '/scripted' });
      expect(got.text).not.toMatch(/delete_person|a-b-c/);
      if (method === 'tools/list')
        expect(got.json).toMatchObject({ result: { tools: [{ name: 'search_people', inputSchema }] } });
    }
  });

  it('that is none of JSON-RPC is cut off, but for the error pages of what stands before a server', async () => {
    scripted.on('/scripted', answer('application/json', '{"tools":[{"name":"delete_person"}]}'));
    const bad = await post(call('search_people', { term: 'x' }), { path: '/scripted' }).catch(
      () => undefined,
    );
    expect(bad === undefined || !bad.complete || bad.status === 503).toBe(true);
    scripted.on(
      '/scripted',
      answer('application/json', '{"error":"try later","card":"4111111111111111"}', {}, 429),
    );
    const page = await post(call('search_people', { term: 'x' }), { path: '/scripted' });
    expect([page.status, page.json]).toEqual([429, { error: 'try later', card: '[masked:payment_card]' }]);
  });
});

describe('records (I3)', () => {
  it('hold nothing of what masking covers, neither of names nor of arguments', async () => {
    const card = '4111111111111111';
    const token = await gate.token({ subject: 'agent:mcp-records' });
    const session = await openSession(token);
    await post(call(`get_${card}`, {}), { token, session });
    await post(call('search_people', { term: `x ${card}`, ssn: '730-11-4408' }), { token, session });
    await post(
      { jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri: `people://${card}` } },
      { token, session },
    );
    await gate.row((row) => row['action_kind'] === 'mcp.resource');
    for (const { name, text } of await gate.written())
      for (const value of [card, '730-11-4408', UPSTREAM_TOKEN])
        expect(text.includes(value), name).toBe(false);
  });
});

describe('authorization', () => {
  it('tells a client without a token where to get one', async () => {
    for (const client of [h1, h2]) {
      const got = await client(gate, '/mcp', {
        token: null,
        body: JSON.stringify(INITIALIZE),
        headers: HEADERS,
      });
      expect(got.status).toBe(401);
      const [, metadata = ''] =
        /resource_metadata="([^"]+)"/.exec(got.headers['www-authenticate'] ?? '') ?? [];
      expect(metadata).toBe(`${gate.url}/.well-known/oauth-protected-resource/mcp`);
      const found = await client(gate, new URL(metadata).pathname, { token: null });
      expect(found.status).toBe(200);
      expect(found.json).toMatchObject({
        resource: `${gate.url}/mcp`,
        authorization_servers: [gate.envoy.config.issuers[0]?.issuer],
        bearer_methods_supported: ['header'],
      });
    }
    const wrong = await h1(gate, '/mcp', {
      token: await gate.token({ audience: 'other' }),
      body: '{}',
      headers: HEADERS,
    });
    expect(wrong.headers['www-authenticate']).toContain('error="invalid_token"');
    expect((await h1(gate, '/.well-known/oauth-protected-resource/other', { token: null })).status).toBe(404);
  });
});
