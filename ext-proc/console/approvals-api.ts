/** Requests as the API lists, shows and decides them: who may see one, and that each view of a payload is evidence. */
import { z } from 'zod';
import { isApprovalId, type ApprovalId } from '../domain/approvals/approval-request.ts';
import { APPROVAL_STATES, type ApprovalState } from '../domain/approvals/approval-state.ts';
import { reviewerKey, type ReviewChannel } from '../domain/approvals/review-decision.ts';
import { readStatus } from '../exchange/approvals/approval-status.ts';
import type { ApprovalList, ApprovalSummary, DecisionAnswer } from './api.ts';
import { recordEvent } from './approval-records.ts';
import { detailOf, grantView, summaryOf } from './approval-views.ts';
import { json, readJson, type Reply, type SessionCall } from './call.ts';
import { checkedApproval, unknownApproval, type CheckedApproval } from './checked-approval.ts';
import { decideApproval } from './decide.ts';
import type { ConsoleDependencies } from './dependencies.ts';
import { ConsoleProblem } from './problem.ts';
import { AUDITOR, type Reader } from './reviewer-right.ts';
import { isAuditorOnly, maySee, rolesOf } from './roles.ts';
import type { Session } from './sessions.ts';

const LIST_DEFAULT = 50;
const LIST_MAX = 100;
/** Pages of the store that one answer looks through for what its reader may see. */
const PAGES_MAX = 5;
const SIMILAR_MAX = 5;
const WORDS_CHARACTERS_MAX = 200;
/** Looking at a request again within so long is the same view. */
const SAME_VIEW_MS = 300_000;
const VIEWS_MAX = 10_000;

const decisionBody = z.strictObject({
  verdict: z.enum(['approve', 'deny']),
  reason: z.string().default(''),
  actionDigest: z.string().max(128),
  breakGlass: z.boolean().default(false),
  grant: z
    .strictObject({ minutes: z.int().min(1).max(1_440), scope: z.enum(['nothing', 'literals']) })
    .optional(),
});

export class ApprovalsApi {
  readonly #deps: ConsoleDependencies;
  readonly #grantsChanged: () => void;
  /** When somebody last saw a request, by request and reviewer. */
  readonly #views = new Map<string, number>();

  constructor(deps: ConsoleDependencies, grantsChanged: () => void) {
    this.#deps = deps;
    this.#grantsChanged = grantsChanged;
  }

