/**
 * What the fast rewriters must give, found the slow and plain way: take everything apart, treat one value at a time, put
 * everything together again. Knows nothing of chunks, limits and large rows.
 */
import { decodeDataRow } from '../backend.ts';
import { encodeDataRow } from '../backend-encoders.ts';
import type { ColumnPlan, MaskPlan } from './mask-plan.ts';

/** One value of a column by its plan; null is NULL. */
export function plainTreatment(column: ColumnPlan, value: Buffer | null): Buffer | null {
  if (value === null) return null;
  switch (column.kind) {
    case 'pass':
      return value;
    case 'mask':
      return column.mark.constant === undefined ? column.mark.apply(value) : column.mark.constant;
    case 'scan': {
      if (column.format === 'binary') {
        const found = column.scan.binary(value, 0, value.length);
        return found === undefined ? value : found.value;
      }
      const found = column.scan.text(value.toString('latin1'));
      if (found === undefined) return value;
      return found.value === null ? null : Buffer.from(found.value, 'latin1');
    }
  }
}

/** Whole DataRow messages by a plan. */
export function plainRows(plan: MaskPlan, wires: readonly Buffer[]): Buffer {
  return Buffer.concat(
    wires.map((wire) => {
      const row = decodeDataRow(wire);
      if (!row.ok) throw new Error('the oracle reads whole rows only');
      return encodeDataRow(
        row.values.map((value, index) => plainTreatment(plan.columns[index] as ColumnPlan, value)),
      );
    }),
  );
}

/** Cuts bytes into pieces of the sizes given, over and over. */
export function cutUp(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes.length === 0 ? bytes.length : Math.max(1, sizes[turn % sizes.length] as number);
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}
