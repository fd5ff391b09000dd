/**
 * The walk over expressions: notes columns, functions, operators, types and subqueries. Every kind of node that
 * PostgreSQL's grammar can produce in an expression is named here; another makes the statement unknown.
 */
import { type Body, bodyOf, constantText, listOf, namesOf, nodeOf, stringOf, textOf } from './ast.ts';
import type { Derivation } from '../../../domain/lineage.ts';
import { splitIdentifiers } from './identifiers.ts';
import { context, type Contexts, NO_CONTEXTS } from './lineage/use-contexts.ts';
import { part, type Place, type Walker, within } from './walker.ts';
import { walkCall, walkWindow } from './walk-call.ts';
import { walkSubquery } from './walk-query.ts';

const WINDOW = context('window');
const CAST = context('cast');
const CONDITION = context('condition');
const EXISTS = context('exists');
const EXPRESSION = context('expression');
const OPERATOR = context('operator_argument');
const FUNCTION = context('function_argument');
const AGGREGATE = context('aggregate_argument');

/** Kinds of which every child is an expression in the same place, and what that place makes of a column. */
const GENERIC: Readonly<Record<string, readonly [Derivation, Contexts]>> = {
  BoolExpr: ['derived', OPERATOR],
  CollateClause: ['copied', NO_CONTEXTS],
  A_Indices: ['derived', EXPRESSION],
  A_ArrayExpr: ['derived', EXPRESSION],
  ResTarget: ['plain', NO_CONTEXTS],
  MultiAssignRef: ['derived', NO_CONTEXTS],
  WindowDef: ['plain', NO_CONTEXTS],
  RowExpr: ['derived', EXPRESSION],
  CoalesceExpr: ['derived', EXPRESSION],
  MinMaxExpr: ['derived', OPERATOR],
  XmlExpr: ['derived', FUNCTION],
  XmlSerialize: ['derived', FUNCTION],
  BooleanTest: ['derived', OPERATOR],
  GroupingFunc: ['derived', EXPRESSION],
  GroupingSet: ['plain', NO_CONTEXTS],
  NamedArgExpr: ['plain', NO_CONTEXTS],
  List: ['plain', NO_CONTEXTS],
  JsonValueExpr: ['derived', FUNCTION],
  JsonKeyValue: ['derived', FUNCTION],
  JsonBehavior: ['derived', FUNCTION],
  JsonArgument: ['derived', FUNCTION],
  JsonOutput: ['derived', FUNCTION],
  JsonTablePathSpec: ['derived', FUNCTION],
  JsonFormat: ['derived', FUNCTION],
  JsonReturning: ['derived', FUNCTION],
  SetToDefault: ['plain', NO_CONTEXTS],
  CurrentOfExpr: ['plain', NO_CONTEXTS],
  SQLValueFunction: ['plain', NO_CONTEXTS],
  ParamRef: ['plain', NO_CONTEXTS],
  A_Star: ['plain', NO_CONTEXTS],
  MergeSupportFunc: ['plain', NO_CONTEXTS],
  JsonAggConstructor: ['derived', AGGREGATE],
  JsonIsPredicate: ['derived', OPERATOR],
  String: ['plain', NO_CONTEXTS],
  Boolean: ['plain', NO_CONTEXTS],
  Float: ['plain', NO_CONTEXTS],
  BitString: ['plain', NO_CONTEXTS],
};

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
      return walkSubLink(walker, body, place);
    case 'SelectStmt':
      part(
        within(place, 'derived'),
        'query',
        walkSubquery(walker, value, within(place, 'derived', EXPRESSION)),
      );
      return;
    case 'CaseExpr':
      // With a value to compare, the tests are its operands.
      walkExpression(walker, body['arg'], within(place, 'condition', CONDITION));
      walkList(walker, body['args'], place);
      return walkExpression(walker, body['defresult'], within(place, 'derived', EXPRESSION));
    case 'CaseWhen':
      walkExpression(walker, body['expr'], within(place, 'condition', CONDITION));
      return walkExpression(walker, body['result'], within(place, 'derived', EXPRESSION));
    case 'A_Indirection':
      return walkIndirection(walker, body, place);
    case 'JsonFuncExpr': {
      const name = JSON_FUNCTIONS[textOf(body['op']) ?? ''];
      const inside = within(place, 'derived', FUNCTION);
      if (name === undefined) walker.unknown('unknown_node:JsonFuncExpr');
      else part(inside, 'call', walker.function([name], { keywordSince: 170_000, place: inside }));
      return walkChildren(walker, body, inside);
    }
    case 'NullTest':
      if (isComposed(body['arg'])) walker.outline.constantsMatter = true;
      return walkExpression(walker, body['arg'], within(place, 'derived', OPERATOR));
    case 'SortBy':
      if (body['useOp'] !== undefined) walker.operator(namesOf(body['useOp']));
      return walkExpression(walker, body['node'], place);
    default: {
      const keyword = KEYWORD_FUNCTIONS[kind];
      if (keyword !== undefined) {
        const inside = within(place, 'derived', kind.endsWith('Agg') ? AGGREGATE : FUNCTION);
        part(inside, 'call', walker.function([keyword[0]], { keywordSince: keyword[1], place: inside }));
        return walkChildren(walker, body, inside);
      }
      const generic = Object.hasOwn(GENERIC, kind) ? GENERIC[kind] : undefined;
      if (generic === undefined) walker.unknown(`unknown_node:${kind}`);
      return walkChildren(walker, body, generic === undefined ? place : within(place, ...generic));
    }
  }
}

