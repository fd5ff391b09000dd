/**
 * What the catalogue's own definitions make of columns: tables with generated columns and inheritance, views, and bodies
 * of SQL functions. A view is resolved once for a snapshot; a function's body each time, since its names may be looked
 * up on the caller's path. What is too deep, calls itself, or is not known may be anything.
 */
import type { ColumnName } from '../../../../domain/lineage.ts';
import type { NameContext } from '../../../../domain/ports.ts';
import type { ColumnUse } from '../../../../domain/statement.ts';
import type { CatalogueOverload, CatalogueRelation, CatalogueSnapshot } from '../catalogue-snapshot.ts';
import type { Outline } from '../outline.ts';
import { leakingRelation, leaksColumn } from './leaking-sources.ts';
import {
  ANYTHING,
  type Cell,
  derived,
  Mixture,
  NOTHING,
  type Source,
  sourceKey,
  type Value,
} from './value.ts';

/** Views on views, functions in functions. */
const DEPTH_MAX = 32;

/** A definition's columns, undefined where they cannot be told, and where else it uses columns. */
export interface DefinedColumns {
  readonly cells: readonly Cell[] | undefined;
  readonly uses: readonly ColumnUse[];
  /** What decides which rows it gives. */
  readonly conditions: Value;
}

/** Resolves an outline of the catalogue's: `lineage-of-outline.ts`, handed in because each needs the other. */
export type ResolveDefinition = (
  outline: Outline,
  snapshot: CatalogueSnapshot,
  context: NameContext,
  options: {
    readonly depth: number;
    /** Names that stand for a function's arguments. */
    readonly parameters: ReadonlySet<string>;
    /** The view or function whose definition it is, qualified. */
    readonly via: string;
    readonly bodies: Bodies;
  },
) => DefinedColumns;

/** Function bodies that a statement's resolution has met, by the path that their names were looked up on. */
export type Bodies = Map<CatalogueOverload, Map<string, DefinedColumns>>;

interface Known {
  readonly tables: Map<CatalogueRelation, readonly Cell[]>;
  readonly views: Map<CatalogueRelation, DefinedColumns>;
}

/** Kept as long as the snapshot itself. */
const known = new WeakMap<CatalogueSnapshot, Known>();

const UNDEFINED: DefinedColumns = { cells: undefined, uses: [], conditions: ANYTHING };
const NO_NAMES: ReadonlySet<string> = new Set();

export class Definitions {
  readonly #snapshot: CatalogueSnapshot;
  readonly #context: NameContext;
  readonly #depth: number;
  readonly #resolve: ResolveDefinition;
  readonly #known: Known;
  readonly #bodies: Bodies;

