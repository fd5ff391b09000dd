/**
 * What the parts of the resolution need of each other: an expression holds queries, a query items, an item queries and
 * expressions. `lineage.ts` puts them together.
 */
import type { FunctionUse } from '../../../../domain/statement.ts';
import type { NameResolution, ResolvedRelation } from '../name-resolution.ts';
import type { FromTree, Ingredient, Outline } from '../outline.ts';
import type { CallResult } from './call-results.ts';
import type { Definitions } from './definitions.ts';
import type { Cell, Value } from './value.ts';

export interface LineageInput {
  readonly outline: Outline;
  readonly relations: readonly (readonly ResolvedRelation[])[];
  /** The functions that each call may reach. */
  readonly calls: readonly (readonly FunctionUse[])[];
  readonly names: NameResolution;
  /** Undefined without a catalogue. */
  readonly definitions: Definitions | undefined;
  /** Names that stand for arguments where this is a function's body. */
  readonly parameters: ReadonlySet<string>;
}

/** The columns of something, in order; undefined where they cannot be told. */
export type Cells = readonly Cell[] | undefined;

/** What a reference of the text stands for. */
export interface Reference {
  readonly value: Value;
  /** Of `*`, and of a whole row. */
  readonly cells: Cells;
  /** It is a relation's own, by that relation's own names, and no view's. */
  readonly direct: boolean;
}

/** By index in the outline's lists. What is met again while it is being resolved cannot be told. */
export interface LineageParts {
  readonly input: LineageInput;
  /** Takes steps of what one outline may cost; true when there are none left, and the statement is unknown. */
  spend(steps: number): boolean;
  query(index: number): Cells;
  cte(index: number): Cells;
  item(index: number): Cells;
  tree(tree: FromTree): Cells;
  reference(index: number): Reference;
  value(from: readonly Ingredient[]): Value;
  call(index: number): CallResult;
}
