/**
 * The client's direction of a ready session: every message is described, decided and recorded before a byte of it goes
 * on (I1). Messages are taken one after the other; one that has to wait makes all later ones wait.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "Message Flow".
 */
import type { Receipt } from '../../domain/audit-event.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { DescribeResult } from '../../domain/ports.ts';
import {
  encodeBindComplete,
  encodeCloseComplete,
  encodeCommandComplete,
  encodeNoData,
  encodeParseComplete,
  encodeReadyForQuery,
} from '../../protocols/postgres/backend-encoders.ts';
import {
  decodeBind,
  decodeClose,
  decodeDescribe,
  decodeEmpty,
  decodeExecute,
  decodeParse,
  decodeQuery,
} from '../../protocols/postgres/frontend.ts';
import { encodeBind, encodeClose } from '../../protocols/postgres/frontend-encoders.ts';
import { MessageFramer } from '../../protocols/postgres/framer.ts';
import { FRONTEND, FRONTEND_TYPES } from '../../protocols/postgres/message-types.ts';
import { WIRE_ERRORS, type WireErrorCode } from '../../protocols/postgres/wire-errors.ts';
import type { Secret } from '../../domain/secret.ts';
import type { DescribedStatement, StatementDescription } from '../../domain/statement.ts';
import type { ActionEvent } from './action-event.ts';
import type { Judgement } from './decider.ts';
import { denialResponse, FAILING_PARSE, FAILING_QUERY, refusalResponse, type Refusal } from './denial.ts';
import { looksUpLate, mayChangeMeaning, readsFromClient, transactionAfter } from './effects.ts';
import { EMPTY_STATEMENT, FUNCTION_CALL_STATEMENT, undescribed } from './gate-statements.ts';
import type { NameTable } from './name-table.ts';
import type { Portal, PreparedStatement, StatementPortal } from './prepared.ts';
import type { ClosingPortal } from './reply-queue.ts';
import type { SessionWalk } from './session-walk.ts';
import { SqlPrepared, type CurrentMeanings } from './sql-prepared.ts';
import { mentionsToken, tokenOfRenewal } from './token-renewal.ts';

const STREAMED: ReadonlySet<number> = new Set([FRONTEND.CopyData]);

/** Renews the session's token; a refusal says why it was not. */
export type RenewToken = (token: Secret<string>) => Promise<Refusal | undefined>;

