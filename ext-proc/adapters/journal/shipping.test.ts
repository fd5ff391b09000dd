/** What the loop does around a failing insert; that rows arrive in a real ClickHouse is test/audit-shipping.test.ts. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decided, ended, silentLog, systemClock } from '../../../test/support/audit-records.ts';
import { temporaryDirectory, type TemporaryDirectory } from '../../../test/support/temporary-directory.ts';
import type { SinkBatch } from '../../domain/audit-sink.ts';
import { openJournal } from './journal.ts';
import { type Shipping, startShipping } from './shipping.ts';

let directory: TemporaryDirectory;
const shippings: Shipping[] = [];
beforeEach(async () => {
  directory = await temporaryDirectory();
  const journal = await openJournal({
    directory: directory.path,
    worker: '0',
    durability: 'written',
    segmentBytes: 4_096,
    bytesMax: 1_073_741_824,
    clock: systemClock,
    log: silentLog,
  });
  for (let number = 0; number < 30; number++) {
    await Promise.all([journal.append(decided(number)), journal.append(ended(number))]);
  }
  await journal.close();
});
afterEach(async () => {
  for (const shipping of shippings.splice(0)) await shipping.stop(100);
  await directory.remove();
});

function ship(insert: (batch: SinkBatch) => Promise<void>, batchRows = 1_000): Shipping {
  const shipping = startShipping({
    directory: directory.path,
    sink: { insert },
    flushIntervalMs: 5,
    batchRows,
    clock: systemClock,
    log: silentLog,
  });
  shippings.push(shipping);
  return shipping;
}

const eventsOf = (batch: SinkBatch): string[] =>
  Buffer.from(batch.lines)
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { event_id: string }).event_id);
const all = Array.from({ length: 30 }, (_, number) => decided(number).event_id);

describe('the shipping loop', () => {
  it('tries a batch again as it was, with its token, until it is taken', async () => {
    const tries: { token: string; events: string[] }[] = [];
    const shipping = ship((batch) => {
      tries.push({ token: batch.token, events: eventsOf(batch) });
      return tries.length < 3 ? Promise.reject(new Error('away')) : Promise.resolve();
    });
    await expect.poll(() => shipping.stats().rowsShipped, { timeout: 5_000 }).toBe(30);
    expect(tries[1]).toEqual(tries[0]);
    expect(tries[2]).toEqual(tries[0]);
    expect(tries[0]?.events).toEqual(all);
    expect(shipping.stats()).toMatchObject({ retries: 2, failing: undefined });
  });

  it('gives batches that follow each other different tokens', async () => {
    const tokens: string[] = [];
    const shipping = ship((batch) => {
      tokens.push(batch.token);
      return Promise.resolve();
    }, 7);
    await expect.poll(() => shipping.stats().rowsShipped, { timeout: 5_000 }).toBe(30);
    expect(tokens.length).toBeGreaterThan(4);
    expect(new Set(tokens).size).toBe(tokens.length);
  });

  it('reads a batch again that was not taken when it was told to stop', async () => {
    const taken: string[] = [];
    let stopped: Promise<void> | undefined;
    const shipping: Shipping = ship((batch) => {
      if (stopped === undefined) {
        stopped = shipping.stop();
        return Promise.reject(new Error('away'));
      }
      taken.push(...eventsOf(batch));
      return Promise.resolve();
    }, 10);
    await expect.poll(() => stopped !== undefined, { timeout: 5_000 }).toBe(true);
    await stopped;
    expect(taken).toEqual(all);
  });

  it('says how far behind it is, and why, while nothing is taken', async () => {
    const shipping = ship(() => Promise.reject(new Error('away')));
    await expect.poll(() => shipping.stats().lagMs, { timeout: 5_000 }).toBeGreaterThan(50);
    await expect.poll(() => shipping.stats().unshippedBytes, { timeout: 5_000 }).toBeGreaterThan(10_000);
    await expect.poll(() => shipping.stats().failing, { timeout: 5_000 }).toBe('away');
    expect(shipping.stats().rowsShipped).toBe(0);
  });

  it('ends in its time though an insert hangs', async () => {
    const shipping = ship(() => new Promise<void>(() => {}));
    await expect.poll(() => shipping.stats().unshippedBytes, { timeout: 5_000 }).toBeGreaterThan(0);
    const started = performance.now();
    await shipping.stop(50);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('goes on with other chains where one cannot be read, and says so', async () => {
    const unreadable = '20251124160000000-0011223344556677.000001.jsonl';
    await mkdir(join(directory.path, 'broken', unreadable), { recursive: true });
    await writeFile(join(directory.path, 'stray'), 'a file');
    const taken: string[] = [];
    const shipping = ship((batch) => {
      taken.push(...eventsOf(batch));
      return Promise.resolve();
    });
    await expect.poll(() => taken, { timeout: 5_000 }).toEqual(all);
    await expect.poll(() => shipping.stats().failing, { timeout: 5_000 }).toContain('of broken: EISDIR');
    expect(shipping.stats().lagMs).toBeGreaterThan(0);
  });
});
