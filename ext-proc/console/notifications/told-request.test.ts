import { expect, test } from 'vitest';

import type { ActionView } from '../../domain/approvals/action-view.ts';
import { approvalRequestOf } from '../../exchange/approvals/approval-request-of.ts';
import { heldAction } from '../../exchange/approvals/approval-desk.fixture.ts';
import { mayDecideFromMessage, toldRequest } from './told-request.ts';

const NOW_MS = 1_800_000_000_000;
const buttons = (view: Partial<ActionView>): boolean => {
  const action = heldAction();
  const request = approvalRequestOf(
    { ...action, view: { ...action.view, ...view } },
    {
      nowMs: NOW_MS,
      clock: { nowMs: () => NOW_MS, monotonicMs: () => 0 },
      random: (length) => Buffer.alloc(length),
    },
  );
  const status = { request, state: 'pending', decisions: [], agreed: 0, needed: 1, why: '' } as const;
  return mayDecideFromMessage(toldRequest(status as never, 'https://console.example'));
};

test('a message that tells all of it may carry buttons', () => {
  expect(buttons({})).toBe(true);
});

test('a message that leaves values out carries none', () => {
  expect(buttons({ parameters: ['[not shown]'], partly: true })).toBe(false);
});
