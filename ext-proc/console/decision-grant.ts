/** A standing grant with a decision: whether one may be asked for, and giving it once everybody agrees to it. */
import { principalKey, type ApprovalRequest } from '../domain/approvals/approval-request.ts';
import type { ApprovalStore } from '../domain/approvals/approval-store.ts';
import type { ReviewDecision, ReviewGrant } from '../domain/approvals/review-decision.ts';
import { sealedGrant } from '../domain/approvals/sealed-grant.ts';
import type { ApprovalSeals } from '../domain/approvals/seals.ts';
import type { GrantId, StandingGrant } from '../domain/approvals/standing-grant.ts';
import { uuidV7 } from '../domain/ids.ts';
import { recordEvent, type RecordDeps } from './approval-records.ts';
import { refused, type DecisionAsk, type DecisionRefused } from './decision-ask.ts';

export interface GrantDeps extends RecordDeps {
  readonly store: ApprovalStore;
  readonly seals: ApprovalSeals;
}

/** The scopes that a grant for this request may have; none where policy lets none be given. */
export function grantScopes({
  terms,
  protocol,
  similarKey,
}: ApprovalRequest): readonly StandingGrant['scope'][] {
  if (terms.grant === undefined) return [];
  // Other values in the same statement may touch any number of rows: without a bound on them nobody can agree to that.
  const isBounded = protocol !== 'postgres' || terms.grant.rowsMax !== undefined;
  return similarKey !== '' && isBounded ? ['nothing', 'literals'] : ['nothing'];
}

export function unfitGrant(request: ApprovalRequest, ask: DecisionAsk): DecisionRefused | undefined {
  const { grant, verdict, breakGlass = false } = ask;
  if (grant === undefined) return undefined;
  const { terms } = request;
  if (verdict === 'deny' || breakGlass || terms.grant === undefined) {
    return refused(
      400,
      'GH_REVIEW_GRANT',
      terms.grant === undefined
        ? 'The policy lets this action be approved once only; approve it without minutes.'
        : 'Only an ordinary approval can be given for a while.',
    );
  }
  if (!Number.isInteger(grant.minutes) || grant.minutes < 1 || grant.minutes > terms.grant.minutesMax) {
    return refused(
      400,
      'GH_REVIEW_GRANT',
      `Policy lets it be approved for 1 to ${terms.grant.minutesMax} minutes.`,
    );
  }
  if (!grantScopes(request).includes(grant.scope)) {
    return refused(
      400,
      'GH_REVIEW_GRANT',
      'Nothing may vary in what is approved for a while here: policy has no bound on its rows, or its kind is not known.',
    );
  }
  return undefined;
}

/** Given where everybody who approved it would: for the shortest time and the narrowest scope that one of them named. */
export async function giveGrant(
  deps: GrantDeps,
  request: ApprovalRequest,
  decisions: readonly ReviewDecision[],
): Promise<StandingGrant | undefined> {
  const { store, seals, random } = deps;
  const approvals = decisions.filter(({ verdict }) => verdict === 'approve');
  const asked = approvals.flatMap(({ grant }) => grant ?? []);
  if (asked.length === 0 || asked.length < approvals.length) return undefined;
  const nowMs = store.nowMs();
  const grant: StandingGrant = {
    id: uuidV7(nowMs, random(10)) as GrantId,
    approvalId: request.id,
    principalKey: principalKey(request.requester),
    upstream: request.upstream,
    protocol: request.protocol,
    rule: request.rule,
    scope: asked.every(({ scope }) => scope === 'literals') ? 'literals' : 'nothing',
    actionDigest: request.actionDigest,
    meaningDigest: request.meaningDigest,
    similarKey: request.similarKey,
    rowsMax: request.terms.grant?.rowsMax,
    reviewers: approvals.map(({ reviewer }) => reviewer),
    reason: approvals
      .map(({ reason }) => reason)
      .filter((each) => each !== '')
      .join(' / '),
    bundleHash: request.bundleHash,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + Math.min(...asked.map(({ minutes }) => minutes)) * MINUTE_MS,
  };
  try {
    await recordEvent(deps, request, {
      kind: 'approval.granted',
      by: approvals.at(-1)?.reviewer,
      decision: 'allow',
      reason: 'this kind of action is approved for a while',
      outcome: 'ok',
      details: {
        grant: grant.id,
        grant_scope: grant.scope,
        grant_until: new Date(grant.expiresAtMs).toISOString(),
        ...(grant.rowsMax === undefined ? {} : { grant_rows: String(grant.rowsMax) }),
      },
    });
    await store.putGrant(sealedGrant(grant, seals));
    return grant;
  } catch (error) {
    // The one action is approved all the same; the answer says that there is no grant.
    deps.log.error({ err: error, approval: request.id }, 'a standing grant could not be given');
    return undefined;
  }
}

const MINUTE_MS = 60_000;

export const grantDetails = ({ minutes, scope }: ReviewGrant): Record<string, string> => ({
  grant_minutes: String(minutes),
  grant_scope: scope,
});
