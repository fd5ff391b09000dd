/** A held action as a request for approval, and what is said of one in words. */
import type { ApprovalId, ApprovalRequest, Requester } from '../../domain/approvals/approval-request.ts';
import type { Clock } from '../../domain/clock.ts';
import { uuidV7, type RandomBytes } from '../../domain/ids.ts';
import type { HeldAction } from './held-action.ts';

export interface RequestFacts {
  /** By the store's clock. */
  readonly nowMs: number;
  /** The worker's. */
  readonly clock: Clock;
  readonly random: RandomBytes;
}

export function approvalRequestOf(
  action: HeldAction,
  { nowMs, clock, random }: RequestFacts,
): ApprovalRequest {
  const { terms, principal, mode } = action;
  const deadlineMs = action.inTransaction
    ? Math.min(terms.deadlineMs, terms.transactionMs)
    : terms.deadlineMs;
  const tokenMs = Math.max(0, (action.tokenExpiresAtMs ?? Infinity) - clock.nowMs());
  // Who comes again shows a token again; who waits, waits under the one that was shown.
  const decideByMs = nowMs + (mode === 'wait' ? Math.min(deadlineMs, tokenMs) : deadlineMs);
  return {
    id: uuidV7(nowMs, random(10)) as ApprovalId,
    eventId: action.eventId,
    sessionId: action.sessionId,
    mode,
    stage: terms.stage,
    requester: requesterOf(principal),
    clientAddress: action.clientAddress,
    upstream: action.upstream,
    protocol: action.protocol,
    rule: action.rule,
    reason: action.reason,
    terms: {
      requirements: terms.requirements,
      text: terms.text,
      grant: terms.grant,
      breakGlassGroups: terms.breakGlassGroups,
    },
    actionDigest: action.actionDigest,
    meaningDigest: action.meaningDigest,
    bundleHash: action.bundleHash,
    similarKey: action.similarKey,
    createdAtMs: nowMs,
    decideByMs,
    useByMs: mode === 'wait' ? decideByMs + WAIT_GRACE_MS : decideByMs + terms.useWithinMs,
    view: action.view,
  };
}

/** Between a decision and the release of what waits for it: describing it anew takes that long at most. */
const WAIT_GRACE_MS = 30_000;

const NO_VIEW: ApprovalRequest['view'] = Object.freeze({
  kind: '',
  words: '',
  payload: '',
  language: 'text',
  parameters: [],
  facts: [],
  warnings: [],
});

/** As it is kept while it waits: what a reviewer sees is in the store, and not in the memory of a thousand waits. */
export const withoutView = (request: ApprovalRequest): ApprovalRequest => ({ ...request, view: NO_VIEW });

export const requesterOf = (principal: Requester | HeldAction['principal']): Requester => ({
  subject: principal.subject,
  onBehalfOf: principal.onBehalfOf,
  issuer: principal.issuer,
  groups: principal.groups,
  person: principal.person,
  ...(principal.accounts === undefined ? {} : { accounts: principal.accounts }),
});

/** Whose agreement it needs, in words. */
export function reviewersOf({ terms }: Pick<ApprovalRequest, 'terms'>): string {
  return terms.requirements
    .map(
      ({ groups, people, count }) =>
        `${count} of ${[...groups.map((each) => `group ${each}`), ...people].join(', ')}`,
    )
    .join('; ');
}

const SEARCHED_CHARACTERS = 2_000;

/** What a search looks in; masked, as everything of it is. */
export function searchText({ requester, upstream, rule, view, reason }: ApprovalRequest): string {
  const words = [
    requester.subject,
    requester.onBehalfOf ?? '',
    upstream,
    rule,
    view.words,
    reason,
    view.payload,
  ];
  return words.join(' ').slice(0, SEARCHED_CHARACTERS).toLowerCase();
}
