/**
 * A denial is told as the server itself would tell an error: in its place, in its form, with its consequences for the
 * transaction and the pipeline, and nothing of what was denied has run.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decodeErrorFields } from '../../ext-proc/protocols/postgres/backend.ts';
import { BACKEND, FRONTEND } from '../../ext-proc/protocols/postgres/message-types.ts';
import type { WireMessage } from '../support/postgres-wire-client.ts';
import { startGatedSample, type GatedSample } from '../support/gated-sample.ts';
import { say, typed, type WirePeer } from '../support/wire-peer.ts';

let side: GatedSample;
let peer: WirePeer;

beforeAll(async () => {
  side = await startGatedSample();
});
afterAll(() => side?.stop());
beforeEach(async () => {
  await side.rows("DELETE FROM orders WHERE id >= 10000; UPDATE people SET notes = ''");
  peer = await side.gated();
  return () => peer.close();
});

const types = (messages: readonly WireMessage[]): string =>
  messages.map(({ type }) => String.fromCharCode(type)).join('');

/** The one error among the messages, by its fields. */
function errorOf(messages: readonly WireMessage[]): Map<string, string> {
  const errors = messages.filter(({ type }) => type === BACKEND.ErrorResponse);
  expect(errors).toHaveLength(1);
  const decoded = decodeErrorFields((errors[0] as WireMessage).wire);
  if (!decoded.ok) throw new Error('not an ErrorResponse');
  return new Map(decoded.fields);
}

const ORDER = 'INSERT INTO orders (id, person_id, item, quantity, total) VALUES';
const count = async (sql: string): Promise<number> =>
  Number((await side.rows(`SELECT count(*) AS n FROM ${sql}`))[0]?.['n']);
const people = (): Promise<number> => count('people');
const newOrders = (): Promise<number> => count('orders WHERE id >= 10000');

describe('the form of a denial', () => {
  it('is an ErrorResponse with SQLSTATE, rule and an event that the records hold', async () => {
    const answer = await peer.query('DELETE FROM people');
    expect(types(answer)).toBe('EZ');
    const error = errorOf(answer);
    expect(error.get('S')).toBe('ERROR');
    expect(error.get('V')).toBe('ERROR');
    expect(error.get('C')).toBe('42501');
    expect(error.get('M')).toMatch(/^gatehouse: denied: /);
    const [, rule, event] = /^rule (\S+), event (\S+)$/.exec(error.get('D') ?? '') ?? [];
    expect(rule).toBe('postgres.destructive.delete_without_where');
    const record = await side.recorded((row) => row['event_id'] === event);
    expect(record).toMatchObject({
      action_kind: 'postgres.query',
      decision: 'deny',
      rule,
      outcome: 'denied',
      error_code: '42501',
      principal_subject: 'agent:claude-1',
      upstream: 'sample',
      database: 'app',
      role: 'app_developer',
      statement: 'DELETE FROM people',
      verbs: ['DELETE'],
      tables: ['public.people'],
    });
    expect(record['reason']).toBe((error.get('M') ?? '').slice('gatehouse: denied: '.length));
    expect(await people()).toBe(300);
  });

  it('leaves the connection usable', async () => {
    await peer.query('DROP TABLE people');
    expect(types(await peer.query('SELECT count(*) FROM people'))).toBe('TDCZ');
  });
});

