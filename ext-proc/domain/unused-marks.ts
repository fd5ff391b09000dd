/**
 * Marks that mask nothing in a database: they fit no column of it, or only columns of views, where a mark does not hold,
 * since a view is judged by the tables behind it. Says what may have been meant.
 */
import { type ColumnMarkRule, type ColumnPattern, fitsPattern } from './masking-rules.ts';

export interface MarkableTable {
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly string[];
  /** A view or a materialized view. */
  readonly isView: boolean;
}

export interface UnusedMark {
  /** As it is configured, `schema.table.column`. */
  readonly mark: string;
  readonly why: 'fits_nothing' | 'fits_views_only';
  /** An existing column that differs little, qualified. */
  readonly nearest: string | undefined;
}

export const markText = ({ schema, table, column }: ColumnPattern): string => `${schema}.${table}.${column}`;

/** Of the rules for this upstream, those that mask nothing in the tables of one database. */
export function unusedMarks(
  rules: readonly ColumnMarkRule[],
  upstream: string,
  tables: readonly MarkableTable[],
): readonly UnusedMark[] {
  return rules
    .filter((rule) => rule.upstream === undefined || rule.upstream === upstream)
    .flatMap((rule): UnusedMark[] => {
      const pattern = small(rule);
      const fitting = tables.filter((table) => hasMarked(pattern, table));
      if (fitting.some(({ isView }) => !isView)) return [];
      const mark = markText(rule);
      if (fitting.length > 0) return [{ mark, why: 'fits_views_only', nearest: undefined }];
      return [{ mark, why: 'fits_nothing', nearest: nearestTo(pattern, tables) }];
    });
}

/** Marks fit in any case of their letters. */
const small = ({ schema, table, column }: ColumnPattern): ColumnPattern => ({
  schema: schema.toLowerCase(),
  table: table.toLowerCase(),
  column: column.toLowerCase(),
});

const hasMarked = (pattern: ColumnPattern, { schema, table, columns }: MarkableTable): boolean =>
  fitsPattern(pattern.table, table.toLowerCase()) &&
  fitsPattern(pattern.schema, schema.toLowerCase()) &&
  columns.some((column) => fitsPattern(pattern.column, column.toLowerCase()));

/** The least different column of a table: it nearly has the name, and so have schema and table, or one of them has it. */
function nearestTo(pattern: ColumnPattern, tables: readonly MarkableTable[]): string | undefined {
  const schemas = new Map<string, number>();
  const names = new Map<string, number>();
  const columns = new Map<string, number>();
  let nearest: { readonly text: string; readonly distance: number } | undefined;
  for (const each of tables) {
    if (each.isView) continue;
    const schema = distanceOf(pattern.schema, each.schema, schemas);
    const table = distanceOf(pattern.table, each.table, names);
    if (schema === FAR && table === FAR) continue;
    for (const column of each.columns) {
      const own = distanceOf(pattern.column, column, columns);
      // Where a whole part is another one, the others must be right.
      if (own === FAR || ((schema === FAR || table === FAR) && Math.min(schema, table) + own > 0)) continue;
      const distance = own + Math.min(schema, FAR_COST) + Math.min(table, FAR_COST);
      if (nearest === undefined || distance < nearest.distance)
        nearest = { text: `${each.schema}.${each.table}.${column}`, distance };
    }
  }
  return nearest?.text;
}

const FAR = Number.POSITIVE_INFINITY;
/** What a part that has nothing in common counts beside letters that differ. */
const FAR_COST = 10;
/** A longer name is compared up to here; PostgreSQL's have 63 bytes. */
const COMPARED_MAX = 64;

/** Letters that differ between a part of a pattern and a name; `FAR` where too many do. Remembered by name. */
function distanceOf(pattern: string, name: string, known: Map<string, number>): number {
  const found = known.get(name);
  if (found !== undefined) return found;
  const lower = name.toLowerCase();
  const distance = fitsPattern(pattern, lower) ? 0 : lettersApart(pattern, lower);
  const result = distance <= Math.max(2, Math.floor(pattern.length / 3)) ? distance : FAR;
  known.set(name, result);
  return result;
}

/** Insertions, deletions, changes and swaps of neighbours (optimal string alignment). */
function lettersApart(left: string, right: string): number {
  const one = left.slice(0, COMPARED_MAX);
  const other = right.slice(0, COMPARED_MAX);
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let row = 1; row <= one.length; row++) {
    const next = [row];
    for (let at = 1; at <= other.length; at++) {
      const same = one[row - 1] === other[at - 1];
      let best = Math.min(
        (last[at] as number) + 1,
        (next[at - 1] as number) + 1,
        (last[at - 1] as number) + (same ? 0 : 1),
      );
      const swapped = row > 1 && at > 1 && one[row - 1] === other[at - 2] && one[row - 2] === other[at - 1];
      if (swapped) best = Math.min(best, (before[at - 2] as number) + 1);
      next.push(best);
    }
    before = last;
    last = next;
  }
  return last[other.length] as number;
}
