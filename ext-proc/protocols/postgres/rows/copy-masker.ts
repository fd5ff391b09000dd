/**
 * Masks the CopyData messages of one COPY, cut anywhere. Blocks of messages that are one record each are rewritten in
 * place; everything else goes through a stream of the format, and leaves in messages of its own making: the protocol
 * lets a record be spread over messages.
 * Holds one message or record up to the limit. What it gives out depends on the messages alone, not on where their bytes
 * were cut (I5).
 * Specification: PostgreSQL 18, "Message Flow", "COPY Operations".
 */
import { BACKEND } from '../message-types.ts';
import { CopyBinaryStream } from './copy-binary-stream.ts';
import { copyCsvSyntax } from './copy-csv-syntax.ts';
import type { CopyFormat } from './copy-format.ts';
import { CopyLineRewrite } from './copy-line-rewrite.ts';
import { CopyLineStream } from './copy-line-stream.ts';
import { copyTextSyntax } from './copy-text-syntax.ts';
import { GrowingBytes } from './growing-bytes.ts';
import { MaskCounts } from './mask-counts.ts';
import type { MaskPlan } from './mask-plan.ts';
import { type Emit, MASK_LIMITS, type MaskLimits, type MaskRefusal } from './masking-bounds.ts';
import { TupleRewrite } from './tuple-rewrite.ts';

const HEADER_BYTES = 5;
const WORD = 4;
/** Of a message that the gate makes itself. */
const PAYLOAD_BYTES = 65_536;

export class CopyMasker {
  readonly counts: MaskCounts;
  readonly #blocks: Pick<TupleRewrite, 'rewrite'>;
  readonly #stream: CopyLineStream | CopyBinaryStream;
  readonly #limits: MaskLimits;
  readonly #held = new GrowingBytes();
  readonly #out = new GrowingBytes();
  /** Bytes that have not come of a message whose payload goes through the stream as it comes. */
  #largeRemaining = 0;
  #refused: MaskRefusal | undefined;

  constructor(plan: MaskPlan, format: CopyFormat, counts = new MaskCounts(), limits = MASK_LIMITS) {
    this.counts = counts;
    this.#limits = limits;
    if (format.kind === 'binary') {
      this.#blocks = new TupleRewrite(BACKEND.CopyData, plan, counts);
      this.#stream = new CopyBinaryStream(plan, counts, limits);
    } else {
      const syntax = format.kind === 'text' ? copyTextSyntax(format) : copyCsvSyntax(format);
      this.#blocks = new CopyLineRewrite(plan, syntax, counts);
      this.#stream = new CopyLineStream(plan, syntax, counts, limits);
    }
  }

  /** Everything given out so far is whole messages: this never leaves one open. */
  readonly midMessage = false;

  get heldBytes(): number {
    return this.#held.length + this.#out.length + this.#stream.heldBytes;
  }

  /**
   * Hands in the next bytes of CopyData messages, nothing else among them, and gives out what may go on. A refusal comes
   * after the records before the one refused were given out.
   */
  push(bytes: Buffer, emit: Emit): MaskRefusal | undefined {
    let at = 0;
    while (this.#refused === undefined && at < bytes.length) {
      if (this.#largeRemaining > 0) at = this.#large(bytes, at, emit);
      else if (this.#held.length > 0) at = this.#hold(bytes, at, emit);
      else at = this.#wholeMessages(bytes, at, emit);
    }
    return this.#refused;
  }

  /** CopyDone has come: whether the data ended where a record does. */
  finish(): MaskRefusal | undefined {
    if (this.#refused !== undefined) return this.#refused;
    const complete = this.#largeRemaining === 0 && this.#held.length === 0 && this.#stream.complete;
    return complete ? undefined : 'GH_PG_MASK_LAYOUT';
  }

  #wholeMessages(bytes: Buffer, start: number, emit: Emit): number {
    let stop = start;
    while (stop + HEADER_BYTES <= bytes.length && this.#isCopyData(bytes, stop)) {
      const length = bytes.readUInt32BE(stop + 1);
      if (length >= this.#limits.rowBytesMax || stop + 1 + length > bytes.length) break;
      stop += 1 + length;
    }
    if (stop > start) this.#messages(bytes, start, stop, emit);
    if (this.#refused !== undefined) return bytes.length;
    return stop < bytes.length ? this.#hold(bytes, stop, emit) : stop;
  }

  #isCopyData(bytes: Buffer, at: number): boolean {
    if (bytes[at] === BACKEND.CopyData && bytes.readUInt32BE(at + 1) >= WORD) return true;
    this.#refused ??= 'GH_PG_MASK_LAYOUT';
    return false;
  }

  /** Whole messages, from a block to the next that is none. */
  #messages(bytes: Buffer, start: number, end: number, emit: Emit): void {
    for (let at = start; at < end;) {
      if (this.#stream.atRecordStart) {
        const { bytes: messages, stop } = this.#blocks.rewrite(bytes, at, end);
        if (messages.length > 0) emit(messages);
        at = stop;
        if (at === end) return;
      }
      const messageEnd = at + 1 + bytes.readUInt32BE(at + 1);
      const refused = this.#stream.push(bytes, at + HEADER_BYTES, messageEnd, this.#out);
      if (refused !== undefined) {
        this.#refused = refused;
        return;
      }
      this.#flush(emit, 1);
      at = messageEnd;
    }
  }

  /** Puts a message together that its chunk's end cut, or lets a large one begin. */
  #hold(bytes: Buffer, start: number, emit: Emit): number {
    const held = this.#held;
    let at = start;
    if (held.length < HEADER_BYTES) {
      const taken = Math.min(HEADER_BYTES - held.length, bytes.length - at);
      held.append(bytes, at, at + taken);
      at += taken;
      if (held.length < HEADER_BYTES) return at;
    }
    if (!this.#isCopyData(held.view(), 0)) return bytes.length;
    const length = held.view().readUInt32BE(1);
    if (length >= this.#limits.rowBytesMax) {
      held.clear();
      this.#largeRemaining = length - WORD;
      return at;
    }
    const taken = Math.min(length + 1 - held.length, bytes.length - at);
    held.append(bytes, at, at + taken);
    if (held.length === length + 1) this.#messages(held.take(), 0, length + 1, emit);
    return at + taken;
  }

  #large(bytes: Buffer, start: number, emit: Emit): number {
    const end = Math.min(bytes.length, start + this.#largeRemaining);
    this.#refused = this.#stream.push(bytes, start, end, this.#out);
    if (this.#refused !== undefined) return end;
    this.#largeRemaining -= end - start;
    this.#flush(emit, this.#largeRemaining === 0 ? 1 : PAYLOAD_BYTES);
    return end;
  }

  /** Gives out messages of the most that one takes, and a last one of what is left, if that is at least `bytesMin`. */
  #flush(emit: Emit, bytesMin: number): void {
    if (this.#out.length < bytesMin) return;
    const payload = this.#out.take();
    let at = 0;
    while (payload.length - at >= bytesMin) {
      const taken = Math.min(PAYLOAD_BYTES, payload.length - at);
      const message = Buffer.allocUnsafeSlow(HEADER_BYTES + taken);
      message[0] = BACKEND.CopyData;
      message.writeUInt32BE(WORD + taken, 1);
      payload.copy(message, HEADER_BYTES, at, at + taken);
      emit(message);
      at += taken;
    }
    this.#out.append(payload, at);
  }
}
