/**
 * The walk over data changes: INSERT, UPDATE, DELETE and MERGE. The target is a relation whatever CTE has its name
 * (parse_clause.c setTargetTable).
 */
import { type Body, bodyOf, listOf, nodeOf, textOf } from './ast.ts';
import { isConstantFilter } from './constant-filter.ts';
import type { Output } from './outline.ts';
import { aliasOf, type Place, type Walker } from './walker.ts';
import { walkData, walkExpression, walkList } from './walk-expression.ts';
import { walkFrom, walkFromItem } from './walk-from.ts';
import { at, walkSelect, walkTargets, walkWith } from './walk-query.ts';

interface Target {
  readonly item: number;
  readonly scopeItems: number[];
}

function walkTarget(walker: Walker, value: unknown, descends = true): Target {
  const body = bodyOf(value) ?? {};
  const { alias, columns } = aliasOf(bodyOf(body['alias']));
  const relation = walker.relation(body, 'write', descends ? {} : { descends: false });
  walker.writes();
  const item = walker.item({ kind: 'relation', relation, alias, columns, hidden: false });
  return { item, scopeItems: [item] };
}

/** RETURNING, with the aliases of OLD and NEW. */
function walkReturning(
  walker: Walker,
  value: unknown,
  target: Target,
  items: readonly number[],
  place: Place,
): Output[] {
  const clause = bodyOf(value);
  if (clause === undefined) return [];
  walker.visited.add(clause);
  walker.trait('returning');
  let old = 'old';
  let current = 'new';
  for (const option of listOf(clause['options'])) {
    const body = bodyOf(option, 'ReturningOption');
    if (body === undefined) continue;
    walker.visited.add(body);
    if (body['option'] === 'RETURNING_OPTION_OLD') old = textOf(body['value']) ?? old;
    else current = textOf(body['value']) ?? current;
  }
  const hidden = [old, current].map((alias) =>
    walker.item({ kind: 'join', alias, members: [target.item], columns: [], hidden: true }),
  );
  const scope = walker.scope([...items, ...hidden], place.scope);
  return walkTargets(walker, clause['exprs'], at(place, scope, 'target'), items);
}

/** SET's target columns and their values. */
function walkAssignments(walker: Walker, list: unknown, target: Target, place: Place): void {
  for (const entry of listOf(list)) {
    const assignment = bodyOf(entry, 'ResTarget');
    if (assignment === undefined) {
      walker.unknown('unknown_node:SET');
      continue;
    }
    walker.visited.add(assignment);
    walker.column(place, [textOf(assignment['name']) ?? ''], { item: target.item, use: 'write' });
    for (const part of listOf(assignment['indirection'])) {
      if (nodeOf(part)?.kind === 'A_Indices') walkExpression(walker, part, place);
    }
    walkData(walker, assignment['val'], { ...place, use: 'other' }, true);
  }
}

export function walkInsert(walker: Walker, insert: Body, outer: Place): Output[] {
  walker.visited.add(insert);
  walker.verb('INSERT');
  const place: Place = { ...outer, ctes: walkWith(walker, insert['withClause'], outer) };
  // Rows go into the named table alone.
  const target = walkTarget(walker, insert['relation'], false);
  const columns = listOf(insert['cols']);
  for (const column of columns) {
    const body = bodyOf(column, 'ResTarget') ?? {};
    walker.visited.add(body);
    walker.column(place, [textOf(body['name']) ?? ''], { item: target.item, use: 'write' });
    for (const part of listOf(body['indirection'])) {
      if (nodeOf(part)?.kind === 'A_Indices') walkExpression(walker, part, place);
    }
  }
  if (columns.length === 0) walker.column(place, [], { star: true, item: target.item, use: 'write' });
  if (insert['selectStmt'] !== undefined) {
    // Values that are written are no output of the statement.
    walkSelect(walker, bodyOf(insert['selectStmt'], 'SelectStmt'), place);
    if (bodyOf(insert['selectStmt'], 'SelectStmt') === undefined) walker.unknown('unknown_node:InsertStmt');
  }
  const conflict = bodyOf(insert['onConflictClause']);
  if (conflict !== undefined) walkConflict(walker, conflict, target, place);
  return walkReturning(walker, insert['returningClause'], target, target.scopeItems, place);
}

function walkConflict(walker: Walker, conflict: Body, target: Target, place: Place): void {
  walker.visited.add(conflict);
  walker.trait('on_conflict');
  const excluded = walker.item({
    kind: 'derived',
    alias: 'excluded',
    outputs: [{ star: [target.item] }],
    columns: [],
    opaque: false,
    hidden: true,
  });
  const inferred = at(place, walker.scope(target.scopeItems, place.scope), 'filter');
  const infer = bodyOf(conflict['infer']);
  if (infer !== undefined) {
    walker.visited.add(infer);
    for (const element of listOf(infer['indexElems'])) {
      const body = bodyOf(element, 'IndexElem') ?? {};
      walker.visited.add(body);
      const name = textOf(body['name']);
      if (name !== undefined) walker.column(inferred, [name], { item: target.item });
      walkExpression(walker, body['expr'], inferred);
    }
    walkExpression(walker, infer['whereClause'], inferred);
  }
  if (conflict['action'] !== 'ONCONFLICT_UPDATE') return;
  walker.verb('UPDATE');
  const both = walker.scope([...target.scopeItems, excluded], place.scope);
  walkAssignments(walker, conflict['targetList'], target, at(place, both, 'other'));
  walkExpression(walker, conflict['whereClause'], at(place, both, 'filter'));
}

