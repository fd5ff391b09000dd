/** What ends a session that waits for a human, and how clients as people use them wait. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createSystemClock } from '../../ext-proc/adapters/system-clock.ts';
import { openSqliteState, type SqliteState } from '../../ext-proc/adapters/sqlite-state.ts';
import { BACKEND } from '../../ext-proc/protocols/postgres/message-types.ts';
import { silentLog } from '../support/audit-records.ts';
import { held, startHeldPostgres, type HeldPostgres } from '../support/held-postgres.ts';
import { cancelBy } from '../support/postgres-socket.ts';
import { columnOf, errorOf, refusalOf, stateOf } from '../support/wire-answers.ts';
import { say, type WirePeer } from '../support/wire-peer.ts';

const UPDATES = held(['UPDATE']);
const present = (tool: string): boolean =>
  ['/usr/bin', '/usr/local/bin'].some((folder) => existsSync(join(folder, tool)));

let side: HeldPostgres;
let control: SqliteState;
const open: WirePeer[] = [];

beforeAll(async () => {
  side = await startHeldPostgres([UPDATES]);
  control = openSqliteState({
    file: join(side.gate.config.service.stateDirectory, 'state.db'),
    worker: 'cli',
    clock: createSystemClock(),
    log: silentLog,
  });
  const admin = await side.direct();
  await admin.query('create table people (id int primary key, name text)');
  await admin.query("insert into people select g, 'name ' || g from generate_series(1, 9) g");
  await admin.close();
});
afterAll(async () => {
  control?.close();
  await side?.stop();
});
afterEach(() => {
  for (const each of open.splice(0)) each.abort();
});

async function gated(on: HeldPostgres = side, token?: string): Promise<WirePeer> {
  const made = await on.gated(token === undefined ? {} : { token });
  open.push(made);
  return made;
}
async function direct(sql: string, on: HeldPostgres = side): Promise<string[]> {
  const admin = await on.direct();
  const rows = await admin.query(sql);
  await admin.close();
  return columnOf(rows);
}

const UPDATE = "UPDATE people SET name = 'no' WHERE id = 1";
const unchanged = async (on: HeldPostgres = side): Promise<void> =>
  expect(await direct('select name from people where id = 1', on)).toEqual(['name 1']);

describe('a hold ends, and nothing runs, when', () => {
  it('its session is killed', async () => {
    const peer = await gated();
    peer.send(say.query(UPDATE));
    const request = await side.reviewer.waiting();
    expect(control.kill(request.sessionId, 'test')).toBe(true);
    expect(refusalOf(await peer.ready())).toBe('57P01 GH_SESSION_KILLED');
    await expect.poll(() => side.reviewer.state(request.id)).toBe('cancelled');
    await unchanged();
  });

  it('its principal is blocked', async () => {
    const peer = await gated(side, await side.gate.token({ subject: 'agent:blocked' }));
    peer.send(say.query(UPDATE));
    const request = await side.reviewer.waiting();
    control.block('agent:blocked', 'test');
    expect(refusalOf(await peer.ready())).toBe('57P01 GH_PRINCIPAL_BLOCKED');
    await expect.poll(() => side.reviewer.state(request.id)).toBe('cancelled');
    control.unblock('agent:blocked', 'test');
    await unchanged();
  });

  it('its token expires', async () => {
    const token = await side.gate.token({ ttlMs: 3_000 });
    const peer = await gated(side, token);
    peer.send(say.query(UPDATE));
    const request = await side.reviewer.waiting();
    expect(refusalOf(await peer.ready())).toBe('28000 GH_TOKEN_EXPIRED');
    await expect.poll(() => side.reviewer.state(request.id)).toBe('cancelled');
    await unchanged();
  });

  it('the server ends the session', async () => {
    const peer = await gated();
    await peer.query('BEGIN');
    peer.send(say.query(UPDATE));
    const request = await side.reviewer.waiting();
    await direct(`select pg_terminate_backend(${peer.backendKey?.processId})::text`);
    expect(errorOf(await peer.ready()).get('C')).toBe('57P01');
    await expect.poll(() => side.reviewer.state(request.id)).toBe('cancelled');
    await unchanged();
  });
});

it('a client that sends far ahead of what is held waits in its own socket', async () => {
  const peer = await gated();
  peer.send(say.query(UPDATE.replace('= 1', '= 2')));
  const request = await side.reviewer.waiting();
  const row = say.query(`SELECT '${'x'.repeat(100_000)}'`);
  const { socket } = peer.client;
  let sent = 0;
  while (sent < 100 * 1_048_576 && socket.writableLength < 4 * 1_048_576) {
    socket.write(row);
    sent += row.length;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(sent).toBeLessThan(60 * 1_048_576);
  await side.reviewer.decide(request.id);
  const [first] = await peer.until(BACKEND.CommandComplete);
  expect(first?.type).toBe(BACKEND.NoticeResponse);
  const answers = await peer.ready(1 + Math.floor(sent / row.length));
  expect(stateOf(answers)).toBe('I');
});

describe('a worker that is killed while a client waits', () => {
  it('leaves the client a closed connection, and the request abandoned', { timeout: 60_000 }, async () => {
    const workers = await startHeldPostgres([UPDATES], { gate: { workers: 2, processes: true } });
    try {
      await direct('create table people (id int primary key, name text)', workers);
      await direct("insert into people values (1, 'name 1')", workers);
      const peer = await gated(workers);
      peer.send(say.query(UPDATE));
      const request = await workers.reviewer.waiting();
      for (const worker of workers.gate.processes) worker.kill('SIGKILL');
      await peer.toEnd();
      await expect
        .poll(
          async () => {
            await workers.reviewer.store.sweep();
            return workers.reviewer.state(request.id);
          },
          { timeout: 20_000, interval: 500 },
        )
        .toBe('abandoned');
      expect(await workers.reviewer.decide(request.id)).toMatchObject({ kind: 'closed' });
      await unchanged(workers);
    } finally {
      await workers.stop();
    }
  });

  it('of two, ends a hold of the other by a cancel request', { timeout: 60_000 }, async () => {
    const workers = await startHeldPostgres([UPDATES], { gate: { workers: 2, processes: true } });
    try {
      await direct('create table people (id int primary key, name text)', workers);
      // Envoy spreads connections over the workers: some of these requests reach the other one.
      for (let round = 0; round < 4; round++) {
        const peer = await gated(workers);
        peer.send(say.query(UPDATE));
        await workers.reviewer.waiting();
        const began = performance.now();
        await cancelBy(workers.gate.port, peer.backendKey);
        expect(refusalOf(await peer.ready())).toBe('57014 GH_APPROVAL_CANCELLED');
        expect(performance.now() - began).toBeLessThan(2_000);
        peer.abort();
      }
    } finally {
      await workers.stop();
    }
  });
});

it('a gate that drains ends holds: the client is told, in its transaction too', async () => {
  const draining = await startHeldPostgres([UPDATES]);
  try {
    await direct('create table people (id int primary key, name text)', draining);
    const idle = await gated(draining);
    const block = await gated(draining);
    await block.query('BEGIN');
    for (const peer of [idle, block]) peer.send(say.query(UPDATE));
    await expect
      .poll(async () => (await draining.reviewer.store.list({ states: ['pending'], limit: 5 })).length)
      .toBe(2);
    const drained = draining.gate.worker.drain();
    expect(refusalOf(await idle.ready())).toBe('57P01 GH_DRAINED');
    const answer = await block.ready();
    expect([refusalOf(answer), stateOf(answer)]).toEqual(['57P01 GH_DRAINED', 'E']);
    block.send(say.query('ROLLBACK'));
    await block.toEnd();
    await drained;
  } finally {
    await draining.stop();
  }
});

it('without a catalogue connection a hold is refused, and says why', async () => {
  const blind = await startHeldPostgres([held(['SELECT', 'UNKNOWN'])], { catalogue: false });
  try {
    const peer = await gated(blind);
    const answer = await peer.query('SELECT 1');
    expect(refusalOf(answer)).toBe('42501 GH_APPROVAL_NO_CATALOGUE');
    expect(errorOf(answer).get('H')).toContain('gatehouse doctor');
  } finally {
    await blind.stop();
  }
});

describe('clients', () => {
  const environment = async (): Promise<NodeJS.ProcessEnv> => ({
    PATH: process.env['PATH'],
    PGHOST: '127.0.0.1',
    PGPORT: String(side.gate.port),
    PGUSER: 'anyone',
    PGDATABASE: 'postgres',
    PGPASSWORD: await side.gate.token(),
    PGSSLMODE: 'disable',
    PGREQUIREAUTH: '',
  });

  it.skipIf(!present('psql'))('psql says that it waits, and the row count arrives', async () => {
    const env = await environment();
    const done = new Promise<{ stdout: string; stderr: string }>((resolve) => {
      execFile(
        'psql',
        ['-XA', '-c', "UPDATE people SET name = 'by psql' WHERE id = 3"],
        { env, timeout: 20_000 },
        (_error, stdout, stderr) => resolve({ stdout, stderr }),
      );
    });
    const request = await side.reviewer.waiting();
    await side.reviewer.decide(request.id);
    const { stdout, stderr } = await done;
    expect(stdout).toBe('UPDATE 1\n');
    expect(stderr).toContain('NOTICE:  gatehouse: waiting for approval by 1 of group reviewers');
    expect(stderr).toContain(`approvals/${request.id}`);
  });

  it.skipIf(!present('psql'))('psql ends the wait by Ctrl-C', async () => {
    const child = spawn('psql', ['-XA', '-c', UPDATE], { env: await environment() });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const request = await side.reviewer.waiting();
    await expect.poll(() => stderr).toContain('NOTICE');
    child.kill('SIGINT');
    await once(child, 'exit');
    expect(stderr).toContain('no longer waiting for approval');
    expect(await side.reviewer.state(request.id)).toBe('cancelled');
    await unchanged();
  });

  it('node-postgres hears the notice, and gets its rows', async () => {
    const client = new Client({
      host: '127.0.0.1',
      port: side.gate.port,
      user: 'anyone',
      database: 'postgres',
      password: await side.gate.token(),
    });
    await client.connect();
    const notices: string[] = [];
    client.on('notice', (notice) => notices.push(String(notice.message)));
    const asked = client.query('UPDATE people SET name = $1 WHERE id = $2 RETURNING name', ['by pg', 4]);
    const request = await side.reviewer.waiting();
    expect(request.view.parameters).toEqual(['by pg', '4']);
    await side.reviewer.decide(request.id);
    expect((await asked).rows).toEqual([{ name: 'by pg' }]);
    expect(notices.join()).toContain('waiting for approval');
    const denied = client.query('UPDATE people SET name = $1', ['all']);
    const second = await side.reviewer.waiting();
    expect(second.view.warnings).toContain('No condition limits which rows it changes.');
    await side.reviewer.decide(second.id, { verdict: 'deny', reason: 'all of them?' });
    await expect(denied).rejects.toMatchObject({
      code: '42501',
      message: expect.stringContaining('all of them?'),
    });
    await client.end();
  });
});
