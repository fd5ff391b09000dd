import { describe, expect, test } from 'vitest';
import { approvalRequest, reviewDecision } from './approvals.fixture.ts';
import { breakGlassRight, isRequester, reviewRight } from './four-eyes.ts';
import type { Reviewer } from './review-decision.ts';

const who = (given: Partial<Reviewer>): Reviewer => reviewDecision(given).reviewer;
const code = (right: ReturnType<typeof reviewRight>): string => (right.may ? 'may' : right.code);

describe('who may decide', () => {
  test.each<[string, Partial<Reviewer>, string]>([
    ['somebody of the group', {}, 'may'],
    ['somebody of no group that is asked', { groups: ['others'] }, 'GH_REVIEW_NOT_ASKED'],
    ['the agent', { subject: 'agent-7' }, 'GH_REVIEW_OWN_REQUEST'],
    ['the human that it acts for', { subject: 'alice@example.com' }, 'GH_REVIEW_OWN_REQUEST'],
    ['the same human in other letters', { subject: 'Alice@EXAMPLE.com' }, 'GH_REVIEW_OWN_REQUEST'],
    ['the same human in wide letters', { subject: 'ａｌｉｃｅ@example.com' }, 'GH_REVIEW_OWN_REQUEST'],
    [
      'the same human at another issuer',
      { subject: 'alice@example.com', issuer: 'https://two.example' },
      'GH_REVIEW_OWN_REQUEST',
    ],
    [
      'another account with her address',
      { subject: 'u-4711', accounts: ['alice@example.com'] },
      'GH_REVIEW_OWN_REQUEST',
    ],
    [
      'another account with the agent’s name',
      { subject: 'u-4711', accounts: ['AGENT-7'] },
      'GH_REVIEW_OWN_REQUEST',
    ],
    ['somebody whose display name is hers', { name: 'alice@example.com' }, 'may'],
  ])('%s', (_who, given, expected) => {
    expect(code(reviewRight(approvalRequest(), who(given)))).toBe(expected);
  });

  test('another account of one person, where the issuers say so', () => {
    const { requester } = approvalRequest();
    const request = approvalRequest({ requester: { ...requester, person: 'p1' } });
    expect(code(reviewRight(request, who({ person: 'p1' })))).toBe('GH_REVIEW_OWN_REQUEST');
    expect(code(reviewRight(request, who({ person: 'p2' })))).toBe('may');
    // Of two of whom nobody says who they are, nobody says that they are one.
    expect(code(reviewRight(approvalRequest(), who({ person: undefined })))).toBe('may');
  });

  test.each<[string, Partial<Reviewer>, string]>([
    ['with the same address', { accounts: ['alice@example.com'] }, 'GH_REVIEW_OWN_REQUEST'],
    ['in other letters', { accounts: ['a.moreau', 'ALICE@Example.com'] }, 'GH_REVIEW_OWN_REQUEST'],
    ['whose subject is her address', { subject: 'alice@example.com' }, 'GH_REVIEW_OWN_REQUEST'],
    ['of somebody else', { accounts: ['bob@example.com', ''] }, 'may'],
  ])('where each client has another subject for her, an account %s', (_what, given, expected) => {
    const requester = {
      ...approvalRequest().requester,
      onBehalfOf: 'AAAA',
      accounts: ['', 'alice@example.com', 'a.moreau'],
    };
    const { terms } = approvalRequest();
    const request = approvalRequest({ requester, terms: { ...terms, breakGlassGroups: ['on-call'] } });
    const reviewer = who({ subject: 'BBBB', groups: ['developers', 'on-call'], ...given });
    expect(code(reviewRight(request, reviewer))).toBe(expected);
    expect(code(breakGlassRight(request, reviewer))).toBe(expected);
  });

  test('a name of an account takes the right to decide, and gives none to see', () => {
    const requester = { ...approvalRequest().requester, accounts: ['a.moreau'] };
    expect(isRequester(requester, who({ accounts: ['a.moreau'] }))).toBe(false);
    expect(isRequester(requester, who({ accounts: ['alice@example.com'] }))).toBe(true);
  });

  test('a name that is asked for, whatever its groups', () => {
    const { terms } = approvalRequest();
    const request = approvalRequest({
      terms: { ...terms, requirements: [{ rule: 'r', groups: [], people: ['dora'], count: 1 }] },
    });
    expect(code(reviewRight(request, who({ subject: 'dora', groups: [] })))).toBe('may');
    expect(code(reviewRight(request, who({ subject: 'd', accounts: ['dora'], groups: [] })))).toBe(
      'GH_REVIEW_NOT_ASKED',
    );
  });

  test('no empty name of the requester makes strangers the same', () => {
    const { requester } = approvalRequest();
    const request = approvalRequest({ requester: { ...requester, onBehalfOf: '' } });
    expect(code(reviewRight(request, who({ accounts: [''] })))).toBe('may');
  });
});

describe('who may approve alone in an emergency', () => {
  const { terms } = approvalRequest();
  const request = approvalRequest({ terms: { ...terms, breakGlassGroups: ['on-call'] } });
  test.each<[string, Partial<Reviewer>, string]>([
    ['somebody of the named group', { groups: ['on-call'] }, 'may'],
    ['a reviewer of another group', {}, 'GH_REVIEW_NO_BREAK_GLASS'],
    [
      'the requester, even so',
      { subject: 'alice@example.com', groups: ['on-call'] },
      'GH_REVIEW_OWN_REQUEST',
    ],
  ])('%s', (_who, given, expected) => {
    expect(code(breakGlassRight(request, who(given)))).toBe(expected);
  });

  test('nobody where no group is named', () => {
    expect(code(breakGlassRight(approvalRequest(), who({ groups: ['on-call'] })))).toBe(
      'GH_REVIEW_NO_BREAK_GLASS',
    );
  });
});
