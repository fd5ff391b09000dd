/** Requests: what can be read in two ways is refused, what policy takes out does not leave, and nothing else is changed. */
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { LIMITS } from '../../ext-proc/domain/limits.ts';
import { startHttpGate, UPSTREAM_TOKEN, type HttpGate } from '../support/http-gate.ts';
import { curl, h1, h2, rawH1 } from '../support/http-clients.ts';
import { answer, startScriptedServer, type ScriptedServer } from '../support/scripted-server.ts';

const CARD = '4111111111111111';
const JSON_TYPE = { 'content-type': 'application/json' };

let api: ScriptedServer;
let gate: HttpGate;
beforeAll(async () => {
  api = await startScriptedServer();
  const upstream = (name: string, labels: string): string => `  - name: ${name}
    protocol: http
    address: 127.0.0.1:${api.port}
    tls: { mode: disable }
    labels: ${labels}
    credentials: [{ groups: ['*'], bearer: { file: token.txt } }]`;
  gate = await startHttpGate({
    routesYaml: `      - { name: sensitive, prefix: /sensitive, upstream: sensitive }
      - { name: strict, prefix: /strict, upstream: strict }
      - { name: headers, prefix: /headers, upstream: api, inspection: headers }
      - { name: health, prefix: /health, upstream: api, inspection: authz }
      - { name: strict-head, prefix: /strict-head, upstream: strict, inspection: authz }
      - { name: api, prefix: /, upstream: api }`,
    upstreamsYaml: [
      upstream('api', '{ env: dev, fields: lax }'),
      upstream('sensitive', '{ env: dev, sensitivity: high, fields: lax }'),
      upstream('strict', '{ env: dev, fields: strict }'),
    ].join('\n'),
    extraYaml: `masking:
  fields: [{ field: '**.ssn', tag: us_ssn }]`,
    settings: ({ masking }) => {
      masking.remove.push({ labels: { fields: ['strict'] }, fields: ['**.internal'] });
      masking.mask.push({
        labels: { fields: ['strict'] },
        fields: ['**.nick'],
        style: 'full',
        direction: 'request',
      });
    },
  });
  const accept = answer('application/json', '{"ok":true}');
  for (const path of [
    '/plain',
    '/upload',
    '/sensitive',
    '/strict',
    '/headers/x',
    '/health',
    '/strict-head',
    '/a-b/c_d.~e',
  ])
    api.on(path, accept);
});
beforeEach(() => void api.arrived.splice(0));
afterAll(async () => {
  await gate?.stop();
  await api?.stop();
});

const refusal = (got: { status: number; json: Record<string, unknown> }) => [got.status, got.json['code']];
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('a target that two servers could read in two ways never goes on', () => {
  it.each([
    '/plain/%2e%2e%2fadmin',
    '/a%2fb',
    '/a%5cb',
    '/a%00b',
    '/a%252fb',
    '/a;b=c/d',
    '/a%3bb',
    '/%ff',
    '/a%0ab',
    '/plain?a=%ff',
    '/plain?a=1;limit=9',
    '/plain?a=%',
  ])('%s', async (path) => {
    for (const client of [h1, h2]) {
      const got = await client(gate, path).catch(() => ({ status: 400 }));
      expect(got.status).toBe(400);
    }
    expect(api.arrived).toEqual([]);
  });

  it('a backslash is what Envoy makes of it, before it is decided', async () => {
    await h1(gate, '/plain\\..\\admin\\x');
    expect(api.arrived).toEqual([]);
    await h1(gate, '/a\\b');
    expect(api.arrived.map(({ target }) => target)).toEqual(['/a/b']);
  });

  it('what can be read in one way goes on as it was sent', async () => {
    for (const target of ['/a-b/c_d.~e?x=%C3%A9&x=2&y=a+b&z', '/plain?q=50%25&r=a%3Bb']) {
      expect((await h1(gate, target)).status).toBe(200);
      expect(api.arrived.at(-1)?.target).toBe(target);
    }
  });
});

