/**
 * The walk of one HTTP request: who sends it, what it is, what policy says, its record, and then its way to the upstream
 * and back. Nothing of it goes on before its `decided` record is appended (I1), and the end of its answer not before the
 * `ended` one.
 */
import type { Receipt } from '../../domain/audit-event.ts';
import { gateDenial, type Decision } from '../../domain/decision.ts';
import { GatehouseError } from '../../domain/errors.ts';
import { asSessionId } from '../../domain/ids.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { HttpCredential } from '../../domain/ports.ts';
import type { Principal } from '../../domain/principal.ts';
import type { BodyTransform } from '../../protocols/http/body/body-masking.ts';
import { bodyTransform } from '../../protocols/http/body/body-transform.ts';
import { bodyKindOf } from '../../protocols/http/body/content-type.ts';
import { BodyDecoder, contentCodings } from '../../protocols/http/body/content-encoding.ts';
import {
  fieldValue,
  NO_HEADER_CHANGES,
  type HeaderChanges,
  type HeaderFields,
} from '../../protocols/http/header-fields.ts';
import type { Problem } from '../../protocols/http/problem-details.ts';
import { readRequestHead } from '../../protocols/http/request-head.ts';
import { mcpDialect } from '../mcp/mcp-dialect.ts';
import { apiDialect, problemReply } from './api-dialect.ts';
import { discoveryReply, unauthorizedReply } from './authorization-replies.ts';
import type { DecidableRequest, DescribedRequest } from './dialect.ts';
import { HttpEvent, type Ending, type HttpCaller, type RecordedRequest } from './http-event.ts';
import type { HttpGate, HttpRoute, LiveRequest } from './http-gate.ts';
import type { GateReply, HttpExchange, HttpWire, RequestAttributes } from './http-wire.ts';
import { identify } from './identify.ts';
import { hidingCredential, readObligations, type HttpObligations } from './obligations.ts';
import { policyInput } from './policy-input.ts';
import { asksGraphql, readRequestBody, type ReadBody } from './request-body.ts';
import { requestChanges } from './request-changes.ts';
import { RequestIntake } from './request-intake.ts';
import { requestRecord } from './request-record.ts';
import { planResponse } from './response-plan.ts';
import { ResponseBody } from './response-walk.ts';
import { atExpiry } from './token-expiry.ts';
import { readAcceptance, upgradeChanges, upgradeRefusal } from './websocket-upgrade.ts';
import { WebSocketWalk } from './websocket-walk.ts';

/** A request that was let through, as its answer needs to know it. */
interface Admitted {
  readonly described: DescribedRequest;
  readonly obligations: HttpObligations;
  readonly method: string;
  /** Of an upgrade whose frames are read. */
  readonly upgrade: Upgrade | undefined;
}

interface Upgrade {
  readonly caller: HttpCaller;
  readonly request: DecidableRequest;
  /** The gate's own key, where the client has none. */
  readonly key: string | undefined;
}

export class HttpRequestExchange implements HttpExchange, LiveRequest {
  readonly #gate: HttpGate;
  readonly #attributes: RequestAttributes;
  readonly #wire: HttpWire;
  readonly #event: HttpEvent;
  readonly #intake: RequestIntake;
  #principal: Principal | undefined;
  #admitted: Admitted | undefined;
  #response: ResponseBody | undefined;
  /** Waits for the first byte of an answer's body, or for the word that there is none. */
  #firstByte: ((isThere: boolean) => void) | undefined;
  /** Names of trailers that have come behind the request's body. */
  #requestTrailers: readonly string[] | undefined;
  #isUpgrade = false;
  #webSocket: WebSocketWalk | undefined;
  /** Of the token. */
  #expiresAtMs = 0;
  #stopExpiry: (() => void) | undefined;
  #responseTrailers: readonly string[] | undefined;
  #closed = false;

  constructor(gate: HttpGate, attributes: RequestAttributes, wire: HttpWire) {
    this.#gate = gate;
    this.#attributes = attributes;
    this.#wire = wire;
    this.#event = new HttpEvent(gate);
    this.#intake = new RequestIntake((held) => wire.hold(held));
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
  }

