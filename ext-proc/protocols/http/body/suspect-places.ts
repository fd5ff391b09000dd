/**
 * Spares detectors most values of a chunk: they are asked once for all of it where something could stand, and about a
 * value alone only where it has such a place.
 */
import type { ByteString } from '../../../masking/byte-string.ts';
import type { Scanner } from '../../../masking/scanner.ts';

/** Where more than every second byte of so many is suspect, to scan each value is less work than to go on asking. */
const DENSE_BYTES = 512;

/** Places are told apart by so many bytes: a value beside one is scanned for nothing, which is rare and no harm. */
const CELL_BITS = 3;

export class SuspectPlaces {
  readonly #scanner: Scanner;
  /** For each cell of the chunk whether something could stand in it. */
  #cells = new Uint8Array(0);
  #asked = false;
  #any = false;
  #all = false;
  /** Suspect bytes, up to where was asked. */
  #bytes = 0;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  /** Another chunk begins. */
  begin(): void {
    this.#asked = false;
  }

  /** Whether the bytes of the chunk from `from` to `end` could hold something as they are written. */
  mayHold(chunk: ByteString, from: number, end: number): boolean {
    if (!this.#asked) this.#ask(chunk);
    if (!this.#any) return false;
    if (this.#all) return true;
    const cells = this.#cells;
    const last = (end - 1) >> CELL_BITS;
    for (let cell = from >> CELL_BITS; cell <= last; cell++) if (cells[cell] !== 0) return true;
    return false;
  }

  #ask(chunk: ByteString): void {
    this.#asked = true;
    this.#any = false;
    this.#bytes = 0;
    const count = (chunk.length >> CELL_BITS) + 1;
    if (this.#cells.length < count) this.#cells = new Uint8Array(count);
    else this.#cells.fill(0, 0, count);
    this.#all = this.#scanner.suspects(chunk, this.#mark);
  }

  readonly #mark = (start: number, end: number): boolean => {
    this.#any = true;
    this.#cells.fill(1, Math.max(0, start) >> CELL_BITS, ((end - 1) >> CELL_BITS) + 1);
    this.#bytes += end - start;
    return this.#bytes > DENSE_BYTES && this.#bytes * 2 > end;
  };
}
