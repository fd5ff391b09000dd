/**
 * The walk over FROM: which names stand for what, and what each item may see. PostgreSQL's parse_clause.c
 * transformFromClauseItem: a subquery sees its left neighbours only with LATERAL, a function always, and a join's
 * ON sees that join's own two sides and nothing beside them.
 */
import { type Body, bodyOf, listOf, namesOf, nodeOf, textOf } from './ast.ts';
import { context } from './lineage/use-contexts.ts';
import type { FromTree, Ingredient, OutlineRowsFrom, Output } from './outline.ts';
import { outputName } from './output-names.ts';
import { aliasOf, type CteBinding, DERIVED, named, part, type Place, type Walker } from './walker.ts';
import { columnParts, walkExpression, walkList, walkType } from './walk-expression.ts';
import { at, walkSelect } from './walk-query.ts';

const JOIN = context('join');
const FUNCTION = context('function_argument');

/** Items that are visible together, and how they are joined. */
export interface From {
  readonly items: readonly number[];
  readonly trees: readonly FromTree[];
}

export const NOTHING: From = { items: [], trees: [] };
const single = (item: number): From => ({ items: [item], trees: [item] });
export const both = (left: From, right: From): From => ({
  items: [...left.items, ...right.items],
  trees: [...left.trees, ...right.trees],
});

/** Walks a FROM list and returns its visible items. */
export function walkFrom(walker: Walker, nodes: unknown, outer: Place, left: From = NOTHING): From {
  let from = NOTHING;
  for (const node of listOf(nodes)) from = both(from, walkFromItem(walker, node, outer, both(left, from)));
  return from;
}

