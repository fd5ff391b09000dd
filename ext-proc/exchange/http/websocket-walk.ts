/**
 * The walk of an open WebSocket. Each message of the client's is decided by itself and goes on only if it is allowed; each
 * of the server's is masked. The gate takes every frame apart and makes those that go on itself, so that a frame of its
 * own may stand between any two.
 */
import type { Receipt } from '../../domain/audit-event.ts';
import type { Decision } from '../../domain/decision.ts';
import { GatehouseError } from '../../domain/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import { closePayload, type Close } from '../../protocols/websocket/close.ts';
import { encodeFrame } from '../../protocols/websocket/frame-encoder.ts';
import type { Opcode, WebSocketRefusal } from '../../protocols/websocket/frame.ts';
import { MessageReader, type Message, type PingOrPong } from '../../protocols/websocket/message-reader.ts';
import { PingLedger } from '../../protocols/websocket/ping-ledger.ts';
import { maskText } from '../../protocols/websocket/text-message.ts';
import { HttpEvent, type HttpCaller } from './http-event.ts';
import type { HttpGate } from './http-gate.ts';
import type { HttpWire } from './http-wire.ts';
import type { HttpObligations } from './obligations.ts';
import { closingReason, endingOf, normalEnd, type WebSocketEnding } from './websocket-ending.ts';
import { WebSocketLeave } from './websocket-leave.ts';
import { MessageHold, type MessageApprovals, type MessageEnd } from './websocket-hold.ts';
import { judgeMessage, type OpenedWebSocket } from './websocket-message.ts';

export interface WebSocketWalkOptions {
  readonly gate: HttpGate;
  readonly caller: HttpCaller;
  readonly opened: OpenedWebSocket;
  /** Undefined: what policy holds is denied. */
  readonly approvals: MessageApprovals | undefined;
  /** Of the upgrade's decision: they hold for what the server sends. */
  readonly obligations: HttpObligations;
  /** The session's own: let through, and not ended. */
  readonly event: HttpEvent;
  readonly wire: HttpWire;
  /** The stream was ended by force: nobody else will say so. */
  readonly gone: () => void;
}

type Side = 'client' | 'server';

interface Peer {
  readonly reader: MessageReader;
  /** Pings that were sent to it. */
  readonly pings: PingLedger;
  /** Something has come from it, so that something may be sent against it (envoy-facts, injection). */
  spoken: boolean;
  ended: boolean;
  endTold: boolean;
  closed: boolean;
}

const peer = (from: Side, messageBytesMax: number): Peer => ({
  reader: new MessageReader({ from, messageBytesMax }),
  pings: new PingLedger(LIMITS.websocketPingsMax),
  spoken: false,
  ended: false,
  endTold: false,
  closed: false,
});