describe('a request that would be another than the one that is decided never goes on', () => {
  it.each([
    ['X-HTTP-Method-Override', 'GH_HTTP_HEADERS'],
    ['X-Original-URL', 'GH_HTTP_HEADERS'],
    ['X-Rewrite-URL', 'GH_HTTP_HEADERS'],
    ['Impersonate-User', 'GH_HTTP_ACTS_AS'],
    ['Sudo', 'GH_HTTP_ACTS_AS'],
  ])('%s', async (name, code) => {
    const got = await h2(gate, '/plain', { headers: { [name.toLowerCase()]: 'DELETE' } });
    expect(refusal(got)).toEqual([400, code]);
    expect(api.arrived).toEqual([]);
  });

  it.each(['/plain', '/headers/x', '/health'])('who asks to act as another, at %s', async (path) => {
    for (const client of [h1, h2]) {
      const got = await client(gate, path, { headers: { 'impersonate-user': 'viewer' } });
      expect(refusal(got)).toEqual([400, 'GH_HTTP_ACTS_AS']);
      expect(got.json['detail']).toContain('The header impersonate-user ');
    }
    expect(api.arrived).toEqual([]);
  });

  it.each([
    ['a name that stands twice', '{"a":1,"a":2}', JSON_TYPE, 400, 'GH_HTTP_BODY_DUPLICATE_KEY'],
    [
      'a name that stands twice behind an escape',
      '{"a":1,"\\u0061":2}',
      JSON_TYPE,
      400,
      'GH_HTTP_BODY_DUPLICATE_KEY',
    ],
    ['JSON that is none', '{"a":', JSON_TYPE, 400, 'GH_HTTP_BODY_MALFORMED'],
    ['JSON too deep', '['.repeat(65) + ']'.repeat(65), JSON_TYPE, 400, 'GH_HTTP_BODY_TOO_DEEP'],
    [
      'JSON in another charset',
      Buffer.from('{"role":"admin"}', 'utf16le'),
      { 'content-type': 'application/json; charset=utf-16' },
      415,
      'GH_HTTP_BODY_UNREADABLE',
    ],
    [
      'a form that is JSON to a lenient reader',
      '{"a":NaN}',
      { 'content-type': 'application/x-www-form-urlencoded' },
      400,
      'GH_HTTP_BODY_MALFORMED',
    ],
    ['a coded body', 'x', { ...JSON_TYPE, 'content-encoding': 'gzip' }, 415, 'GH_HTTP_ENCODING'],
    ['GraphQL', '{"query":"{ people { ssn } }"}', JSON_TYPE, 403, 'GH_HTTP_GRAPHQL'],
    ['GraphQL among others', '[{"query":"mutation M { drop }"}]', JSON_TYPE, 403, 'GH_HTTP_GRAPHQL'],
    [
      'GraphQL by name',
      '{ people { ssn } }',
      { 'content-type': 'application/graphql' },
      415,
      'GH_HTTP_GRAPHQL',
    ],
  ] as const)('%s', async (_, body, headers, status, code) => {
    const got = await h2(gate, '/plain', { body, headers: { ...headers } });
    expect(refusal(got)).toEqual([status, code]);
    expect(api.arrived.filter(({ body: seen }) => seen.length > 0)).toEqual([]);
  });

  it('two lines of a header of which one counts', async () => {
    const { output } = await curl(
      gate,
      ...['--http1.1', '-H', `Authorization: Bearer ${await gate.token()}`, '-d', 'x'],
      ...['-H', 'Content-Type: text/plain', '-H', 'Content-Type: application/json', `${gate.url}/plain`],
    );
    expect(JSON.parse(output)).toMatchObject({ status: 400, code: 'GH_HTTP_HEADERS' });
    expect(api.arrived).toEqual([]);
  });

  it('GraphQL by GET, and not what only looks a little like it', async () => {
    const query = (text: string): string => `/plain?query=${encodeURIComponent(text)}`;
    expect(refusal(await h1(gate, query('{ people { ssn } }')))).toEqual([403, 'GH_HTTP_GRAPHQL']);
    for (const text of ['{"name":"x"}', 'people', 'query planning']) {
      expect((await h1(gate, query(text))).status).toBe(200);
    }
  });

  it('gRPC, which is told so in its own form', async () => {
    const got = await h2(gate, '/plain', {
      body: Buffer.from([0, 0, 0, 0, 0]),
      headers: { 'content-type': 'application/grpc', te: 'trailers' },
    });
    expect([got.status, got.headers['grpc-status'], got.headers['content-type']]).toEqual([
      200,
      '2',
      'application/grpc',
    ]);
    expect(api.arrived).toEqual([]);
  });

  it.each(['TRACE', 'CONNECT', 'PROPFIND'])('%s', async (method) => {
    const { socket, received, closed } = await rawH1(gate);
    const target = method === 'CONNECT' ? 'localhost:443' : '/plain';
    socket.write(
      `${method} ${target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${await gate.token()}\r\nConnection: close\r\n\r\n`,
    );
    await closed;
    expect(received()).toMatch(/^HTTP\/1.1 4\d\d /);
    expect(api.arrived).toEqual([]);
  });
});

