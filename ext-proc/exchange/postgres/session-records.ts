/**
 * The records of a session that are not statements: connects, refused logins, cancels, renewals, ends.
 */
import type { DecidedRecord, Outcome, Receipt } from '../../domain/audit-event.ts';
import { asEventId, uuidV7, type EventId, type SessionId } from '../../domain/ids.ts';
import type { Principal } from '../../domain/principal.ts';
import type { PostgresGate } from './gate.ts';

export interface SessionFacts {
  readonly sessionId: SessionId;
  readonly principal: Principal | undefined;
  readonly clientAddress: string;
  readonly upstream: string;
  readonly database: string;
  readonly role: string;
}

export interface SessionEvent {
  readonly kind: string;
  readonly decision: 'allow' | 'deny' | 'hold';
  readonly rule: string;
  readonly reason: string;
  readonly outcome: Outcome | undefined;
  readonly errorCode?: string;
  readonly policyBundle?: string;
  readonly reportOnly?: readonly string[];
  readonly details?: Readonly<Record<string, string>>;
}

/** Appends a record of one session, under what is known of it by then. */
export type RecordSession = (event: SessionEvent) => { eventId: EventId; receipt: Promise<Receipt> };

/** Appends one; with `outcome` it is the whole story. */
export function recordSessionEvent(
  gate: PostgresGate,
  facts: SessionFacts,
  event: SessionEvent,
): { eventId: EventId; receipt: Promise<Receipt> } {
  const timeMs = gate.clock.nowMs();
  const eventId = asEventId(uuidV7(timeMs, gate.random(10)));
  const record: DecidedRecord = {
    type: 'decided',
    time: timeMs,
    event_id: eventId,
    session_id: facts.sessionId,
    principal_subject: facts.principal?.subject ?? '',
    on_behalf_of: facts.principal?.onBehalfOf ?? '',
    issuer: facts.principal?.issuer ?? '',
    groups: facts.principal?.groups ?? [],
    client_address: facts.clientAddress,
    upstream: facts.upstream,
    protocol: 'postgres',
    action_kind: event.kind,
    decision: event.decision,
    rule: event.rule,
    reason: event.reason,
    report_only: event.reportOnly ?? [],
    database: facts.database,
    role: facts.role,
    verbs: [],
    tables: [],
    statement: '',
    fingerprint: '',
    action_digest: '',
    policy_bundle: event.policyBundle ?? gate.policy.bundleHash,
    ...(event.outcome === undefined ? undefined : { outcome: event.outcome }),
    ...(event.errorCode === undefined ? undefined : { error_code: event.errorCode }),
    ...(event.details === undefined ? undefined : { details: event.details }),
  };
  return { eventId, receipt: gate.journal.append(record) };
}
