/**
 * Times as people read them. What is left of a deadline is told by the server's clock: the reader's own may be wrong by
 * any amount, so it is only used to count on from the last answer.
 */
import { useEffect, useState } from 'preact/hooks';

let serverMs = Date.now();
let atMs = performance.now();

/** Of an answer that has just come. */
export function setServerTime(nowMs: number): void {
  serverMs = nowMs;
  atMs = performance.now();
}

export const serverNowMs = (): number => serverMs + (performance.now() - atMs);

/** Renders again so often. */
export function useTick(everyMs = 1_000): number {
  const [now, setNow] = useState(serverNowMs);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNowMs()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** `4 min 05 s`, `2 h 10 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (days > 0) return `${days} d ${hours % 24} h`;
  if (hours > 0) return `${hours} h ${two(minutes % 60)} min`;
  if (minutes > 0) return `${minutes} min ${two(seconds % 60)} s`;
  return `${seconds} s`;
}

export function ago(ms: number): string {
  const seconds = Math.max(0, Math.round((serverNowMs() - ms) / 1_000));
  if (seconds < 10) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

const STAMP = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

export const stamp = (ms: number): string => STAMP.format(ms);
export const clock = (ms: number): string => CLOCK.format(ms);
