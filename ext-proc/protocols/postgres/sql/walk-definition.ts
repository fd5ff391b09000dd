/**
 * The walk over definitions. A definition is walked whole, child by child, so that every relation, function and type
 * in it is seen; what it would run later (a view's query, a rule's action) is walked as deferred: it writes nothing
 * now.
 */
import type { RelationAccess } from '../../../domain/statement.ts';
import { type Body, bodyOf, listOf, namesOf, nodeOf, textOf } from './ast.ts';
import { quoteIdentifier } from './identifiers.ts';
import { context, type Contexts, NO_CONTEXTS } from './lineage/use-contexts.ts';
import type { Ingredient } from './outline.ts';
import { isSecretSetting } from './known-functions.ts';
import { DERIVED, type Place, TOP, type Walker } from './walker.ts';
import { noteSetting } from './walk-setting.ts';
import { walkExpression, walkType } from './walk-expression.ts';
import { walkDataStatement } from './walk-query.ts';
import { walkUtility, type WalkInner } from './walk-utility.ts';

/** Fields that hold a relation which is read, not defined. */
const READ_FIELDS = new Set(['pktable', 'inhRelations', 'constrrel']);
const DATA_KINDS = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);
/** Kinds whose children `descend` follows; anything else that holds an expression is walked as one. */
const EXPRESSIONS =
  /^(A_Const|ColumnRef|ParamRef|A_Expr|BoolExpr|TypeCast|CollateClause|FuncCall|A_Indirection|A_ArrayExpr|SubLink|CaseExpr|RowExpr|CoalesceExpr|MinMaxExpr|SQLValueFunction|XmlExpr|XmlSerialize|NullTest|BooleanTest|Json\w+|SetToDefault|GroupingFunc)$/;

/**
 * Of every expression in a definition but a default: constraints, conditions of policies, triggers and rules, expressions
 * of indexes and bounds of partitions decide what happens, or what can be read back.
 */
const DEFINITION = context('definition');
const JOIN = context('join');

/** Follows every child of a definition. `access` is what a relation found on the way is noted with. */
export function descend(walker: Walker, body: Body, place: Place, access: RelationAccess): void {
  walker.visited.add(body);
  for (const key in body) {
    const child = body[key];
    if (typeof child !== 'object' || child === null) continue;
    const childAccess = READ_FIELDS.has(key) ? 'read' : access;
    for (const entry of Array.isArray(child) ? child : [child])
      descendInto(walker, entry, place, childAccess);
  }
}

/** What a column has where nothing else is put into it; of a domain, in whatever column is of it. */
function walkDefault(walker: Walker, value: unknown, column: string | undefined, place: Place): void {
  if (walker.defining === undefined || column === undefined) return walkExpression(walker, value, place);
  const from: Ingredient[] = [];
  walkExpression(walker, value, { ...place, contexts: NO_CONTEXTS, made: from });
  walker.outline.flows.push({ relation: walker.defining, column, from });
}

/** A column with its constraints, or one of a table's or a domain's. */
function walkConstraint(walker: Walker, body: Body, column: string | undefined, place: Place): boolean {
  if (body['contype'] === 'CONSTR_FOREIGN') {
    walkReference(walker, body, place);
    return false;
  }
  if (body['contype'] !== 'CONSTR_DEFAULT') return false;
  walker.visited.add(body);
  walkDefault(walker, body['raw_expr'], column, place);
  return true;
}

/** Whether a row may be put in tells whether the columns that it refers to have it. Without names it may be any. */
function walkReference(walker: Walker, { pktable, pk_attrs: names }: Body, place: Place): void {
  const table = bodyOf(pktable);
  if (table !== undefined) noteColumns(walker, walker.relation(table, 'read'), namesOf(names), place, JOIN);
}

/** Columns of a relation that are named without an expression; all of them where none is. */
function noteColumns(
  walker: Walker,
  relation: number,
  columns: readonly string[],
  place: Place,
  contexts: Contexts,
): void {
  const item = walker.item({ kind: 'relation', relation, alias: undefined, columns: [], hidden: false });
  const named: Place = { ...place, use: 'filter', contexts };
  if (columns.length === 0) walker.column(named, [], { star: true, item });
  for (const column of columns) walker.column(named, [column], { item });
}

