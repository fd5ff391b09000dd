/** What every approvals store does, as one process sees it. `store-processes.test.ts` has several, and kills. */
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ApprovalId } from '../../ext-proc/domain/approvals/approval-request.ts';
import type { ApprovalStore, NewGrant } from '../../ext-proc/domain/approvals/approval-store.ts';
import type { GrantId } from '../../ext-proc/domain/approvals/standing-grant.ts';
import { asEventId, asSessionId } from '../../ext-proc/domain/ids.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import {
  approved,
  asOwner,
  decisionOf,
  newApproval,
  newId,
  NO_LIMITS,
  opened,
  openStore,
  startStore,
  STORE_KINDS,
  type TestStore,
} from './stores.ts';

const EVENT = asEventId('event');
const UNKNOWN = '01900000-0000-7000-8000-000000000000' as ApprovalId;

/** A store of each test's own: SQLite's is a file, PostgreSQL's are tables made anew. */
describe.each(STORE_KINDS)('an approvals store in %s', (kind) => {
  let place: TestStore;
  let store: ApprovalStore;
  /** Another process's view, as far as one process can have it: its own connections and caches. */
  let other: ApprovalStore;
  let principals = 0;
  /** Of this test alone: a database is shared by the tests of its kind. */
  let alice: string;

  beforeAll(async () => {
    place = await startStore(kind);
  });
  afterAll(() => place.stop());
  beforeEach(async () => {
    store = await openStore(place);
    other = await openStore(place);
    alice = `alice ${(principals += 1)}`;
  });
  afterEach(async () => {
    await store.close();
    await other.close();
  });

  test('gives back what was put in, to whoever asks', async () => {
    const approval = newApproval(store, {
      principal: alice,
      request: decisionOf('{"a":"\\u0000 é \u{1f600}"}'),
    });
    expect(await store.open(approval, NO_LIMITS)).toEqual({ kind: 'opened' });
    expect(await other.get(approval.id)).toMatchObject({
      id: approval.id,
      request: approval.request,
      decisions: [],
      state: 'pending',
      why: '',
      releasedBy: undefined,
      repeats: 0,
    });
    expect(await store.get(UNKNOWN)).toBeUndefined();
  });

  test('takes names that PostgreSQL could not hold, and finds them again', async () => {
    const odd = `${alice}\0\ud800`;
    const id = await opened(store, { principal: odd, actionDigest: 'odd', similarKey: odd, searchText: odd });
    expect((await store.findForAction(odd, 'odd'))?.id).toBe(id);
    expect((await store.list({ similarKey: odd, limit: 5 })).map((each) => each.id)).toEqual([id]);
  });

  test('refuses a request that is too large to be kept, and keeps nothing of it', async () => {
    const approval = newApproval(store, { request: { text: 'x'.repeat(1_048_577), seal: '' } });
    await expect(store.open(approval, NO_LIMITS)).rejects.toMatchObject({ code: 'GH_APPROVAL_TOO_LARGE' });
    expect(await store.get(approval.id)).toBeUndefined();
  });

  describe('asking', () => {
    test('joins the same action of the same principal while it is pending, and counts it', async () => {
      const id = await opened(store, { principal: alice, actionDigest: 'same' });
      const again = newApproval(store, { principal: alice, actionDigest: 'same' });
      expect(await other.open(again, NO_LIMITS)).toEqual({ kind: 'joined', id });
      expect(await store.open(again, { pendingPerPrincipal: 0, pendingMax: 0 })).toEqual({
        kind: 'joined',
        id,
      });
      expect((await store.get(id))?.repeats).toBe(2);
      expect(await store.get(again.id)).toBeUndefined();
    });

    test('joins neither another principal, nor another action, nor what waits on its own stream', async () => {
      await opened(store, { principal: alice, actionDigest: 'same' });
      await opened(store, { principal: `${alice} too`, actionDigest: 'same' });
      await opened(store, { principal: alice, actionDigest: 'other' });
      await opened(store, { principal: alice, actionDigest: 'same', mode: 'wait' });
      await opened(store, { principal: alice, actionDigest: 'same', mode: 'wait' });
    });

    test('does not join what is decided, or what nobody can decide any more', async () => {
      await approved(store, { principal: alice, actionDigest: 'same' });
      await opened(store, { principal: alice, actionDigest: 'same', decideByMs: store.nowMs() - 1 });
      await opened(store, { principal: alice, actionDigest: 'same' });
    });

    test('lets a principal have so many pending, and all together so many', async () => {
      const limits = { pendingPerPrincipal: 2, pendingMax: 100_000 };
      const ask = (store_: ApprovalStore) => store_.open(newApproval(store_, { principal: alice }), limits);
      expect(await ask(store)).toEqual({ kind: 'opened' });
      expect(await ask(other)).toEqual({ kind: 'opened' });
      expect(await ask(store)).toEqual({ kind: 'too-many', of: 'principal' });
      const all = { pendingPerPrincipal: 100_000, pendingMax: 2 };
      expect(await store.open(newApproval(store, { principal: 'somebody else' }), all)).toEqual({
        kind: 'too-many',
        of: 'all',
      });
    });

    test('counts neither what is decided nor what is too late to be decided', async () => {
      const limits = { pendingPerPrincipal: 1, pendingMax: 100_000 };
      await approved(store, { principal: alice });
      await opened(store, { principal: alice, decideByMs: store.nowMs() - 1 });
      expect(await store.open(newApproval(store, { principal: alice }), limits)).toEqual({ kind: 'opened' });
    });

    test('holds to the limit when many ask at once', async () => {
      const limits = { pendingPerPrincipal: 5, pendingMax: 100_000 };
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, index) => {
          const at = index % 2 === 0 ? store : other;
          return at.open(newApproval(at, { principal: alice }), limits);
        }),
      );
      expect(answers.filter((answer) => answer.kind === 'opened')).toHaveLength(5);
    });
  });

  describe('deciding', () => {
    test('judges all decisions in the order in which they came', async () => {
      const id = await opened(store);
      const seen: string[][] = [];
      const judge = (decisions: readonly { text: string }[]): 'pending' | 'approved' => {
        seen.push(decisions.map(({ text }) => text));
        return decisions.length < 2 ? 'pending' : 'approved';
      };
      expect(await store.decide(id, 'bob', decisionOf('first'), judge)).toEqual({
        kind: 'decided',
        state: 'pending',
      });
      expect(await other.decide(id, 'carol', decisionOf('second'), judge)).toEqual({
        kind: 'decided',
        state: 'approved',
      });
      expect(seen).toEqual([['first'], ['first', 'second']]);
      expect(await store.get(id)).toMatchObject({
        state: 'approved',
        decisions: [decisionOf('first'), decisionOf('second')],
      });
    });

    test('lets a reviewer decide once', async () => {
      const id = await opened(store);
      await store.decide(id, 'bob', decisionOf('yes'), () => 'pending');
      expect(await other.decide(id, 'bob', decisionOf('yes again'), () => 'approved')).toEqual({
        kind: 'again',
      });
      expect(await store.get(id)).toMatchObject({ state: 'pending', decisions: [decisionOf('yes')] });
    });

    test('changes nothing where the judge throws, and throws what it threw', async () => {
      const id = await opened(store);
      const mine = new Error('mine');
      const judge = (): never => {
        throw mine;
      };
      await expect(store.decide(id, 'bob', decisionOf('yes'), judge)).rejects.toBe(mine);
      expect(await other.get(id)).toMatchObject({ state: 'pending', decisions: [] });
      expect(await store.decide(id, 'bob', decisionOf('yes'), () => 'denied')).toMatchObject({
        state: 'denied',
      });
    });

    test('is over once it is denied, released, cancelled or late, and knows nothing of what is not there', async () => {
      const denied = await opened(store);
      await store.decide(denied, 'bob', decisionOf('no'), () => 'denied');
      const released = await approved(store);
      await store.release(released, EVENT);
      const cancelled = await opened(store);
      await store.cancel(cancelled, 'GH_X');
      const late = await opened(store, { decideByMs: store.nowMs() - 1 });
      const decide = (id: ApprovalId) => store.decide(id, 'carol', decisionOf('yes'), () => 'approved');
      expect(await decide(denied)).toEqual({ kind: 'closed', state: 'denied' });
      expect(await decide(released)).toEqual({ kind: 'closed', state: 'released' });
      expect(await decide(cancelled)).toEqual({ kind: 'closed', state: 'cancelled' });
      expect(await decide(late)).toEqual({ kind: 'closed', state: 'expired' });
      expect(await decide(UNKNOWN)).toEqual({ kind: 'unknown' });
      expect((await store.get(late))?.decisions).toEqual([]);
    });
  });

  describe('letting through', () => {
    test('lets an approved one through once, and remembers by what', async () => {
      const id = await approved(store);
      expect(await store.release(id, EVENT)).toBe(true);
      expect(await other.release(id, asEventId('another'))).toBe(false);
      expect(await other.get(id)).toMatchObject({ state: 'released', releasedBy: EVENT });
    });

    test('lets nothing through that is pending, denied, cancelled, late or unknown', async () => {
      const denied = await opened(store);
      await store.decide(denied, 'bob', decisionOf('no'), () => 'denied');
      const cancelled = await approved(store);
      await store.cancel(cancelled, 'GH_X');
      const late = await approved(store, { useByMs: store.nowMs() - 1 });
      for (const id of [await opened(store), denied, cancelled, late, UNKNOWN])
        expect(await store.release(id, EVENT)).toBe(false);
    });

    test('finds an approved one before a pending one, and a pending one before a denied one', async () => {
      const given = { principal: alice, actionDigest: 'same' };
      const found = async () => (await other.findForAction(alice, 'same'))?.id;
      expect(await found()).toBeUndefined();
      const denied = await opened(store, given);
      await store.decide(denied, 'bob', decisionOf('no'), () => 'denied');
      expect(await found()).toBe(denied);
      const first = await approved(store, given);
      const second = await approved(store, { ...given, id: newId(store.nowMs() + 5) });
      const pending = await opened(store, given);
      expect(await found()).toBe(second);
      await store.release(second, EVENT);
      expect(await found()).toBe(first);
      await store.release(first, EVENT);
      expect(await found()).toBe(pending);
      await store.cancel(pending, 'GH_X');
      expect(await found()).toBe(denied);
    });

    test('finds neither what waits on its own stream, nor what time has ended, nor what is another principal’s', async () => {
      const given = { principal: alice, actionDigest: 'same' };
      const past = store.nowMs() - 1;
      await approved(store, { ...given, mode: 'wait' });
      await approved(store, { ...given, useByMs: past });
      await opened(store, { ...given, decideByMs: past });
      await approved(store, { ...given, principal: `${alice} too` });
      expect(await store.findForAction(alice, 'same')).toBeUndefined();
    });

    test('a denial stands until the request could no longer be decided', async () => {
      const decideByMs = store.nowMs() + 400;
      const id = await opened(store, { principal: alice, actionDigest: 'same', decideByMs });
      await store.decide(id, 'bob', decisionOf('no'), () => 'denied');
      expect((await store.findForAction(alice, 'same'))?.state).toBe('denied');
      await until(async () => (await store.findForAction(alice, 'same')) === undefined);
      expect(store.nowMs()).toBeGreaterThanOrEqual(decideByMs);
    });
  });

  describe('ends', () => {
    test('cancels what is pending or approved, once', async () => {
      const pending = await opened(store);
      const ready = await approved(store);
      expect(await store.cancel(pending, 'GH_APPROVAL_LEFT')).toBe(true);
      expect(await other.cancel(pending, 'GH_OTHER')).toBe(false);
      expect(await other.cancel(ready, 'GH_APPROVAL_LEFT')).toBe(true);
      expect(await store.get(pending)).toMatchObject({ state: 'cancelled', why: 'GH_APPROVAL_LEFT' });
    });

    test('cancels what waits on the streams of a session', async () => {
      const sessionId = asSessionId(`session of ${alice}`);
      const waiting = await opened(store, { sessionId, mode: 'wait' });
      const ready = await approved(store, { sessionId, mode: 'wait' });
      const retry = await opened(store, { sessionId });
      const elsewhere = await opened(store, { sessionId: asSessionId('another'), mode: 'wait' });
      expect([...(await other.cancelSession(sessionId, 'GH_X'))].sort()).toEqual([waiting, ready].sort());
      expect(await store.cancelSession(sessionId, 'GH_X')).toEqual([]);
      expect((await store.get(retry))?.state).toBe('pending');
      expect((await store.get(elsewhere))?.state).toBe('pending');
    });

    test('expires what nobody decided, and what was approved and not used, and hands each over once', async () => {
      const nowMs = store.nowMs();
      const undecided = await opened(store, { decideByMs: nowMs + 300 });
      const unused = await approved(store, { decideByMs: nowMs + 300, useByMs: nowMs + 300 });
      const alive = await opened(store);
      await until(() => Promise.resolve(store.nowMs() > nowMs + 300));
      const ended = [...(await store.sweep()), ...(await other.sweep()), ...(await store.sweep())];
      const ours = ended.filter(({ id }) => id === undecided || id === unused || id === alive);
      expect(ours.map(({ id }) => id).sort()).toEqual([undecided, unused].sort());
      for (const each of ours) expect(each).toMatchObject({ state: 'expired', why: 'GH_APPROVAL_EXPIRED' });
      expect(ours.find(({ id }) => id === unused)?.decisions).toEqual([decisionOf('yes')]);
    });

    test('abandons what waits on a stream that nobody holds any more, and only that', async () => {
      const held = await opened(store, { mode: 'wait' });
      const lost = await opened(store, { mode: 'wait' });
      const retry = await opened(store);
      const keeping = setInterval(() => void store.keepAlive([held]), 2_500);
      try {
        const ended = new Map<string, unknown>();
        await until(async () => {
          for (const each of await other.sweep()) ended.set(each.id, each);
          return ended.has(lost);
        }, 30_000);
        expect(ended.get(lost)).toMatchObject({ state: 'abandoned', why: 'GH_APPROVAL_ABANDONED' });
        expect(ended.has(held) || ended.has(retry)).toBe(false);
        expect(await store.release(lost, EVENT)).toBe(false);
      } finally {
        clearInterval(keeping);
      }
    });

    test('abandons nobody right after a pause, when every lease has run out at once', async () => {
      const held = await opened(store, { mode: 'wait' });
      // As long as a machine that sleeps, or a server that is away.
      await new Promise((resolve) => setTimeout(resolve, 10_500));
      expect((await other.sweep()).map(({ id }) => id)).not.toContain(held);
      await store.keepAlive([held]);
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      await other.sweep();
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      expect((await other.sweep()).map(({ id }) => id)).not.toContain(held);
    });
  });

  test('forgets what has been over for a quarter, with all that hangs on it, and nothing that is open', async () => {
    const old = await approved(store, { notify: ['chat'] });
    await store.release(old, EVENT);
    const recent = await opened(store);
    await store.cancel(recent, 'GH_X');
    const open = await opened(store, { decideByMs: Infinity, useByMs: Infinity });
    await age(place, [old, open], 91);
    await age(place, [recent], 89);
    // A process that has not pruned for a while.
    const third = await openStore(place);
    await third.sweep();
    await third.close();
    expect(await store.get(old)).toBeUndefined();
    expect((await store.get(recent))?.state).toBe('cancelled');
    expect((await store.get(open))?.state).toBe('pending');
    expect((await store.takeNotifications(200, 1)).filter(({ id }) => id === old)).toEqual([]);
  });

  describe('looking', () => {
    test('lists newest first, a page at a time, to the last', async () => {
      const nowMs = store.nowMs();
      const ids: ApprovalId[] = [];
      for (let index = 0; index < 7; index++)
        ids.unshift(await opened(store, { principal: alice, id: newId(nowMs + index * 10) }));
      const pages: ApprovalId[][] = [];
      for (let before: ApprovalId | undefined; ; before = pages.at(-1)?.at(-1)) {
        const page = await other.list({ principal: alice, before, limit: 3 });
        if (page.length === 0) break;
        pages.push(page.map(({ id }) => id));
      }
      expect(pages.map(({ length }) => length)).toEqual([3, 3, 1]);
      expect(pages.flat()).toEqual(ids);
    });

    test('lists by state, kind, session and principal, together', async () => {
      const sessionId = asSessionId(`session of ${alice}`);
      const given = { principal: alice, similarKey: `kind of ${alice}` };
      const one = await opened(store, { ...given, sessionId });
      const two = await approved(store, given);
      const list = async (filter: object) => (await store.list({ limit: 10, ...filter })).map(({ id }) => id);
      expect(await list({ similarKey: given.similarKey, states: ['approved', 'released'] })).toEqual([two]);
      expect(await list({ sessionId })).toEqual([one]);
      expect(await list({ principal: alice, states: [] })).toEqual([]);
      expect((await list({ principal: alice, states: ['pending', 'approved'] })).sort()).toEqual(
        [one, two].sort(),
      );
    });

    test.each(['100%', '100_', 'a\\b', `it's`, '"quoted"', 'ümlaut'])(
      'finds %s as it is written',
      async (word) => {
        const id = await opened(store, { principal: alice, searchText: `begin ${word} end` });
        await opened(store, { principal: alice, searchText: 'begin 1000 axb its quoted umlaut end' });
        const found = async (words: string) =>
          (await store.list({ principal: alice, words, limit: 10 })).map((each) => each.id);
        expect(await found(`END ${word.toUpperCase()}`)).toEqual([id]);
        expect(await found(`${word} missing`)).toEqual([]);
        expect(await found('begin end')).toHaveLength(2);
      },
    );

    test('answers no more than it can hold, whatever is asked for', async () => {
      expect(await store.list({ limit: -1 })).toEqual([]);
      expect((await store.list({ limit: 1e9 })).length).toBeLessThanOrEqual(200);
      expect(await store.list({ limit: 5, words: 'nowhere '.repeat(10_000) })).toEqual([]);
    });
  });

  describe('noticing', () => {
    test('tells of each change, by whomever, within 250 ms, until one stops listening', async () => {
      const heard = new Map<string, number>();
      const stop = other.onChange((ids) => {
        for (const id of ids) heard.set(id, performance.now());
      });
      const own = new Set<string>();
      const stopOwn = store.onChange((ids) => {
        for (const id of ids) own.add(id);
      });
      const change = async (id: ApprovalId, work: () => Promise<unknown>): Promise<void> => {
        heard.clear();
        own.clear();
        await work();
        const changedAtMs = performance.now();
        await until(() => Promise.resolve(heard.has(id) && own.has(id)), 2_000);
        expect((heard.get(id) ?? Infinity) - changedAtMs).toBeLessThan(1_000);
      };
      const approval = newApproval(store, { principal: alice });
      const { id } = approval;
      await change(id, () => store.open(approval, NO_LIMITS));
      await change(id, () => store.open({ ...approval, id: newId(store.nowMs()) }, NO_LIMITS));
      await change(id, () => store.decide(id, 'bob', decisionOf('1'), () => 'pending'));
      await change(id, () => store.decide(id, 'carol', decisionOf('2'), () => 'approved'));
      await change(id, () => store.release(id, EVENT));
      const left = await opened(store);
      await change(left, () => store.cancel(left, 'GH_X'));
      const late = await opened(store, { decideByMs: store.nowMs() - 1 });
      await change(late, () => store.sweep());
      stop();
      stopOwn();
      await new Promise((resolve) => setTimeout(resolve, 100));
      heard.clear();
      await opened(store);
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(heard.size).toBe(0);
    });
  });

  describe('grants', () => {
    const newGrant = (given: Partial<NewGrant> = {}): NewGrant => ({
      id: newId(store.nowMs()) as unknown as GrantId,
      grant: decisionOf('grant'),
      principal: alice,
      upstream: 'sample',
      actionDigest: 'digest',
      similarKey: 'kind',
      createdAtMs: store.nowMs(),
      expiresAtMs: store.nowMs() + 60_000,
      ...given,
    });

    test('are found by principal and upstream, counted, and revoked at once', async () => {
      const grant = newGrant();
      await store.putGrant(grant);
      await store.putGrant(newGrant({ upstream: 'another' }));
      expect(await other.grantsFor(alice, 'sample')).toEqual([
        { id: grant.id, grant: grant.grant, uses: 0, revokedAtMs: undefined, revokedBy: '' },
      ]);
      expect(await store.grantsFor(`${alice} too`, 'sample')).toEqual([]);
      await Promise.all([store.useGrant(grant.id), other.useGrant(grant.id), store.useGrant(grant.id)]);
      expect((await store.grantsFor(alice, 'sample'))[0]?.uses).toBe(3);
      expect(await other.revokeGrant(grant.id, 'bob')).toBe(true);
      expect(await store.revokeGrant(grant.id, 'carol')).toBe(false);
      expect(await store.useGrant(grant.id)).toBe(false);
      expect(await store.grantsFor(alice, 'sample')).toEqual([]);
      const listed = await store.getGrant(grant.id);
      expect(listed).toMatchObject({ uses: 3, revokedBy: 'bob' });
      expect(listed?.revokedAtMs).toBeGreaterThan(0);
    });

    test('are listed newest first, page by page, those that are good apart from those that are over', async () => {
      const mine: GrantId[] = [];
      for (let index = 0; index < 5; index++) {
        const grant = newGrant(index === 1 ? { expiresAtMs: store.nowMs() - 1_000 } : {});
        await store.putGrant(grant);
        mine.push(grant.id);
      }
      await store.revokeGrant(mine[3] as GrantId, 'bob');
      const pages = async (isGood: boolean): Promise<readonly string[]> => {
        const ids: string[] = [];
        for (let after: GrantId | undefined; ;) {
          const page = await other.listGrants({ isGood, limit: 2, after });
          ids.push(...page.map(({ id }) => id));
          after = page.at(-1)?.id;
          if (after === undefined) return ids.filter((id) => mine.includes(id as GrantId));
        }
      };
      // Those of one millisecond stand in the order of their ids.
      const newestFirst = (...indexes: readonly number[]) =>
        indexes
          .map((index) => mine[index] as string)
          .sort()
          .reverse();
      expect(await pages(true)).toEqual(newestFirst(0, 2, 4));
      expect(await pages(false)).toEqual(newestFirst(1, 3));
      expect(await store.getGrant(mine[1] as GrantId)).toMatchObject({ id: mine[1], uses: 0 });
      expect(await store.getGrant('\0' as GrantId)).toBeUndefined();
    });

    test('end by themselves', async () => {
      const grant = newGrant({ expiresAtMs: store.nowMs() - 1 });
      await store.putGrant(grant);
      expect(await store.useGrant(grant.id)).toBe(false);
      expect(await store.grantsFor(alice, 'sample')).toEqual([]);
      expect(await store.revokeGrant(grant.id, 'bob')).toBe(false);
    });
  });

  describe('notifications', () => {
    const mine = async (at: ApprovalStore, id: ApprovalId, leaseMs: number) =>
      (await at.takeNotifications(200, leaseMs)).filter((due) => due.id === id);

    test('are taken by one at a time, come back after their lease, and end once delivered', async () => {
      const id = await opened(store, { notify: ['chat', 'hook'] });
      const [first, second] = await Promise.all([mine(store, id, 300), mine(other, id, 300)]);
      expect([...first, ...second].map(({ channel }) => channel).sort()).toEqual(['chat', 'hook']);
      for (const each of [...first, ...second])
        expect(each).toMatchObject({ about: 'requested', attempt: 1 });
      expect(await mine(store, id, 300)).toEqual([]);
      let again: Awaited<ReturnType<typeof mine>> = [];
      await until(async () => {
        again = [...again, ...(await mine(other, id, 60_000))];
        return again.length === 2;
      });
      expect(again.map(({ attempt }) => attempt)).toEqual([2, 2]);
      for (const due of again) await other.settleNotification(due, { delivered: true });
      await new Promise((resolve) => setTimeout(resolve, 400));
      expect(await mine(store, id, 300)).toEqual([]);
    });

    test('are tried again when asked for, and never again when given up', async () => {
      const id = await opened(store, { notify: ['chat'] });
      const [due] = await mine(store, id, 60_000);
      if (due === undefined) throw new Error('nothing due');
      await store.settleNotification(due, { delivered: false, againInMs: 0 });
      // Two stores' clocks differ by a millisecond or so, and what is due now by one is due later by the other.
      let again: Awaited<ReturnType<typeof mine>>[number] | undefined;
      await until(async () => {
        [again] = await mine(other, id, 60_000);
        return again !== undefined;
      });
      expect(again?.attempt).toBe(2);
      // Whoever has lost it since does not decide about it.
      await store.settleNotification(due, { delivered: false, againInMs: 0 });
      expect(await mine(store, id, 60_000)).toEqual([]);
      if (again !== undefined)
        await other.settleNotification(again, { delivered: false, againInMs: undefined });
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await mine(store, id, 60_000)).toEqual([]);
    });

    test('of an outcome are asked for once for each channel', async () => {
      const id = await opened(store);
      await store.notifyDecided(id, ['chat', 'hook']);
      await other.notifyDecided(id, ['hook', 'chat']);
      const due = await mine(store, id, 60_000);
      expect(due.map(({ channel, about }) => `${about} ${channel}`).sort()).toEqual([
        'decided chat',
        'decided hook',
      ]);
      for (const each of due) await store.settleNotification(each, { delivered: true });
      await store.notifyDecided(id, ['chat']);
      expect(await mine(store, id, 60_000)).toEqual([]);
    });
  });

  test('rejects with the code of a store that cannot be used once it is closed', async () => {
    await store.close();
    const id = newId(0);
    for (const call of [
      () => store.get(id),
      () => store.list({ limit: 1 }),
      () => store.release(id, EVENT),
      () => store.sweep(),
      () => store.decide(id, 'bob', decisionOf('x'), () => 'approved'),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'GH_APPROVALS_UNAVAILABLE' });
    await store.close();
  });
});

