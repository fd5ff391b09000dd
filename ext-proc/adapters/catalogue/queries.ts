/**
 * What is read of pg_catalog, for PostgreSQL 14 to 18. Every query is run under `search_path = pg_catalog`, in one
 * read-only snapshot, and needs no more than a login.
 */

/**
 * One row that changes whenever a row of these catalogues is added, removed or rewritten: cheap enough to ask often.
 * VACUUM updates pg_class in place, so its statistics do not count as a change.
 */
export const PROBE = `
  SELECT current_setting('server_version_num') || ' ' || concat_ws(' ',
    ${[
      'pg_namespace',
      'pg_class',
      'pg_attribute',
      'pg_proc',
      'pg_rewrite',
      'pg_inherits',
      'pg_trigger',
      'pg_constraint',
      'pg_operator',
      'pg_cast',
      'pg_type',
      'pg_depend',
      'pg_attrdef',
      'pg_aggregate',
    ]
      .map(
        (table) =>
          `(SELECT count(*) || ':' || coalesce(sum(hashtext(xmin::text || ctid::text)), 0) FROM ${table})`,
      )
      .join(',\n    ')}) AS probe`;

export const SERVER_VERSION = `SELECT current_setting('server_version_num') AS version`;

export const COUNT = `
  SELECT (SELECT count(*) FROM pg_class) + (SELECT count(*) FROM pg_attribute) + (SELECT count(*) FROM pg_proc) AS objects`;

export const SCHEMAS = `
  SELECT oid, nspname AS name, has_schema_privilege('public', oid, 'USAGE') AS public FROM pg_namespace
  WHERE nspname !~ '^pg_(toast_)?temp_' ORDER BY oid`;

/**
 * Indexes too: DROP INDEX names one. Temporary relations of every session, for their names. `calls`: a default, a
 * check or an index runs a function of users when a row is written; `policies`: a row policy does.
 */
export const RELATIONS = `
  WITH called AS (
    SELECT classid, objid FROM pg_depend WHERE refclassid = 'pg_proc'::regclass AND refobjid >= 16384)
  SELECT c.oid, c.relnamespace AS schema, c.relname AS name, c.relkind AS kind, c.relpersistence = 't' AS temporary,
         c.reltype::bigint::text AS row_type,
         c.reltoastrelid AS toast, c.relispartition AS partition,
         c.relhastriggers AND EXISTS (
           SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled <> 'D') AS triggers,
         c.relhasrules AND EXISTS (
           SELECT FROM pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_type <> '1') AS rules,
         EXISTS (
           SELECT FROM pg_constraint f
           WHERE f.confrelid = c.oid AND f.contype = 'f'
             AND (f.confdeltype IN ('c', 'n', 'd') OR f.confupdtype IN ('c', 'n', 'd'))) AS cascades,
         c.oid IN (
           SELECT d.adrelid FROM pg_attrdef d JOIN called f ON f.classid = 'pg_attrdef'::regclass AND f.objid = d.oid
           UNION ALL
           SELECT k.conrelid FROM pg_constraint k JOIN called f ON f.classid = 'pg_constraint'::regclass AND f.objid = k.oid
           UNION ALL
           SELECT i.indrelid FROM pg_index i JOIN called f ON f.classid = 'pg_class'::regclass AND f.objid = i.indexrelid
         ) AS calls,
         c.oid IN (
           SELECT p.polrelid FROM pg_policy p JOIN called f ON f.classid = 'pg_policy'::regclass AND f.objid = p.oid
         ) AS policies
  FROM pg_class c ORDER BY c.oid`;

export const COLUMNS = `
  SELECT a.attrelid AS relation, array_agg(a.attname::text ORDER BY a.attnum) AS names,
         array_agg(a.attnum::int ORDER BY a.attnum) AS numbers,
         array_agg(a.atttypid::bigint::text ORDER BY a.attnum) AS types,
         array_agg(a.atttypmod ORDER BY a.attnum) AS typmods
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relpersistence <> 't' AND c.relkind IN ('r', 'v', 'm', 'f', 'p', 'S', 'c', 't')
  GROUP BY a.attrelid ORDER BY 1`;

/** By schema and name over all overloads. One that was put into pg_catalog after initdb is nobody's built-in. */
export const FUNCTIONS = `
  SELECT pronamespace AS schema, proname AS name, min(provolatile::text) AS least, max(provolatile::text) AS most,
         bool_and(e.objid IS NOT NULL) AS extension, bool_or(p.oid >= 16384 AND e.objid IS NULL) AS own
  FROM pg_proc p
  LEFT JOIN pg_depend e ON e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e'
  GROUP BY 1, 2 ORDER BY 1, 2`;

