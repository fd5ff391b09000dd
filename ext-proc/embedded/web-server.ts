/**
 * An HTTPS server on loopback for the samples: HTTP/2 and HTTP/1.1 by ALPN (RFC 7301), with a handler in the web's own
 * terms (Fetch). Bodies stream in both directions and wait for a slow reader; a client that goes away aborts the
 * request's signal.
 */
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable, type Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import type { Socket } from 'node:net';

export interface WebServerOptions {
  /** 0 for any free port. */
  readonly port: number;
  readonly tls: { readonly certificate: string; readonly key: string };
  readonly handle: (request: Request) => Promise<Response>;
  /** HTTP/1.1 upgrades (RFC 9110 section 7.8); the socket is the handler's. Without it they are plain requests. */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

export interface WebServer {
  readonly port: number;
  /** Ends open connections too. */
  stop(): Promise<void>;
}

const HEADER_BYTES_MAX = 65_536;
const NO_BODY_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** Rejects with what listening fails with. */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const { certificate: cert, key } = options.tls;
  const sockets = new Set<Socket>();
  const server = createSecureServer(
    { cert, key, allowHTTP1: true, maxHeaderSize: HEADER_BYTES_MAX } as Parameters<
      typeof createSecureServer
    >[0],
    (request, response) => {
      answer(request, response, options.handle).catch(() => response.destroy());
    },
  );
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // A peer that resets its connection is no failure of ours.
    socket.on('error', () => undefined);
  });
  server.on('sessionError', () => undefined);
  if (options.upgrade !== undefined) server.on('upgrade', options.upgrade);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function answer(
  from: Http2ServerRequest,
  to: Http2ServerResponse,
  handle: WebServerOptions['handle'],
): Promise<void> {
  const gone = new AbortController();
  to.once('close', () => gone.abort());
  let response: Response;
  try {
    response = await handle(requestOf(from, gone.signal));
  } catch {
    response = new Response('{"title":"Internal Server Error","status":500}\n', {
      status: 500,
      headers: { 'content-type': 'application/problem+json' },
    });
  }
  to.statusCode = response.status;
  for (const [name, value] of response.headers) if (name !== 'set-cookie') to.setHeader(name, value);
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) to.setHeader('set-cookie', cookies);
  if (response.body === null || from.method === 'HEAD') {
    await response.body?.cancel();
    to.end();
    return;
  }
  await pipeline(Readable.fromWeb(response.body as NodeReadableStream), to);
}

function requestOf(from: Http2ServerRequest, signal: AbortSignal): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(from.headers)) {
    if (name.startsWith(':') || value === undefined) continue;
    for (const each of [value].flat()) headers.append(name, each);
  }
  const host = from.authority ?? headers.get('host') ?? 'localhost';
  const bodiless = NO_BODY_METHODS.has(from.method);
  return new Request(new URL(from.url, `https://${host}`), {
    method: from.method,
    headers,
    signal,
    ...(bodiless ? {} : { body: Readable.toWeb(from) as ReadableStream, duplex: 'half' }),
  } as RequestInit);
}
