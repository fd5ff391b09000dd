/**
 * The columns of an outline's queries and of what stands in FROM, cell by cell, by PostgreSQL's rules of visibility
 * (parse_relation.c colNameToVar, parse_clause.c transformFromClauseItem, parse_target.c). What cannot be told is
 * undefined, or a value that may be anything. Bounded in steps and depth.
 */
import type { FunctionUse } from '../../../../domain/statement.ts';
import type { CatalogueSnapshot } from '../catalogue-snapshot.ts';
import type { NameResolution, ResolvedRelation } from '../name-resolution.ts';
import type { FromTree, Ingredient, Outline, OutlineColumn, Output, ScopeItem } from '../outline.ts';
import { ANY_RESULT, callResult, type CallResult } from './call-results.ts';
import { derivedBy } from './derivation.ts';
import type { Definitions } from './definitions.ts';
import { rowsFromCells } from './rows-from.ts';
import { qualifiedItems } from './scope-names.ts';
import { mergeColumns } from './merged-join.ts';
import { RecursiveCells } from './recursive-cells.ts';
import { context } from './use-contexts.ts';
import { isSystemColumn, systemColumn } from './system-columns.ts';
import { ANYTHING, type Cell, derived, Mixture, NOTHING, type Origin, union, type Value } from './value.ts';

/** What a reference of the text stands for. */
export interface Reference {
  readonly value: Value;
  /** Of `*`, and of a whole row. */
  readonly cells: readonly Cell[] | undefined;
  /** It is a relation's own, by that relation's own names, and no view's. */
  readonly direct: boolean;
}

export interface LineageInput {
  readonly outline: Outline;
  readonly relations: readonly (readonly ResolvedRelation[])[];
  /** The functions that each call may reach. */
  readonly calls: readonly (readonly FunctionUse[])[];
  readonly names: NameResolution;
  readonly definitions: Definitions | undefined;
  /** Names that stand for arguments where this is a function's body. */
  readonly parameters: ReadonlySet<string>;
}

/** Cells and sources looked at for one outline; one that needs more is unknown. Some tens of milliseconds. */
const STEPS_MAX = 300_000;
/** Queries in queries. */
const DEPTH_MAX = 150;
/** PostgreSQL's own limit on a target list. */
const COLUMNS_MAX = 1_664;
const EXISTS = context('exists');
const HARMLESS = context('exists', 'returning');

type Cells = readonly Cell[] | undefined;

export class Lineage {
  readonly #input: LineageInput;
  readonly #items = new Map<number, Cells>();
  readonly #named = new Map<FromTree, ReadonlyMap<string, Value>>();
  readonly #trees = new Map<FromTree, Cells>();
  readonly #queries = new Map<number, Cells>();
  readonly #references = new Map<number, Reference>();
  readonly #conditions = new Map<number, Value>();
  readonly #recursive = new RecursiveCells();
  readonly #results = new Map<number, CallResult>();
  #steps = 0;
  #depth = 0;

