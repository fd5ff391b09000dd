/**
 * Commits that policy holds: lets what would be committed run, remembers it, and holds the COMMIT, the Sync, or the end of
 * a statement that is a transaction by itself. Owns that denial rolls back, and that the client sees the state of its
 * transaction as it is then.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "Extended Query" and "Pipelining" (implicit transactions).
 */
import type { Receipt } from '../../../domain/audit-event.ts';
import {
  encodeBind,
  encodeDescribe,
  encodeExecute,
  encodeFlush,
  encodeParse,
  encodeSync,
} from '../../../protocols/postgres/frontend-encoders.ts';
import type { ActionEvent } from '../action-event.ts';
import type { JudgedAction, Judgement, RecordedApproval } from '../decider.ts';
import { FAILING_PARSE, ROLLBACK_EXTENDED, ROLLBACK_QUERY, type Refusal } from '../denial.ts';
import type { Pipeline } from '../frontend/pipeline.ts';
import { ROLLBACK_STATEMENT } from '../gate-statements.ts';
import type { SessionWalk } from '../session-walk.ts';
import type { RanStatement } from './commit-block.ts';
import { guarded, runnable, type CommitSituation } from './commit-plan.ts';
import { heldCommit, type CommitWays } from './held-commit.ts';
import { digestText, similarKey } from './held-meaning.ts';
import type { Holds } from './holds.ts';
import { joinedTerms } from './joined-terms.ts';
import { isHeld, onlyRollsBack, termsOf, verdictOf, type JudgedText } from './judged-text.ts';
import { BLOCK_TOO_LARGE, MASKED_WORDS, UNREADABLE } from './refused-outright.ts';
import { gateParts, parametersOf, showsAllParameters, showsAllWords } from './shown-action.ts';

const SYNC = encodeSync();
const NOTHING = Buffer.alloc(0);

/**
 * What is to be done with a judged message, which is not denied.
 * - `pass`: no commit is held by it.
 * - `run`: it goes on as if allowed, and is remembered. `try`: the same in the place of a Query.
 * - `commit`: it commits what is remembered.
 */
export type CommitPlan = 'pass' | 'run' | 'try' | 'commit' | Refusal;

export class CommitHolds {
  readonly #walk: SessionWalk;
  readonly #pipeline: Pipeline;
  readonly #holds: Holds;

  constructor(walk: SessionWalk, pipeline: Pipeline, holds: Holds) {
    this.#walk = walk;
    this.#pipeline = pipeline;
    this.#holds = holds;
  }

