/**
 * Transactions of one process on the shared file. A write that others need not see at once waits for the next
 * transaction, at most 20 ms, so that a connect costs two commits and not five.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

const DELAY_MS = 20;
const PENDING_MAX = 20_000;

export interface DeferredWritesOptions {
  readonly db: DatabaseSync;
  /** Writes everything that this process owns: what replaces the waiting writes when there are too many of them. */
  readonly rewriteAll: () => void;
  /** A transaction of waiting writes failed; they are tried again. */
  readonly onFailure: (error: unknown) => void;
}

export class DeferredWrites {
  readonly #options: DeferredWritesOptions;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;
  #pending: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DeferredWritesOptions) {
    this.#options = options;
    this.#begin = options.db.prepare('BEGIN IMMEDIATE');
    this.#commit = options.db.prepare('COMMIT');
    this.#rollback = options.db.prepare('ROLLBACK');
  }

  /** `write` may run more than once, and must give the same rows each time. */
  defer(write: () => void): void {
    this.#pending.push(write);
    // Reached only while the file cannot be written; memory has it all, and one write of everything is enough.
    if (this.#pending.length > PENDING_MAX) this.#pending = [this.#options.rewriteAll];
    this.#timer ??= setTimeout(() => this.flush(), DELAY_MS).unref();
  }

  /** What waits, then `write`, in one transaction. Throws what SQLite throws, with nothing written. */
  commit<T>(write: () => T): T {
    this.#begin.run();
    let result: T;
    try {
      for (const pending of this.#pending) pending();
      result = write();
      this.#commit.run();
    } catch (error) {
      // SQLite has rolled back by itself after some errors.
      if (this.#options.db.isTransaction) this.#rollback.run();
      throw error;
    }
    this.#pending = [];
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return result;
  }

  /** Writes what waits now; after a failure it waits on. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pending.length === 0) return;
    try {
      this.commit(() => undefined);
    } catch (error) {
      this.#options.onFailure(error);
      this.#timer = setTimeout(() => this.flush(), DELAY_MS * 10).unref();
    }
  }

  stop(): void {
    this.flush();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pending = [];
  }
}
