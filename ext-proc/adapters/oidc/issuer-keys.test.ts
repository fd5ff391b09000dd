import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../domain/secret.ts';
import { goodClaims, sign, TestClock, TestIssuer, testKey, testLog, type TestKey } from './issuer.fixture.ts';
import { createTokenVerifier, type IssuerSettings } from './token-verifier.ts';

let server: TestIssuer;
let clock: TestClock;
let log: ReturnType<typeof testLog>;
let verifier: ReturnType<typeof createTokenVerifier>;
let first: TestKey;
let second: TestKey;
let running: boolean;

const settings = (more: Partial<IssuerSettings> = {}): IssuerSettings => ({
  issuer: server.issuer,
  audience: 'gatehouse',
  algorithms: ['ES256'],
  clockToleranceMs: 0,
  ...more,
});
function open(more: Partial<IssuerSettings> = {}): void {
  verifier?.close();
  verifier = createTokenVerifier({
    issuers: [settings(more)],
    clock,
    log,
    keyTimes: { fetchTimeoutMs: 300 },
  });
}

beforeEach(async () => {
  [first, second] = await Promise.all([testKey('first'), testKey('second')]);
  server = await new TestIssuer().start();
  running = true;
  server.keys = [first.publicJwk];
  clock = new TestClock();
  log = testLog();
  open();
});
afterEach(async () => {
  verifier.close();
  if (running) await server.stop();
});

async function outage(): Promise<void> {
  await server.stop();
  running = false;
}
async function recovery(): Promise<void> {
  await server.start();
  running = true;
}
const token = (key: TestKey, lifetimeSeconds = 86_400): Promise<string> =>
  sign(
    key,
    goodClaims(server.issuer, clock.nowMs(), { exp: Math.floor(clock.nowMs() / 1_000) + lifetimeSeconds }),
  );
async function codeOf(text: string): Promise<string> {
  const verdict = await verifier.verify(new Secret(text));
  return verdict.ok ? 'ok' : verdict.code;
}
const asked = (path: string): number => server.paths.filter((each) => each === path).length;

describe('a rotation', () => {
  it('is noticed when a token names the new key', async () => {
    expect(await codeOf(await token(first))).toBe('ok');
    server.keys = [second.publicJwk, first.publicJwk];
    clock.advance(5_000);
    expect(await codeOf(await token(second))).toBe('ok');
    expect(await codeOf(await token(first))).toBe('ok');
  });

  it('ends the tokens of a key that is no longer published, verified before or not', async () => {
    const before = await token(first);
    expect(await codeOf(before)).toBe('ok');
    server.keys = [second.publicJwk];
    clock.advance(300_000);
    expect(await codeOf(before)).toBe('GH_TOKEN_KEY');
    expect(await codeOf(await token(second))).toBe('ok');
  });

  it('that gives an old name to a new key ends the old tokens too', async () => {
    const before = await token(first);
    expect(await codeOf(before)).toBe('ok');
    server.keys = [{ ...second.publicJwk, kid: 'first' }];
    clock.advance(300_000);
    expect(await codeOf(before)).toBe('GH_TOKEN_SIGNATURE');
  });

  it('cannot be feigned into a flood of requests', async () => {
    expect(await codeOf(await token(first))).toBe('ok');
    const forged = await Promise.all(
      Array.from({ length: 50 }, async (_, index) =>
        sign(second, goodClaims(server.issuer, clock.nowMs()), { kid: `unknown-${index}` }),
      ),
    );
    clock.advance(5_000);
    for (const codes of [await Promise.all(forged.map(codeOf)), await Promise.all(forged.map(codeOf))]) {
      expect(new Set(codes)).toEqual(new Set(['GH_TOKEN_KEY']));
    }
    expect(asked('/jwks')).toBe(2);
  });
});

