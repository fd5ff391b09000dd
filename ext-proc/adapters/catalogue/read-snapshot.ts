/**
 * Reads the catalogue and builds the snapshot of it. All queries see one state of the database.
 */
import { createHash } from 'node:crypto';
import { GatehouseError } from '../../domain/errors.ts';
import type { ColumnName } from '../../domain/lineage.ts';
import type { FunctionUse, RelationUse } from '../../domain/statement.ts';
import type {
  CatalogueColumns,
  CatalogueFunction,
  CatalogueRelation,
  CatalogueSchema,
  CatalogueSnapshot,
} from '../../protocols/postgres/sql/catalogue-snapshot.ts';
import { builtinOnlyReads } from '../../protocols/postgres/sql/known-functions.ts';
import type { ParseDefinition } from './definition-parser.ts';
import * as queries from './queries.ts';
import { functionKey, type ReadDefinitions, readDefinitions } from './read-definitions.ts';

/** Rows of one query; the driver's client fits it through a small wrapper. */
export type RunQuery = (text: string, values?: readonly unknown[]) => Promise<readonly Row[]>;
type Row = Readonly<Record<string, unknown>>;

/** Relations, columns and functions that a snapshot may hold. */
const OBJECTS_MAX = 1_000_000;
/** Steps from view to view. */
const VIEW_DEPTH_MAX = 64;
const THROUGH_MAX = 500;

const KINDS: Readonly<Record<string, RelationUse['kind']>> = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materialized_view',
  f: 'foreign_table',
  S: 'sequence',
  i: 'index',
  I: 'index',
  c: 'composite',
  t: 'system',
};
const VOLATILITIES: Readonly<Record<string, FunctionUse['volatility']>> = {
  i: 'immutable',
  s: 'stable',
  v: 'volatile',
};

export const readProbe = async (run: RunQuery): Promise<string> =>
  String((await run(queries.PROBE))[0]?.['probe']);

interface RelationRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly row: Row;
}

/** Throws `GH_CATALOGUE_TOO_LARGE`, and what the driver throws. `run` must be within one repeatable-read transaction. */
export async function readSnapshot(query: RunQuery, parse: ParseDefinition): Promise<CatalogueSnapshot> {
  // The version is of the content, so that what is rewritten and says the same keeps what was remembered under it.
  const hash = createHash('sha256');
  const run: RunQuery = async (text, values) => {
    const rows = await query(text, values);
    for (const row of rows)
      if (row['temporary'] !== true && row['objects'] === undefined) hash.update(JSON.stringify(row));
    return rows;
  };
  const objects = Number((await run(queries.COUNT))[0]?.['objects']);
  if (!(objects <= OBJECTS_MAX)) {
    throw new GatehouseError(
      'GH_CATALOGUE_TOO_LARGE',
      'the database has more objects than the gate describes',
      {
        message: `${objects} relations, columns and functions; at most ${OBJECTS_MAX} are read`,
      },
    );
  }
  const serverVersion = Number((await run(queries.SERVER_VERSION))[0]?.['version']);
  const schemaRows = await run(queries.SCHEMAS);
  const schemaNames = new Map(schemaRows.map((row) => [Number(row['oid']), String(row['name'])]));
  // Partitions have the columns of their parents: one list for all of a kind.
  const lists = new Map<string, Columns>();
  const columns = new Map<number, Columns>();
  for (const row of await run(queries.COLUMNS)) {
    const read = columnsOf(row);
    const key = JSON.stringify(read);
    const list = lists.get(key) ?? read;
    lists.set(key, list);
    columns.set(Number(row['relation']), list);
  }
  const generated = new Map<number, Map<string, readonly string[] | 'unknown'>>();
  for (const row of await run(queries.GENERATED)) {
    const of = generated.get(Number(row['relation'])) ?? new Map<string, readonly string[] | 'unknown'>();
    const sources = row['calls'] === true ? 'unknown' : ((row['sources'] ?? []) as string[]);
    generated.set(Number(row['relation']), of.set(String(row['name']), sources));
  }
  const partitionKeys = new Map<number, readonly string[]>();
  for (const row of await run(queries.PARTITION_KEYS))
    partitionKeys.set(Number(row['relation']), row['names'] as readonly string[]);
  const relations = new Map<number, RelationRow>();
  const temporaryNames = new Set<string>();
  for (const row of await run(queries.RELATIONS)) {
    if (row['temporary'] === true) {
      temporaryNames.add(String(row['name']));
      continue;
    }
    const schema = schemaNames.get(Number(row['schema']));
    if (schema === undefined) continue;
    const oid = Number(row['oid']);
    relations.set(oid, { oid, schema, name: String(row['name']), kind: String(row['kind']), row });
  }
  const reach = await readReach(run, relations);
  const policyColumns = new Map<number, ColumnName[]>();
  for (const row of await run(queries.POLICY_COLUMNS)) {
    const source = relations.get(Number(row['source']));
    if (source === undefined) continue;
    const column = { schema: source.schema, table: source.name, column: String(row['name']) };
    const known = policyColumns.get(Number(row['relation']));
    if (known === undefined) policyColumns.set(Number(row['relation']), [column]);
    else known.push(column);
  }
  const definitions = await readDefinitions(run, parse, (oid) => columns.get(oid)?.names);
  const schemas = new Map<string, Mutable<CatalogueSchema>>();
  for (const row of schemaRows) {
    schemas.set(String(row['name']), {
      publicUsage: row['public'] === true,
      relations: new Map<string, CatalogueRelation>(),
      functions: new Map<string, CatalogueFunction>(),
    });
  }
  const byOid = new Map<number, CatalogueRelation>();
  const byRowType = new Map<number, CatalogueRelation>();
  for (const relation of relations.values()) {
    const { row } = relation;
    const traits: string[] = [];
    if (row['triggers'] === true) traits.push('has_triggers');
    if (row['rules'] === true) traits.push('has_rules');
    if (row['cascades'] === true) traits.push('has_cascades');
    if (row['calls'] === true) traits.push('calls_functions');
    const own = columns.get(relation.oid);
    const entry: CatalogueRelation = {
      oid: relation.oid,
      schema: relation.schema,
      name: relation.name,
      kind:
        isSystem(relation.schema) && 'rt'.includes(relation.kind)
          ? 'system'
          : (KINDS[relation.kind] ?? 'unknown'),
      columns: own?.names ?? [],
      details: own,
      ancestors: reach.ancestors(relation.oid),
      descendants: reach.descendants(relation.oid),
      generated: generated.get(relation.oid),
      partitionKey: partitionKeys.get(relation.oid),
      policyColumns: policyColumns.get(relation.oid),
      definition: definitions.views.get(relation.oid),
      through: reach.through(relation.oid),
      inheritors: reach.inheritors(relation.oid),
      functions: reach.functions(relation.oid),
      writeTraits: traits,
      traits: row['policies'] === true ? ['has_policies'] : [],
    };
    (schemas.get(relation.schema)?.relations as Map<string, CatalogueRelation> | undefined)?.set(
      relation.name,
      entry,
    );
    if (own !== undefined) {
      byOid.set(relation.oid, entry);
      byRowType.set(Number(row['row_type']), entry);
    }
  }
  for (const row of await run(queries.FUNCTIONS)) {
    const schema = schemas.get(schemaNames.get(Number(row['schema'])) ?? '');
    const own = row['own'] === true && schemaNames.get(Number(row['schema'])) === 'pg_catalog';
    (schema?.functions as Map<string, CatalogueFunction> | undefined)?.set(String(row['name']), {
      volatility: own ? 'unknown' : volatilityOf(String(row['least']), String(row['most'])),
      extension: row['extension'] === true,
      ...withOverloads(definitions, row),
    });
  }
  const operators = await readOperators(run);
  const typeFunctions = await readTypeFunctions(run);
  const version = hash.digest('hex').slice(0, 32);
  return { version, serverVersion, schemas, byOid, byRowType, operators, typeFunctions, temporaryNames };
}

