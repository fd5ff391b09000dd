/** A worker that is to stop: idle sessions end at once and properly, those in a transaction when it ends. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startGatedPostgres, type GatedPostgres } from '../support/gated-postgres.ts';

let side: GatedPostgres;
beforeAll(async () => {
  side = await startGatedPostgres();
});
afterAll(() => side?.stop());

it('ends idle sessions with a FATAL to connect again, and lets a transaction finish', async () => {
  const idle = await side.gated();
  const busy = await side.gated();
  await busy.query('create table kept (a int)');
  await busy.query('begin; insert into kept values (1)');
  const drained = side.gate.worker.drain();
  const told = await idle.next();
  expect(told?.wire.toString()).toMatch(/FATAL.*57P01.*GH_DRAINED/s);
  await idle.toEnd();
  expect((await busy.query('select count(*) from kept')).length).toBe(4);
  const committed = await busy.query('commit');
  expect(committed.map(({ wire }) => wire.toString())).toEqual(['C\0\0\0\x0bCOMMIT\0', 'Z\0\0\0\x05I']);
  expect((await busy.next())?.wire.toString()).toMatch(/FATAL.*57P01/s);
  await drained;
  const admin = await side.direct();
  expect((await admin.query('select a from kept')).length).toBe(4);
  await admin.close();
});