test('the SQLite file is its owner’s alone', async () => {
  const place = await startStore('sqlite');
  const store = await openStore(place);
  await opened(store);
  if (place.config.kind !== 'sqlite') throw new Error('not SQLite');
  for (const suffix of ['', '-wal', '-shm'])
    expect(statSync(`${place.config.file}${suffix}`).mode & 0o777).toBe(0o600);
  await store.close();
  await place.stop();
});

test('a file of a newer version, or of something else, is refused and left as it is', async () => {
  const directory = await temporaryDirectory();
  const file = `${directory.path}/approvals.db`;
  const place: TestStore = { config: { kind: 'sqlite', file }, stop: () => directory.remove() };
  const newer = new DatabaseSync(file);
  newer.exec('PRAGMA user_version = 99');
  newer.close();
  await expect(openStore(place)).rejects.toMatchObject({ code: 'GH_APPROVALS_VERSION' });
  await expect(
    openStore({ ...place, config: { kind: 'sqlite', file: directory.path } }),
  ).rejects.toMatchObject({ code: 'GH_APPROVALS_FILE' });
  await place.stop();
});

/** As if their states were so many days older. */
async function age({ config }: TestStore, ids: readonly ApprovalId[], days: number): Promise<void> {
  const byMs = days * 24 * 3_600_000;
  if (config.kind === 'sqlite') {
    const db = new DatabaseSync(config.file);
    for (const id of ids)
      db.prepare('UPDATE approval SET state_since_ms = state_since_ms - ? WHERE id = ?').run(byMs, id);
    db.close();
    return;
  }
  await asOwner(config, (client) =>
    client.query('UPDATE gatehouse_approval SET state_since_ms = state_since_ms - $1 WHERE id = ANY ($2)', [
      byMs,
      ids,
    ]),
  );
}

async function until(isSo: () => Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const startedAtMs = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startedAtMs > timeoutMs) throw new Error('it never was');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
