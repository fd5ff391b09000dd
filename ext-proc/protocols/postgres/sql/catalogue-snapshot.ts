/**
 * What of a database's catalogue a description needs, as plain lookups. `adapters/catalogue` fills it from
 * pg_catalog; nothing here reads anything.
 */
import type { ColumnName } from '../../../domain/lineage.ts';
import type { FunctionUse, RelationUse } from '../../../domain/statement.ts';
import type { Outline } from './outline.ts';

/** What a column is, beside its name; the lists of a relation's are in the order of its names. */
export interface CatalogueColumns {
  /** pg_attribute.attnum. */
  readonly numbers: readonly number[];
  readonly types: readonly number[];
  /** pg_attribute.atttypmod. */
  readonly typmods: readonly number[];
}

export interface CatalogueRelation {
  /** 0 where it is not known. */
  readonly oid?: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: RelationUse['kind'];
  /** In the order of attnum, dropped ones left out. */
  readonly columns: readonly string[];
  readonly details?: CatalogueColumns | undefined;
  /** Oids of the tables that it inherits from or is a partition of, and theirs. */
  readonly ancestors?: readonly number[];
  /** Oids of the tables that inherit from it and of its partitions, and theirs. */
  readonly descendants?: readonly number[];
  /** Of each generated column, the columns of the same table that it is made of; `unknown` if by a function of users. */
  readonly generated?: ReadonlyMap<string, readonly string[] | 'unknown'> | undefined;
  /** Of a partitioned table, the columns that decide which partition a row is in. */
  readonly partitionKey?: readonly string[] | undefined;
  /** The columns, its own and others', by which row policies choose the rows that are seen; `*` for a whole row. */
  readonly policyColumns?: readonly ColumnName[] | undefined;
  /** The query of a view, as the server prints it under `search_path = pg_catalog`; undefined where it is not known. */
  readonly definition?: Outline | undefined;
  /** Qualified names of what a view or a rule on it reaches, a partition's parents, a TOAST table's owner. */
  readonly through: readonly string[];
  /** Qualified names of the tables that inherit from it, which a use without ONLY reaches. */
  readonly inheritors: readonly string[];
  /** Functions that a view on the way runs, harmless built-ins left out. */
  readonly functions: readonly FunctionUse[];
  /** What happens besides whenever it is used: `has_policies`, where row policies run functions of users. */
  readonly traits: readonly string[];
  /** What happens besides when it is written: `has_triggers`, `has_rules`, `has_cascades`, `calls_functions`. */
  readonly writeTraits: readonly string[];
}

export interface CatalogueFunction {
  /** `unknown` where overloads differ. */
  readonly volatility: FunctionUse['volatility'];
  /** Every overload came with an extension. */
  readonly extension: boolean;
  /**
   * What its results are made of, by overload. Of the built-ins only those that give several columns; the others give
   * one, made of their arguments.
   */
  readonly overloads?: readonly CatalogueOverload[];
}

export interface CatalogueOverload {
  readonly argumentsMin: number;
  readonly argumentsMax: number;
  /** Of the arguments, in order; empty where one has none. */
  readonly argumentNames: readonly string[];
  /** What stands for arguments that are left out is made of nothing but constants and built-ins. */
  readonly plainDefaults: boolean;
  /** The columns of its result: OUT arguments, or those of the composite type it returns. One unnamed for a scalar. */
  readonly columns: readonly string[] | 'scalar' | 'unknown';
  /**
   * `arguments`: its result is made of its arguments and of nothing else. Outlines: of an SQL function, whose last
   * statement gives the result. `unknown`: anything.
   */
  readonly result: 'arguments' | 'unknown' | readonly Outline[];
  /** The path that its body is resolved under: the function's own setting, or undefined for the caller's. */
  readonly searchPath: readonly string[] | undefined;
  /** Of SECURITY DEFINER, the role that it runs as. */
  readonly role: string | undefined;
}

export interface CatalogueSchema {
  /** Every role may look names up in it, so that a name found here hides the ones behind. */
  readonly publicUsage: boolean;
  readonly relations: ReadonlyMap<string, CatalogueRelation>;
  readonly functions: ReadonlyMap<string, CatalogueFunction>;
}

export interface CatalogueSnapshot {
  /** Differs where the content does. */
  readonly version: string;
  /** PostgreSQL's server_version_num, for example 180004. */
  readonly serverVersion: number;
  readonly schemas: ReadonlyMap<string, CatalogueSchema>;
  /** Relations that have columns, by oid, and by the oid of their rows' type. */
  readonly byOid?: ReadonlyMap<number, CatalogueRelation>;
  readonly byRowType?: ReadonlyMap<number, CatalogueRelation>;
  /** Operators outside pg_catalog: name, then schema, then whether an extension brought it. */
  readonly operators: ReadonlyMap<string, ReadonlyMap<string, 'user' | 'extension'>>;
  /** Types outside pg_catalog whose casts run functions of users: name, then schema. */
  readonly typeFunctions: ReadonlyMap<string, ReadonlyMap<string, readonly FunctionUse[]>>;
  /** Names of temporary relations of any session. */
  readonly temporaryNames: ReadonlySet<string>;
}
