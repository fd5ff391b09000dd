/** Standing grants: those who have a role see all of them; revoking is an admin's, and of whoever gave it. */
import type { StoredGrant } from '../domain/approvals/approval-store.ts';
import { reviewerKey } from '../domain/approvals/review-decision.ts';
import type { StandingGrant } from '../domain/approvals/standing-grant.ts';
import { readStatus } from '../exchange/approvals/approval-status.ts';
import type { GrantList, GrantView } from './api.ts';
import { recordEvent } from './approval-records.ts';
import { grantView } from './approval-views.ts';
import { json, NO_CONTENT, type Reply, type SessionCall } from './call.ts';
import type { ConsoleDependencies } from './dependencies.ts';
import { ConsoleProblem } from './problem.ts';
import { rolesOf } from './roles.ts';
import type { Session } from './sessions.ts';

const GRANTS_MAX = 500;

export class GrantsApi {
  readonly #deps: ConsoleDependencies;
  readonly #changed: () => void;

  constructor(deps: ConsoleDependencies, changed: () => void) {
    this.#deps = deps;
    this.#changed = changed;
  }

  list = async ({ session }: SessionCall): Promise<Reply> => {
    const grants: GrantView[] = [];
    for (const { stored, grant } of await this.#visible(session)) {
      const request = await this.#requestOf(grant);
      const requester = (JSON.parse(grant.principalKey) as string[])[1] ?? '';
      grants.push(grantView(stored, grant, requester, request?.view.words ?? ''));
    }
    return json({ grants } satisfies GrantList);
  };

  revoke = async ({ parts, session }: SessionCall): Promise<Reply> => {
    const { store, config } = this.#deps;
    const found = (await this.#visible(session)).find(({ grant }) => grant.id === parts[0]);
    if (found === undefined) throw noGrant();
    const { grant } = found;
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

  async #visible(session: Session): Promise<readonly { stored: StoredGrant; grant: StandingGrant }[]> {
    const { store, seals, config } = this.#deps;
    const seesAll = rolesOf(session.reviewer, config.roles).length > 0;
    return (await store.listGrants(GRANTS_MAX)).flatMap((stored) => {
      const grant = seals.openGrant(stored.grant);
      if (grant === undefined || grant.id !== stored.id) return [];
      return seesAll || gave(grant, session) ? [{ stored, grant }] : [];
    });
  }

  async #requestOf({ approvalId }: StandingGrant) {
    const stored = await this.#deps.store.get(approvalId);
    return stored === undefined ? undefined : readStatus(this.#deps.seals, stored)?.request;
  }
}

const gave = (grant: StandingGrant, { reviewer }: Session): boolean =>
  grant.reviewers.some((each) => reviewerKey(each) === reviewerKey(reviewer));

const noGrant = (): ConsoleProblem =>
  new ConsoleProblem(404, 'GH_CONSOLE_NO_GRANT', 'There is no such grant, or it is over.');
