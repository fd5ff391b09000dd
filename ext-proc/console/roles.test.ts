import { expect, test } from 'vitest';
import { approvalRequest, reviewDecision } from '../domain/approvals/approvals.fixture.ts';
import type { Reviewer } from '../domain/approvals/review-decision.ts';
import { maySee } from './roles.ts';

const { terms, requester } = approvalRequest();
const request = approvalRequest({
  requester: { ...requester, accounts: ['a.moreau'] },
  terms: { ...terms, breakGlassGroups: ['on-call'] },
});
const who = (given: Partial<Reviewer>): Reviewer => reviewDecision({ groups: [], ...given }).reviewer;

test.each<[string, Partial<Reviewer>, boolean]>([
  ['somebody of a group that is asked', { groups: ['developers'] }, true],
  ['somebody of a group that may in an emergency', { groups: ['on-call'] }, true],
  ['the human that it acts for', { subject: 'alice@example.com' }, true],
  [
    'who is asked, and may not decide since it is theirs',
    { accounts: ['a.moreau'], groups: ['developers'] },
    true,
  ],
  ['somebody whose account only shares a name with the requester’s', { accounts: ['a.moreau'] }, false],
  ['anybody else', {}, false],
])('without a role, %s: %#', (_who, given, expected) => {
  expect(maySee(request, who(given), [])).toBe(expected);
  expect(maySee(request, who(given), ['auditor'])).toBe(true);
});
