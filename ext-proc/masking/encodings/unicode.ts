/**
 * Characters that read as ASCII and are not: full-width forms, digits of other scripts, dashes and spaces of
 * typography, and characters of no width between others (Unicode 16, UTF-8). Folding is for the eyes of detectors only;
 * what is masked are the bytes as they came.
 */
import type { ByteString } from '../byte-string.ts';
import { isDigit } from '../text-edges.ts';

/** What a character of no width is folded to. */
export const NOTHING = -1;

export interface Folded {
  /** The ASCII character, or `NOTHING`. */
  readonly code: number;
  /** Bytes of the source. */
  readonly length: number;
}

/** What the character at `at` is folded to; undefined when it stays. */
export function fold(text: ByteString, at: number): Folded | undefined {
  const one = text.charCodeAt(at);
  const two = text.charCodeAt(at + 1);
  const three = text.charCodeAt(at + 2);
  if (one === 0xc2) {
    if (two === 0xa0) return { code: 0x20, length: 2 };
    // Superscript 1 to 3.
    if (two === 0xb9) return { code: 0x31, length: 2 };
    if (two === 0xb2 || two === 0xb3) return { code: two - 0x80, length: 2 };
    return two === 0xad ? { code: NOTHING, length: 2 } : undefined;
  }
  // Arabic-Indic digits, and those of Persian and Urdu.
  if (one === 0xd9 && two >= 0xa0 && two <= 0xa9) return { code: two - 0x70, length: 2 };
  if (one === 0xdb && two >= 0xb0 && two <= 0xb9) return { code: two - 0x80, length: 2 };
  if (one === 0xe0) return foldIndic(two, three);
  if (one === 0xe2) return foldPunctuation(two, three);
  if (one === 0xe3 && two === 0x80 && three === 0x80) return { code: 0x20, length: 3 };
  if (one === 0xef) return foldFullWidth(two, three);
  if (one === 0xf0 && two === 0x9d && three === 0x9f) {
    // Mathematical digits: five alphabets of ten.
    const four = text.charCodeAt(at + 3);
    if (four >= 0x8e && four <= 0xbf) return { code: 0x30 + ((four - 0x8e) % 10), length: 4 };
  }
  return undefined;
}

/** Digits of Devanagari and the scripts of its block's form up to Malayalam, of Thai, Lao and Tibetan. */
function foldIndic(two: number, three: number): Folded | undefined {
  const isIndic = two >= 0xa5 && two <= 0xb5 && (two & 1) === 1;
  const zero = isIndic ? 0xa6 : two === 0xb9 || two === 0xbb ? 0x90 : two === 0xbc ? 0xa0 : 0x100;
  return three >= zero && three <= zero + 9 ? { code: 0x30 + three - zero, length: 3 } : undefined;
}

function foldPunctuation(two: number, three: number): Folded | undefined {
  if (two === 0x80) {
    if (three >= 0x80 && three <= 0x8a) return { code: 0x20, length: 3 };
    if (three >= 0x8b && three <= 0x8f) return { code: NOTHING, length: 3 };
    if (three >= 0x90 && three <= 0x95) return { code: 0x2d, length: 3 };
    if (three === 0xaf) return { code: 0x20, length: 3 };
    return three >= 0xaa && three <= 0xae ? { code: NOTHING, length: 3 } : undefined;
  }
  if (two === 0x81) {
    if (three === 0x9f) return { code: 0x20, length: 3 };
    // Superscript 0 and 4 to 9.
    if (three === 0xb0 || (three >= 0xb4 && three <= 0xb9)) return { code: three - 0x80, length: 3 };
    return three >= 0xa0 && three <= 0xa9 ? { code: NOTHING, length: 3 } : undefined;
  }
  // Subscript digits; digits in circles.
  if (two === 0x82 && three >= 0x80 && three <= 0x89) return { code: three - 0x50, length: 3 };
  if (two === 0x91 && three >= 0xa0 && three <= 0xa8) return { code: three - 0x6f, length: 3 };
  return two === 0x88 && three === 0x92 ? { code: 0x2d, length: 3 } : undefined;
}

function foldFullWidth(two: number, three: number): Folded | undefined {
  if (two === 0xbc && three >= 0x81 && three <= 0xbf) return { code: three - 0x60, length: 3 };
  if (two === 0xbd && three >= 0x80 && three <= 0x9e) return { code: three - 0x20, length: 3 };
  if (two === 0xbb && three === 0xbf) return { code: NOTHING, length: 3 };
  return undefined;
}

/** First and second bytes that may begin such a character, for the table of pairs. */
export const UNICODE_PAIRS: readonly (readonly [number, number])[] = [
  [0xc2, 0xa0],
  [0xc2, 0xad],
  ...Array.from({ length: 10 }, (_, digit) => [0xd9, 0xa0 + digit] as const),
  ...Array.from({ length: 10 }, (_, digit) => [0xdb, 0xb0 + digit] as const),
  ...[0xb2, 0xb3, 0xb9].map((two) => [0xc2, two] as const),
  ...[0xa5, 0xa7, 0xa9, 0xab, 0xad, 0xaf, 0xb1, 0xb3, 0xb5, 0xb9, 0xbb, 0xbc].map(
    (two) => [0xe0, two] as const,
  ),
  [0xe2, 0x82],
  [0xe2, 0x91],
  [0xe2, 0x80],
  [0xe2, 0x81],
  [0xe2, 0x88],
  [0xe3, 0x80],
  [0xef, 0xbc],
  [0xef, 0xbd],
  [0xef, 0xbb],
  [0xf0, 0x9d],
];

/**
 * Whether the character at `at` hides something: a digit or letter of another form, `@`, or a space, a dash or nothing
 * beside a digit or a letter. Curly quotes and dashes between words hide nothing.
 */
export function isHidingCharacter(text: ByteString, at: number): boolean {
  const folded = fold(text, at);
  if (folded === undefined) return false;
  const { code, length } = folded;
  const first = text.charCodeAt(at);
  // A raised or circled digit alone is an exponent or a note.
  if (isDigit(code) && (first === 0xc2 || first === 0xe2))
    return isDigit(fold(text, at + length)?.code ?? NOTHING);
  if (isDigit(code) || code === 0x40) return true;
  const before = text.charCodeAt(at - 1);
  const after = text.charCodeAt(at + length);
  if (code === NOTHING) return isWordByte(before) && isWordByte(after);
  if (code === 0x20 || code === 0x2d || code === 0x2e) {
    return (isDigit(before) && isWordByte(after)) || (isWordByte(before) && isDigit(after));
  }
  return code > 0x20;
}

/** ASCII letters, digits and the signs of an address, or a byte of another such character. */
const isWordByte = (code: number): boolean =>
  code >= 0x80 || isDigit(code) || (code >= 0x40 && code <= 0x7a) || code === 0x2d || code === 0x2e;
