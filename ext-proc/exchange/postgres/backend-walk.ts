/**
 * The server's direction of a ready session. Pairs each answer with what was asked, ends events, and releases the
 * answer after the record of its end (I1, architecture step 7). What is in rows and texts goes through `masking/`.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "Message Flow".
 */
import type { Receipt } from '../../domain/audit-event.ts';
import { LIMITS } from '../../domain/limits.ts';
import {
  decodeCommandComplete,
  decodeErrorFields,
  decodeParameterDescription,
  decodeParameterStatus,
  decodeReadyForQuery,
} from '../../protocols/postgres/backend.ts';
import { MessageFramer } from '../../protocols/postgres/framer.ts';
import { BACKEND, BACKEND_TYPES } from '../../protocols/postgres/message-types.ts';
import type { ActionEvent } from './action-event.ts';
import { MaskedTexts } from './masking/masked-texts.ts';
import { SessionResults } from './masking/session-results.ts';
import { ASYNCHRONOUS, type SessionWalk } from './session-walk.ts';
import { encodeSync } from '../../protocols/postgres/frontend-encoders.ts';
import type { NameChange } from './name-table.ts';
import { ProbeReplies } from './probe-replies.ts';
import type { CommitEnd, ExpectedReply } from './reply-queue.ts';
import { UnansweredReplies } from './unanswered-replies.ts';

/** Bodies that go through as they come: their action was released before. */
const STREAMED: ReadonlySet<number> = new Set([BACKEND.DataRow, BACKEND.CopyData]);
const SYNC = encodeSync();
/** Settings that a server may report at once before they go on out of order. */
const REPORTED_MAX = 256;

