/** Statements that are refused now, and run once when they come again after somebody has approved them. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CONSOLE_URL, held, startHeldPostgres, type HeldPostgres } from '../support/held-postgres.ts';
import { columnOf, errorOf, refusalOf, tagsOf } from '../support/wire-answers.ts';
import { say, type WirePeer } from '../support/wire-peer.ts';

const DELETES = held(['DELETE'], { mode: 'retry' });

let side: HeldPostgres;
const open: WirePeer[] = [];

beforeAll(async () => {
  side = await startHeldPostgres([DELETES], { gate: { workers: 2 } });
  const admin = await side.direct();
  await admin.query('create table things (id int primary key, name text)');
  await admin.query('insert into things select g, g::text from generate_series(1, 100) g');
  await admin.query("create function one() returns int language sql stable as 'select 1'");
  await admin.close();
});
afterAll(() => side?.stop());
afterEach(() => {
  for (const each of open.splice(0)) each.abort();
});

async function gated(token?: string): Promise<WirePeer> {
  const made = await side.gated(token === undefined ? {} : { token });
  open.push(made);
  return made;
}
async function direct(sql: string): Promise<string[]> {
  const admin = await side.direct();
  const rows = await admin.query(sql);
  await admin.close();
  return columnOf(rows);
}
const there = async (id: number): Promise<boolean> =>
  (await direct(`select id::text from things where id = ${id}`)).length === 1;

describe('a DELETE that is to be sent again', () => {
  it('is refused with the id, the link and what to do, and then runs once, on any stream', async () => {
    const first = await gated();
    const sql = 'DELETE FROM things WHERE id = 1';
    const refused = await first.query(sql);
    const request = await side.reviewer.waiting();
    expect(refusalOf(refused)).toBe('42501 GH_APPROVAL_REQUIRED');
    const error = errorOf(refused);
    expect(error.get('M')).toContain(`request ${request.id}, ${CONSOLE_URL}/approvals/${request.id}`);
    expect(error.get('H')).toContain('exactly the same again');
    const again = errorOf(await first.query(sql)).get('M');
    expect(again).toContain('still awaited');
    expect(again).toContain(request.id);

    await side.reviewer.decide(request.id);
    const second = await gated();
    expect(tagsOf(await second.query(sql))).toEqual(['DELETE 1']);
    expect(refusalOf(await second.query(sql))).toBe('42501 GH_APPROVAL_REQUIRED');
    const rows = (await side.gate.records()).filter((row) => row['approval_id'] === request.id);
    const ran = rows.filter((row) => row['action_kind'] === 'postgres.query' && row['outcome'] === undefined);
    expect(ran).toHaveLength(1);
    expect(ran[0]).toMatchObject({ decision: 'hold', action_digest: request.actionDigest });
  });

  it('goes through one of two workers alone, however they race', async () => {
    const peers = await Promise.all(Array.from({ length: 8 }, () => gated()));
    for (const id of [2, 3, 4]) {
      const sql = `DELETE FROM things WHERE id = ${id} RETURNING id`;
      await (peers[0] as WirePeer).query(sql);
      const request = await side.reviewer.waiting(({ view }) => view.payload === sql);
      await side.reviewer.decide(request.id);
      const answers = await Promise.all(peers.map((peer) => peer.query(sql)));
      expect(answers.filter((answer) => tagsOf(answer)[0] === 'DELETE 1')).toHaveLength(1);
      for (const answer of answers) {
        if (tagsOf(answer).length > 0) continue;
        expect(refusalOf(answer)).toMatch(/^42501 GH_APPROVAL_(USED|REQUIRED|NOT_GIVEN)$/);
      }
    }
  });

  it.each([
    [
      'another principal',
      async () => gated(await side.gate.token({ subject: 'agent:other' })),
      'DELETE FROM things WHERE id = 10',
    ],
    ['another byte', () => gated(), 'DELETE FROM things WHERE id = 11'],
    ['another comment', () => gated(), 'DELETE FROM things WHERE id = 10 -- now'],
    [
      'another state of the transaction',
      async () => {
        const peer = await gated();
        await peer.query('BEGIN');
        return peer;
      },
      'DELETE FROM things WHERE id = 10',
    ],
    [
      'another search path',
      async () => {
        const peer = await gated();
        await peer.query('SET search_path = public');
        return peer;
      },
      'DELETE FROM things WHERE id = 10',
    ],
    [
      'another way to read dates',
      async () => {
        const peer = await gated();
        await peer.query("SET datestyle = 'SQL, DMY'");
        return peer;
      },
      'DELETE FROM things WHERE id = 10',
    ],
  ])('does not run under an approval for the same from %s', async (_, other, sql) => {
    await (await gated()).query('DELETE FROM things WHERE id = 10');
    const request = await side.reviewer.waiting(({ view }) => view.payload.endsWith('id = 10'));
    await side.reviewer.decide(request.id);
    expect(refusalOf(await (await other()).query(sql))).toMatch(/^42501 GH_APPROVAL_(REQUIRED|MEANING)$/);
    expect(await there(10)).toBe(true);
    await side.reviewer.store.cancel(request.id, 'GH_TEST');
    for (const { id } of await side.reviewer.store.list({ states: ['pending'], limit: 50 }))
      await side.reviewer.store.cancel(id, 'GH_TEST');
  });

  it('asks anew where what it means has changed since', async () => {
    const peer = await gated();
    const sql = 'DELETE FROM things WHERE id = 20 + one()';
    await peer.query(sql);
    const request = await side.reviewer.waiting(({ view }) => view.payload === sql);
    await side.reviewer.decide(request.id);
    await direct("create or replace function one() returns int language sql stable as 'select 2'");
    expect(refusalOf(await peer.query(sql))).toBe('42501 GH_APPROVAL_REQUIRED');
    const next = await side.reviewer.waiting(({ view }) => view.payload === sql);
    expect(next.id).not.toBe(request.id);
    await side.reviewer.decide(next.id);
    expect(tagsOf(await peer.query(sql))).toEqual(['DELETE 1']);
    expect([await there(21), await there(22)]).toEqual([true, false]);
  });

  it('hears of a denial as long as that stands', async () => {
    const peer = await gated();
    const sql = 'DELETE FROM things WHERE id = 30';
    await peer.query(sql);
    const request = await side.reviewer.waiting(({ view }) => view.payload === sql);
    await side.reviewer.decide(request.id, { verdict: 'deny', reason: 'It is in use.' });
    const answer = await peer.query(sql);
    expect(refusalOf(answer)).toBe('42501 GH_APPROVAL_DENIED');
    expect(errorOf(answer).get('M')).toContain('It is in use.');
  });

  it('is bound to its parameters in the extended protocol', async () => {
    const peer = await gated();
    const run = (id: string) =>
      peer.batch(
        say.parse('', 'DELETE FROM things WHERE id = $1', [23]),
        say.bind('', '', [id]),
        say.execute(),
      );
    await run('40');
    const request = await side.reviewer.waiting(({ view }) => view.parameters[0] === '40');
    await side.reviewer.decide(request.id);
    expect(refusalOf(await run('41'))).toBe('42501 GH_APPROVAL_REQUIRED');
    expect(tagsOf(await run('40'))).toEqual(['DELETE 1']);
  });

  it('is refused where only its session knows what it does', async () => {
    const peer = await gated();
    await side.policy([DELETES, held(['EXECUTE'], { mode: 'retry' })]);
    await peer.query('PREPARE remove (int) AS SELECT $1');
    expect(refusalOf(await peer.query('EXECUTE remove(50)'))).toBe('42501 GH_APPROVAL_SESSION_STATE');
    await peer.query('CREATE TEMP TABLE things (id int)');
    expect(refusalOf(await peer.query('DELETE FROM things WHERE id = 50'))).toBe(
      '42501 GH_APPROVAL_SESSION_STATE',
    );
    await side.policy([DELETES]);
  });
});

describe('a standing grant', () => {
  it('leaves nothing of the approval that it came with when it is revoked', async () => {
    await side.policy([held(['DELETE'], { mode: 'retry', grant: { minutes_max: 10 } })]);
    const peer = await gated();
    const sql = 'DELETE FROM things WHERE id = 70';
    await peer.query(sql);
    const request = await side.reviewer.waiting(({ view }) => view.payload === sql);
    await side.reviewer.grant(request.id, { scope: 'nothing', rowsMax: undefined });
    await side.reviewer.decide(request.id);
    expect(tagsOf(await peer.query(sql))).toEqual(['DELETE 1']);
    expect(await side.reviewer.state(request.id)).toBe('released');
    expect(tagsOf(await peer.query(sql))).toEqual(['DELETE 0']);
    for (const { id } of await side.reviewer.store.listGrants({ isGood: true, limit: 50 }))
      await side.reviewer.store.revokeGrant(id, 'bob@example.com');
    expect(refusalOf(await peer.query(sql))).toBe('42501 GH_APPROVAL_REQUIRED');
    await side.policy([DELETES]);
  });

  const granted = { ...DELETES, hold: { ...DELETES.hold, mode: 'wait', grant: { minutes_max: 10 } } };

  it('lets the same kind of statement through while it is good, and no other', async () => {
    await side.policy([granted]);
    const peer = await gated();
    peer.send(say.query('DELETE FROM things WHERE id = 60'));
    const request = await side.reviewer.waiting(({ mode }) => mode === 'wait');
    await side.reviewer.grant(request.id, { scope: 'literals', rowsMax: undefined });
    await side.reviewer.decide(request.id);
    await peer.ready();
    expect(tagsOf(await peer.query('DELETE FROM things WHERE id = 61'))).toEqual(['DELETE 1']);
    const used = (await side.gate.records()).find(
      (row) => row['action_kind'] === 'postgres.query' && String(row['statement']).endsWith('id = 61'),
    );
    expect(used).toMatchObject({
      decision: 'hold',
      approval_id: request.id,
      details: { approved_by: 'bob@example.com' },
    });
    for (const other of ['DELETE FROM things WHERE name = $$62$$', 'DELETE FROM things']) {
      peer.send(say.query(other));
      const asked = await side.reviewer.waiting(({ view }) => view.payload === other);
      await side.reviewer.decide(asked.id, { verdict: 'deny', reason: 'no' });
      expect(refusalOf(await peer.ready())).toBe('42501 GH_APPROVAL_DENIED');
    }
    await side.policy([DELETES]);
  });
});
