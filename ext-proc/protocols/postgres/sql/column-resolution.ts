/**
 * Column references to relations, by PostgreSQL's rules of visibility (parse_relation.c colNameToVar): the innermost
 * query level that has the name decides. A column of a subquery or CTE is not noted again, since what it is made of
 * was noted where that query was walked.
 */
import type { ColumnUses } from './lineage/column-uses.ts';
import { qualifiedItems, renamed } from './lineage/scope-names.ts';
import { context, type Contexts } from './lineage/use-contexts.ts';
import type { NameResolution, ResolvedRelation } from './name-resolution.ts';
import { type Outline, type OutlineColumn, type Output, outputsOf, type ScopeItem } from './outline.ts';

const SYSTEM_COLUMNS = new Set(['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid']);
const DEPTH_MAX = 64;
/** Names looked at for one statement; one that needs more is unknown. Some tens of milliseconds. */
const STEPS_MAX = 300_000;
/** Columns of one subquery or CTE: `SELECT *` of a doubling of itself would grow without end. */
const EXPANDED_MAX = 20_000;

/** The names of an item's columns in order; undefined where they cannot be told. */
type Columns = readonly string[] | undefined;

export class ColumnResolution {
  readonly #uses: ColumnUses;
  readonly #outline: Outline;
  readonly #relations: readonly (readonly ResolvedRelation[])[];
  readonly #names: NameResolution;
  readonly #columnsOf = new Map<number, Columns>();
  /** For each reference, the items of relations that it may be a column of. */
  readonly hits: (readonly number[])[] = [];
  #steps = 0;

  /** Adds the uses of relations' columns to `uses`. */
  constructor(
    outline: Outline,
    relations: readonly (readonly ResolvedRelation[])[],
    names: NameResolution,
    uses: ColumnUses,
  ) {
    this.#uses = uses;
    this.#outline = outline;
    this.#relations = relations;
    this.#names = names;
    for (const column of outline.columns) this.hits.push(this.#exhausted(1) ? [] : this.#resolve(column));
  }

  /** Takes steps of what one statement may cost; true when there are none left, and the statement is unknown. */
  #exhausted(steps: number): boolean {
    this.#steps += steps;
    if (this.#steps <= STEPS_MAX) return false;
    this.#names.unknown.add('too_many_objects');
    return true;
  }

  #resolve(column: OutlineColumn): number[] {
    if (column.item !== undefined) {
      this.#noteItem(column.item, column.star ? '*' : (column.parts[0] ?? ''), column, true);
      return [column.item];
    }
    if (column.star) return this.#resolveStar(column);
    return column.parts.length === 1
      ? this.#resolveBare(column, column.parts[0] as string)
      : this.#resolveQualified(column);
  }

