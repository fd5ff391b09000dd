/**
 * The development issuer: a real OpenID provider on loopback for `npm start` and the tests, and a way to sign a token
 * without asking it. Anyone who reaches it can be anyone, so it refuses to run beside a listener that others can reach.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { importJWK, SignJWT } from 'jose';
import type { Provider } from 'oidc-provider';
import { isLoopbackHost, parseAddress } from '../config/units.ts';
import type { Clock } from '../domain/clock.ts';
import { GatehouseError } from '../domain/errors.ts';
import { LOGIN_PAGE_HEADERS, loginPage } from './dev-issuer/login-page.ts';
import { PEOPLE } from './dev-issuer/people.ts';
import { SessionStore } from './dev-issuer/session-store.ts';
import { rotateSigningKey, signingKeys, type SigningKey } from './dev-issuer/signing-keys.ts';

export { rotateSigningKey as rotateDevKey };

const FORM_BYTES_MAX = 4_096;
export const DEV_AUDIENCE = 'gatehouse';

export interface DevIssuerOptions {
  /** Where its keys are kept; made with mode 0700 where missing. */
  readonly directory: string;
  /** 0 for any free port. */
  readonly port: number;
  /** The addresses of every listener of the gate, `host:port`. */
  readonly listeners: readonly string[];
  /** The `aud` of access tokens it issues; `gatehouse` where undefined. */
  readonly audience?: string | undefined;
  /** The console that people log in to, without a slash at its end; nobody can log in where undefined. */
  readonly consoleUrl?: string | undefined;
}

export interface DevIssuer {
  /** `http://127.0.0.1:<port>`: the `iss` of its tokens. */
  readonly issuer: string;
  stop(): Promise<void>;
}

/** Rejects with GH_DEV_ISSUER_NOT_LOOPBACK, GH_DEV_ISSUER_KEYS, or what listening fails with. */
export async function startDevIssuer(options: DevIssuerOptions): Promise<DevIssuer> {
  refuseReachableListeners(options.listeners);
  // Loaded here since the token command imports this file too and needs no provider.
  const { createDevProvider } = await import('./dev-issuer/provider.ts');
  const cookieKeys = [randomBytes(32).toString('base64url')];
  const store = new SessionStore();
  let current: { readonly version: string; readonly provider: Provider } | undefined;

  /** The provider for the keys of now: made anew after a rotation, with the logins it had. */
  async function provider(): Promise<Provider> {
    const { keys, version } = await signingKeys(options.directory);
    if (current?.version !== version) {
      const { audience = DEV_AUDIENCE, consoleUrl } = options;
      current = {
        version,
        provider: createDevProvider({ issuer, audience, keys, cookieKeys, store, consoleUrl }),
      };
    }
    return current.provider;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A name that someone else resolves to loopback must not turn a web page into a login here.
    if (request.headers.host !== new URL(issuer).host) return plain(response, 421, 'unknown host');
    const op = await provider();
    if (request.url?.startsWith('/login/')) await login(op, request, response);
    else await op.callback()(request, response);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => plain(response, 400, 'this login is no longer open; start again'));
  });
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await provider();
  return {
    issuer,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface MintOptions {
  readonly directory: string;
  readonly issuer: string;
  readonly audience: string;
  /** Who acts: the agent, where `onBehalfOf` names a human. */
  readonly subject: string;
  readonly onBehalfOf?: string | undefined;
  readonly groups: readonly string[];
  readonly ttlMs: number;
  readonly clock: Clock;
}

/**
 * An access token of the development issuer (RFC 9068), signed here with its key. With `onBehalfOf`, that is the
 * token's `sub` and the subject its actor (RFC 8693 section 4.1). `ttlMs` counts in whole seconds, at least one.
 */
export async function mintToken(options: MintOptions): Promise<string> {
  const { keys } = await signingKeys(options.directory);
  const key = keys[0] as SigningKey;
  const issuedAt = Math.floor(options.clock.nowMs() / 1_000);
  const claims = {
    client_id: options.subject,
    groups: [...options.groups],
    ...(options.onBehalfOf === undefined ? {} : { act: { sub: options.subject } }),
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.kid })
    .setIssuer(options.issuer)
    .setAudience(options.audience)
    .setSubject(options.onBehalfOf ?? options.subject)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + Math.max(1, Math.floor(options.ttlMs / 1_000)))
    .setJti(randomUUID())
    .sign(await importJWK(key, 'ES256'));
}

function refuseReachableListeners(listeners: readonly string[]): void {
  const reachable = listeners.find((listener) => {
    const address = parseAddress(listener);
    return address === undefined || !isLoopbackHost(address.host);
  });
  if (reachable === undefined) return;
  throw new GatehouseError(
    'GH_DEV_ISSUER_NOT_LOOPBACK',
    `The development issuer lets anyone be anyone, so it does not run beside the listener ${reachable}, which is not on loopback. Configure your own issuer, or move the listener to 127.0.0.1.`,
  );
}

async function login(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const interaction = await provider.interactionDetails(request, response);
  if (request.method === 'GET') {
    const client = await provider.Client.find(String(interaction.params.client_id));
    response
      .writeHead(200, LOGIN_PAGE_HEADERS)
      .end(loginPage(PEOPLE, client?.clientName ?? 'An application'));
    return;
  }
  if (request.method !== 'POST') return plain(response, 405, 'method not allowed');
  const accountId = new URLSearchParams(await readForm(request)).get('email');
  if (!PEOPLE.some(({ email }) => email === accountId)) return plain(response, 400, 'unknown person');
  // The choice is the consent too, which a provider must ask for where the client is a native one.
  const result = { login: { accountId: accountId as string }, consent: {} };
  await provider.interactionFinished(request, response, result);
}

async function readForm(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > FORM_BYTES_MAX) throw new Error('form too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function plain(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
