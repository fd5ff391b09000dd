/**
 * What reached the sample API: the last requests, so that a test can tell what went past the gate and what did not. No
 * credential is kept, only whose it was.
 */
import { createHash, timingSafeEqual } from 'node:crypto';

export interface SeenRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Values of credentials and cookies are `[redacted]`. */
  readonly headers: Readonly<Record<string, string>>;
  /** `own`: the API's own token; `other`: another one, such as an agent's. */
  readonly credential: 'own' | 'other' | 'none';
  /** Of the body, as far as it was read. */
  readonly body: { bytes: number; start: string };
}

const KEPT_MAX = 200;
const BODY_KEPT_BYTES_MAX = 16_384;
const SECRET_HEADERS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization']);

export class SeenRequests {
  readonly #token: Buffer;
  readonly #seen: SeenRequest[] = [];

  constructor(token: string) {
    this.#token = digest(token);
  }

  list(): readonly SeenRequest[] {
    return this.#seen;
  }

  /** Notes a request; the one that is given back has the same body, and is to be used in its place. */
  note(request: Request): { readonly seen: SeenRequest; readonly request: Request } {
    const body = { bytes: 0, start: '' };
    const { pathname, search } = new URL(request.url);
    const seen: SeenRequest = {
      method: request.method,
      path: pathname + search,
      headers: shownHeaders(request.headers),
      credential: this.#credentialOf(request.headers),
      body,
    };
    if (this.#seen.push(seen) > KEPT_MAX) this.#seen.shift();
    if (request.body === null) return { seen, request };
    const watched = request.body.pipeThrough(watch(body));
    return { seen, request: new Request(request, { body: watched, duplex: 'half' } as RequestInit) };
  }

  #credentialOf(headers: Headers): SeenRequest['credential'] {
    const authorization = headers.get('authorization');
    if (authorization === null) return 'none';
    const [, token = ''] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    return timingSafeEqual(digest(token), this.#token) ? 'own' : 'other';
  }
}

/** Headers as they may be shown to whoever asks. */
function shownHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    [...headers].map(([name, value]) => [name, SECRET_HEADERS.has(name) ? '[redacted]' : value]),
  );
}

function watch(body: SeenRequest['body']): TransformStream<Uint8Array, Uint8Array> {
  let kept = Buffer.alloc(0);
  return new TransformStream({
    transform(chunk, controller) {
      body.bytes += chunk.byteLength;
      const room = BODY_KEPT_BYTES_MAX - kept.length;
      if (room > 0) {
        kept = Buffer.concat([kept, chunk.subarray(0, room)]);
        body.start = kept.toString('utf8');
      }
      controller.enqueue(chunk);
    },
  });
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
