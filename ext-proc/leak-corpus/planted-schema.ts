/**
 * A schema of the tool's own at a target: a table with canaries that exist nowhere else, and objects over it. Made
 * and dropped through a direct connection of an owner. Owns its name and its statements; never touches a schema that
 * it has not made.
 */
import { randomInt } from 'node:crypto';

import { Client, escapeLiteral } from 'pg';

import { GatehouseError } from '../domain/errors.ts';
import type { PlantedObjects, Subject } from './subject.ts';

export const PLANTED_SCHEMA = 'leak_me';
const MARK = 'Made by gatehouse leak-me, and dropped by it.';
const ROWS = 12;
const CARD_DIGITS = 16;

const objectOf = (name: string): string => `${PLANTED_SCHEMA}.${name}`;
const OBJECTS: PlantedObjects = {
  view: objectOf('cards_view'),
  renamedView: objectOf('harmless_view'),
  viewOverView: objectOf('outer_view'),
  barrierView: objectOf('barrier_view'),
  materialized: objectOf('cards_copy'),
  partitioned: objectOf('people_by_id'),
  partition: objectOf('people_by_id_low'),
  child: objectOf('people_archive'),
  tableFunction: objectOf('all_people'),
  scalarFunction: objectOf('card_of'),
  proceduralFunction: objectOf('card_of_procedural'),
  choosingView: objectOf('even_people'),
  choosingFunction: objectOf('is_even'),
  noticeProcedure: objectOf('shout'),
  generated: objectOf('generated'),
  heirGenerated: objectOf('graded'),
  partitionedByValue: objectOf('people_by_card'),
  evenPartition: objectOf('people_by_card_even'),
  documents: objectOf('documents'),
  domain: objectOf('harmless_text'),
  composite: objectOf('pair'),
  triggered: objectOf('triggered'),
  deferred: objectOf('deferred'),
  notified: objectOf('notified'),
  keepingFunction: objectOf('keep_card'),
  asideFunction: objectOf('set_aside'),
  openingFunction: objectOf('open_cards'),
};

const TABLES = `
CREATE TABLE people (id integer PRIMARY KEY, name text NOT NULL, card text NOT NULL UNIQUE, note text);
CREATE TABLE ledger (id integer, note text);
INSERT INTO ledger VALUES (1, 'nothing');
CREATE TABLE people_archive () INHERITS (people);
CREATE TABLE people_by_id (id integer, card text) PARTITION BY RANGE (id);
CREATE TABLE people_by_id_low PARTITION OF people_by_id FOR VALUES FROM (0) TO (1000);
CREATE TABLE generated (id integer, card text, copy text GENERATED ALWAYS AS (card || '') STORED);
CREATE TABLE triggered (id integer, note text);
CREATE TABLE graded (id integer, note text, shown text GENERATED ALWAYS AS (note) STORED);
CREATE TABLE graded_by_card (
  id integer, note text, shown text GENERATED ALWAYS AS (card || '') STORED, card text);
DO $$ BEGIN
  IF current_setting('server_version_num')::integer >= 160000 THEN
    ALTER TABLE graded_by_card INHERIT graded;
  END IF;
END $$;
CREATE TABLE people_by_card (id integer, card text) PARTITION BY LIST (right(card, 1));
CREATE TABLE people_by_card_even PARTITION OF people_by_card FOR VALUES IN ('0', '2', '4', '6', '8');
CREATE TABLE people_by_card_odd PARTITION OF people_by_card FOR VALUES IN ('1', '3', '5', '7', '9');
CREATE TABLE documents (id integer, doc jsonb);
INSERT INTO documents VALUES (1, '{}');
CREATE TABLE deferred (id integer, card text UNIQUE DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE notified (id integer, card text);
`;

const OVER_THEM = `
CREATE VIEW cards_view AS SELECT id, card FROM people;
CREATE VIEW harmless_view AS SELECT id, card AS colour FROM people;
CREATE VIEW outer_view AS SELECT id, colour AS shade FROM harmless_view;
CREATE VIEW barrier_view WITH (security_barrier) AS SELECT id, card FROM people WHERE id < 100;
CREATE VIEW even_people AS SELECT id FROM people WHERE right(card, 1) IN ('0', '2', '4', '6', '8');
CREATE MATERIALIZED VIEW cards_copy AS SELECT id, card AS c FROM people;
CREATE FUNCTION all_people() RETURNS SETOF people LANGUAGE sql STABLE AS 'SELECT * FROM ONLY leak_me.people ORDER BY id';
CREATE FUNCTION card_of(integer) RETURNS text LANGUAGE sql STABLE AS 'SELECT card FROM leak_me.people WHERE id = $1';
CREATE FUNCTION card_of_procedural(wanted integer) RETURNS text LANGUAGE plpgsql AS
  $$ BEGIN RETURN (SELECT card FROM leak_me.people WHERE id = wanted); END $$;
CREATE FUNCTION is_even(integer) RETURNS boolean LANGUAGE sql STABLE AS
  'SELECT EXISTS (SELECT FROM leak_me.people WHERE id = $1 AND right(card, 1) IN (''0'', ''2'', ''4'', ''6'', ''8''))';
CREATE PROCEDURE shout(wanted integer) LANGUAGE plpgsql AS
  $$ BEGIN RAISE NOTICE 'it is %', (SELECT card FROM leak_me.people WHERE id = wanted); END $$;
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE NOTICE 'row %', (SELECT card FROM leak_me.people WHERE id = NEW.id); RETURN NEW; END $$;
CREATE TRIGGER tell BEFORE UPDATE ON triggered FOR EACH ROW EXECUTE FUNCTION tell();
CREATE FUNCTION notify() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM pg_notify('leak_me_changes', row_to_json(NEW)::text); RETURN NEW; END $$;
CREATE TRIGGER notify AFTER UPDATE ON notified FOR EACH ROW EXECUTE FUNCTION notify();
CREATE FUNCTION open_cards(refcursor) RETURNS refcursor LANGUAGE plpgsql AS
  $$ BEGIN OPEN $1 FOR SELECT id, card || '' FROM leak_me.people ORDER BY id; RETURN $1; END $$;
CREATE FUNCTION set_aside() RETURNS void LANGUAGE plpgsql AS
  $$ BEGIN CREATE TEMP TABLE ledger AS SELECT id, card AS note FROM leak_me.people; END $$;
CREATE FUNCTION keep_card(integer) RETURNS void LANGUAGE sql AS
  'INSERT INTO leak_me.ledger SELECT 2, card FROM leak_me.people WHERE id = $1';
CREATE DOMAIN harmless_text AS text;
CREATE TYPE pair AS (k integer, v text);
`;

