/**
 * An error in a message's place. Owns that both sides agree on what follows: where the server has something to roll
 * back it is made to fail too, in order, and its error becomes the gate's; where it has not, it hears nothing.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "Extended Query" (error recovery at Sync).
 */
import type { Receipt } from '../../../domain/audit-event.ts';
import { encodeReadyForQuery } from '../../../protocols/postgres/backend-encoders.ts';
import { WIRE_ERRORS, type WireErrorCode } from '../../../protocols/postgres/wire-errors.ts';
import type { Judgement, Recorded, RecordedApproval } from '../decider.ts';
import { denialResponse, FAILING_PARSE, FAILING_QUERY, refusalResponse, type Refusal } from '../denial.ts';
import { undescribed } from '../gate-statements.ts';
import { isHeld, recordedOf, type JudgedText } from '../holds/judged-text.ts';
import type { SessionWalk } from '../session-walk.ts';
import { mentionsToken } from '../token-renewal.ts';
import type { Pipeline } from './pipeline.ts';

export class Refusals {
  readonly #walk: SessionWalk;
  readonly #pipeline: Pipeline;

  constructor(walk: SessionWalk, pipeline: Pipeline) {
    this.#walk = walk;
    this.#pipeline = pipeline;
  }

  // --- in the simple protocol ---------------------------------------------------------------------------------

  /** One denial means that none of a Query runs: the others are recorded as decided, and not run. */
  denySimple(judgements: readonly Judgement[], refused: number): void {
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
    this.#failSimple(response as Buffer, receipt as Promise<Receipt>);
  }

  refuseSimple(refusal: Refusal): void {
    const recorded = this.#record(refusal);
    this.#failSimple(refusalResponse('ERROR', refusal, recorded.event.eventId), recorded.receipt);
  }

  /** An error in a simple Query's place: the server fails too where it has a transaction to fail. */
  #failSimple(response: Buffer, receipt: Promise<Receipt>): void {
    const { replies, up, down, context, unsynced } = this.#walk;
    if (replies.length === 0 && context.transaction === 'idle' && !unsynced) {
      down.releaseAfter(receipt, Buffer.concat([response, encodeReadyForQuery('I')]));
      return;
    }
    replies.push({ kind: 'denied', response, receipt, simple: true });
    this.#pipeline.failing(this.#pipeline.queryBatch());
    this.#walk.pipelineEnded();
    up.release(FAILING_QUERY);
  }

  // --- in the extended protocol -------------------------------------------------------------------------------

  denyExtended(judgement: Judgement): void {
    const errorCode = '42501';
    const recorded = this.#walk.decider.record(judgement, 'denied', errorCode);
    this.#failExtended(denialResponse(judgement.decision, recorded.event.eventId), recorded.receipt);
  }

  refuseExtended(refusal: Refusal): void {
    const recorded = this.#record(refusal);
    this.#failExtended(refusalResponse('ERROR', refusal, recorded.event.eventId), recorded.receipt);
  }

  tooManyNames(): void {
    this.refuseExtended({
      code: 'GH_PG_TOO_MANY_PREPARED',
      sqlstate: '54000',
      publicMessage: 'the session holds too many prepared statements or portals; close some',
    });
  }

  /** An error in a message's place; the server fails too where there is something of this client's to roll back. */
  #failExtended(response: Buffer, receipt: Promise<Receipt>): void {
    const { replies, up, down, context, unsynced } = this.#walk;
    this.#pipeline.skipToSync();
    if (replies.length === 0 && context.transaction === 'idle' && !unsynced) {
      down.releaseAfter(receipt, response);
      return;
    }
    replies.push({ kind: 'denied', response, receipt, simple: false });
    this.#pipeline.failing(this.#pipeline.batch);
    this.#walk.unsynced = true;
    up.release(FAILING_PARSE);
  }

  /**
   * The use of a name that the gate knows nothing behind. The server says so in its own words; closing the name first
   * makes certain of it, should something have been made behind the gate's back.
   */
  absent(close: Buffer, use: Buffer): void {
    this.#pipeline.skipToSync();
    this.#walk.replies.push({ kind: 'absent', closed: false });
    this.#walk.unsynced = true;
    this.#walk.up.release(close);
    this.#walk.up.release(use);
  }

  // --- what was held ------------------------------------------------------------------------------------------

  /** What was held does not run: the others of the same text are recorded as not run with it. */
  held(
    judged: JudgedText,
    refusal: Refusal,
    outcome: 'denied' | 'cancelled' | 'aborted',
    approval: RecordedApproval,
  ): void {
    const { decider } = this.#walk;
    const none = !judged.judgements.some(isHeld);
    const recorded = judged.judgements.map((judgement, index) =>
      none || isHeld(judgement)
        ? decider.record(judgement, outcome, refusal.code, recordedOf(judged, index, approval))
        : decider.record(judgement, 'not_run', undefined, recordedOf(judged, index, approval)),
    );
    // The session may be over: then nothing waits for the records.
    for (const { receipt } of recorded) this.#walk.keep(receipt);
    const told = recorded[Math.max(0, judged.judgements.findIndex(isHeld))] as Recorded;
    const response = refusalResponse('ERROR', refusal, told.event.eventId);
    const { receipt } = recorded.at(-1) as Recorded;
    if (judged.protocol === 'simple') this.#failSimple(response, receipt);
    else this.#failExtended(response, receipt);
  }

  // --- in either ----------------------------------------------------------------------------------------------

  /** Why a text may not be described at all: it may hold a token, or mean something else to the server. */
  unsafe(text: string): Refusal | undefined {
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
  undecodable(code: WireErrorCode, simple: boolean): void {
    if (code !== 'GH_PG_ENCODING' && code !== 'GH_PG_NAME_TOO_LONG') return this.violation(code);
    const { sqlstate, message, hint } = WIRE_ERRORS[code];
    const refusal: Refusal = { code, sqlstate, publicMessage: message, hint };
    if (simple) this.refuseSimple(refusal);
    else this.refuseExtended(refusal);
  }

  /** The session ends: what comes after a message that is none cannot be told apart. */
  violation(code: WireErrorCode): void {
    const { sqlstate, message, hint } = WIRE_ERRORS[code];
    this.#walk.terminate({ kind: 'postgres.failed', code, sqlstate, publicMessage: message, hint });
  }

  #record(refusal: Refusal): Recorded {
    return this.#walk.decider.record(undescribed(refusal), 'denied', refusal.code);
  }
}
