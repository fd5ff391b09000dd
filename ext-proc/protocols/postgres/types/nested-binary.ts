/**
 * The binary forms of values that hold values: arrays, composites, ranges. A reader gives the leaves with their places;
 * a changed leaf is written back with its length, and everything else stays as it came.
 * Refuses whatever does not end where its lengths say. Allocates by what is there, not by what is announced.
 * Specification: arrayfuncs.c array_send, rowtypes.c record_send, rangetypes.c range_send, multirangetypes.c.
 */
export interface BinaryLeaf {
  readonly typeOid: number;
  /** Where its length word is, and its value behind that. */
  readonly lengthAt: number;
  /** End of the value; that of the length word where it is NULL. */
  readonly end: number;
  readonly isNull: boolean;
}

const WORD = 4;
/** Dimensions, flags, element type. */
const ARRAY_HEADER_BYTES = 12;
const DIMENSION_BYTES = 8;
const DIMENSIONS_MAX = 6;

function leafAt(bytes: Buffer, lengthAt: number, limit: number, typeOid: number): BinaryLeaf | undefined {
  if (lengthAt + WORD > limit) return undefined;
  const length = bytes.readInt32BE(lengthAt);
  if (length === -1) return { typeOid, lengthAt, end: lengthAt + WORD, isNull: true };
  const end = lengthAt + WORD + length;
  return length < 0 || end > limit ? undefined : { typeOid, lengthAt, end, isNull: false };
}

/** The elements of an array in order. */
export function arrayBinaryLeaves(bytes: Buffer, start: number, end: number): BinaryLeaf[] | undefined {
  if (end - start < ARRAY_HEADER_BYTES) return undefined;
  const dimensions = bytes.readInt32BE(start);
  const element = bytes.readUInt32BE(start + 8);
  if (dimensions < 0 || dimensions > DIMENSIONS_MAX) return undefined;
  let at = start + ARRAY_HEADER_BYTES;
  if (at + dimensions * DIMENSION_BYTES > end) return undefined;
  let expected = dimensions === 0 ? 0 : 1;
  for (let index = 0; index < dimensions; index++, at += DIMENSION_BYTES) expected *= bytes.readInt32BE(at);
  const leaves: BinaryLeaf[] = [];
  while (at < end) {
    const leaf = leafAt(bytes, at, end, element);
    if (leaf === undefined) return undefined;
    leaves.push(leaf);
    at = leaf.end;
  }
  return leaves.length === expected ? leaves : undefined;
}

/** The fields of a composite, each with its type. */
export function recordBinaryLeaves(bytes: Buffer, start: number, end: number): BinaryLeaf[] | undefined {
  if (end - start < WORD) return undefined;
  const count = bytes.readInt32BE(start);
  const leaves: BinaryLeaf[] = [];
  let at = start + WORD;
  while (at < end) {
    if (at + WORD > end) return undefined;
    const leaf = leafAt(bytes, at + WORD, end, bytes.readUInt32BE(at));
    if (leaf === undefined) return undefined;
    leaves.push(leaf);
    at = leaf.end;
  }
  return leaves.length === count ? leaves : undefined;
}

const EMPTY = 0x01;
const NO_LOWER = 0x08 | 0x20;
const NO_UPPER = 0x10 | 0x40;

/** The bounds that a range has. */
export function rangeBinaryLeaves(
  bytes: Buffer,
  start: number,
  end: number,
  subtype: number,
): BinaryLeaf[] | undefined {
  if (start >= end) return undefined;
  const flags = bytes[start] as number;
  const bounds = (flags & EMPTY) !== 0 ? 0 : (flags & NO_LOWER ? 0 : 1) + (flags & NO_UPPER ? 0 : 1);
  const leaves: BinaryLeaf[] = [];
  let at = start + 1;
  for (let bound = 0; bound < bounds; bound++) {
    const leaf = leafAt(bytes, at, end, subtype);
    if (leaf === undefined || leaf.isNull) return undefined;
    leaves.push(leaf);
    at = leaf.end;
  }
  return at === end ? leaves : undefined;
}

/** The bounds of all ranges of a multirange. */
export function multirangeBinaryLeaves(
  bytes: Buffer,
  start: number,
  end: number,
  subtype: number,
): BinaryLeaf[] | undefined {
  if (end - start < WORD) return undefined;
  const count = bytes.readInt32BE(start);
  const leaves: BinaryLeaf[] = [];
  let ranges = 0;
  let at = start + WORD;
  while (at < end) {
    const range = leafAt(bytes, at, end, subtype);
    if (range === undefined || range.isNull) return undefined;
    const bounds = rangeBinaryLeaves(bytes, at + WORD, range.end, subtype);
    if (bounds === undefined) return undefined;
    for (const bound of bounds) leaves.push(bound);
    ranges++;
    at = range.end;
  }
  return ranges === count ? leaves : undefined;
}

/** A value from `start` to `end` with some leaves replaced, by their index; null is NULL. */
export function withBinaryLeaves(
  bytes: Buffer,
  start: number,
  end: number,
  leaves: readonly BinaryLeaf[],
  changes: ReadonlyMap<number, Buffer | null>,
): Buffer {
  const parts: Buffer[] = [];
  let from = start;
  for (const [index, leaf] of leaves.entries()) {
    const change = changes.get(index);
    if (change === undefined) continue;
    parts.push(bytes.subarray(from, leaf.lengthAt), lengthWord(change === null ? -1 : change.length));
    if (change !== null) parts.push(change);
    from = leaf.end;
  }
  parts.push(bytes.subarray(from, end));
  return Buffer.concat(parts);
}

export function lengthWord(length: number): Buffer {
  const word = Buffer.alloc(WORD);
  word.writeInt32BE(length);
  return word;
}
