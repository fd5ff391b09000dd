/** How much one caller may ask for: token buckets, as many as a bound lets, the least recently used forgotten first. */
import { ConsoleProblem } from './problem.ts';

export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export const RATES = {
  /** Of one session. */
  api: { perSecond: 25, burst: 200 },
  /**
   * Of one address, of the page and its files: some thirty a load, from memory, and an office may share one address. Who
   * is refused one of them has a blank page.
   */
  page: { perSecond: 1_000, burst: 10_000 },
  /** Of one address, without a session: logins, and whatever else may cost something. */
  anonymous: { perSecond: 20, burst: 200 },
} as const satisfies Record<string, Rate>;

const CALLERS_MAX = 10_000;

export class RateLimits {
  readonly #monotonicMs: () => number;
  readonly #buckets = new Map<string, { tokens: number; atMs: number }>();

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** Throws GH_CONSOLE_TOO_MANY where the caller has used up what is his. */
  take(caller: string, { perSecond, burst }: Rate): void {
    const nowMs = this.#monotonicMs();
    const bucket = this.#buckets.get(caller) ?? { tokens: burst, atMs: nowMs };
    this.#buckets.delete(caller);
    const tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) * perSecond) / 1_000);
    const isEnough = tokens >= 1;
    this.#buckets.set(caller, { tokens: isEnough ? tokens - 1 : tokens, atMs: nowMs });
    const oldest = this.#buckets.keys().next();
    if (this.#buckets.size > CALLERS_MAX && !oldest.done) this.#buckets.delete(oldest.value);
    if (isEnough) return;
    throw new ConsoleProblem(429, 'GH_CONSOLE_TOO_MANY', 'Too many requests; wait a moment.', {
      'retry-after': '1',
    });
  }
}
