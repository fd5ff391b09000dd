/**
 * The walk over expressions: notes columns, functions, operators, types and subqueries. Every kind of node that
 * PostgreSQL's grammar can produce in an expression is named here; another makes the statement unknown.
 */
import { type Body, bodyOf, constantText, listOf, namesOf, nodeOf, stringOf, textOf } from './ast.ts';
import { splitIdentifiers } from './identifiers.ts';
import { type Place, type Walker } from './walker.ts';
import { walkCall } from './walk-call.ts';
import { walkSubquery } from './walk-query.ts';

/** Kinds of which every child is an expression in the same place. */
const GENERIC = new Set([
  'BoolExpr',
  'CollateClause',
  'A_Indices',
  'A_ArrayExpr',
  'ResTarget',
  'MultiAssignRef',
  'SortBy',
  'WindowDef',
  'CaseExpr',
  'CaseWhen',
  'RowExpr',
  'CoalesceExpr',
  'MinMaxExpr',
  'XmlExpr',
  'XmlSerialize',
  'BooleanTest',
  'GroupingFunc',
  'GroupingSet',
  'NamedArgExpr',
  'List',
  'JsonValueExpr',
  'JsonKeyValue',
  'JsonBehavior',
  'JsonArgument',
  'JsonOutput',
  'JsonTablePathSpec',
  'JsonFormat',
  'JsonReturning',
  'SetToDefault',
  'CurrentOfExpr',
  'SQLValueFunction',
  'ParamRef',
  'A_Star',
  'MergeSupportFunc',
  'JsonAggConstructor',
  'JsonIsPredicate',
  'String',
  'Boolean',
  'Float',
  'BitString',
]);

/** Grammar that an older server reads as a call of a function of this name, with the version that made it grammar. */
const KEYWORD_FUNCTIONS: Readonly<Record<string, readonly [name: string, since: number]>> = {
  JsonParseExpr: ['json', 170_000],
  JsonScalarExpr: ['json_scalar', 170_000],
  JsonSerializeExpr: ['json_serialize', 170_000],
  JsonObjectConstructor: ['json_object', 160_000],
  JsonArrayConstructor: ['json_array', 160_000],
  JsonArrayQueryConstructor: ['json_array', 160_000],
  JsonObjectAgg: ['json_objectagg', 160_000],
  JsonArrayAgg: ['json_arrayagg', 160_000],
  MergeSupportFunc: ['merge_action', 170_000],
};
const JSON_FUNCTIONS: Readonly<Record<string, string>> = {
  JSON_EXISTS_OP: 'json_exists',
  JSON_QUERY_OP: 'json_query',
  JSON_VALUE_OP: 'json_value',
  JSON_TABLE_OP: 'json_table',
};

const REGISTERED_TYPES = new Set(['regclass', 'regproc', 'regprocedure']);

export function walkExpression(walker: Walker, value: unknown, place: Place): void {
  if (value === undefined || value === null) return;
  const node = nodeOf(value);
  if (node === undefined) {
    // A body without its kind, or the empty object that stands for a null member of a list.
    const body = bodyOf(value);
    if (body !== undefined && Object.keys(body).length > 0) walkChildren(walker, body, place);
    return;
  }
  const { kind, body } = node;
  walker.visited.add(body);
  switch (kind) {
    case 'A_Const':
      if (body['ival'] !== undefined || body['fval'] !== undefined) walker.outline.constantsMatter = true;
      return;
    case 'Integer':
      walker.outline.constantsMatter = true;
      return;
    case 'ColumnRef':
      return walkColumn(walker, body, place);
    case 'A_Expr':
      return walkOperator(walker, body, place);
    case 'TypeCast':
      return walkCast(walker, body, place);
    case 'TypeName':
      return walkType(walker, body);
    case 'FuncCall':
      return walkCall(walker, body, place);
    case 'SubLink':
      walkExpression(walker, body['testexpr'], place);
      if (body['operName'] !== undefined) walker.operator(namesOf(body['operName']));
      walkSubquery(walker, body['subselect'], place);
      return;
    case 'SelectStmt':
      walkSubquery(walker, value, place);
      return;
    case 'A_Indirection':
      return walkIndirection(walker, body, place);
    case 'JsonFuncExpr': {
      const name = JSON_FUNCTIONS[textOf(body['op']) ?? ''];
      if (name === undefined) walker.unknown('unknown_node:JsonFuncExpr');
      else walker.function([name], 170_000);
      return walkChildren(walker, body, place);
    }
    case 'NullTest':
      if (isComposed(body['arg'])) walker.outline.constantsMatter = true;
      return walkExpression(walker, body['arg'], place);
    case 'SortBy':
      if (body['useOp'] !== undefined) walker.operator(namesOf(body['useOp']));
      return walkExpression(walker, body['node'], place);
    default: {
      const keyword = KEYWORD_FUNCTIONS[kind];
      if (keyword !== undefined) walker.function([keyword[0]], keyword[1]);
      else if (!GENERIC.has(kind)) walker.unknown(`unknown_node:${kind}`);
      return walkChildren(walker, body, place);
    }
  }
}

export function walkList(walker: Walker, values: unknown, place: Place): void {
  for (const value of listOf(values)) walkExpression(walker, value, place);
}

function walkChildren(walker: Walker, body: Body, place: Place): void {
  walker.visited.add(body);
  for (const key in body) {
    const child = body[key];
    if (typeof child !== 'object' || child === null) continue;
    if (key === 'typeName') walkType(walker, bodyOf(child));
    else if (Array.isArray(child)) walkList(walker, child, place);
    else walkExpression(walker, child, place);
  }
}

