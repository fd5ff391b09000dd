/** For tests: a desk's action and journal, and a reviewer who decides as the console does. */
import { randomBytes } from 'node:crypto';
import type { AuditJournal, AuditRecord, DecidedRecord, Receipt } from '../../domain/audit-event.ts';
import type { ApprovalId } from '../../domain/approvals/approval-request.ts';
import { judgeDecisions } from '../../domain/approvals/approval-state.ts';
import type { ApprovalStore, Decided } from '../../domain/approvals/approval-store.ts';
import type { ReviewDecision, Reviewer } from '../../domain/approvals/review-decision.ts';
import type { ApprovalSeals } from '../../domain/approvals/seals.ts';
import { asEventId, asSessionId, uuidV7 } from '../../domain/ids.ts';
import type { HeldAction } from './held-action.ts';

export interface MemoryJournal extends AuditJournal {
  readonly records: DecidedRecord[];
  /** From now on nothing can be appended. */
  isFull: boolean;
}

export function memoryJournal(): MemoryJournal {
  const journal: MemoryJournal = {
    records: [],
    isFull: false,
    append(record: AuditRecord) {
      if (journal.isFull) return Promise.reject(new Error('the disk is full'));
      journal.records.push(record as DecidedRecord);
      return Promise.resolve({} as Receipt);
    },
    appendEncoded: () => Promise.reject(new Error('approvals are not encoded ahead')),
  };
  return journal;
}

export function heldAction(given: Partial<HeldAction> = {}): HeldAction {
  const nowMs = Date.now();
  return {
    eventId: asEventId(uuidV7(nowMs, randomBytes(10))),
    sessionId: asSessionId(uuidV7(nowMs, randomBytes(10))),
    principal: {
      subject: 'agent-7',
      onBehalfOf: 'alice@example.com',
      issuer: 'https://issuer.example',
      groups: ['agents'],
    },
    clientAddress: '192.0.2.1',
    upstream: 'sample',
    protocol: 'postgres',
    rule: 'writes.held',
    reason: 'writes to people need a second person',
    bundleHash: 'b'.repeat(64),
    terms: {
      mode: undefined,
      stage: 'action',
      requirements: [{ rule: 'writes.held', groups: ['developers'], people: [], count: 1 }],
      deadlineMs: 60_000,
      transactionMs: 10_000,
      useWithinMs: 60_000,
      text: '',
      grant: { minutesMax: 30, rowsMax: undefined },
      breakGlassGroups: ['on-call'],
    },
    mode: 'retry',
    actionDigest: 'd'.repeat(64),
    meaningDigest: 'e'.repeat(64),
    similarKey: 'update people',
    inTransaction: false,
    tokenExpiresAtMs: nowMs + 3_600_000,
    view: {
      kind: 'postgres.query',
      words: 'UPDATE of public.people on sample, database app',
      payload: "UPDATE people SET city = 'Bern' WHERE id = 7",
      language: 'sql',
      parameters: [],
      facts: [['database', 'app']],
      warnings: [],
    },
    ...given,
  };
}

export const reviewer = (subject: string, given: Partial<Reviewer> = {}): Reviewer => ({
  subject,
  issuer: 'https://issuer.example',
  groups: ['developers'],
  name: subject,
  accounts: [],
  person: undefined,
  ...given,
});

/** As the console does it: the decision sealed, and judged within the store's transaction. */
export async function decideAs(
  who: Reviewer,
  id: ApprovalId,
  { store, seals }: { readonly store: ApprovalStore; readonly seals: ApprovalSeals },
  given: Partial<ReviewDecision> = {},
): Promise<Decided> {
  const stored = await store.get(id);
  const request = stored && seals.openRequest(stored.request);
  if (stored === undefined || request === undefined) throw new Error(`no request ${id}`);
  const decision: ReviewDecision = {
    approvalId: id,
    verdict: 'approve',
    reviewer: who,
    reason: '',
    channel: 'console',
    breakGlass: false,
    actionDigest: request.actionDigest,
    decidedAtMs: store.nowMs(),
    ...given,
  };
  return store.decide(
    id,
    JSON.stringify([who.issuer, who.subject]),
    seals.sealDecision(decision, stored.request),
    (all) =>
      judgeDecisions(
        request,
        all.flatMap((each) => seals.openDecision(each, stored.request) ?? []),
      ).state,
  );
}
