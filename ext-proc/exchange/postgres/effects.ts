/**
 * What running a statement may do to the session that runs it, judged from its description alone. Where it cannot be
 * told, it counts as done: what comes after is then described anew, or as unresolved.
 */
import type { StatementDescription } from '../../domain/statement.ts';
import type { TransactionState } from './session-context.ts';

/** Settings that change what a statement's words mean. */
const MEANING_SETTINGS: ReadonlySet<string> = new Set([
  'search_path',
  'role',
  'session_authorization',
  'client_encoding',
  'standard_conforming_strings',
  'all',
]);

const CALLING_VERBS: ReadonlySet<string> = new Set([
  'DO',
  'CALL',
  'EXECUTE',
  'DISCARD',
  'DISCARD ALL',
  'FETCH',
  'MOVE',
]);

/** Whether running it may change how later statements of the session are read. */
export function mayChangeMeaning(statement: StatementDescription): boolean {
  if (!statement.complete || CALLING_VERBS.has(statement.verb)) return true;
  if (statement.setting !== undefined && MEANING_SETTINGS.has(statement.setting.name)) return true;
  if (statement.traits.includes('search_path_change') || statement.traits.includes('has_triggers'))
    return true;
  for (const used of statement.functions) {
    if (used.schema !== 'pg_catalog' || used.name === 'set_config') return true;
  }
  return (
    statement.inner !== undefined && statement.verbs.includes('EXPLAIN') && mayChangeMeaning(statement.inner)
  );
}

/** Traits of a statement that may run code of the database's users beside its own functions. */
export const CODE_TRAITS: ReadonlySet<string> = new Set([
  'has_triggers',
  'has_rules',
  'has_cascades',
  'calls_functions',
]);

/** Whether it may run code of the database's users, which can close cursors and portals and open others by their names. */
export function mayRunCode({ complete, verb, functions, traits }: StatementDescription): boolean {
  if (!complete || verb === 'CALL' || verb === 'DO') return true;
  return (
    functions.some(({ schema }) => schema !== 'pg_catalog') || traits.some((trait) => CODE_TRAITS.has(trait))
  );
}

/** Whether it may make temporary tables that its own text does not name: PostgreSQL lets no stable function do so. */
export function mayMakeTemporary({
  complete,
  verb,
  functions,
  traits,
  writes,
}: StatementDescription): boolean {
  if (verb === 'CALL' || verb === 'DO' || verb === 'UNKNOWN' || (verb === 'EXECUTE' && !complete))
    return true;
  if (writes && traits.some((trait) => CODE_TRAITS.has(trait))) return true;
  return functions.some(
    ({ schema, volatility }) =>
      schema !== 'pg_catalog' && volatility !== 'immutable' && volatility !== 'stable',
  );
}

/** Whether ending a transaction this way may undo settings made in it. */
export function mayUndoSettings(statement: StatementDescription): boolean {
  return /^(ROLLBACK|ABORT|COMMIT|END|RELEASE|PREPARE TRANSACTION)/.test(statement.verb);
}

/** Analysed when they are parsed and bound, so that a portal of theirs runs what its Bind was decided on. */
const BOUND_EARLY: ReadonlySet<string> = new Set([
  'SELECT',
  'VALUES',
  'TABLE',
  'INSERT',
  'UPDATE',
  'DELETE',
  'MERGE',
  'EXPLAIN',
  'DECLARE',
  'CALL',
]);

/**
 * Whether the server looks its names up only when it is executed, as it does for COPY, LOCK, PREPARE and definitions
 * (PostgreSQL 18, src/backend/parser/analyze.c, stmt_requires_parse_analysis).
 */
export function looksUpLate(statement: StatementDescription): boolean {
  if (BOUND_EARLY.has(statement.verb)) return false;
  return statement.relations.length > 0 || statement.functions.length > 0 || statement.inner !== undefined;
}

const TRANSACTION_END = /^(COMMIT|END|ROLLBACK|ABORT|PREPARE TRANSACTION)$/;

/**
 * Whether the server has no transaction open once it has executed it, before any Sync (PostgreSQL 18, postgres.c,
 * exec_execute_message: transaction control, and what must be committed at once).
 */
export function endsTransaction({ verb, traits }: StatementDescription): boolean {
  return TRANSACTION_END.test(verb) || (verb === 'DISCARD' && traits.includes('search_path_change'));
}

/** The state of the transaction after the statement, if it succeeds. */
export function transactionAfter(
  statement: StatementDescription,
  before: TransactionState,
): TransactionState {
  const verb = statement.verb;
  if (verb === 'BEGIN' || verb === 'START TRANSACTION') return before === 'idle' ? 'in_transaction' : before;
  if (TRANSACTION_END.test(verb)) return 'idle';
  if (verb === 'ROLLBACK TO' || verb === 'ROLLBACK TO SAVEPOINT')
    return before === 'failed' ? 'in_transaction' : before;
  return before;
}

/** Whether it reads its data from the client: COPY … FROM STDIN. */
export function readsFromClient(statement: StatementDescription): boolean {
  return statement.verb === 'COPY' && statement.traits.includes('copy_in');
}
