/**
 * What a value is made of: the columns of tables, how, and whether it may be anything besides. Values are shared and
 * never changed.
 */
import type { ColumnSource, Derivation } from '../../../../domain/lineage.ts';
import { derivedBy, moreTelling } from './derivation.ts';

export interface Source extends ColumnSource {
  /** The view or function through which the statement reaches it, qualified. */
  readonly via: string | undefined;
}

/** A column by the numbers of a RowDescription. */
export interface Origin {
  readonly relation: number;
  readonly attribute: number;
}

export interface Value {
  readonly sources: ReadonlyMap<string, Source>;
  /** It may be anything that the statement can reach. */
  readonly unknown: boolean;
  /** What the server would say of it in a RowDescription. */
  readonly origin: Origin | undefined;
  /** Of a whole row: the columns in it. */
  readonly fields: readonly Cell[] | undefined;
  /** Columns of recursive queries that are still being resolved, by `cte:column`. */
  readonly pending: ReadonlyMap<string, Derivation>;
}

/** A column of a query or of an item in FROM. */
export interface Cell {
  readonly name: string;
  readonly value: Value;
}

const NO_SOURCES: ReadonlyMap<string, Source> = new Map();
const NONE_PENDING: ReadonlyMap<string, Derivation> = new Map();

export const NOTHING: Value = {
  sources: NO_SOURCES,
  unknown: false,
  origin: undefined,
  fields: undefined,
  pending: NONE_PENDING,
};

export const ANYTHING: Value = { ...NOTHING, unknown: true };

/** It is made of no column: the statement says what it is, or a parameter, or a function of those. */
export const isConstant = ({ sources, unknown, pending }: Value): boolean =>
  sources.size === 0 && pending.size === 0 && !unknown;

export const sourceKey = ({ schema, table, column }: Omit<ColumnSource, 'derivation'>): string =>
  `${schema}\0${table}\0${column}`;

/** Puts values together into one. */
export class Mixture {
  readonly #sources = new Map<string, Source>();
  readonly #pending = new Map<string, Derivation>();
  #unknown = false;

  /** Adds what a value is made of, derived once more; `via` where it is reached through a view or function. */
  add(value: Value, derivation: Derivation, via?: string): void {
    this.#unknown ||= value.unknown;
    for (const [key, source] of value.sources) {
      const own = derivedBy(derivation, source.derivation);
      const known = this.#sources.get(key);
      if (known === undefined) {
        const same = own === source.derivation && (via === undefined || via === source.via);
        this.#sources.set(key, same ? source : { ...source, derivation: own, via: via ?? source.via });
      } else if (moreTelling(known.derivation, own) !== known.derivation) {
        this.#sources.set(key, { ...known, derivation: own });
      }
    }
    for (const [key, pending] of value.pending) this.wait(key, derivedBy(derivation, pending));
  }

  wait(key: string, derivation: Derivation): void {
    const known = this.#pending.get(key);
    this.#pending.set(key, known === undefined ? derivation : moreTelling(known, derivation));
  }

  addUnknown(): void {
    this.#unknown = true;
  }

  get size(): number {
    return this.#sources.size + this.#pending.size;
  }

  value(origin?: Origin, fields?: readonly Cell[]): Value {
    return {
      sources: this.#sources,
      unknown: this.#unknown,
      origin,
      fields,
      pending: this.#pending,
    };
  }
}

/** A value that went through something which leaves it as it is, and yet is no plain column any more. */
export function derived(value: Value, derivation: Derivation, via?: string): Value {
  if (derivation === 'plain' && via === undefined) return value;
  const mixture = new Mixture();
  mixture.add(value, derivation, via);
  return mixture.value(
    undefined,
    derivation === 'copied' || derivation === 'plain' ? value.fields : undefined,
  );
}

export function union(values: readonly Value[], derivation: Derivation): Value {
  const [first] = values;
  if (first !== undefined && values.length === 1) return derived(first, derivation);
  const mixture = new Mixture();
  for (const value of values) mixture.add(value, derivation);
  return mixture.value();
}
