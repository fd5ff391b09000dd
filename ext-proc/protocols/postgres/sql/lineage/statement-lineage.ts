/**
 * The lineage of one statement as its description has it: the columns it returns, what flows into those it writes, and
 * every column it uses, through subqueries, views and SQL functions.
 */
import type { ColumnFlow, ColumnSource, Derivation, OutputColumn } from '../../../../domain/lineage.ts';
import type { ColumnUse, FunctionUse, StatementDescription } from '../../../../domain/statement.ts';
import type { NameContext } from '../../../../domain/ports.ts';
import type { CatalogueRelation } from '../catalogue-snapshot.ts';
import { NameResolution, type ResolvedRelation } from '../name-resolution.ts';
import type { Outline, OutlineFlow } from '../outline.ts';
import { ColumnUses } from './column-uses.ts';
import { type DefinedColumns, Definitions, type ResolveDefinition } from './definitions.ts';
import { moreTelling } from './derivation.ts';
import { Lineage } from './lineage.ts';
import { context, type Contexts } from './use-contexts.ts';
import { ANYTHING, type Cell, Mixture, NOTHING, type Value } from './value.ts';

/** Sources of all outputs and flows together; a statement with more is unknown. */
const SOURCES_MAX = 20_000;
const EXPRESSION = context('expression');
const JOIN = context('join');

export interface StatementLineage {
  readonly outputs: readonly OutputColumn[] | undefined;
  readonly flows: readonly ColumnFlow[] | undefined;
  /** Everything that the statement looks at. */
  readonly looked: Value;
}

export interface StatementNames {
  readonly outline: Outline;
  readonly names: NameResolution;
  readonly relations: readonly (readonly ResolvedRelation[])[];
  readonly calls: readonly (readonly FunctionUse[])[];
}

/** Adds every use of a column to `uses`; `inner` is the inner statement's lineage, where there is one. */
export function statementLineage(
  { outline, names, relations, calls }: StatementNames,
  context_: NameContext,
  uses: ColumnUses,
  inner: { readonly description: StatementDescription; readonly lineage: StatementLineage } | undefined,
): StatementLineage {
  const definitions =
    names.snapshot === undefined
      ? undefined
      : new Definitions(names.snapshot, context_, 0, resolveDefinition);
  const lineage = new Lineage({ outline, relations, calls, names, definitions, parameters: NO_NAMES });
  noteUses(lineage, { outline, calls }, uses, undefined);
  noteDefinitions(lineage, outline, relations, definitions, uses);
  const looked = lookedAt(lineage, outline);
  if (inner !== undefined) looked.add(inner.lineage.looked, 'condition');
  const everything = looked.value();
  const written = relations.flat().filter(({ use }) => use.access === 'write');
  // Rules return rows of their own, and put values where they like; a trigger on a view does what it likes.
  const uncertain = written.some(
    ({ entry }) =>
      entry?.writeTraits.includes('has_rules') === true ||
      (entry?.kind === 'view' && entry.writeTraits.includes('has_triggers')),
  );
  if (uncertain) return { outputs: undefined, flows: undefined, looked: everything };
  return {
    outputs: outputsOf(lineage, outline, relations, everything, inner),
    flows: flowsOf(lineage, outline, relations, definitions, inner?.description.outputs),
    looked: everything,
  };
}

/** The columns of a definition in the catalogue, and its uses of columns besides. */
export const resolveDefinition: ResolveDefinition = (
  outline,
  snapshot,
  nameContext,
  { depth, parameters, via, bodies },
): DefinedColumns => {
  const names = new NameResolution(snapshot, nameContext);
  const relations = outline.relations.map((relation) => names.relation(relation));
  const calls = outline.functions.map((called) => names.functions(called));
  for (const operator of outline.operators) names.operator(operator);
  const definitions = new Definitions(snapshot, nameContext, depth, resolveDefinition, bodies);
  const lineage = new Lineage({ outline, relations, calls, names, definitions, parameters });
  const uses = new ColumnUses();
  noteUses(lineage, { outline, calls }, uses, via);
  noteDefinitions(lineage, outline, relations, definitions, uses);
  const { rows } = outline;
  const known = outline.unknown.length === 0 && names.unknown.size === 0;
  const cells = rows.kind === 'query' ? lineage.outputsOf(rows.query) : rows.kind === 'none' ? [] : undefined;
  const conditions = rows.kind === 'query' ? lineage.conditionsOf(rows.query) : NOTHING;
  return { cells: known ? cells : undefined, uses: uses.list(), conditions: known ? conditions : ANYTHING };
};

