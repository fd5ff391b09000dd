/** The terminal's login: by the browser of the same machine, confirmed by the person, with a code that is good once. */
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Me, TerminalLogin } from '../../ext-proc/console/api.ts';
import { matchingCode } from '../../ext-proc/console/terminal-login.ts';
import { CHROMIUM, openConsole, startBrowser } from '../support/browser.ts';
import { logIn, type ConsoleClient } from '../support/console-client.ts';
import { startTestConsole, type TestConsole } from '../support/test-console.ts';

let gate: TestConsole;
let bob: ConsoleClient;
beforeAll(async () => {
  gate = await startTestConsole();
  bob = await logIn(gate.url, 'bob@example.com');
});
afterAll(() => gate.stop());

const newVerifier = () => {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
};
const confirm = (form: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`${gate.url}/login/terminal/confirm`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: bob.cookie, origin: gate.url, ...headers },
    body: new URLSearchParams(form),
  });
const codeFor = async (challenge: string): Promise<string> => {
  const answer = await confirm({ port: '23456', challenge, csrf: bob.csrf });
  const location = new URL(answer.headers.get('location') as string);
  expect([answer.status, location.origin]).toEqual([303, 'http://127.0.0.1:23456']);
  return location.searchParams.get('code') as string;
};
const redeem = async (code: string, verifier: string) => {
  const answer = await fetch(`${gate.url}/login/terminal`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code, verifier }),
  });
  return { status: answer.status, body: (await answer.json()) as TerminalLogin & { code: string } };
};
const meOf = (headers: Record<string, string>) => fetch(`${gate.url}/api/me`, { headers });

test('a code becomes a session of the person, once, with its verifier', async () => {
  const { verifier, challenge } = newVerifier();
  const code = await codeFor(challenge);
  expect(await redeem(code, newVerifier().verifier)).toMatchObject({
    status: 403,
    body: { code: 'GH_LOGIN_CODE' },
  });
  const { status, body } = await redeem(code, verifier);
  expect(status).toBe(200);
  const me = await meOf({ authorization: `Bearer ${body.session}` });
  expect((await me.json()) as Me).toMatchObject({
    subject: 'bob@example.com',
    csrf: '',
    expiresAtMs: body.expiresAtMs,
  });
  expect(await redeem(code, verifier)).toMatchObject({ status: 403, body: { code: 'GH_LOGIN_CODE' } });
});

test('a code of a console that has been started again since is not good', async () => {
  const { verifier, challenge } = newVerifier();
  const code = await codeFor(challenge);
  await gate.restart();
  expect(await redeem(code, verifier)).toMatchObject({ status: 403 });
  // Sessions are, and go on.
  expect((await bob.get('/api/me')).status).toBe(200);
});

test('the terminal’s session decides without a token of a page, and is no cookie; nor is a cookie a bearer token', async () => {
  const { verifier, challenge } = newVerifier();
  const { session } = (await redeem(await codeFor(challenge), verifier)).body;
  expect((await meOf({ cookie: `__Host-gatehouse=${session}` })).status).toBe(401);
  expect((await meOf({ authorization: `Bearer ${bob.cookie.split('=')[1]}` })).status).toBe(401);
  const request = await gate.hold();
  const decided = await fetch(`${gate.url}/api/approvals/${request.id}/decision`, {
    method: 'POST',
    headers: { authorization: `Bearer ${session}`, 'content-type': 'application/json' },
    body: JSON.stringify({ verdict: 'approve', actionDigest: request.actionDigest }),
  });
  expect(decided.status).toBe(200);
  expect((await gate.desk.status(request.id))?.decisions[0]?.channel).toBe('cli');
  const out = await fetch(`${gate.url}/api/logout`, {
    method: 'POST',
    headers: { authorization: `Bearer ${session}` },
  });
  expect(out.status).toBe(204);
  expect((await meOf({ authorization: `Bearer ${session}` })).status).toBe(401);
});

test('nothing is confirmed without a session, its token, or from another site; nor for another place than loopback', async () => {
  const { challenge } = newVerifier();
  const form = { port: '23456', challenge, csrf: bob.csrf };
  expect((await confirm(form, { cookie: '' })).status).toBe(401);
  expect((await confirm({ ...form, csrf: 'x' })).status).toBe(403);
  expect((await confirm(form, { origin: 'https://evil.example' })).status).toBe(403);
  expect((await confirm(form, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  for (const port of ['80', '0', '65536', '1e4.', '23456@evil.example'])
    expect((await confirm({ ...form, port })).status).toBe(400);
  expect((await confirm({ ...form, challenge: 'short' })).status).toBe(400);
});

describe.skipIf(CHROMIUM === undefined)('in Chromium', () => {
  test('the page says what is asked, shows the terminal’s own code, and leads back to the terminal', async () => {
    const arrived = Promise.withResolvers<string>();
    const terminal = createServer((request, response) => {
      arrived.resolve(request.url as string);
      response.end('You may close this page.');
    });
    await new Promise<void>((resolve) => terminal.listen(0, '127.0.0.1', resolve));
    const browser = await startBrowser();
    try {
      const { verifier, challenge } = newVerifier();
      const { page, faults } = await openConsole(browser, gate.url, 'Bob Okafor');
      await page.goto(
        `${gate.url}/login/terminal?port=${(terminal.address() as AddressInfo).port}&challenge=${challenge}`,
      );
      await page.getByRole('heading', { name: 'Log in the terminal of this machine?' }).waitFor();
      await page.getByText(matchingCode(challenge)).waitFor();
      await page.getByRole('button', { name: 'Log in the terminal' }).click();
      const code = new URL(await arrived.promise, 'http://x').searchParams.get('code') as string;
      expect((await redeem(code, verifier)).status).toBe(200);
      expect(faults).toEqual([]);
    } finally {
      await browser.close();
      terminal.close();
    }
  });
});
