/**
 * The lineage of one outline: what its references, expressions, queries and items in FROM are made of, each resolved
 * once. Bounded in steps and depth; what cannot be told is undefined, or a value that may be anything.
 */
import type { FromTree, Ingredient } from '../outline.ts';
import { ANY_RESULT, callResult, type CallResult } from './call-results.ts';
import { Ingredients } from './ingredients.ts';
import { Items } from './items.ts';
import type { Cells, LineageInput, LineageParts, Reference } from './lineage-parts.ts';
import { Queries } from './queries.ts';
import { RecursiveCells } from './recursive-cells.ts';
import { References, UNKNOWN_REFERENCE } from './references.ts';
import type { Cell, Value } from './value.ts';

/** Cells and sources looked at for one outline; one that needs more is unknown. Some tens of milliseconds. */
const STEPS_MAX = 300_000;
/** Queries in queries. */
const DEPTH_MAX = 150;

export class Lineage {
  readonly #parts: LineageParts;
  readonly #recursive = new RecursiveCells();
  readonly #ingredients: Ingredients;

  constructor(input: LineageInput) {
    this.#parts = this.#assemble(input);
    this.#ingredients = new Ingredients(this.#parts);
    // Before anything inside them is asked for: a recursive one is met again on the way, and must be open then.
    input.outline.ctes.forEach((_, index) => this.#parts.cte(index));
  }

  /** The columns of a query, undefined where they cannot be told. */
  outputsOf(query: number): Cells {
    return this.#settled(this.#parts.query(query));
  }

  valueOf(from: readonly Ingredient[]): Value {
    return this.#recursive.settle(this.#parts.value(from));
  }

  /** What the reference of that index in the outline's columns stands for. */
  reference(index: number): Reference {
    const { value, cells, direct } = this.#parts.reference(index);
    return { value: this.#recursive.settle(value), cells: this.#settled(cells), direct };
  }

  /** What the results of a call are made of besides its arguments. */
  callResult(index: number): CallResult {
    return this.#parts.call(index);
  }

  /** What decides which rows a query has. */
  conditionsOf(query: number): Value {
    return this.#recursive.settle(this.#ingredients.conditionsOf(query));
  }

  /** What one of the outline's sorts looks at. */
  sortValue(index: number): Value {
    return this.#recursive.settle(this.#ingredients.sortValue(index));
  }

  /** The columns that a NATURAL join compares. */
  naturalCells(tree: FromTree): readonly Cell[] {
    return this.#settled(this.#ingredients.naturalCells(tree)) ?? [];
  }

  #settled(cells: Cells): Cells {
    if (cells?.every(({ value }) => value.pending.size === 0) === true) return cells;
    return cells?.map(({ name, value }) => ({ name, value: this.#recursive.settle(value) }));
  }

  #assemble(input: LineageInput): LineageParts {
    const { outline, names } = input;
    let steps = 0;
    let depth = 0;
    const parts: LineageParts = {
      input,
      spend: (more) => {
        steps += more;
        if (steps <= STEPS_MAX) return false;
        names.unknown.add('too_many_objects');
        return true;
      },
      query: once<number, Cells>(undefined, (index) => {
        const query = outline.queries[index];
        if (query === undefined) return undefined;
        if (depth >= DEPTH_MAX) {
          names.unknown.add('too_deep');
          return undefined;
        }
        depth++;
        const cells = queries.cellsOf(query);
        depth--;
        return cells;
      }),
      cte: (index) => queries.cteCells(index),
      item: once<number, Cells>(undefined, (index) => {
        const item = outline.items[index];
        return item === undefined ? undefined : items.cellsOf(item);
      }),
      tree: (tree) => (typeof tree === 'number' ? parts.item(tree) : joins(tree)),
      reference: once(UNKNOWN_REFERENCE, (index) => {
        const column = outline.columns[index];
        return column === undefined ? UNKNOWN_REFERENCE : references.resolve(column);
      }),
      value: (from) => this.#ingredients.valueOf(from),
      call: once<number, CallResult>(ANY_RESULT, (index) => callResult(input, index)),
    };
    const queries = new Queries(parts, this.#recursive);
    const items = new Items(parts);
    const references = new References(parts);
    const joins = once<Exclude<FromTree, number>, Cells>(undefined, (tree) => items.treeCells(tree));
    return parts;
  }
}

/** Remembers what was made of each key; what is asked for while it is being made is `meanwhile`. */
function once<Key, Result>(meanwhile: Result, make: (key: Key) => Result): (key: Key) => Result {
  const made = new Map<Key, Result>();
  return (key) => {
    if (made.has(key)) return made.get(key) as Result;
    made.set(key, meanwhile);
    const result = make(key);
    made.set(key, result);
    return result;
  };
}
