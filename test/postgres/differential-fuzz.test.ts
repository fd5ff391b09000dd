/**
 * Random sequences of messages, sent directly and through the gate: the answers must be the same, byte for byte.
 * GATEHOUSE_FUZZ_RUNS says how many sequences (each on a session of its own), GATEHOUSE_FUZZ_SEED where to begin; the
 * seed of a failing sequence is in the failure's text.
 */
import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BACKEND } from '../../ext-proc/protocols/postgres/message-types.ts';
import { startGatedPostgres, type GatedPostgres } from '../support/gated-postgres.ts';
import { Dice, drawMessages } from '../support/message-dice.ts';
import { postgresVersions } from '../support/postgres.ts';
import { say, type WirePeer } from '../support/wire-peer.ts';
import { FIXTURE } from './scripts/script.ts';

const RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 25);
const FIRST_SEED = Number(process.env['GATEHOUSE_FUZZ_SEED'] ?? 1);
const BURSTS = 6;
const DRAWS_MAX = 8;
const SIDES = ['direct_side', 'gated_side'] as const;

/**
 * Sends each burst with a tail that ends every state a burst may leave (COPY, skipping to Sync) and an empty Query,
 * whose answer comes in no other place: there the burst's answers end.
 */
async function perform(peer: WirePeer, seed: number): Promise<string[]> {
  const dice = new Dice(seed);
  try {
    for (let burst = 0; burst < BURSTS && !peer.ended; burst++) {
      const messages = drawMessages(dice, 1 + dice.below(DRAWS_MAX));
      const tail = [say.copyFail('tail'), say.sync, say.query('')];
      if (dice.chance(20)) await peer.sendInPieces(Buffer.concat([...messages, ...tail]), 1 + dice.below(40));
      else peer.send(...messages, ...tail);
      peer.transcript.push(`burst ${burst}`);
      if (!(await toTail(peer))) return peer.transcript;
      await peer.ready();
    }
    await peer.close();
  } finally {
    peer.client.socket.destroy();
  }
  return peer.transcript;
}

/** False where the server is in a state of its own making that no client can get it out of (internal_error). */
async function toTail(peer: WirePeer): Promise<boolean> {
  for (;;) {
    const message = await peer.next();
    if (message === undefined || message.type === BACKEND.EmptyQueryResponse) return true;
    if (message.type === BACKEND.ErrorResponse && message.wire.includes('\0CXX000\0')) return false;
  }
}

async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

describe.each(postgresVersions)('random messages, PostgreSQL $version', ({ binaries }) => {
  let side: GatedPostgres;
  beforeAll(async () => {
    side = await startGatedPostgres({ binaries });
    const admin = await side.direct();
    for (const database of SIDES) await admin.query(`create database ${database}`);
    await admin.close();
  });
  afterAll(() => side?.stop());

  /** Waits out a server that is coming back. */
  async function reset(): Promise<void> {
    for (const database of SIDES) {
      const admin = await patiently(() => side.direct({ database }));
      await admin.query(FIXTURE);
      await admin.close();
    }
  }

  /** Some sequences make PostgreSQL itself crash: then there is nothing to compare. */
  const crashes = async (): Promise<number> =>
    (await readFile(side.postgres.logFile, 'utf8')).split('was terminated by signal').length;

  it(
    `are answered as directly, seeds ${FIRST_SEED} to ${FIRST_SEED + RUNS - 1}`,
    async () => {
      let compared = 0;
      const failures: { readonly seed: number; readonly seen: unknown; readonly expected: unknown }[] = [];
      for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
        await reset();
        const before = await crashes();
        const expected = await perform(await side.direct({ database: SIDES[0] }), seed).catch(String);
        const seen = await side
          .gated({ database: SIDES[1] })
          .then((peer) => perform(peer, seed))
          .catch(String);
        if ((await crashes()) > before) continue;
        compared++;
        if (!isDeepStrictEqual(seen, expected)) failures.push({ seed, seen, expected });
      }
      expect(compared).toBeGreaterThan(RUNS * 0.9);
      const [first] = failures;
      expect(first?.seen, `seeds that differ: ${failures.map(({ seed }) => seed).join(', ')}`).toEqual(
        first?.expected,
      );
    },
    60_000 + RUNS * 5_000,
  );
});
