/** A real issuer over real HTTP for the tests here: it publishes what a test tells it to and counts what it is asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import type { Log } from '../../domain/log.ts';

export interface TestKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export async function testKey(kid: string, alg = 'ES256'): Promise<TestKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

export class TestIssuer {
  keys: readonly JWK[] = [];
  readonly paths: string[] = [];
  /** Answers in place of the issuer, where set. */
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  issuer = '';
  readonly #server = createServer((request, response) => this.#respond(request, response));
  #port = 0;

  async start(): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (this.#server.address() as AddressInfo).port;
    this.issuer = `http://127.0.0.1:${this.#port}`;
    return this;
  }

  /** Stops listening and drops every connection; `start` brings it back on the same port. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #respond(request: IncomingMessage, response: ServerResponse): void {
    this.paths.push(request.url ?? '');
    if (this.answer !== undefined) return this.answer(request, response);
    const documents: Record<string, unknown> = {
      '/.well-known/openid-configuration': { issuer: this.issuer, jwks_uri: `${this.issuer}/jwks` },
      '/jwks': { keys: this.keys },
    };
    const document = documents[request.url ?? ''];
    response.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document ?? {}));
  }
}

export class TestClock {
  #aheadMs = 0;
  nowMs(): number {
    return Date.now() + this.#aheadMs;
  }
  monotonicMs(): number {
    return performance.now() + this.#aheadMs;
  }
  advance(ms: number): void {
    this.#aheadMs += ms;
  }
}

/** A log that a test can read back as one text. */
export function testLog(): Log & { readonly text: () => string } {
  const lines: string[] = [];
  const line = (fields: object, message: string): void =>
    void lines.push(`${message} ${JSON.stringify(fields)}`);
  return { debug: line, info: line, warn: line, error: line, text: () => lines.join('\n') };
}

/** The claims of a token that is good for five minutes; `undefined` removes one. */
export function goodClaims(issuer: string, nowMs: number, changes: Record<string, unknown> = {}) {
  const now = Math.floor(nowMs / 1_000);
  return {
    iss: issuer,
    aud: 'gatehouse',
    sub: 'agent:claude-1',
    iat: now,
    exp: now + 300,
    groups: ['developers'],
    ...changes,
  };
}

export function sign(
  key: TestKey,
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header } as { alg: string })
    .sign(key.privateKey);
}