export function walkFromItem(walker: Walker, value: unknown, outer: Place, left: From): From {
  const node = nodeOf(value);
  if (node === undefined) {
    walker.unknown('unknown_node:FROM');
    return NOTHING;
  }
  const { kind, body } = node;
  walker.visited.add(body);
  const scope = walker.scope(left.items, outer.scope, left.trees);
  const lateral = at(outer, scope, 'other');
  const alias = aliasOf(bodyOf(body['alias']));
  const derived = (query: number | undefined, outputs: readonly Output[]): From =>
    single(walker.item({ ...DERIVED, ...alias, query, outputs }));
  const argument: Place = { ...lateral, contexts: FUNCTION, derivation: 'derived' };
  switch (kind) {
    case 'RangeVar':
      return single(walkRange(walker, body, outer.ctes));
    case 'RangeSubselect': {
      const seen = at(outer, body['lateral'] === true ? scope : outer.scope, outer.use);
      return derived(walkSelect(walker, bodyOf(body['subquery']), seen), []);
    }
    case 'RangeFunction':
      return single(walkRangeFunction(walker, body, lateral));
    case 'JoinExpr':
      return walkJoin(walker, body, outer, left);
    case 'RangeTableSample': {
      walker.function(namesOf(body['method']));
      walkList(walker, body['args'], argument);
      walkExpression(walker, body['repeatable'], argument);
      return walkFromItem(walker, body['relation'], outer, left);
    }
    case 'RangeTableFunc': {
      const made: Ingredient[] = [];
      const inside: Place = { ...argument, made };
      walkExpression(walker, body['docexpr'], inside);
      walkExpression(walker, body['rowexpr'], inside);
      walkList(walker, body['namespaces'], inside);
      const names = listOf(body['columns']).map((column) => walkTableFunctionColumn(walker, column, inside));
      return derived(
        undefined,
        names.map((name) => ({ name, from: made })),
      );
    }
    case 'JsonTable': {
      const made: Ingredient[] = [];
      const inside: Place = { ...argument, made };
      part(inside, 'call', walker.function(['json_table'], { keywordSince: 170_000, place: inside }));
      for (const key of ['context_item', 'pathspec', 'on_error']) walkExpression(walker, body[key], inside);
      walkList(walker, body['passing'], inside);
      const names = walkJsonColumns(walker, body['columns'], inside);
      return derived(
        undefined,
        names.map((name) => ({ name, from: made })),
      );
    }
    default:
      walker.unknown(`unknown_node:${kind}`);
      return NOTHING;
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
  const calls = listOf(body['functions']);
  const functions: OutlineRowsFrom['functions'][number][] = [];
  let declared = defined.length > 0;
  const definedNames = walkColumnDefinitions(walker, defined);
  outputs.push(...named(definedNames));
  let functionName: string | undefined;
  for (const item of calls) {
    const list = listOf(nodeOf(item)?.body['items']);
    const call = nodeOf(list[0]);
    if (call === undefined) walker.unknown('unknown_node:RangeFunction');
    const from: Ingredient[] = [];
    const first = walker.outline.functions.length;
    walkExpression(walker, list[0], { ...lateral, made: from, derivation: 'derived' });
    const name = call?.kind === 'FuncCall' ? namesOf(call.body['funcname']).at(-1) : undefined;
    functionName ??= name;
    const definitions = nodeOf(list[1]);
    let names = declared ? definedNames : undefined;
    if (definitions?.kind === 'List') {
      names = walkColumnDefinitions(walker, listOf(definitions.body['items']));
      outputs.push(...named(names));
      declared = declared || calls.length === 1;
    }
    const unnested = call?.kind === 'FuncCall' && isUnnest(call.body) ? listOf(call.body['args']) : undefined;
    const rest = { name: name ?? outputName(list[0]) ?? '', from, definitions: names } as const;
    if (unnested === undefined || names !== undefined) {
      const known = call?.kind === 'FuncCall' ? first : undefined;
      functions.push({ ...rest, call: known, unnests: undefined });
    } else {
      // Of several arrays each gives a column of its own (parse_clause.c transformRangeFunction).
      for (const array of unnested) functions.push({ ...rest, call: undefined, unnests: elementsOf(array) });
    }
  }
  if (!declared) {
    // A function of one scalar gives a column named as its alias, or as itself.
    const name = alias ?? functionName;
    if (name !== undefined) outputs.push({ name });
  }
  const ordinality = body['ordinality'] === true;
  if (ordinality) outputs.push({ name: 'ordinality' });
  return walker.item({
    ...DERIVED,
    alias: alias ?? functionName,
    outputs: declared ? outputs : [...outputs, ...named(columns)],
    columns: declared ? columns : [],
    opaque: !declared,
    rows: { functions, ordinality, columns },
  });
}

const isUnnest = (call: Body): boolean => {
  const parts = namesOf(call['funcname']);
  return (
    parts.at(-1) === 'unnest' &&
    (parts.length === 1 || parts[0] === 'pg_catalog') &&
    call['func_variadic'] !== true
  );
};

/** Types that are no rows. */
const SCALAR_TYPES = new Set([
  ...[
    'bool',
    'int2',
    'int4',
    'int8',
    'float4',
    'float8',
    'numeric',
    'text',
    'varchar',
    'bpchar',
    'char',
    'name',
  ],
  ...[
    'uuid',
    'bytea',
    'json',
    'jsonb',
    'date',
    'time',
    'timetz',
    'timestamp',
    'timestamptz',
    'interval',
    'oid',
  ],
  ...['inet', 'cidr', 'macaddr', 'bit', 'varbit', 'xml', 'money'],
]);

/** What unnest makes of an array, as far as its form tells. */
function elementsOf(array: unknown): 'scalar' | 'unknown' {
  const node = nodeOf(array);
  if (node?.kind === 'A_ArrayExpr') {
    const elements = listOf(node.body['elements']);
    return elements.every((element) => nodeOf(element)?.kind === 'A_Const') ? 'scalar' : 'unknown';
  }
  const type = node?.kind === 'TypeCast' ? bodyOf(node.body['typeName']) : undefined;
  const names = namesOf(type?.['names']);
  const own = names.length === 1 || names[0] === 'pg_catalog';
  return own && SCALAR_TYPES.has(names.at(-1) ?? '') ? 'scalar' : 'unknown';
}

function walkColumnDefinitions(walker: Walker, definitions: readonly unknown[]): string[] {
  return definitions.map((definition) => {
    const body = bodyOf(definition) ?? {};
    walker.visited.add(body);
    walkType(walker, bodyOf(body['typeName']));
    return textOf(body['colname']) ?? '';
  });
}

function walkTableFunctionColumn(walker: Walker, value: unknown, place: Place): string {
  const body = bodyOf(value) ?? {};
  walker.visited.add(body);
  walkType(walker, bodyOf(body['typeName']));
  walkExpression(walker, body['colexpr'], place);
  walkExpression(walker, body['coldefexpr'], place);
  return textOf(body['colname']) ?? '';
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

const JOIN_TYPES = {
  JOIN_INNER: 'inner',
  JOIN_LEFT: 'left',
  JOIN_RIGHT: 'right',
  JOIN_FULL: 'full',
} as const;

/** Unknown ones count as FULL, where a merged column is of both sides. */
const joinType = (value: unknown): 'inner' | 'left' | 'right' | 'full' =>
  JOIN_TYPES[value as keyof typeof JOIN_TYPES] ?? 'full';

function walkJoin(walker: Walker, body: Body, outer: Place, left: From): From {
  const larg = walkFromItem(walker, body['larg'], outer, left);
  const rarg = walkFromItem(walker, body['rarg'], outer, both(left, larg));
  const sides = both(larg, rarg);
  const members = sides.items;
  walkExpression(
    walker,
    body['quals'],
    at(outer, walker.scope(members, outer.scope, sides.trees), 'filter', JOIN),
  );
  const using = namesOf(body['usingClause']);
  for (const side of using.length === 0 ? [] : [larg, rarg]) {
    const seen = at(outer, walker.scope(side.items, outer.scope, side.trees), 'filter', JOIN);
    for (const name of using) walker.column(seen, [name]);
  }
  // `*` over a join with merged columns has them first and once: their order is not told here.
  const natural = body['isNatural'] === true;
  const merged = using.length > 0 || natural;
  if (merged) walker.trait('merged_join');
  const tree: FromTree = {
    left: larg.trees[0] ?? NO_ITEM,
    right: rarg.trees[0] ?? NO_ITEM,
    using: natural ? undefined : using,
    natural,
    type: joinType(body['jointype']),
  };
  if (natural) walker.outline.naturals.push(tree);
  const usingAlias = aliasOf(bodyOf(body['join_using_alias'])).alias;
  const alias = bodyOf(body['alias']);
  const join = { kind: 'join', members, tree } as const;
  const hidden =
    usingAlias === undefined
      ? []
      : [walker.item({ ...join, alias: usingAlias, columns: [], hidden: true, mergedOnly: true })];
  if (alias === undefined) return { items: [...members, ...hidden], trees: [tree] };
  const { alias: name, columns } = aliasOf(alias);
  if (merged && columns.length > 0) walker.unknown('unresolved_column');
  const item = walker.item({ ...join, alias: name ?? '', columns, hidden: false, mergedOnly: false });
  return { items: [item, ...hidden], trees: [item] };
}

/** In place of a side that is not understood. */
const NO_ITEM = -1;

/** The single bare name of a ColumnRef, for ORDER BY and GROUP BY. */
export function bareName(value: unknown): string | undefined {
  const node = nodeOf(value);
  if (node?.kind !== 'ColumnRef') return undefined;
  const { parts, star } = columnParts(node.body);
  return !star && parts.length === 1 ? parts[0] : undefined;
}
