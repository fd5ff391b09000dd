/**
 * What a client is told of a hold: that it waits, for whom and until when; and why what it sent does not run, with what
 * to do next. SQLSTATEs: 42501 (insufficient_privilege) where people or the gate say no, 57014 (query_canceled) where
 * it ended without an answer, by the client's own request or by time, as the server says of its own timeouts.
 */
import type { ApprovalId, ApprovalRequest } from '../../../domain/approvals/approval-request.ts';
import type { ReviewDecision } from '../../../domain/approvals/review-decision.ts';
import { encodeNoticeResponse } from '../../../protocols/postgres/backend-encoders.ts';
import type { ApprovalStatus } from '../../approvals/approval-status.ts';
import { reviewersOf } from '../../approvals/approval-request-of.ts';
import type { Refusal } from '../denial.ts';

const DENIED = '42501';
const CANCELLED = '57014';

export const utc = (timeMs: number): string => new Date(timeMs).toISOString().replace(/\.\d+Z$/, 'Z');

/** The reasons of those who denied, in one line. */
const reasonsOf = (decisions: readonly ReviewDecision[]): string =>
  decisions
    .filter(({ verdict, reason }) => verdict === 'deny' && reason !== '')
    .map(({ reason }) => reason)
    .join('; ');

/** What a client is told of what waits. */
export interface ToldWait {
  readonly id: ApprovalId;
  /** The action, in words. */
  readonly words: string;
  readonly reviewers: string;
  /** Milliseconds since the epoch. */
  readonly decideByMs: number;
  readonly link: string | undefined;
  readonly inTransaction: boolean;
}

/** `tokenExpiresAtMs`: of the session, which ends then. */
export function waitingNotice(
  { id, words, reviewers, decideByMs, link, inTransaction }: ToldWait,
  tokenExpiresAtMs: number,
): Buffer {
  const untilMs = Math.min(decideByMs, tokenExpiresAtMs);
  return encodeNoticeResponse('NOTICE', {
    sqlstate: '00000',
    message: `gatehouse: waiting for approval by ${reviewers}, until ${utc(untilMs)}: ${words}; request ${id}`,
    detail: link,
    hint:
      'It runs by itself once approved; cancel it (Ctrl-C) to ask no longer.' +
      (inTransaction ? ' The open transaction keeps its locks meanwhile.' : ''),
  });
}

/** Why a `wait` ended without an approval. `mask` is for the words of reviewers. */
export function endedWait(
  { request, state, why, decisions }: Pick<ApprovalStatus, 'request' | 'state' | 'why' | 'decisions'>,
  mask: (text: string) => string,
): Refusal & { readonly outcome: 'denied' | 'cancelled' } {
  const named = `(request ${request.id})`;
  switch (state) {
    case 'denied': {
      const reasons = reasonsOf(decisions);
      return {
        outcome: 'denied',
        code: 'GH_APPROVAL_DENIED',
        sqlstate: DENIED,
        publicMessage: `denied by a reviewer${reasons === '' ? '' : `: ${mask(reasons)}`} ${named}`,
        hint: 'Change the statement as the reason says, or talk to the reviewer; the same again asks again.',
      };
    }
    case 'cancelled':
      return {
        outcome: 'cancelled',
        code: why === '' ? 'GH_APPROVAL_CANCELLED' : why,
        sqlstate: CANCELLED,
        publicMessage: `no longer waiting for approval: it was cancelled ${named}`,
        hint: 'Nothing was run. Send it again to ask again.',
      };
    case 'abandoned':
      return {
        outcome: 'cancelled',
        code: 'GH_APPROVAL_ABANDONED',
        sqlstate: CANCELLED,
        publicMessage: `the request for approval was lost on its way ${named}`,
        hint: 'Nothing was run. Send it again to ask again.',
      };
    default:
      return {
        outcome: 'cancelled',
        code: 'GH_APPROVAL_EXPIRED',
        sqlstate: CANCELLED,
        publicMessage: `nobody approved this in time ${named}`,
        hint: 'Nothing was run. Send it again to ask again, when a reviewer is there.',
      };
  }
}

/** `retry`: asked for, or still asked for. */
export function comeAgain(
  request: ApprovalRequest,
  link: string | undefined,
  asked: 'now' | 'before',
): Refusal {
  const where = link === undefined ? '' : `, ${link}`;
  return {
    code: 'GH_APPROVAL_REQUIRED',
    sqlstate: DENIED,
    publicMessage:
      `this needs approval by ${reviewersOf(request)}, which ${asked === 'now' ? 'has been asked for' : 'is still awaited'}: ` +
      `request ${request.id}${where}`,
    hint:
      `Once it is approved, do exactly the same again (same statement, parameters, database, role and state of the transaction) ` +
      `by ${utc(request.useByMs)}: it then runs once. It can be approved until ${utc(request.decideByMs)}.`,
  };
}

/** `retry`: a reviewer said no, and that stands. */
export const deniedBefore = (
  { request, decisions }: Pick<ApprovalStatus, 'request' | 'decisions'>,
  mask: (text: string) => string,
): Refusal => {
  const reasons = reasonsOf(decisions);
  return {
    code: 'GH_APPROVAL_DENIED',
    sqlstate: DENIED,
    publicMessage: `denied by a reviewer${reasons === '' ? '' : `: ${mask(reasons)}`} (request ${request.id})`,
    hint: `Change the statement as the reason says; this one can be asked for again after ${utc(request.decideByMs)}.`,
  };
};

/** What the desk refuses, as a client of PostgreSQL hears it. */
export const refusedByDesk = ({
  code,
  publicMessage,
}: {
  readonly code: string;
  readonly publicMessage: string;
}): Refusal => ({ code, sqlstate: DENIED, publicMessage });