  plan(judged: JudgedText): CommitPlan {
    const { block } = this.#walk;
    const held = verdictOf(judged) === 'hold';
    if (!block.active && (!held || onlyRollsBack(judged, this.#walk.context.transaction))) return 'pass';
    const guard = guarded(descriptionsOf(judged), this.#situation(judged));
    if (guard !== undefined) return guard;
    return held && joinedTerms(termsOf(judged)).stage === 'commit' ? this.mayRun(judged) : 'pass';
  }

  /** How it can run where its commit is to be held. */
  mayRun(judged: JudgedText): 'run' | 'try' | Refusal {
    if (!showsAllWords(judged, this.#walk.decider)) return MASKED_WORDS;
    if (!showsAllParameters(judged, this.#walk)) return UNREADABLE;
    return this.#walk.block.full
      ? BLOCK_TOO_LARGE
      : runnable(descriptionsOf(judged), this.#situation(judged));
  }

  #situation({ protocol }: JudgedText): CommitSituation {
    const { context, unsynced, block, implicitOpen } = this.#walk;
    return { protocol, transaction: context.transaction, unsynced, implicitOpen, active: block.active };
  }

  /** One of its statements is on its way to the server. `run`: for its commit to be held. */
  forwarded(judged: JudgedText, judgement: Judgement, event: ActionEvent, run: boolean): void {
    const { block, context } = this.#walk;
    if (!run || !isHeld(judgement)) return block.forwarded(judgement, event);
    const own: JudgedText = {
      ...judged,
      text: judged.judgements.length === 1 ? judged.text : judgement.statement.text,
      judgements: [judgement],
    };
    const { kind, parameterTypes, bind } = own;
    block.ran({
      judgement,
      event,
      shown: this.#shown(own, judgement),
      actionDigest: this.#walk.decider.digestOf({ kind, text: digestText(own), parameterTypes, bind }),
      similarKey: similarKey(own, context),
    });
  }

  #shown(judged: JudgedText, judgement: Judgement): RanStatement['shown'] {
    const { decider, gate, context } = this.#walk;
    const { description } = judgement.statement;
    const prepared = judged.executes.map(({ statement }) => {
      const shown = decider.shownText({ ...judgement, statement: { ...statement, description } });
      return `\n-- prepared as: ${shown.text}`;
    });
    return {
      payload: [decider.shownText(judgement).text, ...prepared].join(''),
      parameters: parametersOf(judged, { context, decider, ...gateParts(gate, context) }),
    };
  }

  // --- COMMIT ---------------------------------------------------------------------------------------------------

  /**
   * `forward` lets the COMMIT go on as it came. `hold` is given where policy holds the COMMIT itself and nobody has agreed to
   * that yet: how it is held where nothing else of its transaction is. Resolves when it has gone on, or has been answered
   * otherwise.
   */
  async commit(
    judged: JudgedText,
    forward: (judged: JudgedText, approval: RecordedApproval | undefined) => void,
    hold: (() => Promise<void>) | undefined,
  ): Promise<void> {
    const [judgement] = judged.judgements as readonly [Judgement];
    const simple = judged.protocol === 'simple';
    const nothing = (): Promise<void> | void => {
      // The server reads nothing of it before the next Sync, and answers nothing.
      if (this.#walk.serverSkipping) return;
      return hold === undefined ? forward(judged, undefined) : hold();
    };
    await this.#hold(nothing, {
      judgement,
      holdsItself: hold !== undefined,
      commit: (recorded, approval) =>
        forward({ ...judged, judgements: [{ ...judgement, ...recorded }] }, approval),
      rollBack: (response, receipt) => {
        const { replies, up } = this.#walk;
        replies.push({ kind: 'rollback', response, receipt, simple });
        const batch = simple ? this.#pipeline.queryBatch() : this.#pipeline.batch;
        this.#pipeline.forwarded(ROLLBACK_STATEMENT, batch);
        if (simple) {
          this.#walk.pipelineEnded();
          return up.release(ROLLBACK_QUERY);
        }
        this.#pipeline.skipToSync();
        this.#walk.bound = false;
        this.#walk.unsynced = true;
        up.release(ROLLBACK_EXTENDED);
      },
    });
  }

  async #hold(nothing: () => Promise<void> | void, ways: CommitWays): Promise<void> {
    const walk = this.#walk;
    await walk.answered();
    // Nothing is committed where it has failed, or was rolled back.
    const failed = walk.context.transaction === 'failed' || walk.serverSkipping;
    if (failed || walk.block.net().length === 0) return nothing();
    return this.#holds.hold({
      judge: () => Promise.resolve(heldCommit(walk, walk.block.net(), ways)),
    });
  }

  // --- Sync -----------------------------------------------------------------------------------------------------

  /** Whether a Sync would commit something that is to be held. */
  get syncCommits(): boolean {
    const { block, context } = this.#walk;
    return block.active && context.transaction === 'idle' && !this.#pipeline.skipping;
  }

  async sync(wire: Buffer): Promise<void> {
    await this.#hold(() => this.#pipeline.sync(wire), {
      judgement: undefined,
      holdsItself: false,
      commit: (judged, approval) => {
        const { event, receipt } = this.#walk.decider.record(judged, undefined, undefined, approval);
        this.#walk.block.clear();
        this.#walk.up.releaseAfter(receipt, NOTHING);
        this.#pipeline.sync(wire, { events: [event], tell: NOTHING });
      },
      rollBack: (response, receipt) => {
        this.#failPipeline(response, receipt);
        this.#pipeline.sync(wire);
      },
    });
  }

  #failPipeline(response: Buffer, receipt: Promise<Receipt>): void {
    const { replies, up, block } = this.#walk;
    block.clear();
    replies.push({ kind: 'denied', response, receipt, simple: false });
    this.#pipeline.failing(this.#pipeline.batch);
    up.release(FAILING_PARSE);
  }

