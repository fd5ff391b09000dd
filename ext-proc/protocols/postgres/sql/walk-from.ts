/**
 * The walk over FROM: which names stand for what, and what each item may see. PostgreSQL's parse_clause.c
 * transformFromClauseItem: a subquery sees its left neighbours only with LATERAL, a function always, and a join's
 * ON sees that join's own two sides and nothing beside them.
 */
import { type Body, bodyOf, listOf, namesOf, nodeOf, textOf } from './ast.ts';
import type { Output } from './outline.ts';
import { aliasOf, type CteBinding, named, type Place, type Walker } from './walker.ts';
import { columnParts, walkExpression, walkList, walkType } from './walk-expression.ts';
import { walkSelect } from './walk-query.ts';

/** Walks a FROM list and returns its visible items. */
export function walkFrom(
  walker: Walker,
  nodes: unknown,
  outer: Place,
  left: readonly number[] = [],
): number[] {
  const items: number[] = [];
  for (const node of listOf(nodes)) items.push(...walkFromItem(walker, node, outer, [...left, ...items]));
  return items;
}

export function walkFromItem(
  walker: Walker,
  value: unknown,
  outer: Place,
  left: readonly number[],
): number[] {
  const node = nodeOf(value);
  if (node === undefined) {
    walker.unknown('unknown_node:FROM');
    return [];
  }
  const { kind, body } = node;
  walker.visited.add(body);
  const lateral: Place = { ...outer, scope: walker.scope(left, outer.scope), use: 'other' };
  const alias = aliasOf(bodyOf(body['alias']));
  switch (kind) {
    case 'RangeVar':
      return [walkRange(walker, body, outer.ctes)];
    case 'RangeSubselect': {
      const outputs = walkSelect(
        walker,
        bodyOf(body['subquery']),
        body['lateral'] === true ? lateral : outer,
      );
      return [walker.item({ kind: 'derived', ...alias, outputs, opaque: false, hidden: false })];
    }
    case 'RangeFunction':
      return [walkRangeFunction(walker, body, lateral)];
    case 'JoinExpr':
      return walkJoin(walker, body, outer, left);
    case 'RangeTableSample': {
      walker.function(namesOf(body['method']));
      walkList(walker, body['args'], lateral);
      walkExpression(walker, body['repeatable'], lateral);
      return walkFromItem(walker, body['relation'], outer, left);
    }
    case 'RangeTableFunc': {
      walkExpression(walker, body['docexpr'], lateral);
      walkExpression(walker, body['rowexpr'], lateral);
      walkList(walker, body['namespaces'], lateral);
      const outputs = listOf(body['columns']).map((column) =>
        walkTableFunctionColumn(walker, column, lateral),
      );
      return [walker.item({ kind: 'derived', ...alias, outputs, opaque: false, hidden: false })];
    }
    case 'JsonTable': {
      walker.function(['json_table'], 170_000);
      for (const key of ['context_item', 'pathspec', 'on_error']) walkExpression(walker, body[key], lateral);
      walkList(walker, body['passing'], lateral);
      const outputs = named(walkJsonColumns(walker, body['columns'], lateral));
      return [walker.item({ kind: 'derived', ...alias, outputs, opaque: false, hidden: false })];
    }
    default:
      walker.unknown(`unknown_node:${kind}`);
      return [];
  }
}

/** A RangeVar that is read: a CTE where one of that name is visible, else a relation. */
function walkRange(walker: Walker, body: Body, ctes: CteBinding | undefined): number {
  const { alias, columns } = aliasOf(bodyOf(body['alias']));
  const name = textOf(body['relname']) ?? '';
  if (body['schemaname'] === undefined && body['catalogname'] === undefined) {
    for (let binding = ctes; binding !== undefined; binding = binding.next) {
      if (binding.name !== name) continue;
      walker.visited.add(body);
      return walker.item({ kind: 'cte', cte: binding.cte, alias: alias ?? name, columns, hidden: false });
    }
  }
  return walker.item({
    kind: 'relation',
    relation: walker.relation(body, 'read'),
    alias,
    columns,
    hidden: false,
  });
}

