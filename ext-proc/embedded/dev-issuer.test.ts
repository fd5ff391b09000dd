import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mintToken, rotateDevKey, startDevIssuer, type DevIssuer } from './dev-issuer.ts';
import { CONSOLE_CLIENT_ID } from './dev-issuer/console-client.ts';

const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
const listeners = ['127.0.0.1:6432', '[::1]:6432', 'localhost:6433'];

let directory: string;
let issuer: DevIssuer | undefined;

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'gatehouse-issuer-')), 'issuer');
});
afterEach(async () => {
  await issuer?.stop();
  issuer = undefined;
  await rm(join(directory, '..'), { recursive: true });
});

const start = async (): Promise<DevIssuer> =>
  (issuer = await startDevIssuer({ directory, port: 0, listeners, consoleUrl: 'http://127.0.0.1:45678' }));
const getJson = async (url: string): Promise<Record<string, unknown>> =>
  (await (await fetch(url)).json()) as Record<string, unknown>;
const publishedKeys = async ({ issuer: url }: DevIssuer): Promise<JSONWebKeySet> =>
  (await getJson(
    String((await getJson(`${url}/.well-known/openid-configuration`)).jwks_uri),
  )) as unknown as JSONWebKeySet;
const mint = (url: string, more: { onBehalfOf?: string } = {}): Promise<string> =>
  mintToken({
    directory,
    issuer: url,
    audience: 'gatehouse',
    subject: 'agent:claude-1',
    groups: ['developers'],
    ttlMs: 900_000,
    clock,
    ...more,
  });

describe('the development issuer', () => {
  it.each(['0.0.0.0:6432', '[::]:6432', '192.0.2.1:6432', 'gate.example.com:6432', 'nonsense'])(
    'refuses to run beside the listener %s',
    async (listener) => {
      await expect(
        startDevIssuer({ directory, port: 0, listeners: [...listeners, listener] }),
      ).rejects.toMatchObject({
        code: 'GH_DEV_ISSUER_NOT_LOOPBACK',
      });
    },
  );

  it('publishes its public keys only, and keeps the private ones from other accounts', async () => {
    const { keys } = await publishedKeys(await start());
    expect(keys).toHaveLength(1);
    expect(keys[0]).not.toHaveProperty('d');
    const { mode } = await stat(join(directory, 'signing-keys.json'));
    expect((mode & 0o777).toString(8)).toBe('600');
  });

  it('has the same key after a restart', async () => {
    const before = await publishedKeys(await start());
    await issuer?.stop();
    expect(await publishedKeys(await start())).toEqual(before);
  });

  it('makes one key where two processes ask for the first at once', async () => {
    const tokens = await Promise.all(Array.from({ length: 8 }, () => mint('http://127.0.0.1:1')));
    expect(new Set(tokens.map((token) => decodeProtectedHeader(token).kid)).size).toBe(1);
  });

  it('signs tokens that its published keys verify, with the human as subject and the agent as actor', async () => {
    const running = await start();
    const keys = createLocalJWKSet(await publishedKeys(running));
    const rules = { issuer: running.issuer, audience: 'gatehouse', typ: 'at+jwt', algorithms: ['ES256'] };
    const alone = await jwtVerify(await mint(running.issuer), keys, rules);
    expect(alone.payload).toMatchObject({ sub: 'agent:claude-1', groups: ['developers'] });
    expect(alone.payload).not.toHaveProperty('act');
    const delegated = await jwtVerify(
      await mint(running.issuer, { onBehalfOf: 'alice@example.com' }),
      keys,
      rules,
    );
    expect(delegated.payload).toMatchObject({ sub: 'alice@example.com', act: { sub: 'agent:claude-1' } });
  });

  it('publishes old and new key after a rotation, and the new one alone after a revocation', async () => {
    const running = await start();
    const old = await mint(running.issuer);
    await rotateDevKey(directory);
    const rotated = await publishedKeys(running);
    expect(rotated.keys).toHaveLength(2);
    await jwtVerify(old, createLocalJWKSet(rotated));
    expect(decodeProtectedHeader(await mint(running.issuer)).kid).toBe(rotated.keys[0]?.kid);
    await rotateDevKey(directory, { revoke: true });
    await expect(jwtVerify(old, createLocalJWKSet(await publishedKeys(running)))).rejects.toThrow();
  });

  it('answers no other host name than its own', async () => {
    const { issuer: url } = await start();
    const { request } = await import('node:http');
    const status = await new Promise((resolve, reject) => {
      request(url, { headers: { host: 'rebound.example.com' } }, (response) =>
        resolve(response.resume().statusCode),
      )
        .on('error', reject)
        .end();
    });
    expect(status).toBe(421);
  });
});

