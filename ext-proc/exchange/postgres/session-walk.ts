/**
 * What the two directions of a ready session share: its context, what the server still owes, what is prepared, and
 * what waits to leave. Owns the moments at which the session's names are known for certain; refuses to guess them.
 */
import { BACKEND } from '../../protocols/postgres/message-types.ts';
import { encodeFlush } from '../../protocols/postgres/frontend-encoders.ts';
import type { Outcome } from '../../domain/audit-event.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { StatementDescription } from '../../domain/statement.ts';
import { SessionNames } from '../../protocols/postgres/sql/session-names.ts';
import type { ActionEvent } from './action-event.ts';
import { NAMES_PROBE, probeReply, SETTINGS_PROBE } from './context-probe.ts';
import type { SessionMoment } from './holds/bound-approval.ts';
import { CommitBlock } from './holds/commit-block.ts';
import type { Decider } from './decider.ts';
import { mayChangeMeaning, mayMakeTemporary, mayUndoSettings } from './effects.ts';
import type { PostgresGate, Termination } from './gate.ts';
import type { SessionMasking } from './masking/session-masking.ts';
import type { StatementMasking } from './masking/statement-masking.ts';
import { NameTable } from './name-table.ts';
import { portalWeight, preparedWeight, type Portal, type Prepared } from './prepared.ts';
import { ReplyQueue } from './reply-queue.ts';
import type { ReleaseQueue } from '../release-queue.ts';
import type { SessionContext } from './session-context.ts';

const FLUSH = encodeFlush();

export interface SessionWalkOptions {
  readonly gate: PostgresGate;
  readonly context: SessionContext;
  readonly decider: Decider;
  readonly masking: SessionMasking;
  readonly up: ReleaseQueue;
  readonly down: ReleaseQueue;
  /** Ends the session; nothing is forwarded after it. */
  readonly terminate: (cause: Termination) => void;
  /** The server has answered everything. */
  readonly onIdle: () => void;
  /** Stops reading from both peers, or goes on. */
  readonly hold: (held: boolean) => void;
  /** Has little of either peer's under way, or as much as is usual. */
  readonly narrow: (narrow: boolean) => void;
}

export class SessionWalk {
  readonly gate: PostgresGate;
  readonly context: SessionContext;
  readonly decider: Decider;
  readonly masking: SessionMasking;
  readonly up: ReleaseQueue;
  readonly down: ReleaseQueue;
  readonly replies = new ReplyQueue();
  readonly prepared = new NameTable<Prepared>(preparedWeight);
  readonly portals = new NameTable<Portal>(portalWeight);
  /** What has run and waits for its commit to be approved. */
  readonly block = new CommitBlock();
  readonly terminate: (cause: Termination) => void;
  readonly hold: (held: boolean) => void;
  readonly narrow: (narrow: boolean) => void;
  readonly #onIdle: () => void;
  /** The server has failed in a pipeline and ignores everything until a Sync that has not been sent yet. */
  serverSkipping = false;
  /** Extended-protocol messages were forwarded since the last Sync or Query. */
  unsynced = false;
  /** A Query was sent amid a pipeline: what looks like a block after it may end with a Sync. */
  implicitOpen = false;
  /** Something sent since the session was last idle touches hidden columns: a commit's error may speak of it. */
  withholdsErrors = false;
  /** Binds and statements that have gone on so far. */
  taken = 0;
  /** A portal was made since then, which a Sync would end. */
  bound = false;
  /** Something forwarded may change how later statements are read, and is not answered yet. */
  #meaningAtRisk = false;
  /** The session's names must be asked for before the next description. */
  #namesUnknown: boolean;
  /** Code of users has run, which may have made temporary tables. */
  #temporariesUnknown = false;
  /** Settings may have been made in the open transaction block, which its end may undo. */
  #settingsInBlock = false;
  /** Settings may have been made since the last Sync or Query, which an error before the next one undoes. */
  #settingsInPipeline = false;
  #onSettled: (() => void) | undefined;
  #wakeOnCopy = false;
  readonly #names = new SessionNames();

