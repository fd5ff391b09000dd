/**
 * The client's direction of a ready session: every message is described, decided and recorded before a byte of it goes
 * on (I1). Owns the order: messages are taken one after the other, and one that has to wait makes all later ones wait;
 * what each message needs is in the file of its own name.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "Message Flow".
 */
import { LIMITS } from '../../../domain/limits.ts';
import { decodeEmpty } from '../../../protocols/postgres/frontend.ts';
import { MessageFramer } from '../../../protocols/postgres/framer.ts';
import { FRONTEND, FRONTEND_TYPES } from '../../../protocols/postgres/message-types.ts';
import type { SessionWalk } from '../session-walk.ts';
import { SqlPrepared } from '../sql-prepared.ts';
import { ClientFlow } from './client-flow.ts';
import { CopiesIn } from './copies-in.ts';
import { ExtendedBind } from './extended-bind.ts';
import { ExtendedExecute } from './extended-execute.ts';
import { ExtendedNames } from './extended-names.ts';
import { ExtendedParse } from './extended-parse.ts';
import type { FrontendParts } from './frontend-parts.ts';
import { Pipeline } from './pipeline.ts';
import { Refusals } from './refusals.ts';
import { RenewalAhead } from './renewal-ahead.ts';
import { SimpleQuery } from './simple-query.ts';
import { StatementMeanings } from './statement-meanings.ts';
import { TokenRenewals, type RenewToken } from './token-renewals.ts';
import { CommitHolds } from '../holds/commit-holds.ts';
import { Holds } from '../holds/holds.ts';

/** The session's token, as it is now. */
export interface WalkToken {
  readonly expiresAtMs: number;
  readonly renew: RenewToken;
}

const STREAMED: ReadonlySet<number> = new Set([FRONTEND.CopyData]);

