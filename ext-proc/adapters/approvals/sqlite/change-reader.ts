/**
 * Which approvals have changed, by whichever process. SQLite's `data_version` tells in some 2 µs whether any other
 * connection has committed, so asking forty times a second costs next to nothing while nothing happens.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ApprovalId } from '../../../domain/approvals/approval-request.ts';

const READ_AT_ONCE = 1_000;
/** Whoever reads on after so many others have been written looks again by itself (the desk does, every few seconds). */
const KEPT = 10_000;

export class ChangeReader {
  readonly #dataVersion: StatementSync;
  readonly #since: StatementSync;
  readonly #last: StatementSync;
  readonly #add: StatementSync;
  readonly #forget: StatementSync;
  #seenVersion: unknown;
  #seenSeq = 0;

  constructor(db: DatabaseSync) {
    this.#dataVersion = db.prepare('PRAGMA data_version');
    this.#since = db.prepare(`SELECT seq, id FROM change WHERE seq > ? ORDER BY seq LIMIT ${READ_AT_ONCE}`);
    this.#last = db.prepare(`SELECT coalesce(max(seq), 0) AS seq FROM sqlite_sequence WHERE name = 'change'`);
    this.#add = db.prepare('INSERT INTO change (id) VALUES (?)');
    this.#forget = db.prepare('DELETE FROM change WHERE seq <= ?');
  }

  /** What changed before now is none of the listener's business. */
  start(): void {
    this.#seenSeq = this.#lastSeq();
    this.#seenVersion = undefined;
  }

  /** In the transaction that makes the change. */
  add(id: string): void {
    this.#add.run(id);
  }

  /** Ids since the last call. `own` where this process has committed itself, which `data_version` does not tell. */
  refresh(own = false): readonly ApprovalId[] {
    const version = this.#dataVersion.get()?.['data_version'];
    if (version === this.#seenVersion && !own) return [];
    const rows = this.#since.all(this.#seenSeq) as { seq: number; id: string }[];
    // Only once they are read: where that fails, the next call reads them.
    this.#seenSeq = rows.at(-1)?.seq ?? this.#seenSeq;
    if (rows.length < READ_AT_ONCE) this.#seenVersion = version;
    return [...new Set(rows.map(({ id }) => id as ApprovalId))];
  }

  /** In a transaction. */
  prune(): void {
    this.#forget.run(this.#lastSeq() - KEPT);
  }

  #lastSeq(): number {
    return Number(this.#last.get()?.['seq'] ?? 0);
  }
}