describe('framing that two servers could read in two ways never goes on', () => {
  it.each([
    ['two lengths', 'POST /upload HTTP/1.1', 'Content-Length: 1\r\nContent-Length: 2\r\n', 'ab'],
    [
      'a length and chunks',
      'POST /upload HTTP/1.1',
      'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n',
      '0\r\n\r\n',
    ],
    ['another transfer coding', 'POST /upload HTTP/1.1', 'Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'],
    ['HTTP/1.0', 'GET /plain HTTP/1.0', '', ''],
    ['a name with an underscore', 'GET /plain HTTP/1.1', 'X_Forwarded_User: root\r\n', ''],
    ['a space before the colon', 'GET /plain HTTP/1.1', 'X-A : b\r\n', ''],
  ])('%s', async (_, line, headers, body) => {
    const { socket, received, closed } = await rawH1(gate);
    socket.write(
      `${line}\r\nHost: localhost\r\nAuthorization: Bearer ${await gate.token()}\r\nConnection: close\r\n${headers}\r\n${body}`,
    );
    await closed;
    // Of what it cannot frame Envoy may close the connection without a word.
    expect(received()).toMatch(/^(HTTP\/1.1 (4\d\d|501) |$)/);
    expect(api.arrived).toEqual([]);
  });
});

describe('bodies', () => {
  it.each([
    ['HTTP/1.1', h1],
    ['HTTP/2', h2],
  ])('go on byte for byte over %s, small or large, read or not', async (_, client) => {
    const large = Buffer.from(
      JSON.stringify({ list: Array.from({ length: 60_000 }, (_each, at) => `item ${at}`) }),
    );
    expect(large.length).toBeGreaterThan(LIMITS.httpReadBodyBytesMax);
    const bodies: [Buffer, string][] = [
      [Buffer.from('{ "a" : 1.0e2,\n"b":[ ] }'), 'application/json'],
      [Buffer.from('a=1&b=%20x+y&c'), 'application/x-www-form-urlencoded'],
      [large, 'application/json'],
      [randomBytes(3_000_000), 'application/octet-stream'],
      [Buffer.alloc(0), 'application/json'],
    ];
    for (const [body, type] of bodies) {
      const got = await client(gate, '/upload', { body, headers: { 'content-type': type } });
      expect(got.status, `${type} ${got.text}`).toBe(200);
      const seen = api.arrived.at(-1);
      expect([seen?.body.length, sha256(seen?.body ?? Buffer.alloc(0))]).toEqual([body.length, sha256(body)]);
    }
  });

  it.each([
    ['HTTP/1.1', h1],
    ['HTTP/2', h2],
  ])('with trailers over %s go on without them', async (_, client) => {
    for (const body of ['{"a":1}', '']) {
      const got = await client(gate, '/upload', {
        method: 'POST',
        body,
        headers: JSON_TYPE,
        trailers: { 'x-token': 'agents' },
      });
      expect(got.status, got.text).toBe(200);
      const seen = api.arrived.at(-1);
      expect([seen?.body.toString(), seen?.complete, seen?.trailers]).toEqual([body, true, {}]);
    }
  });

  it('with Expect: 100-continue are asked for and go on', async () => {
    const { output } = await curl(
      gate,
      ...[
        '--http1.1',
        '-i',
        '-H',
        `Authorization: Bearer ${await gate.token()}`,
        '-H',
        'Expect: 100-continue',
      ],
      ...['--json', '{"a":1}', `${gate.url}/upload`],
    );
    expect(output).toMatch(/^HTTP\/1.1 100 Continue/);
    expect(output).toContain('HTTP/1.1 200 OK');
    expect(api.arrived.at(-1)?.headers.expect).toBeUndefined();
  });

  it('are held while policy has not decided: of one that is not read whole nothing has gone on', async () => {
    const { socket, received } = await rawH1(gate);
    socket.write(
      `POST /upload HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${await gate.token()}\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a"`,
    );
    await sleep(200);
    expect(api.arrived).toEqual([]);
    socket.write(':1}');
    await expect.poll(received).toContain('200 OK');
    expect(api.arrived.map(({ body }) => body.toString())).toEqual(['{"a":1}']);
    socket.destroy();
  });

  it('that cannot be read go to no sensitive upstream, nor those too large to be read', async () => {
    const binary = { 'content-type': 'application/octet-stream' };
    const large = JSON.stringify({ text: 'x'.repeat(LIMITS.httpReadBodyBytesMax) });
    for (const [body, headers] of [
      [randomBytes(64), binary],
      [large, JSON_TYPE],
      ['{}', { 'content-type': 'text/plain; charset=utf-16' }],
      ['{}', {}],
    ] as const) {
      const got = await h2(gate, '/sensitive', { body, headers: { ...headers } });
      expect(got.status).toBe(403);
      expect(got.json['rule']).toBe('http.body.unread');
    }
    expect((await h2(gate, '/sensitive', { body: '{}', headers: JSON_TYPE })).status).toBe(200);
    expect(api.arrived).toHaveLength(1);
  });
});

