/** Tokens that run out while a statement is held, and those that are sent behind it to take their place. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { ApprovalRequest } from '../../ext-proc/domain/approvals/approval-request.ts';
import { BACKEND } from '../../ext-proc/protocols/postgres/message-types.ts';
import { held, startHeldPostgres, type HeldPostgres } from '../support/held-postgres.ts';
import { columnOf, errorOf, fieldsOf, only, refusalOf, stateOf, tagsOf } from '../support/wire-answers.ts';
import { say, type WirePeer } from '../support/wire-peer.ts';

const UPDATE = "UPDATE people SET name = 'yes' WHERE id = 1";
const SHORT_MS = 4_000;

let side: HeldPostgres;
let peer: WirePeer;
let fresh: string;
let expiresAtMs: number;

beforeAll(async () => {
  side = await startHeldPostgres([held(['UPDATE'])]);
  const admin = await side.direct();
  await admin.query('create table people (id int primary key, name text)');
  await admin.query("insert into people values (1, 'no')");
  await admin.close();
});
afterAll(() => side?.stop());

beforeEach(async () => {
  await direct("update people set name = 'no'");
  fresh = await side.gate.token();
  const token = await side.gate.token({ ttlMs: SHORT_MS });
  const { exp } = JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString()) as {
    exp: number;
  };
  expiresAtMs = exp * 1_000;
  peer = await side.gated({ token });
});
afterEach(() => peer.abort());

async function direct(sql: string): Promise<string[]> {
  const admin = await side.direct();
  const rows = await admin.query(sql);
  await admin.close();
  return columnOf(rows);
}
const name = async (): Promise<string | undefined> => (await direct('select name from people'))[0];

const renewal = (token: string): Buffer => say.query(`SET gatehouse.token = '${token}'`);
/** Past the first token, and whatever clocks are allowed to differ by. */
const pastExpiry = (): Promise<unknown> => sleep(expiresAtMs + 1_000 - Date.now());

/** Of a session: what became of the renewals it sent. */
async function renewals({ sessionId }: ApprovalRequest): Promise<unknown[]> {
  const rows = await side.gate.records();
  return rows
    .filter((row) => row['session_id'] === sessionId && row['action_kind'] === 'postgres.token_renewed')
    .map((row) => row['decision']);
}
async function ofRequest({ id }: ApprovalRequest): Promise<unknown[]> {
  const rows = await side.gate.records();
  return rows.filter((row) => row['approval_id'] === id).map((row) => row['action_kind']);
}

async function endsWithItsToken(request: ApprovalRequest): Promise<void> {
  expect(refusalOf(await peer.ready())).toBe('28000 GH_TOKEN_EXPIRED');
  expect(Date.now()).toBeGreaterThanOrEqual(expiresAtMs - 50);
  await expect.poll(() => side.reviewer.state(request.id)).toBe('cancelled');
  await expect.poll(() => ofRequest(request)).toContain('approval.cancelled');
  expect(await side.reviewer.decide(request.id)).toEqual({ kind: 'closed', state: 'cancelled' });
  expect(await name()).toBe('no');
}

it('without a renewal a hold ends when the token does, and both sides were told when that is', async () => {
  peer.send(say.query(UPDATE));
  const request = await side.reviewer.waiting();
  const until = new Date(expiresAtMs).toISOString().replace('.000Z', 'Z');
  expect(request.view.warnings.join()).toContain(`ends with its token at ${until}`);
  const [notice] = await peer.until(BACKEND.NoticeResponse);
  expect(fieldsOf(notice).get('M')).toContain(`until ${until}:`);
  await endsWithItsToken(request);
});

