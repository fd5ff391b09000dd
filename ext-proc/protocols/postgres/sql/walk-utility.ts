/**
 * The walk over statements that are not queries. A definition is walked whole, child by child, so that every
 * relation, function and type in it is seen; what it would run later (a view's query, a rule's action) is walked as
 * deferred: it reads nothing and writes nothing now.
 */
import type { RelationAccess } from '../../../domain/statement.ts';
import { type Body, bodyOf, constantText, listOf, namesOf, nodeOf, stringOf, textOf } from './ast.ts';
import type { Outline } from './outline.ts';
import { quoteIdentifier } from './identifiers.ts';
import { isSecretSetting } from './known-functions.ts';
import {
  DEFINITIONS,
  KIND_TRAITS,
  MAINTENANCE,
  objectWords,
  SESSION,
  TRANSACTIONS,
  verbOf,
} from './statement-kinds.ts';
import { type Place, TOP, type Walker } from './walker.ts';
import { noteSettingName, walkCall, walkExpression, walkList, walkType } from './walk-expression.ts';
import { walkDataStatement, walkIntoRelation } from './walk-query.ts';

/** Walks a statement within another: given by `walk-statement.ts`, which knows every kind. */
export type WalkInner = (node: unknown, visited: Set<object>) => Outline;

/** Fields that hold a relation which is read, not defined. */
const READ_FIELDS = new Set(['pktable', 'inhRelations', 'constrrel']);
const DATA_KINDS = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);
/** Kinds whose children `descend` follows; anything else that holds an expression is walked as one. */
const EXPRESSIONS =
  /^(A_Const|ColumnRef|ParamRef|A_Expr|BoolExpr|TypeCast|CollateClause|FuncCall|A_Indirection|A_ArrayExpr|SubLink|CaseExpr|RowExpr|CoalesceExpr|MinMaxExpr|SQLValueFunction|XmlExpr|XmlSerialize|NullTest|BooleanTest|Json\w+|SetToDefault|GroupingFunc)$/;

/** Follows every child of a definition. `access` is what a relation found on the way is noted with. */
function descend(walker: Walker, body: Body, place: Place, access: RelationAccess): void {
  walker.visited.add(body);
  for (const key in body) {
    const child = body[key];
    if (typeof child !== 'object' || child === null) continue;
    const childAccess = READ_FIELDS.has(key) ? 'read' : access;
    for (const entry of Array.isArray(child) ? child : [child])
      descendInto(walker, entry, place, childAccess);
  }
}

function descendInto(walker: Walker, value: unknown, place: Place, access: RelationAccess): void {
  const node = nodeOf(value);
  const body = node?.body ?? bodyOf(value);
  if (body === undefined) return;
  if (body['relname'] !== undefined) {
    walker.relation(body, access);
    return;
  }
  if (node === undefined) {
    if (body['names'] !== undefined) return walkType(walker, body);
    return descend(walker, body, place, access);
  }
  if (DATA_KINDS.has(node.kind)) {
    walker.deferred++;
    walkDataStatement(walker, value, place);
    walker.deferred--;
    return;
  }
  if (node.kind === 'TypeName') return walkType(walker, body);
  if (EXPRESSIONS.test(node.kind)) return walkExpression(walker, value, place);
  if (node.kind === 'VariableSetStmt') {
    walker.visited.add(body);
    const name = textOf(body['name']);
    if (name !== undefined && isSecretSetting(name)) walker.outline.secret = true;
    return;
  }
  return descend(walker, body, place, node.kind === 'TableLikeClause' ? 'read' : access);
}

/** A place where any column may be named: those of the table that is being defined. */
function definitionPlace(walker: Walker): Place {
  const item = walker.item({
    kind: 'derived',
    alias: undefined,
    outputs: [],
    columns: [],
    opaque: true,
    hidden: false,
  });
  return { scope: walker.scope([item], -1), ctes: undefined, use: 'other' };
}

const WRITING_MAINTENANCE = new Set(['TruncateStmt', 'RefreshMatViewStmt', 'LockStmt']);

