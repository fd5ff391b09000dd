/**
 * The tables and views of a catalogue that marks can speak of.
 */
import type { MarkableTable } from '../../../domain/unused-marks.ts';
import type { CatalogueSnapshot } from './catalogue-snapshot.ts';

const VIEWS: ReadonlySet<string> = new Set(['view', 'materialized_view']);
const TABLES: ReadonlySet<string> = new Set(['table', 'foreign_table', 'system', ...VIEWS]);

export function markableTables({ schemas }: CatalogueSnapshot): readonly MarkableTable[] {
  return [...schemas.values()].flatMap(({ relations }) =>
    [...relations.values()]
      .filter(({ kind }) => TABLES.has(kind))
      .map(({ schema, name, columns, kind }) => ({
        schema,
        table: name,
        columns,
        isView: VIEWS.has(kind),
      })),
  );
}
