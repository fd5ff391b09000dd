import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { askOf, openHeldRequests, reviewer, type HeldRequests } from '../../test/support/held-requests.ts';
import { principalKey } from '../domain/approvals/approval-request.ts';
import { readStatus } from '../exchange/approvals/approval-status.ts';
import { decideApproval } from './decide.ts';

let directory: string;
let held: HeldRequests;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-decide-'));
  held = await openHeldRequests(directory, ['on-call']);
});
afterEach(async () => {
  await held.close();
  await rm(directory, { recursive: true });
});

const stateOf = async (id: string): Promise<string | undefined> => {
  const stored = await held.store.get(id as never);
  return stored === undefined ? undefined : readStatus(held.seals, stored)?.state;
};
const kinds = (): string[] => held.records.map(({ action_kind: kind }) => kind);

test('an approval of somebody who may is sealed, recorded before it counts, and told', async () => {
  const request = await held.hold();
  expect(await decideApproval(held, askOf(request, { reason: ' looks right ' }))).toEqual({
    kind: 'decided', state: 'approved', agreed: 1, needed: 1, grant: undefined,
  }); // prettier-ignore
  expect(await stateOf(request.id)).toBe('approved');
  expect(held.records).toMatchObject([
    {
      action_kind: 'approval.decided',
      approval_id: request.id,
      principal_subject: 'bob@example.com',
      decision: 'allow',
      reason: 'looks right',
      action_digest: request.actionDigest,
      details: {
        verdict: 'approve',
        channel: 'cli',
        digest_shown: request.actionDigest,
        requester: 'agent:claude-1',
      },
    },
  ]);
  const due = await held.store.takeNotifications(10, 1_000);
  expect(due.map(({ about }) => about).toSorted()).toEqual(['decided', 'requested']);
});

test('where the record cannot be appended nothing is decided', async () => {
  const request = await held.hold();
  const deps = {
    ...held,
    journal: { ...held.journal, append: () => Promise.reject(new Error('disk full')) },
  };
  expect(await decideApproval(deps, askOf(request))).toMatchObject({ kind: 'refused', status: 503 });
  expect(await stateOf(request.id)).toBe('pending');
});

test('a denial needs a reason and is final', async () => {
  const request = await held.hold();
  expect(await decideApproval(held, askOf(request, { verdict: 'deny' }))).toMatchObject({
    code: 'GH_REVIEW_REASON',
  });
  expect(await decideApproval(held, askOf(request, { verdict: 'deny', reason: 'no' }))).toMatchObject({
    state: 'denied',
  });
  expect(
    await decideApproval(held, askOf(request, { reviewer: reviewer('erin@example.com') })),
  ).toMatchObject({ code: 'GH_REVIEW_CLOSED', status: 409 });
});

test('a denial that somebody takes out of the store is one still, to whoever would approve it', async () => {
  const request = await held.hold();
  await decideApproval(held, askOf(request, { verdict: 'deny', reason: 'no' }));
  const db = new DatabaseSync(join(directory, 'approvals.db'));
  db.prepare('DELETE FROM decision WHERE id = ?').run(request.id);
  db.prepare(`UPDATE approval SET state = 'pending' WHERE id = ?`).run(request.id);
  db.close();
  expect(await stateOf(request.id)).toBe('denied');
  const again = askOf(request, { reviewer: reviewer('erin@example.com') });
  expect(await decideApproval(held, again)).toMatchObject({ kind: 'refused', code: 'GH_REVIEW_CLOSED' });
  expect(await stateOf(request.id)).toBe('denied');
});

