/** Standing grants: those who have a role see all of them; revoking is an admin's, and of whoever gave it. */
import { GRANTS_LISTED_MAX, type StoredGrant } from '../domain/approvals/approval-store.ts';
import { reviewerKey } from '../domain/approvals/review-decision.ts';
import type { GrantId, StandingGrant } from '../domain/approvals/standing-grant.ts';
import { readStatus } from '../exchange/approvals/approval-status.ts';
import type { GrantList, GrantView } from './api.ts';
import { recordEvent } from './approval-records.ts';
import { grantView } from './approval-views.ts';
import { json, NO_CONTENT, type Reply, type SessionCall } from './call.ts';
import type { ConsoleDependencies } from './dependencies.ts';
import { ConsoleProblem } from './problem.ts';
import { rolesOf } from './roles.ts';
import type { Session } from './sessions.ts';

/** Of those that are good, and of those that are over: the newest. A good one beyond is still revoked by its id. */
const GOOD_SHOWN_MAX = 2_000;
const OVER_SHOWN_MAX = 200;
/** Rows that are not the gate's take no place of one that is, until somebody has written this many pages of them. */
const PAGES_MAX = 100;

export class GrantsApi {
  readonly #deps: ConsoleDependencies;
  readonly #changed: () => void;

  constructor(deps: ConsoleDependencies, changed: () => void) {
    this.#deps = deps;
    this.#changed = changed;
  }

  list = async ({ session }: SessionCall): Promise<Reply> => {
    const good = await this.#visible(session, true, GOOD_SHOWN_MAX);
    const over = await this.#visible(session, false, OVER_SHOWN_MAX);
    const grants: GrantView[] = [];
    for (const { stored, grant } of [...good, ...over]) {
      const request = await this.#requestOf(grant);
      const requester = (JSON.parse(grant.principalKey) as string[])[1] ?? '';
      grants.push(grantView(stored, grant, requester, request?.view.words ?? ''));
    }
    return json({ grants } satisfies GrantList);
  };

  revoke = async ({ parts, session }: SessionCall): Promise<Reply> => {
    const { store, config } = this.#deps;
    const stored = await store.getGrant((parts[0] ?? '') as GrantId);
    const grant = stored && this.#visibleTo(session, stored);
    if (grant === undefined) throw noGrant();
    if (!rolesOf(session.reviewer, config.roles).includes('admin') && !gave(grant, session)) {
      throw new ConsoleProblem(
        403,
        'GH_CONSOLE_ROLE',
        'Only an admin, or a reviewer who gave it, revokes a grant.',
      );
    }
    const request = await this.#requestOf(grant);
    if (request !== undefined) {
      await recordEvent(this.#deps, request, {
        kind: 'approval.grant_revoked',
        by: session.reviewer,
        decision: 'deny',
        reason: 'a standing grant was revoked',
        outcome: 'ok',
        details: { grant: grant.id },
      });
    }
    if (!(await store.revokeGrant(grant.id, session.reviewer.subject))) throw noGrant();
    this.#changed();
    return NO_CONTENT;
  };

  /** Newest first. */
  async #visible(session: Session, isGood: boolean, max: number): Promise<readonly CheckedGrant[]> {
    const { store, log } = this.#deps;
    const found: CheckedGrant[] = [];
    let after: GrantId | undefined;
    for (let page = 0; page < PAGES_MAX; page++) {
      const rows = await store.listGrants({ isGood, limit: GRANTS_LISTED_MAX, after });
      for (const stored of rows) {
        const grant = this.#visibleTo(session, stored);
        if (grant !== undefined) found.push({ stored, grant });
        if (found.length === max) return found;
      }
      if (rows.length < GRANTS_LISTED_MAX) return found;
      after = rows.at(-1)?.id;
    }
    log.error(
      { rows: PAGES_MAX * GRANTS_LISTED_MAX },
      'the approvals store has more grants than are looked through',
    );
    return found;
  }

  /** Undefined where it is not the gate's, or not theirs to see. */
  #visibleTo(session: Session, stored: StoredGrant): StandingGrant | undefined {
    const { seals, config } = this.#deps;
    const grant = seals.openGrant(stored.grant);
    if (grant === undefined || grant.id !== stored.id) return undefined;
    const seesAll = rolesOf(session.reviewer, config.roles).length > 0;
    return seesAll || gave(grant, session) ? grant : undefined;
  }

  async #requestOf({ approvalId }: StandingGrant) {
    const stored = await this.#deps.store.get(approvalId);
    return stored === undefined ? undefined : readStatus(this.#deps.seals, stored)?.request;
  }
}

interface CheckedGrant {
  readonly stored: StoredGrant;
  readonly grant: StandingGrant;
}

const gave = (grant: StandingGrant, { reviewer }: Session): boolean =>
  grant.reviewers.some((each) => reviewerKey(each) === reviewerKey(reviewer));

const noGrant = (): ConsoleProblem =>
  new ConsoleProblem(404, 'GH_CONSOLE_NO_GRANT', 'There is no such grant, or it is over.');
