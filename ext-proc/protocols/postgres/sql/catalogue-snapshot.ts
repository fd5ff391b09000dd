/**
 * What of a database's catalogue a description needs, as plain lookups. `adapters/catalogue` fills it from
 * pg_catalog; nothing here reads anything.
 */
import type { FunctionUse, RelationUse } from '../../../domain/statement.ts';

export interface CatalogueRelation {
  readonly schema: string;
  readonly name: string;
  readonly kind: RelationUse['kind'];
  /** In the order of attnum, dropped ones left out. */
  readonly columns: readonly string[];
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
  /** Operators outside pg_catalog: name, then schema, then whether an extension brought it. */
  readonly operators: ReadonlyMap<string, ReadonlyMap<string, 'user' | 'extension'>>;
  /** Types outside pg_catalog whose casts run functions of users: name, then schema. */
  readonly typeFunctions: ReadonlyMap<string, ReadonlyMap<string, readonly FunctionUse[]>>;
  /** Names of temporary relations of any session. */
  readonly temporaryNames: ReadonlySet<string>;
}
