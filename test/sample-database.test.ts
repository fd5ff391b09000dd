/** The sample database that `npm start` puts behind the gate: TLS, roles with their rights, and rows worth guarding. */
import { readFile } from 'node:fs/promises';

import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { SampleLogin } from '../ext-proc/embedded/sample-database.ts';
import { startSamplePostgres } from './support/postgres.ts';

let sample: Awaited<ReturnType<typeof startSamplePostgres>>;
beforeAll(async () => {
  sample = await startSamplePostgres();
});
afterAll(() => sample.stop());

async function rows(
  user: SampleLogin,
  sql: string,
  ssl: object | false = { ca: sample.ca },
): Promise<unknown[]> {
  const password = await readFile(sample.passwordFiles[user], 'utf8');
  const { host, port } = sample.server;
  const client = new Client({ host, port, user, password, database: sample.database, ssl });
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

test('answers over TLS whose certificate verifies, and not without', async () => {
  expect(await rows('app_readonly', 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')).toEqual([
    [true],
  ]);
  await expect(rows('app_readonly', 'SELECT 1', false)).rejects.toMatchObject({ code: '28000' });
});

test('has a few hundred people with orders and secrets, a view and a function over people', async () => {
  expect(
    await rows(
      'app_developer',
      `SELECT (SELECT count(*)::int FROM people), (SELECT count(*)::int FROM orders) > 500,
              (SELECT count(*)::int FROM secrets) > 10, (SELECT count(*)::int FROM people_contacts),
              (SELECT count(*) > 0 FROM find_people('kowalski'))`,
    ),
  ).toEqual([[300, true, true, 300, true]]);
});

test('the developer may write, the reader may not, and the catalogue role reads no table', async () => {
  expect(await rows('app_developer', "UPDATE people SET notes = '' WHERE id = 1 RETURNING id")).toEqual([
    [1],
  ]);
  await expect(rows('app_readonly', "UPDATE people SET notes = '' WHERE id = 1")).rejects.toMatchObject({
    code: '42501',
  });
  await expect(rows('app_readonly', 'SELECT * FROM secrets')).rejects.toMatchObject({ code: '42501' });
  await expect(rows('gatehouse_catalogue', 'SELECT * FROM people')).rejects.toMatchObject({ code: '42501' });
  expect(await rows('gatehouse_catalogue', "SELECT relname FROM pg_class WHERE relname = 'people'")).toEqual([
    ['people'],
  ]);
  await expect(rows('app_developer', 'CREATE TABLE mine (n int)')).rejects.toMatchObject({ code: '42501' });
});
