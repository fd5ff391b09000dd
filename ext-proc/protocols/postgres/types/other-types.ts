/**
 * Types of which a replacement shows nothing: one constant stands for every value. Geometry is looked at number by
 * number, text search as it stands; what names objects of the catalogue holds no data.
 */
import type { ByteString } from '../../../masking/byte-string.ts';
import { type BaseType, constantType, sameText } from './base-type.ts';

const FLOAT_BYTES = 8;
const FINDING_NUMBER = /[-+]?\d[\d.]*(?:[eE][-+]?\d+)?/g;

const zeroFloats = (count: number): Buffer => Buffer.alloc(count * FLOAT_BYTES);

/** Numbers with all of their digits, apart enough not to be read as one. */
const spelled = (numbers: readonly number[]): ByteString => numbers.map(String).join(' ; ');

/** `header` bytes come before the numbers of the binary form. */
function geometricType(text: ByteString, binary: Buffer, header = 0): BaseType {
  return {
    ...constantType(text, binary, 'rendered'),
    plainOfText: (value) => spelled((value.match(FINDING_NUMBER) ?? []).map(Number)),
    plainOfBinary: (value) => {
      if (value.length < header || (value.length - header) % FLOAT_BYTES !== 0) return undefined;
      const numbers: number[] = [];
      for (let at = header; at < value.length; at += FLOAT_BYTES) numbers.push(value.readDoubleBE(at));
      return spelled(numbers);
    },
  };
}

const ONE = Buffer.of(0, 0, 0, 1);
/** A line needs a direction: y = 0. */
const LINE = Buffer.concat([zeroFloats(1), Buffer.of(0x3f, 0xf0, 0, 0, 0, 0, 0, 0), zeroFloats(1)]);
/** One point, closed. */
const PATH = Buffer.concat([Buffer.of(1), ONE, zeroFloats(2)]);

/** No exceptions, and two bounds that are transaction 1. */
const SNAPSHOT = Buffer.from('00000000' + '0000000000000001' + '0000000000000001', 'hex');
/** One operand, of any weight, no prefix: the receiving side refuses an empty query. */
const TSQUERY = Buffer.concat([ONE, Buffer.of(1, 0, 0), Buffer.from('masked\0')]);
const ZERO_COUNT = Buffer.alloc(4);
const ZERO_OID = Buffer.alloc(4);

const named = (text: ByteString): BaseType => constantType(text, ZERO_OID);

const BOOL: BaseType = {
  shape: () => ({ type: 'boolean' }),
  scanText: 'never',
  scanBinary: 'never',
  plainOfText: (text) => (text === 't' ? 'true' : text === 'f' ? 'false' : undefined),
  textOfPlain: (plain) => (plain === 'true' ? 't' : plain === 'false' ? 'f' : undefined),
  plainOfBinary: (binary) => (binary.length === 1 ? (binary[0] === 0 ? 'false' : 'true') : undefined),
  binaryOfPlain: (plain) => (plain === 'true' ? Buffer.of(1) : plain === 'false' ? Buffer.of(0) : undefined),
};

export const OTHER_TYPES = {
  bool: BOOL,
  point: geometricType('(0,0)', zeroFloats(2)),
  lseg: geometricType('[(0,0),(0,0)]', zeroFloats(4)),
  box: geometricType('(0,0),(0,0)', zeroFloats(4)),
  circle: geometricType('<(0,0),0>', zeroFloats(3)),
  line: geometricType('{0,1,0}', LINE),
  path: geometricType('((0,0))', PATH, 5),
  polygon: geometricType('((0,0))', Buffer.concat([ONE, zeroFloats(2)]), 4),
  tsvector: { ...constantType('', ZERO_COUNT, 'raw'), plainOfText: sameText },
  tsquery: { ...constantType("'masked'", TSQUERY, 'raw'), plainOfText: sameText },
  tid: constantType('(0,0)', Buffer.alloc(6)),
  pg_lsn: constantType('0/0', Buffer.alloc(8)),
  pg_snapshot: constantType('1:1:', SNAPSHOT),
  txid_snapshot: constantType('1:1:', SNAPSHOT),
  aclitem: constantType('', undefined, 'raw'),
  int2vector: constantType('', undefined),
  oidvector: constantType('', undefined),
  regproc: named('-'),
  regprocedure: named('-'),
  regoper: named('0'),
  regoperator: named('0'),
  regclass: named('-'),
  regtype: named('-'),
  regconfig: named('-'),
  regdictionary: named('-'),
  regnamespace: named('-'),
  regrole: named('-'),
  regcollation: named('-'),
} as const satisfies Record<string, BaseType>;
