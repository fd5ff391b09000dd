/** I8 on the way to ClickHouse: one row an action in `events`, whatever dies, comes back or is tried again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@clickhouse/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EVENT_COLUMNS, roleStatements, schemaStatements } from '../ext-proc/adapters/clickhouse/schema.ts';
import { credentialOptions } from '../ext-proc/adapters/clickhouse/credentials.ts';
import { type ClickHouseSink, createClickHouseSink } from '../ext-proc/adapters/clickhouse/sink.ts';
import { readCheckpoint } from '../ext-proc/adapters/journal/checkpoint.ts';
import { type Journal, openJournal } from '../ext-proc/adapters/journal/journal.ts';
import { listSegments } from '../ext-proc/adapters/journal/layout.ts';
import { type Shipping, type ShippingOptions, startShipping } from '../ext-proc/adapters/journal/shipping.ts';
import { chainsToAnchor, verifyJournal } from '../ext-proc/adapters/journal/verify.ts';
import { type EmbeddedClickHouse, startClickHouse } from '../ext-proc/embedded/clickhouse.ts';
import { Secret } from '../ext-proc/domain/secret.ts';
import { decided, ended, eventId, silentLog, systemClock } from './support/audit-records.ts';
import { startFlakyProxy } from './support/flaky-proxy.ts';
import { temporaryDirectory, type TemporaryDirectory } from './support/temporary-directory.ts';

const PASSWORD = 'test';
let home: TemporaryDirectory;
let server: EmbeddedClickHouse;
let directory: TemporaryDirectory;
const journals: Journal[] = [];
const shippings: Shipping[] = [];
const sinks: ClickHouseSink[] = [];

beforeAll(async () => {
  home = await temporaryDirectory();
  server = await startClickHouse({ directory: join(home.path, 'clickhouse'), password: PASSWORD });
});
afterAll(async () => {
  await server.stop();
  await home.remove();
});
beforeEach(async () => {
  directory = await temporaryDirectory();
  await sql('DROP DATABASE IF EXISTS gatehouse');
});
afterEach(async () => {
  for (const shipping of shippings.splice(0)) await shipping.stop(1_000);
  for (const journal of journals.splice(0)) await journal.close();
  for (const sink of sinks.splice(0)) await sink.close();
  await directory.remove();
});

async function sql<T = Record<string, unknown>>(query: string): Promise<T[]> {
  const client = createClient({
    url: server.url,
    ...credentialOptions({ user: server.user, password: new Secret(PASSWORD) }),
  });
  try {
    if (!query.startsWith('SELECT')) {
      await client.command({ query });
      return [];
    }
    return await (await client.query({ query, format: 'JSONEachRow' })).json<T>();
  } finally {
    await client.close();
  }
}

function sinkAt(url = server.url, user = server.user): ClickHouseSink {
  const sink = createClickHouseSink({ url, database: 'gatehouse', user, password: new Secret(PASSWORD) });
  sinks.push(sink);
  return sink;
}

function ship(more: Partial<ShippingOptions> = {}): Shipping {
  const shipping = startShipping({
    directory: directory.path,
    sink: sinkAt(),
    flushIntervalMs: 10,
    batchRows: 1_000,
    clock: systemClock,
    log: silentLog,
    ...more,
  });
  shippings.push(shipping);
  return shipping;
}

async function write(worker = '0', segmentBytes = 65_536): Promise<Journal> {
  const journal = await openJournal({
    directory: directory.path,
    worker,
    durability: 'written',
    segmentBytes,
    bytesMax: 1_073_741_824,
    clock: systemClock,
    log: silentLog,
  });
  journals.push(journal);
  return journal;
}

async function act(journal: Journal, from: number, count: number): Promise<void> {
  for (let number = from; number < from + count; number += 20) {
    const turn = Array.from({ length: Math.min(20, from + count - number) }, (_, index) => number + index);
    await Promise.all(turn.map((mine) => journal.append(decided(mine))));
    await Promise.all(turn.map((mine) => journal.append(ended(mine))));
  }
}

const caughtUp = async (shipping: Shipping, rows: number): Promise<void> => {
  await expect.poll(() => shipping.stats().rowsShipped, { timeout: 30_000 }).toBeGreaterThanOrEqual(rows);
  await expect.poll(() => shipping.stats().lagMs, { timeout: 30_000 }).toBe(0);
};

/** Every action once, each with outcome `ok`. */
async function expectEachOnce(count: number): Promise<void> {
  const [found] = await sql(
    `SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(event_id)) AS events, toUInt32(countIf(outcome = 'ok')) AS ok, toUInt32(countIf(journal_intact)) AS intact FROM gatehouse.events`,
  );
  expect(found).toEqual({ rows: count, events: count, ok: count, intact: count });
}

