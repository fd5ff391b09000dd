/** The database that the corpus and the oracle describe statements against: names that shadow, wrap and hide others. */
export const SAMPLE_SCHEMA = `
CREATE TABLE people (id int PRIMARY KEY, name text NOT NULL, email text, phone text, card text, ssn text, notes text);
CREATE TABLE orders (id int PRIMARY KEY, person_id int REFERENCES people ON DELETE CASCADE, total numeric, note text);
CREATE TABLE secrets (id int PRIMARY KEY, label text, token text);
CREATE TABLE parts (id int, day date) PARTITION BY RANGE (day);
CREATE TABLE parts_2026 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE people_archive () INHERITS (people);
CREATE TABLE "People" (id int, "Card" text);
CREATE SEQUENCE tickets;

CREATE VIEW people_public AS SELECT id, name FROM people;
CREATE VIEW cards AS SELECT card AS c FROM (SELECT p.card FROM people p) s;
CREATE VIEW over_view AS SELECT pp.name, o.total FROM people_public pp JOIN orders o ON o.person_id = pp.id;
CREATE VIEW roles_view AS SELECT rolname, rolpassword FROM pg_authid;
CREATE VIEW file_view AS SELECT pg_read_file('PG_VERSION') AS content;
CREATE MATERIALIZED VIEW people_copy AS SELECT * FROM people;

CREATE FUNCTION people_count() RETURNS bigint STABLE LANGUAGE sql AS 'SELECT count(*) FROM people';
CREATE FUNCTION wipe() RETURNS int VOLATILE LANGUAGE sql AS 'DELETE FROM orders; SELECT 1';
CREATE FUNCTION leak(orders) RETURNS text STABLE LANGUAGE sql AS 'SELECT card FROM people LIMIT 1';
CREATE FUNCTION check_it(text) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION lower(int) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT ''x''';
CREATE FUNCTION trigger_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE PROCEDURE sweep() LANGUAGE sql AS 'DELETE FROM orders';
CREATE TRIGGER orders_changed BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION trigger_it();
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq);
CREATE DOMAIN checked AS text CHECK (check_it(VALUE));

CREATE TABLE mailbox (id int, body text);
CREATE RULE mailbox_rule AS ON INSERT TO mailbox DO ALSO DELETE FROM secrets;

CREATE SCHEMA shadow;
CREATE TABLE shadow.people (id int, harmless text);
CREATE TABLE shadow.only_here (id int);
CREATE FUNCTION shadow.people_count() RETURNS bigint VOLATILE LANGUAGE sql AS 'SELECT 1::bigint';
GRANT USAGE ON SCHEMA shadow TO PUBLIC;
CREATE SCHEMA closed;
CREATE TABLE closed.orders (id int, closed_note text);
`;
