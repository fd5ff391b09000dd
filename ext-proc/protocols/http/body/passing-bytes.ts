/**
 * The bytes of a body on their way through a reader: what is decided goes on as it came, in views of the chunk it came
 * in; what is undecided waits, over chunks if need be, until the reader says what becomes of it. At most one stretch is
 * undecided, and nothing behind it has been read but the stretch itself.
 */
import type { ByteString } from '../../../masking/byte-string.ts';

const NO_BYTES = Buffer.alloc(0);

export class PassingBytes {
  /** The chunk that is being read. */
  text: ByteString = '';
  /** Of the undecided stretch what came in earlier chunks. */
  held: ByteString = '';
  /** Where in this chunk the stretch begins, or goes on; -1 where nothing is undecided. */
  from = -1;
  /** What is read goes nowhere. */
  dropping = false;
  #chunk: Buffer = NO_BYTES;
  #out: Buffer[] = [];
  /** Up to here the chunk has been given out, or dropped. */
  #done = 0;

  /** Takes the next chunk. `goesOn`: it begins within an undecided stretch. */
  begin(chunk: Buffer, goesOn: boolean): void {
    this.#chunk = chunk;
    this.text = chunk.toString('latin1');
    this.#done = 0;
    this.from = goesOn ? 0 : -1;
  }

  /** What goes on of this chunk. */
  take(): readonly Buffer[] {
    const out = this.#out;
    this.#out = [];
    this.#chunk = NO_BYTES;
    this.text = '';
    return out;
  }

  /** The stretch with what came of it up to `end`. */
  upTo(end: number): ByteString {
    return this.held === '' ? this.text.slice(this.from, end) : this.held + this.text.slice(0, end);
  }

  /** How long that is. */
  lengthTo(end: number): number {
    return this.held.length + end - this.from;
  }

  /** Decides the stretch, which ends before `end`: it goes on as it came, or something else in its place. */
  decide(end: number, instead: ByteString | undefined): void {
    if (instead === undefined) this.emit(this.held);
    else {
      this.copyTo(this.from);
      this.emit(instead);
      this.#done = end;
    }
    this.forget();
  }

  /** Decides the stretch, which ends before `end`: it goes nowhere. */
  drop(end: number): void {
    this.copyTo(this.from);
    this.#done = end;
    this.forget();
  }

  /** Nothing is undecided any more. */
  forget(): void {
    this.held = '';
    this.from = -1;
  }

  /** Ends the chunk: gives out what is decided, and says what of the stretch came in it; undefined where there is none. */
  rest(): ByteString | undefined {
    const { length } = this.text;
    if (this.from < 0) {
      this.copyTo(length);
      return undefined;
    }
    this.copyTo(this.from);
    this.#done = length;
    return this.text.slice(this.from);
  }

  /** Gives out the chunk up to `end`. */
  copyTo(end: number): void {
    if (end <= this.#done) return;
    if (!this.dropping) {
      const isAll = this.#done === 0 && end === this.#chunk.length;
      this.#out.push(isAll ? this.#chunk : this.#chunk.subarray(this.#done, end));
    }
    this.#done = end;
  }

  emit(text: ByteString): void {
    if (text !== '') this.#out.push(Buffer.from(text, 'latin1'));
  }
}
