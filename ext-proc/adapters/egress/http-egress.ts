/**
 * The gate's own requests to HTTP upstreams, through the sockets that Envoy offers it (`egressSocket`): one connection a
 * request, nothing sent twice, and answers read no faster than they are taken.
 */
import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import type { EgressAnswer, EgressCall, EgressRequest, UpstreamEgress } from '../../domain/ports.ts';

/** As much of a header as Envoy takes of a server. */
const HEADER_BYTES_MAX = 65_536;

/** Of this connection, and what Envoy and Node say themselves. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** `socketOf`: of an upstream. */
export function createHttpEgress(socketOf: (upstream: string) => string): UpstreamEgress {
  // A connection that is used again may be closed by then, and nothing is sent twice.
  const agent = new Agent({ keepAlive: false });
  return {
    send(upstream, request, answer) {
      const sent = httpRequest({
        agent,
        socketPath: socketOf(upstream),
        method: request.method,
        path: request.target,
        headers: linesOf(request),
        setHost: false,
        maxHeaderSize: HEADER_BYTES_MAX,
      });
      const call = new Call(sent, answer);
      sent.end(request.body);
      return call;
    },
  };
}

/** Names and values in turn. Node writes them as latin1, and a field's bytes are UTF-8. */
function linesOf({ fields, body, method }: EgressRequest): readonly string[] {
  const lines = fields.filter(([name]) => !name.startsWith(':') && !OF_THE_CONNECTION.has(name));
  const host = fields.find(([name]) => name === ':authority')?.[1] ?? '';
  const hasLength = body !== undefined || !['GET', 'HEAD', 'DELETE'].includes(method);
  return [
    ['host', host] as const,
    ...lines,
    ...(hasLength ? [['content-length', String(body?.length ?? 0)] as const] : []),
  ].flatMap(([name, value]) => [name, Buffer.from(value, 'utf8').toString('latin1')]);
}

class Call implements EgressCall {
  readonly #sent: ClientRequest;
  readonly #answer: EgressAnswer;
  #received: IncomingMessage | undefined;
  #over = false;

  constructor(sent: ClientRequest, answer: EgressAnswer) {
    this.#sent = sent;
    this.#answer = answer;
    sent.on('error', (error) => this.#fail(error));
    sent.on('upgrade', (_received, socket) => {
      socket.destroy();
      this.#fail(new Error('the upstream changes to a protocol that nobody asked for'));
    });
    sent.on('response', (received) => this.#receive(received));
  }

  hold(held: boolean): void {
    if (held) this.#received?.pause();
    else this.#received?.resume();
  }

  cancel(): void {
    this.#over = true;
    this.#sent.destroy();
  }

  #receive(received: IncomingMessage): void {
    if (this.#over) return;
    this.#received = received;
    received.on('error', (error) => this.#fail(error));
    received.on('aborted', () => this.#fail(new Error('the answer broke off')));
    received.on('data', (chunk: Buffer) => {
      if (!this.#over) this.#answer.onBody(chunk);
    });
    received.on('end', () => {
      if (this.#over || !received.complete) return;
      this.#over = true;
      this.#answer.onEnd();
    });
    this.#answer.onHeaders(received.statusCode ?? 0, fieldsOf(received.rawHeaders));
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#sent.destroy();
    this.#answer.onFailed(error);
  }
}

function fieldsOf(raw: readonly string[]): readonly (readonly [string, string])[] {
  const fields: (readonly [string, string])[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] as string).toLowerCase();
    if (!OF_THE_CONNECTION.has(name) || name === 'content-length')
      fields.push([name, Buffer.from(raw[index + 1] as string, 'latin1').toString('utf8')]);
  }
  return fields;
}
