/** The desk with the real store of one machine: what is let through, and what somebody who writes to the store gains. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openApprovalStore } from '../../adapters/approvals/open-approval-store.ts';
import { createSystemClock } from '../../adapters/system-clock.ts';
import type { ApprovalId, ApprovalRequest } from '../../domain/approvals/approval-request.ts';
import { principalKey } from '../../domain/approvals/approval-request.ts';
import type { ApprovalStore } from '../../domain/approvals/approval-store.ts';
import { sealedGrant } from '../../domain/approvals/sealed-grant.ts';
import { createApprovalSeals, type ApprovalSeals } from '../../domain/approvals/seals.ts';
import type { GrantId, StandingGrant } from '../../domain/approvals/standing-grant.ts';
import { GatehouseError } from '../../domain/errors.ts';
import { Secret } from '../../domain/secret.ts';
import { temporaryDirectory, type TemporaryDirectory } from '../../../test/support/temporary-directory.ts';
import { ApprovalDesk, type ApprovalDeskOptions } from './approval-desk.ts';
import { requesterOf } from './approval-request-of.ts';
import { keepDenials } from './kept-denials.ts';
import {
  decideAs,
  heldAction,
  memoryJournal,
  reviewer,
  type MemoryJournal,
} from './approval-desk.fixture.ts';
import type { HeldAction } from './held-action.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };
const clock = createSystemClock();
const bob = reviewer('bob@example.com');

let directory: TemporaryDirectory;
let file: string;
let store: ApprovalStore;
let seals: ApprovalSeals;
let journal: MemoryJournal;
let desk: ApprovalDesk;
const desks: ApprovalDesk[] = [];

function newDesk(given: Partial<ApprovalDeskOptions> = {}): ApprovalDesk {
  const made = new ApprovalDesk({
    store,
    seals,
    journal,
    clock,
    random: randomBytes,
    log,
    limits: { pendingPerPrincipal: 3, pendingMax: 100 },
    publicUrl: 'https://gate.example',
    channelsFor: () => [],
    ...given,
  });
  desks.push(made);
  return made;
}

beforeEach(async () => {
  directory = await temporaryDirectory();
  file = join(directory.path, 'approvals.db');
  store = await openApprovalStore({ store: { kind: 'sqlite', file }, clock, log });
  seals = createApprovalSeals(new Secret(randomBytes(32)));
  journal = memoryJournal();
  desk = newDesk();
});
afterEach(async () => {
  for (const each of desks.splice(0)) await each.close();
  await store.close();
  await directory.remove();
});

async function ask(action: HeldAction, at = desk): Promise<ApprovalRequest> {
  const asked = await at.ask(action);
  if (asked.kind !== 'asked') throw new Error(`refused: ${asked.code}`);
  return asked.request;
}

async function approvedRequest(action: HeldAction): Promise<ApprovalRequest> {
  const request = await ask(action);
  expect(await decideAs(bob, request.id, { store, seals })).toEqual({ kind: 'decided', state: 'approved' });
  return request;
}

/** What somebody does who can write to the file. */
function tamper(sql: string, ...values: readonly (string | number)[]): void {
  const db = new DatabaseSync(file);
  const { changes } = db.prepare(sql).run(...values);
  db.close();
  if (Number(changes) === 0) throw new Error('nothing was tampered with');
}

const code = (answer: { kind: string; code?: string }): string => answer.code ?? answer.kind;
const kinds = (id: ApprovalId): readonly string[] =>
  journal.records.filter((each) => each.approval_id === id).map((each) => each.action_kind);

