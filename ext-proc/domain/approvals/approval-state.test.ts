import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ApprovalRequest } from './approval-request.ts';
import { judgeDecisions } from './approval-state.ts';
import type { ReviewDecision, Reviewer } from './review-decision.ts';
import { approvalRequest, reviewDecision } from './approvals.fixture.ts';

const needs = (
  ...requirements: readonly [groups: readonly string[], count: number, people?: readonly string[]][]
) =>
  approvalRequest({
    terms: {
      requirements: requirements.map(([groups, count, people = []]) => ({
        rule: 'r',
        groups,
        people,
        count,
      })),
      text: '',
      grant: undefined,
      breakGlassGroups: ['on-call'],
    },
  });

const by = (
  subject: string,
  groups: readonly string[] = ['developers'],
  given: Partial<ReviewDecision> = {},
) => reviewDecision({ subject, groups }, given);

test('nobody has approved what nobody has decided', () => {
  expect(judgeDecisions(needs([['developers'], 1]), [])).toEqual({ state: 'pending', agreed: 0, needed: 1 });
});

test('a request that asks for nobody is never approved', () => {
  expect(judgeDecisions(needs(), [by('bob')])).toEqual({ state: 'pending', agreed: 0, needed: 0 });
});

test('a quorum is of different people', () => {
  const request = needs([['developers'], 2]);
  expect(judgeDecisions(request, [by('bob'), by('bob')])).toMatchObject({ state: 'pending', agreed: 1 });
  expect(judgeDecisions(request, [by('bob'), by('carol')])).toMatchObject({ state: 'approved', agreed: 2 });
});

test('two accounts of one person count once, where the issuers say so', () => {
  const request = needs([['developers'], 2]);
  const account = (subject: string, person: string | undefined): ReviewDecision =>
    reviewDecision({ subject, groups: ['developers'], person }, {});
  expect(judgeDecisions(request, [account('bob', 'p1'), account('bob-admin', 'p1')]).state).toBe('pending');
  expect(judgeDecisions(request, [account('bob', 'p1'), account('bob-admin', 'p2')]).state).toBe('approved');
});

test('two accounts of one issuer that share a name count once, also where only a third shows it', () => {
  const request = needs([['developers'], 2]);
  const account = (subject: string, ...accounts: string[]): ReviewDecision =>
    reviewDecision({ subject, groups: ['developers'], accounts }, {});
  const [bob, admin] = [account('bob', 'Bob@Example.com'), account('bob-admin', 'bob@example.com')];
  expect(judgeDecisions(request, [bob, admin]).state).toBe('pending');
  expect(judgeDecisions(request, [bob, account('carol', 'carol@example.com')]).state).toBe('approved');
  const [one, two, both] = [account('b1', 'x'), account('b2', 'y'), account('b3', 'x', 'y')];
  expect(judgeDecisions(request, [one, two]).state).toBe('approved');
  expect(judgeDecisions(request, [one, two, both]).state).toBe('pending');
});

test('the same name at two issuers is two people, and only that: an issuer vouches for its own', () => {
  const request = needs([['developers'], 2]);
  const elsewhere = reviewDecision(
    { subject: 'bob', groups: ['developers'], issuer: 'https://other.example' },
    {},
  );
  expect(judgeDecisions(request, [by('bob'), elsewhere]).state).toBe('approved');
});

test('every requirement must be met, and one person may meet several', () => {
  const request = needs([['developers'], 1], [['security'], 1]);
  expect(judgeDecisions(request, [by('bob')])).toEqual({ state: 'pending', agreed: 1, needed: 2 });
  expect(judgeDecisions(request, [by('bob'), by('carol')]).state).toBe('pending');
  expect(judgeDecisions(request, [by('bob', ['developers', 'security'])]).state).toBe('approved');
});

test('people are asked by name too', () => {
  const request = needs([[], 1, ['dora']]);
  expect(judgeDecisions(request, [by('bob')]).state).toBe('pending');
  expect(judgeDecisions(request, [by('dora', [])]).state).toBe('approved');
});

test('one denial of somebody who was asked denies, whoever agrees', () => {
  const request = needs([['developers'], 1]);
  const no = by('carol', ['developers'], { verdict: 'deny' });
  expect(judgeDecisions(request, [by('bob'), no])).toMatchObject({ state: 'denied', agreed: 0 });
  expect(judgeDecisions(request, [by('bob'), by('eve', ['others'], { verdict: 'deny' })]).state).toBe(
    'approved',
  );
});

test('an emergency needs one of the named group, and stands for every requirement', () => {
  const request = needs([['developers'], 3], [['security'], 1]);
  const alone = { breakGlass: true, reason: 'the shop is down' };
  expect(judgeDecisions(request, [by('olga', ['on-call'], alone)]).state).toBe('approved');
  expect(judgeDecisions(request, [by('olga', ['developers'], alone)]).state).toBe('pending');
  expect(judgeDecisions(request, [by('olga', ['on-call'])]).state).toBe('pending');
});

test.each<[string, Partial<ReviewDecision>]>([
  [
    'of another request',
    { approvalId: '019300a0-0000-7000-8000-00000000000f' as ReviewDecision['approvalId'] },
  ],
  ['of another digest', { actionDigest: 'f'.repeat(64) }],
  ['made too late', { decidedAtMs: approvalRequest().decideByMs + 1 }],
])('a decision %s counts for nothing', (_what, given) => {
  expect(judgeDecisions(needs([['developers'], 1]), [by('bob', ['developers'], given)]).state).toBe(
    'pending',
  );
});

test('whatever is decided: never approved without enough different people who may, nor against a denial of one', () => {
  const names = ['alice@example.com', 'Agent-7', 'bob', 'carol', 'dora', 'eve'];
  const groups = ['developers', 'security', 'on-call', 'others'];
  const person: fc.Arbitrary<Partial<Reviewer>> = fc.record({
    subject: fc.constantFrom(...names),
    groups: fc.subarray(groups),
  });
  const decisions = fc.array(
    fc.record({ person, verdict: fc.constantFrom('approve' as const, 'approve' as const, 'deny' as const) }),
    { maxLength: 8 },
  );
  const request: ApprovalRequest = needs([['developers'], 2], [['security'], 1]);
  fc.assert(
    fc.property(decisions, (given) => {
      const all = given.map((each) => reviewDecision(each.person, { verdict: each.verdict }));
      const { state } = judgeDecisions(request, all);
      const others = all.filter(
        ({ reviewer }) => !['alice@example.com', 'Agent-7'].includes(reviewer.subject),
      );
      const of = (group: string): ReadonlySet<string> =>
        new Set(
          others
            .filter(({ reviewer }) => reviewer.groups.includes(group))
            .map(({ reviewer }) => reviewer.subject),
        );
      const isDenied = others.some(
        ({ verdict, reviewer }) =>
          verdict === 'deny' && reviewer.groups.some((each) => each === 'developers' || each === 'security'),
      );
      const isEnough = of('developers').size >= 2 && of('security').size >= 1;
      expect(state).toBe(isDenied ? 'denied' : isEnough ? 'approved' : 'pending');
    }),
    { numRuns: 2_000 },
  );
});
