/**
 * How records are written as members of a journal line, and read back. Pure. The order of the first members is fixed
 * (`type`, `time`, `session_id`, `event_id`, then the outcome), so that a reader finds them without parsing the rest,
 * and the two records of an action can be joined as text. Only the contract's fields are written, whatever else an
 * object carries, and none that is empty: a reader takes what is absent for empty. `time` is written in whole microseconds since the epoch: a number that every JSON reader keeps exact.
 */
import type { AuditRecord, DecidedRecord, EndedRecord, Outcome } from './audit-event.ts';
import { asEventId, asSessionId } from './ids.ts';

/** A statement is kept up to this many UTF-16 units; `details.statement_cut` then holds the whole length. */
export const RECORD_STATEMENT_CHARS_MAX = 1_048_576;

/** What a reader needs to know at once of a record's line. */
export interface RecordHead {
  readonly type: 'decided' | 'ended';
  readonly timeUs: number;
  readonly sessionId: string;
  readonly eventId: string;
  /** Always there in an `ended` line. */
  readonly outcome: string | undefined;
  /** Where `"outcome":` begins in the line; -1 without one. */
  readonly outcomeAt: number;
}

/** A line's type, and more of a record's. */
export type LineHead = RecordHead | { readonly type: 'segment' } | { readonly type: 'closed' };

/** Milliseconds with fraction to whole microseconds; what is not a time is 0. */
export function microseconds(timeMs: number): number {
  const us = Math.round(timeMs * 1000);
  return Number.isSafeInteger(us) && us >= 0 ? us : 0;
}

const count = (value: number): number =>
  value >= 0 && value <= Number.MAX_SAFE_INTEGER ? Math.trunc(value) : 0;
const amount = (value: number): number => (value >= 0 && value < 1e15 ? value : 0);

/** JSON.stringify writes half a surrogate pair as \udXXX, which other JSON readers refuse: such text is mended. */
function mended(json: string, value: unknown): string {
  return json.includes('\\ud') ? JSON.stringify(wellFormed(value)) : json;
}

const quote = (text: string): string => mended(JSON.stringify(text), text);

function counts(values: Readonly<Record<string, number>>): string {
  let text = '';
  for (const key in values) text += (text === '' ? '' : ',') + quote(key) + ':' + count(values[key] ?? 0);
  return text;
}

let second = 0;
let secondText = '0';

/**
 * Whole microseconds as decimal digits. A double of that size takes its time to print, and most times share their second.
 */
function decimalMicroseconds(timeMs: number): string {
  const us = microseconds(timeMs);
  const seconds = Math.floor(us / 1_000_000);
  if (seconds === 0) return String(us);
  if (seconds !== second) {
    second = seconds;
    secondText = String(seconds);
  }
  return secondText + String(1_000_000 + (us - seconds * 1_000_000)).slice(1);
}

/** Milliseconds to the microsecond, printed as two small integers for the same reason. */
function decimalDuration(durationMs: number): string {
  const us = Math.round(amount(durationMs) * 1_000);
  if (us >= 2 ** 31) return String(us / 1_000);
  const ms = Math.floor(us / 1_000);
  const rest = us - ms * 1_000;
  return rest === 0 ? String(ms) : ms + '.' + String(1_000 + rest).slice(1);
}

function encodeEnded(record: EndedRecord): string {
  const masks = counts(record.masks);
  return (
    `"type":"ended","time":${decimalMicroseconds(record.time)},"session_id":${quote(record.session_id)}` +
    `,"event_id":${quote(record.event_id)},"outcome":"${record.outcome}"` +
    (record.error_code === '' ? '' : `,"error_code":${quote(record.error_code)}`) +
    (record.status === undefined ? '' : `,"status":${count(record.status)}`) +
    `,"duration_ms":${decimalDuration(record.duration_ms)},"rows":${count(record.rows)},"bytes_in":${count(record.bytes_in)}` +
    `,"bytes_out":${count(record.bytes_out)}` +
    (masks === '' ? '' : `,"masks":{${masks}}`)
  );
}

const some = (text: string): string | undefined => (text === '' ? undefined : text);
const any = (list: readonly string[]): readonly string[] | undefined =>
  list.length === 0 ? undefined : list;

