import { expect, test } from 'vitest';
import type { HoldTerms } from '../../../domain/approvals/hold-terms.ts';
import { joinedTerms } from './joined-terms.ts';

const TERMS: HoldTerms = {
  mode: undefined,
  stage: 'action',
  requirements: [{ rule: 'one', groups: ['a'], people: [], count: 1 }],
  deadlineMs: 60_000,
  transactionMs: 10_000,
  useWithinMs: 5_000,
  text: 'Look.',
  grant: { minutesMax: 10, rowsMax: undefined },
  breakGlassGroups: ['x', 'y'],
};

test('the terms of one are its own', () => {
  expect(joinedTerms([TERMS])).toBe(TERMS);
});

test('of several everybody is asked, in the shortest time, and nothing is granted beyond', () => {
  const other: HoldTerms = {
    ...TERMS,
    mode: 'retry',
    requirements: [...TERMS.requirements, { rule: 'two', groups: ['b'], people: [], count: 2 }],
    deadlineMs: 90_000,
    transactionMs: 5_000,
    text: 'Look twice.',
    breakGlassGroups: ['y', 'z'],
  };
  expect(joinedTerms([TERMS, other])).toEqual({
    mode: 'retry',
    stage: 'action',
    requirements: [
      { rule: 'one', groups: ['a'], people: [], count: 1 },
      { rule: 'two', groups: ['b'], people: [], count: 2 },
    ],
    deadlineMs: 60_000,
    transactionMs: 5_000,
    useWithinMs: 5_000,
    text: 'Look.\nLook twice.',
    grant: undefined,
    breakGlassGroups: ['y'],
  });
});

test('where one is held before it runs, none runs before', () => {
  const commit: HoldTerms = { ...TERMS, stage: 'commit' };
  expect(joinedTerms([commit, commit]).stage).toBe('commit');
  expect(joinedTerms([commit, TERMS]).stage).toBe('action');
});

test('the same terms of several are those of one', () => {
  expect(joinedTerms([TERMS, { ...TERMS }])).toEqual(TERMS);
});
