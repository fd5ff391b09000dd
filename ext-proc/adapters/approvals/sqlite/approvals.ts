/** The rows of approvals in SQLite. What writes is called within a transaction. */
import type { SQLInputValue } from 'node:sqlite';
import type { ApprovalId } from '../../../domain/approvals/approval-request.ts';
import {
  LEASE_MS,
  type ApprovalFilter,
  type Decided,
  type NewApproval,
  type Opened,
  type OpenLimits,
  type StoredApproval,
} from '../../../domain/approvals/approval-store.ts';
import type { Sealed } from '../../../domain/approvals/seals.ts';
import type { EventId, SessionId } from '../../../domain/ids.ts';
import {
  boundedName,
  boundedSealed,
  boundedSearchText,
  FINAL_KEPT_MAX,
  KEPT_MS,
  listed,
  PRUNED_AT_ONCE,
  searchWords,
  SWEPT_MAX,
} from '../bounds.ts';
import { storedApproval, type ApprovalRow } from '../stored-rows.ts';
import type { Statements } from './statements.ts';

interface Row extends ApprovalRow {
  readonly decide_by_ms: number;
}

const COLUMNS = `a.id, r.text, r.seal, a.state, a.state_since_ms, a.decide_by_ms, a.why, a.released_by, a.repeats
  FROM approval a JOIN request r ON r.id = a.id`;
const IS_OPEN = `state IN ('pending', 'approved')`;
const IS_LATE = `(state = 'pending' AND decide_by_ms <= ?2) OR (state = 'approved' AND use_by_ms <= ?2)`;

