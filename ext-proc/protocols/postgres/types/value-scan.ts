/**
 * Looks for what nobody marked in values of one type, and rewrites the part found so that the value stays one of its
 * type: an element of an array, a field of a composite, digits of a number. What cannot be kept so becomes a constant
 * of the type, or NULL. A value that cannot be read as its type is looked at as it stands, never passed unseen.
 */
import type { ByteString } from '../../../masking/byte-string.ts';
import type { Kind } from '../../../masking/finding.ts';
import { TEXT_TARGET } from '../../../masking/value-shape.ts';
import type { BaseType, Visibility } from './base-type.ts';
import { BASE_TYPES } from './base-types.ts';
import { scanNested } from './nested-scan.ts';
import { numericGroups, numericText } from './numeric-binary.ts';
import { resolveType, type TypeReference } from './pg-type.ts';
import { type Found, NESTING_MAX, type ValueContext } from './value-context.ts';

/** Ready for the values of one type. Nothing here throws or keeps state between values. */
export interface ValueScan {
  readonly textVisibility: Visibility;
  readonly binaryVisibility: Visibility;
  /** How the binary form is built: of one piece, of values with length words, or nobody knows how. */
  readonly layout: 'flat' | 'nested' | 'unknown';
  /** Undefined where nothing was found: the value goes on as it is. */
  text(value: ByteString): Found<ByteString> | undefined;
  binary(bytes: Buffer, start: number, end: number): Found<Buffer> | undefined;
}

/** No number of fewer digits holds a finding. */
const NUMBER_CHARACTERS_MIN = 12;

export function valueScan(context: ValueContext, reference: TypeReference, depth = 0): ValueScan {
  const resolved = depth > NESTING_MAX ? undefined : resolveType(reference, context.lookup);
  if (resolved === undefined) return unknownScan(context);
  const { type } = resolved;
  switch (type.kind) {
    case 'base':
      return baseScan(context, BASE_TYPES[type.name], resolved.reference.typeModifier);
    case 'enum':
      return enumScan(context);
    case 'array':
    case 'composite':
    case 'range':
    case 'multirange':
      return scanNested(context, type, { unknown: unknownScan(context), malformed: malformedScan }, (inner) =>
        valueScan(context, inner, depth + 1),
      );
  }
}

function baseScan(context: ValueContext, type: BaseType, typeModifier: number): ValueScan {
  const { masker, style } = context;
  const target = { shape: type.shape(typeModifier), nullable: true };
  const constant = type.constant?.(typeModifier);
  const unknown = unknownScan(context);

  /** The plain replacement, null for the type's constant. */
  const look = (plain: ByteString): Found<ByteString> | undefined => {
    const outcome = masker.maskFound(plain, target);
    switch (outcome.kind) {
      case 'unchanged': {
        const kinds = type.otherReadings === undefined ? [] : kindsIn(context, type.otherReadings(plain));
        return kinds.length === 0 ? undefined : { value: null, kinds };
      }
      case 'replaced':
        return { value: outcome.text, kinds: outcome.kinds };
      case 'null':
      case 'impossible':
        return { value: null, kinds: outcome.kinds };
    }
  };

  return {
    textVisibility: type.scanText,
    binaryVisibility: type.scanBinary,
    layout: 'flat',
    text(value) {
      if (type.digitsOnly === true && value.length < NUMBER_CHARACTERS_MIN) return undefined;
      const plain = type.plainOfText(value);
      if (plain === undefined) return nulled(unknown.text(value));
      const found = look(plain);
      if (found === undefined) return undefined;
      const text = found.value === null ? undefined : type.textOfPlain(found.value, typeModifier, style);
      return { value: text ?? constant?.text ?? null, kinds: found.kinds };
    },
    binary(bytes, start, end) {
      if (type.shortBinary?.(bytes, start, end) === true) return undefined;
      const plain = type.plainOfBinary(bytes.subarray(start, end));
      if (plain === undefined) return malformedScan(context, type.scanBinary, bytes, start, end);
      const found = look(plain);
      if (found === undefined) return undefined;
      const binary = found.value === null ? undefined : type.binaryOfPlain(found.value, typeModifier);
      return { value: binary ?? constant?.binary ?? null, kinds: found.kinds };
    },
  };
}

/** Labels are words of the schema; one that looks like a secret is no longer a label of it when it is replaced. */
function enumScan(context: ValueContext): ValueScan {
  const unknown = unknownScan(context);
  return {
    ...unknown,
    text: (value) => nulled(unknown.text(value)),
    binaryVisibility: 'raw',
    layout: 'flat',
  };
}

/**
 * A type that nothing is known of. As text it is text. In binary form it is read as all that carries digits or text;
 * where something is found the value is NULL.
 */
function unknownScan(context: ValueContext): ValueScan {
  return {
    textVisibility: 'raw',
    binaryVisibility: 'rendered',
    layout: 'unknown',
    text(value) {
      const outcome = context.masker.maskFound(value, TEXT_TARGET);
      if (outcome.kind === 'unchanged') return undefined;
      return { value: outcome.kind === 'replaced' ? outcome.text : null, kinds: outcome.kinds };
    },
    binary: (bytes, start, end) => malformedScan(context, 'rendered', bytes, start, end),
  };
}

/**
 * A binary value that is not of its type: nothing but NULL can stand for it. Where a block is asked as a whole, only what
 * shows in its bytes counts.
 */
export function malformedScan(
  context: ValueContext,
  visibility: Visibility,
  bytes: Buffer,
  start: number,
  end: number,
): Found<Buffer> | undefined {
  const texts = visibility === 'raw' ? [bytes.toString('latin1', start, end)] : readings(bytes, start, end);
  const kinds = kindsIn(context, texts);
  return kinds.length === 0 ? undefined : { value: null, kinds };
}

function readings(bytes: Buffer, start: number, end: number): readonly ByteString[] {
  const texts = [bytes.toString('latin1', start, end)];
  if (end - start === 8) texts.push(String(bytes.readBigInt64BE(start)), String(bytes.readDoubleBE(start)));
  const numeric = numericGroups(bytes, start, end) > 0 ? numericText(bytes.subarray(start, end)) : undefined;
  if (numeric !== undefined) texts.push(numeric);
  return texts;
}

function kindsIn(context: ValueContext, texts: readonly ByteString[]): readonly Kind[] {
  for (const text of texts) {
    const findings = context.masker.scanner.scan(text);
    if (findings.length > 0) return findings.map(({ kind }) => kind);
  }
  return NO_KINDS;
}

const NO_KINDS: readonly Kind[] = Object.freeze([]);

function nulled<Value>(found: Found<Value> | undefined): Found<Value> | undefined {
  return found === undefined ? undefined : { value: null, kinds: found.kinds };
}
