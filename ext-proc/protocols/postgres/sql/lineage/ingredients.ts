/**
 * Values of expressions: their ingredients put together, and what decides which rows a query in place of a value has.
 */
import type { FromTree, Ingredient } from '../outline.ts';
import { derivedBy } from './derivation.ts';
import type { LineageParts } from './lineage-parts.ts';
import { context } from './use-contexts.ts';
import { ANYTHING, type Cell, derived, Mixture, NOTHING, union, type Value } from './value.ts';

const EXISTS = context('exists');
const HARMLESS = context('exists', 'returning');

export class Ingredients {
  readonly #parts: LineageParts;
  readonly #conditions = new Map<number, Value>();

  constructor(parts: LineageParts) {
    this.#parts = parts;
  }

  valueOf(from: readonly Ingredient[]): Value {
    const [first, ...others] = from;
    if (first === undefined) return NOTHING;
    if (others.length === 0 && first[0] === 'column')
      return derived(this.#parts.reference(first[1]).value, first[2]);
    const mixture = new Mixture();
    for (const ingredient of from) this.#mix(mixture, ingredient, 'plain');
    return mixture.value();
  }

  #mix(mixture: Mixture, [what, index, derivation]: Ingredient, outer: Ingredient[2]): void {
    const how = derivedBy(outer, derivation);
    const { outline, names } = this.#parts.input;
    if (this.#parts.spend(1 + mixture.size / 16)) return mixture.addUnknown();
    switch (what) {
      case 'column':
        return mixture.add(this.#parts.reference(index).value, how);
      case 'call':
        return mixture.add(this.#parts.call(index).value, how);
      case 'query': {
        const cells = this.#parts.query(index);
        if (cells === undefined) mixture.addUnknown();
        for (const { value } of cells ?? []) mixture.add(value, how === 'plain' ? 'copied' : how);
        return mixture.add(this.conditionsOf(index), 'condition');
      }
      case 'exists':
        return mixture.add(this.conditionsOf(index), 'condition');
      case 'type': {
        const type = outline.types[index];
        if (type === undefined || names.typeFunctions(type).length > 0) mixture.addUnknown();
        return;
      }
      case 'window':
        for (const ingredient of outline.windows[index] ?? []) this.#mix(mixture, ingredient, how);
    }
  }

  /** Everything in a query that is not just a target of its own or of a query in its FROM. */
  conditionsOf(query: number): Value {
    const found = this.#conditions.get(query);
    if (found !== undefined) return found;
    const { outline, relations, definitions, names } = this.#parts.input;
    const range = outline.queries[query]?.range;
    if (range === undefined) return ANYTHING;
    // Asked for again on the way, it adds nothing.
    this.#conditions.set(query, NOTHING);
    const mixture = new Mixture();
    for (let index = range.columnsFrom; index < range.columnsTo; index++) {
      const column = outline.columns[index];
      if (column === undefined || column.use === 'write' || column.contexts === EXISTS) continue;
      if (column.use === 'target' && (column.contexts & ~HARMLESS) === 0) continue;
      if (this.#parts.spend(1 + mixture.size / 16)) mixture.addUnknown();
      else mixture.add(this.#parts.reference(index).value, 'condition');
    }
    for (const { entry } of relations.slice(range.relationsFrom, range.relationsTo).flat()) {
      if (entry === undefined || definitions === undefined || names.mayBeRedefined(entry))
        mixture.addUnknown();
      else mixture.add(definitions.conditionsOf(entry), 'condition');
    }
    for (let index = range.callsFrom; index < range.callsTo; index++)
      mixture.add(this.#parts.call(index).value, 'condition');
    for (let index = range.sortsFrom; index < range.sortsTo; index++)
      mixture.add(this.sortValue(index), 'condition');
    for (const natural of outline.naturals.slice(range.naturalsFrom, range.naturalsTo))
      for (const { value } of this.naturalCells(natural)) mixture.add(value, 'condition');
    const value = mixture.value();
    this.#conditions.set(query, value);
    return value;
  }

  /** What one of the outline's sorts looks at. */
  sortValue(index: number): Value {
    const sort = this.#parts.input.outline.sorts[index];
    const cells = sort === undefined ? undefined : this.#parts.query(sort.query);
    if (sort === undefined || cells === undefined || this.#parts.spend(cells.length)) return ANYTHING;
    const { name, place } = sort;
    const looked = cells.filter((cell, at) =>
      place === undefined ? name === undefined || cell.name === name : at === place - 1,
    );
    return union(
      looked.map(({ value }) => value),
      'copied',
    );
  }

  /** The columns that a NATURAL join compares. */
  naturalCells(tree: FromTree): readonly Cell[] {
    if (typeof tree === 'number') return [];
    const left = this.#parts.tree(tree.left);
    const right = this.#parts.tree(tree.right);
    if (left === undefined || right === undefined) {
      this.#parts.input.names.unknown.add('unresolved_column');
      return [];
    }
    if (this.#parts.spend(left.length + right.length)) return [];
    const names = new Set(right.map(({ name }) => name));
    const common = new Set(left.flatMap(({ name }) => (names.has(name) ? [name] : [])));
    return [...left, ...right].filter(({ name }) => common.has(name));
  }
}
