/**
 * What a statement says of itself, before any name is looked up: the parser's worker makes it from the tree, and
 * `resolve.ts` turns it into a description with the catalogue's help. Plain data, small to pass between threads;
 * everything refers to everything by index.
 */
import type { ColumnUse, RelationAccess } from '../../../domain/statement.ts';

export interface OutlineRelation {
  readonly catalog: string | undefined;
  /** As written, already folded by the parser; undefined where the name is unqualified. */
  readonly schema: string | undefined;
  readonly name: string;
  readonly access: RelationAccess;
  /** False for `ONLY`: children in the inheritance tree are not reached. */
  readonly descends: boolean;
  /** It is made by this statement (CREATE …): it need not exist, and its name is not looked up. */
  readonly made: boolean;
  readonly temporary: boolean;
}

/** A column that a subquery, CTE or function gives: by name, or all of some items' columns. */
export type Output = { readonly name: string } | { readonly star: readonly number[] };

/** What a name in FROM stands for. `hidden` ones are found by qualifier only (OLD, NEW, a join's USING alias). */
export type ScopeItem =
  | {
      readonly kind: 'relation';
      readonly relation: number;
      readonly alias: string | undefined;
      readonly columns: readonly string[];
      readonly hidden: boolean;
    }
  | {
      readonly kind: 'derived';
      readonly alias: string | undefined;
      readonly outputs: readonly Output[];
      readonly columns: readonly string[];
      /** It may have columns that the text does not tell (a function's composite result). */
      readonly opaque: boolean;
      readonly hidden: boolean;
    }
  | {
      readonly kind: 'cte';
      readonly cte: number;
      readonly alias: string;
      readonly columns: readonly string[];
      readonly hidden: boolean;
    }
  | {
      readonly kind: 'join';
      readonly alias: string;
      readonly members: readonly number[];
      readonly columns: readonly string[];
      readonly hidden: boolean;
    };

export interface OutlineCte {
  readonly outputs: readonly Output[];
  readonly columns: readonly string[];
  readonly opaque: boolean;
}

/** A namespace: items visible together, and the namespace outside. */
export interface OutlineScope {
  readonly items: readonly number[];
  readonly parent: number;
}

export interface OutlineColumn {
  readonly scope: number;
  /** `a`, `t.a`, `s.t.a`; without the last part for `t.*`, empty for `*`. */
  readonly parts: readonly string[];
  readonly star: boolean;
  readonly use: ColumnUse['use'];
  /** ORDER BY looks among the output names first, GROUP BY last. */
  readonly outputNames: 'first' | 'last' | undefined;
  readonly outputs: readonly string[];
  /** A target column of INSERT or UPDATE: it is this item's, whatever else has the name. */
  readonly item: number | undefined;
}

export interface OutlineName {
  readonly schema: string | undefined;
  readonly name: string;
}

export interface OutlineFunction extends OutlineName {
  /** Server version from which the grammar, not a function, answers to this name; an older one calls a function. */
  readonly keywordSince: number | undefined;
}

/** A write that may reach every row: `columns` is the range of the WHERE clause's references. */
export interface OutlineFilter {
  readonly item: number;
  readonly constant: boolean;
  readonly columnsFrom: number;
  readonly columnsTo: number;
}

export interface Outline {
  verb: string;
  verbs: string[];
  /** It writes by itself, whatever its functions do. */
  writes: boolean;
  defines: boolean;
  relations: OutlineRelation[];
  items: ScopeItem[];
  ctes: OutlineCte[];
  scopes: OutlineScope[];
  columns: OutlineColumn[];
  functions: OutlineFunction[];
  operators: OutlineName[];
  types: OutlineName[];
  /** Fields taken of a value, `(x).f`: PostgreSQL calls a function of that name where there is no such column. */
  fields: string[];
  filters: OutlineFilter[];
  traits: string[];
  unknown: string[];
  setting: { name: string; value: string | undefined; local: boolean } | undefined;
  subject: string | undefined;
  inner: Outline | undefined;
  /** The inner statement is executed with this one (EXPLAIN ANALYZE, COPY, DECLARE), will be (PREPARE), or never (EXPLAIN). */
  innerRuns: 'now' | 'later' | 'never';
  fingerprint: string;
  /** Its text may hold secrets: every literal is removed from the record. */
  secret: boolean;
  /** What the record holds in its place, where even a bare word may be the secret. */
  recordAs: string | undefined;
  /** An integer constant of the text may change the description, so texts that differ in one are not alike. */
  constantsMatter: boolean;
}

export function emptyOutline(verb: string): Outline {
  return {
    verb,
    verbs: [verb],
    writes: false,
    defines: false,
    relations: [],
    items: [],
    ctes: [],
    scopes: [],
    columns: [],
    functions: [],
    operators: [],
    types: [],
    fields: [],
    filters: [],
    traits: [],
    unknown: [],
    setting: undefined,
    subject: undefined,
    inner: undefined,
    innerRuns: 'now',
    fingerprint: '',
    secret: false,
    recordAs: undefined,
    constantsMatter: false,
  };
}

/** One statement of a text with its place, in bytes of UTF-8. */
export interface OutlinedStatement {
  readonly outline: Outline;
  readonly startByte: number;
  readonly endByte: number;
}
