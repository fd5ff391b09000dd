/** Who sends a request: nobody comes in without a token for the gate, and no credential of either side crosses (I7). */
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import { openControl } from '../../ext-proc/compose-control.ts';
import { testLog } from '../support/gate.ts';
import { startHttpGate, UPSTREAM_TOKEN, type HttpGate } from '../support/http-gate.ts';
import { curl, h1, h2, openH2, rawH1 } from '../support/http-clients.ts';
import { answer, startScriptedServer, type ScriptedServer } from '../support/scripted-server.ts';

let api: ScriptedServer;
let gate: HttpGate;
beforeAll(async () => {
  api = await startScriptedServer();
  gate = await startHttpGate({
    routesYaml: `      - { name: closed, prefix: /closed, upstream: closed }
      - { name: absent, prefix: /absent, upstream: absent }
      - { name: keyed, prefix: /keyed, upstream: keyed }
      - { name: api, prefix: /, upstream: api }`,
    upstreamsYaml: `${upstream('api', "{ groups: ['*'], bearer: { file: token.txt } }")}
${upstream('closed', '{ groups: [nobody], bearer: { file: token.txt } }')}
${upstream('absent', "{ groups: ['*'], bearer: { file: no-such-file.txt } }")}
${upstream('keyed', "{ groups: ['*'], header: { name: X-API-Key, value: { file: token.txt } } }")}`,
  });
  api.on('/plain', answer('application/json', '{"ok":true}'));
  api.on('/keyed', answer('application/json', '{"ok":true}'));
});
const upstream = (name: string, credential: string): string => `  - name: ${name}
    protocol: http
    address: 127.0.0.1:${api.port}
    tls: { mode: disable }
    labels: { env: dev }
    credentials: [${credential}]`;
beforeEach(() => void api.arrived.splice(0));
afterAll(async () => {
  await gate?.stop();
  await api?.stop();
});

const denied = (status: number, code: string) => ({ status, json: { status, code } });
const shown = ({ status, json }: { status: number; json: Record<string, unknown> }) => ({
  status,
  json: { status: json['status'], code: json['code'] },
});

it.each([
  ['no token', { token: null }, 'GH_HTTP_NO_TOKEN'],
  ['a token in the query alone', { token: null, inQuery: true }, 'GH_HTTP_NO_TOKEN'],
  ['basic credentials', { token: null, headers: { authorization: 'Basic YTpi' } }, 'GH_HTTP_AUTHORIZATION'],
  ['a token of no form', { token: 'nothing' }, 'GH_TOKEN_MALFORMED'],
])('%s is 401 with a challenge, as problem details, and goes no further', async (_, sending, code) => {
  const path = 'inQuery' in sending ? `/plain?access_token=${await gate.token()}` : '/plain';
  for (const client of [h1, h2]) {
    const got = await client(gate, path, sending);
    expect(shown(got)).toEqual(denied(401, code));
    expect(got.headers['content-type']).toBe('application/problem+json');
    expect(got.headers['www-authenticate']).toMatch(/^Bearer realm="gatehouse"/);
    expect(got.json).not.toHaveProperty('event_id');
  }
  expect(api.arrived).toEqual([]);
});

it('has a row for the first of a source, and one a minute for those that follow', async () => {
  const refused = (await gate.rows()).filter((each) => each['action_kind'] === 'http.refused');
  expect(refused).toHaveLength(1);
  expect(refused[0]).toMatchObject({
    decision: 'deny',
    outcome: 'denied',
    error_code: 'GH_HTTP_NO_TOKEN',
    upstream: 'api',
    client_address: '127.0.0.1',
    details: { listener: 'main/api', refused: '1' },
  });
  expect(refused[0]).not.toHaveProperty('principal_subject');
});

it.each([
  ['for another audience', { audience: 'other' }, 'GH_TOKEN_AUDIENCE'],
  ['that has run out', { ttlMs: 1_000, ageMs: 60_000 }, 'GH_TOKEN_EXPIRED'],
])('a token %s is 401 invalid_token', async (_, options, code) => {
  const got = await h1(gate, '/plain', { token: await gate.token(options) });
  expect(shown(got)).toEqual(denied(401, code));
  expect(got.headers['www-authenticate']).toBe('Bearer realm="gatehouse", error="invalid_token"');
  expect(api.arrived).toEqual([]);
});

it('two Authorization headers are none, whichever is good', async () => {
  const token = await gate.token();
  for (const [first, second] of [
    [token, 'other'],
    ['other', token],
    [token, token],
  ]) {
    const { output } = await curl(
      gate,
      '--http1.1',
      ...['-H', `Authorization: Bearer ${first}`, '-H', `Authorization: Bearer ${second}`],
      `${gate.url}/plain`,
    );
    expect(JSON.parse(output)).toMatchObject({ status: 401, code: 'GH_HTTP_AUTHORIZATION' });
  }
  expect(api.arrived).toEqual([]);
});

