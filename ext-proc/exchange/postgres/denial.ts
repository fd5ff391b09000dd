/**
 * How a refusal is told to a PostgreSQL client: as the server itself would, an ErrorResponse with a SQLSTATE, a
 * message to act on, and in the detail the rule and the event that an auditor will find.
 */
import type { Decision } from '../../domain/decision.ts';
import type { EventId } from '../../domain/ids.ts';
import { encodeErrorResponse } from '../../protocols/postgres/backend-encoders.ts';
import {
  encodeBind,
  encodeClose,
  encodeExecute,
  encodeParse,
  encodeQuery,
} from '../../protocols/postgres/frontend-encoders.ts';

/** insufficient_privilege: what the server says when a role may not. */
const SQLSTATE_DENIED = '42501';

export interface Refusal {
  readonly code: string;
  readonly sqlstate: string;
  readonly publicMessage: string;
  readonly hint?: string | undefined;
}

/** The ErrorResponse for a policy's denial, or for a hold while nobody can approve one. */
export function denialResponse(decision: Decision, eventId: EventId): Buffer {
  const held = decision.verdict === 'hold';
  return encodeErrorResponse('ERROR', {
    sqlstate: SQLSTATE_DENIED,
    message: held
      ? `gatehouse: this needs a human's approval, and approvals are not available here: ${decision.reason}`
      : `gatehouse: denied: ${decision.reason}`,
    detail: `rule ${decision.rule}, event ${eventId}`,
    hint: 'Change the statement as the message says, or ask the owner of the rule.',
  });
}

/** The ErrorResponse for a refusal of the gate's own. */
export function refusalResponse(severity: 'ERROR' | 'FATAL', refusal: Refusal, eventId?: EventId): Buffer {
  return encodeErrorResponse(severity, {
    sqlstate: refusal.sqlstate,
    message: `gatehouse: ${refusal.publicMessage}`,
    detail: eventId === undefined ? refusal.code : `${refusal.code}, event ${eventId}`,
    hint: refusal.hint,
  });
}

/**
 * Text that no PostgreSQL grammar accepts. Sent in a denied message's place where the server must fail too (its
 * transaction block, or the implicit one of a pipeline), so that both sides agree on the state afterwards.
 */
const FAILING_TEXT = 'GATEHOUSE DENIED';

export const FAILING_QUERY = encodeQuery(FAILING_TEXT);
/** Named, because an unnamed Parse would drop the client's unnamed statement even when it fails. */
export const FAILING_PARSE = encodeParse({
  statement: 'gatehouse_denied',
  text: FAILING_TEXT,
  parameterTypes: [],
});

const ROLLBACK_NAME = 'gatehouse_rollback';

/** Ends the transaction in a commit's place. */
export const ROLLBACK_QUERY = encodeQuery('ROLLBACK');
/** The same in the extended protocol, and then the server fails, so that it skips what follows up to the Sync. */
export const ROLLBACK_EXTENDED = Buffer.concat([
  encodeParse({ statement: ROLLBACK_NAME, text: 'ROLLBACK', parameterTypes: [] }),
  encodeBind({
    portal: ROLLBACK_NAME,
    statement: ROLLBACK_NAME,
    parameterFormats: [],
    values: [],
    resultFormats: [],
  }),
  encodeExecute(ROLLBACK_NAME),
  encodeClose('statement', ROLLBACK_NAME),
  FAILING_PARSE,
]);
