/**
 * One statement's tree to its outline. The last step compares what was visited with what is there, so that a place
 * which the walk forgot makes the statement unknown, not wrong.
 */
import { type Body, bodyOf, constantText, listOf, namesOf, nodeOf } from './ast.ts';
import { unvisitedKinds } from './coverage.ts';
import { type Outline, outputsOf } from './outline.ts';
import { TOP, Walker } from './walker.ts';
import { walkDataStatement } from './walk-query.ts';
import { walkUtility } from './walk-utility.ts';

/** Outlines the statement of a RawStmt. Throws only RangeError, where the tree is too deep for the stack. */
export function outlineStatement(statement: unknown): Outline {
  const visited = new Set<object>();
  const outline = walkStatement(statement, visited);
  for (const kind of unvisitedKinds(statement, visited)) outline.unknown.push(`unvisited_node:${kind}`);
  return outline;
}

function walkStatement(statement: unknown, visited: Set<object>): Outline {
  const walker = new Walker(visited);
  const node = nodeOf(statement);
  if (node === undefined) {
    walker.unknown('unknown_node:Statement');
  } else {
    const query = walkDataStatement(walker, statement, TOP);
    if (query === undefined) {
      walker.visited.add(node.body);
      if (!walkUtility(walker, node.kind, node.body, walkStatement)) {
        walker.verb('UNKNOWN');
        walker.unknown(`unknown_node:${node.kind}`);
        walker.writes();
      }
    } else {
      noteDataStatement(walker, node.kind, node.body);
      const { into } = walker;
      if (into !== undefined && query !== 'none') walker.outline.flows.push({ ...into, query });
      walker.outline.rows =
        query === 'none' || into !== undefined ? { kind: 'none' } : { kind: 'query', query };
    }
  }
  const { outline } = walker;
  outline.verb = outline.verbs[0] ?? 'UNKNOWN';
  if (outline.verbs.length === 0) outline.verbs.push('UNKNOWN');
  if (hasMergedStar(outline)) walker.unknown('unresolved_column');
  return outline;
}

function noteDataStatement(walker: Walker, kind: string, body: Body): void {
  const { outline } = walker;
  if (kind === 'SelectStmt') {
    if (outline.traits.includes('select_into')) {
      outline.verbs = ['SELECT INTO', ...outline.verbs.filter((verb) => verb !== 'SELECT INTO')];
    }
    noteSetConfigStatement(outline, body);
  }
  // The rules of this view turn an UPDATE into set_config.
  if (outline.relations.some((relation) => relation.name === 'pg_settings' && relation.access === 'write')) {
    for (const trait of ['set_config', 'search_path_change', 'set_role']) walker.trait(trait);
    walker.unknown('dynamic_setting');
  }
}

/** `SELECT set_config('name', 'value', local)` and nothing else, whose effect is then that of SET. */
function noteSetConfigStatement(outline: Outline, body: Body): void {
  const targets = listOf(body['targetList']);
  const call = nodeOf(bodyOf(targets[0], 'ResTarget')?.['val']);
  if (call?.kind !== 'FuncCall' || namesOf(call.body['funcname']).at(-1) !== 'set_config') return;
  const plain = [
    'fromClause',
    'whereClause',
    'withClause',
    'limitCount',
    'limitOffset',
    'groupClause',
    'havingClause',
  ];
  if (targets.length !== 1 || plain.some((key) => body[key] !== undefined)) return;
  const args = listOf(call.body['args']);
  if (args.length !== 3 || args.some((arg) => nodeOf(arg)?.kind === 'NamedArgExpr')) return;
  const name = constantText(args[0])?.toLowerCase();
  const local = nodeOf(args[2]);
  const constant = local?.kind === 'A_Const' ? bodyOf(local.body['boolval']) : undefined;
  if (name === undefined || constant === undefined) return;
  const value = outline.secret ? undefined : constantText(args[1]);
  outline.setting = { name, value, local: constant['boolval'] === true };
}

/** Positional column names over a `*` whose order depends on merged join columns. */
function hasMergedStar(outline: Outline): boolean {
  if (!outline.traits.includes('merged_join')) return false;
  const starred = (outputs: readonly object[]): boolean => outputs.some((output) => 'star' in output);
  const queried = (query: number | undefined): boolean =>
    query !== undefined && starred(outputsOf(outline, query));
  return (
    outline.items.some(
      (item) =>
        item.kind === 'derived' && item.columns.length > 0 && (starred(item.outputs) || queried(item.query)),
    ) ||
    (outline.ctes.some((cte) => queried(cte.query)) &&
      (outline.ctes.some((cte) => cte.columns.length > 0) ||
        outline.items.some((item) => item.kind === 'cte' && item.columns.length > 0)))
  );
}