/** A ColumnRef's parts, and whether it ends in `*`. */
export function columnParts(body: Body): { parts: string[]; star: boolean } {
  const parts: string[] = [];
  let star = false;
  for (const field of listOf(body['fields'])) {
    const name = stringOf(field);
    if (name !== undefined) parts.push(name);
    else if (nodeOf(field)?.kind === 'A_Star') star = true;
  }
  return { parts, star };
}

function walkColumn(walker: Walker, body: Body, place: Place): void {
  for (const field of listOf(body['fields'])) {
    const kind = nodeOf(field)?.kind;
    if (kind !== 'String' && kind !== 'A_Star') walker.unknown(`unknown_node:ColumnRef.${kind}`);
  }
  const { parts, star } = columnParts(body);
  walker.column(place, parts, { star });
}

/** An integer constant, or a list of them, whose value cannot change what the statement does to which objects. */
function isPlainInteger(value: unknown): boolean {
  const node = nodeOf(value);
  if (node?.kind === 'A_Const') return node.body['ival'] !== undefined;
  if (node?.kind !== 'List') return false;
  return listOf(node.body['items']).every((item) => nodeOf(item)?.kind === 'A_Const' && isPlainInteger(item));
}

/** Walks a value where a plain integer is data: a target, a row of VALUES, LIMIT. */
export function walkData(walker: Walker, value: unknown, place: Place, arithmetic = false): void {
  const node = nodeOf(value);
  if (isPlainInteger(value)) {
    markConstants(walker, value);
    return;
  }
  if (arithmetic && node?.kind === 'A_Expr' && node.body['kind'] === 'AEXPR_OP') {
    const { lexpr, rexpr } = node.body;
    if (nodeOf(lexpr)?.kind === 'ColumnRef' && nodeOf(rexpr)?.kind === 'A_Const' && isPlainInteger(rexpr)) {
      walker.visited.add(node.body);
      walker.operator(namesOf(node.body['name']));
      walkExpression(walker, lexpr, place);
      markConstants(walker, rexpr);
      return;
    }
  }
  walkExpression(walker, value, place);
}

function markConstants(walker: Walker, value: unknown): void {
  const node = nodeOf(value);
  if (node === undefined) return;
  walker.visited.add(node.body);
  for (const item of listOf(node.body['items'])) markConstants(walker, item);
}

function walkOperator(walker: Walker, body: Body, place: Place): void {
  const kind = textOf(body['kind']);
  const { lexpr, rexpr } = body;
  // The names of BETWEEN and its like are words of the grammar; the operators behind are found by name all the same.
  if (kind?.includes('BETWEEN') === true) {
    walker.operator(['<=']);
    walker.operator(['>=']);
    if (kind.includes('NOT') || kind.includes('SYM')) {
      walker.operator(['<']);
      walker.operator(['>']);
    }
  } else {
    walker.operator(namesOf(body['name']));
  }
  const column = nodeOf(lexpr)?.kind === 'ColumnRef';
  // Whether two sides are the same (`isConstantFilter`) may hang on the constants in them.
  if (isComposed(lexpr) && isComposed(rexpr)) walker.outline.constantsMatter = true;
  walkExpression(walker, lexpr, place);
  if (column && isPlainInteger(rexpr)) markConstants(walker, rexpr);
  else walkExpression(walker, rexpr, place);
}

const LEAVES = new Set(['ColumnRef', 'A_Const', 'ParamRef', 'List']);
const isComposed = (value: unknown): boolean => {
  const kind = nodeOf(value)?.kind;
  return kind !== undefined && !LEAVES.has(kind);
};

/** Notes a type; sizes in it (`varchar(10)`) are walked as expressions, which they may be. */
export function walkType(walker: Walker, body: Body | undefined): void {
  if (body === undefined) return;
  walker.visited.add(body);
  const names = namesOf(body['names']);
  if (names.length > 0) walker.outline.types.push({ schema: names.at(-2), name: names.at(-1) ?? '' });
  if (body['pct_type'] === true) walker.relationByName(names.slice(0, -1), 'read');
  for (const bound of [...listOf(body['typmods']), ...listOf(body['arrayBounds'])]) {
    const node = nodeOf(bound);
    if (node === undefined) continue;
    walker.visited.add(node.body);
    // A size may be any expression to the grammar; the server takes constants and bare words only.
    if (node.kind !== 'A_Const' && node.kind !== 'Integer' && node.kind !== 'ColumnRef') {
      walker.unknown(`unknown_node:TypeName.${node.kind}`);
    }
    walker.outline.constantsMatter = true;
  }
}

function walkCast(walker: Walker, body: Body, place: Place): void {
  const type = bodyOf(body['typeName']);
  walkType(walker, type);
  walkExpression(walker, body['arg'], place);
  const name = type === undefined ? undefined : namesOf(type['names']).at(-1);
  if (name === undefined || !REGISTERED_TYPES.has(name)) return;
  const text = constantText(body['arg']);
  if (text === undefined) return walker.trait('dynamic_name');
  if (/^[0-9]+$/.test(text)) return walker.trait('dynamic_name');
  const parts = splitIdentifiers(name === 'regprocedure' ? text.replace(/\(.*$/s, '') : text, '.');
  if (parts === undefined) return walker.unknown('unresolved_name');
  if (name === 'regclass') walker.relationByName(parts, 'read');
  else walker.function(parts);
}

function walkIndirection(walker: Walker, body: Body, place: Place): void {
  walkExpression(walker, body['arg'], place);
  for (const part of listOf(body['indirection'])) {
    const name = stringOf(part);
    if (name !== undefined) walker.outline.fields.push(name);
    else if (nodeOf(part)?.kind === 'A_Star') walker.outline.fields.push('*');
    else walkExpression(walker, part, place);
  }
}
