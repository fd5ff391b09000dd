/**
 * The walk over queries: SELECT in all its forms, VALUES, set operations, and WITH, whose queries may be data changes
 * (`walk-changes.ts`). A CTE's name hides a table's wherever it is read.
 */
import type { ColumnUse } from '../../../domain/statement.ts';
import { type Body, bodyOf, listOf, namesOf, nodeOf, textOf } from './ast.ts';
import { derivedBy } from './lineage/derivation.ts';
import { context, type Contexts, NO_CONTEXTS } from './lineage/use-contexts.ts';
import { type Ingredient, type OutlineCte, outputsOf, type Output } from './outline.ts';
import { outputName } from './output-names.ts';
import { type CteBinding, part, type Place, type Walker } from './walker.ts';
import { columnParts, walkData, walkExpression } from './walk-expression.ts';
import { walkDelete, walkInsert, walkMerge, walkUpdate } from './walk-changes.ts';
import { bareName, walkFrom } from './walk-from.ts';

const WHERE = context('where');
const HAVING = context('having');
const GROUP_BY = context('group_by');
const ORDER_BY = context('order_by');
const DISTINCT = context('distinct');
const WINDOW = context('window');
const LIMIT = context('limit');
const SET_OPERATION = context('set_operation');

/** The same surroundings in another scope, where nobody asks what a value is made of. */
export const at = (
  place: Place,
  scope: number,
  use: ColumnUse['use'],
  contexts: Contexts = NO_CONTEXTS,
): Place => ({ ...place, scope, use, contexts, made: undefined, derivation: 'plain', windows: undefined });

/** A statement inside an expression, in place of a value. */
export function walkSubquery(walker: Walker, value: unknown, place: Place): number | undefined {
  const body = bodyOf(value, 'SelectStmt');
  if (body === undefined) walker.unknown(`unknown_node:SubLink`);
  return walkSelect(walker, body, { ...place, made: undefined });
}

/** Walks a data statement by its kind; returns its query, `none` without RETURNING, or undefined where it is not one. */
export function walkDataStatement(walker: Walker, value: unknown, outer: Place): number | 'none' | undefined {
  const node = nodeOf(value);
  switch (node?.kind) {
    case 'SelectStmt':
      walker.verb('SELECT');
      return walkSelect(walker, node.body, outer);
    case 'InsertStmt':
      return walkInsert(walker, node.body, outer);
    case 'UpdateStmt':
      return walkUpdate(walker, node.body, outer);
    case 'DeleteStmt':
      return walkDelete(walker, node.body, outer);
    case 'MergeStmt':
      return walkMerge(walker, node.body, outer);
    default:
      return undefined;
  }
}

/**
 * Walks a SELECT, VALUES or set operation and returns its query. `outer` is what it can see from outside; its contexts
 * are those that the query's outputs are used in.
 */
export function walkSelect(walker: Walker, select: Body | undefined, outer: Place): number {
  const query = walker.query();
  if (select === undefined) return query.finish({ outputs: [] });
  walker.visited.add(select);
  const place: Place = { ...outer, ctes: walkWith(walker, select['withClause'], outer), made: undefined };
  if (select['intoClause'] !== undefined) walkInto(walker, bodyOf(select['intoClause']), place);
  walkLocking(walker, select['lockingClause']);
  if (select['op'] !== undefined && select['op'] !== 'SETOP_NONE')
    return walkSetOperation(walker, select, query, outer, place);
  if (select['valuesLists'] !== undefined) return walkValues(walker, select, query, outer, place);
  const from = walkFrom(walker, select['fromClause'], at(place, outer.scope, place.use));
  const scope = walker.scope(from.items, outer.scope, from.trees);
  const windows = walkWindows(walker, select['windowClause'], at(place, scope, 'other', WINDOW));
  const target: Place = { ...at(place, scope, 'target', outer.contexts), windows };
  const outputs = walkTargets(walker, select['targetList'], target, from.items);
  walkExpression(walker, select['whereClause'], at(place, scope, 'filter', WHERE));
  walkExpression(walker, select['havingClause'], at(place, scope, 'filter', HAVING));
  const sorted = (contexts: Contexts): Sorted => ({
    place: { ...at(place, scope, 'other', contexts), windows },
    query: query.index,
    names: namesOfOutputs(outputs),
  });
  walkSorting(walker, select['groupClause'], sorted(GROUP_BY), 'last');
  walkDistinct(walker, select['distinctClause'], sorted(DISTINCT));
  walkSorting(walker, select['sortClause'], sorted(ORDER_BY), 'first');
  walkLimit(walker, select, outer, place);
  return query.finish({ outputs });
}

