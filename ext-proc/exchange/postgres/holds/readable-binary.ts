/**
 * A value in PostgreSQL's binary format as text for a reviewer. Owns that nothing is shown for what it is not: a type
 * whose bytes are not wholly in its text is not readable, and what is not of its type is not either. Pure.
 * Specification: the send and receive functions of each type; arrayfuncs.c array_recv, rangetypes.c range_recv.
 */
import { isUtf8 } from 'node:buffer';
import { arrayBinaryLeaves, rangeBinaryLeaves } from '../../../protocols/postgres/types/nested-binary.ts';
import { BASE_TYPES, type BaseTypeName } from '../../../protocols/postgres/types/base-types.ts';
import { resolveType, type TypeLookup } from '../../../protocols/postgres/types/pg-type.ts';

/** Arrays and ranges hold values; deeper than this is no parameter that anybody reads. */
const DEPTH_MAX = 4;

/** Undefined where it cannot be read. */
export function readableBinary(
  value: Buffer,
  oid: number,
  lookup: TypeLookup,
  depth = 0,
): string | undefined {
  const type = resolveType({ oid, typeModifier: -1 }, lookup)?.type;
  if (type === undefined || depth > DEPTH_MAX) return undefined;
  switch (type.kind) {
    case 'base':
      return readableBase(value, type.name);
    case 'enum':
      return isUtf8(value) ? value.toString('utf8') : undefined;
    case 'array': {
      const leaves = arrayBinaryLeaves(value, 0, value.length);
      if (leaves?.every(({ typeOid }) => typeOid === type.element) !== true) return undefined;
      const elements = leaves.map(({ lengthAt, end, isNull }) =>
        isNull ? 'NULL' : readableNested(value.subarray(lengthAt + 4, end), type.element, lookup, depth),
      );
      return elements.includes(undefined) ? undefined : `${boundsOf(value)}{${elements.join(',')}}`;
    }
    case 'range': {
      const leaves = rangeBinaryLeaves(value, 0, value.length, type.subtype);
      const bounds = leaves?.map(({ lengthAt, end }) =>
        readableNested(value.subarray(lengthAt + 4, end), type.subtype, lookup, depth),
      );
      return bounds === undefined || bounds.includes(undefined) ? undefined : rangeOf(value[0] ?? 0, bounds);
    }
    case 'composite':
    case 'multirange':
      return undefined;
  }
}

function readableBase(value: Buffer, name: BaseTypeName): string | undefined {
  if (name === 'bool') return value.length === 1 ? (value[0] === 0 ? 'false' : 'true') : undefined;
  const type = BASE_TYPES[name];
  // What stands for these is no text of theirs, but what detectors look at.
  if (type.shape(-1).type === 'opaque' && type.plainIsText !== true) return undefined;
  const plain = type.plainOfBinary(value);
  const bytes = plain === undefined ? undefined : Buffer.from(plain, 'latin1');
  if (bytes === undefined || !isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  return name === 'bytea' && CONTROLS.test(text) ? undefined : text;
}

// eslint-disable-next-line no-control-regex -- bytes that are no text
const CONTROLS = /[\x00-\x08\x0e-\x1f]/;
/** Read as one word, and as nothing else, within an array or a range. */
const WORD = /^[\w.:+-]+$/;

function readableNested(value: Buffer, oid: number, lookup: TypeLookup, depth: number): string | undefined {
  const text = readableBinary(value, oid, lookup, depth + 1);
  return text === undefined || (WORD.test(text) && text.toUpperCase() !== 'NULL')
    ? text
    : JSON.stringify(text);
}

/** As array_out writes it, where it is not of one dimension from 1. */
function boundsOf(array: Buffer): string {
  const dimensions = array.readInt32BE(0);
  let bounds = '';
  for (let index = 0; index < dimensions; index++) {
    const at = 12 + index * 8;
    const [count, lower] = [array.readInt32BE(at), array.readInt32BE(at + 4)];
    bounds += `[${lower}:${lower + count - 1}]`;
  }
  return dimensions === 0 || (dimensions === 1 && bounds.startsWith('[1:')) ? '' : `${bounds}=`;
}

const EMPTY = 0x01;
const LOWER_INCLUDED = 0x02;
const UPPER_INCLUDED = 0x04;
const NO_LOWER = 0x08;
const NO_UPPER = 0x10;
const FLAGS = EMPTY | LOWER_INCLUDED | UPPER_INCLUDED | NO_LOWER | NO_UPPER;

function rangeOf(flags: number, bounds: readonly (string | undefined)[]): string | undefined {
  if ((flags & ~FLAGS) !== 0) return undefined;
  if ((flags & EMPTY) !== 0) return 'empty';
  const left = [...bounds];
  const lower = (flags & NO_LOWER) === 0 ? left.shift() : '';
  const upper = (flags & NO_UPPER) === 0 ? left.shift() : '';
  return `${(flags & LOWER_INCLUDED) === 0 ? '(' : '['}${lower},${upper}${(flags & UPPER_INCLUDED) === 0 ? ')' : ']'}`;
}