it('a renewal that was sent right behind it keeps it waiting to the policy’s deadline', async () => {
  peer.send(say.query(UPDATE), renewal(fresh));
  const request = await side.reviewer.waiting();
  await pastExpiry();
  expect(await side.reviewer.state(request.id)).toBe('pending');
  await side.reviewer.decide(request.id);
  const answers = await peer.ready(2);
  expect(tagsOf(answers)).toEqual(['UPDATE 1', 'SET']);
  expect(stateOf(answers)).toBe('I');
  expect(await name()).toBe('yes');
  expect(await renewals(request)).toEqual(['allow']);
  const untils = only(answers, BACKEND.NoticeResponse).map(
    (notice) => /until (\S+):/.exec(fieldsOf(notice).get('M') ?? '')?.[1] ?? '',
  );
  expect(untils.map((until) => Date.parse(until)).at(-1)).toBe(
    Math.floor(request.decideByMs / 1_000) * 1_000,
  );
  expect(tagsOf(await peer.query('SELECT 1'))).toEqual(['SELECT 1']);
  const everything = JSON.stringify(await side.gate.records());
  expect(everything).not.toContain(fresh.split('.')[2]);
});

it('a renewal that comes in pieces while it waits does, too, and what comes behind it waits its turn', async () => {
  peer.send(say.query(UPDATE));
  const request = await side.reviewer.waiting();
  await peer.sendInPieces(Buffer.concat([renewal(fresh), say.query('SELECT 1')]), 50);
  await expect.poll(() => renewals(request)).toEqual(['allow']);
  await pastExpiry();
  await side.reviewer.decide(request.id, { verdict: 'deny', reason: 'no' });
  const answers = await peer.ready(3);
  expect(refusalOf(answers)).toBe('42501 GH_APPROVAL_DENIED');
  expect(tagsOf(answers)).toEqual(['SET', 'SELECT 1']);
  expect(await renewals(request)).toEqual(['allow']);
});

it('a held COMMIT is kept waiting by one, too', async () => {
  await side.policy([held(['UPDATE'], { stage: 'commit' })]);
  try {
    await peer.query('BEGIN');
    await peer.query(UPDATE);
    peer.send(say.query('COMMIT'), renewal(fresh));
    const request = await side.reviewer.waiting();
    await pastExpiry();
    await side.reviewer.decide(request.id);
    expect(tagsOf(await peer.ready(2))).toEqual(['COMMIT', 'SET']);
    expect(await name()).toBe('yes');
    expect(await renewals(request)).toEqual(['allow']);
  } finally {
    await side.policy([held(['UPDATE'])]);
  }
});

it('the token of another principal does not keep it waiting', async () => {
  peer.send(say.query(UPDATE), renewal(await side.gate.token({ subject: 'agent:other' })));
  const request = await side.reviewer.waiting();
  await endsWithItsToken(request);
  expect(await renewals(request)).toEqual(['deny']);
});

it('nor do other groups, and the error is given in its turn', async () => {
  peer.send(say.query(UPDATE), renewal(await side.gate.token({ groups: ['developers', 'admins'] })));
  const request = await side.reviewer.waiting();
  await side.reviewer.decide(request.id);
  const [held_, refused] = [await peer.ready(), await peer.ready()];
  expect(tagsOf(held_)).toEqual(['UPDATE 1']);
  expect(errorOf(refused).get('D')).toContain('GH_TOKEN_OTHER_GROUPS');
  expect(await renewals(request)).toEqual(['deny']);
});

it('nor does one that is not the very next message', async () => {
  peer.send(say.query(UPDATE), say.query('SELECT 1'), renewal(fresh));
  const request = await side.reviewer.waiting();
  await endsWithItsToken(request);
  expect(await renewals(request)).toEqual([]);
});

it('one that is skipped to the Sync stands for no other that comes later', async () => {
  peer.send(say.parse('', UPDATE), say.bind('', ''), renewal(fresh));
  const request = await side.reviewer.waiting();
  await expect.poll(() => renewals(request)).toEqual(['allow']);
  await side.reviewer.decide(request.id, { verdict: 'deny', reason: 'no' });
  expect(refusalOf(await peer.batch())).toBe('42501 GH_APPROVAL_DENIED');
  peer.send(renewal(await side.gate.token({ subject: 'agent:other' })));
  expect(errorOf(await peer.ready()).get('D')).toContain('GH_TOKEN_OTHER_PRINCIPAL');
  expect(await renewals(request)).toEqual(['allow', 'deny']);
});