/** A query in an expression: EXISTS looks at no value of it, IN and its like compare, the others take values. */
function walkSubLink(walker: Walker, body: Body, place: Place): void {
  const kind = textOf(body['subLinkType']);
  if (body['operName'] !== undefined) walker.operator(namesOf(body['operName']));
  if (kind === 'EXISTS_SUBLINK') {
    const query = walkSubquery(walker, body['subselect'], { ...place, contexts: EXISTS });
    return part(within(place, 'condition'), 'exists', query);
  }
  const compares = body['testexpr'] !== undefined || kind === 'ANY_SUBLINK' || kind === 'ALL_SUBLINK';
  const single = kind === 'EXPR_SUBLINK' ? 'copied' : 'derived';
  const inside = within(
    place,
    single,
    compares ? OPERATOR : kind === 'EXPR_SUBLINK' ? NO_CONTEXTS : EXPRESSION,
  );
  walkExpression(walker, body['testexpr'], inside);
  part(inside, 'query', walkSubquery(walker, body['subselect'], inside));
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
    else if (key === 'over') walkWindow(walker, child, within(place, 'derived', WINDOW));
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

function walkColumn(walker: Walker, body: Body, place: Place, field?: string): void {
  for (const field of listOf(body['fields'])) {
    const kind = nodeOf(field)?.kind;
    if (kind !== 'String' && kind !== 'A_Star') walker.unknown(`unknown_node:ColumnRef.${kind}`);
  }
  const { parts, star } = columnParts(body);
  walker.column(place, parts, { star, field });
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
      walkExpression(walker, lexpr, within(place, 'derived', OPERATOR));
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
  const inside = within(place, 'derived', OPERATOR);
  walkExpression(walker, lexpr, inside);
  if (column && isPlainInteger(rexpr)) markConstants(walker, rexpr);
  else walkExpression(walker, rexpr, inside);
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

/** A cast to one of these without a length keeps the text of any value. */
const TEXT_TYPES = new Set(['text', 'varchar']);

const keepsText = (type: Body): boolean => {
  const names = namesOf(type['names']);
  const schema = names.at(-2);
  return (
    TEXT_TYPES.has(names.at(-1) ?? '') &&
    (schema === undefined || schema === 'pg_catalog') &&
    listOf(type['typmods']).length === 0 &&
    listOf(type['arrayBounds']).length === 0 &&
    type['setof'] !== true
  );
};

function walkCast(walker: Walker, body: Body, place: Place): void {
  const type = bodyOf(body['typeName']);
  const types = walker.outline.types.length;
  walkType(walker, type);
  const inside =
    type !== undefined && keepsText(type) ? within(place, 'cast') : within(place, 'derived', CAST);
  if (walker.outline.types.length > types) part(inside, 'type', types);
  walkExpression(walker, body['arg'], inside);
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
  const steps = listOf(body['indirection']);
  const arg = nodeOf(body['arg']);
  const field = stringOf(steps[0]);
  const inside = within(place, 'derived', EXPRESSION);
  if (arg?.kind === 'ColumnRef' && field !== undefined) {
    // `(p).card` of a row `p` is its column itself.
    walker.visited.add(arg.body);
    walkColumn(walker, arg.body, steps.length === 1 ? place : inside, field);
  } else {
    walkExpression(walker, body['arg'], inside);
  }
  for (const step of steps) {
    const name = stringOf(step);
    if (name !== undefined) walker.outline.fields.push(name);
    else if (nodeOf(step)?.kind === 'A_Star') walker.outline.fields.push('*');
    else walkExpression(walker, step, inside);
  }
}
