/** A checked approval as the API shows it to one reader. Pure. */
import type { ReviewDecision } from '../domain/approvals/review-decision.ts';
import type { StoredGrant } from '../domain/approvals/approval-store.ts';
import type { StandingGrant } from '../domain/approvals/standing-grant.ts';
import type { ApprovalDecisionView, ApprovalDetail, ApprovalSummary, GrantView } from './api.ts';
import type { CheckedApproval } from './checked-approval.ts';
import { grantScopes } from './decision-grant.ts';
import { rightNow, type Reader } from './reviewer-right.ts';

export function summaryOf(
  { stored, status }: CheckedApproval,
  reader: Reader,
  nowMs: number,
): ApprovalSummary {
  const { request } = status;
  const right = rightNow(status, reader, false, nowMs);
  return {
    id: request.id,
    state: status.state,
    requester: { subject: request.requester.subject, onBehalfOf: request.requester.onBehalfOf ?? null },
    upstream: request.upstream,
    protocol: request.protocol,
    kind: request.view.kind,
    words: request.view.words,
    rule: request.rule,
    reason: request.reason,
    mode: request.mode,
    stage: request.stage,
    agreed: status.agreed,
    needed: status.needed,
    repeats: stored.repeats,
    createdAtMs: request.createdAtMs,
    decideByMs: request.decideByMs,
    nowMs,
    mayDecide: right.may,
    mayNotBecause: right.may ? '' : right.code,
  };
}

export function detailOf(
  checked: CheckedApproval,
  reader: Reader,
  nowMs: number,
  similar: readonly ApprovalSummary[],
): ApprovalDetail {
  const { stored, status } = checked;
  const { request } = status;
  const { grant } = request.terms;
  const right = rightNow(status, reader, false, nowMs);
  return {
    ...summaryOf(checked, reader, nowMs),
    eventId: request.eventId,
    sessionId: request.sessionId,
    issuer: request.requester.issuer,
    groups: request.requester.groups,
    clientAddress: request.clientAddress,
    text: request.terms.text,
    requirements: request.terms.requirements,
    grant:
      grant === undefined
        ? null
        : { minutesMax: grant.minutesMax, rowsMax: grant.rowsMax ?? null, scopes: grantScopes(request) },
    mayBreakGlass: rightNow(status, reader, true, nowMs).may,
    actionDigest: request.actionDigest,
    bundleHash: request.bundleHash,
    view: request.view,
    decisions: status.decisions.map(decisionView),
    why: status.why,
    releasedBy: stored.releasedBy ?? null,
    similar,
    useByMs: request.useByMs,
    stateSinceMs: stored.stateSinceMs,
    mayNotMessage: right.may ? '' : right.publicMessage,
  };
}

const decisionView = (decision: ReviewDecision): ApprovalDecisionView => ({
  verdict: decision.verdict,
  reviewer: decision.reviewer.subject,
  name: decision.reviewer.name,
  channel: decision.channel,
  breakGlass: decision.breakGlass,
  reason: decision.reason,
  decidedAtMs: decision.decidedAtMs,
});

/** `words` are those of the request that it was given with; empty where that is gone. */
export function grantView(
  stored: Pick<StoredGrant, 'uses' | 'revokedAtMs' | 'revokedBy'>,
  grant: StandingGrant,
  requester: string,
  words: string,
): GrantView {
  return {
    id: grant.id,
    approvalId: grant.approvalId,
    requester,
    upstream: grant.upstream,
    rule: grant.rule,
    scope: grant.scope,
    words,
    rowsMax: grant.rowsMax ?? null,
    reviewers: grant.reviewers.map(({ subject }) => subject),
    uses: stored.uses,
    createdAtMs: grant.createdAtMs,
    expiresAtMs: grant.expiresAtMs,
    revokedBy: stored.revokedAtMs === undefined ? null : stored.revokedBy,
  };
}
