/**
 * Looks into values that hold values, each leaf by its own type. A literal is looked at as a whole too: a finding that
 * spans several leaves takes all of them. Of a range only `empty` is left, since a bound that is replaced alone may be
 * on the wrong side of the other.
 */
import type { ByteString } from '../../../masking/byte-string.ts';
import type { Kind } from '../../../masking/finding.ts';
import type { Visibility } from './base-type.ts';
import { arrayLeaves, type Leaf, multirangeLeaves, quoteElement, quoteField } from './literal.ts';
import { type QuoteLeaf, rangeLeaves, recordLeaves, withLeaves } from './literal.ts';
import { arrayBinaryLeaves, type BinaryLeaf, multirangeBinaryLeaves } from './nested-binary.ts';
import { rangeBinaryLeaves, recordBinaryLeaves, withBinaryLeaves } from './nested-binary.ts';
import type { PgType, TypeReference } from './pg-type.ts';
import type { Found, ValueContext } from './value-context.ts';
import type { ValueScan } from './value-scan.ts';

type NestedType = Extract<PgType, { kind: 'array' | 'composite' | 'range' | 'multirange' }>;
export type ScanOf = (reference: TypeReference) => ValueScan;

/** Text and binary forms of a range without anything in it. */
export const EMPTY_RANGE = { text: 'empty', binary: Buffer.of(1) } as const;
export const EMPTY_MULTIRANGE = { text: '{}', binary: Buffer.alloc(4) } as const;

/** `array_send` writes 1 here where an element is NULL. */
const ARRAY_FLAGS_AT = 4;

/** For leaves of which nothing is known, and for values that cannot be read. */
export interface Otherwise {
  readonly unknown: ValueScan;
  readonly malformed: (
    context: ValueContext,
    visibility: Visibility,
    bytes: Buffer,
    start: number,
    end: number,
  ) => Found<Buffer> | undefined;
}

/** `scanOf` makes what looks at leaves. */
export function scanNested(
  context: ValueContext,
  type: NestedType,
  { unknown, malformed }: Otherwise,
  scanOf: ScanOf,
): ValueScan {
  const leafScans = cached(scanOf);
  const declared = declaredScan(type, unknown, leafScans);
  const quote = type.kind === 'composite' ? quoteField : quoteElement;
  const whole =
    type.kind === 'range' ? EMPTY_RANGE : type.kind === 'multirange' ? EMPTY_MULTIRANGE : undefined;
  const never = type.kind !== 'composite' && declared(0).textVisibility === 'never';
  const inBinary = never ? 'never' : binaryVisibility(type, declared);
  return {
    textVisibility: never ? 'never' : 'rendered',
    binaryVisibility: inBinary,
    layout: 'nested',
    text(value) {
      if (isPlain(value) && !context.masker.scanner.mayContain(value)) {
        // Without quotes every leaf stands in the literal as it is.
        if (visibleAsIs(type, declared)) return undefined;
      }
      const leaves = textLeaves(type, value);
      if (leaves === undefined) return unknown.text(value);
      const found = scanLeaves(context, value, leaves, declared, quote);
      return found === undefined || whole === undefined ? found : { value: whole.text, kinds: found.kinds };
    },
    binary(bytes, start, end) {
      const leaves = binaryLeaves(type, bytes, start, end);
      if (leaves === undefined) return malformed(context, inBinary, bytes, start, end);
      const found = scanBinaryLeaves(bytes, start, end, leaves, leafScans);
      if (found === undefined || whole !== undefined)
        return found === undefined
          ? undefined
          : { value: Buffer.from(whole?.binary ?? []), kinds: found.kinds };
      if (type.kind === 'array' && found.nulls) found.value?.writeInt32BE(1, ARRAY_FLAGS_AT);
      return found;
    },
  };
}

const isPlain = (literal: ByteString): boolean => !literal.includes('"') && !literal.includes('\\');

function visibleAsIs(type: NestedType, declared: (index: number) => ValueScan): boolean {
  if (type.kind !== 'composite') return declared(0).textVisibility !== 'rendered';
  return (
    type.attributes === undefined ||
    type.attributes.every((_, index) => declared(index).textVisibility !== 'rendered')
  );
}

