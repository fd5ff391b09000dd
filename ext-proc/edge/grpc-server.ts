/**
 * A gRPC server, as much of one as two services need: bidirectional streams, unary calls, statuses, mutual TLS. The
 * streams carry every byte of the data path, and a general library's machinery for each message cost more there than
 * everything that is done with it (docs/decisions/0021, 0024).
 * Source: gRPC over HTTP2 (PROTOCOL-HTTP2.md): path, content-type, length-prefixed messages, trailers.
 */
import { createServer, type Server, type Socket } from 'node:net';
import {
  createSecureContext,
  createServer as createTlsServer,
  type SecureContextOptions,
  type Server as TlsServer,
} from 'node:tls';
import { GatehouseError } from '../domain/errors.ts';
import { Http2Connection } from './http2/connection.ts';
import { FRAME_HEADER_BYTES } from './http2/frame.ts';
import { HTTP2_ERROR } from './http2/http2-error.ts';
import type { RequestHeaders } from './http2/request-headers.ts';
import type { Http2Stream } from './http2/stream.ts';

/** The status codes in use, by gRPC's names. */
export const GRPC_STATUS = { ok: 0, resourceExhausted: 8, unimplemented: 12, internal: 13 } as const;

const PREFIX_BYTES = 5;
/** Envoy's chunks are 64 KiB; 1 MB was seen. */
const MESSAGE_BYTES_MAX = 16 * 1_048_576;

/** One bidirectional stream. Callbacks are set by the handler before it returns. */
export interface GrpcStream {
  /**
   * Sends a message that was made by `frameOf`, with the bytes in `rest` behind it, which must not change any more; `sent`
   * is called when all of it has left this process's buffers.
   */
  send(frame: Buffer, sent?: () => void, rest?: readonly Buffer[]): void;
  /** Ends with OK, after everything that was sent. */
  end(): void;
  /** Resets the stream: what waits is dropped. */
  reset(): void;
  pause(): void;
  resume(): void;
  /** While narrow the peer may have little under way. */
  narrow(narrow: boolean): void;
}

export interface GrpcStreamEvents {
  /** A message's bytes, a view that stays valid. */
  onMessage(message: Buffer): void;
  /** The peer will send no more. */
  onEnd(): void;
  /** The stream is over, however it ended. Called once, last. */
  onClosed(): void;
}

export type GrpcMethod =
  | { readonly kind: 'bidi'; readonly open: (stream: GrpcStream) => GrpcStreamEvents }
  | { readonly kind: 'unary'; readonly answer: (request: Buffer) => Buffer | Promise<Buffer> };

/** What the server shows, and the CA that a client's certificate must come from (PEM). */
export interface MutualTls {
  readonly certificate: Buffer;
  readonly key: Buffer;
  readonly clientCa: Buffer;
}

export interface GrpcServerOptions {
  /** By path: `/package.Service/Method`. */
  readonly methods: ReadonlyMap<string, GrpcMethod>;
  /** Mutual TLS; without it the socket's place is the protection. */
  readonly tls?: MutualTls | undefined;
  /** Called when all messages of one read have been handled, before what they made is written. */
  readonly onBatch?: () => void;
}

export interface GrpcServer {
  listen(where: { readonly path: string } | { readonly host: string; readonly port: number }): Promise<void>;
  /**
   * For connections from now on; those that are open stay, and a session that was made under the old one is not resumed.
   * Throws what TLS says of a pair that cannot be used, and changes nothing then. Without TLS it does nothing.
   */
  renewTls(tls: MutualTls): void;
  /** Resets everything that is open. */
  close(): Promise<void>;
}

/**
 * Room for a message of `bytes`, which begins at `FRAME_PREFIX_BYTES`: HTTP/2's frame header and gRPC's prefix go before
 * it, so that nothing needs copying. A frame is sent once. With `ownBytes` it holds so many of them, and the others follow
 * it as they are.
 */
export function frameOf(bytes: number, ownBytes = bytes): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_PREFIX_BYTES + ownBytes);
  frame[FRAME_HEADER_BYTES] = 0;
  frame.writeUInt32BE(bytes, FRAME_HEADER_BYTES + 1);
  return frame;
}

export const FRAME_PREFIX_BYTES = FRAME_HEADER_BYTES + PREFIX_BYTES;

/** Cuts a stream's bytes into messages. Holds what is incomplete; a length is checked before anything is kept for it. */
export class GrpcFrameReader {
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Bytes that the held message needs in all; 0 while its prefix is not known. */
  #needed = 0;

