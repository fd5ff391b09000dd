/**
 * The walk over data changes: INSERT, UPDATE, DELETE and MERGE. The target is a relation whatever CTE has its name
 * (parse_clause.c setTargetTable).
 */
import { type Body, bodyOf, listOf, nodeOf, textOf } from './ast.ts';
import { isConstantFilter } from './constant-filter.ts';
import { context } from './lineage/use-contexts.ts';
import type { Ingredient } from './outline.ts';
import { aliasOf, DERIVED, type Place, type Walker } from './walker.ts';
import { walkData, walkExpression } from './walk-expression.ts';
import { both, type From, NOTHING, walkFrom, walkFromItem } from './walk-from.ts';
import { at, walkSelect, walkTargets, walkWith } from './walk-query.ts';

const WHERE = context('where');
const JOIN = context('join');
const RETURNING = context('returning');
const INSERT_SOURCE = context('insert_source');
const UPDATE_SOURCE = context('update_source');
const ON_CONFLICT = context('on_conflict');

interface Target {
  readonly item: number;
  readonly alias: string | undefined;
  /** The first of the flows into it. */
  readonly flowsFrom: number;
  /** Of the outline. */
  readonly relation: number;
  readonly from: From;
}

function walkTarget(walker: Walker, value: unknown, descends = true): Target {
  const body = bodyOf(value) ?? {};
  const { alias, columns } = aliasOf(bodyOf(body['alias']));
  const relation = walker.relation(body, 'write', descends ? {} : { descends: false });
  walker.writes();
  const item = walker.item({ kind: 'relation', relation, alias, columns, hidden: false });
  const flowsFrom = walker.outline.flows.length;
  return { item, alias, flowsFrom, relation, from: { items: [item], trees: [item] } };
}

/** RETURNING, with the aliases of OLD and NEW, as a query of its own. */
function walkReturning(
  walker: Walker,
  value: unknown,
  target: Target,
  from: From,
  place: Place,
): number | 'none' {
  const clause = bodyOf(value);
  if (clause === undefined) return 'none';
  const query = walker.query();
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
  // The row as it is now, with what the statement has put into it; OLD is the row as it was.
  const { relation, alias, flowsFrom } = target;
  const written = [flowsFrom, walker.outline.flows.length] as const;
  const now = walker.item({ kind: 'relation', relation, alias, columns: [], hidden: false, written });
  const hidden = (
    [
      [old, target.item],
      [current, now],
    ] as const
  ).map(([name, row]) =>
    walker.item({
      kind: 'join',
      alias: name,
      members: [row],
      tree: row,
      mergedOnly: false,
      columns: [],
      hidden: true,
    }),
  );
  const items = from.items.map((item) => (item === target.item ? now : item));
  const trees = from.trees.map((tree) => (tree === target.item ? now : tree));
  const scope = walker.scope([...items, ...hidden], place.scope, trees);
  const outputs = walkTargets(walker, clause['exprs'], at(place, scope, 'target', RETURNING), items);
  return query.finish({ outputs });
}

/** SET's target columns and their values. */
function walkAssignments(walker: Walker, list: unknown, target: Target, outer: Place): void {
  const place = at(outer, outer.scope, 'other', UPDATE_SOURCE);
  for (const entry of listOf(list)) {
    const assignment = bodyOf(entry, 'ResTarget');
    if (assignment === undefined) {
      walker.unknown('unknown_node:SET');
      continue;
    }
    walker.visited.add(assignment);
    walker.column(place, [textOf(assignment['name']) ?? ''], { item: target.item, use: 'write' });
    const from: Ingredient[] = [];
    walkSubscripts(walker, assignment, { ...place, made: from });
    // A part of an array or a composite is not the column itself.
    const whole = listOf(assignment['indirection']).length === 0;
    walkAssigned(walker, assignment['val'], {
      ...place,
      made: from,
      derivation: whole ? 'plain' : 'derived',
    });
    const column = textOf(assignment['name']) ?? '';
    walker.outline.flows.push({ relation: target.relation, column, from });
  }
}

/** Subscripts of a column that is written to: an array keeps them as its bounds, JSON as its keys. */
function walkSubscripts(walker: Walker, target: Body, place: Place): void {
  for (const part of listOf(target['indirection'])) {
    if (nodeOf(part)?.kind === 'A_Indices') walkExpression(walker, part, { ...place, derivation: 'derived' });
  }
}

