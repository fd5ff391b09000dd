/** What was let in by a token and has no end of its own (a WebSocket, a stream of events) ends when the token does. */
import type { Clock } from '../../domain/clock.ts';

/** Node's timers take no more. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Calls back once, at `expiresAtMs`. Returns what calls it off. */
export function atExpiry(clock: Clock, expiresAtMs: number, expired: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    const leftMs = Math.max(0, expiresAtMs - clock.nowMs());
    timer = setTimeout(leftMs > TIMER_MS_MAX ? wait : expired, Math.min(leftMs, TIMER_MS_MAX));
  };
  wait();
  return () => clearTimeout(timer);
}
