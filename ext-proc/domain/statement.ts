/**
 * What one SQL statement does, in words a policy author knows. This is what a Rego rule sees as
 * `input.action.statement`; the field names are part of the versioned input schema, so they change only with it.
 * "Complete or unknown": what cannot be understood is named in `unknown`, and the default policy denies it.
 */
import type { ColumnFlow, OutputColumn, UseContext } from './lineage.ts';

/** How a statement uses a relation. A table that is read by an UPDATE's FROM is `read`, its target `write`. */
export type RelationAccess = 'read' | 'write' | 'define';

export interface RelationUse {
  /** Schema the name resolved to; empty where unresolved. */
  readonly schema: string;
  readonly name: string;
  /** `schema.name`, or the name as written where unresolved. */
  readonly qualified: string;
  readonly kind:
    | 'table'
    | 'view'
    | 'materialized_view'
    | 'foreign_table'
    | 'sequence'
    | 'index'
    | 'composite'
    | 'system'
    | 'unknown';
  readonly access: RelationAccess;
  readonly resolved: boolean;
  /** Base tables reached through a view, qualified. */
  readonly through: readonly string[];
}

export interface ColumnUse {
  /** Qualified relation; empty where it could not be told which. With the name `*`: it may be any column there is. */
  readonly relation: string;
  /** `*` for all columns. */
  readonly name: string;
  readonly use: 'target' | 'filter' | 'write' | 'other';
  /** Every place of this use that is not a plain target list; absent: none. */
  readonly contexts?: readonly UseContext[] | undefined;
  /** The view or function, qualified, in whose definition it is used; absent: in the statement itself. */
  readonly via?: string | undefined;
}

export interface FunctionUse {
  /** Schema it resolved to; `pg_catalog` for built-ins; empty where unresolved. */
  readonly schema: string;
  readonly name: string;
  readonly resolved: boolean;
  /** pg_proc.provolatile of what it resolved to; `unknown` where unresolved or where overloads differ. */
  readonly volatility: 'immutable' | 'stable' | 'volatile' | 'unknown';
}

export interface StatementDescription {
  /** Nothing in `unknown`. */
  readonly complete: boolean;
  /** Codes of what was not understood: `parse_error`, `too_long`, `too_deep`, `unresolved_relation`, `unresolved_search_path` … */
  readonly unknown: readonly string[];
  /** The top-level verb in upper case: SELECT, INSERT, UPDATE, DELETE, MERGE, TRUNCATE, COPY, CREATE TABLE, DROP TABLE, ALTER ROLE, SET, EXPLAIN, PREPARE, EXECUTE, BEGIN, EMPTY … */
  readonly verb: string;
  /** Every verb in it, the top one first: a writable CTE, EXPLAIN ANALYZE's statement, PREPARE's. */
  readonly verbs: readonly string[];
  /** Whether anything but reading may happen. Unknown counts as true. */
  readonly writes: boolean;
  /** Whether it defines or alters objects, roles or settings of the server. */
  readonly defines: boolean;
  readonly relations: readonly RelationUse[];
  readonly columns: readonly ColumnUse[];
  readonly functions: readonly FunctionUse[];
  /**
   * The columns of the rows it returns, in order; empty where it returns none. Absent: they cannot be told, and may hold
   * anything that the statement can reach.
   */
  readonly outputs?: readonly OutputColumn[] | undefined;
  /**
   * What the columns that it writes or makes are made of. Absent: it cannot be told, and anything that the statement
   * can reach may be in anything that it writes.
   */
  readonly flows?: readonly ColumnFlow[] | undefined;
  /** UPDATE and DELETE without a WHERE, or with one that is constant (`WHERE true`, `1=1`): the targets' qualified names. */
  readonly unfiltered: readonly string[];
  /** Particular traits: `copy_program`, `copy_file`, `explain_analyze`, `do_block`, `set_role`, `set_session_authorization`, `writable_cte`, `select_into`, `for_update`, `cursor`, `prepared`, `returning`, `large_object`, `search_path_change`, `transaction_control`, `listen_notify` … */
  readonly traits: readonly string[];
  /** SET/RESET: the parameter's name in lower case and its value where constant. */
  readonly setting:
    { readonly name: string; readonly value: string | undefined; readonly local: boolean } | undefined;
  /** PREPARE, EXECUTE, DEALLOCATE, DECLARE, FETCH, CLOSE: the name it is about. */
  readonly subject: string | undefined;
  /** PREPARE, DECLARE CURSOR, EXPLAIN, COPY (query): the statement inside. */
  readonly inner: StatementDescription | undefined;
  /** libpg_query's fingerprint, hex; empty where it did not parse. */
  readonly fingerprint: string;
}

/** One statement of a message with its place in it. */
export interface DescribedStatement {
  readonly description: StatementDescription;
  /** The statement's own text, without the separator. */
  readonly text: string;
  /** The text as the record may hold it: literals of secret-bearing statements (passwords, keys, gatehouse.token) are removed. */
  readonly recordText: string;
  /** COPY's options, as PostgreSQL's parse tree has them (CopyStmt.options). */
  readonly copyOptions?: readonly unknown[] | undefined;
}