describe('in the simple protocol', () => {
  it('runs none of the statements when one is denied', async () => {
    const answer = await peer.query(`${ORDER} (10001, 1, 'a', 1, 1); DROP TABLE people; SELECT 1`);
    expect(types(answer)).toBe('EZ');
    expect(await newOrders()).toBe(0);
    const event = /event (\S+)$/.exec(errorOf(answer).get('D') ?? '')?.[1];
    const denied = await side.recorded((row) => row['event_id'] === event);
    const same = (await side.gate.records()).filter(
      (row) => row['session_id'] === denied['session_id'] && row['action_kind'] === 'postgres.query',
    );
    expect(same.map((row) => [row['decision'], row['outcome']])).toEqual([
      ['allow', 'not_run'],
      ['deny', 'denied'],
      ['allow', 'not_run'],
    ]);
  });

  it('fails the transaction block, until it is rolled back', async () => {
    await peer.query('BEGIN');
    await peer.query(`${ORDER} (10001, 1, 'a', 1, 1)`);
    const denied = await peer.query('DELETE FROM people');
    expect(types(denied)).toBe('EZ');
    expect(denied.at(-1)?.wire.at(-1)).toBe('E'.charCodeAt(0));
    expect(errorOf(await peer.query('SELECT 1')).get('C')).toBe('25P02');
    const commit = await peer.query('COMMIT');
    expect(commit[0]?.wire.toString()).toContain('ROLLBACK');
    expect(await newOrders()).toBe(0);
    expect(await people()).toBe(300);
  });

  it('keeps what came before a savepoint', async () => {
    await peer.query('BEGIN');
    await peer.query(`${ORDER} (10001, 1, 'a', 1, 1)`);
    await peer.query('SAVEPOINT s');
    await peer.query('DELETE FROM people');
    await peer.query('ROLLBACK TO s');
    await peer.query('COMMIT');
    expect(await newOrders()).toBe(1);
  });

  it('answers in order among Querys sent ahead', async () => {
    peer.send(
      say.query('SELECT 1'),
      say.query('DELETE FROM people'),
      say.query('SELECT 2'),
      say.query('TRUNCATE orders'),
      say.query('SELECT 3'),
    );
    expect(types(await peer.ready(5))).toBe('TDCZEZTDCZEZTDCZ');
    expect(await people()).toBe(300);
  });

  it('answers a FunctionCall with a denial, recorded as one', async () => {
    peer.send(typed(FRONTEND.FunctionCall, Buffer.from([0, 0, 0, 1, 0, 0, 0, 0, 0, 0])));
    const answer = await peer.ready();
    expect(types(answer)).toBe('EZ');
    const error = errorOf(answer);
    expect(error.get('C')).toBe('42501');
    const event = /event (\S+)$/.exec(error.get('D') ?? '')?.[1];
    expect(await side.recorded((row) => row['event_id'] === event)).toMatchObject({
      decision: 'deny',
      rule: 'gate.function_call',
      outcome: 'denied',
      action_kind: 'postgres.function_call',
    });
  });

  it('ignores the data of a denied COPY', async () => {
    peer.send(say.query("COPY orders FROM PROGRAM 'cat'"), say.copyData('10001\t1\tx\t1\t1\n'), say.copyDone);
    expect(types(await peer.ready())).toBe('EZ');
    peer.send(say.query('COPY pg_catalog.pg_authid FROM STDIN'), say.copyData('x\n'), say.copyFail('done'));
    expect(types(await peer.ready())).toBe('EZ');
    expect(types(await peer.query('SELECT 1'))).toBe('TDCZ');
  });
});

