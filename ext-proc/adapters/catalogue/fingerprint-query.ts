/**
 * What gives names their meaning, of PostgreSQL 14 to 18, as a few hashes: one statement, so of one moment. Rows are named
 * by oid and xmin, which differ once a row is written anew; of relations what defines them, since VACUUM, TRUNCATE and
 * statistics write their rows too. What other sessions have for themselves (pg_temp) does not count.
 */

const hashOf = (rows: string): string =>
  `(SELECT encode(sha256(convert_to(coalesce(string_agg(part, E'\\n' ORDER BY part), ''), 'UTF8')), 'hex') FROM (${rows}) parts(part))`;

const TEMPORARY = `(SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_(toast_)?temp_')`;
const OF_SESSIONS = `(SELECT oid FROM pg_class WHERE relpersistence = 't')`;

/** Whatever a statement names, these may run with it. */
const EVERYWHERE: readonly string[] = [
  `SELECT oid || ':' || xmin FROM pg_proc WHERE pronamespace NOT IN ${TEMPORARY}`,
  `SELECT oid || ':' || xmin FROM pg_rewrite WHERE ev_class NOT IN ${OF_SESSIONS}`,
  `SELECT oid || ':' || xmin FROM pg_trigger WHERE NOT tgisinternal AND tgrelid NOT IN ${OF_SESSIONS}`,
  `SELECT oid || ':' || xmin FROM pg_policy WHERE polrelid NOT IN ${OF_SESSIONS}`,
  `SELECT oid || ':' || xmin FROM pg_event_trigger`,
  `SELECT oid || ':' || xmin FROM pg_operator WHERE oprnamespace NOT IN ${TEMPORARY}`,
  `SELECT oid || ':' || xmin FROM pg_cast`,
  `SELECT oid || ':' || xmin FROM pg_language`,
  `SELECT oid || ':' || xmin FROM pg_type WHERE typtype = 'd' AND typnamespace NOT IN ${TEMPORARY}`,
  `SELECT oid || ':' || xmin FROM pg_constraint WHERE contypid <> 0`,
];

/** Of the relations themselves, and of all that inherit from them or are their partitions. */
const OF_RELATIONS: readonly string[] = [
  `SELECT concat_ws(':', c.oid, relnamespace, relname, relkind, relowner, relpersistence, relrowsecurity,
                    relforcerowsecurity, reloptions::text, pg_get_expr(relpartbound, c.oid))
   FROM pg_class c JOIN family USING (oid)`,
  `SELECT concat_ws(':', attrelid, attnum, attname, atttypid, atttypmod, attcollation, attnotnull, atthasdef,
                    attidentity::text, attgenerated::text, attisdropped)
   FROM pg_attribute JOIN family ON oid = attrelid WHERE attnum > 0`,
  `SELECT d.oid || ':' || d.adrelid || ':' || d.adnum || ':' || d.xmin FROM pg_attrdef d JOIN family f ON f.oid = adrelid`,
  `SELECT oid || ':' || xmin FROM pg_constraint
   WHERE conrelid IN (SELECT oid FROM family) OR confrelid IN (SELECT oid FROM family)`,
  `SELECT oid || ':' || xmin FROM pg_trigger WHERE tgisinternal AND tgrelid IN (SELECT oid FROM family)`,
  `SELECT inhrelid || ':' || inhparent FROM pg_inherits WHERE inhrelid IN (SELECT oid FROM family)`,
  `SELECT indexrelid || ':' || indrelid || ':' || indisunique || ':' || indkey::text FROM pg_index
   WHERE indrelid IN (SELECT oid FROM family) AND (indisunique OR indexprs IS NOT NULL OR indpred IS NOT NULL)`,
];

/** `$1`: all of them; `$2`, `$3`: schemas and names of relations. One row, one column for each hash. */
export const FINGERPRINT = `
  WITH RECURSIVE family AS (
    SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE CASE WHEN $1::boolean THEN c.relpersistence <> 't' AND n.nspname !~ '^pg_(toast_)?temp_'
          ELSE (n.nspname::text, c.relname::text) IN (SELECT * FROM unnest($2::text[], $3::text[])) END
    UNION SELECT i.inhrelid FROM pg_inherits i JOIN family f ON f.oid = i.inhparent)
  SELECT ${[...EVERYWHERE, ...OF_RELATIONS].map((rows, index) => `${hashOf(rows)} AS part_${index}`).join(',\n    ')}`;
