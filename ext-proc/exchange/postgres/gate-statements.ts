/**
 * Descriptions of what is no SQL statement, so that it is decided and recorded as everything else is.
 */
import type { Decision } from '../../domain/decision.ts';
import type { DescribedStatement, StatementDescription } from '../../domain/statement.ts';
import type { Judgement } from './decider.ts';
import type { Refusal } from './denial.ts';

const NOTHING: StatementDescription = Object.freeze({
  complete: true,
  unknown: [],
  verb: 'EMPTY',
  verbs: ['EMPTY'],
  writes: false,
  defines: false,
  relations: [],
  columns: [],
  functions: [],
  unfiltered: [],
  traits: [],
  setting: undefined,
  subject: undefined,
  inner: undefined,
  fingerprint: '',
});

const UNKNOWN: StatementDescription = Object.freeze({
  ...NOTHING,
  complete: false,
  unknown: ['not_described'],
  verb: 'UNKNOWN',
  verbs: ['UNKNOWN'],
  writes: true,
  defines: true,
});

/** Nothing but white space and comments. */
export const EMPTY_STATEMENT: DescribedStatement = Object.freeze({
  description: NOTHING,
  text: '',
  recordText: '',
});

export const FUNCTION_CALL_STATEMENT: DescribedStatement = Object.freeze({
  description: UNKNOWN,
  text: '',
  recordText: '',
});

/** What the gate itself refused before it was described: its text is in no record, as nothing is known of it. */
export function undescribed(refusal: Refusal): Judgement {
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
