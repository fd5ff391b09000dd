/**
 * When reading stops because a client is ahead. Owns that decision; refuses to stop reading for good while something of
 * a peer's is waited for, because one gRPC stream brings both peers' bytes and stopping one stops both
 * (edge/exchange-stream.ts).
 *
 * Ahead of the gate's own work nothing is read until that is done. Ahead of the server's answers reading pauses for a
 * time after every so many bytes: what the client may send in that time is then about what the server works off in it,
 * and its answers come a little later.
 */
import { LIMITS } from '../../../domain/limits.ts';
import type { SessionWalk } from '../session-walk.ts';

export class ClientFlow {
  readonly #walk: SessionWalk;
  readonly #buffer: { readonly bufferedBytes: number };
  #held = false;
  #full = false;
  #ownWork = false;
  #narrow = false;
  #pause: NodeJS.Timeout | undefined;
  /** Since the last pause. */
  #readBytes = 0;

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

  /** Bytes of the client's have arrived; `waits`: they will not be taken at once. */
  arrived(bytes: number, waits: boolean): void {
    if (this.#ownWork) this.holdIfFull();
    else if (waits && this.#buffer.bufferedBytes > LIMITS.turnBytesHigh) this.#ahead(bytes);
  }

  #ahead(bytes: number): void {
    this.#readBytes += bytes;
    if (this.#pause !== undefined || this.#readBytes < LIMITS.aheadStepBytes) return;
    this.#readBytes = 0;
    this.#pause = setTimeout(() => this.#endPause(), pauseMs(this.#buffer.bufferedBytes));
    this.#setNarrow(true);
    this.#settle();
  }

  #endPause(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#settle();
  }

  holdIfFull(): void {
    if (this.#buffer.bufferedBytes <= LIMITS.turnBytesHigh) return;
    this.#full = true;
    this.#settle();
  }

  /** No more of the client's is taken: what still comes is let go of, and must come for the stream to end. */
  stop(): void {
    this.#full = false;
    this.#endPause();
  }

  /** The gate's own work is done. */
  goOn(): void {
    this.#full = false;
    if (this.#buffer.bufferedBytes <= LIMITS.turnBytesHigh) {
      if (this.#narrow) this.#endPause();
      this.#setNarrow(false);
    }
    this.#settle();
  }

  #setNarrow(narrow: boolean): void {
    if (narrow === this.#narrow) return;
    this.#narrow = narrow;
    this.#walk.narrow(narrow);
  }

  #settle(): void {
    const held = this.#full || this.#pause !== undefined;
    if (held === this.#held) return;
    this.#held = held;
    this.#walk.hold(held);
  }
}

/** So steep that what waits settles at a few MiB, whether the server answers in microseconds or in seconds. */
const pauseMs = (waitingBytes: number): number =>
  Math.min(4 ** (waitingBytes / 1_048_576 - 1), LIMITS.aheadPauseMsMax);
