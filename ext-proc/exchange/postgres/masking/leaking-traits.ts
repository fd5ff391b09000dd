/**
 * Parts of the system that show what is in columns under another name. Where anything is masked for a principal it may
 * not ask them at all: masking what they print would leave their conditions, which answer questions about it.
 */
import type { LeakTrait } from '../../../protocols/postgres/sql/lineage/leaking-sources.ts';

/** Those that do not show stored values are left to what becomes of their output. */
const SHOWS_VALUES: Readonly<Record<LeakTrait, string | undefined>> = {
  column_statistics: 'the statistics of columns',
  statement_texts: 'what others are running',
  stored_values: 'rows as they are stored',
  row_changes: 'the changes of rows',
  file_access: 'a file of the server',
  large_object: 'a large object',
  dynamic_sql: 'a query that is given as text',
  definition_texts: undefined,
  sequence_state: undefined,
  setting_values: undefined,
};

/** What among a statement's traits can show stored values, in words; undefined where nothing does. */
export function leakingSource(traits: readonly string[]): string | undefined {
  for (const trait of traits) {
    const words = Object.hasOwn(SHOWS_VALUES, trait) ? SHOWS_VALUES[trait as LeakTrait] : undefined;
    if (words !== undefined) return words;
  }
  return undefined;
}