describe('an approved action', () => {
  test('goes through once, and the audit has request and release by the approval’s id', async () => {
    const action = heldAction();
    const request = await approvedRequest(action);
    const redeemed = await desk.redeem(request.id, action);
    expect(redeemed).toMatchObject({ kind: 'redeemed', request: { id: request.id } });
    expect(redeemed.kind === 'redeemed' && redeemed.decisions.map((each) => each.reviewer.subject)).toEqual([
      'bob@example.com',
    ]);
    expect(kinds(request.id)).toEqual(['approval.requested', 'approval.released']);
    expect(journal.records.at(-1)).toMatchObject({
      action_digest: action.actionDigest,
      details: { digest_released: action.actionDigest, approved_by: 'bob@example.com' },
    });
    expect(code(await desk.redeem(request.id, action))).toBe('GH_APPROVAL_USED');
  });

  test('does not go through by an approval of the human’s own account, whatever its subject', async () => {
    const principal = { ...heldAction().principal, onBehalfOf: 'AAAA', accounts: ['alice@example.com'] };
    const action = heldAction({ principal });
    const { id } = await ask(action);
    await decideAs(reviewer('BBBB', { accounts: ['Alice@example.com'] }), id, { store, seals });
    expect((await desk.status(id))?.state).toBe('pending');
    tamper(`UPDATE approval SET state = 'approved' WHERE id = ?`, id);
    expect(code(await desk.redeem(id, action))).toBe('GH_APPROVAL_NOT_GIVEN');
  });

  test('goes through by one of two workers, whatever the order', async () => {
    const otherStore = await openApprovalStore({ store: { kind: 'sqlite', file }, clock, log });
    const other = newDesk({ store: otherStore });
    for (let round = 0; round < 15; round++) {
      const action = heldAction({ actionDigest: `${round}`.padStart(64, '0') });
      const request = await approvedRequest(action);
      const answers = await Promise.all([desk.redeem(request.id, action), other.redeem(request.id, action)]);
      expect(answers.map((each) => each.kind).sort()).toEqual(['redeemed', 'refused']);
      expect(kinds(request.id).filter((each) => each === 'approval.released')).toHaveLength(1);
    }
    await other.close();
    await otherStore.close();
  });

  test.each<[string, Partial<HeldAction>]>([
    ['GH_APPROVAL_CHANGED', { actionDigest: 'f'.repeat(64) }],
    ['GH_APPROVAL_CHANGED', { view: { ...heldAction().view, kind: 'postgres.execute' } }],
    ['GH_APPROVAL_CHANGED', { upstream: 'another' }],
    ['GH_APPROVAL_CHANGED', { protocol: 'http' }],
    ['GH_APPROVAL_MEANING', { meaningDigest: 'f'.repeat(64) }],
    ['GH_APPROVAL_POLICY', { bundleHash: 'f'.repeat(64) }],
    ['GH_APPROVAL_OTHER_PRINCIPAL', { principal: { ...heldAction().principal, subject: 'agent-8' } }],
    ['GH_APPROVAL_OTHER_PRINCIPAL', { principal: { ...heldAction().principal, onBehalfOf: undefined } }],
    [
      'GH_APPROVAL_OTHER_PRINCIPAL',
      { principal: { ...heldAction().principal, issuer: 'https://other.example' } },
    ],
  ])('is refused with %s where it has changed: %o', async (expected, change) => {
    const action = heldAction();
    const request = await approvedRequest(action);
    expect(code(await desk.redeem(request.id, { ...action, ...change }))).toBe(expected);
    expect(journal.records.at(-1)).toMatchObject({ action_kind: 'approval.refused', error_code: expected });
    // The refusal has used nothing up.
    expect((await desk.redeem(request.id, action)).kind).toBe('redeemed');
  });

  test('does not go through when its release cannot be recorded, then or later', async () => {
    const action = heldAction();
    const request = await approvedRequest(action);
    journal.isFull = true;
    expect(code(await desk.redeem(request.id, action))).toBe('GH_APPROVALS_UNAVAILABLE');
    journal.isFull = false;
    expect(code(await desk.redeem(request.id, action))).toBe('GH_APPROVAL_USED');
  });

  test('does not go through while the store cannot be asked', async () => {
    const action = heldAction();
    const request = await approvedRequest(action);
    await store.close();
    expect(code(await desk.redeem(request.id, action))).toBe('GH_APPROVALS_UNAVAILABLE');
    expect(code(await desk.ask(action))).toBe('GH_APPROVALS_UNAVAILABLE');
    expect(await desk.granted(action)).toBeUndefined();
  });

  test('is not asked for where the request cannot be recorded, and nothing of it stays open', async () => {
    journal.isFull = true;
    expect(code(await desk.ask(heldAction()))).toBe('GH_APPROVALS_UNAVAILABLE');
    expect((await store.list({ limit: 5 })).map(({ state }) => state)).toEqual(['cancelled']);
  });
});

