/**
 * This process's own row, and the end of those whose process has gone. Rows that a dead process owned are deleted by
 * whoever notices first: its sessions are over, its cancel keys void, its unauthenticated streams closed.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { ownIdentity, stillRuns, type ProcessIdentity } from './process-identity.ts';

interface Row {
  readonly worker_id: number;
  readonly pid: number;
  readonly started_ticks: string;
  readonly boot_id: string;
  readonly pid_namespace: string;
  readonly heartbeat_ms: number;
}

export class WorkerRow {
  readonly #identity: ProcessIdentity = ownIdentity();
  readonly #name: string;
  readonly #insert: StatementSync;
  readonly #heartbeat: StatementSync;
  readonly #others: StatementSync;
  readonly #deletes: readonly StatementSync[];
  #id = 0;

  constructor(db: DatabaseSync, name: string) {
    this.#name = name;
    this.#insert = db.prepare(
      `INSERT INTO worker (name, pid, started_ticks, boot_id, pid_namespace, heartbeat_ms) VALUES (?, ?, ?, ?, ?, ?)`,
    );
    this.#heartbeat = db.prepare('UPDATE worker SET heartbeat_ms = ? WHERE worker_id = ?');
    this.#others = db.prepare('SELECT * FROM worker WHERE worker_id <> ?');
    this.#deletes = ['session', 'cancel_key', 'unauthenticated', 'worker'].map((table) =>
      db.prepare(`DELETE FROM ${table} WHERE worker_id = ?`),
    );
  }

  /** The owner of the rows that this process writes. */
  get id(): number {
    return this.#id;
  }

  /** Inside a transaction. */
  register(nowMs: number): void {
    const { pid, startedTicks, bootId, pidNamespace } = this.#identity;
    const inserted = this.#insert.run(this.#name, pid, startedTicks, bootId, pidNamespace, Math.floor(nowMs));
    this.#id = Number(inserted.lastInsertRowid);
  }

  /** False where the row is gone: another pid namespace took this process for dead, and its rows must be written anew. */
  beat(nowMs: number): boolean {
    return this.#heartbeat.run(Math.floor(nowMs), this.#id).changes === 1;
  }

  /** The rows of processes that no longer run. */
  dead(nowMs: number): readonly number[] {
    return (this.#others.all(this.#id) as unknown as Row[])
      .filter((row) => !stillRuns(identityOf(row), this.#identity, row.heartbeat_ms, nowMs))
      .map((row) => row.worker_id);
  }

  /** Inside a transaction: everything that the workers own. */
  remove(workerIds: readonly number[]): void {
    for (const id of workerIds) for (const statement of this.#deletes) statement.run(id);
  }
}

function identityOf(row: Row): ProcessIdentity {
  return {
    pid: row.pid,
    startedTicks: row.started_ticks,
    bootId: row.boot_id,
    pidNamespace: row.pid_namespace,
  };
}
