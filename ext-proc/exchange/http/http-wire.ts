/**
 * A walk of one HTTP request, and the wire it walks on. The edge calls the one and implements the other. Where the
 * route's bodies are left alone only headers come.
 */
import type { HeaderChanges, HeaderField, HeaderFields } from '../../protocols/http/header-fields.ts';
import type { ExchangeWire } from '../exchange.ts';

/** The edge calls these in order; none may throw. A direction goes on only where the walk says so. */
export interface HttpExchange {
  onRequestHeaders(fields: HeaderFields, endOfStream: boolean): void;
  onRequestBody(body: Buffer, endOfStream: boolean): void;
  onRequestTrailers(fields: HeaderFields): void;
  onResponseHeaders(fields: HeaderFields, endOfStream: boolean): void;
  onResponseBody(body: Buffer, endOfStream: boolean): void;
  onResponseTrailers(fields: HeaderFields): void;
  /** The stream is gone, for whatever reason. Called once, last. */
  onClosed(): void;
}

/** An answer of the gate's own. */
export interface GateReply {
  readonly status: number;
  readonly headers: readonly HeaderField[];
  readonly body: Buffer;
  /** For Envoy's access log: a code, never payload. */
  readonly details: string;
}

export interface HttpWire extends ExchangeWire {
  continueHeaders(direction: 'request' | 'response', changes: HeaderChanges): void;
  continueTrailers(direction: 'request' | 'response', changes: HeaderChanges): void;
  /** Ends the request with an answer of the gate's own; nothing of the upstream's answer may have gone on. */
  reply(reply: GateReply): void;
}

/**
 * An answer of the gate's own that goes out piece by piece. Once opened the request is the gate's alone: nothing of it
 * goes on by this wire. Envoy gives no backpressure there (envoy-facts): who sends bounds what is sent.
 */
export interface ReplyStream {
  /** In place of the answer to the request's headers, whatever of its body was read. */
  openReply(status: number, headers: readonly HeaderField[]): void;
  sendReply(pieces: readonly Buffer[], endOfStream: boolean): void;
}

/** What Envoy says of a request beside its bytes; no client can set it. */
export interface RequestAttributes {
  /** `<listener>/<route>`; empty where no route fits. */
  readonly route: string;
  /** Address and port. */
  readonly clientAddress: string;
  /** `HTTP/1.1`, `HTTP/2`. */
  readonly protocol: string;
  readonly scheme: string;
}

/** `stream`: where an answer of the gate's own may go out piece by piece. */
export type HttpExchangeFactory = (
  attributes: RequestAttributes,
  wire: HttpWire,
  stream?: ReplyStream,
) => HttpExchange;