const NO_NAMES: ReadonlySet<string> = new Set();
/** What they define is judged where it is used. */
const FOLLOWED: ReadonlySet<string> = new Set(['CREATE VIEW', 'CREATE FUNCTION', 'CREATE PROCEDURE']);

const qualified = ({ schema, table }: ColumnSource): string => `${schema}.${table}`;

/** The uses that only lineage finds: through subqueries, views and generated columns, by output names, in joins. */
function noteUses(
  lineage: Lineage,
  { outline, calls }: Pick<StatementNames, 'outline' | 'calls'>,
  uses: ColumnUses,
  via: string | undefined,
): void {
  // A definition names columns that are not there yet; what a function gives it is kept, or asked, all the same.
  const asks = !outline.defines;
  const ofUsers = (index: number): boolean =>
    calls[index]?.some(({ schema }) => schema !== 'pg_catalog') === true;
  outline.columns.forEach(({ use, contexts, star, field }, index) => {
    if (use === 'write') return;
    const reference = lineage.reference(index);
    const row = reference.cells !== undefined;
    const own = contexts | (row && !star && field === undefined ? EXPRESSION : 0);
    const plain = use === 'target' && own === 0;
    // A relation's whole row was noted as one, and a plain target of a subquery where that was walked.
    if (via === undefined && reference.direct && row) return;
    if (asks && reference.value.unknown) noteUnknown(uses, use, own, via);
    for (const source of reference.value.sources.values()) {
      const through = source.via ?? via;
      if (plain && (via !== undefined || (through === undefined && !reference.direct))) continue;
      uses.add(qualified(source), source.column, use, own, through);
    }
  });
  outline.functions.forEach(({ use, contexts }, index) => {
    // In FROM its columns are used where they are named.
    if (use === 'other' && contexts === 0) return;
    const { value } = lineage.callResult(index);
    if (value.unknown && (asks || (!FOLLOWED.has(outline.verb) && ofUsers(index))))
      noteUnknown(uses, use, contexts, via);
    for (const source of value.sources.values())
      uses.add(qualified(source), source.column, use, contexts, source.via ?? via);
  });
  outline.sorts.forEach(({ contexts }, index) => {
    const value = lineage.sortValue(index);
    if (asks && value.unknown) noteUnknown(uses, 'other', contexts, via);
    for (const source of value.sources.values())
      uses.add(qualified(source), source.column, 'other', contexts, source.via ?? via);
  });
  for (const natural of outline.naturals) {
    for (const { value } of lineage.naturalCells(natural))
      for (const source of value.sources.values())
        uses.add(qualified(source), source.column, 'filter', JOIN, source.via ?? via);
  }
}

/** A value that may be anything, used otherwise than as an output, which says of itself that it is unknown. */
function noteUnknown(
  uses: ColumnUses,
  use: ColumnUse['use'],
  contexts: Contexts,
  via: string | undefined,
): void {
  if (contexts !== 0) uses.add('', '*', use, contexts, via);
}

/** What the views and function bodies on the way use. */
function noteDefinitions(
  lineage: Lineage,
  outline: Outline,
  relations: readonly (readonly ResolvedRelation[])[],
  definitions: Definitions | undefined,
  uses: ColumnUses,
): void {
  if (definitions === undefined) return;
  for (const { entry } of relations.flat()) if (entry !== undefined) uses.addAll(definitions.usesOf(entry));
  outline.functions.forEach((_, index) => uses.addAll(lineage.callResult(index).uses));
}

function lookedAt(lineage: Lineage, outline: Outline): Mixture {
  const mixture = new Mixture();
  if (outline.rows.kind !== 'plan' && outline.verb !== 'EXPLAIN') {
    outline.columns.forEach(({ use }, index) => {
      if (use !== 'write') mixture.add(lineage.reference(index).value, 'condition');
    });
    outline.functions.forEach((_, index) => mixture.add(lineage.callResult(index).value, 'condition'));
  }
  return mixture;
}

