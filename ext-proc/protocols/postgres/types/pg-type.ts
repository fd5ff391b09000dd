/**
 * What masking has to know of a type: how its values are built, as far as PostgreSQL's catalogue says it. Built-in
 * types have fixed OIDs and are known here; all others come from a lookup that the caller gives.
 * Specification: PostgreSQL 18, "pg_type"; an OID below 10,000 is the same on every server.
 */
import type { BaseTypeName } from './base-types.ts';
import { BUILT_IN_TYPES } from './built-in-types.ts';

export interface CompositeAttribute {
  readonly typeOid: number;
  readonly typeModifier: number;
}

export type PgType =
  | { readonly kind: 'base'; readonly name: BaseTypeName }
  /** `element` 0: known from the binary form alone, as with anyarray. */
  | { readonly kind: 'array'; readonly element: number; readonly delimiter: ',' | ';' }
  /** The attributes in order, dropped ones left out; undefined where only the binary form tells them (record). */
  | { readonly kind: 'composite'; readonly attributes: readonly CompositeAttribute[] | undefined }
  | { readonly kind: 'domain'; readonly base: number; readonly typeModifier: number }
  | { readonly kind: 'enum'; readonly labels: readonly string[] }
  | { readonly kind: 'range'; readonly subtype: number }
  | { readonly kind: 'multirange'; readonly subtype: number };

/** The type with an OID; undefined where it is not known. Never throws. */
export type TypeLookup = (oid: number) => PgType | undefined;

/** A type with what qualifies it: `typeModifier` is pg_attribute.atttypmod, -1 where there is none. */
export interface TypeReference {
  readonly oid: number;
  readonly typeModifier: number;
}

/** Domains over domains are followed so far; a catalogue has no circles, but a stale copy of one may. */
const DOMAIN_DEPTH_MAX = 32;

/** The type below all domains, with the modifier that holds there; undefined where one of them is not known. */
export function resolveType(
  reference: TypeReference,
  lookup: TypeLookup,
): { readonly type: Exclude<PgType, { kind: 'domain' }>; readonly reference: TypeReference } | undefined {
  let current = reference;
  for (let depth = 0; depth < DOMAIN_DEPTH_MAX; depth++) {
    const type = BUILT_IN_TYPES.get(current.oid) ?? lookup(current.oid);
    if (type === undefined) return undefined;
    if (type.kind !== 'domain') return { type, reference: current };
    current = {
      oid: type.base,
      typeModifier: type.typeModifier < 0 ? current.typeModifier : type.typeModifier,
    };
  }
  return undefined;
}
