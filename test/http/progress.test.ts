/**
 * Requests that policy holds and whose client is told while they wait, by hand: what goes out as events, what the server
 * gets by the gate's own way, and that what cannot be carried to its end is said to have run.
 */
import { stat } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { egressSocket } from '../../ext-proc/config/socket-paths.ts';
import { openReviewer, type TestReviewer } from '../support/console-reviewer.ts';
import { h1, h2On, openH2, type Answer, type Sending } from '../support/http-clients.ts';
import { CONSOLE_URL, startHttpGate, UPSTREAM_TOKEN, type HttpGate } from '../support/http-gate.ts';
import {
  answer,
  startScriptedServer,
  type Answerer,
  type ScriptedServer,
} from '../support/scripted-server.ts';

let server: ScriptedServer;
let gate: HttpGate;
let reviewer: TestReviewer;

const upstream = (name: string, protocol: string): string => `  - name: ${name}
    protocol: ${protocol}
    address: 127.0.0.1:${server.port}
    tls: { mode: disable }
    labels: { env: dev }
    credentials: [{ groups: ['*'], bearer: { file: token.txt } }]`;

beforeAll(async () => {
  server = await startScriptedServer();
  gate = await startHttpGate({
    workers: 2,
    approvals: { noticeInterval: '1s' },
    routesYaml: `      - { name: tools, prefix: /mcp, upstream: tools }
      - { name: api, prefix: /, upstream: api }`,
    upstreamsYaml: `${upstream('api', 'http')}\n${upstream('tools', 'mcp')}`,
    extraYaml: `masking:
  fields: [{ field: '**.ssn', tag: us_ssn }]`,
    settings: (settings) => {
      settings.http['held'] = [{ paths: ['/orders'], methods: ['POST', 'DELETE'] }];
      const tools = settings.mcp['tools'] as Record<string, unknown>;
      tools['held'] = [{ tools: ['search_people'], terms: { mode: 'wait', deadline_s: 20 } }];
    },
  });
  reviewer = await openReviewer(gate.config);
});
afterAll(async () => {
  await reviewer?.close();
  await gate?.stop();
  await server?.stop();
});

beforeEach(() => void (server.arrived.length = 0));

interface SseEvent {
  readonly event: string;
  readonly data: Record<string, unknown>;
}
const eventsOf = (text: string): SseEvent[] =>
  text
    .split('\n\n')
    .filter((block) => block.includes('data: '))
    .map((block) => ({
      event: /^event: (.*)$/m.exec(block)?.[1] ?? 'message',
      data: JSON.parse([...block.matchAll(/^data: (.*)$/gm)].map(([, line]) => line).join('\n')) as Record<
        string,
        unknown
      >,
    }));

let people = 0;
const own = (): Promise<string> => gate.token({ subject: `agent:hand-${++people}` });

const NEW = '2026-07-28';
/** A call of the tool `search_people`, of 2026-07-28. */
const called = (token: string, id: string | number, more: Record<string, unknown> = {}): Sending => ({
  token,
  body: JSON.stringify({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: {
      name: 'search_people',
      arguments: { term: 'abara' },
      _meta: {
        'io.modelcontextprotocol/protocolVersion': NEW,
        'io.modelcontextprotocol/clientCapabilities': {},
        progressToken: 'p',
        ...more,
      },
    },
  }),
  headers: {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': NEW,
    'mcp-method': 'tools/call',
    'mcp-name': 'search_people',
  },
});
const result = (arrived: { body: Buffer }, text: string): string => {
  const { id } = JSON.parse(arrived.body.toString()) as { id: unknown };
  return JSON.stringify({
    jsonrpc: '2.0',
    id,
    result: { resultType: 'complete', content: [{ type: 'text', text }] },
  });
};
const json =
  (text: string): Answerer =>
  (request, response, arrived) =>
    answer('application/json', result(arrived, text))(request, response, arrived);
const last = (got: Answer) =>
  (eventsOf(got.text).at(-1)?.data ?? {}) as {
    id?: unknown;
    error?: { code: number; message: string };
    result?: { isError?: boolean; content: { text: string }[]; _meta?: Record<string, unknown> };
  };

