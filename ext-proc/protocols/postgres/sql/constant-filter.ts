/**
 * Whether a WHERE clause leaves the choice of rows open by its form alone. Form only: a condition that happens to
 * hold for every row (`id > 0`) is beyond it.
 */
import { type Body, constantText, listOf, namesOf, nodeOf, sameTree } from './ast.ts';

const ALWAYS_TRUE_OF_ITSELF = new Set(['=', '<=', '>=']);

/**
 * Whether a WHERE clause holds for every row by its form alone: it is absent, names no column, compares something
 * with itself, or allows everything in one arm of an OR. A clause that is false for every row counts too.
 */
export function isConstantFilter(value: unknown): boolean {
  const node = nodeOf(value);
  if (node === undefined) return true;
  const { kind, body } = node;
  if (kind === 'BoolExpr') {
    const args = listOf(body['args']);
    if (body['boolop'] === 'AND_EXPR') return args.every(isConstantFilter);
    if (body['boolop'] === 'OR_EXPR') return args.some(isConstantFilter) || coversNulls(args);
    return args.every(isConstantFilter);
  }
  if (kind === 'BooleanTest') return isConstantFilter(body['arg']);
  if (kind === 'A_Expr') {
    const operator = namesOf(body['name']).at(-1) ?? '';
    const same = sameTree(body['lexpr'], body['rexpr']);
    if (same && body['kind'] === 'AEXPR_OP' && ALWAYS_TRUE_OF_ITSELF.has(operator)) return true;
    if (same && body['kind'] === 'AEXPR_NOT_DISTINCT') return true;
    if (body['kind'] === 'AEXPR_LIKE' || body['kind'] === 'AEXPR_ILIKE') {
      const pattern = constantText(body['rexpr']);
      if (pattern !== undefined && /^%+$/.test(pattern) && operator.startsWith('~')) return true;
    }
  }
  return !namesRows(value);
}

/** `x IS NULL OR x IS NOT NULL`. */
function coversNulls(args: readonly unknown[]): boolean {
  const tests = args.map(nodeOf).filter((node) => node?.kind === 'NullTest');
  return tests.some((left) =>
    tests.some(
      (right) =>
        left?.body['nulltesttype'] === 'IS_NULL' &&
        right?.body['nulltesttype'] === 'IS_NOT_NULL' &&
        sameTree(left.body['arg'], right.body['arg']),
    ),
  );
}

/** Whether a column, a cursor's row or a subquery with columns occurs anywhere in it. */
function namesRows(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(namesRows);
  if (typeof value !== 'object' || value === null) return false;
  for (const key in value) {
    if (key === 'ColumnRef' || key === 'CurrentOfExpr') return true;
    if (namesRows((value as Body)[key])) return true;
  }
  return false;
}
