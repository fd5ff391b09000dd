/**
 * Clients of an HTTP gate that come and go: over HTTP/1.1 and HTTP/2, some with bodies, and of every hundred requests some
 * that are given up at a random moment. Owns what each request was and what became of it.
 */
import { Agent, request as http1Request } from 'node:http';
import { connect, constants, type ClientHttp2Session } from 'node:http2';

export interface ClientLoad {
  readonly port: number;
  readonly token: string;
  readonly requests: number;
  /** Requests at once: one a connection over HTTP/1.1, so many a connection over HTTP/2. */
  readonly http1Connections: number;
  readonly http2Connections: number;
  readonly streamsPerConnection: number;
  /** Of all requests, those that are given up. */
  readonly abortedShare: number;
  /** Below 1, as `Math.random` gives it; seeded where a run is to be the same again. */
  readonly random: () => number;
  /** Called after each request with how many are done. */
  readonly onDone?: (done: number) => void;
}

export interface ClientTally {
  /** Ids of requests that were answered whole with 200. */
  readonly answered: Set<string>;
  /** Ids of requests that were given up. */
  readonly aborted: Set<string>;
  /** What became of any other, in a few words. */
  readonly failed: string[];
}

type AbortPoint = 'at once' | 'within the body' | 'waiting' | 'within the answer';

interface Planned {
  readonly id: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body: Buffer | undefined;
  readonly abort: { readonly point: AbortPoint; readonly afterMs: number } | undefined;
}

/** Hands over one request; resolves with its status and how many bytes came, once the answer is whole. */
type Sender = (planned: Planned) => Promise<{ status: number; bytes: number } | 'aborted'>;

const WAITS_MS_MAX = 15;
const BODY_BYTES_MAX = 20_000;
/** The answers are a person of 1 kB, a count, orders of 64 kB, and three events. */
const SHARES = [
  { path: (id: string) => `/people/${id}`, share: 0.62 },
  { path: (id: string) => `/sink?id=${id}`, share: 0.34 },
  { path: (id: string) => `/orders?id=${id}`, share: 0.02 },
  { path: (id: string) => `/events?count=3&everyMs=2&id=${id}`, share: 0.02 },
];

/** Resolves when every request is done, in whatever way. */
export async function runClients(load: ClientLoad): Promise<ClientTally> {
  const tally: ClientTally = { answered: new Set(), aborted: new Set(), failed: [] };
  const agent = new Agent({ keepAlive: true, maxSockets: load.http1Connections });
  const sessions = await Promise.all(
    Array.from({ length: load.http2Connections }, () => openSession(load.port)),
  );
  let next = 0;
  let done = 0;
  const client = async (send: Sender): Promise<void> => {
    while (next < load.requests) {
      const planned = plan(next++, load);
      await send(planned).then(
        (outcome) => tell(tally, planned, outcome),
        (error: unknown) => tally.failed.push(`${planned.path}: ${String(error)}`),
      );
      load.onDone?.(++done);
    }
  };
  const clients = Array.from({ length: load.http1Connections }, () => client(http1Sender(load, agent)));
  for (const session of sessions) {
    for (let stream = 0; stream < load.streamsPerConnection; stream++)
      clients.push(client(http2Sender(load, session)));
  }
  await Promise.all(clients);
  agent.destroy();
  for (const session of sessions) session.destroy();
  return tally;
}

function plan(index: number, { random, abortedShare }: ClientLoad): Planned {
  const id = `r${index.toString(36)}x`;
  let at = random();
  const kind = SHARES.find(({ share }) => (at -= share) < 0) ?? SHARES[0];
  const path = (kind as (typeof SHARES)[number]).path(id);
  const hasBody = path.startsWith('/sink') || path.startsWith('/orders');
  const isAborted = random() < abortedShare;
  const points: readonly AbortPoint[] = hasBody
    ? ['at once', 'within the body', 'waiting', 'within the answer']
    : ['at once', 'waiting', 'within the answer'];
  return {
    id,
    method: hasBody ? 'POST' : 'GET',
    path,
    body: hasBody ? bodyOf(id, Math.floor(random() * BODY_BYTES_MAX)) : undefined,
    abort: isAborted
      ? {
          point: points[Math.floor(random() * points.length)] as AbortPoint,
          afterMs: random() * WAITS_MS_MAX,
        }
      : undefined,
  };
}

