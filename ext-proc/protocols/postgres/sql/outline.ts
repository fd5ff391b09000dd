/**
 * What a statement says of itself, before any name is looked up: the parser's worker makes it from the tree, and
 * `resolve.ts` turns it into a description with the catalogue's help. Plain data, small to pass between threads;
 * everything refers to everything by index.
 */
import type { Derivation } from '../../../domain/lineage.ts';
import type { ColumnUse, RelationAccess } from '../../../domain/statement.ts';
import type { Contexts } from './lineage/use-contexts.ts';

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

/**
 * A part of what a value is made of, and how: a column reference, a call, a query in place of a value, a query of which
 * only the existence of rows counts, a cast's type, a named window; each by its index in the outline.
 */
export type Ingredient = readonly [
  what: 'column' | 'call' | 'query' | 'exists' | 'type' | 'window',
  index: number,
  derivation: Derivation,
];

/**
 * A column that a subquery, CTE or function gives: by name, or all of some items' columns. `reference` is the index of
 * the `*` among the columns, or undefined for `(expression).*`, which `from` then is made of.
 */
export type Output =
  | { readonly name: string; readonly from?: readonly Ingredient[] }
  | {
      readonly star: readonly number[];
      readonly reference: number | undefined;
      readonly from?: readonly Ingredient[];
      /** It is one column, with the name of a subquery's. */
      readonly single?: boolean;
    };

/** What of the outline's lists belongs to a query and everything inside it. */
export interface QueryRange {
  readonly columnsFrom: number;
  readonly columnsTo: number;
  readonly sortsFrom: number;
  readonly sortsTo: number;
  readonly callsFrom: number;
  readonly callsTo: number;
  readonly relationsFrom: number;
  readonly relationsTo: number;
  readonly naturalsFrom: number;
  readonly naturalsTo: number;
}

/** A query by its columns: a set operation has those of its two sides, by position. */
export type OutlineQuery =
  | { readonly outputs: readonly Output[]; readonly range: QueryRange }
  | {
      readonly operation: 'union' | 'intersect' | 'except';
      readonly left: number;
      readonly right: number;
      readonly range: QueryRange;
    };

/** An output that is sorted, grouped or told apart by: by name or place, or every one where neither is given. */
export interface OutlineSort {
  readonly query: number;
  readonly name: string | undefined;
  /** From 1. */
  readonly place: number | undefined;
  readonly contexts: Contexts;
}

/** FROM as it is nested, which decides the columns of `*`: an item, or a join of two. */
export type FromTree =
  | number
  | {
      readonly left: FromTree;
      readonly right: FromTree;
      /** The columns that USING merges; undefined for NATURAL, which merges those that both sides have. */
      readonly using: readonly string[] | undefined;
      readonly natural: boolean;
      readonly type: 'inner' | 'left' | 'right' | 'full';
    };

/** Functions in FROM, whose columns the catalogue knows better than the text. */
export interface OutlineRowsFrom {
  readonly functions: readonly {
    /** Undefined where something else of the grammar stands for a function. */
    readonly call: number | undefined;
    readonly name: string;
    readonly from: readonly Ingredient[];
    /** The columns of a column definition list. */
    readonly definitions: readonly string[] | undefined;
    /** One argument of unnest, whose elements make one column unless they are rows: `scalar` where they cannot be. */
    readonly unnests: 'scalar' | 'unknown' | undefined;
  }[];
  readonly ordinality: boolean;
  /** The alias's names of columns. */
  readonly columns: readonly string[];
}

/** What a target column of a change or a definition is made of. */
export type OutlineFlow =
  | {
      readonly relation: number;
      /** By position; the relation's own columns where undefined. */
      readonly columns: readonly string[] | undefined;
      /** Undefined: the inner statement's outputs. */
      readonly query: number | undefined;
    }
  | { readonly relation: number; readonly column: string; readonly from: readonly Ingredient[] };

/**
 * The rows that a statement returns: none, a query's, columns that are told one by one, a plan that depends on all that
 * the inner statement looks at, the inner statement's own, or what cannot be told.
 */
