/**
 * An outline to a description: names looked up, views followed, and everything that could not be told named in
 * `unknown`. Pure; the same outline, catalogue and context give the same description.
 */
import type { NameContext } from '../../../domain/ports.ts';
import type { ColumnUse, FunctionUse, RelationUse, StatementDescription } from '../../../domain/statement.ts';
import type { CatalogueSnapshot } from './catalogue-snapshot.ts';
import { ColumnResolution } from './column-resolution.ts';
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
  const names = new NameResolution(snapshot, context);
  const resolved = outline.relations.map((relation) => names.relation(relation));
  const columns = new ColumnResolution(outline, resolved, names);
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
      if (traits.has('dynamic_sql')) names.unknown.add('dynamic_sql');
    }
    for (const trait of entry?.traits ?? []) traits.add(trait);
    if (use.access === 'write') for (const trait of entry?.writeTraits ?? []) traits.add(trait);
  }
  for (const used of outline.functions) {
    for (const candidate of names.functions(used)) addFunction(functions, candidate);
  }
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

  const inner = outline.inner === undefined ? undefined : resolveOutline(outline.inner, snapshot, context);
  const unknown = new Set([...outline.unknown, ...names.unknown]);
  let writes =
    outline.writes ||
    relations.some(({ access }) => access === 'write') ||
    functions.some((used) => !onlyReads(used));
  let defines = outline.defines;
  let columnUses: readonly ColumnUse[] = columns.uses;
  const verbs = [...outline.verbs];
  if (inner !== undefined) {
    const runs = outline.innerRuns !== 'never';
    for (const use of inner.relations) {
      if (!runs && use.access === 'define') continue;
      addRelation(relations, runs ? use : { ...use, access: use.access === 'write' ? 'read' : use.access });
    }
    for (const used of inner.functions) addFunction(functions, used);
    for (const code of inner.unknown) unknown.add(code);
    columnUses = mergeColumns(columnUses, inner.columns);
    if (runs) {
      for (const verb of inner.verbs) if (!verbs.includes(verb)) verbs.push(verb);
      for (const trait of inner.traits) traits.add(trait);
      for (const name of inner.unfiltered) unfiltered.add(name);
      writes ||= inner.writes;
      defines ||= inner.defines;
    }
  }
  if (relations.length > LISTED_MAX || functions.length > LISTED_MAX || columnUses.length > LISTED_MAX) {
    unknown.add('too_many_objects');
  }
  return {
    complete: unknown.size === 0,
    unknown: [...unknown],
    verb: outline.verb,
    verbs,
    writes: writes || unknown.size > 0,
    defines,
    relations: relations.slice(0, LISTED_MAX),
    columns: columnUses.slice(0, LISTED_MAX),
    functions: functions.slice(0, LISTED_MAX),
    unfiltered: [...unfiltered],
    traits: [...traits],
    setting: outline.setting,
    subject: outline.subject,
    inner,
    fingerprint: outline.fingerprint,
  };
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

function mergeColumns(own: readonly ColumnUse[], inner: readonly ColumnUse[]): readonly ColumnUse[] {
  const same = (left: ColumnUse, right: ColumnUse): boolean =>
    left.relation === right.relation && left.name === right.name && left.use === right.use;
  return [...own, ...inner.filter((column) => !own.some((other) => same(other, column)))];
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
};
