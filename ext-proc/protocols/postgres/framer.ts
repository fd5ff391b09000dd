/**
 * Cuts one direction of a PostgreSQL stream into messages with their exact wire spans.
 * Owns the lengths: every one is checked against its limit before a byte of it is kept. Looks into no body.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "Messaging Overview": a type byte, then a 4-byte
 * big-endian length that counts itself and the body. The startup packet has no type byte: see startup.ts.
 *
 * What is held while incomplete: at most 4 bytes of a header, or a message that is not streamed, up to its limit.
 * The memory taken follows the bytes that arrived, never the length that was announced.
 */
import { LIMITS } from '../../domain/limits.ts';

export type FrameErrorCode = 'GH_PG_FRAME_LENGTH' | 'GH_PG_FRAME_TOO_LARGE' | 'GH_PG_FRAME_TYPE';

export type FramerStep =
  /** One whole message: type byte, length and body. A view of the pushed chunk where it lay within one. */
  | { readonly kind: 'message'; readonly type: number; readonly wire: Buffer }
  /** Bytes of streamed messages only, whole or partial; `messages` counts those that start in it. */
  | { readonly kind: 'run'; readonly bytes: Buffer; readonly messages: number }
  | { readonly kind: 'need-more' }
  | { readonly kind: 'error'; readonly code: FrameErrorCode; readonly type: number };

export interface FramerOptions {
  /** Types whose messages go through as runs, their bodies never held. Only known types count. */
  readonly streamed: ReadonlySet<number>;
  /** The most bytes that a whole message of a type that is not streamed may take, header included. */
  readonly bytesMax: (type: number) => number;
  /** Any other type is an error at its first byte. */
  readonly knownTypes: ReadonlySet<number>;
}

const HEADER_BYTES = 5;
const ASSEMBLY_BYTES_MIN = 4096;
const WAITING_COMPACT_AT = 64;
const SMALL_CHUNK_BYTES = 1024;
const TOGETHER_BYTES = 16_384;
const NEED_MORE: FramerStep = Object.freeze({ kind: 'need-more' });
const EMPTY = Buffer.alloc(0);

const KNOWN = 1;
const STREAMED = 2;

export class MessageFramer {
  readonly #bytesMax: (type: number) => number;
  /** For each type byte: KNOWN and STREAMED. */
  readonly #flags = new Uint8Array(256);

  /** The chunk being read, and from where. */
  #chunk: Buffer = EMPTY;
  #at = 0;
  /** Chunks pushed while another was being read. */
  #waiting: Buffer[] = [];
  #waitingHead = 0;
  #waitingBytes = 0;
  /** Where small chunks wait together; the last of `#waiting` may be a view of it. */
  #together: Buffer = EMPTY;

  /** The first bytes of a header that a chunk's end cut. */
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;

  /** Bytes still to come of a streamed message whose start was given out. */
  #runRemaining = 0;

  /** A message that is being put together out of several chunks. */
  #assembly: Buffer | undefined;
  #assemblyBytes = 0;
  #assemblyTotal = 0;

  #error: FramerStep | undefined;

  constructor(options: FramerOptions) {
    this.#bytesMax = options.bytesMax;
    for (const type of options.knownTypes) this.#flags[type] = KNOWN;
    this.setStreamed(options.streamed);
  }

  /** Changes what is streamed, from the next message on; one that has begun to go out as a run goes on as one. */
  setStreamed(streamed: ReadonlySet<number>): void {
    const flags = this.#flags;
    for (let type = 0; type < 256; type++) flags[type] = (flags[type] as number) & ~STREAMED;
    for (const type of streamed) {
      if (((flags[type] as number) & KNOWN) !== 0) flags[type] = KNOWN | STREAMED;
    }
  }

  /** Bytes pushed and not yet given out. */
  get bufferedBytes(): number {
    return this.#chunk.length - this.#at + this.#waitingBytes + this.#headerBytes + this.#assemblyBytes;
  }

  /** Whether a run ended within a message: nothing else may be written to the receiver until it is complete. */
  get midRun(): boolean {
    return this.#runRemaining > 0;
  }

  /** Whether the bytes so far end at a message's end and none is left to read: where a clean close may happen. */
  get atBoundary(): boolean {
    return this.#runRemaining === 0 && this.bufferedBytes === 0;
  }

