/**
 * Messages from outside that were taken already, for as long as their timestamps are good: each is taken once. Of one
 * process; what another console has taken is refused by the store, where a reviewer decides a request once.
 */
export class SeenMessages {
  readonly #keptMs: number;
  readonly #max: number;
  /** By the time when they may be forgotten, the oldest first. */
  readonly #seen = new Map<string, number>();

  /** `keptMs`: twice the tolerance, since a timestamp may lie that far ahead as well. */
  constructor(keptMs: number, max = 10_000) {
    this.#keptMs = keptMs;
    this.#max = max;
  }

  /** False where it was taken before. `nowMs` never goes back. */
  take(id: string, nowMs: number): boolean {
    for (const [other, untilMs] of this.#seen) {
      if (untilMs > nowMs && this.#seen.size < this.#max) break;
      this.#seen.delete(other);
    }
    if (this.#seen.has(id)) return false;
    this.#seen.set(id, nowMs + this.#keptMs);
    return true;
  }

  /** Nothing came of it: its sender may send it again. */
  giveBack(id: string): void {
    this.#seen.delete(id);
  }
}
