/**
 * The columns of queries, set operations and CTEs.
 */
import type { OutlineQuery, Output } from '../outline.ts';
import { renamedCells } from './items.ts';
import type { Cells, LineageParts } from './lineage-parts.ts';
import type { RecursiveCells } from './recursive-cells.ts';
import { type Cell, derived, isConstant, Mixture, type Value } from './value.ts';

/** PostgreSQL's own limit on a target list. */
const COLUMNS_MAX = 1_664;

export class Queries {
  readonly #parts: LineageParts;
  readonly #recursive: RecursiveCells;

  constructor(parts: LineageParts, recursive: RecursiveCells) {
    this.#parts = parts;
    this.#recursive = recursive;
  }

  cellsOf(query: OutlineQuery): Cells {
    const cells = 'left' in query ? this.#setOperation(query) : this.#outputs(query.outputs);
    return cells !== undefined && cells.length <= COLUMNS_MAX ? cells : undefined;
  }

  #setOperation(query: Extract<OutlineQuery, { left: number }>): Cells {
    const { queries } = this.#parts.input.outline;
    // A chain of set operations leans to the left, and may be longer than the stack.
    const chain = [query];
    let leftmost = query.left;
    for (let left = queries[leftmost]; left !== undefined && 'left' in left; left = queries[leftmost]) {
      chain.push(left);
      leftmost = left.left;
    }
    let cells = this.#parts.query(leftmost);
    for (const { operation, right } of chain.toReversed()) {
      const other = this.#parts.query(right);
      if (cells === undefined || other?.length !== cells.length) return undefined;
      cells = cells.map(({ name, value }, at) => {
        const mixture = new Mixture();
        const second = (other[at] as Cell).value;
        // Beside what the statement says itself, a value is no plain copy: who chooses one can tell the other by it.
        const kept =
          isConstant(value) === isConstant(second) || operation === 'except' ? 'copied' : 'derived';
        mixture.add(value, kept);
        mixture.add(second, operation === 'except' ? 'condition' : kept);
        if (this.#parts.spend(1 + mixture.size)) mixture.addUnknown();
        return { name, value: mixture.value() };
      });
    }
    return cells;
  }

  #outputs(outputs: readonly Output[]): Cells {
    const all: Cell[] = [];
    for (const output of outputs) {
      if (this.#parts.spend(1)) return undefined;
      if ('name' in output) {
        all.push({ name: output.name, value: this.#parts.value(output.from ?? []) });
        continue;
      }
      const cells =
        output.reference !== undefined
          ? this.#parts.reference(output.reference).cells
          : output.single === true
            ? this.#namedByQuery(output.from ?? [])
            : this.#fieldsOf(output.from ?? []);
      if (cells === undefined || all.length + cells.length > COLUMNS_MAX || this.#parts.spend(cells.length))
        return undefined;
      all.push(...cells);
    }
    return all;
  }

  /** One column that has its name from the only subquery in it. */
  #namedByQuery(from: NonNullable<Output['from']>): Cells {
    const [query, ...others] = from.filter(([what]) => what === 'query');
    const cells = query === undefined || others.length > 0 ? undefined : this.#parts.query(query[1]);
    const [first] = cells ?? [];
    return first === undefined ? undefined : [{ name: first.name, value: this.#parts.value(from) }];
  }

  /** `(expression).*`: the columns of a whole row, or of what a function returns. */
  #fieldsOf(from: NonNullable<Output['from']>): Cells {
    const [first, ...others] = from;
    if (first?.[0] === 'column' && others.length === 0) {
      const { value } = this.#parts.reference(first[1]);
      return value.fields ?? this.#fieldsByType(value);
    }
    if (first?.[0] !== 'call') return undefined;
    const { columns } = this.#parts.call(first[1]);
    if (typeof columns === 'string') return undefined;
    const value = this.#parts.value(from);
    return columns.map((name) => ({ name, value }));
  }

  /** The fields of a column of a composite type, each made of the whole. */
  #fieldsByType({ origin, ...whole }: Value): Cells {
    const { snapshot } = this.#parts.input.names;
    const details = origin === undefined ? undefined : snapshot?.byOid?.get(origin.relation)?.details;
    const type = details?.types[details.numbers.indexOf(origin?.attribute ?? 0)];
    const row = type === undefined ? undefined : snapshot?.byRowType?.get(type);
    return row?.columns.map((name) => ({ name, value: derived({ ...whole, origin: undefined }, 'derived') }));
  }

  cteCells(index: number): Cells {
    const cte = this.#parts.input.outline.ctes[index];
    if (cte?.query === undefined) return cte?.opaque === false ? [] : undefined;
    if (this.#recursive.isOpen(index)) return this.#recursive.waiting(index, this.#namesOf(index));
    const known = this.#recursive.cells(index);
    if (known !== undefined) return known === 'unknown' ? undefined : known;
    this.#recursive.open(index);
    const columns = renamedCells(this.#parts.query(cte.query), cte.columns);
    const added = cte.added.map(({ name, of }) => {
      const mixture = new Mixture();
      for (const cell of columns ?? []) if (of.includes(cell.name)) mixture.add(cell.value, 'derived');
      return { name, value: mixture.value() };
    });
    return this.#recursive.close(index, columns === undefined ? undefined : [...columns, ...added]);
  }

  /** The names of a CTE's columns while its own query is being resolved: those of its first part. */
  #namesOf(index: number): readonly string[] | undefined {
    const { ctes, queries } = this.#parts.input.outline;
    const cte = ctes[index];
    let first = cte?.query;
    for (let found = queries[first ?? -1]; found !== undefined && 'left' in found; found = queries[first]) {
      first = found.left;
    }
    const cells =
      first === undefined ? undefined : renamedCells(this.#parts.query(first), cte?.columns ?? []);
    return cells === undefined ? undefined : [...cells, ...(cte?.added ?? [])].map(({ name }) => name);
  }
}