  constructor(input: LineageInput) {
    this.#input = input;
    // Before anything inside them is asked for: a recursive one is met again on the way, and must be open then.
    input.outline.ctes.forEach((_, index) => this.#cte(index));
  }

  /** The columns of a query, undefined where they cannot be told; nothing in them waits for anything. */
  outputsOf(query: number): Cells {
    return this.#settled(this.#query(query));
  }

  /** What a list of ingredients is made of. */
  valueOf(from: readonly Ingredient[]): Value {
    return this.#recursive.settle(this.#value(from));
  }

  /** What the reference of that index in the outline's columns stands for. */
  reference(index: number): Reference {
    const found = this.#reference(index);
    const cells = found.cells === undefined ? undefined : this.#settled(found.cells);
    return { ...found, value: this.#recursive.settle(found.value), cells };
  }

  /** The columns of one of the outline's items. */
  itemCells(index: number): Cells {
    return this.#settled(this.#item(index));
  }

  treeCells(tree: FromTree): Cells {
    return this.#settled(this.#tree(tree));
  }

  /** What the results of a call are made of besides its arguments. */
  callResult(index: number): CallResult {
    let result = this.#results.get(index);
    if (result === undefined) {
      this.#results.set(index, ANY_RESULT);
      result = callResult(this.#input, index);
      this.#results.set(index, result);
    }
    return result;
  }

  get #outline(): Outline {
    return this.#input.outline;
  }

  /** Takes steps of what one outline may cost; true when there are none left. */
  #spend(steps: number): boolean {
    this.#steps += steps;
    if (this.#steps <= STEPS_MAX) return false;
    this.#input.names.unknown.add('too_many_objects');
    return true;
  }

  #settled(cells: Cells): Cells {
    return cells?.map(({ name, value }) => ({ name, value: this.#recursive.settle(value) }));
  }

  #value(from: readonly Ingredient[]): Value {
    const [first] = from;
    if (first === undefined) return NOTHING;
    if (from.length === 1 && first[0] === 'column') return derived(this.#part(first[1]), first[2]);
    const mixture = new Mixture();
    for (const ingredient of from) this.#mix(mixture, ingredient, 'plain');
    return mixture.value();
  }

  #part(reference: number): Value {
    return this.#reference(reference).value;
  }

  #mix(mixture: Mixture, [what, index, derivation]: Ingredient, outer: Ingredient[2]): void {
    const how = derivedBy(outer, derivation);
    if (this.#spend(1 + mixture.size / 16)) return mixture.addUnknown();
    switch (what) {
      case 'column':
        return mixture.add(this.#part(index), how);
      case 'call':
        return mixture.add(this.callResult(index).value, how);
      case 'query': {
        const cells = this.#query(index);
        if (cells === undefined) mixture.addUnknown();
        for (const { value } of cells ?? []) mixture.add(value, how === 'plain' ? 'copied' : how);
        return mixture.add(this.#conditionsOf(index), 'condition');
      }
      case 'exists':
        return mixture.add(this.#conditionsOf(index), 'condition');
      case 'type': {
        const type = this.#outline.types[index];
        if (type === undefined || this.#input.names.typeFunctions(type).length > 0) mixture.addUnknown();
        return;
      }
      case 'window':
        for (const ingredient of this.#outline.windows[index] ?? []) this.#mix(mixture, ingredient, how);
    }
  }

  /** What decides which rows a query has: everything in it that is not just a target of its own or of FROM's. */
  #conditionsOf(query: number): Value {
    const found = this.#conditions.get(query);
    if (found !== undefined) return found;
    const range = this.#outline.queries[query]?.range;
    if (range === undefined) return ANYTHING;
    // Asked for again on the way, it adds nothing.
    this.#conditions.set(query, NOTHING);
    const mixture = new Mixture();
    for (let index = range.columnsFrom; index < range.columnsTo; index++) {
      const column = this.#outline.columns[index];
      if (column === undefined || column.use === 'write' || column.contexts === EXISTS) continue;
      if (column.use === 'target' && (column.contexts & ~HARMLESS) === 0) continue;
      if (this.#spend(1 + mixture.size / 16)) mixture.addUnknown();
      else mixture.add(this.#part(index), 'condition');
    }
    for (let index = range.sortsFrom; index < range.sortsTo; index++)
      mixture.add(this.sortValue(index), 'condition');
    for (const natural of this.#outline.naturals.slice(range.naturalsFrom, range.naturalsTo))
      for (const { value } of this.naturalCells(natural)) mixture.add(value, 'condition');
    const value = mixture.value();
    this.#conditions.set(query, value);
    return value;
  }

  /** What one of the outline's sorts looks at. */
  sortValue(index: number): Value {
    const sort = this.#outline.sorts[index];
    const cells = sort === undefined ? undefined : this.#query(sort.query);
    if (sort === undefined || cells === undefined) return ANYTHING;
    const { name, place } = sort;
    if (this.#spend(cells.length)) return ANYTHING;
    return union(
      cells
        .filter((cell, at) => (place === undefined ? name === undefined || cell.name === name : at === place - 1))
        .map(({ value }) => value),
      'copied',
    );
  }

  /** The columns that a NATURAL join compares. */
  naturalCells(tree: FromTree): readonly Cell[] {
    if (typeof tree === 'number') return [];
    const left = this.#tree(tree.left);
    const right = this.#tree(tree.right);
    if (left === undefined || right === undefined) {
      this.#input.names.unknown.add('unresolved_column');
      return [];
    }
    if (this.#spend(left.length + right.length)) return [];
    const names = new Set(right.map(({ name }) => name));
    const common = new Set(left.flatMap(({ name }) => (names.has(name) ? [name] : [])));
    return [...left, ...right].filter(({ name }) => common.has(name));
  }

  #query(index: number): Cells {
    if (this.#queries.has(index)) return this.#queries.get(index);
    if (this.#depth > DEPTH_MAX) {
      this.#input.names.unknown.add('too_deep');
      return undefined;
    }
    this.#depth++;
    // Met again on the way, it could not be told.
    this.#queries.set(index, undefined);
    const cells = this.#computeQuery(index);
    const bounded = cells !== undefined && cells.length <= COLUMNS_MAX ? cells : undefined;
    this.#queries.set(index, bounded);
    this.#depth--;
    return bounded;
  }

  #computeQuery(index: number): Cells {
    const query = this.#outline.queries[index];
    if (query === undefined) return undefined;
    if (!('left' in query)) return this.#outputs(query.outputs);
    // A chain of set operations leans to the left, and may be longer than the stack.
    const chain = [query];
    let leftmost = query.left;
    for (let left = this.#outline.queries[leftmost]; left !== undefined && 'left' in left; ) {
      chain.push(left);
      leftmost = left.left;
      left = this.#outline.queries[leftmost];
    }
    let cells = this.#query(leftmost);
    for (const { operation, right } of chain.toReversed()) {
      const other = this.#query(right);
      if (cells === undefined || other?.length !== cells.length || this.#spend(cells.length)) return undefined;
      cells = cells.map(({ name, value }, at) => {
        const mixture = new Mixture();
        mixture.add(value, 'copied');
        mixture.add((other[at] as Cell).value, operation === 'except' ? 'condition' : 'copied');
        this.#spend(mixture.size);
        return { name, value: mixture.value() };
      });
    }
    return cells;
  }

  #outputs(outputs: readonly Output[]): Cells {
    const all: Cell[] = [];
    for (const output of outputs) {
      if (this.#spend(1)) return undefined;
      if ('name' in output) {
        all.push({ name: output.name, value: this.#value(output.from ?? []) });
        continue;
      }
      const cells =
        output.reference === undefined
          ? this.#fieldsOf(output.from ?? [])
          : this.#reference(output.reference).cells;
      if (cells === undefined || all.length + cells.length > COLUMNS_MAX || this.#spend(cells.length))
        return undefined;
      all.push(...cells);
    }
    return all;
  }

  /** `(expression).*`: the columns of a whole row, or of what a function returns. */
  #fieldsOf(from: readonly Ingredient[]): Cells {
    const value = this.#value(from.map(([what, index]) => [what, index, 'plain']));
    if (value.fields !== undefined) return value.fields;
    const [call] = from;
    if (call?.[0] !== 'call') return undefined;
    const { columns } = this.callResult(call[1]);
    if (typeof columns === 'string') return undefined;
    const whole = this.#value(from);
    return columns.map((name) => ({ name, value: whole }));
  }

  #item(index: number): Cells {
    if (this.#items.has(index)) return this.#items.get(index);
    const item = this.#outline.items[index];
    if (item === undefined) return undefined;
    const cells = this.#computeItem(item);
    // What belongs to a recursive query is known by halves until that is done.
    this.#items.set(index, cells);
    return cells;
  }

  #computeItem(item: ScopeItem): Cells {
    switch (item.kind) {
      case 'relation': {
        const entries = this.#input.relations[item.relation] ?? [];
        const entry = entries.length === 1 ? entries[0]?.entry : undefined;
        if (entry === undefined || this.#spend(entry.columns.length / 8)) return undefined;
        const cells = this.#input.definitions?.cellsOf(entry);
        return cells === undefined ? undefined : renamedCells(cells, item.columns);
      }
      case 'derived': {
        if (item.query !== undefined) {
          const cells = this.#query(item.query);
          return cells === undefined ? undefined : renamedCells(cells, item.columns);
        }
        if (item.excluded !== undefined) return this.#excluded(item.excluded);
        if (item.rows !== undefined)
          return rowsFromCells(item.rows, item.alias, {
            value: (from) => this.#value(from),
            result: (call) => this.callResult(call),
            isScalar: (origin) => isScalarArray(origin, this.#input.names.snapshot),
          });
        if (item.opaque) return undefined;
        const cells = this.#outputs(item.outputs);
        return cells === undefined ? undefined : renamedCells(cells, item.columns);
      }
      case 'cte': {
        const cells = this.#cte(item.cte);
        return cells === undefined ? undefined : renamedCells(cells, item.columns);
      }
      case 'join': {
        const cells = this.#tree(item.tree);
        if (cells === undefined) return undefined;
        if (!item.mergedOnly) return renamedCells(cells, item.columns);
        if (typeof item.tree === 'number') return undefined;
        return cells.slice(0, item.tree.using?.length ?? 0);
      }
    }
  }

  /** EXCLUDED: what was to be inserted, not what is stored. */
  #excluded({ item, flow: index }: { readonly item: number; readonly flow: number | undefined }): Cells {
    const target = this.#item(item);
    const flow = index === undefined ? undefined : this.#outline.flows[index];
    if (target === undefined) return undefined;
    if (flow === undefined || !('query' in flow) || flow.query === undefined)
      return target.map(({ name }) => ({ name, value: NOTHING }));
    const source = this.#query(flow.query);
    if (source === undefined) return target.map(({ name }) => ({ name, value: ANYTHING }));
    const names = flow.columns ?? target.map(({ name }) => name);
    return target.map(({ name }) => {
      const at = names.indexOf(name);
      // A generated column is made of what the others are given.
      const value = at < 0 ? union(source.map((cell) => cell.value), 'derived') : source[at]?.value;
      return { name, value: derived(value ?? NOTHING, 'copied') };
    });
  }

  #cte(index: number): Cells {
    const cte = this.#outline.ctes[index];
    if (cte?.query === undefined) return cte?.opaque === false ? [] : undefined;
    const names = this.#recursive;
    if (names.isOpen(index)) return names.waiting(index, this.#cteNames(index));
    const known = names.cells(index);
    if (known !== undefined) return known === 'unknown' ? undefined : known;
    names.open(index);
    const cells = this.#query(cte.query);
    const columns = cells === undefined ? undefined : renamedCells(cells, cte.columns);
    const added = (columns === undefined ? [] : cte.added).map(({ name, of }) => {
      const parts = (columns ?? []).filter((cell) => of.includes(cell.name)).map(({ value }) => value);
      const value = new Mixture();
      for (const part of parts) value.add(part, 'derived');
      return { name, value: value.value() };
    });
    return names.close(index, columns === undefined ? undefined : [...columns, ...added]);
  }

  /** The names of a CTE's columns while its own query is being resolved: those of its first part. */
  #cteNames(index: number): readonly string[] | undefined {
    const cte = this.#outline.ctes[index];
    let query = cte?.query;
    for (let found = query === undefined ? undefined : this.#outline.queries[query]; found !== undefined && 'left' in found; ) {
      query = found.left;
      found = this.#outline.queries[query];
    }
    const cells = query === undefined ? undefined : this.#query(query);
    if (cells === undefined || cte === undefined) return undefined;
    return [...renamedCells(cells, cte.columns).map(({ name }) => name), ...cte.added.map(({ name }) => name)];
  }

  #tree(tree: FromTree): Cells {
    if (typeof tree === 'number') return this.#item(tree);
    if (this.#trees.has(tree)) return this.#trees.get(tree);
    const left = this.#tree(tree.left);
    const right = left === undefined ? undefined : this.#tree(tree.right);
    const cells =
      left === undefined || right === undefined || this.#spend(left.length + right.length)
        ? undefined
        : mergeColumns(tree, left, right, this.#input.names.snapshot);
    this.#trees.set(tree, cells);
    return cells;
  }

  #reference(index: number): Reference {
    const found = this.#references.get(index);
    if (found !== undefined) return found;
    const column = this.#outline.columns[index];
    if (column === undefined) return UNKNOWN;
    this.#references.set(index, UNKNOWN);
    const reference = this.#resolve(column);
    this.#references.set(index, reference);
    return reference;
  }

  #resolve(column: OutlineColumn): Reference {
    if (column.item !== undefined) {
      const cells = this.#item(column.item);
      if (column.star) return ofRow(cells, this.#isTable(column.item));
      const value = cells?.find(({ name }) => name === column.parts[0])?.value;
      return { value: value ?? ANYTHING, cells: undefined, direct: this.#isTable(column.item) };
    }
    if (column.star) return this.#star(column);
    const { parts } = column;
    const base = parts.length === 1 ? this.#bare(column, parts[0] as string) : this.#qualified(column);
    return column.field === undefined ? base : this.#field(base, column.field);
  }

  #star({ scope: at, parts }: OutlineColumn): Reference {
    if (parts.length > 0) {
      const [item, ...others] = this.#qualifiedItems(at, parts);
      if (item === undefined || others.length > 0) return UNKNOWN;
      return ofRow(this.#item(item), this.#isTable(item));
    }
    const scope = this.#outline.scopes[at];
    const trees = scope?.trees ?? scope?.items.filter((item) => this.#outline.items[item]?.hidden !== true);
    const all: Cell[] = [];
    let direct = true;
    for (const tree of trees ?? []) {
      const cells = this.#tree(tree);
      if (cells === undefined || this.#spend(cells.length)) return UNKNOWN;
      direct &&= typeof tree === 'number' && this.#isTable(tree);
      all.push(...cells);
    }
    return ofRow(all, direct);
  }

  #bare(column: OutlineColumn, name: string): Reference {
    if (column.outputNames === 'first' && column.outputs.includes(name)) return EMPTY;
    /** What it may be of items whose columns are not all known. */
    const possible: Reference[] = [];
    for (let at = column.scope; at >= 0; ) {
      const scope = this.#outline.scopes[at];
      if (scope === undefined || this.#spend(1 + scope.items.length)) return UNKNOWN;
      const found: Reference[] = [];
      for (const tree of scope.trees ?? scope.items) {
        if (typeof tree === 'number' && this.#outline.items[tree]?.hidden === true) continue;
        const { certain, reference } = this.#lookUp(tree, name);
        if (reference !== undefined) (certain ? found : possible).push(reference);
      }
      if (found.length > 0) return oneOf([...found, ...possible]);
      at = scope.parent;
    }
    if (column.outputNames !== undefined && column.outputs.includes(name)) return oneOf([EMPTY, ...possible]);
    const rows = this.#qualifiedItems(column.scope, [name]);
    const [row] = rows;
    if (row !== undefined) {
      if (rows.length > 1) return UNKNOWN;
      return oneOf([ofRow(this.#item(row), this.#isTable(row)), ...possible]);
    }
    if (this.#input.parameters.has(name)) return oneOf([EMPTY, ...possible]);
    return possible.length > 0 ? oneOf(possible) : UNKNOWN;
  }

  #qualified(column: OutlineColumn): Reference {
    const { parts } = column;
    const name = parts.at(-1) as string;
    const items = this.#qualifiedItems(column.scope, parts.slice(0, -1));
    const [item] = items;
    if (item === undefined) {
      if (this.#input.parameters.has(parts.slice(-2).join('.'))) return EMPTY;
      // `a.b.c` may be a field of a column: then the first parts name the column.
      if (parts.length > 4) return UNKNOWN;
      return this.#field(this.#resolve({ ...column, parts: parts.slice(0, -1), field: undefined }), name);
    }
    if (items.length > 1) return UNKNOWN;
    // Not a column: PostgreSQL then calls a function of that name with the whole row.
    return this.#lookUp(item, name).reference ?? UNKNOWN;
  }

  /** A field of a value: of a row that is known its column, else the whole. */
  #field(base: Reference, field: string): Reference {
    const { value } = base;
    const found = value.fields?.filter(({ name }) => name === field) ?? [];
    if (found.length === 1) return { value: (found[0] as Cell).value, cells: undefined, direct: false };
    if (value.fields !== undefined || this.#input.names.fieldFunctions(field).length > 0) return UNKNOWN;
    return { value: derived(value, 'derived'), cells: undefined, direct: false };
  }

  /** A name in one part of FROM: nothing, what it is, or what it may be. */
  #lookUp(tree: FromTree, name: string): Found {
    const named = this.#namesOf(tree);
    const value = named?.get(name);
    if (value !== undefined) {
      const direct = typeof tree === 'number' && this.#isTable(tree);
      return { certain: true, reference: { value, cells: undefined, direct } };
    }
    if (named !== undefined) return { certain: true, reference: this.#systemColumn(tree, name) };
    if (typeof tree !== 'number') {
      const sides = [this.#lookUp(tree.left, name), this.#lookUp(tree.right, name)];
      const references = sides.flatMap(({ reference }) => reference ?? []);
      return { certain: false, reference: references.length === 0 ? undefined : oneOf(references) };
    }
    return { certain: false, reference: this.#possible(tree, name) };
  }

  #systemColumn(tree: FromTree, name: string): Reference | undefined {
    if (!isSystemColumn(name)) return undefined;
    if (typeof tree !== 'number')
      return this.#systemColumn(tree.left, name) ?? this.#systemColumn(tree.right, name);
    const item = this.#outline.items[tree];
    if (item?.kind === 'join' && typeof item.tree === 'number') return this.#systemColumn(item.tree, name);
    if (item?.kind !== 'relation') return undefined;
    const value = systemColumn(name, this.#input.relations[item.relation]?.[0]?.entry);
    return value === undefined ? undefined : { value, cells: undefined, direct: true };
  }

  /** A name in an item whose columns are not all known: a name found in several schemas, a function's result. */
  #possible(index: number, name: string): Reference | undefined {
    const item = this.#outline.items[index];
    if (item?.kind === 'relation') {
      const entries = (this.#input.relations[item.relation] ?? []).map(({ entry }) => entry);
      return entries.length > 0 && entries.every((entry) => entry?.columns.includes(name) === false)
        ? undefined
        : UNKNOWN;
    }
    if (item?.kind !== 'derived' || item.rows === undefined) return UNKNOWN;
    // Whatever its columns are, they are made of the same.
    const parts = item.rows.functions.map(({ from }) => this.#value(from));
    return { value: union(parts, 'derived'), cells: undefined, direct: false };
  }

  /** The columns of a part of FROM by name; undefined where they are not all known. */
  #namesOf(tree: FromTree): ReadonlyMap<string, Value> | undefined {
    const found = this.#named.get(tree);
    if (found !== undefined) return found;
    const cells = this.#tree(tree);
    if (cells === undefined || this.#spend(cells.length / 4)) return undefined;
    const named = new Map<string, Value>();
    for (const { name, value } of cells) {
      const other = named.get(name);
      named.set(name, other === undefined ? value : union([other, value], 'copied'));
    }
    this.#named.set(tree, named);
    return named;
  }

  #qualifiedItems(scope: number, parts: readonly string[]): number[] {
    return qualifiedItems(this.#outline, this.#input.relations, scope, parts, (steps) => this.#spend(steps));
  }

  /** A relation whose columns the text's own references name. */
  #isTable(index: number): boolean {
    const item = this.#outline.items[index];
    if (item?.kind === 'join' && typeof item.tree === 'number') return this.#isTable(item.tree);
    if (item?.kind !== 'relation') return false;
    const kind = this.#input.relations[item.relation]?.[0]?.entry?.kind;
    return kind !== 'view' && kind !== 'materialized_view';
  }
}

const UNKNOWN: Reference = { value: ANYTHING, cells: undefined, direct: false };
const EMPTY: Reference = { value: NOTHING, cells: undefined, direct: false };

function ofRow(cells: Cells, direct: boolean): Reference {
  if (cells === undefined) return UNKNOWN;
  const mixture = new Mixture();
  for (const { value } of cells) mixture.add(value, 'derived');
  return { value: mixture.value(undefined, cells), cells, direct };
}

interface Found {
  readonly certain: boolean;
  readonly reference: Reference | undefined;
}

/** Whichever of them it is; of several certain ones the server would call it ambiguous. */
function oneOf(found: readonly Reference[]): Reference {
  const [first, ...others] = found;
  if (first === undefined || others.length === 0) return first ?? UNKNOWN;
  const value = union(
    found.map((reference) => reference.value),
    'copied',
  );
  return { value, cells: undefined, direct: false };
}

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

/** An alias's names take the place of the first columns'. */
const renamedCells = (cells: readonly Cell[], names: readonly string[]): readonly Cell[] =>
  names.length === 0 ? cells : cells.map((cell, index) => ({ ...cell, name: names[index] ?? cell.name }));