/**
 * What views and rules reach. The stored tree is read for it, not pg_depend, which leaves out everything that came
 * with initdb: a view on pg_authid would seem to reach nothing.
 */
export const REWRITES = `
  SELECT DISTINCT r.ev_class AS relation, r.ev_type AS event, m[1] AS what, m[2] AS oid
  FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class,
       LATERAL regexp_matches(
         r.ev_action::text || ' ' || r.ev_qual::text, ':(relid|funcid|aggfnoid|winfnoid|opno) ([1-9][0-9]*)', 'g') m
  WHERE c.relnamespace NOT IN (
    SELECT oid FROM pg_namespace WHERE nspname IN ('pg_catalog', 'information_schema'))
  ORDER BY 1, 2, 3, 4`;

/** Functions that are named by oid in the trees above, and those behind operators. */
export const NAMED_FUNCTIONS = `
  SELECT p.oid, n.nspname AS schema, p.proname AS name, p.provolatile::text AS volatility
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE p.oid = ANY ($1::oid[])
     OR p.oid IN (SELECT o.oprcode::oid FROM pg_operator o WHERE o.oid = ANY ($2::oid[]))
  ORDER BY p.oid`;

export const OPERATOR_CODES = `
  SELECT oid, oprcode::oid AS code FROM pg_operator WHERE oid = ANY ($1::oid[]) ORDER BY oid`;

export const INHERITANCE = `SELECT inhrelid AS child, inhparent AS parent FROM pg_inherits ORDER BY 1, 2`;

export const OPERATORS = `
  SELECT DISTINCT n.nspname AS schema, o.oprname AS name, e.objid IS NOT NULL AS extension
  FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
  LEFT JOIN pg_depend e ON e.classid = 'pg_operator'::regclass AND e.objid = o.oid AND e.deptype = 'e'
  WHERE o.oid >= 16384 OR n.nspname NOT IN ('pg_catalog', 'information_schema')
  ORDER BY 1, 2, 3`;

/** Functions of users that run when a value is cast to a type, or when a domain checks one. */
export const TYPE_FUNCTIONS = `
  SELECT DISTINCT tn.nspname AS type_schema, t.typname AS type_name, pn.nspname AS schema, p.proname AS name,
         p.provolatile::text AS volatility
  FROM (
    SELECT castsource AS type, castfunc AS function FROM pg_cast WHERE castfunc >= 16384
    UNION ALL
    SELECT casttarget, castfunc FROM pg_cast WHERE castfunc >= 16384
    UNION ALL
    SELECT contypid, m[1]::oid
    FROM pg_constraint, LATERAL regexp_matches(conbin::text, ':funcid ([1-9][0-9]*)', 'g') m
    WHERE contypid <> 0 AND conbin IS NOT NULL
  ) u
  JOIN pg_type t ON t.oid = u.type JOIN pg_namespace tn ON tn.oid = t.typnamespace
  JOIN pg_proc p ON p.oid = u.function JOIN pg_namespace pn ON pn.oid = p.pronamespace
  LEFT JOIN pg_depend e ON e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e'
  WHERE p.oid >= 16384 AND e.objid IS NULL
  ORDER BY 1, 2, 3, 4`;

/**
 * Generated columns with what they are made of. Before 15 it is the column itself that depends on the others, later its
 * expression.
 */
export const GENERATED = `
  WITH made AS (
    SELECT objid AS relation, objsubid AS column, refobjsubid AS source FROM pg_depend
    WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND objid = refobjid AND objsubid > 0
    UNION
    SELECT e.adrelid, e.adnum, d.refobjsubid FROM pg_attrdef e
    JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = e.oid
      AND d.refclassid = 'pg_class'::regclass AND d.refobjid = e.adrelid
    WHERE d.refobjsubid <> e.adnum)
  SELECT a.attrelid AS relation, a.attname::text AS name,
         array_agg(s.attname::text ORDER BY s.attnum) FILTER (WHERE s.attname IS NOT NULL) AS sources,
         EXISTS (
           SELECT FROM pg_attrdef e JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = e.oid
           WHERE e.adrelid = a.attrelid AND e.adnum = a.attnum AND d.refclassid = 'pg_proc'::regclass AND d.refobjid >= 16384
         ) AS calls
  FROM pg_attribute a
  LEFT JOIN made m ON m.relation = a.attrelid AND m.column = a.attnum
  LEFT JOIN pg_attribute s ON s.attrelid = a.attrelid AND s.attnum = m.source AND s.attnum > 0
  WHERE a.attgenerated <> '' AND NOT a.attisdropped
  GROUP BY a.attrelid, a.attname, a.attnum ORDER BY 1, 2`;