/** What many decided records have in common, encoded once; only `encodeDecidedConstant` makes it. */
export type DecidedConstant = Omit<
  DecidedRecord,
  | 'type'
  | 'time'
  | 'event_id'
  | 'session_id'
  | 'statement'
  | 'action_digest'
  | 'approval_id'
  | 'outcome'
  | 'error_code'
  | 'status'
  | 'details'
>;

/** The rest of a record, with `encodeStatement`'s text in the statement's place. */
export interface DecidedRest extends Pick<
  DecidedRecord,
  | 'time'
  | 'event_id'
  | 'session_id'
  | 'action_digest'
  | 'approval_id'
  | 'outcome'
  | 'error_code'
  | 'status'
  | 'details'
> {
  readonly statement: string;
}

/** The members that stay the same, for `encodeDecidedWith`. */
export function encodeDecidedConstant(record: DecidedConstant): string {
  const members = {
    principal_subject: some(record.principal_subject),
    on_behalf_of: some(record.on_behalf_of),
    issuer: some(record.issuer),
    groups: any(record.groups),
    client_address: some(record.client_address),
    upstream: some(record.upstream),
    protocol: record.protocol,
    action_kind: record.action_kind,
    decision: record.decision,
    rule: some(record.rule),
    reason: some(record.reason),
    report_only: any(record.report_only),
    database: some(record.database),
    role: some(record.role),
    verbs: any(record.verbs),
    tables: any(record.tables),
    tool: some(record.tool ?? ''),
    fingerprint: some(record.fingerprint),
    policy_bundle: some(record.policy_bundle),
  };
  return mended(JSON.stringify(members), members).slice(1, -1);
}

/** A statement's text as a member of its own, its length kept in `details` where it is cut: empty for no text. */
export function encodeStatement(text: string): string {
  if (text === '') return '';
  const cut = text.length > RECORD_STATEMENT_CHARS_MAX ? text.slice(0, RECORD_STATEMENT_CHARS_MAX) : text;
  return ',"statement":' + quote(cut);
}

/** A decided record as members of a line, from what was encoded before and the rest of it. */
export function encodeDecidedWith(constant: string, rest: DecidedRest): string {
  const { outcome, error_code: errorCode, details } = rest;
  return (
    `"type":"decided","time":${decimalMicroseconds(rest.time)},"session_id":${quote(rest.session_id)}` +
    `,"event_id":${quote(rest.event_id)}` +
    (outcome === undefined ? '' : `,"outcome":"${outcome}"`) +
    (outcome === undefined || errorCode === undefined || errorCode === ''
      ? ''
      : `,"error_code":${quote(errorCode)}`) +
    (outcome === undefined || rest.status === undefined ? '' : `,"status":${count(rest.status)}`) +
    ',' +
    constant +
    rest.statement +
    (rest.action_digest === '' ? '' : `,"action_digest":${quote(rest.action_digest)}`) +
    (rest.approval_id === undefined ? '' : `,"approval_id":${quote(rest.approval_id)}`) +
    (details === undefined ? '' : ',"details":' + mended(JSON.stringify(details), details))
  );
}

function encodeDecided(record: DecidedRecord): string {
  const cut = record.statement.length > RECORD_STATEMENT_CHARS_MAX;
  return encodeDecidedWith(encodeDecidedConstant(record), {
    ...record,
    statement: encodeStatement(record.statement),
    ...(cut ? { details: { ...record.details, statement_cut: String(record.statement.length) } } : undefined),
  });
}

function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key.toWellFormed(), wellFormed(member)]),
  );
}

/** A record as members of a line: JSON text without braces. */
export function encodeRecord(record: AuditRecord): string {
  return record.type === 'ended' ? encodeEnded(record) : encodeDecided(record);
}

