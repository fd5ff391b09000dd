/** Statements that policy holds, through a real Envoy: the client waits, people decide, and exactly what they saw runs. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeBind } from '../../ext-proc/protocols/postgres/frontend-encoders.ts';
import { BACKEND } from '../../ext-proc/protocols/postgres/message-types.ts';
import { CONSOLE_URL, held, startHeldPostgres, type HeldPostgres } from '../support/held-postgres.ts';
import { cancelBy } from '../support/postgres-socket.ts';
import { BOB } from '../support/reviewer.ts';
import { columnOf, errorOf, fieldsOf, refusalOf, stateOf, tagsOf } from '../support/wire-answers.ts';
import { say, type WirePeer } from '../support/wire-peer.ts';

const UPDATES = held(['UPDATE']);

let side: HeldPostgres;
let peer: WirePeer;
const open: WirePeer[] = [];

beforeAll(async () => {
  side = await startHeldPostgres([UPDATES], { noticeInterval: '1s' });
  const admin = await side.direct();
  await admin.query('create table people (id int primary key, name text, card text)');
  await admin.query("insert into people select g, 'name ' || g, 'card ' || g from generate_series(1, 9) g");
  await admin.query('create table log (line text)');
  await admin.query('create view names as select id, name from people');
  await admin.query("create function shout(text) returns text language sql as 'select upper($1)'");
  await admin.query(
    "create function note() returns trigger language plpgsql as 'begin insert into log values (new.name); return new; end'",
  );
  await admin.close();
});
afterAll(() => side?.stop());

beforeEach(async () => {
  peer = await gated();
});
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
const nameOf = async (id: number): Promise<string | undefined> =>
  (await direct(`select name from people where id = ${id}`))[0];

const records = (approvalId: string): Promise<Record<string, unknown>[]> =>
  side.gate.records().then((all) => all.filter((row) => row['approval_id'] === approvalId));
const actionOf = async (approvalId: string): Promise<Record<string, unknown> | undefined> =>
  (await records(approvalId)).find((row) => String(row['action_kind']).startsWith('postgres.'));

describe('a held UPDATE in a Query', () => {
  it('waits, says for whom, until when and where, and runs once it is approved', async () => {
    peer.send(say.query("UPDATE people SET name = 'approved' WHERE id = 1"));
    const [notice] = await peer.until(BACKEND.NoticeResponse);
    const request = await side.reviewer.waiting();
    const said = fieldsOf(notice);
    expect(said.get('M')).toContain('waiting for approval by 1 of group reviewers, until 20');
    expect(said.get('M')).toContain('UPDATE of public.people on sample (database postgres) as role postgres');
    expect(said.get('M')).toContain(request.id);
    expect(said.get('D')).toBe(`${CONSOLE_URL}/approvals/${request.id}`);
    expect(await nameOf(1)).toBe('name 1');
    // Again and again.
    await peer.until(BACKEND.NoticeResponse);
    await side.reviewer.decide(request.id);
    expect(tagsOf(await peer.ready())).toEqual(['UPDATE 1']);
    expect(await nameOf(1)).toBe('approved');
    expect(request.view).toMatchObject({
      kind: 'postgres.query',
      payload: "UPDATE people SET name = 'approved' WHERE id = 1",
      language: 'sql',
      facts: expect.arrayContaining([
        ['database', 'postgres'],
        ['tables written', 'public.people'],
        ['columns written', 'public.people.name'],
      ]),
    });

    const rows = await records(request.id);
    expect(rows.map((row) => row['action_kind'])).toEqual([
      'approval.requested',
      'approval.released',
      'postgres.query',
    ]);
    expect([...new Set(rows.map((row) => row['action_digest']))]).toEqual([request.actionDigest]);
    expect(rows[2]).toMatchObject({
      decision: 'hold',
      event_id: request.eventId,
      details: {
        approved_by: BOB.subject,
        digest_approved: request.actionDigest,
        digest_released: request.actionDigest,
      },
    });
    const ended = (await side.gate.records()).find(
      (row) => row['type'] === 'ended' && row['event_id'] === request.eventId,
    );
    expect(ended).toMatchObject({ outcome: 'ok', rows: 1 });
  });

  it('is refused with the reviewer’s reason, masked, where it is denied, and the session goes on', async () => {
    peer.send(say.query("UPDATE people SET name = 'denied' WHERE id = 2"));
    const request = await side.reviewer.waiting();
    await side.reviewer.decide(request.id, { verdict: 'deny', reason: 'Ask jane.doe@example.com first.' });
    const error = errorOf(await peer.ready());
    expect(error.get('C')).toBe('42501');
    expect(error.get('M')).toMatch(/^gatehouse: denied by a reviewer: Ask .* first\./);
    expect(error.get('M')).not.toContain('jane.doe@example.com');
    expect(error.get('D')).toContain('GH_APPROVAL_DENIED');
    expect(await nameOf(2)).toBe('name 2');
    expect(tagsOf(await peer.query('SELECT 1'))).toEqual(['SELECT 1']);
    expect(await actionOf(request.id)).toMatchObject({
      decision: 'hold',
      outcome: 'denied',
      error_code: 'GH_APPROVAL_DENIED',
      event_id: request.eventId,
    });
  });

  it('ends when nobody decides in time', async () => {
    await side.policy([held(['UPDATE'], { deadline_s: 1 })]);
    peer.send(say.query("UPDATE people SET name = 'late' WHERE id = 2"));
    const request = await side.reviewer.waiting();
    expect(refusalOf(await peer.ready())).toBe('57014 GH_APPROVAL_EXPIRED');
    expect(await side.reviewer.state(request.id)).toBe('expired');
    expect(await actionOf(request.id)).toMatchObject({
      outcome: 'cancelled',
      error_code: 'GH_APPROVAL_EXPIRED',
    });
    await side.policy([UPDATES]);
  });

  it('ends with 57014 by a cancel request, as Ctrl-C sends it', async () => {
    peer.send(say.query("UPDATE people SET name = 'cancelled' WHERE id = 2"));
    const request = await side.reviewer.waiting();
    const began = performance.now();
    await cancelBy(side.gate.port, peer.backendKey);
    expect(refusalOf(await peer.ready())).toBe('57014 GH_APPROVAL_CANCELLED');
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(await side.reviewer.state(request.id)).toBe('cancelled');
    expect(tagsOf(await peer.query('SELECT 1'))).toEqual(['SELECT 1']);
    expect(await records(request.id)).toContainEqual(
      expect.objectContaining({ action_kind: 'approval.cancelled', error_code: 'GH_APPROVAL_CANCELLED' }),
    );
  });

  it.each([
    ['resets its connection', (leaving: WirePeer) => leaving.client.socket.resetAndDestroy()],
    ['closes its connection', (leaving: WirePeer) => leaving.client.socket.end()],
  ])('is cancelled when the client %s', async (_, leave) => {
    peer.send(say.query("UPDATE people SET name = 'left' WHERE id = 2"));
    const request = await side.reviewer.waiting();
    leave(peer);
    await expect.poll(() => side.reviewer.state(request.id), { timeout: 5_000 }).toBe('cancelled');
    expect(await side.reviewer.decide(request.id)).toMatchObject({ kind: 'closed' });
    expect(await nameOf(2)).toBe('name 2');
  });

  it('does not run where the payload in the store was swapped', async () => {
    peer.send(say.query("UPDATE people SET name = 'swapped' WHERE id = 2"));
    const request = await side.reviewer.waiting();
    side.reviewer.forge(
      "UPDATE request SET text = replace(text, 'swapped', 'harmless') WHERE id = ?",
      request.id,
    );
    const error = errorOf(await peer.ready());
    expect(error.get('C')).toMatch(/42501|57014/);
    expect(await nameOf(2)).toBe('name 2');
  });

  it('does not run by a state that is written to the store without decisions', async () => {
    peer.send(say.query("UPDATE people SET name = 'forged' WHERE id = 2"));
    const request = await side.reviewer.waiting();
    side.reviewer.forge("UPDATE approval SET state = 'approved' WHERE id = ?", request.id);
    await peer.until(BACKEND.NoticeResponse, 2);
    expect(await nameOf(2)).toBe('name 2');
    peer.abort();
  });

  it('is not approved by the human it acts for, nor by somebody who was not asked', async () => {
    peer.abort();
    peer = await gated(await side.gate.token({ subject: 'agent:1', for: BOB.subject }));
    peer.send(say.query("UPDATE people SET name = 'own' WHERE id = 2"));
    const request = await side.reviewer.waiting();
    await side.reviewer.decide(request.id);
    await side.reviewer.decide(request.id, { reviewer: { ...BOB, subject: 'mallory', groups: ['others'] } });
    expect(await side.reviewer.state(request.id)).toBe('pending');
    await side.reviewer.decide(request.id, { reviewer: { ...BOB, subject: 'carol@example.com' } });
    expect(tagsOf(await peer.ready())).toEqual(['UPDATE 1']);
    await direct("update people set name = 'name 2' where id = 2");
  });

  it('waits with what the client sent behind it, and answers in order', async () => {
    peer.send(
      say.query('SELECT 1'),
      say.query("UPDATE people SET name = 'third' WHERE id = 3"),
      say.query('SELECT name FROM people WHERE id = 3'),
    );
    const request = await side.reviewer.waiting();
    await side.reviewer.decide(request.id);
    const answer = await peer.ready(3);
    expect(tagsOf(answer)).toEqual(['SELECT 1', 'UPDATE 1', 'SELECT 1']);
    expect(columnOf(answer)).toEqual(['1', 'third']);
  });

  it('is one request with the other statements of its Query, of which one denial denies all', async () => {
    await side.policy([UPDATES, { name: 'never', reason: 'No.', verdict: 'deny', verbs: ['TRUNCATE'] }]);
    const all =
      "SELECT 1; UPDATE people SET name = 'x' WHERE id = 4; UPDATE people SET name = 'y' WHERE id = 5";
    expect(errorOf(await peer.query(`${all}; TRUNCATE log`)).get('M')).toBe('gatehouse: denied: No.');
    peer.send(say.query(all));
    const request = await side.reviewer.waiting();
    expect(request.view.payload).toBe(all.replaceAll('; ', ';\n'));
    await side.reviewer.decide(request.id);
    expect(tagsOf(await peer.ready())).toEqual(['SELECT 1', 'UPDATE 1', 'UPDATE 1']);
    const rows = (await records(request.id)).filter((row) => row['action_kind'] === 'postgres.query');
    expect(rows.map((row) => row['decision'])).toEqual(['allow', 'hold', 'hold']);
    expect(new Set(rows.map((row) => row['action_digest']))).toEqual(new Set([request.actionDigest]));
    await side.policy([UPDATES]);
  });

  it('shows no literal of a marked column, and says that it does not', async () => {
    await side.policy([UPDATES], [{ kind: 'mask', columns: ['public.people.card'], style: 'full' }]);
    peer.send(say.query("UPDATE people SET card = 'secret 1' WHERE id = 6"));
    const request = await side.reviewer.waiting();
    expect(JSON.stringify(request)).not.toContain('secret 1');
    expect(request.view.payload).toContain('[redacted]');
    expect(request.view.warnings).toContainEqual(expect.stringContaining('Some values are not shown'));
    expect(request.view.partly).toBe(true);
    await side.reviewer.decide(request.id);
    expect(tagsOf(await peer.ready())).toEqual(['UPDATE 1']);
    await side.policy([UPDATES], []);
  });

  it('masks what it returns as an allowed one does', async () => {
    await side.policy([UPDATES], [{ kind: 'mask', columns: ['public.people.card'], style: 'full' }]);
    peer.send(say.query("UPDATE people SET name = 'masked' WHERE id = 6 RETURNING card"));
    await side.reviewer.decide((await side.reviewer.waiting()).id);
    const answer = await peer.ready();
    expect(tagsOf(answer)).toEqual(['UPDATE 1']);
    expect(columnOf(answer).join()).not.toMatch(/card|secret/);
    await side.policy(
      [held(['UPDATE'], {}, { obligations: [{ kind: 'reveal', columns: ['*'] }] })],
      [{ kind: 'mask', columns: ['public.people.card'], style: 'full' }],
    );
    peer.send(say.query("UPDATE people SET name = 'revealed' WHERE id = 6 RETURNING id"));
    const request = await side.reviewer.waiting();
    await side.reviewer.decide(request.id);
    await peer.ready();
    expect((await actionOf(request.id))?.['details']).toMatchObject({ revealed: '*' });
    await side.policy([UPDATES], []);
  });

  it('is refused where the data would come only after it', async () => {
    await side.policy([held(['COPY'])]);
    expect(refusalOf(await peer.query('COPY people FROM STDIN'))).toBe('42501 GH_APPROVAL_NOT_SHOWN');
    await side.policy([UPDATES]);
  });
});

describe('what changes while it waits', () => {
  const waitingFor = async (sql: string): Promise<Awaited<ReturnType<typeof side.reviewer.waiting>>> => {
    peer.send(say.query(sql));
    return side.reviewer.waiting();
  };

  it.each([
    [
      'a function is replaced',
      "create or replace function shout(text) returns text language sql as 'select lower($1)'",
    ],
    ['a view is replaced', 'create or replace view names as select id, card as name from people'],
    [
      'a trigger is added',
      'create trigger noted before update on people for each row execute function note()',
    ],
    ['a column gets a default', "alter table people alter column name set default 'x'"],
    ['a row policy is added', 'create policy own on people using (true)'],
  ])('%s: it is refused', async (_, change) => {
    const request = await waitingFor(
      'UPDATE people SET name = shout(names.name) FROM names WHERE names.id = people.id AND people.id = 7',
    );
    await direct(change);
    await side.reviewer.decide(request.id);
    expect(refusalOf(await peer.ready())).toBe('42501 GH_APPROVAL_MEANING');
    expect(await nameOf(7)).toBe('name 7');
    expect(await actionOf(request.id)).toMatchObject({
      outcome: 'denied',
      error_code: 'GH_APPROVAL_MEANING',
    });
    await direct('drop trigger if exists noted on people');
    await direct('drop policy if exists own on people');
  });

  it('an unrelated table is created: it runs', async () => {
    const request = await waitingFor("UPDATE people SET name = 'seventh' WHERE id = 7");
    await direct('create table unrelated (id serial primary key, other int not null)');
    await direct('create temp table mine (id int); create temp view mine_too as select 1');
    await side.reviewer.decide(request.id);
    expect(tagsOf(await peer.ready())).toEqual(['UPDATE 1']);
  });

  it('policy denies it by now, or is another: it is refused', async () => {
    const request = await waitingFor("UPDATE people SET name = 'policy' WHERE id = 8");
    await side.policy([UPDATES, { name: 'other', reason: 'No.', verdict: 'deny', verbs: ['TRUNCATE'] }]);
    await side.reviewer.decide(request.id);
    expect(refusalOf(await peer.ready())).toBe('42501 GH_APPROVAL_POLICY');
    const second = await waitingFor("UPDATE people SET name = 'policy' WHERE id = 8");
    await side.policy([{ name: 'never', reason: 'No more.', verdict: 'deny', verbs: ['UPDATE'] }]);
    await side.reviewer.decide(second.id);
    expect(errorOf(await peer.ready()).get('M')).toBe('gatehouse: denied: No more.');
    expect(await nameOf(8)).toBe('name 8');
    await side.policy([UPDATES]);
  });
});

describe('in a transaction', () => {
  it('waits no longer than its locks may be held, says so, and fails the block when it is denied', async () => {
    await peer.query('BEGIN');
    peer.send(say.query("UPDATE people SET name = 'in block' WHERE id = 9"));
    const [notice] = await peer.until(BACKEND.NoticeResponse);
    const request = await side.reviewer.waiting();
    expect(request.decideByMs - request.createdAtMs).toBe(30_000);
    expect(fieldsOf(notice).get('H')).toContain('keeps its locks');
    expect(request.view.facts).toContainEqual(['transaction', 'open']);
    await side.reviewer.decide(request.id, { verdict: 'deny', reason: 'no' });
    const answer = await peer.ready();
    expect([refusalOf(answer), stateOf(answer)]).toEqual(['42501 GH_APPROVAL_DENIED', 'E']);
    // Nobody is asked about what would fail.
    expect(refusalOf(await peer.query('UPDATE people SET name = name'))).toBe(
      '25P02 GH_APPROVAL_TRANSACTION_FAILED',
    );
    expect(stateOf(await peer.query('ROLLBACK'))).toBe('I');
  });

  it('runs in its block once it is approved', async () => {
    await peer.query('BEGIN');
    peer.send(say.query("UPDATE people SET name = 'in block' WHERE id = 9"));
    await side.reviewer.decide((await side.reviewer.waiting()).id);
    const answer = await peer.ready();
    expect([tagsOf(answer), stateOf(answer)]).toEqual([['UPDATE 1'], 'T']);
    await peer.query('ROLLBACK');
    expect(await nameOf(9)).toBe('name 9');
  });
});

describe('in the extended protocol', () => {
  const prepared = say.parse('change', 'UPDATE people SET name = $1 WHERE id = $2', [25, 23]);

  it('holds at Bind with the parameters, each execution by itself, and lets Parse pass', async () => {
    const answer = await peer.batch(prepared, say.describeStatement('change'));
    expect(answer.map(({ type }) => type)).toContain(BACKEND.ParseComplete);
    const parsed = (await side.gate.records()).findLast((row) => row['action_kind'] === 'postgres.parse');
    expect(parsed).toMatchObject({ decision: 'hold' });
    expect(parsed).not.toHaveProperty('outcome');
    const seen = new Set<string>();
    for (const name of ['first', 'second']) {
      peer.send(say.bind('', 'change', [name, '3']), say.describePortal(), say.execute(), say.sync);
      const request = await side.reviewer.waiting();
      expect(request.view).toMatchObject({ kind: 'postgres.execute', parameters: [name, '3'] });
      expect(await nameOf(3)).not.toBe(name);
      await side.reviewer.decide(request.id);
      const done = await peer.ready();
      expect(tagsOf(done)).toEqual(['UPDATE 1']);
      expect(await nameOf(3)).toBe(name);
      seen.add(request.actionDigest);
      expect(await actionOf(request.id)).toMatchObject({
        action_kind: 'postgres.execute',
        decision: 'hold',
        action_digest: request.actionDigest,
      });
    }
    expect(seen.size).toBe(2);
  });

  const numbers = (id: number, name: string): Buffer[] => {
    const binary = Buffer.alloc(4);
    binary.writeInt32BE(id);
    return [Buffer.from(name), binary];
  };
  const bindBinary = (values: Buffer[]): Buffer =>
    encodeBind({ portal: '', statement: 'typed', parameterFormats: [1], values, resultFormats: [] });
  const untyped = say.parse('typed', 'UPDATE people SET name = $1 WHERE id = $2');

  it('asks for nothing where nobody could read a parameter', async () => {
    await peer.batch(untyped);
    for (const portal of [[say.execute()], []])
      expect(refusalOf(await peer.batch(bindBinary(numbers(3, 'hidden')), ...portal))).toBe(
        '42501 GH_APPROVAL_NOT_SHOWN',
      );
    const latin1 = encodeBind({
      portal: '',
      statement: 'typed',
      parameterFormats: [],
      values: [Buffer.from('caf\u00e9', 'latin1'), Buffer.from('3')],
      resultFormats: [],
    });
    expect(refusalOf(await peer.batch(latin1, say.execute()))).toBe('42501 GH_APPROVAL_NOT_SHOWN');
    expect(await side.reviewer.store.list({ states: ['pending'], limit: 5 })).toEqual([]);
  });

  it('shows parameters in binary by the types that the server has said', async () => {
    await peer.batch(untyped, say.describeStatement('typed'));
    peer.send(bindBinary(numbers(3, 'described')), say.execute(), say.sync);
    const request = await side.reviewer.waiting();
    expect(request.view).toMatchObject({ parameters: ['described', '3'], partly: false });
    await side.reviewer.decide(request.id);
    expect(tagsOf(await peer.ready())).toEqual(['UPDATE 1']);
  });

  it('holds in a pipeline in order, and a denial has the rest of it skipped', async () => {
    peer.send(
      say.parse('', 'SELECT 7'),
      say.bind('', ''),
      say.execute(),
      say.parse('', "UPDATE people SET name = 'piped' WHERE id = 4"),
      say.bind('', ''),
      say.execute(),
      say.parse('', 'SELECT 8'),
      say.bind('', ''),
      say.execute(),
      say.sync,
      say.query('SELECT 9'),
    );
    const request = await side.reviewer.waiting();
    await side.reviewer.decide(request.id, { verdict: 'deny', reason: 'no' });
    const answer = await peer.ready(2);
    expect(columnOf(answer)).toEqual(['7', '9']);
    expect(refusalOf(answer)).toBe('42501 GH_APPROVAL_DENIED');
  });

  it('leaves no lock and no timeout of the server’s behind while it waits', async () => {
    await peer.query("SET statement_timeout = '1s'");
    peer.send(
      say.parse('', "UPDATE people SET name = 'slow' WHERE id = 4"),
      say.bind('', ''),
      say.execute(),
      say.sync,
    );
    const request = await side.reviewer.waiting();
    const locks = "select count(*)::text from pg_locks where relation = 'people'::regclass";
    await expect.poll(() => direct(locks)).toEqual(['0']);
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    await side.reviewer.decide(request.id);
    expect(tagsOf(await peer.ready())).toEqual(['UPDATE 1']);
  });

  it('holds a portal again that is executed again', async () => {
    await peer.query('BEGIN');
    peer.send(
      say.parse('', "UPDATE people SET name = name || '!' WHERE id = 4 RETURNING name"),
      say.bind('p', ''),
      say.execute('p'),
      say.flush,
    );
    await side.reviewer.decide((await side.reviewer.waiting()).id);
    await peer.until(BACKEND.CommandComplete);
    peer.send(say.execute('p'), say.sync);
    const again = await side.reviewer.waiting();
    await side.reviewer.decide(again.id, { verdict: 'deny', reason: 'once is enough' });
    expect(refusalOf(await peer.ready())).toBe('42501 GH_APPROVAL_DENIED');
    await peer.query('ROLLBACK');
  });

  it.each([
    ['anything else runs', () => [say.query('SELECT 1')]],
    ['another is bound', () => [say.parse('', 'SELECT 1'), say.bind('other', ''), say.sync]],
  ])('holds a portal again that is kept until after %s', async (_, between) => {
    await peer.query('BEGIN');
    peer.send(say.parse('', "UPDATE people SET name = 'kept' WHERE id = 4"), say.bind('kept', ''), say.sync);
    const request = await side.reviewer.waiting();
    await side.reviewer.decide(request.id);
    await peer.ready();
    peer.send(...between());
    await peer.ready();
    peer.send(say.execute('kept'), say.sync);
    const again = await side.reviewer.waiting();
    expect(again.actionDigest).toBe(request.actionDigest);
    await side.reviewer.decide(again.id);
    expect(tagsOf(await peer.ready())).toEqual(['UPDATE 1']);
    await peer.query('ROLLBACK');
  });

  it('lets a portal run that is executed behind its Bind, if only after the answer to that', async () => {
    await peer.query('BEGIN');
    peer.send(say.parse('', "UPDATE people SET name = 'soon' WHERE id = 4"), say.bind('soon', ''), say.sync);
    await side.reviewer.decide((await side.reviewer.waiting()).id);
    await peer.ready();
    await peer.batch(say.describePortal('soon'));
    expect(tagsOf(await peer.batch(say.execute('soon')))).toEqual(['UPDATE 1']);
    await peer.query('ROLLBACK');
  });

  it('is under the server’s clock where what ran before keeps its transaction open', async () => {
    await peer.query("SET statement_timeout = '700ms'");
    peer.send(
      say.parse('', 'SELECT 1'),
      say.bind('', ''),
      say.execute(),
      say.parse('', "UPDATE people SET name = 'slow' WHERE id = 4"),
      say.bind('', ''),
      say.execute(),
      say.sync,
    );
    const request = await side.reviewer.waiting();
    expect(request.view.facts).toContainEqual(['transaction', 'open']);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await side.reviewer.decide(request.id);
    const answer = await peer.ready();
    expect(errorOf(answer).get('C')).toBe('57014');
    expect([stateOf(answer), await side.reviewer.state(request.id)]).toEqual(['I', 'released']);
    expect(tagsOf(await peer.query('SELECT 1'))).toEqual(['SELECT 1']);
  });

  it('shows a reviewer what EXECUTE runs', async () => {
    await peer.query('PREPARE change AS SELECT 1');
    await peer.query('DEALLOCATE change');
    await side.policy([held(['EXECUTE'])]);
    await peer.query("PREPARE change (int) AS UPDATE people SET name = 'by name' WHERE id = $1");
    peer.send(say.query('EXECUTE change(5)'));
    const request = await side.reviewer.waiting();
    expect(request.view.payload).toContain("UPDATE people SET name = 'by name' WHERE id = $1");
    await side.reviewer.decide(request.id);
    expect(tagsOf(await peer.ready())).toEqual(['UPDATE 1']);
    await side.policy([UPDATES]);
  });
});
