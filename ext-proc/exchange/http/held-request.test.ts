/** What becomes of a held request whose client leaves, at each point, and of what was asked for under another policy. */
import { expect, it } from 'vitest';
import type { ApprovalRequest } from '../../domain/approvals/approval-request.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { ApprovalDesk, Asked } from '../approvals/approval-desk.ts';
import type { ApprovalStatus } from '../approvals/approval-status.ts';
import type { HeldAction } from '../approvals/held-action.ts';
import { HeldRequest } from './held-request.ts';
import { testMasking } from './http-gate.fixture.ts';

const REQUEST = {
  id: '01a21848-ad64-7ead-a4be-624af0ed3309',
  bundleHash: 'b',
  reason: 'Ask.',
  decideByMs: 0,
  terms: { requirements: [] },
} as unknown as ApprovalRequest;
const status = (fields: Partial<ApprovalStatus>): ApprovalStatus => ({
  request: REQUEST,
  state: 'pending',
  decisions: [],
  agreed: 0,
  needed: 1,
  why: '',
  ...fields,
});
const action = (mode: 'wait' | 'retry'): HeldAction =>
  ({
    mode,
    bundleHash: 'b',
    principal: { subject: 'a', issuer: 'i' },
    actionDigest: 'd',
  }) as unknown as HeldAction;
const BOUNDS = { carried: undefined, waitMs: 0, approved: undefined };
const asked: Asked = { kind: 'asked', request: REQUEST, joined: false };

/** As much of the desk as one walk uses, told by `calls`. */
function held(desk: Partial<ApprovalDesk>) {
  const calls: string[] = [];
  const aborted = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve());
    });
  const whole = {
    granted: () => Promise.resolve(undefined),
    standing: () => Promise.resolve(undefined),
    ask: () => Promise.resolve(asked),
    settled: async (_request: ApprovalRequest, signal: AbortSignal) => {
      await aborted(signal);
      return status({ state: 'cancelled' });
    },
    watched: async (_id: string, signal: AbortSignal) => {
      await aborted(signal);
      return status({});
    },
    cancel: (_request: ApprovalRequest, why: string) => {
      calls.push(`cancel ${why}`);
      return Promise.resolve();
    },
    ...desk,
  } as unknown as ApprovalDesk;
  const linksOf = () => ({ link: undefined, status: undefined });
  return { calls, request: new HeldRequest({ gate: { masking: testMasking }, desk: whole, linksOf }) };
}

it('waits no longer once its client leaves, also where that was while it was being asked for', async () => {
  for (const mode of ['wait', 'retry'] as const) {
    let answer: ((asked: Asked) => void) | undefined;
    const { request } = held({ ask: () => new Promise((resolve) => (answer = resolve)) });
    const passing = request.passage(action(mode), { ...BOUNDS, waitMs: 60_000 });
    await expect.poll(() => answer).toBeDefined();
    request.leave();
    answer?.(asked);
    const passage = await passing;
    expect(passage.kind).toBe('waits');
    if (passage.kind !== 'waits') return;
    expect(await passage.settled()).toMatchObject({
      ok: false,
      left: true,
      problem: { code: 'GH_APPROVAL_LEFT' },
    });
  }
});

it('is ended by the gate while it waits, and only then', async () => {
  const { request } = held({});
  expect(request.end('GH_DRAINED')).toBe(false);
  const passage = await request.passage(action('wait'), BOUNDS);
  if (passage.kind !== 'waits') throw new Error(passage.kind);
  const settled = passage.settled();
  expect(request.end('GH_DRAINED')).toBe(true);
  expect(await settled).toMatchObject({ ok: false, problem: { code: 'GH_DRAINED', status: 503 } });
});

it('is refused where the approvals cannot be asked for, at once or while it waits', async () => {
  const away = () => Promise.reject(new GatehouseError('GH_APPROVALS_UNAVAILABLE', 'away'));
  const refused = { ok: false, problem: { code: 'GH_APPROVALS_UNAVAILABLE', status: 503, retryAfterS: 10 } };
  const standing = await held({ standing: away }).request.passage(action('retry'), BOUNDS);
  expect(standing).toMatchObject({ kind: 'refused', refusal: refused });
  const waiting = await held({ settled: away }).request.passage(action('wait'), BOUNDS);
  if (waiting.kind !== 'waits') throw new Error(waiting.kind);
  expect(await waiting.settled()).toMatchObject(refused);
});
