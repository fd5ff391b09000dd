/**
 * What every process that the supervisor starts has in common: it says when it is ready, ends once, and ends with its
 * supervisor, so that nothing of a stopped gate lives on.
 */
import type { Log } from '../domain/log.ts';

export interface Supervised<Said> {
  /** To the supervisor, where it is still there. */
  say(message: Said): void;
  /** Ends the process with 0 once `end` has resolved; however often it is asked for. */
  stop(): void;
}

/** From now on the process ends by itself with its supervisor, or when it is told to. */
export function supervised<Said extends object>(end: () => Promise<void>, log: Log): Supervised<Said> {
  let stopping: Promise<void> | undefined;
  const stop = (): void => {
    stopping ??= (async () => {
      await end();
      process.exit(0);
    })();
  };
  process.on('disconnect', stop);
  // The supervisor decides when it ends; a terminal's Ctrl-C goes to all of the group at once.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', stop);
  process.on('unhandledRejection', (error) => {
    log.error({ err: error }, 'unhandled rejection');
    process.exit(1);
  });
  return {
    say: (message) => {
      if (process.connected) process.send?.(message);
    },
    stop,
  };
}
