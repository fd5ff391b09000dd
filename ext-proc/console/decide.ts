/**
 * The one place where a decision comes in, whichever way a reviewer took: the page, the terminal, a webhook, a chat. It
 * checks the seal of what is decided, who decides (four eyes), and that what was on show is what is decided; it records
 * the decision before it counts; and it seals it, which workers believe and nothing else.
 *
 * A decision counts when the store has it. Whoever calls vouches for who the reviewer is.
 */
import { principalKey, isApprovalId, type ApprovalRequest } from '../domain/approvals/approval-request.ts';
import { approvalRecord, type ApprovalEvent } from '../domain/approvals/approval-event.ts';
import { judgeDecisions, type ApprovalState, type Judged } from '../domain/approvals/approval-state.ts';
import type { ApprovalStore, StoredApproval } from '../domain/approvals/approval-store.ts';
import { breakGlassRight, reviewRight, type ReviewRight } from '../domain/approvals/four-eyes.ts';
import {
  REVIEW_REASON_CHARACTERS_MAX,
  reviewerKey,
  type ReviewChannel,
  type ReviewDecision,
  type ReviewGrant,
  type ReviewVerdict,
  type Reviewer,
} from '../domain/approvals/review-decision.ts';
import type { ApprovalSeals, Sealed } from '../domain/approvals/seals.ts';
import type { GrantId, StandingGrant } from '../domain/approvals/standing-grant.ts';
import type { AuditJournal } from '../domain/audit-event.ts';
import type { Clock } from '../domain/clock.ts';
import { GatehouseError } from '../domain/errors.ts';
import { uuidV7, type RandomBytes } from '../domain/ids.ts';
import type { Log } from '../domain/log.ts';

export interface DecideDeps {
  readonly store: ApprovalStore;
  readonly seals: ApprovalSeals;
  readonly journal: AuditJournal;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly log: Log;
  /** Masks a reviewer's words before they are kept (I3). */
  readonly maskText: (text: string) => string;
  /** The channels that are told of a request that these groups may decide. */
  readonly channelsFor: (groups: readonly string[]) => readonly string[];
}

export interface DecisionAsk {
  /** As it came; need not be an id. */
  readonly id: string;
  readonly verdict: ReviewVerdict;
  readonly reviewer: Reviewer;
  readonly reason: string;
  readonly channel: ReviewChannel;
  /** The digest that was on show. */
  readonly actionDigest: string;
  readonly breakGlass?: boolean | undefined;
  readonly grant?: ReviewGrant | undefined;
}

export interface DecisionTaken {
  readonly kind: 'decided';
  readonly state: ApprovalState;
  readonly agreed: number;
  readonly needed: number;
  /** The standing grant that this decision has brought about. */
  readonly grant: StandingGrant | undefined;
}

