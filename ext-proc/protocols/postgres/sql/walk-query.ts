/**
 * The walk over queries: SELECT in all its forms, VALUES, set operations, and WITH, whose queries may be data changes
 * (`walk-changes.ts`). A CTE's name hides a table's wherever it is read.
 */
import type { ColumnUse } from '../../../domain/statement.ts';
import { type Body, bodyOf, listOf, namesOf, nodeOf, textOf } from './ast.ts';
import type { OutlineCte, Output } from './outline.ts';
import { outputName } from './output-names.ts';
import { type CteBinding, named, type Place, type Walker } from './walker.ts';
import { columnParts, walkData, walkExpression, walkList } from './walk-expression.ts';
import { walkDelete, walkInsert, walkMerge, walkUpdate } from './walk-changes.ts';
import { bareName, walkFrom } from './walk-from.ts';

/** The same surroundings, in another scope. */
export const at = (place: Place, scope: number, use: ColumnUse['use']): Place => ({ ...place, scope, use });

/** A statement inside an expression, in place of a value. */
export function walkSubquery(walker: Walker, value: unknown, place: Place): void {
  const body = bodyOf(value, 'SelectStmt');
  if (body === undefined) walker.unknown(`unknown_node:SubLink`);
  walkSelect(walker, body, place);
}

/** Walks a data statement by its kind; returns its output columns, or undefined where it is not one. */
export function walkDataStatement(walker: Walker, value: unknown, outer: Place): Output[] | undefined {
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

/** Walks a SELECT, VALUES or set operation; `outer` is what it can see from outside. */
export function walkSelect(walker: Walker, select: Body | undefined, outer: Place): Output[] {
  if (select === undefined) return [];
  walker.visited.add(select);
  const place: Place = { ...outer, ctes: walkWith(walker, select['withClause'], outer) };
  if (select['intoClause'] !== undefined) walkInto(walker, bodyOf(select['intoClause']), place);
  walkLocking(walker, select['lockingClause']);
  if (select['op'] !== undefined && select['op'] !== 'SETOP_NONE') {
    const outputs = walkSelect(walker, bodyOf(select['larg']), place);
    walkSelect(walker, bodyOf(select['rarg']), place);
    const names = outputs.flatMap((output) => ('name' in output ? [output.name] : []));
    // Its ORDER BY may name outputs only; an output behind a `*` is one of its own columns all the same.
    const stars = outputs.flatMap((output) => ('star' in output ? output.star : []));
    const sorted = at(place, walker.scope(stars, outer.scope), 'other');
    walkSorting(walker, select['sortClause'], sorted, 'first', names);
    walkLimit(walker, select, outer, place);
    return outputs;
  }
  if (select['valuesLists'] !== undefined) {
    const rows = listOf(select['valuesLists']);
    const width = listOf(nodeOf(rows[0])?.body['items']).length;
    for (const row of rows) {
      const body = nodeOf(row)?.body;
      if (body !== undefined) walker.visited.add(body);
      for (const value of listOf(body?.['items'])) walkData(walker, value, { ...place, use: 'target' });
    }
    walkSorting(walker, select['sortClause'], place, 'first', columnNames(width));
    walkLimit(walker, select, outer, place);
    return named(columnNames(width));
  }
  const items = walkFrom(walker, select['fromClause'], place);
  const scope = walker.scope(items, outer.scope);
  const outputs = walkTargets(walker, select['targetList'], at(place, scope, 'target'), items);
  const names = outputs.flatMap((output) => ('name' in output ? [output.name] : []));
  walkExpression(walker, select['whereClause'], at(place, scope, 'filter'));
  walkExpression(walker, select['havingClause'], at(place, scope, 'filter'));
  const other = at(place, scope, 'other');
  walkSorting(walker, select['groupClause'], other, 'last', names);
  walkSorting(walker, select['distinctClause'], other, 'first', names);
  walkSorting(walker, select['sortClause'], other, 'first', names);
  walkList(walker, select['windowClause'], other);
  walkLimit(walker, select, outer, place);
  return outputs;
}

const columnNames = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `column${index + 1}`);