  #resolveStar(column: OutlineColumn): number[] {
    const hits: number[] = [];
    if (column.parts.length === 0) {
      const scope = this.#outline.scopes[column.scope];
      for (const index of scope?.items ?? []) {
        if (this.#item(index)?.hidden !== true) hits.push(...this.#noteAll(index, column));
      }
      return hits;
    }
    for (const index of this.#qualifier(column.scope, column.parts))
      hits.push(...this.#noteAll(index, column));
    return hits;
  }

  #resolveBare(column: OutlineColumn, name: string): number[] {
    if (column.outputNames === 'first' && column.outputs.includes(name)) return [];
    let uncertain = false;
    let at = column.scope;
    const hits: number[] = [];
    for (let depth = 0; at >= 0 && depth < DEPTH_MAX * 16; depth++) {
      const scope = this.#outline.scopes[at];
      if (scope === undefined || this.#exhausted(scope.items.length)) break;
      let certain = false;
      for (const index of scope.items) {
        const item = this.#item(index);
        if (item === undefined || item.hidden) continue;
        const has = this.#has(index, name);
        if (has === 'no') continue;
        if (has === 'yes') certain = true;
        else uncertain = true;
        hits.push(...this.#note(index, name, column));
      }
      if (certain) return hits;
      at = scope.parent;
    }
    if (column.outputNames !== undefined && column.outputs.includes(name)) return hits;
    // A bare name may stand for a whole row, or be a row's function in disguise.
    const rows = this.#qualifier(column.scope, [name]);
    if (rows.length > 0) {
      // `(p).card` is a column of the row; the row itself is a value of its own.
      const whole =
        column.field === undefined ? { use: column.use, contexts: column.contexts | EXPRESSION } : column;
      return [...hits, ...rows.flatMap((index) => this.#noteAll(index, whole))];
    }
    if (!uncertain) this.#names.unknown.add('unresolved_column');
    if (hits.length === 0) this.#uses.add('', name, column.use, column.contexts);
    return hits;
  }

  #resolveQualified(column: OutlineColumn): number[] {
    const parts = column.parts;
    const name = parts.at(-1) as string;
    const items = this.#qualifier(column.scope, parts.slice(0, -1));
    if (items.length === 0) {
      // `a.b.c` may be a field of a column: then the first parts name the column.
      const base: OutlineColumn = { ...column, parts: parts.slice(0, -1) };
      for (const fields of this.#names.fieldFunctions(name)) this.fieldFunctions.push(fields);
      return this.#resolve(base);
    }
    const hits: number[] = [];
    for (const index of items) {
      const has = this.#has(index, name);
      if (has === 'no') {
        // Not a column: PostgreSQL then calls a function of that name with the whole row.
        const functions = this.#names.fieldFunctions(name);
        this.fieldFunctions.push(...functions);
        if (functions.length === 0) this.#names.unknown.add('unresolved_column');
        hits.push(...this.#noteAll(index, column));
      } else {
        hits.push(...this.#note(index, name, column));
      }
    }
    return hits;
  }

  /** Functions that a reference may call, found on the way. */
  readonly fieldFunctions: {
    schema: string;
    name: string;
    resolved: boolean;
    volatility: 'immutable' | 'stable' | 'volatile' | 'unknown';
  }[] = [];

  #item(index: number): ScopeItem | undefined {
    return this.#outline.items[index];
  }

  #qualifier(scopeIndex: number, parts: readonly string[]): number[] {
    return qualifiedItems(this.#outline, this.#relations, scopeIndex, parts, (steps) =>
      this.#exhausted(steps),
    );
  }

  #has(index: number, name: string): 'yes' | 'no' | 'maybe' {
    const item = this.#item(index);
    if (item === undefined) return 'maybe';
    if (item.kind === 'relation') {
      const entries = this.#relations[item.relation] ?? [];
      if (this.#exhausted(1 + entries.length)) return 'maybe';
      const states = entries.map(({ entry }) => {
        if (entry === undefined) return 'maybe';
        if (SYSTEM_COLUMNS.has(name)) return 'yes';
        return renamed(entry.columns, item.columns).includes(name) ? 'yes' : 'no';
      });
      if (states.length === 0) return 'maybe';
      if (states.every((state) => state === 'yes')) return 'yes';
      return states.every((state) => state === 'no') ? 'no' : 'maybe';
    }
    if (item.kind === 'join' && item.columns.length === 0) {
      const states = item.members.map((member) => this.#has(member, name));
      return states.includes('yes') ? 'yes' : states.includes('maybe') ? 'maybe' : 'no';
    }
    const columns = this.#columns(index, 0);
    if (columns === undefined || this.#exhausted(1 + columns.length / 64)) return 'maybe';
    if (columns.includes(name)) return 'yes';
    return item.kind === 'derived' && item.opaque ? 'maybe' : 'no';
  }

  #columns(index: number, depth: number): Columns {
    if (this.#columnsOf.has(index)) return this.#columnsOf.get(index);
    if (depth > DEPTH_MAX) return undefined;
    const columns = this.#computeColumns(index, depth);
    this.#columnsOf.set(index, columns);
    return columns;
  }

  #computeColumns(index: number, depth: number): Columns {
    const item = this.#item(index);
    if (item === undefined) return undefined;
    switch (item.kind) {
      case 'relation': {
        const entries = this.#relations[item.relation] ?? [];
        const only = entries.length === 1 ? entries[0]?.entry : undefined;
        return only === undefined ? undefined : renamed(only.columns, item.columns);
      }
      case 'derived': {
        const outputs = item.query === undefined ? item.outputs : outputsOf(this.#outline, item.query);
        const columns = this.#expand(outputs, depth);
        return columns === undefined ? undefined : renamed(columns, item.columns);
      }
      case 'cte': {
        const cte = this.#outline.ctes[item.cte];
        if (cte === undefined || cte.opaque) return undefined;
        const outputs = cte.query === undefined ? [] : outputsOf(this.#outline, cte.query);
        const columns = this.#expand([...outputs, ...cte.added], depth);
        return columns === undefined ? undefined : renamed(renamed(columns, cte.columns), item.columns);
      }
      case 'join': {
        const all: string[] = [];
        for (const member of item.members) {
          const columns = this.#columns(member, depth + 1);
          if (columns === undefined || this.#tooWide(all, columns)) return undefined;
          all.push(...columns);
        }
        return renamed(all, item.columns);
      }
    }
  }

  #expand(outputs: readonly Output[], depth: number): Columns {
    const all: string[] = [];
    for (const output of outputs) {
      if ('name' in output) {
        all.push(output.name);
        continue;
      }
      if (output.star.length === 0) return undefined;
      for (const index of output.star) {
        const item = this.#item(index);
        if (item?.hidden === true) continue;
        if (item?.kind === 'derived' && item.opaque) return undefined;
        const columns = this.#columns(index, depth + 1);
        if (columns === undefined || this.#tooWide(all, columns)) return undefined;
        all.push(...columns);
      }
    }
    return all;
  }

  #tooWide(all: readonly string[], more: readonly string[]): boolean {
    if (all.length + more.length <= EXPANDED_MAX) return this.#exhausted(more.length);
    this.#names.unknown.add('too_many_objects');
    return true;
  }

  /** Notes a column of an item, if it is a relation's; returns the items of relations it was noted for. */
  #note(index: number, name: string, use: Use): number[] {
    const item = this.#item(index);
    if (item === undefined) return [];
    if (item.kind === 'relation') {
      this.#noteItem(index, name, use, false);
      return [index];
    }
    if (item.kind !== 'join') return [];
    if (item.columns.length > 0) return this.#noteAll(index, use);
    return item.members.flatMap((member) =>
      this.#has(member, name) === 'no' ? [] : this.#note(member, name, use),
    );
  }

  #noteAll(index: number, use: Use): number[] {
    if (this.#exhausted(1)) return [];
    const item = this.#item(index);
    if (item?.kind === 'relation') {
      this.#noteItem(index, '*', use, true);
      return [index];
    }
    return item?.kind === 'join' ? item.members.flatMap((member) => this.#noteAll(member, use)) : [];
  }

  /** `real`: the name is the table's own, not one that its alias gives. */
  #noteItem(index: number, name: string, { use, contexts }: Use, real: boolean): void {
    const item = this.#item(index);
    if (item?.kind !== 'relation') return;
    for (const { use: relation, entry } of this.#relations[item.relation] ?? []) {
      const qualified = relation.resolved ? relation.qualified : '';
      const own = real ? name : realName(name, entry?.columns, item.columns);
      this.#uses.add(qualified, own, use, contexts);
      if (real && name !== '*' && entry !== undefined && !entry.columns.includes(name)) {
        this.#names.unknown.add('unresolved_column');
      }
    }
  }
}

type Use = Pick<OutlineColumn, 'use' | 'contexts'>;
const EXPRESSION: Contexts = context('expression');

/** The table's own name of a column that an alias may have renamed; `*` where it cannot be told. */
function realName(name: string, columns: Columns, names: readonly string[]): string {
  if (names.length === 0) return name;
  const place = names.indexOf(name);
  if (place < 0) return name;
  return columns?.[place] ?? '*';
}
