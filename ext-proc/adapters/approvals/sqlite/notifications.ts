/** The outbox of notifications in SQLite. Every method is called within a transaction. */
import type { ApprovalId } from '../../../domain/approvals/approval-request.ts';
import type { ApprovalStore, DueNotification } from '../../../domain/approvals/approval-store.ts';
import { boundedName, CHANNELS_MAX, listed } from '../bounds.ts';
import type { Statements } from './statements.ts';

export class NotificationRows {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  add(id: ApprovalId, channels: readonly string[], about: DueNotification['about'], nowMs: number): void {
    for (const channel of channels.slice(0, CHANNELS_MAX)) {
      this.#sql.run(
        `INSERT INTO notification (id, channel, about, attempts, due_at_ms) VALUES (?, ?, ?, 0, ?)
         ON CONFLICT (id, channel, about) DO NOTHING`,
        id,
        boundedName(channel),
        about,
        nowMs,
      );
    }
  }

  areDue(nowMs: number): boolean {
    return (
      this.#sql.get(
        'SELECT 1 FROM notification WHERE due_at_ms IS NOT NULL AND due_at_ms <= ? LIMIT 1',
        nowMs,
      ) !== undefined
    );
  }

  take(limit: number, leaseMs: number, nowMs: number): readonly DueNotification[] {
    return this.#sql
      .all<{ id: string; channel: string; about: DueNotification['about']; attempts: number }>(
        `UPDATE notification SET attempts = attempts + 1, due_at_ms = ? WHERE (id, channel, about) IN (
           SELECT id, channel, about FROM notification WHERE due_at_ms IS NOT NULL AND due_at_ms <= ?
           ORDER BY due_at_ms LIMIT ?) RETURNING id, channel, about, attempts`,
        nowMs + leaseMs,
        nowMs,
        listed(limit),
      )
      .map(({ id, channel, about, attempts }) => ({
        id: id as ApprovalId,
        channel,
        about,
        attempt: attempts,
      }));
  }

  settle(
    { id, channel, about, attempt }: DueNotification,
    outcome: Parameters<ApprovalStore['settleNotification']>[1],
    nowMs: number,
  ): void {
    const againInMs = outcome.delivered ? undefined : outcome.againInMs;
    // What was delivered is so whoever has it by now; a failure counts only for the one who still has it.
    this.#sql.run(
      'UPDATE notification SET due_at_ms = ? WHERE id = ? AND channel = ? AND about = ? AND (? OR attempts = ?)',
      againInMs === undefined ? null : nowMs + againInMs,
      id,
      channel,
      about,
      outcome.delivered ? 1 : 0,
      attempt,
    );
  }
}