describe('fields of requests', () => {
  it('are taken out and masked as policy says, and what is left keeps its bytes', async () => {
    const body = '{ "name": "Ada", "internal": {"a":[1]}, "nick": "A", "n": 1.50 }';
    expect((await h1(gate, '/strict', { body, headers: JSON_TYPE })).status).toBe(200);
    expect(JSON.parse(api.arrived[0]?.body.toString() ?? '')).toEqual({
      name: 'Ada',
      nick: '[masked:policy]',
      n: 1.5,
    });
    expect(api.arrived[0]?.body.toString()).toContain('1.50');
    const form = 'name=Ada&internal=1&nick=A';
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    await h2(gate, '/strict', { body: form, headers: type });
    expect(api.arrived[1]?.body.toString()).toMatch(/^name=Ada&nick=(\[|%5B)masked(:|%3A)policy(\]|%5D)$/);
    expect(api.arrived[1]?.headers['content-length'] ?? String(api.arrived[1]?.body.length)).toBe(
      String(api.arrived[1]?.body.length),
    );
  });

  it('that cannot be found are not let through in another form', async () => {
    for (const type of ['text/plain', 'application/octet-stream', 'text/event-stream']) {
      const got = await h1(gate, '/strict', { body: '{"internal":1}', headers: { 'content-type': type } });
      expect(refusal(got)).toEqual([403, 'GH_HTTP_BODY_UNREADABLE']);
    }
    expect((await h1(gate, '/strict')).status).toBe(200);
    expect(api.arrived.map(({ method }) => method)).toEqual(['GET']);
  });

  it('what detectors know goes on as the agent wrote it', async () => {
    await h1(gate, '/upload', { body: `{"card":"${CARD}"}`, headers: JSON_TYPE });
    expect(api.arrived[0]?.body.toString()).toBe(`{"card":"${CARD}"}`);
  });

  it('conditions that protect a change go on, with the tags of the server', async () => {
    const send = (headers: Record<string, string>) =>
      h1(gate, '/upload', { method: 'PUT', body: '{}', headers: { ...JSON_TYPE, ...headers } });
    api.on('/tagged', answer('application/json', '{}', { etag: '"v1"' }));
    const { headers: tagged } = await h1(gate, '/tagged');
    const tag = tagged.etag as string;
    expect(tag).not.toContain('v1');
    api.arrived.splice(0);
    await send({ 'if-none-match': '*' });
    await send({ 'if-match': tag });
    await send({ 'if-none-match': `"a", ${tag}` });
    expect(api.arrived.map(({ headers }) => [headers['if-none-match'], headers['if-match']])).toEqual([
      ['*', undefined],
      [undefined, '"v1"'],
      ['"a", "v1"', undefined],
    ]);
  });
});

