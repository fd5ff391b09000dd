/**
 * A reviewer beside a gate under test: the store that the workers use, and decisions taken where the console takes them,
 * sealed with the shared key and recorded in the same journal.
 */
import { openJournal } from '../../ext-proc/adapters/journal/journal.ts';
import { createRandomPool } from '../../ext-proc/adapters/random-pool.ts';
import { createSystemClock } from '../../ext-proc/adapters/system-clock.ts';
import { openSealedStore } from '../../ext-proc/compose-approvals.ts';
import type { ApprovalsConfig } from '../../ext-proc/config/approvals-config.ts';
import type { GatehouseConfig } from '../../ext-proc/config/config.ts';
import { decideApproval, type DecisionRefused, type DecisionTaken } from '../../ext-proc/console/decide.ts';
import type { ApprovalId, ApprovalRequest } from '../../ext-proc/domain/approvals/approval-request.ts';
import type { ApprovalState } from '../../ext-proc/domain/approvals/approval-state.ts';
import type { ReviewDecision, ReviewGrant } from '../../ext-proc/domain/approvals/review-decision.ts';
import { testLog } from './gate.ts';

export interface DecideOptions {
  readonly reason?: string;
  readonly subject?: string;
  readonly groups?: readonly string[];
  readonly grant?: ReviewGrant;
}

export interface TestReviewer {
  /** What was asked for, newest first. */
  requests(states?: readonly ApprovalState[]): Promise<readonly ApprovalRequest[]>;
  stateOf(id: string): Promise<ApprovalState | undefined>;
  /** Waits until one is pending that was not there before. */
  asked(before?: readonly ApprovalRequest[]): Promise<ApprovalRequest>;
  /** `bob@example.com` of `reviewers`, where not said otherwise. */
  decide(
    id: string,
    verdict: ReviewDecision['verdict'],
    options?: DecideOptions,
  ): Promise<DecisionTaken | DecisionRefused>;
  close(): Promise<void>;
}

export async function openReviewer(config: GatehouseConfig): Promise<TestReviewer> {
  const clock = createSystemClock();
  const random = createRandomPool();
  const { store, seals } = await openSealedStore(config.approvals as ApprovalsConfig, {
    clock,
    log: testLog,
  });
  const journal = await openJournal({
    directory: config.audit.journal.directory,
    worker: 'console',
    durability: config.audit.durability,
    segmentBytes: config.audit.journal.segmentBytes,
    bytesMax: config.audit.journal.bytesMax,
    clock,
    log: testLog,
  });
  const requests = async (states: readonly ApprovalState[] = ['pending']) =>
    (await store.list({ states, limit: 100 })).map(
      (stored) => seals.openRequest(stored.request) as ApprovalRequest,
    );
  return {
    requests,
    stateOf: async (id) => (await store.get(id as ApprovalId))?.state,
    asked: async (before = []) => {
      const known = new Set(before.map(({ id }) => id));
      for (let attempt = 0; attempt < 200; attempt++) {
        const found = (await requests()).find(({ id }) => !known.has(id));
        if (found !== undefined) return found;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      throw new Error('nothing was asked for');
    },
    decide: async (id, verdict, options = {}) => {
      const stored = await store.get(id as ApprovalId);
      const open = stored === undefined ? undefined : seals.openRequest(stored.request);
      const subject = options.subject ?? 'bob@example.com';
      return decideApproval(
        {
          store,
          seals,
          journal,
          clock,
          random,
          log: testLog,
          maskText: (text) => text,
          channelsFor: () => [],
        },
        {
          id,
          verdict,
          reviewer: {
            subject,
            issuer: 'https://issuer.example.com',
            groups: options.groups ?? ['reviewers'],
            name: subject,
            accounts: [],
            person: undefined,
          },
          reason: options.reason ?? (verdict === 'deny' ? 'Not now.' : ''),
          channel: 'console',
          actionDigest: open?.actionDigest ?? '',
          grant: options.grant,
        },
      );
    },
    close: async () => {
      await journal.close();
      await store.close();
    },
  };
}