export class BackendWalk {
  readonly #walk: SessionWalk;
  readonly #framer = new MessageFramer({
    streamed: STREAMED,
    knownTypes: BACKEND_TYPES,
    bytesMax: () => LIMITS.backendControlMessageBytesMax,
  });
  /** Of settings, amid a question of the gate's own. */
  readonly #reported: Buffer[] = [];
  #fatal = false;
  readonly #results: SessionResults;
  readonly #texts: MaskedTexts;
  readonly #probe: ProbeReplies;
  readonly #unanswered: UnansweredReplies;

  constructor(walk: SessionWalk) {
    this.#walk = walk;
    this.#results = new SessionResults(walk);
    this.#texts = new MaskedTexts(walk);
    this.#probe = new ProbeReplies(walk);
    this.#unanswered = new UnansweredReplies(walk);
  }

  /** Whether bytes given to the client so far end within a message: nothing may be said to it then. */
  get midMessage(): boolean {
    return this.#results.passes ? this.#framer.midRun : this.#results.midMessage;
  }

  /** The server has said a FATAL error: its close is its own. */
  get fatal(): boolean {
    return this.#fatal;
  }

  receive(chunk: Buffer): void {
    this.#framer.push(chunk);
    for (;;) {
      const step = this.#framer.next();
      switch (step.kind) {
        case 'need-more':
          this.#walk.down.flush();
          return;
        case 'run':
          this.#rows(step.bytes, step.messages);
          break;
        case 'message':
          this.#message(step.type, step.wire);
          break;
        case 'error':
          return this.#walk.outOfStep('server', step.type);
      }
    }
  }

  /** The event that the server is working on now. */
  get #current(): ActionEvent | undefined {
    const head = this.#walk.replies.head;
    if (head === undefined) return undefined;
    if (head.kind === 'query') return head.events[Math.min(head.next, head.events.length - 1)];
    return head.kind === 'execute' || head.kind === 'try' ? head.event : undefined;
  }

  #rows(bytes: Buffer, messages: number): void {
    const { replies, down } = this.#walk;
    const { head } = replies;
    if (head?.kind === 'probe') {
      return this.#probe.row(bytes);
    }
    const event = this.#current;
    if (event === undefined) return this.#walk.outOfStep('server', bytes[0] ?? 0);
    if (!this.#results.open) {
      if (head?.kind !== 'execute') return this.#results.refuse('GH_PG_MASK_PLAN');
      if (!this.#results.openPortal(head.portal, event)) return;
    }
    event.rows += messages;
    this.#results.push(bytes, (masked) => {
      event.bytesOut += masked.length;
      down.release(masked);
    });
  }

  #message(type: number, wire: Buffer): void {
    const { replies, down } = this.#walk;
    if (ASYNCHRONOUS.has(type)) {
      if (type === BACKEND.ParameterStatus) {
        const status = decodeParameterStatus(wire);
        if (status.ok) this.#walk.context.parameterChanged(status.name, status.value);
      }
      const masked = this.#texts.asynchronous(type, wire, this.#current);
      if (masked === undefined) return this.#walk.outOfStep('server', type);
      // The server reports what has changed at each ReadyForQuery, and this one is the gate's.
      const early = type === BACKEND.ParameterStatus && replies.head?.kind === 'probe';
      if (early && this.#reported.length < REPORTED_MAX) this.#reported.push(masked);
      else down.release(masked);
      return;
    }
    if (type === BACKEND.ErrorResponse) return this.#error(wire);
    const head = replies.head;
    if (head === undefined) return this.#walk.outOfStep('server', type);
    switch (head.kind) {
      case 'probe':
        return this.#probe.message(head, type);
      case 'query':
        return this.#queryReply(head, type, wire);
      case 'sync':
        if (type !== BACKEND.ReadyForQuery) return this.#walk.outOfStep('server', type);
        return this.#ready(wire);
      case 'denied':
        // Its error has been told (#error); a simple Query still owes ReadyForQuery.
        if (type !== BACKEND.ReadyForQuery || !head.simple) return this.#walk.outOfStep('server', type);
        return this.#ready(wire);
      case 'parse':
        if (type !== BACKEND.ParseComplete) return this.#walk.outOfStep('server', type);
        replies.shift();
        head.change.took();
        this.#walk.endEvent(head.event, 'ok', '', wire);
        return this.#afterReply();
      case 'bind':
        if (type !== BACKEND.BindComplete) return this.#walk.outOfStep('server', type);
        head.change.took();
        return this.#passAndShift(wire);
      case 'describe':
        if (type === BACKEND.ParameterDescription) {
          if (head.parameters !== undefined) {
            const described = decodeParameterDescription(wire);
            if (!described.ok) return this.#walk.outOfStep('server', type);
            head.parameters.types = described.parameterTypes;
          }
          return head.own ? undefined : down.release(wire);
        }
        if (type === BACKEND.NoData) head.shape?.describedAsNone();
        else if (type !== BACKEND.RowDescription || head.shape?.describedBy(wire) === false)
          return this.#walk.outOfStep('server', type);
        if (!head.own) return this.#passAndShift(wire);
        replies.shift();
        return this.#afterReply();
      case 'close':
        if (type !== BACKEND.CloseComplete) return this.#walk.outOfStep('server', type);
        head.change.took();
        return this.#passAndShift(wire);
      case 'absent':
        // The gate's own Close; after it the server can only fail (#error).
        if (type !== BACKEND.CloseComplete || head.closed) return this.#walk.outOfStep('server', type);
        head.closed = true;
        return;
      case 'execute':
        return this.#executeReply(head, type, wire);
      case 'try':
        return this.#tryReply(head, type, wire);
      case 'rollback':
        return this.#rollbackReply(head, type, wire);
      case 'local':
        return this.#walk.outOfStep('server', type);
    }
  }

  #queryReply(head: Extract<ExpectedReply, { kind: 'query' }>, type: number, wire: Buffer): void {
    // An empty Query makes no portal, and so ends none.
    this.#startQuery(head, type === BACKEND.EmptyQueryResponse);
    switch (type) {
      case BACKEND.CommandComplete:
      case BACKEND.EmptyQueryResponse: {
        this.#results.end();
        const statement = head.statements[head.next];
        // Nobody knows how many statements a text has that could not be read: its event ends with the whole of it.
        if (statement?.description.verb === 'UNKNOWN') {
          this.#counted(this.#current as ActionEvent, type, wire);
          this.#definitionEnded();
          return this.#walk.down.release(wire);
        }
        for (const change of head.changes[head.next] ?? NO_CHANGES) change.took();
        return this.#completed(
          head.events[head.next++],
          type,
          wire,
          () => statement?.description.defines === true,
        );
      }
      case BACKEND.ReadyForQuery:
        return this.#queryEnded(head, wire);
      case BACKEND.CopyInResponse:
        this.#copyStarted(this.#current);
        break;
      case BACKEND.RowDescription:
      case BACKEND.CopyOutResponse:
        if (!this.#openQuery(head, type, wire)) return this.#walk.outOfStep('server', type);
        break;
      case BACKEND.CopyDone:
        this.#results.copyDone();
        break;
      default:
        return this.#walk.outOfStep('server', type);
    }
    const event = this.#current;
    if (event !== undefined) event.bytesOut += wire.length;
    this.#walk.down.release(wire);
  }

  /** What a statement of a Query sends comes next. */
  #openQuery(head: Extract<ExpectedReply, { kind: 'query' }>, type: number, wire: Buffer): boolean {
    const at = Math.min(head.next, head.statements.length - 1);
    const [event, masking, statement] = [head.events[at], head.maskings[at], head.statements[at]];
    if (event === undefined || masking === undefined || statement === undefined) return false;
    return type === BACKEND.RowDescription
      ? this.#results.openQuery(masking, event, wire)
      : this.#results.openCopy(masking, event, statement, wire);
  }

  #executeReply(head: Extract<ExpectedReply, { kind: 'execute' }>, type: number, wire: Buffer): void {
    const { replies, down } = this.#walk;
    switch (type) {
      case BACKEND.CommandComplete:
      case BACKEND.EmptyQueryResponse:
        this.#results.end();
        replies.shift();
        for (const change of head.changes) change.took();
        this.#completed(head.event, type, wire, () => head.portal.prepared.statement.description.defines);
        return this.#afterReply();
      case BACKEND.PortalSuspended:
        this.#results.end();
        head.event.bytesOut += wire.length;
        head.event.suspended = true;
        for (const change of head.changes) change.undone();
        return this.#passAndShift(wire);
      case BACKEND.CopyInResponse:
        this.#copyStarted(head.event);
        break;
      case BACKEND.CopyOutResponse:
        if (!this.#results.openCopy(head.portal.masking, head.event, head.portal.prepared.statement, wire))
          return this.#walk.outOfStep('server', type);
        break;
      case BACKEND.CopyDone:
        this.#results.copyDone();
        break;
      default:
        return this.#walk.outOfStep('server', type);
    }
    head.event.bytesOut += wire.length;
    down.release(wire);
  }

  /** The client asked in a Query: it hears of rows what it would then, and of the end once it is committed. */
  #tryReply(head: Extract<ExpectedReply, { kind: 'try' }>, type: number, wire: Buffer): void {
    const { event, masking } = head;
    switch (type) {
      case BACKEND.ParseComplete:
      case BACKEND.BindComplete:
      case BACKEND.NoData:
        return;
      case BACKEND.RowDescription:
        if (!this.#results.openQuery(masking, event, wire)) return this.#walk.outOfStep('server', type);
        event.bytesOut += wire.length;
        return this.#walk.down.release(wire);
      case BACKEND.CommandComplete:
      case BACKEND.EmptyQueryResponse:
        this.#results.end();
        this.#counted(event, type, wire);
        this.#walk.replies.shift();
        head.onRan(wire);
        return this.#afterReply();
      default:
        return this.#walk.outOfStep('server', type);
    }
  }

  #rollbackReply(head: Extract<ExpectedReply, { kind: 'rollback' }>, type: number, wire: Buffer): void {
    if (!head.simple) {
      if (!ROLLBACK_ANSWERS.has(type)) this.#walk.outOfStep('server', type);
      return;
    }
    if (type === BACKEND.CommandComplete) this.#walk.down.releaseAfter(head.receipt, head.response);
    else if (type === BACKEND.ReadyForQuery) this.#ready(wire);
    else this.#walk.outOfStep('server', type);
  }

  /**
   * A Query ends the unnamed statement before anything else, the unnamed portal when it makes its own: after an error the
   * old one may be there still, and if it is not, the server says so.
   */
  #startQuery(head: Extract<ExpectedReply, { kind: 'query' }>, withoutPortal: boolean): void {
    if (head.started) return;
    head.started = true;
    head.unnamedStatement?.took();
    if (withoutPortal) head.unnamedPortal?.undone();
    else head.unnamedPortal?.took();
  }

  /** What has not been answered by ReadyForQuery was not run, but a text that could not be read has ended now. */
  #queryEnded(head: Extract<ExpectedReply, { kind: 'query' }>, wire: Buffer): void {
    let tell: Promise<Receipt> | undefined;
    for (let index = head.next; index < head.events.length; index++) {
      const event = head.events[index] as ActionEvent;
      for (const change of head.changes[index] ?? NO_CHANGES) change.undone();
      if (head.statements[index]?.description.verb === 'UNKNOWN')
        tell = event.end(this.#walk.gate.journal, this.#walk.gate.clock, 'ok');
      else this.#walk.endEvent(event, 'not_run');
    }
    this.#ready(wire, tell);
  }

  #copyStarted(event: ActionEvent | undefined): void {
    if (event !== undefined) event.copying = true;
    this.#walk.replies.dropIgnoredSyncs();
    this.#walk.copyStarted();
    // The server ignores what closes the batch until the data has ended.
    this.#walk.unsynced = this.#walk.replies.head?.kind === 'execute';
  }

  #completed(event: ActionEvent | undefined, type: number, wire: Buffer, defines: () => boolean): void {
    if (event === undefined) return this.#walk.outOfStep('server', type);
    this.#counted(event, type, wire);
    if (defines()) this.#definitionEnded();
    this.#walk.endEvent(event, 'ok', '', wire);
  }

  #counted(event: ActionEvent, type: number, wire: Buffer): void {
    event.bytesOut += wire.length;
    if (type !== BACKEND.CommandComplete) return;
    const complete = decodeCommandComplete(wire);
    if (complete.ok && complete.rows !== undefined) {
      event.rows = complete.rows;
      event.counted = true;
    }
  }

  #definitionEnded(): void {
    const { upstreamName, database } = this.#walk.context.identity;
    this.#walk.gate.describer.catalogueChanged(upstreamName, database);
  }

  /** `record` is what the end of the answer waits for. */
  #ready(wire: Buffer, record?: Promise<Receipt>): void {
    const { replies, down, context, portals } = this.#walk;
    const ready = decodeReadyForQuery(wire);
    if (!ready.ok) return this.#walk.outOfStep('server', BACKEND.ReadyForQuery);
    const answered = replies.shift();
    if (answered?.kind === 'sync') {
      this.#unanswered.closePortals(answered.closing, ready.status === 'I');
      this.#committed(answered.commits);
    }
    if (this.#reported.length > 0) for (const status of this.#reported.splice(0)) down.release(status);
    if (record === undefined) down.release(wire);
    else down.releaseAfter(record, wire);
    const state = ready.status === 'I' ? 'idle' : ready.status === 'T' ? 'in_transaction' : 'failed';
    if (state !== context.transaction && !replies.runs) context.setTransaction(state);
    if (replies.length === 0) {
      this.#walk.unsynced = false;
      this.#walk.bound = false;
      if (ready.status === 'I') {
        for (const name of portals.names()) this.#walk.endPortal(portals.drop(name));
        this.#walk.transactionEnded();
      }
    }
    this.#afterReply();
  }

  /** Where it failed, its events have ended and the client knows. */
  #committed(commits: CommitEnd | undefined): void {
    const [last] = commits?.events.filter(({ ended }) => !ended).slice(-1) ?? [];
    for (const event of commits?.events ?? [])
      this.#walk.endEvent(event, 'ok', '', event === last ? commits?.tell : undefined);
  }

  #commitFailed(events: readonly ActionEvent[], sqlstate: string, wire: Buffer): void {
    for (const event of events.slice(1)) this.#walk.endEvent(event, outcomeOf(sqlstate), sqlstate);
    const [first] = events;
    if (first === undefined) this.#walk.down.release(wire);
    else this.#walk.endEvent(first, outcomeOf(sqlstate), sqlstate, wire);
  }

  #passAndShift(wire: Buffer): void {
    this.#walk.replies.shift();
    this.#walk.down.release(wire);
    this.#afterReply();
  }

  /** What the gate answers itself leaves when everything before it has. */
  #afterReply(): void {
    const { replies, down } = this.#walk;
    for (let head = replies.head; head?.kind === 'local'; head = replies.head) {
      replies.shift();
      if (head.receipt === undefined) down.release(head.bytes);
      else down.releaseAfter(head.receipt, head.bytes);
    }
    if (replies.length === 0) this.#walk.idle();
  }

  #error(fromServer: Buffer): void {
    const { replies, down } = this.#walk;
    this.#results.end();
    const wire = this.#texts.error(fromServer, this.#current);
    if (wire === undefined) return this.#walk.outOfStep('server', BACKEND.ErrorResponse);
    const decoded = decodeErrorFields(wire);
    if (!decoded.ok) return this.#walk.outOfStep('server', BACKEND.ErrorResponse);
    const sqlstate = decoded.fields.get('C') ?? '';
    const severity = decoded.fields.get('V') ?? decoded.fields.get('S') ?? '';
    const head = replies.head;
    if (severity === 'FATAL' || severity === 'PANIC') {
      this.#fatal = true;
      this.#unanswered.endAll('error', sqlstate);
      down.release(wire);
      return;
    }
    if (head === undefined) return down.release(wire);
    switch (head.kind) {
      case 'query': {
        this.#startQuery(head, true);
        const failed = head.events[head.next];
        for (const changes of head.changes.slice(head.next)) for (const change of changes) change.undone();
        for (let index = head.next + 1; index < head.events.length; index++) {
          this.#walk.endEvent(head.events[index] as ActionEvent, 'not_run');
        }
        head.next = head.events.length;
        if (failed === undefined) return down.release(wire);
        failed.bytesOut += wire.length;
        return this.#walk.endEvent(failed, outcomeOf(sqlstate), sqlstate, wire);
      }
      case 'probe':
        return this.#probe.error(head);
      case 'sync':
        // A deferred constraint, for example: the error comes at the commit that Sync makes.
        return this.#commitFailed(head.commits?.events ?? NO_EVENTS, sqlstate, wire);
      case 'try':
        replies.shift();
        this.#walk.endEvent(head.event, outcomeOf(sqlstate), sqlstate, wire);
        replies.push({ kind: 'sync', ignoredInCopy: false, closing: [] });
        this.#walk.pipelineEnded();
        this.#walk.up.release(SYNC);
        this.#walk.up.flush();
        return head.onRan(undefined);
      case 'rollback':
        down.releaseAfter(head.receipt, head.response);
        if (head.simple) return;
        replies.shift();
        return this.#unanswered.skipToSync();
      case 'denied':
        down.releaseAfter(head.receipt, head.response);
        if (head.simple) return;
        replies.shift();
        return this.#unanswered.skipToSync();
      case 'parse':
      case 'bind':
      case 'describe':
      case 'execute':
      case 'close':
      case 'absent':
        replies.shift();
        this.#unanswered.end(head, outcomeOf(sqlstate), sqlstate, wire);
        // A Parse that fails has ended what was unnamed all the same.
        if (head.kind === 'parse' && head.change.name === '') this.#walk.prepared.drop('');
        this.#unanswered.skipToSync();
        if (head.kind === 'execute' && head.event.syncHeld) this.#payHeldSync();
        return;
      case 'local':
        return this.#walk.outOfStep('server', BACKEND.ErrorResponse);
    }
  }

  /** The Sync that the client sent amid a COPY's data, now that the server waits for one. */
  #payHeldSync(): void {
    const { replies, up } = this.#walk;
    if (!this.#walk.serverSkipping) return;
    this.#walk.serverSkipping = false;
    this.#walk.pipelineEnded();
    replies.push({ kind: 'sync', ignoredInCopy: false, closing: [] });
    up.release(SYNC);
    up.flush();
  }

  /** The stream is over: what was not answered never will be. */
  abandon(): void {
    this.#unanswered.endAll('aborted', '');
    const { portals } = this.#walk;
    for (const name of portals.names()) this.#walk.endPortal(portals.drop(name));
  }
}

/** Of Parse, Bind, Execute and Close. */
const ROLLBACK_ANSWERS: ReadonlySet<number> = new Set([
  BACKEND.ParseComplete,
  BACKEND.BindComplete,
  BACKEND.CommandComplete,
  BACKEND.CloseComplete,
]);
const NO_EVENTS: readonly ActionEvent[] = [];
const NO_CHANGES: readonly NameChange<unknown>[] = [];

/** query_canceled is the client's own doing, or a timeout's. */
function outcomeOf(sqlstate: string): 'error' | 'cancelled' {
  return sqlstate === '57014' ? 'cancelled' : 'error';
}
