/**
 * An outline to a description: names looked up, views followed, and everything that could not be told named in
 * `unknown`. Pure; the same outline, catalogue and context give the same description.
 */
import type { NameContext } from '../../../domain/ports.ts';
import type { ColumnUse, FunctionUse, RelationUse, StatementDescription } from '../../../domain/statement.ts';
import type { CatalogueSnapshot } from './catalogue-snapshot.ts';
import { ColumnResolution } from './column-resolution.ts';
import { ColumnUses } from './lineage/column-uses.ts';
import { leakingFunction, leakingRelation, leaksColumn } from './lineage/leaking-sources.ts';
import { type StatementLineage, statementLineage } from './lineage/statement-lineage.ts';
import { builtinOnlyReads, functionTraits } from './known-functions.ts';
import { NameResolution } from './name-resolution.ts';
import type { Outline } from './outline.ts';

/** What is listed of one statement: a longer list is cut, and the statement is unknown. */
const LISTED_MAX = 2_000;

export function resolveOutline(
  outline: Outline,
  snapshot: CatalogueSnapshot | undefined,
  context: NameContext,
): StatementDescription {
  return resolveStatement(outline, snapshot, context).description;
}

interface ResolvedStatement {
  readonly description: StatementDescription;
  readonly lineage: StatementLineage;
}

function resolveStatement(
  outline: Outline,
  snapshot: CatalogueSnapshot | undefined,
  context: NameContext,
): ResolvedStatement {
  const names = new NameResolution(snapshot, context);
  const resolved = outline.relations.map((relation) => names.relation(relation));
  const uses = new ColumnUses();
  const columns = new ColumnResolution(outline, resolved, names, uses);
  const traits = new Set(outline.traits);
  traits.delete('merged_join');
  const relations: RelationUse[] = [];
  const functions: FunctionUse[] = [];
  for (const { use, entry } of resolved.flat()) {
    addRelation(relations, use);
    for (const used of entry?.functions ?? []) {
      addFunction(functions, used);
      // What a view runs is as much part of the statement as what its text names.
      for (const trait of functionTraits(used.name)) traits.add(trait);
      const leak = leakingFunction(used.name);
      if (leak !== undefined) traits.add(leak.trait);
      if (traits.has('dynamic_sql')) names.unknown.add('dynamic_sql');
    }
    for (const trait of entry?.traits ?? []) traits.add(trait);
    if (use.access === 'write') for (const trait of entry?.writeTraits ?? []) traits.add(trait);
  }
  const calls = outline.functions.map((used) => names.functions(used));
  for (const candidates of calls) for (const candidate of candidates) addFunction(functions, candidate);
  for (const field of outline.fields)
    for (const used of names.fieldFunctions(field)) addFunction(functions, used);
  for (const used of columns.fieldFunctions) addFunction(functions, used);
  for (const type of outline.types)
    for (const used of names.typeFunctions(type)) addFunction(functions, used);
  for (const operator of outline.operators) names.operator(operator);

  const unfiltered = new Set<string>();
  for (const filter of outline.filters) {
    const item = outline.items[filter.item];
    if (item?.kind !== 'relation') continue;
    const named =
      filter.columnsFrom < 0 ||
      columns.hits.slice(filter.columnsFrom, filter.columnsTo).some((hits) => hits.includes(filter.item));
    if (filter.constant || !named)
      for (const { use } of resolved[item.relation] ?? []) unfiltered.add(use.qualified);
  }

  const inside = outline.inner === undefined ? undefined : resolveStatement(outline.inner, snapshot, context);
  const inner = inside?.description;
  const lineage = statementLineage({ outline, names, relations: resolved, calls }, context, uses, inside);
  const unknown = new Set([...outline.unknown, ...names.unknown]);
  let writes =
    outline.writes ||
    relations.some(({ access }) => access === 'write') ||
    functions.some((used) => !onlyReads(used));
  let defines = outline.defines;
  let { flows } = lineage;
  const verbs = [...outline.verbs];
  if (inner !== undefined) {
    const runs = outline.innerRuns !== 'never';
    for (const use of inner.relations) {
      if (!runs && use.access === 'define') continue;
      addRelation(relations, runs ? use : { ...use, access: use.access === 'write' ? 'read' : use.access });
    }
    for (const used of inner.functions) addFunction(functions, used);
    for (const code of inner.unknown) unknown.add(code);
    uses.addAll(inner.columns);
    if (runs) {
      for (const verb of inner.verbs) if (!verbs.includes(verb)) verbs.push(verb);
      for (const trait of inner.traits) traits.add(trait);
      for (const name of inner.unfiltered) unfiltered.add(name);
      writes ||= inner.writes;
      defines ||= inner.defines;
      flows = allFlows(flows, inner.flows);
    }
  }
  const columnUses = uses.list();
  noteLeaks(columnUses, relations, outline, traits);
  if (relations.length > LISTED_MAX || functions.length > LISTED_MAX || columnUses.length > LISTED_MAX) {
    unknown.add('too_many_objects');
  }
  // What a function writes, and of what, is not followed.
  if (functions.some((used) => used.schema !== 'pg_catalog' && !onlyReads(used)))
    flows = allFlows(flows, undefined);
  // What is not understood whole may return and write anything.
  const complete = unknown.size === 0;
  const description: StatementDescription = {
    complete,
    unknown: [...unknown],
    verb: outline.verb,
    verbs,
    writes: writes || unknown.size > 0,
    defines,
    relations: relations.slice(0, LISTED_MAX),
    columns: columnUses.slice(0, LISTED_MAX),
    functions: functions.slice(0, LISTED_MAX),
    outputs: complete ? lineage.outputs : undefined,
    flows: complete ? flows : undefined,
    unfiltered: [...unfiltered],
    traits: [...traits],
    setting: outline.setting,
    subject: outline.subject,
    inner,
    fingerprint: outline.fingerprint,
  };
  return { description, lineage };
}

