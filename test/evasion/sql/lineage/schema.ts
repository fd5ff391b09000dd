/**
 * The database that lineage is tried against: the corpus's, with more ways for a value to get somewhere else, and rows
 * in it. Two databases made of these differ in one column and in nothing else.
 */
import { SAMPLE_SCHEMA } from '../sample-schema.ts';

export const LINEAGE_SCHEMA = `${SAMPLE_SCHEMA}
CREATE TYPE address AS (street text, code text);
CREATE DOMAIN card_number AS text CHECK (length(VALUE) > 0);
CREATE TABLE vault (
  id int PRIMARY KEY, card card_number, tail text GENERATED ALWAYS AS (right(card::text, 4)) STORED, tags text[],
  doc jsonb, home address, born date);
CREATE TABLE copies (id int PRIMARY KEY, a text DEFAULT 'none', b text);
CREATE TABLE measured (id int, secret int, open int);
CREATE TABLE linked (card text, note text, tag text);
CREATE UNIQUE INDEX measured_id ON measured (id);

CREATE VIEW renamed (number, of) AS SELECT card, name FROM people;
CREATE VIEW nested AS SELECT number AS n, upper(of) AS o FROM renamed WHERE of IS NOT NULL;
CREATE VIEW selected AS SELECT id, name FROM people WHERE card LIKE '4%';
CREATE VIEW united AS SELECT id, card AS value FROM people UNION ALL SELECT id, token FROM secrets;
CREATE VIEW whole AS SELECT p AS person, to_jsonb(p) AS document FROM people p;
CREATE VIEW counted AS SELECT left(card, 1) AS brand, count(*) AS many FROM people GROUP BY left(card, 1);
CREATE VIEW merged AS SELECT * FROM people JOIN (SELECT id, token FROM secrets) s USING (id);
CREATE VIEW guarded AS SELECT id, name FROM people;
CREATE MATERIALIZED VIEW brands AS SELECT DISTINCT left(card, 1) AS brand FROM people;
CREATE VIEW chained AS WITH RECURSIVE r(n, v) AS (
  SELECT 1, card FROM people UNION ALL SELECT n + 1, substr(v, 2) FROM r WHERE n < 3) SELECT n, v FROM r;

CREATE FUNCTION card_of(int) RETURNS text STABLE LANGUAGE sql AS 'SELECT card FROM people WHERE id = $1';
CREATE FUNCTION initial(t text) RETURNS text IMMUTABLE LANGUAGE sql RETURN left(t, 1);
CREATE FUNCTION named(wanted text) RETURNS SETOF people STABLE LANGUAGE sql
  BEGIN ATOMIC SELECT * FROM people WHERE people.name = wanted; END;
CREATE FUNCTION pairs() RETURNS TABLE (left_one text, right_one text) STABLE LANGUAGE sql
  AS 'SELECT name, card FROM people';
CREATE FUNCTION murky(text) RETURNS text STABLE LANGUAGE plpgsql AS
  'BEGIN RETURN (SELECT card FROM people WHERE name = $1 LIMIT 1); END';
CREATE FUNCTION checked_out(int) RETURNS text STABLE LANGUAGE sql AS
  'SELECT name FROM people WHERE card LIKE ''4%'' AND id = $1';
CREATE FUNCTION twice(n int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT n * 2';
CREATE AGGREGATE longest (text) (SFUNC = textcat, STYPE = text, INITCOND = '');
CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER guarded_insert INSTEAD OF INSERT ON guarded FOR EACH ROW EXECUTE FUNCTION guard();
`;

/** The columns of texts in which two databases may differ, with the rows' values in the one and in the other. */
export const SECRET_COLUMNS: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
  'public.people.card': [
    ['4111000011', '5500000022', '4000000033', '3700000044'],
    ['5511000012', '4100000021', '3000000034', '4700000043'],
  ],
  'public.orders.note': [
    ['pear', 'acid', 'zinc', 'four', '4111'],
    ['acid', 'pear', 'rice', 'five', '5511'],
  ],
  'public.secrets.token': [
    ['tok1', 'aaaa', '4111000011'],
    ['aaab', 'tok2', '5511000012'],
  ],
  'public.vault.card': [
    ['411100001111', '550000002222'],
    ['550000003333', '411100004444'],
  ],
};

const literal = (text: string): string => `'${text}'`;

/** Rows for every table; the columns named in \`differs\` get their other values. */
export function rowsOf(differs: ReadonlySet<string>): string {
  const values = (column: string): readonly string[] => {
    const [usual, other] = SECRET_COLUMNS[column] ?? [[], []];
    return (differs.has(column) ? other : usual).map(literal);
  };
  const card = values('public.people.card');
  const note = values('public.orders.note');
  const token = values('public.secrets.token');
  const vault = values('public.vault.card');
  return `
INSERT INTO people VALUES
  (1, 'ada', 'ada@example.com', '+1', ${card[0]}, '001-01', 'n1'), (2, 'bob', 'bob@example.com', '+2', ${card[1]}, '002-02', NULL),
  (3, 'cyd', NULL, '+3', ${card[2]}, '003-03', 'n3'), (4, 'dee', 'dee@example.com', NULL, NULL, '004-04', 'n4');
INSERT INTO people_archive VALUES (9, 'old', 'old@example.com', '+9', ${card[3]}, '009-09', 'n9');
INSERT INTO orders VALUES
  (1, 1, 10.5, ${note[0]}), (2, 1, 20, ${note[1]}), (3, 2, 5, ${note[2]}), (4, 3, 7, ${note[3]}), (5, NULL, 1, ${note[4]});
INSERT INTO secrets VALUES (1, 'first', ${token[0]}), (2, 'ada', ${token[1]}), (7, 'last', ${token[2]});
INSERT INTO parts VALUES (1, '2026-02-01'), (2, '2026-03-01');
INSERT INTO "People" VALUES (1, 'quoted');
INSERT INTO shadow.people VALUES (1, 'h1'), (2, 'h2');
INSERT INTO shadow.only_here VALUES (1);
INSERT INTO closed.orders VALUES (1, 'closed');
INSERT INTO vault (id, card, tags, doc, home, born) VALUES
  (1, ${vault[0]}, '{a,b}', '{"k": "v"}', ROW('road', '12'), '2000-01-01'),
  (2, ${vault[1]}, '{c}', '{"k": [1, 2]}', NULL, NULL);
INSERT INTO copies VALUES (1, 'one', 'two'), (2, NULL, 'four');
INSERT INTO measured VALUES (1, 1, 1), (2, 3, 2);
INSERT INTO linked VALUES ('4111000011', 'pear', 't1'), ('5500000022', 'acid', 't2'), ('3000000034', 'rice', 't3');
REFRESH MATERIALIZED VIEW people_copy;
REFRESH MATERIALIZED VIEW brands;
`;
}