/** Walks any statement that is not a query; false where its kind is not known. */
export function walkUtility(walker: Walker, kind: string, body: Body, inner: WalkInner): boolean {
  for (const trait of KIND_TRAITS[kind] ?? []) walker.trait(trait);
  const session = SESSION[kind];
  if (session !== undefined) {
    walker.verb(verbOf(session, body));
    walkSession(walker, kind, body);
    return true;
  }
  const maintenance = MAINTENANCE[kind];
  if (maintenance !== undefined) {
    walker.verb(verbOf(maintenance, body));
    walker.writes();
    if (kind === 'TruncateStmt' && body['behavior'] === 'DROP_CASCADE') walker.trait('cascade');
    descend(walker, body, definitionPlace(walker), WRITING_MAINTENANCE.has(kind) ? 'write' : 'define');
    return true;
  }
  switch (kind) {
    case 'TransactionStmt':
      walkTransaction(walker, body);
      return true;
    case 'VariableSetStmt':
      walkSet(walker, body);
      return true;
    case 'CopyStmt':
      walkCopy(walker, body, inner);
      return true;
    case 'ExplainStmt':
      walkExplain(walker, body, inner);
      return true;
    case 'PrepareStmt':
      walker.verb('PREPARE');
      walker.outline.subject = textOf(body['name']);
      for (const type of listOf(body['argtypes'])) walkType(walker, bodyOf(type));
      setInner(walker, body['query'], inner, 'later');
      return true;
    case 'ExecuteStmt':
      walker.verb('EXECUTE');
      walker.writes();
      walker.outline.subject = textOf(body['name']);
      walkList(walker, body['params'], TOP);
      return true;
    case 'DeclareCursorStmt':
      walker.verb('DECLARE');
      walker.outline.subject = textOf(body['portalname']);
      setInner(walker, body['query'], inner, 'now');
      return true;
    case 'CallStmt':
      walker.verb('CALL');
      walker.trait('call');
      walker.writes();
      walkCall(walker, bodyOf(body['funccall']) ?? {}, TOP);
      return true;
    case 'DoStmt':
      walker.verb('DO');
      walker.trait('do_block');
      walker.unknown('do_body');
      walker.writes();
      return true;
    case 'CreateTableAsStmt': {
      const selectInto = body['is_select_into'] === true;
      walker.verb(
        selectInto
          ? 'SELECT INTO'
          : body['objtype'] === 'OBJECT_MATVIEW'
            ? 'CREATE MATERIALIZED VIEW'
            : 'CREATE TABLE AS',
      );
      const into = bodyOf(body['into']);
      if (into !== undefined) walkIntoRelation(walker, into, TOP);
      setInner(walker, body['query'], inner, 'now');
      return true;
    }
    default: {
      const definition = DEFINITIONS[kind];
      if (definition === undefined) return false;
      walkDefinition(walker, kind, verbOf(definition, body), body, inner);
      return true;
    }
  }
}

function setInner(walker: Walker, node: unknown, inner: WalkInner, runs: Outline['innerRuns']): void {
  walker.outline.inner = inner(node, walker.visited);
  // What a prepared statement does is known to the session, which looks for it at the top alone.
  if (walker.outline.inner.verb === 'EXECUTE') walker.unknown('nested_execute');
  walker.outline.innerRuns = runs;
}

function walkSession(walker: Walker, kind: string, body: Body): void {
  walker.visited.add(body);
  if (kind === 'DiscardStmt') {
    if (body['target'] === 'DISCARD_ALL') walker.trait('search_path_change');
    return;
  }
  if (kind === 'ConstraintsSetStmt') return;
  walker.outline.subject =
    textOf(body['portalname']) ?? textOf(body['name']) ?? textOf(body['conditionname']);
  if (kind === 'VariableShowStmt') {
    const name = textOf(body['name']) ?? '';
    walker.outline.subject = undefined;
    walker.outline.setting = { name: name.toLowerCase(), value: undefined, local: false };
  }
}