export class FrontendWalk {
  readonly #walk: SessionWalk;
  readonly #renew: RenewToken;
  readonly #framer = new MessageFramer({
    streamed: STREAMED,
    knownTypes: FRONTEND_TYPES,
    bytesMax: () => LIMITS.decidedMessageBytesMax,
  });
  readonly #sqlPrepared: SqlPrepared;
  #busy = false;
  #held = false;
  /** What is waited for is the gate's own work, and needs neither peer: reading may stop meanwhile. */
  #ownWait = false;
  #ended = false;
  #stopped = false;
  /** After a denial in the extended protocol everything up to the next Sync is ignored, as the server would. */
  #skipToSync = false;
  /** The actions whose data the client is sending, or may send once the server asks, in order. */
  #copies: CopyIn[] = [];
  /** Counts what the server skips as one after an error: the messages between two Syncs, or one Query. */
  #batch = 0;
  /** The last batch that was sent within a transaction block, or changes it, while it is not answered. */
  #transactionBatch: number | undefined;

  constructor(walk: SessionWalk, renew: RenewToken) {
    this.#walk = walk;
    this.#renew = renew;
    this.#sqlPrepared = new SqlPrepared(walk.prepared, walk.portals);
  }

  /** Whether bytes given to the server so far end within a message: nothing of the gate's may follow then. */
  get midMessage(): boolean {
    return this.#framer.midRun;
  }

  receive(chunk: Buffer): void {
    if (this.#stopped) return;
    this.#framer.push(chunk);
    if (this.#framer.bufferedBytes > LIMITS.frontendBufferBytesMax) {
      return this.#tooFarAhead();
    }
    if (this.#ownWait) this.#holdIfFull();
    this.#pump();
  }

  #tooFarAhead(): void {
    this.#walk.terminate({
      kind: 'postgres.failed',
      code: 'GH_PG_PIPELINE_TOO_LARGE',
      sqlstate: '54000',
      publicMessage: 'too much was sent ahead of the answers',
      hint: 'Read the answers while sending, or send smaller batches.',
    });
  }

  /** The client will send no more; what it sent is still worked off. */
  end(): void {
    this.#ended = true;
    this.#pump();
  }

  stop(): void {
    this.#stopped = true;
    this.#hold(false);
  }

  #pump(): void {
    if (this.#busy) return;
    const { up, down } = this.#walk;
    let taken = 0;
    while (!this.#stopped) {
      if (taken++ === LIMITS.messagesPerTurn) {
        this.#yield();
        break;
      }
      const step = this.#framer.next();
      if (step.kind === 'need-more') {
        this.#hold(false);
        if (this.#ended) {
          this.#stopped = true;
          up.end();
        }
        break;
      }
      if (step.kind === 'error') {
        this.#violation(step.code);
        break;
      }
      const waiting = step.kind === 'run' ? this.#copyData(step.bytes) : this.#message(step.type, step.wire);
      if (waiting !== undefined) {
        this.#busy = true;
        // It may wait for an answer of the server's.
        this.#hold(false);
        waiting.then(
          () => {
            this.#busy = false;
            this.#pump();
          },
          (error: unknown) => {
            this.#walk.gate.log.error(
              { err: error, session: this.#walk.context.identity.sessionId },
              'walk failed',
            );
            this.#walk.terminate({
              kind: 'postgres.failed',
              code: 'GH_INTERNAL',
              sqlstate: 'XX000',
              publicMessage: 'internal error; the session is closed',
            });
          },
        );
        break;
      }
    }
    if (this.#stopped) this.#hold(false);
    up.flush();
    down.flush();
  }

  /**
   * Lets the other sessions have their turn, and goes on when what was decided so far is recorded: a client that sends
   * ahead waits in its own socket, not in this worker's memory.
   */
  #yield(): void {
    this.#busy = true;
    this.#ownWait = true;
    this.#holdIfFull();
    setImmediate(() => {
      if (this.#stopped) return this.#hold(false);
      this.#walk.up.whenEmpty(() => {
        this.#ownWait = false;
        this.#busy = false;
        this.#pump();
      });
    });
  }

  #holdIfFull(): void {
    if (this.#framer.bufferedBytes > LIMITS.turnBytesHigh) this.#hold(true);
  }

  #hold(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    this.#walk.hold(held);
  }

  /** A promise where the message has to wait for something; what it does is done when that resolves. */
  #message(type: number, wire: Buffer): Promise<void> | void {
    if (
      (this.#skipToSync || this.#walk.serverSkipping) &&
      type !== FRONTEND.Sync &&
      type !== FRONTEND.Terminate
    )
      return;
    if (this.#copies.length > 0 && !COPY_PHASE.has(type)) {
      const copy = this.#copy;
      if (copy !== undefined && type !== FRONTEND.Terminate) {
        if (copy.event.copying) return this.#walk.outOfStep('client', type);
        // The COPY may fail, or be skipped after an error, before the server asks for data.
        if (copy.certain) return this.#walk.answered(true).then(() => this.#message(type, wire));
      }
      this.#copies = [];
    }
    if (this.#walk.replies.length >= LIMITS.pendingRepliesMax) return this.#tooFarAhead();
    if (DECIDED.has(type) && this.#transactionUncertain(type === FRONTEND.Query)) {
      return this.#walk.answered().then(() => this.#message(type, wire));
    }
    switch (type) {
      case FRONTEND.Query:
        return this.#query(wire);
      case FRONTEND.Parse:
        return this.#parse(wire);
      case FRONTEND.Bind:
        return this.#bind(wire);
      case FRONTEND.Execute:
        return this.#execute(wire);
      case FRONTEND.Describe:
        return this.#describe(wire);
      case FRONTEND.Close:
        return this.#close(wire);
      case FRONTEND.Sync:
        return this.#sync(wire);
      case FRONTEND.Flush:
        if (!decodeEmpty(wire).ok) return this.#violation('GH_PG_MESSAGE_TRAILING');
        return this.#walk.up.release(wire);
      case FRONTEND.CopyDone:
      case FRONTEND.CopyFail:
        return this.#copyEnd(wire);
      case FRONTEND.Terminate:
        this.#stopped = true;
        this.#walk.up.release(wire);
        return this.#walk.up.end();
      case FRONTEND.FunctionCall:
        return this.#functionCall();
      default:
        return this.#walk.outOfStep('client', type);
    }
  }

  /**
   * Whether the transaction's state depends on answers still to come: policy and the action digest see the state, and
   * what they see must not depend on how fast the server is. Within one batch it does not: after an error the rest of
   * it is skipped.
   */
  #transactionUncertain(newBatch: boolean): boolean {
    if (this.#transactionBatch === undefined) return false;
    if (this.#walk.replies.length > 0) return newBatch || this.#transactionBatch !== this.#batch;
    this.#transactionBatch = undefined;
    return false;
  }

  // --- describing ---------------------------------------------------------------------------------------------

  /** The statements of a text, described under names that are certain. */
  #described(text: string): DescribeResult | Promise<DescribeResult> {
    if (!this.#walk.settled) return this.#walk.settle().then(() => this.#describedNow(text));
    return this.#describedNow(text);
  }

  #describedNow(text: string): DescribeResult | Promise<DescribeResult> {
    const { gate, context } = this.#walk;
    const described = gate.describer.describe(text, context.nameContext);
    const settle = (result: DescribeResult): DescribeResult | Promise<DescribeResult> => {
      // A statement that may change names makes those behind it in the same text uncertain.
      const last = result.statements.length - 1;
      const changes = result.statements.some(
        (statement, index) => index < last && mayChangeMeaning(statement.description),
      );
      return changes ? gate.describer.describe(text, context.unsettledNameContext) : result;
    };
    const result = described instanceof Promise ? described.then(settle) : settle(described);
    if (!(result instanceof Promise)) return result;
    this.#ownWait = true;
    return result.finally(() => {
      this.#ownWait = false;
      this.#hold(false);
    });
  }

  /** Goes on when it is certain in which encoding, and by which rules for backslashes, the server will read the text. */
  #readable(text: string, read: () => Promise<void> | void): Promise<void> | void {
    if (this.#walk.context.lexingUncertain(text)) {
      this.#walk.distrustNames();
      if (!this.#walk.settled)
        return this.#walk.settle().then(() => (this.#walk.serverSkipping ? undefined : read()));
    }
    return read();
  }

  // --- simple protocol ----------------------------------------------------------------------------------------

  #query(wire: Buffer): Promise<void> | void {
    const query = decodeQuery(wire);
    if (!query.ok) return this.#undecodable(query.code, true);
    const token = tokenOfRenewal(query.text);
    if (token !== undefined) return this.#renewSimple(token);
    return this.#readable(query.text, () => this.#describeQuery(query.text, wire));
  }

  #describeQuery(text: string, wire: Buffer): Promise<void> | void {
    const unsafe = this.#unsafe(text);
    if (unsafe !== undefined) return this.#refuseSimple(unsafe);
    const described = this.#described(text);
    if (described instanceof Promise)
      return described.then((result) => this.#decideQuery(text, result, wire));
    return this.#decideQuery(text, described, wire);
  }

  #decideQuery(
    text: string,
    described: DescribeResult,
    wire: Buffer,
    current?: CurrentMeanings,
  ): Promise<void> | void {
    if (this.#walk.serverSkipping) return;
    const { decider, replies, up, portals, prepared } = this.#walk;
    const raw = statementsOf(text, described);
    this.#batch++;
    const batch = this.#batch++;
    if (this.#sqlPrepared.uncertain(raw, batch)) {
      return this.#walk.answered().then(() => this.#decideQuery(text, described, wire));
    }
    const executed = current === undefined ? this.#sqlPrepared.executed(raw) : NOTHING_EXECUTED;
    if (executed.length > 0) {
      return this.#meaningsNow(executed).then((now) => this.#decideQuery(text, described, wire, now));
    }
    const statements = this.#sqlPrepared.resolve(raw, current);
    const judgements = statements.map((statement) =>
      decider.judge('postgres.query', statement, NO_TYPES, undefined),
    );
    const refused = judgements.findIndex((judgement) => judgement.decision.verdict !== 'allow');
    if (refused >= 0) return this.#denyQuery(judgements, refused);
    const events: ActionEvent[] = [];
    let receipt: Promise<Receipt> | undefined;
    for (const judgement of judgements) {
      const recorded = decider.record(judgement);
      events.push(recorded.event);
      receipt = recorded.receipt;
      this.#forwarded(judgement.statement, batch);
    }
    (events[0] as ActionEvent).bytesIn = wire.length;
    this.#copies = copiesOf(statements, events);
    // A simple Query ends the unnamed statement and portal.
    const unnamedStatement =
      prepared.get('') === undefined ? undefined : prepared.change('', undefined, batch);
    const portal = portals.get('');
    this.#endPortal(portal);
    const unnamedPortal = portal === undefined ? undefined : portals.change('', undefined, batch);
    const changes = statements.map((statement) => this.#sqlPrepared.changes(statement, batch));
    replies.push({
      kind: 'query',
      events,
      statements,
      unnamedStatement,
      unnamedPortal,
      changes,
      next: 0,
      started: false,
    });
    this.#walk.pipelineEnded();
    up.releaseAfter(receipt as Promise<Receipt>, wire);
  }

  /** One denial means that none runs: the others are recorded as decided, and not run. */
  #denyQuery(judgements: readonly Judgement[], refused: number): void {
    const { decider } = this.#walk;
    let response: Buffer | undefined;
    let receipt: Promise<Receipt> | undefined;
    for (const [index, judgement] of judgements.entries()) {
      const allowed = judgement.decision.verdict === 'allow';
      const recorded = allowed
        ? decider.record(judgement, 'not_run')
        : decider.record(judgement, 'denied', '42501');
      receipt = recorded.receipt;
      if (index === refused) response = denialResponse(judgement.decision, recorded.event.eventId);
    }
    this.#answerSimple(response as Buffer, receipt as Promise<Receipt>);
  }

  /** An error in a simple Query's place: the server fails too where it has a transaction to fail. */
  #answerSimple(response: Buffer, receipt: Promise<Receipt>): void {
    const { replies, up, down, context, unsynced } = this.#walk;
    if (replies.length === 0 && context.transaction === 'idle' && !unsynced) {
      down.releaseAfter(receipt, Buffer.concat([response, encodeReadyForQuery('I')]));
      return;
    }
    replies.push({ kind: 'denied', response, receipt, simple: true });
    this.#batch++;
    this.#transactionBatch = this.#batch++;
    this.#walk.pipelineEnded();
    up.release(FAILING_QUERY);
  }

  #refuseSimple(refusal: Refusal): void {
    const recorded = this.#recordRefusal(refusal);
    this.#answerSimple(refusalResponse('ERROR', refusal, recorded.event.eventId), recorded.receipt);
  }

  async #renewSimple(token: Secret<string>): Promise<void> {
    const refusal = await this.#renew(token);
    if (refusal !== undefined) return this.#refuseSimple(refusal);
    // In order behind what is still owed, with the transaction's state as it is then.
    if (!this.#walk.settled || this.#walk.replies.length > 0) await this.#walk.settle();
    const status = this.#walk.context.transaction;
    const ready = encodeReadyForQuery(status === 'idle' ? 'I' : status === 'failed' ? 'E' : 'T');
    this.#answerLocally(Buffer.concat([encodeCommandComplete('SET'), ready]));
  }

  #functionCall(): void {
    const { decider } = this.#walk;
    const judgement = decider.judge('postgres.function_call', FUNCTION_CALL_STATEMENT, NO_TYPES, undefined);
    // Its contents are never described, so no policy can allow it.
    const denied: Judgement = {
      ...judgement,
      decision: {
        ...judgement.decision,
        verdict: 'deny',
        rule: 'gate.function_call',
        reason:
          'the FunctionCall message is obsolete and does not go through the gate; call the function with SELECT',
      },
    };
    this.#denyQuery([denied], 0);
  }

  // --- extended protocol --------------------------------------------------------------------------------------

  #parse(wire: Buffer): Promise<void> | void {
    const parse = decodeParse(wire);
    if (!parse.ok) return this.#undecodable(parse.code, false);
    const token = tokenOfRenewal(parse.text);
    if (token !== undefined) return this.#parseRenewal(parse.statement, token);
    return this.#readable(parse.text, () => {
      const unsafe = this.#unsafe(parse.text);
      if (unsafe !== undefined) return this.#refuseExtended(unsafe);
      const described = this.#described(parse.text);
      const decide = (result: DescribeResult): Promise<void> | void =>
        this.#decideParse(parse.statement, parse.text, parse.parameterTypes, result, wire);
      return described instanceof Promise ? described.then(decide) : decide(described);
    });
  }

  /** The server does not hear of it, so its place among what the server does hear must be certain. */
  #parseRenewal(name: string, token: Secret<string>): Promise<void> | void {
    const { prepared, replies } = this.#walk;
    const parse = (): void => {
      if (this.#walk.serverSkipping) return;
      if (prepared.size >= LIMITS.preparedStatementsMax) return this.#tooMany();
      prepared.change(name, { kind: 'renewal', name, token }, this.#batch).took();
      this.#answerLocally(encodeParseComplete());
    };
    return replies.length === 0 ? parse() : this.#walk.answered().then(parse);
  }

  #decideParse(
    name: string,
    text: string,
    parameterTypes: readonly number[],
    described: DescribeResult,
    wire: Buffer,
    current?: CurrentMeanings,
  ): Promise<void> | void {
    if (this.#walk.serverSkipping) return;
    const { decider, replies, up, prepared } = this.#walk;
    const raw = statementsOf(text, described);
    if (this.#sqlPrepared.uncertain(raw, this.#batch)) {
      return this.#walk.answered().then(() => this.#decideParse(name, text, parameterTypes, described, wire));
    }
    const executed = current === undefined ? this.#sqlPrepared.executed(raw) : NOTHING_EXECUTED;
    if (executed.length > 0) {
      return this.#meaningsNow(executed).then((now) =>
        this.#decideParse(name, text, parameterTypes, described, wire, now),
      );
    }
    const statements = this.#sqlPrepared.resolve(raw, current);
    const judgements = statements.map((statement) =>
      decider.judge('postgres.parse', statement, parameterTypes, undefined),
    );
    const refused = judgements.find((judgement) => judgement.decision.verdict !== 'allow');
    if (refused !== undefined) return this.#denyExtended(refused);
    // The server refuses several statements in one Parse; the first stands for the text in the record.
    const first = judgements[0] as Judgement;
    const full =
      prepared.size >= LIMITS.preparedStatementsMax || prepared.weight > LIMITS.preparedCharactersMax;
    if (full && prepared.get(name) === undefined) return this.#tooMany();
    const recorded = decider.record(first);
    recorded.event.bytesIn = wire.length;
    const statement = (described.statements[0] ?? first.statement) as DescribedStatement;
    const change = prepared.change(
      name,
      { kind: 'statement', name, statement, bySql: false, parameterTypes },
      this.#batch,
    );
    replies.push({ kind: 'parse', event: recorded.event, change });
    this.#walk.unsynced = true;
    up.releaseAfter(recorded.receipt, wire);
  }

  #bind(wire: Buffer): Promise<void> | void {
    const bind = decodeBind(wire);
    if (!bind.ok) return this.#undecodable(bind.code, false);
    return this.#bindTo(bind, wire);
  }

  #bindTo(bind: StatementPortal['bind'], wire: Buffer): Promise<void> | void {
    if (this.#walk.serverSkipping) return;
    const { prepared, portals } = this.#walk;
    const statement = prepared.get(bind.statement);
    if (
      prepared.uncertain(bind.statement, this.#batch) ||
      (statement?.kind === 'statement' && this.#sqlPrepared.uncertain([statement.statement], this.#batch))
    ) {
      return this.#walk.answered().then(() => this.#bindTo(bind, wire));
    }
    if (statement === undefined) {
      const nothing = encodeBind({ ...bind, parameterFormats: [], values: [], resultFormats: [] });
      return this.#absent(encodeClose('statement', bind.statement), nothing);
    }
    const full = portals.size >= LIMITS.portalsMax || portals.weight > LIMITS.portalBytesMax;
    if (full && portals.get(bind.portal) === undefined) return this.#tooMany();
    if (statement.kind === 'renewal') {
      const replaced = portals.get(bind.portal);
      portals
        .change(bind.portal, { kind: 'renewal', name: bind.portal, prepared: statement }, this.#batch)
        .took();
      this.#endPortal(replaced);
      return this.#answerLocally(encodeBindComplete());
    }
    const current = this.#describedAgain(statement);
    if (current instanceof Promise) return current.then((prepared) => this.#decideBind(bind, prepared, wire));
    return this.#decideBind(bind, current, wire);
  }

  /** What prepared statements that SQL executes mean now, as `#describedAgain` says of one. */
  async #meaningsNow(executed: readonly PreparedStatement[]): Promise<CurrentMeanings> {
    const meanings = new Map<string, StatementDescription>();
    for (const prepared of executed) {
      meanings.set(prepared.name, (await this.#describedAgain(prepared)).statement.description);
    }
    return meanings;
  }

  /**
   * What a prepared statement means now: the server analyses it anew where the search path or a name in it has changed
   * since (PostgreSQL 18, "PREPARE", Notes), so the description of then says nothing certain.
   */
  #describedAgain(prepared: PreparedStatement): PreparedStatement | Promise<PreparedStatement> {
    const { text, recordText, description } = prepared.statement;
    const renewed = (result: DescribeResult): PreparedStatement => {
      const first = result.statements[0]?.description;
      const now = prepared.bySql ? first?.inner : first;
      if (now === undefined || now === description) return prepared;
      return { ...prepared, statement: { description: now, text, recordText } };
    };
    const described = this.#described(text);
    return described instanceof Promise ? described.then(renewed) : renewed(described);
  }

  #decideBind(
    bind: StatementPortal['bind'],
    prepared: PreparedStatement,
    wire: Buffer,
    current?: CurrentMeanings,
  ): Promise<void> | void {
    if (this.#walk.serverSkipping) return;
    const { decider, replies, up, portals } = this.#walk;
    const executed =
      current === undefined ? this.#sqlPrepared.executed([prepared.statement]) : NOTHING_EXECUTED;
    if (executed.length > 0) {
      return this.#meaningsNow(executed).then((now) => this.#decideBind(bind, prepared, wire, now));
    }
    const judgement = decider.judge(
      'postgres.execute',
      this.#sqlPrepared.resolveOne(prepared.statement, current ?? NO_MEANINGS),
      prepared.parameterTypes,
      bind,
    );
    if (judgement.decision.verdict !== 'allow') return this.#denyExtended(judgement);
    const recorded = decider.record(judgement);
    recorded.event.bytesIn = wire.length;
    const portal: StatementPortal = {
      kind: 'statement',
      name: bind.portal,
      prepared,
      // What a named portal keeps must not keep the chunk that it came in.
      bind:
        bind.portal === ''
          ? bind
          : { ...bind, values: bind.values.map((value) => (value === null ? null : Buffer.from(value))) },
      event: recorded.event,
      executed: false,
      decidedUnder: decider.under,
      judged: judgement.statement.description,
    };
    this.#endPortal(portals.get(bind.portal));
    replies.push({ kind: 'bind', portal, change: portals.change(bind.portal, portal, this.#batch) });
    this.#walk.unsynced = true;
    this.#walk.bound = true;
    up.releaseAfter(recorded.receipt, wire);
  }

  #execute(wire: Buffer): Promise<void> | void {
    const execute = decodeExecute(wire);
    if (!execute.ok) return this.#undecodable(execute.code, false);
    return this.#executePortal(execute.portal, wire);
  }

  #executePortal(name: string, wire: Buffer): Promise<void> | void {
    if (this.#walk.serverSkipping) return;
    const { portals } = this.#walk;
    const portal = portals.get(name);
    if (
      portals.uncertain(name, this.#batch) ||
      (portal?.kind === 'statement' && this.#sqlPrepared.uncertain([portal.prepared.statement], this.#batch))
    ) {
      return this.#walk.answered().then(() => this.#executePortal(name, wire));
    }
    if (portal === undefined) return this.#executeAbsent(name, wire);
    if (portal.kind === 'renewal') return this.#renewExtended(portal.prepared.token);
    const executed = this.#sqlPrepared.executed([portal.prepared.statement]);
    if (executed.length > 0) {
      return this.#meaningsNow(executed).then((now) => this.#run(portal, wire, now));
    }
    if (looksUpLate(portal.prepared.statement.description)) {
      const again = this.#describedAgain(portal.prepared);
      const run = (prepared: PreparedStatement): void => {
        portal.prepared = prepared;
        this.#run(portal, wire, NO_MEANINGS);
      };
      return again instanceof Promise ? again.then(run) : run(again);
    }
    return this.#run(portal, wire, NO_MEANINGS);
  }

  #run(portal: StatementPortal, wire: Buffer, current: CurrentMeanings): void {
    if (this.#walk.serverSkipping) return;
    const { decider, replies, up } = this.#walk;
    let receipt: Promise<Receipt> | undefined;
    const statement = this.#sqlPrepared.resolveOne(portal.prepared.statement, current);
    // Run again, or under another policy, context or meaning than its Bind was: decided again.
    if (
      portal.event.ended ||
      portal.decidedUnder !== decider.under ||
      portal.judged !== statement.description
    ) {
      const judgement = decider.judge(
        'postgres.execute',
        statement,
        portal.prepared.parameterTypes,
        portal.bind,
      );
      if (judgement.decision.verdict !== 'allow') return this.#denyExtended(judgement);
      const recorded = decider.record(judgement);
      this.#walk.endEvent(portal.event, portal.executed ? 'ok' : 'not_run');
      portal.event = recorded.event;
      receipt = recorded.receipt;
      portal.decidedUnder = decider.under;
      portal.judged = statement.description;
    }
    portal.executed = true;
    portal.event.bytesIn += wire.length;
    this.#copies = copiesOf([statement], [portal.event]);
    this.#forwarded(statement, this.#batch);
    const changes = this.#sqlPrepared.changes(portal.prepared.statement, this.#batch);
    replies.push({ kind: 'execute', portal, event: portal.event, changes });
    this.#walk.unsynced = true;
    if (receipt === undefined) up.release(wire);
    else up.releaseAfter(receipt, wire);
  }

  /**
   * In a failed transaction nothing can run, whatever there is behind the name, and the server's words tell whether there
   * is anything: a failed Query leaves its own portal there.
   */
  #executeAbsent(name: string, wire: Buffer): Promise<void> | void {
    const { replies, context, up } = this.#walk;
    if (replies.length > 0) return this.#walk.answered().then(() => this.#executePortal(name, wire));
    if (context.transaction !== 'failed') return this.#absent(encodeClose('portal', name), wire);
    this.#skipToSync = true;
    replies.push({ kind: 'absent', closed: true });
    this.#walk.unsynced = true;
    up.release(wire);
  }

  async #renewExtended(token: Secret<string>): Promise<void> {
    const refusal = await this.#renew(token);
    if (refusal !== undefined) return this.#refuseExtended(refusal);
    this.#answerLocally(encodeCommandComplete('SET'));
  }

  #describe(wire: Buffer): void {
    const describe = decodeDescribe(wire);
    if (!describe.ok) return this.#undecodable(describe.code, false);
    const known =
      describe.target === 'statement'
        ? this.#walk.prepared.get(describe.name)
        : this.#walk.portals.get(describe.name);
    if (known?.kind === 'renewal') {
      return this.#answerLocally(
        describe.target === 'statement' ? Buffer.concat([NO_PARAMETERS, encodeNoData()]) : encodeNoData(),
      );
    }
    this.#walk.replies.push({ kind: 'describe' });
    this.#walk.unsynced = true;
    this.#walk.up.release(wire);
  }

  #close(wire: Buffer): void {
    const close = decodeClose(wire);
    if (!close.ok) return this.#undecodable(close.code, false);
    const { prepared, portals, replies, up } = this.#walk;
    const table = close.target === 'statement' ? prepared : portals;
    const named = table.get(close.name);
    if (close.target === 'portal') this.#endPortal(portals.get(close.name));
    const change = table.change(close.name, undefined, this.#batch);
    if (named?.kind === 'renewal') {
      change.took();
      return this.#answerLocally(encodeCloseComplete());
    }
    replies.push({ kind: 'close', change });
    this.#walk.unsynced = true;
    up.release(wire);
  }

  #sync(wire: Buffer): void {
    if (!decodeEmpty(wire).ok) return this.#violation('GH_PG_MESSAGE_TRAILING');
    const { replies, up, context, portals } = this.#walk;
    this.#batch++;
    this.#skipToSync = false;
    this.#walk.serverSkipping = false;
    const copy = this.#copy;
    if (copy?.event.copying === true) {
      copy.event.syncHeld = true;
      return;
    }
    const ignoredInCopy = copy?.certain === true;
    const closing =
      !ignoredInCopy && context.transaction === 'idle' ? this.#closingPortals(portals) : NO_CLOSING;
    replies.push({ kind: 'sync', ignoredInCopy, closing });
    if (!ignoredInCopy) {
      this.#walk.pipelineEnded();
      this.#walk.bound = false;
    }
    up.release(wire);
  }

  #closingPortals(portals: NameTable<Portal>): readonly ClosingPortal[] {
    const names = portals.names();
    if (names.length === 0) return NO_CLOSING;
    const closing: ClosingPortal[] = [];
    for (const name of names) {
      const portal = portals.get(name);
      if (portal !== undefined)
        closing.push({ portal, change: portals.change(name, undefined, this.#batch) });
    }
    return closing;
  }

  // --- COPY ---------------------------------------------------------------------------------------------------

  /** The COPY that takes data now, or will when the server asks for it. */
  get #copy(): CopyIn | undefined {
    while (this.#copies[0]?.event.ended === true) this.#copies.shift();
    return this.#copies[0];
  }

  /** Data of a decided COPY goes on; anything else is ignored, as the server would. */
  #copyData(bytes: Buffer): void {
    const event = this.#copy?.event;
    if (event === undefined) return;
    event.bytesIn += bytes.length;
    this.#walk.up.release(bytes);
  }

  #copyEnd(wire: Buffer): void {
    const event = this.#copy?.event;
    if (event === undefined) return;
    event.bytesIn += wire.length;
    this.#copies.shift();
    this.#walk.up.release(wire);
  }

  // --- refusing -----------------------------------------------------------------------------------------------

  #denyExtended(judgement: Judgement): void {
    const errorCode = '42501';
    const recorded = this.#walk.decider.record(judgement, 'denied', errorCode);
    this.#failExtended(denialResponse(judgement.decision, recorded.event.eventId), recorded.receipt);
  }

  #refuseExtended(refusal: Refusal): void {
    const recorded = this.#recordRefusal(refusal);
    this.#failExtended(refusalResponse('ERROR', refusal, recorded.event.eventId), recorded.receipt);
  }

  /** An error in a message's place; the server fails too where there is something of this client's to roll back. */
  #failExtended(response: Buffer, receipt: Promise<Receipt>): void {
    const { replies, up, down, context, unsynced } = this.#walk;
    this.#skipToSync = true;
    if (replies.length === 0 && context.transaction === 'idle' && !unsynced) {
      down.releaseAfter(receipt, response);
      return;
    }
    replies.push({ kind: 'denied', response, receipt, simple: false });
    this.#transactionBatch = this.#batch;
    this.#walk.unsynced = true;
    up.release(FAILING_PARSE);
  }

  /**
   * The use of a name that the gate knows nothing behind. The server says so in its own words; closing the name first
   * makes certain of it, should something have been made behind the gate's back.
   */
  #absent(close: Buffer, use: Buffer): void {
    this.#skipToSync = true;
    this.#walk.replies.push({ kind: 'absent', closed: false });
    this.#walk.unsynced = true;
    this.#walk.up.release(close);
    this.#walk.up.release(use);
  }

  #recordRefusal(refusal: Refusal) {
    return this.#walk.decider.record(undescribed(refusal), 'denied', refusal.code);
  }

  #unsafe(text: string): Refusal | undefined {
    if (mentionsToken(text)) {
      return {
        code: 'GH_TOKEN_STATEMENT',
        sqlstate: '42601',
        publicMessage: "renew the token with exactly: SET gatehouse.token = '<token>'",
      };
    }
    return this.#walk.context.unsafeText(text);
  }

  /** A text that is not UTF-8 is an error of its own; any other broken message ends the session. */
  #undecodable(code: WireErrorCode, simple: boolean): void {
    if (code !== 'GH_PG_ENCODING' && code !== 'GH_PG_NAME_TOO_LONG') return this.#violation(code);
    const { sqlstate, message, hint } = WIRE_ERRORS[code];
    const refusal: Refusal = { code, sqlstate, publicMessage: message, hint };
    if (simple) this.#refuseSimple(refusal);
    else this.#refuseExtended(refusal);
  }

  #violation(code: WireErrorCode): void {
    const { sqlstate, message, hint } = WIRE_ERRORS[code];
    this.#walk.terminate({ kind: 'postgres.failed', code, sqlstate, publicMessage: message, hint });
  }

  #tooMany(): void {
    this.#refuseExtended({
      code: 'GH_PG_TOO_MANY_PREPARED',
      sqlstate: '54000',
      publicMessage: 'the session holds too many prepared statements or portals; close some',
    });
  }

  // --- small things -------------------------------------------------------------------------------------------

  /** An answer that needs no server, behind everything that is still owed. */
  #answerLocally(bytes: Buffer): void {
    const { replies, down } = this.#walk;
    if (replies.length === 0) down.release(bytes);
    else replies.push({ kind: 'local', bytes, receipt: undefined });
  }

  #forwarded(statement: DescribedStatement, batch: number): void {
    const { context } = this.#walk;
    this.#walk.forwarded(statement.description);
    this.#touchPortals(statement.description);
    const before = context.transaction;
    context.setTransaction(transactionAfter(statement.description, before));
    if (before !== 'idle' || context.transaction !== 'idle') this.#transactionBatch = batch;
  }

  /** SQL fetches from the protocol's portals, and closes them, under the names of cursors. */
  #touchPortals({ verb, subject }: StatementDescription): void {
    const { portals } = this.#walk;
    if (verb === 'FETCH' || verb === 'MOVE') {
      const portal = subject === undefined ? undefined : portals.get(subject);
      if (portal?.kind === 'statement') portal.executed = true;
    } else if (verb === 'CLOSE' || verb === 'DISCARD') {
      for (const name of subject === undefined ? portals.names() : [subject])
        this.#endPortal(portals.get(name));
    }
  }

  #endPortal(portal: Portal | undefined): void {
    if (portal?.kind === 'statement') this.#walk.endEvent(portal.event, portal.executed ? 'ok' : 'not_run');
  }
}

