/**
 * The state of a walk over one statement's tree: collects the outline, remembers which bodies were visited (see
 * `coverage.ts`), and hands out scopes. The walk itself is in the `walk-*.ts` files.
 */
import type { Derivation } from '../../../domain/lineage.ts';
import type { ColumnUse, RelationAccess } from '../../../domain/statement.ts';
import { type Body, namesOf, textOf } from './ast.ts';
import { derivedBy } from './lineage/derivation.ts';
import { type Contexts, NO_CONTEXTS } from './lineage/use-contexts.ts';
import {
  emptyOutline,
  type FromTree,
  type Ingredient,
  type Outline,
  type OutlineQuery,
  type Output,
  type QueryRange,
  type ScopeItem,
} from './outline.ts';

/** A CTE that is visible at some point of the text. */
export interface CteBinding {
  readonly name: string;
  readonly cte: number;
  readonly next: CteBinding | undefined;
}

/** Where an expression stands. */
export interface Place {
  readonly scope: number;
  readonly ctes: CteBinding | undefined;
  readonly use: ColumnUse['use'];
  readonly contexts: Contexts;
  /** Gathers what the value at hand is made of; undefined where nobody asks. */
  readonly made: Ingredient[] | undefined;
  /** What becomes of a part of it here. */
  readonly derivation: Derivation;
  /** The named windows of the query, by index. */
  readonly windows: ReadonlyMap<string, number> | undefined;
}

export const NO_SCOPE = -1;
export const TOP: Place = {
  scope: NO_SCOPE,
  ctes: undefined,
  use: 'other',
  contexts: NO_CONTEXTS,
  made: undefined,
  derivation: 'plain',
  windows: undefined,
};

/** The same place one step further inside an expression. */
export const within = (place: Place, derivation: Derivation, contexts: Contexts = NO_CONTEXTS): Place => ({
  ...place,
  derivation: derivedBy(place.derivation, derivation),
  contexts: place.contexts | contexts,
});

/** Notes that something is a part of the value at hand. */
export const part = (place: Place, what: Ingredient[0], index: number | undefined): void => {
  if (index !== undefined) place.made?.push([what, index, place.derivation]);
};

export class Walker {
  readonly outline: Outline = emptyOutline('UNKNOWN');
  readonly visited: Set<object>;
  /** Inside a definition that does not run now (a view, a rule's action): no verbs, nothing is written. */
  deferred = 0;
  /** The relation whose definition is being walked. */
  defining: number | undefined;
  /** What SELECT INTO makes, for whoever knows the whole query. */
  into: { readonly relation: number; readonly columns: readonly string[] } | undefined;

  constructor(visited: Set<object> = new Set()) {
    this.visited = visited;
    this.outline.verbs = [];
  }

  verb(verb: string): void {
    if (this.deferred === 0 && !this.outline.verbs.includes(verb)) this.outline.verbs.push(verb);
  }

  trait(trait: string): void {
    if (!this.outline.traits.includes(trait)) this.outline.traits.push(trait);
  }

  unknown(code: string): void {
    if (!this.outline.unknown.includes(code)) this.outline.unknown.push(code);
  }

  writes(): void {
    if (this.deferred === 0) this.outline.writes = true;
  }

  /** `trees`: the items as they are joined, where it matters. */
  scope(items: readonly number[], parent: number, trees?: readonly FromTree[]): number {
    const merges = trees?.some((tree) => typeof tree !== 'number') === true;
    this.outline.scopes.push({ items, parent, trees: merges ? trees : undefined });
    return this.outline.scopes.length - 1;
  }

  /** Takes an index for a query that is about to be walked; `finish` says what it is. */
  query(): { readonly index: number; finish(rest: DistributiveOmit<OutlineQuery, 'range'>): number } {
    const { queries, columns, sorts, functions, relations, naturals } = this.outline;
    const index = queries.push({ outputs: [], range: EMPTY_RANGE }) - 1;
    const columnsFrom = columns.length;
    const sortsFrom = sorts.length;
    const callsFrom = functions.length;
    const relationsFrom = relations.length;
    const naturalsFrom = naturals.length;
    return {
      index,
      finish: (rest) => {
        const range = {
          columnsFrom,
          columnsTo: columns.length,
          sortsFrom,
          sortsTo: sorts.length,
          callsFrom,
          callsTo: functions.length,
          relationsFrom,
          relationsTo: relations.length,
          naturalsFrom,
          naturalsTo: naturals.length,
        };
        queries[index] = { ...rest, range };
        return index;
      },
    };
  }