function walkColumnDefinition(walker: Walker, body: Body, place: Place, access: RelationAccess): void {
  const column = textOf(body['colname']);
  const others = listOf(body['constraints']).filter((constraint) => {
    const own = bodyOf(constraint, 'Constraint');
    return own === undefined || !walkConstraint(walker, own, column, place);
  });
  // ALTER COLUMN … TYPE … USING.
  if (body['raw_default'] !== undefined) walkExpression(walker, body['raw_default'], place);
  descend(walker, { ...body, constraints: others, raw_default: undefined }, place, access);
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
    walkDataStatement(walker, value, { ...place, contexts: NO_CONTEXTS });
    walker.deferred--;
    return;
  }
  if (node.kind === 'ColumnDef') {
    walker.visited.add(body);
    return walkColumnDefinition(walker, body, place, access);
  }
  if (node.kind === 'Constraint' && walkConstraint(walker, body, undefined, place)) return;
  if (node.kind === 'AlterTableCmd' && body['subtype'] === 'AT_ColumnDefault' && body['def'] !== undefined) {
    walker.visited.add(body);
    return walkDefault(walker, body['def'], textOf(body['name']), place);
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
export function definitionPlace(walker: Walker): Place {
  const item = walker.item({ ...DERIVED, opaque: true, own: true });
  return { ...TOP, scope: walker.scope([item], -1) };
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

export function walkDefinition(
  walker: Walker,
  kind: string,
  verb: string,
  body: Body,
  inner: WalkInner,
): void {
  walker.verb(verb);
  walker.outline.defines = true;
  walker.writes();
  walker.visited.add(body);
  if (SECRET_DEFINITIONS.has(kind)) walker.outline.secret = true;
  if (body['behavior'] === 'DROP_CASCADE') walker.trait('cascade');
  // A function is followed where it is called.
  const contexts = kind === 'CreateFunctionStmt' ? NO_CONTEXTS : DEFINITION;
  const place: Place = { ...definitionPlace(walker), contexts };
  const made = MADE_FIELDS[kind];
  const madeRelation = made === undefined ? undefined : bodyOf(body[made]);
  let rest = body;
  let relationMade = -1;
  if (madeRelation !== undefined) {
    relationMade = walker.relation(madeRelation, 'define', { made: true });
    walker.defining = relationMade;
    rest = { ...body, [made as string]: undefined };
  }
  // What its rows are, the rows of what it inherits from are too.
  if (listOf(body['inhRelations']).length > 0) walker.trait('inherits');
  switch (kind) {
    case 'ViewStmt': {
      walker.deferred++;
      const query = walkDataStatement(walker, body['query'], TOP);
      walker.deferred--;
      if (typeof query === 'number') {
        const columns = namesOf(body['aliases']);
        walker.outline.flows.push({ relation: relationMade, columns, query });
      }
      rest = { ...rest, query: undefined };
      break;
    }
    case 'AlterTableStmt': {
      // ALTER COLUMN … TYPE … USING writes a column from others.
      walker.outline.flowsUnknown = listOf(body['cmds']).some(
        (command) => bodyOf(bodyOf(command)?.['def'])?.['raw_default'] !== undefined,
      );
      const relation = bodyOf(body['relation']);
      if (relation !== undefined) walker.defining = walker.relation(relation, 'define');
      rest = { ...rest, relation: undefined };
      break;
    }
    case 'CreateForeignTableStmt': {
      const base = bodyOf(body['base']) ?? {};
      const relation = bodyOf(base['relation']);
      walker.visited.add(base);
      if (relation !== undefined) walker.defining = walker.relation(relation, 'define', { made: true });
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
      else if (body['renameType'] === 'OBJECT_COLUMN') {
        // What is known of a column goes by its name: it is used for another one.
        const renamed = bodyOf(body['relation']);
        const name = textOf(body['subname']);
        if (renamed !== undefined && name !== undefined)
          noteColumns(walker, walker.relation(renamed, 'define'), [name], place, DEFINITION);
      }
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
