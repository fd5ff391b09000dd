/**
 * The catalogue's columns behind the `ColumnCatalogue` port: by the numbers of a RowDescription, and by name with the
 * tables that inherit. Answers from the catalogue as it was read last, also while it is being read again: a column's
 * numbers do not change, and one that is not known yet is undefined.
 */
import type { ColumnName } from '../../domain/lineage.ts';
import type { CatalogueColumn, ColumnCatalogue } from '../../domain/ports.ts';
import type {
  CatalogueRelation,
  CatalogueSnapshot,
} from '../../protocols/postgres/sql/catalogue-snapshot.ts';
import { Definitions } from '../../protocols/postgres/sql/lineage/definitions.ts';
import { resolveDefinition } from '../../protocols/postgres/sql/lineage/statement-lineage.ts';

export function createColumnCatalogue(
  latest: (upstream: string, database: string) => CatalogueSnapshot | undefined,
): ColumnCatalogue {
  return {
    version: (upstream, database) => latest(upstream, database)?.version,
    column(upstream, database, relationOid, attribute) {
      const snapshot = latest(upstream, database);
      const relation = snapshot?.byOid?.get(relationOid);
      const index = relation?.details?.numbers.indexOf(attribute) ?? -1;
      if (snapshot === undefined || relation === undefined || index < 0) return undefined;
      return columnOf(snapshot, relation, index, upstream, database);
    },
    named(upstream, database, { schema, table, column }) {
      const snapshot = latest(upstream, database);
      const relation = snapshot?.schemas.get(schema)?.relations.get(table);
      const index = relation?.columns.indexOf(column) ?? -1;
      if (snapshot === undefined || relation === undefined || index < 0) return undefined;
      return columnOf(snapshot, relation, index, upstream, database);
    },
    family(upstream, database, column) {
      const snapshot = latest(upstream, database);
      const relation = snapshot?.schemas.get(column.schema)?.relations.get(column.table);
      if (snapshot === undefined || relation?.columns.includes(column.column) !== true) return undefined;
      return familyOf(snapshot, relation, column);
    },
  };
}

function columnOf(
  snapshot: CatalogueSnapshot,
  relation: CatalogueRelation,
  index: number,
  upstream: string,
  database: string,
): CatalogueColumn | undefined {
  const column = relation.columns[index];
  if (column === undefined) return undefined;
  const context = { upstream, database, searchPath: ['pg_catalog'], role: '' };
  const cell = new Definitions(snapshot, context, 0, resolveDefinition).cellsOf(relation)[index];
  return {
    schema: relation.schema,
    table: relation.name,
    column,
    typeOid: relation.details?.types[index] ?? 0,
    typmod: relation.details?.typmods[index] ?? -1,
    sources: cell === undefined || cell.value.unknown ? undefined : [...cell.value.sources.values()],
  };
}

function familyOf(
  snapshot: CatalogueSnapshot,
  relation: CatalogueRelation,
  column: ColumnName,
): readonly ColumnName[] {
  const members = [column];
  for (const oid of [...(relation.ancestors ?? []), ...(relation.descendants ?? [])]) {
    const member = snapshot.byOid?.get(oid);
    if (member?.columns.includes(column.column) === true)
      members.push({ schema: member.schema, table: member.name, column: column.column });
  }
  return members;
}