/** Those of a column that INSERT lists: they go where its value goes. */
function walkListedSubscripts(walker: Walker, listed: Body, relation: number, place: Place): void {
  const from: Ingredient[] = [];
  walkSubscripts(walker, listed, { ...place, made: from });
  const column = textOf(listed['name']) ?? '';
  if (from.length > 0) walker.outline.flows.push({ relation, column, from });
}

/** A value of SET; of `(a, b) = (x, y)` each column has its own. */
function walkAssigned(walker: Walker, value: unknown, place: Place): void {
  const multiple = nodeOf(value);
  const row = nodeOf(multiple?.body['source']);
  if (multiple?.kind !== 'MultiAssignRef' || row?.kind !== 'RowExpr')
    return walkData(walker, value, place, true);
  walker.visited.add(multiple.body);
  walker.visited.add(row.body);
  listOf(row.body['args']).forEach((arg, index) => {
    const own = index + 1 === multiple.body['colno'];
    walkExpression(walker, arg, own ? place : { ...place, made: undefined });
  });
}

export function walkInsert(walker: Walker, insert: Body, outer: Place): number | 'none' {
  walker.visited.add(insert);
  walker.verb('INSERT');
  const place: Place = { ...outer, ctes: walkWith(walker, insert['withClause'], outer) };
  // Rows go into the named table alone.
  const target = walkTarget(walker, insert['relation'], false);
  const columns = listOf(insert['cols']);
  const names: string[] = [];
  for (const column of columns) {
    const body = bodyOf(column, 'ResTarget') ?? {};
    walker.visited.add(body);
    names.push(textOf(body['name']) ?? '');
    walker.column(place, [textOf(body['name']) ?? ''], { item: target.item, use: 'write' });
    walkListedSubscripts(walker, body, target.relation, at(place, place.scope, place.use, INSERT_SOURCE));
  }
  if (columns.length === 0) walker.column(place, [], { star: true, item: target.item, use: 'write' });
  let flow: number | undefined;
  if (insert['selectStmt'] !== undefined) {
    // Values that are written are no output of the statement.
    const select = bodyOf(insert['selectStmt'], 'SelectStmt');
    const query = walkSelect(walker, select, at(place, place.scope, place.use, INSERT_SOURCE));
    if (select === undefined) walker.unknown('unknown_node:InsertStmt');
    const written = columns.length === 0 ? undefined : names;
    flow = walker.outline.flows.push({ relation: target.relation, columns: written, query }) - 1;
  }
  const conflict = bodyOf(insert['onConflictClause']);
  if (conflict !== undefined) walkConflict(walker, conflict, target, flow, place);
  return walkReturning(walker, insert['returningClause'], target, target.from, place);
}

function walkConflict(
  walker: Walker,
  conflict: Body,
  target: Target,
  flow: number | undefined,
  place: Place,
): void {
  walker.visited.add(conflict);
  walker.trait('on_conflict');
  const excluded = walker.item({
    ...DERIVED,
    alias: 'excluded',
    outputs: [{ star: [target.item], reference: undefined }],
    excluded: { item: target.item, flow },
    hidden: true,
  });
  const { items } = target.from;
  const inferred = at(place, walker.scope(items, place.scope), 'filter', ON_CONFLICT);
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
  const scope = walker.scope([...items, excluded], place.scope);
  walkAssignments(walker, conflict['targetList'], target, at(place, scope, 'other'));
  walkExpression(walker, conflict['whereClause'], at(place, scope, 'filter', WHERE));
}

/** WHERE of a change, remembered so that one which names no row of the target can be told. */
function walkFilter(walker: Walker, value: unknown, target: Target, place: Place): void {
  const from = walker.outline.columns.length;
  walkExpression(walker, value, at(place, place.scope, 'filter', WHERE));
  if (walker.deferred > 0) return;
  walker.outline.filters.push({
    item: target.item,
    constant: isConstantFilter(value),
    columnsFrom: namesCursor(value) ? -1 : from,
    columnsTo: walker.outline.columns.length,
  });
}

const namesCursor = (value: unknown): boolean => nodeOf(value)?.kind === 'CurrentOfExpr';

