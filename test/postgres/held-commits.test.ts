/** Commits that policy holds: the statements run, people see the real counts, and only then is anything committed. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ApprovalRequest } from '../../ext-proc/domain/approvals/approval-request.ts';
import { encodeBind } from '../../ext-proc/protocols/postgres/frontend-encoders.ts';
import { BACKEND } from '../../ext-proc/protocols/postgres/message-types.ts';
import { held, startHeldPostgres, type HeldPostgres } from '../support/held-postgres.ts';
import { cancelBy } from '../support/postgres-socket.ts';
import { columnOf, errorOf, fieldsOf, only, refusalOf, stateOf, tagsOf } from '../support/wire-answers.ts';
import { say, type WirePeer } from '../support/wire-peer.ts';

const WRITES = held(['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'TRUNCATE', 'CREATE INDEX', 'COPY', 'VACUUM'], {
  stage: 'commit',
  transaction_s: 20,
});

let side: HeldPostgres;
let peer: WirePeer;
const open: WirePeer[] = [];

beforeAll(async () => {
  side = await startHeldPostgres([WRITES], { settings: { max_prepared_transactions: '5' } });
  const admin = await side.direct();
  await admin.query('create table things (id int primary key, name text)');
  await admin.query('create table parts (id int references things deferrable initially deferred)');
  await admin.close();
});
afterAll(() => side?.stop());
beforeEach(async () => {
  await direct("truncate things, parts; insert into things select g, 'name' from generate_series(1, 10) g");
  peer = await side.gated();
  open.push(peer);
});
afterEach(() => {
  for (const each of open.splice(0)) each.abort();
});

async function direct(sql: string): Promise<string[]> {
  const admin = await side.direct();
  const rows = await admin.query(sql);
  await admin.close();
  return columnOf(rows);
}
const changed = (): Promise<string[]> => direct("select count(*)::text from things where name <> 'name'");

describe('the COMMIT of a block', () => {
  it('is held with the real counts, net of what was rolled back to a savepoint', async () => {
    await peer.query('BEGIN');
    expect(tagsOf(await peer.query("UPDATE things SET name = 'a' WHERE id <= 3"))).toEqual(['UPDATE 3']);
    await peer.query('SAVEPOINT one');
    expect(tagsOf(await peer.query('DELETE FROM things WHERE id > 5'))).toEqual(['DELETE 5']);
    await peer.query('ROLLBACK TO one');
    expect(tagsOf(await peer.query("INSERT INTO things VALUES (11, 'new')"))).toEqual(['INSERT 0 1']);
    expect(await changed()).toEqual(['0']);
    peer.send(say.query('COMMIT'));
    const [notice] = await peer.until(BACKEND.NoticeResponse);
    expect(fieldsOf(notice).get('H')).toContain('keeps its locks');
    const request = await side.reviewer.waiting();
    expect(request.stage).toBe('commit');
    expect(request.view.words).toMatch(
      /^COMMIT after UPDATE of public.things; INSERT of public.things on sample/,
    );
    expect(request.view.facts).toContainEqual(['rows: UPDATE of public.things', '3']);
    expect(request.view.facts).toContainEqual(['rows: INSERT of public.things', '1']);
    expect(JSON.stringify(request.view)).not.toContain('DELETE');
    expect(request.view.warnings.join(' ')).toMatch(/Deferred constraints.*Sequences/);
    expect(request.decideByMs - request.createdAtMs).toBe(20_000);
    await side.reviewer.decide(request.id);
    const answer = await peer.ready();
    expect([tagsOf(answer), stateOf(answer)]).toEqual([['COMMIT'], 'I']);
    expect(await changed()).toEqual(['4']);
    const action = (await side.gate.records()).find(
      (row) => row['approval_id'] === request.id && String(row['action_kind']).startsWith('postgres.'),
    );
    expect(action).toMatchObject({
      verbs: ['COMMIT'],
      decision: 'hold',
      action_digest: request.actionDigest,
      event_id: request.eventId,
      details: { approved_by: 'bob@example.com', 'rows: UPDATE of public.things': '3' },
    });
    // What comes next is another transaction.
    expect(tagsOf(await peer.query('SELECT 1'))).toEqual(['SELECT 1']);
  });

  it.each([
    [
      'denied',
      (id: string) => side.reviewer.decide(id as never, { verdict: 'deny', reason: 'no' }),
      '42501 GH_APPROVAL_DENIED',
    ],
    ['cancelled', () => cancelBy(side.gate.port, peer.backendKey), '57014 GH_APPROVAL_CANCELLED'],
  ])('rolls back when it is %s, and the transaction is over', async (_, end, refusal) => {
    await peer.query('BEGIN');
    await peer.query("UPDATE things SET name = 'a'");
    peer.send(say.query('COMMIT'));
    const request = await side.reviewer.waiting();
    await end(request.id);
    const answer = await peer.ready();
    expect([refusalOf(answer), tagsOf(answer), stateOf(answer)]).toEqual([refusal, [], 'I']);
    expect(await changed()).toEqual(['0']);
    expect(await direct("select count(*)::text from pg_locks where relation = 'things'::regclass")).toEqual([
      '0',
    ]);
    expect(tagsOf(await peer.query('SELECT 1'))).toEqual(['SELECT 1']);
  });

  it('is not asked about where nothing would be committed', async () => {
    await peer.query('BEGIN');
    await peer.query('SAVEPOINT one');
    await peer.query("UPDATE things SET name = 'a'");
    await peer.query('ROLLBACK TO one');
    expect(tagsOf(await peer.query('COMMIT'))).toEqual(['COMMIT']);
    await peer.query('BEGIN');
    await peer.query("UPDATE things SET name = 'a'");
    expect(errorOf(await peer.query('SELECT 1/0')).get('C')).toBe('22012');
    expect(tagsOf(await peer.query('COMMIT'))).toEqual(['ROLLBACK']);
    await peer.query('BEGIN');
    await peer.query("UPDATE things SET name = 'a'");
    expect(tagsOf(await peer.query('ROLLBACK'))).toEqual(['ROLLBACK']);
    expect(await changed()).toEqual(['0']);
    expect(await side.reviewer.store.list({ states: ['pending'], limit: 1 })).toEqual([]);
  });

  it.each([
    ['PREPARE TRANSACTION', ["PREPARE TRANSACTION 'x'"]],
    ['a COMMIT among others', ['COMMIT; SELECT 1']],
    ['several that end with one', ["UPDATE things SET name = 'b' WHERE id = 2; END"]],
  ])('is not made in another way: %s', async (_, statements) => {
    await peer.query('BEGIN');
    await peer.query("UPDATE things SET name = 'a' WHERE id = 1");
    for (const statement of statements)
      expect(refusalOf(await peer.query(statement))).toBe('42501 GH_APPROVAL_COMMIT_UNSEEN');
    await peer.query('COMMIT');
    expect(await changed()).toEqual(['0']);
    expect(await direct('select count(*)::text from pg_prepared_xacts')).toEqual(['0']);
  });

  it('is held in the extended protocol too, in one pipeline with all of it', async () => {
    const one = (sql: string): Buffer[] => [say.parse('', sql), say.bind('', ''), say.execute()];
    const batch = [...one('BEGIN'), ...one("UPDATE things SET name = 'a' WHERE id < 3"), ...one('COMMIT')];
    peer.send(...batch, say.sync);
    const request = await side.reviewer.waiting();
    expect(request.view.facts).toContainEqual(['rows: UPDATE of public.things', '2']);
    await side.reviewer.decide(request.id);
    const answer = await peer.ready();
    expect([tagsOf(answer), stateOf(answer)]).toEqual([['BEGIN', 'UPDATE 2', 'COMMIT'], 'I']);
    expect(await changed()).toEqual(['2']);

    peer.send(...batch, ...one('SELECT 1'), say.sync, ...one('SELECT 2'), say.sync);
    const second = await side.reviewer.waiting();
    await side.reviewer.decide(second.id, { verdict: 'deny', reason: 'no' });
    const denied = await peer.ready(2);
    expect([refusalOf(denied), columnOf(denied), stateOf(denied)]).toEqual([
      '42501 GH_APPROVAL_DENIED',
      ['2'],
      'I',
    ]);
    expect(await direct("select count(*)::text from pg_locks where relation = 'things'::regclass")).toEqual([
      '0',
    ]);
  });

  it('is skipped in the extended protocol where its pipeline has failed, and what follows is answered', async () => {
    const one = (sql: string): Buffer[] => [say.parse('', sql), say.bind('', ''), say.execute()];
    const batch = ['BEGIN', "UPDATE things SET name = 'a'", 'SELECT 1/0', 'COMMIT'].flatMap(one);
    peer.send(...batch, say.sync, ...one('SELECT 2'), say.sync, ...one('ROLLBACK'), say.sync);
    const answer = await peer.ready(3);
    expect([tagsOf(answer), stateOf(answer)]).toEqual([['BEGIN', 'UPDATE 10', 'ROLLBACK'], 'I']);
    expect(columnOf(await peer.query('SELECT 3'))).toEqual(['3']);
    expect(await changed()).toEqual(['0']);
    // The same with a COMMIT that was there before, so that nothing else of it is skipped.
    await peer.batch(say.parse('commit', 'COMMIT'), say.bind('c', 'commit'));
    await peer.query('BEGIN');
    await peer.query("UPDATE things SET name = 'a'");
    peer.send(say.parse('', 'COMMIT'), say.bind('c', ''), ...one('SELECT 1/0'), say.execute('c'), say.sync);
    expect(stateOf(await peer.ready())).toBe('E');
    await peer.query('ROLLBACK');
    expect(columnOf(await peer.query('SELECT 4'))).toEqual(['4']);
    expect(await changed()).toEqual(['0']);
  });

  it.each([
    ['fails', say.parse('', 'no such statement')],
    ['is skipped', say.execute('nothing')],
  ])('is held where fetching more rows of what ran %s behind a savepoint', async (_, failing) => {
    await peer.query('BEGIN');
    await peer.batch(
      say.parse('', "UPDATE things SET name = 'a' RETURNING id"),
      say.bind('p', ''),
      say.execute('p', 1),
    );
    await peer.query('SAVEPOINT s');
    const failed = await peer.batch(failing, say.execute('p', 1));
    expect(stateOf(failed)).toBe('E');
    await peer.query('ROLLBACK TO s');
    peer.send(say.query('COMMIT'));
    const request = await side.reviewer.waiting();
    expect(request.view.facts).toContainEqual([
      'rows: UPDATE of public.things',
      expect.stringContaining('at least'),
    ]);
    await side.reviewer.decide(request.id, { verdict: 'deny', reason: 'no' });
    expect(refusalOf(await peer.ready())).toBe('42501 GH_APPROVAL_DENIED');
    expect(await changed()).toEqual(['0']);
  });

  it('ends with the client', async () => {
    await peer.query('BEGIN');
    await peer.query("UPDATE things SET name = 'a'");
    peer.send(say.query('COMMIT'));
    const request = await side.reviewer.waiting();
    peer.client.socket.resetAndDestroy();
    await expect.poll(() => side.reviewer.state(request.id), { timeout: 5_000 }).toBe('cancelled');
    expect(await changed()).toEqual(['0']);
  });

  it('is refused where the policy changed since', async () => {
    await peer.query('BEGIN');
    await peer.query("UPDATE things SET name = 'a'");
    await side.policy([WRITES, { name: 'x', reason: 'x', verdict: 'deny', verbs: ['LISTEN'] }]);
    const answer = await peer.query('COMMIT');
    expect([refusalOf(answer), stateOf(answer)]).toEqual(['42501 GH_APPROVAL_POLICY', 'I']);
    expect(await changed()).toEqual(['0']);
    await side.policy([WRITES]);
  });
});

describe('the Sync of a pipeline', () => {
  const one = (sql: string, ...values: string[]): Buffer[] => [
    say.parse('', sql),
    say.bind('', '', values),
    say.describePortal(),
    say.execute(),
  ];

  it('is held with the counts of all of it, and commits once it is approved', async () => {
    peer.send(
      ...one('UPDATE things SET name = $1 WHERE id < $2', 'x, 10\n-- $2 = 5', '5'),
      ...one('DELETE FROM things WHERE id = 9'),
      say.sync,
      say.query('SELECT 5'),
    );
    const done = await peer.until(BACKEND.CommandComplete, 2);
    expect(tagsOf(done)).toEqual(['UPDATE 4', 'DELETE 1']);
    const request = await side.reviewer.waiting();
    expect(request.view.payload).toBe(
      'UPDATE things SET name = $1 WHERE id < $2;\nDELETE FROM things WHERE id = 9',
    );
    expect(request.view.facts).toContainEqual(['statement 1: $1', '"x, 10\\n-- $2 = 5"']);
    expect(request.view.facts).toContainEqual(['statement 1: $2', '"5"']);
    expect(request.view.facts).toContainEqual(['rows: UPDATE of public.things', '4']);
    expect(await changed()).toEqual(['0']);
    await side.reviewer.decide(request.id);
    const answer = await peer.ready(2);
    expect([stateOf(answer), columnOf(answer)]).toEqual(['I', ['5']]);
    expect(await changed()).toEqual(['4']);
  });

  it('shows the parameters of its one statement, and whether any is left out', async () => {
    const sql = 'UPDATE things SET name = $1 WHERE id < $2 AND $3::text IS NULL';
    const run = async (): Promise<ApprovalRequest> => {
      peer.send(
        say.parse('', sql, [25, 23, 25]),
        say.bind('', '', ['x, 10', '20', null]),
        say.execute(),
        say.sync,
      );
      const request = await side.reviewer.waiting();
      await side.reviewer.decide(request.id, { verdict: 'deny', reason: 'no' });
      await peer.ready();
      return request;
    };
    const { view } = await run();
    expect(view).toMatchObject({ payload: sql, parameters: ['x, 10', '20', 'NULL'], partly: false });
    expect(view.facts).toContainEqual(['parameters that are NULL', '$3']);
    expect(view.warnings.join()).not.toContain('not shown');
    await side.policy([WRITES], [{ kind: 'mask', columns: ['public.things.name'], style: 'full' }]);
    const { view: masked } = await run();
    expect(masked).toMatchObject({ parameters: ['[not shown]', '20', 'NULL'], partly: true });
    expect(masked.facts).toContainEqual(['parameters not shown', '$1']);
    expect(masked.warnings.join()).toContain('Some values are not shown');
    await side.policy([WRITES], []);
  });

  it('is of nothing that has a parameter which cannot be read', async () => {
    const bound = await peer.batch(
      say.parse('', 'UPDATE things SET name = $1'),
      encodeBind({
        portal: '',
        statement: '',
        parameterFormats: [1],
        values: [Buffer.from('a')],
        resultFormats: [],
      }),
      say.execute(),
    );
    expect(refusalOf(bound)).toBe('42501 GH_APPROVAL_NOT_SHOWN');
    expect(await changed()).toEqual(['0']);
  });

  it('rolls all of it back when it is denied', async () => {
    peer.send(...one("UPDATE things SET name = 'a'"), say.sync);
    const request = await side.reviewer.waiting();
    await side.reviewer.decide(request.id, { verdict: 'deny', reason: 'no' });
    const answer = await peer.ready();
    expect([tagsOf(answer), refusalOf(answer), stateOf(answer)]).toEqual([
      ['UPDATE 10'],
      '42501 GH_APPROVAL_DENIED',
      'I',
    ]);
    expect(await changed()).toEqual(['0']);
    expect(tagsOf(await peer.query('SELECT 1'))).toEqual(['SELECT 1']);
  });

  it('is not made by a Query, a COMMIT, or a statement that may commit by itself', async () => {
    await direct('create procedure sneak() language plpgsql as $$begin commit; end$$');
    await direct('create table other (id int)');
    for (const [sneaky, simple] of [
      ['SELECT 1', true],
      ['CALL sneak()', false],
      ['VACUUM things', false],
      ['CREATE INDEX CONCURRENTLY ON other (id)', false],
    ] as const) {
      peer.send(...one("UPDATE things SET name = 'a'"));
      if (simple) peer.send(say.query(sneaky), say.sync);
      else peer.send(...one(sneaky), say.sync);
      const answer = await peer.ready(simple ? 2 : 1);
      expect(refusalOf(answer), sneaky).toMatch(/^42501 GH_APPROVAL_COMMIT/);
      expect(await changed(), sneaky).toEqual(['0']);
    }
    peer.send(...one("UPDATE things SET name = 'a'"), ...one('COMMIT'), say.sync);
    const request = await side.reviewer.waiting();
    await side.reviewer.decide(request.id, { verdict: 'deny', reason: 'no' });
    const answer = await peer.ready();
    expect([refusalOf(answer), stateOf(answer)]).toEqual(['42501 GH_APPROVAL_DENIED', 'I']);
    expect(await changed()).toEqual(['0']);
  });

  it('is not asked about where the pipeline failed', async () => {
    peer.send(...one("UPDATE things SET name = 'a'"), ...one('SELECT 1/0'), say.sync);
    const answer = await peer.ready();
    expect([errorOf(answer).get('C'), stateOf(answer)]).toEqual(['22012', 'I']);
    expect(await changed()).toEqual(['0']);
  });
});

describe('a Query that is a transaction by itself', () => {
  it('runs, and is committed with the answer that a Query has', async () => {
    const sql = "UPDATE things SET name = 'a' WHERE id < 3 RETURNING id, name, 1.5 AS n";
    peer.send(say.query(sql));
    const request = await side.reviewer.waiting();
    expect(request.view.facts).toContainEqual(['rows: UPDATE of public.things', '2']);
    expect(await changed()).toEqual(['0']);
    await side.reviewer.decide(request.id);
    const answer = await peer.ready();
    expect(await changed()).toEqual(['2']);
    const admin = await side.direct();
    const plain = await admin.query(sql);
    await admin.close();
    const withoutNotices = answer.filter(({ type }) => type !== BACKEND.NoticeResponse);
    const bytes = (messages: typeof plain): string =>
      Buffer.concat(messages.map(({ wire }) => wire)).toString('latin1');
    expect(bytes(withoutNotices)).toBe(bytes(plain));
  });

  it('is rolled back when it is denied, without a word of its end', async () => {
    peer.send(say.query('DELETE FROM things'));
    const request = await side.reviewer.waiting();
    await side.reviewer.decide(request.id, { verdict: 'deny', reason: 'all?' });
    const answer = await peer.ready();
    expect([tagsOf(answer), refusalOf(answer), stateOf(answer)]).toEqual([
      [],
      '42501 GH_APPROVAL_DENIED',
      'I',
    ]);
    expect(await direct('select count(*)::text from things')).toEqual(['10']);
    const ended = (await side.gate.records()).findLast((row) => row['type'] === 'ended');
    expect(ended).toMatchObject({ outcome: 'denied', error_code: 'GH_APPROVAL_DENIED', rows: 10 });
    expect(tagsOf(await peer.query('SELECT 1'))).toEqual(['SELECT 1']);
  });

  it('fails as it would, and asks nobody', async () => {
    const answer = await peer.query('INSERT INTO things VALUES (1)');
    expect([errorOf(answer).get('C'), stateOf(answer)]).toEqual(['23505', 'I']);
    expect(only(answer, BACKEND.ErrorResponse)).toHaveLength(1);
    expect(await side.reviewer.store.list({ states: ['pending'], limit: 1 })).toEqual([]);
  });

  it('may still fail at its commit', async () => {
    peer.send(say.query('INSERT INTO parts VALUES (99)'));
    const request = await side.reviewer.waiting();
    await side.reviewer.decide(request.id);
    const answer = await peer.ready();
    expect([errorOf(answer).get('C'), tagsOf(answer), stateOf(answer)]).toEqual(['23503', [], 'I']);
    expect(await direct('select count(*)::text from parts')).toEqual(['0']);
    const ended = (await side.gate.records()).filter((row) => row['type'] === 'ended').slice(-2);
    for (const each of ended) expect(each).toMatchObject({ outcome: 'error', error_code: '23503' });
  });

  it.each([
    "UPDATE things SET name = 'a'; UPDATE things SET name = 'b'",
    'VACUUM things',
    'CREATE INDEX CONCURRENTLY ON things (name)',
    'COPY things FROM STDIN',
  ])('is refused where it cannot run so: %s', async (sql) => {
    expect(refusalOf(await peer.query(sql))).toBe('42501 GH_APPROVAL_COMMIT');
    expect(await changed()).toEqual(['0']);
  });
});

describe('a standing grant with a bound on rows', () => {
  const granted = held(['UPDATE'], { grant: { minutes_max: 10, rows_max: 2 } });

  it('lets through what changes no more, and holds the commit of what changes more', async () => {
    await side.policy([granted]);
    peer.send(say.query("UPDATE things SET name = 'first' WHERE id = 1"));
    const request = await side.reviewer.waiting();
    expect(request.stage).toBe('action');
    await side.reviewer.grant(request.id, { scope: 'literals', rowsMax: 2 });
    await side.reviewer.decide(request.id);
    await peer.ready();
    const update = (ids: number): string => `UPDATE things SET name = 'granted' WHERE id <= ${ids}`;
    peer.send(say.query(update(2)));
    const other = await side.reviewer.waiting();
    await side.reviewer.grant(other.id, { scope: 'literals', rowsMax: 2 });
    await side.reviewer.decide(other.id);
    await peer.ready();
    // From here on it has been granted.
    expect(tagsOf(await peer.query(update(1)))).toEqual(['UPDATE 1']);
    const extended = await peer.batch(say.parse('', update(2)), say.bind('', ''), say.execute());
    expect(tagsOf(extended)).toEqual(['UPDATE 2']);
    const used = (await side.gate.records()).filter((row) => row['action_kind'] === 'approval.grant_used');
    expect(used.map((row) => (row['details'] as Record<string, string>)['rows'])).toEqual(['1', '2']);
    peer.send(say.query(update(3)));
    const asked = await side.reviewer.waiting();
    expect(asked.stage).toBe('commit');
    expect(asked.view.facts).toContainEqual(['rows: UPDATE of public.things', '3']);
    await side.reviewer.decide(asked.id, { verdict: 'deny', reason: 'too many' });
    expect(refusalOf(await peer.ready())).toBe('42501 GH_APPROVAL_DENIED');
    await side.policy([WRITES]);
  });
});

describe('a COMMIT that policy holds itself', () => {
  const COMMITS = held(
    ['COMMIT'],
    {
      requirements: [{ rule: 'of commits', groups: ['reviewers'], people: [], count: 1 }],
    },
    { name: 'commits' },
  );
  const UPDATE = "UPDATE things SET name = 'granted' WHERE id = 1";

  const BOTH = [held(['UPDATE'], { stage: 'commit', grant: { minutes_max: 10 } }), COMMITS];

  beforeAll(() => side.policy(BOTH));
  afterAll(() => side.policy([WRITES]));

  it('is asked for whatever grants there are for its statements', async () => {
    // Without a COMMIT the grant of its statement is enough.
    peer.send(say.query(UPDATE));
    const first = await side.reviewer.waiting();
    await side.reviewer.grant(first.id, { scope: 'nothing', rowsMax: undefined });
    await side.reviewer.decide(first.id);
    await peer.ready();
    expect(tagsOf(await peer.query(UPDATE))).toEqual(['UPDATE 1']);

    await peer.query('BEGIN');
    peer.send(say.query(UPDATE));
    await peer.ready();
    peer.send(say.query('COMMIT'));
    const request = await side.reviewer.waiting();
    expect(request.rule).toBe('held, commits');
    expect(request.terms.requirements.map(({ rule }) => rule)).toEqual(['held', 'of commits']);
    await side.reviewer.decide(request.id, { verdict: 'deny', reason: 'no' });
    expect(stateOf(await peer.ready())).toBe('I');
  });

  it.each(['a Query', 'Parse, Bind and Execute'])(
    'is asked for where all that was held is rolled back, as %s',
    async (by) => {
      await peer.query('BEGIN');
      await peer.query("INSERT INTO things VALUES (12, 'allowed')");
      await peer.query('SAVEPOINT one');
      await peer.query(UPDATE);
      await peer.query('ROLLBACK TO one');
      if (by === 'a Query') peer.send(say.query('COMMIT'));
      else peer.send(say.parse('', 'COMMIT'), say.bind('', ''), say.execute(), say.sync);
      const request = await side.reviewer.waiting();
      expect([request.rule, request.stage]).toEqual(['commits', 'action']);
      expect(await direct("select count(*)::text from things where name = 'allowed'")).toEqual(['0']);
      await side.reviewer.decide(request.id);
      expect(tagsOf(await peer.ready())).toEqual(['COMMIT']);
    },
  );

  // Nothing is committed by it: the server rolls back, and the session goes on.
  describe.each(['a Query', 'Parse, Bind and Execute'])('in a transaction that has failed, as %s', (by) => {
    const expectRollback = async (): Promise<void> => {
      if (by === 'a Query') peer.send(say.query('COMMIT'));
      else peer.send(say.parse('', 'COMMIT'), say.bind('', ''), say.execute(), say.sync);
      const answer = await peer.ready();
      expect([refusalOf(answer), tagsOf(answer), stateOf(answer)]).toEqual(['none', ['ROLLBACK'], 'I']);
      expect(await side.reviewer.store.list({ states: ['pending'], limit: 1 })).toEqual([]);
      const passed = (await side.gate.records()).findLast((row) => row['type'] === 'decided');
      expect(passed).toMatchObject({ decision: 'hold', details: { held: 'nothing' } });
      expect(await changed()).toEqual(['0']);
    };

    it.each([UPDATE, "INSERT INTO things VALUES (12, 'allowed')"])('asks nobody: %s', async (before) => {
      await peer.query('BEGIN');
      await peer.query(before);
      await peer.query('SELECT 1/0');
      await expectRollback();
    });

    it('asks nobody where policy holds what a COMMIT would commit', async () => {
      await side.policy([held(['COMMIT'], { stage: 'commit' })]);
      await peer.query('BEGIN');
      await peer.query('SELECT 1/0');
      await expectRollback();
      await side.policy(BOTH);
    });
  });

  it.each(['a Query', 'a portal bound before'])(
    'is asked for where the failed transaction has gone back to a savepoint meanwhile, as %s',
    async (by) => {
      await peer.query('BEGIN');
      await peer.query("INSERT INTO things VALUES (12, 'allowed')");
      await peer.query('SAVEPOINT s');
      await peer.query('SELECT 1/0');
      if (by === 'a Query') peer.send(say.query('ROLLBACK TO s'), say.query('COMMIT'));
      else {
        peer.send(say.parse('back', 'ROLLBACK TO s'), say.bind('b', 'back'), say.parse('', 'COMMIT'));
        peer.send(say.bind('c', ''), say.execute('b'), say.execute('c'), say.sync);
      }
      const request = await side.reviewer.waiting();
      expect([request.rule, await changed()]).toEqual(['commits', ['0']]);
      await side.reviewer.decide(request.id, { verdict: 'deny', reason: 'no' });
      expect(refusalOf(await peer.ready(by === 'a Query' ? 2 : 1))).toBe('42501 GH_APPROVAL_DENIED');
      expect(await changed()).toEqual(['0']);
    },
  );
});
