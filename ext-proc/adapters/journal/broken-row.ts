/** The row that tells auditors of a line that does not fit its chain: `action_kind` is `journal.broken`. */
import type { DecidedRecord } from '../../domain/audit-event.ts';
import { encodeRecord, lineHead, type RecordHead } from '../../domain/audit-line.ts';
import { decidedRow, type RowOrigin } from '../../domain/audit-row.ts';
import { asEventId, asSessionId } from '../../domain/ids.ts';
import { NO_ACTION } from '../../domain/own-record.ts';

export interface BrokenLine {
  readonly segment: number;
  readonly offset: number;
  readonly problem: string;
  /** Time of the record before, microseconds since the epoch; the line's own cannot be trusted. */
  readonly timeUs: number;
  readonly seq: number;
}

/** The same line gives the same event id and time, so it is one row however often it is read. */
export function brokenRow(origin: RowOrigin, line: BrokenLine): string {
  const record: DecidedRecord = {
    type: 'decided',
    time: line.timeUs / 1000,
    event_id: asEventId(`journal-broken-${origin.chain}-${line.segment}-${line.offset}`),
    session_id: asSessionId(''),
    principal_subject: '',
    on_behalf_of: '',
    issuer: '',
    groups: [],
    client_address: '',
    upstream: '',
    protocol: 'journal',
    action_kind: 'journal.broken',
    decision: 'deny',
    rule: 'journal.chain',
    reason: 'a line of the journal was changed, removed or added after it was written',
    ...NO_ACTION,
    policy_bundle: '',
    outcome: 'error',
    error_code: 'GH_JOURNAL_BROKEN',
    details: { problem: line.problem, segment: String(line.segment), offset: String(line.offset) },
  };
  const seq = Math.max(0, line.seq);
  const body = `{"seq":${seq},${encodeRecord(record)}`;
  return decidedRow(origin, { seq, body, hash: '', head: lineHead(body) as RecordHead, intact: false });
}