export class FrontendWalk {
  readonly #walk: SessionWalk;
  readonly #framer = new MessageFramer({
    streamed: STREAMED,
    knownTypes: FRONTEND_TYPES,
    bytesMax: () => LIMITS.decidedMessageBytesMax,
  });
  readonly #flow: ClientFlow;
  readonly #copies: CopiesIn;
  readonly #pipeline: Pipeline;
  readonly #refusals: Refusals;
  readonly #simple: SimpleQuery;
  readonly #parse: ExtendedParse;
  readonly #bind: ExtendedBind;
  readonly #execute: ExtendedExecute;
  readonly #names: ExtendedNames;
  readonly #holds: Holds;
  readonly #commits: CommitHolds;
  readonly #renewals: TokenRenewals;
  readonly #ahead: RenewalAhead;
  #busy = false;
  #ended = false;
  #stopped = false;

  constructor(walk: SessionWalk, token: WalkToken) {
    this.#walk = walk;
    this.#flow = new ClientFlow(walk, this.#framer);
    const sqlPrepared = new SqlPrepared(walk.prepared, walk.portals);
    const copies = new CopiesIn(walk);
    const pipeline = new Pipeline(walk, copies);
    const refusals = new Refusals(walk, pipeline);
    const renewals = new TokenRenewals(walk, pipeline, refusals, (fresh) => token.renew(fresh));
    const meanings = new StatementMeanings(walk, this.#flow);
    const holds = new Holds({ walk, flow: this.#flow, token, onWait: () => this.#ahead.begin() });
    const commits = new CommitHolds(walk, pipeline, holds);
    const parts: FrontendParts = {
      walk,
      pipeline,
      meanings,
      sqlPrepared,
      copies,
      refusals,
      renewals,
      holds,
      commits,
    };
    this.#holds = holds;
    this.#renewals = renewals;
    this.#ahead = new RenewalAhead(this.#framer, renewals, () => holds.renewed());
    this.#commits = commits;
    this.#copies = copies;
    this.#pipeline = pipeline;
    this.#refusals = refusals;
    this.#simple = new SimpleQuery(parts);
    this.#parse = new ExtendedParse(parts);
    this.#bind = new ExtendedBind(parts);
    this.#execute = new ExtendedExecute(parts);
    this.#names = new ExtendedNames(walk, pipeline, refusals, renewals);
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
    this.#flow.arrived(chunk.length, this.#busy);
    if (this.#holds.waiting) this.#ahead.look();
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

  /** The client will send no more; what it sent is still worked off, but nobody is asked about it any more. */
  end(): void {
    this.#ended = true;
    this.#holds.left();
    this.#pump();
  }

  /** Something of the client's waits for a human. */
  get holding(): boolean {
    return this.#holds.waiting;
  }

  /** The gate is stopping: what waits for a human does so no longer, and the client is told. */
  endHold(): void {
    this.#holds.drained();
  }

  stop(): void {
    this.#stopped = true;
    this.#holds.stop();
    this.#flow.stop();
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
        this.#flow.goOn();
        if (this.#ended) {
          this.#stopped = true;
          up.end();
        }
        break;
      }
      if (step.kind === 'error') {
        this.#refusals.violation(step.code);
        break;
      }
      const waiting =
        step.kind === 'run' ? this.#copies.data(step.bytes) : this.#message(step.type, step.wire);
      if (waiting !== undefined) {
        this.#wait(waiting);
        break;
      }
    }
    if (this.#stopped) this.#flow.stop();
    up.flush();
    down.flush();
  }

  #wait(waiting: Promise<void>): void {
    this.#busy = true;
    // It may wait for an answer of the server's.
    this.#flow.goOn();
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
  }

  /**
   * Lets the other sessions have their turn, and goes on when what was decided so far is recorded: a client that sends
   * ahead waits in its own socket, not in this worker's memory.
   */
  #yield(): void {
    this.#busy = true;
    this.#flow.ownWorkBegins();
    this.#flow.holdIfFull();
    setImmediate(() => {
      if (this.#stopped) return this.#flow.stop();
      this.#walk.up.whenEmpty(() => {
        this.#flow.ownWorkEnds();
        this.#busy = false;
        this.#pump();
      });
    });
  }

  /** A promise where the message has to wait for something; what it does is done when that resolves. */
  #message(type: number, wire: Buffer): Promise<void> | void {
    if (this.#pipeline.skipping && type !== FRONTEND.Sync && type !== FRONTEND.Terminate)
      return this.#renewals.skipped();
    if (this.#copies.any && !COPY_PHASE.has(type)) {
      const copy = this.#copies.current;
      if (copy !== undefined && type !== FRONTEND.Terminate) {
        if (copy.event.copying) return this.#walk.outOfStep('client', type);
        // The COPY may fail, or be skipped after an error, before the server asks for data.
        if (copy.certain) return this.#walk.answered(true).then(() => this.#message(type, wire));
      }
      this.#copies.forget();
    }
    if (this.#walk.replies.answers >= LIMITS.pendingRepliesMax)
      return this.#walk.lessOwed().then(() => this.#message(type, wire));
    if (DECIDED.has(type) && this.#pipeline.transactionUncertain(type === FRONTEND.Query)) {
      return this.#walk.answered().then(() => this.#message(type, wire));
    }
    switch (type) {
      case FRONTEND.Query:
        return this.#simple.query(wire);
      case FRONTEND.Parse:
        return this.#parse.parse(wire);
      case FRONTEND.Bind:
        return this.#bind.bind(wire);
      case FRONTEND.Execute:
        return this.#execute.execute(wire);
      case FRONTEND.Describe:
        return this.#names.describe(wire);
      case FRONTEND.Close:
        return this.#names.close(wire);
      case FRONTEND.Sync:
        if (!decodeEmpty(wire).ok) return this.#refusals.violation('GH_PG_MESSAGE_TRAILING');
        return this.#commits.syncCommits ? this.#commits.sync(wire) : this.#pipeline.sync(wire);
      case FRONTEND.Flush:
        if (!decodeEmpty(wire).ok) return this.#refusals.violation('GH_PG_MESSAGE_TRAILING');
        return this.#walk.up.release(wire);
      case FRONTEND.CopyDone:
      case FRONTEND.CopyFail:
        return this.#copies.end(wire);
      case FRONTEND.Terminate:
        this.#stopped = true;
        this.#walk.up.release(wire);
        return this.#walk.up.end();
      case FRONTEND.FunctionCall:
        return this.#simple.functionCall();
      default:
        return this.#walk.outOfStep('client', type);
    }
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
