/** Who may hold a session, and for how long: tokens refused, expired and renewed, kills, blocks and drains. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createSystemClock } from '../../ext-proc/adapters/system-clock.ts';
import { openSqliteState, type SqliteState } from '../../ext-proc/adapters/sqlite-state.ts';
import { decodeErrorFields } from '../../ext-proc/protocols/postgres/backend.ts';
import { BACKEND } from '../../ext-proc/protocols/postgres/message-types.ts';
import { asSessionId } from '../../ext-proc/domain/ids.ts';
import { silentLog } from '../support/audit-records.ts';
import { startGatedPostgres, type GatedPostgres } from '../support/gated-postgres.ts';
import type { WireMessage } from '../support/postgres-wire-client.ts';
import { say, WirePeer } from '../support/wire-peer.ts';

/** A second is promised; as much again is for a busy machine. */
const WITHIN_MS = 2_000;

let side: GatedPostgres;
let control: SqliteState;
const open: WirePeer[] = [];

beforeAll(async () => {
  side = await startGatedPostgres({ settings: { log_statement: 'all', log_min_duration_statement: '0' } });
  control = openSqliteState({
    file: join(side.gate.config.service.stateDirectory, 'state.db'),
    worker: 'cli',
    clock: createSystemClock(),
    log: silentLog,
  });
});
afterAll(async () => {
  control?.close();
  await side?.stop();
});
afterEach(() => {
  for (const peer of open.splice(0)) peer.abort();
});

async function gated(token?: string): Promise<WirePeer> {
  const peer = await side.gated(token === undefined ? {} : { token });
  open.push(peer);
  return peer;
}

function fields(message: WireMessage | undefined): ReadonlyMap<string, string> {
  expect(message?.type).toBe(BACKEND.ErrorResponse);
  const decoded = decodeErrorFields((message as WireMessage).wire);
  return decoded.ok ? decoded.fields : new Map();
}

/** Rows of one text column, straight from the server. */
async function column(sql: string): Promise<string[]> {
  const admin = await side.direct();
  const rows = (await admin.query(sql)).filter(({ type }) => type === BACKEND.DataRow);
  await admin.close();
  return rows.map(({ wire }) => wire.subarray(11).toString());
}

const running = (mark: string): Promise<string[]> =>
  column(
    `select pid::text from pg_stat_activity where query like '%${mark}%' and state = 'active' and pid <> pg_backend_pid()`,
  );