describe('a row', () => {
  it('shows an action that runs as unknown, and then how it ended, as one row', async () => {
    const journal = await write();
    const shipping = ship();
    await journal.append(decided(1));
    await caughtUp(shipping, 1);
    expect(await sql('SELECT outcome, toUInt32(journal_seq) AS seq FROM gatehouse.events')).toEqual([
      { outcome: 'unknown', seq: 1 },
    ]);
    await journal.append(
      ended(1, { outcome: 'error', error_code: '23505', rows: 7, masks: { 'card:people.card': 3 } }),
    );
    await caughtUp(shipping, 2);
    expect(
      await sql(
        `SELECT outcome, error_code, toUInt32(rows) AS rows, duration_ms, masks['card:people.card']::UInt32 AS masked FROM gatehouse.events`,
      ),
    ).toEqual([{ outcome: 'error', error_code: '23505', rows: 7, duration_ms: 1.25, masked: 3 }]);
  });

  it('has every field of both records, exactly', async () => {
    const journal = await write();
    const shipping = ship();
    const record = decided(1, {
      time: 1_764_000_000_000.123,
      statement: 'SELECT \'é😀\u0000\\\' -- "outcome":"ok"',
      groups: ['a', 'b"c'],
      verbs: [],
      details: { outcome: 'x', 'k"': '\n' },
      report_only: ['postgres.x'],
    });
    await journal.append(record);
    await journal.append(ended(1, { time: 1_764_000_000_001.5, bytes_out: Number.MAX_SAFE_INTEGER }));
    await caughtUp(shipping, 1);
    const [row] = await sql('SELECT * FROM gatehouse.events');
    const { type: _type, time: _time, ...fields } = record;
    expect(row).toMatchObject({
      ...fields,
      time: '2025-11-24 16:00:00.000123',
      ended_time: '2025-11-24 16:00:00.001500',
      outcome: 'ok',
      bytes_out: Number.MAX_SAFE_INTEGER,
      journal_worker: '0',
      journal_chain: journal.stats().chain,
      journal_seq: 1,
      journal_ended_seq: 2,
      journal_intact: true,
    });
    expect(Object.keys(row as object)).toEqual(EVENT_COLUMNS);
  });

  it('names the line of the journal that it came from, by number and hash', async () => {
    const journal = await write();
    const shipping = ship();
    await journal.append(decided(1));
    await journal.append(ended(1));
    await caughtUp(shipping, 1);
    const [segment] = await listSegments(join(directory.path, '0'));
    const lines = (await readFile(segment?.path as string, 'utf8')).split('\n');
    const [row] = await sql<{ hash: string; end: string }>(
      'SELECT journal_hash AS hash, journal_ended_hash AS end FROM gatehouse.events',
    );
    expect(lines[1]).toContain(`"hash":"${row?.hash}"`);
    expect(lines[2]).toContain(`"hash":"${row?.end}"`);
  });

  it('of any month goes in with its batch', async () => {
    const journal = await write();
    const shipping = ship();
    const monthMs = 31 * 86_400_000;
    await Promise.all(
      Array.from({ length: 150 }, (_, month) =>
        journal.append(decided(month, { time: month * monthMs, outcome: 'ok' })),
      ),
    );
    await caughtUp(shipping, 150);
    await expectEachOnce(150);
  });
});

