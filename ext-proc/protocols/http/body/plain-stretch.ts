/**
 * Reads a chunk of JSON over what needs no decision: members that are named as those before, and values that surely hold
 * nothing. It is the scanner's kernel that reads; this puts the chunk there, and again where others have read since.
 */
import type { Scanner } from '../../../masking/scanner.ts';
import type { TextKernel } from '../../../masking/text-kernel.ts';
import type { NameOrder } from './name-order.ts';

export interface PlainStretchOptions {
  readonly scanner: Scanner;
  /** Shorter numbers are nothing. */
  readonly numberBytesMin: number;
  /** Longer strings, with their first quote, are not read. */
  readonly stringBytesMax: number;
}

const NO_BYTES = Buffer.alloc(0);

export class PlainStretch {
  /** Where the last reading stopped, and on what. */
  readonly kernel: TextKernel;
  readonly #options: PlainStretchOptions;
  #chunk: Buffer = NO_BYTES;

  constructor(options: PlainStretchOptions) {
    this.#options = options;
    this.kernel = options.scanner.kernel;
  }

  /** Another chunk begins, of at most `TextKernel.textBytesMax`. */
  begin(chunk: Buffer): void {
    this.#chunk = chunk;
    if (this.kernel.owner === this) this.kernel.owner = undefined;
  }

  /** The chunk has been read. */
  end(): void {
    this.#chunk = NO_BYTES;
  }

  /** Whether the chunk from `from` to `end` surely holds nothing. */
  isPlain(from: number, end: number): boolean {
    return this.#ready().isPlain(from, end);
  }

  /** Reads on in an object. See `TextKernel.readMembers`. */
  members(at: number, order: NameOrder, named: number, isFirst: boolean, inArray: boolean): number {
    const kernel = this.#ready();
    return kernel.readMembers(at, this.#chunk.length, order.given(), named, isFirst ? 1 : 0, inArray ? 1 : 0);
  }

  /** Reads on in an array. See `TextKernel.readElements`. */
  elements(at: number, isFirst: boolean): number {
    return this.#ready().readElements(at, this.#chunk.length, isFirst ? 1 : 0);
  }

  #ready(): TextKernel {
    const { kernel } = this;
    if (kernel.owner !== this) {
      const { numberBytesMin, stringBytesMax } = this.#options;
      kernel.take(this.#chunk, this, numberBytesMin, stringBytesMax);
    }
    return kernel;
  }
}
