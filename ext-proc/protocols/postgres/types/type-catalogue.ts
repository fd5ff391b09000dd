/**
 * Types that are not built in, from what the catalogue says of them: domains, enums, composites, ranges, arrays of all
 * of these, and the types of a few extensions whose values are text. `TYPE_ROWS` is the query whose rows `typeLookup`
 * takes; nothing here runs it.
 */
import type { BaseTypeName } from './base-types.ts';
import type { PgType, TypeLookup } from './pg-type.ts';

/** For PostgreSQL 14 to 18; needs no more than a login. OIDs below 10,000 are known without it. */
export const TYPE_ROWS = `
  SELECT t.oid::bigint AS oid, t.typname AS name, t.typtype AS kind, t.typelem::bigint AS element,
         t.typinput = 'pg_catalog.array_in'::regproc AS is_array, t.typdelim AS delimiter,
         t.typbasetype::bigint AS base, t.typtypmod AS modifier,
         coalesce((SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e
                   WHERE e.enumtypid = t.oid), '{}') AS labels,
         coalesce((SELECT array_agg(a.atttypid::bigint ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
                   WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped), '{}') AS attributes,
         coalesce((SELECT array_agg(a.atttypmod ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
                   WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped), '{}') AS modifiers,
         coalesce((SELECT r.rngsubtype::bigint FROM pg_catalog.pg_range r
                   WHERE r.rngtypid = t.oid OR r.rngmultitypid = t.oid), 0) AS subtype
  FROM pg_catalog.pg_type t
  WHERE t.oid >= 10000 AND t.typtype IN ('b', 'c', 'd', 'e', 'r', 'm')`;

export interface TypeRow {
  readonly oid: number;
  readonly name: string;
  /** pg_type.typtype. */
  readonly kind: string;
  readonly element: number;
  readonly is_array: boolean;
  readonly delimiter: string;
  readonly base: number;
  readonly modifier: number;
  readonly labels: readonly string[];
  readonly attributes: readonly number[];
  readonly modifiers: readonly number[];
  readonly subtype: number;
}

/** Types of extensions by name, whose text and binary forms are their text. */
const TEXTUAL: ReadonlyMap<string, BaseTypeName> = new Map([['citext', 'text']]);

export function typeLookup(rows: Iterable<TypeRow>): TypeLookup {
  const types = new Map<number, PgType>();
  for (const row of rows) {
    const type = typeOf(row);
    if (type !== undefined) types.set(row.oid, type);
  }
  return (oid) => types.get(oid);
}

function typeOf(row: TypeRow): PgType | undefined {
  switch (row.kind) {
    case 'b': {
      if (row.is_array && row.element !== 0)
        return { kind: 'array', element: row.element, delimiter: row.delimiter === ';' ? ';' : ',' };
      const name = TEXTUAL.get(row.name);
      return name === undefined ? undefined : { kind: 'base', name };
    }
    case 'c':
      return {
        kind: 'composite',
        attributes: row.attributes.map((typeOid, index) => ({
          typeOid,
          typeModifier: row.modifiers[index] ?? -1,
        })),
      };
    case 'd':
      return { kind: 'domain', base: row.base, typeModifier: row.modifier };
    case 'e':
      return { kind: 'enum', labels: row.labels };
    case 'r':
      return { kind: 'range', subtype: row.subtype };
    case 'm':
      return { kind: 'multirange', subtype: row.subtype };
    default:
      return undefined;
  }
}
