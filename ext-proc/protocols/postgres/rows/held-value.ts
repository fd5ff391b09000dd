/** One value that is held whole, as a scanned column's plan looks at it. */
import type { Kind } from '../../../masking/finding.ts';
import type { Scanner } from '../../../masking/scanner.ts';
import type { ColumnPlan } from './mask-plan.ts';
import { overwriteFindings, overwriteSpan } from './overwrite.ts';

export type ScanColumn = Extract<ColumnPlan, { kind: 'scan' }>;

/** What stands in place of the value; undefined where nothing was found in it. */
export function foundIn(
  column: ScanColumn,
  value: Buffer,
): { readonly value: Buffer | null; readonly kinds: readonly Kind[] } | undefined {
  if (column.format === 'binary') return column.scan.binary(value, 0, value.length);
  const found = column.scan.text(value.toString('latin1'));
  if (found === undefined) return undefined;
  return { value: found.value === null ? null : Buffer.from(found.value, 'latin1'), kinds: found.kinds };
}

/** Overwrites what is found in a value whose length may not change; all of it, where that does not remove the finding. */
export function overwriteHeld(column: ScanColumn, value: Buffer, scanner: Scanner): void {
  overwriteFindings(value, 0, scanner.scan(value.toString('latin1')));
  if (foundIn(column, value) !== undefined) overwriteSpan(value, 0, value.length);
}
