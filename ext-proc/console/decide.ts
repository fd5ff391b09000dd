/**
 * The one place where a decision comes in, whichever way a reviewer took: the page, the terminal, a webhook, a chat. It
 * checks the seal of what is decided, who decides (four eyes), and that what was on show is what is decided; it records
 * the decision before it counts; and it seals it, which workers believe and nothing else.
 *
 * A decision counts when the store has it. Whoever calls vouches for who the reviewer is.
 */
import { isApprovalId, type ApprovalRequest } from '../domain/approvals/approval-request.ts';
import { judgeDecisions, type ApprovalState, type Judged } from '../domain/approvals/approval-state.ts';
import type { StoredApproval } from '../domain/approvals/approval-store.ts';
import { reviewerKey, type ReviewDecision } from '../domain/approvals/review-decision.ts';
import type { Sealed } from '../domain/approvals/seals.ts';
import type { StandingGrant } from '../domain/approvals/standing-grant.ts';
import { GatehouseError } from '../domain/errors.ts';
import { recordDecision, recordEvent } from './approval-records.ts';
import {
  AGAIN,
  closed,
  RECORDED_REFUSALS,
  refused,
  unfitAsk,
  UNKNOWN,
  type DecisionAsk,
  type DecisionRefused,
} from './decision-ask.ts';
import { giveGrant, grantDetails, unfitGrant, type GrantDeps } from './decision-grant.ts';

export type { DecisionAsk, DecisionRefused } from './decision-ask.ts';

export interface DecideDeps extends GrantDeps {
  /** Masks a reviewer's words before they are kept (I3). */
  readonly maskText: (text: string) => string;
  /** The channels that are told of a request that these groups may decide. */
  readonly channelsFor: (groups: readonly string[]) => readonly string[];
}

export interface DecisionTaken {
  readonly kind: 'decided';
  readonly state: ApprovalState;
  readonly agreed: number;
  readonly needed: number;
  /** The standing grant that this decision has brought about. */
  readonly grant: StandingGrant | undefined;
}

/** Never rejects: what cannot be decided is refused. */
export async function decideApproval(
  deps: DecideDeps,
  ask: DecisionAsk,
): Promise<DecisionTaken | DecisionRefused> {
  try {
    return await decide(deps, { ...ask, reason: deps.maskText(ask.reason.toWellFormed().trim()) });
  } catch (error) {
    deps.log.error({ err: error, approval: isApprovalId(ask.id) ? ask.id : '' }, 'a decision failed');
    const code = error instanceof GatehouseError ? error.code : 'GH_APPROVALS_UNAVAILABLE';
    return refused(503, code, 'This cannot be decided now: nothing was decided. Try again in a moment.');
  }
}

async function decide(deps: DecideDeps, ask: DecisionAsk): Promise<DecisionTaken | DecisionRefused> {
  const { store, seals } = deps;
  const stored = isApprovalId(ask.id) ? await store.get(ask.id) : undefined;
  if (stored === undefined) return UNKNOWN;
  const request = seals.openRequest(stored.request);
  if (request === undefined || request.id !== stored.id) {
    deps.log.error({ approval: stored.id }, 'an approval in the store has a seal that does not fit');
    return refused(
      409,
      'GH_APPROVAL_SEAL',
      'This request is not one that the gate made: somebody wrote to the store, or the key was changed. Tell its operators.',
    );
  }
  const unfit = unfitAsk(request, ask) ?? unfitGrant(request, ask);
  if (unfit !== undefined) {
    if (RECORDED_REFUSALS.includes(unfit.code)) await recordRefusal(deps, request, ask, unfit);
    return unfit;
  }
  return count(deps, stored, request, ask);
}

/** Records it, then lets it count. */
async function count(
  deps: DecideDeps,
  stored: StoredApproval,
  request: ApprovalRequest,
  ask: DecisionAsk,
): Promise<DecisionTaken | DecisionRefused> {
  const { store, seals } = deps;
  if (stored.state !== 'pending') return closed(stored.state);
  if (store.nowMs() > request.decideByMs) return closed('expired');
  const decision = decisionOf(request, ask, store.nowMs());
  const settle = await recordDecision(deps, request, {
    kind: 'approval.decided',
    by: ask.reviewer,
    decision: ask.verdict === 'approve' ? 'allow' : 'deny',
    reason: ask.reason === '' ? `a reviewer ${PAST[ask.verdict]} it` : ask.reason,
    outcome: 'ok',
    details: {
      verdict: ask.verdict,
      channel: ask.channel,
      digest_shown: ask.actionDigest,
      ...(decision.breakGlass ? { break_glass: 'true' } : {}),
      ...(decision.grant === undefined ? {} : grantDetails(decision.grant)),
    },
  });
  let judged: Judged | undefined;
  let counted: readonly ReviewDecision[] = [];
  const decided = await store
    .decide(
      request.id,
      reviewerKey(ask.reviewer),
      seals.sealDecision(decision, stored.request),
      (all: readonly Sealed[]) => {
        counted = all.flatMap((sealed) => seals.openDecision(sealed, stored.request) ?? []);
        judged = judgeDecisions(request, counted);
        return judged.state;
      },
    )
    .catch(async (error: unknown) => {
      // It may have been written all the same; who asks sees, and the record does not say that it was.
      await settle('error', 'GH_APPROVALS_UNAVAILABLE');
      throw error;
    });
  if (decided.kind !== 'decided' || judged === undefined) {
    const refusal =
      decided.kind === 'closed' ? closed(decided.state) : decided.kind === 'again' ? AGAIN : UNKNOWN;
    await settle('denied', refusal.code);
    await recordRefusal(deps, request, ask, refusal);
    return refusal;
  }
  await settle('ok', '');
  const grant = decided.state === 'approved' ? await giveGrant(deps, request, counted) : undefined;
  if (decided.state !== 'pending') await tell(deps, request);
  return { kind: 'decided', state: decided.state, agreed: judged.agreed, needed: judged.needed, grant };
}

const decisionOf = (
  request: ApprovalRequest,
  { verdict, reviewer, reason, channel, actionDigest, breakGlass = false, grant }: DecisionAsk,
  decidedAtMs: number,
): ReviewDecision => ({
  approvalId: request.id,
  verdict,
  reviewer,
  reason,
  channel,
  breakGlass,
  actionDigest,
  decidedAtMs,
  ...(grant === undefined ? {} : { grant }),
});

/** The decision stands whether or not somebody can be told of it. */
async function tell({ store, channelsFor, log }: DecideDeps, request: ApprovalRequest): Promise<void> {
  const { requirements, breakGlassGroups } = request.terms;
  const channels = channelsFor([...requirements.flatMap(({ groups }) => groups), ...breakGlassGroups]);
  await store
    .notifyDecided(request.id, channels)
    .catch((error: unknown) =>
      log.error({ err: error, approval: request.id }, 'nobody is told of a decision'),
    );
}

function recordRefusal(
  deps: DecideDeps,
  request: ApprovalRequest,
  { verdict, channel, reviewer, actionDigest }: DecisionAsk,
  { code, publicMessage }: DecisionRefused,
): Promise<unknown> {
  return recordEvent(deps, request, {
    kind: 'approval.refused',
    by: reviewer,
    decision: 'deny',
    reason: publicMessage,
    outcome: 'denied',
    errorCode: code,
    details: { verdict, channel, digest_shown: actionDigest.slice(0, DIGEST_CHARACTERS) },
  });
}

/** Of SHA-256 in hex; what came may be anything. */
const DIGEST_CHARACTERS = 64;

const PAST = { approve: 'approved', deny: 'denied' } as const;
