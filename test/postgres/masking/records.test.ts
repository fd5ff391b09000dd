/** What is put into marked columns, and what detectors know, is in no record of it (I3). */
import { afterAll, beforeAll, expect, it } from 'vitest';

import { encodeQuery } from '../../../ext-proc/protocols/postgres/frontend-encoders.ts';
import { startGatedPostgres, type GatedPostgres } from '../../support/gated-postgres.ts';
import { marks } from '../../support/masked-columns.ts';

const VALUE = 'zebra onyx quark';
const NUMBER = '730114';
const CARD = '4111111111111111';

let side: GatedPostgres;
beforeAll(async () => {
  side = await startGatedPostgres({
    gate: { extraYaml: marks(['public.people.secret', 'public.people.salary', 'od*.people.secret']) },
  });
  const owner = await side.direct();
  owner.send(
    encodeQuery('CREATE TABLE people (id integer PRIMARY KEY, secret text, salary integer, note text)'),
  );
  await owner.ready();
  owner.send(encodeQuery('CREATE SCHEMA "od.d"'));
  await owner.ready();
  owner.send(encodeQuery('CREATE TABLE "od.d".people (id integer, secret text)'));
  await owner.ready();
  owner.abort();
});
afterAll(() => side?.stop());

it.each([
  [`INSERT INTO people VALUES (1, '${VALUE}', ${NUMBER}, 'x')`, 'INSERT INTO people VALUES'],
  [`INSERT INTO people (id, secret) VALUES (2, $$${VALUE}$$)`, 'INSERT INTO people (id, secret) VALUES (2,'],
  [`UPDATE people SET salary = ${NUMBER} WHERE id = 1`, 'UPDATE people SET salary ='],
  [`SELECT id FROM people WHERE secret = '${VALUE}'`, 'SELECT id FROM people WHERE secret ='],
  [`PREPARE s AS SELECT id FROM people WHERE secret = '${VALUE}'`, 'PREPARE s AS SELECT id FROM people'],
  [`SELECT id FROM "${CARD}"`, 'SELECT id FROM'],
  [`SELECT id FROM "od.d".people WHERE secret = '${VALUE}'`, 'SELECT id FROM "od.d".people WHERE secret ='],
  [
    `SELECT 1; INSERT INTO people (id, secret) VALUES (3, '${VALUE}')`,
    'INSERT INTO people (id, secret) VALUES (3,',
  ],
  [`PREPARE s (text) AS SELECT id FROM people WHERE secret = $1; EXECUTE s ('${VALUE}')`, 'EXECUTE s'],
  [`SELECT id FROM people WHERE secret = '${VALUE}' AND absent = 1`, 'SELECT id FROM people WHERE secret ='],
  [`SELECT id FROM people WHERE secret = '${VALUE}' AND (`, 'SELECT'],
])('%s', async (text, kept) => {
  const client = await side.gated();
  client.send(encodeQuery(text));
  await client.ready();
  client.abort();
  const records = JSON.stringify(await side.gate.records());
  expect(records).toContain(JSON.stringify(kept).slice(1, -1));
  for (const value of [VALUE, NUMBER, CARD]) expect(records).not.toContain(value);
});

it('what is not marked is recorded as it was written', async () => {
  const client = await side.gated();
  client.send(encodeQuery("UPDATE people SET note = 'a plain note' WHERE id = 1"));
  await client.ready();
  client.abort();
  expect(JSON.stringify(await side.gate.records())).toContain("'a plain note' WHERE id = 1");
});