interface Columns extends CatalogueColumns {
  readonly names: readonly string[];
}

const columnsOf = (row: Row): Columns => ({
  names: row['names'] as readonly string[],
  numbers: row['numbers'] as readonly number[],
  types: (row['types'] as readonly string[]).map(Number),
  typmods: row['typmods'] as readonly number[],
});

function withOverloads(
  definitions: ReadDefinitions,
  row: Row,
): Pick<CatalogueFunction, 'overloads'> | undefined {
  const overloads = definitions.functions.get(functionKey(row['schema'], row['name']));
  return overloads === undefined ? undefined : { overloads };
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Of all overloads: the letters are in the order of what they allow. Where one may write and another not, unknown. */
const volatilityOf = (least: string, most: string): FunctionUse['volatility'] =>
  least !== most && most === 'v' ? 'unknown' : (VOLATILITIES[most] ?? 'unknown');

const isSystem = (schema: string): boolean =>
  schema === 'pg_catalog' || schema === 'information_schema' || schema === 'pg_toast';

interface Reach {
  through(oid: number): readonly string[];
  inheritors(oid: number): readonly string[];
  /** Oids of the tables above it in the inheritance tree, partitions' parents among them, and below. */
  ancestors(oid: number): readonly number[];
  descendants(oid: number): readonly number[];
  functions(oid: number): readonly FunctionUse[];
}

/** What is reached from each relation beside itself. */
async function readReach(run: RunQuery, relations: ReadonlyMap<number, RelationRow>): Promise<Reach> {
  const reached = new Map<number, Set<number>>();
  const called = new Map<number, Set<number>>();
  const operators = new Map<number, Set<number>>();
  const note = (map: Map<number, Set<number>>, key: number, value: number): void => {
    const set = map.get(key);
    if (set === undefined) map.set(key, new Set([value]));
    else set.add(value);
  };
  for (const row of await run(queries.REWRITES)) {
    const relation = Number(row['relation']);
    const oid = Number(row['oid']);
    if (row['what'] === 'relid') note(reached, relation, oid);
    else note(row['what'] === 'opno' ? operators : called, relation, oid);
  }
  for (const relation of relations.values()) {
    const toast = Number(relation.row['toast'] ?? 0);
    if (toast > 0) note(reached, toast, relation.oid);
  }
  const children = new Map<number, Set<number>>();
  const above = new Map<number, Set<number>>();
  const below = new Map<number, Set<number>>();
  for (const row of await run(queries.INHERITANCE)) {
    const child = Number(row['child']);
    const parent = Number(row['parent']);
    // Indexes inherit too.
    if ('rpf'.includes(relations.get(child)?.kind ?? '-')) {
      note(above, child, parent);
      note(below, parent, child);
    }
    // A partition's rows are its parent's: rules on the parent must see them. A plain child has rows of its own.
    if (relations.get(child)?.row['partition'] === true) note(reached, child, parent);
    else note(children, parent, child);
  }
  const operatorOids = [...new Set([...operators.values()].flatMap((set) => [...set]))];
  for (const row of operatorOids.length === 0 ? [] : await run(queries.OPERATOR_CODES, [operatorOids])) {
    for (const [relation, set] of operators)
      if (set.has(Number(row['oid']))) note(called, relation, Number(row['code']));
  }
  const functionOids = [...new Set([...called.values()].flatMap((set) => [...set]))];
  const functions = new Map<number, FunctionUse>();
  for (const row of functionOids.length === 0
    ? []
    : await run(queries.NAMED_FUNCTIONS, [functionOids, operatorOids])) {
    const use: FunctionUse = {
      schema: String(row['schema']),
      name: String(row['name']),
      resolved: true,
      volatility: VOLATILITIES[String(row['volatility'])] ?? 'unknown',
    };
    if (use.schema !== 'pg_catalog' || !builtinOnlyReads(use.name, use.volatility))
      functions.set(Number(row['oid']), use);
  }

  /** Everything below a relation; a system view is judged by its own name and not followed. */
  const closure = (start: number, next: ReadonlyMap<number, ReadonlySet<number>>): Set<number> => {
    const seen = new Set<number>();
    let edge = [start];
    for (let depth = 0; edge.length > 0 && depth < VIEW_DEPTH_MAX; depth++) {
      const further: number[] = [];
      for (const from of edge) {
        for (const to of next.get(from) ?? []) {
          if (to === start || seen.has(to)) continue;
          seen.add(to);
          further.push(to);
        }
      }
      edge = further;
    }
    return seen;
  };
  const qualified = (oids: Iterable<number>): string[] => {
    const names: string[] = [];
    for (const oid of oids) {
      const relation = relations.get(oid);
      if (relation !== undefined) names.push(`${relation.schema}.${relation.name}`);
    }
    return names.toSorted().slice(0, THROUGH_MAX);
  };
  const none: readonly never[] = [];
  return {
    through: (oid) => (reached.has(oid) ? qualified(closure(oid, reached)) : none),
    ancestors: (oid) => (above.has(oid) ? [...closure(oid, above)] : none),
    descendants: (oid) => (below.has(oid) ? [...closure(oid, below)] : none),
    inheritors: (oid) => (children.has(oid) ? qualified(closure(oid, children)) : none),
    functions: (oid) => {
      if (!reached.has(oid) && !called.has(oid)) return none;
      const uses = new Map<number, FunctionUse>();
      for (const relation of [oid, ...closure(oid, reached)]) {
        for (const called_ of called.get(relation) ?? []) {
          const use = functions.get(called_);
          if (use !== undefined) uses.set(called_, use);
        }
      }
      return [...uses.values()];
    },
  };
}

async function readOperators(run: RunQuery): Promise<CatalogueSnapshot['operators']> {
  const operators = new Map<string, Map<string, 'user' | 'extension'>>();
  for (const row of await run(queries.OPERATORS)) {
    const name = String(row['name']);
    const schema = String(row['schema']);
    const places = operators.get(name) ?? new Map<string, 'user' | 'extension'>();
    // One of several operators of a name that no extension brought is enough.
    if (row['extension'] !== true || places.get(schema) !== 'user') {
      places.set(schema, row['extension'] === true ? 'extension' : 'user');
    }
    operators.set(name, places);
  }
  return operators;
}

async function readTypeFunctions(run: RunQuery): Promise<CatalogueSnapshot['typeFunctions']> {
  const types = new Map<string, Map<string, FunctionUse[]>>();
  for (const row of await run(queries.TYPE_FUNCTIONS)) {
    const places = types.get(String(row['type_name'])) ?? new Map<string, FunctionUse[]>();
    const list = places.get(String(row['type_schema'])) ?? [];
    list.push({
      schema: String(row['schema']),
      name: String(row['name']),
      resolved: true,
      volatility: VOLATILITIES[String(row['volatility'])] ?? 'unknown',
    });
    places.set(String(row['type_schema']), list);
    types.set(String(row['type_name']), places);
  }
  return types;
}
