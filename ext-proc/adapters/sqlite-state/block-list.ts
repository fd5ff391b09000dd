/**
 * Who is blocked, and the commands that tell every process of it. A block must survive a power cut, so its commit is
 * fsynced, unlike all others.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Long after every process that runs has read them. */
const COMMAND_KEPT_MS = 86_400_000;

export interface Block {
  readonly subject: string;
  readonly by: string;
  readonly atMs: number;
}

export class BlockList {
  readonly #db: DatabaseSync;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #list: StatementSync;
  readonly #putCommand: StatementSync;
  readonly #deleteCommands: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#put = db.prepare(
      'INSERT OR REPLACE INTO block (subject, blocked_by, blocked_at_ms) VALUES (?, ?, ?)',
    );
    this.#delete = db.prepare('DELETE FROM block WHERE subject = ?');
    this.#list = db.prepare('SELECT * FROM block ORDER BY subject');
    this.#putCommand = db.prepare(
      'INSERT INTO command (kind, target, commanded_by, commanded_at_ms) VALUES (?, ?, ?, ?)',
    );
    this.#deleteCommands = db.prepare('DELETE FROM command WHERE commanded_at_ms < ?');
  }

  /** Inside a transaction. */
  add(subject: string, by: string, nowMs: number): void {
    this.#put.run(subject, by, nowMs);
    this.command('block', subject, by, nowMs);
  }

  /** Inside a transaction; false where the subject was not blocked. */
  remove(subject: string, by: string, nowMs: number): boolean {
    if (this.#delete.run(subject).changes === 0) return false;
    this.command('unblock', subject, by, nowMs);
    return true;
  }

  /** Inside a transaction. */
  command(kind: 'kill' | 'block' | 'unblock', target: string, by: string, nowMs: number): void {
    this.#deleteCommands.run(nowMs - COMMAND_KEPT_MS);
    this.#putCommand.run(kind, target, by, nowMs);
  }

  /** Runs `write`, a transaction of its own, so that it is on the disk when it returns. */
  durably<T>(write: () => T): T {
    this.#db.exec('PRAGMA synchronous = FULL');
    try {
      return write();
    } finally {
      this.#db.exec('PRAGMA synchronous = NORMAL');
    }
  }

  list(): readonly Block[] {
    return this.#list.all().map((row) => ({
      subject: row.subject as string,
      by: row.blocked_by as string,
      atMs: row.blocked_at_ms as number,
    }));
  }
}
