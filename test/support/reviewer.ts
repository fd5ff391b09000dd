/**
 * Decides as the console does: reads what waits from the store of a gate under test, with the key that it shares with the
 * workers, and writes sealed decisions to it.
 */
import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { createSystemClock } from '../../ext-proc/adapters/system-clock.ts';
import { openSealedStore } from '../../ext-proc/compose-approvals.ts';
import type { ApprovalsConfig } from '../../ext-proc/config/approvals-config.ts';
import type { ApprovalId, ApprovalRequest } from '../../ext-proc/domain/approvals/approval-request.ts';
import { judgeDecisions, type ApprovalState } from '../../ext-proc/domain/approvals/approval-state.ts';
import type { ApprovalStore, Decided } from '../../ext-proc/domain/approvals/approval-store.ts';
import {
  reviewerKey,
  type Reviewer,
  type ReviewDecision,
} from '../../ext-proc/domain/approvals/review-decision.ts';
import { sealedGrant } from '../../ext-proc/domain/approvals/sealed-grant.ts';
import type { ApprovalSeals } from '../../ext-proc/domain/approvals/seals.ts';
import type { GrantId, StandingGrant } from '../../ext-proc/domain/approvals/standing-grant.ts';
import { principalKey } from '../../ext-proc/domain/approvals/approval-request.ts';
import { uuidV7 } from '../../ext-proc/domain/ids.ts';
import { QUIET } from './policy.ts';

export const BOB: Reviewer = {
  subject: 'bob@example.com',
  issuer: 'https://issuer.example.com',
  groups: ['reviewers'],
  name: 'Bob',
  accounts: [],
  person: undefined,
};

export interface TestReviewer {
  readonly store: ApprovalStore;
  readonly seals: ApprovalSeals;
  /** The newest request that waits, once there is one, and only one more than were decided. */
  waiting(match?: (request: ApprovalRequest) => boolean): Promise<ApprovalRequest>;
  state(id: ApprovalId): Promise<ApprovalState | undefined>;
  why(id: ApprovalId): Promise<string | undefined>;
  decide(id: ApprovalId, decision?: Partial<ReviewDecision>): Promise<Decided>;
  grant(id: ApprovalId, terms: Pick<StandingGrant, 'scope' | 'rowsMax'>): Promise<void>;
  /** Writes to the store behind everybody's back, as somebody could who has its file. */
  forge(sql: string, ...values: (string | number)[]): void;
  close(): Promise<void>;
}

export async function startReviewer(approvals: ApprovalsConfig): Promise<TestReviewer> {
  const clock = createSystemClock();
  const { store, seals } = await openSealedStore(approvals, { clock, log: QUIET });
  const pending = async (
    match: (request: ApprovalRequest) => boolean,
  ): Promise<ApprovalRequest | undefined> =>
    (await store.list({ states: ['pending'], limit: 50 }))
      .flatMap(({ request }) => seals.openRequest(request) ?? [])
      .find(match);
  return {
    store,
    seals,
    async waiting(match = () => true) {
      for (let attempt = 0; attempt < 400; attempt++) {
        const found = await pending(match);
        if (found !== undefined) return found;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      throw new Error('nothing waits for approval');
    },
    state: async (id) => (await store.get(id))?.state,
    why: async (id) => (await store.get(id))?.why,
    async decide(id, decision = {}) {
      const stored = await store.get(id);
      const request = stored && seals.openRequest(stored.request);
      if (stored === undefined || request === undefined) throw new Error('no such request');
      const made: ReviewDecision = {
        approvalId: id,
        verdict: 'approve',
        reviewer: BOB,
        reason: '',
        channel: 'console',
        breakGlass: false,
        actionDigest: request.actionDigest,
        decidedAtMs: store.nowMs(),
        ...decision,
      };
      return store.decide(
        id,
        reviewerKey(made.reviewer),
        seals.sealDecision(made, stored.request),
        (decisions) =>
          judgeDecisions(
            request,
            decisions.flatMap((each) => seals.openDecision(each, stored.request) ?? []),
          ).state,
      );
    },
    async grant(id, { scope, rowsMax }) {
      const stored = await store.get(id);
      const request = stored && seals.openRequest(stored.request);
      if (request === undefined) throw new Error('no such request');
      const grant: StandingGrant = {
        id: uuidV7(store.nowMs(), randomBytes(10)) as GrantId,
        approvalId: id,
        principalKey: principalKey(request.requester),
        upstream: request.upstream,
        protocol: request.protocol,
        rule: request.rule,
        scope,
        actionDigest: request.actionDigest,
        meaningDigest: request.meaningDigest,
        similarKey: request.similarKey,
        rowsMax,
        reviewers: [BOB],
        reason: '',
        bundleHash: request.bundleHash,
        createdAtMs: store.nowMs(),
        expiresAtMs: store.nowMs() + 60_000,
      };
      await store.putGrant(sealedGrant(grant, seals));
    },
    forge(sql, ...values) {
      if (approvals.store.kind !== 'sqlite') throw new Error('not a file');
      const database = new DatabaseSync(approvals.store.file);
      database.prepare(sql).run(...values);
      database.exec('INSERT INTO change (id) SELECT id FROM approval');
      database.close();
    },
    close: () => store.close(),
  };
}