  list = async ({ url, session }: SessionCall): Promise<Reply> => {
    const query = url.searchParams;
    const limit = clamped(query.get('limit'));
    const words = (query.get('words') ?? '').slice(0, WORDS_CHARACTERS_MAX).toLowerCase();
    const { approvals, next } = await this.#visible(session, limit, {
      states: statesOf(query.get('state')),
      words: words.trim() === '' ? undefined : words,
      before: placeOf(query.get('before')),
    });
    return json({ approvals, next } satisfies ApprovalList);
  };

  show = async ({ parts, session }: SessionCall): Promise<Reply> => {
    const checked = await this.#found(parts[0], session);
    await this.#recordView(checked, session);
    const { request } = checked.status;
    const before =
      request.similarKey === ''
        ? []
        : (
            await this.#visible(session, SIMILAR_MAX + 1, {
              states: ['approved', 'denied', 'released', 'expired'],
              similarKey: request.similarKey,
            })
          ).approvals;
    const similar = before.filter(({ id }) => id !== request.id).slice(0, SIMILAR_MAX);
    return json(detailOf(checked, this.#reader(session), this.#deps.store.nowMs(), similar));
  };

  decide = async ({ request, parts, session }: SessionCall): Promise<Reply> => {
    const body = decisionBody.safeParse(await readJson(request));
    if (!body.success)
      throw new ConsoleProblem(400, 'GH_CONSOLE_FORM', 'This is not a decision as the API has it.');
    const { status } = await this.#found(parts[0], session);
    const { reviewer, isAuditorOnly } = this.#reader(session);
    if (isAuditorOnly) throw new ConsoleProblem(403, AUDITOR.code, AUDITOR.publicMessage);
    const decided = await decideApproval(this.#deps, {
      ...body.data,
      id: status.request.id,
      reviewer,
      channel: channelOf(session.kind),
    });
    if (decided.kind === 'refused')
      throw new ConsoleProblem(decided.status, decided.code, decided.publicMessage);
    const { state, agreed, needed, grant } = decided;
    const { requester, view } = status.request;
    const given = { uses: 0, revokedAtMs: undefined, revokedBy: '' };
    if (grant !== undefined) this.#grantsChanged();
    return json({
      state,
      agreed,
      needed,
      grant: grant === undefined ? null : grantView(given, grant, requester.subject, view.words),
    } satisfies DecisionAnswer);
  };

  #reader({ reviewer }: Session): Reader {
    return { reviewer, isAuditorOnly: isAuditorOnly(rolesOf(reviewer, this.#deps.config.roles)) };
  }

  /** What the session's person may not see is not there for them. */
  async #found(id: string | undefined, { reviewer }: Session): Promise<CheckedApproval> {
    if (id === undefined || !isApprovalId(id)) throw unknownApproval();
    const checked = await checkedApproval(this.#deps, id);
    const roles = rolesOf(reviewer, this.#deps.config.roles);
    if (checked === undefined || !maySee(checked.status.request, reviewer, roles)) throw unknownApproval();
    return checked;
  }

  async #visible(
    session: Session,
    limit: number,
    filter: {
      states: readonly ApprovalState[] | undefined;
      words?: string | undefined;
      similarKey?: string;
      before?: ApprovalId | undefined;
    },
  ): Promise<{ approvals: readonly ApprovalSummary[]; next: string | null }> {
    const { store, seals, config } = this.#deps;
    const roles = rolesOf(session.reviewer, config.roles);
    const reader = this.#reader(session);
    const approvals: ApprovalSummary[] = [];
    let before = filter.before;
    for (let page = 0; page < PAGES_MAX; page++) {
      const found = await store.list({ ...filter, before, limit: limit + 1 });
      for (const [index, stored] of found.slice(0, limit).entries()) {
        before = stored.id;
        // What is not the gate's own is nobody's request.
        const status = readStatus(seals, stored);
        if (status === undefined || !maySee(status.request, session.reviewer, roles)) continue;
        approvals.push(summaryOf({ stored, status }, reader, store.nowMs()));
        if (approvals.length === limit)
          return { approvals, next: index + 1 < found.length ? stored.id : null };
      }
      if (found.length <= limit) return { approvals, next: null };
    }
    return { approvals, next: before ?? null };
  }

  async #recordView({ status }: CheckedApproval, { reviewer, kind }: Session): Promise<void> {
    const key = `${status.request.id} ${reviewerKey(reviewer)}`;
    const nowMs = this.#deps.clock.monotonicMs();
    const seenAtMs = this.#views.get(key);
    if (seenAtMs !== undefined && nowMs - seenAtMs < SAME_VIEW_MS) return;
    await recordEvent(this.#deps, status.request, {
      kind: 'approval.viewed',
      by: reviewer,
      decision: 'allow',
      reason: 'the request was shown to a person',
      outcome: 'ok',
      details: {
        channel: channelOf(kind),
        state: status.state,
        digest_shown: status.request.actionDigest,
      },
    });
    this.#views.delete(key);
    this.#views.set(key, nowMs);
    const oldest = this.#views.keys().next();
    if (this.#views.size > VIEWS_MAX && !oldest.done) this.#views.delete(oldest.value);
  }
}

const channelOf = (kind: Session['kind']): ReviewChannel => (kind === 'browser' ? 'console' : 'cli');

const clamped = (text: string | null): number => {
  const limit = Number(text ?? LIST_DEFAULT);
  return Number.isInteger(limit) && limit > 0 ? Math.min(limit, LIST_MAX) : LIST_DEFAULT;
};

/** `pending`, several with commas, or `decided` for all that is not pending. */
function statesOf(text: string | null): readonly ApprovalState[] | undefined {
  if (text === null || text === '') return undefined;
  if (text === 'decided') return APPROVAL_STATES.filter((state) => state !== 'pending');
  const asked = text.split(',');
  const known = APPROVAL_STATES.filter((state) => asked.includes(state));
  if (known.length === asked.length) return known;
  throw new ConsoleProblem(
    400,
    'GH_CONSOLE_FORM',
    `state is one of ${APPROVAL_STATES.join(', ')} or decided.`,
  );
}

function placeOf(text: string | null): ApprovalId | undefined {
  if (text === null) return undefined;
  if (isApprovalId(text)) return text;
  throw new ConsoleProblem(400, 'GH_CONSOLE_FORM', 'before is the id of a request.');
}
