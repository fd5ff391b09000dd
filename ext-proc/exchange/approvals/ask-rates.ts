/**
 * How often one principal may have people asked. Who takes back what it asks and asks again has nothing that waits, and
 * would bury reviewers all the same. Counted by each worker for itself.
 */

const PRINCIPALS_MAX = 10_000;
const MINUTE_MS = 60_000;

export class AskRates {
  readonly #burst: number;
  readonly #perMs: number;
  readonly #left = new Map<string, { asks: number; atMs: number }>();

  /** `perMinute` in the long run, and five times as many at once. */
  constructor(perMinute: number) {
    this.#burst = 5 * perMinute;
    this.#perMs = perMinute / MINUTE_MS;
  }

  /** False where the principal has asked too often. `nowMs` never goes back. */
  take(principal: string, nowMs: number): boolean {
    const { asks, atMs } = this.#left.get(principal) ?? { asks: this.#burst, atMs: nowMs };
    const left = Math.min(this.#burst, asks + (nowMs - atMs) * this.#perMs);
    const may = left >= 1;
    this.#keep(principal, may ? left - 1 : left, nowMs);
    return may;
  }

  /** It asked for nothing new, or for what people agreed to. */
  giveBack(principal: string): void {
    const left = this.#left.get(principal);
    if (left !== undefined) left.asks += 1;
  }

  #keep(principal: string, asks: number, atMs: number): void {
    this.#left.delete(principal);
    this.#left.set(principal, { asks, atMs });
    const [oldest] = this.#left.keys();
    if (this.#left.size > PRINCIPALS_MAX && oldest !== undefined) this.#left.delete(oldest);
  }
}