export function walkUpdate(walker: Walker, update: Body, outer: Place): number | 'none' {
  walker.visited.add(update);
  walker.verb('UPDATE');
  const place: Place = { ...outer, ctes: walkWith(walker, update['withClause'], outer) };
  const target = walkTarget(walker, update['relation']);
  const from = both(target.from, walkFrom(walker, update['fromClause'], place, target.from));
  const scope = at(place, walker.scope(from.items, outer.scope, from.trees), 'other');
  walkAssignments(walker, update['targetList'], target, scope);
  walkFilter(walker, update['whereClause'], target, scope);
  return walkReturning(walker, update['returningClause'], target, from, place);
}

export function walkDelete(walker: Walker, statement: Body, outer: Place): number | 'none' {
  walker.visited.add(statement);
  walker.verb('DELETE');
  const place: Place = { ...outer, ctes: walkWith(walker, statement['withClause'], outer) };
  const target = walkTarget(walker, statement['relation']);
  const from = both(target.from, walkFrom(walker, statement['usingClause'], place, target.from));
  const scope = at(place, walker.scope(from.items, outer.scope, from.trees), 'other');
  walkFilter(walker, statement['whereClause'], target, scope);
  return walkReturning(walker, statement['returningClause'], target, from, place);
}

const MERGE_VERBS: Readonly<Record<string, string | undefined>> = {
  CMD_UPDATE: 'UPDATE',
  CMD_DELETE: 'DELETE',
  CMD_INSERT: 'INSERT',
};

export function walkMerge(walker: Walker, merge: Body, outer: Place): number | 'none' {
  walker.visited.add(merge);
  walker.verb('MERGE');
  const place: Place = { ...outer, ctes: walkWith(walker, merge['withClause'], outer) };
  const target = walkTarget(walker, merge['relation']);
  const source = walkFromItem(walker, merge['sourceRelation'], place, NOTHING);
  const from = both(target.from, source);
  const scope = at(place, walker.scope(from.items, outer.scope, from.trees), 'other');
  const joinFrom = walker.outline.columns.length;
  walkExpression(walker, merge['joinCondition'], at(scope, scope.scope, 'filter', JOIN));
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
    const columnsFrom = walker.outline.columns.length;
    walkExpression(walker, clause['condition'], at(scope, scope.scope, 'filter', WHERE));
    if (walker.deferred === 0 && (verb === 'UPDATE' || verb === 'DELETE')) {
      const constant = isConstantFilter(clause['condition']);
      const joined =
        clause['matchKind'] === 'MERGE_WHEN_MATCHED' && !isConstantFilter(merge['joinCondition']);
      walker.outline.filters.push({
        item: target.item,
        constant: constant && !joined,
        columnsFrom: joined ? joinFrom : columnsFrom,
        columnsTo: joined
          ? Math.max(joinTo, constant ? joinTo : walker.outline.columns.length)
          : walker.outline.columns.length,
      });
    }
    if (verb === 'INSERT') walkMergeInsert(walker, clause, target, scope);
    else walkAssignments(walker, clause['targetList'], target, scope);
  }
  // PostgreSQL lists the source's columns before the target's (parse_merge.c).
  return walkReturning(walker, merge['returningClause'], target, both(source, target.from), place);
}

function walkMergeInsert(walker: Walker, clause: Body, target: Target, outer: Place): void {
  const place = at(outer, outer.scope, 'other', INSERT_SOURCE);
  const columns = listOf(clause['targetList']);
  const names = columns.map((column) => {
    const body = bodyOf(column, 'ResTarget') ?? {};
    walker.visited.add(body);
    walker.column(place, [textOf(body['name']) ?? ''], { item: target.item, use: 'write' });
    walkListedSubscripts(walker, body, target.relation, place);
    return textOf(body['name']) ?? '';
  });
  if (columns.length === 0) walker.column(place, [], { star: true, item: target.item, use: 'write' });
  const query = walker.query();
  const outputs = listOf(clause['values']).map((value) => {
    const from: Ingredient[] = [];
    walkData(walker, value, { ...place, made: from });
    return { name: '', from };
  });
  walker.outline.flows.push({
    relation: target.relation,
    columns: columns.length === 0 ? undefined : names,
    query: query.finish({ outputs }),
  });
}
