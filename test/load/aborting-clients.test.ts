/**
 * Many clients of which some give up amid their requests (envoy-facts, trap 1: resets are what made Node drop connections,
 * and with them the requests of others). In `npm test` a few thousand requests; `npm run test:load` sends 200,000.
 */
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttpWays, type HttpWays } from '../../bench/http/ways.ts';
import { residentBytes } from '../../bench/support/process-usage.ts';
import { runClients, type ClientTally } from '../support/aborting-clients.ts';

const REQUESTS = Number(process.env['GATEHOUSE_LOAD_REQUESTS'] ?? 3_000);
const isLong = REQUESTS >= 100_000;
const ABORTED_SHARE = 0.05;
const SIZES = isLong
  ? { http1Connections: 200, http2Connections: 10, streamsPerConnection: 20 }
  : { http1Connections: 60, http2Connections: 4, streamsPerConnection: 15 };
/** A worker of this size has kept something of requests that are over. */
const WORKER_BYTES_MAX = 700 * 1_048_576;
/** Of the second half of a long run over its first, in which machine code and caches have come. */
const WORKER_GROWTH_BYTES_MAX = 64 * 1_048_576;
const SETTLE_MS = 10_000;

describe(`${REQUESTS.toLocaleString('en')} requests of which 5 % are aborted`, { timeout: 3_600_000 }, () => {
  let ways: HttpWays;
  let tally: ClientTally;
  let pidsBefore: readonly (number | undefined)[];
  /** The largest worker, at each hundredth of the requests. */
  const workerBytes: number[] = [];

  const gate = (): NonNullable<HttpWays['gate']> => ways.gate as NonNullable<HttpWays['gate']>;

  beforeAll(async () => {
    ways = await startHttpWays({ only: ['gate'] });
    pidsBefore = gate()
      .pool.states()
      .map(({ pid }) => pid);
    const every = Math.ceil(REQUESTS / 100);
    tally = await runClients({
      port: (ways.ways[0] as (typeof ways.ways)[number]).port,
      token: ways.token,
      requests: REQUESTS,
      ...SIZES,
      abortedShare: ABORTED_SHARE,
      random: randomFrom(REQUESTS),
      onDone: (done) => {
        if (done % every !== 0) return;
        const pids = pidsBefore.filter((pid) => pid !== undefined);
        workerBytes.push(Math.max(...pids.map((pid) => residentBytes([pid]))));
      },
    });
  }, 3_600_000);
  afterAll(() => ways.stop());

  it('answers every request that was not aborted, whole and with its own status', () => {
    expect(tally.failed.slice(0, 20)).toEqual([]);
    expect(tally.answered.size + tally.aborted.size).toBe(REQUESTS);
    expect(tally.aborted.size).toBeGreaterThan(REQUESTS * ABORTED_SHARE * 0.5);
  });

  it('records each request once, with one decision and one end', async () => {
    let records = await recordsOf(gate().config.audit.journal.directory);
    // The ends of aborted requests are on their way still.
    for (const until = Date.now() + SETTLE_MS; records.open > 0 && Date.now() < until;) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      records = await recordsOf(gate().config.audit.journal.directory);
    }
    expect(records.open).toBe(0);
    expect(records.twiceEnded).toBe(0);
    const wrong = [...tally.answered].filter((id) => records.decided.get(id) !== 1);
    expect(wrong.slice(0, 20)).toEqual([]);
    const repeated = [...tally.aborted].filter((id) => (records.decided.get(id) ?? 0) > 1);
    expect(repeated.slice(0, 20)).toEqual([]);
    const sent = tally.answered.size + tally.aborted.size;
    expect(records.decided.size).toBeLessThanOrEqual(sent);
  });

  it('keeps its workers, and what they hold within bounds', () => {
    const states = gate().pool.states();
    expect(states.map(({ pid }) => pid)).toEqual(pidsBefore);
    expect(states.map(({ restarts }) => restarts)).toEqual(states.map(() => 0));
    expect(Math.max(...workerBytes)).toBeLessThan(WORKER_BYTES_MAX);
    if (!isLong) return;
    const middle = workerBytes.length >> 1;
    const grown = Math.max(...workerBytes.slice(middle)) - Math.max(...workerBytes.slice(0, middle));
    expect(grown).toBeLessThan(WORKER_GROWTH_BYTES_MAX);
  });
});

interface RecordTally {
  /** By the id in the request's target. */
  readonly decided: ReadonlyMap<string, number>;
  /** Decided, and not ended. */
  readonly open: number;
  readonly twiceEnded: number;
}

/** Line by line: the journal of a long run is larger than what a test should hold. */
async function recordsOf(directory: string): Promise<RecordTally> {
  const decided = new Map<string, number>();
  const events = new Map<string, number>();
  let twiceEnded = 0;
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const lines = createInterface({ input: createReadStream(join(entry.parentPath, entry.name)) });
    for await (const line of lines) {
      if (!line.startsWith('{') || !line.endsWith('}')) continue;
      const record = JSON.parse(line) as {
        type: string;
        event_id: string;
        statement?: string;
        outcome?: string;
      };
      const ends = events.get(record.event_id) ?? 0;
      if (record.type === 'decided') {
        const id = /(?:\/people\/|[?&]id=)(r[0-9a-z]+)/.exec(record.statement ?? '')?.[1] ?? record.event_id;
        decided.set(id, (decided.get(id) ?? 0) + 1);
        events.set(record.event_id, ends + (record.outcome === undefined ? 0 : 1));
      } else if (record.type === 'ended') {
        if (ends > 0) twiceEnded++;
        events.set(record.event_id, ends + 1);
      }
    }
  }
  const open = [...events.values()].filter((ends) => ends === 0).length;
  return { decided, open, twiceEnded };
}

/** mulberry32 */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
