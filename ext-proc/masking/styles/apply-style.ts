/**
 * One value, one style, one target: what stands in the value's place. A style that cannot hold there falls back to
 * null, and where null cannot stand either the answer says so and the caller denies.
 */
import { assertNever } from '../../domain/errors.ts';
import type { ByteString } from '../byte-string.ts';
import type { Kind } from '../finding.ts';
import type { MaskTarget } from '../value-shape.ts';
import { fullToken } from './full.ts';
import { hashToken, type KeyedHash } from './keyed-hash.ts';
import { partialOf } from './partial.ts';
import type { Replacement, StyleName } from './style.ts';
import { isTyped, typedConstant, typedHash, yearOf } from './typed.ts';
import { charactersIn } from '../byte-string.ts';

const text = (value: ByteString): Replacement => ({ kind: 'text', text: value });

/** Null, or that it is impossible. A JSON value may always be JSON's own null. */
export function nullFor({ shape, nullable }: MaskTarget): Replacement {
  if (nullable) return { kind: 'null' };
  if (shape.type === 'json') return text('null');
  return { kind: 'impossible', reason: `no replacement and no null fits a value of type ${shape.type}` };
}

/** Whether the answer is the same for every value. */
export function isConstantStyle(style: StyleName, { shape }: MaskTarget, hasKey: boolean): boolean {
  if (style === 'hash') return !hasKey || shape.type === 'opaque' || shape.type === 'boolean';
  if (style !== 'partial') return true;
  return (
    shape.type === 'opaque' ||
    shape.type === 'bytes' ||
    (isTyped(shape) && !/^(?:date|timestamp)$/.test(shape.type))
  );
}

/** Replaces a whole value. Never throws; `value` is not read by a style that is constant. */
export function applyStyle(
  style: StyleName,
  kind: Kind,
  value: ByteString,
  target: MaskTarget,
  hash: KeyedHash | undefined,
): Replacement {
  const { shape } = target;
  if (style === 'null' || shape.type === 'opaque') return nullFor(target);
  if (style === 'hash' && hash !== undefined) return hashed(kind, hash(kind, value), target);
  if (isTyped(shape))
    return text((style === 'partial' ? yearOf(shape, value) : undefined) ?? typedConstant(shape));
  switch (shape.type) {
    case 'text': {
      const { charactersMax = Infinity } = shape;
      const shown = style === 'partial' ? partialOf(kind, value) : undefined;
      // Characters are bytes at most.
      const fits =
        shown !== undefined && (shown.length <= charactersMax || charactersIn(shown) <= charactersMax);
      return text(fits ? shown : fullToken(kind, charactersMax));
    }
    case 'json':
      return text(`"${fullToken(kind)}"`);
    case 'bytes':
      return text(fullToken(kind, shape.bytesMax));
    default:
      return assertNever(shape);
  }
}

function hashed(kind: Kind, digest: ByteString, target: MaskTarget): Replacement {
  const { shape } = target;
  if (isTyped(shape)) {
    const value = typedHash(shape, digest);
    return value === undefined ? nullFor(target) : text(value);
  }
  switch (shape.type) {
    case 'text': {
      const token = hashToken(kind, digest, shape.charactersMax);
      return token === undefined ? nullFor(target) : text(token);
    }
    case 'json':
      return text(`"${hashToken(kind, digest) ?? ''}"`);
    case 'bytes':
      return text(digest.slice(0, Math.min(16, shape.bytesMax ?? 16)));
    case 'opaque':
      return nullFor(target);
    default:
      return assertNever(shape);
  }
}