const ended = (id: string, kind: string) =>
  gate.row((row) => row['approval_id'] === id && row['action_kind'] === kind && row['type'] === 'ended');

describe('a call over MCP', () => {
  it('goes to the server as it would have gone by itself: the same header, and the bytes that were approved', async () => {
    server.on('/mcp', json('found 123-45-6789'));
    const token = await own();
    const sending = called(token, 'a');
    const before = await reviewer.requests();
    const told = h1(gate, '/mcp', sending);
    const { id } = await reviewer.asked(before);
    await sleep(1_200);
    expect(server.arrived).toEqual([]);
    await reviewer.decide(id, 'approve');
    const got = await told;
    expect([got.status, got.headers['content-type'], got.complete]).toEqual([200, 'text/event-stream', true]);
    const events = eventsOf(got.text);
    expect(events.slice(0, 2).map(({ data }) => data)).toMatchObject([
      {
        method: 'notifications/progress',
        params: {
          progressToken: 'p',
          progress: 0,
          message: expect.stringContaining(`${CONSOLE_URL}/approvals/${id}`) as string,
        },
      },
      { params: { progressToken: 'p' } },
    ]);
    expect(last(got)).toMatchObject({
      id: 'a',
      result: { content: [{ text: expect.not.stringContaining('6789') as string }] },
    });
    expect(server.arrived).toHaveLength(1);
    expect(await ended(id, 'mcp.tool')).toMatchObject({ outcome: 'ok', status: 200 });

    // The same in silence: policy waits, and the client has given no token of progress.
    const beforeSilent = await reviewer.requests();
    const silent = h1(gate, '/mcp', called(token, 'a', { progressToken: undefined }));
    await reviewer.decide((await reviewer.asked(beforeSilent)).id, 'approve');
    expect((await silent).headers['content-type']).toBe('application/json');
    const [byEgress, byItself] = server.arrived;
    const lines = (each: typeof byEgress) =>
      (each?.lines ?? [])
        .filter(([name]) => !['x-request-id', 'content-length', 'transfer-encoding'].includes(name))
        .map(([name, value]) => `${name}: ${value}`)
        .sort();
    expect(lines(byEgress)).toEqual(lines(byItself));
    expect(byEgress?.headers['authorization']).toBe(`Bearer ${UPSTREAM_TOKEN}`);
    expect(byEgress?.body.toString()).toBe(
      byItself?.body.toString().replace('{}}}}', '{},"progressToken":"p"}}}'),
    );
  });

  it('is answered by events where the server answers so, masked one by one', async () => {
    server.on('/mcp', (_request, response, arrived) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(
        'data: {"jsonrpc":"2.0","method":"notifications/message","params":{"ssn":"123-45-6789"}}\n\n',
      );
      setTimeout(() => response.end(`data: ${result(arrived, 'done')}\n\n`), 50);
    });
    const before = await reviewer.requests();
    const told = h1(gate, '/mcp', called(await own(), 1));
    await reviewer.decide((await reviewer.asked(before)).id, 'approve');
    const got = await told;
    expect(got.text).not.toContain('6789');
    const events = eventsOf(got.text);
    expect(events.at(-2)?.data).toMatchObject({ method: 'notifications/message' });
    expect(last(got)).toMatchObject({ id: 1, result: { content: [{ text: 'done' }] } });
    expect(server.arrived).toHaveLength(1);
  });

  it.each([
    ['in one', (text: string): Answerer => json(text)],
    [
      'as events',
      (text: string): Answerer =>
        (_request, response, arrived) =>
          response
            .writeHead(200, { 'content-type': 'text/event-stream' })
            .end(`data: ${result(arrived, text)}\n\n`),
    ],
  ])(
    'that is answered by more than 1 MiB (%s) is said to have been sent, and is not sent again',
    async (_how, answerer) => {
      server.on('/mcp', answerer('x'.repeat(1_100_000)));
      const before = await reviewer.requests();
      const told = h1(gate, '/mcp', called(await own(), 1));
      const { id } = await reviewer.asked(before);
      await reviewer.decide(id, 'approve');
      const got = await told;
      expect(got.complete).toBe(true);
      const text = last(got).result?.content[0]?.text ?? '';
      expect(last(got)).toMatchObject({ id: 1, result: { isError: true } });
      expect(text).toMatch(
        /^The answer cannot be shown \(GH_APPROVAL_ANSWER_TOO_LARGE\): It was approved and has been sent to the server, once/,
      );
      await sleep(300);
      expect(server.arrived).toHaveLength(1);
      expect(await ended(id, 'mcp.tool')).toMatchObject({
        outcome: 'error',
        error_code: 'GH_APPROVAL_ANSWER_TOO_LARGE',
      });
    },
  );

  it.each([
    [
      'breaks off',
      ((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
        response.write('{"jsonrpc"');
        setTimeout(() => response.destroy(), 20);
      }) satisfies Answerer,
      /GH_HTTP_EGRESS/,
    ],
    ['answers with a page', answer('text/html', '<h1>Sorry</h1>', {}, 502), /status 502/],
    [
      'answers with somebody else’s id',
      answer('application/json', '{"jsonrpc":"2.0","id":"other","result":{"content":[]}}'),
      /status 200/,
    ],
  ] as const)('whose server %s gets an answer of its own id', async (_what, answerer, words) => {
    server.on('/mcp', answerer);
    const before = await reviewer.requests();
    const told = h1(gate, '/mcp', called(await own(), 9));
    await reviewer.decide((await reviewer.asked(before)).id, 'approve');
    const got = await told;
    expect(last(got).id).toBe(9);
    expect(JSON.stringify(last(got))).toMatch(words);
    expect(JSON.stringify(last(got))).not.toContain('Sorry');
  });

  it('waits twice at once on one connection, each by itself', async () => {
    server.on('/mcp', json('done'));
    const session = openH2(gate);
    const before = await reviewer.requests();
    const first = h2On(session, gate, '/mcp', called(await own(), 'first'));
    const one = await reviewer.asked(before);
    const second = h2On(session, gate, '/mcp', called(await own(), 'second'));
    const two = await reviewer.asked([...before, one]);
    await reviewer.decide(two.id, 'approve');
    expect(last(await second)).toMatchObject({ id: 'second', result: { content: [{ text: 'done' }] } });
    expect(server.arrived).toHaveLength(1);
    await reviewer.decide(one.id, 'deny');
    expect(last(await first)).toMatchObject({ id: 'first', result: { isError: true } });
    expect(server.arrived).toHaveLength(1);
    session.close();
  });

  it('ends when its principal is blocked', async () => {
    server.on('/mcp', json('done'));
    const before = await reviewer.requests();
    const subject = `agent:hand-${++people}`;
    const told = h1(gate, '/mcp', called(await gate.token({ subject }), 1));
    const { id } = await reviewer.asked(before);
    await sleep(100);
    const { openSqliteState } = await import('../../ext-proc/adapters/sqlite-state.ts');
    const { createSystemClock } = await import('../../ext-proc/adapters/system-clock.ts');
    const { join } = await import('node:path');
    const { testLog } = await import('../support/gate.ts');
    const state = openSqliteState({
      file: join(gate.config.service.stateDirectory, 'state.db'),
      worker: 'cli',
      clock: createSystemClock(),
      log: testLog,
    });
    state.block(subject, 'test');
    const got = await told;
    state.unblock(subject, 'test');
    state.close();
    expect(JSON.stringify(last(got))).toContain('blocked');
    expect(await reviewer.stateOf(id)).toBe('cancelled');
    expect(server.arrived).toEqual([]);
  });
});

