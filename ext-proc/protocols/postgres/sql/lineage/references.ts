/**
 * What a column reference stands for, by PostgreSQL's rules of visibility (parse_relation.c colNameToVar and
 * scanNSItemForColumn, parse_func.c ParseComplexProjection): the innermost level that has the name decides, a name
 * that is no column may be a whole row, and a field of a row is its column.
 */
import type { FromTree, OutlineColumn } from '../outline.ts';
import type { Cells, LineageParts, Reference } from './lineage-parts.ts';
import { qualifiedItems } from './scope-names.ts';
import { isSystemColumn, systemColumn } from './system-columns.ts';
import { ANYTHING, type Cell, derived, Mixture, NOTHING, union, type Value } from './value.ts';

export const UNKNOWN_REFERENCE: Reference = { value: ANYTHING, cells: undefined, direct: false };
const NO_COLUMN: Reference = { value: NOTHING, cells: undefined, direct: false };

/** A name in one part of FROM: nothing, what it is, or what it may be. */
interface Found {
  readonly certain: boolean;
  readonly reference: Reference | undefined;
}

export class References {
  readonly #parts: LineageParts;
  readonly #named = new Map<FromTree, ReadonlyMap<string, Value>>();

  constructor(parts: LineageParts) {
    this.#parts = parts;
  }