  /** Hands in the next bytes. The framer keeps views of `chunk`: the caller must not change it afterwards. */
  push(chunk: Buffer): void {
    if (this.#error !== undefined || chunk.length === 0) return;
    if (this.#at === this.#chunk.length && this.#waiting.length === 0) {
      this.#chunk = chunk;
      this.#at = 0;
      return;
    }
    this.#waitingBytes += chunk.length;
    if (chunk.length < SMALL_CHUNK_BYTES) this.#waitTogether(chunk);
    else this.#waiting.push(chunk);
  }

  /** Small chunks are copied into one: each by itself would take many times its bytes. */
  #waitTogether(chunk: Buffer): void {
    const last = this.#waiting.length - 1;
    const before = last >= this.#waitingHead ? this.#waiting[last] : undefined;
    const used = before !== undefined && before.buffer === this.#together.buffer ? before.length : 0;
    if (used === 0 || used + chunk.length > TOGETHER_BYTES) {
      this.#together = Buffer.allocUnsafeSlow(TOGETHER_BYTES);
      chunk.copy(this.#together);
      this.#waiting.push(this.#together.subarray(0, chunk.length));
    } else {
      chunk.copy(this.#together, used);
      this.#waiting[last] = this.#together.subarray(0, used + chunk.length);
    }
  }

  /**
   * The next message, where it is a whole one of this type and takes no more than so many bytes; it stays the next. Looks
   * only from a message's start: nothing else is known where `next` has begun on one that is not whole.
   */
  peek(type: number, bytesMax: number): Buffer | undefined {
    const begun = this.#headerBytes > 0 || this.#assembly !== undefined || this.#runRemaining > 0;
    if (begun || this.#error !== undefined) return undefined;
    const head = this.#coming(HEADER_BYTES);
    if (head === undefined || head[0] !== type) return undefined;
    const total = lengthAt(head, 1) + 1;
    return total < HEADER_BYTES || total > bytesMax ? undefined : this.#coming(total);
  }

  #coming(count: number): Buffer | undefined {
    const rest = this.#chunk.subarray(this.#at);
    if (rest.length >= count) return rest.subarray(0, count);
    if (rest.length + this.#waitingBytes < count) return undefined;
    return Buffer.concat([rest, ...this.#waiting.slice(this.#waitingHead)], count);
  }

  /** The next step; call it until it says `need-more`. After an error it says nothing else. */
  next(): FramerStep {
    if (this.#error !== undefined) return this.#error;
    for (;;) {
      if (this.#at === this.#chunk.length && !this.#nextChunk()) return NEED_MORE;
      const step =
        this.#assembly !== undefined
          ? this.#assemble()
          : this.#headerBytes > 0
            ? this.#completeHeader()
            : this.#scan();
      if (step !== undefined) return step;
    }
  }

  #nextChunk(): boolean {
    if (this.#waitingHead === this.#waiting.length) {
      this.#chunk = EMPTY;
      this.#at = 0;
      return false;
    }
    const chunk = this.#waiting[this.#waitingHead++] as Buffer;
    if (this.#waitingHead === this.#waiting.length) {
      this.#waiting = [];
      this.#waitingHead = 0;
    } else if (this.#waitingHead >= WAITING_COMPACT_AT && this.#waitingHead * 2 >= this.#waiting.length) {
      // A peer that is always ahead would otherwise have every chunk of its kept.
      this.#waiting = this.#waiting.slice(this.#waitingHead);
      this.#waitingHead = 0;
    }
    this.#waitingBytes -= chunk.length;
    this.#chunk = chunk;
    this.#at = 0;
    return true;
  }

  /** Reads the current chunk from a message's start, or from within a streamed one. */
  #scan(): FramerStep | undefined {
    const chunk = this.#chunk;
    const end = chunk.length;
    const flags = this.#flags;
    const start = this.#at;
    let messages = 0;
    let at = start + this.#runRemaining;
    // This loop is the hot path: one turn for each streamed message, no call, no allocation.
    while (at + HEADER_BYTES <= end) {
      if (((flags[chunk[at] as number] as number) & STREAMED) === 0) break;
      const length = lengthAt(chunk, at + 1);
      if (length < 4 || length > LIMITS.messageBytesMax) break;
      messages++;
      at += length + 1;
    }
    if (at > start) {
      const stop = at < end ? at : end;
      this.#runRemaining = at - stop;
      this.#at = stop;
      return {
        kind: 'run',
        bytes: start === 0 && stop === end ? chunk : chunk.subarray(start, stop),
        messages,
      };
    }
    const type = chunk[at] as number;
    if (((flags[type] as number) & KNOWN) === 0) return this.#fail('GH_PG_FRAME_TYPE', type);
    if (end - at < HEADER_BYTES) {
      chunk.copy(this.#header, 0, at, end);
      this.#headerBytes = end - at;
      this.#at = end;
      return undefined;
    }
    const length = lengthAt(chunk, at + 1);
    const code = this.#refusal(type, length);
    if (code !== undefined) return this.#fail(code, type);
    const stop = at + length + 1;
    if (stop <= end) {
      this.#at = stop;
      return { kind: 'message', type, wire: at === 0 && stop === end ? chunk : chunk.subarray(at, stop) };
    }
    this.#beginAssembly(length + 1);
    return undefined;
  }

  /** Goes on with a header whose first bytes came in an earlier chunk. */
  #completeHeader(): FramerStep | undefined {
    const header = this.#header;
    const taken = Math.min(HEADER_BYTES - this.#headerBytes, this.#chunk.length - this.#at);
    this.#chunk.copy(header, this.#headerBytes, this.#at, this.#at + taken);
    this.#headerBytes += taken;
    this.#at += taken;
    if (this.#headerBytes < HEADER_BYTES) return undefined;
    const type = header[0] as number;
    const length = lengthAt(header, 1);
    const code = this.#refusal(type, length);
    if (code !== undefined) return this.#fail(code, type);
    this.#headerBytes = 0;
    const wire = Buffer.from(header);
    if (((this.#flags[type] as number) & STREAMED) !== 0) {
      this.#runRemaining = length - 4;
      return { kind: 'run', bytes: wire, messages: 1 };
    }
    if (length === 4) return { kind: 'message', type, wire };
    this.#beginAssembly(length + 1);
    wire.copy(this.#assembly as Buffer);
    this.#assemblyBytes = HEADER_BYTES;
    return undefined;
  }

  #beginAssembly(total: number): void {
    this.#assembly = Buffer.allocUnsafe(Math.min(total, ASSEMBLY_BYTES_MIN));
    this.#assemblyBytes = 0;
    this.#assemblyTotal = total;
  }

  /** Doubling keeps byte-at-a-time linear; never beyond what has arrived twice over, so a lie about length is cheap. */
  #assemble(): FramerStep | undefined {
    let assembly = this.#assembly as Buffer;
    const have = this.#assemblyBytes;
    const taken = Math.min(this.#assemblyTotal - have, this.#chunk.length - this.#at);
    if (have + taken > assembly.length) {
      const grown = Buffer.allocUnsafe(Math.min(this.#assemblyTotal, 2 * (have + taken)));
      assembly.copy(grown, 0, 0, have);
      assembly = this.#assembly = grown;
    }
    this.#chunk.copy(assembly, have, this.#at, this.#at + taken);
    this.#at += taken;
    this.#assemblyBytes = have + taken;
    if (this.#assemblyBytes < this.#assemblyTotal) return undefined;
    this.#assembly = undefined;
    this.#assemblyBytes = 0;
    return { kind: 'message', type: assembly[0] as number, wire: assembly };
  }

  #refusal(type: number, length: number): FrameErrorCode | undefined {
    // As PostgreSQL reads it the field is signed: above 2^31 it is negative, not large.
    if (length < 4 || length > 0x7fff_ffff) return 'GH_PG_FRAME_LENGTH';
    const streamed = ((this.#flags[type] as number) & STREAMED) !== 0;
    if (streamed ? length > LIMITS.messageBytesMax : length + 1 > this.#bytesMax(type)) {
      return 'GH_PG_FRAME_TOO_LARGE';
    }
    return undefined;
  }

  /** Lets go of everything held: what follows a broken frame has no meaning. */
  #fail(code: FrameErrorCode, type: number): FramerStep {
    this.#error = Object.freeze({ kind: 'error', code, type });
    this.#chunk = EMPTY;
    this.#at = 0;
    this.#waiting = [];
    this.#waitingHead = 0;
    this.#waitingBytes = 0;
    this.#headerBytes = 0;
    this.#assembly = undefined;
    this.#assemblyBytes = 0;
    return this.#error;
  }
}

function lengthAt(bytes: Buffer, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}