describe('what stands of an action that comes again', () => {
  test.each<[string, Partial<HeldAction>]>([
    ['GH_APPROVAL_MEANING', { meaningDigest: 'f'.repeat(64) }],
    ['GH_APPROVAL_POLICY', { bundleHash: 'f'.repeat(64) }],
  ])('is cancelled where it could never be let through: %s', async (why, changed) => {
    for (const make of [ask, approvedRequest]) {
      const request = await make(heldAction());
      expect((await desk.standing(heldAction()))?.request.id).toBe(request.id);
      expect(await desk.standing(heldAction(changed))).toBeUndefined();
      expect(await desk.status(request.id)).toMatchObject({ state: 'cancelled', why });
      expect(kinds(request.id).at(-1)).toBe('approval.cancelled');
    }
  });

  test('is a denial still, whatever has changed: it was about the action', async () => {
    const { id } = await ask(heldAction());
    await decideAs(bob, id, { store, seals }, { verdict: 'deny', reason: 'no' });
    expect((await desk.standing(heldAction({ bundleHash: 'f'.repeat(64) })))?.state).toBe('denied');
  });
});

describe('somebody who writes to the store', () => {
  test('cannot swap the payload, the requester or anything else of a request', async () => {
    const action = heldAction();
    const { id } = await approvedRequest(action);
    const evil = heldAction({ actionDigest: '6'.repeat(64) });
    const text = (await store.get(id))?.request.text ?? '';
    for (const [from, to] of [
      ['city = ', 'pay = 1, city = '],
      [action.actionDigest, evil.actionDigest],
      ['agent-7', 'agent-8'],
      ['developers', 'agents'],
    ] as const) {
      tamper('UPDATE request SET text = replace(text, ?, ?) WHERE id = ?', from, to, id);
      expect(code(await desk.redeem(id, action))).toBe('GH_APPROVAL_SEAL');
      expect(code(await desk.redeem(id, evil))).toBe('GH_APPROVAL_SEAL');
      tamper('UPDATE request SET text = ? WHERE id = ?', text, id);
    }
    expect((await desk.redeem(id, action)).kind).toBe('redeemed');
  });

  test('cannot put the sealed request of one approval in the place of another', async () => {
    const action = heldAction();
    const small = await approvedRequest(action);
    const evil = heldAction({ actionDigest: '6'.repeat(64) });
    const big = await ask(evil);
    tamper(
      `UPDATE request SET (text, seal) = (SELECT text, seal FROM request WHERE id = ?) WHERE id = ?`,
      big.id,
      small.id,
    );
    expect(code(await desk.redeem(small.id, evil))).toBe('GH_APPROVAL_SEAL');
  });

  test('cannot approve by saying so', async () => {
    const action = heldAction();
    const { id } = await ask(action);
    tamper(`UPDATE approval SET state = 'approved' WHERE id = ?`, id);
    expect(code(await desk.redeem(id, action))).toBe('GH_APPROVAL_NOT_GIVEN');
    expect((await desk.standing(action))?.state).toBe('pending');
  });

  test('cannot copy a decision from another request, or make one', async () => {
    const decided = await approvedRequest(heldAction({ actionDigest: '1'.repeat(64) }));
    const action = heldAction();
    const { id } = await ask(action);
    tamper(
      'INSERT INTO decision (id, reviewer, text, seal) SELECT ?, reviewer, text, seal FROM decision WHERE id = ?',
      id,
      decided.id,
    );
    tamper(`UPDATE approval SET state = 'approved' WHERE id = ?`, id);
    expect(code(await desk.redeem(id, action))).toBe('GH_APPROVAL_NOT_GIVEN');
    // The right names on it, and a seal of somebody else's key.
    const forger = createApprovalSeals(new Secret(randomBytes(32)));
    const stored = await store.get(id);
    if (stored === undefined) throw new Error('not there');
    const forged = forger.sealDecision(
      {
        approvalId: id,
        verdict: 'approve',
        reviewer: reviewer('carol@example.com'),
        reason: '',
        channel: 'cli',
        breakGlass: false,
        actionDigest: action.actionDigest,
        decidedAtMs: store.nowMs(),
      },
      stored.request,
    );
    tamper(
      'INSERT INTO decision (id, reviewer, text, seal) VALUES (?, ?, ?, ?)',
      id,
      'carol',
      forged.text,
      forged.seal,
    );
    expect(code(await desk.redeem(id, action))).toBe('GH_APPROVAL_NOT_GIVEN');
  });

  test('cannot turn a denial round', async () => {
    const action = heldAction();
    const { id } = await ask(action);
    await decideAs(bob, id, { store, seals }, { verdict: 'deny', reason: 'no' });
    tamper(`UPDATE approval SET state = 'approved' WHERE id = ?`, id);
    expect(code(await desk.redeem(id, action))).toBe('GH_APPROVAL_NOT_GIVEN');
    tamper('UPDATE decision SET text = replace(text, ?, ?)', '"deny"', '"approve"');
    expect(code(await desk.redeem(id, action))).toBe('GH_APPROVAL_NOT_GIVEN');
  });

  test('cannot take a denial out from under a worker that has seen it', async () => {
    const kept = keepDenials(store, { seals, log });
    const at = newDesk({ store: kept });
    const action = heldAction();
    const { id } = await ask(action, at);
    await decideAs(bob, id, { store, seals }, { verdict: 'deny', reason: 'no' });
    expect((await at.standing(action))?.state).toBe('denied');
    tamper('DELETE FROM decision WHERE id = ?', id);
    tamper(`UPDATE approval SET state = 'pending' WHERE id = ?`, id);
    expect((await at.standing(action))?.state).toBe('denied');
    // By a console that was started since.
    expect(await decideAs(reviewer('carol@example.com'), id, { store, seals })).toMatchObject({
      state: 'approved',
    });
    expect(code(await at.redeem(id, action))).toBe('GH_APPROVAL_NOT_GIVEN');
    expect(await kept.release(id, action.eventId)).toBe(false);
    expect((await kept.list({ limit: 1 }))[0]?.state).toBe('denied');
  });

  test('cannot have an approval used again by saying that it was not', async () => {
    const action = heldAction();
    const { id } = await approvedRequest(action);
    expect(code(await desk.redeem(id, action))).toBe('redeemed');
    tamper(`UPDATE approval SET state = 'approved', released_by = NULL WHERE id = ?`, id);
    expect(code(await desk.redeem(id, action))).toBe('GH_APPROVAL_USED');
  });

  test('cannot make a request of their own', async () => {
    const forger = createApprovalSeals(new Secret(randomBytes(32)));
    const action = heldAction();
    const request = await ask(action, newDesk({ seals: forger }));
    await decideAs(bob, request.id, { store, seals: forger });
    expect(code(await desk.redeem(request.id, action))).toBe('GH_APPROVAL_SEAL');
    expect(await desk.standing(action)).toBeUndefined();
  });

  test('cannot make a standing grant, or stretch one', async () => {
    const action = heldAction();
    const { id } = await approvedRequest(action);
    const grant = standingGrant(action, id, store.nowMs() + 200);
    await store.putGrant(sealedGrant(grant, seals));
    expect(await desk.granted(action)).toMatchObject({ kind: 'granted' });
    tamper('UPDATE standing_grant SET expires_at_ms = ?', store.nowMs() + 60_000);
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(await desk.granted(action)).toBeUndefined();
    tamper(`UPDATE standing_grant SET text = replace(text, '"scope":"nothing"', '"scope":"literals"')`);
    expect(await desk.granted(action)).toBeUndefined();
  });
});

