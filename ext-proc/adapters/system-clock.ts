/** The machine's clocks behind the `Clock` port. */
import type { Clock } from '../domain/clock.ts';

/** A clock that was set, or has drifted, by more than this is followed at once; below, times stay smooth. */
const RESYNC_MS = 2;

/**
 * Wall time at the resolution of the monotonic clock (Date.now() knows whole milliseconds only), and never more than
 * 2 ms from what the system says.
 */
export function createSystemClock(): Clock {
  let offsetMs = Date.now() - performance.now();
  return {
    nowMs: () => {
      const monotonicMs = performance.now();
      const systemMs = Date.now();
      if (Math.abs(systemMs - (monotonicMs + offsetMs)) > RESYNC_MS) offsetMs = systemMs - monotonicMs;
      return monotonicMs + offsetMs;
    },
    monotonicMs: () => performance.now(),
  };
}
