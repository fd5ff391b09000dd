/**
 * What a statement's output is made of: which columns of tables, and how. Masking rests on it, so what is not known
 * for certain is `unknown`, and that means: may be anything that the statement can reach.
 */

/**
 * How a column's value got to where it is, the most telling way where there are several:
 * - `condition`: it decides which value is taken, or whether one is (`CASE WHEN`, `FILTER`, the WHERE of a subquery that
 *   gives one value);
 * - `plain`: the column itself, so that the server's RowDescription carries its table's OID and its number;
 * - `copied`: the same value through a view, a set operation, a subquery in place of a value;
 * - `cast`: the same value by a cast that keeps its text (`::text`, `::varchar`);
 * - `derived`: anything else, from `lower(card)` to a whole row as JSON.
 */
export type Derivation = 'condition' | 'plain' | 'copied' | 'cast' | 'derived';

/** A column of a table (or foreign table, or the system's own relations), by its own name. */
export interface ColumnName {
  readonly schema: string;
  readonly table: string;
  /** `*`: a whole row, where its columns could not be listed. */
  readonly column: string;
}

export interface ColumnSource extends ColumnName {
  readonly derivation: Derivation;
}

/** One column of what the statement returns, in the order of the RowDescription. */
export interface OutputColumn {
  readonly name: string;
  /**
   * The most telling one of its sources; `derived` where it has none (a constant, a parameter); `unknown`: it may hold
   * anything that the statement can reach, whatever `sources` lists besides.
   */
  readonly derivation: Derivation | 'unknown';
  /** A generated column comes with what it is made of, a partition's column with the parents'. */
  readonly sources: readonly ColumnSource[];
}

/** What a column that is written, or made, is made of. Constants and parameters are not listed. */
export interface ColumnFlow extends ColumnName {
  readonly derivation: Derivation | 'unknown';
  readonly sources: readonly ColumnSource[];
}

/**
 * Where a column is used besides plainly in a target list. `returning` and `exists` alone tell nothing of a value that
 * the output does not: RETURNING lists what is masked as any output, EXISTS does not look at its target list.
 */
export type UseContext =
  | 'where'
  | 'join'
  | 'group_by'
  | 'having'
  | 'order_by'
  | 'distinct'
  | 'window'
  | 'limit'
  | 'set_operation'
  | 'function_argument'
  | 'aggregate_argument'
  | 'operator_argument'
  /** The test of CASE, FILTER. */
  | 'condition'
  /** A cast that does not keep the text: it may fail, and say on what. */
  | 'cast'
  /** COALESCE, CASE's results, ROW, ARRAY, a whole row, a field of a composite and other parts of the grammar. */
  | 'expression'
  | 'insert_source'
  | 'update_source'
  | 'returning'
  | 'on_conflict'
  | 'exists'
  /** What a definition keeps for later: a default, a constraint, an index, a policy. */
  | 'definition';
