/**
 * What the server has said of the rows of a prepared statement or a portal, and the plan made of it last. A statement's
 * rows stay what they are as long as it is prepared; the server refuses to run one whose rows would be others.
 */
import { decodeRowDescription, type ColumnDescription } from '../../../protocols/postgres/backend.ts';
import { planRows, withResultFormats, type MaskPlan } from '../../../protocols/postgres/rows/mask-plan.ts';
import type { ValueContext } from '../../../protocols/postgres/types/value-context.ts';
import type { StatementMasking } from './statement-masking.ts';

/** What was worked out last: the portals of one statement share it, since each run of it has a portal of its own. */
interface Memory {
  wire?: Buffer;
  columns?: readonly ColumnDescription[];
  plan?: {
    readonly columns: unknown;
    readonly masking: unknown;
    readonly context: unknown;
    readonly plan: MaskPlan;
  };
  formatted?: {
    readonly columns: unknown;
    readonly codes: string;
    readonly made: readonly ColumnDescription[];
  };
}

export class RowShape {
  /** Undefined until the server has answered a Describe; none where it returns no rows. */
  columns: readonly ColumnDescription[] | undefined;
  /** The batch that a Describe was last sent in, while it is not answered: an error in it skips the uses too. */
  askedIn: number | undefined;
  readonly #memory: Memory;
  #portals: Memory | undefined;

  constructor(memory: Memory = {}) {
    this.#memory = memory;
  }

  /** The shape of a new portal of this statement. */
  ofPortal(): RowShape {
    return new RowShape((this.#portals ??= {}));
  }

  /** A RowDescription; false where it cannot be read. The same again costs a comparison. */
  describedBy(wire: Buffer): boolean {
    const memory = this.#memory;
    if (memory.wire?.equals(wire) !== true) {
      const description = decodeRowDescription(wire);
      if (!description.ok) return false;
      // A copy: the chunk that it came in may be large.
      memory.wire = Buffer.from(wire);
      memory.columns = description.columns;
    }
    this.columns = memory.columns;
    return true;
  }

  describedAsNone(): void {
    this.columns = NONE;
  }

  /** The columns in the formats that a Bind asks for; undefined where there are none yet, or the codes do not fit. */
  columnsIn(codes: readonly number[]): readonly ColumnDescription[] | undefined {
    const { columns } = this;
    if (columns === undefined) return undefined;
    const key = codes.join();
    const last = this.#memory.formatted;
    if (last !== undefined && last.columns === columns && last.codes === key) return last.made;
    const made = withResultFormats(columns, codes);
    if (made !== undefined) this.#memory.formatted = { columns, codes: key, made };
    return made;
  }

  /** The plan for these columns, which are this shape's in some format; undefined where there can be none. */
  plan(
    columns: readonly ColumnDescription[],
    masking: StatementMasking,
    context: ValueContext,
  ): MaskPlan | undefined {
    const last = this.#memory.plan;
    if (
      last !== undefined &&
      last.columns === columns &&
      last.masking === masking &&
      last.context === context
    )
      return last.plan;
    const planned = planRows(context, columns, masking.treatments(columns));
    if (!planned.ok) return undefined;
    this.#memory.plan = { columns, masking, context, plan: planned.plan };
    return planned.plan;
  }
}

const NONE: readonly ColumnDescription[] = Object.freeze([]);
