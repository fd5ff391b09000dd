/** The tables of approvals in PostgreSQL, made where missing: in the schema that the role's search path names first. */
import { GatehouseError } from '../../../domain/errors.ts';
import type { Run } from './server.ts';

export const SCHEMA_VERSION = 1;
/** Any number that nothing else in the database locks. */
const SCHEMA_LOCK = 7_166_001;

/** The server's own time, whenever it is asked within a statement. */
export const NOW = '(extract(epoch FROM clock_timestamp()) * 1000)::float8';

const TABLES = `
  CREATE TABLE gatehouse_approval (
    id text PRIMARY KEY,
    request_text text NOT NULL,
    request_seal text NOT NULL,
    mode text NOT NULL,
    principal text NOT NULL,
    upstream text NOT NULL,
    action_digest text NOT NULL,
    similar_key text NOT NULL,
    session_id text NOT NULL,
    created_at_ms float8 NOT NULL,
    decide_by_ms float8 NOT NULL,
    use_by_ms float8 NOT NULL,
    search_text text NOT NULL,
    state text NOT NULL,
    state_since_ms float8 NOT NULL,
    why text NOT NULL,
    released_by text,
    repeats integer NOT NULL,
    -- Of mode wait: until when its worker is believed to be there. In no index: it changes every few seconds.
    lease_until_ms float8,
    changed_at_ms float8 NOT NULL
  ) WITH (fillfactor = 70);
  CREATE INDEX gatehouse_approval_open ON gatehouse_approval (state) WHERE state IN ('pending', 'approved');
  -- Names may be longer than an index entry.
  CREATE INDEX gatehouse_approval_action ON gatehouse_approval (action_digest);
  CREATE INDEX gatehouse_approval_similar ON gatehouse_approval (md5(similar_key), id);
  CREATE INDEX gatehouse_approval_session ON gatehouse_approval (session_id, id);
  CREATE INDEX gatehouse_approval_over ON gatehouse_approval (state_since_ms) WHERE state NOT IN ('pending', 'approved');
  CREATE INDEX gatehouse_approval_changed ON gatehouse_approval (changed_at_ms);
  CREATE TABLE gatehouse_decision (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text NOT NULL REFERENCES gatehouse_approval ON DELETE CASCADE,
    reviewer text NOT NULL,
    decision_text text NOT NULL,
    decision_seal text NOT NULL
  );
  CREATE UNIQUE INDEX gatehouse_decision_once ON gatehouse_decision (id, md5(reviewer));
  CREATE TABLE gatehouse_notification (
    id text NOT NULL REFERENCES gatehouse_approval ON DELETE CASCADE,
    channel text NOT NULL,
    about text NOT NULL,
    attempts integer NOT NULL,
    -- NULL: delivered, or given up.
    due_at_ms float8,
    PRIMARY KEY (id, channel, about)
  );
  CREATE INDEX gatehouse_notification_due ON gatehouse_notification (due_at_ms) WHERE due_at_ms IS NOT NULL;
  CREATE TABLE gatehouse_grant (
    id text PRIMARY KEY,
    grant_text text NOT NULL,
    grant_seal text NOT NULL,
    principal text NOT NULL,
    upstream text NOT NULL,
    action_digest text NOT NULL,
    similar_key text NOT NULL,
    created_at_ms float8 NOT NULL,
    expires_at_ms float8 NOT NULL,
    uses integer NOT NULL,
    revoked_at_ms float8,
    revoked_by text NOT NULL
  );
  CREATE INDEX gatehouse_grant_principal ON gatehouse_grant (md5(principal), expires_at_ms);
  CREATE TABLE gatehouse_approvals_schema (version integer NOT NULL);
  INSERT INTO gatehouse_approvals_schema VALUES (${SCHEMA_VERSION});
`;

/** In a transaction. Rejects with GH_APPROVALS_VERSION. */
export async function createSchema(run: Run, where: string): Promise<void> {
  if (!(await isThere(run))) {
    await run('SELECT pg_advisory_xact_lock($1)', [SCHEMA_LOCK]);
    // Somebody else may have made it meanwhile.
    if (!(await isThere(run))) await run(TABLES);
  }
  const { rows } = await run<{ version: number }>('SELECT version FROM gatehouse_approvals_schema');
  const version = rows[0]?.version ?? 0;
  if (version === SCHEMA_VERSION) return;
  throw new GatehouseError('GH_APPROVALS_VERSION', 'The approvals store cannot be opened.', {
    message: `${where} has tables of another version (schema ${version}, this one knows ${SCHEMA_VERSION}). Start that version, or give the gate another database.`,
  });
}

async function isThere(run: Run): Promise<boolean> {
  const { rows } = await run<{ is: boolean }>(
    `SELECT to_regclass('gatehouse_approvals_schema') IS NOT NULL AS is`,
  );
  return rows[0]?.is === true;
}
