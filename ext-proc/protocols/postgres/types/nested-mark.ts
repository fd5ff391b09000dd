/**
 * Replaces marked arrays and composites. Styles that show nothing leave an empty array, or a composite of replaced
 * fields; the others replace leaf by leaf, which keeps how many there are.
 */
import { latin1Bytes } from './base-type.ts';
import { arrayLeaves, type Leaf, quoteElement, quoteField, recordLeaves, withLeaves } from './literal.ts';
import { arrayBinaryLeaves, type BinaryLeaf, lengthWord } from './nested-binary.ts';
import { recordBinaryLeaves, withBinaryLeaves } from './nested-binary.ts';
import type { PgType, TypeReference } from './pg-type.ts';
import type { ValueFormat, ValueMark } from './value-mark.ts';

export type MarkOf = (reference: TypeReference) => ValueMark;

/** An array without dimensions: their number, flags, and the element's type. */
function emptyArray(element: number, format: ValueFormat): Buffer | null {
  if (format === 'text') return Buffer.from('{}');
  if (element === 0) return null;
  const binary = Buffer.alloc(12);
  binary.writeUInt32BE(element, 8);
  return binary;
}

export function markArray(
  type: Extract<PgType, { kind: 'array' }>,
  format: ValueFormat,
  constant: boolean,
  inner: MarkOf,
): ValueMark {
  const empty = emptyArray(type.element, format);
  if (constant || type.element === 0) return { constant: empty, oversize: empty, apply: () => empty };
  // Not before it is asked for: a stale catalogue may have a type within itself.
  let element: ValueMark | undefined;
  const elementMark = (): ValueMark => (element ??= inner({ oid: type.element, typeModifier: -1 }));
  return {
    constant: undefined,
    oversize: empty,
    apply(value) {
      if (format === 'text') {
        const text = value.toString('latin1');
        const leaves = arrayLeaves(text, type.delimiter);
        return leaves === undefined ? empty : markedLiteral(text, leaves, elementMark, quoteElement);
      }
      const leaves = arrayBinaryLeaves(value, 0, value.length);
      if (leaves === undefined || leaves.some(({ typeOid }) => typeOid !== type.element)) return empty;
      const marked = markedBinary(value, leaves, elementMark);
      // Some element may be NULL now: the flag only says that there may be such.
      if (leaves.length > 0) marked.writeInt32BE(1, 4);
      return marked;
    },
  };
}

export function markComposite(
  type: Extract<PgType, { kind: 'composite' }>,
  format: ValueFormat,
  constant: boolean,
  inner: MarkOf,
): ValueMark {
  const { attributes } = type;
  if (attributes === undefined) return markRecord(format, inner);
  let fields: readonly ValueMark[] | undefined;
  const marks = (): readonly ValueMark[] =>
    (fields ??= attributes.map(({ typeOid, typeModifier }) => inner({ oid: typeOid, typeModifier })));
  const oversize = compositeOf(
    attributes.map(({ typeOid }) => typeOid),
    marks().map((mark) => mark.oversize),
    format,
  );
  if (constant) return { constant: oversize, oversize, apply: () => oversize };
  return {
    constant: undefined,
    oversize,
    apply(value) {
      if (format === 'text') {
        const text = value.toString('latin1');
        const leaves = recordLeaves(text);
        return leaves?.length === attributes.length
          ? markedLiteral(text, leaves, (index) => marks()[index] as ValueMark, quoteField)
          : oversize;
      }
      const leaves = recordBinaryLeaves(value, 0, value.length);
      return leaves?.length === attributes.length &&
        leaves.every(({ typeOid }, index) => typeOid === attributes[index]?.typeOid)
        ? markedBinary(value, leaves, (index) => marks()[index] as ValueMark)
        : oversize;
    },
  };
}

/** record: only the binary form says of which types its fields are. */
function markRecord(format: ValueFormat, inner: MarkOf): ValueMark {
  if (format === 'text') return { constant: null, oversize: null, apply: () => null };
  return {
    constant: undefined,
    oversize: null,
    apply(value) {
      const leaves = recordBinaryLeaves(value, 0, value.length);
      if (leaves === undefined) return null;
      return markedBinary(value, leaves, (index) =>
        inner({ oid: (leaves[index] as BinaryLeaf).typeOid, typeModifier: -1 }),
      );
    },
  };
}

function compositeOf(
  types: readonly number[],
  values: readonly (Buffer | null)[],
  format: ValueFormat,
): Buffer {
  if (format === 'text') {
    const fields = values.map((value) => quoteField(value === null ? null : value.toString('latin1')));
    return latin1Bytes(`(${fields.join(',')})`);
  }
  const parts: Buffer[] = [lengthWord(types.length)];
  for (const [index, value] of values.entries()) {
    const oid = Buffer.alloc(4);
    oid.writeUInt32BE(types[index] as number);
    parts.push(oid, lengthWord(value === null ? -1 : value.length));
    if (value !== null) parts.push(value);
  }
  return Buffer.concat(parts);
}

function markedLiteral(
  text: string,
  leaves: readonly Leaf[],
  markAt: (index: number) => ValueMark,
  quote: (text: string | null) => string,
): Buffer {
  const changes = new Map<number, string | null>();
  for (const [index, leaf] of leaves.entries()) {
    if (leaf.text === null) continue;
    const value = replaced(markAt(index), () => latin1Bytes(leaf.text as string));
    changes.set(index, value === null ? null : value.toString('latin1'));
  }
  return latin1Bytes(withLeaves(text, leaves, changes, quote));
}

function markedBinary(
  bytes: Buffer,
  leaves: readonly BinaryLeaf[],
  markAt: (index: number) => ValueMark,
): Buffer {
  const changes = new Map<number, Buffer | null>();
  for (const [index, leaf] of leaves.entries()) {
    if (leaf.isNull) continue;
    changes.set(
      index,
      replaced(markAt(index), () => bytes.subarray(leaf.lengthAt + 4, leaf.end)),
    );
  }
  return withBinaryLeaves(bytes, 0, bytes.length, leaves, changes);
}

function replaced(mark: ValueMark, value: () => Buffer): Buffer | null {
  return mark.constant === undefined ? mark.apply(value()) : mark.constant;
}