/** Opens a call and gives its answer as it comes; nothing is read of it until something listens. */
async function open(sending: Sending): Promise<{ request: ClientRequest; response: IncomingMessage }> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        host: 'localhost',
        port: gate.port,
        ca: gate.ca,
        path: '/mcp',
        method: 'POST',
        agent: false,
        headers: { ...(sending.headers as Record<string, string>), authorization: `Bearer ${sending.token}` },
      },
      (response) => resolve({ request, response }),
    );
    request.on('error', reject);
    request.end(sending.body);
  });
}

const STALLED = 8;

describe('a client', () => {
  it('that leaves while it waits cancels, and nothing runs', async () => {
    server.on('/mcp', json('done'));
    const before = await reviewer.requests();
    const { request, response } = await open(called(await own(), 1));
    response.on('error', () => undefined);
    const { id } = await reviewer.asked(before);
    request.destroy();
    await expect.poll(() => reviewer.stateOf(id), { timeout: 5_000 }).toBe('cancelled');
    expect(await reviewer.decide(id, 'approve')).toMatchObject({ code: 'GH_REVIEW_CLOSED' });
    expect(server.arrived).toEqual([]);
  });

  it('that leaves while the server answers breaks that off too', async () => {
    let broken = false;
    server.on('/mcp', (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': working\n\n');
      response.on('close', () => (broken = true));
    });
    const before = await reviewer.requests();
    const { request, response } = await open(called(await own(), 1));
    response.on('error', () => undefined);
    const { id } = await reviewer.asked(before);
    await reviewer.decide(id, 'approve');
    await expect.poll(() => server.arrived.length).toBe(1);
    await sleep(100);
    request.destroy();
    await expect.poll(() => broken).toBe(true);
    expect(await ended(id, 'mcp.tool')).toMatchObject({ outcome: 'aborted' });
  });

  it('that reads nothing costs no more than one answer', async () => {
    server.on('/mcp', (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const event = `data: {"jsonrpc":"2.0","method":"notifications/message","params":{"data":"${'x'.repeat(8_000)}"}}\n\n`;
      const more = (): void => {
        if (response.destroyed) return;
        response.write(event);
        setImmediate(more);
      };
      more();
    });
    const allocated = async (): Promise<number> => {
      const memory = (await (await gate.envoy.admin('/memory')).json()) as { allocated: string };
      return Number(memory.allocated);
    };
    const beforehand = await allocated();
    // Over HTTP/2 what a reader leaves stays in Envoy; over HTTP/1.1 the kernel takes most of it.
    const session = openH2(gate);
    for (let client = 0; client < STALLED; client++) {
      const before = await reviewer.requests();
      const { token, headers, body } = called(await own(), 1);
      const stream = session.request({
        ':path': '/mcp',
        ':method': 'POST',
        authorization: `Bearer ${token}`,
        ...headers,
      });
      stream.on('error', () => undefined);
      stream.end(body);
      const { id } = await reviewer.asked(before);
      await reviewer.decide(id, 'approve');
      expect(await ended(id, 'mcp.tool')).toMatchObject({
        outcome: 'error',
        error_code: 'GH_APPROVAL_ANSWER_TOO_LARGE',
      });
    }
    const each = ((await allocated()) - beforehand) / STALLED;
    expect(each).toBeLessThan(2 * 1_048_576);
    session.destroy();
  });
});

