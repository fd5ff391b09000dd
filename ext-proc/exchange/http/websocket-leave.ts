/**
 * The gate's leaving of a WebSocket whose end is recorded. Owns that Envoy is sent nothing in a direction that it has not
 * opened, which is when the first byte has come in it: a server that has said nothing yet is made to by a Ping
 * (docs/decisions/0073-websocket.md). Everything that the peers still send stays here.
 */
import { LIMITS } from '../../domain/limits.ts';
import { closePayload } from '../../protocols/websocket/close.ts';
import type { WebSocketEnding } from './websocket-ending.ts';

type Side = 'client' | 'server';

export interface WebSocketLeaveOptions {
  readonly ending: WebSocketEnding;
  readonly spoken: Readonly<Record<Side, boolean>>;
  /** The client has said that it is done before: no Close of its own is waited for. */
  readonly clientDone: boolean;
  send(to: Side, opcode: 'close' | 'ping', payload: Buffer): void;
  pingPayload(): Buffer;
  /** Ends both directions. */
  finish(): void;
  /** Ends the stream by force. */
  abort(): void;
}

export class WebSocketLeave {
  readonly #options: WebSocketLeaveOptions;
  readonly #spoken: Record<Side, boolean>;
  readonly #told = { client: false, server: false };
  #timer: NodeJS.Timeout | undefined;
  #finished = false;

  constructor(options: WebSocketLeaveOptions) {
    this.#options = options;
    this.#spoken = { ...options.spoken };
  }

  start(): void {
    const { send, pingPayload, abort } = this.#options;
    if (this.#spoken.server) return this.#tell();
    // Neither direction is open: there is no way to tell anybody anything.
    if (!this.#spoken.client) return abort();
    this.#timer = setTimeout(abort, LIMITS.websocketPongMs);
    send('server', 'ping', pingPayload());
  }

  /** Something came from a peer; `done`: its Close, or its end. */
  spoke(side: Side, done: boolean): void {
    this.#spoken[side] = true;
    if (!this.#spoken.server || this.#finished) return;
    const clientKnew = this.#told.client;
    this.#tell();
    if (side === 'client' && done && clientKnew) this.#finish();
  }

  #tell(): void {
    const { ending, send, clientDone } = this.#options;
    if (!this.#told.client) {
      this.#told.client = true;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#finish(), LIMITS.websocketCloseMs);
      send('client', 'close', closePayload(ending.client.code, ending.client.reason));
    }
    if (this.#spoken.client && !this.#told.server) {
      this.#told.server = true;
      send('server', 'close', closePayload(ending.server.code, ending.server.reason));
    }
    if (clientDone) this.#finish();
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.stop();
    this.#options.finish();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
