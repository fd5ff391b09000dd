/**
 * Reads the fields of one whole message. Owns bounds and text: no field may run past the message's end, a text must
 * end in a NUL and be UTF-8 where that is asked for. It never throws; the first refusal stays in `failure`, later
 * reads give empty values, and the decoder looks at `failure` once, at the end.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "Message Data Types".
 */
import { isUtf8 } from 'node:buffer';
import type { WireErrorCode } from './wire-errors.ts';

/** Type byte and length, which the framer has checked. */
const BODY_START = 5;
/** Names are short: below this a loop beats a call into the runtime. */
const SHORT_TEXT_BYTES = 64;
const EMPTY = Buffer.alloc(0);
const NUL = '\0';
const REPLACEMENT = '\ufffd';

export class WireReader {
  readonly #wire: Buffer;
  readonly #end: number;
  #at: number;
  failure: WireErrorCode | undefined = undefined;

  /** `wire` is the exact span of one message; `at` is where its first field is. */
  constructor(wire: Buffer, at = BODY_START) {
    this.#wire = wire;
    this.#end = wire.length;
    this.#at = at;
    if (at > wire.length) this.failure = 'GH_PG_MESSAGE_TRUNCATED';
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  /** Records a refusal unless there is one already. */
  refuse(code: WireErrorCode): void {
    this.failure ??= code;
  }

  uint8(): number {
    return this.#take(1) ? (this.#wire[this.#at - 1] as number) : 0;
  }

  uint16(): number {
    if (!this.#take(2)) return 0;
    const wire = this.#wire;
    return ((wire[this.#at - 2] as number) << 8) | (wire[this.#at - 1] as number);
  }

  int16(): number {
    return (this.uint16() << 16) >> 16;
  }

  int32(): number {
    if (!this.#take(4)) return 0;
    const wire = this.#wire;
    const at = this.#at;
    return (
      ((wire[at - 4] as number) << 24) |
      ((wire[at - 3] as number) << 16) |
      ((wire[at - 2] as number) << 8) |
      (wire[at - 1] as number)
    );
  }

  uint32(): number {
    return this.int32() >>> 0;
  }

  /** A view of the next `count` bytes. */
  bytes(count: number): Buffer {
    return this.#take(count) ? this.#wire.subarray(this.#at - count, this.#at) : EMPTY;
  }

  /** A view of what is left. */
  rest(): Buffer {
    return this.bytes(this.remaining);
  }

  /** A NUL-terminated text that must be UTF-8. */
  text(): string {
    const start = this.#at;
    const stop = this.#textEnd();
    if (stop < 0) return '';
    const text = this.#wire.toString('utf8', start, stop);
    // A replacement character is either the sender's own or the mark of bytes that are not UTF-8.
    if (text.includes(REPLACEMENT) && !isUtf8(this.#wire.subarray(start, stop))) {
      this.refuse('GH_PG_ENCODING');
      return '';
    }
    return text;
  }

  /** A NUL-terminated text of a server's, whose encoding is not promised: what is not UTF-8 becomes U+FFFD. */
  looseText(): string {
    const start = this.#at;
    const stop = this.#textEnd();
    return stop < 0 ? '' : this.#wire.toString('utf8', start, stop);
  }

  /** A text that fills the rest of the message: its one NUL is the message's last byte. */
  lastText(): string {
    const wire = this.#wire;
    const start = this.#at;
    const last = this.#end - 1;
    if (this.failure !== undefined) return '';
    if (last < start || wire[last] !== 0) {
      this.refuse('GH_PG_MESSAGE_UNTERMINATED');
      return '';
    }
    this.#at = this.#end;
    const text = wire.toString('utf8', start, last);
    if (text.includes(NUL)) {
      this.refuse('GH_PG_MESSAGE_TRAILING');
      return '';
    }
    if (text.includes(REPLACEMENT) && !isUtf8(wire.subarray(start, last))) {
      this.refuse('GH_PG_ENCODING');
      return '';
    }
    return text;
  }

  /** Call after the last field. */
  end(): void {
    if (this.#at !== this.#end) this.refuse('GH_PG_MESSAGE_TRAILING');
  }

  #take(count: number): boolean {
    if (count < 0 || this.failure !== undefined || this.#at + count > this.#end) {
      this.refuse('GH_PG_MESSAGE_TRUNCATED');
      this.#at = this.#end;
      return false;
    }
    this.#at += count;
    return true;
  }

  /** Moves behind the next NUL and says where it is; -1 where there is none. */
  #textEnd(): number {
    if (this.failure !== undefined) return -1;
    const wire = this.#wire;
    const short = Math.min(this.#end, this.#at + SHORT_TEXT_BYTES);
    let stop = this.#at;
    while (stop < short && wire[stop] !== 0) stop++;
    if (stop === short) stop = stop < this.#end ? wire.indexOf(0, stop) : -1;
    if (stop < 0) {
      this.refuse('GH_PG_MESSAGE_UNTERMINATED');
      this.#at = this.#end;
      return -1;
    }
    this.#at = stop + 1;
    return stop;
  }
}