  item(item: ScopeItem): number {
    this.outline.items.push(item);
    return this.outline.items.length - 1;
  }

  /** Notes a RangeVar's relation and returns its index. */
  relation(
    range: Body,
    access: RelationAccess,
    options: { made?: boolean; descends?: boolean } = {},
  ): number {
    this.visited.add(range);
    const schema = textOf(range['schemaname']);
    const temporary = range['relpersistence'] === 't' || schema === 'pg_temp';
    if (options.made === true && temporary) this.trait('temporary');
    this.outline.relations.push({
      catalog: textOf(range['catalogname']),
      schema,
      name: textOf(range['relname']) ?? '',
      access: this.deferred > 0 && access === 'write' ? 'read' : access,
      descends: options.descends ?? range['inh'] === true,
      made: options.made === true,
      temporary,
    });
    return this.outline.relations.length - 1;
  }

  /** A relation named by a list of parts (`DROP TABLE a.b`), or by text (`'a.b'::regclass`). */
  relationByName(parts: readonly string[], access: RelationAccess): void {
    const name = parts.at(-1);
    if (name === undefined) return;
    this.outline.relations.push({
      catalog: parts.length > 2 ? parts.at(-3) : undefined,
      schema: parts.at(-2),
      name,
      access: this.deferred > 0 && access === 'write' ? 'read' : access,
      descends: true,
      made: false,
      temporary: false,
    });
  }

  /** Notes a function and returns its index; undefined where there is no name. */
  function(
    parts: readonly string[],
    options: {
      keywordSince?: number;
      argumentCount?: number | undefined;
      harmless?: boolean;
      /** Where it is called; absent where it is only named. */
      place?: Place;
    } = {},
  ): number | undefined {
    const name = parts.at(-1);
    if (name === undefined) return undefined;
    const { keywordSince, argumentCount, harmless = false } = options;
    const { use, contexts } = options.place ?? { use: 'other', contexts: NO_CONTEXTS };
    const { functions } = this.outline;
    return (
      functions.push({ schema: parts.at(-2), name, keywordSince, argumentCount, harmless, use, contexts }) - 1
    );
  }

  operator(parts: readonly string[]): void {
    const name = parts.at(-1);
    if (name !== undefined) this.outline.operators.push({ schema: parts.at(-2), name });
  }

  column(
    place: Place,
    parts: readonly string[],
    options: {
      star?: boolean;
      outputNames?: 'first' | 'last' | undefined;
      outputs?: readonly string[];
      item?: number;
      use?: ColumnUse['use'];
      field?: string | undefined;
    } = {},
  ): number {
    const length = this.outline.columns.push({
      scope: place.scope,
      parts,
      star: options.star === true,
      use: options.use ?? place.use,
      contexts: options.use === 'write' ? NO_CONTEXTS : place.contexts,
      field: options.field,
      outputNames: options.outputNames,
      outputs: options.outputs ?? [],
      item: options.item,
    });
    if (options.use !== 'write') part(place, 'column', length - 1);
    return length - 1;
  }
}

const EMPTY_RANGE: QueryRange = {
  columnsFrom: 0,
  columnsTo: 0,
  sortsFrom: 0,
  sortsTo: 0,
  callsFrom: 0,
  callsTo: 0,
  relationsFrom: 0,
  relationsTo: 0,
  naturalsFrom: 0,
  naturalsTo: 0,
};

type DistributiveOmit<T, Key extends PropertyKey> = T extends unknown ? Omit<T, Key> : never;

/** The name and column names of an Alias body. */
export function aliasOf(alias: Body | undefined): { alias: string | undefined; columns: string[] } {
  return alias === undefined
    ? { alias: undefined, columns: [] }
    : { alias: textOf(alias['aliasname']), columns: namesOf(alias['colnames']) };
}

/** A derived item with nothing in it. */
export const DERIVED = {
  kind: 'derived',
  alias: undefined,
  outputs: [],
  query: undefined,
  rows: undefined,
  excluded: undefined,
  columns: [],
  opaque: false,
  hidden: false,
} as const satisfies ScopeItem;

export const named = (names: readonly string[]): Output[] => names.map((name) => ({ name }));
