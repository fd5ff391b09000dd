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

export type HttpExchangeFactory = (attributes: RequestAttributes, wire: HttpWire) => HttpExchange;
