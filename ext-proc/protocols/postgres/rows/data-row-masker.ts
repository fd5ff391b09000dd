/**
 * Masks the DataRow messages of one result as they come, cut anywhere. Rows are taken whole: the length of a row comes
 * before its values, so that nothing of it can leave before all of them are known. A row that is larger than the limit
 * goes through `LargeRow`.
 * Holds one row at most. What it gives out depends on the bytes alone, not on where they were cut (I5).
 */
import { BACKEND } from '../message-types.ts';
import { LargeRow } from './large-row.ts';
import { MaskCounts } from './mask-counts.ts';
import type { MaskPlan } from './mask-plan.ts';
import { type Emit, MASK_LIMITS, type MaskLimits, type MaskRefusal } from './masking-bounds.ts';
import { TupleRewrite } from './tuple-rewrite.ts';

const HEADER_BYTES = 5;
const EMPTY = Buffer.alloc(0);

export class DataRowMasker {
  readonly counts: MaskCounts;
  readonly #plan: MaskPlan;
  readonly #limits: MaskLimits;
  readonly #rewrite: TupleRewrite;
  #held = EMPTY;
  #heldBytes = 0;
  #large: LargeRow | undefined;
  #refused: MaskRefusal | undefined;

  constructor(plan: MaskPlan, counts = new MaskCounts(), limits = MASK_LIMITS) {
    this.#plan = plan;
    this.counts = counts;
    this.#limits = limits;
    this.#rewrite = new TupleRewrite(BACKEND.DataRow, plan, counts);
  }

  /** Part of a message has been given out: nothing else may be written to the receiver. */
  get midMessage(): boolean {
    return this.#large?.midMessage === true;
  }

  /** Everything that was pushed has been given out. */
  get atBoundary(): boolean {
    return this.#heldBytes === 0 && this.#large === undefined;
  }

  get heldBytes(): number {
    return this.#heldBytes + (this.#large?.heldBytes ?? 0);
  }

  /**
   * Hands in the next bytes of DataRow messages, nothing else among them, and gives out what may go on. The bytes given
   * out may be views of `bytes`. A refusal comes after the rows before the one refused were given out.
   */
  push(bytes: Buffer, emit: Emit): MaskRefusal | undefined {
    let at = 0;
    while (this.#refused === undefined && at < bytes.length) {
      if (this.#large !== undefined) at = this.#pushLarge(bytes, at, emit);
      else if (this.#heldBytes > 0) at = this.#hold(bytes, at, emit);
      else at = this.#wholeRows(bytes, at, emit);
    }
    return this.#refused;
  }

  #wholeRows(bytes: Buffer, start: number, emit: Emit): number {
    const end = bytes.length;
    const largest = this.#limits.rowBytesMax;
    let stop = start;
    let whole = true;
    while (stop + HEADER_BYTES <= end) {
      const length = bytes.readUInt32BE(stop + 1);
      if (bytes[stop] !== BACKEND.DataRow || length < 4) {
        whole = false;
        break;
      }
      if (length >= largest || stop + 1 + length > end) break;
      stop += 1 + length;
    }
    if (stop > start && !this.#emitRows(bytes, start, stop, emit)) return end;
    if (!whole) {
      this.#refused = 'GH_PG_MASK_LAYOUT';
      return end;
    }
    return stop === end ? end : this.#hold(bytes, stop, emit);
  }

  /** Puts a row together that its chunk's end cut, or passes it on to be treated as a large one. */
  #hold(bytes: Buffer, start: number, emit: Emit): number {
    let at = start;
    if (this.#heldBytes < HEADER_BYTES) {
      at += this.#take(bytes, at, HEADER_BYTES);
      if (this.#heldBytes < HEADER_BYTES) return at;
    }
    const length = this.#held.readUInt32BE(1);
    if (this.#held[0] !== BACKEND.DataRow || length < 4) {
      this.#refused = 'GH_PG_MASK_LAYOUT';
      return bytes.length;
    }
    if (length >= this.#limits.rowBytesMax) {
      this.#large = new LargeRow(this.#plan, length, this.counts, this.#limits);
      this.#drop();
      return at;
    }
    at += this.#take(bytes, at, length + 1);
    if (this.#heldBytes === length + 1) {
      const row = this.#held;
      this.#drop();
      this.#emitRows(row, 0, length + 1, emit);
    }
    return at;
  }

  #pushLarge(bytes: Buffer, at: number, emit: Emit): number {
    const large = this.#large as LargeRow;
    const taken = large.push(bytes, at, emit);
    if (large.refused !== undefined) this.#refused = large.refused;
    else if (large.done) this.#large = undefined;
    return taken;
  }

  #emitRows(bytes: Buffer, start: number, end: number, emit: Emit): boolean {
    const { bytes: rows, stop } = this.#rewrite.rewrite(bytes, start, end);
    if (rows.length > 0) emit(rows);
    if (stop !== end) this.#refused = 'GH_PG_MASK_LAYOUT';
    return stop === end;
  }

  /** Doubling keeps byte-at-a-time linear, and a lie about a length cheap. */
  #take(bytes: Buffer, at: number, total: number): number {
    const taken = Math.min(total - this.#heldBytes, bytes.length - at);
    const needed = this.#heldBytes + taken;
    if (needed > this.#held.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(64, Math.min(total, 2 * needed)));
      this.#held.copy(grown, 0, 0, this.#heldBytes);
      this.#held = grown;
    }
    bytes.copy(this.#held, this.#heldBytes, at, at + taken);
    this.#heldBytes = needed;
    return taken;
  }

  #drop(): void {
    this.#held = EMPTY;
    this.#heldBytes = 0;
  }
}
