/**
 * The columns of a join: those that USING or NATURAL merges first and once, then the rest of the left side and of the
 * right one (parse_clause.c transformFromClauseItem and buildMergedJoinVar).
 */
import type { CatalogueSnapshot } from '../catalogue-snapshot.ts';
import type { FromTree } from '../outline.ts';
import { type Cell, derived, type Origin, union, type Value } from './value.ts';

type Join = Exclude<FromTree, number>;

export function mergeColumns(
  { using, natural, type }: Join,
  left: readonly Cell[],
  right: readonly Cell[],
  snapshot: CatalogueSnapshot | undefined,
): readonly Cell[] | undefined {
  if (using?.length === 0 && !natural) return [...left, ...right];
  const rights = new Map(right.map(({ name, value }) => [name, value]));
  const lefts = new Map(left.map(({ name, value }) => [name, value]));
  const names = using ?? [...lefts.keys()].filter((name) => rights.has(name));
  const merged: Cell[] = [];
  for (const name of names) {
    const leftValue = lefts.get(name);
    const rightValue = rights.get(name);
    if (leftValue === undefined || rightValue === undefined) return undefined;
    merged.push({ name, value: mergedValue(type, leftValue, rightValue, snapshot) });
  }
  const taken = new Set(names);
  const rest = [...left, ...right].filter(({ name }) => !taken.has(name));
  return [...merged, ...rest];
}

function mergedValue(
  type: Join['type'],
  left: Value,
  right: Value,
  snapshot: CatalogueSnapshot | undefined,
): Value {
  if (type === 'full') return union([left, right], 'copied');
  const value = type === 'right' ? right : left;
  // Of two types one is converted, and is no plain column then.
  const leftType = typeOf(left.origin, snapshot);
  return leftType !== undefined && leftType === typeOf(right.origin, snapshot)
    ? value
    : derived(value, 'copied');
}

/** The type and its length of a column, as one text; undefined where it is not a table's or a view's. */
function typeOf(origin: Origin | undefined, snapshot: CatalogueSnapshot | undefined): string | undefined {
  const relation = origin === undefined ? undefined : snapshot?.byOid?.get(origin.relation);
  const at = origin === undefined ? -1 : (relation?.details?.numbers.indexOf(origin.attribute) ?? -1);
  return at < 0 ? undefined : `${relation?.details?.types[at]}/${relation?.details?.typmods[at]}`;
}
