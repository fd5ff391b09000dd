/**
 * A reviewer decides a request: the one place where the console, the terminal, webhooks and chats write a decision. It
 * checks the request's seal, the reviewer's right and the digest that was on show, records the decision, and only then
 * hands it to the store, which judges it among the others. Where the record cannot be made nothing is decided (I2).
 */
import { approvalRecord } from '../domain/approvals/approval-event.ts';
import { principalKey, type ApprovalId, type ApprovalRequest } from '../domain/approvals/approval-request.ts';
import { judgeDecisions } from '../domain/approvals/approval-state.ts';
import type { StoredApproval } from '../domain/approvals/approval-store.ts';
import {
  REVIEW_REASON_CHARACTERS_MAX,
  reviewerKey,
  type ReviewChannel,
  type ReviewDecision,
  type ReviewGrant,
  type ReviewVerdict,
} from '../domain/approvals/review-decision.ts';
import type { Sealed } from '../domain/approvals/seals.ts';
import type { GrantId, StandingGrant } from '../domain/approvals/standing-grant.ts';
import type { DecidedRecord } from '../domain/audit-event.ts';
import { uuidV7 } from '../domain/ids.ts';
import { readStatus } from '../exchange/approvals/approval-desk.ts';
import type { DecisionAnswer } from './api.ts';
import { grantView, type Checked } from './approval-views.ts';
import type { ConsoleDependencies } from './dependencies.ts';
import { agreedGrant, grantRefusal } from './grant-terms.ts';
import { ConsoleProblem } from './problem.ts';
import { rightNow, type Reader } from './reviewer-right.ts';

export interface ReviewInput {
  readonly id: ApprovalId;
  readonly reader: Reader;
  readonly channel: ReviewChannel;
  readonly verdict: ReviewVerdict;
  readonly reason: string;
  readonly breakGlass: boolean;
  /** That was on show. */
  readonly actionDigest: string;
  readonly grant: ReviewGrant | undefined;
}

type Deps = Pick<
  ConsoleDependencies,
  'store' | 'seals' | 'journal' | 'clock' | 'random' | 'log' | 'channelsFor' | 'maskText'
>;

/** Undefined where there is none. Throws GH_APPROVAL_SEAL where it is there and not the gate's. */
export async function checkedApproval(deps: Deps, id: ApprovalId): Promise<Checked | undefined> {
  const stored = await deps.store.get(id);
  if (stored === undefined) return undefined;
  const status = readStatus(deps.seals, stored);
  if (status !== undefined) return { stored, status };
  deps.log.error({ approval: id }, 'the seal of an approval does not fit: somebody wrote to the store, or the key is another');
  throw new ConsoleProblem(
    409,
    'GH_APPROVAL_SEAL',
    'This request is not one that the gate made, so it is neither shown nor decided. Tell the operators of the gate.',
  );
}

/** Throws a ConsoleProblem that says why not, and what the store or the journal fails with. */
export async function review(deps: Deps, input: ReviewInput): Promise<DecisionAnswer> {
  const { store, seals, log } = deps;
  const checked = await checkedApproval(deps, input.id);
  if (checked === undefined) throw unknownApproval();
  const { stored, status } = checked;
  const { request } = status;
  refuseUnfit(input, checked, store.nowMs());
  const decision = decisionOf(deps, input);
  const settle = await recordDecision(deps, request, decision);
  const sealed = seals.sealDecision(decision, stored.request);
  const judged = await store
    .decide(request.id, reviewerKey(decision.reviewer), sealed, (all) => judgeDecisions(request, opened(deps, all, stored)).state)
    .catch(async (error: unknown) => {
      await settle('error', 'GH_APPROVALS_UNAVAILABLE');
      throw error;
    });
  if (judged.kind !== 'decided') {
    const problem = notDecided(judged.kind);
    await settle('denied', problem.code);
    throw problem;
  }
  await settle('ok', '');
  const after = await store.get(request.id);
  const decisions = after === undefined ? [decision] : opened(deps, after.decisions, stored);
  const { agreed, needed } = judgeDecisions(request, decisions);
  const given = judged.state === 'approved' ? await giveGrant(deps, request, decisions) : undefined;
  if (judged.state !== 'pending') {
    const groups = decision.breakGlass ? ['*'] : request.terms.requirements.flatMap((each) => each.groups);
    const channels = deps.channelsFor(groups);
    await store
      .notifyDecided(request.id, channels)
      .catch((error: unknown) => log.error({ err: error, approval: request.id }, 'a decision could not be told'));
  }
  return { state: judged.state, agreed, needed, grant: given ?? null };
}

