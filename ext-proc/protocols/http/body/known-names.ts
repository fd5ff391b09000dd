/**
 * The names of bodies' members, each known once: most bodies hold the same few names over and over. They are kept with the
 * scanner whose word on them it is, and say nothing of the body that they came in. A name that is kept is a copy, so that
 * it does not keep the chunk that it came in.
 */
import { type ByteString, textOfByteString } from '../../../masking/byte-string.ts';
import type { Scanner } from '../../../masking/scanner.ts';

export interface KnownName {
  readonly bytes: ByteString;
  /** As an ordinary string. */
  readonly text: string;
  /** Whether a value may be found because of it: `phone`, `password`. */
  readonly speaks: boolean;
  /** Whether JSON can write it without an escape, so that it ends where a quote stands behind it. */
  readonly plain: boolean;
}

const NEEDS_ESCAPE = /["\\\x00-\x1f]/;
const KEPT_MAX = 4_096;
const KEPT_BYTES_MAX = 256;
/** Names that are found without being cut out of the text; a power of two. */
const SLOTS = 256;
const NO_BYTE = 0;

const namesOf = new WeakMap<Scanner, KnownNames>();

export class KnownNames {
  /** Those of a scanner, for all bodies. */
  static of(scanner: Scanner): KnownNames {
    let names = namesOf.get(scanner);
    if (names === undefined) namesOf.set(scanner, (names = new KnownNames(scanner)));
    return names;
  }

  readonly #scanner: Scanner;
  readonly #kept = new Map<ByteString, KnownName>();
  readonly #slots: (KnownName | undefined)[] = [];

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  /** The name that stands in the text from `start` to `end`. */
  at(text: ByteString, start: number, end: number): KnownName {
    const length = end - start;
    const slot =
      (length * 7 +
        byteAt(text, start, end) * 31 +
        byteAt(text, start + (length >> 1), end) * 17 +
        byteAt(text, end - 1, end)) &
      (SLOTS - 1);
    const last = this.#slots[slot];
    if (last !== undefined && last.bytes.length === length && text.startsWith(last.bytes, start)) return last;
    const known = this.of(text.slice(start, end));
    if (length <= KEPT_BYTES_MAX) this.#slots[slot] = known;
    return known;
  }

  of(name: ByteString): KnownName {
    const kept = this.#kept.get(name);
    if (kept !== undefined) return kept;
    const bytes = Buffer.from(name, 'latin1').toString('latin1');
    const known: KnownName = {
      bytes,
      text: textOfByteString(bytes),
      speaks: this.#speaks(bytes),
      plain: !NEEDS_ESCAPE.test(bytes),
    };
    if (bytes.length > KEPT_BYTES_MAX) return known;
    // Whoever sends other names each time costs others no more than what they must ask again.
    if (this.#kept.size >= KEPT_MAX) this.#kept.clear();
    this.#kept.set(bytes, known);
    return known;
  }

  #speaks(name: ByteString): boolean {
    // The digits alone are nothing to any detector; behind a name that says so they are.
    return this.#scanner.mayContain(`"${name}": "`) || this.#scanner.mayContain(`"${name}": "000000000"`);
  }
}

const byteAt = (text: ByteString, at: number, end: number): number =>
  at < end ? text.charCodeAt(at) : NO_BYTE;
