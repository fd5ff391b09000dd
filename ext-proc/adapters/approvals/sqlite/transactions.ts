/**
 * Transactions on a file that other processes write too. SQLite itself waits for them inside the event loop, where
 * everything else would stand still: so it waits briefly, and whoever meets a busy file waits outside and tries again.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { unavailable } from '../unavailable.ts';

/** After this whoever asked is told that the store cannot be used, and denies. */
const BUSY_MS = 5_000;
const WAIT_MS = 15;
/** SQLITE_BUSY and SQLITE_LOCKED; the extended codes have them in their lowest byte. */
const BUSY_CODES = new Set([5, 6]);

export class Transactions {
  readonly #db: DatabaseSync;
  readonly #file: string;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;
  /** Those who wait for a busy file; the first of them asks. */
  readonly #queue: (() => void)[] = [];

  constructor(db: DatabaseSync, file: string) {
    this.#db = db;
    this.#file = file;
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#rollback = db.prepare('ROLLBACK');
  }

  /**
   * `work` in one transaction, which nobody else's comes between; it may run more than once, and only its last run
   * counts. What `work` throws of its own is thrown as it is; where SQLite fails, GH_APPROVALS_UNAVAILABLE.
   */
  write<T>(work: () => T): Promise<T> {
    return this.#retried(() => {
      this.#begin.run();
      try {
        const result = work();
        this.#commit.run();
        return result;
      } catch (error) {
        // SQLite has rolled back by itself after some errors.
        if (this.#db.isTransaction) this.#rollback.run();
        throw error;
      }
    });
  }

  read<T>(work: () => T): Promise<T> {
    // Who writes does not keep it from being read (WAL).
    return this.#retried(work, true);
  }

  /** While the file is busy, one at a time asks again: each attempt holds up the event loop, however many wait. */
  async #retried<T>(work: () => T, tryNow = this.#queue.length === 0): Promise<T> {
    const startedAtMs = performance.now();
    let tried: Tried<T> = tryNow ? this.#try(work) : { busy: true, cause: undefined };
    if (!tried.busy) return tried.result;
    await this.#inTurn();
    try {
      while (performance.now() - startedAtMs <= BUSY_MS) {
        tried = this.#try(work);
        if (!tried.busy) return tried.result;
        // Unlike waits, so that those who met do not meet again.
        await sleep(WAIT_MS * (0.2 + Math.random()));
      }
      throw unavailable(this.#file, tried.busy ? tried.cause : undefined);
    } finally {
      this.#queue.shift();
      this.#queue[0]?.();
    }
  }

  #inTurn(): Promise<void> {
    return new Promise((resolve) => {
      this.#queue.push(resolve);
      if (this.#queue.length === 1) resolve();
    });
  }

  #try<T>(work: () => T): Tried<T> {
    try {
      return { busy: false, result: work() };
    } catch (error) {
      const code = sqliteCode(error);
      if (code === undefined && this.#db.isOpen) throw error;
      if (code !== undefined && BUSY_CODES.has(code & 0xff)) return { busy: true, cause: error };
      throw unavailable(this.#file, error);
    }
  }
}

type Tried<T> =
  { readonly busy: false; readonly result: T } | { readonly busy: true; readonly cause: unknown };

function sqliteCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | undefined)?.errcode;
  return typeof code === 'number' ? code : undefined;
}
