/**
 * What is to be done with each column of one result, made once for all of its rows. Joins what the server describes
 * (types, formats) with what policy and lineage ask for. Where the two do not agree there is no plan, and the statement
 * is denied.
 */
import type { Mark } from '../../../masking/masker.ts';
import type { ColumnDescription } from '../backend.ts';
import type { Visibility } from '../types/base-type.ts';
import type { ValueContext } from '../types/value-context.ts';
import { type ValueFormat, type ValueMark, valueMark } from '../types/value-mark.ts';
import { type ValueScan, valueScan } from '../types/value-scan.ts';

/** `label` names the column in the counts of the event: a column of the schema, or an output's name. */
export type ColumnTreatment =
  /** As it is: policy lets this principal see it. */
  | { readonly kind: 'pass' }
  /** Nobody marked it: detectors look at it. */
  | { readonly kind: 'scan'; readonly label: string }
  | { readonly kind: 'mask'; readonly label: string; readonly mark: Mark };

/** How a value too large to be held is looked at: as text, as bytes in hex, as bytes, or not at all. */
export type Pieces = 'text' | 'hex' | 'bytes' | 'no';

export type ColumnPlan =
  | { readonly kind: 'pass' }
  | {
      readonly kind: 'scan';
      readonly label: string;
      readonly format: ValueFormat;
      readonly scan: ValueScan;
      /** Of values in `format`; never `never`, which passes. */
      readonly visibility: Exclude<Visibility, 'never'>;
      readonly pieces: Pieces;
    }
  | { readonly kind: 'mask'; readonly label: string; readonly mark: ValueMark; readonly markKind: string };

export interface MaskPlan {
  readonly context: ValueContext;
  readonly columns: readonly ColumnPlan[];
  /** Nothing is to be done: rows may go by unread. */
  readonly passes: boolean;
}

export type Planned =
  { readonly ok: true; readonly plan: MaskPlan } | { readonly ok: false; readonly code: 'GH_PG_MASK_PLAN' };

const BYTEA = 17;
const REFUSED: Planned = Object.freeze({ ok: false, code: 'GH_PG_MASK_PLAN' });

/** A column as far as a plan needs it. `typeOid` 0 where the type is not known. */
export type PlannedColumn = Pick<ColumnDescription, 'typeOid' | 'typeModifier' | 'format'>;

/**
 * A plan for rows of these columns; none where the treatments are not one for each. `columns` have the formats in
 * which the rows come: those of RowDescription after a Query or the Describe of a portal, those of Bind otherwise
 * (`withResultFormats`).
 */
export function planRows(
  context: ValueContext,
  columns: readonly PlannedColumn[],
  treatments: readonly ColumnTreatment[],
): Planned {
  if (columns.length !== treatments.length) return REFUSED;
  const plans = columns.map((column, index) =>
    columnPlan(context, column, treatments[index] as ColumnTreatment),
  );
  return { ok: true, plan: { context, columns: plans, passes: plans.every(({ kind }) => kind === 'pass') } };
}

const PASS: ColumnPlan = Object.freeze({ kind: 'pass' });

function columnPlan(context: ValueContext, column: PlannedColumn, treatment: ColumnTreatment): ColumnPlan {
  const { format } = column;
  const reference = { oid: column.typeOid, typeModifier: column.typeModifier };
  switch (treatment.kind) {
    case 'pass':
      return PASS;
    case 'scan': {
      const scan = valueScan(context, reference);
      const visibility = format === 'text' ? scan.textVisibility : scan.binaryVisibility;
      if (visibility === 'never') return PASS;
      const pieces = piecesOf(column, scan, visibility);
      return { kind: 'scan', label: treatment.label, format, scan, visibility, pieces };
    }
    case 'mask':
      return {
        kind: 'mask',
        label: treatment.label,
        mark: valueMark(context, reference, format, treatment.mark),
        markKind: treatment.mark.kind,
      };
  }
}

function piecesOf(column: PlannedColumn, scan: ValueScan, visibility: Visibility): Pieces {
  if (column.typeOid === BYTEA) return column.format === 'text' ? 'hex' : 'bytes';
  if (column.format === 'text') return 'text';
  if (scan.layout === 'unknown') return 'bytes';
  // A finding could reach into a length word of a nested value.
  return scan.layout === 'flat' && visibility === 'raw' ? 'text' : 'no';
}

/** The columns with the formats that Bind asked for; undefined where the codes do not fit their number. */
export function withResultFormats<Column extends PlannedColumn>(
  columns: readonly Column[],
  codes: readonly number[],
): Column[] | undefined {
  if (codes.length > 1 && codes.length !== columns.length) return undefined;
  if (codes.some((code) => code !== 0 && code !== 1)) return undefined;
  return columns.map((column, index) => {
    const code = codes.length === 1 ? codes[0] : codes[index];
    return { ...column, format: code === 1 ? 'binary' : 'text' };
  });
}

/** Whether two descriptions are of the same rows: the same types, of the same columns of the same tables. */
export function sameColumns(
  left: readonly ColumnDescription[],
  right: readonly ColumnDescription[],
): boolean {
  return (
    left.length === right.length &&
    left.every((column, index) => {
      const other = right[index] as ColumnDescription;
      return (
        column.tableOid === other.tableOid &&
        column.attributeNumber === other.attributeNumber &&
        column.typeOid === other.typeOid &&
        column.typeModifier === other.typeModifier
      );
    })
  );
}