export class ApprovalRows {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  open(approval: NewApproval, limits: OpenLimits, nowMs: number): Opened {
    const principal = boundedName(approval.principal);
    if (approval.mode === 'retry') {
      const same = this.#sql.get<{ id: string }>(
        `UPDATE approval SET repeats = repeats + 1 WHERE id = (
           SELECT id FROM approval WHERE principal = ? AND action_digest = ? AND mode = 'retry'
             AND state = 'pending' AND decide_by_ms > ? ORDER BY id DESC LIMIT 1) RETURNING id`,
        principal,
        approval.actionDigest,
        nowMs,
      );
      if (same !== undefined) return { kind: 'joined', id: same.id as ApprovalId };
    }
    const pending = this.#sql.get<{ own: number; together: number }>(
      `SELECT count(*) AS together, count(CASE WHEN principal = ? THEN 1 END) AS own FROM approval
       WHERE ${IS_OPEN} AND state = 'pending' AND decide_by_ms > ?`,
      principal,
      nowMs,
    ) as { own: number; together: number };
    if (pending.own >= limits.pendingPerPrincipal) return { kind: 'too-many', of: 'principal' };
    if (pending.together >= limits.pendingMax) return { kind: 'too-many', of: 'all' };
    const { text, seal } = boundedSealed(approval.request);
    this.#sql.run(
      `INSERT INTO approval (id, mode, principal, upstream, action_digest, similar_key, session_id, created_at_ms,
         decide_by_ms, use_by_ms, state, state_since_ms, why, repeats, lease_until_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, '', 0, ?)`,
      approval.id,
      approval.mode,
      principal,
      boundedName(approval.upstream),
      approval.actionDigest,
      boundedName(approval.similarKey),
      approval.sessionId,
      approval.createdAtMs,
      approval.decideByMs,
      approval.useByMs,
      nowMs,
      approval.mode === 'wait' ? nowMs + LEASE_MS : null,
    );
    this.#sql.run(
      'INSERT INTO request (id, text, seal, search_text) VALUES (?, ?, ?, ?)',
      approval.id,
      text,
      seal,
      boundedSearchText(approval.searchText),
    );
    return { kind: 'opened' };
  }

  get(id: ApprovalId): StoredApproval | undefined {
    const row = this.#sql.get<Row>(`SELECT ${COLUMNS} WHERE a.id = ?`, id);
    return row === undefined ? undefined : this.#stored(row);
  }

  findForAction(principal: string, actionDigest: string, nowMs: number): StoredApproval | undefined {
    const row = this.#sql.get<Row>(
      `SELECT ${COLUMNS} WHERE a.principal = ? AND a.action_digest = ? AND a.mode = 'retry' AND (
         (a.state = 'approved' AND a.use_by_ms > ?) OR (a.state IN ('pending', 'denied') AND a.decide_by_ms > ?))
       ORDER BY CASE a.state WHEN 'approved' THEN 0 WHEN 'pending' THEN 1 ELSE 2 END, a.id DESC LIMIT 1`,
      boundedName(principal),
      actionDigest,
      nowMs,
      nowMs,
    );
    return row === undefined ? undefined : this.#stored(row);
  }

  list(filter: ApprovalFilter): readonly StoredApproval[] {
    const conditions: string[] = [];
    const values: SQLInputValue[] = [];
    const where = (condition: string, ...given: readonly SQLInputValue[]): void => {
      conditions.push(condition);
      values.push(...given);
    };
    const { states, similarKey, principal, sessionId, before } = filter;
    if (states !== undefined) where(`a.state IN (${states.map(() => '?').join()})`, ...states);
    if (similarKey !== undefined) where('a.similar_key = ?', boundedName(similarKey));
    if (principal !== undefined) where('a.principal = ?', boundedName(principal));
    if (sessionId !== undefined) where('a.session_id = ?', sessionId);
    if (before !== undefined) where('a.id < ?', before);
    for (const word of searchWords(filter)) where('instr(r.search_text, ?) > 0', word);
    const sql = `SELECT ${COLUMNS} ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
      ORDER BY a.id DESC LIMIT ?`;
    return this.#sql.all<Row>(sql, ...values, listed(filter.limit)).map((row) => this.#stored(row));
  }

  decide(
    id: ApprovalId,
    reviewer: string,
    decision: Sealed,
    judge: (decisions: readonly Sealed[]) => 'pending' | 'approved' | 'denied',
    nowMs: number,
  ): Decided {
    const row = this.#sql.get<Row>(`SELECT ${COLUMNS} WHERE a.id = ?`, id);
    if (row === undefined) return { kind: 'unknown' };
    if (row.state !== 'pending') return { kind: 'closed', state: row.state };
    // The next sweep says so in the store.
    if (row.decide_by_ms <= nowMs) return { kind: 'closed', state: 'expired' };
    const { text, seal } = boundedSealed(decision);
    const added = this.#sql.run(
      'INSERT INTO decision (id, reviewer, text, seal) VALUES (?, ?, ?, ?) ON CONFLICT (id, reviewer) DO NOTHING',
      id,
      boundedName(reviewer),
      text,
      seal,
    );
    if (added === 0) return { kind: 'again' };
    const state = judge(this.#decisions(id));
    if (state !== 'pending') {
      this.#sql.run('UPDATE approval SET state = ?, state_since_ms = ? WHERE id = ?', state, nowMs, id);
    }
    return { kind: 'decided', state };
  }

  release(id: ApprovalId, eventId: EventId, nowMs: number): boolean {
    const changed = this.#sql.run(
      `UPDATE approval SET state = 'released', state_since_ms = ?, released_by = ?
       WHERE id = ? AND state = 'approved' AND use_by_ms > ?`,
      nowMs,
      eventId,
      id,
      nowMs,
    );
    return changed > 0;
  }

  cancel(id: ApprovalId, why: string, nowMs: number): boolean {
    const changed = this.#sql.run(
      `UPDATE approval SET state = 'cancelled', state_since_ms = ?, why = ? WHERE id = ? AND ${IS_OPEN}`,
      nowMs,
      boundedName(why),
      id,
    );
    return changed > 0;
  }

  cancelSession(sessionId: SessionId, why: string, nowMs: number): readonly ApprovalId[] {
    return this.#sql
      .all<{ id: ApprovalId }>(
        `UPDATE approval SET state = 'cancelled', state_since_ms = ?, why = ?
       WHERE session_id = ? AND mode = 'wait' AND ${IS_OPEN} RETURNING id`,
        nowMs,
        boundedName(why),
        sessionId,
      )
      .map(({ id }) => id);
  }

  keepAlive(ids: readonly ApprovalId[], nowMs: number): void {
    for (const id of ids) {
      this.#sql.run(
        `UPDATE approval SET lease_until_ms = ? WHERE id = ? AND mode = 'wait' AND ${IS_OPEN}`,
        nowMs + LEASE_MS,
        id,
      );
    }
  }

  /** Those that time has ended, whatever they are called yet. */
  ended(nowMs: number, leasesCount: boolean): readonly ApprovalId[] {
    return this.#sql
      .all<{ id: ApprovalId }>(
        `SELECT id FROM approval WHERE ${IS_OPEN} AND ((state = 'pending' AND decide_by_ms <= ?) OR
         (state = 'approved' AND use_by_ms <= ?) OR (? AND mode = 'wait' AND lease_until_ms <= ?)) LIMIT ${SWEPT_MAX}`,
        nowMs,
        nowMs,
        leasesCount ? 1 : 0,
        nowMs,
      )
      .map(({ id }) => id);
  }

  end(ids: readonly ApprovalId[], nowMs: number): readonly StoredApproval[] {
    return ids.flatMap((id) => {
      this.#sql.run(
        `UPDATE approval SET state_since_ms = ?2,
           why = CASE WHEN ${IS_LATE} THEN 'GH_APPROVAL_EXPIRED' ELSE 'GH_APPROVAL_ABANDONED' END,
           state = CASE WHEN ${IS_LATE} THEN 'expired' ELSE 'abandoned' END WHERE id = ?1`,
        id,
        nowMs,
      );
      return this.get(id) ?? [];
    });
  }

  /** Forgets what has long been over, some of it at a time. */
  prune(nowMs: number): void {
    const over = this.#sql.all<{ id: string }>(
      `SELECT id FROM approval WHERE state NOT IN ('pending', 'approved') AND state_since_ms < max(?, coalesce((
         SELECT state_since_ms FROM approval WHERE state NOT IN ('pending', 'approved')
         ORDER BY state_since_ms DESC LIMIT 1 OFFSET ${FINAL_KEPT_MAX}), 0))
       ORDER BY state_since_ms LIMIT ${PRUNED_AT_ONCE}`,
      nowMs - KEPT_MS,
    );
    for (const { id } of over) {
      for (const table of ['decision', 'notification', 'request', 'approval'])
        this.#sql.run(`DELETE FROM ${table} WHERE id = ?`, id);
    }
  }

  #stored(row: Row): StoredApproval {
    return storedApproval(row, this.#decisions(row.id));
  }

  #decisions(id: string): readonly Sealed[] {
    return this.#sql
      .all<Sealed>('SELECT text, seal FROM decision WHERE id = ? ORDER BY seq', id)
      .map(({ text, seal }) => ({ text, seal }));
  }
}
