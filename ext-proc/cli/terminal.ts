/** Talking to a person: what is being done and for how long, results, and errors that say what to do next. */

import { GatehouseError } from '../domain/errors.ts';
import { colors } from './colors.ts';

/** Receives whole lines. */
export type LineWriter = (line: string) => void;

const SHOW_AFTER_MS = 1_000;
const TICK_MS = 500;
const CLEAR_LINE = '\r\u001B[2K';

export type Step = <T>(title: string, work: () => Promise<T>) => Promise<T>;

/**
 * Runs parts of a start, several at once if need be, and tells of each: a line when it is done, and from one second
 * on what is still waited for. `write` gets the lines; the running count needs a terminal.
 */
export function createSteps(write: LineWriter, terminal: NodeJS.WriteStream | undefined): Step {
  const running = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let shown = false;
  const clear = (): void => {
    if (shown) terminal?.write(CLEAR_LINE);
    shown = false;
  };
  const tick = (): void => {
    const nowMs = performance.now();
    const waiting = [...running].filter(([, startedAtMs]) => nowMs - startedAtMs >= SHOW_AFTER_MS);
    clear();
    if (waiting.length === 0 || terminal?.isTTY !== true) return;
    const parts = waiting.map(
      ([title, startedAtMs]) => `${title} ${Math.floor((nowMs - startedAtMs) / 1_000)} s`,
    );
    terminal.write(`  … ${parts.join(', ')}`);
    shown = true;
  };
  return async (title, work) => {
    const startedAtMs = performance.now();
    running.set(title, startedAtMs);
    timer ??= setInterval(tick, TICK_MS).unref();
    const over = (mark: string): void => {
      running.delete(title);
      clear();
      if (running.size === 0) {
        clearInterval(timer);
        timer = undefined;
      }
      write(
        `  ${mark} ${title} ${colors.dim(`${((performance.now() - startedAtMs) / 1_000).toFixed(1)} s`)}`,
      );
    };
    try {
      const result = await work();
      over(colors.green('✓'));
      return result;
    } catch (error) {
      over(colors.red('✗'));
      throw error;
    }
  };
}

/** What an operator needs of an error: its code and its text; a stack only where it is not one of ours. */
export function errorText(error: unknown): string {
  if (error instanceof GatehouseError) return `${error.code}  ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
