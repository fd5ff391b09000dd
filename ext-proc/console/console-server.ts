/**
 * The console's HTTP server: finds the route, sees to who asks and from where, and writes the answer. Every answer carries
 * the security headers; every failure is a problem with a code. Its bounds are Node's own: headers, time and connections.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Address } from '../config/units.ts';
import type { Call, Reply } from './call.ts';
import type { ConsoleDependencies } from './dependencies.ts';
import { EventStreams } from './events.ts';
import { ConsoleProblem, notFound, problemBody, problemOf } from './problem.ts';
import { RateLimits, RATES } from './rate-limits.ts';
import { consoleRoutes, type Route } from './routes.ts';
import { requireOwnPage, requireProvenPage } from './same-site.ts';
import { securityHeaders } from './security-headers.ts';
import { CSRF_HEADER, Sessions, type Session } from './sessions.ts';

export interface ConsoleServerOptions extends ConsoleDependencies {
  readonly address: Address;
  readonly tls: { readonly certificate: Buffer; readonly key: Buffer } | undefined;
}

export interface ConsoleServer {
  readonly port: number;
  /** New connections see the new certificate. Throws where it cannot be used, and the old one stays. */
  renewTls(tls: { readonly certificate: Buffer; readonly key: Buffer }): void;
  /** Ends open connections too. */
  close(): Promise<void>;
}

const HEADER_BYTES_MAX = 32_768;
const CONNECTIONS_MAX = 4_000;
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
const URL_CHARACTERS_MAX = 4_096;
/** What a client that does not read may leave unread of a stream. */
const UNREAD_BYTES_MAX = 262_144;

/** Rejects with what listening fails with, and throws where the certificate cannot be used. */
export async function startConsoleServer(options: ConsoleServerOptions): Promise<ConsoleServer> {
  const { clock, config, log, tls } = options;
  const publicUrl = new URL(config.publicUrl);
  const sessions = new Sessions(options.values, clock, config.sessionMs);
  const events = new EventStreams(options.store, clock, sessions);
  const routes = consoleRoutes(options, sessions, events);
  const limits = new RateLimits(() => clock.monotonicMs());
  const headers = securityHeaders(publicUrl.protocol === 'https:');

  async function answer(request: IncomingMessage, gone: AbortSignal): Promise<Reply> {
    const path = request.url ?? '/';
    if (path.length > URL_CHARACTERS_MAX)
      throw new ConsoleProblem(414, 'GH_CONSOLE_TOO_LARGE', 'The address is too long.');
    const url = path.startsWith('/') ? URL.parse(`${publicUrl.origin}${path}`) : null;
    if (url === null) throw notFound();
    // Whoever makes a browser take another name for ours gets nothing; health says nothing worth a name.
    if (request.headers.host?.toLowerCase() !== publicUrl.host && url.pathname !== '/health')
      throw new ConsoleProblem(421, 'GH_CONSOLE_HOST', 'The console has another name.');
    const { route, parts } = routeOf(routes, request.method ?? 'GET', url.pathname);
    const call: Call = { request, url, parts, gone };
    if (route.for === 'page') {
      limits.take(`page ${request.socket.remoteAddress}`, RATES.page);
      return route.handle(call);
    }
    if (route.for === 'anyone') {
      limits.take(`address ${request.socket.remoteAddress}`, RATES.anonymous);
      return route.handle(call);
    }
    const session = sessionOf(request);
    limits.take(`session ${session.id}`, RATES.api);
    return route.handle({ ...call, session });
  }

  function sessionOf(request: IncomingMessage): Session {
    requireOwnPage(request, publicUrl.origin);
    const session = sessions.of(request.headers);
    if (session === undefined) {
      limits.take(`address ${request.socket.remoteAddress}`, RATES.anonymous);
      throw new ConsoleProblem(401, 'GH_CONSOLE_LOGIN', 'You are not logged in, or your session has ended.', {
        'www-authenticate': 'Bearer realm="gatehouse"',
      });
    }
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (session.kind === 'browser' && !isRead) {
      requireProvenPage(request, publicUrl.origin);
      sessions.checkCsrf(session, request.headers[CSRF_HEADER]);
    }
    return session;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    let reply: Reply;
    try {
      reply = await answer(request, gone.signal);
    } catch (error) {
      const { problem, isOurs } = problemOf(error);
      if (isOurs) log.error({ err: error, method: request.method }, 'a request to the console failed');
      reply = {
        status: problem.status,
        headers: { ...problem.headers, 'content-type': 'application/problem+json' },
        body: `${JSON.stringify(problemBody(problem))}\n`,
      };
    }
    write(request, response, reply, headers);
  }

  const settings = {
    maxHeaderSize: HEADER_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    connectionsCheckingInterval: 5_000,
  };
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    serve(request, response).catch((error: unknown) => {
      log.error({ err: error }, 'an answer of the console failed');
      response.destroy();
    });
  };
  const server: Server | TlsServer =
    tls === undefined
      ? createServer(settings, listener)
      : createTlsServer({ ...settings, ...secureOptions(tls) }, listener);
  server.maxConnections = CONNECTIONS_MAX;
  // A client that breaks off, or speaks something else, is no failure of ours.
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.address.port, options.address.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    renewTls: (renewed) => (server as TlsServer).setSecureContext(secureOptions(renewed)),
    close: () =>
      new Promise((resolve) => {
        events.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const secureOptions = ({ certificate, key }: { certificate: Buffer; key: Buffer }) => ({
  cert: certificate,
  key,
  minVersion: 'TLSv1.2' as const,
});

function routeOf(
  routes: readonly Route[],
  method: string,
  path: string,
): { readonly route: Route; readonly parts: readonly string[] } {
  const wanted = method === 'HEAD' ? 'GET' : method;
  const there = routes.filter((route) => route.path.test(path));
  const route = there.find((each) => each.method === wanted);
  if (route !== undefined) return { route, parts: route.path.exec(path)?.slice(1) ?? [] };
  if (there.length === 0) throw notFound();
  throw new ConsoleProblem(405, 'GH_CONSOLE_METHOD', 'This is not done with this method.', {
    allow: there.map((each) => each.method).join(', '),
  });
}

function write(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body, stream }: Reply,
  security: Readonly<Record<string, string>>,
): void {
  if (response.destroyed) return;
  for (const [name, value] of Object.entries({ ...security, ...headers }))
    response.setHeader(name, value as string | string[]);
  response.statusCode = status;
  if (stream === undefined || request.method === 'HEAD') {
    response.end(request.method === 'HEAD' ? undefined : body);
    return;
  }
  response.flushHeaders();
  const close = stream(
    (text) => {
      response.write(text);
      if (response.writableLength > UNREAD_BYTES_MAX) response.destroy();
    },
    () => void response.end(),
  );
  response.once('close', close);
  if (response.destroyed) close();
}
