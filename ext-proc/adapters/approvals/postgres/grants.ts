/** Standing grants as rows of PostgreSQL. */
import {
  GRANTS_LISTED_MAX,
  type GrantPage,
  type NewGrant,
  type StoredGrant,
} from '../../../domain/approvals/approval-store.ts';
import type { GrantId } from '../../../domain/approvals/standing-grant.ts';
import { boundedName, boundedSealed, KEPT_MS, listed, PRUNED_AT_ONCE } from '../bounds.ts';
import { storedGrant, type GrantRow } from '../stored-rows.ts';
import { NOW } from './schema.ts';
import type { Run } from './server.ts';

const COLUMNS =
  'id, grant_text AS text, grant_seal AS seal, uses, revoked_at_ms, revoked_by FROM gatehouse_grant';
const IS_GOOD = `revoked_at_ms IS NULL AND expires_at_ms > ${NOW}`;

export async function putGrant(run: Run, grant: NewGrant): Promise<void> {
  const { text, seal } = boundedSealed(grant.grant);
  await run(
    `INSERT INTO gatehouse_grant (id, grant_text, grant_seal, principal, upstream, action_digest, similar_key,
       created_at_ms, expires_at_ms, uses, revoked_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, '')
     ON CONFLICT (id) DO NOTHING`,
    [
      grant.id,
      text,
      seal,
      boundedName(grant.principal),
      boundedName(grant.upstream),
      grant.actionDigest,
      boundedName(grant.similarKey),
      grant.createdAtMs,
      grant.expiresAtMs,
    ],
  );
}

/** Newest first. */
export async function grantsFor(
  run: Run,
  principal: string,
  upstream: string,
): Promise<readonly StoredGrant[]> {
  const { rows } = await run<GrantRow>(
    `SELECT ${COLUMNS} WHERE md5(principal) = md5($1) AND principal = $1 AND upstream = $2 AND ${IS_GOOD}
     ORDER BY id DESC LIMIT ${GRANTS_LISTED_MAX}`,
    [boundedName(principal), boundedName(upstream)],
  );
  return rows.map(storedGrant);
}

export async function listGrants(
  run: Run,
  { isGood, limit, after }: GrantPage,
): Promise<readonly StoredGrant[]> {
  const { rows } = await run<GrantRow>(
    `SELECT ${COLUMNS} WHERE ${isGood ? '' : 'NOT'} (${IS_GOOD}) AND ($1::text IS NULL OR id < $1)
     ORDER BY id DESC LIMIT $2`,
    [after ?? null, listed(limit, GRANTS_LISTED_MAX)],
  );
  return rows.map(storedGrant);
}

export async function getGrant(run: Run, id: GrantId): Promise<StoredGrant | undefined> {
  const { rows } = await run<GrantRow>(`SELECT ${COLUMNS} WHERE id = $1`, [boundedName(id)]);
  return rows[0] === undefined ? undefined : storedGrant(rows[0]);
}

export async function useGrant(run: Run, id: GrantId): Promise<boolean> {
  const { rowCount } = await run(`UPDATE gatehouse_grant SET uses = uses + 1 WHERE id = $1 AND ${IS_GOOD}`, [
    id,
  ]);
  return rowCount === 1;
}

export async function revokeGrant(run: Run, id: GrantId, by: string): Promise<boolean> {
  const { rowCount } = await run(
    `UPDATE gatehouse_grant SET revoked_at_ms = ${NOW}, revoked_by = $2 WHERE id = $1 AND ${IS_GOOD}`,
    [id, boundedName(by)],
  );
  return rowCount === 1;
}

export async function pruneGrants(run: Run): Promise<void> {
  await run(
    `DELETE FROM gatehouse_grant WHERE id IN (
       SELECT id FROM gatehouse_grant WHERE expires_at_ms < ${NOW} - ${KEPT_MS} LIMIT ${PRUNED_AT_ONCE})`,
  );
}
