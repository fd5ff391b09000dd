/**
 * An HTTP server on loopback that answers as a test says and remembers what came: the bytes of every header line as they
 * were sent, and the body.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ArrivedRequest {
  readonly method: string;
  readonly target: string;
  /** Lower case; lines of one name apart. */
  readonly lines: readonly (readonly [name: string, value: string])[];
  readonly headers: IncomingMessage['headers'];
  trailers: NodeJS.Dict<string>;
  body: Buffer;
  /** Whether the body came to its end. */
  complete: boolean;
}

export type Answerer = (request: IncomingMessage, response: ServerResponse, arrived: ArrivedRequest) => void;

export interface ScriptedServer {
  readonly port: number;
  /** In the order of their heads. */
  readonly arrived: ArrivedRequest[];
  /** What answers a path; the query is not looked at. */
  on(path: string, answerer: Answerer): void;
  stop(): Promise<void>;
}

/** Answerers are called when the whole body is there, but for paths that begin with `/early`. */
export async function startScriptedServer(): Promise<ScriptedServer> {
  const arrived: ArrivedRequest[] = [];
  const answerers = new Map<string, Answerer>();
  const server = createServer({ keepAliveTimeout: 5_000 }, (request, response) => {
    const { rawHeaders, method = '', url = '' } = request;
    const lines: (readonly [string, string])[] = [];
    for (let at = 0; at < rawHeaders.length; at += 2) {
      lines.push([(rawHeaders[at] as string).toLowerCase(), rawHeaders[at + 1] as string]);
    }
    const one: ArrivedRequest = {
      method,
      target: url,
      lines,
      headers: request.headers,
      trailers: {},
      body: Buffer.alloc(0),
      complete: false,
    };
    arrived.push(one);
    const [path = ''] = url.split('?');
    const answer = (): void => {
      const answerer = answerers.get(path);
      if (answerer !== undefined) return answerer(request, response, one);
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"no such path"}');
    };
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => (one.body = Buffer.concat([one.body, chunk])));
    request.on('end', () => {
      one.complete = true;
      one.trailers = request.trailers;
      if (!path.startsWith('/early')) answer();
    });
    if (path.startsWith('/early')) answer();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    arrived,
    on: (path, answerer) => void answerers.set(path, answerer),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Answers with a body of a type. */
export const answer =
  (
    type: string,
    body: string | Buffer,
    headers: Readonly<Record<string, string | readonly string[]>> = {},
    status = 200,
  ): Answerer =>
  (_request, response) => {
    response
      .writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...headers })
      .end(body);
  };