describe('four eyes', () => {
  test.each([
    ['the human that the agent acts for', {}, reviewer('alice@example.com')],
    ['in other letters', {}, reviewer('ALICE@example.com')],
    ['the agent itself', {}, reviewer('agent:claude-1')],
    ['another account by a name of it', {}, reviewer('a.moreau', { accounts: ['alice@example.com'] })],
    [
      'another account by its person',
      { person: '10027' },
      reviewer('alice-admin@example.com', { person: '10027' }),
    ],
    [
      'another subject of theirs at this client, with a name that the agent’s token had',
      { onBehalfOf: 'AAAA', accounts: ['Alice@example.com'] },
      reviewer('BBBB', { accounts: ['alice@example.com'] }),
    ],
    [
      'the same name at another issuer',
      {},
      reviewer('alice@example.com', { issuer: 'https://other.example.com' }),
    ],
  ])(
    '%s does not decide, in an emergency neither, and the attempt is evidence',
    async (_who, requester, by) => {
      const request = await held.hold({ requester });
      const onCall = { ...by, groups: ['developers', 'on-call'] };
      expect(await decideApproval(held, askOf(request, { reviewer: by }))).toMatchObject({
      kind: 'refused', status: 403, code: 'GH_REVIEW_OWN_REQUEST',
    }); // prettier-ignore
      expect(
        await decideApproval(held, askOf(request, { reviewer: onCall, breakGlass: true, reason: 'urgent' })),
      ).toMatchObject({ code: 'GH_REVIEW_OWN_REQUEST' });
      expect(await stateOf(request.id)).toBe('pending');
      expect(held.records.map(({ error_code: code }) => code)).toEqual([
      'GH_REVIEW_OWN_REQUEST', 'GH_REVIEW_OWN_REQUEST',
    ]); // prettier-ignore
    },
  );

  test('somebody whom policy does not name does not decide', async () => {
    const request = await held.hold();
    const outsider = reviewer('dave@example.com', { groups: ['readers'] });
    expect(await decideApproval(held, askOf(request, { reviewer: outsider }))).toMatchObject({
      code: 'GH_REVIEW_NOT_ASKED',
    });
    expect(kinds()).toEqual(['approval.refused']);
  });

  test('a quorum is of different people: neither the same account again nor another of the same person', async () => {
    const request = await held.hold({
      requirements: [{ rule: 'r', groups: ['developers'], people: [], count: 2 }],
    });
    const bob = reviewer('bob@example.com', { person: '7' });
    expect(await decideApproval(held, askOf(request, { reviewer: bob }))).toMatchObject({
      state: 'pending',
      agreed: 1,
    });
    expect(await decideApproval(held, askOf(request, { reviewer: bob }))).toMatchObject({
      code: 'GH_REVIEW_AGAIN',
    });
    const bobToo = reviewer('bob-admin@example.com', { person: '7' });
    expect(await decideApproval(held, askOf(request, { reviewer: bobToo }))).toMatchObject({
      state: 'pending', agreed: 1, needed: 2,
    }); // prettier-ignore
    expect(await decideApproval(held, askOf(request, { reviewer: reviewer('erin@example.com') }))).toMatchObject({
      state: 'approved', agreed: 2,
    }); // prettier-ignore
  });
});

test('another digest than the one of the request was not on show', async () => {
  const request = await held.hold();
  expect(await decideApproval(held, askOf(request, { actionDigest: 'f'.repeat(64) }))).toMatchObject({
    code: 'GH_REVIEW_DIGEST', status: 409,
  }); // prettier-ignore
  expect(await stateOf(request.id)).toBe('pending');
});

test('nothing is decided after its time', async () => {
  const request = await held.hold();
  held.advance(600_001);
  expect(await decideApproval(held, askOf(request))).toMatchObject({ code: 'GH_REVIEW_CLOSED' });
});

test.each(['', 'x', '01890000-0000-7000-8000-000000000000', '../../etc/passwd'])(
  '%j is no request',
  async (id) => {
    const request = await held.hold();
    expect(await decideApproval(held, askOf(request, { id }))).toMatchObject({
      code: 'GH_REVIEW_UNKNOWN',
      status: 404,
    });
  },
);

test('a request that somebody wrote to the store is not decided', async () => {
  const request = await held.hold();
  const other = await openHeldRequests(directory);
  try {
    expect(await decideApproval(other, askOf(request))).toMatchObject({
      code: 'GH_APPROVAL_SEAL',
      status: 409,
    });
    expect(other.records).toEqual([]);
  } finally {
    await other.close();
  }
});

test('a decision that somebody writes to the store counts for nothing', async () => {
  const request = await held.hold();
  const forged = { text: JSON.stringify({ verdict: 'approve' }), seal: '0'.repeat(64) };
  await held.store.decide(request.id, 'mallory', forged, () => 'approved');
  expect(await stateOf(request.id)).toBe('pending');
});