function walkTransaction(walker: Walker, body: Body): void {
  walker.visited.add(body);
  const verb = TRANSACTIONS[textOf(body['kind']) ?? ''];
  if (verb === undefined) return walker.unknown('unknown_node:TransactionStmt');
  walker.verb(verb);
  walker.trait('transaction_control');
  if (verb.includes('PREPARED') || verb === 'PREPARE TRANSACTION') {
    walker.trait('two_phase');
    walker.writes();
  }
  walker.outline.subject = textOf(body['savepoint_name']) ?? textOf(body['gid']);
}

/** A constant of SET, as the server would keep it; undefined where it is not one. */
function settingValue(name: string, args: readonly unknown[]): string | undefined {
  const parts: string[] = [];
  for (const arg of args) {
    const node = nodeOf(arg);
    const constant = node?.kind === 'A_Const' ? node.body : undefined;
    const text = constantText(arg);
    if (text !== undefined) parts.push(name === 'search_path' ? quoteIdentifier(text) : text);
    else if (constant?.['ival'] !== undefined) parts.push(String(bodyOf(constant['ival'])?.['ival'] ?? 0));
    else if (constant?.['fval'] !== undefined) parts.push(textOf(bodyOf(constant['fval'])?.['fval']) ?? '');
    else if (constant?.['boolval'] !== undefined) {
      parts.push(bodyOf(constant['boolval'])?.['boolval'] === true ? 'true' : 'false');
    } else return undefined;
  }
  return parts.join(', ');
}

/** SET and RESET, and the same inside ALTER SYSTEM, ALTER ROLE and ALTER DATABASE. */
function noteSetting(
  walker: Walker,
  body: Body,
): { name: string; value: string | undefined; local: boolean } {
  walker.visited.add(body);
  const kind = textOf(body['kind']);
  const name = (textOf(body['name']) ?? (kind === 'VAR_RESET_ALL' ? 'all' : '')).toLowerCase();
  const args = listOf(body['args']);
  const value = kind === 'VAR_SET_VALUE' ? settingValue(name, args) : undefined;
  walkListVisited(walker, args);
  noteSettingName(walker, name);
  if (kind === 'VAR_RESET_ALL') walker.trait('search_path_change');
  return { name, value, local: body['is_local'] === true };
}

/** SET's values are constants, or types around them (`INTERVAL '1' HOUR`). */
function walkListVisited(walker: Walker, args: readonly unknown[]): void {
  for (const arg of args) {
    const option = bodyOf(arg, 'DefElem');
    if (option === undefined) walkExpression(walker, arg, TOP);
    else {
      // SET TRANSACTION's modes.
      walker.visited.add(option);
      walkExpression(walker, option['arg'], TOP);
    }
  }
}

const STANDARD_PARSING: Readonly<Record<string, readonly string[]>> = {
  standard_conforming_strings: ['on', 'true', 'yes', '1', 't', 'y'],
  client_encoding: ['utf8', 'utf-8', 'unicode'],
  backslash_quote: ['safe_encoding'],
};

function walkSet(walker: Walker, body: Body): void {
  const set = textOf(body['kind'])?.startsWith('VAR_RESET') !== true && body['kind'] !== 'VAR_SET_DEFAULT';
  walker.verb(textOf(body['kind'])?.startsWith('VAR_RESET') === true ? 'RESET' : 'SET');
  const setting = noteSetting(walker, body);
  walker.outline.setting = setting;
  const standard = STANDARD_PARSING[setting.name];
  if (standard !== undefined && set && !standard.includes((setting.value ?? '').toLowerCase())) {
    // From here on the server would read texts otherwise than the gate.
    walker.unknown('parsing_change');
  }
  if (walker.outline.secret) {
    // The value may be a bare word, so the text cannot be kept even without its literals.
    walker.outline.recordAs = `SET ${setting.local ? 'LOCAL ' : ''}${setting.name} = '[redacted]'`;
    if (setting.value !== undefined) walker.outline.setting = { ...setting, value: undefined };
  }
}

const OPTION_TRUE = new Set(['true', 'on', '1']);
const OPTION_FALSE = new Set(['false', 'off', '0']);