function walkLimit(walker: Walker, select: Body, outer: Place, place: Place): void {
  walkData(walker, select['limitCount'], at(place, outer.scope, 'other'));
  walkData(walker, select['limitOffset'], at(place, outer.scope, 'other'));
}

/** ORDER BY, GROUP BY and DISTINCT ON, where a bare name may be an output's. */
function walkSorting(
  walker: Walker,
  list: unknown,
  place: Place,
  outputNames: 'first' | 'last',
  outputs: readonly string[],
): void {
  for (const entry of listOf(list)) {
    const node = nodeOf(entry);
    if (node === undefined) continue;
    const value = node.kind === 'SortBy' ? node.body['node'] : entry;
    const bare = bareName(value);
    if (bare === undefined) {
      walkExpression(walker, entry, place);
      continue;
    }
    walker.visited.add(node.body);
    walker.visited.add((nodeOf(value) as { body: Body }).body);
    if (node.kind === 'SortBy' && node.body['useOp'] !== undefined)
      walker.operator(namesOf(node.body['useOp']));
    walker.column(place, [bare], { outputNames, outputs });
  }
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
    walkData(walker, target['val'], place, true);
    const name = textOf(target['name']);
    if (value?.kind === 'ColumnRef') {
      const { parts, star } = columnParts(value.body);
      if (star) {
        outputs.push({ star: parts.length === 0 ? items : qualified(walker, items, parts.at(-1) as string) });
        continue;
      }
    }
    // `(x).*` gives columns that only the server could count.
    outputs.push(
      value?.kind === 'A_Indirection' && nodeOf(listOf(value.body['indirection']).at(-1))?.kind === 'A_Star'
        ? { star: [] }
        : { name: name ?? outputName(target['val']) },
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
  walkIntoRelation(walker, into, place);
}

/** The table that CREATE TABLE AS and SELECT INTO make. */
export function walkIntoRelation(walker: Walker, into: Body, place: Place): void {
  walker.visited.add(into);
  walker.outline.defines = true;
  walker.writes();
  const relation = bodyOf(into['rel']);
  if (relation === undefined) return walker.unknown('unknown_node:IntoClause');
  walker.relation(relation, 'define', { made: true });
  for (const option of listOf(into['options'])) {
    const body = bodyOf(option, 'DefElem');
    if (body === undefined) continue;
    walker.visited.add(body);
    walkExpression(walker, body['arg'], place);
  }
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
    const index = walker.outline.ctes.push({ outputs: [], columns: [], opaque: true }) - 1;
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
    const outputs =
      statement?.kind === 'SelectStmt'
        ? walkSelect(walker, statement.body, { ...place, use: 'target' })
        : walkDataStatement(walker, body['ctequery'], place);
    if (outputs === undefined) walker.unknown(`unknown_node:${statement?.kind ?? 'ctequery'}`);
    const extra: string[] = [];
    const search = bodyOf(body['search_clause']);
    const cycle = bodyOf(body['cycle_clause']);
    if (search !== undefined) extra.push(textOf(search['search_seq_column']) ?? '');
    if (cycle !== undefined) {
      extra.push(textOf(cycle['cycle_mark_column']) ?? '', textOf(cycle['cycle_path_column']) ?? '');
      walkExpression(walker, cycle['cycle_mark_value'], place);
      walkExpression(walker, cycle['cycle_mark_default'], place);
      walker.visited.add(cycle);
    }
    const finished: OutlineCte = {
      outputs: [...(outputs ?? []), ...named(extra)],
      columns: namesOf(body['aliascolnames']),
      opaque: false,
    };
    const index = (bound[position] ?? bind(body)).index;
    walker.outline.ctes[index] = finished;
  });
  return visible;
}