describe('policy', () => {
  it('denies in problem details, with a rule and an event that the records hold', async () => {
    const got = await h2(gate, '/admin/users');
    expect(got.status).toBe(403);
    expect(got.json).toMatchObject({
      type: 'urn:gatehouse:error:GH_DENIED',
      status: 403,
      code: 'GH_DENIED',
      rule: 'http.path.restricted',
    });
    const row = await gate.row((each) => each['event_id'] === got.json['event_id']);
    expect(row).toMatchObject({
      decision: 'deny',
      rule: 'http.path.restricted',
      outcome: 'denied',
      status: 403,
    });
    expect(api.arrived).toEqual([]);
  });
});

describe('routes whose bodies are not read', () => {
  it('inspection headers: bodies pass as they are, with the credential of the gate, and the row has the status', async () => {
    const token = await gate.token({ subject: 'agent:headers' });
    api.on(
      '/headers/x',
      answer('application/json', '{"ssn":"730-11-4408"}', { 'set-cookie': 'a=b', 'x-note': CARD }, 201),
    );
    const got = await h2(gate, '/headers/x', { body: '{"a":1,"a":2}', headers: JSON_TYPE, token });
    expect([got.status, got.text]).toEqual([201, '{"ssn":"730-11-4408"}']);
    expect(got.headers['set-cookie']).toBeUndefined();
    expect(got.headers['x-note']).toBe('[masked:payment_card]');
    expect(api.arrived[0]?.headers.authorization).toBe(`Bearer ${UPSTREAM_TOKEN}`);
    expect(api.arrived[0]?.body.toString()).toBe('{"a":1,"a":2}');
    expect(await gate.row((row) => row['principal_subject'] === 'agent:headers')).toMatchObject({
      outcome: 'ok',
      status: 201,
      details: { inspection: 'headers', route: 'main/headers' },
    });
    api.on('/headers/x', answer('application/pdf', 'art', { 'content-range': 'bytes 1-3/9' }, 206));
    const part = await h1(gate, '/headers/x', { headers: { range: 'bytes=1-3' } });
    expect([part.status, part.text, api.arrived.at(-1)?.headers.range]).toEqual([206, 'art', 'bytes=1-3']);
    expect((await h1(gate, '/headers/x', { token: null })).status).toBe(401);
  });

  it('inspection authz: the head is decided, and the row says that no more is known', async () => {
    const token = await gate.token({ subject: 'agent:authz' });
    for (const client of [h1, h2]) {
      const got = await client(gate, '/health', { token, headers: { cookie: 'a=b', 'x-api-key': 'agents' } });
      expect([got.status, got.text]).toEqual([200, '{"ok":true}']);
    }
    for (const { lines } of api.arrived) {
      expect(lines.filter(([name]) => name === 'authorization')).toEqual([
        ['authorization', `Bearer ${UPSTREAM_TOKEN}`],
      ]);
      expect(lines.some(([name]) => name === 'cookie' || name === 'x-api-key')).toBe(false);
    }
    expect(await gate.row((row) => row['principal_subject'] === 'agent:authz')).toMatchObject({
      decision: 'allow',
      outcome: 'unknown',
      error_code: 'GH_DECISION_ONLY',
      statement: 'GET /health',
    });
    expect(await gate.row((row) => row['principal_subject'] === 'agent:authz')).not.toHaveProperty('status');
  });

  it('inspection authz: a body needs no length to be known of, and no body is none, over HTTP/1.1 and HTTP/2', async () => {
    const token = await gate.token();
    for (const client of [h1, h2]) {
      for (const method of ['GET', 'DELETE', 'POST']) {
        const got = await client(gate, '/strict-head', { token, method });
        expect([got.status, got.text]).toEqual([200, '{"ok":true}']);
      }
      for (const method of ['GET', 'DELETE', 'POST']) {
        const got = await client(gate, '/strict-head', {
          token,
          method,
          body: '{"internal":1}',
          headers: { ...JSON_TYPE, ...(client === h1 ? { 'transfer-encoding': 'chunked' } : {}) },
        });
        expect(refusal(got)).toEqual([403, 'GH_HTTP_BODY_UNREADABLE']);
      }
    }
    expect(api.arrived.map(({ method, body }) => [method, body.length])).toEqual(
      ['GET', 'DELETE', 'POST', 'GET', 'DELETE', 'POST'].map((method) => [method, 0]),
    );
    // Where nothing is asked of bodies they go on whole.
    api.arrived.splice(0);
    const large = 'x'.repeat(300_000);
    for (const client of [h1, h2])
      expect((await client(gate, '/health', { token, method: 'POST', body: large })).status).toBe(200);
    expect(api.arrived.map(({ body }) => body.length)).toEqual([300_000, 300_000]);
  });

  it('inspection authz: who has no token or no grant is refused as elsewhere', async () => {
    const none = await h1(gate, '/health', { token: null });
    expect(refusal(none)).toEqual([401, 'GH_HTTP_NO_TOKEN']);
    expect(none.headers['content-type']).toBe('application/problem+json');
    expect(none.headers['www-authenticate']).toBe('Bearer realm="gatehouse"');
    const stranger = await h1(gate, '/health', { token: await gate.token({ groups: ['strangers'] }) });
    expect([stranger.status, stranger.json['rule']]).toEqual([403, 'http.access.unknown_group']);
    const two = await curl(
      gate,
      ...['--http1.1', '-H', `Authorization: Bearer ${await gate.token()}`, '-H', 'Authorization: Bearer x'],
      `${gate.url}/health`,
    );
    expect(JSON.parse(two.output)).toMatchObject({ code: 'GH_HTTP_AUTHORIZATION' });
    expect(api.arrived).toEqual([]);
  });
});