export class WebSocketWalk {
  readonly #options: WebSocketWalkOptions;
  readonly #peers = {
    client: peer('client', LIMITS.websocketClientMessageBytesMax),
    server: peer('server', LIMITS.websocketServerMessageBytesMax),
  };
  #state: 'open' | 'leaving' | 'gone' = 'open';
  #leave: WebSocketLeave | undefined;
  #turn: NodeJS.Immediate | undefined;
  /** The record of the session's end, once it is under way. */
  #recording: Promise<unknown> = Promise.resolve();
  /** Of the Close that came first. */
  #closeCode: number | undefined;
  #closeTimer: NodeJS.Timeout | undefined;
  /** Both directions are ended. */
  #finished = false;
  /** The client's message that waits for people, and what has come behind it, in order. */
  #held: MessageHold | undefined;
  readonly #behind: Message[] = [];
  #behindBytes = 0;
  /** Of the gate's own, to a server whose client has closed. */
  #lastPing: Buffer | undefined;

  constructor(options: WebSocketWalkOptions) {
    this.#options = options;
  }

  receive(side: Side, chunk: Buffer, end: boolean): void {
    if (this.#state === 'gone') return;
    const from = this.#peers[side];
    from.spoken = true;
    if (end) from.ended = true;
    from.reader.push(chunk);
    if (this.#state === 'leaving') {
      const isDone = this.#sawClose(from) || end;
      return this.#leave?.spoke(side, isDone);
    }
    if (this.#turn === undefined) this.#work();
  }

  /** Ends the session for a reason of the gate's own: a block, an expired token, a stop. */
  terminate(code: string): void {
    this.#end(endingOf(code));
  }

  /** The stream is gone. */
  closed(): void {
    if (this.#state === 'gone') return;
    this.#state = 'gone';
    clearTimeout(this.#closeTimer);
    clearImmediate(this.#turn);
    this.#leave?.stop();
    this.#held?.leave();
    const { client, server } = this.#peers;
    // RFC 6455 section 7.4.1: the code of a connection that went without a Close.
    const { outcome, code } =
      client.closed || server.closed
        ? normalEnd(this.#closeCode)
        : { outcome: 'aborted' as const, code: '1006' };
    this.#options.event.end(outcome, code)?.catch(() => undefined);
  }

  // --- messages -------------------------------------------------------------------------------------------------

  /** So many messages and then the other streams' turn: a chunk may hold thousands. */
  #work(): void {
    for (let messages = 0; this.#advance('client') || this.#advance('server'); messages++) {
      if (messages < LIMITS.messagesPerTurn) continue;
      this.#options.wire.hold(true);
      this.#turn = setImmediate(() => {
        this.#turn = undefined;
        this.#options.wire.hold(false);
        this.#work();
      });
      return;
    }
  }

  /** One step of what a peer has sent; false where nothing is left of it. */
  #advance(side: Side): boolean {
    if (this.#state !== 'open') return false;
    const from = this.#peers[side];
    const step = from.reader.next();
    switch (step.kind) {
      case 'need-more':
        return from.ended && this.#onEnd(side, from);
      case 'refused':
        this.#refuse(side, step.refusal);
        return false;
      case 'close':
        this.#onClose(side, step);
        return true;
      case 'ping':
      case 'pong':
        this.#onPing(side, step);
        return true;
      case 'message':
        this.#options.event.rows++;
        if (side === 'client') this.#onClientMessage(step);
        else this.#onServerMessage(step);
        return true;
    }
  }

  /** The server has said its last, and the record of the end is made or under way: nothing goes on behind that. */
  #serverIsDone(): boolean {
    const { server } = this.#peers;
    return server.closed || server.endTold;
  }

  #onClientMessage(message: Message): void {
    if (this.#serverIsDone()) return;
    if (this.#held === undefined) return this.#judge(message);
    this.#behind.push(message);
    this.#behindBytes += message.payload.length;
    const isTooMuch =
      this.#behind.length > LIMITS.websocketHeldMessagesMax ||
      this.#behindBytes > LIMITS.websocketHeldBytesMax;
    // To read no more would keep the server's messages away too, and the client's Pings.
    if (isTooMuch) this.#denied('GH_WS_HELD_BEHIND', 'GH_WS_HELD_BEHIND', this.#options.event.eventId);
  }

  #judge(message: Message): void {
    const { gate, opened, event, approvals } = this.#options;
    const verdict = judgeMessage(gate, opened, message, event.count);
    if (verdict.kind === 'allowed') return this.#send('server', message.type, verdict.payload);
    if (verdict.kind === 'held' && approvals !== undefined) return this.#hold(message, approvals);
    const { decision } = verdict;
    const code = codeOf(decision);
    const denied = new HttpEvent(gate);
    denied.sessionId = event.sessionId;
    const recorded = denied.decided(this.#options.caller, verdict.record, decision, {
      outcome: 'denied',
      code,
    });
    this.#denied(code, decision.rule, denied.eventId, recorded);
  }

  #denied(code: string, rule: string, id: string, before?: Promise<Receipt>): void {
    this.#end(
      {
        outcome: 'denied',
        code,
        client: { code: 1008, reason: closingReason(rule, id) },
        server: { code: 1001, reason: '' },
      },
      before,
    );
  }

  /** Only this direction waits: the server's messages, and Pings both ways, go on. */
  #hold(message: Message, approvals: MessageApprovals): void {
    const { gate, caller, opened, event } = this.#options;
    const held = new MessageHold({ gate, caller, opened, approvals, session: event, message });
    this.#held = held;
    held.ended().then(
      (end) => this.#heldEnded(message, end),
      (error: unknown) => {
        gate.log.warn({ err: error }, 'a message could not be held');
        const code = error instanceof GatehouseError ? error.code : 'GH_INTERNAL';
        this.#held = undefined;
        this.#denied(code, code, event.eventId);
      },
    );
  }

  #heldEnded(message: Message, end: MessageEnd): void {
    this.#held = undefined;
    const { client } = this.#peers;
    const isLeft = this.#state !== 'open' || client.closed || client.endTold || this.#serverIsDone();
    if (end.kind === 'released') this.#settle(end, !isLeft, message);
    if (isLeft || end.kind === 'left') return;
    if (end.kind === 'denied') return this.#denied(end.code, end.rule, end.id);
    while (this.#held === undefined && this.#isOpen()) {
      const next = this.#behind.shift();
      if (next === undefined) return;
      this.#behindBytes -= next.payload.length;
      this.#judge(next);
    }
  }

  /** What was approved goes on, or its record says that it did not. */
  #settle(released: Extract<MessageEnd, { kind: 'released' }>, goesOn: boolean, { type }: Message): void {
    if (goesOn) this.#send('server', type, released.payload);
    released.settled(goesOn).catch((error: unknown) => this.#abort(error));
  }

  #isOpen(): boolean {
    return this.#state === 'open';
  }

  #onServerMessage({ type, payload }: Message): void {
    const { obligations, event } = this.#options;
    if (type === 'binary') {
      if (obligations.passesUnreadable.response) return this.#send('client', type, payload);
      return this.#withhold('GH_HTTP_BODY_UNREADABLE');
    }
    const { masker, responseMarks: marks } = obligations;
    let masked: Buffer;
    try {
      masked = maskText(payload, { masker, marks, numbersStayNumbers: false, count: event.count });
    } catch (error) {
      return this.#withhold(error instanceof GatehouseError ? error.code : 'GH_INTERNAL');
    }
    this.#send('client', type, masked);
  }

  #withhold(code: string): void {
    const reason = closingReason(code, this.#options.event.eventId);
    this.#end({
      outcome: 'denied',
      code,
      client: { code: 1008, reason },
      server: { code: 1008, reason: code },
    });
  }

  /** The peer whose fault it is learns it by the code; to the other it is the gate that ends. */
  #refuse(side: Side, { code, closeCode }: WebSocketRefusal): void {
    const reason = closingReason(code, this.#options.event.eventId);
    const other = closeCode === 1009 ? closeCode : 1011;
    this.#end({
      outcome: side === 'client' ? 'denied' : 'error',
      code,
      client: { code: side === 'client' ? closeCode : other, reason },
      server: side === 'server' ? { code: closeCode, reason: code } : { code: 1001, reason: '' },
    });
  }

  /** The other side answers, and learns nothing of what stood in it. */
  #onPing(side: Side, { kind, payload }: PingOrPong): void {
    const other = side === 'client' ? 'server' : 'client';
    if (kind === 'ping') {
      const number = this.#random(8);
      this.#peers[other].pings.sent(number, payload);
      return this.#send(other, 'ping', number);
    }
    if (side === 'server' && this.#lastPing?.equals(payload) === true) return this.#endByClient();
    const answered = this.#peers[side].pings.answered(payload);
    if (answered !== undefined) this.#send(other, 'pong', answered);
  }

  // --- ends -----------------------------------------------------------------------------------------------------

  /** Who closes first says why; the reason of a client's was not decided, so it stays here. */
  #onClose(side: Side, close: Close): void {
    const { client, server } = this.#peers;
    if (!client.closed && !server.closed) this.#closeCode = close.code;
    this.#held?.leave();
    this.#peers[side].closed = true;
    if (side === 'client' && !server.closed) return this.#askForRest();
    if (side === 'client') this.#send('server', 'close', closePayload(close.code));
    else if (client.closed) this.#endByClient();
    else {
      const reason = this.#options.obligations.masker.maskRecordText(close.reason);
      this.#afterRecord(normalEnd(this.#closeCode), () => {
        this.#send('client', 'close', closePayload(close.code, reason));
        // Envoy has it, and the client has it only when it has read all that came before.
        if (!client.closed) this.#finishWithin(LIMITS.websocketServerCloseMs);
      });
    }
    if (client.closed && server.closed) this.#finishWithin(LIMITS.websocketCloseMs);
  }

  #finishWithin(ms: number): void {
    if (this.#finished || this.#state !== 'open') return;
    clearTimeout(this.#closeTimer);
    this.#closeTimer = setTimeout(() => this.#finish(), ms);
  }

  /**
   * A server that is told of the client's Close answers and ends its connection at once, and Envoy then drops what has not
   * gone on yet (docs/decisions/0073-websocket.md). So it is asked first for what it has sent till now.
   */
  #askForRest(): void {
    this.#lastPing = this.#random(8);
    this.#send('server', 'ping', this.#lastPing);
    this.#closeTimer = setTimeout(() => this.#endByClient(), LIMITS.websocketPongMs);
  }

  #endByClient(): void {
    clearTimeout(this.#closeTimer);
    const words = { code: this.#closeCode, reason: '' };
    this.#end({ ...normalEnd(this.#closeCode), client: words, server: words });
  }

  #onEnd(side: Side, from: Peer): boolean {
    if (from.endTold) return false;
    from.endTold = true;
    this.#held?.leave();
    if (side === 'client') this.#options.wire.sendUpstream([], true);
    else {
      const { client, server } = this.#peers;
      const ending =
        client.closed || server.closed
          ? normalEnd(this.#closeCode)
          : { outcome: 'aborted' as const, code: '1006' };
      this.#afterRecord(ending, () => this.#finish());
    }
    return true;
  }

  /** Once for the session, however many ends there are; what follows keeps its order. */
  #afterRecord({ outcome, code }: Pick<WebSocketEnding, 'outcome' | 'code'>, then: () => void): void {
    const recorded = this.#recorded(outcome, code);
    recorded.then(
      () => {
        if (this.#state === 'open') then();
      },
      (error: unknown) => this.#abort(error),
    );
  }

  #recorded(outcome: WebSocketEnding['outcome'], code: string): Promise<unknown> {
    const record = this.#options.event.end(outcome, code);
    if (record !== undefined) this.#recording = record;
    return this.#recording;
  }

  /** Nothing more goes on in either direction; the peers are told once it is recorded. */
  #end(ending: WebSocketEnding, before?: Promise<Receipt>): void {
    if (this.#state !== 'open' || this.#finished) return;
    this.#state = 'leaving';
    clearTimeout(this.#closeTimer);
    this.#held?.leave();
    const recorded = Promise.all([before, this.#recorded(ending.outcome, ending.code)]);
    recorded.then(
      () => {
        if (this.#state === 'gone') return;
        const { client, server } = this.#peers;
        this.#leave = new WebSocketLeave({
          ending,
          spoken: { client: client.spoken, server: server.spoken },
          clientDone: client.closed || client.ended,
          send: (to, opcode, payload) => this.#send(to, opcode, payload),
          pingPayload: () => this.#random(8),
          finish: () => this.#finish(),
          abort: () => this.#abort(undefined),
        });
        this.#leave.start();
      },
      (error: unknown) => this.#abort(error),
    );
  }

  #sawClose(from: Peer): boolean {
    for (;;) {
      const { kind } = from.reader.next();
      if (kind === 'close') from.closed = true;
      if (kind === 'close' || kind === 'need-more' || kind === 'refused') return from.closed;
    }
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    const { wire } = this.#options;
    const { client, server } = this.#peers;
    if (client.spoken) wire.sendUpstream([], true);
    if (server.spoken) wire.sendDownstream([], true);
    // A stream that one of the ends may not be told in is ended by force.
    clearTimeout(this.#closeTimer);
    this.#closeTimer = setTimeout(() => this.#abort(undefined), LIMITS.websocketCloseMs);
  }

  #abort(error: unknown): void {
    if (this.#state === 'gone') return;
    if (error !== undefined) this.#options.gate.log.warn({ err: error }, 'a WebSocket could not be recorded');
    this.#options.wire.abort(error instanceof GatehouseError ? error.code : 'GH_CLOSED');
    this.closed();
    this.#options.gone();
  }

  #send(to: Side, opcode: Exclude<Opcode, 'continuation'>, payload: Buffer): void {
    const { wire, event } = this.#options;
    if (to === 'server') wire.sendUpstream([encodeFrame(opcode, payload, this.#random(4))], false);
    else {
      const frame = encodeFrame(opcode, payload);
      event.bytesOut += frame.length;
      wire.sendDownstream([frame], false);
    }
  }

  #random(count: number): Buffer {
    return Buffer.from(this.#options.gate.random(count));
  }
}

function codeOf({ verdict, rule }: Decision): string {
  if (rule.startsWith('GH_')) return rule;
  return verdict === 'hold' ? 'GH_APPROVAL_NEEDED' : 'GH_DENIED';
}