const standingGrant = (action: HeldAction, approvalId: ApprovalId, expiresAtMs: number): StandingGrant => ({
  id: approvalId as unknown as GrantId,
  approvalId,
  principalKey: principalKey(requesterOf(action.principal)),
  upstream: action.upstream,
  protocol: action.protocol,
  rule: action.rule,
  scope: 'nothing',
  actionDigest: action.actionDigest,
  meaningDigest: action.meaningDigest,
  similarKey: action.similarKey,
  rowsMax: undefined,
  reviewers: [bob],
  reason: '',
  bundleHash: action.bundleHash,
  createdAtMs: store.nowMs(),
  expiresAtMs,
});

describe('a standing grant', () => {
  test.each<[string, Partial<HeldAction>, 'nothing' | 'literals', boolean]>([
    ['the very same action', {}, 'nothing', true],
    ['another action of the kind', { actionDigest: 'f'.repeat(64) }, 'literals', true],
    [
      'another action of the kind, where nothing may vary',
      { actionDigest: 'f'.repeat(64) },
      'nothing',
      false,
    ],
    ['another kind', { actionDigest: 'f'.repeat(64), similarKey: 'delete people' }, 'literals', false],
    ['an action without a kind', { similarKey: '' }, 'literals', false],
    ['another upstream', { upstream: 'another' }, 'literals', false],
    ['another rule', { rule: 'another' }, 'literals', false],
    ['names that mean something else by now', { meaningDigest: 'f'.repeat(64) }, 'nothing', false],
    ['names that mean something else by now', { meaningDigest: 'f'.repeat(64) }, 'literals', false],
    ['another policy', { bundleHash: 'f'.repeat(64) }, 'literals', false],
    [
      'another principal',
      { principal: { ...heldAction().principal, subject: 'agent-8' } },
      'literals',
      false,
    ],
    [
      'a policy that lets no grants be given',
      { terms: { ...heldAction().terms, grant: undefined } },
      'literals',
      false,
    ],
  ])('covers %s, or does not', async (_what, change, scope, isCovered) => {
    const action = heldAction();
    const { id } = await approvedRequest(action);
    const grant = { ...standingGrant(action, id, store.nowMs() + 60_000), scope };
    await store.putGrant(sealedGrant(grant, seals));
    const granted = await desk.granted({ ...action, ...change });
    expect(granted !== undefined).toBe(isCovered);
    expect((await store.listGrants({ isGood: true, limit: 1 }))[0]?.uses).toBe(isCovered ? 1 : 0);
    expect(kinds(id).includes('approval.grant_used')).toBe(isCovered);
  });

  test('ends at once when it is revoked, and lets nothing through that cannot be recorded', async () => {
    const action = heldAction();
    const { id } = await approvedRequest(action);
    const grant = standingGrant(action, id, store.nowMs() + 60_000);
    await store.putGrant(sealedGrant(grant, seals));
    journal.isFull = true;
    expect(await desk.granted(action)).toBeUndefined();
    journal.isFull = false;
    expect(await desk.granted(action)).toBeDefined();
    await store.revokeGrant(grant.id, 'bob@example.com');
    expect(await desk.granted(action)).toBeUndefined();
  });
});