/** The columns that decide which partition a row is in, those in an expression among them. */
export const PARTITION_KEYS = `
  SELECT a.attrelid AS relation, array_agg(a.attname::text ORDER BY a.attnum) AS names
  FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE a.attnum = ANY (p.partattrs::int2[])
     OR EXISTS (
       SELECT FROM pg_depend d
       WHERE d.classid = 'pg_class'::regclass AND d.objid = a.attrelid AND d.objsubid = a.attnum
         AND d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = 0 AND d.deptype = 'i')
  GROUP BY a.attrelid ORDER BY 1`;

/** The columns by which row policies choose the rows that are seen; `*` where one looks at a whole row. */
export const POLICY_COLUMNS = `
  SELECT p.polrelid AS relation, d.refobjid AS source, a.attname::text AS name
  FROM pg_policy p JOIN pg_class t ON t.oid = p.polrelid AND t.relrowsecurity
  JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_class'::regclass
  JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND a.attnum > 0
  WHERE p.polcmd <> 'a'
  UNION
  SELECT p.polrelid, p.polrelid, '*' FROM pg_policy p JOIN pg_class t ON t.oid = p.polrelid AND t.relrowsecurity
  WHERE p.polcmd <> 'a' AND p.polqual::text ~ ':varattno 0 '
  ORDER BY 1, 2, 3`;

/** The queries of views of users, as the server prints them: with every name qualified that is not in pg_catalog. */
export const VIEW_DEFINITIONS = `
  SELECT c.oid, pg_get_viewdef(c.oid) AS definition
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('v', 'm') AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  ORDER BY c.oid LIMIT $1`;

/** Types of results that may turn out to be rows. */
const POLYMORPHIC = ['record', 'anyelement', 'anynonarray', 'anycompatible', 'anycompatiblenonarray']
  .map((type) => `'${type}'::regtype`)
  .join(', ');

/**
 * What functions give. Of the built-ins only those that may give more than one column. Aggregates of users are made of
 * their arguments if all that they run is built in. \`body\`: the text of an SQL function, which names are looked up for
 * when it is called, or at its definition where it is standard SQL.
 */
export const RESULTS = `
  SELECT p.pronamespace AS schema, p.proname AS name, p.pronargs::int AS most,
         (p.pronargs - p.pronargdefaults)::int AS least, p.provariadic <> 0 AS variadic, p.provolatile::text AS volatility,
         p.prokind::text AS kind, l.lanname AS language, e.objid IS NOT NULL AS extension, p.oid < 16384 AS built_in,
         t.typtype::text AS type_kind,
         p.prorettype IN (${POLYMORPHIC}) AS polymorphic, t.typrelid::bigint::text AS composite, p.proargnames AS names,
         p.proargmodes::text[] AS modes, p.proconfig AS settings,
         CASE WHEN l.lanname = 'sql' AND p.oid >= 16384 AND p.prokind = 'f'
           THEN coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) END AS body,
         p.prosqlbody IS NOT NULL AS standard,
         NOT EXISTS (
           SELECT FROM regexp_matches(p.proargdefaults::text, ':funcid ([1-9][0-9]*)', 'g') m WHERE m[1]::oid >= 16384
         ) AS plain_defaults,
         CASE WHEN p.prosecdef THEN pg_get_userbyid(p.proowner)::text END AS definer,
         EXISTS (
           SELECT FROM pg_aggregate g
           WHERE g.aggfnoid = p.oid
             AND greatest(g.aggtransfn::oid, g.aggfinalfn::oid, g.aggcombinefn::oid, g.aggserialfn::oid,
                          g.aggdeserialfn::oid, g.aggmtransfn::oid, g.aggminvtransfn::oid, g.aggmfinalfn::oid) < 16384
         ) AS built_of_built_ins
  FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang JOIN pg_type t ON t.oid = p.prorettype
  LEFT JOIN pg_depend e ON e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e'
  WHERE p.prokind <> 'p'
    AND (p.oid >= 16384 OR t.typrelid <> 0 OR p.proargmodes IS NOT NULL
         OR p.prorettype IN (${POLYMORPHIC}))
    AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
  ORDER BY p.oid`;