type OpenQuery = ReturnType<Walker['query']>;

function walkSetOperation(
  walker: Walker,
  select: Body,
  query: OpenQuery,
  outer: Place,
  place: Place,
): number {
  const left = walkSelect(walker, bodyOf(select['larg']), place);
  const right = walkSelect(walker, bodyOf(select['rarg']), place);
  const operation = OPERATIONS[textOf(select['op']) ?? ''];
  if (operation === undefined) walker.unknown('unknown_node:SetOperation');
  if (operation !== 'union' || select['all'] !== true)
    walker.outline.sorts.push({
      query: query.index,
      name: undefined,
      place: undefined,
      contexts: SET_OPERATION,
    });
  // Its ORDER BY may name outputs only; an output behind a `*` is one of its own columns all the same.
  const outputs = outputsOf(walker.outline, left);
  const stars = outputs.flatMap((output) => ('star' in output ? output.star : []));
  const sorted = at(place, walker.scope(stars, outer.scope), 'other', ORDER_BY);
  const names = namesOfOutputs(outputs);
  walkSorting(walker, select['sortClause'], { place: sorted, query: query.index, names }, 'first');
  walkLimit(walker, select, outer, place);
  return query.finish({ operation: operation ?? 'union', left, right });
}

const OPERATIONS: Readonly<Record<string, 'union' | 'intersect' | 'except'>> = {
  SETOP_UNION: 'union',
  SETOP_INTERSECT: 'intersect',
  SETOP_EXCEPT: 'except',
};

function walkValues(walker: Walker, select: Body, query: OpenQuery, outer: Place, place: Place): number {
  const rows = listOf(select['valuesLists']);
  const names = columnNames(listOf(nodeOf(rows[0])?.body['items']).length);
  const made = names.map((): Ingredient[] => []);
  const constants = new Set<number>();
  for (const row of rows) {
    const body = nodeOf(row)?.body;
    if (body !== undefined) walker.visited.add(body);
    listOf(body?.['items']).forEach((value, index) => {
      const target = at(place, place.scope, 'target', outer.contexts);
      const before = made[index]?.length;
      walkData(walker, value, { ...target, made: made[index], derivation: 'copied' });
      if (made[index]?.length === before) constants.add(index);
    });
  }
  // Beside constants a value is no plain copy: who chooses one can tell the other by it.
  for (const index of constants)
    made[index] = (made[index] ?? []).map(([what, of, how]) => [what, of, derivedBy('derived', how)]);
  const sorted = at(place, place.scope, 'other', ORDER_BY);
  walkSorting(walker, select['sortClause'], { place: sorted, query: query.index, names }, 'first');
  walkLimit(walker, select, outer, place);
  return query.finish({ outputs: names.map((name, index) => ({ name, from: made[index] ?? [] })) });
}

/** The WINDOW clause: what each of its windows is made of, by index. */
function walkWindows(walker: Walker, list: unknown, place: Place): ReadonlyMap<string, number> | undefined {
  const entries = listOf(list);
  if (entries.length === 0) return undefined;
  const windows = new Map<string, number>();
  for (const entry of entries) {
    const body = bodyOf(entry, 'WindowDef');
    const made: Ingredient[] = [];
    const inside: Place = { ...place, made };
    part(inside, 'window', windows.get(textOf(body?.['refname']) ?? ''));
    walkExpression(walker, entry, inside);
    windows.set(textOf(body?.['name']) ?? '', walker.outline.windows.push(made) - 1);
  }
  return windows;
}

const namesOfOutputs = (outputs: readonly Output[]): string[] =>
  outputs.flatMap((output) => ('name' in output ? [output.name] : []));

const columnNames = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `column${index + 1}`);

function walkLimit(walker: Walker, select: Body, outer: Place, place: Place): void {
  walkData(walker, select['limitCount'], at(place, outer.scope, 'other', LIMIT));
  walkData(walker, select['limitOffset'], at(place, outer.scope, 'other', LIMIT));
}

interface Sorted {
  readonly place: Place;
  readonly query: number;
  /** Of the query's outputs, where they have one. */
  readonly names: readonly string[];
}