  /** Calls `onMessage` for each message that is complete. Throws GH_EDGE_GRPC for what no peer of ours sends. */
  push(chunk: Buffer, onMessage: (message: Buffer) => void): void {
    let rest = chunk;
    if (this.#heldBytes > 0) {
      this.#held.push(chunk);
      this.#heldBytes += chunk.length;
      if (this.#heldBytes < Math.max(this.#needed, PREFIX_BYTES)) return;
      rest = Buffer.concat(this.#held, this.#heldBytes);
      this.#held = [];
      this.#heldBytes = 0;
      this.#needed = 0;
    }
    let at = 0;
    while (rest.length - at >= PREFIX_BYTES) {
      if (rest[at] !== 0) throw new GatehouseError('GH_EDGE_GRPC', 'compressed gRPC messages are not taken');
      const length = rest.readUInt32BE(at + 1);
      if (length > MESSAGE_BYTES_MAX) throw new GatehouseError('GH_EDGE_GRPC', 'a gRPC message is too large');
      const end = at + PREFIX_BYTES + length;
      if (end > rest.length) {
        this.#needed = end - at;
        break;
      }
      onMessage(rest.subarray(at + PREFIX_BYTES, end));
      at = end;
    }
    if (at < rest.length) {
      const left = at === 0 ? rest : rest.subarray(at);
      this.#held = [left];
      this.#heldBytes = left.length;
    }
  }
}

export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  const connections = new Set<Http2Connection>();
  const accept = (socket: Socket): void => {
    socket.setNoDelay(true);
    const connection = new Http2Connection(socket, {
      onStream: (stream, headers) => dispatch(stream, headers, options.methods),
      onBatch: options.onBatch ?? (() => {}),
    });
    connections.add(connection);
    socket.on('close', () => connections.delete(connection));
  };
  const tlsServer: TlsServer | undefined =
    options.tls === undefined
      ? undefined
      : createTlsServer(
          {
            ...secureContextOf(options.tls),
            requestCert: true,
            rejectUnauthorized: true,
            ALPNProtocols: ['h2'],
          },
          (socket) => (socket.alpnProtocol === 'h2' ? accept(socket) : socket.destroy()),
        );
  const server: Server = tlsServer ?? createServer(accept);
  // A handshake that failed has ended its socket already.
  server.on('tlsClientError', () => {});
  return {
    listen: (where) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(where, () => {
          server.removeListener('error', reject);
          resolve();
        });
      }),
    renewTls: (tls) => {
      if (tlsServer === undefined) return;
      // Made apart first: what fails in the server itself leaves it without the old one.
      createSecureContext(secureContextOf(tls));
      tlsServer.setSecureContext(secureContextOf(tls));
    },
    close: () =>
      new Promise((resolve) => {
        for (const connection of connections) connection.destroy();
        server.close(() => resolve());
      }),
  };
}

const secureContextOf = ({ certificate, key, clientCa }: MutualTls): SecureContextOptions => ({
  cert: certificate,
  key,
  ca: clientCa,
  minVersion: 'TLSv1.2',
});

function dispatch(
  stream: Http2Stream,
  headers: RequestHeaders,
  methods: ReadonlyMap<string, GrpcMethod>,
): void {
  if (
    headers.get(':method') !== 'POST' ||
    headers.get('content-type')?.startsWith('application/grpc') !== true
  )
    return stream.respondOnly(UNSUPPORTED);
  const method = methods.get(headers.get(':path') as string);
  if (method === undefined) return refuse(stream, GRPC_STATUS.unimplemented, 'unknown method');
  if (method.kind === 'unary') serveUnary(stream, method.answer);
  else serveBidi(stream, method.open);
}

/**
 * Header blocks of ours (RFC 7541): literals without indexing, behind an update that empties the table, which is then
 * right for any size of it that the peer has announced.
 */
const TABLE_EMPTY = 0x20;
const STATUS_200 = 0x88;
const UNSUPPORTED = Buffer.concat([Buffer.from([TABLE_EMPTY]), literal(':status', '415')]);
const RESPONSE = Buffer.concat([
  Buffer.from([TABLE_EMPTY, STATUS_200]),
  literal('content-type', 'application/grpc+proto'),
]);
const TRAILERS_OK = Buffer.concat([
  Buffer.from([TABLE_EMPTY]),
  literal('grpc-status', String(GRPC_STATUS.ok)),
]);

/** Names and values of fewer than 127 bytes. */
function literal(name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name, 'latin1'),
    Buffer.from([value.length]),
    Buffer.from(value, 'latin1'),
  ]);
}

function refuse(stream: Http2Stream, status: number, message: string): void {
  stream.respondOnly(
    Buffer.concat([RESPONSE, literal('grpc-status', String(status)), literal('grpc-message', message)]),
  );
}

function serveUnary(stream: Http2Stream, answer: (request: Buffer) => Buffer | Promise<Buffer>): void {
  const reader = new GrpcFrameReader();
  let request: Buffer | undefined;
  let closed = false;
  stream.events = {
    onData(bytes) {
      try {
        reader.push(bytes, (message) => {
          request = message;
        });
      } catch {
        stream.reset(HTTP2_ERROR.internal);
      }
    },
    onEnd() {
      if (request === undefined) return refuse(stream, GRPC_STATUS.internal, 'no message');
      const asked = request;
      // A promise's executor too may throw.
      Promise.resolve()
        .then(() => answer(asked))
        .then(
          (response) => {
            if (closed) return;
            const frame = frameOf(response.length);
            response.copy(frame, FRAME_PREFIX_BYTES);
            stream.respond(RESPONSE);
            stream.send(frame);
            stream.end(TRAILERS_OK);
          },
          () => {
            if (!closed) refuse(stream, GRPC_STATUS.internal, 'no answer');
          },
        );
    },
    onClosed() {
      closed = true;
    },
  };
}

function serveBidi(stream: Http2Stream, open: (stream: GrpcStream) => GrpcStreamEvents): void {
  const reader = new GrpcFrameReader();
  stream.respond(RESPONSE);
  const events = open({
    send: (frame, sent, rest) => stream.send(frame, sent, rest),
    end: () => stream.end(TRAILERS_OK),
    reset: () => stream.reset(HTTP2_ERROR.cancel),
    pause: () => stream.pause(),
    resume: () => stream.resume(),
    narrow: (narrow) => stream.narrow(narrow),
  });
  const onMessage = (message: Buffer): void => events.onMessage(message);
  stream.events = {
    onData(bytes) {
      try {
        reader.push(bytes, onMessage);
      } catch {
        stream.reset(HTTP2_ERROR.internal);
      }
    },
    onEnd: () => events.onEnd(),
    onClosed: () => events.onClosed(),
  };
}