/** What looks at the leaf with an index, as far as the declared type tells; all elements and bounds are alike. */
function declaredScan(type: NestedType, unknown: ValueScan, scanOf: ScanOf): (index: number) => ValueScan {
  switch (type.kind) {
    case 'array': {
      const scan = type.element === 0 ? unknown : undefined;
      return () => scan ?? scanOf({ oid: type.element, typeModifier: -1 });
    }
    case 'composite':
      return (index) => {
        const attribute = type.attributes?.[index];
        return attribute === undefined
          ? unknown
          : scanOf({ oid: attribute.typeOid, typeModifier: attribute.typeModifier });
      };
    case 'range':
    case 'multirange':
      return () => scanOf({ oid: type.subtype, typeModifier: -1 });
  }
}

function binaryVisibility(type: NestedType, declared: (index: number) => ValueScan): Visibility {
  // Elements lie in the binary form as they are; a composite and anyarray say what they hold in each value.
  return type.kind === 'composite' || (type.kind === 'array' && type.element === 0)
    ? 'rendered'
    : declared(0).binaryVisibility;
}

function textLeaves(type: NestedType, value: ByteString): Leaf[] | undefined {
  switch (type.kind) {
    case 'array':
      return arrayLeaves(value, type.delimiter);
    case 'composite':
      return recordLeaves(value);
    case 'range':
      return rangeLeaves(value);
    case 'multirange':
      return multirangeLeaves(value);
  }
}

function binaryLeaves(type: NestedType, bytes: Buffer, start: number, end: number): BinaryLeaf[] | undefined {
  switch (type.kind) {
    case 'array':
      return arrayBinaryLeaves(bytes, start, end);
    case 'composite':
      return recordBinaryLeaves(bytes, start, end);
    case 'range':
      return rangeBinaryLeaves(bytes, start, end, type.subtype);
    case 'multirange':
      return multirangeBinaryLeaves(bytes, start, end, type.subtype);
  }
}

function scanLeaves(
  context: ValueContext,
  value: ByteString,
  leaves: readonly Leaf[],
  scanAt: (index: number) => ValueScan,
  quote: QuoteLeaf,
): Found<ByteString> | undefined {
  const changes = new Map<number, ByteString | null>();
  const kinds: Kind[] = [];
  for (const [index, leaf] of leaves.entries()) {
    const found = leaf.text === null ? undefined : scanAt(index).text(leaf.text);
    if (found === undefined) continue;
    changes.set(index, found.value);
    kinds.push(...found.kinds);
  }
  // Both lists are in order, so one walk over the two finds every leaf that a finding touches.
  let next = 0;
  for (const { start, end, kind } of context.masker.scanner.scan(value)) {
    while (next < leaves.length && (leaves[next] as Leaf).end <= start) next++;
    let seen = false;
    let fresh = false;
    for (let at = next; at < leaves.length && (leaves[at] as Leaf).start < end; at++) {
      if (changes.has(at)) seen = true;
      else {
        changes.set(at, null);
        fresh = true;
      }
    }
    if (fresh && !seen) kinds.push(kind);
  }
  return changes.size === 0 ? undefined : { value: withLeaves(value, leaves, changes, quote), kinds };
}

function scanBinaryLeaves(
  bytes: Buffer,
  start: number,
  end: number,
  leaves: readonly BinaryLeaf[],
  scanOf: ScanOf,
): (Found<Buffer> & { readonly nulls: boolean }) | undefined {
  const changes = new Map<number, Buffer | null>();
  const kinds: Kind[] = [];
  let nulls = false;
  for (const [index, leaf] of leaves.entries()) {
    if (leaf.isNull) continue;
    const scan = scanOf({ oid: leaf.typeOid, typeModifier: -1 });
    if (scan.binaryVisibility === 'never') continue;
    const found = scan.binary(bytes, leaf.lengthAt + 4, leaf.end);
    if (found === undefined) continue;
    changes.set(index, found.value);
    kinds.push(...found.kinds);
    if (found.value === null) nulls = true;
  }
  if (changes.size === 0) return undefined;
  return { value: withBinaryLeaves(bytes, start, end, leaves, changes), kinds, nulls };
}

/** One scan for each type met. */
function cached(scanOf: ScanOf): ScanOf {
  const scans = new Map<string, ValueScan>();
  return (reference) => {
    const key = `${reference.oid} ${reference.typeModifier}`;
    let scan = scans.get(key);
    if (scan === undefined) {
      // Types come from the server's own bytes: a value that names thousands must not fill the memory.
      if (scans.size >= CACHED_TYPES_MAX) scans.clear();
      scan = scanOf(reference);
      scans.set(key, scan);
    }
    return scan;
  };
}

const CACHED_TYPES_MAX = 1_000;
