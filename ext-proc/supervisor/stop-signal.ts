/** Waiting to be told to end: by SIGTERM, by Ctrl-C, or by the terminal going away. */

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/** npm passes a terminal's Ctrl-C on, so that it arrives twice at once; only a later one is an impatient person. */
const SAME_SIGNAL_MS = 1_000;

/**
 * Resolves with the first signal. Another one, a second or more later, ends the process at once: what it started
 * goes with it, since every child watches for that.
 */
export function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstAtMs: number | undefined;
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        if (firstAtMs !== undefined && performance.now() - firstAtMs > SAME_SIGNAL_MS) process.exit(1);
        firstAtMs ??= performance.now();
        resolve(signal);
      });
    }
  });
}
