/**
 * A gRPC server on node:http2, as much of one as two services need: bidirectional streams, unary calls, statuses,
 * mutual TLS. The streams carry every byte of the data path, and a general library's machinery for each message cost
 * more there than everything that is done with it (docs/decisions/0021).
 * Source: gRPC over HTTP2 (PROTOCOL-HTTP2.md): path, content-type, length-prefixed messages, trailers.
 */
import {
  constants,
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { GatehouseError } from '../domain/errors.ts';

/** The status codes in use, by gRPC's names. */
export const GRPC_STATUS = { ok: 0, resourceExhausted: 8, unimplemented: 12, internal: 13 } as const;

const PREFIX_BYTES = 5;
/** Envoy's chunks are 64 KiB; 1 MB was seen. */
const MESSAGE_BYTES_MAX = 16 * 1_048_576;
const STREAMS_A_CONNECTION_MAX = 100_000;
const STREAM_WINDOW_BYTES = 262_144;
/** A chunk of Envoy's then comes as one frame, and needs no putting together. */
const FRAME_BYTES_MAX = 131_072;

/** One bidirectional stream. Callbacks are set by the handler before it returns. */
export interface GrpcStream {
  /** Sends a message that was made by `frameOf`; `sent` is called when it has left this process's buffers. */
  send(frame: Buffer, sent?: () => void): void;
  /** Ends with OK, after everything that was sent. */
  end(): void;
  /** Resets the stream: what waits is dropped. */
  reset(): void;
  pause(): void;
  resume(): void;
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
  | { readonly kind: 'unary'; readonly answer: (request: Buffer) => Buffer };

export interface GrpcServerOptions {
  /** By path: `/package.Service/Method`. */
  readonly methods: ReadonlyMap<string, GrpcMethod>;
  /** Mutual TLS; without it the socket's place is the protection. */
  readonly tls?:
    { readonly certificate: Buffer; readonly key: Buffer; readonly clientCa: Buffer } | undefined;
}

export interface GrpcServer {
  listen(where: { readonly path: string } | { readonly host: string; readonly port: number }): Promise<void>;
  /** Resets everything that is open. */
  close(): Promise<void>;
}

/** Room for a message of `bytes` with the gRPC prefix written; the message begins at `FRAME_PREFIX_BYTES`. */
export function frameOf(bytes: number): Buffer {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + bytes);
  frame[0] = 0;
  frame.writeUInt32BE(bytes, 1);
  return frame;
}

export const FRAME_PREFIX_BYTES = PREFIX_BYTES;

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
  const settings = {
    maxConcurrentStreams: STREAMS_A_CONNECTION_MAX,
    initialWindowSize: STREAM_WINDOW_BYTES,
    maxFrameSize: FRAME_BYTES_MAX,
  };
  const server: Http2Server =
    options.tls === undefined
      ? createServer({ settings })
      : createSecureServer({
          settings,
          cert: options.tls.certificate,
          key: options.tls.key,
          ca: options.tls.clientCa,
          requestCert: true,
          rejectUnauthorized: true,
          minVersion: 'TLSv1.2',
          allowHTTP1: false,
        });
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
    session.on('error', () => session.destroy());
  });
  server.on('sessionError', () => {});
  server.on('stream', (stream, headers) => dispatch(stream, headers, options.methods));
  return {
    listen: (where) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(where, () => {
          server.removeListener('error', reject);
          resolve();
        });
      }),
    close: () =>
      new Promise((resolve) => {
        for (const session of sessions) session.destroy();
        server.close(() => resolve());
      }),
  };
}

function dispatch(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  methods: ReadonlyMap<string, GrpcMethod>,
): void {
  // Resets are ordinary here; what they mean is told by 'close'.
  stream.on('error', () => {});
  if (headers[':method'] !== 'POST' || !String(headers['content-type']).startsWith('application/grpc')) {
    stream.respond({ ':status': 415 }, { endStream: true });
    return;
  }
  const method = methods.get(String(headers[':path']));
  if (method === undefined) return refuse(stream, GRPC_STATUS.unimplemented, 'unknown method');
  if (method.kind === 'unary') serveUnary(stream, method.answer);
  else serveBidi(stream, method.open);
}

const RESPONSE_HEADERS = { ':status': 200, 'content-type': 'application/grpc+proto' } as const;

function refuse(stream: ServerHttp2Stream, status: number, message: string): void {
  stream.respond(
    { ...RESPONSE_HEADERS, 'grpc-status': String(status), 'grpc-message': message },
    { endStream: true },
  );
}

function respond(stream: ServerHttp2Stream): void {
  stream.on('wantTrailers', () => {
    if (!stream.destroyed) stream.sendTrailers({ 'grpc-status': String(GRPC_STATUS.ok) });
  });
  stream.respond(RESPONSE_HEADERS, { waitForTrailers: true });
}

function serveUnary(stream: ServerHttp2Stream, answer: (request: Buffer) => Buffer): void {
  const reader = new GrpcFrameReader();
  let request: Buffer | undefined;
  stream.on('data', (chunk: Buffer) => {
    try {
      reader.push(chunk, (message) => {
        request = message;
      });
    } catch {
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    }
  });
  stream.on('end', () => {
    if (stream.destroyed) return;
    if (request === undefined) return refuse(stream, GRPC_STATUS.internal, 'no message');
    const response = answer(request);
    const frame = frameOf(response.length);
    response.copy(frame, PREFIX_BYTES);
    respond(stream);
    stream.end(frame);
  });
}

function serveBidi(stream: ServerHttp2Stream, open: (stream: GrpcStream) => GrpcStreamEvents): void {
  const reader = new GrpcFrameReader();
  let ended = false;
  respond(stream);
  const events = open({
    send: (frame, sent) => {
      if (ended || stream.destroyed) return;
      stream.write(frame, sent);
    },
    end: () => {
      if (ended) return;
      ended = true;
      if (!stream.destroyed) stream.end();
    },
    reset: () => {
      ended = true;
      if (!stream.destroyed) stream.close(constants.NGHTTP2_CANCEL);
    },
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
  });
  const onMessage = (message: Buffer): void => events.onMessage(message);
  stream.on('data', (chunk: Buffer) => {
    try {
      reader.push(chunk, onMessage);
    } catch {
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    }
  });
  stream.on('end', () => events.onEnd());
  stream.on('close', () => events.onClosed());
}
