/**
 * Replaces values of a marked column: whatever is in them, in the column's type and format, so that the client's driver
 * still reads it. Where the type has no replacement in the style, a constant of the type stands in; where it has none
 * either, or nothing is known of the type, NULL does.
 */
import type { ByteString } from '../../../masking/byte-string.ts';
import type { Mark } from '../../../masking/masker.ts';
import { type BaseType, latin1Bytes } from './base-type.ts';
import { BASE_TYPES } from './base-types.ts';
import { markArray, markComposite } from './nested-mark.ts';
import { EMPTY_MULTIRANGE, EMPTY_RANGE } from './nested-scan.ts';
import { resolveType, type TypeReference } from './pg-type.ts';
import { NESTING_MAX, type ValueContext } from './value-context.ts';

export type ValueFormat = 'text' | 'binary';

/** Ready for the values of one column. SQL NULL is not given to it: it stays NULL. Nothing here throws. */
export interface ValueMark {
  /** Stands for every value, so that none has to be read; null is NULL. Undefined where `apply` has to be asked. */
  readonly constant: Buffer | null | undefined;
  /** For a value that is too large to be held: shows nothing of it. */
  readonly oversize: Buffer | null;
  /** The replacement of one value, which is a view that is not kept. */
  apply(value: Buffer): Buffer | null;
}

export function valueMark(
  context: ValueContext,
  reference: TypeReference,
  format: ValueFormat,
  mark: Mark,
  depth = 0,
): ValueMark {
  if (mark.style === 'null') return constantMark(null);
  const resolved = depth > NESTING_MAX ? undefined : resolveType(reference, context.lookup);
  if (resolved === undefined) return constantMark(null);
  const { type } = resolved;
  const inner = (of: TypeReference): ValueMark => valueMark(context, of, format, mark, depth + 1);
  switch (type.kind) {
    case 'base':
      return baseMark(context, BASE_TYPES[type.name], resolved.reference.typeModifier, format, mark);
    case 'enum': {
      const label = type.labels[0];
      return constantMark(label === undefined ? null : Buffer.from(label));
    }
    case 'array':
      return markArray(type, format, showsNothing(mark), inner);
    case 'composite':
      return markComposite(type, format, showsNothing(mark), inner);
    case 'range':
      return constantMark(formOf(EMPTY_RANGE, format));
    case 'multirange':
      return constantMark(formOf(EMPTY_MULTIRANGE, format));
  }
}

/** Styles that make the same of every value. */
const showsNothing = (mark: Mark): boolean => mark.style === 'full' || mark.style === 'typed';

export function constantMark(constant: Buffer | null): ValueMark {
  return { constant, oversize: constant, apply: () => constant };
}

function formOf(forms: { readonly text: ByteString; readonly binary: Buffer }, format: ValueFormat): Buffer {
  return format === 'text' ? latin1Bytes(forms.text) : forms.binary;
}

function baseMark(
  context: ValueContext,
  type: BaseType,
  typeModifier: number,
  format: ValueFormat,
  mark: Mark,
): ValueMark {
  const { masker, style } = context;
  const shape = type.shape(typeModifier);
  const constant = type.constant?.(typeModifier);
  const instead = constant === undefined ? null : formOf(constant, format);
  if (shape.type === 'opaque') return constantMark(instead);

  const write = (plain: ByteString): Buffer | null => {
    const dressed = type.dressMark === undefined ? plain : type.dressMark(plain);
    if (format === 'binary') return type.binaryOfPlain(dressed, typeModifier) ?? instead;
    const text = type.textOfPlain(dressed, typeModifier, style);
    return text === undefined ? instead : latin1Bytes(text);
  };
  const target = { shape, nullable: true };
  const prepared = masker.prepareMark(mark, target);
  if (prepared.constant !== undefined) {
    return constantMark(prepared.constant.kind === 'text' ? write(prepared.constant.text) : null);
  }
  const full = masker.prepareMark({ ...mark, style: 'full' }, target).constant;
  const oversize = full?.kind === 'text' ? write(full.text) : null;
  return {
    constant: undefined,
    oversize,
    apply(value) {
      const plain =
        format === 'binary' ? type.plainOfBinary(value) : type.plainOfText(value.toString('latin1'));
      if (plain === undefined) return oversize;
      const replacement = prepared.apply(plain);
      return replacement.kind === 'text' ? write(replacement.text) : null;
    },
  };
}
