/**
 * The answer to a request that was let through, on its way to the client: withheld, changed and masked by the plan, or,
 * where the server changes to WebSocket, frame by frame. Its end goes on only behind the `ended` record.
 */
import { bodyKindOf } from '../../protocols/http/body/content-type.ts';
import { BodyDecoder, contentCodings } from '../../protocols/http/body/content-encoding.ts';
import { fieldValue, type HeaderFields } from '../../protocols/http/header-fields.ts';
import { problemReply } from './api-dialect.ts';
import type { DecidableRequest, DescribedRequest } from './dialect.ts';
import type { HttpCaller, HttpEvent } from './http-event.ts';
import type { HttpGate, HttpRoute } from './http-gate.ts';
import type { HttpWire } from './http-wire.ts';
import type { HttpObligations } from './obligations.ts';
import { planResponse, type ResponsePlan } from './response-plan.ts';
import { ResponseBody } from './response-walk.ts';
import type { MessageApprovals } from './websocket-hold.ts';
import { readAcceptance } from './websocket-upgrade.ts';
import { WebSocketWalk } from './websocket-walk.ts';

/** A request that was let through, as its answer needs to know it. */
export interface Admitted {
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
  readonly approvals: MessageApprovals | undefined;
}

export interface HttpAnswerOptions {
  readonly gate: HttpGate;
  readonly route: HttpRoute;
  readonly wire: HttpWire;
  readonly event: HttpEvent;
  readonly admitted: Admitted;
  /** Gives the client's bytes to a WebSocket from here on. */
  readonly takeClient: (receive: (chunk: Buffer, end: boolean) => void) => void;
  /** It goes on for long: it ends with the token of whoever asked. */
  readonly streams: () => void;
  /** Part of it has gone on, and the rest may not. */
  readonly broken: (code: string, error: unknown) => void;
  /** Something failed where nothing may. */
  readonly unexpected: (error: unknown) => void;
  /** Both sides of a WebSocket are done with. */
  readonly gone: () => void;
}

export class HttpAnswer {
  readonly #options: HttpAnswerOptions;
  #body: ResponseBody | undefined;
  #webSocket: WebSocketWalk | undefined;
  /** Waits for the first byte of the body, or for the word that there is none. */
  #firstByte: ((isThere: boolean) => void) | undefined;
  /** Names of trailers that have come in place of a body. */
  #trailers: readonly string[] | undefined;

  constructor(options: HttpAnswerOptions) {
    this.#options = options;
  }

  /** Once the server has changed to it. */
  get webSocket(): WebSocketWalk | undefined {
    return this.#webSocket;
  }

  onHeaders(fields: HeaderFields, endOfStream: boolean): void {
    this.#respond(fields, endOfStream).catch((error: unknown) => this.#options.unexpected(error));
  }

