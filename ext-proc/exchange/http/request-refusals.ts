/** How a request is refused: its record first, then the answer in the form of whoever asked. */
import { gateDenial, type Decision } from '../../domain/decision.ts';
import type { Problem } from '../../protocols/http/problem-details.ts';
import { problemReply } from './api-dialect.ts';
import type { DescribedRequest } from './dialect.ts';
import type { HeldRefusal } from './held-request.ts';
import type { HttpCaller, HttpEvent, RecordedRequest } from './http-event.ts';
import type { HttpGate, HttpRoute } from './http-gate.ts';
import type { GateReply, HttpWire, RequestAttributes } from './http-wire.ts';

/** What is refused, with what was made of it. */
export interface RefusedRequest {
  readonly described: DescribedRequest;
  readonly decision: Decision;
  readonly record: RecordedRequest;
}

export class RequestRefusals {
  readonly #gate: HttpGate;
  readonly #event: HttpEvent;
  readonly #wire: Pick<HttpWire, 'reply'>;

  constructor(gate: HttpGate, event: HttpEvent, wire: Pick<HttpWire, 'reply'>) {
    this.#gate = gate;
    this.#event = event;
    this.#wire = wire;
  }

  /** By policy, or by the gate where that cannot be held to. */
  async deny(
    caller: HttpCaller,
    { described, decision, record }: RefusedRequest,
    status = 403,
  ): Promise<undefined> {
    const isHold = decision.verdict === 'hold';
    const isOwn = decision.rule.startsWith('GH_');
    const code = isOwn ? decision.rule : isHold ? 'GH_APPROVAL_NEEDED' : 'GH_DENIED';
    const detail = isHold
      ? `This needs a human's approval, and approvals are not available here: ${decision.reason}`
      : decision.reason;
    const { eventId } = this.#event;
    const reply = described.denial({ status, code, detail, rule: decision.rule, eventId });
    await this.#event.decided(caller, record, decision, { outcome: 'denied', code, status: reply.status });
    this.#wire.reply(reply);
  }

  /** Of what people must approve, did not, or can no longer: the row says of which approval. */
  async held(
    caller: HttpCaller,
    { described, decision, record }: RefusedRequest,
    { problem, approvalId, left }: HeldRefusal,
  ): Promise<undefined> {
    const { code } = problem;
    const reply = described.denial({ ...problem, rule: decision.rule, eventId: this.#event.eventId });
    await this.#event.decided(
      caller,
      { ...record, approvalId },
      decision,
      left === true ? { outcome: 'cancelled', code } : { outcome: 'denied', code, status: reply.status },
    );
    if (left !== true) this.#wire.reply(reply);
  }

  /** By the gate, of a request that is not described. */
  async refuse(
    caller: HttpCaller,
    record: RecordedRequest,
    problem: Problem,
    replyOf: (problem: Problem) => GateReply = problemReply,
  ): Promise<undefined> {
    const { code, detail } = problem;
    const reply = replyOf({ ...problem, eventId: this.#event.eventId });
    const decision = gateDenial(code, detail, this.#gate.policy.bundleHash);
    await this.#event.decided(caller, record, decision, { outcome: 'denied', code, status: reply.status });
    this.#wire.reply(reply);
  }

  /** Of somebody who is not known: a row for each would let a flood fill the journal. */
  count(
    { name, upstream }: HttpRoute,
    { clientAddress }: RequestAttributes,
    { code, detail }: Problem,
  ): void {
    this.#gate.refusedConnections.refused({
      protocol: upstream.protocol,
      kind: `${upstream.protocol}.refused`,
      reason: detail,
      listener: name,
      upstream: upstream.name,
      clientAddress,
      code,
    });
  }
}
