/**
 * What may be said of an error whose words are withheld: the SQLSTATE and the words of its class, and whether its names
 * of objects are the server's own.
 * Specification: PostgreSQL 18, appendix A, "PostgreSQL Error Codes".
 */
interface ErrorOrigin {
  /** Of the server's source, fields F and R. */
  readonly file: string;
  readonly routine: string;
}

/** The classes, in PostgreSQL's words. */
const CLASSES: Readonly<Record<string, string>> = {
  '00': 'successful completion',
  '01': 'warning',
  '02': 'no data',
  '08': 'connection exception',
  '0A': 'feature not supported',
  '20': 'case not found',
  '21': 'cardinality violation',
  '22': 'data exception',
  '23': 'integrity constraint violation',
  '24': 'invalid cursor state',
  '25': 'invalid transaction state',
  '26': 'invalid SQL statement name',
  '27': 'triggered data change violation',
  '28': 'invalid authorization specification',
  '2B': 'dependent privilege descriptors still exist',
  '2D': 'invalid transaction termination',
  '2F': 'SQL routine exception',
  '34': 'invalid cursor name',
  '38': 'external routine exception',
  '39': 'external routine invocation exception',
  '3B': 'savepoint exception',
  '3D': 'invalid catalog name',
  '3F': 'invalid schema name',
  '40': 'transaction rollback',
  '42': 'syntax error or access rule violation',
  '44': 'WITH CHECK OPTION violation',
  '53': 'insufficient resources',
  '54': 'program limit exceeded',
  '55': 'object not in prerequisite state',
  '57': 'operator intervention',
  '58': 'system error',
  F0: 'configuration file error',
  HV: 'foreign data wrapper error',
  P0: 'PL/pgSQL error',
  XX: 'internal error',
};

/** Those that programs react to, so that functions raise them too. */
const RAISED_KEPT = new Set(
  (
    '00000 01000 22000 22001 22003 22004 22007 22008 22012 22023 22P02 23000 23001 23502 23503 23505 23514 23P01 ' +
    '25006 28000 40001 40P01 42501 42704 42710 42P01 55000 55P03 57014 P0001 P0002 P0003 P0004 0A000'
  ).split(' '),
);
const RAISE_EXCEPTION = 'P0001';
const SQLSTATE = /^[0-9A-Z]{5}$/;

/** Files whose errors name tables, columns and constraints by themselves. */
const NAMING_FILES = new Set([
  'nbtinsert.c',
  'execMain.c',
  'execIndexing.c',
  'execExprInterp.c',
  'execPartition.c',
  'execUtils.c',
  'ri_triggers.c',
  'domains.c',
  'typecmds.c',
  'tablecmds.c',
  'nodeModifyTable.c',
]);

const baseName = (file: string): string => file.slice(file.lastIndexOf('/') + 1);

/** Whether the fields for names hold names, whatever the statement did. */
export function isServersOwn(origin: ErrorOrigin): boolean {
  return NAMING_FILES.has(baseName(origin.file));
}

/**
 * The SQLSTATE to tell. One that RAISE or another language chose may be made of a value: then only those that are in
 * general use stay.
 */
export function publicSqlstate(sqlstate: string, origin: ErrorOrigin): string {
  if (!SQLSTATE.test(sqlstate) || CLASSES[sqlstate.slice(0, 2)] === undefined) return RAISE_EXCEPTION;
  const chosen = /^pl[_a-z]/.test(baseName(origin.file)) || origin.file === '';
  return !chosen || RAISED_KEPT.has(sqlstate) ? sqlstate : RAISE_EXCEPTION;
}

export function withheldMessage(sqlstate: string): string {
  const words = CLASSES[sqlstate.slice(0, 2)] ?? 'error';
  return `gatehouse: ${words} (${sqlstate}); the text is withheld, as the statement touches masked columns`;
}
