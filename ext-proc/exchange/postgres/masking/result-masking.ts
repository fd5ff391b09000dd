/**
 * Masks the rows of the result that the server is sending: one at a time, begun by what describes it and ended by what
 * completes it. Refuses rows of a result that nobody has described.
 */
import type { ColumnDescription } from '../../../protocols/postgres/backend.ts';
import { copyFormatOf, copyOptionsOf } from '../../../protocols/postgres/rows/copy-format.ts';
import { CopyMasker } from '../../../protocols/postgres/rows/copy-masker.ts';
import { DataRowMasker } from '../../../protocols/postgres/rows/data-row-masker.ts';
import { MaskCounts } from '../../../protocols/postgres/rows/mask-counts.ts';
import { planRows, type ColumnTreatment, type MaskPlan } from '../../../protocols/postgres/rows/mask-plan.ts';
import type { ValueContext } from '../../../protocols/postgres/types/value-context.ts';
import type { Emit } from '../../../protocols/postgres/rows/masking-bounds.ts';
import type { ActionEvent } from '../action-event.ts';

/** Why a result cannot go on; the session ends with it. */
export type ResultRefusal =
  'GH_PG_MASK_PLAN' | 'GH_PG_MASK_COPY' | 'GH_PG_MASK_LAYOUT' | 'GH_PG_MASK_TOO_LARGE';

export interface CopyResult {
  readonly context: ValueContext;
  readonly columns: readonly ColumnDescription[];
  readonly treatments: readonly ColumnTreatment[];
  /** CopyStmt.options of the parse tree. */
  readonly options: readonly unknown[];
  readonly clientEncoding: string;
}

type Rewriter = Pick<DataRowMasker, 'push' | 'midMessage'>;

const PASSES: Rewriter = {
  midMessage: false,
  push: (bytes, emit) => {
    emit(bytes);
    return undefined;
  },
};

export class ResultMasking {
  #rewriter: Rewriter | undefined;
  #copy: CopyMasker | undefined;

  /** A result has begun, and is not complete. */
  get open(): boolean {
    return this.#rewriter !== undefined;
  }

  /** Part of a message has been given out that is not whole yet. Meaningless while rows go by as they are. */
  get midMessage(): boolean {
    return this.#rewriter?.midMessage === true;
  }

  /** Whether rows go by as they are. */
  get passes(): boolean {
    return this.#rewriter === undefined || this.#rewriter === PASSES;
  }

  pass(): void {
    this.#rewriter = PASSES;
    this.#copy = undefined;
  }

  rows(event: ActionEvent, plan: MaskPlan): void {
    if (plan.passes) return this.pass();
    event.masks ??= new MaskCounts();
    this.#rewriter = new DataRowMasker(plan, event.masks);
    this.#copy = undefined;
  }

  /** COPY … TO STDOUT. Undefined where its data may come. */
  copy(event: ActionEvent, result: CopyResult): ResultRefusal | undefined {
    const planned = planRows(result.context, result.columns, result.treatments);
    if (!planned.ok) return planned.code;
    if (planned.plan.passes) {
      this.pass();
      return undefined;
    }
    const read = copyFormatOf(copyOptionsOf(result.options), result.clientEncoding);
    if (!read.ok) return read.code;
    event.masks ??= new MaskCounts();
    this.#copy = new CopyMasker(planned.plan, read.format, event.masks);
    this.#rewriter = this.#copy;
    return undefined;
  }

  push(bytes: Buffer, emit: Emit): ResultRefusal | undefined {
    return this.#rewriter === undefined ? 'GH_PG_MASK_PLAN' : this.#rewriter.push(bytes, emit);
  }

  /** CopyDone: the data must have ended where a record does. */
  copyDone(): ResultRefusal | undefined {
    return this.#copy?.finish();
  }

  /** The result is complete, or has failed: nothing of it is left. */
  end(): void {
    this.#rewriter = undefined;
    this.#copy = undefined;
  }
}