describe("the gate's own way", () => {
  it("is the service's alone", async () => {
    for (const name of ['api', 'tools']) {
      const { mode } = await stat(egressSocket(gate.config.service.socketDirectory, name));
      expect(mode & 0o777).toBe(0o600);
    }
  });
});

describe('a request of a plain API', () => {
  const post = (token: string, more: Record<string, string> = {}): Sending => ({
    token,
    body: '{"item":1}',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      prefer: 'wait=10',
      ...more,
    },
  });

  it('is told whom it waits for, and gets its masked answer in the last event', async () => {
    server.on(
      '/orders',
      answer(
        'application/json',
        '{"ssn":"123-45-6789","done":true}',
        { 'x-kind': 'order', 'set-cookie': 'a=b' },
        201,
      ),
    );
    const before = await reviewer.requests();
    const told = h1(gate, '/orders', post(await own()));
    const { id } = await reviewer.asked(before);
    await reviewer.decide(id, 'approve');
    const got = await told;
    expect([got.status, got.headers['content-type']]).toEqual([200, 'text/event-stream']);
    const events = eventsOf(got.text);
    expect(events[0]).toMatchObject({
      event: 'approval',
      data: {
        id,
        state: 'pending',
        url: `${CONSOLE_URL}/approvals/${id}`,
        reviewers: [{ groups: ['reviewers'] }],
      },
    });
    const response = events.at(-1)?.data as { status: number; headers: [string, string][]; body: string };
    expect([events.at(-1)?.event, response.status]).toEqual(['response', 201]);
    expect(JSON.parse(response.body)).toMatchObject({ done: true });
    expect(response.body).not.toContain('6789');
    expect(response.headers).toContainEqual(['x-kind', 'order']);
    expect(response.headers.map(([name]) => name)).not.toContain('set-cookie');
    expect(server.arrived).toMatchObject([{ method: 'POST', target: '/orders', complete: true }]);
    expect(server.arrived[0]?.body.toString()).toBe('{"item":1}');
    expect(await ended(id, 'http.request')).toMatchObject({ outcome: 'ok', status: 201 });
  });

  it('without a body goes on without one', async () => {
    server.on('/orders', answer('application/octet-stream', Buffer.from([0xff, 0xfe]), {}, 200));
    const before = await reviewer.requests();
    const told = h1(gate, '/orders?q=1', {
      token: await own(),
      method: 'DELETE',
      headers: { accept: 'text/event-stream', prefer: 'wait=10' },
    });
    await reviewer.decide((await reviewer.asked(before)).id, 'approve');
    const response = eventsOf((await told).text).at(-1)?.data;
    expect(response).toMatchObject({ status: 200, body_base64: '//4=' });
    expect(server.arrived).toMatchObject([{ method: 'DELETE', target: '/orders?q=1' }]);
    expect(server.arrived[0]?.headers['transfer-encoding']).toBeUndefined();
  });

  it('with trailers goes on without them', async () => {
    server.on('/orders', answer('application/json', '{"done":true}'));
    const before = await reviewer.requests();
    const told = h1(gate, '/orders', { ...post(await own()), trailers: { 'x-sum': '1' } });
    await reviewer.decide((await reviewer.asked(before)).id, 'approve');
    expect(eventsOf((await told).text).at(-1)?.data).toMatchObject({ status: 200, body: '{"done":true}' });
    expect(server.arrived).toMatchObject([{ trailers: {}, complete: true }]);
    expect(server.arrived[0]?.body.toString()).toBe('{"item":1}');
  });

  it('that is answered without a body gets an answer without one', async () => {
    server.on('/orders', (_request, response) => void response.writeHead(204, { 'x-kind': 'none' }).end());
    const before = await reviewer.requests();
    const told = h1(gate, '/orders', post(await own()));
    const { id } = await reviewer.asked(before);
    await reviewer.decide(id, 'approve');
    expect(eventsOf((await told).text).at(-1)?.data).toMatchObject({ status: 204, body: '' });
    expect(await ended(id, 'http.request')).toMatchObject({ outcome: 'ok', status: 204 });
  });

  it('that nobody decides in the time its client has is told to come again, and goes through then', async () => {
    server.on('/orders', answer('application/json', '{"done":true}'));
    const token = await own();
    const before = await reviewer.requests();
    const told = await h1(gate, '/orders', post(token, { prefer: 'wait=1' }));
    const { id } = await reviewer.asked(before);
    const response = eventsOf(told.text).at(-1)?.data as { status: number; body: string };
    expect(response.status).toBe(403);
    expect(JSON.parse(response.body)).toMatchObject({ code: 'GH_APPROVAL_NEEDED', approval: { id } });
    expect(server.arrived).toEqual([]);
    await reviewer.decide(id, 'approve');
    const again = await h1(gate, '/orders', post(token));
    expect([again.status, again.json]).toEqual([200, { done: true }]);
    expect(server.arrived).toHaveLength(1);
  });
});
