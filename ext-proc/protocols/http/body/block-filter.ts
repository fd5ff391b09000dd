/**
 * Spares detectors most values of a chunk: they are asked once for each block of it whether anything in there could hold
 * something, and about a value alone only where they say so.
 */
import type { ByteString } from '../../../masking/byte-string.ts';
import type { Scanner } from '../../../masking/scanner.ts';

const BLOCK_BYTES = 4_096;

export class BlockFilter {
  readonly #scanner: Scanner;
  /** The block that was asked about last, and the answer. */
  #block = -1;
  #may = false;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  /** Another chunk begins. */
  begin(): void {
    this.#block = -1;
  }

  /** Whether the bytes of the chunk from `from` to `end` could hold something as they are written. */
  mayHold(chunk: ByteString, from: number, end: number): boolean {
    const block = Math.floor(from / BLOCK_BYTES);
    if (end > (block + 1) * BLOCK_BYTES) return true;
    if (block !== this.#block) {
      this.#block = block;
      this.#may = this.#scanner.mayContain(chunk.slice(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES));
    }
    return this.#may;
  }
}
