/**
 * What the server has said of the rows of a prepared statement or a portal, and the plan made of it last. A statement's
 * rows stay what they are as long as it is prepared; the server refuses to run one whose rows would be others.
 */
import { decodeRowDescription, type ColumnDescription } from '../../../protocols/postgres/backend.ts';
import { planRows, type MaskPlan } from '../../../protocols/postgres/rows/mask-plan.ts';
import type { ValueContext } from '../../../protocols/postgres/types/value-context.ts';
import type { StatementMasking } from './statement-masking.ts';

export class RowShape {
  /** Undefined until the server has answered a Describe; none where it returns no rows. */
  columns: readonly ColumnDescription[] | undefined;
  /** The batch that a Describe was last sent in, while it is not answered: an error in it skips the uses too. */
  askedIn: number | undefined;
  #wire: Buffer | undefined;
  #plan:
    | {
        readonly columns: unknown;
        readonly masking: unknown;
        readonly context: unknown;
        readonly plan: MaskPlan;
      }
    | undefined;

  /** A RowDescription; false where it cannot be read. The same again costs a comparison. */
  describedBy(wire: Buffer): boolean {
    if (this.#wire !== undefined && this.#wire.equals(wire)) return true;
    const description = decodeRowDescription(wire);
    if (!description.ok) return false;
    // A copy: the chunk that it came in may be large.
    this.#wire = Buffer.from(wire);
    this.columns = description.columns;
    this.#plan = undefined;
    return true;
  }

  describedAsNone(): void {
    this.columns = NONE;
    this.#wire = undefined;
  }

  /** The plan for these columns, which are this shape's in some format; undefined where there can be none. */
  plan(
    columns: readonly ColumnDescription[],
    masking: StatementMasking,
    context: ValueContext,
  ): MaskPlan | undefined {
    const last = this.#plan;
    if (
      last !== undefined &&
      last.columns === columns &&
      last.masking === masking &&
      last.context === context
    )
      return last.plan;
    const planned = planRows(context, columns, masking.treatments(columns));
    if (!planned.ok) return undefined;
    this.#plan = { columns, masking, context, plan: planned.plan };
    return planned.plan;
  }
}

const NONE: readonly ColumnDescription[] = Object.freeze([]);
