/** Whether an action, as it is described now, is the one that was approved: everything that may have changed since. */
import { principalKey, type ApprovalRequest } from '../../domain/approvals/approval-request.ts';
import { refusal, type ApprovalRefusal } from './approval-refusal.ts';
import type { ApprovalStatus } from './approval-status.ts';
import { requesterOf } from './approval-request-of.ts';
import type { HeldAction } from './held-action.ts';

/**
 * Why a request could never be let through any more, whatever people say of it: a stable code. Undefined: it could.
 */
export function outdated(request: ApprovalRequest, action: HeldAction): string | undefined {
  if (request.bundleHash !== action.bundleHash) return 'GH_APPROVAL_POLICY';
  return request.meaningDigest === action.meaningDigest ? undefined : 'GH_APPROVAL_MEANING';
}

/** Undefined: it may be let through now. `nowMs` by the store's clock. */
export function unfit(
  { request, state }: ApprovalStatus,
  action: HeldAction,
  nowMs: number,
): ApprovalRefusal | undefined {
  if (state !== 'approved') {
    return state === 'released'
      ? refusal(
          'GH_APPROVAL_USED',
          'This approval has been used; ask for a new one by sending the action again.',
        )
      : refusal('GH_APPROVAL_NOT_GIVEN', 'This has not been approved.');
  }
  if (principalKey(request.requester) !== principalKey(requesterOf(action.principal)))
    return refusal('GH_APPROVAL_OTHER_PRINCIPAL', 'This was approved for somebody else.');
  if (request.upstream !== action.upstream || request.protocol !== action.protocol)
    return refusal('GH_APPROVAL_CHANGED', CHANGED);
  if (request.actionDigest !== action.actionDigest || request.view.kind !== action.view.kind)
    return refusal('GH_APPROVAL_CHANGED', CHANGED);
  if (request.meaningDigest !== action.meaningDigest) {
    return refusal(
      'GH_APPROVAL_MEANING',
      'What this names was changed since it was asked for (a function, view, trigger, table or tool); send it again.',
    );
  }
  if (request.bundleHash !== action.bundleHash) {
    return refusal('GH_APPROVAL_POLICY', 'The policy was changed since this was asked for; send it again.');
  }
  if (request.useByMs <= nowMs)
    return refusal('GH_APPROVAL_EXPIRED', 'The time to use this approval has passed; send the action again.');
  return undefined;
}

const CHANGED = 'This is not what was approved; send exactly what was shown.';
