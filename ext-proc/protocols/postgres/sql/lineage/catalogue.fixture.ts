/**
 * A small catalogue for unit tests, and descriptions of statements against it: PostgreSQL's own parser, in this thread,
 * and relations that are written down here. What only a server can say is tried in test/evasion/sql/lineage.
 */
import { parseSync } from 'libpg-query';
import type { ColumnSource } from '../../../../domain/lineage.ts';
import type { StatementDescription } from '../../../../domain/statement.ts';
import type {
  CatalogueFunction,
  CatalogueOverload,
  CatalogueRelation,
  CatalogueSnapshot,
} from '../catalogue-snapshot.ts';
import type { Outline } from '../outline.ts';
import { resolveOutline } from '../resolve.ts';
import { outlineStatement } from '../walk-statement.ts';

const TEXT = 25;
const FIRST_OID = 16_384;

/** A relation in words; `view` is the query of one. */
export interface RelationFixture extends Partial<CatalogueRelation> {
  readonly name: string;
  readonly columns: readonly string[];
  readonly view?: string;
}

export interface FunctionFixture extends Partial<CatalogueOverload> {
  readonly name: string;
  /** The statements of its body; absent: nobody knows what it gives. */
  readonly body?: string;
  readonly volatility?: CatalogueFunction['volatility'];
}

/** Call `loadModule` of libpg-query before. */
const outlinesOf = (sql: string): readonly Outline[] =>
  (parseSync(sql).stmts ?? []).map(({ stmt }) => outlineStatement(stmt));

/** OIDs count from 16384 in the order of the list. */
export function snapshotOf(
  relations: readonly RelationFixture[],
  functions: readonly FunctionFixture[] = [],
): CatalogueSnapshot {
  const byOid = new Map<number, CatalogueRelation>();
  const schemas = new Map<
    string,
    { relations: Map<string, CatalogueRelation>; functions: Map<string, CatalogueFunction> }
  >();
  const schema = (name: string) => {
    const found = schemas.get(name) ?? { relations: new Map(), functions: new Map() };
    schemas.set(name, found);
    return found;
  };
  for (const name of ['pg_catalog', 'public']) schema(name);
  relations.forEach(({ view, ...relation }, index) => {
    const oid = FIRST_OID + index;
    const made: CatalogueRelation = {
      oid,
      schema: 'public',
      kind: view === undefined ? 'table' : 'view',
      details: {
        numbers: relation.columns.map((_, at) => at + 1),
        types: relation.columns.map(() => TEXT),
        typmods: relation.columns.map(() => -1),
      },
      definition: view === undefined ? undefined : outlinesOf(view)[0],
      through: [],
      inheritors: [],
      functions: [],
      traits: [],
      writeTraits: [],
      ...relation,
    };
    byOid.set(oid, made);
    schema(made.schema).relations.set(made.name, made);
  });
  for (const { name, body, volatility = 'stable', ...overload } of functions) {
    schema('public').functions.set(name, {
      volatility,
      extension: false,
      overloads: [
        {
          argumentsMin: 0,
          argumentsMax: 9,
          argumentNames: [],
          plainDefaults: true,
          columns: 'scalar',
          result: body === undefined ? 'unknown' : outlinesOf(body),
          searchPath: undefined,
          role: undefined,
          ...overload,
        },
      ],
    });
  }
  for (const name of ['length', 'lower', 'count', 'max', 'now', 'generate_series', 'row_number', 'text'])
    schema('pg_catalog').functions.set(name, { volatility: 'immutable', extension: false });
  return {
    version: 'fixture',
    serverVersion: 180_000,
    schemas: new Map(
      [...schemas].map(([name, { relations: own, functions: called }]) => [
        name,
        { publicUsage: true, relations: own, functions: called },
      ]),
    ),
    byOid,
    byRowType: new Map(),
    operators: new Map(),
    typeFunctions: new Map(),
    temporaryNames: new Set(),
  };
}

export function describeIn(snapshot: CatalogueSnapshot | undefined, sql: string): StatementDescription {
  const [outline] = outlinesOf(sql);
  if (outline === undefined) throw new Error(`no statement: ${sql}`);
  return resolveOutline(outline, snapshot, {
    upstream: 'sample',
    database: 'app',
    searchPath: ['public'],
    role: 'agent',
  });
}

/** `column derivation source source:derivation`, a line for each output. */
export function outputLines({ outputs }: StatementDescription): readonly string[] | 'unknown' {
  return (
    outputs?.map(({ name, derivation, sources }) =>
      [name, derivation, ...sources.map(sourceText)].join(' '),
    ) ?? 'unknown'
  );
}

const sourceText = ({ schema, table, column, derivation }: ColumnSource): string =>
  `${schema === 'public' ? '' : `${schema}.`}${table}.${column}:${derivation}`;

/** `table.column context+context via`, a line for each use that is more than a plain target. */
export function useLines({ columns }: StatementDescription): readonly string[] {
  return columns
    .filter(({ contexts }) => contexts !== undefined)
    .map(({ relation, name, contexts = [], via }) =>
      [
        `${relation.replace(/^public\./, '')}.${name}`,
        contexts.join('+'),
        via === undefined ? '' : `via ${via}`,
      ]
        .join(' ')
        .trimEnd(),
    );
}
