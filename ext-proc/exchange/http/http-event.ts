/**
 * One audited request from its decision to its end. Owns the pairing of its two records: a request that was let through is
 * ended exactly once, whatever becomes of its stream.
 */
import type { DecidedRecord, Outcome, Receipt } from '../../domain/audit-event.ts';
import type { Decision } from '../../domain/decision.ts';
import { asEventId, asSessionId, uuidV7, type EventId, type SessionId } from '../../domain/ids.ts';
import type { Principal } from '../../domain/principal.ts';
import type { HttpGate, HttpRoute } from './http-gate.ts';
import { MaskCounts } from './mask-counts.ts';

/** What of a request is recorded; everything in it is masked already (I3). */
export interface RecordedRequest {
  readonly kind: string;
  readonly method: string;
  readonly template: string;
  readonly tool: string;
  readonly statement: string;
  readonly digest: string;
  /** Where people were asked about it. */
  readonly approvalId?: string | undefined;
  readonly details: Readonly<Record<string, string>>;
}

export interface HttpCaller {
  /** Undefined where nobody was identified. */
  readonly principal: Principal | undefined;
  readonly clientAddress: string;
  readonly route: HttpRoute;
}

/** How a request ended that went no further than its decision. */
export interface Ending {
  readonly outcome: Outcome;
  readonly code: string;
  readonly status?: number;
}

export class HttpEvent {
  readonly eventId: EventId;
  readonly #gate: HttpGate;
  readonly #startedMs: number;
  bytesIn = 0;
  bytesOut = 0;
  status: number | undefined;
  /** Messages of a WebSocket, both ways. */
  rows = 0;
  /** Of what belongs to a WebSocket: the id of its own event. */
  sessionId: SessionId = asSessionId('');
  readonly #masks = new MaskCounts();
  /** Its `decided` record is appended and waits for its end. */
  #open = false;
  #ended = false;

  constructor(gate: HttpGate) {
    this.#gate = gate;
    this.#startedMs = gate.clock.monotonicMs();
    this.eventId = asEventId(uuidV7(gate.clock.nowMs(), gate.random(10)));
  }

  /** A part was masked: its kind, and the pattern of the field where one is marked. */
  readonly count = (kind: string, field: string | undefined): void => this.#masks.add(kind, field);

  /** Appends the `decided` record. With `ending` it is the whole story. */
  async decided(
    caller: HttpCaller,
    request: RecordedRequest,
    decision: Decision,
    ending?: Ending,
  ): Promise<Receipt> {
    if (ending !== undefined) this.#ended = true;
    const { principal, clientAddress, route } = caller;
    const record: DecidedRecord = {
      type: 'decided',
      time: this.#gate.clock.nowMs(),
      event_id: this.eventId,
      session_id: this.sessionId,
      principal_subject: principal?.subject ?? '',
      on_behalf_of: principal?.onBehalfOf ?? '',
      issuer: principal?.issuer ?? '',
      groups: principal?.groups ?? [],
      client_address: clientAddress,
      upstream: route.upstream.name,
      protocol: route.upstream.protocol,
      action_kind: request.kind,
      decision: decision.verdict,
      rule: decision.rule,
      // It may name a tool, which is the client's own text.
      reason: this.#gate.masking.masker.maskRecordText(decision.reason),
      report_only: decision.reportOnly.map((finding) => finding.rule),
      database: '',
      role: '',
      verbs: [request.method],
      tables: request.template === '' ? [] : [request.template],
      tool: request.tool,
      statement: request.statement,
      fingerprint: '',
      action_digest: request.digest,
      policy_bundle: decision.bundleHash,
      ...(request.approvalId === undefined ? {} : { approval_id: request.approvalId }),
      details: { route: route.name, inspection: route.inspection, ...request.details },
      ...(ending === undefined
        ? {}
        : {
            outcome: ending.outcome,
            error_code: ending.code,
            ...(ending.status === undefined ? {} : { status: ending.status }),
          }),
    };
    const receipt = await this.#gate.journal.append(record);
    this.#open = ending === undefined;
    return receipt;
  }

  /** Appends the `ended` record; undefined where it was ended before, or nothing of it was recorded. */
  end(outcome: Outcome, errorCode = ''): Promise<Receipt> | undefined {
    if (this.#ended || !this.#open) return undefined;
    this.#ended = true;
    return this.#gate.journal.append({
      type: 'ended',
      time: this.#gate.clock.nowMs(),
      event_id: this.eventId,
      session_id: this.sessionId,
      outcome,
      error_code: errorCode,
      ...(this.status === undefined ? {} : { status: this.status }),
      duration_ms: Math.max(0, this.#gate.clock.monotonicMs() - this.#startedMs),
      rows: this.rows,
      bytes_in: this.bytesIn,
      bytes_out: this.bytesOut,
      masks: this.#masks.byName,
    });
  }
}
