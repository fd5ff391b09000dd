/** What an agent tries so that something else runs than what people see and approve, through a real Envoy. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BACKEND } from '../../ext-proc/protocols/postgres/message-types.ts';
import { held, startHeldPostgres, type HeldPostgres } from '../support/held-postgres.ts';
import { columnOf, errorOf, tagsOf } from '../support/wire-answers.ts';
import { say, type WirePeer } from '../support/wire-peer.ts';

let side: HeldPostgres;
let peer: WirePeer;
const open: WirePeer[] = [];

beforeAll(async () => {
  side = await startHeldPostgres([held(['UPDATE'])]);
  const admin = await side.direct();
  await admin.query('create table people (id int primary key, name text, notes text, since date)');
  await admin.query("insert into people select g, 'name ' || g from generate_series(1, 9) g");
  await admin.close();
});
afterAll(() => side?.stop());

beforeEach(async () => {
  peer = await gated();
});
afterEach(() => {
  for (const each of open.splice(0)) each.abort();
});

async function gated(): Promise<WirePeer> {
  const made = await side.gated({});
  open.push(made);
  return made;
}

async function direct(sql: string): Promise<string[]> {
  const admin = await side.direct();
  const rows = await admin.query(sql);
  await admin.close();
  return columnOf(rows);
}

describe('a statement whose words would be masked with a value', () => {
  const BEGIN = `-----BEGIN PRIVATE KEY-----${'A'.repeat(24)}`;
  const END = '-----END PRIVATE KEY-----';

  it('is not asked for, and does not run', async () => {
    peer.send(say.query(`UPDATE people SET notes = '${BEGIN}' WHERE id = 1 OR id > 0 OR name = '${END}'`));
    expect(errorOf(await peer.ready()).get('C')).toBe('42501');
    peer.send(
      say.parse('hidden', `UPDATE people SET notes = '${BEGIN}' WHERE id > $1 OR name = '${END}'`),
      say.bind('', 'hidden', ['0']),
      say.execute(''),
      say.sync,
    );
    expect(errorOf(await peer.ready()).get('M')).toContain('masking would hide words');
    expect(await side.reviewer.store.list({ states: ['pending'], limit: 5 })).toEqual([]);
    expect(await direct('select count(notes) from people')).toEqual(['0']);
    expect((await side.gate.records()).map((row) => row['error_code'])).toContain('GH_APPROVAL_MASKED');
  });

  it('is held where a whole key is one value', async () => {
    peer.send(say.query(`UPDATE people SET notes = '${BEGIN}${END}' WHERE id = 1`));
    await peer.until(BACKEND.NoticeResponse);
    const request = await side.reviewer.waiting();
    expect(request.view.payload).toBe("UPDATE people SET notes = '[masked:private_key]' WHERE id = 1");
    await side.reviewer.decide(request.id);
    expect(tagsOf(await peer.ready())).toEqual(['UPDATE 1']);
  });
});

describe('settings that code of the database reads', () => {
  const BY_SETTING = "UPDATE people SET name = current_setting('app.name', true) WHERE id = 2";
  const BY_TRIGGER = "UPDATE people SET name = 'plain' WHERE id = 3";
  const facts = (view: { facts: readonly (readonly [string, string])[] }): ReadonlyMap<string, string> =>
    new Map(view.facts);

  beforeAll(async () => {
    const admin = await side.direct();
    await admin.query(
      `create function tenant() returns trigger language plpgsql as $$ begin
         new.notes := coalesce(current_setting('app.tenant', true), 'none'); return new; end $$`,
    );
    await admin.query('create trigger tenant before update on people for each row execute function tenant()');
    await admin.close();
    await side.policy([held(['UPDATE'], { mode: 'retry' })]);
  });

  it('are shown, and an approval under one value is nothing under another', async () => {
    peer.send(say.query("SET app.tenant = '5'"));
    await peer.ready();
    peer.send(say.query(BY_TRIGGER));
    expect(errorOf(await peer.ready()).get('M')).toContain('needs approval');
    const request = await side.reviewer.waiting();
    expect(facts(request.view).get('set: app.tenant')).toBe('5');
    expect(facts(request.view).get('values are read by')).toContain('DateStyle=ISO');
    await side.reviewer.decide(request.id);

    const other = await gated();
    other.send(say.query("SET app.tenant = '7'"), say.query(BY_TRIGGER));
    expect(errorOf(await other.ready(2)).get('C')).toBe('42501');
    expect(await direct('select notes from people where id = 3')).not.toContain('7');
    expect(await side.reviewer.state(request.id)).not.toBe('released');
  });

  it('are the same on another stream that sets them the same', async () => {
    peer.send(say.query("SET app.tenant = '6'"), say.query(BY_TRIGGER));
    await peer.ready(2);
    const request = await side.reviewer.waiting();
    await side.reviewer.decide(request.id);
    const other = await gated();
    other.send(say.query("SET app.tenant = '6'"), say.query(BY_TRIGGER));
    expect(tagsOf(await other.ready(2))).toEqual(['SET', 'UPDATE 1']);
    expect(await direct('select notes from people where id = 3')).toEqual(['6']);
  });

  it.each([
    ['a transaction that is rolled back', ['BEGIN', "SET app.tenant = '5'", 'ROLLBACK']],
    ['a Query of several statements', ["SELECT 1; SET app.tenant = '5'"]],
    ['a value that is no constant', ["SELECT set_config('app.tenant', (1 + 1)::text, false)"]],
  ])('cannot be told after %s, and nothing is asked for', async (_what, before) => {
    for (const sql of before) peer.send(say.query(sql));
    await peer.ready(before.length);
    peer.send(say.query(BY_SETTING));
    expect(errorOf(await peer.ready()).get('M')).toContain('settings of this session');
  });
});

describe('what a list or a message says of a statement', () => {
  beforeAll(() => side.policy([held(['SELECT', 'UPDATE', 'EXPLAIN', 'COPY'], { mode: 'retry' })]));

  it.each([
    [
      "WITH u AS (UPDATE people SET name = 'x' WHERE id = 1 RETURNING id) SELECT id FROM u",
      'SELECT (UPDATE) of',
    ],
    ["EXPLAIN ANALYZE UPDATE people SET name = 'x' WHERE id = 1", 'EXPLAIN (UPDATE) of'],
    ["COPY (UPDATE people SET name = 'x' WHERE id = 1 RETURNING id) TO STDOUT", 'COPY (UPDATE) of'],
  ])('names what is done inside it: %s', async (sql, words) => {
    peer.send(say.query(sql));
    await peer.ready();
    const request = await side.reviewer.waiting(({ view }) => view.payload === sql);
    expect(request.view.words).toContain(`${words} public.people`);
  });
});

describe('a commit of what was hidden', () => {
  beforeAll(() => side.policy([held(['UPDATE'], { stage: 'commit' })]));

  it('does not come to be asked for: what hides its words does not run', async () => {
    const key = `-----BEGIN PRIVATE KEY-----${'A'.repeat(24)}`;
    peer.send(say.query('BEGIN'));
    await peer.ready();
    peer.send(
      say.query(
        `UPDATE people SET notes = '${key}' WHERE id = 1 OR id > 0 OR name = '-----END PRIVATE KEY-----'`,
      ),
    );
    expect(errorOf(await peer.ready()).get('M')).toContain('masking would hide words');
    peer.send(say.query('COMMIT'));
    await peer.ready();
    expect(await direct(`select count(*) from people where notes like '-----BEGIN%A'`)).toEqual(['0']);
  });

  it('shows what the session has set', async () => {
    peer.send(say.query("SET app.tenant = '8'"));
    await peer.ready();
    peer.send(say.query("UPDATE people SET name = 'set' WHERE id = 4"));
    const request = await side.reviewer.waiting(({ stage }) => stage === 'commit');
    expect(new Map(request.view.facts).get('set: app.tenant')).toBe('8');
    await side.reviewer.decide(request.id);
    expect(tagsOf(await peer.ready())).toEqual(['UPDATE 1']);
  });
});

describe('a statement that comes byte by byte, with others behind it', () => {
  it('is one request, and what is behind it waits for its decision', async () => {
    const text = "UPDATE people SET name = 'split' WHERE id = 3";
    const bytes = Buffer.concat([
      say.query(text),
      say.query('SELECT name FROM people WHERE id = 3'),
      say.terminate,
    ]);
    for (const byte of bytes) {
      peer.send(Buffer.from([byte]));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const request = await side.reviewer.waiting();
    expect(request.view.payload).toBe(text);
    expect(await direct("select count(*) from people where name = 'split'")).toEqual(['0']);
    await side.reviewer.decide(request.id);
    expect(tagsOf(await peer.ready())).toEqual(['UPDATE 1']);
    expect(columnOf(await peer.ready())).toEqual(['split']);
    const released = (await side.gate.records()).filter((row) => row['approval_id'] === request.id);
    expect(released.filter((row) => row['action_kind'] === 'approval.requested')).toHaveLength(1);
  });
});