  constructor(
    snapshot: CatalogueSnapshot,
    context: NameContext,
    depth: number,
    resolve: ResolveDefinition,
    bodies: Bodies = new Map(),
  ) {
    this.#bodies = bodies;
    this.#snapshot = snapshot;
    this.#context = context;
    this.#depth = depth;
    this.#resolve = resolve;
    const found = known.get(snapshot);
    this.#known = found ?? { tables: new Map(), views: new Map() };
    if (found === undefined) known.set(snapshot, this.#known);
  }

  /** The columns of a relation by its own names. */
  cellsOf(relation: CatalogueRelation): readonly Cell[] {
    const tables = this.#known.tables;
    let cells = tables.get(relation);
    if (cells === undefined) {
      cells = isFollowed(relation) ? this.#viewCells(relation) : this.#tableCells(relation);
      if (this.#depth < DEPTH_MAX) tables.set(relation, cells);
    }
    return cells;
  }

  /** Where a view's definition uses columns, besides what its own columns are made of; of a table, what chooses its rows. */
  usesOf(relation: CatalogueRelation): readonly ColumnUse[] {
    if (isFollowed(relation)) return this.#view(relation).uses;
    const via = `${relation.schema}.${relation.name}`;
    return this.#choosing(relation).map(({ schema, table, column }) => ({
      relation: `${schema}.${table}`,
      name: column,
      use: 'filter',
      contexts: ['where'],
      via,
    }));
  }

  /** What decides which rows a view has, or is seen of a table. */
  conditionsOf(relation: CatalogueRelation): Value {
    if (isFollowed(relation)) return this.#view(relation).conditions;
    const choosing = this.#choosing(relation);
    if (choosing.length === 0) return NOTHING;
    const mixture = new Mixture();
    for (const { schema, table, column } of choosing)
      mixture.add(columnValue({ schema, name: table }, column), 'condition');
    return mixture.value();
  }

  /** What tells a relation from the others of its tree, which `tableoid` names. */
  partitionOf(relation: CatalogueRelation): Value {
    const mixture = new Mixture();
    for (const each of [relation, ...this.#relatives(relation.descendants)])
      for (const column of each.partitionKey ?? []) mixture.add(columnValue(each, column), 'derived');
    return mixture.value();
  }

  /** Row policies choose rows, and so does the key that a partition has its rows by. */
  #choosing(relation: CatalogueRelation): readonly ColumnName[] {
    const keys = this.#relatives(relation.ancestors).flatMap(({ schema, name, partitionKey = [] }) =>
      partitionKey.map((column) => ({ schema, table: name, column })),
    );
    return [...(relation.policyColumns ?? []), ...keys];
  }

  #relatives(oids: readonly number[] = []): CatalogueRelation[] {
    return oids.flatMap((oid) => this.#snapshot.byOid?.get(oid) ?? []);
  }

  /** The result of a function with a body; `name` is qualified. */
  bodyOf(name: string, overload: CatalogueOverload): DefinedColumns {
    const { result, searchPath, role, argumentNames } = overload;
    if (typeof result === 'string' || this.#depth >= DEPTH_MAX) return UNDEFINED;
    const context: NameContext = {
      ...this.#context,
      searchPath: searchPath ?? this.#context.searchPath,
      role: role ?? this.#context.role,
    };
    const path = JSON.stringify([context.searchPath ?? null, context.role]);
    const known = this.#bodies.get(overload);
    const found = known?.get(path);
    if (found !== undefined) return found;
    // Met again while it is being resolved: it calls itself.
    const paths = known ?? new Map<string, DefinedColumns>();
    this.#bodies.set(overload, paths.set(path, UNDEFINED));
    const short = name.slice(name.lastIndexOf('.') + 1);
    const parameters = new Set([
      ...argumentNames,
      ...argumentNames.map((argument) => `${short}.${argument}`),
    ]);
    const options = { depth: this.#depth + 1, parameters, via: name, bodies: this.#bodies };
    const statements = result.map((outline) => this.#resolve(outline, this.#snapshot, context, options));
    const columns: DefinedColumns = {
      cells: statements.at(-1)?.cells,
      uses: statements.flatMap(({ uses }) => uses),
      conditions: statements.at(-1)?.conditions ?? ANYTHING,
    };
    paths.set(path, columns);
    return columns;
  }

  #view(relation: CatalogueRelation): DefinedColumns {
    const views = this.#known.views;
    const found = views.get(relation);
    if (found !== undefined) return found;
    const { definition } = relation;
    if (definition === undefined || this.#depth >= DEPTH_MAX) return UNDEFINED;
    // Met again while it is being resolved: it would run in a circle.
    views.set(relation, UNDEFINED);
    const context: NameContext = {
      upstream: this.#context.upstream,
      database: this.#context.database,
      searchPath: ['pg_catalog'],
      role: '',
      temporaryNames: NO_NAMES,
    };
    const via = `${relation.schema}.${relation.name}`;
    const options = { depth: this.#depth + 1, parameters: NO_NAMES, via, bodies: new Map() };
    const columns = this.#resolve(definition, this.#snapshot, context, options);
    views.set(relation, columns);
    return columns;
  }

  #viewCells(relation: CatalogueRelation): readonly Cell[] {
    const { cells } = this.#view(relation);
    const via = `${relation.schema}.${relation.name}`;
    const whole = cells !== undefined && cells.length === relation.columns.length;
    return relation.columns.map((name, index) => {
      const value = whole ? derived((cells[index] as Cell).value, 'copied', via) : ANYTHING;
      return { name, value: { ...value, origin: originOf(relation, index) } };
    });
  }

  #tableCells(relation: CatalogueRelation): readonly Cell[] {
    const leak = leakingRelation(relation.schema, relation.name);
    const ancestors = this.#relatives(relation.ancestors);
    const heirs = this.#relatives(relation.descendants).filter(({ generated }) => generated !== undefined);
    return relation.columns.map((name, index) => {
      const mixture = new Mixture();
      mixture.add(columnValue(relation, name), 'plain');
      const generated = relation.generated?.get(name);
      if (generated === 'unknown') mixture.addUnknown();
      else for (const of of generated ?? []) mixture.add(columnValue(relation, of), 'derived');
      for (const parent of ancestors)
        if (parent.columns.includes(name)) mixture.add(columnValue(parent, name), 'copied');
      // An heir may make its own of other columns.
      for (const heir of heirs) {
        const made = heir.generated?.get(name);
        if (made === 'unknown') mixture.addUnknown();
        else for (const of of made ?? []) mixture.add(columnValue(heir, of), 'derived');
      }
      if (leak?.values === true && leaksColumn(leak, name)) mixture.addUnknown();
      return { name, value: mixture.value(originOf(relation, index)) };
    });
  }
}

/** The system's own views are judged by their own names. */
const isFollowed = ({ kind, schema }: CatalogueRelation): boolean =>
  (kind === 'view' || kind === 'materialized_view') &&
  schema !== 'pg_catalog' &&
  schema !== 'information_schema';

const originOf = ({ oid, details }: CatalogueRelation, index: number): Value['origin'] => {
  const attribute = details?.numbers[index];
  return oid === undefined || attribute === undefined ? undefined : { relation: oid, attribute };
};

/** A table's column and nothing else. */
export function columnValue(relation: Pick<CatalogueRelation, 'schema' | 'name'>, column: string): Value {
  const source: Source = {
    schema: relation.schema,
    table: relation.name,
    column,
    derivation: 'plain',
    via: undefined,
  };
  return { ...ANYTHING, unknown: false, sources: new Map([[sourceKey(source), source]]) };
}
