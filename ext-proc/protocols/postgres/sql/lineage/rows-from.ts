/**
 * The columns of functions in FROM (parse_relation.c addRangeTableEntryForFunction): a function of one value gives a
 * column named as its alias, one with OUT arguments or a composite result gives theirs.
 */
import type { Ingredient, OutlineRowsFrom } from '../outline.ts';
import type { CallResult } from './call-results.ts';
import { type Cell, derived, Mixture, NOTHING, type Origin, type Value } from './value.ts';

export interface RowsFromLookups {
  value(from: readonly Ingredient[]): Value;
  result(call: number): CallResult;
  /** Whether a column is of a type that has no columns itself. */
  isScalar(origin: Origin): boolean;
}

/** Undefined where the columns cannot be told. */
export function rowsFromCells(
  { functions, ordinality, columns }: OutlineRowsFrom,
  alias: string | undefined,
  lookups: RowsFromLookups,
): readonly Cell[] | undefined {
  const cells: Cell[] = [];
  for (const { call, name, from, definitions, unnests } of functions) {
    const scalarName = functions.length === 1 ? (alias ?? name) : name;
    const argument = lookups.value(from.filter(([what, index]) => what !== 'call' || index !== call));
    if (unnests !== undefined) {
      if (unnests === 'unknown' && !hasScalars(from, lookups)) return undefined;
      cells.push({ name: scalarName, value: derived(argument, 'derived') });
      continue;
    }
    const result = call === undefined ? undefined : lookups.result(call);
    const names = definitions ?? (result === undefined ? 'scalar' : result.columns);
    if (names === 'unknown') return undefined;
    const own = names === 'scalar' ? [scalarName] : names;
    const body = result?.body?.length === own.length ? result.body : undefined;
    own.forEach((column, index) => {
      const mixture = new Mixture();
      mixture.add(argument, 'derived');
      const inside = body?.[index]?.value ?? result?.value;
      if (inside !== undefined) mixture.add(inside, 'derived', body === undefined ? undefined : result?.via);
      cells.push({ name: column, value: mixture.value() });
    });
  }
  if (ordinality) cells.push({ name: 'ordinality', value: NOTHING });
  return cells.map((cell, index) => ({ ...cell, name: columns[index] ?? cell.name }));
}

/** Whether the only thing unnested is a column of an array type that comes with the server. */
function hasScalars(from: readonly Ingredient[], lookups: RowsFromLookups): boolean {
  const columns = from.filter(([what]) => what === 'column');
  const [first] = columns;
  if (
    first === undefined ||
    columns.length > 1 ||
    from.some(([what]) => what !== 'column' && what !== 'call')
  )
    return false;
  const { origin } = lookups.value([['column', first[1], 'plain']]);
  return origin !== undefined && lookups.isScalar(origin);
}
