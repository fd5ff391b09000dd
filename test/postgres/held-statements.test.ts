/** Statements that policy holds, through a real Envoy: the client waits, people decide, and exactly what they saw runs. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decodeErrorFields } from '../../ext-proc/protocols/postgres/backend.ts';
import { BACKEND } from '../../ext-proc/protocols/postgres/message-types.ts';
import { CONSOLE_URL, held, startHeldPostgres, type HeldPostgres } from '../support/held-postgres.ts';
import { BOB } from '../support/reviewer.ts';
import type { WireMessage } from '../support/postgres-wire-client.ts';
import { say, type WirePeer } from '../support/wire-peer.ts';

const UPDATES = held(['UPDATE']);

let side: HeldPostgres;
let peer: WirePeer;
const open: WirePeer[] = [];

beforeAll(async () => {
  side = await startHeldPostgres([UPDATES]);
  const admin = await side.direct();
  await admin.query('create table people (id int primary key, name text, card text)');
  await admin.query("insert into people select g, 'name ' || g, 'card ' || g from generate_series(1, 9) g");
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

/** Types and, of errors and notices, their fields. */
function fieldsOf(message: WireMessage | undefined): ReadonlyMap<string, string> {
  const decoded = message === undefined ? undefined : decodeErrorFields(message.wire);
  return decoded?.ok === true ? decoded.fields : new Map();
}
const only = (messages: readonly WireMessage[], type: number): WireMessage[] =>
  messages.filter((each) => each.type === type);
const errorOf = (messages: readonly WireMessage[]): ReadonlyMap<string, string> =>
  fieldsOf(only(messages, BACKEND.ErrorResponse)[0]);
const tagOf = (messages: readonly WireMessage[]): string | undefined =>
  only(messages, BACKEND.CommandComplete)[0]?.wire.toString('latin1', 5).replace('\0', '');

async function names(): Promise<string[]> {
  const admin = await side.direct();
  const rows = await admin.query('select name from people order by id');
  await admin.close();
  return only(rows, BACKEND.DataRow).map(({ wire }) => wire.subarray(11).toString());
}

const records = (approvalId: string): Promise<Record<string, unknown>[]> =>
  side.gate.records().then((all) => all.filter((row) => row['approval_id'] === approvalId));

describe('a held UPDATE in a Query', () => {
  it('waits, says for whom, until when and where, and runs once it is approved', async () => {
    peer.send(say.query("UPDATE people SET name = 'approved' WHERE id = 1"));
    const [notice] = await peer.until(BACKEND.NoticeResponse);
    const request = await side.reviewer.waiting();
    const said = fieldsOf(notice);
    expect(said.get('M')).toContain('waiting for approval by 1 of group reviewers, until 20');
    expect(said.get('M')).toContain(`UPDATE of public.people on sample (database postgres) as role postgres`);
    expect(said.get('M')).toContain(request.id);
    expect(said.get('D')).toBe(`${CONSOLE_URL}/approvals/${request.id}`);
    expect((await names())[0]).toBe('name 1');
    await side.reviewer.decide(request.id);
    const answer = await peer.ready();
    expect(tagOf(answer)).toBe('UPDATE 1');
    expect((await names())[0]).toBe('approved');
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
    const kinds = rows.map((row) => row['action_kind']);
    expect(kinds).toEqual(['approval.requested', 'approval.released', 'postgres.query']);
    const digests = new Set(rows.map((row) => row['action_digest']));
    expect([...digests]).toEqual([request.actionDigest]);
    const action = rows[2] as Record<string, unknown>;
    expect(action).toMatchObject({
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

  it('is refused with the reviewer’s reason where it is denied, and the session goes on', async () => {
    peer.send(say.query("UPDATE people SET name = 'denied' WHERE id = 2"));
    const request = await side.reviewer.waiting();
    await side.reviewer.decide(request.id, {
      verdict: 'deny',
      reason: 'Ask jane.doe@example.com first.',
    });
    const error = errorOf(await peer.ready());
    expect(error.get('C')).toBe('42501');
    expect(error.get('M')).toMatch(/^gatehouse: denied by a reviewer: Ask .* first\./);
    expect(error.get('M')).not.toContain('jane.doe@example.com');
    expect(error.get('D')).toContain('GH_APPROVAL_DENIED');
    expect((await names())[1]).toBe('name 2');
    expect(tagOf(await peer.query('SELECT 1'))).toBe('SELECT 1');
    const action = (await records(request.id)).find((row) => row['action_kind'] === 'postgres.query');
    expect(action).toMatchObject({
      decision: 'hold',
      outcome: 'denied',
      error_code: 'GH_APPROVAL_DENIED',
      event_id: request.eventId,
    });
  });
});
