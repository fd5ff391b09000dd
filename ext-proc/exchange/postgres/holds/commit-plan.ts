/**
 * What a message may do where a commit is to be held: run, be the commit, or neither. Pure. Owns that nothing commits
 * unasked what has run for it: what is not known to leave the transaction open is refused.
 */
import type { StatementDescription } from '../../../domain/statement.ts';
import type { Refusal } from '../denial.ts';
import type { TransactionState } from '../session-context.ts';
import { COMMIT_NOT_HELD, UNCERTAIN_COMMIT } from './refused-outright.ts';

/** Where the session is as the message comes. */
export interface CommitSituation {
  readonly protocol: 'simple' | 'extended';
  readonly transaction: TransactionState;
  /** Messages of the extended protocol are without their Sync. */
  readonly unsynced: boolean;
  /** A Query amid a pipeline may have left the pipeline's transaction open, which then looks like a block. */
  readonly implicitOpen: boolean;
  /** Something has run already whose commit is held. */
  readonly active: boolean;
}

/** Statements that do what they do within their transaction, and nothing else. */
const RUNS: ReadonlySet<string> = new Set([
  'SELECT',
  'VALUES',
  'INSERT',
  'UPDATE',
  'DELETE',
  'MERGE',
  'TRUNCATE',
  'EXECUTE',
  'COPY',
]);

/** Besides, what leaves an implicit transaction open that others have begun. */
const AMID: ReadonlySet<string> = new Set([
  ...[...RUNS].filter((verb) => verb !== 'COPY'),
  'EMPTY',
  'BEGIN',
  'SAVEPOINT',
  'RELEASE',
  'ROLLBACK TO',
  'ROLLBACK',
  'SET',
  'SHOW',
  'DECLARE',
  'FETCH',
  'MOVE',
  'CLOSE',
  'PREPARE',
  'DEALLOCATE',
  'LOCK',
]);

/** How a held commit is kept from happening; undefined where the message has nothing to do with it. */
export function guarded(
  statements: readonly StatementDescription[],
  { protocol, transaction, unsynced, active }: CommitSituation,
): 'commit' | Refusal | undefined {
  if (!active) return undefined;
  const implicit = transaction === 'idle';
  // A Query amid a pipeline ends the pipeline's transaction.
  if (protocol === 'simple' && unsynced && implicit) return UNCERTAIN_COMMIT;
  if (statements.length === 1 && statements[0]?.verb === 'COMMIT') return 'commit';
  const leaves = statements.every(
    ({ verb, verbs }) =>
      verb !== 'COMMIT' &&
      verb !== 'PREPARE TRANSACTION' &&
      verb !== 'UNKNOWN' &&
      (!implicit || verbs.every((each) => AMID.has(each))),
  );
  return leaves ? undefined : UNCERTAIN_COMMIT;
}

/** How statements whose commit is to be held can run. `try`: by messages of the gate's in the place of a Query. */
export function runnable(
  statements: readonly StatementDescription[],
  { protocol, transaction, unsynced, implicitOpen }: CommitSituation,
): 'run' | 'try' | Refusal {
  const fits = statements.every(
    ({ complete, verbs, traits }) =>
      complete && verbs.every((verb) => RUNS.has(verb)) && !traits.some((trait) => LEAVES.has(trait)),
  );
  if (!fits || implicitOpen) return COMMIT_NOT_HELD;
  const copies = statements.some(({ verbs }) => verbs.includes('COPY'));
  if (protocol === 'extended') return copies ? COMMIT_NOT_HELD : 'run';
  if (unsynced) return COMMIT_NOT_HELD;
  if (transaction === 'in_transaction') return 'run';
  return copies || statements.length !== 1 ? COMMIT_NOT_HELD : 'try';
}

/** Reaches outside the transaction. */
const LEAVES: ReadonlySet<string> = new Set(['copy_program', 'copy_file']);
