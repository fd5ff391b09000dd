/**
 * What calls give besides their arguments: nothing for most built-ins; for functions of users what their bodies read,
 * where that is known, else anything.
 */
import type { ColumnUse, FunctionUse } from '../../../../domain/statement.ts';
import type { CatalogueOverload } from '../catalogue-snapshot.ts';
import type { OutlineFunction } from '../outline.ts';
import type { Definitions } from './definitions.ts';
import { leakingFunction } from './leaking-sources.ts';
import type { LineageInput } from './lineage-parts.ts';
import { ANYTHING, type Cell, Mixture, NOTHING, type Value } from './value.ts';

export interface CallResult {
  /** Of the result besides the arguments. */
  readonly value: Value;
  /** In FROM. */
  readonly columns: readonly string[] | 'scalar' | 'unknown';
  /** Columns that its body uses elsewhere. */
  readonly uses: readonly ColumnUse[];
  /** The columns of its body's result, where it has one body. */
  readonly body: readonly Cell[] | undefined;
  /** The function whose body that is, qualified. */
  readonly via: string | undefined;
}

const BUILT_IN: CallResult = {
  value: NOTHING,
  columns: 'scalar',
  uses: [],
  body: undefined,
  via: undefined,
};
export const ANY_RESULT: CallResult = { ...BUILT_IN, value: ANYTHING, columns: 'unknown' };

/** By index of the outline's functions. */
export function callResult({ calls, definitions, names, outline }: LineageInput, index: number): CallResult {
  const outlined = outline.functions[index];
  const candidates = calls[index];
  if (outlined === undefined || candidates === undefined || definitions === undefined) return ANY_RESULT;
  // Grammar that only looks like a call.
  if (candidates.length === 0) return BUILT_IN;
  const results = candidates.flatMap((candidate) => {
    const entry = names.snapshot?.schemas.get(candidate.schema)?.functions.get(candidate.name);
    return resultsOf(candidate, fitting(entry?.overloads, outlined), outlined, definitions, names.settled);
  });
  return together(results);
}

/** The overloads that a call of so many arguments may mean; undefined where none is listed. */
function fitting(
  overloads: readonly CatalogueOverload[] | undefined,
  { argumentCount: count }: OutlineFunction,
): readonly CatalogueOverload[] | undefined {
  if (count === undefined) return overloads;
  return overloads?.filter(
    ({ argumentsMin, argumentsMax }) => argumentsMin <= count && count <= argumentsMax,
  );
}

function resultsOf(
  { schema, name, resolved }: FunctionUse,
  overloads: readonly CatalogueOverload[] | undefined,
  outlined: OutlineFunction,
  definitions: Definitions,
  settled: boolean,
): CallResult[] {
  if (!resolved) return [ANY_RESULT];
  // Whatever the session has just defined may be this function.
  if (schema !== 'pg_catalog' && !settled) return [ANY_RESULT];
  const leak = leakingFunction(name);
  const leaks = leak?.values === true && !outlined.harmless;
  if (overloads === undefined) return schema === 'pg_catalog' && !leaks ? [BUILT_IN] : [ANY_RESULT];
  const results = overloads.map((overload): CallResult => {
    const { columns, result: known, plainDefaults, argumentsMax } = overload;
    const defaults = !plainDefaults && (outlined.argumentCount ?? 0) < argumentsMax;
    const result = defaults ? 'unknown' : known;
    if (result === 'arguments' && !leaks) return { ...BUILT_IN, columns };
    if (typeof result === 'string' || leaks) return { ...ANY_RESULT, columns };
    const via = `${schema}.${name}`;
    const { cells, uses, conditions } = definitions.bodyOf(via, overload);
    if (cells === undefined) return { ...ANY_RESULT, columns, uses };
    const mixture = new Mixture();
    for (const { value } of cells) mixture.add(value, 'derived', via);
    mixture.add(conditions, 'condition', via);
    return { value: mixture.value(), columns, uses, body: cells, via };
  });
  // Overloads of built-ins that give one value are not listed.
  return schema === 'pg_catalog' && results.length === 0 ? [leaks ? ANY_RESULT : BUILT_IN] : results;
}

/** Whichever of them it is. */
function together(results: readonly CallResult[]): CallResult {
  const [first, ...others] = results;
  if (first === undefined) return ANY_RESULT;
  if (others.length === 0) return first;
  const mixture = new Mixture();
  for (const { value } of results) mixture.add(value, 'plain');
  const same = others.every(({ columns }) => JSON.stringify(columns) === JSON.stringify(first.columns));
  return {
    value: mixture.value(),
    columns: same ? first.columns : 'unknown',
    uses: results.flatMap(({ uses }) => uses),
    body: undefined,
    via: undefined,
  };
}
