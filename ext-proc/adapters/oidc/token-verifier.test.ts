import { createHmac, createPublicKey, randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TokenVerdict } from '../../domain/ports.ts';
import { Secret } from '../../domain/secret.ts';
import { goodClaims, sign, TestClock, TestIssuer, testKey, testLog, type TestKey } from './issuer.fixture.ts';
import { createTokenVerifier, type IssuerSettings } from './token-verifier.ts';

const server = new TestIssuer();
const other = new TestIssuer();
let key: TestKey;
let rsa: TestKey;
let otherKey: TestKey;
let clock: TestClock;
let log: ReturnType<typeof testLog>;
let verifier: ReturnType<typeof createTokenVerifier>;

beforeAll(async () => {
  [key, rsa, otherKey] = await Promise.all([testKey('first'), testKey('rsa', 'RS256'), testKey('first')]);
  await Promise.all([server.start(), other.start()]);
  server.keys = [key.publicJwk, rsa.publicJwk];
  other.keys = [otherKey.publicJwk];
});
afterAll(() => Promise.all([server.stop(), other.stop()]));

const settings = (more: Partial<IssuerSettings> = {}): IssuerSettings => ({
  issuer: server.issuer,
  audience: 'gatehouse',
  algorithms: ['ES256', 'RS256'],
  clockToleranceMs: 5_000,
  ...more,
});
function open(...issuers: IssuerSettings[]): void {
  verifier?.close();
  verifier = createTokenVerifier({ issuers, clock, log });
}

beforeEach(() => {
  clock = new TestClock();
  log = testLog();
  server.paths.length = 0;
  open(settings());
});
afterEach(() => verifier.close());

const claims = (changes: Record<string, unknown> = {}) => goodClaims(server.issuer, clock.nowMs(), changes);
const verify = (token: string): Promise<TokenVerdict> => verifier.verify(new Secret(token));
async function codeOf(token: string | Promise<string>): Promise<string> {
  const verdict = await verify(await token);
  return verdict.ok ? 'ok' : verdict.code;
}
const b64 = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
/** A token whose header and claims are written by hand, signed as they are. */
async function handmade(headerJson: string, claimsJson: string): Promise<string> {
  const input = `${b64(headerJson)}.${b64(claimsJson)}`;
  const signature = await crypto.subtle.sign(
    { name: 'ECDSA', hash: 'SHA-256' },
    key.privateKey,
    new TextEncoder().encode(input),
  );
  return `${input}.${Buffer.from(signature).toString('base64url')}`;
}

describe('a good token', () => {
  it('becomes the principal that its claims name', async () => {
    const at = claims({ jti: 'token-1' });
    expect(await verify(await sign(key, at))).toEqual({
      ok: true,
      identity: {
        principal: {
          subject: 'agent:claude-1',
          onBehalfOf: undefined,
          issuer: server.issuer,
          groups: ['developers'],
        },
        expiresAtMs: at.exp * 1_000,
        tokenId: 'token-1',
      },
    });
  });

  it('is accepted as typ JWT, with an RSA key, with our audience among others', async () => {
    expect(await codeOf(sign(key, claims(), { typ: 'JWT' }))).toBe('ok');
    expect(await codeOf(sign(rsa, claims()))).toBe('ok');
    expect(await codeOf(sign(key, claims({ aud: ['billing', 'gatehouse'] })))).toBe('ok');
  });

  it('without a kid is verified where one key alone fits its algorithm', async () => {
    expect(await codeOf(sign(key, claims(), { kid: undefined }))).toBe('ok');
  });

  it('seen again costs no request, and its verdict ends with the token', async () => {
    const token = await sign(key, claims());
    expect(await codeOf(token)).toBe('ok');
    const asked = server.paths.length;
    expect(await codeOf(token)).toBe('ok');
    expect(server.paths.length).toBe(asked);
    clock.advance(299_000);
    expect(await codeOf(token)).toBe('ok');
    clock.advance(6_001);
    expect(await codeOf(token)).toBe('GH_TOKEN_EXPIRED');
  });

  it('of one issuer is not verified with the keys of another', async () => {
    open(settings(), settings({ issuer: other.issuer, audience: 'elsewhere' }));
    const theirs = goodClaims(other.issuer, clock.nowMs(), { aud: 'elsewhere' });
    expect(await codeOf(sign(otherKey, theirs))).toBe('ok');
    expect(await codeOf(sign(otherKey, claims()))).toBe('GH_TOKEN_SIGNATURE');
    expect(await codeOf(sign(key, theirs))).toBe('GH_TOKEN_SIGNATURE');
    expect(await codeOf(sign(otherKey, { ...theirs, aud: 'gatehouse' }))).toBe('GH_TOKEN_AUDIENCE');
  });
});