  resolve(column: OutlineColumn): Reference {
    if (column.item !== undefined) {
      const cells = this.#parts.item(column.item);
      if (column.star) return rowOf(cells, this.#isTable(column.item));
      const value = cells?.find(({ name }) => name === column.parts[0])?.value;
      return { value: value ?? ANYTHING, cells: undefined, direct: this.#isTable(column.item) };
    }
    if (column.star) return this.#star(column);
    const { parts } = column;
    const base = parts.length === 1 ? this.#bare(column, parts[0] as string) : this.#qualified(column);
    return column.field === undefined ? base : this.#field(base, column.field);
  }

  #star({ scope: at, parts }: OutlineColumn): Reference {
    const { outline } = this.#parts.input;
    if (parts.length > 0) {
      const item = this.#qualifiedItem(at, parts);
      return typeof item === 'number'
        ? rowOf(this.#parts.item(item), this.#isTable(item))
        : UNKNOWN_REFERENCE;
    }
    const scope = outline.scopes[at];
    const trees = scope?.trees ?? scope?.items.filter((item) => outline.items[item]?.hidden !== true);
    const all: Cell[] = [];
    let direct = true;
    for (const tree of trees ?? []) {
      const cells = this.#parts.tree(tree);
      if (cells === undefined || this.#parts.spend(cells.length)) return UNKNOWN_REFERENCE;
      direct &&= typeof tree === 'number' && this.#isTable(tree);
      all.push(...cells);
    }
    return rowOf(all, direct);
  }

  #bare(column: OutlineColumn, name: string): Reference {
    const { outline, parameters } = this.#parts.input;
    if (column.outputNames === 'first' && column.outputs.includes(name)) return NO_COLUMN;
    /** What it may be of items whose columns are not all known. */
    const possible: Reference[] = [];
    for (let at = column.scope; at >= 0;) {
      const scope = outline.scopes[at];
      if (scope === undefined || this.#parts.spend(1 + scope.items.length)) return UNKNOWN_REFERENCE;
      const found: Reference[] = [];
      for (const tree of scope.trees ?? scope.items) {
        if (typeof tree === 'number' && outline.items[tree]?.hidden === true) continue;
        const { certain, reference } = this.#lookUp(tree, name);
        if (reference !== undefined) (certain ? found : possible).push(reference);
      }
      if (found.length > 0) return oneOf([...found, ...possible]);
      at = scope.parent;
    }
    if (column.outputNames !== undefined && column.outputs.includes(name))
      return oneOf([NO_COLUMN, ...possible]);
    const row = this.#qualifiedItem(column.scope, [name]);
    if (row === 'several') return UNKNOWN_REFERENCE;
    if (row !== undefined) {
      const cells = this.#parts.item(row);
      const whole = cells === undefined ? (this.#possible(row, name) ?? UNKNOWN_REFERENCE) : undefined;
      return oneOf([whole ?? rowOf(cells, this.#isTable(row)), ...possible]);
    }
    if (parameters.has(name)) return oneOf([NO_COLUMN, ...possible]);
    return possible.length > 0 ? oneOf(possible) : UNKNOWN_REFERENCE;
  }

  #qualified(column: OutlineColumn): Reference {
    const { parts } = column;
    const name = parts.at(-1) as string;
    const item = this.#qualifiedItem(column.scope, parts.slice(0, -1));
    if (item === 'several') return UNKNOWN_REFERENCE;
    // Not a column: PostgreSQL then calls a function of that name with the whole row.
    if (item !== undefined) return this.#lookUp(item, name).reference ?? UNKNOWN_REFERENCE;
    if (this.#parts.input.parameters.has(parts.slice(-2).join('.'))) return NO_COLUMN;
    // `a.b.c` may be a field of a column: then the first parts name the column.
    if (parts.length > 4) return UNKNOWN_REFERENCE;
    return this.#field(this.resolve({ ...column, parts: parts.slice(0, -1), field: undefined }), name);
  }

  /** A field of a value: of a row that is known its column, else made of the whole. */
  #field({ value, cells }: Reference, field: string): Reference {
    const found = value.fields?.filter(({ name }) => name === field) ?? [];
    if (found.length === 1) {
      // Of a row that came out of a subquery as one value, the field is no plain column any more.
      const own = derived((found[0] as Cell).value, cells === undefined ? 'copied' : 'plain');
      return { value: own, cells: undefined, direct: false };
    }
    const called = this.#parts.input.names.fieldFunctions(field).length > 0;
    if (value.fields !== undefined || called) return UNKNOWN_REFERENCE;
    return { value: derived(value, 'derived'), cells: undefined, direct: false };
  }

  #lookUp(tree: FromTree, name: string): Found {
    const named = this.#namesOf(tree);
    const value = named?.get(name);
    if (value !== undefined) {
      const direct = typeof tree === 'number' && this.#isTable(tree);
      return { certain: true, reference: { value, cells: undefined, direct } };
    }
    if (named !== undefined) return { certain: true, reference: this.#systemColumn(tree, name) };
    if (typeof tree === 'number') return { certain: false, reference: this.#possible(tree, name) };
    const sides = [this.#lookUp(tree.left, name), this.#lookUp(tree.right, name)];
    const references = sides.flatMap(({ reference }) => reference ?? []);
    return { certain: false, reference: references.length === 0 ? undefined : oneOf(references) };
  }

  #systemColumn(tree: FromTree, name: string): Reference | undefined {
    if (!isSystemColumn(name)) return undefined;
    if (typeof tree !== 'number')
      return this.#systemColumn(tree.left, name) ?? this.#systemColumn(tree.right, name);
    const { outline, relations, definitions } = this.#parts.input;
    const item = outline.items[tree];
    if (item?.kind === 'join' && typeof item.tree === 'number') return this.#systemColumn(item.tree, name);
    if (item?.kind !== 'relation') return undefined;
    const value = systemColumn(name, relations[item.relation]?.[0]?.entry, definitions);
    return value === undefined ? undefined : { value, cells: undefined, direct: true };
  }

  /** A name in an item whose columns are not all known: a name found in several schemas, a function's result. */
  #possible(index: number, name: string): Reference | undefined {
    const { outline, relations } = this.#parts.input;
    const item = outline.items[index];
    if (item?.kind === 'relation') {
      const entries = (relations[item.relation] ?? []).map(({ entry }) => entry);
      const missing = entries.length > 0 && entries.every((entry) => entry?.columns.includes(name) === false);
      return missing ? undefined : UNKNOWN_REFERENCE;
    }
    if (item?.kind === 'derived' && item.own === true) return NO_COLUMN;
    if (item?.kind !== 'derived' || item.rows === undefined) return UNKNOWN_REFERENCE;
    // Whatever its columns are, they are made of the same.
    const values = item.rows.functions.map(({ from }) => this.#parts.value(from));
    return { value: union(values, 'derived'), cells: undefined, direct: false };
  }

  /** The columns of a part of FROM by name; undefined where they are not all known. */
  #namesOf(tree: FromTree): ReadonlyMap<string, Value> | undefined {
    const found = this.#named.get(tree);
    if (found !== undefined) return found;
    const cells = this.#parts.tree(tree);
    if (cells === undefined || this.#parts.spend(cells.length / 4)) return undefined;
    const named = new Map<string, Value>();
    for (const { name, value } of cells) {
      const other = named.get(name);
      named.set(name, other === undefined ? value : union([other, value], 'copied'));
    }
    this.#named.set(tree, named);
    return named;
  }

  /** An alias of FROM goes before OLD and NEW of the same name (analyze.c transformReturningClause). */
  #qualifiedItem(scope: number, parts: readonly string[]): number | 'several' | undefined {
    const { outline, relations } = this.#parts.input;
    const items = qualifiedItems(outline, relations, scope, parts, (steps) => this.#parts.spend(steps));
    const visible = items.filter((item) => outline.items[item]?.hidden !== true);
    const [first, ...others] = visible.length > 0 ? visible : items;
    return others.length > 0 ? 'several' : first;
  }

  /** A relation whose columns the text's own references name. */
  #isTable(index: number): boolean {
    const { outline, relations } = this.#parts.input;
    const item = outline.items[index];
    if (item?.kind === 'join' && typeof item.tree === 'number') return this.#isTable(item.tree);
    if (item?.kind !== 'relation') return false;
    const kind = relations[item.relation]?.[0]?.entry?.kind;
    return kind !== 'view' && kind !== 'materialized_view';
  }
}

function rowOf(cells: Cells, direct: boolean): Reference {
  if (cells === undefined) return UNKNOWN_REFERENCE;
  const mixture = new Mixture();
  for (const { value } of cells) mixture.add(value, 'derived');
  return { value: mixture.value(undefined, cells), cells, direct };
}

/** Whichever of them it is; of several certain ones the server would call it ambiguous. */
function oneOf(found: readonly Reference[]): Reference {
  const [first, ...others] = found;
  if (first === undefined || others.length === 0) return first ?? UNKNOWN_REFERENCE;
  const values = found.map(({ value }) => value);
  return { value: union(values, 'copied'), cells: undefined, direct: false };
}
