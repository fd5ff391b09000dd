/** Requests that wait in a real store of one machine, and what it takes to decide them; the journal is kept in memory. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { openApprovalStore } from '../../ext-proc/adapters/approvals/open-approval-store.ts';
import type { DecideDeps, DecisionAsk } from '../../ext-proc/console/decide.ts';
import type { ActionView } from '../../ext-proc/domain/approvals/action-view.ts';
import {
  principalKey,
  type ApprovalId,
  type ApprovalRequest,
} from '../../ext-proc/domain/approvals/approval-request.ts';
import type { ReviewRequirement } from '../../ext-proc/domain/approvals/hold-terms.ts';
import type { Reviewer } from '../../ext-proc/domain/approvals/review-decision.ts';
import { createApprovalSeals } from '../../ext-proc/domain/approvals/seals.ts';
import type { AuditRecord, DecidedRecord, EndedRecord, Receipt } from '../../ext-proc/domain/audit-event.ts';
import { asEventId, asSessionId, uuidV7 } from '../../ext-proc/domain/ids.ts';
import type { Log } from '../../ext-proc/domain/log.ts';
import { keepDenials } from '../../ext-proc/exchange/approvals/kept-denials.ts';
import { Secret } from '../../ext-proc/domain/secret.ts';

export const LOGIN_ISSUER = 'https://login.example.com';

export interface HeldRequests extends DecideDeps {
  /** In the order in which they were appended. */
  readonly records: DecidedRecord[];
  /** Of decisions: what came of them. */
  readonly ended: EndedRecord[];
  /** Moves the clock of store and console alike. */
  advance(ms: number): void;
  /** A request of Alice's agent that one developer must approve within ten minutes, but for what is given. */
  hold(differs?: HoldDiffers): Promise<ApprovalRequest>;
  close(): Promise<void>;
}

export interface HoldDiffers {
  readonly requester?: Partial<ApprovalRequest['requester']>;
  readonly requirements?: readonly ReviewRequirement[];
  readonly terms?: Partial<ApprovalRequest['terms']>;
  readonly view?: Partial<ActionView>;
  readonly request?: Partial<ApprovalRequest>;
  readonly notify?: readonly string[];
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** `key`: what seals are made with, where others share it. */
export async function openHeldRequests(
  directory: string,
  channels: readonly string[] = [],
  key: Uint8Array = randomBytes(32),
): Promise<HeldRequests> {
  let aheadMs = 0;
  const clock = {
    nowMs: () => Date.now() + aheadMs,
    monotonicMs: () => performance.now() + aheadMs,
  };
  const seals = createApprovalSeals(new Secret<Uint8Array>(key));
  const file = join(directory, 'approvals.db');
  const opened = await openApprovalStore({ store: { kind: 'sqlite', file }, clock, log: silent });
  const store = keepDenials(opened, { seals, log: silent });
  const records: DecidedRecord[] = [];
  const ended: EndedRecord[] = [];
  const random = (count: number): Uint8Array => randomBytes(count);
  return {
    store,
    seals,
    clock,
    random,
    log: silent,
    records,
    ended,
    journal: {
      append: (record: AuditRecord) => {
        if (record.type === 'decided') records.push(record);
        else ended.push(record);
        return Promise.resolve({} as Receipt);
      },
      appendEncoded: () => Promise.reject(new Error('not used')),
    },
    maskText: (text) => text.replaceAll('4111111111111111', '[masked:payment_card]'),
    channelsFor: () => channels,
    advance: (ms) => void (aheadMs += ms),
    close: () => store.close(),
    async hold({ requester, requirements, terms, view, request: differs, notify = channels } = {}) {
      const nowMs = store.nowMs();
      const request: ApprovalRequest = {
        id: uuidV7(nowMs, random(10)) as ApprovalId,
        eventId: asEventId(uuidV7(nowMs, random(10))),
        sessionId: asSessionId(uuidV7(nowMs, random(10))),
        mode: 'retry',
        stage: 'action',
        requester: {
          subject: 'agent:claude-1',
          onBehalfOf: 'alice@example.com',
          issuer: LOGIN_ISSUER,
          groups: ['developers'],
          person: undefined,
          ...requester,
        },
        clientAddress: '127.0.0.1',
        upstream: 'sample',
        protocol: 'postgres',
        rule: 'postgres.update_of_people',
        reason: 'changes of people are looked at first',
        terms: {
          requirements: requirements ?? [
            { rule: 'postgres.update_of_people', groups: ['developers'], people: [], count: 1 },
          ],
          text: 'Look at the WHERE.',
          grant: { minutesMax: 30, rowsMax: 10 },
          breakGlassGroups: ['on-call'],
          ...terms,
        },
        actionDigest: randomBytes(32).toString('hex'),
        meaningDigest: '',
        bundleHash: 'b'.repeat(64),
        similarKey: 'fingerprint-1',
        createdAtMs: nowMs,
        decideByMs: nowMs + 600_000,
        useByMs: nowMs + 1_200_000,
        view: {
          kind: 'postgres.query',
          words: 'UPDATE of public.people on sample, database app',
          payload: "UPDATE people SET city = 'Oslo' WHERE id = 7",
          language: 'sql',
          parameters: [],
          facts: [
            ['database', 'app'],
            ['role', 'app_rw'],
          ],
          warnings: [],
          ...view,
        },
        ...differs,
      };
      const opened = await store.open(
        {
          id: request.id,
          request: seals.sealRequest(request),
          mode: request.mode,
          principal: principalKey(request.requester),
          upstream: request.upstream,
          actionDigest: request.actionDigest,
          similarKey: request.similarKey,
          sessionId: request.sessionId,
          createdAtMs: request.createdAtMs,
          decideByMs: request.decideByMs,
          useByMs: request.useByMs,
          searchText: request.view.words.toLowerCase(),
          notify,
        },
        { pendingPerPrincipal: 100, pendingMax: 100 },
      );
      if (opened.kind !== 'opened') throw new Error(`it was not opened: ${opened.kind}`);
      return request;
    },
  };
}

export const reviewer = (subject: string, differs: Partial<Reviewer> = {}): Reviewer => ({
  subject,
  issuer: LOGIN_ISSUER,
  groups: ['developers'],
  name: subject,
  accounts: [],
  person: undefined,
  ...differs,
});

/** Bob's approval at the terminal, but for what is given. */
export const askOf = (request: ApprovalRequest, differs: Partial<DecisionAsk> = {}): DecisionAsk => ({
  id: request.id,
  verdict: 'approve',
  reviewer: reviewer('bob@example.com'),
  reason: '',
  channel: 'cli',
  actionDigest: request.actionDigest,
  ...differs,
});
