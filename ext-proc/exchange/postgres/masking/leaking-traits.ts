/**
 * Parts of the system that show what is in columns under another name. Where anything is masked for a principal it may
 * not ask them at all: masking what they print would leave their conditions, which answer questions about it.
 */
import type { StatementDescription } from '../../../domain/statement.ts';
import type { LeakTrait } from '../../../protocols/postgres/sql/lineage/leaking-sources.ts';

/** What COPY writes to a file or program can be read again, and what it reads there may be anything. */
const COPIES: Readonly<Record<string, string>> = {
  copy_file: 'a file of the server',
  copy_program: 'a program of the server',
};

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

/** What of a statement can show stored values, in words; undefined where nothing does. */
export function leakingSource({ traits }: Pick<StatementDescription, 'traits'>): string | undefined {
  for (const trait of traits) {
    const words = Object.hasOwn(SHOWS_VALUES, trait) ? SHOWS_VALUES[trait as LeakTrait] : COPIES[trait];
    if (words !== undefined) return words;
  }
  return undefined;
}
