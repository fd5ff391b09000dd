/** The way of the evidence into a ClickHouse of two shards: each action once, whatever is lost or killed on the way. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { type ClickHouseSink, createClickHouseSink } from '../ext-proc/adapters/clickhouse/sink.ts';
import { openJournal, type Journal } from '../ext-proc/adapters/journal/journal.ts';
import { startShipping, type Shipping } from '../ext-proc/adapters/journal/shipping.ts';
import { decided, ended, silentLog, systemClock } from './support/audit-records.ts';
import {
  CLUSTER,
  SHARDS,
  startClickHouseShards,
  statementsOfAShard,
  type ClickHouseShards,
} from './support/clickhouse-shards.ts';
import { startFlakyProxy } from './support/flaky-proxy.ts';
import { temporaryDirectory, type TemporaryDirectory } from './support/temporary-directory.ts';

let shards: ClickHouseShards;
let directory: TemporaryDirectory;
let journal: Journal;
let sink: ClickHouseSink;
let shipping: Shipping;

beforeAll(async () => {
  shards = await startClickHouseShards();
});
afterAll(() => shards?.stop());
beforeEach(async () => {
  directory = await temporaryDirectory();
  for (let shard = 0; shard < SHARDS; shard++) {
    await shards.query(shard, 'DROP DATABASE gatehouse SYNC');
    for (const statement of statementsOfAShard()) await shards.query(shard, statement);
  }
  journal = await openJournal({
    directory: directory.path,
    worker: '0',
    durability: 'written',
    segmentBytes: 65_536,
    bytesMax: 1_073_741_824,
    clock: systemClock,
    log: silentLog,
  });
});
afterEach(async () => {
  await shipping.stop(1_000);
  await journal.close();
  await sink.close();
  await directory.remove();
});

function ship(url: string): void {
  sink = createClickHouseSink({ url, database: 'gatehouse', cluster: CLUSTER });
  shipping = startShipping({
    directory: directory.path,
    sink,
    flushIntervalMs: 10,
    batchRows: 100,
    clock: systemClock,
    log: silentLog,
  });
}

async function act(from: number, count: number): Promise<void> {
  for (let number = from; number < from + count; number += 20) {
    const turn = Array.from({ length: 20 }, (_, index) => number + index);
    await Promise.all(turn.map((mine) => journal.append(decided(mine))));
    await Promise.all(turn.map((mine) => journal.append(ended(mine))));
  }
}

const caughtUp = async (rows: number): Promise<void> => {
  await expect.poll(() => shipping.stats().rowsShipped, { timeout: 60_000 }).toBeGreaterThanOrEqual(rows);
  await expect.poll(() => shipping.stats().lagMs, { timeout: 60_000 }).toBe(0);
};

/** Every action once, whichever shard is asked, some on each, and all versions of one on the same. */
async function expectEachOnce(count: number): Promise<void> {
  const found: string[] = [];
  for (let shard = 0; shard < SHARDS; shard++) {
    found.push(
      await shards.query(
        shard,
        "SELECT count(), uniqExact(event_id), countIf(outcome = 'ok'), countIf(journal_intact) FROM gatehouse.events FORMAT TSV",
      ),
    );
    expect(
      Number(await shards.query(shard, 'SELECT count() FROM gatehouse.event_versions_local')),
    ).toBeGreaterThan(count / 4);
    const anchors = await shards.query(shard, 'SELECT count() > 0 FROM gatehouse.journal_anchors');
    expect(anchors).toBe('1\n');
  }
  expect(found).toEqual(Array<string>(SHARDS).fill(`${count}\t${count}\t${count}\t${count}\n`));
  const doubled = `SELECT count() FROM (SELECT event_id, version FROM gatehouse.event_versions GROUP BY ALL HAVING count() > 1)`;
  expect(await shards.query(0, doubled)).toBe('0\n');
  const torn = `SELECT count() FROM (SELECT event_id FROM gatehouse.event_versions GROUP BY event_id HAVING uniqExact(_shard_num) > 1)`;
  expect(await shards.query(0, torn)).toBe('0\n');
}

describe('shipping to two shards', () => {
  it('brings each action once, and anchors', async () => {
    ship(shards.urls[0] as string);
    await act(0, 2_000);
    await caughtUp(2_000);
    await expectEachOnce(2_000);
  });

  it('doubles nothing when answers are lost and batches are sent again', async () => {
    const proxy = await startFlakyProxy(shards.urls[0] as string, (insert) => insert % 3 === 0);
    ship(proxy.url);
    await act(0, 1_000);
    await caughtUp(1_000);
    await expectEachOnce(1_000);
    expect(proxy.lost).toBeGreaterThan(0);
    await proxy.stop();
  });

  it('loses and doubles nothing when a shard is killed and comes back', async () => {
    ship(shards.urls[0] as string);
    for (let round = 0; round < 2; round++) {
      await act(round * 1_000, 500);
      await shards.kill(1);
      await act(round * 1_000 + 500, 500);
      // Half of a batch may be on the other shard by now.
      await expect.poll(() => shipping.stats().failing, { timeout: 60_000 }).toBeDefined();
      await shards.start(1);
      await expect.poll(() => shipping.stats().failing, { timeout: 60_000 }).toBeUndefined();
    }
    await caughtUp(2_000);
    await expectEachOnce(2_000);
    expect(shipping.stats().retries).toBeGreaterThan(0);
  });
});