  /**
   * Whether a client sends more than it may before its WebSocket is open. Reading less would keep the server's answer away
   * too: both come by one stream.
   */
  #isEarly(): boolean {
    return (
      this.#isUpgrade && this.#webSocket === undefined && this.#event.bytesIn > LIMITS.websocketEarlyBytesMax
    );
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
    const route = this.#gate.routes.get(this.#attributes.route);
    if (route === undefined) return this.#replyUnrecorded(problemReply(NO_ROUTE));
    const discovery = discoveryReply(this.#gate, route, this.#attributes, fields);
    if (discovery !== undefined) return this.#replyUnrecorded(discovery);

    const identified = await identify(this.#gate, fields);
    if (this.#closed) return;
    if (!identified.ok) {
      const { status, code, publicMessage, principal } = identified;
      this.#gate.metrics.refused(code);
      const problem: Problem = { status, code, detail: publicMessage };
      const replyOf = (told: Problem): GateReply =>
        unauthorizedReply(route, this.#attributes, fields, identified, told);
      if (principal !== undefined) {
        return this.#refuse(this.#caller(route, principal), bare(fields), problem, replyOf);
      }
      this.#countRefused(route, problem);
      return this.#replyUnrecorded(replyOf(problem));
    }
    this.#principal = identified.principal;
    this.#expiresAtMs = identified.expiresAtMs;
    this.#gate.live.add(this);
    const caller = this.#caller(route, identified.principal);

    const read = readRequestHead(fields);
    if (!read.ok) {
      return this.#refuse(caller, bare(fields), {
        status: read.status,
        code: read.code,
        detail: read.publicMessage,
      });
    }
    const { head } = read;
    const isRead = route.inspection === 'full';
    const unfit = head.websocket && isRead ? upgradeRefusal(head) : undefined;
    if (unfit !== undefined) {
      const { status, code, publicMessage } = unfit;
      return this.#refuse(caller, bare(fields), { status, code, detail: publicMessage }, upgradeReply);
    }
    const body = !isRead
      ? UNREAD(head.contentLength ?? null, endOfStream)
      : head.websocket
        ? NO_BODY
        : await readRequestBody(head, this.#intake, endOfStream);
    if (this.#closed || body === undefined) return;
    if (!body.ok) {
      return this.#refuse(caller, bare(fields), {
        status: body.status,
        code: body.code,
        detail: body.publicMessage,
      });
    }
    await this.#decide(caller, {
      route,
      principal: identified.principal,
      clientAddress: this.#attributes.clientAddress,
      head,
      body,
    });
  }

  async #decide(caller: HttpCaller, request: DecidableRequest): Promise<void> {
    const { route } = request;
    const dialect = route.upstream.protocol === 'mcp' ? mcpDialect(this.#gate) : apiDialect;
    const described = dialect.describe(request);
    if (!described.ok) {
      const { status, code, publicMessage, reply } = described;
      return this.#refuse(caller, bare(request.head.fields), { status, code, detail: publicMessage }, reply);
    }
    const started = this.#gate.clock.monotonicMs();
    const input = policyInput(route, request.principal, request.clientAddress, described.action);
    const decision = this.#judged(this.#gate.policy.decide(input), request);
    this.#gate.metrics.stage('decide', this.#gate.clock.monotonicMs() - started);
    this.#gate.metrics.decided(route.upstream.name, decision.verdict);
    const obligations = readObligations(decision, route, this.#gate.masking);
    const record = requestRecord(request, described, this.#gate.masking.masker, obligations.recordMarks);
    if (decision.verdict !== 'allow') return this.#deny(caller, record, decision, described);
    const transform = requestTransform(request.body, obligations, this.#event);
    const credential = await this.#credential(caller, record, decision, described);
    if (credential === undefined || this.#closed) return;
    const isDecisionOnly = route.inspection === 'authz';
    const isSession = request.head.websocket && route.inspection === 'full';
    if (isSession) this.#event.sessionId = asSessionId(this.#event.eventId);
    const receipt = await this.#event.decided(
      caller,
      { ...record, details: { ...record.details, ...obligations.revealed } },
      decision,
      isDecisionOnly ? DECISION_ONLY : undefined,
    );
    // Its client has gone meanwhile: nothing of it has gone on.
    if (this.#closed) return void (await this.#event.end('not_run'));
    const { method, fields } = request.head;
    const upgrade = isSession ? upgradeChanges(fields, this.#gate.random) : undefined;
    this.#admitted = {
      described,
      obligations: hidingCredential(obligations, credential, this.#gate.masking),
      method,
      upgrade: upgrade === undefined ? undefined : { caller, request, key: upgrade.key },
    };
    this.#release(receipt, request, credential, transform, upgrade?.changes);
  }

  /** What policy allows may be more than the gate can hold to. */
  #judged(decision: Decision, { body, head, route }: DecidableRequest): Decision {
    if (decision.verdict !== 'allow') return decision;
    const { passesUnreadable, requestMarks } = readObligations(decision, route, this.#gate.masking);
    const denied = (rule: string, reason: string): Decision => gateDenial(rule, reason, decision.bundleHash);
    if (!requestMarks.empty && !hasFields(body)) {
      return denied(
        'GH_HTTP_BODY_UNREADABLE',
        'Policy masks or removes fields of what is sent, and the gate cannot find them in this body; send JSON or a form.',
      );
    }
    if (route.inspection !== 'full') return decision;
    if (head.websocket) {
      return route.upstream.protocol === 'mcp'
        ? denied('GH_HTTP_WEBSOCKET', 'MCP is not spoken over WebSocket here.')
        : decision;
    }
    if (body.graphql || asksGraphql(head.query))
      return denied('GH_HTTP_GRAPHQL', 'GraphQL is not taken: what it asks for cannot be decided here.');
    if (passesUnreadable.request) return decision;
    if (body.kind === undefined) {
      return denied(
        'GH_HTTP_BODY_UNREADABLE',
        'The gate cannot read this body, and policy does not let it pass.',
      );
    }
    return decision;
  }

  async #credential(
    caller: HttpCaller,
    record: RecordedRequest,
    decision: Decision,
    described: DescribedRequest,
  ): Promise<HttpCredential | undefined> {
    const { upstream } = caller.route;
    try {
      const found = await this.#gate.credentials.credentialFor(upstream.name, caller.principal?.groups ?? []);
      if (found !== undefined) return found;
      const reason =
        "No credential of the upstream is mapped to this principal's groups; ask the gate's operators.";
      await this.#deny(
        caller,
        record,
        gateDenial('GH_NO_CREDENTIAL', reason, decision.bundleHash),
        described,
      );
    } catch (error) {
      this.#gate.log.warn({ err: error, upstream: upstream.name }, 'credential not to be had');
      const reason = "The gate could not get its credential for the upstream; tell the gate's operators.";
      const denial = gateDenial('GH_CREDENTIAL_UNAVAILABLE', reason, decision.bundleHash);
      await this.#deny(caller, record, denial, described, 503);
    }
    return undefined;
  }

  /** Only with the receipt of its record does a request go on. */
  #release(
    _receipt: Receipt,
    { head, body, route }: DecidableRequest,
    credential: HttpCredential,
    transform: BodyTransform | undefined,
    upgrade: HeaderChanges | undefined,
  ): void {
    const { described, obligations } = this.#admitted as Admitted;
    const inspected = route.inspection === 'full';
    const changes = requestChanges(head.fields, {
      credential,
      inspected,
      keepsCookies: obligations.revealedHeaders.has('set-cookie'),
      masks: obligations.masks,
      own: upgrade ?? described.requestHeaders,
      method: head.method,
    });
    this.#wire.continueHeaders(
      'request',
      transform === undefined ? changes : withoutTruths(changes, head.fields),
    );
    if (!inspected || body.policy.kind === 'none') {
      if (inspected && body.bytes !== undefined) this.#sendUpstream([], true);
      return;
    }
    this.#intake.release((chunk, end) => {
      try {
        if (transform === undefined) return this.#sendUpstream(chunk.length === 0 ? [] : [chunk], end);
        const pieces = transform.push(chunk);
        this.#sendUpstream(end ? [...pieces, ...transform.end()] : pieces, end);
      } catch (error) {
        this.#broken(error instanceof GatehouseError ? error.code : 'GH_INTERNAL', error);
      }
    });
  }

  // --- refusals -------------------------------------------------------------------------------------------------

  #caller(route: HttpRoute, principal: Principal | undefined): HttpCaller {
    return { principal, clientAddress: this.#attributes.clientAddress, route };
  }

  async #deny(
    caller: HttpCaller,
    record: RecordedRequest,
    decision: Decision,
    described: DescribedRequest,
    status = 403,
  ): Promise<void> {
    const isHold = decision.verdict === 'hold';
    const isOwn = decision.rule.startsWith('GH_');
    const code = isOwn ? decision.rule : isHold ? 'GH_APPROVAL_NEEDED' : 'GH_DENIED';
    const detail = isHold
      ? `This needs a human's approval, and approvals are not available here: ${decision.reason}`
      : decision.reason;
    const reply = described.denial({
      status,
      code,
      detail,
      rule: decision.rule,
      eventId: this.#event.eventId,
    });
    await this.#event.decided(caller, record, decision, { outcome: 'denied', code, status: reply.status });
    this.#wire.reply(reply);
  }

  /** A refusal of the gate's own, of a request that is not described. */
  async #refuse(
    caller: HttpCaller,
    record: RecordedRequest,
    problem: Problem,
    replyOf: (problem: Problem) => GateReply = problemReply,
  ): Promise<void> {
    const told = { ...problem, eventId: this.#event.eventId };
    const reply = replyOf(told);
    const decision = gateDenial(problem.code, problem.detail, this.#gate.policy.bundleHash);
    await this.#event.decided(caller, record, decision, {
      outcome: 'denied',
      code: problem.code,
      status: reply.status,
    });
    this.#wire.reply(reply);
  }

  /** Of somebody who is not known: a row for each would let a flood fill the journal. */
  #countRefused({ name, upstream }: HttpRoute, { code, detail }: Problem): void {
    this.#gate.refusedConnections.refused({
      protocol: upstream.protocol,
      kind: `${upstream.protocol}.refused`,
      reason: detail,
      listener: name,
      upstream: upstream.name,
      clientAddress: this.#attributes.clientAddress,
      code,
    });
  }

  #replyUnrecorded(reply: GateReply): void {
    this.#wire.reply(reply);
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
    const admitted = this.#admitted;
    // An answer of Envoy's own to a request that has not gone on.
    if (admitted === undefined) return this.#wire.continueHeaders('response', NO_HEADER_CHANGES);
    this.#respond(admitted, fields, endOfStream).catch((error: unknown) => this.#unexpected(error));
  }

  async #respond(admitted: Admitted, fields: HeaderFields, endOfStream: boolean): Promise<void> {
    const { described, obligations, method } = admitted;
    const route = this.#gate.routes.get(this.#attributes.route) as HttpRoute;
    const status = Number(fieldValue(fields, ':status') ?? '0');
    const event = this.#event;
    event.status = status;
    if (status === 401) {
      this.#gate.credentials.refused(route.upstream.name);
      return this.#withhold(
        'GH_HTTP_UPSTREAM_CREDENTIAL',
        "The upstream does not take the gate's credential; tell the gate's operators.",
      );
    }
    const inspected = route.inspection === 'full';
    if (status === 101 && inspected) return this.#switch(admitted, fields);
    const hasBody = !endOfStream && method !== 'HEAD' && status !== 204 && status !== 304;
    const own = described.responseHeaders(fields);
    if (own === undefined)
      return this.#withhold('GH_MCP_SESSION', 'The server gave a session id that the gate cannot seal.');
    const codings = inspected && hasBody ? contentCodings(fieldValue(fields, 'content-encoding')) : [];
    const plan = planResponse(
      codings === undefined || codings.length === 0 ? fields : withoutEncoding(fields),
      {
        obligations,
        count: event.count,
        inspected,
        hasBody,
        numbersStayNumbers: described.numbersStayNumbers,
        masks: obligations.masks,
        transformOf: (kind) =>
          described.responseTransform(
            kind,
            {
              masker: obligations.masker,
              marks: obligations.responseMarks,
              numbersStayNumbers: described.numbersStayNumbers,
              count: event.count,
            },
            { eventId: event.eventId, status },
          ),
        takes: (kind) => described.takesAnswer(kind, status),
      },
    );
    if (plan.kind === 'withhold') {
      if (hasBody && plan.ofBody && !(await this.#hasByte())) {
        // Servers end an answer without a body in a chunk of its own, and their header does not tell.
        await this.#respond(admitted, fields, true);
        return this.#endEmpty();
      }
      return this.#withhold(plan.code, plan.publicMessage);
    }
    const decoder =
      codings === undefined || codings.length === 0 || plan.transform === undefined
        ? undefined
        : new BodyDecoder(codings);
    const changes = {
      set: [...plan.changes.set.filter(([name]) => !own.set.some(([each]) => each === name)), ...own.set],
      remove: [
        ...plan.changes.remove,
        ...own.remove,
        ...(decoder === undefined ? [] : ['content-encoding', 'content-length']),
      ],
    };
    if (!inspected) event.bytesOut = Number(fieldValue(fields, 'content-length') ?? '0') || 0;
    if (!inspected || endOfStream) {
      await this.#end(status);
      return this.#wire.continueHeaders('response', changes);
    }
    this.#response = new ResponseBody(
      {
        send: (pieces, end) => {
          for (const piece of pieces) event.bytesOut += piece.length;
          this.#wire.sendDownstream(pieces, end);
        },
        recorded: () => this.#end(status),
        hold: (held) => this.#wire.hold(held),
        failed: (code, error) => this.#broken(code, error),
      },
      plan.transform,
      decoder,
    );
    const { kind } = bodyKindOf(fieldValue(fields, 'content-type'));
    if (kind === 'sse' && method === 'GET') this.#endAtExpiry();
    this.#wire.continueHeaders('response', changes);
  }

  /** The server speaks WebSocket from here on, as the client has asked. */
  #switch({ described, obligations, upgrade }: Admitted, fields: HeaderFields): Promise<void> | void {
    const event = this.#event;
    if (upgrade === undefined)
      return this.#withhold('GH_HTTP_UPGRADE', 'The server changes to a protocol that nobody asked for.');
    const { caller, request, key } = upgrade;
    const accepted = readAcceptance(fields, key, {
      obligations,
      masks: obligations.masks,
      count: event.count,
    });
    if (accepted.kind === 'withhold') return this.#withhold(accepted.code, accepted.publicMessage);
    this.#webSocket = new WebSocketWalk({
      gate: this.#gate,
      caller,
      opened: { request, described },
      obligations,
      event,
      wire: this.#wire,
      gone: () => this.onClosed(),
    });
    this.#endAtExpiry();
    this.#wire.continueHeaders('response', accepted.changes);
    this.#intake.release((chunk, end) => this.#webSocket?.receive('client', chunk, end));
  }

  #endAtExpiry(): void {
    this.#stopExpiry = atExpiry(this.#gate.clock, this.#expiresAtMs, () =>
      this.terminate('GH_TOKEN_EXPIRED'),
    );
  }

  /** The row says what the client got, and of an error of the server's its status. */
  #end(status: number): Promise<unknown> {
    return (
      this.#event.end(status >= 400 ? 'error' : 'ok', status >= 400 ? String(status) : '') ??
      Promise.resolve()
    );
  }

  async #withhold(code: string, detail: string): Promise<void> {
    this.#event.status = 502;
    await this.#event.end('denied', code);
    this.#wire.reply(problemReply({ status: 502, code, detail, eventId: this.#event.eventId }));
  }

  onResponseBody(body: Buffer, endOfStream: boolean): void {
    if (this.#admitted === undefined) return this.#wire.sendDownstream([body], endOfStream);
    if (this.#webSocket !== undefined) return this.#webSocket.receive('server', body, endOfStream);
    if (this.#firstByte !== undefined) {
      if (body.length > 0 || endOfStream) this.#firstByte(body.length > 0);
      return;
    }
    this.#response?.receive(body, endOfStream);
  }

  #hasByte(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#firstByte = (isThere) => {
        this.#firstByte = undefined;
        resolve(isThere);
      };
    });
  }

  /** The end of an answer whose header has gone on, and that has no body. */
  #endEmpty(): void {
    const trailers = this.#responseTrailers;
    if (trailers === undefined) return this.#wire.sendDownstream([], true);
    this.#wire.continueTrailers('response', { set: [], remove: trailers });
  }

  onResponseTrailers(fields: HeaderFields): void {
    const response = this.#response;
    if (this.#admitted === undefined) return this.#wire.continueTrailers('response', { set: [], remove: [] });
    if (this.#firstByte !== undefined) {
      this.#responseTrailers = fields.map(([name]) => name);
      return this.#firstByte(false);
    }
    // Of an answer that is withheld nothing goes on.
    if (response === undefined) return;
    // What a server says behind its answer is not masked, so it stays here.
    response
      .finish()
      .then((done) => {
        if (done) this.#wire.continueTrailers('response', { set: [], remove: fields.map(([name]) => name) });
      })
      .catch((error: unknown) => this.#unexpected(error));
  }

  // --- ends -----------------------------------------------------------------------------------------------------

  /** Part of it has gone on: the stream is reset, so that nobody takes the part for the whole. */
  #broken(code: string, error: unknown): void {
    if (this.#closed) return;
    this.#gate.log.warn({ err: error, code }, 'a body could not be carried to its end');
    if (this.#admitted !== undefined) this.#event.end('error', code)?.catch(() => undefined);
    this.#wire.abort(code);
    this.onClosed();
  }

  terminate(code: string): void {
    if (this.#closed) return;
    if (this.#webSocket !== undefined) return this.#webSocket.terminate(code);
    this.#event.end('aborted', code)?.catch(() => undefined);
    this.#wire.abort(code);
    this.onClosed();
  }

  drain(): void {
    this.#webSocket?.terminate('GH_DRAINED');
  }

  onClosed(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopExpiry?.();
    this.#webSocket?.closed();
    this.#gate.live.delete(this);
    this.#intake.close();
    this.#response?.close();
    if (this.#admitted !== undefined) this.#event.end('aborted')?.catch(() => undefined);
  }
}

/** Of a request of which nothing is seen but its head: what became of it is not the gate's to say. */
const DECISION_ONLY: Ending = { outcome: 'unknown', code: 'GH_DECISION_ONLY' };

const NO_ROUTE: Problem = {
  status: 404,
  code: 'GH_HTTP_NO_ROUTE',
  detail: 'No route of the gate fits this host and path.',
};

/** RFC 6455 section 4.4: whoever speaks another version learns which is spoken here. */
const upgradeReply = (problem: Problem): GateReply => {
  const reply = problemReply(problem);
  return problem.status === 426
    ? { ...reply, headers: [...reply.headers, ['sec-websocket-version', '13']] }
    : reply;
};

/** What comes behind an upgrade is no body. */
const NO_BODY: ReadBody = {
  ok: true,
  policy: { kind: 'none', complete: true, bytes: 0 },
  kind: 'none',
  bytes: undefined,
  graphql: false,
};

const UNREAD = (bytes: number | null, endOfStream: boolean): ReadBody => ({
  ok: true,
  policy: { kind: endOfStream ? 'none' : 'unread', complete: endOfStream, bytes: endOfStream ? 0 : bytes },
  kind: endOfStream ? 'none' : undefined,
  bytes: undefined,
  graphql: false,
});

/** Of a request that was not understood: nothing that its sender wrote. */
const bare = (fields: HeaderFields): RecordedRequest => {
  const method = fieldValue(fields, ':method') ?? '';
  return {
    kind: 'http.request',
    method: /^[A-Z-]{1,32}$/.test(method) ? method : '',
    template: '',
    tool: '',
    statement: '',
    digest: '',
    details: {},
  };
};

/** Whether fields of it can be found, or there are none. */
const hasFields = ({ policy, kind }: ReadBody): boolean =>
  policy.kind === 'none' || kind === 'json' || kind === 'ndjson' || kind === 'form';

/** Undefined where nothing of it is masked or removed. */
function requestTransform(
  body: ReadBody,
  { requestMasker, requestMarks }: HttpObligations,
  event: HttpEvent,
): BodyTransform | undefined {
  if (requestMarks.empty || body.kind === undefined || body.kind === 'none') return undefined;
  return bodyTransform(body.kind, {
    masker: requestMasker,
    marks: requestMarks,
    numbersStayNumbers: false,
    count: event.count,
  });
}

/** What a header says of a body that is changed on its way: its length, and arguments that are repeated. */
const withoutTruths = ({ set, remove }: HeaderChanges, fields: HeaderFields): HeaderChanges => {
  const repeated = fields.map(([name]) => name).filter((name) => name.startsWith('mcp-param-'));
  return { set, remove: [...remove, 'content-length', ...repeated] };
};

const withoutEncoding = (fields: HeaderFields): HeaderFields =>
  fields.filter(([name]) => name !== 'content-encoding');
