/**
 * The types whose OIDs are the same on every server, PostgreSQL 14 to 18: src/include/catalog/pg_type.dat.
 * `built-in-types.test.ts` and the test against a real server hold the table to pg_type.
 */
import type { BaseTypeName } from './base-types.ts';
import type { PgType } from './pg-type.ts';

/** Name, OID, OID of its array type; 0 where it has none. */
const BASES: readonly (readonly [BaseTypeName, number, number])[] = [
  ['bool', 16, 1000],
  ['bytea', 17, 1001],
  ['char', 18, 1002],
  ['name', 19, 1003],
  ['int8', 20, 1016],
  ['int2', 21, 1005],
  ['int2vector', 22, 1006],
  ['int4', 23, 1007],
  ['regproc', 24, 1008],
  ['text', 25, 1009],
  ['oid', 26, 1028],
  ['tid', 27, 1010],
  ['xid', 28, 1011],
  ['cid', 29, 1012],
  ['oidvector', 30, 1013],
  ['json', 114, 199],
  ['xml', 142, 143],
  ['point', 600, 1017],
  ['lseg', 601, 1018],
  ['path', 602, 1019],
  ['box', 603, 1020],
  ['polygon', 604, 1027],
  ['line', 628, 629],
  ['cidr', 650, 651],
  ['float4', 700, 1021],
  ['float8', 701, 1022],
  ['unknown', 705, 0],
  ['circle', 718, 719],
  ['macaddr8', 774, 775],
  ['money', 790, 791],
  ['macaddr', 829, 1040],
  ['inet', 869, 1041],
  ['aclitem', 1033, 1034],
  ['bpchar', 1042, 1014],
  ['varchar', 1043, 1015],
  ['date', 1082, 1182],
  ['time', 1083, 1183],
  ['timestamp', 1114, 1115],
  ['timestamptz', 1184, 1185],
  ['interval', 1186, 1187],
  ['timetz', 1266, 1270],
  ['bit', 1560, 1561],
  ['varbit', 1562, 1563],
  ['numeric', 1700, 1231],
  ['refcursor', 1790, 2201],
  ['regprocedure', 2202, 2207],
  ['regoper', 2203, 2208],
  ['regoperator', 2204, 2209],
  ['regclass', 2205, 2210],
  ['regtype', 2206, 2211],
  ['cstring', 2275, 1263],
  ['void', 2278, 0],
  ['uuid', 2950, 2951],
  ['txid_snapshot', 2970, 2949],
  ['pg_lsn', 3220, 3221],
  ['tsvector', 3614, 3643],
  ['tsquery', 3615, 3645],
  ['regconfig', 3734, 3735],
  ['regdictionary', 3769, 3770],
  ['jsonb', 3802, 3807],
  ['jsonpath', 4072, 4073],
  ['regnamespace', 4089, 4090],
  ['regrole', 4096, 4097],
  ['regcollation', 4191, 4192],
  ['pg_snapshot', 5038, 5039],
  ['xid8', 5069, 271],
];

/** OID, of its array, of its multirange and that one's array, and of the subtype. */
const RANGES: readonly (readonly [number, number, number, number, number])[] = [
  [3904, 3905, 4451, 6150, 23],
  [3906, 3907, 4532, 6151, 1700],
  [3908, 3909, 4533, 6152, 1114],
  [3910, 3911, 4534, 6153, 1184],
  [3912, 3913, 4535, 6155, 1082],
  [3926, 3927, 4536, 6157, 20],
];

const RECORD = 2249;
const RECORD_ARRAY = 2287;
/** Of pg_stats and the like: an array whose element type only its binary form tells. */
const ANYARRAY = 2277;
export const BOX = 603;

function builtInTypes(): ReadonlyMap<number, PgType> {
  const types = new Map<number, PgType>();
  const arrayOf = (element: number, array: number): void => {
    if (array !== 0) types.set(array, { kind: 'array', element, delimiter: element === BOX ? ';' : ',' });
  };
  for (const [name, oid, array] of BASES) {
    types.set(oid, { kind: 'base', name });
    arrayOf(oid, array);
  }
  for (const [oid, array, multirange, multirangeArray, subtype] of RANGES) {
    types.set(oid, { kind: 'range', subtype });
    types.set(multirange, { kind: 'multirange', subtype });
    arrayOf(oid, array);
    arrayOf(multirange, multirangeArray);
  }
  types.set(RECORD, { kind: 'composite', attributes: undefined });
  arrayOf(RECORD, RECORD_ARRAY);
  types.set(ANYARRAY, { kind: 'array', element: 0, delimiter: ',' });
  return types;
}

export const BUILT_IN_TYPES: ReadonlyMap<number, PgType> = builtInTypes();
