/**
 * The two records of an action, as they are journalled (one JSON object a line) and as they become one row of
 * ClickHouse's `events`. Names are the columns' names. Everything in them is already masked (I3).
 */
import type { EventId, SessionId } from './ids.ts';

/** What became of an action. `unknown` is what a crash leaves, and what a row shows until its end is recorded. */
export type Outcome = 'ok' | 'error' | 'denied' | 'cancelled' | 'aborted' | 'not_run' | 'unknown';

/** Appended before a byte of the action goes on. With `outcome` set no `ended` record follows (a denial, a connect). */
export interface DecidedRecord {
  readonly type: 'decided';
  /** Milliseconds since the epoch, with fraction to the microsecond. */
  readonly time: number;
  readonly event_id: EventId;
  /** Of a WebSocket and its messages: the event id of the upgrade. Empty of other requests. */
  readonly session_id: SessionId;
  readonly principal_subject: string;
  /** Empty where the principal acts for itself. */
  readonly on_behalf_of: string;
  readonly issuer: string;
  readonly groups: readonly string[];
  readonly client_address: string;
  readonly upstream: string;
  readonly protocol: string;
  /** For example `postgres.query`, `postgres.parse`, `postgres.execute`, `postgres.connect`, `policy.reload`. */
  readonly action_kind: string;
  readonly decision: 'allow' | 'deny' | 'hold';
  readonly rule: string;
  readonly reason: string;
  /** Rules in report-only mode that would have denied or held. */
  readonly report_only: readonly string[];
  readonly database: string;
  readonly role: string;
  readonly verbs: readonly string[];
  /** Qualified names, `schema.table`; an unresolved one is as written. */
  readonly tables: readonly string[];
  /** MCP: the tool, resource or prompt that is asked for. */
  readonly tool?: string;
  readonly statement: string;
  readonly fingerprint: string;
  /** SHA-256, hex, of the action's canonical form. */
  readonly action_digest: string;
  /** SHA-256, hex, of the policy bundle that decided. */
  readonly policy_bundle: string;
  /** Of what a human was asked about: the approval's id, in every event that belongs to it. */
  readonly approval_id?: string;
  readonly outcome?: Outcome;
  /** SQLSTATE or the gate's code, where `outcome` is set and not `ok`. */
  readonly error_code?: string;
  /** HTTP: the status that the client got, where `outcome` is set. */
  readonly status?: number;
  /** Anything of the action's that has no column: string values only. */
  readonly details?: Readonly<Record<string, string>>;
}

/** Appended before the end of the answer is released. */
export interface EndedRecord {
  readonly type: 'ended';
  readonly time: number;
  readonly event_id: EventId;
  readonly session_id: SessionId;
  readonly outcome: Outcome;
  /** SQLSTATE or the gate's code; empty where the outcome is `ok`. */
  readonly error_code: string;
  /** HTTP: the status that the client got. */
  readonly status?: number;
  /** Kept to the microsecond. */
  readonly duration_ms: number;
  /** WebSocket: messages, both ways. */
  readonly rows: number;
  readonly bytes_in: number;
  readonly bytes_out: number;
  /** Count of masks by kind and column, for example `{"card:people.card": 3}`. */
  readonly masks: Readonly<Record<string, number>>;
}

export type AuditRecord = DecidedRecord | EndedRecord;

/** What the journal needs to know of a record, whatever else is in it. */
export type RecordKey = Pick<AuditRecord, 'type' | 'event_id' | 'session_id'> & {
  readonly outcome?: Outcome | undefined;
};

declare const receiptBrand: unique symbol;
/**
 * Proof that a record was appended at the configured durability. Only the journal makes one, and what releases
 * bytes takes one as an argument (I1): releasing without a record does not compile.
 */
export interface Receipt {
  readonly [receiptBrand]: true;
}

/**
 * The journal as the walk needs it.
 * `append` resolves once the record is written (or fsynced, as configured), in call order; it rejects with code
 * `GH_JOURNAL_UNAVAILABLE` when it cannot be, and whoever asked denies (I2).
 */
export interface AuditJournal {
  append(record: AuditRecord): Promise<Receipt>;
  /** As `append`, for a record that was encoded by `audit-line.ts`: where much of it is the same time after time. */
  appendEncoded(key: RecordKey, members: string): Promise<Receipt>;
}