describe('an issuer that cannot be reached', () => {
  it('and never was, is a denial, until it can be', async () => {
    await outage();
    expect(await codeOf(await token(first))).toBe('GH_ISSUER_UNREACHABLE');
    await recovery();
    clock.advance(1_000);
    expect(await codeOf(await token(first))).toBe('ok');
  });

  it('leaves its cached keys good for an hour, and not for longer', async () => {
    const known = await token(first);
    expect(await codeOf(known)).toBe('ok');
    await outage();
    clock.advance(3_599_000);
    expect(await codeOf(known)).toBe('ok');
    expect(await codeOf(await token(first))).toBe('ok');
    clock.advance(2_000);
    expect(await codeOf(known)).toBe('GH_ISSUER_UNREACHABLE');
    expect(await codeOf(await token(first))).toBe('GH_ISSUER_UNREACHABLE');
    await recovery();
    clock.advance(1_000);
    expect(await codeOf(known)).toBe('ok');
  });

  it('leaves them good for as long as is configured', async () => {
    open({ jwksStaleMaxMs: 600_000 });
    expect(await codeOf(await token(first))).toBe('ok');
    await outage();
    clock.advance(599_000);
    expect(await codeOf(await token(first))).toBe('ok');
    clock.advance(2_000);
    expect(await codeOf(await token(first))).toBe('GH_ISSUER_UNREACHABLE');
  });

  it('leaves a key that is not cached unknown, which is a denial', async () => {
    expect(await codeOf(await token(first))).toBe('ok');
    await outage();
    clock.advance(5_000);
    expect(await codeOf(await token(second))).toBe('GH_ISSUER_UNREACHABLE');
  });

  it('is asked once for all who wait, and not again at once', async () => {
    let hanging = 0;
    server.answer = () => void hanging++;
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, index) => token(first, 1_000 + index)));
    expect(new Set(await Promise.all(tokens.map(codeOf)))).toEqual(new Set(['GH_ISSUER_UNREACHABLE']));
    expect(await codeOf(await token(first))).toBe('GH_ISSUER_UNREACHABLE');
    expect(hanging).toBe(1);
  });
});

describe('an issuer that answers badly', () => {
  const refusedWithin = async (ms: number): Promise<void> => {
    const started = performance.now();
    expect(await codeOf(await token(first))).toBe('GH_ISSUER_UNREACHABLE');
    expect(performance.now() - started).toBeLessThan(ms);
  };

  it('by dripping its answer is given up at the deadline', async () => {
    const drips: NodeJS.Timeout[] = [];
    server.answer = (_request, response) => {
      response.writeHead(200);
      drips.push(setInterval(() => response.write(' '), 20));
    };
    await refusedWithin(2_000);
    drips.forEach(clearInterval);
  });

  it('by never ending its answer is cut off at the size limit', async () => {
    server.answer = (_request, response) => {
      response.writeHead(200);
      const chunk = Buffer.alloc(65_536, ' ');
      const pump = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', pump);
      pump();
    };
    await refusedWithin(2_000);
    expect(log.text()).toContain('is larger than');
  });

  it('by redirecting elsewhere is not followed', async () => {
    const elsewhere = await new TestIssuer().start();
    server.answer = (_request, response) =>
      void response.writeHead(302, { location: `${elsewhere.issuer}/jwks` }).end();
    await refusedWithin(2_000);
    expect(elsewhere.paths).toEqual([]);
    await elsewhere.stop();
  });

  it.each([
    ['an error', 500, '{}'],
    ['no JSON', 200, '<html>'],
    ['a list', 200, '[]'],
    ['no address of its keys', 200, (issuer: string) => JSON.stringify({ issuer })],
    [
      'plain http elsewhere',
      200,
      (issuer: string) => JSON.stringify({ issuer, jwks_uri: 'http://192.0.2.1/jwks' }),
    ],
    [
      'a file for an address',
      200,
      (issuer: string) => JSON.stringify({ issuer, jwks_uri: 'file:///etc/passwd' }),
    ],
  ])('with %s is not believed', async (_what, status, body) => {
    server.answer = (_request, response) =>
      void response.writeHead(status).end(typeof body === 'string' ? body : body(server.issuer));
    await refusedWithin(2_000);
  });

  it('with the name of another issuer is not believed, though its keys would fit', async () => {
    server.answer = (request, response) => {
      const discovery = { issuer: `${server.issuer}/other`, jwks_uri: `${server.issuer}/jwks` };
      response.writeHead(200);
      response.end(JSON.stringify(request.url === '/jwks' ? { keys: [first.publicJwk] } : discovery));
    };
    await refusedWithin(2_000);
    expect(log.text()).toContain('names another issuer');
  });

  it('with a set that holds no public signature key has no key', async () => {
    const { publicJwk } = first;
    const useless = [
      { kty: 'oct', k: 'c2VjcmV0', kid: 'first', alg: 'HS256' },
      { ...publicJwk, use: 'enc' },
      { ...publicJwk, d: publicJwk.x },
      7,
      null,
    ];
    server.keys = useless as never;
    await refusedWithin(2_000);
    server.keys = [...useless, publicJwk] as never;
    clock.advance(1_000);
    expect(await codeOf(await token(first))).toBe('ok');
  });

  it('while good keys are cached leaves those in use', async () => {
    expect(await codeOf(await token(first))).toBe('ok');
    server.answer = (_request, response) => void response.writeHead(200).end('{"keys":[]}');
    clock.advance(301_000);
    expect(await codeOf(await token(first))).toBe('ok');
  });
});

describe('keys at a configured address', () => {
  it('are fetched from there, without discovery', async () => {
    open({ jwksUri: `${server.issuer}/jwks` });
    expect(await codeOf(await token(first))).toBe('ok');
    expect(server.paths).toEqual(['/jwks']);
  });
});
