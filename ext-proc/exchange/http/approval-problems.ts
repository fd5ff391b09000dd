/** What a client is told of an action of its own that waits for people, or did: problem details, whatever the protocol. */
import type { ApprovalStatus } from '../approvals/approval-status.ts';
import type { ApprovalRequest } from '../../domain/approvals/approval-request.ts';
import type { ReviewRequirement } from '../../domain/approvals/hold-terms.ts';
import type { Masker } from '../../masking/masker.ts';
import type { ApprovalNotice, Problem } from '../../protocols/http/problem-details.ts';

/** How an approval is told of: where its links lead. */
export interface ApprovalLinks {
  /** The console's; undefined where there is none. */
  readonly link: string | undefined;
  /** Of the gate itself; undefined where the client's host is not in form. */
  readonly status: string | undefined;
}

export type ToldStatus = Pick<ApprovalStatus, 'request' | 'state' | 'decisions'>;

const RETRY_AFTER_S = 10;

export function approvalNotice(
  { request, state, decisions }: ToldStatus,
  { link, status }: ApprovalLinks,
  masker: Masker,
): ApprovalNotice {
  const reason = decisions
    .filter(({ verdict, reason }) => verdict === (state === 'denied' ? 'deny' : 'approve') && reason !== '')
    .map((decision) => masker.maskRecordText(decision.reason))
    .join(' ');
  return {
    id: request.id,
    state,
    ...(link === undefined ? {} : { url: link }),
    ...(status === undefined ? {} : { status }),
    decideBy: new Date(request.decideByMs).toISOString(),
    reviewers: request.terms.requirements.map(({ count, groups, people }) => ({ count, groups, people })),
    ...(reason === '' ? {} : { reason }),
  };
}

/** It waits. 403, since clients send again by themselves what gets 202's cousins: 409, 425, 429 and 503. */
export function neededProblem(request: ApprovalRequest, approval: ApprovalNotice): Problem {
  const by = reviewersInWords(request.terms.requirements);
  return {
    status: 403,
    code: 'GH_APPROVAL_NEEDED',
    detail: `${request.reason} Nothing has run. It waits for approval by ${by}, until ${approval.decideBy}.`,
    next: 'Send the very same request again once it is approved, and change nothing in it.',
    approval,
    retryAfterS: RETRY_AFTER_S,
  };
}

/** What has come of one that can no longer be approved, or was used. */
export function endedProblem({ state }: ToldStatus, approval: ApprovalNotice): Problem {
  const { code, detail } = ENDS[state as keyof typeof ENDS] ?? ENDS.cancelled;
  const said = state === 'denied' && approval.reason !== undefined ? ` They say: ${approval.reason}` : '';
  return { status: 403, code, detail: `${detail}${said}`, approval };
}

const AGAIN = 'Nothing has run. Send the request again to ask anew.';
const ENDS = {
  denied: { code: 'GH_APPROVAL_DENIED', detail: 'A reviewer has denied this; nothing has run.' },
  expired: { code: 'GH_APPROVAL_EXPIRED', detail: `Nobody decided this in time. ${AGAIN}` },
  cancelled: { code: 'GH_APPROVAL_CANCELLED', detail: `The request for approval was cancelled. ${AGAIN}` },
  abandoned: { code: 'GH_APPROVAL_ABANDONED', detail: `What held this was stopped. ${AGAIN}` },
  released: {
    code: 'GH_APPROVAL_USED',
    detail: 'This approval was used by another sending of the same request; send it again to ask anew.',
  },
} as const;

/** Of what the desk refuses, or the gate cannot hold. */
export function refusedProblem({ code, publicMessage }: { code: string; publicMessage: string }): Problem {
  const status = STATUSES[code] ?? 403;
  return { status, code, detail: publicMessage, ...(status === 403 ? {} : { retryAfterS: RETRY_AFTER_S }) };
}

const STATUSES: Readonly<Record<string, number>> = {
  GH_APPROVAL_TOO_MANY: 429,
  GH_APPROVALS_UNAVAILABLE: 503,
  GH_JOURNAL_UNAVAILABLE: 503,
  GH_APPROVAL_SEAL: 503,
};

/** `two of the group dbas or alice@example.com, and one of the group owners`. */
export function reviewersInWords(
  requirements: readonly Pick<ReviewRequirement, 'count' | 'groups' | 'people'>[],
): string {
  return requirements
    .map(({ count, groups, people }) => {
      const who = [...groups.map((group) => `the group ${group}`), ...people].join(' or ');
      return count === 1 ? `one of ${who}` : `${count} people of ${who}`;
    })
    .join(', and ');
}
