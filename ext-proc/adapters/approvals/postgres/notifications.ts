/** The outbox of notifications in PostgreSQL. */
import type { ApprovalId } from '../../../domain/approvals/approval-request.ts';
import type { ApprovalStore, DueNotification } from '../../../domain/approvals/approval-store.ts';
import { boundedName, CHANNELS_MAX, listed } from '../bounds.ts';
import { NOW } from './schema.ts';
import type { Run } from './server.ts';

export async function insertNotifications(
  run: Run,
  id: ApprovalId,
  channels: readonly string[],
  about: DueNotification['about'],
): Promise<void> {
  if (channels.length === 0) return;
  await run(
    `INSERT INTO gatehouse_notification (id, channel, about, attempts, due_at_ms)
     SELECT DISTINCT $1, channel, $3, 0, ${NOW} FROM unnest($2::text[]) AS channel
     WHERE EXISTS (SELECT FROM gatehouse_approval WHERE id = $1) ON CONFLICT (id, channel, about) DO NOTHING`,
    [id, channels.slice(0, CHANNELS_MAX).map(boundedName), about],
  );
}

export async function takeNotifications(
  run: Run,
  limit: number,
  leaseMs: number,
): Promise<readonly DueNotification[]> {
  const { rows } = await run<{
    id: ApprovalId;
    channel: string;
    about: DueNotification['about'];
    attempts: number;
  }>(
    `UPDATE gatehouse_notification SET attempts = attempts + 1, due_at_ms = ${NOW} + $2 WHERE (id, channel, about) IN (
       SELECT id, channel, about FROM gatehouse_notification WHERE due_at_ms IS NOT NULL AND due_at_ms <= ${NOW}
       ORDER BY due_at_ms LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING id, channel, about, attempts`,
    [listed(limit), leaseMs],
  );
  return rows.map(({ attempts, ...due }) => ({ ...due, attempt: attempts }));
}

export async function settleNotification(
  run: Run,
  { id, channel, about, attempt }: DueNotification,
  outcome: Parameters<ApprovalStore['settleNotification']>[1],
): Promise<void> {
  const againInMs = outcome.delivered ? undefined : outcome.againInMs;
  // What was delivered is so whoever has it by now; a failure counts only for the one who still has it.
  await run(
    `UPDATE gatehouse_notification SET due_at_ms = ${NOW} + $4::float8
     WHERE id = $1 AND channel = $2 AND about = $3 AND ($5 OR attempts = $6)`,
    [id, channel, about, againInMs ?? null, outcome.delivered, attempt],
  );
}
