/**
 * When a sweeper may say that nobody holds a stream any more. A store that was away, or a machine that slept, has
 * outdated every lease at once, whoever lives: the living get the time to ask again before anybody is declared dead.
 */
import { LEASE_MS } from '../../domain/approvals/approval-store.ts';

/** The living ask again every quarter of a lease. */
const LISTENING_MS = LEASE_MS / 2;

export class SweepRhythm {
  #sinceMs = -Infinity;
  #lastMs = -Infinity;

  /** Called at each sweep that reaches the store, with monotonic time: whether leases that have run out count. */
  beat(monotonicMs: number): boolean {
    if (monotonicMs - this.#lastMs > LISTENING_MS) this.#sinceMs = monotonicMs;
    this.#lastMs = monotonicMs;
    return monotonicMs - this.#sinceMs >= LISTENING_MS;
  }

  /** The store could not be reached. */
  miss(): void {
    this.#lastMs = -Infinity;
  }
}
