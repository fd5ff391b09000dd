/** The rows of standing grants in SQLite. What writes is called within a transaction. */
import {
  GRANTS_LISTED_MAX,
  type GrantPage,
  type NewGrant,
  type StoredGrant,
} from '../../../domain/approvals/approval-store.ts';
import type { GrantId } from '../../../domain/approvals/standing-grant.ts';
import { boundedName, boundedSealed, KEPT_MS, listed, PRUNED_AT_ONCE } from '../bounds.ts';
import { storedGrant, type GrantRow } from '../stored-rows.ts';
import type { Statements } from './statements.ts';

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
      .all<GrantRow>(
        `SELECT ${COLUMNS} WHERE principal = ? AND upstream = ? AND ${IS_GOOD} ORDER BY id DESC LIMIT ${GRANTS_LISTED_MAX}`,
        boundedName(principal),
        boundedName(upstream),
        nowMs,
      )
      .map(storedGrant);
  }

  list({ isGood, limit, after }: GrantPage, nowMs: number): readonly StoredGrant[] {
    return this.#sql
      .all<GrantRow>(
        `SELECT ${COLUMNS} WHERE ${isGood ? '' : 'NOT'} (${IS_GOOD}) AND (? IS NULL OR id < ?)
           ORDER BY id DESC LIMIT ?`,
        nowMs,
        after ?? null,
        after ?? null,
        listed(limit, GRANTS_LISTED_MAX),
      )
      .map(storedGrant);
  }

  get(id: GrantId): StoredGrant | undefined {
    const row = this.#sql.get<GrantRow>(`SELECT ${COLUMNS} WHERE id = ?`, boundedName(id));
    return row === undefined ? undefined : storedGrant(row);
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
