import { expect, test } from 'vitest';

import { approvalRequest, reviewDecision } from '../../domain/approvals/approvals.fixture.ts';
import type { ApprovalId } from '../../domain/approvals/approval-request.ts';
import type { ApprovalStore, StoredApproval } from '../../domain/approvals/approval-store.ts';
import { createApprovalSeals } from '../../domain/approvals/seals.ts';
import { Secret } from '../../domain/secret.ts';
import { keepDenials } from './kept-denials.ts';

const seals = createApprovalSeals(new Secret<Uint8Array>(Buffer.alloc(32, 7)));
const { useByMs } = approvalRequest();

/** A store of one row, which a test changes as somebody does who can write to it. */
function storeOf(row: Partial<StoredApproval>) {
  const request = seals.sealRequest(approvalRequest());
  const at = {
    nowMs: 0,
    faults: [] as unknown[],
    row: {
      id: approvalRequest().id, request, decisions: [], state: 'pending', stateSinceMs: 0, why: '', releasedBy: undefined,
      repeats: 0, ...row,
    } as StoredApproval, // prettier-ignore
  };
  const store = {
    nowMs: () => at.nowMs,
    get: () => Promise.resolve(at.row),
    release: () => Promise.resolve(true),
  } as unknown as ApprovalStore;
  const log = { debug() {}, info() {}, warn() {}, error: (fault: unknown) => void at.faults.push(fault) };
  return { at, kept: keepDenials(store, { seals, log }) };
}
const { id } = approvalRequest();
const stateIn = async (kept: ApprovalStore) => (await kept.get(id))?.state;

test('a denial that was seen stays one, and that the store says otherwise is logged once', async () => {
  const { at, kept } = storeOf({ state: 'denied' });
  expect(await stateIn(kept)).toBe('denied');
  for (const state of ['pending', 'approved', 'pending'] as const) {
    at.row = { ...at.row, state };
    expect(await stateIn(kept)).toBe('denied');
  }
  expect(at.faults).toHaveLength(1);
  expect(await kept.release(id, 'e' as never)).toBe(false);
  at.row = { ...at.row, state: 'expired' };
  expect(await stateIn(kept)).toBe('expired');
});

test('one is seen in the decisions too, whatever the store says of the state', async () => {
  const request = seals.sealRequest(approvalRequest());
  const denial = seals.sealDecision(reviewDecision({}, { verdict: 'deny', reason: 'no' }), request);
  const { at, kept } = storeOf({ state: 'pending', decisions: [denial] });
  expect(await stateIn(kept)).toBe('denied');
  at.row = { ...at.row, decisions: [] };
  expect(await stateIn(kept)).toBe('denied');
});

test('what was never denied, or is not the gate’s, is what the store says', async () => {
  const { at, kept } = storeOf({ state: 'pending' });
  expect(await stateIn(kept)).toBe('pending');
  expect(await kept.release(id, 'e' as never)).toBe(true);
  at.row = { ...at.row, state: 'denied', request: { ...at.row.request, seal: 'f'.repeat(64) } };
  await kept.get(id);
  at.row = { ...at.row, state: 'pending' };
  expect(await stateIn(kept)).toBe('pending');
});

test('it is forgotten once it could not be used any more', async () => {
  const { at, kept } = storeOf({ state: 'denied' });
  await kept.get(id);
  at.nowMs = useByMs + 1;
  const other = '019300a0-0000-7000-8000-000000000009' as ApprovalId;
  at.row = {
    ...at.row,
    id: other,
    request: seals.sealRequest(approvalRequest({ id: other, useByMs: useByMs * 2 })),
  };
  await kept.get(other);
  at.row = { ...at.row, id, state: 'pending' };
  expect(await stateIn(kept)).toBe('pending');
});
