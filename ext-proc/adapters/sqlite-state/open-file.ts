/**
 * How a SQLite file that several processes share is opened: it is its owner's alone, in WAL mode, and brought to the
 * version that this program knows, by whichever process comes first. A file of a newer version, and one that cannot be
 * read, are left as they are.
 */
import { DatabaseSync } from 'node:sqlite';
import { GatehouseError } from '../../domain/errors.ts';
import { claimFile } from './claim-file.ts';

export interface SharedFile {
  readonly file: string;
  /** `NORMAL`: commits are not fsynced one by one. `FULL`: each is on the disk before it is answered. */
  readonly synchronous: 'NORMAL' | 'FULL';
  /** How long a statement may wait for another process, which blocks the event loop. */
  readonly busyTimeoutMs: number;
  /** What each version has added, the first one first. Their number is the version. */
  readonly versions: readonly string[];
  readonly cannotBeOpened: {
    readonly fileCode: string;
    readonly versionCode: string;
    readonly publicMessage: string;
    /** What is lost with a file that is moved away. */
    readonly ifDamaged: string;
  };
}

/** Several processes start at once, and turning WAL on needs the file for oneself. */
const OPENING_TIMEOUT_MS = 10_000;

/** Opens the file, made with mode 0600 where missing. Throws `fileCode` or `versionCode`. */
export function openSharedFile(shared: SharedFile): DatabaseSync {
  const { file, synchronous, busyTimeoutMs, cannotBeOpened } = shared;
  try {
    claimFile(file);
    const db = new DatabaseSync(file, { timeout: busyTimeoutMs, allowExtension: false });
    try {
      db.exec(`PRAGMA busy_timeout = ${OPENING_TIMEOUT_MS}`);
      db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA secure_delete = ON`);
      bringUpToDate(db, shared);
      db.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    } catch (error) {
      db.close();
      throw error;
    }
    return db;
  } catch (cause) {
    if (cause instanceof GatehouseError) throw cause;
    const { fileCode, publicMessage, ifDamaged } = cannotBeOpened;
    throw new GatehouseError(fileCode, publicMessage, {
      message: `${file}: ${cause instanceof Error ? cause.message : 'failed'}. Check that this user owns it; if it is damaged, move it away${ifDamaged}.`,
      cause,
    });
  }
}

function bringUpToDate(db: DatabaseSync, { file, versions, cannotBeOpened }: SharedFile): void {
  const newest = versions.length;
  db.exec('BEGIN IMMEDIATE');
  const version = Number(db.prepare('PRAGMA user_version').get()?.user_version);
  if (version < newest) db.exec(`${versions.slice(version).join(';\n')}; PRAGMA user_version = ${newest}`);
  db.exec('COMMIT');
  if (version > newest) {
    throw new GatehouseError(cannotBeOpened.versionCode, cannotBeOpened.publicMessage, {
      message: `${file} was written by a newer version (schema ${version}, this one knows ${newest}). Start that version, or move the file away.`,
    });
  }
}