describe('records (I3)', () => {
  it('hold nothing of what masking covers, whatever form it was sent in', async () => {
    const ssn = '730-11-4408';
    const address = 'amara.abara@example.net';
    const token = await gate.token({ subject: 'agent:records' });
    const spaced = CARD.replace(/(.{4})(?=.)/g, '$1 ');
    const targets = [
      `/plain?card=${CARD}`,
      `/plain?card=${new URLSearchParams({ c: spaced }).toString().slice(2)}`,
      `/plain?mail=${encodeURIComponent(address)}`,
      `/plain?ssn=${ssn}`,
      `/people/${encodeURIComponent(address)}`,
      `/people/${CARD}`,
    ];
    for (const target of targets) await h1(gate, target, { token });
    for (const body of [
      `{"card":"${CARD}","ssn":"${ssn}"}`,
      `["${address}"]`,
      `{"ssn":${JSON.stringify(ssn)}`,
    ])
      await h1(gate, '/upload', { body, headers: JSON_TYPE, token });
    await h1(gate, '/plain', { token, headers: { host: `${CARD}.example.com` } });
    await gate.row((row) => row['statement'] === 'GET /people/[masked:payment_card]');
    const rows = (await gate.rows()).filter((row) => row['principal_subject'] === 'agent:records');
    expect(rows).toHaveLength(10);
    for (const { name, text } of await gate.written()) {
      for (const value of [
        CARD,
        spaced,
        spaced.replaceAll(' ', '+'),
        ssn,
        address,
        encodeURIComponent(address),
      ])
        expect(text.includes(value), `${name}: ${value}`).toBe(false);
    }
  });
});

// Behind all others: Envoy sends nothing more to a worker that drains.
it('a drain waits for nothing that is over, on whatever kind of route', async () => {
  const started = performance.now();
  await gate.worker.drain();
  expect(performance.now() - started).toBeLessThan(500);
});
