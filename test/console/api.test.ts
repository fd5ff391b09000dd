/** The console's API over HTTP: who may see and decide what, and that nothing else gets in. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type {
  ApprovalDetail,
  ApprovalList,
  DecisionAnswer,
  GrantList,
  Me,
} from '../../ext-proc/console/api.ts';
import type { GrantId } from '../../ext-proc/domain/approvals/standing-grant.ts';
import { logIn, type ConsoleClient } from '../support/console-client.ts';
import { startTestConsole, type TestConsole } from '../support/test-console.ts';

let console_: TestConsole;
let alice: ConsoleClient;
let bob: ConsoleClient;
let carol: ConsoleClient;
let dave: ConsoleClient;
let erin: ConsoleClient;
beforeAll(async () => {
  console_ = await startTestConsole();
  const { url } = console_;
  alice = await logIn(url, 'alice@example.com');
  bob = await logIn(url, 'bob@example.com');
  carol = await logIn(url, 'carol@example.com');
  dave = await logIn(url, 'dave@example.com');
  erin = await logIn(url, 'erin@example.com');
});
afterAll(() => console_.stop());

const decisionOf = (id: string, actionDigest: string, more: object = {}) =>
  [`/api/approvals/${id}/decision`, { verdict: 'approve', actionDigest, ...more }] as const;

test('a login says who one is and which roles one’s groups give', async () => {
  expect((await bob.get<Me>('/api/me')).body).toMatchObject({
    subject: 'bob@example.com',
    name: 'Bob Okafor',
    roles: ['reviewer'],
    csrf: expect.stringMatching(/^[\w-]{43}$/) as string,
  });
  expect((await carol.get<Me>('/api/me')).body.roles).toEqual(['auditor']);
  expect((await dave.get<Me>('/api/me')).body.roles).toEqual([]);
  expect((await erin.get<Me>('/api/me')).body.roles).toEqual(['admin']);
});

test('a reviewer sees a request, and approves exactly what was on show; view and decision are evidence', async () => {
  const request = await console_.hold();
  const list = (await bob.get<ApprovalList>('/api/approvals?state=pending')).body;
  expect(list.approvals.find(({ id }) => id === request.id)).toMatchObject({
    requester: { subject: 'agent:claude-1', onBehalfOf: 'alice@example.com' },
    mayDecide: true,
  });
  const detail = (await bob.get<ApprovalDetail>(`/api/approvals/${request.id}`)).body;
  expect(detail).toMatchObject({
    view: { payload: request.view.payload },
    actionDigest: request.actionDigest,
  });
  await bob.get(`/api/approvals/${request.id}`);
  const answer = await bob.post<DecisionAnswer>(
    ...decisionOf(request.id, detail.actionDigest, { reason: 'ticket 12' }),
  );
  expect(answer).toMatchObject({
    status: 200,
    body: { state: 'approved', agreed: 1, needed: 1, grant: null },
  });
  expect((await console_.desk.status(request.id))?.state).toBe('approved');

  const records = (await console_.records()).filter((each) => each['approval_id'] === request.id);
  expect(records.map((each) => [each['action_kind'], each['principal_subject']])).toEqual(
    expect.arrayContaining([
      ['approval.requested', 'agent:claude-1'],
      ['approval.viewed', 'bob@example.com'],
      ['approval.decided', 'bob@example.com'],
    ]),
  );
  expect(records.filter((each) => each['action_kind'] === 'approval.viewed')).toHaveLength(1);
});

test('nobody approves what they, or an agent of theirs, ask for', async () => {
  const request = await console_.hold();
  const detail = (await alice.get<ApprovalDetail>(`/api/approvals/${request.id}`)).body;
  expect(detail).toMatchObject({ mayDecide: false, mayNotBecause: 'GH_REVIEW_OWN_REQUEST' });
  expect(await alice.post(...decisionOf(request.id, request.actionDigest))).toMatchObject({
    status: 403,
    body: { code: 'GH_REVIEW_OWN_REQUEST' },
  });
  expect((await console_.desk.status(request.id))?.state).toBe('pending');
});

test('an auditor sees everything and decides nothing, even where policy names a group of theirs', async () => {
  const requirement = { rule: 'r', groups: ['auditors'], people: [], count: 1 };
  const request = await console_.hold({ terms: { requirements: [requirement] } });
  expect((await carol.get<ApprovalDetail>(`/api/approvals/${request.id}`)).body).toMatchObject({
    mayDecide: false,
    mayNotBecause: 'GH_REVIEW_AUDITOR',
  });
  expect(await carol.post(...decisionOf(request.id, request.actionDigest))).toMatchObject({
    status: 403,
    body: { code: 'GH_REVIEW_AUDITOR' },
  });
});

test('who has no role sees what policy lets them decide, and nothing else', async () => {
  const his = await console_.hold({
    terms: { requirements: [{ rule: 'r', groups: [], people: ['dave@example.com'], count: 1 }] },
  });
  const other = await console_.hold();
  const list = (await dave.get<ApprovalList>('/api/approvals')).body;
  expect(list.approvals.map(({ id }) => id)).toEqual([his.id]);
  expect(await dave.get(`/api/approvals/${other.id}`)).toMatchObject({
    status: 404,
    body: { code: 'GH_REVIEW_UNKNOWN' },
  });
  expect(await dave.post(...decisionOf(other.id, other.actionDigest))).toMatchObject({ status: 404 });
  expect(await dave.get('/api/sessions')).toMatchObject({ status: 403, body: { code: 'GH_CONSOLE_ROLE' } });
  expect(await dave.get('/api/search?q=x')).toMatchObject({ status: 403, body: { code: 'GH_CONSOLE_ROLE' } });
  expect(await dave.post(...decisionOf(his.id, his.actionDigest))).toMatchObject({
    body: { state: 'approved' },
  });
});

test('a denial needs a reason, and a decision the digest that was on show', async () => {
  const request = await console_.hold();
  expect(await bob.post(...decisionOf(request.id, request.actionDigest, { verdict: 'deny' }))).toMatchObject({
    status: 400,
    body: { code: 'GH_REVIEW_REASON' },
  });
  expect(await bob.post(...decisionOf(request.id, '0'.repeat(64)))).toMatchObject({
    status: 409,
    body: { code: 'GH_REVIEW_DIGEST' },
  });
  const denied = await bob.post(
    ...decisionOf(request.id, request.actionDigest, { verdict: 'deny', reason: 'not this one' }),
  );
  expect(denied).toMatchObject({ status: 200, body: { state: 'denied' } });
  expect(await bob.post(...decisionOf(request.id, request.actionDigest))).toMatchObject({
    status: 409,
    body: { code: 'GH_REVIEW_CLOSED' },
  });
});

test('one person decides once; a quorum takes different people', async () => {
  const requirement = { rule: 'r', groups: ['developers', 'operators'], people: [], count: 2 };
  const request = await console_.hold({ terms: { requirements: [requirement] } });
  expect(await bob.post(...decisionOf(request.id, request.actionDigest))).toMatchObject({
    body: { state: 'pending', agreed: 1, needed: 2 },
  });
  expect(await bob.post(...decisionOf(request.id, request.actionDigest))).toMatchObject({
    status: 409,
    body: { code: 'GH_REVIEW_AGAIN' },
  });
  expect(await erin.post(...decisionOf(request.id, request.actionDigest))).toMatchObject({
    body: { state: 'approved', agreed: 2, needed: 2 },
  });
});

test('a reason is masked before it is kept', async () => {
  const request = await console_.hold();
  await bob.post(
    ...decisionOf(request.id, request.actionDigest, { reason: 'card 4111111111111111 was checked' }),
  );
  const status = await console_.desk.status(request.id);
  expect(status?.decisions[0]?.reason).toMatch(/^card \[masked.*\] was checked$/);
  expect(JSON.stringify(await console_.records())).not.toContain('4111111111111111');
});

test('a break-glass approval is for the group that may, with a reason', async () => {
  const terms = { breakGlassGroups: ['operators'] };
  const request = await console_.hold({ terms });
  const asked = { breakGlass: true, reason: 'production is down' };
  expect(await bob.post(...decisionOf(request.id, request.actionDigest, asked))).toMatchObject({
    status: 403,
    body: { code: 'GH_REVIEW_NO_BREAK_GLASS' },
  });
  expect(
    await erin.post(...decisionOf(request.id, request.actionDigest, { breakGlass: true })),
  ).toMatchObject({ status: 400, body: { code: 'GH_REVIEW_REASON' } });
  expect(await erin.post(...decisionOf(request.id, request.actionDigest, asked))).toMatchObject({
    body: { state: 'approved' },
  });
});

test('a grant is given within policy’s bounds, listed, used, and revoked at once by who gave it or an admin', async () => {
  const terms = { grant: { minutesMax: 30, rowsMax: 1 } };
  const request = await console_.hold({ terms });
  const ask = (minutes: number) => ({ grant: { minutes, scope: 'literals' } });
  expect(await bob.post(...decisionOf(request.id, request.actionDigest, ask(31)))).toMatchObject({
    status: 400,
    body: { code: 'GH_REVIEW_GRANT' },
  });
  const given = await bob.post<DecisionAnswer>(...decisionOf(request.id, request.actionDigest, ask(30)));
  expect(given.body.grant).toMatchObject({
    scope: 'literals',
    rowsMax: 1,
    reviewers: ['bob@example.com'],
    uses: 0,
  });
  const id = given.body.grant?.id as string;
  expect((await carol.get<GrantList>('/api/grants')).body.grants.map((each) => each.id)).toContain(id);
  expect((await dave.get<GrantList>('/api/grants')).body.grants).toEqual([]);
  expect(await carol.delete(`/api/grants/${id}`)).toMatchObject({
    status: 403,
    body: { code: 'GH_CONSOLE_ROLE' },
  });
  expect(await erin.delete(`/api/grants/${id}`)).toMatchObject({ status: 204 });
  expect(await bob.delete(`/api/grants/${id}`)).toMatchObject({ status: 404 });
  const kinds = (await console_.records()).map((each) => each['action_kind']);
  expect(kinds).toEqual(expect.arrayContaining(['approval.granted', 'approval.grant_revoked']));
});

test('a grant is listed and revoked however many newer ones are over, or are not the gate’s', async () => {
  const terms = { grant: { minutesMax: 30, rowsMax: undefined } };
  const request = await console_.hold({ terms });
  const asked = { grant: { minutes: 30, scope: 'nothing' } };
  const given = await bob.post<DecisionAnswer>(...decisionOf(request.id, request.actionDigest, asked));
  const id = given.body.grant?.id as GrantId;
  const { store } = console_;
  const real = await store.getGrant(id);
  const nowMs = store.nowMs();
  for (let index = 0; index < 1_100; index++) {
    await store.putGrant({
      id: `ffffffff-0000-7000-8000-${String(index).padStart(12, '0')}` as GrantId,
      // The real one's text and seal under another id, and what nobody has sealed.
      grant: index % 2 === 0 && real !== undefined ? real.grant : { text: '{}', seal: 'f'.repeat(64) },
      principal: 'p',
      upstream: 'sample',
      actionDigest: 'f'.repeat(64),
      similarKey: 'forged',
      createdAtMs: nowMs,
      expiresAtMs: index < 1_050 ? nowMs + 3_600_000 : nowMs - 1,
    });
  }
  for (const who of [carol, bob]) {
    const { grants } = (await who.get<GrantList>('/api/grants')).body;
    expect(grants.filter((each) => each.id === id)).toMatchObject([{ revokedBy: null }]);
    expect(grants.filter((each) => each.id.startsWith('ffffffff'))).toEqual([]);
  }
  expect(await erin.delete('/api/grants/ffffffff-0000-7000-8000-000000000000')).toMatchObject({
    status: 404,
  });
  expect(await dave.delete(`/api/grants/${id}`)).toMatchObject({ status: 404 });
  expect(await bob.delete(`/api/grants/${id}`)).toMatchObject({ status: 204 });
  expect((await store.getGrant(id))?.revokedBy).toBe('bob@example.com');
});

test('a request that somebody wrote into the store is neither shown nor decided', async () => {
  const request = await console_.hold();
  const stored = await console_.store.get(request.id);
  const text = JSON.stringify({ ...request, id: '0192f000-0000-7000-8000-000000000000' });
  await console_.store.open(
    {
      id: '0192f000-0000-7000-8000-000000000000' as typeof request.id,
      request: { text, seal: stored?.request.seal as string },
      mode: 'retry',
      principal: 'p',
      upstream: 'sample',
      actionDigest: 'f'.repeat(64),
      similarKey: 'forged',
      sessionId: request.sessionId,
      createdAtMs: request.createdAtMs,
      decideByMs: request.decideByMs,
      useByMs: request.useByMs,
      searchText: 'forged',
      notify: [],
    },
    { pendingPerPrincipal: 100, pendingMax: 1_000 },
  );
  const path = '/api/approvals/0192f000-0000-7000-8000-000000000000';
  expect(await bob.get(path)).toMatchObject({ status: 409, body: { code: 'GH_APPROVAL_SEAL' } });
  expect(
    await bob.post(`${path}/decision`, { verdict: 'approve', actionDigest: request.actionDigest }),
  ).toMatchObject({
    status: 409,
    body: { code: 'GH_APPROVAL_SEAL' },
  });
  expect((await bob.get<ApprovalList>('/api/approvals?words=forged')).body.approvals).toEqual([]);
});

test('lists go on where they ended, and take words and states', async () => {
  for (const name of ['one', 'two', 'three'])
    await console_.hold({ upstream: 'paging', view: { payload: `SELECT ${name}` } });
  const first = (await bob.get<ApprovalList>('/api/approvals?words=paging&limit=2')).body;
  expect(first.approvals).toHaveLength(2);
  const second = (await bob.get<ApprovalList>(`/api/approvals?words=paging&limit=2&before=${first.next}`))
    .body;
  expect(second).toMatchObject({ approvals: [{ upstream: 'paging' }], next: null });
  expect(await bob.get('/api/approvals?state=lost')).toMatchObject({
    status: 400,
    body: { code: 'GH_CONSOLE_FORM' },
  });
  expect(await bob.get('/api/approvals?before=x')).toMatchObject({
    status: 400,
    body: { code: 'GH_CONSOLE_FORM' },
  });
});

test('a body that is no decision, is too long or is not JSON is refused', async () => {
  const request = await console_.hold();
  const path = `/api/approvals/${request.id}/decision`;
  const wrong = [
    {},
    { verdict: 'maybe', actionDigest: 'x' },
    { verdict: 'approve', actionDigest: 'x', extra: 1 },
    '{',
  ];
  for (const body of wrong)
    expect(await bob.post(path, body)).toMatchObject({ status: 400, body: { code: 'GH_CONSOLE_FORM' } });
  expect(await bob.post(path, 'x'.repeat(70_000))).toMatchObject({
    status: 413,
    body: { code: 'GH_CONSOLE_TOO_LARGE' },
  });
  expect(
    await bob.post(path, 'verdict=approve', { 'content-type': 'application/x-www-form-urlencoded' }),
  ).toMatchObject({
    status: 415,
  });
});

test('what is not there, or is asked for in another way, says so as a problem', async () => {
  for (const path of [
    '/nothing',
    '/api/nothing',
    '/assets/',
    '/assets/console/page/../../../package.json',
    '/assets/console',
  ])
    expect(await bob.get(path)).toMatchObject({ status: 404, body: { code: 'GH_CONSOLE_NOT_FOUND' } });
  expect((await bob.get('/nothing')).headers.get('content-type')).toBe('application/problem+json');
  const put = await fetch(`${console_.url}/api/me`, { method: 'PUT' });
  expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET']);
  expect(await bob.get('/api/approvals/0192f000-0000-7000-8000-00000000000f')).toMatchObject({ status: 404 });
});

test('a store that fails is said to fail, and the record of a decision does not say that it counted', async () => {
  const own = await startTestConsole();
  try {
    const person = await logIn(own.url, 'bob@example.com');
    const request = await own.hold();
    await person.get(`/api/approvals/${request.id}`);
    const database = new DatabaseSync(join(own.config.service.stateDirectory, 'approvals.db'));
    // Reading goes on, and writing a decision does not.
    database.exec(`CREATE TRIGGER broken BEFORE INSERT ON decision BEGIN SELECT RAISE(ABORT, 'broken'); END`);
    const answer = await person.post(...decisionOf(request.id, request.actionDigest));
    expect(answer).toMatchObject({ status: 503, body: { code: 'GH_APPROVALS_UNAVAILABLE' } });
    const records = await own.records();
    const decided = records.find((each) => each['action_kind'] === 'approval.decided');
    expect(decided?.['outcome']).toBeUndefined();
    expect(records).toContainEqual(
      expect.objectContaining({ type: 'ended', event_id: decided?.['event_id'], outcome: 'error' }),
    );
    database.exec('DROP TRIGGER broken; ALTER TABLE approval RENAME TO approval_gone');
    database.close();
    expect(await person.get('/api/approvals')).toMatchObject({
      status: 503,
      body: { code: 'GH_APPROVALS_UNAVAILABLE' },
    });
  } finally {
    await own.stop();
  }
});

test('where the evidence is away, it says so', async () => {
  expect(await carol.get('/api/search?q=x')).toMatchObject({
    status: 503,
    body: { code: 'GH_EVIDENCE_UNAVAILABLE' },
  });
});