it.each(['--http1.1', '--http2'])(
  'curl %s gets an answer, and the server sees its own credential and none of the agent',
  async (version) => {
    const token = await gate.token({ subject: 'agent:curl' });
    const { output } = await curl(
      gate,
      version,
      ...['-H', `Authorization: Bearer ${token}`, '-H', 'Cookie: session=agents', '-H', 'X-API-Key: agents'],
      ...['-H', 'X-Forwarded-User: root', '-H', 'Proxy-Authorization: Basic YTpi'],
      ...['-H', 'X-Gatehouse-Listener: pg', '-H', 'X-Envoy-Retry-On: 5xx'],
      ...['-w', '%{http_code} %{http_version}', `${gate.url}/plain`],
    );
    expect(output).toBe(`{"ok":true}200 ${version === '--http2' ? '2' : '1.1'}`);
    const [seen] = api.arrived;
    const lines = seen?.lines ?? [];
    expect(lines.filter(([name]) => name === 'authorization')).toEqual([
      ['authorization', `Bearer ${UPSTREAM_TOKEN}`],
    ]);
    const names = lines.map(([name]) => name);
    for (const name of ['cookie', 'x-api-key', 'x-forwarded-user', 'proxy-authorization'])
      expect(names).not.toContain(name);
    for (const name of ['x-gatehouse-listener', 'x-envoy-retry-on']) expect(names).not.toContain(name);
    expect(JSON.stringify(lines)).not.toContain(token);
    expect(seen?.headers).toMatchObject({ 'x-forwarded-host': `localhost:${gate.port}` });
    expect(seen?.headers.host).toBe(`127.0.0.1:${api.port}`);
  },
);

it("puts a credential in a header of its own, in place of the agent's, which sees neither", async () => {
  const got = await h1(gate, '/keyed', { headers: { 'x-api-key': 'agents' } });
  expect(got.status).toBe(200);
  expect(api.arrived[0]?.lines.filter(([name]) => name === 'x-api-key')).toEqual([
    ['x-api-key', UPSTREAM_TOKEN],
  ]);
  expect(api.arrived[0]?.headers.authorization).toBeUndefined();
});

it("a server that refuses the gate's credential is 502, and its challenge stays behind", async () => {
  api.on('/refuses', (request, response) => {
    const said = `no: ${request.headers.authorization}`;
    response
      .writeHead(401, { 'www-authenticate': 'Bearer realm="inner"', 'content-type': 'text/plain' })
      .end(said);
  });
  const got = await h2(gate, '/refuses');
  expect(shown(got)).toEqual(denied(502, 'GH_HTTP_UPSTREAM_CREDENTIAL'));
  expect(got.headers['www-authenticate']).toBeUndefined();
  const row = await gate.row((each) => each['event_id'] === got.json['event_id']);
  expect(row).toMatchObject({ decision: 'allow', outcome: 'denied', status: 502 });
});

it('a principal whose groups have no credential is 403, and one whose credential cannot be read 503', async () => {
  const none = await h1(gate, '/closed');
  expect(shown(none)).toEqual(denied(403, 'GH_NO_CREDENTIAL'));
  const unread = await h1(gate, '/absent');
  expect(shown(unread)).toEqual(denied(503, 'GH_CREDENTIAL_UNAVAILABLE'));
  expect(await gate.row((row) => row['event_id'] === unread.json['event_id'])).toMatchObject({
    decision: 'deny',
    rule: 'GH_CREDENTIAL_UNAVAILABLE',
    status: 503,
  });
  expect(api.arrived).toEqual([]);
});

it('a blocked principal is 403, and a stream of events of its ends within a second', async () => {
  let streaming: ServerResponse | undefined;
  api.on('/events', (_request, response) => {
    streaming = response;
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: one\n\n');
  });
  const token = await gate.token({ subject: 'agent:blocked', for: 'alice@example.com' });
  const session = openH2(gate);
  const stream = session.request({ ':path': '/events', authorization: `Bearer ${token}` });
  stream.on('error', () => undefined);
  await new Promise((resolve) => stream.once('data', resolve));
  const closed = new Promise((resolve) => stream.once('close', resolve));
  const gone = new Promise((resolve) => streaming?.once('close', resolve));
  const control = openControl(gate.envoy.config, testLog);
  try {
    const started = performance.now();
    control.block('alice@example.com', 'test');
    await Promise.all([closed, gone]);
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(stream.rstCode).not.toBe(0);
    const row = await gate.row((each) => each['principal_subject'] === 'agent:blocked');
    expect(row).toMatchObject({ outcome: 'aborted', error_code: 'GH_PRINCIPAL_BLOCKED' });
    const got = await h1(gate, '/plain', { token });
    expect(shown(got)).toEqual(denied(403, 'GH_PRINCIPAL_BLOCKED'));
    expect(got.headers['www-authenticate']).toBeUndefined();
    control.unblock('alice@example.com', 'test');
    await sleep(600);
    expect((await h1(gate, '/plain', { token })).status).toBe(200);
  } finally {
    control.close();
    session.destroy();
  }
});

it('two pipelined requests on one connection are decided apart, and answered in order', async () => {
  const token = await gate.token({ subject: 'agent:pipeline' });
  const { socket, received, closed } = await rawH1(gate);
  const head = (path: string, more: string): string =>
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
  socket.write(
    head('/plain', `Authorization: Bearer ${token}\r\n`) +
      head('/plain', '') +
      head('/plain', `Authorization: Bearer ${token}\r\nConnection: close\r\n`),
  );
  await closed;
  expect([...received().matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status)).toEqual([
    '200',
    '401',
    '200',
  ]);
  expect(api.arrived).toHaveLength(2);
});

it("no answer, journal, log or file holds the upstream's credential or a token of the agent's", async () => {
  const token = await gate.token({ subject: 'agent:looked-for' });
  const got = await h1(gate, `/plain?access_token=${token}`, { token });
  expect(got.status).toBe(200);
  await gate.row((row) => row['principal_subject'] === 'agent:looked-for');
  await sleep(300);
  const written = await gate.written();
  expect(written.some(({ name }) => name.includes('journal'))).toBe(true);
  expect(written.some(({ name, text }) => name.endsWith('access.log') && text.includes('"route"'))).toBe(
    true,
  );
  for (const { name, text } of written) {
    expect(text.includes(UPSTREAM_TOKEN), name).toBe(false);
    expect(text.includes(token.split('.')[2] as string), name).toBe(false);
  }
});