describe('asking', () => {
  test('joins the same action of the same principal, and refuses what is too much', async () => {
    const action = heldAction();
    const request = await ask(action);
    expect(await desk.ask(action)).toMatchObject({
      kind: 'asked',
      joined: true,
      request: { id: request.id },
    });
    await ask(heldAction({ actionDigest: '1'.repeat(64) }));
    await ask(heldAction({ actionDigest: '2'.repeat(64) }));
    expect(code(await desk.ask(heldAction({ actionDigest: '3'.repeat(64) })))).toBe('GH_APPROVAL_TOO_MANY');
    expect(journal.records.filter(({ action_kind: kind }) => kind === 'approval.requested')).toHaveLength(3);
  });

  test('asks nobody for one who takes back what it asks, again and again', async () => {
    const told: string[] = [];
    for (let n = 0; n < 40; n++) {
      const asked = await desk.ask(heldAction({ actionDigest: String(n).padStart(64, '0') }));
      told.push(code(asked));
      if (asked.kind === 'asked') await desk.cancel(asked.request, 'GH_APPROVAL_LEFT');
    }
    expect(told.filter((each) => each === 'asked')).toHaveLength(15);
    expect(told.at(-1)).toBe('GH_APPROVAL_TOO_MANY');
    const another = { ...heldAction().principal, subject: 'agent-8' };
    expect(code(await desk.ask(heldAction({ principal: another })))).toBe('asked');
  });

  test('refuses what no reviewer could be shown all of', async () => {
    const view = { ...heldAction().view, payload: 'x'.repeat(262_145) };
    expect(code(await desk.ask(heldAction({ view })))).toBe('GH_APPROVAL_TOO_LARGE');
    expect(await store.list({ limit: 1 })).toEqual([]);
  });

  test('waits no longer than the token, and in a transaction no longer than policy says of those', async () => {
    const nowMs = Date.now();
    const left = async (given: Partial<HeldAction>) => {
      const { createdAtMs, decideByMs } = await ask(heldAction(given));
      return Math.round((decideByMs - createdAtMs) / 1_000);
    };
    expect(await left({ mode: 'wait', tokenExpiresAtMs: nowMs + 5_000 })).toBe(5);
    expect(await left({ mode: 'wait', inTransaction: true })).toBe(10);
    expect(await left({ mode: 'retry', tokenExpiresAtMs: nowMs + 5_000 })).toBe(60);
  });
});

