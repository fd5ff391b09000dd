/**
 * A row that is larger than what is held of one. Marked values are dropped as they come, and what is left is held up to
 * the limit. When it grows beyond, the row's beginning has to leave: then its length must be certain, so no marked
 * column may follow, and whatever is found from there on is overwritten in place. Otherwise the row is refused.
 * All choices are made where a value begins, from its length: chunks do not matter.
 */
import { BACKEND } from '../message-types.ts';
import type { Emit, MaskLimits, MaskRefusal } from './masking-bounds.ts';
import { GrowingBytes } from './growing-bytes.ts';
import { foundIn, overwriteHeld, type ScanColumn } from './held-value.ts';
import type { MaskCounts } from './mask-counts.ts';
import type { ColumnPlan, MaskPlan } from './mask-plan.ts';
import { PieceScan } from './piece-scan.ts';

type MaskColumn = Extract<ColumnPlan, { kind: 'mask' }>;

const WORD = 4;
const COUNT_BYTES = 2;

/** What is done with the bytes of the current value. */
type Mode =
  | { readonly kind: 'drop' | 'keep' | 'through' }
  | { readonly kind: 'mark'; readonly column: MaskColumn }
  | { readonly kind: 'scan'; readonly column: ScanColumn }
  | { readonly kind: 'pieces'; readonly pieces: PieceScan };

const DROP: Mode = { kind: 'drop' };
const KEEP: Mode = { kind: 'keep' };
const THROUGH: Mode = { kind: 'through' };

export class LargeRow {
  refused: MaskRefusal | undefined = undefined;
  done = false;
  readonly #plan: MaskPlan;
  readonly #counts: MaskCounts;
  readonly #limits: MaskLimits;
  readonly #length: number;
  /** Bytes of the row that have not come. */
  #remaining: number;
  /** What the row's length changes by, as far as it is known. */
  #delta = 0;
  readonly #out = new GrowingBytes();
  readonly #value = new GrowingBytes();
  #committed = false;
  #column = -1;
  #word = 0;
  #wordBytes = 0;
  #valueLength = 0;
  #valueRemaining = 0;
  #mode: Mode | undefined;

  /** `length` is the message's length field. */
  constructor(plan: MaskPlan, length: number, counts: MaskCounts, limits: MaskLimits) {
    this.#plan = plan;
    this.#length = length;
    this.#remaining = length - WORD;
    this.#counts = counts;
    this.#limits = limits;
  }

  get midMessage(): boolean {
    return this.#committed && !this.done;
  }

  get heldBytes(): number {
    const pieces = this.#mode?.kind === 'pieces' ? this.#mode.pieces.heldBytes : 0;
    return this.#out.length + this.#value.length + pieces;
  }