export interface PlantedSchema {
  readonly subject: Subject;
  drop(): Promise<void>;
}

export interface PlantOptions {
  /** `postgres://…` of the owner, with the password that the URL does not say. */
  readonly client: Client;
  /**
   * `card`: digits that pass Luhn's formula, as detectors know them. `opaque`: as many digits, which do not; only a
   * mark on the column can keep them.
   */
  readonly canary: 'card' | 'opaque';
  /** Who may use it; PUBLIC by default, since canaries are no one's secret. */
  readonly grantTo?: string;
}

/**
 * The client stays connected until `drop`. Throws `GH_LEAK_ME_SETUP` where there is a schema of that name which this
 * did not make, or the owner may not make one.
 */
export async function plantSchema({
  client,
  canary,
  grantTo = 'PUBLIC',
}: PlantOptions): Promise<PlantedSchema> {
  await removeOwn(client);
  const rows = Array.from({ length: ROWS }, (_, index) => ({
    key: String(index + 1),
    value: drawCard(canary),
  }));
  const values = rows
    .map(({ key, value }) => `(${key}, ${escapeLiteral(`Person ${key}`)}, ${escapeLiteral(value)}, 'none')`)
    .join(', ');
  try {
    await client.query('BEGIN');
    await client.query(`CREATE SCHEMA ${PLANTED_SCHEMA}`);
    await client.query(`COMMENT ON SCHEMA ${PLANTED_SCHEMA} IS ${escapeLiteral(MARK)}`);
    await client.query(`SET LOCAL search_path = ${PLANTED_SCHEMA}`);
    await client.query(TABLES);
    await client.query(`INSERT INTO people VALUES ${values}`);
    for (const table of [
      'people_by_id',
      'generated',
      'graded_by_card',
      'people_by_card',
      'deferred',
      'notified',
    ])
      await client.query(`INSERT INTO ${table} (id, card) SELECT id, card FROM ONLY people`);
    await client.query(`INSERT INTO triggered SELECT id, 'none' FROM ONLY people`);
    // A row of its own, so that reading the child alone is a way too.
    const archived = { key: '900', value: drawCard(canary) };
    await client.query(`INSERT INTO people_archive VALUES (900, 'Archived', $1, 'none')`, [archived.value]);
    await client.query(OVER_THEM);
    await client.query(`GRANT USAGE ON SCHEMA ${PLANTED_SCHEMA} TO ${grantTo}`);
    await client.query(`GRANT ALL ON ALL TABLES IN SCHEMA ${PLANTED_SCHEMA} TO ${grantTo}`);
    await client.query('COMMIT');
    await client.query(`ANALYZE ${PLANTED_SCHEMA}.people`);
    return {
      subject: {
        ground: 'planted',
        schema: PLANTED_SCHEMA,
        relation: 'people',
        column: 'card',
        key: 'id',
        rows,
        secrets: [...rows, archived].map(({ value }) => value),
        plain: { table: objectOf('ledger'), column: 'note', others: [['id', '2']], where: 'id = 1' },
        objects: OBJECTS,
      },
      drop: async () => {
        await client.query(`DROP SCHEMA IF EXISTS ${PLANTED_SCHEMA} CASCADE`);
      },
    };
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw new GatehouseError('GH_LEAK_ME_SETUP', `The schema cannot be made: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** What an earlier run that was killed has left. */
async function removeOwn(client: Client): Promise<void> {
  const found = await client.query<{ comment: string | null }>(
    "SELECT obj_description(oid, 'pg_namespace') AS comment FROM pg_namespace WHERE nspname = $1",
    [PLANTED_SCHEMA],
  );
  const comment = found.rows[0]?.comment;
  if (found.rows.length === 0) return;
  if (comment !== MARK)
    throw new GatehouseError(
      'GH_LEAK_ME_SETUP',
      `There is a schema ${PLANTED_SCHEMA} that this command has not made; rename it, or use another database.`,
    );
  await client.query(`DROP SCHEMA ${PLANTED_SCHEMA} CASCADE`);
}

/** ISO/IEC 7812's check digit, or any other. The first digits are those of a range kept for tests. */
function drawCard(canary: 'card' | 'opaque'): string {
  const head = canary === 'card' ? '424242' : String(randomInt(100_000, 299_999));
  let digits = head;
  while (digits.length < CARD_DIGITS - 1) digits += String(randomInt(10));
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index]);
    const weighted = index % 2 === 0 ? digit * 2 : digit;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  const check = (10 - (sum % 10)) % 10;
  return digits + String(canary === 'card' ? check : (check + 1 + randomInt(9)) % 10);
}
