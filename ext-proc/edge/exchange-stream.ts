/**
 * One ext_proc stream as the walk sees it: bytes out in two directions, and limits on what waits there.
 * Owns the backlog of each direction and the pausing of the gRPC stream; refuses to end a live exchange with OK
 * (envoy-facts, trap 2: that lets later bytes pass unprocessed).
 *
 * gRPC has one flow control for both directions, so pausing stops both. A reader that is slow pauses at
 * `outboundBytesHigh`; toward the upstream far more may wait, because a server that is itself blocked on its
 * answers needs us to go on reading them.
 */
import type { GateReply, HttpWire, ReplyStream } from '../exchange/http/http-wire.ts';
import type { HeaderChanges, HeaderField } from '../protocols/http/header-fields.ts';
import { encodeBodyHead, encodeProcessingResponse, type Direction } from './ext-proc-messages.ts';
import type { GrpcStream } from './grpc-server.ts';

/** Pieces of this size or more, on average, are sent from where they lie; smaller ones are copied for less. */
const BULK_PIECE_BYTES_MIN = 8_192;

export interface BacklogLimits {
  readonly downstreamBytesHigh: number;
  readonly upstreamBytesHigh: number;
}

export class ExchangeStream implements HttpWire, ReplyStream {
  readonly #grpc: GrpcStream;
  readonly #limits: BacklogLimits;
  readonly #backlog = { request: 0, response: 0 };
  readonly #ended = { request: false, response: false };
  #paused = false;
  #held = false;
  #over = false;

  constructor(grpc: GrpcStream, limits: BacklogLimits) {
    this.#grpc = grpc;
    this.#limits = limits;
  }

  /** True once both directions were ended by the gate, or the stream is gone. */
  get over(): boolean {
    return this.#over;
  }

  continueHeaders(direction: Direction, changes?: HeaderChanges): void {
    if (this.#over) return;
    const answer = { kind: 'headers', direction, ...(changes === undefined ? {} : { changes }) } as const;
    this.#grpc.send(encodeProcessingResponse(answer));
  }

  continueTrailers(direction: Direction, changes?: HeaderChanges): void {
    if (this.#over) return;
    const answer = { kind: 'trailers', direction, ...(changes === undefined ? {} : { changes }) } as const;
    this.#grpc.send(encodeProcessingResponse(answer));
  }

  /** Envoy ends the stream once it has this: nothing goes on in either direction afterwards. */
  reply({ status, headers, body, details }: GateReply): void {
    if (this.#over) return;
    this.#ended.request = true;
    this.#ended.response = true;
    this.#grpc.send(encodeProcessingResponse({ kind: 'immediate', status, headers, body, details }));
  }

  openReply(status: number, headers: readonly HeaderField[]): void {
    if (this.#over) return;
    this.#ended.request = true;
    this.#grpc.send(encodeProcessingResponse({ kind: 'reply-head', status, headers }));
  }

  sendReply(pieces: readonly Buffer[], endOfStream: boolean): void {
    if (this.#over || this.#ended.response) return;
    this.#ended.response = endOfStream;
    this.#grpc.send(encodeProcessingResponse({ kind: 'reply-body', pieces, endOfStream }));
  }

  sendUpstream(pieces: readonly Buffer[], endOfStream: boolean): void {
    this.#send('request', pieces, endOfStream);
  }

  sendDownstream(pieces: readonly Buffer[], endOfStream: boolean): void {
    this.#send('response', pieces, endOfStream);
  }

  #send(direction: Direction, pieces: readonly Buffer[], endOfStream: boolean): void {
    if (this.#over || this.#ended[direction]) return;
    let bytes = 0;
    for (const piece of pieces) bytes += piece.length;
    if (bytes === 0 && !endOfStream) return;
    if (endOfStream) this.#ended[direction] = true;
    this.#backlog[direction] += bytes;
    const sent = (): void => {
      this.#backlog[direction] -= bytes;
      if (this.#paused) this.#settle();
    };
    if (bytes > 0 && bytes >= BULK_PIECE_BYTES_MIN * pieces.length)
      this.#grpc.send(encodeBodyHead(direction, bytes, endOfStream), sent, pieces);
    else this.#grpc.send(encodeProcessingResponse({ kind: 'body', direction, pieces, endOfStream }), sent);
    if (!this.#paused) this.#settle();
  }

  /** While held nothing more is read: used where a stream waits for a human. */
  hold(held: boolean): void {
    this.#held = held;
    this.#settle();
  }

  narrow(narrow: boolean): void {
    if (!this.#over) this.#grpc.narrow(narrow);
  }

  #settle(): void {
    const factor = this.#paused ? 0.5 : 1;
    const blocked =
      this.#held ||
      this.#backlog.response > this.#limits.downstreamBytesHigh * factor ||
      this.#backlog.request > this.#limits.upstreamBytesHigh * factor;
    if (blocked === this.#paused || this.#over) return;
    this.#paused = blocked;
    if (blocked) this.#grpc.pause();
    else this.#grpc.resume();
  }

  /** Resets the stream, and Envoy both of its sides (failure_mode_allow is off). Nothing that waits is delivered. */
  abort(): void {
    if (this.#over) return;
    this.#over = true;
    this.#grpc.reset();
  }

  /** Envoy has ended its side: the exchange is over, and OK is the right end (trap 1). */
  finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#grpc.end();
  }
}