function walkRangeFunction(walker: Walker, body: Body, lateral: Place): number {
  const { alias, columns } = aliasOf(bodyOf(body['alias']));
  const outputs: Output[] = [];
  const defined = listOf(body['coldeflist']);
  const functions = listOf(body['functions']);
  let declared = defined.length > 0;
  outputs.push(...named(walkColumnDefinitions(walker, defined)));
  let functionName: string | undefined;
  for (const item of functions) {
    const list = listOf(nodeOf(item)?.body['items']);
    const call = nodeOf(list[0]);
    if (call === undefined) walker.unknown('unknown_node:RangeFunction');
    walkExpression(walker, list[0], lateral);
    functionName ??= call?.kind === 'FuncCall' ? namesOf(call.body['funcname']).at(-1) : undefined;
    const definitions = nodeOf(list[1]);
    if (definitions?.kind === 'List') {
      outputs.push(...named(walkColumnDefinitions(walker, listOf(definitions.body['items']))));
      declared = declared || functions.length === 1;
    }
  }
  if (!declared) {
    // A function of one scalar gives a column named as its alias, or as itself.
    const name = alias ?? functionName;
    if (name !== undefined) outputs.push({ name });
  }
  if (body['ordinality'] === true) outputs.push({ name: 'ordinality' });
  return walker.item({
    kind: 'derived',
    alias: alias ?? functionName,
    outputs: declared ? outputs : [...outputs, ...named(columns)],
    columns: declared ? columns : [],
    opaque: !declared,
    hidden: false,
  });
}

function walkColumnDefinitions(walker: Walker, definitions: readonly unknown[]): string[] {
  return definitions.map((definition) => {
    const body = bodyOf(definition) ?? {};
    walker.visited.add(body);
    walkType(walker, bodyOf(body['typeName']));
    return textOf(body['colname']) ?? '';
  });
}

function walkTableFunctionColumn(walker: Walker, value: unknown, place: Place): Output {
  const body = bodyOf(value) ?? {};
  walker.visited.add(body);
  walkType(walker, bodyOf(body['typeName']));
  walkExpression(walker, body['colexpr'], place);
  walkExpression(walker, body['coldefexpr'], place);
  return { name: textOf(body['colname']) ?? '' };
}

function walkJsonColumns(walker: Walker, columns: unknown, place: Place): string[] {
  const names: string[] = [];
  for (const column of listOf(columns)) {
    const body = bodyOf(column, 'JsonTableColumn');
    if (body === undefined) {
      walker.unknown('unknown_node:JsonTableColumn');
      continue;
    }
    walker.visited.add(body);
    walkType(walker, bodyOf(body['typeName']));
    for (const key of ['pathspec', 'on_empty', 'on_error']) walkExpression(walker, body[key], place);
    const name = textOf(body['name']);
    if (body['coltype'] === 'JTC_NESTED') names.push(...walkJsonColumns(walker, body['columns'], place));
    else if (name !== undefined) names.push(name);
  }
  return names;
}

function walkJoin(walker: Walker, body: Body, outer: Place, left: readonly number[]): number[] {
  const larg = walkFromItem(walker, body['larg'], outer, left);
  const rarg = walkFromItem(walker, body['rarg'], outer, [...left, ...larg]);
  const members = [...larg, ...rarg];
  const on: Place = { ...outer, scope: walker.scope(members, outer.scope), use: 'filter' };
  walkExpression(walker, body['quals'], on);
  const using = namesOf(body['usingClause']);
  for (const name of using) {
    walker.column({ ...on, scope: walker.scope(larg, outer.scope) }, [name]);
    walker.column({ ...on, scope: walker.scope(rarg, outer.scope) }, [name]);
  }
  // `*` over a join with merged columns has them first and once: their order is not told here.
  const merged = using.length > 0 || body['isNatural'] === true;
  if (merged) walker.trait('merged_join');
  const usingAlias = aliasOf(bodyOf(body['join_using_alias'])).alias;
  const alias = bodyOf(body['alias']);
  const items = [...members];
  if (usingAlias !== undefined) {
    items.push(walker.item({ kind: 'join', alias: usingAlias, members, columns: [], hidden: true }));
  }
  if (alias === undefined) return items;
  const { alias: name, columns } = aliasOf(alias);
  if (merged && columns.length > 0) walker.unknown('unresolved_column');
  const join = walker.item({ kind: 'join', alias: name ?? '', members, columns, hidden: false });
  return usingAlias === undefined ? [join] : [join, items.at(-1) as number];
}

/** The single bare name of a ColumnRef, for ORDER BY and GROUP BY. */
export function bareName(value: unknown): string | undefined {
  const node = nodeOf(value);
  if (node?.kind !== 'ColumnRef') return undefined;
  const { parts, star } = columnParts(node.body);
  return !star && parts.length === 1 ? parts[0] : undefined;
}
