/**
 * Requests that policy holds, through a real Envoy: what their clients are told, that what was approved goes through once
 * and nothing else does, and what an auditor finds.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteState } from '../../ext-proc/adapters/sqlite-state.ts';
import { createSystemClock } from '../../ext-proc/adapters/system-clock.ts';
import { LIMITS } from '../../ext-proc/domain/limits.ts';
import { testLog } from '../support/gate.ts';
import { CONSOLE_URL, startHttpGate, type HttpGate } from '../support/http-gate.ts';
import { curl, h1, h2, type Answer, type Sending } from '../support/http-clients.ts';
import { openReviewer, type TestReviewer } from '../support/console-reviewer.ts';
import { answer, startScriptedServer, type ScriptedServer } from '../support/scripted-server.ts';

let server: ScriptedServer;
let gate: HttpGate;
let reviewer: TestReviewer;

beforeAll(async () => {
  server = await startScriptedServer();
  gate = await startHttpGate({
    workers: 2,
    approvals: { pendingPerPrincipal: 3 },
    routesYaml: `      - { name: head, prefix: /head, upstream: api, inspection: headers }
      - { name: check, prefix: /check, upstream: api, inspection: authz }
      - { name: api, prefix: /, upstream: api }`,
    upstreamsYaml: `  - name: api
    protocol: http
    address: 127.0.0.1:${server.port}
    tls: { mode: disable }
    labels: { env: dev }
    templates: ['/people/{id}']
    credentials: [{ groups: ['*'], bearer: { file: token.txt } }]`,
    extraYaml: `masking:
  fields: [{ field: '**.ssn', tag: us_ssn }]`,
    settings: (settings) => {
      settings.http['held'] = [
        {
          paths: ['/people/{id}', '/orders', '/broken', '/head/**', '/check/**'],
          methods: ['DELETE', 'POST', 'COPY'],
        },
        { paths: ['/brief'], methods: ['POST'], terms: { deadline_s: 2, use_within_s: 1 } },
        { paths: ['/open'], methods: ['POST'], terms: { mode: 'wait', deadline_s: 4 } },
        { paths: ['/granted/**'], methods: ['POST'], terms: { grant: { minutes_max: 5 } } },
      ];
      const methods = settings.http['methods'] as Record<string, string>;
      methods['COPY'] = 'write';
    },
  });
  reviewer = await openReviewer(gate.config);
  for (const path of [
    '/people/7',
    '/people/8',
    '/orders',
    '/brief',
    '/open',
    '/granted/1',
    '/granted/2',
    '/head/1',
  ])
    server.on(path, answer('application/json', '{"done":true}'));
  server.on('/broken', (_, response) => response.destroy());
});
afterAll(async () => {
  await reviewer?.close();
  await gate?.stop();
  await server?.stop();
});
beforeEach(() => void server.arrived.splice(0));

const JSON_TYPE = { 'content-type': 'application/json' };
let people = 0;
/** A principal of its own for each test. */
const someone = (): Promise<string> => gate.token({ subject: `agent:${++people}`, for: 'alice@example.com' });

interface Told {
  readonly code: string;
  readonly detail: string;
  readonly status: number;
  readonly event_id: string;
  readonly approval: Record<string, string> & { readonly reviewers: unknown };
}
const told = (got: Answer): Told => got.json as unknown as Told;
const post = (path: string, body: unknown, token: string, sending: Sending = {}): Promise<Answer> =>
  h1(gate, path, {
    body: JSON.stringify(body),
    token,
    ...sending,
    headers: { ...JSON_TYPE, ...sending.headers },
  });
const statusOf = (got: Answer, token: string | null, query = ''): Promise<Answer> =>
  h1(gate, `${new URL(told(got).approval['status'] as string).pathname}${query}`, { token });