describe('a forged token', () => {
  it('signed with none is refused, however none is written', async () => {
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
      const token = `${b64({ alg, typ: 'at+jwt', kid: 'first' })}.${b64(claims())}.`;
      expect(await codeOf(token), alg).toBe('GH_TOKEN_ALGORITHM');
    }
  });

  it('signed by HMAC with the published key is refused, in every encoding of that key', async () => {
    const object = createPublicKey({ key: rsa.publicJwk as never, format: 'jwk' });
    const secrets = [
      object.export({ type: 'spki', format: 'pem' }),
      object.export({ type: 'pkcs1', format: 'pem' }),
      object.export({ type: 'spki', format: 'der' }),
      JSON.stringify(rsa.publicJwk),
      Buffer.from(rsa.publicJwk.n as string, 'base64url'),
    ];
    for (const secret of secrets) {
      for (const kid of ['rsa', 'first']) {
        const input = `${b64({ alg: 'HS256', typ: 'at+jwt', kid })}.${b64(claims())}`;
        const token = `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
        expect(await codeOf(token)).toBe('GH_TOKEN_ALGORITHM');
      }
    }
  });

  it('with an algorithm that the issuer is not configured for is refused, though its key is published', async () => {
    open(settings({ algorithms: ['ES256'] }));
    expect(await codeOf(sign(rsa, claims()))).toBe('GH_TOKEN_ALGORITHM');
  });

  it('that names a key of another type is refused', async () => {
    expect(await codeOf(sign(rsa, claims(), { kid: 'first' }))).toBe('GH_TOKEN_KEY');
  });

  it('signed by a key of its own is refused', async () => {
    expect(await codeOf(sign(otherKey, claims()))).toBe('GH_TOKEN_SIGNATURE');
  });

  it('that brings its key along is refused, and no address of its own is asked', async () => {
    const headers = [
      { jwk: otherKey.publicJwk },
      { jku: `${other.issuer}/jwks` },
      { x5u: `${other.issuer}/certificate` },
      { x5c: ['MIIB'] },
    ];
    other.paths.length = 0;
    for (const header of headers) {
      expect(await codeOf(sign(otherKey, claims(), header)), Object.keys(header)[0]).toBe('GH_TOKEN_HEADER');
    }
    expect(other.paths).toEqual([]);
  });

  it('that asks for critical extensions is refused', async () => {
    const header = JSON.stringify({ alg: 'ES256', kid: 'first', typ: 'at+jwt', crit: ['exp'] });
    expect(await codeOf(handmade(header, JSON.stringify(claims())))).toBe('GH_TOKEN_HEADER');
  });

  it('with a kid meant for a path, a query or a shell finds no key and causes no strange request', async () => {
    const kids = [
      '../../../../dev/null',
      'http://169.254.169.254/',
      "x' UNION SELECT 'k",
      '$(id)',
      '__proto__',
    ];
    for (const kid of kids) expect(await codeOf(sign(otherKey, claims(), { kid })), kid).toBe('GH_TOKEN_KEY');
    expect(new Set(server.paths)).toEqual(new Set(['/.well-known/openid-configuration', '/jwks']));
  });

  it('with a kid that is no bounded text is refused', async () => {
    for (const kid of ['', 'k\n', 'k\0', 'k'.repeat(257), 7, null, { a: 1 }]) {
      const header = JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid });
      expect(await codeOf(handmade(header, JSON.stringify(claims())))).toBe('GH_TOKEN_HEADER');
    }
  });

  it('changed in any part after it was signed is refused', async () => {
    const [header, payload, signature] = (await sign(key, claims())).split('.') as [string, string, string];
    const admin = b64(claims({ groups: ['admins'] }));
    expect(await codeOf(`${header}.${admin}.${signature}`)).toBe('GH_TOKEN_SIGNATURE');
    expect(await codeOf(`${header}.${payload}.${randomBytes(64).toString('base64url')}`)).toBe(
      'GH_TOKEN_SIGNATURE',
    );
    expect(await codeOf(`${header}.${payload}.`)).not.toBe('ok');
    const longer = b64({ alg: 'ES256', kid: 'first', typ: 'at+jwt', x: 1 });
    expect(await codeOf(`${longer}.${payload}.${signature}`)).toBe('GH_TOKEN_SIGNATURE');
  });

  it('that repeats a header or a claim, escaped or not, is refused although its signature is right', async () => {
    const header = JSON.stringify({ alg: 'ES256', kid: 'first', typ: 'at+jwt' });
    const good = JSON.stringify(claims());
    expect(await codeOf(handmade(header, good))).toBe('ok');
    for (const twice of ['"sub":"admin"', '"s\\u0075b":"admin"', '"act":{"sub":"a","sub":"b"}']) {
      expect(await codeOf(handmade(header, `{${twice},${good.slice(1)}`)), twice).toBe('GH_TOKEN_MALFORMED');
    }
    expect(await codeOf(handmade(`{"alg":"none",${header.slice(1)}`, good))).toBe('GH_TOKEN_MALFORMED');
  });
});

describe('a token for something else', () => {
  it('of an unknown issuer, or of one written a little differently, is refused without a request', async () => {
    const issuers = [
      other.issuer,
      `${server.issuer}/`,
      server.issuer.toUpperCase(),
      ` ${server.issuer}`,
      '',
      7,
      [server.issuer],
    ];
    for (const iss of issuers) expect(await codeOf(sign(key, claims({ iss })))).toBe('GH_TOKEN_ISSUER');
    expect(server.paths).toEqual([]);
  });

  it('with another audience, or none, is refused', async () => {
    for (const aud of ['billing', 'Gatehouse', 'gatehouse ', ['billing'], []]) {
      expect(await codeOf(sign(key, claims({ aud })))).toBe('GH_TOKEN_AUDIENCE');
    }
    expect(await codeOf(sign(key, claims({ aud: undefined })))).toBe('GH_TOKEN_AUDIENCE');
  });

  it('that is an ID, refresh or logout token is refused', async () => {
    const kinds = [{ nonce: 'n' }, { at_hash: 'h' }, { events: {} }, { typ: 'ID' }, { typ: 'Refresh' }];
    for (const kind of kinds)
      expect(await codeOf(sign(key, claims(kind), { typ: 'JWT' }))).toBe('GH_TOKEN_TYPE');
    for (const typ of ['dpop+jwt', 'logout+jwt', 'secevent+jwt', undefined]) {
      expect(await codeOf(sign(key, claims(), { typ }))).toBe('GH_TOKEN_TYPE');
    }
  });

  it('that is bound to a key which nobody proves here is refused', async () => {
    expect(await codeOf(sign(key, claims({ cnf: { jkt: 'x' } })))).toBe('GH_TOKEN_BOUND');
  });
});

describe('the times of a token', () => {
  const seconds = (offset: number): number => Math.floor(clock.nowMs() / 1_000) + offset;

  it('are held to, give or take the configured tolerance', async () => {
    const code = (changes: Record<string, unknown>): Promise<string> =>
      codeOf(sign(key, claims({ iat: undefined, ...changes })));
    expect(await code({ exp: seconds(-3) })).toBe('ok');
    expect(await code({ exp: seconds(-6) })).toBe('GH_TOKEN_EXPIRED');
    expect(await code({ nbf: seconds(3) })).toBe('ok');
    expect(await code({ nbf: seconds(8) })).toBe('GH_TOKEN_NOT_YET_VALID');
    expect(await code({ iat: seconds(3) })).toBe('ok');
    expect(await code({ iat: seconds(8) })).toBe('GH_TOKEN_NOT_YET_VALID');
  });

  it('must be there, be numbers and make sense', async () => {
    for (const exp of [undefined, null, '9999999999', -1, 1e300, {}]) {
      const json = JSON.stringify(claims({ exp }));
      const code = await codeOf(
        handmade(JSON.stringify({ alg: 'ES256', kid: 'first', typ: 'at+jwt' }), json),
      );
      expect(['GH_TOKEN_CLAIMS', 'GH_TOKEN_EXPIRED']).toContain(code);
    }
    expect(await codeOf(sign(key, claims({ iat: 'now' })))).toBe('GH_TOKEN_CLAIMS');
    expect(await codeOf(sign(key, claims({ nbf: 'now' })))).toBe('GH_TOKEN_CLAIMS');
  });

  it('are held to the longest lifetime where one is configured', async () => {
    open(settings({ tokenLifetimeMaxMs: 600_000 }));
    expect(await codeOf(sign(key, claims({ exp: seconds(600) })))).toBe('ok');
    expect(await codeOf(sign(key, claims({ exp: seconds(602) })))).toBe('GH_TOKEN_LIFETIME');
    expect(await codeOf(sign(key, claims({ iat: undefined })))).toBe('GH_TOKEN_CLAIMS');
  });
});

describe('what is not a token', () => {
  it('is refused as such', async () => {
    const good = await sign(key, claims());
    const not = [
      '',
      'secret',
      'a.b',
      'a.b.c',
      'a.b.c.d.e',
      `Bearer ${good}`,
      `${good}\n`,
      `${good}.`,
      '..',
      `.${good}`,
    ];
    not.push(good.replace('.', '=.'), `${b64('[]')}.${b64('{}')}.x`, `${b64('null')}.${b64('null')}.x`);
    not.push(`${b64('{"alg":"ES256"}')}.${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.x`);
    for (const text of not) expect(await codeOf(text), text.slice(0, 40)).toBe('GH_TOKEN_MALFORMED');
  });

  it('is refused for its length before it is read', async () => {
    const started = performance.now();
    expect(await codeOf('a'.repeat(10_000_000))).toBe('GH_TOKEN_TOO_LONG');
    expect(await codeOf(sign(key, claims({ padding: 'x'.repeat(16_384) })))).toBe('GH_TOKEN_TOO_LONG');
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('is refused where it nests without end', async () => {
    const deep = `{"iss":${JSON.stringify(server.issuer)},"x":${'['.repeat(4_000)}${']'.repeat(4_000)}}`;
    expect(await codeOf(`${b64('{"alg":"ES256","typ":"JWT"}')}.${b64(deep)}.x`)).toBe('GH_TOKEN_MALFORMED');
  });
});

describe('a refusal', () => {
  it('says what to do and repeats nothing of the token, in the answer or in the log', async () => {
    const marked = claims({ sub: 'marker-sub', aud: 'marker-aud', groups: ['marker-group'] });
    const verdict = await verify(await sign(key, marked, { kid: 'marker-kid' }));
    const audience = await verify(await sign(key, marked));
    for (const refused of [verdict, audience]) {
      if (refused.ok) throw new Error('accepted');
      expect(refused.publicMessage).toMatch(/\b(Get|Ask)\b/);
    }
    expect(JSON.stringify([verdict, audience]) + log.text()).not.toMatch(/marker|eyJ/);
  });

  it('is what every token gets after close', async () => {
    const token = await sign(key, claims());
    expect(await codeOf(token)).toBe('ok');
    verifier.close();
    expect(await codeOf(token)).toBe('GH_ISSUER_UNREACHABLE');
  });
});

describe('settings that cannot be right', () => {
  it.each([
    [{ algorithms: ['HS256'] }, 'GH_ISSUER_CONFIGURATION'],
    [{ algorithms: ['none'] }, 'GH_ISSUER_CONFIGURATION'],
    [{ algorithms: [] }, 'GH_ISSUER_CONFIGURATION'],
    [{ audience: '' }, 'GH_ISSUER_CONFIGURATION'],
    [{ issuer: 'http://login.example.com' }, 'GH_ISSUER_ADDRESS'],
    [{ jwksUri: 'http://login.example.com/keys' }, 'GH_ISSUER_ADDRESS'],
    [{ jwksUri: 'file:///etc/keys.json' }, 'GH_ISSUER_ADDRESS'],
    [{ jwksUri: 'https://user:password@login.example.com/keys' }, 'GH_ISSUER_ADDRESS'],
  ])('stop the start: %j', (wrong, code) => {
    expect(() => createTokenVerifier({ issuers: [settings(wrong)], clock, log })).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it('stop the start where an issuer is named twice', () => {
    expect(() => createTokenVerifier({ issuers: [settings(), settings()], clock, log })).toThrow(
      expect.objectContaining({ code: 'GH_ISSUER_CONFIGURATION' }),
    );
  });
});