/** Nothing has been decided. `status`: what HTTP calls it. */
export interface DecisionRefused {
  readonly kind: 'refused';
  readonly status: 400 | 403 | 404 | 409 | 503;
  readonly code: string;
  readonly publicMessage: string;
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

/**
 * Records that it is about to be decided; the function then says what came of it. A crash in between leaves an open record,
 * whose outcome is `unknown`.
 */
async function recordDecision(
  { journal, clock, random, log }: DecideDeps,
  request: ApprovalRequest,
  event: ApprovalEvent,
): Promise<(outcome: 'ok' | 'denied' | 'error', code: string) => Promise<void>> {
  const startedAtMs = clock.monotonicMs();
  const { outcome: _, ...record } = approvalRecord(request, event, clock.nowMs(), random);
  await journal.append(record);
  return async (outcome, code) => {
    await journal
      .append({
        type: 'ended',
        time: clock.nowMs(),
        event_id: record.event_id,
        session_id: record.session_id,
        outcome,
        error_code: code,
        duration_ms: clock.monotonicMs() - startedAtMs,
        rows: 0,
        bytes_in: 0,
        bytes_out: 0,
        masks: {},
      })
      .catch((error: unknown) =>
        log.error({ err: error, approval: request.id }, 'what came of a decision could not be recorded'),
      );
  };
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

// --- what is refused ----------------------------------------------------------------------------------------------

function unfitAsk(request: ApprovalRequest, ask: DecisionAsk): DecisionRefused | undefined {
  const { reviewer, breakGlass = false, verdict, reason } = ask;
  if (breakGlass && verdict === 'deny') {
    return refused(400, 'GH_REVIEW_VERDICT', 'A denial needs no emergency: deny it in the ordinary way.');
  }
  const right: ReviewRight = breakGlass ? breakGlassRight(request, reviewer) : reviewRight(request, reviewer);
  if (!right.may) return refused(403, right.code, right.publicMessage);
  if (ask.actionDigest !== request.actionDigest) {
    return refused(
      409,
      'GH_REVIEW_DIGEST',
      'What you were shown is not what would be decided: look at it again, then decide.',
    );
  }
  if (reason.length > REVIEW_REASON_CHARACTERS_MAX) {
    return refused(
      400,
      'GH_REVIEW_REASON',
      `Give a reason of at most ${REVIEW_REASON_CHARACTERS_MAX} characters.`,
    );
  }
  if (reason === '' && (verdict === 'deny' || breakGlass)) {
    return refused(
      400,
      'GH_REVIEW_REASON',
      breakGlass ? 'An approval in an emergency needs a reason.' : 'A denial needs a reason.',
    );
  }
  return undefined;
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

function unfitGrant(request: ApprovalRequest, ask: DecisionAsk): DecisionRefused | undefined {
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

/** Attempts that an auditor wants to know of; the others are slips. */
const RECORDED_REFUSALS: readonly string[] = [
  'GH_REVIEW_OWN_REQUEST',
  'GH_REVIEW_NOT_ASKED',
  'GH_REVIEW_NO_BREAK_GLASS',
  'GH_REVIEW_DIGEST',
];

const refused = (
  status: DecisionRefused['status'],
  code: string,
  publicMessage: string,
): DecisionRefused => ({
  kind: 'refused',
  status,
  code,
  publicMessage,
});

const UNKNOWN = refused(404, 'GH_REVIEW_UNKNOWN', 'There is no such request; list those that wait.');
const AGAIN = refused(409, 'GH_REVIEW_AGAIN', 'You have decided this request before; a decision stands.');

const closed = (state: ApprovalState): DecisionRefused =>
  refused(409, 'GH_REVIEW_CLOSED', `This can no longer be decided: it is ${state}.`);

// --- what follows from it -----------------------------------------------------------------------------------------

/** Given where everybody who approved it would: for the shortest time and the narrowest scope that one of them named. */
async function giveGrant(
  deps: DecideDeps,
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
    await record(deps, request, {
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
    await store.putGrant({
      id: grant.id,
      grant: seals.sealGrant(grant),
      principal: grant.principalKey,
      upstream: grant.upstream,
      actionDigest: grant.actionDigest,
      similarKey: grant.similarKey,
      createdAtMs: grant.createdAtMs,
      expiresAtMs: grant.expiresAtMs,
    });
    return grant;
  } catch (error) {
    // The one action is approved all the same; the answer says that there is no grant.
    deps.log.error({ err: error, approval: request.id }, 'a standing grant could not be given');
    return undefined;
  }
}

const MINUTE_MS = 60_000;

const grantDetails = ({ minutes, scope }: ReviewGrant): Record<string, string> => ({
  grant_minutes: String(minutes),
  grant_scope: scope,
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
  return record(deps, request, {
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

const record = (
  { journal, clock, random }: DecideDeps,
  request: ApprovalRequest,
  event: ApprovalEvent,
): Promise<unknown> => journal.append(approvalRecord(request, event, clock.nowMs(), random));