function outputsOf(
  lineage: Lineage,
  outline: Outline,
  relations: readonly (readonly ResolvedRelation[])[],
  looked: Value,
  inner: { readonly description: StatementDescription } | undefined,
): readonly OutputColumn[] | undefined {
  const { rows } = outline;
  switch (rows.kind) {
    case 'none':
      return [];
    case 'unknown':
      return undefined;
    case 'inner':
      return inner?.description.outputs;
    case 'plan':
      return bounded([{ name: 'QUERY PLAN', ...made(looked) }]);
    case 'columns':
      return rows.outputs.map((output) => ({
        name: 'name' in output ? output.name : '',
        derivation: rows.known ? 'derived' : 'unknown',
        sources: [],
      }));
    case 'query':
      return listed(lineage.outputsOf(rows.query));
    case 'copy': {
      const cells = lineage.outputsOf(rows.query);
      const generated = relations[rows.relation]?.[0]?.entry?.generated;
      return listed(rows.named ? cells : cells?.filter(({ name }) => generated?.has(name) !== true));
    }
  }
}

const listed = (cells: readonly Cell[] | undefined): readonly OutputColumn[] | undefined =>
  cells === undefined ? undefined : bounded(cells.map(({ name, value }) => ({ name, ...made(value) })));

function bounded<T extends { readonly sources: readonly unknown[] }>(
  list: readonly T[],
): readonly T[] | undefined {
  let sources = 0;
  for (const entry of list) sources += entry.sources.length;
  return sources > SOURCES_MAX ? undefined : list;
}

/** A value as a description has it. */
function made({ sources, unknown }: Value): Pick<OutputColumn, 'derivation' | 'sources'> {
  let derivation: Derivation | undefined;
  const list: ColumnSource[] = [];
  for (const { schema, table, column, derivation: own } of sources.values()) {
    list.push({ schema, table, column, derivation: own });
    derivation = derivation === undefined ? own : moreTelling(derivation, own);
  }
  return { derivation: unknown ? 'unknown' : (derivation ?? 'derived'), sources: list };
}

function flowsOf(
  lineage: Lineage,
  outline: Outline,
  relations: readonly (readonly ResolvedRelation[])[],
  definitions: Definitions | undefined,
  innerOutputs: readonly OutputColumn[] | undefined,
): readonly ColumnFlow[] | undefined {
  if (outline.flowsUnknown) return undefined;
  const flows: ColumnFlow[] = [];
  for (const flow of outline.flows) {
    const values = flowingValues(lineage, flow, innerOutputs);
    for (const { use, entry } of relations[flow.relation] ?? []) {
      const into = (column: string, value: Made): void => {
        if (value.sources.length === 0 && value.derivation !== 'unknown') return;
        for (const target of targetsOf(use, entry, column, definitions)) flows.push({ ...target, ...value });
      };
      if (values === undefined) into('*', made(ANYTHING));
      else if ('column' in flow) into(flow.column, values[0] as Made);
      else
        values.forEach((value, index) => {
          const names = flow.columns ?? entry?.columns;
          into(names?.[index] ?? (entry === undefined ? value.name : undefined) ?? '*', value);
        });
    }
  }
  return bounded(flows);
}

type Made = Pick<OutputColumn, 'derivation' | 'sources'> & { readonly name?: string };

function flowingValues(
  lineage: Lineage,
  flow: OutlineFlow,
  innerOutputs: readonly OutputColumn[] | undefined,
): readonly Made[] | undefined {
  if ('column' in flow) return [made(lineage.valueOf(flow.from))];
  if (flow.query === undefined) return innerOutputs;
  return lineage.outputsOf(flow.query)?.map(({ name, value }) => ({ name, ...made(value) }));
}

/** A column that is written; of a view the columns of tables behind it too. */
function targetsOf(
  { schema, name }: ResolvedRelation['use'],
  entry: CatalogueRelation | undefined,
  column: string,
  definitions: Definitions | undefined,
): { schema: string; table: string; column: string }[] {
  const own = { schema, table: name, column };
  if (entry?.kind !== 'view' || definitions === undefined) return [own];
  const cells = definitions.cellsOf(entry).filter((cell) => column === '*' || cell.name === column);
  return [
    own,
    ...cells.flatMap(({ value }) =>
      Array.from(value.sources.values(), (source) => ({
        schema: source.schema,
        table: source.table,
        column: source.column,
      })),
    ),
  ];
}
