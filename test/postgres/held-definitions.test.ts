/**
 * What a session itself has defined gives a held statement another meaning, which the catalogue does not show: no
 * approval or grant of another session's covers it, and whoever is asked is told.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { held, startHeldPostgres, type HeldPostgres } from '../support/held-postgres.ts';
import { columnOf, refusalOf, tagsOf } from '../support/wire-answers.ts';
import { say, type WirePeer } from '../support/wire-peer.ts';

const UPDATE = "UPDATE people SET city = 'Oslo' WHERE id = 7";
const BODY = (note: string): string =>
  `CREATE OR REPLACE FUNCTION noting() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := '${note}'; RETURN NEW; END $$`;
const UNCOMMITTED: readonly (readonly [string, string])[] = [
  ['the body of a trigger', BODY('stolen')],
  ['a trigger', 'CREATE TRIGGER evil BEFORE UPDATE ON plain FOR EACH ROW EXECUTE FUNCTION noting()'],
  ['a rule', 'CREATE RULE evil AS ON UPDATE TO plain DO ALSO DELETE FROM people'],
  ['anything, in code that is not read', "DO $$ BEGIN EXECUTE 'CREATE TABLE more (id int)'; END $$"],
];

let side: HeldPostgres;
let peer: WirePeer;
const open: WirePeer[] = [];

beforeAll(async () => {
  side = await startHeldPostgres([]);
  const admin = await side.direct();
  for (const table of ['people', 'plain'])
    await admin.query(`create table ${table} (id int primary key, city text, note text)`);
  await admin.query(BODY('fine'));
  await admin.query('create trigger noting before update on people for each row execute function noting()');
  await admin.query("insert into people values (7, 'Rome', '')");
  await admin.query("insert into plain values (7, 'Rome', '')");
  await admin.close();
});
afterAll(() => side?.stop());
beforeEach(async () => {
  peer = await gated();
});
afterEach(async () => {
  for (const each of open.splice(0)) each.abort();
  for (const { id } of await side.reviewer.store.list({ states: ['pending', 'approved'], limit: 50 }))
    await side.reviewer.store.cancel(id, 'GH_TEST');
});

async function gated(): Promise<WirePeer> {
  const made = await side.gated();
  open.push(made);
  return made;
}

describe('in retry', () => {
  beforeAll(() => side.policy([held(['UPDATE'], { mode: 'retry' })]));

  it.each(UNCOMMITTED)('an approval is not used where the open transaction has made %s', async (_, made) => {
    for (const sql of [UPDATE, UPDATE.replace('people', 'plain')]) {
      const clean = await gated();
      await clean.query('BEGIN');
      expect(refusalOf(await clean.query(sql))).toBe('42501 GH_APPROVAL_REQUIRED');
      await clean.query('ROLLBACK');
      await side.reviewer.decide((await side.reviewer.waiting()).id);

      await peer.query('BEGIN');
      expect(refusalOf(await peer.query(made))).toBe('none');
      expect(refusalOf(await peer.query(sql))).toBe('42501 GH_APPROVAL_SESSION_STATE');
      await peer.query('ROLLBACK');

      await clean.query('BEGIN');
      expect(tagsOf(await clean.query(sql))).toEqual(['UPDATE 1']);
      await clean.query('ROLLBACK');
    }
  });

  it('nothing that runs code is asked for where it might use temporary tables of the session', async () => {
    await peer.query('CREATE TEMP TABLE audit (id int)');
    expect(refusalOf(await peer.query(UPDATE))).toBe('42501 GH_APPROVAL_SESSION_STATE');
    expect(refusalOf(await peer.query(UPDATE.replace('people', 'plain')))).toBe('42501 GH_APPROVAL_REQUIRED');
  });
});

describe.each([
  ['a standing grant', {}],
  ['a standing grant with a bound on rows', { rowsMax: 5 }],
])('%s', (_, bounds) => {
  beforeAll(async () => {
    const { rowsMax } = bounds as { rowsMax?: number };
    const grant = { minutes_max: 10, ...(rowsMax === undefined ? {} : { rows_max: rowsMax }) };
    await side.policy([held(['UPDATE'], { grant })]);
  });

  it.each(UNCOMMITTED)('covers nothing behind %s', async (named, made) => {
    // Each is granted for itself.
    const sql = `${UPDATE.replace('people', 'plain')} -- ${named}, ${JSON.stringify(bounds)}`;
    await peer.query('BEGIN');
    peer.send(say.query(sql));
    const request = await side.reviewer.waiting();
    expect(request.view.warnings.join(' ')).not.toContain('uncommitted');
    await side.reviewer.grant(request.id, { scope: 'nothing', rowsMax: undefined, ...bounds });
    await side.reviewer.decide(request.id);
    await peer.ready();
    expect(tagsOf(await peer.query(sql))).toEqual(['UPDATE 1']);

    await peer.query('ROLLBACK');
    await peer.query('BEGIN');
    await peer.query(made);
    peer.send(say.query(sql));
    const asked = await side.reviewer.waiting();
    expect(asked.stage).toBe('action');
    expect(asked.view.warnings.join(' ')).toContain('uncommitted');
    expect(asked.meaningDigest).not.toBe(request.meaningDigest);
    await side.reviewer.decide(asked.id, { verdict: 'deny', reason: 'no' });
    expect(refusalOf(await peer.ready())).toBe('42501 GH_APPROVAL_DENIED');
  });
});

describe('a commit', () => {
  beforeAll(() => side.policy([held(['UPDATE'], { stage: 'commit', grant: { minutes_max: 10 } })]));

  it('is asked for with what its transaction has defined, before and after what is committed', async () => {
    const sql = UPDATE.replace('people', 'plain');
    await peer.query('BEGIN');
    await peer.query(sql);
    peer.send(say.query('COMMIT'));
    const request = await side.reviewer.waiting();
    await side.reviewer.grant(request.id, { scope: 'nothing', rowsMax: undefined });
    await side.reviewer.decide(request.id);
    expect(tagsOf(await peer.ready())).toEqual(['COMMIT']);
    await peer.query('BEGIN');
    await peer.query(sql);
    expect(tagsOf(await peer.query('COMMIT'))).toEqual(['COMMIT']);

    await peer.query('BEGIN');
    await peer.query(sql);
    await peer.query(
      'CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON plain DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION noting()',
    );
    peer.send(say.query('COMMIT'));
    const asked = await side.reviewer.waiting();
    expect(asked.view.warnings.join(' ')).toContain('uncommitted');
    await side.reviewer.decide(asked.id, { verdict: 'deny', reason: 'no' });
    await peer.ready();
    const admin = await side.direct();
    expect(columnOf(await admin.query("select tgname::text from pg_trigger where tgname = 'late'"))).toEqual(
      [],
    );
    await admin.close();
  });
});