/** ORDER BY, GROUP BY and DISTINCT ON, where a bare name may be an output's and a number its place. */
function walkSorting(walker: Walker, list: unknown, sorted: Sorted, outputNames: 'first' | 'last'): void {
  const { place, query, names } = sorted;
  const { contexts } = place;
  for (const entry of listOf(list)) {
    const node = nodeOf(entry);
    if (node === undefined) continue;
    if (node.kind === 'GroupingSet' || isImplicitRow(node.body)) {
      walker.visited.add(node.body);
      walkSorting(walker, node.body['content'] ?? node.body['args'], sorted, outputNames);
      continue;
    }
    const value = node.kind === 'SortBy' ? node.body['node'] : entry;
    const bare = bareName(value);
    if (bare === undefined) {
      const number = bodyOf(nodeOf(value)?.kind === 'A_Const' ? nodeOf(value)?.body['ival'] : undefined);
      if (number !== undefined)
        walker.outline.sorts.push({ query, name: undefined, place: Number(number['ival'] ?? 0), contexts });
      walkExpression(walker, entry, place);
      continue;
    }
    walker.visited.add(node.body);
    walker.visited.add((nodeOf(value) as { body: Body }).body);
    if (node.kind === 'SortBy' && node.body['useOp'] !== undefined)
      walker.operator(namesOf(node.body['useOp']));
    walker.outline.sorts.push({ query, name: bare, place: undefined, contexts });
    walker.column(place, [bare], { outputNames, outputs: names });
  }
}

/** `(a, b)` in GROUP BY, which is no row but the two of them. */
const isImplicitRow = (body: Body): boolean => body['row_format'] === 'COERCE_IMPLICIT_CAST';

/** DISTINCT compares all outputs, DISTINCT ON what it lists. */
function walkDistinct(walker: Walker, list: unknown, sorted: Sorted): void {
  const entries = listOf(list);
  if (entries.length > 0 && entries.every((entry) => nodeOf(entry) === undefined)) {
    const { contexts } = sorted.place;
    walker.outline.sorts.push({ query: sorted.query, name: undefined, place: undefined, contexts });
  }
  walkSorting(walker, list, sorted, 'first');
}

/** A target list; returns the columns it gives. `items` are what a bare `*` stands for. */
export function walkTargets(walker: Walker, list: unknown, place: Place, items: readonly number[]): Output[] {
  const outputs: Output[] = [];
  for (const entry of listOf(list)) {
    const target = bodyOf(entry, 'ResTarget');
    if (target === undefined) {
      walker.unknown('unknown_node:targetList');
      continue;
    }
    walker.visited.add(target);
    const value = nodeOf(target['val']);
    const reference = walker.outline.columns.length;
    const from: Ingredient[] = [];
    walkData(walker, target['val'], { ...place, made: from }, true);
    const name = textOf(target['name']);
    if (value?.kind === 'ColumnRef') {
      const { parts, star } = columnParts(value.body);
      if (star) {
        const named = parts.length === 0 ? items : qualified(walker, items, parts.at(-1) as string);
        outputs.push({ star: named, reference });
        continue;
      }
    }
    // `(x).*` gives columns that only the server could count, and a subquery's `*` one that only it could name.
    const fields =
      value?.kind === 'A_Indirection' && nodeOf(listOf(value.body['indirection']).at(-1))?.kind === 'A_Star';
    const own = name ?? (fields ? undefined : outputName(target['val']));
    outputs.push(
      own === undefined ? { star: [], reference: undefined, from, single: !fields } : { name: own, from },
    );
  }
  return outputs;
}

/** The items that `alias.*` stands for; none where it is an outer query's, whose columns are then not told. */
function qualified(walker: Walker, items: readonly number[], alias: string): number[] {
  return items.filter((index) => {
    const item = walker.outline.items[index];
    if (item === undefined) return false;
    if (item.alias !== undefined) return item.alias === alias;
    return item.kind === 'relation' && walker.outline.relations[item.relation]?.name === alias;
  });
}

function walkInto(walker: Walker, into: Body | undefined, place: Place): void {
  if (into === undefined) return;
  walker.visited.add(into);
  walker.trait('select_into');
  // It stands in the leftmost query of a set operation, and the rows are those of all of it.
  walker.into = walkIntoRelation(walker, into, place);
}

