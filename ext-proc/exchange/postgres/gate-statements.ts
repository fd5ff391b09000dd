/**
 * Descriptions of what is no SQL statement, so that it is decided and recorded as everything else is.
 */
import type { Decision } from '../../domain/decision.ts';
import type { DescribedStatement, StatementDescription } from '../../domain/statement.ts';
import { EMPTY_DESCRIPTION, unknownDescription } from '../../protocols/postgres/sql/resolve.ts';
import type { JudgedAction } from './decider.ts';
import type { Refusal } from './denial.ts';

const UNKNOWN: StatementDescription = Object.freeze(unknownDescription('not_described'));

/** Nothing but white space and comments. */
export const EMPTY_STATEMENT: DescribedStatement = Object.freeze({
  description: EMPTY_DESCRIPTION,
  text: '',
  recordText: '',
});

export const FUNCTION_CALL_STATEMENT: DescribedStatement = Object.freeze({
  description: UNKNOWN,
  text: '',
  recordText: '',
});

const ofTransaction = (verb: string): DescribedStatement =>
  Object.freeze({
    description: Object.freeze({
      ...EMPTY_DESCRIPTION,
      verb,
      verbs: [verb],
      traits: ['transaction_control'],
    }),
    text: verb,
    recordText: verb,
  });
/** What a Sync does of an implicit transaction, and the end of a statement that has one of its own. */
export const COMMIT_STATEMENT = ofTransaction('COMMIT');
/** What the gate sends in the place of a commit that was not approved. */
export const ROLLBACK_STATEMENT = ofTransaction('ROLLBACK');

/** What the gate itself refused before it was described: its text is in no record, as nothing is known of it. */
export function undescribed(refusal: Refusal): JudgedAction {
  const decision: Decision = {
    verdict: 'deny',
    rule: `gate.${refusal.code}`,
    reason: refusal.publicMessage,
    obligations: [],
    reportOnly: [],
    bundleHash: '',
  };
  return {
    kind: 'postgres.query',
    statement: { description: UNKNOWN, text: '', recordText: '' },
    decision,
    digest: '',
  };
}
