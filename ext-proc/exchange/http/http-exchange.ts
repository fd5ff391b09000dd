/**
 * The walk of one HTTP request: who sends it, what it is, what policy says, its record, and then its way to the upstream
 * and back. Nothing of it goes on before its `decided` record is appended (I1), and the end of its answer not before the
 * `ended` one.
 */
import type { ApprovalId } from '../../domain/approvals/approval-request.ts';
import type { HoldTerms } from '../../domain/approvals/hold-terms.ts';
import { GatehouseError } from '../../domain/errors.ts';
import { asSessionId, type SessionId } from '../../domain/ids.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Principal } from '../../domain/principal.ts';
import { fieldValue, NO_HEADER_CHANGES, type HeaderFields } from '../../protocols/http/header-fields.ts';
import type { ApprovalNotice, Problem } from '../../protocols/http/problem-details.ts';
import { UNSEALED_CONTEXT } from '../../protocols/http/sealed-headers.ts';
import { readRequestHead } from '../../protocols/http/request-head.ts';
import { mcpDialect } from '../mcp/mcp-dialect.ts';
import { apiDialect, problemReply } from './api-dialect.ts';
import { approvalLinks, approvalStatusReply } from './approval-status.ts';
import { discoveryReply, unauthorizedReply } from './authorization-replies.ts';
import type { DecidableRequest, Dialect } from './dialect.ts';
import { HeldRequest, type UseApproval } from './held-request.ts';
import { holdRequest, wayOf } from './hold-request.ts';
import { HttpAnswer, type Admitted } from './http-answer.ts';
import { HttpEvent, type Ending, type HttpCaller } from './http-event.ts';
import type { HttpGate, HttpRoute, LiveRequest } from './http-gate.ts';
import type { GateReply, HttpExchange, HttpWire, ReplyStream, RequestAttributes } from './http-wire.ts';
import { identify } from './identify.ts';
import { judgedRequest } from './judged-request.ts';
import { hidingCredential, readObligations, type HttpObligations } from './obligations.ts';
import { policyInput } from './policy-input.ts';
import { ProgressWire } from './progress-wire.ts';
import { actsAsProblem, bareRecord, NO_ROUTE, upgradeReply } from './refused-request.ts';
import { NO_BODY, readRequestBody, unreadBody } from './request-body.ts';
import { CREDENTIALS } from './request-changes.ts';
import { releaseRequest } from './release-request.ts';
import { RequestIntake } from './request-intake.ts';
import { RequestRefusals, type RefusedRequest } from './request-refusals.ts';
import { requestRecord } from './request-record.ts';
import { requestTransform } from './request-transform.ts';
import { atExpiry } from './token-expiry.ts';
import type { MessageApprovals } from './websocket-hold.ts';
import { upstreamCredential } from './upstream-credential.ts';
import { upgradeChanges, upgradeRefusal } from './websocket-upgrade.ts';
import { keptFields } from './withheld-headers.ts';

/** A request with what was made of it. */
interface Decided extends RefusedRequest {
  readonly request: DecidableRequest;
  readonly obligations: HttpObligations;
}

/** Waits, and resolves with what it was waited for, once it is to be decided anew; undefined where it never runs. */
type Wait = () => Promise<ApprovalId | undefined>;

export class HttpRequestExchange implements HttpExchange, LiveRequest {
  readonly #gate: HttpGate;
  readonly #attributes: RequestAttributes;
  /** Where an answer of the gate's own may go out piece by piece. */
  readonly #stream: ReplyStream | undefined;
  /** Where it goes on, and is answered: another one where its client is told while it waits. */
  #wire: HttpWire;
  readonly #event: HttpEvent;
  readonly #intake: RequestIntake;
  readonly #refusals: RequestRefusals;
  #principal: Principal | undefined;
  /** Once the request was let through. */
  #answer: HttpAnswer | undefined;
  /** Names of trailers that have come behind the request's body. */
  #requestTrailers: readonly string[] | undefined;
  #isUpgrade = false;
  /** Of the token. */
  #expiresAtMs = 0;
  #stopExpiry: (() => void) | undefined;
  /** Where policy holds it. */
  #held: HeldRequest | undefined;
  /** Where its client is told while it waits. */
  #progress: ProgressWire | undefined;
  /** Of a client that looks what has become of an approval. */
  #looking: AbortController | undefined;
  #closed = false;

