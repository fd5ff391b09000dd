/**
 * Rewrites parts of a block of whole messages: what is not replaced is copied in as large pieces as there are, lengths
 * are set right, and a block in which nothing is replaced is given back as the view that it is.
 * Knows messages as a type byte and a length; nothing of what is in them.
 */
const WORD = 4;
/** Below this a loop beats a call into the runtime. */
const SHORT_BYTES = 40;
const SLACK_BYTES = 256;

export class WireEdit {
  readonly #source: Buffer;
  readonly #start: number;
  readonly #bytesHint: number;
  /** Source bytes from here on are neither copied nor replaced yet. */
  #kept: number;
  #out: Buffer | undefined;
  #at = 0;
  #message = 0;
  /** Where the current message's length is in the output; -1 while nothing of it was replaced. */
  #lengthAt = -1;
  #delta = 0;

  /** Messages from `start` on, about `bytesHint` bytes of them. */
  constructor(source: Buffer, start: number, bytesHint: number) {
    this.#source = source;
    this.#start = start;
    this.#kept = start;
    this.#bytesHint = bytesHint;
  }

  get changed(): boolean {
    return this.#out !== undefined;
  }

  /** A message begins at `at`. */
  begin(at: number): void {
    this.#message = at;
    this.#lengthAt = -1;
    this.#delta = 0;
  }

  /** `bytes` stand in place of the source's from `from` to `to`. Called in order, within the current message. */
  replace(from: number, to: number, bytes: Buffer): void {
    this.#copyTo(from, bytes.length);
    this.#append(bytes, 0, bytes.length);
    this.#kept = to;
    this.#delta += bytes.length - (to - from);
  }

  /** The same for a value with its length word: `from` is where that is. Null is NULL. */
  replaceValue(from: number, to: number, value: Buffer | null): void {
    const length = value === null ? 0 : value.length;
    this.#copyTo(from, WORD + length);
    this.#at = (this.#out as Buffer).writeInt32BE(value === null ? -1 : length, this.#at);
    if (value !== null) this.#append(value, 0, length);
    this.#kept = to;
    this.#delta += WORD + length - (to - from);
  }

  /** The current message is complete. */
  end(): void {
    if (this.#lengthAt < 0 || this.#delta === 0) return;
    const length = this.#source.readUInt32BE(this.#message + 1) + this.#delta;
    (this.#out as Buffer).writeUInt32BE(length, this.#lengthAt);
  }

  /** Everything up to `end` of the source, where a message ends. */
  finish(end: number): Buffer {
    const source = this.#source;
    if (this.#out === undefined) {
      return this.#start === 0 && end === source.length ? source : source.subarray(this.#start, end);
    }
    this.#reserve(end - this.#kept);
    this.#append(source, this.#kept, end);
    return this.#out.subarray(0, this.#at);
  }

  #copyTo(from: number, more: number): void {
    this.#reserve(from - this.#kept + more);
    if (this.#lengthAt < 0) this.#lengthAt = this.#at + this.#message + 1 - this.#kept;
    this.#append(this.#source, this.#kept, from);
  }

  #append(bytes: Buffer, from: number, to: number): void {
    const out = this.#out as Buffer;
    if (to - from > SHORT_BYTES) {
      bytes.copy(out, this.#at, from, to);
      this.#at += to - from;
      return;
    }
    let at = this.#at;
    for (let index = from; index < to; index++) out[at++] = bytes[index] as number;
    this.#at = at;
  }

  #reserve(count: number): void {
    const needed = this.#at + count;
    if (this.#out !== undefined && needed <= this.#out.length) return;
    const grown = Buffer.allocUnsafeSlow(
      Math.max(needed, this.#out === undefined ? this.#bytesHint + SLACK_BYTES : 2 * this.#out.length),
    );
    this.#out?.copy(grown, 0, 0, this.#at);
    this.#out = grown;
  }
}
