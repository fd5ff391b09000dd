import { expect, test } from 'vitest';
import { BOUND_APPROVAL_MS_MAX, outlivesApproval } from './bound-approval.ts';

const approvedAt = { taken: 5, nowMs: 1_000 };
const outlives = (taken: number, nowMs: number): boolean =>
  outlivesApproval({ approvedAt }, () => ({ taken, nowMs }));

test('an approval covers the Execute right behind its Bind', () => {
  expect(outlives(5, 1_000)).toBe(false);
  expect(outlives(5, 1_000 + BOUND_APPROVAL_MS_MAX)).toBe(false);
});

test('an approval covers no portal that was kept, while anything else went on or for long', () => {
  expect(outlives(6, 1_000)).toBe(true);
  expect(outlives(5, 1_001 + BOUND_APPROVAL_MS_MAX)).toBe(true);
});

test('what nobody had to approve is none of it', () => {
  expect(
    outlivesApproval({ approvedAt: undefined }, () => {
      throw new Error('asked');
    }),
  ).toBe(false);
});
