/**
 * Looks at one large value in pieces, in the form it has on the wire: text and bytes as they are, bytea's hex as the
 * bytes it stands for. As many bytes leave as came.
 */
import type { Scanner } from '../../../masking/scanner.ts';
import type { Emit, MaskLimits } from './masking-bounds.ts';
import type { MaskCounts } from './mask-counts.ts';
import { WindowScan } from './window-scan.ts';

const BACKSLASH = 0x5c;
const LOWER_X = 0x78;
const PREFIX_BYTES = 2;

export class PieceScan {
  readonly #windows: WindowScan;
  readonly #hex: boolean;
  /** Of hex: the first two bytes, then one digit that waits for its other half. */
  #prefix: number[] = [];
  #digit = -1;
  #decoded: boolean | undefined;

  constructor(
    scanner: Scanner,
    pieces: 'text' | 'hex' | 'bytes',
    counts: MaskCounts,
    label: string,
    limits: MaskLimits,
  ) {
    this.#windows = new WindowScan(scanner, counts, label, limits);
    this.#hex = pieces === 'hex';
  }

  get heldBytes(): number {
    return this.#windows.heldBytes;
  }

  push(bytes: Buffer, start: number, end: number, emit: Emit): void {
    let at = start;
    if (this.#hex) {
      while (this.#prefix.length < PREFIX_BYTES && at < end) this.#prefix.push(bytes[at++] as number);
      if (this.#prefix.length < PREFIX_BYTES) return;
      if (this.#decoded === undefined) {
        this.#decoded = this.#prefix[0] === BACKSLASH && this.#prefix[1] === LOWER_X;
        const prefix = Buffer.from(this.#prefix);
        if (this.#decoded) emit(prefix);
        else this.#windows.push(prefix, 0, PREFIX_BYTES, emit);
      }
    }
    if (this.#decoded !== true) return this.#windows.push(bytes, at, end, emit);
    const decoded = Buffer.allocUnsafe((end - at + 1) >> 1);
    let count = 0;
    for (; at < end; at++) {
      const digit = hexDigit(bytes[at] as number);
      if (this.#digit < 0) this.#digit = digit;
      else {
        decoded[count++] = (this.#digit << 4) | digit;
        this.#digit = -1;
      }
    }
    this.#windows.push(decoded, 0, count, (plain) => emit(hexOf(plain)));
  }

  finish(emit: Emit): void {
    if (this.#decoded === true) {
      this.#windows.finish((plain) => emit(hexOf(plain)));
      // Half a byte is no bytea: the zero keeps the length.
      if (this.#digit >= 0) emit(Buffer.of(0x30));
      return;
    }
    if (this.#hex && this.#decoded === undefined) {
      this.#windows.push(Buffer.from(this.#prefix), 0, this.#prefix.length, emit);
    }
    this.#windows.finish(emit);
  }
}

const hexOf = (bytes: Buffer): Buffer => Buffer.from(bytes.toString('hex'), 'latin1');

/** What is no digit counts as zero: PostgreSQL writes none such. */
function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : 0;
}