export type OutlineRows =
  | { readonly kind: 'none' | 'plan' | 'inner' | 'unknown' }
  | { readonly kind: 'query'; readonly query: number }
  /** COPY of a relation, which leaves out generated columns where it names none. */
  | { readonly kind: 'copy'; readonly query: number; readonly relation: number; readonly named: boolean }
  | { readonly kind: 'columns'; readonly outputs: readonly Output[]; readonly known: boolean };

/** What a name in FROM stands for. `hidden` ones are found by qualifier only (OLD, NEW, a join's USING alias). */
export type ScopeItem =
  | {
      readonly kind: 'relation';
      readonly relation: number;
      /** In RETURNING: the flows, from and to, that have just put values into it. */
      readonly written?: readonly [from: number, to: number];
      readonly alias: string | undefined;
      readonly columns: readonly string[];
      readonly hidden: boolean;
    }
  | {
      readonly kind: 'derived';
      readonly alias: string | undefined;
      /** Its columns, where it is no query. */
      readonly outputs: readonly Output[];
      readonly query: number | undefined;
      readonly rows: OutlineRowsFrom | undefined;
      /** EXCLUDED: the columns of this item, made of what `flow` of the outline's flows puts there. */
      readonly excluded: { readonly item: number; readonly flow: number | undefined } | undefined;
      readonly columns: readonly string[];
      /** It may have columns that the text does not tell (a function's composite result). */
      readonly opaque: boolean;
      /** It is what is being defined: its columns hold nothing of others. */
      readonly own?: true;
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
      readonly tree: FromTree;
      /** The alias of USING, which has the merged columns only. */
      readonly mergedOnly: boolean;
      readonly columns: readonly string[];
      readonly hidden: boolean;
    };

export interface OutlineCte {
  readonly query: number | undefined;
  readonly columns: readonly string[];
  readonly opaque: boolean;
  /** What SEARCH and CYCLE add: a column that is made of others. */
  readonly added: readonly { readonly name: string; readonly of: readonly string[] }[];
}

/** A namespace: items visible together, and the namespace outside. */
export interface OutlineScope {
  readonly items: readonly number[];
  readonly parent: number;
  /** Where some join in it merges columns; else the items as they are. */
  readonly trees: readonly FromTree[] | undefined;
}

export interface OutlineColumn {
  readonly scope: number;
  /** `a`, `t.a`, `s.t.a`; without the last part for `t.*`, empty for `*`. */
  readonly parts: readonly string[];
  readonly star: boolean;
  readonly use: ColumnUse['use'];
  readonly contexts: Contexts;
  /** `(a).field`: the first field that is taken of it. */
  readonly field: string | undefined;
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
  /** How many arguments it is called with; undefined where that does not tell overloads apart (VARIADIC). */
  readonly argumentCount: number | undefined;
  /** Its constant argument names something that shows no value of a column. */
  readonly harmless: boolean;
  /** Where its result is used. */
  readonly use: ColumnUse['use'];
  readonly contexts: Contexts;
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
  queries: OutlineQuery[];
  sorts: OutlineSort[];
  windows: (readonly Ingredient[])[];
  /** NATURAL joins, which compare columns that only the catalogue knows. */
  naturals: FromTree[];
  flows: OutlineFlow[];
  /** Something is written or made of what cannot be told. */
  flowsUnknown: boolean;
  rows: OutlineRows;
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
  /** COPY's options, as the parse tree has them. */
  copyOptions: readonly unknown[] | undefined;
  /** An integer constant of the text may change the description, so texts that differ in one are not alike. */
  constantsMatter: boolean;
}

/** The outputs that give a query its columns' names: a set operation has them of its left side. */
export function outputsOf(outline: Outline, query: number): readonly Output[] {
  let found = outline.queries[query];
  while (found !== undefined && 'left' in found) found = outline.queries[found.left];
  return found?.outputs ?? [];
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
    queries: [],
    sorts: [],
    windows: [],
    naturals: [],
    flows: [],
    flowsUnknown: false,
    rows: { kind: 'unknown' },
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
    copyOptions: undefined,
    constantsMatter: false,
  };
}

/** One statement of a text with its place, in bytes of UTF-8. */
export interface OutlinedStatement {
  readonly outline: Outline;
  readonly startByte: number;
  readonly endByte: number;
}
