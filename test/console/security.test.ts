/** What the console refuses to be talked into: other names, other sites, forged and old sessions, floods. */
import { readFileSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type PeerCertificate } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSystemClock } from '../../ext-proc/adapters/system-clock.ts';
import { ensureDevCertificates } from '../../ext-proc/embedded/dev-ca.ts';
import { logIn, type ConsoleClient } from '../support/console-client.ts';
import { startTestConsole, type TestConsole } from '../support/test-console.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

let aheadMs = 0;
const system = createSystemClock();
let gate: TestConsole;
let bob: ConsoleClient;
beforeAll(async () => {
  gate = await startTestConsole({ clock: { ...system, nowMs: () => system.nowMs() + aheadMs } });
  bob = await logIn(gate.url, 'bob@example.com');
});
afterAll(() => gate.stop());

interface Raw {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** With whatever headers: `fetch` would set its own. */
function raw(path: string, headers: Record<string, string> = {}, method = 'GET', body = ''): Promise<Raw> {
  const { port } = new URL(gate.url);
  return new Promise((resolve, reject) => {
    const sent = httpRequest({
      host: '127.0.0.1',
      port,
      path,
      method,
      headers: { host: new URL(gate.url).host, ...headers },
    });
    sent.once('error', reject);
    sent.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    sent.end(body);
  });
}

const code = ({ text }: Raw): string => (JSON.parse(text) as { code: string }).code;

test.each(['/', '/api/me', '/login/callback', '/assets/console/page/app.ts', '/nothing'])(
  '%s is answered with a policy that lets nothing in from elsewhere',
  async (path) => {
    const { headers } = await raw(path);
    const policy = String(headers['content-security-policy']);
    for (const directive of [
      "default-src 'none'",
      "script-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'self'",
      "require-trusted-types-for 'script'",
    ])
      expect(policy.split('; ')).toContain(directive);
    expect(policy).not.toMatch(/unsafe|\*|http:|https:/);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers['referrer-policy']).toMatch(/^(?:no-referrer|same-origin)$/);
    expect(headers['access-control-allow-origin']).toBeUndefined();
  },
);

test('what the API says is kept by no cache', async () => {
  expect((await raw('/api/me', { cookie: bob.cookie })).headers['cache-control']).toBe('no-store');
});

test('under another name there is no console', async () => {
  for (const host of ['evil.example', '127.0.0.1', 'localhost', `localhost:1`]) {
    const answer = await raw('/api/me', { host, cookie: bob.cookie });
    expect([answer.status, code(answer)]).toEqual([421, 'GH_CONSOLE_HOST']);
  }
  expect((await raw('/health', { host: '127.0.0.1' })).status).toBe(200);
});

test('data is not given to a page of another site, with whatever method', async () => {
  const request = await gate.hold();
  const path = `/api/approvals/${request.id}`;
  const sites: Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
  ];
  for (const site of sites) {
    const read = await raw(path, { cookie: bob.cookie, ...site });
    expect([read.status, code(read)]).toEqual([403, 'GH_CONSOLE_CROSS_SITE']);
  }
  // A browser that says nothing of where it comes from changes nothing by cookie, even with the token.
  const body = JSON.stringify({ verdict: 'approve', actionDigest: request.actionDigest });
  const headers = { cookie: bob.cookie, 'content-type': 'application/json', 'x-gatehouse-csrf': bob.csrf };
  expect(code(await raw(`${path}/decision`, headers, 'POST', body))).toBe('GH_CONSOLE_CROSS_SITE');
  expect((await gate.desk.status(request.id))?.state).toBe('pending');
});

test('a token of another session, or none, is refused', async () => {
  const other = await logIn(gate.url, 'alice@example.com');
  const headers = { cookie: bob.cookie, origin: gate.url };
  for (const csrf of [undefined, '', other.csrf, `${bob.csrf}x`]) {
    const answer = await raw(
      '/api/logout',
      { ...headers, ...(csrf === undefined ? {} : { 'x-gatehouse-csrf': csrf }) },
      'POST',
    );
    expect([answer.status, code(answer)]).toEqual([403, 'GH_CONSOLE_CSRF']);
  }
});

test('a cookie that was touched, cut, or made of another value is nobody’s', async () => {
  const [name, value = ''] = bob.cookie.split('=');
  const flipped = value.startsWith('A') ? `B${value.slice(1)}` : `A${value.slice(1)}`;
  const forged = Buffer.from(
    JSON.stringify({ id: 'x', kind: 'browser', reviewer: { subject: 'root' }, expiresAtMs: 1e15 }),
  );
  const tries = [
    '',
    'x',
    flipped,
    value.slice(0, -1),
    `${value.slice(0, -2)}AA`,
    forged.toString('base64url'),
    'A'.repeat(20_000),
  ];
  for (const each of tries) {
    const { status } = await raw('/api/me', { cookie: `${name}=${each}` });
    expect([each.length > 100 ? 'long' : each, status]).toEqual([each.length > 100 ? 'long' : each, 401]);
  }
  expect((await raw('/api/me', { cookie: `a=b; ${bob.cookie}` })).status).toBe(200);
});