describe('shipping', () => {
  it('brings each action of many workers once, over segments and batches', async () => {
    const shipping = ship({ batchRows: 37 });
    const writers = await Promise.all([write('0'), write('1'), write('2')]);
    await Promise.all(writers.map((journal, index) => act(journal, index * 10_000, 1_000)));
    await caughtUp(shipping, 3_000);
    await expectEachOnce(3_000);
    expect(shipping.stats()).toMatchObject({ openActions: 0, unshippedBytes: 0, failing: undefined });
  });

  it('loses and doubles nothing when ClickHouse is killed and comes back', async () => {
    const own = await temporaryDirectory();
    const start = (port?: number): Promise<EmbeddedClickHouse> =>
      startClickHouse({
        directory: join(own.path, 'clickhouse'),
        password: PASSWORD,
        ...(port === undefined ? {} : { port }),
      });
    let mortal = await start();
    const port = Number(new URL(mortal.url).port);
    const outer = server;
    server = mortal;
    try {
      const shipping = ship({ batchRows: 100, sink: sinkAt() });
      const journal = await write();
      let written = 0;
      for (let round = 0; round < 3; round++) {
        await act(journal, written, 1_000);
        await mortal.kill();
        await act(journal, written + 1_000, 1_000);
        written += 2_000;
        await expect.poll(() => shipping.stats().failing, { timeout: 20_000 }).toBeDefined();
        mortal = await start(port);
        server = mortal;
        await expect.poll(() => shipping.stats().failing, { timeout: 20_000 }).toBeUndefined();
      }
      await caughtUp(shipping, written);
      await expectEachOnce(written);
      expect(shipping.stats().retries).toBeGreaterThan(0);
      await shipping.stop(1_000);
    } finally {
      server = outer;
      await mortal.stop();
      await own.remove();
    }
  });

  it('doubles nothing when answers are lost and batches are sent again', async () => {
    const proxy = await startFlakyProxy(server.url, (insert) => insert % 3 === 0);
    const shipping = ship({ batchRows: 100, sink: sinkAt(proxy.url) });
    const journal = await write();
    await act(journal, 0, 1_000);
    await caughtUp(shipping, 1_000);
    await shipping.stop(1_000);
    await proxy.stop();
    expect(proxy.lost).toBeGreaterThan(3);
    await expectEachOnce(1_000);
    // Not even below the view: a batch sent again with its token is dropped by the table itself.
    expect(await sql('SELECT toUInt32(count()) AS rows FROM gatehouse.event_versions')).toEqual([
      { rows: 1_000 },
    ]);
  });

  it('loses and doubles nothing when the shipping process is killed, again and again', async () => {
    const journal = await write('0', 16_384);
    const program = fileURLToPath(new URL('support/audit-shipper.ts', import.meta.url));
    const writing = act(journal, 0, 6_000);
    for (let life = 0; life < 6; life++) {
      const child = spawn(process.execPath, [program, directory.path, server.url, server.user, PASSWORD], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      child.stdout.resume();
      const closed = once(child, 'close');
      await Promise.race([once(child.stdout, 'data'), closed]);
      await new Promise((resolve) => setTimeout(resolve, 30 + life * 23));
      child.kill('SIGKILL');
      await closed;
    }
    await writing;
    const shipping = ship();
    const count = `SELECT toUInt32(countIf(outcome = 'ok')) AS ok FROM gatehouse.events`;
    await expect.poll(() => sql(count), { timeout: 20_000 }).toEqual([{ ok: 6_000 }]);
    await shipping.stop();
    await expectEachOnce(6_000);
  });

  it('ships what is left when it stops, and open actions as unknown', async () => {
    const journal = await write();
    const shipping = ship({ flushIntervalMs: 60_000 });
    await expect.poll(() => shipping.stats().batches).toBe(1);
    await act(journal, 0, 100);
    await journal.append(decided(5_000));
    await shipping.stop();
    expect(
      await sql(
        'SELECT outcome, toUInt32(count()) AS rows FROM gatehouse.events GROUP BY outcome ORDER BY outcome',
      ),
    ).toEqual([
      { outcome: 'ok', rows: 100 },
      { outcome: 'unknown', rows: 1 },
    ]);
  });

  it('goes on where it stopped, with actions that were open across the stop', async () => {
    const journal = await write();
    await journal.append(decided(1));
    await ship().stop();
    await act(journal, 100, 50);
    await journal.append(ended(1));
    const shipping = ship();
    await caughtUp(shipping, 51);
    await expectEachOnce(51);
    expect(shipping.stats().rowsShipped).toBe(51);
  });

  it('shows what a dead worker left open as unknown, though the worker never comes back, and frees its files', async () => {
    const program = fileURLToPath(new URL('support/audit-writer.ts', import.meta.url));
    const child = spawn(process.execPath, [program, directory.path, '7', 'written', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (data: Buffer) => (said += data.toString('latin1')));
    const closed = once(child, 'close');
    await Promise.race([once(child.stdout, 'data'), closed]);
    child.kill('SIGKILL');
    await closed;
    const acknowledged = said.split('\n').slice(0, -1).map(Number);

    const shipping = ship({ retentionMs: 0 });
    await caughtUp(shipping, acknowledged.length);
    await shipping.stop();
    const rows = await sql<{ event_id: string; outcome: string; error_code: string }>(
      'SELECT event_id, outcome, error_code FROM gatehouse.events',
    );
    expect(new Set(rows.map((row) => row.event_id)).size).toBe(rows.length);
    const found = new Map(rows.map((row) => [row.event_id, `${row.outcome} ${row.error_code}`]));
    for (const number of acknowledged) {
      expect(found.get(eventId(number))).toBe(number % 7 === 0 ? 'unknown GH_WORKER_DIED' : 'ok ');
    }
    expect(await listSegments(join(directory.path, '7'))).toEqual([]);
  });

  it('holds memory down while it catches up with a long journal of long statements', async () => {
    const journal = await write('0', 8 * 1_048_576);
    const statement = `SELECT '${'x'.repeat(100_000)}'`;
    for (let number = 0; number < 1_000; number += 50) {
      const turn = Array.from({ length: 50 }, (_, index) => number + index);
      await Promise.all(turn.map((mine) => journal.append(decided(mine, { statement }))));
    }
    await Promise.all(Array.from({ length: 1_000 }, (_, mine) => journal.append(ended(mine))));
    const program = fileURLToPath(new URL('support/audit-shipper.ts', import.meta.url));
    // The journal holds 100 MB, and 1,000 actions are open at once: with a heap of 80 MB, keeping them would be fatal.
    const args = ['--max-old-space-size=80', program, directory.path, server.url, server.user, PASSWORD];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let last: { openActions: number; rowsShipped: number } | undefined;
    let said = '';
    child.stdout.on('data', (data: Buffer) => {
      said += data.toString();
      const lines = said.split('\n');
      said = lines.pop() ?? '';
      if (lines.length > 0) last = JSON.parse(lines.at(-1) as string) as typeof last;
    });
    const closed = once(child, 'close');
    try {
      await expect
        .poll(() => last?.rowsShipped ?? 0, { timeout: 90_000, interval: 200 })
        .toBeGreaterThanOrEqual(1_000);
      await expect.poll(() => last?.openActions, { timeout: 90_000 }).toBe(0);
    } finally {
      child.kill('SIGKILL');
      await closed;
    }
    await expectEachOnce(1_000);
  }, 120_000);
});

describe('the disk', () => {
  it('is given back once ClickHouse has everything and every action has ended', async () => {
    const journal = await write('0', 8_192);
    await journal.append(decided(9_999));
    await act(journal, 0, 200);
    const before = (await listSegments(join(directory.path, '0'))).length;
    const first = ship({ retentionMs: 0 });
    await caughtUp(first, 200);
    await first.stop();
    // The first segment holds an action without an end, the last is being written.
    const numbers = (await listSegments(join(directory.path, '0'))).map(({ segment }) => segment);
    expect(numbers).toEqual([1, before]);
    expect(await verifyJournal(directory.path)).toMatchObject({
      ok: true,
      segmentsShippedAndDeleted: before - 2,
    });
    await journal.append(ended(9_999));
    await journal.close();
    const second = ship({ retentionMs: 0 });
    await caughtUp(second, 1);
    await second.stop();
    expect(await listSegments(join(directory.path, '0'))).toEqual([]);
    expect(await readCheckpoint(join(directory.path, '0'))).toEqual({ version: 1, chains: {} });
    await expectEachOnce(201);
  });

  it('keeps shipped segments for their time, unless they grow too many', async () => {
    const journal = await write('0', 8_192);
    await act(journal, 0, 200);
    const all = (await listSegments(join(directory.path, '0'))).length;
    const patient = ship({ retentionMs: 3_600_000 });
    await caughtUp(patient, 200);
    await patient.stop();
    expect(await listSegments(join(directory.path, '0'))).toHaveLength(all);
    await ship({ retentionMs: 3_600_000, retentionBytesMax: 60_000 }).stop();
    const left = (await listSegments(join(directory.path, '0'))).length;
    expect(left).toBeGreaterThan(2);
    expect(left).toBeLessThan(7);
  });
});

describe('a journal that was tampered with', () => {
  it('is shipped with the change marked, said so in a row of its own, and kept', async () => {
    const journal = await write('0', 8_192);
    await act(journal, 0, 40);
    await journal.close();
    const [segment] = await listSegments(join(directory.path, '0'));
    const path = segment?.path as string;
    const lines = (await readFile(path, 'utf8')).split('\n');
    lines[2] = (lines[2] as string).replace('SELECT name', 'SELECT nome');
    lines[3] = 'no JSON at all';
    await writeFile(path, lines.join('\n'));
    const shipping = ship({ retentionMs: 0 });
    await caughtUp(shipping, 40);
    await shipping.stop();
    expect(shipping.stats().brokenLines).toBe(3);
    const doubtful = await sql<{ statement: string }>(
      `SELECT statement FROM gatehouse.events WHERE NOT journal_intact AND action_kind != 'journal.broken'`,
    );
    // The changed line, and the one behind the line that cannot be read.
    expect(doubtful.map(({ statement }) => statement.includes('nome')).toSorted()).toEqual([false, true]);
    expect(
      await sql(
        `SELECT details['problem'] AS problem, error_code FROM gatehouse.events WHERE action_kind = 'journal.broken' ORDER BY event_id`,
      ),
    ).toHaveLength(3);
    expect((await listSegments(join(directory.path, '0'))).map((left) => left.segment)).toContain(1);
  });

  it('is found out by the anchors in ClickHouse when its tail and its checkpoint are cut', async () => {
    const journal = await write();
    await act(journal, 0, 20);
    const shipping = ship();
    await caughtUp(shipping, 20);
    await journal.close();
    await shipping.stop();
    const [segment] = await listSegments(join(directory.path, '0'));
    const path = segment?.path as string;
    const lines = (await readFile(path, 'utf8')).split('\n');
    await writeFile(path, lines.slice(0, 10).join('\n') + '\n');
    await rm(join(directory.path, '0', 'shipped.json'));
    expect(await verifyJournal(directory.path)).toMatchObject({ ok: true });
    const anchors = await sinkAt().readAnchors(await chainsToAnchor(directory.path));
    expect(await verifyJournal(directory.path, { anchors })).toMatchObject({
      ok: false,
      first: { problem: 'tail_cut' },
    });
  });
});

describe('the tables', () => {
  it('are made once and found afterwards, also by two at the same time', async () => {
    await Promise.all([sinkAt().ensureSchema(), sinkAt().ensureSchema()]);
    await sinkAt().ensureSchema();
    const tables = await sql(`SELECT name FROM system.tables WHERE database = 'gatehouse' ORDER BY name`);
    expect(tables.map(({ name }) => name)).toEqual(['event_versions', 'events', 'journal_anchors']);
  });

  it('are made whole where making them was cut short', async () => {
    const statements = schemaStatements({ database: 'gatehouse', cluster: undefined });
    for (let made = 0; made < statements.length; made++) {
      await sql('DROP DATABASE IF EXISTS gatehouse SYNC');
      for (const statement of statements.slice(0, made)) await sql(statement);
      await sinkAt().ensureSchema();
      const tables = await sql(`SELECT name FROM system.tables WHERE database = 'gatehouse' ORDER BY name`);
      expect(tables.map(({ name }) => name)).toEqual(['event_versions', 'events', 'journal_anchors']);
    }
  });

  it.each([undefined, 'main'])('have statements that ClickHouse can read (cluster: %s)', async (cluster) => {
    const statements = [
      ...schemaStatements({ database: 'gatehouse', cluster }),
      ...roleStatements({ database: 'gatehouse', cluster }),
    ];
    const client = createClient({
      url: server.url,
      ...credentialOptions({ user: server.user, password: new Secret(PASSWORD) }),
    });
    try {
      for (const statement of statements) {
        const query = 'SELECT formatQuery({statement:String}) AS text';
        const answer = await client.query({ query, query_params: { statement }, format: 'JSONEachRow' });
        const [{ text }] = (await answer.json<{ text: string }>()) as [{ text: string }];
        if (cluster !== undefined) expect(text).toContain('ON CLUSTER main');
        expect(text).toMatch(/^(CREATE|ALTER|GRANT)/);
      }
    } finally {
      await client.close();
    }
  });

  it('take no name that is more than a name', () => {
    const code = { code: 'GH_CLICKHOUSE_NAME' };
    expect(() => schemaStatements({ database: 'x; DROP TABLE y', cluster: undefined })).toThrow(
      expect.objectContaining(code),
    );
    expect(() => schemaStatements({ database: 'gatehouse', cluster: "a'b" })).toThrow(
      expect.objectContaining(code),
    );
  });

  it('are made again when they were dropped while shipping', async () => {
    const shipping = ship();
    const journal = await write();
    await act(journal, 0, 20);
    await caughtUp(shipping, 20);
    await sql('DROP DATABASE gatehouse');
    await act(journal, 100, 20);
    await caughtUp(shipping, 40);
    await expectEachOnce(20);
  });

  it('cannot be made by a user without the right, and the error says who must', async () => {
    await expect(sinkAt(server.url, server.auditor).ensureSchema()).rejects.toMatchObject({
      code: 'GH_CLICKHOUSE_SCHEMA',
      message: expect.stringContaining('audit ddl') as string,
    });
  });

  it('can be read and not written by an auditor', async () => {
    const shipping = ship();
    const journal = await write();
    await act(journal, 0, 20);
    await caughtUp(shipping, 20);
    const client = createClient({
      url: server.url,
      ...credentialOptions({ user: server.auditor, password: new Secret(PASSWORD) }),
      log: { level: 127 },
    });
    try {
      const answer = await client.query({
        query: 'SELECT count() AS rows FROM gatehouse.events',
        format: 'JSONEachRow',
      });
      expect(await answer.json()).toEqual([{ rows: 20 }]);
      const forbidden = [
        'TRUNCATE TABLE gatehouse.event_versions',
        'ALTER TABLE gatehouse.event_versions DELETE WHERE 1',
        'DROP VIEW gatehouse.events',
      ];
      for (const query of forbidden) await expect(client.command({ query })).rejects.toThrow();
      await expect(
        client.insert({
          table: 'gatehouse.event_versions',
          values: [{ event_id: 'x' }],
          format: 'JSONEachRow',
        }),
      ).rejects.toThrow();
    } finally {
      await client.close();
    }
  });
});