const COPY_PHASE: ReadonlySet<number> = new Set([
  FRONTEND.CopyDone,
  FRONTEND.CopyFail,
  FRONTEND.Sync,
  FRONTEND.Flush,
]);
/** What policy is asked about. */
const DECIDED: ReadonlySet<number> = new Set([
  FRONTEND.Query,
  FRONTEND.Parse,
  FRONTEND.Bind,
  FRONTEND.Execute,
]);
const NOTHING_EXECUTED: readonly PreparedStatement[] = [];
const NO_MEANINGS: CurrentMeanings = new Map();
const NO_TYPES: readonly number[] = [];
const NO_CLOSING: readonly ClosingPortal[] = [];
const NO_COPIES: CopyIn[] = [];
const NO_PARAMETERS = Buffer.from([0x74, 0, 0, 0, 6, 0, 0]);

interface CopyIn {
  readonly event: ActionEvent;
  /** False where the text could not be read: it may be a COPY, and the server knows. */
  readonly certain: boolean;
}

/** Those of a text's statements that read data from the client. */
function copiesOf(statements: readonly DescribedStatement[], events: readonly ActionEvent[]): CopyIn[] {
  let copies = NO_COPIES;
  for (const [index, { description }] of statements.entries()) {
    const certain = readsFromClient(description);
    if (!certain && description.verb !== 'UNKNOWN') continue;
    if (copies === NO_COPIES) copies = [];
    copies.push({ event: events[index] as ActionEvent, certain });
  }
  return copies;
}

/** At least one: an empty text is a statement too, and a text that could not be described is unknown. */
function statementsOf(text: string, described: DescribeResult): readonly DescribedStatement[] {
  if (described.statements.length > 0) return described.statements;
  return [{ ...EMPTY_STATEMENT, text, recordText: '' }];
}
