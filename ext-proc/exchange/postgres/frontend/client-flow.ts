/**
 * When reading stops because a client is ahead of the gate's own work. Owns that decision; refuses to stop reading
 * while something of a peer's is waited for, because one gRPC stream brings both peers' bytes and stopping one stops
 * both (edge/exchange-stream.ts).
 */
import { LIMITS } from '../../../domain/limits.ts';
import type { SessionWalk } from '../session-walk.ts';

export class ClientFlow {
  readonly #walk: SessionWalk;
  readonly #buffer: { readonly bufferedBytes: number };
  #held = false;
  #ownWork = false;

  /** `buffer` is what of the client's bytes waits to be taken. */
  constructor(walk: SessionWalk, buffer: { readonly bufferedBytes: number }) {
    this.#walk = walk;
    this.#buffer = buffer;
  }

  /** What is waited for from here on is the gate's own work, and needs neither peer: reading may stop meanwhile. */
  ownWorkBegins(): void {
    this.#ownWork = true;
  }

  ownWorkEnds(): void {
    this.#ownWork = false;
  }

  /** Bytes of the client's have arrived. */
  arrived(): void {
    if (this.#ownWork) this.holdIfFull();
  }

  holdIfFull(): void {
    if (this.#buffer.bufferedBytes > LIMITS.turnBytesHigh) this.#hold(true);
  }

  goOn(): void {
    this.#hold(false);
  }

  #hold(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    this.#walk.hold(held);
  }
}
