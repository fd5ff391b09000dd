/** Audit records for tests: complete, plausible, and different where a test says so. */
import type { DecidedRecord, EndedRecord } from '../../ext-proc/domain/audit-event.ts';
import { asEventId, asSessionId, uuidV7 } from '../../ext-proc/domain/ids.ts';
import type { Clock } from '../../ext-proc/domain/clock.ts';
import type { Log } from '../../ext-proc/domain/log.ts';

export const systemClock: Clock = {
  nowMs: () => performance.timeOrigin + performance.now(),
  monotonicMs: () => performance.now(),
};

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

const SESSION = asSessionId('0192f000-0000-7000-8000-00000000beef');

/** A stable event id for a number below 2^32. */
export function eventId(number: number): ReturnType<typeof asEventId> {
  const random = new Uint8Array(10);
  new DataView(random.buffer).setUint32(6, number);
  return asEventId(uuidV7(1_764_000_000_000, random));
}

export function decided(number: number, more: Partial<DecidedRecord> = {}): DecidedRecord {
  return {
    type: 'decided',
    time: 1_764_000_000_000 + number / 1000,
    event_id: eventId(number),
    session_id: SESSION,
    principal_subject: 'agent:claude-1',
    on_behalf_of: 'alice@example.com',
    issuer: 'https://issuer.example.com',
    groups: ['developers'],
    client_address: '127.0.0.1:54321',
    upstream: 'sample',
    protocol: 'postgres',
    action_kind: 'postgres.execute',
    decision: 'allow',
    rule: 'default',
    reason: 'nothing forbids it',
    report_only: [],
    database: 'app',
    role: 'app',
    verbs: ['SELECT'],
    tables: ['public.people'],
    statement: 'SELECT name FROM people WHERE id = $1',
    fingerprint: '50fde20626009aba',
    action_digest: 'b'.repeat(64),
    policy_bundle: 'c'.repeat(64),
    ...more,
  };
}

export function ended(number: number, more: Partial<EndedRecord> = {}): EndedRecord {
  return {
    type: 'ended',
    time: 1_764_000_000_000 + number / 1000 + 1.25,
    event_id: eventId(number),
    session_id: SESSION,
    outcome: 'ok',
    error_code: '',
    duration_ms: 1.25,
    rows: 1,
    bytes_in: 120,
    bytes_out: 340,
    masks: {},
    ...more,
  };
}