const STRING = '"([^"\\\\]*(?:\\\\.[^"\\\\]*)*)"';
const RECORD_HEAD = new RegExp(
  `^\\{"seq":\\d+,"type":"(decided|ended)","time":(\\d+),"session_id":${STRING},"event_id":${STRING},(?:"outcome":"([a-z_]+)",)?`,
);
const OTHER_HEAD = /^\{"seq":\d+,"type":"(segment|closed)",/;
const unquote = (text: string): string => (text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text);

/** What a line (or its body) is, from its first members alone; undefined where it is no line of a journal. */
export function lineHead(line: string): LineHead | undefined {
  const head = RECORD_HEAD.exec(line);
  if (head !== null) {
    const outcome = head[5];
    if (head[1] === 'ended' && outcome === undefined) return undefined;
    return {
      type: head[1] as 'decided' | 'ended',
      timeUs: Number(head[2]),
      sessionId: unquote(head[3] as string),
      eventId: unquote(head[4] as string),
      outcome,
      outcomeAt: outcome === undefined ? -1 : head[0].length - `"outcome":"${outcome}",`.length,
    };
  }
  const type = OTHER_HEAD.exec(line)?.[1];
  return type === 'segment' || type === 'closed' ? { type } : undefined;
}

const OUTCOMES: readonly string[] = ['ok', 'error', 'denied', 'cancelled', 'aborted', 'not_run', 'unknown'];
const DECISIONS: readonly string[] = ['allow', 'deny', 'hold'];

/** A line read back as the record it holds; undefined where it holds none in form. Fit for lines nobody vouches for. */
export function decodeRecord(line: string): AuditRecord | undefined {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || typeof value['time'] !== 'number') return undefined;
  const text = (key: string): string => (typeof value[key] === 'string' ? value[key] : '');
  const number = (key: string): number => (typeof value[key] === 'number' ? value[key] : 0);
  const list = (key: string): string[] =>
    Array.isArray(value[key]) ? (value[key] as unknown[]).filter((member) => typeof member === 'string') : [];
  const map = <T>(key: string, type: string): Record<string, T> => {
    const found = value[key];
    if (typeof found !== 'object' || found === null || Array.isArray(found)) return {};
    return Object.fromEntries(Object.entries(found).filter(([, member]) => typeof member === type)) as Record<
      string,
      T
    >;
  };
  if (text('event_id') === '') return undefined;
  const head = {
    time: value['time'] / 1000,
    event_id: asEventId(text('event_id')),
    session_id: asSessionId(text('session_id')),
  };
  const outcome = OUTCOMES.includes(text('outcome')) ? (text('outcome') as Outcome) : undefined;
  if (value['type'] === 'ended') {
    if (outcome === undefined) return undefined;
    return {
      type: 'ended',
      ...head,
      outcome,
      error_code: text('error_code'),
      ...(typeof value['status'] === 'number' ? { status: value['status'] } : {}),
      duration_ms: number('duration_ms'),
      rows: number('rows'),
      bytes_in: number('bytes_in'),
      bytes_out: number('bytes_out'),
      masks: map<number>('masks', 'number'),
    };
  }
  if (value['type'] !== 'decided' || !DECISIONS.includes(text('decision'))) return undefined;
  return {
    type: 'decided',
    ...head,
    principal_subject: text('principal_subject'),
    on_behalf_of: text('on_behalf_of'),
    issuer: text('issuer'),
    groups: list('groups'),
    client_address: text('client_address'),
    upstream: text('upstream'),
    protocol: text('protocol'),
    action_kind: text('action_kind'),
    decision: text('decision') as DecidedRecord['decision'],
    rule: text('rule'),
    reason: text('reason'),
    report_only: list('report_only'),
    database: text('database'),
    role: text('role'),
    verbs: list('verbs'),
    tables: list('tables'),
    ...(text('tool') === '' ? {} : { tool: text('tool') }),
    statement: text('statement'),
    fingerprint: text('fingerprint'),
    action_digest: text('action_digest'),
    policy_bundle: text('policy_bundle'),
    ...(text('approval_id') === '' ? {} : { approval_id: text('approval_id') }),
    ...(outcome === undefined ? {} : { outcome, error_code: text('error_code') }),
    ...(outcome === undefined || typeof value['status'] !== 'number' ? {} : { status: value['status'] }),
    ...(value['details'] === undefined ? {} : { details: map<string>('details', 'string') }),
  };
}
