/** How the console writes events of approvals into its journal. */
import { approvalRecord, type ApprovalEvent } from '../domain/approvals/approval-event.ts';
import type { ApprovalRequest } from '../domain/approvals/approval-request.ts';
import type { AuditJournal, Receipt } from '../domain/audit-event.ts';
import type { Clock } from '../domain/clock.ts';
import type { RandomBytes } from '../domain/ids.ts';
import type { Log } from '../domain/log.ts';

export interface RecordDeps {
  readonly journal: AuditJournal;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly log: Log;
}

/** Rejects where it cannot be recorded. */
export const recordEvent = (
  { journal, clock, random }: Omit<RecordDeps, 'log'>,
  request: ApprovalRequest,
  event: ApprovalEvent,
): Promise<Receipt> => journal.append(approvalRecord(request, event, clock.nowMs(), random));

/**
 * Records that it is about to be decided; the function then says what came of it. A crash in between leaves an open record,
 * whose outcome is `unknown`.
 */
export async function recordDecision(
  { journal, clock, random, log }: RecordDeps,
  request: ApprovalRequest,
  event: ApprovalEvent,
): Promise<(outcome: 'ok' | 'denied' | 'error', code: string) => Promise<void>> {
  const startedAtMs = clock.monotonicMs();
  const { outcome: _, ...record } = approvalRecord(request, event, clock.nowMs(), random);
  await journal.append(record);
  return async (outcome, code) => {
    await journal
      .append({
        type: 'ended',
        time: clock.nowMs(),
        event_id: record.event_id,
        session_id: record.session_id,
        outcome,
        error_code: code,
        duration_ms: clock.monotonicMs() - startedAtMs,
        rows: 0,
        bytes_in: 0,
        bytes_out: 0,
        masks: {},
      })
      .catch((error: unknown) =>
        log.error({ err: error, approval: request.id }, 'what came of a decision could not be recorded'),
      );
  };
}