  constructor(options: SessionWalkOptions & { readonly namesUnknown: boolean }) {
    this.gate = options.gate;
    this.context = options.context;
    this.decider = options.decider;
    this.masking = options.masking;
    this.up = options.up;
    this.down = options.down;
    this.terminate = options.terminate;
    this.#onIdle = options.onIdle;
    this.hold = options.hold;
    this.narrow = options.narrow;
    this.#namesUnknown = options.namesUnknown;
  }

  /** The pipeline ends here, and with it the transaction that its settings were made in: it may fail, and undo them. */
  pipelineEnded(): void {
    if (this.unsynced && this.#settingsInPipeline) this.#meaningAtRisk = true;
    this.#settingsInPipeline = false;
    this.unsynced = false;
  }

  /** Has the names and settings asked for again, unless everything is answered and reported. */
  distrustNames(): void {
    if (this.unsynced || this.replies.length > 0) this.#namesUnknown = true;
  }

  /** Whether the next statement can be described now; if not, `settle` first. */
  get settled(): boolean {
    return !this.#meaningAtRisk && !this.#namesUnknown;
  }

  get moment(): SessionMoment {
    return { taken: this.taken, nowMs: this.gate.clock.monotonicMs() };
  }

  /** What the session itself has made, which may give a statement a meaning that the catalogue does not show. */
  get own(): Pick<SessionNames, 'uncommitted' | 'hasRelations'> {
    return this.#names;
  }

  /** A statement is on its way to the server. */
  forwarded(statement: StatementDescription): void {
    this.taken++;
    this.#names.passed(statement);
    this.context.setSessionNames(this.#names.temporaryNames, this.#names.unsettled);
    if (mayMakeTemporary(statement)) {
      this.#temporariesUnknown = true;
      this.#meaningAtRisk = true;
    }
    if (mayChangeMeaning(statement)) {
      this.#meaningAtRisk = true;
      this.#settingsInBlock = true;
      this.#settingsInPipeline = true;
    } else if (this.#settingsInBlock && mayUndoSettings(statement)) this.#meaningAtRisk = true;
  }

  /** The server is out of any transaction: what was defined in one is committed, or is gone. */
  transactionEnded(): void {
    const { upstreamName, database } = this.context.identity;
    this.block.clear();
    this.implicitOpen = false;
    if (this.#names.transactionEnded()) this.gate.describer.catalogueChanged(upstreamName, database);
    this.context.setSessionNames(this.#names.temporaryNames, this.#names.unsettled);
  }

  /** A statement is on its way whose errors may have to be withheld. */
  touches(masking: StatementMasking): void {
    if (masking.withholdsErrors) this.withholdsErrors = true;
  }

  /** Everything forwarded has been answered. */
  idle(): void {
    if (this.context.transaction === 'idle') this.withholdsErrors = false;
    if (this.#meaningAtRisk) {
      this.#meaningAtRisk = false;
      this.#namesUnknown = true;
    }
    // Amid a pipeline only its Sync says whether what it has set stays.
    if (this.context.transaction === 'idle') {
      if (!this.unsynced) this.#settingsInBlock = false;
    } else if (this.context.transaction === 'failed' && this.#settingsInBlock) this.#namesUnknown = true;
    const settled = this.#onSettled;
    this.#onSettled = undefined;
    if (settled !== undefined) settled();
    else this.#onIdle();
  }

  /** Waits until the server has answered everything that was forwarded, or reads COPY data where that ends it too. */
  async answered(orCopying = false): Promise<void> {
    if (this.replies.length === 0) return;
    // Without a Sync the server keeps its answers; a Flush makes it send them and changes nothing else.
    if (this.unsynced) {
      this.up.release(FLUSH);
      this.up.flush();
    }
    this.#wakeOnCopy = orCopying;
    await new Promise<void>((resolve) => {
      this.#onSettled = resolve;
    });
  }

  /**
   * Waits until the server owes half of what it may owe. It needs nothing for that, not even a Flush: what it keeps back
   * without one is far less than the other half.
   */
  lessOwed(): Promise<void> {
    return new Promise((resolve) => this.replies.whenShort(LIMITS.pendingRepliesMax / 2, resolve));
  }

  /** The server has begun to read COPY data. */
  copyStarted(): void {
    if (!this.#wakeOnCopy) return;
    this.#wakeOnCopy = false;
    const settled = this.#onSettled;
    this.#onSettled = undefined;
    settled?.();
  }

  /**
   * Waits until the server has answered everything and said under which names the session runs. Where it cannot say
   * (a failed transaction), names are unresolved, and it is asked again later.
   */
  async settle(): Promise<void> {
    await this.answered();
    if (!this.#namesUnknown || this.serverSkipping) return;
    if (this.context.transaction === 'failed') {
      this.context.setNames(undefined, undefined);
      return;
    }
    await new Promise<void>((resolve) => {
      // A Query amid a pipeline leaves its implicit transaction open, which only looks like a block: no Sync there either.
      const withSync = !this.bound && this.context.transaction === 'idle';
      if (withSync) this.unsynced = false;
      const probe = this.#temporariesUnknown ? NAMES_PROBE : SETTINGS_PROBE;
      this.replies.push(
        probeReply(probe, withSync, (answer) => {
          if (answer !== undefined) {
            this.#namesUnknown = false;
            if (answer.temporaryNames !== undefined) this.#temporariesAre(answer.temporaryNames);
            this.context.parameterChanged('client_encoding', answer.clientEncoding);
            this.context.parameterChanged('standard_conforming_strings', answer.standardConformingStrings);
          }
          this.context.setNames(answer?.searchPath, answer?.role);
          resolve();
        }),
      );
      this.up.release(withSync ? probe.withSync : probe.withFlush);
      this.up.flush();
    });
  }

  /**
   * As `settle`; and where messages of the client's have only parsed something, the server is out of their transaction
   * besides, by a Sync of the gate's: it holds none of their locks, and its timeouts do not run.
   */
  async quiet(): Promise<void> {
    await this.answered();
    if (this.unsynced && !this.bound && this.context.transaction === 'idle') this.#namesUnknown = true;
    await this.settle();
  }

  #temporariesAre(names: readonly string[] | 'too many'): void {
    this.#temporariesUnknown = false;
    this.#names.madeTemporary(names);
    this.context.setSessionNames(this.#names.temporaryNames, this.#names.unsettled);
  }

  /** Appends an event's `ended` record; the bytes that tell the client leave after it. */
  endEvent(event: ActionEvent, outcome: Outcome, errorCode = '', tell?: Buffer): void {
    const receipt = event.end(this.gate.journal, this.gate.clock, outcome, errorCode);
    if (receipt === undefined) {
      if (tell !== undefined) this.down.release(tell);
      return;
    }
    if (tell !== undefined) this.down.releaseAfter(receipt, tell);
    else this.keep(receipt);
  }

  /** Nothing runs a portal any more: its event ends with what came of it. */
  endPortal(portal: Portal | undefined): void {
    if (portal?.kind === 'statement') this.endEvent(portal.event, portal.executed ? 'ok' : 'not_run');
  }

  /** A record that nothing waits for must still be written, or the session ends. */
  keep(receipt: Promise<unknown>): void {
    receipt.catch((error: unknown) => this.journalFailed(error));
  }

  journalFailed(error: unknown): void {
    this.gate.log.error({ err: error, session: this.context.identity.sessionId }, 'journal unavailable');
    this.terminate({
      kind: 'postgres.failed',
      code: 'GH_JOURNAL_UNAVAILABLE',
      sqlstate: '58030',
      publicMessage: 'the record of this action cannot be written, so it is not run',
      hint: "Try again later; the gate's operators have been told.",
    });
  }

  outOfStep(direction: 'client' | 'server', type: number): void {
    this.gate.log.warn(
      { session: this.context.identity.sessionId, direction, messageType: type },
      'message out of step with the protocol',
    );
    this.terminate({
      kind: 'postgres.failed',
      code: direction === 'client' ? 'GH_PG_CLIENT_ORDER' : 'GH_PG_SERVER_ORDER',
      sqlstate: '08P01',
      publicMessage: 'a message came out of order; the connection is closed',
    });
  }
}

/** Types that a server may send at any time, whatever it owes. */
export const ASYNCHRONOUS: ReadonlySet<number> = new Set([
  BACKEND.NoticeResponse,
  BACKEND.NotificationResponse,
  BACKEND.ParameterStatus,
]);
