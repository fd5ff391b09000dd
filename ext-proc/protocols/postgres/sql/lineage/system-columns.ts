/**
 * The columns that every table has without naming them (documentation section 5.6).
 */
import type { CatalogueRelation } from '../catalogue-snapshot.ts';
import { columnValue, type Definitions } from './definitions.ts';
import { Mixture, type Value } from './value.ts';

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ['ctid', -1],
  ['xmin', -2],
  ['cmin', -3],
  ['xmax', -4],
  ['cmax', -5],
  ['tableoid', -6],
]);

export const isSystemColumn = (name: string): boolean => NUMBERS.has(name);

export function systemColumn(
  name: string,
  entry: CatalogueRelation | undefined,
  definitions: Definitions | undefined,
): Value | undefined {
  const attribute = NUMBERS.get(name);
  if (attribute === undefined || entry === undefined || entry.kind === 'view') return undefined;
  const mixture = new Mixture();
  mixture.add(columnValue(entry, name), 'plain');
  if (name === 'tableoid' && definitions !== undefined)
    mixture.add(definitions.partitionOf(entry), 'derived');
  const value = mixture.value();
  return entry.oid === undefined ? value : { ...value, origin: { relation: entry.oid, attribute } };
}
