/** How often what was masked where: for the event's row. Holds names of kinds and columns, nothing of a value. */
import type { Kind } from '../../../masking/finding.ts';

export interface MaskCount {
  readonly kind: Kind;
  /** As the plan labels the column; empty where the place is no column. */
  readonly column: string;
  readonly count: number;
}

/** Different pairs of kind and column that are told apart; more are counted together. */
const ENTRIES_MAX = 256;
const REST = { kind: 'other', column: '' } as const;

export class MaskCounts {
  readonly #columns = new Map<string, Map<Kind, number>>();
  #entries = 0;

  add(kind: Kind, column: string, count = 1): void {
    let kinds = this.#columns.get(column);
    if (kinds?.has(kind) !== true) {
      if (this.#entries >= ENTRIES_MAX && column !== REST.column) {
        this.add(REST.kind, REST.column, count);
        return;
      }
      this.#entries++;
      if (kinds === undefined) this.#columns.set(column, (kinds = new Map()));
    }
    kinds.set(kind, (kinds.get(kind) ?? 0) + count);
  }

  addAll(kinds: readonly Kind[], column: string): void {
    for (const kind of kinds) this.add(kind, column);
  }

  get total(): number {
    let total = 0;
    for (const { count } of this.list()) total += count;
    return total;
  }

  /** In an order that does not depend on that of the rows. */
  list(): readonly MaskCount[] {
    const order = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
    return [...this.#columns]
      .flatMap(([column, kinds]) => [...kinds].map(([kind, count]) => ({ kind, column, count })))
      .sort((left, right) => order(left.column, right.column) || order(left.kind, right.kind));
  }
}