/** Beside flows that nobody knows, one that may be of anything is known all the same. */
function allFlows(one: Flows, other: Flows): Flows {
  if (one !== undefined && other !== undefined) return [...one, ...other];
  const known = one ?? other;
  return known?.some(({ derivation }) => derivation === 'unknown') === true ? known : undefined;
}

type Flows = StatementDescription['flows'];

/** The traits of what shows values of columns under another name. */
function noteLeaks(
  columns: readonly ColumnUse[],
  relations: readonly RelationUse[],
  outline: Outline,
  traits: Set<string>,
): void {
  for (const { schema, name, kind, access, resolved } of relations) {
    if (kind === 'sequence' && access !== 'define') traits.add('sequence_state');
    const leak = resolved ? leakingRelation(schema, name) : undefined;
    if (leak !== undefined && leak.columns === undefined) traits.add(leak.trait);
  }
  for (const { relation, name } of columns) {
    const [schema = '', table = ''] = relation.split('.');
    const leak = leakingRelation(schema, table);
    if (leak !== undefined && leaksColumn(leak, name)) traits.add(leak.trait);
  }
  for (const { name, harmless } of outline.functions) {
    const leak = harmless ? undefined : leakingFunction(name);
    if (leak !== undefined) traits.add(leak.trait);
  }
}

/** PostgreSQL's own contract: what is declared immutable or stable does not modify the database. */
function onlyReads(used: FunctionUse): boolean {
  if (!used.resolved) return false;
  if (used.schema === 'pg_catalog') return builtinOnlyReads(used.name, used.volatility);
  return used.volatility === 'immutable' || used.volatility === 'stable';
}

function addRelation(list: RelationUse[], use: RelationUse): void {
  const same = list.some(
    (other) =>
      other.qualified === use.qualified && other.access === use.access && other.resolved === use.resolved,
  );
  if (!same) list.push(use);
}

function addFunction(list: FunctionUse[], used: FunctionUse): void {
  if (!list.some((other) => other.schema === used.schema && other.name === used.name)) list.push(used);
}

/** The description of a text that was not understood, by the code that says why. */
export function unknownDescription(code: string): StatementDescription {
  return {
    complete: false,
    unknown: [code],
    verb: 'UNKNOWN',
    verbs: ['UNKNOWN'],
    writes: true,
    defines: true,
    relations: [],
    columns: [],
    functions: [],
    unfiltered: [],
    traits: [],
    setting: undefined,
    subject: undefined,
    inner: undefined,
    fingerprint: '',
  };
}

/** The description of a text with no statement in it. */
export const EMPTY_DESCRIPTION: StatementDescription = {
  ...unknownDescription(''),
  complete: true,
  unknown: [],
  verb: 'EMPTY',
  verbs: ['EMPTY'],
  writes: false,
  defines: false,
  outputs: [],
  flows: [],
};