  constructor(gate: HttpGate, attributes: RequestAttributes, wire: HttpWire, stream?: ReplyStream) {
    this.#gate = gate;
    this.#attributes = attributes;
    this.#wire = wire;
    this.#stream = stream;
    this.#event = new HttpEvent(gate);
    this.#refusals = new RequestRefusals(gate, this.#event, {
      reply: (reply) => this.#wire.reply(reply),
    });
    this.#intake = new RequestIntake((held) => wire.hold(held), gate.waiting);
  }

  get principal(): Principal {
    return this.#principal as Principal;
  }

  // --- the request ----------------------------------------------------------------------------------------------

  onRequestHeaders(fields: HeaderFields, endOfStream: boolean): void {
    this.#isUpgrade = fieldValue(fields, 'upgrade') !== undefined;
    this.#request(fields, endOfStream).catch((error: unknown) => this.#unexpected(error));
  }

  onRequestBody(body: Buffer, endOfStream: boolean): void {
    this.#event.bytesIn += body.length;
    if (this.#isEarly()) return this.#broken('GH_WS_EARLY', undefined);
    this.#intake.receive(body, endOfStream);
    if (this.#answer === undefined && this.#gate.waiting.bytes > LIMITS.httpWaitingTotalBytesMax)
      this.#tooMuch();
  }

  /** Nothing of it was decided, so nothing has gone on. */
  #tooMuch(): void {
    if (this.#closed) return;
    const detail = 'More waits to be decided than the gate can hold; try again in a moment.';
    this.#gate.metrics.refused('GH_HTTP_BUSY');
    this.#wire.reply(problemReply({ status: 503, code: 'GH_HTTP_BUSY', detail }));
    this.onClosed();
  }

  /**
   * Whether a client sends more than it may before its WebSocket is open. Reading less would keep the server's answer away
   * too: both come by one stream.
   */
  #isEarly(): boolean {
    const isOpen = this.#answer?.webSocket !== undefined;
    return this.#isUpgrade && !isOpen && this.#event.bytesIn > LIMITS.websocketEarlyBytesMax;
  }

  /** They end the body, and go on without a line: nothing of them was decided. */
  onRequestTrailers(fields: HeaderFields): void {
    this.#requestTrailers = fields.map(([name]) => name);
    this.#intake.receive(Buffer.alloc(0), true);
  }

  /** What is given on of the request's body; its end is that of the trailers, where there are some. */
  #sendUpstream(pieces: readonly Buffer[], end: boolean): void {
    const trailers = this.#requestTrailers;
    this.#wire.sendUpstream(pieces, end && trailers === undefined);
    if (end && trailers !== undefined) this.#wire.continueTrailers('request', { set: [], remove: trailers });
  }

  async #request(fields: HeaderFields, endOfStream: boolean): Promise<void> {
    const status = approvalStatusReply(this.#gate, this.#attributes, fields, () => {
      this.#looking = new AbortController();
      return this.#looking.signal;
    });
    if (status !== undefined) return this.#wire.reply(await status);
    const route = this.#gate.routes.get(this.#attributes.route);
    if (route === undefined) return this.#wire.reply(problemReply(NO_ROUTE));
    const discovery = discoveryReply(this.#gate, route, this.#attributes, fields);
    if (discovery !== undefined) return this.#wire.reply(discovery);

    const identified = await identify(this.#gate, fields);
    if (this.#closed) return;
    if (!identified.ok) {
      const { status, code, publicMessage, principal } = identified;
      this.#gate.metrics.refused(code);
      const problem: Problem = { status, code, detail: publicMessage };
      const replyOf = (told: Problem): GateReply =>
        unauthorizedReply(route, this.#attributes, fields, identified, told);
      if (principal !== undefined) {
        return this.#refusals.refuse(this.#caller(route, principal), bareRecord(fields), problem, replyOf);
      }
      this.#refusals.count(route, this.#attributes, problem);
      return this.#wire.reply(replyOf(problem));
    }
    this.#principal = identified.principal;
    this.#expiresAtMs = identified.expiresAtMs;
    this.#gate.live.add(this);
    const caller = this.#caller(route, identified.principal);

    const read = readRequestHead(fields);
    if (!read.ok) {
      return this.#refusals.refuse(caller, bareRecord(fields), {
        status: read.status,
        code: read.code,
        detail: read.publicMessage,
      });
    }
    const kept = keptFields(read.head.fields, CREDENTIALS, route.upstream.withheldHeaders);
    if (!kept.ok) {
      const { refusal } = this.#dialect(route);
      return this.#refusals.refuse(caller, bareRecord(fields), actsAsProblem(kept.actsAs), refusal);
    }
    const head = { ...read.head, fields: kept.fields };
    const isRead = route.inspection === 'full';
    const unfit = head.websocket && isRead ? upgradeRefusal(head) : undefined;
    if (unfit !== undefined) {
      const { status, code, publicMessage } = unfit;
      return this.#refusals.refuse(
        caller,
        bareRecord(fields),
        { status, code, detail: publicMessage },
        upgradeReply,
      );
    }
    const { principal } = identified;
    await this.#walk(
      caller,
      { route, principal, clientAddress: this.#attributes.clientAddress, head },
      endOfStream,
    );
  }

  /** Once, and again for what has waited for people: then it is read, and decided, from its beginning. */
  async #walk(
    caller: HttpCaller,
    request: Omit<DecidableRequest, 'body'>,
    endOfStream: boolean,
    approved?: ApprovalId,
  ): Promise<void> {
    const { head, route } = request;
    const isRead = route.inspection === 'full';
    const body = !isRead
      ? // What a WebSocket carries is as unread there as a body.
        unreadBody(head.contentLength ?? null, endOfStream && !head.websocket)
      : head.websocket
        ? NO_BODY
        : await readRequestBody(head, this.#intake, endOfStream);
    if (this.#closed || body === undefined) return;
    if (!body.ok) {
      return this.#refusals.refuse(caller, bareRecord(head.fields), {
        status: body.status,
        code: body.code,
        detail: body.publicMessage,
      });
    }
    const wait = await this.#decide(caller, { ...request, body }, approved);
    const decided = await wait?.();
    if (decided === undefined || this.#closed) return;
    // Its token may have expired meanwhile, or its principal be blocked.
    const identified = await identify(this.#gate, head.fields);
    if (this.#closed) return;
    if (identified.ok)
      return this.#walk(caller, { ...request, principal: identified.principal }, endOfStream, decided);
    const { status, code, publicMessage } = identified;
    await this.#refusals.refuse(caller, bareRecord(head.fields), { status, code, detail: publicMessage });
  }

  async #decide(
    caller: HttpCaller,
    request: DecidableRequest,
    approved: ApprovalId | undefined,
  ): Promise<Wait | undefined> {
    const { route } = request;
    const described = this.#dialect(route).describe(request);
    if (!described.ok) {
      const { status, code, publicMessage, reply } = described;
      return this.#refusals.refuse(
        caller,
        bareRecord(request.head.fields),
        { status, code, detail: publicMessage },
        reply,
      );
    }
    this.#cancel(described.cancels);
    const started = this.#gate.clock.monotonicMs();
    const input = policyInput(route, request.principal, request.clientAddress, described.action);
    const policy = this.#gate.policy.decide(input);
    const asked = readObligations(policy, route, this.#gate.masking);
    const decision = judgedRequest(policy, request, asked);
    this.#gate.metrics.stage('decide', this.#gate.clock.monotonicMs() - started);
    this.#gate.metrics.decided(route.upstream.name, decision.verdict);
    const obligations = decision === policy ? asked : readObligations(decision, route, this.#gate.masking);
    const record = requestRecord(request, described, this.#gate.masking.masker, obligations.recordMarks);
    const decided: Decided = { request, described, decision, obligations, record };
    const { approvals } = this.#gate;
    if (decision.verdict === 'allow') return this.#goOn(caller, decided, undefined);
    if (decision.verdict === 'deny' || approvals === undefined || decision.hold === undefined)
      return this.#refusals.deny(caller, decided);
    this.#held ??= new HeldRequest({
      gate: this.#gate,
      desk: approvals,
      linksOf: approvalLinks(approvals, this.#attributes, request.head.fields),
    });
    return this.#hold(this.#held, caller, { ...decided, terms: decision.hold }, approved);
  }

  #dialect({ upstream }: HttpRoute): Dialect {
    return upstream.protocol === 'mcp' ? mcpDialect(this.#gate) : apiDialect;
  }

  /** Its client does not wait any more for another request of its own, whatever becomes of this one. */
  #cancel(key: SessionId | undefined): void {
    if (key === undefined) return;
    this.#gate.approvals?.cancelSession(key, 'GH_APPROVAL_LEFT').catch((error: unknown) => {
      this.#gate.log.warn({ err: error }, 'a request that waits for approval could not be cancelled');
    });
  }

  /** What policy holds is refused, or waits, or goes on by an approval. */
  async #hold(
    held: HeldRequest,
    caller: HttpCaller,
    decided: Decided & { readonly terms: HoldTerms },
    approved: ApprovalId | undefined,
  ): Promise<Wait | undefined> {
    const { mode, waitMs } = wayOf(decided.terms, decided.request, decided.described.progress);
    const { passage, digest } = await holdRequest(
      held,
      { ...decided, mode, gate: this.#gate, event: this.#event, expiresAtMs: this.#expiresAtMs },
      { approved, waitMs },
    );
    const sealed = { ...decided, record: { ...decided.record, digest: digest ?? decided.record.digest } };
    switch (passage.kind) {
      case 'refused':
        return this.#refusals.held(caller, sealed, passage.refusal);
      case 'through':
        return this.#goOn(caller, sealed, passage.use);
      case 'waits':
        this.#tell(decided, passage.notice);
        return async () => {
          const settled = await passage.settled();
          this.#progress?.quiet();
          return settled.ok ? settled.approved : this.#refusals.held(caller, sealed, settled);
        };
    }
  }

  /** A client that can be told while it waits is: from here on the request goes by a wire of the gate's own. */
  #tell({ described: { progress: form }, request }: Decided, notice: ApprovalNotice): void {
    const { progress } = this.#gate;
    const stream = this.#stream;
    if (progress === undefined || form === undefined || stream === undefined || this.#closed) return;
    this.#progress ??= new ProgressWire({
      progress,
      stream,
      form,
      upstream: request.route.upstream.name,
      eventId: this.#event.eventId,
      fields: request.head.fields,
      hasBody: request.body.policy.kind !== 'none' || request.body.bytes !== undefined,
      receiver: this,
      failed: (code, error) => void this.#failed(code, error),
    });
    this.#wire = this.#progress;
    this.#progress.tell(notice);
  }

  /** Its row is there before its client is told. */
  async #failed(code: string, error: unknown): Promise<void> {
    try {
      await this.#event.end('error', code);
    } catch (failure) {
      this.#gate.log.warn({ err: failure }, 'the end of a request could not be recorded');
    }
    this.#broken(code, error);
  }

  async #goOn(caller: HttpCaller, decided: Decided, use: UseApproval | undefined): Promise<undefined> {
    const { request, described, decision, obligations, record } = decided;
    const { route } = request;
    const transform = requestTransform(request.body, obligations, this.#event);
    const found = await upstreamCredential(this.#gate, caller, decision.bundleHash);
    if (this.#closed) return;
    if (!found.ok) return this.#refusals.deny(caller, { ...decided, decision: found.denial }, found.status);
    const { credential } = found;
    const used = await use?.();
    if (used?.ok === false) return this.#refusals.held(caller, decided, used);
    const isDecisionOnly = route.inspection === 'authz';
    const isSession = request.head.websocket && route.inspection === 'full';
    if (isSession) this.#event.sessionId = asSessionId(this.#event.eventId);
    const receipt = await this.#event.decided(
      caller,
      {
        ...record,
        approvalId: used?.approvalId,
        details: { ...record.details, ...obligations.revealed, ...used?.details },
      },
      decision,
      isDecisionOnly ? DECISION_ONLY : undefined,
    );
    // Its client has gone meanwhile: nothing of it has gone on.
    if (this.#closed) return void (await this.#event.end('not_run'));
    const { method, fields } = request.head;
    const upgrade = isSession ? upgradeChanges(fields, this.#gate.random) : undefined;
    this.#answer = this.#answerOf(route, {
      described,
      obligations: hidingCredential(obligations, credential, this.#gate.masking),
      method,
      upgrade:
        upgrade === undefined
          ? undefined
          : { caller, request, key: upgrade.key, approvals: this.#messageApprovals(fields) },
    });
    const dialect = upgrade?.changes ?? described.requestHeaders;
    // Messages that are held later are shown with this header, and approved with it.
    const isSealed = used !== undefined || (isSession && this.#gate.approvals !== undefined);
    const own = isSealed ? { ...dialect, remove: [...dialect.remove, ...UNSEALED_CONTEXT] } : dialect;
    const replaced = used === undefined ? described.withoutOwn : described.held.sealedBody;
    const released = { credential, obligations, transform, own, replaced };
    releaseRequest(receipt, request, released, {
      intake: this.#intake,
      continueHeaders: (changes) => this.#wire.continueHeaders('request', changes),
      sendUpstream: (pieces, end) => this.#sendUpstream(pieces, end),
      broken: (code, error) => this.#broken(code, error),
    });
  }

  #messageApprovals(fields: HeaderFields): MessageApprovals | undefined {
    const { approvals: desk } = this.#gate;
    if (desk === undefined) return undefined;
    return { desk, linksOf: approvalLinks(desk, this.#attributes, fields), expiresAtMs: this.#expiresAtMs };
  }

  #answerOf(route: HttpRoute, admitted: Admitted): HttpAnswer {
    return new HttpAnswer({
      gate: this.#gate,
      route,
      wire: this.#wire,
      event: this.#event,
      admitted,
      takeClient: (receive) => this.#intake.release(receive),
      streams: () => this.#endAtExpiry(),
      broken: (code, error) => this.#broken(code, error),
      unexpected: (error) => this.#unexpected(error),
      gone: () => this.onClosed(),
    });
  }

  // --- refusals -------------------------------------------------------------------------------------------------

  #caller(route: HttpRoute, principal: Principal | undefined): HttpCaller {
    return { principal, clientAddress: this.#attributes.clientAddress, route };
  }

  /** Something failed where nothing may: nothing goes on (I2). */
  #unexpected(error: unknown): void {
    if (this.#closed) return;
    const code = error instanceof GatehouseError ? error.code : 'GH_INTERNAL';
    this.#gate.log.warn({ err: error }, 'request failed');
    this.#event.end('error', code)?.catch(() => undefined);
    this.#wire.reply(
      problemReply({
        status: 503,
        code,
        detail: 'The gate cannot decide this now, so it is denied. Try again in a moment.',
      }),
    );
  }

  // --- the answer -----------------------------------------------------------------------------------------------

  onResponseHeaders(fields: HeaderFields, endOfStream: boolean): void {
    // An answer of Envoy's own to a request that has not gone on.
    if (this.#answer === undefined) return this.#wire.continueHeaders('response', NO_HEADER_CHANGES);
    this.#answer.onHeaders(fields, endOfStream);
  }

  onResponseBody(body: Buffer, endOfStream: boolean): void {
    if (this.#answer === undefined) return this.#wire.sendDownstream([body], endOfStream);
    this.#answer.onBody(body, endOfStream);
  }

  onResponseTrailers(fields: HeaderFields): void {
    if (this.#answer === undefined) return this.#wire.continueTrailers('response', NO_HEADER_CHANGES);
    this.#answer.onTrailers(fields);
  }

  #endAtExpiry(): void {
    this.#stopExpiry = atExpiry(this.#gate.clock, this.#expiresAtMs, () =>
      this.terminate('GH_TOKEN_EXPIRED'),
    );
  }

  // --- ends -----------------------------------------------------------------------------------------------------

  /** Part of it has gone on: the stream is reset, so that nobody takes the part for the whole. */
  #broken(code: string, error: unknown): void {
    if (this.#closed) return;
    this.#gate.log.warn({ err: error, code }, 'a body could not be carried to its end');
    if (this.#answer !== undefined) this.#event.end('error', code)?.catch(() => undefined);
    this.#wire.abort(code);
    this.onClosed();
  }

  terminate(code: string): void {
    if (this.#closed) return;
    const { webSocket } = this.#answer ?? {};
    if (webSocket !== undefined) return webSocket.terminate(code);
    if (this.#held?.end(code) === true) return;
    this.#event.end('aborted', code)?.catch(() => undefined);
    this.#wire.abort(code);
    this.onClosed();
  }

  drain(): void {
    this.#answer?.webSocket?.terminate('GH_DRAINED');
    this.#held?.end('GH_DRAINED');
  }

  onClosed(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#looking?.abort();
    this.#held?.leave();
    this.#progress?.closed();
    this.#stopExpiry?.();
    this.#gate.live.delete(this);
    this.#intake.close();
    this.#answer?.closed();
    if (this.#answer !== undefined) this.#event.end('aborted')?.catch(() => undefined);
  }
}

/** Of a request of which nothing is seen but its head: what became of it is not the gate's to say. */
const DECISION_ONLY: Ending = { outcome: 'unknown', code: 'GH_DECISION_ONLY' };
