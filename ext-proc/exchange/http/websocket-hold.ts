/**
 * A message of a client's that policy holds, from the moment it is asked about to its end. The WebSocket stays open
 * meanwhile; what has been approved is read and judged anew, and goes on behind its own record. Form of its seal:
 * `websocket/2`, the opening request's and the message's bytes. Both are shown: what the message does hangs on the query
 * and the header with which its WebSocket was opened.
 */
import { hash } from 'node:crypto';
import type { Receipt } from '../../domain/audit-event.ts';
import type { ApprovalId } from '../../domain/approvals/approval-request.ts';
import { maskText } from '../../protocols/websocket/text-message.ts';
import type { Message } from '../../protocols/websocket/message-reader.ts';
import type { ApprovalDesk } from '../approvals/approval-desk.ts';
import type { ApprovalLinks } from './approval-problems.ts';
import type { DecidableRequest } from './dialect.ts';
import { digestOf, headDigest, shownHead } from './held-api-request.ts';
import type { HeldForm } from './held-form.ts';
import { HeldRequest, leftRefusal, type HeldRefusal, type Used } from './held-request.ts';
import { holdRequest } from './hold-request.ts';
import { HttpEvent, type HttpCaller } from './http-event.ts';
import type { HttpGate } from './http-gate.ts';
import { readObligations } from './obligations.ts';
import { judgeMessage, type MessageVerdict, type OpenedWebSocket } from './websocket-message.ts';

/** What messages are held by; undefined where approvals are not to be had. */
export interface MessageApprovals {
  readonly desk: ApprovalDesk;
  readonly linksOf: (id: ApprovalId) => ApprovalLinks;
  /** Of the session's token. */
  readonly expiresAtMs: number;
}

export interface MessageHoldOptions {
  readonly gate: HttpGate;
  readonly caller: HttpCaller;
  readonly opened: OpenedWebSocket;
  readonly approvals: MessageApprovals;
  /** The session's own. */
  readonly session: Pick<HttpEvent, 'sessionId'>;
  readonly message: Message;
}

export type MessageEnd =
  | {
      readonly kind: 'released';
      readonly payload: Buffer;
      readonly receipt: Receipt | undefined;
      /** To be called once it has been sent, or is known not to be: ends its record. Rejects where that cannot be written. */
      readonly settled: (sent: boolean) => Promise<unknown>;
    }
  /** Recorded. `id`: of the approval, or else of the event. */
  | { readonly kind: 'denied'; readonly code: string; readonly rule: string; readonly id: string }
  /** The session has ended meanwhile; recorded. */
  | { readonly kind: 'left' };

type HeldVerdict = Extract<MessageVerdict, { kind: 'held' }>;

export class MessageHold {
  readonly #options: MessageHoldOptions;
  readonly #held: HeldRequest;
  readonly #event: HttpEvent;
  #left = false;

  constructor(options: MessageHoldOptions) {
    const { gate, approvals, session } = options;
    this.#options = options;
    this.#held = new HeldRequest({ gate, desk: approvals.desk, linksOf: approvals.linksOf });
    this.#event = new HttpEvent(gate);
    this.#event.sessionId = session.sessionId;
  }

  /** The session ends. */
  leave(): void {
    this.#left = true;
    this.#held.leave();
  }

  /** Rejects where it cannot be asked for, or recorded: then it does not go on. */
  async ended(approved?: ApprovalId): Promise<MessageEnd> {
    const verdict = this.#judge();
    if (verdict.kind === 'allowed')
      return {
        kind: 'released',
        payload: verdict.payload,
        receipt: undefined,
        settled: () => Promise.resolve(),
      };
    if (verdict.kind === 'denied') {
      const { decision, record } = verdict;
      const code = decision.rule.startsWith('GH_') ? decision.rule : 'GH_DENIED';
      await this.#event.decided(this.#options.caller, record, decision, { outcome: 'denied', code });
      return { kind: 'denied', code, rule: decision.rule, id: this.#event.eventId };
    }
    const { gate, approvals } = this.#options;
    const { decision, sent, terms } = verdict;
    const { passage, digest } = await holdRequest(
      this.#held,
      {
        gate,
        event: this.#event,
        request: sent,
        described: { kind: 'http.message', tool: '', held: heldMessage(sent, this.#options.message) },
        decision,
        obligations: readObligations(decision, sent.route, gate.masking),
        terms,
        mode: terms.mode ?? 'wait',
        expiresAtMs: approvals.expiresAtMs,
      },
      { approved, waitMs: 0 },
    );
    const sealed = { ...verdict, record: { ...verdict.record, digest: digest ?? verdict.record.digest } };
    if (passage.kind === 'refused') return this.#refused(sealed, passage.refusal);
    if (passage.kind === 'waits') {
      const settled = await passage.settled();
      return settled.ok ? this.ended(settled.approved) : this.#refused(sealed, settled);
    }
    // What nobody waits for any more uses nothing up.
    if (this.#left) return this.#refused(sealed, leftRefusal(approved));
    const used = await passage.use();
    return used.ok ? this.#released(sealed, used) : this.#refused(sealed, used);
  }

  #judge(): MessageVerdict {
    const { gate, opened, message } = this.#options;
    // What is masked in it was counted when it came.
    return judgeMessage(gate, opened, message, () => undefined);
  }

  async #released({ decision, record, payload }: HeldVerdict, used: Used): Promise<MessageEnd> {
    const receipt = await this.#event.decided(
      this.#options.caller,
      { ...record, approvalId: used.approvalId, details: { ...record.details, ...used.details } },
      decision,
    );
    const settled = (sent: boolean): Promise<unknown> =>
      this.#event.end(sent ? 'ok' : 'not_run') ?? Promise.resolve();
    return { kind: 'released', payload, receipt, settled };
  }

  async #refused(
    { decision, record }: HeldVerdict,
    { approvalId, problem, left }: HeldRefusal,
  ): Promise<MessageEnd> {
    const { code } = problem;
    const outcome = left === true ? 'cancelled' : 'denied';
    await this.#event.decided(this.#options.caller, { ...record, approvalId }, decision, { outcome, code });
    if (left === true) return { kind: 'left' };
    return { kind: 'denied', code, rule: code, id: approvalId ?? this.#event.eventId };
  }
}

function heldMessage(sent: DecidableRequest, { type, payload }: Message): HeldForm {
  const { head, route } = sent;
  const place = route.upstream.templates.match(head.path)?.template ?? head.path;
  return {
    whole: type === 'text',
    digest: (cookies) =>
      digestOf('websocket/2', sent, cookies, [
        ['type', type],
        ['message', hash('sha256', payload, 'hex')],
      ]),
    similarKey: (cookies) => `message ${place} ${headDigest(sent, cookies, head.fields, 'this target')}`,
    words: `message over WebSocket to ${place} on ${route.upstream.name}`,
    language: 'text',
    payload: (masking, cookies) => {
      const shown = maskText(payload, { ...masking, numbersStayNumbers: false, count: () => undefined });
      return `${shownHead(sent, masking, cookies)}\n\n${shown.toString('utf8')}`;
    },
    facts: [
      ['path', head.path],
      ['host', head.host],
      ['route', route.name],
    ],
    sealedBody: undefined,
    carried: undefined,
  };
}
