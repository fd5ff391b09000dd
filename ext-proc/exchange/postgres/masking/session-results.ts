/**
 * The results that the server sends in a session. Owns what opens each of them: what was described for a portal, the
 * RowDescription of a Query, a CopyOutResponse; ends the session where a result cannot be masked with certainty.
 */
import type { DescribedStatement } from '../../../domain/statement.ts';
import { decodeCopyResponse } from '../../../protocols/postgres/backend.ts';
import type { Emit } from '../../../protocols/postgres/rows/masking-bounds.ts';
import type { ActionEvent } from '../action-event.ts';
import type { StatementPortal } from '../prepared.ts';
import type { SessionWalk } from '../session-walk.ts';
import { ResultMasking, type ResultRefusal } from './result-masking.ts';
import { RowShape } from './row-shape.ts';
import type { StatementMasking } from './statement-masking.ts';

const REFUSALS: Readonly<Record<ResultRefusal, string>> = {
  GH_PG_MASK_PLAN: 'the server did not say what these rows are, so they cannot be masked',
  GH_PG_MASK_COPY: 'COPY with these options cannot be masked; use the plain format text, csv or binary',
  GH_PG_MASK_LAYOUT: 'the server sent rows that cannot be read, so they cannot be masked',
  GH_PG_MASK_TOO_LARGE: 'a value is too large to be masked; select less of it',
};

export class SessionResults {
  readonly #walk: SessionWalk;
  readonly #result = new ResultMasking();

  constructor(walk: SessionWalk) {
    this.#walk = walk;
  }

  /** A result has begun, and is not complete. */
  get open(): boolean {
    return this.#result.open;
  }

  /** Whether rows go by as they are. */
  get passes(): boolean {
    return this.#result.passes;
  }

  /** Part of a message has been given out that is not whole yet. Meaningless while rows go by as they are. */
  get midMessage(): boolean {
    return this.#result.midMessage;
  }

  /** Rows of an Execute begin without a word: what they are was said by a Describe. False where the session ended. */
  openPortal(portal: StatementPortal, event: ActionEvent): boolean {
    const { masking, shape, prepared } = portal;
    if (masking.passes) {
      this.#result.pass();
      return true;
    }
    const of = shape.columns === undefined ? prepared.shape : shape;
    const columns = of === shape ? of.columns : of.columnsIn(portal.bind.resultFormats);
    const plan =
      columns === undefined
        ? undefined
        : of.plan(columns, masking, this.#walk.masking.valueContext(masking.masker));
    if (plan === undefined) {
      this.refuse('GH_PG_MASK_PLAN');
      return false;
    }
    this.#result.rows(event, plan);
    return true;
  }

  /** RowDescription in the simple protocol: the rows come next. False where it cannot be read. */
  openQuery(masking: StatementMasking, event: ActionEvent, rowDescription: Buffer): boolean {
    if (masking.passes) {
      this.#result.pass();
      return true;
    }
    const shape = new RowShape();
    const plan =
      shape.describedBy(rowDescription) && shape.columns !== undefined
        ? shape.plan(shape.columns, masking, this.#walk.masking.valueContext(masking.masker))
        : undefined;
    if (plan !== undefined) this.#result.rows(event, plan);
    return plan !== undefined;
  }

  /** CopyOutResponse: how many columns there are, and in which format. False where it cannot be read. */
  openCopy(
    masking: StatementMasking,
    event: ActionEvent,
    statement: DescribedStatement,
    copyOutResponse: Buffer,
  ): boolean {
    if (masking.passes) {
      this.#result.pass();
      return true;
    }
    const copy = decodeCopyResponse(copyOutResponse);
    if (!copy.ok) return false;
    const columns = masking.copyColumns(copy.columnFormats);
    const refused = this.#result.copy(event, {
      context: this.#walk.masking.valueContext(masking.masker),
      columns,
      treatments: masking.treatments(columns),
      options: statement.copyOptions ?? [],
      clientEncoding: this.#walk.context.clientEncoding,
    });
    if (refused !== undefined) this.refuse(refused);
    return true;
  }

  push(bytes: Buffer, emit: Emit): void {
    const refused = this.#result.push(bytes, emit);
    if (refused !== undefined) this.refuse(refused);
  }

  /** CopyDone: the data must have ended where a record does. */
  copyDone(): void {
    const refused = this.#result.copyDone();
    if (refused !== undefined) this.refuse(refused);
  }

  /** The result is complete, or has failed: nothing of it is left. */
  end(): void {
    this.#result.end();
  }

  /** What cannot be masked with certainty does not go on: the session ends. */
  refuse(code: ResultRefusal): void {
    this.#walk.terminate({
      kind: 'postgres.failed',
      code,
      sqlstate: '42501',
      publicMessage: REFUSALS[code],
    });
  }
}