  /** Takes bytes from `at` on, of this row only, and says up to where. */
  push(bytes: Buffer, start: number, emit: Emit): number {
    let at = start;
    const end = Math.min(bytes.length, start + this.#remaining);
    while (this.refused === undefined && !this.done && at < end) {
      const before = at;
      if (this.#mode !== undefined) {
        const taken = Math.min(this.#valueRemaining, end - at);
        this.#take(bytes, at, at + taken, emit);
        at += taken;
      } else {
        this.#word = (this.#word << 8) | (bytes[at++] as number) | 0;
        this.#wordBytes++;
      }
      this.#remaining -= at - before;
      this.#advance(emit);
    }
    return at;
  }

  #advance(emit: Emit): void {
    if (this.#mode !== undefined) {
      if (this.#valueRemaining > 0) return;
      this.#endValue(this.#mode, emit);
      this.#mode = undefined;
    } else if (this.#column < 0) {
      if (this.#wordBytes < COUNT_BYTES) return;
      if (this.#word !== this.#plan.columns.length) return this.#refuse('GH_PG_MASK_LAYOUT');
      this.#out.appendByte(this.#word >> 8);
      this.#out.appendByte(this.#word & 0xff);
      this.#column = 0;
      this.#clearWord();
    } else {
      if (this.#wordBytes < WORD) return;
      const length = this.#word;
      this.#clearWord();
      if (this.#column >= this.#plan.columns.length || length < -1 || length > this.#remaining)
        return this.#refuse('GH_PG_MASK_LAYOUT');
      this.#beginValue(length, emit);
      if (this.refused !== undefined) return;
      // A value without bytes ends where it begins.
      if (length <= 0) this.#advance(emit);
      return;
    }
    if (this.refused === undefined && this.#remaining === 0) this.#endRow(emit);
  }

  #clearWord(): void {
    this.#word = 0;
    this.#wordBytes = 0;
  }

  #beginValue(length: number, emit: Emit): void {
    const column = this.#plan.columns[this.#column++] as ColumnPlan;
    this.#valueLength = length;
    this.#valueRemaining = Math.max(length, 0);
    if (length < 0) {
      this.#mode = KEEP;
      return this.#writeLength(-1, emit);
    }
    switch (column.kind) {
      case 'mask':
        return this.#beginMarked(column, length, emit);
      case 'pass':
        if (!this.#committed && this.#tooMuch(length)) this.#commit(emit);
        this.#mode = this.#committed ? THROUGH : KEEP;
        return this.#writeLength(length, emit);
      case 'scan':
        return this.#beginScanned(column, length, emit);
    }
  }

  #beginMarked(column: MaskColumn, length: number, emit: Emit): void {
    const { constant, oversize } = column.mark;
    this.#counts.add(column.markKind, column.label);
    if (constant === undefined && length <= this.#limits.rowBytesMax) {
      this.#mode = { kind: 'mark', column };
      return;
    }
    this.#mode = DROP;
    this.#writeValue(constant === undefined ? oversize : constant, emit);
  }

  #beginScanned(column: ScanColumn, length: number, emit: Emit): void {
    const large = length > this.#limits.rowBytesMax;
    if (large && column.pieces === 'no') return this.#refuse('GH_PG_MASK_TOO_LARGE');
    if (!this.#committed && this.#tooMuch(length)) this.#commit(emit);
    if (this.refused !== undefined) return;
    if (this.#committed && (large || column.pieces === 'hex')) {
      const pieces = column.pieces === 'no' ? 'bytes' : column.pieces;
      const { scanner } = this.#plan.context.masker;
      this.#writeLength(length, emit);
      this.#mode = {
        kind: 'pieces',
        pieces: new PieceScan(scanner, pieces, this.#counts, column.label, this.#limits),
      };
    } else this.#mode = { kind: 'scan', column };
  }

  #take(bytes: Buffer, start: number, end: number, emit: Emit): void {
    const mode = this.#mode as Mode;
    this.#valueRemaining -= end - start;
    switch (mode.kind) {
      case 'drop':
        return;
      case 'keep':
        return this.#out.append(bytes, start, end);
      case 'through':
        return emit(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end));
      case 'mark':
      case 'scan':
        return this.#value.append(bytes, start, end);
      case 'pieces':
        return mode.pieces.push(bytes, start, end, emit);
    }
  }

  #endValue(mode: Mode, emit: Emit): void {
    switch (mode.kind) {
      case 'drop':
      case 'keep':
      case 'through':
        return;
      case 'mark':
        this.#writeValue(mode.column.mark.apply(this.#value.take()), emit);
        return;
      case 'scan':
        return this.#endScanned(mode.column, this.#value.take(), emit);
      case 'pieces':
        return mode.pieces.finish(emit);
    }
  }

  #endScanned(column: ScanColumn, value: Buffer, emit: Emit): void {
    const found = foundIn(column, value);
    if (found === undefined) {
      this.#writeLength(value.length, emit);
      return this.#write(value, emit);
    }
    this.#counts.addAll(found.kinds, column.label);
    if (!this.#committed || found.value?.length === value.length) return this.#writeValue(found.value, emit);
    if (column.pieces === 'no') return this.#refuse('GH_PG_MASK_TOO_LARGE');
    overwriteHeld(column, value, this.#plan.context.masker.scanner);
    this.#writeLength(value.length, emit);
    this.#write(value, emit);
  }

  #endRow(emit: Emit): void {
    if (this.#column !== this.#plan.columns.length || this.#wordBytes !== 0)
      return this.#refuse('GH_PG_MASK_LAYOUT');
    if (!this.#committed) this.#release(emit);
    this.done = true;
  }

  /** Whether `length` more would be more than may be held. */
  #tooMuch(length: number): boolean {
    return this.#out.length + WORD + length > this.#limits.rowBytesMax;
  }

  /** Lets go of the row's beginning, if nothing that follows can change its length. */
  #commit(emit: Emit): void {
    if (this.#plan.columns.some(({ kind }, index) => index >= this.#column && kind === 'mask'))
      return this.#refuse('GH_PG_MASK_TOO_LARGE');
    this.#committed = true;
    this.#release(emit);
  }

  #release(emit: Emit): void {
    const header = Buffer.allocUnsafe(1 + WORD);
    header[0] = BACKEND.DataRow;
    header.writeUInt32BE(this.#length + this.#delta, 1);
    emit(Buffer.concat([header, this.#out.take()]));
  }

  #writeValue(value: Buffer | null, emit: Emit): void {
    const length = value === null ? 0 : value.length;
    this.#delta += length - this.#valueLength;
    this.#writeLength(value === null ? -1 : length, emit);
    if (value !== null) this.#write(value, emit);
  }

  #writeLength(length: number, emit: Emit): void {
    if (!this.#committed) return this.#out.appendInt32(length);
    const word = Buffer.allocUnsafe(WORD);
    word.writeInt32BE(length);
    emit(word);
  }

  #write(bytes: Buffer, emit: Emit): void {
    if (this.#committed) {
      if (bytes.length > 0) emit(bytes);
    } else this.#out.append(bytes);
  }

  #refuse(code: MaskRefusal): void {
    this.refused = code;
    this.#out.take();
    this.#value.take();
    this.#mode = undefined;
  }
}
