/**
 * Columns by the numbers of a RowDescription, and by inheritance, out of a snapshot of the catalogue.
 */
import type { CatalogueColumn, ColumnCatalogue } from '../../../../domain/ports.ts';
import type { ColumnName } from '../../../../domain/lineage.ts';
import type { CatalogueRelation, CatalogueSnapshot } from '../catalogue-snapshot.ts';
import { Definitions } from './definitions.ts';
import { resolveDefinition } from './statement-lineage.ts';

/**
 * `snapshotOf` gives the catalogue as it was read last, also while it is being read again: a column's numbers do not
 * change, and one that is not known yet is undefined.
 */
export function columnCatalogue(
  snapshotOf: (upstream: string, database: string) => CatalogueSnapshot | undefined,
): ColumnCatalogue {
  return {
    version: (upstream, database) => snapshotOf(upstream, database)?.version,
    column(upstream, database, relationOid, attribute) {
      const snapshot = snapshotOf(upstream, database);
      const relation = snapshot?.byOid?.get(relationOid);
      if (snapshot === undefined || relation === undefined) return undefined;
      return columnOf(snapshot, relation, attribute, { upstream, database });
    },
    named(upstream, database, { schema, table, column }) {
      const snapshot = snapshotOf(upstream, database);
      const relation = snapshot?.schemas.get(schema)?.relations.get(table);
      const attribute = relation?.details?.numbers[relation.columns.indexOf(column)];
      if (snapshot === undefined || relation === undefined || attribute === undefined) return undefined;
      return columnOf(snapshot, relation, attribute, { upstream, database });
    },
    family(upstream, database, column) {
      const snapshot = snapshotOf(upstream, database);
      return snapshot === undefined ? undefined : familyOf(snapshot, column);
    },
    columns: (upstream, database, { schema, table }) =>
      snapshotOf(upstream, database)?.schemas.get(schema)?.relations.get(table)?.columns,
  };
}

function columnOf(
  snapshot: CatalogueSnapshot,
  relation: CatalogueRelation,
  attribute: number,
  names: { readonly upstream: string; readonly database: string },
): CatalogueColumn | undefined {
  const { details, columns, schema, name } = relation;
  const at = details?.numbers.indexOf(attribute) ?? -1;
  const column = columns[at];
  const typeOid = details?.types[at];
  const typmod = details?.typmods[at];
  if (column === undefined || typeOid === undefined || typmod === undefined) return undefined;
  const context = { ...names, searchPath: ['pg_catalog'], role: '' };
  const value = new Definitions(snapshot, context, 0, resolveDefinition).cellsOf(relation)[at]?.value;
  const sources =
    value === undefined || value.unknown
      ? undefined
      : Array.from(value.sources.values(), ({ schema: of, table, column: source, derivation }) => ({
          schema: of,
          table,
          column: source,
          derivation,
        }));
  return { schema, table: name, column, typeOid, typmod, sources };
}

function familyOf(snapshot: CatalogueSnapshot, column: ColumnName): readonly ColumnName[] | undefined {
  const relation = snapshot.schemas.get(column.schema)?.relations.get(column.table);
  const has = ({ columns }: CatalogueRelation): boolean =>
    column.column === '*' || columns.includes(column.column);
  if (relation === undefined || !has(relation)) return undefined;
  const family: ColumnName[] = [column];
  for (const oid of [...(relation.ancestors ?? []), ...(relation.descendants ?? [])]) {
    const relative = snapshot.byOid?.get(oid);
    if (relative !== undefined && has(relative))
      family.push({ schema: relative.schema, table: relative.name, column: column.column });
  }
  return family;
}
