import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LoginAttempt } from '../../domain/approvals/reviewer-login.ts';
import { sign, testKey, testLog, TestClock, TestIssuer, type TestKey } from './issuer.fixture.ts';
import { createReviewerLogin } from './reviewer-login.ts';

let issuer: TestIssuer;
let key: TestKey;
let login: ReturnType<typeof createReviewerLogin>;
let attempt: LoginAttempt;
/** Of the token endpoint's next answer; `undefined` removes a claim. */
let claims: Record<string, unknown>;
let signer: TestKey;
let userInfo: Record<string, unknown> | undefined;
let tokenStatus = 200;
/** `undefined`: the connection ends without an answer. */
let userInfoStatus: number | undefined;
let asked: URLSearchParams[];

beforeEach(async () => {
  key = signer = await testKey('one');
  issuer = await new TestIssuer().start();
  issuer.keys = [key.publicJwk];
  issuer.answer = (request, response) => void answer(request, response);
  login = create();
  attempt = login.newAttempt();
  claims = {};
  userInfo = undefined;
  tokenStatus = 200;
  userInfoStatus = 200;
  asked = [];
});
afterEach(async () => {
  login.close();
  await issuer.stop();
});

const create = (person?: string) =>
  createReviewerLogin({
    issuer: issuer.issuer,
    algorithms: ['ES256'],
    jwksUri: undefined,
    clockToleranceMs: 5_000,
    claims: { groups: 'groups', person },
    clientId: 'console',
    clientSecret: undefined,
    scopes: ['openid'],
    redirectUri: 'http://localhost:1/login/callback',
    clock: new TestClock(),
    log: testLog(),
  });

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const say = (value: unknown, status = 200): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };
  const base = issuer.issuer;
  switch (new URL(request.url ?? '', base).pathname) {
    case '/.well-known/openid-configuration':
      return say({
        issuer: base,
        jwks_uri: `${base}/jwks`,
        authorization_endpoint: `${base}/auth`,
        token_endpoint: `${base}/token`,
        ...(userInfo === undefined ? {} : { userinfo_endpoint: `${base}/userinfo` }),
      });
    case '/jwks':
      return say({ keys: issuer.keys });
    case '/userinfo':
      if (userInfoStatus === undefined) return void response.destroy();
      return say(userInfo, userInfoStatus);
    default: {
      let body = '';
      for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) body += chunk;
      asked.push(new URLSearchParams(body));
      if (tokenStatus !== 200) return say({ error: 'invalid_grant' }, tokenStatus);
      const now = Math.floor(Date.now() / 1_000);
      const all = {
        iss: base,
        aud: 'console',
        sub: 'bob',
        iat: now,
        exp: now + 60,
        nonce: attempt.nonce,
        groups: ['reviewers'],
        ...claims,
      };
      const idToken = await sign(signer, all, { typ: 'JWT' });
      return say({ access_token: 'a', token_type: 'bearer', id_token: idToken });
    }
  }
}

const back = (more: Record<string, string> = {}) =>
  new URLSearchParams({ code: 'c', state: attempt.state, ...more });
const refused = (code: string) => expect(login.reviewerOf(back(), attempt)).rejects.toMatchObject({ code });