async function until(condition: () => Promise<boolean>, withinMs: number): Promise<number> {
  const began = performance.now();
  while (!(await condition())) {
    if (performance.now() - began > withinMs) throw new Error(`not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return performance.now() - began;
}

/** What a refused login was told. */
const refusal = (token: string): Promise<string> =>
  gated(token).then(
    () => 'let in',
    (error: unknown) => String(error),
  );

/** The token with another header or payload, its signature kept. */
function forged(token: string, part: 0 | 1, change: (value: Record<string, unknown>) => object): string {
  const parts = token.split('.');
  const value = JSON.parse(Buffer.from(parts[part] as string, 'base64url').toString()) as Record<
    string,
    unknown
  >;
  parts[part] = Buffer.from(JSON.stringify(change(value))).toString('base64url');
  return parts.join('.');
}

describe('a login', () => {
  it('is refused for a token that is no good, with a code and without its text', async () => {
    const token = await side.gate.token();
    const cases: Record<string, string> = {
      'not a token': 'hunter2',
      'another principal written in': forged(token, 1, (payload) => ({ ...payload, sub: 'agent:root' })),
      'no signature asked for': `${forged(token, 0, (header) => ({ ...header, alg: 'none' }))
        .split('.')
        .slice(0, 2)
        .join('.')}.`,
      'a symmetric algorithm': forged(token, 0, (header) => ({ ...header, alg: 'HS256' })),
      'a key id that is a path': forged(token, 0, (header) => ({ ...header, kid: '../../etc/passwd' })),
      'another audience': await side.gate.token({ audience: 'other' }),
      'long expired': await side.gate.token({ ageMs: 120_000, ttlMs: 60_000 }),
    };
    for (const [name, bad] of Object.entries(cases)) {
      const told = await refusal(bad);
      expect(told, name).toMatch(/"28000"/);
      expect(told, name).toMatch(/GH_TOKEN_[A-Z_]+/);
      expect(told, name).not.toContain(bad.slice(0, 40));
    }
    const failures = (await side.gate.records()).filter(
      (row) => row['action_kind'] === 'postgres.connect' && row['decision'] === 'deny',
    );
    expect(failures.length).toBeGreaterThanOrEqual(Object.keys(cases).length);
    for (const failure of failures) expect(failure['principal_subject'] ?? '').toBe('');
  });

  it('records the agent and the human it acts for', async () => {
    const peer = await gated(await side.gate.token({ subject: 'agent:claude-7', for: 'alice@example.com' }));
    await peer.query("select 'acting for alice'");
    const record = (await side.gate.records()).find((row) =>
      String(row['statement']).includes('acting for alice'),
    );
    expect(record).toMatchObject({
      principal_subject: 'agent:claude-7',
      on_behalf_of: 'alice@example.com',
      groups: ['developers'],
    });
    expect(
      await column(
        "select application_name from pg_stat_activity where application_name like 'agent:claude-7%'",
      ),
    ).toEqual(['agent:claude-7 for alice@example.com']);
  });
});

describe('the end of a token', () => {
  it('cancels what runs, rolls back, and ends the session as FATAL', async () => {
    const admin = await side.direct();
    await admin.query('create table if not exists written (a int); truncate written');
    await admin.close();
    const peer = await gated(await side.gate.token({ ttlMs: 6_000 }));
    await peer.query('begin');
    await peer.query('insert into written values (1)');
    peer.send(say.query("select pg_sleep(60), 'outlives its token'"));
    await until(async () => (await running('outlives its token')).length === 1, 5_000);
    const told = fields(await peer.next());
    expect(told.get('S')).toBe('FATAL');
    expect(told.get('C')).toBe('28000');
    expect(told.get('D')).toContain('GH_TOKEN_EXPIRED');
    await peer.toEnd();
    await until(async () => (await running('outlives its token')).length === 0, 3_000);
    expect(await column('select count(*)::text from written')).toEqual(['0']);
    const rows = await side.gate.records();
    expect(rows.find((row) => row['action_kind'] === 'postgres.expired')).toMatchObject({
      error_code: 'GH_TOKEN_EXPIRED',
    });
    const query = rows.find((row) => String(row['statement']).includes('outlives its token'));
    await until(
      async () =>
        (await side.gate.records()).some(
          (row) =>
            row['type'] === 'ended' &&
            row['event_id'] === query?.['event_id'] &&
            row['outcome'] === 'aborted',
        ),
      2_000,
    );
  });

  it('is put off by SET gatehouse.token, in both protocols, and the token is nowhere', async () => {
    const peer = await gated(await side.gate.token({ ttlMs: 6_000 }));
    const simple = await side.gate.token({ ttlMs: 10_000 });
    const answer = await peer.query(`SET gatehouse.token = '${simple}'`);
    expect(answer.map(({ wire }) => wire.toString())).toEqual(['C\0\0\0\x08SET\0', 'Z\0\0\0\x05I']);
    const extended = await side.gate.token({ ttlMs: 600_000 });
    const batch = await peer.batch(
      say.parse('', `set gatehouse.token to '${extended}'`),
      say.describeStatement(),
      say.bind('', ''),
      say.describePortal(),
      say.execute(),
    );
    expect(batch.map(({ type }) => String.fromCharCode(type)).join('')).toBe('1tn2nCZ');
    await peer.query('begin');
    await peer.query(`set session gatehouse.token = '${extended}';`);
    await new Promise((resolve) => setTimeout(resolve, 10_500));
    const after = await peer.query('select 1');
    expect(after.map(({ type }) => String.fromCharCode(type)).join('')).toBe('TDCZ');
    expect(after.at(-1)?.wire.at(-1)).toBe('T'.charCodeAt(0));
    const everything =
      JSON.stringify(await side.gate.records()) +
      (await readFile(side.postgres.logFile, 'utf8')) +
      (await readFile(side.gate.envoy.logFile, 'utf8'));
    for (const token of [simple, extended]) {
      expect(everything).not.toContain(token);
      expect(everything).not.toContain(token.split('.')[2]);
    }
    expect(
      (await side.gate.records()).filter(
        (row) => row['action_kind'] === 'postgres.token_renewed' && row['decision'] === 'allow',
      ).length,
    ).toBe(3);
    expect(await readFile(side.postgres.logFile, 'utf8')).not.toContain('gatehouse.token');
  });

  it('is not put off by the token of another principal, or by one that is no good', async () => {
    const peer = await gated();
    const other = await side.gate.token({ subject: 'agent:other' });
    const [first] = await peer.query(`SET gatehouse.token = '${other}'`);
    expect(fields(first).get('D')).toContain('GH_TOKEN_OTHER_PRINCIPAL');
    const expired = await side.gate.token({ ageMs: 120_000, ttlMs: 60_000 });
    const [second] = await peer.query(`SET gatehouse.token = '${expired}'`);
    expect(fields(second).get('D')).toContain('GH_TOKEN_EXPIRED');
    const batch = await peer.batch(
      say.parse('', `SET gatehouse.token = '${other}'`),
      say.bind('', ''),
      say.execute(),
    );
    expect(batch.map(({ type }) => String.fromCharCode(type)).join('')).toBe('12EZ');
    expect((await peer.query('select 1')).length).toBe(4);
    expect(JSON.stringify(await side.gate.records())).not.toContain(other.split('.')[2]);
  });

  it('is not put off by anything but the plain statement, and such text is in no record', async () => {
    const peer = await gated();
    const token = await side.gate.token();
    for (const text of [
      `/* x */ SET gatehouse.token = '${token}'`,
      `select 1; SET gatehouse.token = '${token}'`,
      `select set_config('gatehouse.token', '${token}', false)`,
      `SET LOCAL "gatehouse"."token" = '${token}'`,
    ]) {
      const [error] = await peer.query(text);
      expect(fields(error).get('D'), text).toContain('GH_TOKEN_STATEMENT');
    }
    expect(JSON.stringify(await side.gate.records())).not.toContain(token.split('.')[2]);
    expect(await readFile(side.postgres.logFile, 'utf8')).not.toContain(token.split('.')[2]);
  });
});

describe('an operator', () => {
  it('kills a session within a second, and what it runs', async () => {
    const peer = await gated(await side.gate.token({ subject: 'agent:killed' }));
    peer.send(say.query("select pg_sleep(60), 'to be killed'"));
    await until(async () => (await running('to be killed')).length === 1, 2_000);
    const [session] = control
      .listSessions()
      .filter(({ principalSubject }) => principalSubject === 'agent:killed');
    const began = performance.now();
    expect(control.kill(asSessionId(String(session?.sessionId)), 'test')).toBe(true);
    const told = fields(await peer.next());
    expect(performance.now() - began).toBeLessThan(WITHIN_MS);
    expect(told.get('S')).toBe('FATAL');
    expect(told.get('C')).toBe('57P01');
    expect(told.get('D')).toContain('GH_SESSION_KILLED');
    await peer.toEnd();
    await until(async () => (await running('to be killed')).length === 0, 2_000);
  });

  it('blocks a principal: its sessions end within a second, whoever it acts for, and it does not get in again', async () => {
    const token = await side.gate.token({ subject: 'agent:blocked', for: 'bob@example.com' });
    const agent = await gated(token);
    const bystander = await gated();
    const began = performance.now();
    control.block('bob@example.com', 'test');
    expect(fields(await agent.next()).get('D')).toContain('GH_PRINCIPAL_BLOCKED');
    expect(performance.now() - began).toBeLessThan(WITHIN_MS);
    expect(await refusal(token)).toContain('GH_PRINCIPAL_BLOCKED');
    expect((await bystander.query('select 1')).length).toBe(4);
    control.unblock('bob@example.com', 'test');
    expect(await refusal(token)).toBe('let in');
  });
});
