/** A client that sends far ahead of the answers, and reads them as they come, is served to the end. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startGatedPostgres, type GatedPostgres } from '../support/gated-postgres.ts';
import { say, type WirePeer } from '../support/wire-peer.ts';

let side: GatedPostgres;
beforeAll(async () => {
  side = await startGatedPostgres();
});
afterAll(() => side?.stop());

/** Sends `burst` so many times, as fast as the socket takes it, and counts the ends of answers until `ends` have come. */
async function pump(peer: WirePeer, burst: Buffer, times: number, ends: number): Promise<number> {
  const { socket } = peer.client;
  socket.removeAllListeners('data');
  let seen = 0;
  let tail = Buffer.alloc(0);
  const END = Buffer.from('Z\0\0\0\x05I', 'latin1');
  const done = new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      const bytes = Buffer.concat([tail, chunk]);
      for (let at = bytes.indexOf(END); at >= 0; at = bytes.indexOf(END, at + END.length)) seen++;
      const last = bytes.lastIndexOf(END);
      tail = bytes.subarray(Math.max(last < 0 ? 0 : last + END.length, bytes.length - END.length + 1));
      if (seen >= ends) resolve();
    });
    socket.once('close', () => resolve());
  });
  for (let sent = 0; sent < times && !socket.destroyed; sent++) {
    if (!socket.write(burst)) await new Promise<void>((resolve) => socket.once('drain', () => resolve()));
  }
  await done;
  return seen;
}

const repeat = (bytes: Buffer, times: number): Buffer =>
  Buffer.concat(Array.from({ length: times }, () => bytes));

it('with small statements and larger answers', { timeout: 120_000 }, async () => {
  const peer = await side.gated();
  const one = Buffer.concat([
    say.parse('', 'select repeat($$y$$, 500)'),
    say.bind('', ''),
    say.execute(),
    say.sync,
  ]);
  expect(await pump(peer, repeat(one, 500), 100, 50_000)).toBe(50_000);
  peer.abort();
});

it('with large statements and small answers', { timeout: 120_000 }, async () => {
  const peer = await side.gated();
  const one = say.query(`select length('${'z'.repeat(60_000)}')`);
  expect(await pump(peer, repeat(one, 10), 100, 1_000)).toBe(1_000);
  peer.abort();
});

it('with a hundred thousand statements before the one Sync', { timeout: 240_000 }, async () => {
  const peer = await side.gated();
  const one = Buffer.concat([say.parse('', 'select 1'), say.bind('', ''), say.execute()]);
  const last = Buffer.concat([repeat(one, 1_000), say.sync]);
  const { socket } = peer.client;
  for (let sent = 0; sent < 99; sent++) {
    if (!socket.write(repeat(one, 1_000))) await new Promise<void>((done) => socket.once('drain', done));
  }
  expect(await pump(peer, last, 1, 1)).toBe(1);
  peer.abort();
});

it(
  'with as much unread as a direct connection takes, and reading after that',
  { timeout: 120_000 },
  async () => {
    const one = Buffer.concat([say.parse('', 'select 1'), say.bind('', ''), say.execute(), say.sync]);
    for (const peer of [await side.direct(), await side.gated()]) {
      const { socket } = peer.client;
      socket.pause();
      socket.write(repeat(one, 20_000));
      // All of it leaves this process while nothing is read.
      while (socket.writableLength > 0) await new Promise((later) => setTimeout(later, 20));
      const ends = pump(peer, say.sync, 1, 20_001);
      socket.resume();
      expect(await ends).toBe(20_001);
      peer.abort();
    }
  },
);
