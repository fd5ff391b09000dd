/**
 * What a masked value must still be, in words of no protocol: a column's type, a JSON value, an HTTP body. The caller
 * knows the protocol's types and encodes the text that a style gives back; this file owns what that text looks like.
 */

/** Text forms are those of PostgreSQL with DateStyle ISO, and `true`/`false` for booleans. */
export type ValueShape =
  /** Any text. `charactersMax` is n of varchar(n) and char(n), in characters, not bytes. */
  | { readonly type: 'text'; readonly charactersMax?: number }
  /** Text that must stay one JSON value. */
  | { readonly type: 'json' }
  /** A whole number between the two, inclusive. Replaced by `0`, or the number nearest to it. */
  | { readonly type: 'integer'; readonly min: bigint; readonly max: bigint }
  /** A decimal number; `precision` and `scale` as in numeric(p,s), absent where unlimited. */
  | { readonly type: 'decimal'; readonly precision?: number; readonly scale?: number }
  /** A floating-point number. */
  | { readonly type: 'float' }
  | { readonly type: 'boolean' }
  /** `YYYY-MM-DD`. */
  | { readonly type: 'date' }
  /** `HH:MM:SS`, with `+00` where `zone`. */
  | { readonly type: 'time'; readonly zone: boolean }
  /** `YYYY-MM-DD HH:MM:SS`, with `+00` where `zone`. */
  | { readonly type: 'timestamp'; readonly zone: boolean }
  /** `00:00:00`. */
  | { readonly type: 'interval' }
  /** Lower case, with dashes. */
  | { readonly type: 'uuid' }
  /** An address (`0.0.0.0`). */
  | { readonly type: 'inet' }
  /** Raw bytes: the value and its replacement are the bytes themselves, not their hex form. */
  | { readonly type: 'bytes'; readonly bytesMax?: number }
  /** A type that no replacement is known for (arrays, composites, geometry): null, or impossible. */
  | { readonly type: 'opaque' };

/** Where a replacement goes. */
export interface MaskTarget {
  readonly shape: ValueShape;
  /** Whether null may stand there. */
  readonly nullable: boolean;
}

/** Most callers' case. */
export const TEXT_TARGET: MaskTarget = { shape: { type: 'text' }, nullable: true };
