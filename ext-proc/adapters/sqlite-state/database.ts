/**
 * The SQLite file that the processes of one machine share: how it is opened and what is in it. Readable by its owner
 * alone. Commits are not fsynced one by one (`synchronous = NORMAL`): what matters after a power cut are the blocks,
 * and writing one asks for more itself. A file that cannot be read is never replaced, since it may hold blocks.
 */
import type { DatabaseSync } from 'node:sqlite';
import { openSharedFile } from './open-file.ts';

/** How long a statement may wait for another process. It blocks the event loop, and whoever waits longer is denied. */
const BUSY_TIMEOUT_MS = 250;

const SCHEMA = `
  -- One row a process that owns rows below; a restarted worker is a new one.
  CREATE TABLE worker (
    worker_id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    pid INTEGER NOT NULL,
    started_ticks TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    pid_namespace TEXT NOT NULL,
    heartbeat_ms INTEGER NOT NULL
  );
  CREATE TABLE session (
    session_id TEXT PRIMARY KEY,
    worker_id INTEGER NOT NULL,
    worker TEXT NOT NULL,
    principal_subject TEXT NOT NULL,
    on_behalf_of TEXT NOT NULL,
    upstream TEXT NOT NULL,
    database TEXT NOT NULL,
    client_address TEXT NOT NULL,
    started_at_ms REAL NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE cancel_key (
    process_id INTEGER NOT NULL,
    secret_key BLOB NOT NULL,
    worker_id INTEGER NOT NULL,
    session_id TEXT NOT NULL,
    upstream TEXT NOT NULL,
    upstream_process_id INTEGER NOT NULL,
    upstream_secret_key BLOB NOT NULL,
    PRIMARY KEY (process_id, secret_key)
  ) WITHOUT ROWID;
  -- The row with the empty source counts all sources of its listener and worker.
  CREATE TABLE unauthenticated (
    listener TEXT NOT NULL,
    source TEXT NOT NULL,
    worker_id INTEGER NOT NULL,
    streams INTEGER NOT NULL,
    PRIMARY KEY (listener, source, worker_id)
  ) WITHOUT ROWID;
  CREATE TABLE block (
    subject TEXT PRIMARY KEY,
    blocked_by TEXT NOT NULL,
    blocked_at_ms REAL NOT NULL
  ) WITHOUT ROWID;
  -- Kills, blocks and unblocks in the order given; every process reads on from the last it has seen.
  CREATE TABLE command (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    commanded_by TEXT NOT NULL,
    commanded_at_ms REAL NOT NULL
  );
`;

/** What version 2 has added. */
const TOOL_DEFINITIONS = `
  -- The newest definition of each tool of an MCP server, by whichever worker has seen it.
  CREATE TABLE tool_definition (
    upstream TEXT NOT NULL,
    tool TEXT NOT NULL,
    definition TEXT NOT NULL,
    seen_at_ms REAL NOT NULL,
    PRIMARY KEY (upstream, tool)
  ) WITHOUT ROWID;
`;

/** Opens `file`, made with mode 0600 where missing. Throws GH_STATE_FILE or GH_STATE_VERSION. */
export const openDatabase = (file: string): DatabaseSync =>
  openSharedFile({
    file,
    synchronous: 'NORMAL',
    busyTimeoutMs: BUSY_TIMEOUT_MS,
    versions: [SCHEMA, TOOL_DEFINITIONS],
    cannotBeOpened: {
      fileCode: 'GH_STATE_FILE',
      versionCode: 'GH_STATE_VERSION',
      publicMessage: "The gate's state cannot be opened.",
      ifDamaged: ' (blocks are in it and must then be set again)',
    },
  });
