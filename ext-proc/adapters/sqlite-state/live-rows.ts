/**
 * Live sessions and the cancel keys that stand for them. A worker keeps its own in memory too, to write them again
 * should they be lost and to delete a session's keys by their primary key. An upstream's cancel secret is stored for as
 * long as its session lives, and SQLite overwrites it when it is deleted (`secure_delete`).
 */
import { timingSafeEqual } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { asSessionId, type SessionId } from '../../domain/ids.ts';
import type { CancelTarget, LiveSession } from '../../domain/ports.ts';
import type { WorkerRow } from './worker-row.ts';

export interface CancelKey {
  readonly processId: number;
  readonly secretKey: Uint8Array;
  readonly target: CancelTarget;
}

export class LiveRows {
  readonly #worker: WorkerRow;
  readonly #putSession: StatementSync;
  readonly #deleteSession: StatementSync;
  readonly #sessions: StatementSync;
  readonly #sessionExists: StatementSync;
  readonly #putKey: StatementSync;
  readonly #deleteKey: StatementSync;
  readonly #keys: StatementSync;
  readonly #ownSessions = new Map<SessionId, LiveSession>();
  readonly #ownKeys = new Map<SessionId, CancelKey[]>();

  constructor(db: DatabaseSync, worker: WorkerRow) {
    this.#worker = worker;
    this.#putSession = db.prepare('INSERT OR REPLACE INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#deleteSession = db.prepare('DELETE FROM session WHERE session_id = ?');
    this.#sessions = db.prepare('SELECT * FROM session ORDER BY started_at_ms, session_id');
    this.#sessionExists = db.prepare('SELECT 1 FROM session WHERE session_id = ?');
    this.#putKey = db.prepare('INSERT OR REPLACE INTO cancel_key VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#deleteKey = db.prepare('DELETE FROM cancel_key WHERE process_id = ? AND secret_key = ?');
    this.#keys = db.prepare('SELECT * FROM cancel_key WHERE process_id = ?');
  }

  add(session: LiveSession): void {
    this.#ownSessions.set(session.sessionId, session);
  }

  /** The session's keys, for `deleteRows`; forgets both. */
  take(sessionId: SessionId): readonly CancelKey[] {
    const keys = this.#ownKeys.get(sessionId) ?? [];
    this.#ownKeys.delete(sessionId);
    this.#ownSessions.delete(sessionId);
    return keys;
  }

  /** Inside a transaction. A session that ended before its row was written has none to write. */
  writeSession(sessionId: SessionId): void {
    const session = this.#ownSessions.get(sessionId);
    if (session === undefined) return;
    this.#putSession.run(
      sessionId,
      this.#worker.id,
      session.worker,
      session.principalSubject,
      session.onBehalfOf,
      session.upstream,
      session.database,
      session.clientAddress,
      session.startedAtMs,
    );
  }

  /** Inside a transaction. */
  deleteRows(sessionId: SessionId, keys: readonly CancelKey[]): void {
    this.#deleteSession.run(sessionId);
    for (const { processId, secretKey } of keys) this.#deleteKey.run(processId, secretKey);
  }

  /** Inside a transaction. */
  writeKey({ processId, secretKey, target }: CancelKey): void {
    const { sessionId, upstream } = target;
    this.#putKey.run(
      processId,
      secretKey,
      this.#worker.id,
      sessionId,
      upstream,
      target.processId,
      target.secretKey,
    );
  }

  /** After its row is committed. */
  addKey(key: CancelKey): void {
    const keys = this.#ownKeys.get(key.target.sessionId);
    if (keys === undefined) this.#ownKeys.set(key.target.sessionId, [key]);
    else keys.push(key);
  }

  /** Inside a transaction: everything, for a worker whose rows were lost. */
  writeAll(): void {
    for (const sessionId of this.#ownSessions.keys()) this.writeSession(sessionId);
    for (const keys of this.#ownKeys.values()) for (const key of keys) this.writeKey(key);
  }

  target(processId: number, secretKey: Uint8Array): CancelTarget | undefined {
    for (const row of this.#keys.all(processId)) {
      const stored = row.secret_key as Uint8Array;
      // The lookup is by the id, which is no secret; the secret is compared in constant time.
      if (stored.length !== secretKey.length || !timingSafeEqual(stored, secretKey)) continue;
      return {
        upstream: row.upstream as string,
        sessionId: asSessionId(row.session_id as string),
        processId: row.upstream_process_id as number,
        secretKey: row.upstream_secret_key as Uint8Array,
      };
    }
    return undefined;
  }

  list(): readonly LiveSession[] {
    return this.#sessions.all().map((row) => ({
      sessionId: asSessionId(row.session_id as string),
      worker: row.worker as string,
      principalSubject: row.principal_subject as string,
      onBehalfOf: row.on_behalf_of as string,
      upstream: row.upstream as string,
      database: row.database as string,
      clientAddress: row.client_address as string,
      startedAtMs: row.started_at_ms as number,
    }));
  }

  has(sessionId: SessionId): boolean {
    return this.#sessionExists.get(sessionId) !== undefined;
  }
}
