/**
 * Kills and blocks as this process knows them. SQLite's `data_version` tells in some 2 µs whether any other
 * connection has committed, so asking costs next to nothing while nothing happens.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { asSessionId } from '../../domain/ids.ts';
import type { SessionCommand } from '../../domain/ports.ts';

interface CommandRow {
  readonly seq: number;
  readonly kind: 'kill' | 'block' | 'unblock';
  readonly target: string;
  readonly commanded_by: string;
}

export class ControlReader {
  readonly #dataVersion: StatementSync;
  readonly #commands: StatementSync;
  readonly #subjects: StatementSync;
  #seenVersion: unknown;
  #seenSeq: number;
  #blocked: ReadonlySet<string>;

  constructor(db: DatabaseSync) {
    this.#dataVersion = db.prepare('PRAGMA data_version');
    this.#commands = db.prepare(
      'SELECT seq, kind, target, commanded_by FROM command WHERE seq > ? ORDER BY seq',
    );
    this.#subjects = db.prepare('SELECT subject FROM block');
    // Commands given before this process had a session are none of its business. The sequence is read before the
    // blocks: one that comes between the two is then seen twice rather than not at all.
    const last = db
      .prepare(`SELECT coalesce(max(seq), 0) AS seq FROM sqlite_sequence WHERE name = 'command'`)
      .get();
    this.#seenSeq = Number(last?.seq);
    this.#blocked = this.#readBlocked();
  }

  /** Commands since the last call. `own` where this process has committed itself, which `data_version` does not tell. */
  refresh(own = false): readonly SessionCommand[] {
    const version = this.#dataVersion.get()?.data_version;
    if (version === this.#seenVersion && !own) return [];
    const rows = this.#commands.all(this.#seenSeq) as unknown as CommandRow[];
    if (rows.some(({ kind }) => kind !== 'kill')) this.#blocked = this.#readBlocked();
    this.#seenSeq = rows.at(-1)?.seq ?? this.#seenSeq;
    this.#seenVersion = version;
    return rows.flatMap(sessionCommand);
  }

  isBlocked(subject: string): boolean {
    return this.#blocked.has(subject);
  }

  #readBlocked(): ReadonlySet<string> {
    return new Set(this.#subjects.all().map(({ subject }) => subject as string));
  }
}

/** An unblock changes who may come in, and asks nothing of live sessions. */
function sessionCommand({ kind, target, commanded_by: by }: CommandRow): SessionCommand[] {
  switch (kind) {
    case 'kill':
      return [{ kind, sessionId: asSessionId(target), by }];
    case 'block':
      return [{ kind, subject: target, by }];
    case 'unblock':
      return [];
  }
}