/** A Boolean option: undefined where its value is not one. PostgreSQL's define.c defGetBoolean. */
function booleanOption(option: Body): boolean | undefined {
  const arg = nodeOf(option['arg']);
  if (arg === undefined) return true;
  const text = (
    arg.kind === 'Integer'
      ? String(arg.body['ival'] ?? 0)
      : arg.kind === 'Boolean'
        ? String(arg.body['boolval'] === true)
        : (stringOf(option['arg']) ?? '')
  ).toLowerCase();
  return OPTION_TRUE.has(text) ? true : OPTION_FALSE.has(text) ? false : undefined;
}

function walkExplain(walker: Walker, body: Body, inner: WalkInner): void {
  walker.visited.add(body);
  walker.verb('EXPLAIN');
  let analyze = false;
  for (const entry of listOf(body['options'])) {
    const option = bodyOf(entry, 'DefElem') ?? {};
    walker.visited.add(option);
    // Several of the same name: the last would count, and any that is not plainly off counts here.
    if (textOf(option['defname'])?.toLowerCase() === 'analyze' && booleanOption(option) !== false)
      analyze = true;
  }
  if (analyze) walker.trait('explain_analyze');
  setInner(walker, body['query'], inner, analyze ? 'now' : 'never');
}

function walkCopy(walker: Walker, body: Body, inner: WalkInner): void {
  walker.visited.add(body);
  walker.verb('COPY');
  const from = body['is_from'] === true;
  const file = textOf(body['filename']);
  if (body['is_program'] === true) walker.trait('copy_program');
  else if (file !== undefined) walker.trait('copy_file');
  else walker.trait(from ? 'copy_in' : 'copy_out');
  if (from || file !== undefined || body['is_program'] === true) walker.writes();
  for (const option of listOf(body['options'])) walker.visited.add(bodyOf(option) ?? {});
  const range = bodyOf(body['relation']);
  if (range === undefined) {
    setInner(walker, body['query'], inner, 'now');
    return;
  }
  const relation = walker.relation(range, from ? 'write' : 'read', { descends: false });
  const item = walker.item({ kind: 'relation', relation, alias: undefined, columns: [], hidden: false });
  const use = from ? 'write' : 'target';
  const place: Place = { scope: walker.scope([item], -1), ctes: undefined, use };
  const columns = namesOf(body['attlist']);
  if (columns.length === 0) walker.column(place, [], { star: true, item });
  for (const column of columns) walker.column(place, [column], { item });
  walkExpression(walker, body['whereClause'], { ...place, use: 'filter' });
}

/** Kinds of objects that are relations, for DROP, COMMENT, ALTER … SCHEMA and their like. */
const RELATION_TYPES = /^OBJECT_(TABLE|VIEW|MATVIEW|SEQUENCE|INDEX|FOREIGN_TABLE)$/;
/** Objects on a relation: the last part of their name is their own. */
const ON_RELATION_TYPES = /^OBJECT_(RULE|TRIGGER|POLICY|TABCONSTRAINT|COLUMN)$/;

function noteObject(walker: Walker, type: unknown, object: unknown): void {
  const text = textOf(type) ?? '';
  const node = nodeOf(object);
  const parts = node?.kind === 'List' ? namesOf(node.body['items']) : [];
  if (RELATION_TYPES.test(text)) walker.relationByName(parts, 'define');
  else if (ON_RELATION_TYPES.test(text)) walker.relationByName(parts.slice(0, -1), 'define');
}

/** The name that a relation has after it was renamed or moved: it is made, as if created. */
function noteNewName(walker: Walker, body: Body, newName: string | undefined): void {
  const relation = bodyOf(body['relation']);
  if (relation === undefined) return;
  const moved: Body = {
    relname: newName ?? relation['relname'],
    schemaname: textOf(body['newschema']) ?? relation['schemaname'],
    inh: true,
  };
  walker.relation(moved, 'define', { made: true });
}