  // --- a Query that is a transaction by itself ------------------------------------------------------------------

  /** Nothing is owed, and no transaction is open. */
  async try(judged: JudgedText, bytesIn: number): Promise<void> {
    const [judgement] = judged.judgements as readonly [Judgement];
    const ran = await this.#run(judged, judgement, bytesIn);
    if (ran === undefined) return;
    const { event, complete } = ran;
    await this.#hold(() => this.#endQuery({ events: [event], tell: complete }), {
      judgement: undefined,
      holdsItself: false,
      commit: (recorded: JudgedAction, approval) => {
        const own = this.#walk.decider.record(recorded, undefined, undefined, approval);
        this.#walk.up.releaseAfter(own.receipt, NOTHING);
        this.#endQuery({ events: [own.event, event], tell: complete });
      },
      rollBack: (response, receipt, outcome, code) => {
        this.#walk.endEvent(event, outcome, code);
        this.#failPipeline(response, receipt);
        this.#endQuery(undefined);
      },
    });
  }

  #endQuery(commits: Parameters<Pipeline['sync']>[1]): void {
    this.#walk.block.clear();
    this.#pipeline.sync(SYNC, commits);
  }

  /** Undefined where it failed: the client knows. */
  async #run(
    judged: JudgedText,
    judgement: Judgement,
    bytesIn: number,
  ): Promise<{ readonly event: ActionEvent; readonly complete: Buffer } | undefined> {
    const { decider, replies, up, prepared, portals } = this.#walk;
    const { event, receipt } = decider.record(judgement, undefined, undefined, AT_COMMIT);
    event.bytesIn = bytesIn;
    const batch = this.#pipeline.queryBatch();
    this.#pipeline.forwarded(judgement.statement, batch);
    this.forwarded(judged, judgement, event, true);
    this.#walk.touches(judgement.masking);
    // As a Query does.
    if (prepared.get('') !== undefined) prepared.change('', undefined, batch).took();
    this.#walk.endPortal(portals.get(''));
    if (portals.get('') !== undefined) portals.change('', undefined, batch).took();
    const complete = await new Promise<Buffer | undefined>((onRan) => {
      replies.push({ kind: 'try', event, masking: judgement.masking, onRan });
      this.#walk.unsynced = true;
      this.#walk.bound = true;
      up.releaseAfter(receipt, queryAsMessages(judged.text));
      up.flush();
    });
    return complete === undefined ? undefined : { event, complete };
  }
}

/** Of a statement that has run so far, whatever becomes of its commit. */
export const AT_COMMIT: RecordedApproval = {
  eventId: undefined,
  approvalId: undefined,
  details: { held: 'commit' },
};

const descriptionsOf = ({ judgements }: JudgedText) =>
  judgements.map(({ statement }) => statement.description);

/** Its rows are text, as a Query's are. */
const queryAsMessages = (text: string): Buffer =>
  Buffer.concat([
    encodeParse({ statement: '', text, parameterTypes: [] }),
    encodeBind({ portal: '', statement: '', parameterFormats: [], values: [], resultFormats: [] }),
    encodeDescribe('portal', ''),
    encodeExecute(''),
    encodeFlush(),
  ]);