/** WHERE of a change, remembered so that one which names no row of the target can be told. */
function walkFilter(walker: Walker, value: unknown, target: Target, place: Place): void {
  const from = walker.outline.columns.length;
  walkExpression(walker, value, { ...place, use: 'filter' });
  if (walker.deferred > 0) return;
  walker.outline.filters.push({
    item: target.item,
    constant: isConstantFilter(value),
    columnsFrom: namesCursor(value) ? -1 : from,
    columnsTo: walker.outline.columns.length,
  });
}

const namesCursor = (value: unknown): boolean => nodeOf(value)?.kind === 'CurrentOfExpr';

export function walkUpdate(walker: Walker, update: Body, outer: Place): Output[] {
  walker.visited.add(update);
  walker.verb('UPDATE');
  const place: Place = { ...outer, ctes: walkWith(walker, update['withClause'], outer) };
  const target = walkTarget(walker, update['relation']);
  const items = [...target.scopeItems, ...walkFrom(walker, update['fromClause'], place, target.scopeItems)];
  const scope = at(place, walker.scope(items, outer.scope), 'other');
  walkAssignments(walker, update['targetList'], target, scope);
  walkFilter(walker, update['whereClause'], target, scope);
  return walkReturning(walker, update['returningClause'], target, items, place);
}

export function walkDelete(walker: Walker, statement: Body, outer: Place): Output[] {
  walker.visited.add(statement);
  walker.verb('DELETE');
  const place: Place = { ...outer, ctes: walkWith(walker, statement['withClause'], outer) };
  const target = walkTarget(walker, statement['relation']);
  const items = [
    ...target.scopeItems,
    ...walkFrom(walker, statement['usingClause'], place, target.scopeItems),
  ];
  const scope = at(place, walker.scope(items, outer.scope), 'other');
  walkFilter(walker, statement['whereClause'], target, scope);
  return walkReturning(walker, statement['returningClause'], target, items, place);
}

const MERGE_VERBS: Readonly<Record<string, string | undefined>> = {
  CMD_UPDATE: 'UPDATE',
  CMD_DELETE: 'DELETE',
  CMD_INSERT: 'INSERT',
};

export function walkMerge(walker: Walker, merge: Body, outer: Place): Output[] {
  walker.visited.add(merge);
  walker.verb('MERGE');
  const place: Place = { ...outer, ctes: walkWith(walker, merge['withClause'], outer) };
  const target = walkTarget(walker, merge['relation']);
  const items = [...target.scopeItems, ...walkFromItem(walker, merge['sourceRelation'], place, [])];
  const scope = at(place, walker.scope(items, outer.scope), 'other');
  const joinFrom = walker.outline.columns.length;
  walkExpression(walker, merge['joinCondition'], { ...scope, use: 'filter' });
  const joinTo = walker.outline.columns.length;
  for (const entry of listOf(merge['mergeWhenClauses'])) {
    const clause = bodyOf(entry, 'MergeWhenClause');
    if (clause === undefined) {
      walker.unknown('unknown_node:MergeWhenClause');
      continue;
    }
    walker.visited.add(clause);
    const command = textOf(clause['commandType']) ?? '';
    const verb = MERGE_VERBS[command];
    if (verb !== undefined) walker.verb(verb);
    else if (command !== 'CMD_NOTHING') walker.unknown(`unknown_node:${command}`);
    const from = walker.outline.columns.length;
    walkExpression(walker, clause['condition'], { ...scope, use: 'filter' });
    if (walker.deferred === 0 && (verb === 'UPDATE' || verb === 'DELETE')) {
      const constant = isConstantFilter(clause['condition']);
      const joined =
        clause['matchKind'] === 'MERGE_WHEN_MATCHED' && !isConstantFilter(merge['joinCondition']);
      walker.outline.filters.push({
        item: target.item,
        constant: constant && !joined,
        columnsFrom: joined ? joinFrom : from,
        columnsTo: joined
          ? Math.max(joinTo, constant ? joinTo : walker.outline.columns.length)
          : walker.outline.columns.length,
      });
    }
    if (verb === 'INSERT') walkMergeInsert(walker, clause, target, scope);
    else walkAssignments(walker, clause['targetList'], target, scope);
  }
  return walkReturning(walker, merge['returningClause'], target, items, place);
}

function walkMergeInsert(walker: Walker, clause: Body, target: Target, scope: Place): void {
  const columns = listOf(clause['targetList']);
  for (const column of columns) {
    const body = bodyOf(column, 'ResTarget') ?? {};
    walker.visited.add(body);
    walker.column(scope, [textOf(body['name']) ?? ''], { item: target.item, use: 'write' });
    walkList(walker, body['indirection'], scope);
  }
  if (columns.length === 0) walker.column(scope, [], { star: true, item: target.item, use: 'write' });
  for (const value of listOf(clause['values'])) walkData(walker, value, scope);
}