test('a login that this browser did not begin, or a second time, is none', async () => {
  const none = await raw('/login/callback?code=x&state=y');
  expect([none.status, none.text.includes('GH_LOGIN_ATTEMPT')]).toEqual([400, true]);
  const begun = await raw('/login?return=//evil.example/');
  const [cookie = ''] = (begun.headers['set-cookie'] ?? [])[0]?.split(';') ?? [];
  const other = await raw('/login/callback?code=x&state=other', { cookie });
  expect([other.status, other.text.includes('GH_LOGIN_ATTEMPT')]).toEqual([400, true]);
  // The issuer is asked with everything that binds its answer to this attempt.
  const query = new URL(begun.headers.location as string).searchParams;
  expect(Object.fromEntries(query)).toMatchObject({ response_type: 'code', code_challenge_method: 'S256' });
  for (const name of ['state', 'nonce', 'code_challenge']) expect(query.get(name)).toMatch(/^[\w-]{43}$/);
});

test.each([
  ['/approvals/x?y=1', '/approvals/x?y=1'],
  ['//evil.example/', '/'],
  ['/\\\\evil.example', '/'],
  ['https://evil.example/', '/'],
  ['/..//evil.example', '/'],
  ['/\t/evil.example', '/'],
  ['javascript:alert(1)', '/'],
])('a login that is to lead to %j leads to %s of this console', async (asked, path) => {
  const { landedAt } = await logIn(gate.url, 'bob@example.com', asked);
  expect(landedAt).toBe(gate.url + path);
});

test('a session ends at its time, and with it what was asked of its stream', async () => {
  const events = await fetch(`${gate.url}/api/events`, { headers: { cookie: bob.cookie } });
  expect(events.headers.get('content-type')).toContain('text/event-stream');
  const reader = events.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('event: hello');
  await reader?.cancel();
  aheadMs = 8 * 3_600_000 + 1_000;
  try {
    expect((await raw('/api/me', { cookie: bob.cookie })).status).toBe(401);
  } finally {
    aheadMs = 0;
  }
});

test('a stream tells nothing more once its session was logged out of, and ends', async () => {
  const own = await logIn(gate.url, 'bob@example.com');
  const events = await fetch(`${gate.url}/api/events`, { headers: { cookie: own.cookie } });
  const text = events.text();
  expect((await own.post('/api/logout', {})).status).toBe(204);
  const { id } = await gate.hold();
  const told = await Promise.race([text, sleep(5_000).then(() => 'the stream goes on')]);
  expect(told).not.toContain(id);
  expect(told).toContain('event: ended');
});

test('streams of one session are bounded', async () => {
  const gone = new AbortController();
  const statuses: number[] = [];
  for (let count = 0; count < 13; count++) {
    const { status } = await fetch(`${gate.url}/api/events`, {
      headers: { cookie: bob.cookie },
      signal: gone.signal,
    });
    statuses.push(status);
  }
  gone.abort();
  expect(statuses.filter((each) => each === 200)).toHaveLength(12);
  expect(statuses.at(-1)).toBe(429);
});

test('the page comes whole, however often it is loaded from one address', async () => {
  for (let load = 0; load < 20; load++) {
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => raw('/assets/console/page/style.css', {})),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  }
});

test('a flood of one session is told to wait, and others are served meanwhile', async () => {
  const carol = await logIn(gate.url, 'carol@example.com');
  const statuses = await Promise.all(
    Array.from({ length: 400 }, () => raw('/api/me', { cookie: bob.cookie })),
  );
  const refused = statuses.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(50);
  expect(refused[0]).toMatchObject({ headers: { 'retry-after': '1' } });
  expect((await carol.get('/api/me')).status).toBe(200);
  await sleep(200);
  expect((await raw('/api/me', { cookie: bob.cookie })).status).toBe(200);
});

test('with TLS it says so for good, and a renewed certificate is seen by who connects next', async () => {
  const own = await startTestConsole({ tls: true });
  const other = await temporaryDirectory();
  try {
    const ca = readFileSync(own.caFile);
    const { port } = new URL(own.url);
    const headers = await new Promise<IncomingHttpHeaders>((resolve, reject) => {
      httpsRequest(`${own.url}/`, { ca }, (response) => {
        response.resume();
        resolve(response.headers);
      })
        .once('error', reject)
        .end();
    });
    expect(headers['strict-transport-security']).toBe('max-age=31536000');
    const certificate = (): Promise<PeerCertificate> =>
      new Promise((resolve, reject) => {
        const socket = connect(
          { host: '127.0.0.1', port: Number(port), servername: 'localhost', rejectUnauthorized: false },
          () => {
            resolve(socket.getPeerCertificate());
            socket.destroy();
          },
        );
        socket.once('error', reject);
      });
    const before = (await certificate()).fingerprint256;
    const renewed = await ensureDevCertificates({
      directory: `${other.path}/tls`,
      names: ['gate'],
      nowMs: Date.now(),
    });
    const files = renewed.servers.get('gate');
    writeFileSync(own.certificate.keyFile, files?.key ?? '');
    writeFileSync(own.certificate.certificateFile, files?.certificate ?? '');
    const until = performance.now() + 15_000;
    while ((await certificate()).fingerprint256 === before && performance.now() < until) await sleep(250);
    expect((await certificate()).fingerprint256).not.toBe(before);
  } finally {
    await own.stop();
    await other.remove();
  }
});
