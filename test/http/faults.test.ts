/** What breaks: clients, upstreams, the service, its journal. Nothing undecided goes on, and the rows say what is known. */
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { startHttpGate, type HttpGate, type HttpGateOptions } from '../support/http-gate.ts';
import { h1, h2, h2On, openH2, rawH1 } from '../support/http-clients.ts';
import { answer, startScriptedServer, type ScriptedServer } from '../support/scripted-server.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

let api: ScriptedServer;
let gate: HttpGate;
const options = (port: number): HttpGateOptions => ({
  routesYaml: `      - { name: down, prefix: /down, upstream: down }
      - { name: mcp, prefix: /mcp, upstream: mcp-down }
      - { name: api, prefix: /, upstream: api }`,
  upstreamsYaml: [
    ['api', 'http', port],
    ['down', 'http', 1],
    ['mcp-down', 'mcp', 1],
  ]
    .map(
      ([name, protocol, at]) => `  - name: ${name}
    protocol: ${protocol}
    address: 127.0.0.1:${at}
    tls: { mode: disable }
    labels: { env: dev }
    credentials: [{ groups: ['*'], bearer: { file: token.txt } }]`,
    )
    .join('\n'),
});
beforeAll(async () => {
  api = await startScriptedServer();
  for (const path of ['/plain', '/upload']) api.on(path, answer('application/json', '{"ok":true}'));
  gate = await startHttpGate(options(api.port));
});
beforeEach(() => void api.arrived.splice(0));
afterAll(async () => {
  await gate?.stop();
  await api?.stop();
});

const ofSubject = (subject: string) => (row: Readonly<Record<string, unknown>>) =>
  row['principal_subject'] === subject;

describe('an upstream', () => {
  it('that is down is 503, and the row says so', async () => {
    for (const client of [h1, h2]) {
      const got = await client(gate, '/down');
      expect(got.status).toBe(503);
      expect(got.headers['content-type']).toBe('application/problem+json');
      expect(got.json).toMatchObject({ code: 'GH_HTTP_ENVOY', status: 503 });
    }
    expect(await gate.row((row) => row['upstream'] === 'down')).toMatchObject({
      decision: 'allow',
      outcome: 'error',
      error_code: '503',
      status: 503,
    });
  });

  it('of MCP that is down is 503 as well, and no broken stream', async () => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
    const got = await h2(gate, '/mcp', { body, headers: JSON_TYPE });
    expect([got.status, got.complete]).toEqual([503, true]);
    expect(got.json).toMatchObject({ code: 'GH_HTTP_ENVOY' });
  });

  it('that resets in the middle of its answer resets the client, and the row is aborted', async () => {
    api.on('/resets', (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"a":"begun",');
      setTimeout(() => response.destroy(), 50);
    });
    for (const [client, subject] of [
      [h1, 'agent:reset1'],
      [h2, 'agent:reset2'],
    ] as const) {
      const got = await client(gate, '/resets', { token: await gate.token({ subject }) });
      expect([got.status, got.complete]).toEqual([200, false]);
      expect(await gate.row(ofSubject(subject))).toMatchObject({ outcome: 'aborted', status: 200 });
    }
  });

  it('that answers before the request is there is heard', async () => {
    api.on('/early', (_request, response) => {
      // It goes on reading: one that closes at once may take its answer back with a reset of the connection.
      response.writeHead(413, { 'content-type': 'application/json' }).end('{"no":1}');
    });
    const got = await h2(gate, '/early', {
      body: Buffer.alloc(2_000_000),
      headers: { 'content-type': 'application/octet-stream' },
    });
    expect([got.status, got.text]).toEqual([413, '{"no":1}']);
  });

  it('that sends a coded body without end is cut off where it expands too far', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1_048_576, 0x20));
    api.on('/bomb', answer('application/json', bomb, { 'content-encoding': 'gzip' }));
    const token = await gate.token({ subject: 'agent:bomb' });
    const got = await h2(gate, '/bomb', { token });
    expect(got.complete && got.status === 200).toBe(false);
    expect(await gate.row(ofSubject('agent:bomb'))).toMatchObject({ error_code: 'GH_HTTP_BODY_EXPANDS' });
  });
});

