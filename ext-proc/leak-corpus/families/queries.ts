/** Ways out by the shape of the query: what stands between the table and the list of targets. Append only. */
import { leaksBytes, type LeakEntry } from '../entry.ts';

const BY_ORIGIN = "masking by RowDescription's table OID and column, which a derived column has not";
const SHADOWED = 'name resolution that differs from the server’s';

export const QUERIES: readonly LeakEntry[] = [
  leaksBytes('cte/plain', BY_ORIGIN, (w) => [
    `WITH c AS (SELECT ${w.c} AS v FROM ${w.t} ${w.one}) SELECT v FROM c`,
  ]),
  leaksBytes('cte/materialized', BY_ORIGIN, (w) => [
    `WITH c AS MATERIALIZED (SELECT ${w.c} AS v FROM ${w.t} ${w.one}) SELECT v FROM c`,
  ]),
  leaksBytes('cte/recursive', 'a column made of itself', (w) => [
    `WITH RECURSIVE r(n, v) AS (SELECT 1, ${w.c}::text FROM ${w.t} ${w.one} UNION ALL SELECT n + 1, v || '' FROM r WHERE n < 3) SELECT v FROM r`,
  ]),
  leaksBytes('cte/named-as-table', SHADOWED, (w) => [
    `WITH orders AS (SELECT ${w.c} AS item FROM ${w.t} ${w.one}) SELECT item FROM orders`,
  ]),
  leaksBytes('cte/renamed-columns', BY_ORIGIN, (w) => [
    `WITH c(harmless) AS (SELECT ${w.c} FROM ${w.t} ${w.one}) SELECT harmless FROM c`,
  ]),
  leaksBytes('cte/search-clause', 'columns that the server adds by itself', (w) => [
    `WITH RECURSIVE r(n, v) AS (SELECT 1, ${w.c}::text FROM ${w.t} ${w.one} UNION ALL SELECT n + 1, v FROM r WHERE n < 2) SEARCH DEPTH FIRST BY v SET path SELECT path FROM r`,
  ]),
  leaksBytes('cte/cycle-clause', 'columns that the server adds by itself', (w) => [
    `WITH RECURSIVE r(n, v) AS (SELECT 1, ${w.c}::text FROM ${w.t} ${w.one} UNION ALL SELECT n + 1, v FROM r WHERE n < 2) CYCLE v SET looped USING trail SELECT trail FROM r`,
  ]),
  leaksBytes('subquery/derived', BY_ORIGIN, (w) => [
    `SELECT v FROM (SELECT ${w.c} AS v FROM ${w.t} ${w.one}) s`,
  ]),
  leaksBytes('subquery/five-deep', 'a limit on depth', (w) => [
    `SELECT a FROM (SELECT b AS a FROM (SELECT d AS b FROM (SELECT e AS d FROM (SELECT ${w.c} AS e FROM ${w.t} ${w.one}) s1) s2) s3) s4`,
  ]),
  leaksBytes('subquery/scalar', BY_ORIGIN, (w) => [`SELECT (SELECT ${w.c} FROM ${w.t} ${w.one})`]),
  leaksBytes('subquery/scalar-in-constant', BY_ORIGIN, (w) => [
    `SELECT 'v' || (SELECT ${w.c} FROM ${w.t} ${w.one}) || '.'`,
  ]),
  leaksBytes('subquery/values', 'VALUES with a query inside', (w) => [
    `VALUES (1, (SELECT ${w.c} FROM ${w.t} ${w.one}))`,
  ]),
  leaksBytes('subquery/row', 'a query that gives several fields', (w) => [
    `SELECT s.* FROM (SELECT ROW(${w.c}) AS r FROM ${w.t} ${w.one}) s`,
  ]),
  leaksBytes('lateral/values', BY_ORIGIN, (w) => [
    `SELECT v FROM ${w.t} p, LATERAL (VALUES (p.${w.c})) s(v) ${w.one}`,
  ]),
  leaksBytes('lateral/function', BY_ORIGIN, (w) => [
    `SELECT v FROM ${w.t} p, LATERAL unnest(ARRAY[p.${w.c}]) v ${w.one}`,
  ]),
  leaksBytes('lateral/rows-from', 'ROWS FROM with ordinality', (w) => [
    `SELECT v FROM ${w.t} p, LATERAL ROWS FROM (unnest(ARRAY[p.${w.c}]), generate_series(1, 1)) WITH ORDINALITY f(v, g, o) ${w.one}`,
  ]),
  leaksBytes('set/union', BY_ORIGIN, (w) => [`SELECT 'x' UNION SELECT ${w.c} FROM ${w.t} ${w.one}`]),
  leaksBytes('set/union-all-second', "a column's origin taken from the first branch", (w) => [
    `SELECT 'harmless'::text AS name UNION ALL SELECT ${w.c} FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('set/union-harmless-first', "the first branch's names for the second's values", (w) => [
    `SELECT ${w.k}::text, 'a' FROM ${w.t} ${w.one} UNION ALL SELECT ${w.c}, 'b' FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('set/except', BY_ORIGIN, (w) => [`SELECT ${w.c} FROM ${w.t} ${w.one} EXCEPT SELECT 'x'`]),
  leaksBytes('set/intersect', BY_ORIGIN, (w) => [
    `SELECT ${w.c} FROM ${w.t} ${w.one} INTERSECT SELECT ${w.c} FROM ${w.t}`,
  ]),
  leaksBytes('set/nested', 'operations within operations', (w) => [
    `(SELECT 'x' UNION (SELECT 'y' EXCEPT SELECT 'z')) UNION ALL (SELECT ${w.c} FROM ${w.t} ${w.one} LIMIT 1)`,
  ]),
  leaksBytes('set/values-union', 'VALUES as a branch', (w) => [
    `VALUES ('x') UNION ALL SELECT ${w.c} FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('join/using', 'a merged column, which has no table of its own', (w) => [
    `SELECT ${w.c} FROM ${w.t} a JOIN ${w.t} b USING (${w.c}) WHERE a.${w.k} = ${w.first.key}`,
  ]),
  leaksBytes('join/natural', 'columns that are joined unnamed', (w) => [
    `SELECT ${w.c} FROM ${w.t} a NATURAL JOIN (SELECT ${w.k}, ${w.c} FROM ${w.t} ${w.one}) b`,
  ]),
  leaksBytes('join/full-using', 'a merged column that is coalesce of two', (w) => [
    `SELECT ${w.c} FROM (SELECT ${w.c} FROM ${w.t} ${w.one}) a FULL JOIN (SELECT 'x'::text AS ${w.c}) b USING (${w.c})`,
  ]),
  leaksBytes('join/using-alias', 'an alias of the merged columns', (w) => [
    `SELECT j.${w.c} FROM ${w.t} a JOIN ${w.t} b USING (${w.c}) AS j WHERE a.${w.k} = ${w.first.key}`,
  ]),
  leaksBytes('join/aliased-join', 'an alias over a join', (w) => [
    `SELECT j.v FROM (${w.t} a CROSS JOIN (SELECT 1 AS one) b) AS j(${aliases(6)}) LIMIT 0`,
    `SELECT j FROM (${w.t} a CROSS JOIN (SELECT 1 AS one) b) AS j ${w.one}`,
  ]),
  leaksBytes('join/self-cross', 'one table under two names', (w) => [
    `SELECT b.${w.c} FROM ${w.t} a, ${w.t} b WHERE a.${w.k} = ${w.first.key} AND b.${w.k} = a.${w.k}`,
  ]),
  leaksBytes('window/first-value', BY_ORIGIN, (w) => [
    `SELECT first_value(${w.c}) OVER (ORDER BY ${w.k}) FROM ${w.t} ${w.few}`,
  ]),
  leaksBytes('window/lag', BY_ORIGIN, (w) => [
    `SELECT lag(${w.c}, 1, 'none') OVER (ORDER BY ${w.k}) FROM ${w.t} ${w.few}`,
  ]),
  leaksBytes('window/nth-value', BY_ORIGIN, (w) => [
    `SELECT nth_value(${w.c}, 1) OVER w FROM ${w.t} ${w.few} WINDOW w AS (ORDER BY ${w.k})`,
  ]),
  leaksBytes('window/aggregate', BY_ORIGIN, (w) => [
    `SELECT string_agg(${w.c}, ',') OVER () FROM ${w.t} ${w.few}`,
  ]),
  leaksBytes('distinct/on', 'DISTINCT ON', (w) => [
    `SELECT DISTINCT ON (${w.k}) ${w.c} FROM ${w.t} ${w.few} ORDER BY ${w.k}`,
  ]),
  leaksBytes('names/quoted', 'texts compared without the quotes', (w) => [
    `SELECT "${w.subject.column}" FROM "${w.subject.schema}"."${w.subject.relation}" ${w.one}`,
  ]),
  leaksBytes('names/upper-case', 'names compared with their case', (w) => [
    `SELECT ${w.c.toUpperCase()} FROM ${w.t.toUpperCase()} ${w.one}`,
  ]),
  leaksBytes('names/unicode-escape', 'identifiers written as U&', (w) => [
    `SELECT U&"${unicodeEscaped(w.subject.column)}" FROM U&"${unicodeEscaped(w.subject.schema)}".U&"${unicodeEscaped(w.subject.relation)}" ${w.one}`,
  ]),
  leaksBytes('names/unicode-other-escape', 'UESCAPE with a character of one’s own', (w) => [
    `SELECT U&"${unicodeEscaped(w.subject.column).replaceAll('\\', '!')}" UESCAPE '!' FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('names/whitespace', 'texts compared with single spaces', (w) => [
    `SELECT\t${w.subject.schema}\n.\r\n${w.subject.relation} . ${w.c}\fFROM\n${w.t}\t${w.one}`,
  ]),
  leaksBytes('names/comments', 'comments between and within names', (w) => [
    `SELECT/*x*/${w.c}/* a /* nested */ comment */FROM--to the end\n${w.t} ${w.one}`,
  ]),
  leaksBytes('names/database-qualified', 'names of three parts', (w) => [
    `SELECT ${w.subject.relation}.${w.c} FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('names/search-path', 'names resolved without the session’s search_path', (w) => [
    `SET search_path = "${w.subject.schema}"`,
    `SELECT ${w.c} FROM ${w.subject.relation} ${w.one}`,
  ]),
  leaksBytes('names/search-path-shadow', 'a temporary view that bears another table’s name', (w) => [
    `CREATE TEMP VIEW harmless AS SELECT ${w.k}, ${w.c} AS name FROM ${w.t}`,
    `SELECT name FROM harmless ${w.one}`,
  ]),
  leaksBytes('names/temp-table-shadow', 'a temporary table before the real one', (w) => [
    `CREATE TEMP TABLE ${w.subject.relation} AS SELECT ${w.k} AS k, ${w.c} AS v FROM ${w.t} ${w.one}`,
    `SELECT v FROM ${w.subject.relation}`,
  ]),
  leaksBytes('strings/dollar-quotes', 'quotes that few lexers know', (w) => [
    `SELECT $$a$$ || ${w.c} || $x$ FROM ${w.t} $x$ FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('strings/backslashes', 'standard_conforming_strings changed under the lexer', (w) => [
    'SET standard_conforming_strings = off',
    `SELECT 'it\\'s', ${w.c} FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('strings/escape-string', 'E-strings that end later than they seem', (w) => [
    `SELECT E'\\'', ${w.c}, E'\\'--' FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('statements/several', 'the first statement alone is looked at', (w) => [
    `SELECT 1; SELECT ${w.c} FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('statements/after-comment', 'a statement behind a comment', (w) => [
    `-- SELECT 1;\n/* ; */ SELECT ${w.c} FROM ${w.t} ${w.one}; SELECT 2`,
  ]),
  leaksBytes('statements/empty-ones', 'empty statements before it', (w) => [
    `;;; SELECT ${w.c} FROM ${w.t} ${w.one};`,
  ]),
  leaksBytes('statements/within-transaction', 'state that is lost in a block', (w) => [
    'BEGIN',
    `SELECT ${w.c} FROM ${w.t} ${w.one}`,
    'ROLLBACK',
  ]),
  leaksBytes('statements/after-error', 'state that is lost after an error', (w) => [
    'SELECT 1/0',
    `SELECT ${w.c} FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('statements/after-savepoint', 'state that a rollback brings back', (w) => [
    'BEGIN',
    'SAVEPOINT a',
    'SELECT 1/0',
    'ROLLBACK TO a',
    `SELECT ${w.c} FROM ${w.t} ${w.one}`,
    'ROLLBACK',
  ]),
  leaksBytes('statements/large', 'a limit on the length of what is parsed', (w) => [
    `SELECT ${w.c} /* ${'padding '.repeat(40_000)} */ FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('statements/many-targets', 'a limit on columns', (w) => [
    `SELECT ${Array.from({ length: 1_200 }, (_, at) => at).join(', ')}, ${w.c} FROM ${w.t} ${w.one}`,
  ]),
  leaksBytes('statements/deep-parentheses', 'a limit on depth', (w) => [
    `SELECT ${'('.repeat(300)}${w.c}${')'.repeat(300)} FROM ${w.t} ${w.one}`,
  ]),
];

const unicodeEscaped = (name: string): string =>
  [...name].map((character) => `\\${character.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

const aliases = (count: number): string =>
  ['v', ...Array.from({ length: count - 1 }, (_, at) => `a${at}`)].join(', ');
