/**
 * I5: any split of the same bytes gives the same actions, decisions, records and answers. And I9: what two sessions
 * are told and recorded does not depend on how their bytes fall among each other.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startGatedSample, type GatedSample } from '../support/gated-sample.ts';
import { Dice } from '../support/message-dice.ts';
import { say, type WirePeer } from '../support/wire-peer.ts';

let side: GatedSample;
beforeAll(async () => {
  side = await startGatedSample();
});
afterAll(() => side?.stop());

const BYTES = Buffer.concat([
  say.query('SELECT 1; SELECT count(*) FROM people'),
  say.query('DELETE FROM people'),
  say.query('BEGIN'),
  say.parse('s', 'SELECT name FROM people WHERE id = $1'),
  say.bind('', 's', ['7']),
  say.describePortal(),
  say.execute(),
  say.sync,
  say.parse('', 'DROP TABLE people'),
  say.bind('', ''),
  say.execute(),
  say.sync,
  say.query('ROLLBACK'),
  say.query("SET search_path = pg_catalog; SELECT relname FROM pg_class WHERE relname = 'people'"),
  say.query('COPY (SELECT id FROM people) TO STDOUT'),
  say.query('PREPARE p AS SELECT count(*) FROM public.orders'),
  say.query('EXECUTE p'),
  say.query('RESET search_path'),
]);
const READY = 11;

/** Of one session, without what differs between any two. */
async function recordsOf(application: string): Promise<unknown[]> {
  const records = await side.gate.records();
  const connect = records.find(
    (row) =>
      row['action_kind'] === 'postgres.connect' &&
      (row['details'] as Record<string, string> | undefined)?.['application_name'] === application,
  );
  const own = records.filter(
    (row) => row['session_id'] === connect?.['session_id'] && row['action_kind'] !== 'postgres.disconnect',
  );
  const numbers = new Map<unknown, number>();
  for (const row of own) if (!numbers.has(row['event_id'])) numbers.set(row['event_id'], numbers.size);
  const VARYING = new Set([
    'time',
    'duration_ms',
    'session_id',
    'client_address',
    'details',
    'seq',
    'prev',
    'hash',
    'chain',
  ]);
  const plain = own.map((row) =>
    Object.fromEntries(
      Object.entries(row)
        .filter(([key]) => !VARYING.has(key))
        .map(([key, value]) => [key, key === 'event_id' ? numbers.get(value) : value]),
    ),
  );
  // Actions are decided in the order of their bytes; when each ends is the server's and the journal's own.
  const order = (type: string): Record<string, unknown>[] => plain.filter((row) => row['type'] === type);
  const ended = order('ended').toSorted(
    (left, right) => Number(left['event_id']) - Number(right['event_id']),
  );
  return [...order('decided'), ...ended];
}

/** Without the ids of events, which every denial names. */
const told = (peer: WirePeer): string[] =>
  peer.transcript.map((line) => line.replaceAll(/event [0-9a-f-]{36}/g, 'event'));

async function perform(
  application: string,
  send: (peer: WirePeer) => Promise<void>,
): Promise<{ told: string[]; records: unknown[] }> {
  const peer = await side.gated({
    login: {
      parameters: new Map([
        ['database', 'app'],
        ['application_name', application],
      ]),
    },
  });
  await send(peer);
  await peer.ready(READY);
  await peer.close();
  await side.recorded((row) => row['action_kind'] === 'postgres.disconnect');
  return { told: told(peer), records: await recordsOf(application) };
}

async function inRandomPieces(peer: WirePeer, dice: Dice): Promise<void> {
  for (let at = 0; at < BYTES.length;) {
    const size = 1 + dice.below(dice.of([1, 4, 60, 400]));
    peer.client.socket.write(BYTES.subarray(at, at + size));
    at += size;
    if (dice.chance(60)) await new Promise((resolve) => setTimeout(resolve, dice.below(3)));
  }
}

it('I5: gives the same answers and records for any split of the same bytes', async () => {
  const whole = await perform('whole', async (peer) => peer.send(BYTES));
  expect(whole.records.length).toBeGreaterThan(20);
  const single = await perform('single', (peer) => peer.sendInPieces(BYTES, 1));
  expect(single).toEqual(whole);
  for (let seed = 1; seed <= 6; seed++) {
    const split = await perform(`split ${seed}`, (peer) => inRandomPieces(peer, new Dice(seed)));
    expect(split, `seed ${seed}`).toEqual(whole);
  }
});

it('I9: gives interleaved sessions what each would have had alone', async () => {
  const alone = await perform('alone', async (peer) => peer.send(BYTES));
  const together = await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      perform(`together ${index}`, (peer) => inRandomPieces(peer, new Dice(100 + index))),
    ),
  );
  for (const one of together) expect(one).toEqual(alone);
});

it('I9: keeps names, settings and transactions of a session to itself', async () => {
  const [first, second] = [await side.gated(), await side.gated()];
  await first.batch(say.parse('mine', 'SELECT 1'));
  await first.query('PREPARE own AS SELECT 1; BEGIN; DECLARE c CURSOR FOR SELECT 1');
  const answers = [
    await second.batch(say.bind('', 'mine'), say.execute()),
    await second.query('EXECUTE own'),
    await second.query('FETCH c'),
  ];
  expect(answers.map(([message]) => String.fromCharCode(message?.type ?? 0))).toEqual(['E', 'E', 'E']);
  expect((await second.query('SELECT 1')).at(-1)?.wire.at(-1)).toBe('I'.charCodeAt(0));
  await first.close();
  await second.close();
});