/** The table that CREATE TABLE AS and SELECT INTO make. */
export function walkIntoRelation(walker: Walker, into: Body, place: Place): Walker['into'] {
  walker.visited.add(into);
  walker.outline.defines = true;
  walker.writes();
  const relation = bodyOf(into['rel']);
  if (relation === undefined) {
    walker.unknown('unknown_node:IntoClause');
    return undefined;
  }
  const made = walker.relation(relation, 'define', { made: true });
  for (const option of listOf(into['options'])) {
    const body = bodyOf(option, 'DefElem');
    if (body === undefined) continue;
    walker.visited.add(body);
    walkExpression(walker, body['arg'], place);
  }
  return { relation: made, columns: namesOf(into['colNames']) };
}

function walkLocking(walker: Walker, list: unknown): void {
  for (const entry of listOf(list)) {
    const clause = bodyOf(entry, 'LockingClause');
    if (clause === undefined) continue;
    walker.visited.add(clause);
    walker.trait('for_update');
    walker.writes();
    // These name items of FROM, not relations of their own.
    for (const range of listOf(clause['lockedRels'])) {
      const body = bodyOf(range);
      if (body !== undefined) walker.visited.add(body);
    }
  }
}

/** WITH: binds its names, and walks each query. Returns what is visible after it. */
export function walkWith(walker: Walker, value: unknown, outer: Place): CteBinding | undefined {
  const clause = bodyOf(value);
  if (clause === undefined) return outer.ctes;
  walker.visited.add(clause);
  const list = listOf(clause['ctes']).map((entry) => bodyOf(entry, 'CommonTableExpr') ?? {});
  let visible = outer.ctes;
  const bind = (body: Body): { index: number } => {
    const index = walker.outline.ctes.push({ query: undefined, columns: [], opaque: true, added: [] }) - 1;
    visible = { name: textOf(body['ctename']) ?? '', cte: index, next: visible };
    return { index };
  };
  const recursive = clause['recursive'] === true;
  // With RECURSIVE each query sees every name, its own among them.
  const bound = recursive ? list.map(bind) : [];
  list.forEach((body, position) => {
    walker.visited.add(body);
    const place: Place = { ...outer, ctes: visible };
    const statement = nodeOf(body['ctequery']);
    if (statement !== undefined && statement.kind !== 'SelectStmt') walker.trait('writable_cte');
    const query =
      statement?.kind === 'SelectStmt'
        ? walkSelect(walker, statement.body, at(place, place.scope, 'target'))
        : walkDataStatement(walker, body['ctequery'], at(place, place.scope, place.use));
    if (query === undefined) walker.unknown(`unknown_node:${statement?.kind ?? 'ctequery'}`);
    const added: OutlineCte['added'][number][] = [];
    const add = (name: unknown, of: unknown): number =>
      added.push({ name: textOf(name) ?? '', of: namesOf(of) });
    const search = bodyOf(body['search_clause']);
    const cycle = bodyOf(body['cycle_clause']);
    if (search !== undefined) add(search['search_seq_column'], search['search_col_list']);
    if (cycle !== undefined) {
      add(cycle['cycle_mark_column'], cycle['cycle_col_list']);
      add(cycle['cycle_path_column'], cycle['cycle_col_list']);
      walkExpression(walker, cycle['cycle_mark_value'], at(place, place.scope, place.use));
      walkExpression(walker, cycle['cycle_mark_default'], at(place, place.scope, place.use));
      walker.visited.add(cycle);
      if (typeof query === 'number') noteCycle(walker, query, cycle, namesOf(body['aliascolnames']));
    }
    const finished: OutlineCte = {
      query: query === 'none' ? undefined : query,
      columns: namesOf(body['aliascolnames']),
      opaque: false,
      added,
    };
    const index = (bound[position] ?? bind(body)).index;
    walker.outline.ctes[index] = finished;
  });
  return visible;
}

/** CYCLE compares its columns with those of the rows before: which rows there are depends on them. */
function noteCycle(walker: Walker, query: number, cycle: Body, names: readonly string[]): void {
  for (const name of namesOf(cycle['cycle_col_list'])) {
    const index = names.indexOf(name);
    walker.outline.sorts.push({
      query,
      name: index < 0 ? name : undefined,
      place: index < 0 ? undefined : index + 1,
      contexts: SET_OPERATION,
    });
  }
}
