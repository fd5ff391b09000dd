/** Types that are not built in, read with the catalogue. */
import type { TypeLookup } from '../../protocols/postgres/types/pg-type.ts';
import { TYPE_ROWS, typeLookup } from '../../protocols/postgres/types/type-catalogue.ts';
import type { RunQuery } from './read-snapshot.ts';

/** Rejects with the server's error. */
export async function readTypes(run: RunQuery): Promise<TypeLookup> {
  const numbers = (value: unknown): number[] => (Array.isArray(value) ? value.map(Number) : []);
  // node-postgres gives bigint as text.
  return typeLookup(
    (await run(TYPE_ROWS)).map((row) => ({
      oid: Number(row['oid']),
      name: String(row['name']),
      kind: String(row['kind']),
      element: Number(row['element']),
      is_array: row['is_array'] === true,
      delimiter: String(row['delimiter']),
      base: Number(row['base']),
      modifier: Number(row['modifier']),
      labels: Array.isArray(row['labels']) ? row['labels'].map(String) : [],
      attributes: numbers(row['attributes']),
      modifiers: numbers(row['modifiers']),
      subtype: Number(row['subtype']),
    })),
  );
}
