/**
 * A second, dumb look at a tree: every relation, column, call, cast, operator and query in it must have been visited
 * by the walk. It knows nothing of SQL, so it does not share the walk's mistakes.
 */
import { type Body, bodyOf, nodeOf } from './ast.ts';

const MUST_VISIT = new Set([
  'RangeVar',
  'FuncCall',
  'ColumnRef',
  'SubLink',
  'TypeCast',
  'A_Expr',
  'CommonTableExpr',
  'RangeFunction',
  'RangeSubselect',
  'JsonFuncExpr',
  'JsonTable',
  'RangeTableFunc',
  'RangeTableSample',
  'XmlExpr',
]);

/** Kinds that occur in the tree and were not visited, each once. */
export function unvisitedKinds(tree: unknown, visited: ReadonlySet<object>): string[] {
  const missed = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      for (const entry of value) look(entry);
      return;
    }
    const node = nodeOf(value);
    const body = node?.body ?? bodyOf(value) ?? {};
    const kind = node?.kind ?? embeddedKind(body);
    if (kind !== undefined && (MUST_VISIT.has(kind) || kind.endsWith('Stmt')) && !visited.has(body))
      missed.add(kind);
    for (const key in body) look(body[key]);
  };
  look(tree);
  return [...missed];
}

/** The kind of a body that a field holds directly. */
function embeddedKind(body: Body): string | undefined {
  if (body['relname'] !== undefined) return 'RangeVar';
  if (body['funcname'] !== undefined && body['funcformat'] !== undefined) return 'FuncCall';
  if (body['limitOption'] !== undefined) return 'SelectStmt';
  return undefined;
}
