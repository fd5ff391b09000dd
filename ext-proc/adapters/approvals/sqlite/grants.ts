/** The rows of standing grants in SQLite. What writes is called within a transaction. */
import type { NewGrant, StoredGrant } from '../../../domain/approvals/approval-store.ts';
import type { GrantId } from '../../../domain/approvals/standing-grant.ts';
import { boundedName, boundedSealed, GRANTS_MAX, KEPT_MS, PRUNED_AT_ONCE } from '../bounds.ts';
import type { Statements } from './statements.ts';

interface Row {
  readonly id: string;
  readonly text: string;
  readonly seal: string;
  readonly uses: number;
  readonly revoked_at_ms: number | null;
  readonly revoked_by: string;
}

const COLUMNS = 'id, text, seal, uses, revoked_at_ms, revoked_by FROM standing_grant';
const IS_GOOD = 'revoked_at_ms IS NULL AND expires_at_ms > ?';

export class GrantRows {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  put(grant: NewGrant): void {
    const { text, seal } = boundedSealed(grant.grant);
    this.#sql.run(
      `INSERT INTO standing_grant (id, text, seal, principal, upstream, action_digest, similar_key, created_at_ms,
         expires_at_ms, uses, revoked_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '') ON CONFLICT (id) DO NOTHING`,
      grant.id,
      text,
      seal,
      boundedName(grant.principal),
      boundedName(grant.upstream),
      grant.actionDigest,
      boundedName(grant.similarKey),
      grant.createdAtMs,
      grant.expiresAtMs,
    );
  }

  /** Newest first. */
  for(principal: string, upstream: string, nowMs: number): readonly StoredGrant[] {
    return this.#sql
      .all<Row>(
        `SELECT ${COLUMNS} WHERE principal = ? AND upstream = ? AND ${IS_GOOD} ORDER BY id DESC LIMIT ${GRANTS_MAX}`,
        boundedName(principal),
        boundedName(upstream),
        nowMs,
      )
      .map(stored);
  }

  list(limit: number): readonly StoredGrant[] {
    return this.#sql
      .all<Row>(`SELECT ${COLUMNS} ORDER BY id DESC LIMIT ?`, Math.min(Math.max(0, limit), GRANTS_MAX))
      .map(stored);
  }

  use(id: GrantId, nowMs: number): boolean {
    return (
      this.#sql.run(`UPDATE standing_grant SET uses = uses + 1 WHERE id = ? AND ${IS_GOOD}`, id, nowMs) > 0
    );
  }

  revoke(id: GrantId, by: string, nowMs: number): boolean {
    const changed = this.#sql.run(
      `UPDATE standing_grant SET revoked_at_ms = ?, revoked_by = ? WHERE id = ? AND ${IS_GOOD}`,
      nowMs,
      boundedName(by),
      id,
      nowMs,
    );
    return changed > 0;
  }

  prune(nowMs: number): void {
    this.#sql.run(
      `DELETE FROM standing_grant WHERE id IN
         (SELECT id FROM standing_grant WHERE expires_at_ms < ? LIMIT ${PRUNED_AT_ONCE})`,
      nowMs - KEPT_MS,
    );
  }
}

const stored = ({
  id,
  text,
  seal,
  uses,
  revoked_at_ms: revokedAtMs,
  revoked_by: revokedBy,
}: Row): StoredGrant => ({
  id: id as GrantId,
  grant: { text, seal },
  uses,
  revokedAtMs: revokedAtMs ?? undefined,
  revokedBy,
});
