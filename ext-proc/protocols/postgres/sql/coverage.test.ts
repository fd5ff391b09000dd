import { beforeAll, describe, expect, it } from 'vitest';
import { loadModule, parseSync } from 'libpg-query';
import { unvisitedKinds } from './coverage.ts';
import { outlineStatement } from './walk-statement.ts';

beforeAll(() => loadModule());

const treeOf = (text: string): unknown => parseSync(text).stmts?.[0]?.stmt;

describe('the second look', () => {
  it('names every kind that a walk which visits nothing would miss', () => {
    const tree = treeOf(
      "WITH a AS (SELECT f(x) FROM t) DELETE FROM u WHERE b = 'c'::regclass AND EXISTS (TABLE a)",
    );
    expect(unvisitedKinds(tree, new Set()).toSorted()).toEqual([
      'A_Expr',
      'ColumnRef',
      'CommonTableExpr',
      'DeleteStmt',
      'FuncCall',
      'RangeVar',
      'SelectStmt',
      'SubLink',
      'TypeCast',
    ]);
  });

  it('makes a statement unknown whose tree has a place that the walk does not know', () => {
    const tree = JSON.parse(JSON.stringify(treeOf('SELECT 1 FROM t'))) as {
      SelectStmt: Record<string, unknown>;
    };
    tree.SelectStmt['someNewClause'] = {
      FuncCall: { funcname: [{ String: { sval: 'evil' } }], funcformat: 'X' },
    };
    expect(outlineStatement(tree).unknown).toEqual(['unvisited_node:FuncCall']);
  });

  it('makes a statement unknown that has a node of a kind that the walk does not know', () => {
    expect(
      outlineStatement({ SelectStmt: { targetList: [{ ResTarget: { val: { NewExpr: {} } } }] } }).unknown,
    ).toEqual(['unknown_node:NewExpr']);
    expect(outlineStatement({ BrandNewStmt: {} })).toMatchObject({ verb: 'UNKNOWN', writes: true });
    expect(outlineStatement({ BrandNewStmt: {} }).unknown).toContain('unknown_node:BrandNewStmt');
  });
});