describe('in the extended protocol', () => {
  it('denies at Parse and skips to the Sync', async () => {
    const answer = await peer.batch(
      say.parse('', 'DELETE FROM people'),
      say.bind('', ''),
      say.describePortal(),
      say.execute(),
    );
    expect(types(answer)).toBe('EZ');
    expect(errorOf(answer).get('D')).toContain('postgres.destructive.delete_without_where');
    expect(types(await peer.batch(say.parse('', 'SELECT 1'), say.bind('', ''), say.execute()))).toBe('12DCZ');
  });

  it('rolls back what came before it in the pipeline, as the server would', async () => {
    const answer = await peer.batch(
      say.parse('', `${ORDER} (10001, 1, 'a', 1, 1)`),
      say.bind('', ''),
      say.execute(),
      say.parse('', 'DELETE FROM people'),
      say.bind('', ''),
      say.execute(),
      say.parse('', `${ORDER} (10002, 1, 'a', 1, 1)`),
      say.bind('', ''),
      say.execute(),
    );
    expect(types(answer)).toBe('12CEZ');
    expect(await newOrders()).toBe(0);
    expect(await people()).toBe(300);
  });

  it('does not touch batches before and after it', async () => {
    const insert = (id: number): Buffer[] => [
      say.parse('', `${ORDER} (${id}, 1, 'a', 1, 1)`),
      say.bind('', ''),
      say.execute(),
      say.sync,
    ];
    peer.send(
      ...insert(10_001),
      say.parse('', 'TRUNCATE orders'),
      say.bind('', ''),
      say.execute(),
      say.sync,
      ...insert(10_002),
    );
    expect(types(await peer.ready(3))).toBe('12CZEZ12CZ');
    expect(await newOrders()).toBe(2);
  });

  it('fails the transaction block on both sides', async () => {
    await peer.query('BEGIN');
    const answer = await peer.batch(say.parse('', 'DROP TABLE people'), say.bind('', ''), say.execute());
    expect(types(answer)).toBe('EZ');
    expect(answer.at(-1)?.wire.at(-1)).toBe('E'.charCodeAt(0));
    expect(errorOf(await peer.query('SELECT 1')).get('C')).toBe('25P02');
    await peer.query('ROLLBACK');
    expect(types(await peer.query('SELECT 1'))).toBe('TDCZ');
  });

  it('leaves named statements from before as they were', async () => {
    await peer.batch(say.parse('mine', 'SELECT id FROM people WHERE id = $1'));
    await peer.batch(say.parse('bad', 'DROP TABLE people'));
    expect(types(await peer.batch(say.bind('', 'mine', ['1']), say.execute()))).toBe('2DCZ');
    expect(errorOf(await peer.batch(say.bind('', 'bad'), say.execute())).get('C')).toBe('26000');
  });

  it('denies an EXECUTE by what it runs, and a PREPARE of it before', async () => {
    expect(types(await peer.query('PREPARE wipe AS DELETE FROM people'))).toBe('EZ');
    expect(types(await peer.query('EXECUTE wipe'))).toBe('EZ');
    expect(await people()).toBe(300);
  });

  it('judges an EXECUTE by what the server has prepared, not by a PREPARE that failed', async () => {
    await peer.query(`${ORDER} (10004, 1, 'a', 1, 1)`);
    await peer.query("PREPARE s AS UPDATE orders SET status = 'changed' WHERE id = 10004");
    await peer.query('PREPARE s AS SELECT 1');
    await peer.query('EXECUTE s');
    const [last] = (await side.gate.records())
      .filter((row) => row['type'] === 'decided' && String(row['statement']).startsWith('EXECUTE s'))
      .slice(-1);
    expect(last?.['tables']).toEqual(['public.orders']);
    expect(last?.['verbs']).toContain('UPDATE');
    expect((await side.rows('SELECT status FROM orders WHERE id = 10004'))[0]).toEqual({ status: 'changed' });
  });

  it('judges a Bind by what the server has parsed, not by a Parse that failed or was skipped', async () => {
    await peer.batch(say.parse('s', "UPDATE people SET notes = 'x' WHERE id = 2"));
    peer.send(say.parse('s', 'SELECT 1'), say.sync, say.bind('', 's'), say.execute(), say.sync);
    await peer.ready(2);
    const [last] = (await side.gate.records())
      .filter((row) => row['action_kind'] === 'postgres.execute')
      .slice(-1);
    expect(last?.['verbs']).toEqual(['UPDATE']);
  });

  it('does not take a cursor for the statement of a PREPARE with its name', async () => {
    await peer.query('BEGIN; DECLARE x CURSOR FOR SELECT 1');
    expect(errorOf(await peer.query('PREPARE x AS DELETE FROM people')).get('C')).toBe('42501');
  });
});

describe('by group and by label', () => {
  it('denies writes to readers, with the group named by the token', async () => {
    const reader = await side.gated({ groups: ['readers'] });
    expect(errorOf(await reader.query(`${ORDER} (10001, 1, 'a', 1, 1)`)).get('C')).toBe('42501');
    expect(types(await reader.query('SELECT count(*) FROM people'))).toBe('TDCZ');
    await reader.close();
  });
});