  onBody(body: Buffer, endOfStream: boolean): void {
    if (this.#webSocket !== undefined) return this.#webSocket.receive('server', body, endOfStream);
    if (this.#firstByte !== undefined) {
      if (body.length > 0 || endOfStream) this.#firstByte(body.length > 0);
      return;
    }
    // Of an answer that is withheld nothing goes on.
    this.#body?.receive(body, endOfStream);
  }

  /** What a server says behind its answer is not masked, so it stays here. */
  onTrailers(fields: HeaderFields): void {
    const names = fields.map(([name]) => name);
    if (this.#firstByte !== undefined) {
      this.#trailers = names;
      return this.#firstByte(false);
    }
    const { wire, unexpected } = this.#options;
    this.#body
      ?.finish()
      .then((done) => {
        if (done) wire.continueTrailers('response', { set: [], remove: names });
      })
      .catch(unexpected);
  }

  closed(): void {
    this.#webSocket?.closed();
    this.#body?.close();
  }

  async #respond(fields: HeaderFields, endOfStream: boolean): Promise<void> {
    const { gate, route, wire, event, admitted } = this.#options;
    const { described, method } = admitted;
    const status = Number(fieldValue(fields, ':status') ?? '0');
    event.status = status;
    if (status === 401) {
      gate.credentials.refused(route.upstream.name);
      return this.#withhold(
        'GH_HTTP_UPSTREAM_CREDENTIAL',
        "The upstream does not take the gate's credential; tell the gate's operators.",
      );
    }
    const inspected = route.inspection === 'full';
    if (status === 101 && inspected) return this.#switch(fields);
    const hasBody = !endOfStream && method !== 'HEAD' && status !== 204 && status !== 304;
    const own = described.responseHeaders(fields);
    if (own === undefined)
      return this.#withhold('GH_MCP_SESSION', 'The server gave a session id that the gate cannot seal.');
    const codings = inspected && hasBody ? contentCodings(fieldValue(fields, 'content-encoding')) : [];
    const isDecoded = codings !== undefined && codings.length > 0;
    const plan = this.#plan(isDecoded ? withoutEncoding(fields) : fields, status, hasBody);
    if (plan.kind === 'withhold') {
      if (hasBody && plan.ofBody && !(await this.#hasByte())) {
        // Servers end an answer without a body in a chunk of its own, and their header does not tell.
        await this.#respond(fields, true);
        return this.#endEmpty();
      }
      return this.#withhold(plan.code, plan.publicMessage);
    }
    const decoder = isDecoded && plan.transform !== undefined ? new BodyDecoder(codings) : undefined;
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
      return wire.continueHeaders('response', changes);
    }
    this.#body = new ResponseBody(
      {
        send: (pieces, end) => wire.sendDownstream(pieces, end),
        count: (pieces) => {
          for (const piece of pieces) event.bytesOut += piece.length;
        },
        recorded: () => this.#end(status),
        hold: (held) => wire.hold(held),
        failed: (code, error) => this.#options.broken(code, error),
      },
      plan.transform,
      decoder,
    );
    const { kind } = bodyKindOf(fieldValue(fields, 'content-type'));
    if (kind === 'sse' && method === 'GET') this.#options.streams();
    wire.continueHeaders('response', changes);
  }

  #plan(fields: HeaderFields, status: number, hasBody: boolean): ResponsePlan {
    const { route, event, admitted } = this.#options;
    const { described, obligations } = admitted;
    const { numbersStayNumbers } = described;
    const masking = {
      masker: obligations.masker,
      marks: obligations.responseMarks,
      numbersStayNumbers,
      count: event.count,
    };
    return planResponse(fields, {
      obligations,
      count: event.count,
      inspected: route.inspection === 'full',
      hasBody,
      numbersStayNumbers,
      masks: obligations.masks,
      transformOf: (kind) => described.responseTransform(kind, masking, { eventId: event.eventId, status }),
      takes: (kind) => described.takesAnswer(kind, status),
    });
  }

  /** The server speaks WebSocket from here on, as the client has asked. */
  #switch(fields: HeaderFields): Promise<void> | void {
    const { gate, wire, event, admitted, takeClient, streams, gone } = this.#options;
    const { described, obligations, upgrade } = admitted;
    if (upgrade === undefined)
      return this.#withhold('GH_HTTP_UPGRADE', 'The server changes to a protocol that nobody asked for.');
    const { caller, request, key, approvals } = upgrade;
    const accepted = readAcceptance(fields, key, {
      obligations,
      masks: obligations.masks,
      count: event.count,
    });
    if (accepted.kind === 'withhold') return this.#withhold(accepted.code, accepted.publicMessage);
    const walk = new WebSocketWalk({
      gate,
      caller,
      opened: { request, described },
      approvals,
      obligations,
      event,
      wire,
      gone,
    });
    this.#webSocket = walk;
    streams();
    wire.continueHeaders('response', accepted.changes);
    takeClient((chunk, end) => walk.receive('client', chunk, end));
  }

  /** The row says what the client got, and of an error of the server's its status. */
  #end(status: number): Promise<unknown> {
    const [outcome, code] = status >= 400 ? (['error', String(status)] as const) : (['ok', ''] as const);
    return this.#options.event.end(outcome, code) ?? Promise.resolve();
  }

  async #withhold(code: string, detail: string): Promise<void> {
    const { wire, event } = this.#options;
    event.status = 502;
    await event.end('denied', code);
    wire.reply(problemReply({ status: 502, code, detail, eventId: event.eventId }));
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
    const { wire } = this.#options;
    if (this.#trailers === undefined) return wire.sendDownstream([], true);
    wire.continueTrailers('response', { set: [], remove: this.#trailers });
  }
}

const withoutEncoding = (fields: HeaderFields): HeaderFields =>
  fields.filter(([name]) => name !== 'content-encoding');
