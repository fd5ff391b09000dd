/**
 * The list of a statement's column uses: one entry for each column, use and definition it is used in, with every context
 * of it.
 */
import type { ColumnUse } from '../../../../domain/statement.ts';
import { type Contexts, contextsOf, contextWords } from './use-contexts.ts';

interface Entry {
  readonly relation: string;
  readonly name: string;
  readonly use: ColumnUse['use'];
  readonly via: string | undefined;
  contexts: Contexts;
}

export class ColumnUses {
  readonly #entries = new Map<string, Entry>();

  add(relation: string, name: string, use: ColumnUse['use'], contexts: Contexts, via?: string): void {
    const key = `${relation}\0${name}\0${use}\0${via ?? ''}`;
    const entry = this.#entries.get(key);
    if (entry === undefined) this.#entries.set(key, { relation, name, use, via, contexts });
    else entry.contexts |= contexts;
  }

  addAll(uses: readonly ColumnUse[]): void {
    for (const { relation, name, use, contexts, via } of uses)
      this.add(relation, name, use, contextsOf(contexts ?? []), via);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** In the order in which they were first added. */
  list(): readonly ColumnUse[] {
    return Array.from(this.#entries.values(), ({ relation, name, use, via, contexts }) => ({
      relation,
      name,
      use,
      ...(contexts === 0 ? undefined : { contexts: contextWords(contexts) }),
      ...(via === undefined ? undefined : { via }),
    }));
  }
}