const MADE_FIELDS: Readonly<Record<string, string>> = {
  CreateStmt: 'relation',
  CreateSeqStmt: 'sequence',
  ViewStmt: 'view',
  CompositeTypeStmt: 'typevar',
};

const SECRET_DEFINITIONS = new Set([
  'CreateUserMappingStmt',
  'AlterUserMappingStmt',
  'CreateForeignServerStmt',
  'AlterForeignServerStmt',
  'CreateSubscriptionStmt',
  'AlterSubscriptionStmt',
  'CreateRoleStmt',
  'AlterRoleStmt',
  'CreateForeignTableStmt',
  'CreateFdwStmt',
  'AlterFdwStmt',
  'ImportForeignSchemaStmt',
]);

function walkDefinition(walker: Walker, kind: string, verb: string, body: Body, inner: WalkInner): void {
  walker.verb(verb);
  walker.outline.defines = true;
  walker.writes();
  walker.visited.add(body);
  if (SECRET_DEFINITIONS.has(kind)) walker.outline.secret = true;
  if (body['behavior'] === 'DROP_CASCADE') walker.trait('cascade');
  const place = definitionPlace(walker);
  const made = MADE_FIELDS[kind];
  const madeRelation = made === undefined ? undefined : bodyOf(body[made]);
  let rest = body;
  if (madeRelation !== undefined) {
    walker.relation(madeRelation, 'define', { made: true });
    rest = { ...body, [made as string]: undefined };
  }
  switch (kind) {
    case 'CreateForeignTableStmt': {
      const base = bodyOf(body['base']) ?? {};
      const relation = bodyOf(base['relation']);
      walker.visited.add(base);
      if (relation !== undefined) walker.relation(relation, 'define', { made: true });
      descend(walker, { ...base, relation: undefined }, place, 'define');
      rest = { ...body, base: undefined };
      break;
    }
    case 'CreateSchemaStmt':
      // Their names are looked up in the new schema first, which is not in the catalogue yet.
      if (listOf(body['schemaElts']).length > 0) walker.unknown('schema_elements');
      for (const element of listOf(body['schemaElts'])) {
        const node = nodeOf(element);
        if (node !== undefined && !walkUtility(walker, node.kind, node.body, inner))
          walker.unknown(`unknown_node:${node.kind}`);
      }
      rest = { ...body, schemaElts: undefined };
      break;
    case 'AlterSystemStmt':
    case 'AlterRoleSetStmt':
    case 'AlterDatabaseSetStmt': {
      const set = bodyOf(body['setstmt']) ?? {};
      const setting = noteSetting(walker, set);
      walker.outline.setting = setting;
      if (walker.outline.secret) {
        const of = textOf(bodyOf(body['role'])?.['rolename']) ?? textOf(body['dbname']);
        const whose = of === undefined ? '' : ` ${quoteIdentifier(of)}`;
        walker.outline.recordAs = `${verb}${whose} SET ${setting.name} = '[redacted]'`;
        walker.outline.setting = { ...setting, value: undefined };
      }
      rest = { ...body, setstmt: undefined };
      break;
    }
    case 'DropStmt':
      for (const object of listOf(body['objects'])) noteObject(walker, body['removeType'], object);
      break;
    case 'RenameStmt':
      if (RELATION_TYPES.test(textOf(body['renameType']) ?? ''))
        noteNewName(walker, body, textOf(body['newname']));
      break;
    case 'AlterObjectSchemaStmt':
      if (RELATION_TYPES.test(textOf(body['objectType']) ?? '')) noteNewName(walker, body, undefined);
      break;
    case 'CommentStmt':
    case 'SecLabelStmt':
      noteObject(walker, body['objtype'], body['object']);
      break;
    case 'AlterExtensionContentsStmt':
      noteObject(walker, body['objtype'], body['object']);
      break;
    case 'CreateTrigStmt':
    case 'CreateEventTrigStmt':
      walker.function(namesOf(body['funcname']));
      break;
    case 'CreateFunctionStmt':
      if (body['sql_body'] !== undefined) walker.trait('sql_body');
      break;
    default:
  }
  descend(walker, rest, place, 'define');
}