function refuseUnfit(input: ReviewInput, { status }: Checked, nowMs: number): void {
  const { request } = status;
  const right = rightNow(status, input.reader, input.breakGlass, nowMs);
  if (!right.may) {
    const isState = right.code === 'GH_REVIEW_CLOSED' || right.code === 'GH_REVIEW_AGAIN';
    throw new ConsoleProblem(isState ? 409 : 403, right.code, right.publicMessage);
  }
  if (input.actionDigest !== request.actionDigest) {
    throw new ConsoleProblem(409, 'GH_REVIEW_DIGEST', 'What you saw is not what this request is about. Load it again.');
  }
  if (input.breakGlass && input.verdict === 'deny')
    throw unprocessable('An emergency is a reason to approve; deny it in the ordinary way.');
  if (input.reason.trim() === '' && (input.verdict === 'deny' || input.breakGlass))
    throw unprocessable('Say why: whoever asked, and whoever audits this, will read it.');
  if (input.reason.length > REVIEW_REASON_CHARACTERS_MAX)
    throw unprocessable(`The reason is longer than ${REVIEW_REASON_CHARACTERS_MAX} characters.`);
  if (input.grant === undefined) return;
  const refused =
    input.verdict === 'deny' || input.breakGlass
      ? 'Only an ordinary approval can be for more than the one action.'
      : grantRefusal(request, input.grant);
  if (refused !== undefined) throw unprocessable(refused, 'GH_REVIEW_GRANT');
}

function decisionOf({ store, maskText }: Deps, input: ReviewInput): ReviewDecision {
  return {
    approvalId: input.id,
    verdict: input.verdict,
    reviewer: input.reader.reviewer,
    reason: maskText(input.reason.trim().toWellFormed()),
    channel: input.channel,
    breakGlass: input.breakGlass,
    actionDigest: input.actionDigest,
    decidedAtMs: store.nowMs(),
    ...(input.grant === undefined ? {} : { grant: input.grant }),
  };
}

/**
 * Records that it is about to be decided. The function says what came of it; a crash in between leaves an open record, and
 * its outcome `unknown`.
 */
async function recordDecision(
  { journal, clock, random, log }: Deps,
  request: ApprovalRequest,
  decision: ReviewDecision,
): Promise<(outcome: 'ok' | 'denied' | 'error', code: string) => Promise<void>> {
  const startedAtMs = clock.monotonicMs();
  const { outcome: _, ...record }: DecidedRecord = approvalRecord(
    request,
    {
      kind: 'approval.decided',
      by: decision.reviewer,
      decision: decision.verdict === 'approve' ? 'allow' : 'deny',
      reason: decision.reason === '' ? 'approved' : decision.reason,
      outcome: 'ok',
      details: {
        verdict: decision.verdict,
        channel: decision.channel,
        break_glass: String(decision.breakGlass),
        digest_approved: decision.actionDigest,
        ...(decision.grant === undefined
          ? {}
          : { grant_minutes: String(decision.grant.minutes), grant_scope: decision.grant.scope }),
      },
    },
    clock.nowMs(),
    random,
  );
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
      .catch((error: unknown) => log.error({ err: error, approval: request.id }, 'a decision’s end could not be recorded'));
  };
}

const opened = ({ seals }: Deps, all: readonly Sealed[], stored: StoredApproval): readonly ReviewDecision[] =>
  all.flatMap((each) => seals.openDecision(each, stored.request) ?? []);

async function giveGrant(deps: Deps, request: ApprovalRequest, decisions: readonly ReviewDecision[]) {
  const { store, seals, journal, clock, random } = deps;
  const agreed = agreedGrant(decisions);
  if (agreed === undefined || grantRefusal(request, agreed) !== undefined) return undefined;
  const nowMs = store.nowMs();
  const grant: StandingGrant = {
    id: uuidV7(nowMs, random(10)) as GrantId,
    approvalId: request.id,
    principalKey: principalKey(request.requester),
    upstream: request.upstream,
    protocol: request.protocol,
    rule: request.rule,
    scope: agreed.scope,
    actionDigest: request.actionDigest,
    similarKey: request.similarKey,
    rowsMax: request.terms.grant?.rowsMax,
    reviewers: decisions.filter(({ verdict }) => verdict === 'approve').map(({ reviewer }) => reviewer),
    reason: decisions.at(-1)?.reason ?? '',
    bundleHash: request.bundleHash,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + agreed.minutes * 60_000,
  };
  await journal.append(
    approvalRecord(
      request,
      {
        kind: 'approval.granted',
        by: decisions.at(-1)?.reviewer,
        decision: 'allow',
        reason: `this kind of action is approved for ${agreed.minutes} minutes`,
        outcome: 'ok',
        details: {
          grant: grant.id,
          scope: grant.scope,
          expires: new Date(grant.expiresAtMs).toISOString(),
          ...(grant.rowsMax === undefined ? {} : { rows_max: String(grant.rowsMax) }),
        },
      },
      clock.nowMs(),
      random,
    ),
  );
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
  return grantView({ uses: 0, revokedAtMs: undefined, revokedBy: '' }, grant, request.requester.subject, request.view.words);
}

function notDecided(kind: 'closed' | 'again' | 'unknown'): ConsoleProblem {
  switch (kind) {
    case 'closed':
      return new ConsoleProblem(409, 'GH_REVIEW_CLOSED', 'It can no longer be decided: it has been, or its time has passed.');
    case 'again':
      return new ConsoleProblem(409, 'GH_REVIEW_AGAIN', 'You have decided this before; somebody else must too.');
    case 'unknown':
      return unknownApproval();
  }
}

export const unknownApproval = (): ConsoleProblem =>
  new ConsoleProblem(404, 'GH_CONSOLE_NO_APPROVAL', 'There is no such request that you may see.');

const unprocessable = (text: string, code = 'GH_REVIEW_FORM'): ConsoleProblem => new ConsoleProblem(422, code, text);
