/**
 * Pings that are under way to one peer. What stands in a Ping is nothing that was decided or masked, so it stays here: the
 * peer gets a number in its place, and the Pong that brings the number back is answered with what belongs to it.
 * RFC 6455 section 5.5.3: a peer may answer the latest of several Pings alone.
 */

export class PingLedger {
  readonly #pingsMax: number;
  readonly #pending = new Map<string, Buffer>();

  constructor(pingsMax: number) {
    this.#pingsMax = pingsMax;
  }

  /** `number`: random bytes, at most 125, that the peer gets in place of the payload. The oldest makes room. */
  sent(number: Buffer, payload: Buffer): void {
    this.#pending.set(number.toString('latin1'), payload);
    for (const oldest of this.#pending.keys()) {
      if (this.#pending.size <= this.#pingsMax) return;
      this.#pending.delete(oldest);
    }
  }

  /** The payload of the Ping that this Pong answers; undefined where it answers none. Earlier Pings count as answered. */
  answered(number: Buffer): Buffer | undefined {
    const key = number.toString('latin1');
    const payload = this.#pending.get(key);
    if (payload === undefined) return undefined;
    for (const earlier of this.#pending.keys()) {
      this.#pending.delete(earlier);
      if (earlier === key) break;
    }
    return payload;
  }
}