describe('a client that goes away', () => {
  it('amid its upload leaves a row that is aborted where it was let through, and none before', async () => {
    const upload = async (subject: string, type: string): Promise<void> => {
      const { socket } = await rawH1(gate);
      socket.write(
        `POST /upload HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${await gate.token({ subject })}\r\nContent-Type: ${type}\r\nContent-Length: 9000\r\n\r\n{"a":`,
      );
      await sleep(150);
      socket.destroy();
    };
    await upload('agent:undecided', 'application/json');
    await upload('agent:upload', 'application/octet-stream');
    expect(await gate.row(ofSubject('agent:upload'))).toMatchObject({
      decision: 'allow',
      outcome: 'aborted',
    });
    expect((await gate.rows()).some(ofSubject('agent:undecided'))).toBe(false);
    expect(api.arrived.map(({ complete }) => complete)).toEqual([false]);
  });

  it('amid its download leaves a row that is aborted, and the upstream is let go', async () => {
    let streaming: ServerResponse | undefined;
    api.on('/endless', (_request, response) => {
      streaming = response;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const timer = setInterval(() => response.write('data: x\n\n'), 5);
      response.once('close', () => clearInterval(timer));
    });
    const session = openH2(gate);
    const stream = session.request({
      ':path': '/endless',
      authorization: `Bearer ${await gate.token({ subject: 'agent:download' })}`,
    });
    stream.on('error', () => undefined);
    await new Promise((resolve) => stream.once('data', resolve));
    const gone = new Promise((resolve) => streaming?.once('close', resolve));
    session.destroy();
    await gone;
    const row = await gate.row(ofSubject('agent:download'));
    expect(row).toMatchObject({ outcome: 'aborted', status: 200 });
    expect(row['bytes_out']).toBeGreaterThan(0);
  });

  it('or stalls holds little: what it does not read is not read from the upstream', async () => {
    let written = 0;
    api.on('/flood', (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('["');
      const chunk = Buffer.alloc(65_536, 'x');
      const more = (): void => {
        while (written < 64 * 1_048_576) {
          written += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', more);
        }
        response.end('"]');
      };
      more();
    });
    const session = openH2(gate);
    const stream = session.request({ ':path': '/flood', authorization: `Bearer ${await gate.token()}` });
    stream.on('error', () => undefined);
    await new Promise((resolve) => stream.once('response', resolve));
    await sleep(700);
    const stalledAt = written;
    await sleep(300);
    expect(written).toBe(stalledAt);
    expect(stalledAt).toBeLessThan(16 * 1_048_576);
    session.destroy();
  });
});

it('many requests at once are decided each, in order of nothing', async () => {
  const session = openH2(gate);
  const token = await gate.token({ subject: 'agent:many' });
  const got = await Promise.all(
    Array.from({ length: 120 }, (_, at) =>
      h2On(session, gate, at % 3 === 0 ? '/admin/x' : '/upload', {
        token,
        ...(at % 3 === 1 ? { body: `{"at":${at}}`, headers: JSON_TYPE } : {}),
      }),
    ),
  );
  session.close();
  expect(got.map(({ status }) => status)).toEqual(got.map((_, at) => (at % 3 === 0 ? 403 : 200)));
  expect(api.arrived).toHaveLength(80);
});

describe('the service', () => {
  let own: HttpGate;
  beforeAll(async () => {
    own = await startHttpGate({
      ...options(api.port),
      process: true,
      extraYaml: 'audit: { journal: { bytesMax: 64KiB, segmentBytes: 16KiB } }',
    });
  });
  afterAll(() => own?.stop());

  it('that is killed amid requests lets nothing through, and leaves them open in the journal', async () => {
    const answers: ServerResponse[] = [];
    api.on('/waits', (_request, response) => void answers.push(response));
    expect((await h1(own, '/plain')).status).toBe(200);
    const token = await own.token({ subject: 'agent:killed' });
    const waiting = [h1(own, '/waits', { token }), h2(own, '/waits', { token })].map((each) =>
      each.catch(() => undefined),
    );
    await expect.poll(() => answers.length).toBe(2);
    await own.killWorker();
    for (const response of answers) response.writeHead(200, JSON_TYPE).end('{"ssn":"730-11-4408"}');
    for (const got of await Promise.all(waiting)) {
      expect(got === undefined || !got.complete || got.status === 503).toBe(true);
      expect(got?.text ?? '').not.toContain('730');
    }
    const before = api.arrived.length;
    for (const client of [h1, h2]) expect((await client(own, '/plain')).status).toBe(503);
    expect(api.arrived).toHaveLength(before);
    expect((await own.rows()).filter((row) => row['outcome'] === undefined)).toHaveLength(2);
    await own.startWorker();
    await expect.poll(async () => (await h1(own, '/plain')).status, { timeout: 10_000 }).toBe(200);
    const rows = (await own.rows()).filter(ofSubject('agent:killed'));
    expect(rows.map((row) => [row['decision'], row['outcome'], row['error_code']])).toEqual([
      ['allow', 'unknown', 'GH_WORKER_DIED'],
      ['allow', 'unknown', 'GH_WORKER_DIED'],
    ]);
  });

  it('whose journal is full denies, and the upstream sees nothing that is not recorded (I1)', async () => {
    const token = await own.token({ subject: 'agent:full' });
    const session = openH2(own);
    let refused = 0;
    for (let at = 0; at < 400 && refused < 3; at++) {
      const got = await h2On(session, own, `/plain?at=${at}`, { token });
      const hasArrived = api.arrived.some(({ target }) => target === `/plain?at=${at}`);
      // What arrived was recorded; its answer is whole only where its end was recorded too.
      if (got.status === 200 && got.complete) expect(hasArrived).toBe(true);
      else if (!hasArrived) {
        refused++;
        expect(got.json).toMatchObject({ status: 503, code: 'GH_JOURNAL_UNAVAILABLE' });
      }
    }
    session.close();
    expect(refused).toBe(3);
    const recorded = JSON.stringify(await own.rows());
    for (const { target } of api.arrived)
      if (target.startsWith('/plain?at=')) expect(recorded).toContain(`GET ${target}"`);
  });
});
