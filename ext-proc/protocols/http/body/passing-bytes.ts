/**
 * The bytes of a body on their way through a reader: what is decided goes on as it came; what is undecided waits, over
 * chunks if need be, until the reader says what becomes of it. At most one stretch is undecided, and nothing behind it
 * has been read but the stretch itself. A chunk of which nothing was changed goes on as a view of itself, and any other
 * as one buffer: a body of which each field is masked does not become a thousand pieces.
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
  /** What goes on before `#from`: other than the chunk's own bytes stand there. */
  #out: ByteString = '';
  /** From here to `#done` the chunk's own bytes go on. */
  #from = 0;
  /** Up to here the chunk has been given out, or dropped. */
  #done = 0;

  /** Takes the next chunk. `goesOn`: it begins within an undecided stretch. */
  begin(chunk: Buffer, goesOn: boolean): void {
    this.#chunk = chunk;
    this.text = chunk.toString('latin1');
    this.#out = '';
    this.#from = 0;
    this.#done = 0;
    this.from = goesOn ? 0 : -1;
  }

  /** What goes on of this chunk. */
  take(): readonly Buffer[] {
    const out = this.#taken();
    this.#chunk = NO_BYTES;
    this.text = '';
    this.#out = '';
    return out;
  }

  #taken(): readonly Buffer[] {
    const chunk = this.#chunk;
    const [from, done] = [this.#from, this.#done];
    if (this.#out === '') {
      if (from === done) return [];
      return [from === 0 && done === chunk.length ? chunk : chunk.subarray(from, done)];
    }
    this.#join();
    return [Buffer.from(this.#out, 'latin1')];
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
    if (instead === undefined) {
      if (this.held !== '') this.emit(this.held);
    } else {
      this.copyTo(this.from);
      this.emit(instead);
      this.#skipTo(end);
    }
    this.held = '';
    this.from = -1;
  }

  /** Decides the stretch, which ends before `end`: it goes nowhere. */
  drop(end: number): void {
    this.copyTo(this.from);
    this.#skipTo(end);
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
    return this.text.slice(this.from);
  }

  /** Gives out the chunk up to `end`. */
  copyTo(end: number): void {
    if (end <= this.#done) return;
    if (this.dropping) this.#skipTo(end);
    else this.#done = end;
  }

  /** Gives out something else, behind what was given out of the chunk. */
  emit(text: ByteString): void {
    if (text === '') return;
    this.#join();
    this.#out += text;
  }

  /** What stands in the chunk before `end` and was not given out goes nowhere. */
  #skipTo(end: number): void {
    this.#join();
    this.#from = end;
    this.#done = end;
  }

  /** Puts the chunk's own bytes that go on behind what goes on before them. */
  #join(): void {
    if (this.#from < this.#done) this.#out += this.text.slice(this.#from, this.#done);
    this.#from = this.#done;
  }
}
