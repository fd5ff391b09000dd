/** What masking needs of the worker: made once, shared by all sessions. */
import type { ColumnMarkRule } from '../../../domain/masking-rules.ts';
import type { ColumnCatalogue } from '../../../domain/ports.ts';
import type { Masker } from '../../../masking/masker.ts';
import type { TypeLookup } from '../../../protocols/postgres/types/pg-type.ts';

export interface PostgresMasking {
  /** What configuration marks, on any upstream. */
  readonly rules: readonly ColumnMarkRule[];
  readonly columns: ColumnCatalogue;
  /** Every kind is looked for. */
  readonly masker: Masker;
  /** The same without some kinds, which a decision reveals. */
  readonly maskerWithout: (kinds: readonly string[]) => Masker;
  /** Types of the database that are not built in. */
  readonly types: (upstream: string, database: string) => TypeLookup;
}