describe('waiting', () => {
  test('ends when somebody decides, in this process or another', async () => {
    const otherStore = await openApprovalStore({ store: { kind: 'sqlite', file }, clock, log });
    for (const at of [store, otherStore]) {
      const request = await ask(heldAction({ mode: 'wait' }));
      const settled = desk.settled(request, new AbortController().signal);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await decideAs(bob, request.id, { store: at, seals });
      expect(await settled).toMatchObject({ state: 'approved', agreed: 1, needed: 1 });
    }
    await otherStore.close();
  });

  test('is not ended by the first of two who must agree', async () => {
    const { terms } = heldAction();
    const action = heldAction({
      mode: 'wait',
      terms: { ...terms, requirements: [{ rule: 'r', groups: ['developers'], people: [], count: 2 }] },
    });
    const request = await ask(action);
    let state: string | undefined;
    const settled = desk
      .settled(request, new AbortController().signal)
      .then((status) => (state = status.state));
    await decideAs(bob, request.id, { store, seals });
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(state).toBeUndefined();
    await decideAs(reviewer('carol@example.com'), request.id, { store, seals });
    expect(await settled).toBe('approved');
  });

  test('is cancelled when the one who asked leaves, and an approval that comes after lets nothing through', async () => {
    const action = heldAction({ mode: 'wait' });
    const request = await ask(action);
    const leaving = new AbortController();
    const settled = desk.settled(request, leaving.signal);
    leaving.abort();
    expect(await settled).toMatchObject({ state: 'cancelled', why: 'GH_APPROVAL_LEFT' });
    expect(kinds(request.id)).toEqual(['approval.requested', 'approval.cancelled']);
    expect(await decideAs(bob, request.id, { store, seals })).toEqual({ kind: 'closed', state: 'cancelled' });
    expect(code(await desk.redeem(request.id, action))).toBe('GH_APPROVAL_NOT_GIVEN');
  });

  test('is cancelled when the worker stops, which is in the audit before it has', async () => {
    const request = await ask(heldAction({ mode: 'wait' }));
    const settled = desk.settled(request, new AbortController().signal);
    await desk.close();
    expect(kinds(request.id)).toEqual(['approval.requested', 'approval.cancelled']);
    expect(await settled).toMatchObject({ state: 'cancelled', why: 'GH_DRAINED' });
    expect((await store.get(request.id))?.state).toBe('cancelled');
  });

  test('ends at the deadline, recorded once whichever worker notices', async () => {
    newDesk();
    const { terms } = heldAction();
    const request = await ask(heldAction({ mode: 'wait', terms: { ...terms, deadlineMs: 400 } }));
    expect(await desk.settled(request, new AbortController().signal)).toMatchObject({
      state: 'expired',
      why: 'GH_APPROVAL_EXPIRED',
    });
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(kinds(request.id)).toEqual(['approval.requested', 'approval.expired']);
  });

  test('outlives a store that is away for a while', async () => {
    let isAway = false;
    const flaky: ApprovalStore = {
      ...store,
      get: (id) =>
        isAway ? Promise.reject(new GatehouseError('GH_APPROVALS_UNAVAILABLE', 'away')) : store.get(id),
    };
    const patient = newDesk({ store: flaky });
    const request = await ask(heldAction({ mode: 'wait' }), patient);
    isAway = true;
    const settled = patient.settled(request, new AbortController().signal);
    await decideAs(bob, request.id, { store, seals });
    await new Promise((resolve) => setTimeout(resolve, 300));
    isAway = false;
    expect(await settled).toMatchObject({ state: 'approved' });
  });

  test('refuses a request whose text was changed while it waited', async () => {
    const request = await ask(heldAction({ mode: 'wait' }));
    tamper('UPDATE request SET text = replace(text, ?, ?)', 'Bern', 'Basel');
    await expect(desk.settled(request, new AbortController().signal)).rejects.toMatchObject({
      code: 'GH_APPROVAL_SEAL',
    });
  });
});
