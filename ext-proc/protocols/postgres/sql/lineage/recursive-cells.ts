/**
 * The columns of CTEs, of which recursive ones are made of themselves: while such a query is being resolved its columns
 * are symbols, and once it is done each symbol stands for what was found. The least fixed point, by iteration.
 */
import type { Derivation } from '../../../../domain/lineage.ts';
import { type Cell, Mixture, NOTHING, type Value } from './value.ts';

/** Rounds until the columns do not change any more; more make them unknown. */
const ROUNDS_MAX = 40;

export class RecursiveCells {
  readonly #open = new Set<number>();
  readonly #closed = new Map<number, readonly Cell[] | 'unknown'>();

  isOpen(cte: number): boolean {
    return this.#open.has(cte);
  }

  open(cte: number): void {
    this.#open.add(cte);
  }

  /** The columns of a CTE that is done; undefined of one that is not. */
  cells(cte: number): readonly Cell[] | 'unknown' | undefined {
    return this.#closed.get(cte);
  }

  /** The columns of a CTE within its own query. */
  waiting(cte: number, names: readonly string[] | undefined): readonly Cell[] | undefined {
    return names?.map((name, index) => ({
      name,
      value: { ...NOTHING, pending: new Map<string, Derivation>([[`${cte}:${index}`, 'copied']]) },
    }));
  }

  /** Ends a CTE with the columns that were found for it. */
  close(cte: number, found: readonly Cell[] | undefined): readonly Cell[] | undefined {
    this.#open.delete(cte);
    const cells = found === undefined ? undefined : fixedPoint(cte, found);
    this.#closed.set(cte, cells ?? 'unknown');
    return cells;
  }

  /** A value in which nothing waits for a CTE that is done. */
  settle(value: Value): Value {
    if (value.pending.size === 0) return value;
    const mixture = new Mixture();
    mixture.add({ ...value, pending: NOTHING.pending }, 'plain');
    for (const [key, derivation] of value.pending) {
      const [cte, column] = key.split(':');
      const cells = this.#closed.get(Number(cte));
      const cell = cells === 'unknown' ? undefined : cells?.[Number(column)];
      if (cell === undefined) mixture.addUnknown();
      else mixture.add(this.settle(cell.value), derivation);
    }
    return mixture.value(value.origin, value.fields);
  }
}

function fixedPoint(cte: number, found: readonly Cell[]): readonly Cell[] | undefined {
  const own = `${cte}:`;
  if (!found.some(({ value }) => [...value.pending.keys()].some((key) => key.startsWith(own)))) return found;
  let cells = found;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    let changed = false;
    const next = cells.map(({ name, value }): Cell => {
      const mixture = new Mixture();
      mixture.add(value, 'plain');
      for (const [key, derivation] of value.pending) {
        const other = key.startsWith(own) ? cells[Number(key.slice(own.length))] : undefined;
        if (other !== undefined) mixture.add(other.value, derivation);
      }
      const more = mixture.value();
      changed ||= !same(value, more);
      return { name, value: more };
    });
    if (!changed) return cells.map(({ name, value }) => ({ name, value: without(value, own) }));
    cells = next;
  }
  return undefined;
}

const same = (before: Value, after: Value): boolean =>
  before.unknown === after.unknown &&
  before.sources.size === after.sources.size &&
  before.pending.size === after.pending.size &&
  [...after.sources].every(([key, source]) => before.sources.get(key)?.derivation === source.derivation) &&
  [...after.pending].every(([key, derivation]) => before.pending.get(key) === derivation);

const without = (value: Value, own: string): Value => ({
  ...value,
  pending: new Map([...value.pending].filter(([key]) => !key.startsWith(own))),
});
