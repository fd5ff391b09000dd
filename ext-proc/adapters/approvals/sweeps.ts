/**
 * The sweeps of one process: what is long over is forgotten now and then, and what time has ended is ended. A sweeper says
 * that nobody holds a stream any more only after it has listened for a while: a store that was away, or a machine that
 * slept, has outdated every lease at once, whoever lives. The living get the time to ask again before anybody is declared
 * dead.
 */
import { LEASE_MS } from '../../domain/approvals/approval-store.ts';
import type { Clock } from '../../domain/clock.ts';
import { PRUNE_EVERY_MS } from './bounds.ts';

/** The living ask again every quarter of a lease. */
const LISTENING_MS = LEASE_MS / 2;

export class Sweeps {
  readonly #clock: Clock;
  readonly #prune: () => Promise<void>;
  #sinceMs = -Infinity;
  #lastMs = -Infinity;
  #prunedAtMs = -Infinity;

  constructor(clock: Clock, prune: () => Promise<void>) {
    this.#clock = clock;
    this.#prune = prune;
  }

  /** `end` is told whether leases that have run out count. Rejects with what it, or forgetting, rejects with. */
  async run<T>(end: (leasesCount: boolean) => Promise<T>): Promise<T> {
    try {
      const leasesCount = this.#beat(this.#clock.monotonicMs());
      await this.#pruneAtTimes();
      return await end(leasesCount);
    } catch (error) {
      // The store could not be reached.
      this.#lastMs = -Infinity;
      throw error;
    }
  }

  #beat(nowMs: number): boolean {
    if (nowMs - this.#lastMs > LISTENING_MS) this.#sinceMs = nowMs;
    this.#lastMs = nowMs;
    return nowMs - this.#sinceMs >= LISTENING_MS;
  }

  async #pruneAtTimes(): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#prunedAtMs < PRUNE_EVERY_MS) return;
    this.#prunedAtMs = nowMs;
    await this.#prune();
  }
}
