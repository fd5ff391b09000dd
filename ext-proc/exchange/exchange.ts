/**
 * A walk of one stream, and the wire it walks on. The edge calls the one and implements the other.
 */

/** The edge calls these in order; none may throw (an error is the exchange's to turn into a denial). */
export interface Exchange {
  /** The upstream's response headers; for a tunnel, Envoy's answer to CONNECT. */
  onResponseHeaders(headers: ReadonlyMap<string, string>, endOfStream: boolean): void;
  onRequestBody(body: Buffer, endOfStream: boolean): void;
  onResponseBody(body: Buffer, endOfStream: boolean): void;
  /** The stream is gone, for whatever reason. Called once, last. */
  onClosed(): void;
}

/** Bytes out, in two directions. Nothing may be sent in a direction before its first chunk has arrived. */
export interface ExchangeWire {
  sendUpstream(pieces: readonly Buffer[], endOfStream: boolean): void;
  sendDownstream(pieces: readonly Buffer[], endOfStream: boolean): void;
  /** While held nothing more is read from either peer. Never hold while waiting for one of them. */
  hold(held: boolean): void;
  /** While narrow little more is under way than is taken: what a peer says is then not far behind what the other does. */
  narrow(narrow: boolean): void;
  /** Ends the stream with an error: both peers are reset, and nothing that waits is delivered. */
  abort(reason: string): void;
}

/** Makes the exchange for a stream's request headers; undefined refuses the stream. */
export type ExchangeFactory = (
  headers: ReadonlyMap<string, string>,
  wire: ExchangeWire,
) => Exchange | undefined;