const bodyOf = (id: string, bytes: number): Buffer =>
  Buffer.from(JSON.stringify({ order: id, email: 'ann@shop.example', note: 'x'.repeat(bytes) }));

function tell(tally: ClientTally, { id, path, body }: Planned, outcome: Awaited<ReturnType<Sender>>): void {
  if (outcome === 'aborted') tally.aborted.add(id);
  else if (outcome.status !== 200) tally.failed.push(`${path}: status ${outcome.status}`);
  else if (outcome.bytes === 0) tally.failed.push(`${path}: an empty answer to ${body?.length ?? 0} bytes`);
  else tally.answered.add(id);
}

// --- HTTP/1.1 -----------------------------------------------------------------------------------------------------

const http1Sender =
  ({ port, token }: ClientLoad, agent: Agent): Sender =>
  (planned) =>
    new Promise((resolve, reject) => {
      const { abort, body } = planned;
      let isAborted = false;
      const request = http1Request({
        agent,
        port,
        host: '127.0.0.1',
        method: planned.method,
        path: planned.path,
        headers: headersOf(planned, token),
      });
      const giveUp = (): void => {
        isAborted = true;
        request.destroy();
        resolve('aborted');
      };
      request.on('error', (error) => {
        if (!isAborted) reject(error);
      });
      request.on('response', (response) => {
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (abort !== undefined) giveUp();
        });
        response.on('error', (error) => {
          if (!isAborted) reject(error);
        });
        response.on('end', () => {
          if (!response.complete) return reject(new Error('the answer was cut'));
          resolve(abort === undefined ? { status: response.statusCode ?? 0, bytes } : 'aborted');
        });
      });
      sendBody(request, body, abort, giveUp);
    });

// --- HTTP/2 -------------------------------------------------------------------------------------------------------

function openSession(port: number): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const session = connect(`http://127.0.0.1:${port}`);
    session.once('error', reject);
    session.once('connect', () => {
      session.off('error', reject);
      // Its streams say what is wrong.
      session.on('error', () => undefined);
      resolve(session);
    });
  });
}

const http2Sender =
  ({ token, port }: ClientLoad, session: ClientHttp2Session): Sender =>
  (planned) =>
    new Promise((resolve, reject) => {
      const { abort, body } = planned;
      let isAborted = false;
      let status = 0;
      let bytes = 0;
      const stream = session.request(
        {
          ':method': planned.method,
          ':path': planned.path,
          ':authority': `127.0.0.1:${port}`,
          ...headersOf(planned, token),
        },
        { endStream: body === undefined },
      );
      const giveUp = (): void => {
        isAborted = true;
        stream.close(constants.NGHTTP2_CANCEL);
        resolve('aborted');
      };
      stream.on('error', (error) => {
        if (!isAborted) reject(error);
      });
      stream.on('response', (headers) => (status = Number(headers[':status'])));
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (abort !== undefined && !isAborted) giveUp();
      });
      stream.on('end', () => resolve(abort === undefined ? { status, bytes } : 'aborted'));
      stream.on('close', () => {
        if (!isAborted && stream.rstCode !== constants.NGHTTP2_NO_ERROR)
          reject(new Error(`reset with ${stream.rstCode}`));
      });
      sendBody(stream, body, abort, giveUp);
    });

const headersOf = ({ body }: Planned, token: string): Record<string, string> => ({
  authorization: `Bearer ${token}`,
  ...(body === undefined
    ? {}
    : { 'content-type': 'application/json', 'content-length': String(body.length) }),
});

interface Writable {
  write(chunk: Buffer): unknown;
  end(chunk?: Buffer): unknown;
}

function sendBody(
  request: Writable,
  body: Buffer | undefined,
  abort: Planned['abort'],
  giveUp: () => void,
): void {
  if (abort?.point === 'within the body' && body !== undefined) {
    request.write(body.subarray(0, body.length >> 1));
    setTimeout(giveUp, abort.afterMs);
    return;
  }
  request.end(body);
  if (abort?.point === 'at once') setImmediate(giveUp);
  else if (abort?.point === 'waiting') setTimeout(giveUp, abort.afterMs);
}
