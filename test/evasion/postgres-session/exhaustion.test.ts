/**
 * What one session may send to keep a worker's other sessions waiting, or to fill its memory. The worker runs in this
 * process, so that its event loop's longest standstill can be seen.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { BACKEND } from '../../../ext-proc/protocols/postgres/message-types.ts';
import { BUNDLES } from '../../support/gate.ts';
import { startGatedPostgres, type GatedPostgres } from '../../support/gated-postgres.ts';
import { say, type WirePeer } from '../../support/wire-peer.ts';

/** Generous: this machine's tests share its cores. Before there was a limit it was ten times as much, and more. */
const STANDSTILL_MAX_MS = 1_500;

let side: GatedPostgres;
let peer: WirePeer;
beforeAll(async () => {
  side = await startGatedPostgres({ gate: { bundle: BUNDLES.standard }, labels: '{ env: dev }' });
});
afterAll(() => side?.stop());
beforeEach(async () => {
  peer = await side.gated({ token: await side.gate.token({ groups: ['developers'] }) });
  return () => peer.abort();
});

async function longestStandstillMs(work: () => Promise<void>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  await work();
  delay.disable();
  return delay.max / 1e6;
}

const list = (count: number, item: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => item(index)).join(', ');

it('lets others have their turn while a client sends a hundred thousand statements ahead', async () => {
  const statements = 100_000;
  await peer.query('SELECT 1');
  // The first has to wait for the parser, and everything else piles up behind it.
  const burst = Buffer.concat([
    say.query(`SELECT ${list(10_000, (index) => `${index} AS c${index}`)}`),
    ...Array.from({ length: statements }, () => say.query('SELECT 1')),
  ]);
  const { socket } = peer.client;
  const standstill = await longestStandstillMs(async () => {
    let bytes = 0;
    const one = 66;
    const answered = new Promise<void>((resolve, reject) => {
      socket.removeAllListeners('data').on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes >= statements * one) resolve();
      });
      socket.once('close', () => reject(new Error(`closed after ${bytes} bytes`)));
    });
    socket.write(burst);
    await answered;
  });
  expect(standstill).toBeLessThan(STANDSTILL_MAX_MS);
}, 60_000);

const BOMBS: readonly (readonly [what: string, text: string])[] = [
  [
    'columns that could be of any of thousands of tables',
    `SELECT ${list(4_800, () => 'relname')} FROM ${list(4_800, (index) => `pg_class a${index}`)}`,
  ],
  [
    'common table expressions that double the columns of the one before',
    `WITH ${list(30, (index) => `c${index} AS (SELECT * FROM ${index === 0 ? 'pg_class' : `c${index - 1} a, c${index - 1} b`})`)} SELECT nosuch FROM c29`,
  ],
  [
    'subqueries that look outside for what they do not have',
    `SELECT ${list(1_500, (index) => `(SELECT relname FROM pg_class b${index} WHERE oid = x)`)} FROM ${list(3_000, (index) => `pg_class a${index}`)}`,
  ],
];

it.each(BOMBS)('refuses in time %s', async (_, text) => {
  let answer: Awaited<ReturnType<WirePeer['query']>> = [];
  const standstill = await longestStandstillMs(async () => {
    answer = await peer.query(text);
  });
  expect(answer[0]?.type).toBe(BACKEND.ErrorResponse);
  expect(answer[0]?.wire.toString()).toContain('too many objects');
  expect(standstill).toBeLessThan(STANDSTILL_MAX_MS);
});