describe('a request that policy holds', () => {
  it('is refused with what to do, and goes through once it is approved, once', async () => {
    const token = await someone();
    const first = await h1(gate, '/people/7', { method: 'DELETE', token });
    expect([first.status, first.headers['content-type'], first.headers['retry-after']]).toEqual([
      403,
      'application/problem+json',
      '10',
    ]);
    const { approval, ...problem } = told(first);
    expect(problem).toMatchObject({
      code: 'GH_APPROVAL_NEEDED',
      rule: 'http.approval.held_request',
      title: 'People must approve this request',
    });
    expect(problem.detail).toMatch(
      /^DELETE \/people\/\{id\} .+ one of the group reviewers, until .+ very same request again/,
    );
    expect(approval).toMatchObject({
      state: 'pending',
      url: `${CONSOLE_URL}/approvals/${approval['id']}`,
      status: `https://localhost:${gate.port}/.well-known/gatehouse/approvals/${approval['id']}`,
      reviewers: [{ count: 1, groups: ['reviewers'], people: [] }],
    });
    expect(server.arrived).toEqual([]);

    const again = await h2(gate, '/people/7', { method: 'DELETE', token });
    expect([again.status, told(again).approval['id']]).toEqual([403, approval['id']]);
    expect(await reviewer.decide(approval['id'] as string, 'approve')).toMatchObject({ state: 'approved' });
    expect((await statusOf(first, token)).json).toMatchObject({ state: 'approved' });
    const done = await h1(gate, '/people/7', { method: 'DELETE', token });
    expect([done.status, done.text]).toEqual([200, '{"done":true}']);
    expect(server.arrived.map(({ method, target }) => [method, target])).toEqual([['DELETE', '/people/7']]);
    expect(server.arrived[0]?.headers.authorization).toBe('Bearer upstream-own-token-5f1d9c');

    const replayed = await h1(gate, '/people/7', { method: 'DELETE', token });
    expect([replayed.status, told(replayed).code]).toEqual([403, 'GH_APPROVAL_NEEDED']);
    expect(told(replayed).approval['id']).not.toBe(approval['id']);
    expect(server.arrived).toHaveLength(1);

    await gate.row(
      (row) => row['approval_id'] === approval['id'] && row['outcome'] === 'ok' && row['status'] === 200,
    );
    const rows = (await gate.rows()).filter((row) => row['approval_id'] === approval['id']);
    expect(rows.map((row) => row['action_kind']).sort()).toEqual([
      'approval.decided',
      'approval.released',
      'approval.requested',
      'http.request',
      'http.request',
      'http.request',
    ]);
    expect(new Set(rows.map((row) => row['action_digest'])).size).toBe(1);
    expect(
      rows
        .filter((row) => row['action_kind'] === 'http.request')
        .map((row) => row['outcome'])
        .sort(),
    ).toEqual(['denied', 'denied', 'ok']);
    expect(
      rows.find((row) => row['outcome'] === 'ok' && row['action_kind'] === 'http.request'),
    ).toMatchObject({
      decision: 'hold',
      status: 200,
      details: { approved_by: 'bob@example.com', digest_released: rows[0]?.['action_digest'] },
    });
  });

  it.each([
    ['another body', '/orders', { a: 2 }, {}],
    ['a body of the same JSON in other bytes', '/orders', '{ "a":1}', {}],
    ['another query', '/orders?force=1', { a: 1 }, {}],
    ['another header that a server may act on', '/orders', { a: 1 }, { 'x-dry-run': '0' }],
    ['another content type', '/orders', { a: 1 }, { 'content-type': 'application/json; charset=utf-8' }],
    ['another idempotency key', '/orders', { a: 1 }, { 'idempotency-key': 'b' }],
  ])('with %s is asked about anew and does not go through', async (_, path, body, headers) => {
    const token = await someone();
    const first = await post('/orders', { a: 1 }, token);
    await reviewer.decide(told(first).approval['id'] as string, 'approve');
    const changed = await h1(gate, path, {
      body: typeof body === 'string' ? body : JSON.stringify(body),
      token,
      headers: { ...JSON_TYPE, ...headers },
    });
    expect([changed.status, told(changed).code]).toEqual([403, 'GH_APPROVAL_NEEDED']);
    expect(told(changed).approval['id']).not.toBe(told(first).approval['id']);
    expect(server.arrived).toEqual([]);
    const same = await post('/orders', { a: 1 }, token, {
      headers: { traceparent: '00-a-b-01', 'user-agent': 'x' },
    });
    expect(same.status).toBe(200);
    expect(server.arrived.map(({ body: sent }) => sent.toString())).toEqual(['{"a":1}']);
  });

  it('takes along nothing that a server may act on and no reviewer has seen', async () => {
    const token = await someone();
    const first = await h1(gate, '/people/7', {
      method: 'DELETE',
      token,
      headers: { baggage: 'tenant=a' },
    });
    await reviewer.decide(told(first).approval['id'] as string, 'approve');
    const done = await h1(gate, '/people/7', {
      method: 'DELETE',
      token,
      headers: { baggage: 'tenant=b', traceparent: '00-a-b-01' },
    });
    expect(done.status).toBe(200);
    expect(server.arrived.map(({ headers }) => [headers['baggage'], headers['traceparent']])).toEqual([
      [undefined, '00-a-b-01'],
    ]);
  });

  it('that its server breaks off is not sent a second time, and the record says what is known', async () => {
    const token = await someone();
    const broken = await post('/broken', { a: 1 }, token);
    const id = told(broken).approval['id'] as string;
    await reviewer.decide(id, 'approve');
    expect((await post('/broken', { a: 1 }, token)).status).toBeGreaterThanOrEqual(500);
    expect(server.arrived).toHaveLength(1);
    const again = await post('/broken', { a: 1 }, token);
    expect([again.status, told(again).code]).toEqual([403, 'GH_APPROVAL_NEEDED']);
    expect(told(again).approval['id']).not.toBe(id);
    expect(server.arrived).toHaveLength(1);
    const row = await gate.row(
      (each) =>
        each['approval_id'] === id &&
        each['action_kind'] === 'http.request' &&
        each['outcome'] !== 'denied' &&
        each['outcome'] !== 'unknown',
    );
    expect(row['outcome']).toBe('error');
  });

  it('by another method, or of another principal, is not helped by an approval', async () => {
    const token = await someone();
    const first = await post('/people/7', { a: 1 }, token);
    await reviewer.decide(told(first).approval['id'] as string, 'approve');
    const copied = await post('/people/7', { a: 1 }, token, { method: 'COPY' });
    expect(told(copied).code).toBe('GH_APPROVAL_NEEDED');
    const others = [
      await someone(),
      await gate.token({ subject: `agent:${people - 1}` }),
      await gate.token({ subject: `agent:${people - 1}`, for: 'carol@example.com' }),
    ];
    for (const other of others) {
      const got = await post('/people/7', { a: 1 }, other);
      expect(told(got).code).toBe('GH_APPROVAL_NEEDED');
      expect((await statusOf(first, other)).status).toBe(404);
    }
    expect(server.arrived).toEqual([]);
  });

  it('goes through once, whoever sends it at once, on two workers', async () => {
    const token = await someone();
    const first = await post('/orders', { race: 1 }, token);
    await reviewer.decide(told(first).approval['id'] as string, 'approve');
    const got = await Promise.all(Array.from({ length: 12 }, () => post('/orders', { race: 1 }, token)));
    expect(got.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(server.arrived).toHaveLength(1);
    for (const { status, json } of got)
      if (status !== 200) expect(json['code']).toMatch(/^GH_APPROVAL_(USED|NEEDED)$/);
  });

  it('that a reviewer denies is told why, masked, for as long as it could have been decided', async () => {
    const token = await someone();
    const first = await post('/orders', { deny: 1 }, token);
    const reason = 'Ask jane.doe@example.com first; card 4111111111111111.';
    await reviewer.decide(told(first).approval['id'] as string, 'deny', { reason });
    for (let turn = 0; turn < 2; turn++) {
      const got = await post('/orders', { deny: 1 }, token);
      expect([got.status, told(got).code]).toEqual([403, 'GH_APPROVAL_DENIED']);
      expect(told(got).detail).toContain('first; card [masked:payment_card].');
      expect(got.text).not.toContain('4111111111111111');
    }
    expect((await statusOf(first, token)).json).toMatchObject({ state: 'denied' });
    expect(server.arrived).toEqual([]);
  });

  it('is asked about anew once its time has passed, to decide or to be sent', async () => {
    const token = await someone();
    const undecided = await post('/brief', { n: 1 }, token);
    const unused = await post('/brief', { n: 2 }, token);
    await reviewer.decide(told(unused).approval['id'] as string, 'approve');
    await expect
      .poll(async () => (await statusOf(undecided, token)).json['state'], { timeout: 8_000 })
      .toBe('expired');
    await expect
      .poll(async () => (await statusOf(unused, token)).json['state'], { timeout: 8_000 })
      .toBe('expired');
    for (const [n, before] of [
      [1, undecided],
      [2, unused],
    ] as const) {
      const again = await post('/brief', { n }, token);
      expect([told(again).code, told(again).approval['id'] === told(before).approval['id']]).toEqual([
        'GH_APPROVAL_NEEDED',
        false,
      ]);
    }
    expect(server.arrived).toEqual([]);
  });

  it('is asked about anew under another policy', async () => {
    const token = await someone();
    const first = await post('/orders', { policy: 1 }, token);
    await reviewer.decide(told(first).approval['id'] as string, 'approve');
    await gate.changeSettings(
      (settings) => void (settings.http['export'] = { parameters: [], rows_max: {}, paths: [] }),
    );
    await expect
      .poll(async () => told(await post('/orders', { policy: 1 }, token)).approval['id'])
      .not.toBe(told(first).approval['id']);
    expect(await reviewer.stateOf(told(first).approval['id'] as string)).toBe('cancelled');
    expect(server.arrived).toEqual([]);
  });

  it('does not wait beside too many others of its principal', async () => {
    const token = await someone();
    for (let n = 0; n < 3; n++) expect((await post('/orders', { many: n }, token)).status).toBe(403);
    const got = await post('/orders', { many: 3 }, token);
    expect([got.status, told(got).code]).toEqual([429, 'GH_APPROVAL_TOO_MANY']);
    expect(got.headers['retry-after']).toBe('10');
    const known = await post('/orders', { many: 1 }, token);
    expect(told(known).code).toBe('GH_APPROVAL_NEEDED');
  });

  it('is denied where a reviewer could not see all of it', async () => {
    const token = await someone();
    const cases: [string, string | Buffer, Record<string, string>][] = [
      ['/orders', JSON.stringify({ a: 'x'.repeat(LIMITS.httpReadBodyBytesMax) }), JSON_TYPE],
      ['/orders', '{"a":1}\n{"a":2}\n', { 'content-type': 'application/x-ndjson' }],
      ['/orders', 'text', { 'content-type': 'text/plain' }],
      ['/head/1', '{"a":1}', JSON_TYPE],
      ['/check/1', '{"a":1}', JSON_TYPE],
    ];
    for (const [path, body, headers] of cases) {
      const got = await h1(gate, path, { body, token, headers });
      expect([path, got.status, told(got).code]).toEqual([path, 403, 'GH_APPROVAL_UNSEEN']);
    }
    const shown = await post('/orders', { a: 'x'.repeat(300_000) }, token);
    expect([shown.status, told(shown).code]).toEqual([403, 'GH_APPROVAL_TOO_LARGE']);
    const bare = await h1(gate, '/head/1', { method: 'DELETE', token });
    expect(told(bare).code).toBe('GH_APPROVAL_NEEDED');
    await reviewer.decide(told(bare).approval['id'] as string, 'approve');
    expect((await h1(gate, '/head/1', { method: 'DELETE', token })).status).toBe(200);
    expect(server.arrived.map(({ target }) => target)).toEqual(['/head/1']);
  });

  it('shows a reviewer all of it, masked, and nothing of it is kept otherwise', async () => {
    const token = await someone();
    const body = { ssn: '730-11-4408', note: 'card 4012888888881881', ['n'.repeat(20)]: 'x'.repeat(9_000) };
    const got = await post('/people/7?card=4012888888881881', body, token, {
      headers: { 'x-note': 'ssn 4012888888881881', 'x-api-key': 'agents-own-key' },
    });
    const request = (await reviewer.requests()).find(({ id }) => id === told(got).approval['id']);
    expect(request?.view).toMatchObject({
      kind: 'http.request',
      words: 'POST /people/{id} on api',
      language: 'http',
      parameters: [],
    });
    expect(request?.view.payload).toMatch(/^POST \/people\/7\?card=.*masked.*\nhost: localhost:\d+\n/);
    expect(request?.view.payload).toContain('"ssn":"[masked:us_ssn]"');
    expect(request?.view.payload).toContain(`${'x'.repeat(9_000)}"}`);
    expect(request?.view.payload).not.toContain('agents-own-key');
    expect(request?.view.facts).toContainEqual(['template', '/people/{id}']);
    for (const { name, text } of await gate.written()) {
      for (const raw of ['730-11-4408', '4012888888881881', 'agents-own-key'])
        expect([name, text.includes(raw)]).toEqual([name, false]);
    }
  });

  it('goes through by a standing grant while that is good', async () => {
    const token = await someone();
    const first = await post('/granted/1', { n: 1 }, token);
    const grant = { minutes: 5, scope: 'nothing' } as const;
    const decided = await reviewer.decide(told(first).approval['id'] as string, 'approve', { grant });
    expect(decided).toMatchObject({ grant: { scope: 'nothing' } });
    for (let turn = 0; turn < 3; turn++) expect((await post('/granted/1', { n: 1 }, token)).status).toBe(200);
    expect(told(await post('/granted/2', { n: 1 }, token)).code).toBe('GH_APPROVAL_NEEDED');
    expect(server.arrived).toHaveLength(3);
    const used = (await gate.rows()).filter((row) => row['action_kind'] === 'approval.grant_used');
    // The first used the approval itself up.
    expect(used).toHaveLength(2);
    expect(await reviewer.stateOf(told(first).approval['id'] as string)).toBe('released');
  });

  it('is not of the kind of another that only masking makes look the same', async () => {
    const token = await someone();
    const first = await post('/granted/amara@example.net', { n: 1 }, token);
    const grant = { minutes: 5, scope: 'literals' } as const;
    await reviewer.decide(told(first).approval['id'] as string, 'approve', { grant });
    expect((await post('/granted/amara@example.net', { n: 2 }, token)).status).not.toBe(403);
    const other = await post('/granted/bob@example.net', { n: 1 }, token);
    expect(told(other).code).toBe('GH_APPROVAL_NEEDED');
    const asked = (await reviewer.requests()).find(({ id }) => id === told(other).approval['id']);
    expect(JSON.stringify(asked)).not.toContain('bob@example.net');
  });

  it('is denied where masking would hide a part of its path', async () => {
    const token = await someone();
    const key = `-----BEGIN PRIVATE KEY-----${'A'.repeat(24)}`.replaceAll(' ', '%20');
    const path = `/granted/${key}/everything/-----END%20PRIVATE%20KEY-----`;
    expect(told(await post(path, { n: 1 }, token)).code).toBe('GH_APPROVAL_UNSEEN');
    expect(server.arrived).toEqual([]);
  });

  it('is told to curl as it is, and done by the line that asked', async () => {
    const token = await someone();
    const line = [
      '--request',
      'DELETE',
      '--header',
      `Authorization: Bearer ${token}`,
      `${gate.url}/people/8`,
    ];
    const asked = JSON.parse((await curl(gate, ...line)).output) as Told;
    await reviewer.decide(asked.approval['id'] as string, 'approve');
    expect(await curl(gate, ...line)).toEqual({ code: 0, output: '{"done":true}' });
  });
});

describe('the status of an approval', () => {
  it('is for whoever asked alone, by GET alone, and no server hears of it', async () => {
    const token = await someone();
    const first = await post('/orders', { status: 1 }, token);
    const own = await statusOf(first, token);
    expect([own.status, own.headers['retry-after'], own.headers['cache-control']]).toEqual([
      200,
      '10',
      'no-store',
    ]);
    expect(own.json).toMatchObject({ ...told(first).approval, agreed: 0, needed: 1 });
    const nobody = await statusOf(first, null);
    expect([nobody.status, nobody.headers['www-authenticate']]).toEqual([401, 'Bearer realm="gatehouse"']);
    const path = new URL(told(first).approval['status'] as string).pathname;
    for (const [unknown, status] of [
      ['/.well-known/gatehouse/approvals/', 404],
      ['/.well-known/gatehouse/approvals/../../../people/7', 403],
      [`${path}x`, 404],
      [path.replace(/.{4}$/, '0000'), 404],
    ] as const) {
      const method = status === 403 ? 'DELETE' : 'GET';
      expect((await h1(gate, unknown, { token, method })).status).toBe(status);
    }
    expect((await h1(gate, path, { method: 'DELETE', token })).status).toBe(405);
    expect(server.arrived).toEqual([]);
  });

  it('is awaited until it is decided, or the seconds are over', async () => {
    const token = await someone();
    const first = await post('/orders', { poll: 1 }, token);
    const before = Date.now();
    expect((await statusOf(first, token, '?wait=1')).json).toMatchObject({ state: 'pending' });
    expect(Date.now() - before).toBeGreaterThan(900);
    const waiting = statusOf(first, token, '?wait=20');
    await sleep(200);
    const decided = Date.now();
    await reviewer.decide(told(first).approval['id'] as string, 'approve');
    expect((await waiting).json).toMatchObject({ state: 'approved' });
    expect(Date.now() - decided).toBeLessThan(1_500);
  });
});

describe('a request that waits', () => {
  it('goes through on its stream, masked as always, once it is approved', async () => {
    const token = await someone();
    server.on('/orders', answer('application/json', '{"ssn":"730-11-4408"}'));
    const before = await reviewer.requests();
    const waiting = post('/orders', { wait: 1 }, token, { headers: { prefer: 'wait=20' } });
    const { id } = await reviewer.asked(before);
    await sleep(300);
    expect(server.arrived).toEqual([]);
    await reviewer.decide(id, 'approve');
    const got = await waiting;
    expect([got.status, got.text]).toEqual([200, '{"ssn":"[masked:us_ssn]"}']);
    expect(server.arrived.map(({ body }) => body.toString())).toEqual(['{"wait":1}']);
    const row = await gate.row(
      (each) => each['approval_id'] === id && each['action_kind'] === 'http.request',
    );
    expect(row).toMatchObject({
      decision: 'hold',
      outcome: 'ok',
      status: 200,
      masks: { 'us_ssn:**.ssn': 1 },
    });
    server.on('/orders', answer('application/json', '{"done":true}'));
  });

  it('is told to come again when its seconds are over, and its request stands', async () => {
    const token = await someone();
    const got = await post('/orders', { late: 1 }, token, { headers: { prefer: 'wait=1' } });
    expect([got.status, told(got).code]).toEqual([403, 'GH_APPROVAL_NEEDED']);
    await reviewer.decide(told(got).approval['id'] as string, 'approve');
    expect((await post('/orders', { late: 1 }, token)).status).toBe(200);
    expect(server.arrived).toHaveLength(1);
  });

  it('is cancelled where policy keeps it and its client leaves, and nothing of it runs', async () => {
    const token = await someone();
    const before = await reviewer.requests();
    const left = curl(
      gate,
      ...[
        '--max-time',
        '1',
        '--json',
        '{"leave":1}',
        '--header',
        `Authorization: Bearer ${token}`,
        `${gate.url}/open`,
      ],
    );
    const { id } = await reviewer.asked(before);
    expect((await left).code).toBe(28);
    await expect.poll(() => reviewer.stateOf(id)).toBe('cancelled');
    expect(await reviewer.decide(id, 'approve')).toMatchObject({ code: 'GH_REVIEW_CLOSED' });
    const row = await gate.row(
      (each) => each['approval_id'] === id && each['action_kind'] === 'http.request',
    );
    expect(row).toMatchObject({ outcome: 'cancelled', error_code: 'GH_APPROVAL_LEFT' });
    expect(server.arrived).toEqual([]);
  });

  it('ends at the deadline, where policy keeps it', async () => {
    const token = await someone();
    const got = await post('/open', { expire: 1 }, token);
    expect([got.status, told(got).code]).toEqual([403, 'GH_APPROVAL_EXPIRED']);
    expect(server.arrived).toEqual([]);
  });

  it('ends with a denial, and with a block of its principal', async () => {
    const token = await someone();
    const before = await reviewer.requests();
    const denied = post('/open', { deny: 1 }, token);
    await reviewer.decide((await reviewer.asked(before)).id, 'deny', { reason: 'No.' });
    expect(told(await denied)).toMatchObject({ code: 'GH_APPROVAL_DENIED', approval: { reason: 'No.' } });

    const others = await reviewer.requests();
    const blocked = post('/open', { block: 1 }, await gate.token({ subject: 'agent:to-block' }));
    const { id } = await reviewer.asked(others);
    const state = openSqliteState({
      file: join(gate.config.service.stateDirectory, 'state.db'),
      worker: 'test',
      clock: createSystemClock(),
      log: testLog,
      listeners: gate.config.listeners,
    });
    state.block('agent:to-block', 'test');
    const got = await blocked;
    state.close();
    expect([got.status, told(got).code]).toEqual([403, 'GH_PRINCIPAL_BLOCKED']);
    expect(await reviewer.stateOf(id)).toBe('cancelled');
    expect(server.arrived).toEqual([]);
  });

  it('is not let through with a token that has expired meanwhile', async () => {
    const token = await gate.token({ subject: 'agent:short', ttlMs: 2_000 });
    const got = await post('/orders', { short: 1 }, token, { headers: { prefer: 'wait=60' } });
    expect([got.status, told(got).code]).toEqual([403, 'GH_APPROVAL_NEEDED']);
  });
});