describe('a reviewer’s login', () => {
  it('is who the verified ID token says, with the names of the account', async () => {
    claims = { name: 'Bob', email: 'bob@example.com', preferred_username: 'bob', upn: 'BOB@EXAMPLE.COM' };
    expect(await login.reviewerOf(back(), attempt)).toEqual({
      subject: 'bob',
      issuer: issuer.issuer,
      groups: ['reviewers'],
      name: 'Bob',
      accounts: ['bob@example.com', 'bob', 'BOB@EXAMPLE.COM'],
      person: undefined,
    });
    expect(Object.fromEntries(asked[0] ?? [])).toMatchObject({
      grant_type: 'authorization_code',
      code_verifier: attempt.codeVerifier,
      redirect_uri: 'http://localhost:1/login/callback',
      client_id: 'console',
    });
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['of another client', { aud: 'gatehouse' }, /"aud"/],
    ['of several clients, issued to another', { aud: ['console', 'other'], azp: 'other' }, /"azp"/],
    ['of another issuer', { iss: 'https://evil.example' }, /"iss"/],
    ['of another attempt', { nonce: 'other' }, /"nonce"/],
    ['without a nonce', { nonce: undefined }, /"nonce"/],
    ['that has expired', { exp: 1_000_000 }, /"exp"/],
    ['without an end', { exp: undefined }, /"exp"/],
    ['without a subject', { sub: undefined }, /"sub"/],
    ['with a subject that is no name', { sub: 'bob\n' }, /not in form/],
    ['with groups that are no list', { groups: 'reviewers' }, /not in form/],
  ])('refuses an ID token %s', async (_what, changes, why) => {
    claims = changes;
    await expect(login.reviewerOf(back(), attempt)).rejects.toMatchObject({
      code: 'GH_LOGIN_TOKEN',
      message: expect.stringMatching(why) as string,
    });
  });

  it('refuses one that another key has signed, under the same name or another', async () => {
    signer = await testKey('one');
    await refused('GH_LOGIN_TOKEN');
    signer = await testKey('two');
    await refused('GH_LOGIN_TOKEN');
  });

  it('refuses an algorithm that is not the issuer’s', async () => {
    signer = await testKey('rsa', 'RS256');
    issuer.keys = [key.publicJwk, signer.publicJwk];
    await refused('GH_LOGIN_TOKEN');
  });

  it('refuses an agent, whoever it acts for', async () => {
    claims = { act: { sub: 'agent:claude-1' } };
    await refused('GH_LOGIN_AGENT');
  });

  it('refuses an answer of another attempt, another issuer, and a refusal', async () => {
    const of = (more: Record<string, string>) => login.reviewerOf(back(more), attempt);
    await expect(of({ state: 'other' })).rejects.toMatchObject({ code: 'GH_LOGIN_ATTEMPT' });
    await expect(of({ iss: 'https://evil.example' })).rejects.toMatchObject({ code: 'GH_LOGIN_ATTEMPT' });
    await expect(of({ error: 'access_denied' })).rejects.toMatchObject({ code: 'GH_LOGIN_REFUSED' });
    expect(asked).toEqual([]);
    tokenStatus = 400;
    await refused('GH_LOGIN_ATTEMPT');
  });

  it('asks userinfo for what the ID token leaves out, and believes it of the same subject only', async () => {
    login.close();
    login = create('employee');
    claims = { groups: undefined };
    userInfo = { sub: 'bob', groups: ['auditors'], employee: 7 };
    expect(await login.reviewerOf(back(), attempt)).toMatchObject({ groups: ['auditors'], person: '7' });
    userInfo = { sub: 'mallory', groups: ['reviewers'] };
    await refused('GH_LOGIN_ISSUER');
  });

  it('asks userinfo for a name of the account where the ID token has none', async () => {
    userInfo = { sub: 'bob', groups: ['auditors'], email: 'bob@example.com' };
    expect(await login.reviewerOf(back(), attempt)).toMatchObject({
      groups: ['reviewers'],
      accounts: ['bob@example.com'],
    });
  });

  describe.each([401, 403, 500, undefined])('where userinfo fails (%s)', (status) => {
    beforeEach(() => {
      userInfo = { sub: 'bob' };
      userInfoStatus = status;
    });

    it('goes by an ID token that says who the person is, and only by that', async () => {
      login.close();
      login = create('employee');
      claims = { employee: 7 };
      expect(await login.reviewerOf(back(), attempt)).toMatchObject({
        groups: ['reviewers'],
        person: '7',
        accounts: [],
      });
      claims = { employee: 7, groups: undefined };
      await refused('GH_LOGIN_ISSUER');
      claims = { email: 'bob@example.com' };
      await refused('GH_LOGIN_ISSUER');
    });

    it('lets in who has a name of the account, and nobody who would be known by the subject alone', async () => {
      claims = { email: 'bob@example.com' };
      expect(await login.reviewerOf(back(), attempt)).toMatchObject({ accounts: ['bob@example.com'] });
      claims = {};
      await refused('GH_LOGIN_ISSUER');
    });
  });

  it('refuses what userinfo says of another, whatever the ID token says', async () => {
    login.close();
    login = create('employee');
    claims = { employee: 7 };
    userInfo = { sub: 'mallory', email: 'mallory@example.com' };
    await refused('GH_LOGIN_ISSUER');
  });

  it('lets nobody in while the issuer cannot be asked', async () => {
    issuer.answer = (_request, response) => void response.writeHead(500).end();
    await expect(login.authorizationUrl(attempt, false)).rejects.toMatchObject({ code: 'GH_LOGIN_ISSUER' });
    await refused('GH_LOGIN_ISSUER');
  });
});
