/** HTTP clients as agents have them: curl of the machine, node:http, node:http2 and fetch, all trusting the gate's CA. */
import { spawn } from 'node:child_process';
import { request as httpsRequest } from 'node:https';
import { connect as connectHttp2, type ClientHttp2Session, type OutgoingHttpHeaders } from 'node:http2';
import type { IncomingHttpHeaders } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { connect as connectTls } from 'node:tls';

import type { HttpGate } from './http-gate.ts';

/** As much of a gate as a client needs. */
export interface Reachable extends Pick<HttpGate, 'url' | 'port' | 'ca' | 'caFile'> {
  token(): Promise<string>;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly trailers: NodeJS.Dict<string>;
  readonly body: Buffer;
  readonly text: string;
  readonly json: Record<string, unknown>;
  /** Whether it came to a clean end. */
  readonly complete: boolean;
}

export interface Sending {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
  readonly trailers?: Record<string, string>;
  /** The bearer token; null for none. */
  readonly token?: string | null;
}

function answerOf(
  status: number,
  headers: IncomingHttpHeaders,
  trailers: NodeJS.Dict<string>,
  chunks: readonly Buffer[],
  complete: boolean,
): Answer {
  const body = Buffer.concat(chunks);
  const text = body.toString('utf8');
  return {
    status,
    headers,
    trailers,
    body,
    text,
    get json() {
      return JSON.parse(text) as Record<string, unknown>;
    },
    complete,
  };
}

/** A request over HTTP/1.1 on a connection of its own. A connection that breaks before an answer rejects. */
export async function h1(gate: Reachable, path: string, sending: Sending = {}): Promise<Answer> {
  const { method, body, trailers } = sending;
  const headers = await withToken(gate, sending);
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        host: 'localhost',
        port: gate.port,
        ca: gate.ca,
        // What a test says in Host is a route's, not a name of the gate's.
        servername: 'localhost',
        path,
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        headers: headers as Record<string, string>,
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        const end = (complete: boolean): void =>
          resolve(answerOf(response.statusCode ?? 0, response.headers, response.trailers, chunks, complete));
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => end(response.complete));
        response.on('error', () => end(false));
      },
    );
    request.on('error', reject);
    if (trailers !== undefined) {
      request.setHeader('trailer', Object.keys(trailers).join(', '));
      request.write(body ?? '');
      request.addTrailers(trailers);
      request.end();
    } else request.end(body);
  });
}

async function withToken(gate: Reachable, { headers, token }: Sending): Promise<OutgoingHttpHeaders> {
  if (token === null) return { ...headers };
  return { authorization: `Bearer ${token ?? (await gate.token())}`, ...headers };
}

export const openH2 = (gate: Reachable): ClientHttp2Session => {
  const session = connectHttp2(gate.url, { ca: gate.ca });
  session.on('error', () => undefined);
  return session;
};

/** A request over HTTP/2. A stream that is reset has `complete` false. */
export async function h2(gate: Reachable, path: string, sending: Sending = {}): Promise<Answer> {
  const session = openH2(gate);
  try {
    return await h2On(session, gate, path, sending);
  } finally {
    session.close();
  }
}

export async function h2On(
  session: ClientHttp2Session,
  gate: Reachable,
  path: string,
  sending: Sending = {},
): Promise<Answer> {
  const { method, body, trailers } = sending;
  const headers = await withToken(gate, sending);
  return new Promise((resolve) => {
    const stream = session.request(
      { ':path': path, ':method': method ?? (body === undefined ? 'GET' : 'POST'), ...headers },
      { endStream: body === undefined && trailers === undefined, waitForTrailers: trailers !== undefined },
    );
    let status = 0;
    let answered: IncomingHttpHeaders = {};
    let trailing: NodeJS.Dict<string> = {};
    const chunks: Buffer[] = [];
    let complete = false;
    stream.on('response', (fields) => {
      status = Number(fields[':status']);
      answered = fields;
    });
    stream.on('trailers', (fields) => (trailing = fields as NodeJS.Dict<string>));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      complete = true;
      // Answered whole before the request was there, and reset without an error (RFC 9113, section 8.1): Node would
      // wait for ever to send the rest.
      if (!stream.writableFinished) stream.destroy();
    });
    stream.on('error', () => (complete = false));
    stream.on('close', () =>
      resolve(answerOf(status, answered, trailing, chunks, complete && stream.rstCode === 0)),
    );
    if (trailers !== undefined) stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    if (body !== undefined || trailers !== undefined) stream.end(body);
  });
}

/** curl with the CA; its standard output and its exit code. */
export async function curl(gate: Reachable, ...args: string[]): Promise<{ code: number; output: string }> {
  const child = spawn('curl', ['--silent', '--cacert', gate.caFile, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const code = await new Promise<number>((resolve) => child.on('close', (value) => resolve(value ?? -1)));
  return { code, output };
}

/** A TLS connection on which a test writes HTTP/1.1 by hand. */
export async function rawH1(gate: Reachable): Promise<{
  readonly socket: TLSSocket;
  readonly received: () => string;
  readonly closed: Promise<void>;
}> {
  const socket = connectTls({
    host: 'localhost',
    port: gate.port,
    ca: gate.ca,
    servername: 'localhost',
    ALPNProtocols: ['http/1.1'],
  });
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
  });
  return { socket, received: () => text, closed };
}
