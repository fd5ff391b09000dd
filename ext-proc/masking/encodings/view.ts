/** A text as it reads once its escapes are resolved, and where each byte of it stands in the text it came from. */
import type { ByteString } from '../byte-string.ts';

export interface View {
  readonly text: ByteString;
  /** For each byte of `text` where its source begins; one more entry for the end. */
  readonly offsets: Uint32Array;
}

/** Collects a view that is at most as long as its source. */
export class ViewBuilder {
  readonly #bytes: Buffer;
  readonly #offsets: Uint32Array;
  #length = 0;

  constructor(bytesMax: number) {
    this.#bytes = Buffer.allocUnsafe(bytesMax);
    this.#offsets = new Uint32Array(bytesMax + 1);
  }

  push(code: number, offset: number): void {
    this.#bytes[this.#length] = code;
    this.#offsets[this.#length] = offset;
    this.#length++;
  }

  /** A character as its bytes of UTF-8: three at most. Halves of a surrogate pair stay halves; no detector reads them. */
  pushCharacter(character: number, offset: number): void {
    if (character < 0x80) {
      this.push(character, offset);
    } else if (character < 0x800) {
      this.push(0xc0 | (character >> 6), offset);
      this.push(0x80 | (character & 0x3f), offset);
    } else {
      this.push(0xe0 | (character >> 12), offset);
      this.push(0x80 | ((character >> 6) & 0x3f), offset);
      this.push(0x80 | (character & 0x3f), offset);
    }
  }

  /** `end` is where the source ends. */
  finish(end: number): View {
    this.#offsets[this.#length] = end;
    return {
      text: this.#bytes.toString('latin1', 0, this.#length),
      offsets: this.#offsets.subarray(0, this.#length + 1),
    };
  }
}
