/**
 * The SQLite file of approvals: how it is opened and what is in it. Readable by its owner alone. Every commit is on the
 * disk before it is answered (`synchronous = FULL`): a decision that somebody was told of survives a power cut. A file
 * that cannot be read is never replaced.
 */
import type { DatabaseSync } from 'node:sqlite';
import { openSharedFile } from '../../sqlite-state/open-file.ts';

/** It blocks the event loop: who meets another process for longer waits outside (`transactions.ts`). */
const BUSY_TIMEOUT_MS = 5;

const SCHEMA = `
  -- Narrow, and the texts beside it: a change of state or lease then writes one page and not a whole payload.
  CREATE TABLE approval (
    id TEXT PRIMARY KEY,
    mode TEXT NOT NULL,
    principal TEXT NOT NULL,
    upstream TEXT NOT NULL,
    action_digest TEXT NOT NULL,
    similar_key TEXT NOT NULL,
    session_id TEXT NOT NULL,
    created_at_ms REAL NOT NULL,
    decide_by_ms REAL NOT NULL,
    use_by_ms REAL NOT NULL,
    state TEXT NOT NULL,
    state_since_ms REAL NOT NULL,
    why TEXT NOT NULL,
    released_by TEXT,
    repeats INTEGER NOT NULL,
    -- Of mode wait: until when its worker is believed to be there.
    lease_until_ms REAL
  ) WITHOUT ROWID;
  CREATE INDEX approval_open ON approval (state, principal) WHERE state IN ('pending', 'approved');
  CREATE INDEX approval_action ON approval (principal, action_digest);
  CREATE INDEX approval_similar ON approval (similar_key, id);
  CREATE INDEX approval_session ON approval (session_id, id);
  CREATE INDEX approval_over ON approval (state_since_ms) WHERE state NOT IN ('pending', 'approved');
  CREATE TABLE request (
    id TEXT PRIMARY KEY,
    text TEXT NOT NULL,
    seal TEXT NOT NULL,
    search_text TEXT NOT NULL
  );
  CREATE TABLE decision (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    text TEXT NOT NULL,
    seal TEXT NOT NULL,
    UNIQUE (id, reviewer)
  );
  -- What has changed, in order; every process reads on from the last it has seen.
  CREATE TABLE change (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL
  );
  CREATE TABLE notification (
    id TEXT NOT NULL,
    channel TEXT NOT NULL,
    about TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    -- NULL: delivered, or given up.
    due_at_ms REAL,
    PRIMARY KEY (id, channel, about)
  ) WITHOUT ROWID;
  CREATE INDEX notification_due ON notification (due_at_ms) WHERE due_at_ms IS NOT NULL;
  CREATE TABLE standing_grant (
    id TEXT PRIMARY KEY,
    text TEXT NOT NULL,
    seal TEXT NOT NULL,
    principal TEXT NOT NULL,
    upstream TEXT NOT NULL,
    action_digest TEXT NOT NULL,
    similar_key TEXT NOT NULL,
    created_at_ms REAL NOT NULL,
    expires_at_ms REAL NOT NULL,
    uses INTEGER NOT NULL,
    revoked_at_ms REAL,
    revoked_by TEXT NOT NULL
  );
  CREATE INDEX grant_principal ON standing_grant (principal, upstream, expires_at_ms);
`;

/** Opens `file`, made with mode 0600 where missing. Throws GH_APPROVALS_FILE or GH_APPROVALS_VERSION. */
export const openApprovalsDatabase = (file: string): DatabaseSync =>
  openSharedFile({
    file,
    synchronous: 'FULL',
    busyTimeoutMs: BUSY_TIMEOUT_MS,
    versions: [SCHEMA],
    cannotBeOpened: {
      fileCode: 'GH_APPROVALS_FILE',
      versionCode: 'GH_APPROVALS_VERSION',
      publicMessage: 'The approvals store cannot be opened.',
      ifDamaged: ': what waits for approval is then asked for again, and standing grants must be given anew',
    },
  });
