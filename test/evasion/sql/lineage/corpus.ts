/**
 * Statements and what their lineage is: the ways out that someone hostile would try, beside the plain ones. Append only:
 * a way out that was found becomes an entry here first, then a fix. `outputs` lists name, derivation and sources, of
 * which a derivation is given where it is not the output's; `flows` likewise for each column that is written; `uses` every
 * use with a context, or through a view or function. The schema public is left out. What is left out is empty.
 */
export interface LineageEntry {
  readonly sql: string;
  /** `unknown`: they cannot be told. */
  readonly outputs: readonly string[] | 'unknown';
  readonly flows?: readonly string[] | 'unknown';
  readonly uses?: readonly string[];
  /** An older server reads the text otherwise, and the entry is not for it. */
  readonly since?: number;
}

export const LINEAGE_CORPUS: readonly LineageEntry[] = [
  // direct
  { sql: 'SELECT card FROM people', outputs: ['card plain people.card'] },
  { sql: 'SELECT people.card FROM people', outputs: ['card plain people.card'] },
  { sql: 'SELECT public.people.card FROM people', outputs: ['card plain people.card'] },
  { sql: 'SELECT p.card AS harmless FROM people p', outputs: ['harmless plain people.card'] },
  { sql: 'SELECT card AS "Name" FROM people AS "P"', outputs: ['Name plain people.card'] },
  { sql: 'SELECT "card" FROM "people"', outputs: ['card plain people.card'] },
  { sql: 'SELECT CARD FROM PEOPLE', outputs: ['card plain people.card'] },
  { sql: 'SELECT "Card" FROM "People"', outputs: ['Card plain People.Card'] },
  { sql: 'SELECT U&"c\\0061rd" FROM people', outputs: ['card plain people.card'] },
  { sql: 'SELECT e FROM people AS p(a, b, c, d, e)', outputs: ['e plain people.card'] },
  {
    sql: 'SELECT p.* FROM people AS p(a, b, c, d, e)',
    outputs: [
      'a plain people.id',
      'b plain people.name',
      'c plain people.email',
      'd plain people.phone',
      'e plain people.card',
      'ssn plain people.ssn',
      'notes plain people.notes',
    ],
  },
  {
    sql: 'SELECT * FROM people',
    outputs: [
      'id plain people.id',
      'name plain people.name',
      'email plain people.email',
      'phone plain people.phone',
      'card plain people.card',
      'ssn plain people.ssn',
      'notes plain people.notes',
    ],
  },
  {
    sql: 'SELECT people.* FROM people',
    outputs: [
      'id plain people.id',
      'name plain people.name',
      'email plain people.email',
      'phone plain people.phone',
      'card plain people.card',
      'ssn plain people.ssn',
      'notes plain people.notes',
    ],
  },
  {
    sql: 'SELECT *, card FROM people',
    outputs: [
      'id plain people.id',
      'name plain people.name',
      'email plain people.email',
      'phone plain people.phone',
      'card plain people.card',
      'ssn plain people.ssn',
      'notes plain people.notes',
      'card plain people.card',
    ],
  },
  {
    sql: 'SELECT name, * FROM people',
    outputs: [
      'name plain people.name',
      'id plain people.id',
      'name plain people.name',
      'email plain people.email',
      'phone plain people.phone',
      'card plain people.card',
      'ssn plain people.ssn',
      'notes plain people.notes',
    ],
  },
  {
    sql: 'TABLE people',
    outputs: [
      'id plain people.id',
      'name plain people.name',
      'email plain people.email',
      'phone plain people.phone',
      'card plain people.card',
      'ssn plain people.ssn',
      'notes plain people.notes',
    ],
  },
  { sql: 'SELECT card FROM ONLY people', outputs: ['card plain people.card'] },
  { sql: 'SELECT card FROM people *', outputs: ['card plain people.card'] },
  { sql: 'SELECT card, card FROM people', outputs: ['card plain people.card', 'card plain people.card'] },
  {
    sql: 'SELECT ctid, tableoid FROM people',
    outputs: ['ctid plain people.ctid', 'tableoid plain people.tableoid'],
  },
  { sql: 'SELECT card FROM people_archive', outputs: ['card copied people_archive.card:plain people.card'] },
  {
    sql: 'SELECT * FROM people_archive',
    outputs: [
      'id copied people_archive.id:plain people.id',
      'name copied people_archive.name:plain people.name',
      'email copied people_archive.email:plain people.email',
      'phone copied people_archive.phone:plain people.phone',
      'card copied people_archive.card:plain people.card',
      'ssn copied people_archive.ssn:plain people.ssn',
      'notes copied people_archive.notes:plain people.notes',
    ],
  },
  {
    sql: 'SELECT day FROM parts_2026',
    outputs: ['day copied parts_2026.day:plain parts.day'],
    uses: ['parts.day where via parts_2026'],
  },
  { sql: 'SELECT day FROM parts', outputs: ['day plain parts.day'] },
  { sql: 'SELECT id FROM shadow.people', outputs: ['id plain shadow.people.id'] },
  { sql: 'SELECT 1', outputs: ['?column? derived'] },
  { sql: 'SELECT', outputs: [] },
  {
    sql: 'SELECT now(), current_user, $1::text',
    outputs: ['now derived', 'current_user derived', 'text derived'],
  },
  { sql: "SELECT 'card' FROM people", outputs: ['?column? derived'] },
  { sql: 'SELECT NULL::people', outputs: ['people derived'] },
  { sql: "VALUES (1, 'x')", outputs: ['column1 derived', 'column2 derived'] },
  { sql: 'SELECT card FROM people FOR UPDATE', outputs: ['card plain people.card'] },
  { sql: 'SELECT id, card FROM vault', outputs: ['id plain vault.id', 'card plain vault.card'] },
  { sql: 'SELECT tail FROM vault', outputs: ['tail derived vault.tail:plain vault.card'] },
  {
    sql: "SELECT tail || 'x' FROM vault",
    outputs: ['?column? derived vault.tail vault.card'],
    uses: ['vault.tail operator_argument', 'vault.card operator_argument'],
  },
  { sql: 'SELECT (home).street FROM vault', outputs: ['street derived vault.home'] },
  {
    sql: 'SELECT (home).* FROM vault',
    outputs: ['street derived vault.home', 'code derived vault.home'],
    uses: ['vault.home expression'],
  },
  { sql: 'SELECT (v.home).code FROM vault v', outputs: ['code derived vault.home'] },
  {
    sql: "SELECT doc -> 'k', doc ->> 'k', doc #>> '{k,0}', doc['k'] FROM vault",
    outputs: [
      '?column? derived vault.doc',
      '?column? derived vault.doc',
      '?column? derived vault.doc',
      'doc derived vault.doc',
    ],
    uses: ['vault.doc operator_argument+expression'],
  },
  {
    sql: 'SELECT tags[1], tags[1:2], unnest(tags) FROM vault',
    outputs: ['tags derived vault.tags', 'tags derived vault.tags', 'unnest derived vault.tags'],
    uses: ['vault.tags function_argument+expression'],
  },
  // aliases and subqueries
  { sql: 'SELECT x FROM (SELECT card AS x FROM people) s', outputs: ['x plain people.card'] },
  { sql: 'SELECT s.x FROM (SELECT card AS x FROM people) s(x)', outputs: ['x plain people.card'] },
  { sql: 'SELECT b FROM (SELECT id, card FROM people) s(a, b)', outputs: ['b plain people.card'] },
  {
    sql: 'SELECT * FROM (SELECT * FROM (SELECT * FROM people) a) b',
    outputs: [
      'id plain people.id',
      'name plain people.name',
      'email plain people.email',
      'phone plain people.phone',
      'card plain people.card',
      'ssn plain people.ssn',
      'notes plain people.notes',
    ],
  },
  {
    sql: 'SELECT card FROM (SELECT name AS card, card AS name FROM people) s',
    outputs: ['card plain people.name'],
  },
  {
    sql: 'SELECT name FROM (SELECT name AS card, card AS name FROM people) s',
    outputs: ['name plain people.card'],
  },
  { sql: "SELECT card FROM (VALUES ('x')) people(card)", outputs: ['card derived'] },
  { sql: 'SELECT c FROM (TABLE people) s(a, b, c)', outputs: ['c plain people.email'] },
  { sql: 'SELECT (SELECT card FROM people LIMIT 1)', outputs: ['card copied people.card'] },
  {
    sql: 'SELECT (SELECT card FROM people p WHERE p.id = o.person_id) FROM orders o',
    outputs: ['card copied people.card people.id:condition orders.person_id:condition'],
    uses: ['people.id where+operator_argument', 'orders.person_id where+operator_argument'],
  },
  { sql: 'SELECT (SELECT (SELECT p.card)) FROM people p', outputs: ['card copied people.card'] },
  {
    sql: 'SELECT (SELECT s.* FROM (SELECT card FROM people LIMIT 1) s)',
    outputs: ['card copied people.card'],
  },
  {
    sql: "SELECT (SELECT max(card) FROM people WHERE ssn = 'x' ORDER BY 1)",
    outputs: ['max derived people.card people.ssn:condition'],
    uses: ['people.card aggregate_argument', 'people.ssn where+operator_argument', 'people.card order_by'],
  },
  {
    sql: 'SELECT ARRAY(SELECT card FROM people ORDER BY name)',
    outputs: ['array derived people.card people.name:condition'],
    uses: ['people.card expression', 'people.name order_by'],
  },
  {
    sql: "SELECT EXISTS (SELECT 1 FROM people WHERE card = '4')",
    outputs: ['exists condition people.card'],
    uses: ['people.card where+operator_argument'],
  },
  {
    sql: 'SELECT EXISTS (SELECT card FROM people)',
    outputs: ['exists derived'],
    uses: ['people.card exists'],
  },
  {
    sql: 'SELECT EXISTS (SELECT * FROM people WHERE people.id = o.person_id) FROM orders o',
    outputs: ['exists condition people.id orders.person_id'],
    uses: [
      'people.* exists',
      'people.id where+operator_argument',
      'orders.person_id where+operator_argument',
    ],
  },
  {
    sql: 'SELECT NOT EXISTS (SELECT FROM people GROUP BY card HAVING count(*) > 1)',
    outputs: ['?column? condition people.card'],
    uses: ['people.card group_by'],
  },
  {
    sql: "SELECT 'x' IN (SELECT card FROM people)",
    outputs: ['?column? derived people.card'],
    uses: ['people.card operator_argument'],
  },
  {
    sql: "SELECT 'x' = ANY (SELECT card FROM people), 'x' <> ALL (SELECT ssn FROM people)",
    outputs: ['?column? derived people.card', '?column? derived people.ssn'],
    uses: ['people.card operator_argument', 'people.ssn operator_argument'],
  },
  {
    sql: "SELECT (1, 'x') = (SELECT id, card FROM people LIMIT 1)",
    outputs: ['?column? derived people.id people.card'],
    uses: ['people.id operator_argument', 'people.card operator_argument'],
  },
  {
    sql: 'SELECT x.* FROM orders o, LATERAL (SELECT card, o.note FROM people WHERE id = o.person_id) x',
    outputs: ['card plain people.card', 'note plain orders.note'],
    uses: ['people.id where+operator_argument', 'orders.person_id where+operator_argument'],
  },
  {
    sql: 'SELECT x.c FROM people p CROSS JOIN LATERAL (SELECT p.card AS c) x',
    outputs: ['c plain people.card'],
  },
  {
    sql: 'SELECT x.c FROM people p LEFT JOIN LATERAL (VALUES (p.card)) x(c) ON true',
    outputs: ['c copied people.card'],
  },
  {
    sql: "SELECT v FROM (VALUES (1, (SELECT card FROM people LIMIT 1)), (2, 'x')) t(i, v)",
    outputs: ['v derived people.card'],
  },
  { sql: "VALUES ((SELECT card FROM people LIMIT 1)), ('x')", outputs: ['column1 derived people.card'] },
  {
    sql: "SELECT name FROM people WHERE id IN (SELECT id FROM people WHERE card LIKE '4%')",
    outputs: ['name plain people.name'],
    uses: [
      'people.id where+operator_argument',
      'people.id where+operator_argument',
      'people.card where+operator_argument',
    ],
  },
  {
    sql: 'SELECT name FROM people p WHERE EXISTS (SELECT 1 FROM vault v WHERE v.card = p.card)',
    outputs: ['name plain people.name'],
    uses: ['vault.card where+operator_argument', 'people.card where+operator_argument'],
  },
  // ctes
  { sql: 'WITH c AS (SELECT card FROM people) SELECT * FROM c', outputs: ['card plain people.card'] },
  { sql: 'WITH c(x) AS (SELECT card FROM people) SELECT x FROM c', outputs: ['x plain people.card'] },
  { sql: "WITH people AS (SELECT 'x' AS card) SELECT card FROM people", outputs: ['card derived'] },
  {
    sql: 'WITH a AS (SELECT card FROM people), b AS (SELECT card AS d FROM a) SELECT d FROM b',
    outputs: ['d plain people.card'],
  },
  {
    sql: 'WITH a AS MATERIALIZED (SELECT * FROM people) SELECT a FROM a',
    outputs: [
      'a derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: [
      'people.id expression',
      'people.name expression',
      'people.email expression',
      'people.phone expression',
      'people.card expression',
      'people.ssn expression',
      'people.notes expression',
    ],
  },
  {
    sql: 'WITH a AS (SELECT name FROM people) SELECT (SELECT card FROM people LIMIT 1) FROM a',
    outputs: ['card copied people.card'],
  },
  {
    sql: 'WITH RECURSIVE r(n, c) AS (SELECT 1, card FROM people UNION ALL SELECT n + 1, substr(c, 2) FROM r WHERE n < 9) SELECT c FROM r',
    outputs: ['c derived people.card'],
    uses: ['people.card function_argument'],
  },
  {
    sql: 'WITH RECURSIVE r(a, b, c) AS (SELECT name, email, card FROM people UNION SELECT c, a, b FROM r) SELECT a FROM r',
    outputs: ['a copied people.name people.card people.email'],
    uses: ['people.name set_operation', 'people.email set_operation', 'people.card set_operation'],
  },
  {
    sql: 'WITH RECURSIVE r AS (SELECT id, card FROM people UNION ALL SELECT r.id, r.card FROM r) SEARCH DEPTH FIRST BY card SET s SELECT s FROM r',
    outputs: ['s derived people.card'],
  },
  {
    sql: 'WITH RECURSIVE r AS (SELECT id, card FROM people UNION ALL SELECT r.id, r.card FROM r) CYCLE card SET looped USING trail SELECT id, looped, trail FROM r',
    outputs: ['id copied people.id', 'looped derived people.card', 'trail derived people.card'],
    uses: ['people.card set_operation'],
  },
  {
    sql: 'WITH gone AS (DELETE FROM people RETURNING card) SELECT * FROM gone',
    outputs: ['card plain people.card'],
    uses: ['people.card returning'],
  },
  {
    sql: 'WITH done AS (UPDATE people SET notes = card RETURNING notes) SELECT notes FROM done',
    outputs: ['notes copied people.notes:plain people.card'],
    flows: ['people.notes plain people.card'],
    uses: ['people.card update_source', 'people.notes returning', 'people.card returning'],
  },
  {
    sql: 'WITH new AS (INSERT INTO copies (id, a) SELECT id, card FROM people RETURNING a) SELECT a FROM new',
    outputs: ['a copied copies.a:plain people.card'],
    flows: ['copies.id plain people.id', 'copies.a plain people.card'],
    uses: ['people.id insert_source', 'people.card insert_source+returning', 'copies.a returning'],
  },
  {
    sql: 'WITH a AS (WITH b AS (SELECT card FROM people) SELECT * FROM b) SELECT * FROM a',
    outputs: ['card plain people.card'],
  },
  {
    sql: 'WITH t AS (SELECT card FROM people) SELECT (SELECT card FROM t LIMIT 1), (SELECT count(*) FROM t)',
    outputs: ['card copied people.card', 'count derived'],
  },
  // set operations
  {
    sql: "SELECT card FROM people UNION SELECT 'x'",
    outputs: ['card derived people.card'],
    uses: ['people.card set_operation'],
  },
  { sql: "SELECT 'x' UNION ALL SELECT card FROM people", outputs: ['?column? derived people.card'] },
  {
    sql: 'SELECT NULL UNION SELECT card FROM people',
    outputs: ['?column? derived people.card'],
    uses: ['people.card set_operation'],
  },
  {
    sql: 'SELECT name FROM people UNION ALL SELECT card FROM people',
    outputs: ['name copied people.name people.card'],
  },
  {
    sql: 'SELECT name, card FROM people UNION SELECT card, name FROM people',
    outputs: ['name copied people.name people.card', 'card copied people.card people.name'],
    uses: ['people.name set_operation', 'people.card set_operation'],
  },
  {
    sql: 'SELECT name FROM people INTERSECT SELECT card FROM people',
    outputs: ['name copied people.name people.card'],
    uses: ['people.name set_operation', 'people.card set_operation'],
  },
  {
    sql: 'SELECT name FROM people EXCEPT SELECT card FROM people',
    outputs: ['name copied people.name people.card:condition'],
    uses: ['people.name set_operation', 'people.card set_operation'],
  },
  {
    sql: '(SELECT card FROM people LIMIT 1) UNION ALL (SELECT token FROM secrets) ORDER BY 1',
    outputs: ['card copied people.card secrets.token'],
    uses: ['people.card order_by', 'secrets.token order_by'],
  },
  {
    sql: 'SELECT * FROM (SELECT name FROM people UNION ALL SELECT card FROM people) u',
    outputs: ['name copied people.name people.card'],
  },
  {
    sql: 'SELECT * FROM people UNION ALL SELECT * FROM people_copy',
    outputs: [
      'id copied people.id',
      'name copied people.name',
      'email copied people.email',
      'phone copied people.phone',
      'card copied people.card',
      'ssn copied people.ssn',
      'notes copied people.notes',
    ],
    uses: [
      'people.id target via people_copy',
      'people.name target via people_copy',
      'people.email target via people_copy',
      'people.phone target via people_copy',
      'people.card target via people_copy',
      'people.ssn target via people_copy',
      'people.notes target via people_copy',
    ],
  },
  {
    sql: "TABLE renamed UNION SELECT 'x', 'y'",
    outputs: ['number derived people.card', 'of derived people.name'],
    uses: [
      'people.card target via renamed',
      'people.name target via renamed',
      'people.card set_operation via renamed',
      'people.name set_operation via renamed',
    ],
  },
  {
    sql: "VALUES ('x') UNION SELECT card FROM people",
    outputs: ['column1 derived people.card'],
    uses: ['people.card set_operation'],
  },
  // views
  { sql: 'SELECT c FROM cards', outputs: ['c copied people.card'], uses: ['people.card target via cards'] },
  {
    sql: 'SELECT * FROM renamed',
    outputs: ['number copied people.card', 'of copied people.name'],
    uses: ['people.card target via renamed', 'people.name target via renamed'],
  },
  {
    sql: "SELECT number FROM renamed WHERE number LIKE '4%'",
    outputs: ['number copied people.card'],
    uses: [
      'renamed.number where+operator_argument',
      'people.card target via renamed',
      'people.card where+operator_argument via renamed',
    ],
  },
  {
    sql: 'SELECT n FROM nested',
    outputs: ['n copied people.card'],
    uses: [
      'people.card target via nested',
      'people.name function_argument via renamed',
      'people.name where+operator_argument via renamed',
    ],
  },
  {
    sql: 'SELECT o FROM nested',
    outputs: ['o derived people.name'],
    uses: [
      'people.name target via nested',
      'people.name function_argument via renamed',
      'people.name where+operator_argument via renamed',
    ],
  },
  {
    sql: 'SELECT name FROM selected',
    outputs: ['name copied people.name'],
    uses: ['people.name target via selected', 'people.card where+operator_argument via selected'],
  },
  {
    sql: 'SELECT count(*) FROM selected',
    outputs: ['count derived'],
    uses: ['people.card where+operator_argument via selected'],
  },
  {
    sql: 'SELECT value FROM united',
    outputs: ['value copied people.card secrets.token'],
    uses: ['people.card target via united', 'secrets.token target via united'],
  },
  {
    sql: 'SELECT person FROM whole',
    outputs: [
      'person derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: [
      'people.id function_argument+cast via whole',
      'people.name function_argument+cast via whole',
      'people.email function_argument+cast via whole',
      'people.phone function_argument+cast via whole',
      'people.card function_argument+cast via whole',
      'people.ssn function_argument+cast via whole',
      'people.notes function_argument+cast via whole',
    ],
  },
  {
    sql: 'SELECT (person).card FROM whole',
    outputs: [
      'card derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: [
      'people.id function_argument+cast via whole',
      'people.name function_argument+cast via whole',
      'people.email function_argument+cast via whole',
      'people.phone function_argument+cast via whole',
      'people.card function_argument+cast via whole',
      'people.ssn function_argument+cast via whole',
      'people.notes function_argument+cast via whole',
    ],
  },
  {
    sql: 'SELECT (person).name FROM whole',
    outputs: [
      'name derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: [
      'people.id function_argument+cast via whole',
      'people.name function_argument+cast via whole',
      'people.email function_argument+cast via whole',
      'people.phone function_argument+cast via whole',
      'people.card function_argument+cast via whole',
      'people.ssn function_argument+cast via whole',
      'people.notes function_argument+cast via whole',
    ],
  },
  {
    sql: 'SELECT document FROM whole',
    outputs: [
      'document derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: [
      'people.id function_argument+cast via whole',
      'people.name function_argument+cast via whole',
      'people.email function_argument+cast via whole',
      'people.phone function_argument+cast via whole',
      'people.card function_argument+cast via whole',
      'people.ssn function_argument+cast via whole',
      'people.notes function_argument+cast via whole',
    ],
  },
  {
    sql: 'SELECT brand, many FROM counted',
    outputs: ['brand derived people.card', 'many derived'],
    uses: ['people.card function_argument via counted', 'people.card group_by+function_argument via counted'],
  },
  {
    sql: 'SELECT * FROM merged',
    outputs: [
      'id copied people.id',
      'name copied people.name',
      'email copied people.email',
      'phone copied people.phone',
      'card copied people.card',
      'ssn copied people.ssn',
      'notes copied people.notes',
      'token copied secrets.token',
    ],
    uses: [
      'people.id target via merged',
      'people.name target via merged',
      'people.email target via merged',
      'people.phone target via merged',
      'people.card target via merged',
      'people.ssn target via merged',
      'people.notes target via merged',
      'secrets.token target via merged',
      'people.id join via merged',
      'secrets.id join via merged',
    ],
  },
  {
    sql: 'SELECT token FROM merged ORDER BY id',
    outputs: ['token copied secrets.token'],
    uses: [
      'merged.id order_by',
      'secrets.token target via merged',
      'people.id order_by via merged',
      'people.id join via merged',
      'secrets.id join via merged',
    ],
  },
  {
    sql: 'SELECT * FROM brands',
    outputs: ['brand derived people.card'],
    uses: ['people.card function_argument via brands', 'people.card distinct via brands'],
  },
  {
    sql: 'SELECT v FROM chained',
    outputs: ['v derived people.card'],
    uses: ['people.card function_argument via chained'],
  },
  {
    sql: 'SELECT card FROM people_copy',
    outputs: ['card copied people.card'],
    uses: ['people.card target via people_copy'],
  },
  {
    sql: 'SELECT r FROM renamed r',
    outputs: ['r derived people.card people.name'],
    uses: [
      'renamed.* expression',
      'people.card expression via renamed',
      'people.name expression via renamed',
    ],
  },
  {
    sql: 'SELECT to_json(r) FROM renamed r',
    outputs: ['to_json derived people.card people.name'],
    uses: [
      'renamed.* function_argument+expression',
      'people.card function_argument+expression via renamed',
      'people.name function_argument+expression via renamed',
    ],
  },
  {
    sql: 'SELECT total FROM over_view',
    outputs: ['total copied orders.total'],
    uses: [
      'orders.total target via over_view',
      'orders.person_id join+operator_argument via over_view',
      'people.id join+operator_argument via people_public',
    ],
  },
  { sql: 'SELECT * FROM file_view', outputs: ['content unknown'] },
  {
    sql: 'SELECT rolname FROM roles_view',
    outputs: ['rolname copied pg_catalog.pg_authid.rolname'],
    uses: ['pg_catalog.pg_authid.rolname target via roles_view'],
  },
  {
    sql: 'SELECT c.c, r.number FROM cards c JOIN renamed r ON c.c = r.number',
    outputs: ['c copied people.card', 'number copied people.card'],
    uses: [
      'cards.c join+operator_argument',
      'renamed.number join+operator_argument',
      'people.card join+operator_argument via cards',
      'people.card join+operator_argument via renamed',
      'people.card target via cards',
      'people.card target via renamed',
    ],
  },
  {
    sql: 'WITH v AS (SELECT n FROM nested) SELECT n FROM v',
    outputs: ['n copied people.card'],
    uses: [
      'people.card target via nested',
      'people.name function_argument via renamed',
      'people.name where+operator_argument via renamed',
    ],
  },
  // joins
  {
    sql: 'SELECT * FROM people p JOIN orders o ON o.person_id = p.id',
    outputs: [
      'id plain people.id',
      'name plain people.name',
      'email plain people.email',
      'phone plain people.phone',
      'card plain people.card',
      'ssn plain people.ssn',
      'notes plain people.notes',
      'id plain orders.id',
      'person_id plain orders.person_id',
      'total plain orders.total',
      'note plain orders.note',
    ],
    uses: ['orders.person_id join+operator_argument', 'people.id join+operator_argument'],
  },
  {
    sql: 'SELECT * FROM people JOIN orders USING (id)',
    outputs: [
      'id plain people.id',
      'name plain people.name',
      'email plain people.email',
      'phone plain people.phone',
      'card plain people.card',
      'ssn plain people.ssn',
      'notes plain people.notes',
      'person_id plain orders.person_id',
      'total plain orders.total',
      'note plain orders.note',
    ],
    uses: ['people.id join', 'orders.id join'],
  },
  {
    sql: 'SELECT id FROM people JOIN orders USING (id)',
    outputs: ['id plain people.id'],
    uses: ['people.id join', 'orders.id join'],
  },
  {
    sql: 'SELECT id FROM people RIGHT JOIN orders USING (id)',
    outputs: ['id plain orders.id'],
    uses: ['people.id join', 'orders.id join'],
  },
  {
    sql: 'SELECT id FROM people FULL JOIN orders USING (id)',
    outputs: ['id copied people.id orders.id'],
    uses: ['people.id join', 'orders.id join'],
  },
  {
    sql: 'SELECT people.id, orders.id FROM people FULL JOIN orders USING (id)',
    outputs: ['id plain people.id', 'id plain orders.id'],
    uses: ['people.id join', 'orders.id join'],
  },
  {
    sql: 'SELECT u.id FROM people JOIN orders USING (id) AS u',
    outputs: ['id plain people.id'],
    uses: ['people.id join', 'orders.id join'],
  },
  {
    sql: 'SELECT u.* FROM people JOIN orders USING (id) AS u',
    outputs: ['id plain people.id'],
    uses: ['people.id join', 'orders.id join'],
  },
  {
    sql: 'SELECT card FROM people JOIN vault USING (card)',
    outputs: ['card copied people.card'],
    uses: ['people.card join', 'vault.card join'],
  },
  {
    sql: 'SELECT card FROM people FULL JOIN vault USING (id, card)',
    outputs: ['card copied people.card vault.card'],
    uses: ['people.id join', 'people.card join', 'vault.id join', 'vault.card join'],
  },
  {
    sql: 'SELECT * FROM secrets NATURAL JOIN copies',
    outputs: [
      'id plain secrets.id',
      'label plain secrets.label',
      'token plain secrets.token',
      'a plain copies.a',
      'b plain copies.b',
    ],
    uses: ['secrets.id join', 'copies.id join'],
  },
  {
    sql: 'SELECT * FROM people NATURAL JOIN people_copy',
    outputs: [
      'id plain people.id',
      'name plain people.name',
      'email plain people.email',
      'phone plain people.phone',
      'card plain people.card',
      'ssn plain people.ssn',
      'notes plain people.notes',
    ],
    uses: [
      'people.id join',
      'people.name join',
      'people.email join',
      'people.phone join',
      'people.card join',
      'people.ssn join',
      'people.notes join',
      'people.id join via people_copy',
      'people.name join via people_copy',
      'people.email join via people_copy',
      'people.phone join via people_copy',
      'people.card join via people_copy',
      'people.ssn join via people_copy',
      'people.notes join via people_copy',
    ],
  },
  {
    sql: 'SELECT card FROM people NATURAL LEFT JOIN vault',
    outputs: ['card copied people.card'],
    uses: ['people.id join', 'people.card join', 'vault.id join', 'vault.card join'],
  },
  { sql: 'SELECT j.card FROM (people p JOIN orders o ON true) j', outputs: ['card plain people.card'] },
  {
    sql: 'SELECT j.* FROM (secrets NATURAL JOIN copies) j',
    outputs: [
      'id plain secrets.id',
      'label plain secrets.label',
      'token plain secrets.token',
      'a plain copies.a',
      'b plain copies.b',
    ],
    uses: ['secrets.id join', 'copies.id join'],
  },
  {
    sql: 'SELECT * FROM (people JOIN orders USING (id)) JOIN secrets USING (id)',
    outputs: [
      'id plain people.id',
      'name plain people.name',
      'email plain people.email',
      'phone plain people.phone',
      'card plain people.card',
      'ssn plain people.ssn',
      'notes plain people.notes',
      'person_id plain orders.person_id',
      'total plain orders.total',
      'note plain orders.note',
      'label plain secrets.label',
      'token plain secrets.token',
    ],
    uses: ['people.id join', 'orders.id join', 'secrets.id join'],
  },
  {
    sql: 'SELECT * FROM people CROSS JOIN secrets',
    outputs: [
      'id plain people.id',
      'name plain people.name',
      'email plain people.email',
      'phone plain people.phone',
      'card plain people.card',
      'ssn plain people.ssn',
      'notes plain people.notes',
      'id plain secrets.id',
      'label plain secrets.label',
      'token plain secrets.token',
    ],
  },
  {
    sql: 'SELECT p.name FROM people p JOIN vault v ON v.card = p.card',
    outputs: ['name plain people.name'],
    uses: ['vault.card join+operator_argument', 'people.card join+operator_argument'],
  },
  {
    sql: 'SELECT p.name FROM people p, vault v WHERE v.card = p.card',
    outputs: ['name plain people.name'],
    uses: ['vault.card where+operator_argument', 'people.card where+operator_argument'],
  },
  {
    sql: 'SELECT a.card, b.card FROM people a, people b',
    outputs: ['card plain people.card', 'card plain people.card'],
  },
  {
    sql: 'SELECT * FROM vault JOIN measured USING (id)',
    outputs: [
      'id plain vault.id',
      'card plain vault.card',
      'tail derived vault.tail:plain vault.card',
      'tags plain vault.tags',
      'doc plain vault.doc',
      'home plain vault.home',
      'born plain vault.born',
      'secret plain measured.secret',
      'open plain measured.open',
    ],
    uses: ['vault.id join', 'measured.id join'],
  },
  // whole rows
  {
    sql: 'SELECT p FROM people p',
    outputs: [
      'p derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* expression'],
  },
  {
    sql: 'SELECT people FROM people',
    outputs: [
      'people derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* expression'],
  },
  {
    sql: 'SELECT p::text FROM people p',
    outputs: [
      'p derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* expression'],
  },
  { sql: 'SELECT (p).card FROM people p', outputs: ['card plain people.card'] },
  { sql: 'SELECT (p).name FROM people p', outputs: ['name plain people.name'] },
  {
    sql: 'SELECT (p).* FROM people p',
    outputs: [
      'id plain people.id',
      'name plain people.name',
      'email plain people.email',
      'phone plain people.phone',
      'card plain people.card',
      'ssn plain people.ssn',
      'notes plain people.notes',
    ],
    uses: ['people.* expression'],
  },
  {
    sql: 'SELECT p.* IS NULL FROM people p',
    outputs: [
      '?column? derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* operator_argument'],
  },
  {
    sql: 'SELECT row(p.*) FROM people p',
    outputs: [
      'row derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* expression'],
  },
  {
    sql: 'SELECT ROW(card, 1) FROM people',
    outputs: ['row derived people.card'],
    uses: ['people.card expression'],
  },
  {
    sql: 'SELECT row_to_json(p) FROM people p',
    outputs: [
      'row_to_json derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* function_argument+expression'],
  },
  {
    sql: "SELECT to_jsonb(p) ->> 'card' FROM people p",
    outputs: [
      '?column? derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* function_argument+operator_argument+expression'],
  },
  {
    sql: "SELECT to_jsonb(p) - 'card' FROM people p",
    outputs: [
      '?column? derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* function_argument+operator_argument+expression'],
  },
  {
    sql: 'SELECT json_agg(p) FROM people p',
    outputs: [
      'json_agg derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* aggregate_argument+expression'],
  },
  {
    sql: 'SELECT jsonb_agg(p.*) FROM people p',
    outputs: [
      'jsonb_agg derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* aggregate_argument'],
  },
  {
    sql: 'SELECT array_agg(p) FROM people p',
    outputs: [
      'array_agg derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* aggregate_argument+expression'],
  },
  {
    sql: 'SELECT (array_agg(p))[1].card FROM people p',
    outputs: [
      'card derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* aggregate_argument+expression'],
  },
  {
    sql: 'SELECT count(p) FROM people p',
    outputs: [
      'count derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* aggregate_argument+expression'],
  },
  {
    sql: 'SELECT count(p.*) FROM people p',
    outputs: [
      'count derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* aggregate_argument'],
  },
  { sql: 'SELECT count(*) FROM people p', outputs: ['count derived'] },
  {
    sql: 'SELECT s.p FROM (SELECT p FROM people p) s',
    outputs: [
      'p derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* expression'],
  },
  {
    sql: 'SELECT (s.p).card FROM (SELECT p FROM people p) s',
    outputs: ['card copied people.card'],
    uses: ['people.* expression'],
  },
  {
    sql: 'SELECT s FROM (SELECT card FROM people) s',
    outputs: ['s derived people.card'],
    uses: ['people.card expression'],
  },
  {
    sql: 'SELECT ((SELECT p)).card FROM people p',
    outputs: [
      'card derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* expression'],
  },
  {
    sql: 'SELECT x FROM people p, LATERAL (SELECT p.*) x',
    outputs: [
      'x derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: [
      'people.id expression',
      'people.name expression',
      'people.email expression',
      'people.phone expression',
      'people.card expression',
      'people.ssn expression',
      'people.notes expression',
    ],
  },
  {
    sql: 'SELECT p = p2 FROM people p, people p2',
    outputs: [
      '?column? derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* operator_argument+expression'],
  },
  {
    sql: 'SELECT p IS DISTINCT FROM ROW(1) FROM people p',
    outputs: [
      '?column? derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* operator_argument+expression'],
  },
  {
    sql: 'SELECT concat(p) FROM people p',
    outputs: [
      'concat derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* function_argument+expression'],
  },
  {
    sql: "SELECT format('%s', p) FROM people p",
    outputs: [
      'format derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* function_argument+expression'],
  },
  {
    sql: 'SELECT (p, 1) FROM people p',
    outputs: [
      'row derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* expression'],
  },
  {
    sql: 'SELECT card(p) FROM people p',
    outputs: 'unknown',
    flows: 'unknown',
    uses: ['people.* function_argument+expression'],
  },
  { sql: 'SELECT p.leak FROM orders p', outputs: ['leak unknown'] },
  {
    sql: 'SELECT leak(o) FROM orders o',
    outputs: ['leak derived people.card orders.id orders.person_id orders.total orders.note'],
    uses: ['orders.* function_argument+expression', 'people.card target via leak'],
  },
  {
    sql: 'SELECT hstore_like FROM (SELECT to_jsonb(people) hstore_like FROM people) q',
    outputs: [
      'hstore_like derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* function_argument+expression'],
  },
  {
    sql: 'SELECT j.* FROM people p, jsonb_each_text(to_jsonb(p)) j',
    outputs: [
      'key derived people.id people.name people.email people.phone people.card people.ssn people.notes',
      'value derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* function_argument+expression'],
  },
  {
    sql: 'SELECT j.value FROM people p, jsonb_each(to_jsonb(p)) AS j(key, value)',
    outputs: [
      'value derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* function_argument+expression'],
  },
  {
    sql: 'SELECT * FROM people p, jsonb_to_record(to_jsonb(p)) AS r(card text, name text)',
    outputs: [
      'id plain people.id',
      'name plain people.name',
      'email plain people.email',
      'phone plain people.phone',
      'card plain people.card',
      'ssn plain people.ssn',
      'notes plain people.notes',
      'card derived people.id people.name people.email people.phone people.card people.ssn people.notes',
      'name derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* function_argument+expression'],
  },
  {
    sql: 'SELECT r.card FROM people p, jsonb_to_recordset(to_jsonb(ARRAY[p])) AS r(card text)',
    outputs: [
      'card derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* function_argument+expression'],
  },
  {
    sql: 'SELECT * FROM jsonb_populate_record(NULL::people, (SELECT to_jsonb(p) FROM people p LIMIT 1))',
    outputs: 'unknown',
    uses: ['people.* function_argument+expression'],
  },
  {
    sql: 'SELECT r.card FROM jsonb_populate_record(NULL::people, (SELECT to_jsonb(p) FROM people p LIMIT 1)) r',
    outputs: [
      'card derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* function_argument+expression'],
  },
  {
    sql: 'SELECT u.card FROM unnest(ARRAY(SELECT p FROM people p)) u',
    outputs: [
      'card derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* function_argument+expression'],
  },
  {
    sql: 'SELECT u FROM unnest(ARRAY(SELECT card FROM people)) u',
    outputs: ['u derived people.card'],
    uses: ['people.card function_argument+expression'],
  },
  {
    sql: 'SELECT xmlforest(p.card, p.name) FROM people p',
    outputs: ['xmlforest derived people.card people.name'],
    uses: ['people.card function_argument', 'people.name function_argument'],
  },
  // expressions
  {
    sql: 'SELECT card::text, card::varchar, CAST(card AS text) FROM people',
    outputs: ['card cast people.card', 'card cast people.card', 'card cast people.card'],
  },
  {
    sql: 'SELECT card::varchar(4), card::char(4), card::name FROM people',
    outputs: ['card derived people.card', 'card derived people.card', 'card derived people.card'],
    uses: ['people.card cast'],
  },
  {
    sql: 'SELECT card::bigint, card::numeric FROM people',
    outputs: ['card derived people.card', 'card derived people.card'],
    uses: ['people.card cast'],
  },
  {
    sql: 'SELECT card::bytea, card::text::bytea FROM people',
    outputs: ['card derived people.card', 'card derived people.card'],
    uses: ['people.card cast'],
  },
  {
    sql: "SELECT card || '' FROM people",
    outputs: ['?column? derived people.card'],
    uses: ['people.card operator_argument'],
  },
  {
    sql: 'SELECT lower(card), upper(card), reverse(card), md5(card), length(card) FROM people',
    outputs: [
      'lower derived people.card',
      'upper derived people.card',
      'reverse derived people.card',
      'md5 derived people.card',
      'length derived people.card',
    ],
    uses: ['people.card function_argument'],
  },
  {
    sql: "SELECT substring(card FROM 1 FOR 4), overlay(card PLACING 'x' FROM 1), trim(card), position('4' IN card) FROM people",
    outputs: [
      'substring derived people.card',
      'overlay derived people.card',
      'btrim derived people.card',
      'position derived people.card',
    ],
    uses: ['people.card function_argument'],
  },
  {
    sql: "SELECT encode(card::bytea, 'base64'), convert_to(card, 'UTF8'), quote_literal(card) FROM people",
    outputs: [
      'encode derived people.card',
      'convert_to derived people.card',
      'quote_literal derived people.card',
    ],
    uses: ['people.card function_argument+cast'],
  },
  {
    sql: "SELECT COALESCE(card, 'none'), NULLIF(card, 'x'), GREATEST(card, 'a'), LEAST(card, 'z') FROM people",
    outputs: [
      'coalesce derived people.card',
      'nullif derived people.card',
      'greatest derived people.card',
      'least derived people.card',
    ],
    uses: ['people.card operator_argument+expression'],
  },
  {
    sql: "SELECT CASE WHEN card LIKE '4%' THEN 'visa' ELSE 'other' END FROM people",
    outputs: ['case condition people.card'],
    uses: ['people.card operator_argument+condition'],
  },
  {
    sql: "SELECT CASE card WHEN '4' THEN name ELSE email END FROM people",
    outputs: ['email derived people.card:condition people.name people.email'],
    uses: ['people.card condition', 'people.name expression', 'people.email expression'],
  },
  {
    sql: 'SELECT CASE WHEN true THEN card END FROM people',
    outputs: ['case derived people.card'],
    uses: ['people.card expression'],
  },
  {
    sql: "SELECT CASE WHEN name = 'a' THEN card ELSE ssn END FROM people",
    outputs: ['ssn derived people.name:condition people.card people.ssn'],
    uses: ['people.name operator_argument+condition', 'people.card expression', 'people.ssn expression'],
  },
  {
    sql: 'SELECT ARRAY[card], ARRAY[[card], [name]], (ARRAY[card])[1] FROM people',
    outputs: [
      'array derived people.card',
      'array derived people.card people.name',
      'array derived people.card',
    ],
    uses: ['people.card expression', 'people.name expression'],
  },
  {
    sql: "SELECT card IS NULL, card = '4', card IN ('4', '5'), card BETWEEN '4' AND '5', card ~ '^4' FROM people",
    outputs: [
      '?column? derived people.card',
      '?column? derived people.card',
      '?column? derived people.card',
      '?column? derived people.card',
      '?column? derived people.card',
    ],
    uses: ['people.card operator_argument'],
  },
  {
    sql: "SELECT (card, name) = ('4', 'x'), ROW(card) < ROW('5') FROM people",
    outputs: ['?column? derived people.card people.name', '?column? derived people.card'],
    uses: ['people.card operator_argument+expression', 'people.name operator_argument+expression'],
  },
  { sql: 'SELECT card COLLATE "C" FROM people', outputs: ['card copied people.card'] },
  {
    sql: "SELECT string_to_array(card, ''), regexp_split_to_table(card, '') FROM people",
    outputs: ['string_to_array derived people.card', 'regexp_split_to_table derived people.card'],
    uses: ['people.card function_argument'],
  },
  {
    sql: 'SELECT ascii(substr(card, 1, 1)) FROM people',
    outputs: ['ascii derived people.card'],
    uses: ['people.card function_argument'],
  },
  {
    sql: 'SELECT generate_series(1, length(card)) FROM people',
    outputs: ['generate_series derived people.card'],
    uses: ['people.card function_argument'],
  },
  {
    sql: 'SELECT g FROM people p, generate_series(1, length(p.card)) g',
    outputs: ['g derived people.card'],
    uses: ['people.card function_argument'],
  },
  {
    sql: 'SELECT g FROM generate_series(1, (SELECT max(length(card)) FROM people)) g',
    outputs: ['g derived people.card'],
    uses: ['people.card function_argument+aggregate_argument'],
  },
  {
    sql: "SELECT r FROM people p, regexp_split_to_table(p.card, '') WITH ORDINALITY AS r(part, place)",
    outputs: ['r derived people.card'],
    uses: ['people.card function_argument', 'people.card expression'],
  },
  {
    sql: "SELECT part, place FROM people p, regexp_split_to_table(p.card, '') WITH ORDINALITY AS r(part, place)",
    outputs: ['part derived people.card', 'place derived'],
    uses: ['people.card function_argument'],
  },
  {
    sql: "SELECT * FROM ROWS FROM (generate_series(1, 2), unnest(ARRAY['a', 'b'])) AS t(n, u)",
    outputs: ['n derived', 'u derived'],
  },
  { sql: 'SELECT a, b FROM unnest($1::int[], $2::text[]) AS t(a, b)', outputs: ['a derived', 'b derived'] },
  {
    sql: 'SELECT u FROM vault v, unnest(v.tags) u',
    outputs: ['u derived vault.tags'],
    uses: ['vault.tags function_argument'],
  },
  {
    sql: 'SELECT e.value FROM people p, jsonb_array_elements(jsonb_build_array(p.card)) e',
    outputs: ['value derived people.card'],
    uses: ['people.card function_argument'],
  },
  {
    sql: "SELECT json_build_object('c', card), jsonb_build_array(card, name) FROM people",
    outputs: ['json_build_object derived people.card', 'jsonb_build_array derived people.card people.name'],
    uses: ['people.card function_argument', 'people.name function_argument'],
  },
  {
    sql: "SELECT JSON_OBJECT('c' VALUE card), JSON_ARRAY(card) FROM people",
    since: 160000,
    outputs: ['json_object derived people.card', 'json_array derived people.card'],
    uses: ['people.card function_argument'],
  },
  {
    sql: 'SELECT xmlelement(name c, card), xmlconcat(xmlelement(name c, card)), xmlserialize(CONTENT xmlelement(name c, card) AS text) FROM people',
    outputs: [
      'xmlelement derived people.card',
      'xmlconcat derived people.card',
      'xmlserialize derived people.card',
    ],
    uses: ['people.card function_argument'],
  },
  {
    sql: "SELECT x.c FROM people p, xmltable('/r' PASSING xmlelement(name r, p.card) COLUMNS c text PATH '.') x",
    outputs: ['c derived people.card'],
    uses: ['people.card function_argument'],
  },
  {
    sql: 'SELECT pg_column_size(card), pg_typeof(card), num_nulls(card, name) FROM people',
    outputs: [
      'pg_column_size derived people.card',
      'pg_typeof derived people.card',
      'num_nulls derived people.card people.name',
    ],
    uses: ['people.card function_argument', 'people.name function_argument'],
  },
  {
    sql: "SELECT to_tsvector(card), to_tsvector('simple', card) @@ 'x' FROM people",
    outputs: ['to_tsvector derived people.card', '?column? derived people.card'],
    uses: ['people.card function_argument+operator_argument'],
  },
  {
    sql: 'SELECT random(), gen_random_uuid(), card FROM people',
    outputs: ['random derived', 'gen_random_uuid derived', 'card plain people.card'],
  },
  {
    sql: 'SELECT twice(length(card)) FROM people',
    outputs: ['twice derived people.card'],
    uses: ['people.card function_argument'],
  },
  {
    sql: 'SELECT initial(card) FROM people',
    outputs: ['initial derived people.card'],
    uses: ['people.card function_argument'],
  },
  {
    sql: "SELECT 'x' WHERE EXISTS (SELECT FROM people WHERE card = 'x')",
    outputs: ['?column? derived'],
    uses: ['people.card where+operator_argument'],
  },
  {
    sql: "SELECT (SELECT count(*) FROM people WHERE card LIKE '4%')",
    outputs: ['count condition people.card'],
    uses: ['people.card where+operator_argument'],
  },
  {
    sql: "SELECT current_setting('work_mem'), current_setting('my.own')",
    outputs: ['current_setting derived', 'current_setting unknown'],
  },
  {
    sql: "SELECT set_config('my.own', card, false) FROM people",
    outputs: ['set_config derived people.card'],
    uses: ['people.card function_argument'],
  },
  // aggregates and windows
  {
    sql: "SELECT max(card), min(card), string_agg(card, ','), array_agg(card), json_agg(card) FROM people",
    outputs: [
      'max derived people.card',
      'min derived people.card',
      'string_agg derived people.card',
      'array_agg derived people.card',
      'json_agg derived people.card',
    ],
    uses: ['people.card aggregate_argument'],
  },
  {
    sql: 'SELECT count(card), count(DISTINCT card) FROM people',
    outputs: ['count derived people.card', 'count derived people.card'],
    uses: ['people.card aggregate_argument'],
  },
  {
    sql: "SELECT count(*) FILTER (WHERE card LIKE '4%') FROM people",
    outputs: ['count condition people.card'],
    uses: ['people.card aggregate_argument+operator_argument+condition'],
  },
  {
    sql: "SELECT string_agg(name, ',' ORDER BY card) FROM people",
    outputs: ['string_agg derived people.name people.card:condition'],
    uses: ['people.name aggregate_argument', 'people.card order_by+aggregate_argument'],
  },
  {
    sql: 'SELECT mode() WITHIN GROUP (ORDER BY card), percentile_disc(0.5) WITHIN GROUP (ORDER BY card) FROM people',
    outputs: ['mode derived people.card', 'percentile_disc derived people.card'],
    uses: ['people.card order_by+aggregate_argument'],
  },
  {
    sql: "SELECT rank('4') WITHIN GROUP (ORDER BY card) FROM people",
    outputs: ['rank derived people.card'],
    uses: ['people.card order_by+aggregate_argument'],
  },
  {
    sql: 'SELECT longest(card) FROM people',
    outputs: ['longest derived people.card'],
    uses: ['people.card function_argument'],
  },
  {
    sql: 'SELECT jsonb_object_agg(name, card) FROM people',
    outputs: ['jsonb_object_agg derived people.name people.card'],
    uses: ['people.name aggregate_argument', 'people.card aggregate_argument'],
  },
  {
    sql: 'SELECT row_number() OVER (ORDER BY card), rank() OVER (ORDER BY card), ntile(4) OVER (ORDER BY card) FROM people',
    outputs: ['row_number derived people.card', 'rank derived people.card', 'ntile derived people.card'],
    uses: ['people.card window'],
  },
  {
    sql: 'SELECT lag(name) OVER (ORDER BY card), first_value(card) OVER (ORDER BY name) FROM people',
    outputs: [
      'lag derived people.name people.card:condition',
      'first_value derived people.card people.name:condition',
    ],
    uses: ['people.name window+function_argument', 'people.card window+function_argument'],
  },
  {
    sql: 'SELECT sum(id) OVER (PARTITION BY card), count(*) OVER (PARTITION BY card) FROM people',
    outputs: ['sum derived people.id people.card:condition', 'count derived people.card'],
    uses: ['people.id aggregate_argument', 'people.card window'],
  },
  {
    sql: 'SELECT sum(id) OVER w FROM people WINDOW w AS (PARTITION BY card ORDER BY ssn)',
    outputs: ['sum derived people.id people.card:condition people.ssn:condition'],
    uses: ['people.card window', 'people.ssn window', 'people.id aggregate_argument'],
  },
  {
    sql: 'SELECT sum(id) OVER (w ORDER BY name) FROM people WINDOW w AS (PARTITION BY card)',
    outputs: ['sum derived people.id people.card:condition people.name:condition'],
    uses: ['people.card window', 'people.id aggregate_argument', 'people.name window'],
  },
  {
    sql: 'SELECT sum(id) OVER w2 FROM people WINDOW w AS (PARTITION BY card), w2 AS (w ORDER BY ssn)',
    outputs: ['sum derived people.id people.card:condition people.ssn:condition'],
    uses: ['people.card window', 'people.ssn window', 'people.id aggregate_argument'],
  },
  {
    sql: 'SELECT name FROM people ORDER BY row_number() OVER (ORDER BY card)',
    outputs: ['name plain people.name'],
    uses: ['people.card order_by+window'],
  },
  {
    sql: "SELECT avg(total) FROM orders GROUP BY note HAVING max(note) > 'x'",
    outputs: ['avg derived orders.total'],
    uses: [
      'orders.total aggregate_argument',
      'orders.note having+aggregate_argument+operator_argument',
      'orders.note group_by',
    ],
  },
  // where else
  {
    sql: 'SELECT (SELECT count(*) FROM (SELECT DISTINCT card FROM people) s)',
    outputs: ['count condition people.card'],
    uses: ['people.card distinct'],
  },
  {
    sql: 'SELECT (SELECT name FROM people ORDER BY card LIMIT 1)',
    outputs: ['name copied people.name people.card:condition'],
    uses: ['people.card order_by'],
  },
  {
    sql: "SELECT (SELECT count(*) FROM copies WHERE card_of(1) = 'x')",
    outputs: ['count condition people.card people.id'],
    uses: [
      'people.card where+operator_argument via card_of',
      'people.id where+operator_argument via card_of',
    ],
  },
  {
    sql: 'SELECT (SELECT count(*) FROM selected)',
    outputs: ['count condition people.card'],
    uses: ['people.card where+operator_argument via selected'],
  },
  {
    sql: 'SELECT (SELECT count(*) FROM people NATURAL JOIN linked)',
    outputs: ['count condition people.card linked.card'],
    uses: ['people.card join', 'linked.card join'],
  },
  {
    sql: 'SELECT (SELECT name FROM people GROUP BY name, card LIMIT 1)',
    outputs: ['name copied people.name people.card:condition'],
    uses: ['people.name group_by', 'people.card group_by'],
  },
  {
    sql: 'SELECT EXISTS (SELECT FROM selected)',
    outputs: ['exists condition people.card'],
    uses: ['people.card where+operator_argument via selected'],
  },
  {
    sql: "SELECT EXISTS (SELECT 1 FROM people INTERSECT SELECT 1 FROM people WHERE card > '4')",
    outputs: ['exists condition people.card'],
    uses: ['people.card where+operator_argument'],
  },
  {
    sql: 'SELECT EXISTS (SELECT card FROM people INTERSECT SELECT token FROM secrets)',
    outputs: ['exists condition people.card secrets.token'],
    uses: [
      'people.card exists',
      'secrets.token exists',
      'people.card set_operation',
      'secrets.token set_operation',
    ],
  },
  {
    sql: 'SELECT tag FROM people NATURAL JOIN linked',
    outputs: ['tag plain linked.tag'],
    uses: ['people.card join', 'linked.card join'],
  },
  {
    sql: 'SELECT tag FROM people JOIN linked USING (card)',
    outputs: ['tag plain linked.tag'],
    uses: ['people.card join', 'linked.card join'],
  },
  {
    sql: 'SELECT name FROM people WHERE card > ALL (SELECT token FROM secrets)',
    outputs: ['name plain people.name'],
    uses: ['people.card where+operator_argument', 'secrets.token where+operator_argument'],
  },
  {
    sql: 'SELECT name FROM people WHERE (card, ssn) IN (SELECT card, note FROM linked)',
    outputs: ['name plain people.name'],
    uses: [
      'people.card where+operator_argument+expression',
      'people.ssn where+operator_argument+expression',
      'linked.card where+operator_argument',
      'linked.note where+operator_argument',
    ],
  },
  {
    sql: "SELECT name FROM people WHERE card IS NOT DISTINCT FROM '4'",
    outputs: ['name plain people.name'],
    uses: ['people.card where+operator_argument'],
  },
  {
    sql: 'SELECT name FROM people WHERE card::bigint % 2 = 1',
    outputs: ['name plain people.name'],
    uses: ['people.card where+operator_argument+cast'],
  },
  {
    sql: "SELECT name FROM people WHERE people::text LIKE '%4111%'",
    outputs: ['name plain people.name'],
    uses: ['people.* where+operator_argument+expression'],
  },
  {
    sql: "SELECT name FROM people p WHERE to_jsonb(p) ->> 'card' = '4'",
    outputs: ['name plain people.name'],
    uses: ['people.* where+function_argument+operator_argument+expression'],
  },
  {
    sql: "SELECT name FROM people p WHERE p = ROW(1, 'a', 'b', 'c', 'd', 'e', 'f')::people",
    outputs: ['name plain people.name'],
    uses: ['people.* where+operator_argument+expression'],
  },
  {
    sql: "SELECT name FROM people WHERE 'x' = (SELECT card)",
    outputs: ['name plain people.name'],
    uses: ['people.card where+operator_argument'],
  },
  {
    sql: "SELECT id / (CASE WHEN card LIKE '4%' THEN 0 ELSE 1 END) FROM people",
    outputs: ['?column? derived people.id people.card:condition'],
    uses: ['people.id operator_argument', 'people.card operator_argument+condition'],
  },
  {
    sql: 'SELECT pg_sleep(length(card)) FROM people',
    outputs: ['pg_sleep derived people.card'],
    uses: ['people.card function_argument'],
  },
  {
    sql: "SELECT name FROM people WHERE CASE WHEN card LIKE '4%' THEN pg_sleep(1) IS NOT NULL ELSE true END",
    outputs: ['name plain people.name'],
    uses: ['people.card where+operator_argument+condition'],
  },
  {
    sql: "SELECT name FROM people WHERE card = '4111'",
    outputs: ['name plain people.name'],
    uses: ['people.card where+operator_argument'],
  },
  {
    sql: "SELECT name FROM people WHERE left(card, 1) = '4'",
    outputs: ['name plain people.name'],
    uses: ['people.card where+function_argument+operator_argument'],
  },
  {
    sql: "SELECT name FROM people WHERE substring(card, 1, 1) BETWEEN '3' AND '5' AND ssn IS NOT NULL",
    outputs: ['name plain people.name'],
    uses: ['people.card where+function_argument+operator_argument', 'people.ssn where+operator_argument'],
  },
  {
    sql: "SELECT name FROM people WHERE card LIKE '4%' OR name = 'x'",
    outputs: ['name plain people.name'],
    uses: ['people.card where+operator_argument', 'people.name where+operator_argument'],
  },
  {
    sql: "SELECT name FROM people WHERE (SELECT card) = 'x'",
    outputs: ['name plain people.name'],
    uses: ['people.card where+operator_argument'],
  },
  {
    sql: 'SELECT name FROM people ORDER BY card',
    outputs: ['name plain people.name'],
    uses: ['people.card order_by'],
  },
  {
    sql: 'SELECT name FROM people ORDER BY lower(card) DESC',
    outputs: ['name plain people.name'],
    uses: ['people.card order_by+function_argument'],
  },
  {
    sql: 'SELECT card AS c FROM people ORDER BY c',
    outputs: ['c plain people.card'],
    uses: ['people.card order_by'],
  },
  {
    sql: 'SELECT card FROM people ORDER BY 1',
    outputs: ['card plain people.card'],
    uses: ['people.card order_by'],
  },
  {
    sql: 'SELECT name AS card FROM people ORDER BY card',
    outputs: ['card plain people.name'],
    uses: ['people.name order_by'],
  },
  {
    sql: 'SELECT count(*) FROM people GROUP BY card',
    outputs: ['count derived'],
    uses: ['people.card group_by'],
  },
  {
    sql: 'SELECT left(card, 1), count(*) FROM people GROUP BY 1',
    outputs: ['left derived people.card', 'count derived'],
    uses: ['people.card function_argument', 'people.card group_by'],
  },
  {
    sql: "SELECT left(card, 1) AS b, count(*) FROM people GROUP BY b HAVING max(ssn) > '1'",
    outputs: ['b derived people.card', 'count derived'],
    uses: [
      'people.card function_argument',
      'people.ssn having+aggregate_argument+operator_argument',
      'people.card group_by',
    ],
  },
  {
    sql: 'SELECT count(*) FROM people GROUP BY GROUPING SETS ((card), (name), ())',
    outputs: ['count derived'],
    uses: ['people.card group_by', 'people.name group_by'],
  },
  {
    sql: 'SELECT name, grouping(card) FROM people GROUP BY ROLLUP (name, card)',
    outputs: ['name plain people.name', 'grouping derived people.card'],
    uses: ['people.card expression', 'people.name group_by', 'people.card group_by'],
  },
  {
    sql: 'SELECT count(*) FROM people GROUP BY CUBE (1 + id, card)',
    outputs: ['count derived'],
    uses: ['people.id group_by+operator_argument', 'people.card group_by'],
  },
  {
    sql: 'SELECT DISTINCT card FROM people',
    outputs: ['card plain people.card'],
    uses: ['people.card distinct'],
  },
  {
    sql: 'SELECT DISTINCT ON (card) name FROM people',
    outputs: ['name plain people.name'],
    uses: ['people.card distinct'],
  },
  {
    sql: 'SELECT DISTINCT ON (2) name, card FROM people',
    outputs: ['name plain people.name', 'card plain people.card'],
    uses: ['people.card distinct'],
  },
  {
    sql: 'SELECT DISTINCT name FROM (SELECT name, card FROM people) s',
    outputs: ['name plain people.name'],
    uses: ['people.name distinct'],
  },
  {
    sql: 'SELECT name FROM people LIMIT (SELECT length(card) FROM people LIMIT 1)',
    outputs: ['name plain people.name'],
    uses: ['people.card limit+function_argument'],
  },
  {
    sql: "SELECT name FROM people OFFSET (SELECT count(*) FROM people WHERE card = 'x')",
    outputs: ['name plain people.name'],
    uses: ['people.card where+operator_argument'],
  },
  {
    sql: 'SELECT name FROM people ORDER BY card FETCH FIRST 3 ROWS WITH TIES',
    outputs: ['name plain people.name'],
    uses: ['people.card order_by'],
  },
  {
    sql: "SELECT x FROM (SELECT card AS x FROM people) s WHERE x = '4'",
    outputs: ['x plain people.card'],
    uses: ['people.card where+operator_argument'],
  },
  {
    sql: 'SELECT 1 FROM (SELECT card AS x FROM people) s ORDER BY x',
    outputs: ['?column? derived'],
    uses: ['people.card order_by'],
  },
  {
    sql: "WITH c AS (SELECT card AS x, name FROM people) SELECT name FROM c WHERE x > '4'",
    outputs: ['name plain people.name'],
    uses: ['people.card where+operator_argument'],
  },
  {
    sql: "SELECT 1 FROM renamed WHERE number = '4'",
    outputs: ['?column? derived'],
    uses: ['renamed.number where+operator_argument', 'people.card where+operator_argument via renamed'],
  },
  {
    sql: 'SELECT 1 FROM cards GROUP BY c',
    outputs: ['?column? derived'],
    uses: ['cards.c group_by', 'people.card group_by via cards'],
  },
  {
    sql: 'SELECT name FROM people TABLESAMPLE bernoulli (10) REPEATABLE (1)',
    outputs: ['name plain people.name'],
  },
  // functions
  { sql: 'SELECT people_count()', outputs: ['people_count derived'] },
  {
    sql: 'SELECT card_of(1)',
    outputs: ['card_of derived people.card people.id:condition'],
    uses: [
      'people.card target via card_of',
      'people.id target via card_of',
      'people.id where+operator_argument via card_of',
    ],
  },
  {
    sql: 'SELECT card_of(id) FROM orders',
    outputs: ['card_of derived people.card people.id:condition orders.id'],
    uses: [
      'orders.id function_argument',
      'people.card target via card_of',
      'people.id target via card_of',
      'people.id where+operator_argument via card_of',
    ],
  },
  {
    sql: 'SELECT checked_out(1)',
    outputs: ['checked_out derived people.name people.card:condition people.id:condition'],
    uses: [
      'people.name target via checked_out',
      'people.card target via checked_out',
      'people.id target via checked_out',
      'people.card where+operator_argument via checked_out',
      'people.id where+operator_argument via checked_out',
    ],
  },
  { sql: "SELECT murky('x')", outputs: ['murky unknown'] },
  { sql: "SELECT name FROM orders, murky('x') name", outputs: ['name unknown'] },
  {
    sql: "SELECT 1 WHERE card_of(1) = '4'",
    outputs: ['?column? derived'],
    uses: [
      'people.card where+operator_argument via card_of',
      'people.id where+operator_argument via card_of',
    ],
  },
  {
    sql: "SELECT * FROM named('x')",
    outputs: [
      'id derived people.id',
      'name derived people.name',
      'email derived people.email',
      'phone derived people.phone',
      'card derived people.card',
      'ssn derived people.ssn',
      'notes derived people.notes',
    ],
    uses: [
      'people.id target via named',
      'people.name target via named',
      'people.email target via named',
      'people.phone target via named',
      'people.card target via named',
      'people.ssn target via named',
      'people.notes target via named',
      'people.name where+operator_argument via named',
    ],
  },
  {
    sql: "SELECT n.card FROM named('x') n",
    outputs: ['card derived people.card'],
    uses: ['people.card target via named', 'people.name where+operator_argument via named'],
  },
  {
    sql: "SELECT (named('x')).card",
    outputs: [
      'card derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: [
      'people.id expression via named',
      'people.name expression via named',
      'people.email expression via named',
      'people.phone expression via named',
      'people.card expression via named',
      'people.ssn expression via named',
      'people.notes expression via named',
      'people.name where+operator_argument via named',
    ],
  },
  {
    sql: "SELECT (named('x')).*",
    outputs: [
      'id derived people.id people.name people.email people.phone people.card people.ssn people.notes',
      'name derived people.id people.name people.email people.phone people.card people.ssn people.notes',
      'email derived people.id people.name people.email people.phone people.card people.ssn people.notes',
      'phone derived people.id people.name people.email people.phone people.card people.ssn people.notes',
      'card derived people.id people.name people.email people.phone people.card people.ssn people.notes',
      'ssn derived people.id people.name people.email people.phone people.card people.ssn people.notes',
      'notes derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: [
      'people.id expression via named',
      'people.name expression via named',
      'people.email expression via named',
      'people.phone expression via named',
      'people.card expression via named',
      'people.ssn expression via named',
      'people.notes expression via named',
      'people.name where+operator_argument via named',
    ],
  },
  {
    sql: "SELECT named('x')",
    outputs: [
      'named derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: [
      'people.id target via named',
      'people.name target via named',
      'people.email target via named',
      'people.phone target via named',
      'people.card target via named',
      'people.ssn target via named',
      'people.notes target via named',
      'people.name where+operator_argument via named',
    ],
  },
  {
    sql: 'SELECT * FROM pairs()',
    outputs: ['left_one derived people.name', 'right_one derived people.card'],
    uses: ['people.name target via pairs', 'people.card target via pairs'],
  },
  {
    sql: 'SELECT right_one FROM pairs() p',
    outputs: ['right_one derived people.card'],
    uses: ['people.card target via pairs'],
  },
  {
    sql: 'SELECT (pairs()).right_one',
    outputs: ['right_one derived people.name people.card'],
    uses: ['people.name expression via pairs', 'people.card expression via pairs'],
  },
  {
    sql: 'SELECT p FROM pairs() p',
    outputs: ['p derived people.name people.card'],
    uses: ['people.name expression via pairs', 'people.card expression via pairs'],
  },
  { sql: 'SELECT wipe()', outputs: ['wipe derived'], flows: 'unknown' },
  {
    sql: "SELECT name FROM people WHERE initial(card) = '4'",
    outputs: ['name plain people.name'],
    uses: ['people.card where+function_argument+operator_argument'],
  },
  {
    sql: 'SELECT lower(id) FROM people',
    outputs: ['lower derived people.id'],
    uses: ['people.id function_argument'],
  },
  { sql: 'SELECT shadow.people_count()', outputs: ['people_count derived'], flows: 'unknown' },
  // the system's own
  {
    sql: 'SELECT most_common_vals FROM pg_stats',
    outputs: ['most_common_vals unknown pg_catalog.pg_stats.most_common_vals'],
  },
  {
    sql: 'SELECT tablename, null_frac FROM pg_stats',
    outputs: [
      'tablename plain pg_catalog.pg_stats.tablename',
      'null_frac plain pg_catalog.pg_stats.null_frac',
    ],
  },
  { sql: 'SELECT query FROM pg_stat_activity', outputs: ['query unknown pg_catalog.pg_stat_activity.query'] },
  {
    sql: 'SELECT pid, state FROM pg_stat_activity',
    outputs: ['pid plain pg_catalog.pg_stat_activity.pid', 'state plain pg_catalog.pg_stat_activity.state'],
  },
  { sql: 'SELECT pg_stat_get_backend_activity(1)', outputs: ['pg_stat_get_backend_activity unknown'] },
  { sql: 'SELECT relname FROM pg_class', outputs: ['relname plain pg_catalog.pg_class.relname'] },
  {
    sql: 'SELECT pg_get_expr(relpartbound, oid) FROM pg_class',
    outputs: ['pg_get_expr derived pg_catalog.pg_class.relpartbound pg_catalog.pg_class.oid'],
    uses: ['pg_catalog.pg_class.relpartbound function_argument', 'pg_catalog.pg_class.oid function_argument'],
  },
  { sql: 'SELECT prosrc FROM pg_proc', outputs: ['prosrc plain pg_catalog.pg_proc.prosrc'] },
  { sql: 'SELECT lo_get(1)', outputs: ['lo_get unknown'] },
  { sql: 'SELECT data FROM pg_largeobject', outputs: ['data unknown pg_catalog.pg_largeobject.data'] },
  { sql: "SELECT pg_read_file('PG_VERSION')", outputs: ['pg_read_file unknown'] },
  {
    sql: 'SELECT chunk_data FROM pg_toast.pg_toast_1255',
    outputs: ['chunk_data unknown pg_toast.pg_toast_1255.chunk_data'],
  },
  { sql: 'SELECT last_value FROM tickets', outputs: ['last_value plain tickets.last_value'] },
  { sql: "SELECT currval('tickets'), nextval('tickets')", outputs: ['currval derived', 'nextval derived'] },
  {
    sql: 'SELECT * FROM pg_prepared_statements',
    since: 160000,
    outputs: [
      'name plain pg_catalog.pg_prepared_statements.name',
      'statement plain pg_catalog.pg_prepared_statements.statement',
      'prepare_time plain pg_catalog.pg_prepared_statements.prepare_time',
      'parameter_types plain pg_catalog.pg_prepared_statements.parameter_types',
      'result_types plain pg_catalog.pg_prepared_statements.result_types',
      'from_sql plain pg_catalog.pg_prepared_statements.from_sql',
      'generic_plans plain pg_catalog.pg_prepared_statements.generic_plans',
      'custom_plans plain pg_catalog.pg_prepared_statements.custom_plans',
    ],
  },
  {
    sql: 'SELECT column_name FROM information_schema.columns',
    outputs: ['column_name plain information_schema.columns.column_name'],
  },
  {
    sql: 'SELECT attmissingval FROM pg_attribute',
    outputs: ['attmissingval unknown pg_catalog.pg_attribute.attmissingval'],
  },
  {
    sql: "SELECT * FROM pg_logical_slot_peek_changes('s', NULL, NULL)",
    outputs: ['lsn unknown', 'xid unknown', 'data unknown'],
  },
  {
    sql: "SELECT query_to_xml('SELECT card FROM people', true, false, '')",
    outputs: 'unknown',
    flows: 'unknown',
  },
  { sql: "SELECT table_to_xml('people', true, false, '')", outputs: 'unknown', flows: 'unknown' },
  // changes
  {
    sql: "INSERT INTO copies VALUES (1, 'x', 'y') RETURNING *",
    outputs: ['id plain copies.id', 'a plain copies.a', 'b plain copies.b'],
    uses: ['copies.* returning'],
  },
  {
    sql: 'INSERT INTO copies (id, b) SELECT id, card FROM people',
    outputs: [],
    flows: ['copies.id plain people.id', 'copies.b plain people.card'],
    uses: ['people.id insert_source', 'people.card insert_source'],
  },
  {
    sql: 'INSERT INTO copies SELECT id, name, card FROM people RETURNING id, b',
    outputs: ['id copied copies.id:plain people.id', 'b copied copies.b:plain people.card'],
    flows: ['copies.id plain people.id', 'copies.a plain people.name', 'copies.b plain people.card'],
    uses: [
      'people.id insert_source+returning',
      'people.name insert_source',
      'people.card insert_source+returning',
      'copies.id returning',
      'copies.b returning',
    ],
  },
  {
    sql: 'INSERT INTO copies (b, a, id) VALUES ($1, (SELECT card FROM people LIMIT 1), 1)',
    outputs: [],
    flows: ['copies.a copied people.card'],
    uses: ['people.card insert_source'],
  },
  {
    sql: 'INSERT INTO copies (id, a) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET a = excluded.a',
    outputs: [],
    uses: ['copies.id on_conflict'],
  },
  {
    sql: 'INSERT INTO copies (id, a) SELECT id, card FROM people ON CONFLICT (id) DO UPDATE SET b = excluded.a || copies.a WHERE copies.b = excluded.a',
    outputs: [],
    flows: [
      'copies.id plain people.id',
      'copies.a plain people.card',
      'copies.b derived people.card copies.a',
    ],
    uses: [
      'people.id insert_source',
      'people.card insert_source',
      'copies.id on_conflict',
      'copies.a operator_argument+update_source',
      'copies.b where+operator_argument',
      'people.card operator_argument+update_source',
      'people.card where+operator_argument',
    ],
  },
  {
    sql: "INSERT INTO people (id, name, card) VALUES (1, 'n', 'c') ON CONFLICT (card) DO NOTHING",
    outputs: [],
    uses: ['people.card on_conflict'],
  },
  {
    sql: "INSERT INTO people AS p (id, name) VALUES (1, 'n') ON CONFLICT (id) DO UPDATE SET name = 'x' WHERE p.card = '4' RETURNING p.card",
    outputs: ['card plain people.card'],
    uses: ['people.id on_conflict', 'people.card where+operator_argument', 'people.card returning'],
  },
  {
    sql: 'INSERT INTO copies (id, a) TABLE cards',
    outputs: [],
    flows: ['copies.id copied people.card'],
    uses: ['cards.* insert_source', 'people.card insert_source via cards'],
  },
  {
    sql: 'INSERT INTO copies DEFAULT VALUES RETURNING a',
    outputs: ['a plain copies.a'],
    uses: ['copies.a returning'],
  },
  {
    sql: 'INSERT INTO people_public SELECT id, card FROM people',
    outputs: [],
    flows: [
      'people_public.id plain people.id',
      'people.id plain people.id',
      'people_public.name plain people.card',
      'people.name plain people.card',
    ],
    uses: ['people.id insert_source', 'people.card insert_source'],
  },
  {
    sql: 'INSERT INTO guarded SELECT id, card FROM people',
    outputs: 'unknown',
    flows: 'unknown',
    uses: ['people.id insert_source', 'people.card insert_source'],
  },
  {
    sql: 'INSERT INTO mailbox SELECT id, card FROM people RETURNING body',
    outputs: 'unknown',
    flows: 'unknown',
    uses: ['people.id insert_source', 'people.card insert_source+returning', 'mailbox.body returning'],
  },
  {
    sql: 'INSERT INTO vault (id, card) SELECT id, card FROM people RETURNING tail',
    outputs: ['tail derived vault.tail:plain vault.card people.card'],
    flows: ['vault.id plain people.id', 'vault.card plain people.card'],
    uses: [
      'people.id insert_source',
      'people.card insert_source+returning',
      'vault.tail returning',
      'vault.card returning',
    ],
  },
  {
    sql: 'UPDATE copies SET a = p.card FROM people p WHERE p.id = copies.id',
    outputs: [],
    flows: ['copies.a plain people.card'],
    uses: [
      'people.card update_source',
      'people.id where+operator_argument',
      'copies.id where+operator_argument',
    ],
  },
  {
    sql: 'UPDATE people SET notes = card',
    outputs: [],
    flows: ['people.notes plain people.card'],
    uses: ['people.card update_source'],
  },
  {
    sql: "UPDATE people SET notes = lower(card), phone = 'x' WHERE id = 1 RETURNING notes, card",
    outputs: ['notes derived people.notes:plain people.card', 'card plain people.card'],
    flows: ['people.notes derived people.card'],
    uses: [
      'people.card function_argument+update_source',
      'people.id where+operator_argument',
      'people.notes returning',
      'people.card returning',
    ],
  },
  {
    sql: 'UPDATE people SET (notes, phone) = (card, ssn)',
    outputs: [],
    flows: ['people.notes plain people.card', 'people.phone plain people.ssn'],
    uses: ['people.card update_source', 'people.ssn update_source'],
  },
  {
    sql: 'UPDATE people SET (notes, phone) = (SELECT token, label FROM secrets LIMIT 1)',
    outputs: [],
    flows: [
      'people.notes derived secrets.token secrets.label',
      'people.phone derived secrets.token secrets.label',
    ],
    uses: ['secrets.token update_source', 'secrets.label update_source'],
  },
  {
    sql: "UPDATE people SET name = 'x' WHERE card = '4'",
    outputs: [],
    uses: ['people.card where+operator_argument'],
  },
  {
    sql: 'UPDATE people SET name = DEFAULT RETURNING *',
    outputs: [
      'id plain people.id',
      'name plain people.name',
      'email plain people.email',
      'phone plain people.phone',
      'card plain people.card',
      'ssn plain people.ssn',
      'notes plain people.notes',
    ],
    uses: ['people.* returning'],
  },
  {
    sql: "UPDATE people SET name = 'x' RETURNING old.card, new.card",
    outputs: ['card plain people.card', 'card plain people.card'],
    uses: ['people.card returning'],
  },
  {
    sql: "UPDATE people SET name = 'x' RETURNING WITH (OLD AS before, NEW AS after) before.card, after.*",
    outputs: [
      'card plain people.card',
      'id plain people.id',
      'name plain people.name',
      'email plain people.email',
      'phone plain people.phone',
      'card plain people.card',
      'ssn plain people.ssn',
      'notes plain people.notes',
    ],
    uses: ['people.card returning', 'people.* returning'],
  },
  {
    sql: 'UPDATE vault SET tags[1] = card',
    outputs: [],
    flows: ['vault.tags derived vault.card'],
    uses: ['vault.card update_source'],
  },
  {
    sql: 'UPDATE people_public SET name = (SELECT card FROM people LIMIT 1)',
    outputs: [],
    flows: ['people_public.name copied people.card', 'people.name copied people.card'],
    uses: ['people.card update_source'],
  },
  {
    sql: "DELETE FROM people WHERE card = '4' RETURNING id",
    outputs: ['id plain people.id'],
    uses: ['people.card where+operator_argument', 'people.id returning'],
  },
  {
    sql: 'DELETE FROM people USING vault v WHERE v.card = people.card RETURNING v.id, people.*',
    outputs: [
      'id plain vault.id',
      'id plain people.id',
      'name plain people.name',
      'email plain people.email',
      'phone plain people.phone',
      'card plain people.card',
      'ssn plain people.ssn',
      'notes plain people.notes',
    ],
    uses: [
      'vault.card where+operator_argument',
      'people.card where+operator_argument',
      'vault.id returning',
      'people.* returning',
    ],
  },
  {
    sql: 'DELETE FROM people RETURNING *',
    outputs: [
      'id plain people.id',
      'name plain people.name',
      'email plain people.email',
      'phone plain people.phone',
      'card plain people.card',
      'ssn plain people.ssn',
      'notes plain people.notes',
    ],
    uses: ['people.* returning'],
  },
  {
    sql: "MERGE INTO copies c USING people p ON c.id = p.id WHEN MATCHED AND p.card > '4' THEN UPDATE SET a = p.card WHEN NOT MATCHED THEN INSERT (id, b) VALUES (p.id, p.ssn)",
    outputs: [],
    flows: ['copies.a plain people.card', 'copies.id plain people.id', 'copies.b plain people.ssn'],
    uses: [
      'copies.id join+operator_argument',
      'people.id join+operator_argument',
      'people.card where+operator_argument',
      'people.card update_source',
      'people.id insert_source',
      'people.ssn insert_source',
    ],
  },
  {
    sql: 'MERGE INTO copies c USING people p ON c.b = p.card WHEN MATCHED THEN DELETE RETURNING merge_action(), c.a, p.card',
    since: 170000,
    outputs: ['merge_action derived', 'a plain copies.a', 'card plain people.card'],
    uses: [
      'copies.b join+operator_argument',
      'people.card join+operator_argument',
      'copies.a returning',
      'people.card returning',
    ],
  },
  {
    sql: 'MERGE INTO copies c USING (SELECT id, card FROM people) p ON c.id = p.id WHEN MATCHED THEN DO NOTHING RETURNING *',
    outputs: [
      'id plain people.id',
      'card plain people.card',
      'id plain copies.id',
      'a plain copies.a',
      'b plain copies.b',
    ],
    uses: [
      'people.id returning',
      'people.card returning',
      'copies.id join+operator_argument',
      'copies.* returning',
      'people.id join+operator_argument',
      'copies.id returning',
      'copies.a returning',
      'copies.b returning',
    ],
  },
  { sql: 'TRUNCATE copies', outputs: [] },
  { sql: 'SELECT card INTO stolen FROM people', outputs: [], flows: ['stolen.card plain people.card'] },
  {
    sql: 'SELECT card INTO TEMP stolen FROM people UNION SELECT ssn FROM people',
    outputs: [],
    flows: ['pg_temp.stolen.card copied people.card people.ssn'],
    uses: ['people.card set_operation', 'people.ssn set_operation'],
  },
  {
    sql: 'CREATE TABLE stolen AS SELECT id, lower(card) AS c FROM people',
    outputs: [],
    flows: ['stolen.id plain people.id', 'stolen.c derived people.card'],
    uses: ['people.card function_argument'],
  },
  {
    sql: 'CREATE TABLE stolen (a, b) AS TABLE renamed',
    outputs: [],
    flows: ['stolen.a copied people.card', 'stolen.b copied people.name'],
    uses: ['people.card target via renamed', 'people.name target via renamed'],
  },
  { sql: 'CREATE TABLE stolen AS EXECUTE q', outputs: 'unknown', flows: 'unknown' },
  {
    sql: 'CREATE TEMP TABLE stolen AS WITH c AS (SELECT card FROM people) SELECT * FROM c WITH NO DATA',
    outputs: [],
    flows: ['pg_temp.stolen.card plain people.card'],
  },
  {
    sql: 'CREATE MATERIALIZED VIEW stolen AS SELECT card FROM people',
    outputs: [],
    flows: ['stolen.card plain people.card'],
  },
  {
    sql: 'CREATE VIEW stolen (x) AS SELECT card FROM people',
    outputs: [],
    flows: ['stolen.x plain people.card'],
  },
  {
    sql: 'CREATE OR REPLACE TEMP VIEW stolen AS VALUES ((SELECT card FROM people LIMIT 1))',
    outputs: [],
    flows: ['pg_temp.stolen.column1 copied people.card'],
  },
  {
    sql: 'CREATE RECURSIVE VIEW stolen (n) AS SELECT card FROM people UNION ALL SELECT n FROM stolen',
    outputs: [],
    flows: ['stolen.n copied people.card'],
  },
  {
    sql: 'ALTER TABLE people ALTER COLUMN notes TYPE text USING card',
    outputs: [],
    flows: 'unknown',
    uses: ['.card definition'],
  },
  {
    sql: "ALTER TABLE copies ALTER COLUMN a TYPE text USING murky('x')",
    outputs: [],
    flows: 'unknown',
    uses: ['.* definition'],
  },
  // definitions that run functions later
  {
    sql: 'CREATE TABLE made (id int, a text DEFAULT card_of(1))',
    outputs: [],
    flows: ['made.a derived people.card people.id:condition'],
    uses: ['people.id where+operator_argument via card_of'],
  },
  {
    sql: "ALTER TABLE copies ALTER COLUMN a SET DEFAULT murky('x')",
    outputs: [],
    flows: ['copies.a unknown'],
  },
  {
    sql: "ALTER TABLE copies ADD COLUMN c text DEFAULT murky('x')",
    outputs: [],
    flows: ['copies.c unknown'],
  },
  { sql: "CREATE DOMAIN made AS text DEFAULT murky('x')", outputs: [], uses: ['.* definition'] },
  {
    sql: "CREATE POLICY made ON copies USING (murky('x') = 'y')",
    outputs: [],
    uses: ['.* operator_argument+definition'],
  },
  {
    sql: "CREATE RULE made AS ON INSERT TO copies WHERE murky('x') = 'y' DO INSTEAD NOTHING",
    outputs: [],
    uses: ['.* operator_argument+definition'],
  },
  {
    sql: "CREATE TRIGGER made BEFORE UPDATE ON copies FOR EACH ROW WHEN (OLD.a = murky('x')) EXECUTE FUNCTION trigger_it()",
    outputs: [],
    flows: 'unknown',
    uses: ['.old operator_argument+definition', '.* operator_argument+definition'],
  },
  {
    sql: 'CREATE TRIGGER made BEFORE UPDATE ON copies FOR EACH ROW WHEN (OLD.a <> NEW.a) EXECUTE FUNCTION trigger_it()',
    outputs: [],
    flows: 'unknown',
    uses: ['.old operator_argument+definition', '.new operator_argument+definition'],
  },
  {
    sql: 'CREATE TABLE made (a text CHECK (length(a) > 3), b text DEFAULT now()::text)',
    outputs: [],
    uses: ['.a function_argument+operator_argument+definition'],
  },
  // where in an array or a document a value is put
  {
    sql: "UPDATE vault v SET doc[p.card] = '1' FROM people p RETURNING v.doc",
    outputs: ['doc derived vault.doc:plain people.card'],
    flows: ['vault.doc derived people.card'],
    uses: ['people.card expression+update_source', 'vault.doc returning', 'people.card returning'],
  },
  {
    sql: "INSERT INTO vault (id, doc[(SELECT card FROM people LIMIT 1)]) VALUES (1, '1') RETURNING doc",
    outputs: ['doc derived vault.doc:plain people.card'],
    flows: ['vault.doc derived people.card'],
    uses: ['people.card expression+insert_source+returning', 'vault.doc returning'],
  },
  {
    sql: "INSERT INTO vault (id, doc[(SELECT card FROM people LIMIT 1)]) VALUES (1, '1') ON CONFLICT (id) DO UPDATE SET tail = excluded.doc",
    outputs: [],
    flows: ['vault.doc derived people.card', 'vault.tail derived people.card'],
    uses: ['people.card expression+insert_source', 'vault.id on_conflict', 'people.card update_source'],
  },
  { sql: 'REFRESH MATERIALIZED VIEW people_copy', outputs: [] },
  {
    sql: 'CREATE INDEX ON people (lower(card))',
    outputs: [],
    uses: ['.card function_argument+definition'],
  },
  {
    sql: 'CREATE TABLE made (a text REFERENCES people (card))',
    outputs: [],
    uses: ['people.card join'],
  },
  {
    sql: 'ALTER TABLE orders ADD FOREIGN KEY (item) REFERENCES people (card)',
    outputs: [],
    uses: ['people.card join'],
  },
  {
    sql: "ALTER TABLE orders ADD CHECK (item <> 'x')",
    outputs: [],
    uses: ['.item operator_argument+definition'],
  },
  // copy
  {
    sql: 'COPY people TO STDOUT',
    outputs: [
      'id plain people.id',
      'name plain people.name',
      'email plain people.email',
      'phone plain people.phone',
      'card plain people.card',
      'ssn plain people.ssn',
      'notes plain people.notes',
    ],
  },
  {
    sql: 'COPY people (name, card) TO STDOUT WITH (FORMAT csv)',
    outputs: ['name plain people.name', 'card plain people.card'],
  },
  {
    sql: 'COPY vault TO STDOUT',
    outputs: [
      'id plain vault.id',
      'card plain vault.card',
      'tags plain vault.tags',
      'doc plain vault.doc',
      'home plain vault.home',
      'born plain vault.born',
    ],
  },
  {
    sql: "COPY (SELECT card FROM people WHERE ssn > '1') TO STDOUT (FORMAT binary)",
    outputs: ['card plain people.card'],
    uses: ['people.ssn where+operator_argument'],
  },
  {
    sql: 'COPY (DELETE FROM people RETURNING card) TO STDOUT',
    outputs: ['card plain people.card'],
    uses: ['people.card returning'],
  },
  {
    sql: 'COPY (TABLE renamed) TO STDOUT',
    outputs: ['number copied people.card', 'of copied people.name'],
    uses: ['people.card target via renamed', 'people.name target via renamed'],
  },
  { sql: 'COPY people FROM STDIN', outputs: [] },
  {
    sql: "COPY people (id, name) FROM STDIN WHERE card = '4'",
    outputs: [],
    uses: ['people.card where+operator_argument'],
  },
  { sql: "COPY people TO '/tmp/x'", outputs: [] },
  { sql: "COPY people TO PROGRAM 'cat'", outputs: [] },
  // prepared, cursors, plans
  {
    sql: 'PREPARE q AS SELECT card FROM people WHERE ssn = $1',
    outputs: [],
    uses: ['people.ssn where+operator_argument'],
  },
  {
    sql: 'PREPARE q (text) AS UPDATE people SET notes = card WHERE id = 1 RETURNING notes',
    outputs: [],
    flows: ['people.notes plain people.card'],
    uses: [
      'people.card update_source',
      'people.id where+operator_argument',
      'people.notes returning',
      'people.card returning',
    ],
  },
  { sql: "EXECUTE q ('x')", outputs: 'unknown', flows: 'unknown' },
  {
    sql: 'DECLARE c CURSOR FOR SELECT card FROM people ORDER BY ssn',
    outputs: [],
    uses: ['people.ssn order_by'],
  },
  { sql: 'DECLARE c BINARY SCROLL CURSOR WITH HOLD FOR TABLE people', outputs: [] },
  { sql: 'FETCH ALL FROM c', outputs: 'unknown' },
  { sql: 'MOVE 3 IN c', outputs: [] },
  { sql: 'CLOSE c', outputs: [] },
  {
    sql: "EXPLAIN SELECT name FROM people WHERE card = '4'",
    outputs: ['QUERY PLAN condition people.name people.card'],
    uses: ['people.card where+operator_argument'],
  },
  {
    sql: "EXPLAIN ANALYZE SELECT name FROM people WHERE card = '4'",
    outputs: ['QUERY PLAN condition people.name people.card'],
    uses: ['people.card where+operator_argument'],
  },
  {
    sql: 'EXPLAIN (ANALYZE, FORMAT json) UPDATE people SET notes = card',
    outputs: ['QUERY PLAN condition people.card'],
    flows: ['people.notes plain people.card'],
    uses: ['people.card update_source'],
  },
  { sql: "EXPLAIN SELECT murky('x')", outputs: ['QUERY PLAN unknown'] },
  {
    sql: 'EXPLAIN DECLARE c CURSOR FOR SELECT card FROM people',
    outputs: ['QUERY PLAN condition people.card'],
  },
  { sql: 'SHOW work_mem', outputs: ['work_mem derived'] },
  { sql: 'SHOW my.own', outputs: ['my.own unknown'] },
  { sql: 'SHOW ALL', outputs: ['name unknown', 'setting unknown', 'description unknown'] },
  { sql: 'SHOW search_path', outputs: ['search_path derived'] },
  { sql: 'CALL sweep()', outputs: 'unknown', flows: 'unknown' },
  { sql: "DO 'BEGIN END'", outputs: 'unknown', flows: 'unknown' },
  { sql: 'LISTEN c', outputs: [] },
  { sql: 'BEGIN', outputs: [] },
  { sql: "SET work_mem = '1MB'", outputs: [] },
  { sql: 'GRANT SELECT ON people TO PUBLIC', outputs: [] },
  { sql: 'LOCK TABLE people', outputs: [] },
  // names that mislead
  { sql: 'SELECT card FROM public.people AS "public.vault"', outputs: ['card plain people.card'] },
  { sql: 'SELECT "people"."card" FROM shadow.people, public.people', outputs: 'unknown', flows: 'unknown' },
  { sql: 'SELECT people FROM (SELECT 1 AS people) people', outputs: ['people derived'] },
  {
    sql: 'SELECT a.people FROM (SELECT card AS people FROM people) a',
    outputs: ['people plain people.card'],
  },
  {
    sql: "SELECT card FROM (SELECT 'x' AS card) s, LATERAL (SELECT 1 FROM people WHERE card = 'x') t",
    outputs: ['card derived'],
    uses: ['people.card where+operator_argument'],
  },
  { sql: 'SELECT (SELECT card FROM vault LIMIT 1) FROM people', outputs: ['card copied vault.card'] },
  { sql: 'SELECT (SELECT name FROM vault LIMIT 1) FROM people', outputs: ['name copied people.name'] },
  { sql: 'SELECT secrets.card FROM people AS secrets', outputs: ['card plain people.card'] },
  {
    sql: 'SELECT orders FROM people AS orders',
    outputs: [
      'orders derived people.id people.name people.email people.phone people.card people.ssn people.notes',
    ],
    uses: ['people.* expression'],
  },
  { sql: 'SELECT card FROM people, (SELECT 1) AS card', outputs: ['card plain people.card'] },
  { sql: 'SELECT p.card.x FROM people p', outputs: ['x derived people.card'] },
  { sql: 'SELECT p.missing FROM people p', outputs: 'unknown', flows: 'unknown' },
  { sql: 'SELECT missing FROM people', outputs: 'unknown', flows: 'unknown' },
  { sql: 'SELECT card FROM nowhere', outputs: 'unknown', flows: 'unknown' },
  {
    sql: 'SELECT o.note FROM orders o JOIN orders p ON o.id = p.id',
    outputs: ['note plain orders.note'],
    uses: ['orders.id join+operator_argument'],
  },
  {
    sql: 'SELECT s.card FROM shadow.people AS people, public.people AS s',
    outputs: ['card plain people.card'],
  },
  {
    sql: "SELECT count FROM (SELECT count(*) FROM people WHERE card = '4') s",
    outputs: ['count derived'],
    uses: ['people.card where+operator_argument'],
  },
  {
    sql: 'SELECT lower FROM (SELECT lower(card) FROM people) s',
    outputs: ['lower derived people.card'],
    uses: ['people.card function_argument'],
  },
  {
    sql: 'SELECT "?column?" FROM (SELECT card || \'x\' FROM people) s',
    outputs: ['?column? derived people.card'],
    uses: ['people.card operator_argument'],
  },
  {
    sql: 'SELECT "case" FROM (SELECT CASE WHEN card > \'4\' THEN 1 END FROM people) s',
    outputs: ['case condition people.card'],
    uses: ['people.card operator_argument+condition'],
  },
  {
    sql: 'SELECT coalesce FROM (SELECT COALESCE(card) FROM people) s',
    outputs: ['coalesce derived people.card'],
    uses: ['people.card expression'],
  },
  { sql: 'SELECT card FROM people AS people(name)', outputs: ['card plain people.card'] },
  { sql: 'SELECT name FROM people AS people(name)', outputs: ['name copied people.id people.name'] },
  {
    sql: 'SELECT a === b FROM (SELECT card AS a, name AS b FROM people) s',
    outputs: 'unknown',
    flows: 'unknown',
    uses: ['people.card operator_argument', 'people.name operator_argument'],
  },
  {
    sql: 'SELECT card::checked FROM people',
    outputs: ['card unknown people.card'],
    uses: ['people.card cast'],
  },
  { sql: "SELECT 'x'::checked", outputs: ['checked unknown'] },
];
