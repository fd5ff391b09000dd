/**
 * The audit events of approvals. Each carries the approval's id, which the held action's own record carries too: an
 * auditor joins by `approval_id`. The digest that was shown, approved and released is in `action_digest` of the event
 * that says so.
 */
import type { DecidedRecord } from '../audit-event.ts';
import { asEventId, asSessionId, uuidV7, type RandomBytes } from '../ids.ts';
import { NO_ACTION } from '../own-record.ts';
import type { ApprovalRequest } from './approval-request.ts';
import type { Reviewer } from './review-decision.ts';

export type ApprovalEventKind =
  | 'approval.requested'
  | 'approval.viewed'
  | 'approval.notified'
  | 'approval.decided'
  | 'approval.released'
  | 'approval.refused'
  | 'approval.expired'
  | 'approval.cancelled'
  | 'approval.abandoned'
  | 'approval.granted'
  | 'approval.grant_used'
  | 'approval.grant_revoked';

export interface ApprovalEvent {
  readonly kind: ApprovalEventKind;
  /** Who did it: a reviewer, or undefined for the requester itself and what time does. */
  readonly by: Pick<Reviewer, 'subject' | 'issuer' | 'groups'> | undefined;
  readonly decision: 'allow' | 'deny' | 'hold';
  /** Masked; one sentence. */
  readonly reason: string;
  readonly outcome: 'ok' | 'denied' | 'cancelled' | 'error';
  readonly errorCode?: string;
  /** Strings only, masked. */
  readonly details?: Readonly<Record<string, string>>;
}

export function approvalRecord(
  request: ApprovalRequest,
  event: ApprovalEvent,
  timeMs: number,
  random: RandomBytes,
): DecidedRecord {
  const { requester, view } = request;
  const by = event.by ?? requester;
  return {
    type: 'decided',
    time: timeMs,
    event_id: asEventId(uuidV7(timeMs, random(10))),
    session_id: asSessionId(request.sessionId),
    principal_subject: by.subject,
    on_behalf_of: event.by === undefined ? (requester.onBehalfOf ?? '') : '',
    issuer: by.issuer,
    groups: by.groups,
    client_address: event.by === undefined ? request.clientAddress : '',
    upstream: request.upstream,
    protocol: request.protocol,
    action_kind: event.kind,
    decision: event.decision,
    rule: request.rule,
    reason: event.reason,
    ...NO_ACTION,
    statement: event.kind === 'approval.requested' ? view.payload : '',
    action_digest: request.actionDigest,
    policy_bundle: request.bundleHash,
    approval_id: request.id,
    outcome: event.outcome,
    ...(event.errorCode === undefined ? {} : { error_code: event.errorCode }),
    details: {
      action_event: request.eventId,
      mode: request.mode,
      requester: requester.subject,
      ...(requester.onBehalfOf === undefined ? {} : { requester_for: requester.onBehalfOf }),
      ...event.details,
    },
  };
}