describe('logging in at the development issuer', () => {
  /** A browser's part: follows redirects within the issuer and keeps its cookies. */
  function browser() {
    const cookies = new Map<string, string>();
    return async function go(
      url: string,
      init: { method?: string; body?: URLSearchParams } = {},
    ): Promise<Response> {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(url, {
        ...init,
        redirect: 'manual',
        headers: { cookie },
      });
      for (const line of response.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) as RegExpExecArray;
        if (value === '') cookies.delete(name as string);
        else cookies.set(name as string, value as string);
      }
      return response;
    };
  }
  const location = (response: Response, base: string): string =>
    new URL(response.headers.get('location') as string, base).href;

  it('gives a person who was chosen on the page an access token for the gate, by code and PKCE', async () => {
    const { issuer: url } = await start();
    const go = browser();
    const verifier = randomBytes(32).toString('base64url');
    const redirectUri = 'http://127.0.0.1:45678/login/callback';
    const authorize = new URL(`${url}/auth`);
    authorize.search = new URLSearchParams({
      client_id: CONSOLE_CLIENT_ID,
      response_type: 'code',
      scope: 'openid',
      redirect_uri: redirectUri,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      state: 'a-state',
    }).toString();

    const toLogin = location(await go(authorize.href), url);
    const page = await go(toLogin);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('alice@example.com');
    const nobody = await go(toLogin, {
      method: 'POST',
      body: new URLSearchParams({ email: 'mallory@example.com' }),
    });
    expect(nobody.status).toBe(400);
    const chosen = await go(toLogin, {
      method: 'POST',
      body: new URLSearchParams({ email: 'alice@example.com' }),
    });
    const back = new URL(location(await go(location(chosen, url)), url));
    expect(`${back.origin}${back.pathname}`).toBe(redirectUri);
    expect(back.searchParams.get('state')).toBe('a-state');

    const exchange = (codeVerifier: string): Promise<Response> =>
      fetch(`${url}/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          client_id: CONSOLE_CLIENT_ID,
          code: back.searchParams.get('code') as string,
          redirect_uri: redirectUri,
          code_verifier: codeVerifier,
        }),
      });
    const stolen = await exchange(randomBytes(32).toString('base64url'));
    expect(stolen.status).toBe(400);
    const tokens = (await (await exchange(verifier)).json()) as Record<string, string>;
    const keys = createLocalJWKSet(await publishedKeys(issuer as DevIssuer));
    const access = await jwtVerify(tokens.access_token as string, keys, {
      issuer: url,
      audience: 'gatehouse',
      typ: 'at+jwt',
    });
    expect(access.payload).toMatchObject({ sub: 'alice@example.com', groups: ['developers', 'reviewers'] });
    const id = await jwtVerify(tokens.id_token as string, keys, { issuer: url, audience: CONSOLE_CLIENT_ID });
    expect(id.payload).toMatchObject({ sub: 'alice@example.com', name: 'Alice Moreau' });
  });

  it('gives nothing without PKCE', async () => {
    const { issuer: url } = await start();
    const without = new URL(`${url}/auth`);
    without.search = new URLSearchParams({
      client_id: CONSOLE_CLIENT_ID,
      response_type: 'code',
      scope: 'openid',
      redirect_uri: 'http://127.0.0.1:45678/login/callback',
    }).toString();
    const refused = await browser()(without.href);
    expect(new URL(refused.headers.get('location') as string).searchParams.get('error')).toBe(
      'invalid_request',
    );
  });
});