test('in an emergency one of a named group decides alone, with a reason, and it is recorded as such', async () => {
  const request = await held.hold({
    requirements: [{ rule: 'r', groups: ['developers'], people: [], count: 3 }],
  });
  const onCall = reviewer('erin@example.com', { groups: ['on-call'] });
  const ask = askOf(request, { reviewer: onCall, breakGlass: true });
  expect(await decideApproval(held, ask)).toMatchObject({ code: 'GH_REVIEW_REASON' });
  expect(await decideApproval(held, askOf(request, { breakGlass: true, reason: 'down' }))).toMatchObject({
    code: 'GH_REVIEW_NO_BREAK_GLASS',
  });
  expect(await decideApproval(held, { ...ask, reason: 'production is down' })).toMatchObject({
    state: 'approved',
  });
  expect(held.records.at(-1)).toMatchObject({
    action_kind: 'approval.decided',
    details: { break_glass: 'true' },
  });
});

test("a reviewer's words are masked before they are kept, and have an end", async () => {
  const request = await held.hold();
  const long = askOf(request, { reason: 'x'.repeat(1_001) });
  expect(await decideApproval(held, long)).toMatchObject({ code: 'GH_REVIEW_REASON' });
  await decideApproval(held, askOf(request, { reason: 'card 4111111111111111' }));
  expect(JSON.stringify([held.records, await held.store.get(request.id)])).not.toContain('4111111111111111');
});

describe('a standing grant', () => {
  const grantsOf = async (requester: Parameters<typeof principalKey>[0]) =>
    (await held.store.grantsFor(principalKey(requester), 'sample')).map(({ grant }) =>
      held.seals.openGrant(grant),
    );

  test('is given with the approval, recorded first, within what policy lets', async () => {
    const request = await held.hold();
    const decided = await decideApproval(held, askOf(request, { grant: { minutes: 10, scope: 'literals' } }));
    expect(decided).toMatchObject({ state: 'approved', grant: { scope: 'literals', rowsMax: 10 } });
    expect(kinds()).toEqual(['approval.decided', 'approval.granted']);
    expect(await grantsOf(request.requester)).toMatchObject([
      {
        approvalId: request.id,
        similarKey: 'fingerprint-1',
        rule: request.rule,
        bundleHash: request.bundleHash,
      },
    ]);
    held.advance(600_001);
    expect(await grantsOf(request.requester)).toEqual([]);
  });

  test.each([
    ['for longer than policy lets', {}, { minutes: 31, scope: 'nothing' as const }],
    [
      'where policy lets none be given',
      { terms: { grant: undefined } },
      { minutes: 1, scope: 'nothing' as const },
    ],
    [
      'of other values without a bound on rows',
      { terms: { grant: { minutesMax: 30, rowsMax: undefined } } },
      { minutes: 1, scope: 'literals' as const },
    ],
    [
      'of other values of an unknown kind',
      { request: { similarKey: '' } },
      { minutes: 1, scope: 'literals' as const },
    ],
  ])('is refused %s, and so is the approval', async (_when, differs, grant) => {
    const request = await held.hold(differs);
    expect(await decideApproval(held, askOf(request, { grant }))).toMatchObject({ code: 'GH_REVIEW_GRANT' });
    expect(await stateOf(request.id)).toBe('pending');
  });

  test('of several reviewers is the narrowest of what they named, and none where one named none', async () => {
    const requirements = [{ rule: 'r', groups: ['developers'], people: [], count: 2 }];
    const one = await held.hold({ requirements });
    await decideApproval(held, askOf(one, { grant: { minutes: 30, scope: 'literals' } }));
    const second = {
      reviewer: reviewer('erin@example.com'),
      grant: { minutes: 5, scope: 'nothing' as const },
    };
    const given = await decideApproval(held, askOf(one, second));
    expect(given).toMatchObject({ state: 'approved', grant: { scope: 'nothing' } });
    const minutes =
      given.kind === 'decided' && given.grant !== undefined
        ? given.grant.expiresAtMs - given.grant.createdAtMs
        : 0;
    expect(minutes).toBe(300_000);
    const other = await held.hold({ requirements });
    await decideApproval(held, askOf(other, { grant: { minutes: 30, scope: 'nothing' } }));
    expect(
      await decideApproval(held, askOf(other, { reviewer: reviewer('erin@example.com') })),
    ).toMatchObject({ state: 'approved', grant: undefined });
  });
});

test('of two decisions at once of one person one counts', async () => {
  const request = await held.hold({
    requirements: [{ rule: 'r', groups: ['developers'], people: [], count: 2 }],
  });
  const both = await Promise.all([
    decideApproval(held, askOf(request)),
    decideApproval(held, askOf(request)),
  ]);
  expect(both.map((each) => (each.kind === 'refused' ? each.code : each.state)).toSorted()).toEqual([
    'GH_REVIEW_AGAIN', 'pending',
  ]); // prettier-ignore
});
