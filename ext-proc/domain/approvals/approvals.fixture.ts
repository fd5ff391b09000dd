/** For tests: a request of an agent that acts for Alice, and decisions of it. */
import { asEventId, asSessionId } from '../ids.ts';
import type { ApprovalId, ApprovalRequest } from './approval-request.ts';
import type { ReviewDecision, Reviewer } from './review-decision.ts';

export function approvalRequest(given: Partial<ApprovalRequest> = {}): ApprovalRequest {
  return {
    id: '019300a0-0000-7000-8000-000000000001' as ApprovalId,
    eventId: asEventId('019300a0-0000-7000-8000-000000000002'),
    sessionId: asSessionId('019300a0-0000-7000-8000-000000000003'),
    mode: 'retry',
    stage: 'action',
    requester: {
      subject: 'agent-7',
      onBehalfOf: 'alice@example.com',
      issuer: 'https://issuer.example',
      groups: ['agents'],
      person: undefined,
    },
    clientAddress: '192.0.2.1',
    upstream: 'sample',
    protocol: 'postgres',
    rule: 'writes.held',
    reason: '',
    terms: {
      requirements: [{ rule: 'writes.held', groups: ['developers'], people: [], count: 1 }],
      text: '',
      grant: undefined,
      breakGlassGroups: [],
    },
    actionDigest: 'd'.repeat(64),
    meaningDigest: '',
    bundleHash: 'b'.repeat(64),
    similarKey: 'update people',
    createdAtMs: 1_000_000,
    decideByMs: 1_060_000,
    useByMs: 1_120_000,
    view: {
      kind: 'postgres.query',
      words: 'UPDATE of public.people',
      payload: 'UPDATE people SET city = 1',
      language: 'sql',
      parameters: [],
      facts: [],
      warnings: [],
    },
    ...given,
  };
}

export function reviewDecision(
  who: Partial<Reviewer> = {},
  given: Partial<ReviewDecision> = {},
): ReviewDecision {
  const { id, actionDigest, createdAtMs } = approvalRequest();
  return {
    approvalId: id,
    verdict: 'approve',
    reviewer: {
      subject: 'bob@example.com',
      issuer: 'https://issuer.example',
      groups: ['developers'],
      name: '',
      accounts: [],
      person: undefined,
      ...who,
    },
    reason: '',
    channel: 'console',
    breakGlass: false,
    actionDigest,
    decidedAtMs: createdAtMs + 1_000,
    ...given,
  };
}
