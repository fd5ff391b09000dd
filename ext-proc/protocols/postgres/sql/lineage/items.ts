/**
 * The columns of what stands in FROM, and of joins of it.
 */
import type { CatalogueSnapshot } from '../catalogue-snapshot.ts';
import type { Derivation } from '../../../../domain/lineage.ts';
import type { FromTree, OutlineFlow, ScopeItem } from '../outline.ts';
import type { Cells, LineageParts } from './lineage-parts.ts';
import { mergeColumns } from './merged-join.ts';
import { rowsFromCells } from './rows-from.ts';
import { ANYTHING, type Cell, Mixture, NOTHING, type Origin, union } from './value.ts';

export class Items {
  readonly #parts: LineageParts;

  constructor(parts: LineageParts) {
    this.#parts = parts;
  }

  cellsOf(item: ScopeItem): Cells {
    switch (item.kind) {
      case 'relation':
        return this.#written(item, this.#relation(item.relation, item.columns));
      case 'derived':
        return this.#derived(item);
      case 'cte':
        return renamedCells(this.#parts.cte(item.cte), item.columns);
      case 'join': {
        const cells = this.#parts.tree(item.tree);
        if (!item.mergedOnly) return renamedCells(cells, item.columns);
        return typeof item.tree === 'number' ? undefined : cells?.slice(0, item.tree.using?.length ?? 0);
      }
    }
  }

  treeCells(tree: Exclude<FromTree, number>): Cells {
    const left = this.#parts.tree(tree.left);
    const right = left === undefined ? undefined : this.#parts.tree(tree.right);
    if (left === undefined || right === undefined || this.#parts.spend(left.length + right.length))
      return undefined;
    return mergeColumns(tree, left, right, this.#parts.input.names.snapshot);
  }

  #relation(relation: number, names: readonly string[]): Cells {
    const { relations, definitions, names: resolution } = this.#parts.input;
    const [only, ...others] = relations[relation] ?? [];
    const entry = others.length === 0 ? only?.entry : undefined;
    if (entry === undefined || definitions === undefined) return undefined;
    if (resolution.mayBeRedefined(entry) || this.#parts.spend(entry.columns.length / 8)) return undefined;
    return renamedCells(definitions.cellsOf(entry), names);
  }

  /** A row that has just been written holds what was put into it. */
  #written({ written, relation }: Extract<ScopeItem, { kind: 'relation' }>, cells: Cells): Cells {
    if (written === undefined || written[0] === written[1]) return cells;
    const { outline, relations } = this.#parts.input;
    const flows = outline.flows.slice(...written);
    const generated = relations[relation]?.[0]?.entry?.generated;
    return cells?.map(({ name, value }, at) => {
      const mixture = new Mixture();
      mixture.add(value, 'plain');
      for (const flow of flows) this.#put(mixture, flow, name, at, 'copied');
      const of = generated?.get(name);
      for (const source of of === undefined || of === 'unknown' ? [] : of) {
        const place = cells.findIndex((cell) => cell.name === source);
        for (const flow of flows) this.#put(mixture, flow, source, place, 'derived');
      }
      if (this.#parts.spend(mixture.size)) mixture.addUnknown();
      return { name, value: mixture.value(value.origin) };
    });
  }

  /** Adds what a flow puts into the column of that name and place. */
  #put(mixture: Mixture, flow: OutlineFlow, name: string, at: number, derivation: Derivation): void {
    if ('column' in flow) {
      if (flow.column === name) mixture.add(this.#parts.value(flow.from), derivation);
      return;
    }
    const source = flow.query === undefined ? undefined : this.#parts.query(flow.query);
    if (source === undefined) return mixture.addUnknown();
    const put = source[flow.columns === undefined ? at : flow.columns.indexOf(name)]?.value;
    if (put !== undefined) mixture.add(put, derivation);
  }

  #derived(item: Extract<ScopeItem, { kind: 'derived' }>): Cells {
    const { names } = this.#parts.input;
    if (item.query !== undefined) return renamedCells(this.#parts.query(item.query), item.columns);
    if (item.excluded !== undefined) return this.#excluded(item.excluded);
    if (item.rows !== undefined) {
      return rowsFromCells(item.rows, item.alias, {
        value: (from) => this.#parts.value(from),
        result: (call) => this.#parts.call(call),
        isScalar: (origin) => isScalarArray(origin, names.snapshot),
      });
    }
    if (item.opaque) return undefined;
    const cells: Cell[] = [];
    for (const output of item.outputs) {
      if (!('name' in output)) return undefined;
      cells.push({ name: output.name, value: this.#parts.value(output.from ?? []) });
    }
    return renamedCells(cells, item.columns);
  }

  /** EXCLUDED: what was to be inserted, not what is stored. */
  #excluded({ item, flow: index }: { readonly item: number; readonly flow: number | undefined }): Cells {
    const target = this.#parts.item(item);
    const flow = index === undefined ? undefined : this.#parts.input.outline.flows[index];
    if (flow === undefined || !('query' in flow) || flow.query === undefined)
      return target?.map(({ name }) => ({ name, value: NOTHING }));
    const source = this.#parts.query(flow.query);
    if (source === undefined) return target?.map(({ name }) => ({ name, value: ANYTHING }));
    const names = flow.columns ?? target?.map(({ name }) => name);
    const placed = this.#parts.input.outline.flows.slice(0, index).filter((each) => 'column' in each);
    return target?.map(({ name }) => {
      const at = names?.indexOf(name) ?? -1;
      if (at >= 0) {
        const mixture = new Mixture();
        mixture.add(source[at]?.value ?? NOTHING, 'copied');
        // Where in it the value is put.
        for (const { relation, column, from } of placed)
          if (relation === flow.relation && column === name) mixture.add(this.#parts.value(from), 'derived');
        return { name, value: mixture.value() };
      }
      // A generated column is made of what the others are given.
      const values = source.map((cell) => cell.value);
      return { name, value: union(values, 'derived') };
    });
  }
}

/** An alias's names take the place of the first columns'. */
export const renamedCells = (cells: Cells, names: readonly string[]): Cells =>
  names.length === 0 ? cells : cells?.map((cell, index) => ({ ...cell, name: names[index] ?? cell.name }));

/** A column's type is an array of a type that has no columns itself. */
function isScalarArray(origin: Origin, snapshot: CatalogueSnapshot | undefined): boolean {
  const details = snapshot?.byOid?.get(origin.relation)?.details;
  const type = details?.types[details.numbers.indexOf(origin.attribute)];
  return type !== undefined && SCALAR_ARRAYS.has(type);
}

/** By oid, from _bool to _money. */
const SCALAR_ARRAYS = new Set([
  ...[1000, 1001, 1002, 1003, 1005, 1007, 1016, 1009, 1014, 1015, 1021, 1022, 1028, 1115, 1185, 1182, 1183],
  ...[1270, 1187, 1231, 2951, 199, 3807, 1041, 651, 1040, 1561, 1563, 143, 791],
]);
