/**
 * The walk over statements that are neither queries nor data changes, by kind.
 */
import { type Body, bodyOf, listOf, namesOf, nodeOf, stringOf, textOf } from './ast.ts';
import { context } from './lineage/use-contexts.ts';
import type { Ingredient, Outline, OutlineRows, Output } from './outline.ts';
import { DEFINITIONS, KIND_TRAITS, MAINTENANCE, SESSION, TRANSACTIONS, verbOf } from './statement-kinds.ts';
import { named, type Place, TOP, type Walker } from './walker.ts';
import { walkCall } from './walk-call.ts';
import { definitionPlace, descend, walkDefinition } from './walk-definition.ts';
import { walkExpression, walkList, walkType } from './walk-expression.ts';
import { at, walkIntoRelation } from './walk-query.ts';
import { walkSet } from './walk-setting.ts';

/** Walks a statement within another: given by `walk-statement.ts`, which knows every kind. */
export type WalkInner = (node: unknown, visited: Set<object>) => Outline;

const NO_ROWS: OutlineRows = { kind: 'none' };
/** Statements that return rows; what the others print, if anything, is no row. */
const ROWS: Readonly<Record<string, OutlineRows>> = {
  ExplainStmt: { kind: 'plan' },
  ExecuteStmt: { kind: 'unknown' },
  // A procedure's OUT arguments.
  CallStmt: { kind: 'unknown' },
};

const WRITING_MAINTENANCE = new Set(['TruncateStmt', 'RefreshMatViewStmt', 'LockStmt']);

/** Walks any statement that is not a query; false where its kind is not known. */
export function walkUtility(walker: Walker, kind: string, body: Body, inner: WalkInner): boolean {
  for (const trait of KIND_TRAITS[kind] ?? []) walker.trait(trait);
  walker.outline.rows = ROWS[kind] ?? NO_ROWS;
  if (kind === 'FetchStmt' && body['ismove'] !== true) walker.outline.rows = { kind: 'unknown' };
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
      walker.outline.flowsUnknown = true;
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
      walker.outline.flowsUnknown = true;
      walker.writes();
      walkCall(walker, bodyOf(body['funccall']) ?? {}, TOP);
      return true;
    case 'DoStmt':
      walker.verb('DO');
      walker.trait('do_block');
      walker.unknown('do_body');
      walker.outline.flowsUnknown = true;
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
      const made = into === undefined ? undefined : walkIntoRelation(walker, into, TOP);
      if (made !== undefined) walker.outline.flows.push({ ...made, query: undefined });
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
    walker.outline.rows = shownRows(name.toLowerCase());
  }
}

/** A setting with a dot in its name may have been set to anything, and ALL shows those too. */
function shownRows(name: string): OutlineRows {
  const names = name === 'all' ? ['name', 'setting', 'description'] : [name];
  return { kind: 'columns', outputs: named(names), known: name !== 'all' && !name.includes('.') };
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
  // How the rows are written, for whoever rewrites them.
  walker.outline.copyOptions = listOf(body['options']);
  const range = bodyOf(body['relation']);
  const toClient = !from && file === undefined && body['is_program'] !== true;
  if (range === undefined) {
    setInner(walker, body['query'], inner, 'now');
    if (toClient) walker.outline.rows = { kind: 'inner' };
    return;
  }
  const relation = walker.relation(range, from ? 'write' : 'read', { descends: false });
  const item = walker.item({ kind: 'relation', relation, alias: undefined, columns: [], hidden: false });
  const use = from ? 'write' : 'target';
  const place: Place = { ...TOP, scope: walker.scope([item], -1), use };
  const columns = namesOf(body['attlist']);
  const query = walker.query();
  const outputs: Output[] = [];
  if (columns.length === 0) {
    outputs.push({ star: [item], reference: walker.column(place, [], { star: true, item }) });
  }
  for (const column of columns) {
    const made: Ingredient[] = [];
    walker.column({ ...place, made }, [column], { item });
    outputs.push({ name: column, from: made });
  }
  const rows = query.finish({ outputs });
  const named = columns.length > 0;
  if (toClient) walker.outline.rows = { kind: 'copy', query: rows, relation, named };
  walkExpression(walker, body['whereClause'], at(place, place.scope, 'filter', context('where')));
}
