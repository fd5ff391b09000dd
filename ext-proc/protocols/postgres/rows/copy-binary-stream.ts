/**
 * Rewrites COPY's binary format however it is spread over messages: the signature and header, tuples that are not one
 * message each, tuples too large to be held, the trailer. Every length comes before its value, so all choices are made
 * where a value begins.
 * Specification: PostgreSQL 18, "COPY", "Binary Format".
 */
import type { ValueScan } from '../types/value-scan.ts';
import { GrowingBytes } from './growing-bytes.ts';
import type { MaskCounts } from './mask-counts.ts';
import type { ColumnPlan, MaskPlan } from './mask-plan.ts';
import type { MaskLimits, MaskRefusal } from './masking-bounds.ts';
import { PieceScan } from './piece-scan.ts';

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const WORD = 4;
const COUNT_BYTES = 2;
/** Flags from bit 16 on change the format; the others may be ignored. */
const CRITICAL_FLAGS = 0xffff_0000;
const TRAILER = -1;

type Part = 'signature' | 'flags' | 'extension_length' | 'extension' | 'count' | 'length' | 'value' | 'ended';
type ValueMode =
  | { readonly kind: 'through' | 'drop' }
  | { readonly kind: 'mark'; readonly column: Extract<ColumnPlan, { kind: 'mask' }> }
  | { readonly kind: 'scan'; readonly column: Extract<ColumnPlan, { kind: 'scan' }> }
  | { readonly kind: 'pieces'; readonly pieces: PieceScan };

export class CopyBinaryStream {
  readonly #plan: MaskPlan;
  readonly #counts: MaskCounts;
  readonly #limits: MaskLimits;
  #part: Part = 'signature';
  /** Bytes of the current part that have not come. */
  #remaining = SIGNATURE.length;
  /** A part of which all bytes are needed at once. */
  readonly #held = new GrowingBytes();
  #column = 0;
  #mode: ValueMode = { kind: 'through' };

  constructor(plan: MaskPlan, counts: MaskCounts, limits: MaskLimits) {
    this.#plan = plan;
    this.#counts = counts;
    this.#limits = limits;
  }

  /** A tuple or the trailer begins with the next byte. */
  get atRecordStart(): boolean {
    return this.#part === 'count' && this.#remaining === COUNT_BYTES;
  }

  /** The trailer has come. */
  get complete(): boolean {
    return this.#part === 'ended';
  }

  get heldBytes(): number {
    return this.#held.length + (this.#mode.kind === 'pieces' ? this.#mode.pieces.heldBytes : 0);
  }

  push(bytes: Buffer, start: number, end: number, out: GrowingBytes): MaskRefusal | undefined {
    for (let at = start; at < end;) {
      if (this.#part === 'ended') return 'GH_PG_MASK_LAYOUT';
      const taken = Math.min(this.#remaining, end - at);
      this.#take(bytes, at, at + taken, out);
      this.#remaining -= taken;
      at += taken;
      while (this.#remaining === 0 && !this.complete) {
        const refused = this.#endPart(out);
        if (refused !== undefined) return refused;
      }
    }
    return undefined;
  }

  #take(bytes: Buffer, start: number, end: number, out: GrowingBytes): void {
    if (this.#part === 'extension') return out.append(bytes, start, end);
    if (this.#part !== 'value') return this.#held.append(bytes, start, end);
    switch (this.#mode.kind) {
      case 'through':
        return out.append(bytes, start, end);
      case 'drop':
        return;
      case 'mark':
      case 'scan':
        return this.#held.append(bytes, start, end);
      case 'pieces':
        return this.#mode.pieces.push(bytes, start, end, (piece) => out.append(piece));
    }
  }

  #endPart(out: GrowingBytes): MaskRefusal | undefined {
    switch (this.#part) {
      case 'signature':
        if (!this.#held.view().equals(SIGNATURE)) return 'GH_PG_MASK_LAYOUT';
        return this.#header('flags', WORD, out);
      case 'flags':
        if ((this.#held.view().readUInt32BE() & CRITICAL_FLAGS) !== 0) return 'GH_PG_MASK_LAYOUT';
        return this.#header('extension_length', WORD, out);
      case 'extension_length': {
        const length = this.#held.view().readInt32BE();
        return length < 0 ? 'GH_PG_MASK_LAYOUT' : this.#header('extension', length, out);
      }
      case 'extension':
        return this.#begin('count', COUNT_BYTES);
      case 'count': {
        const count = this.#held.view().readInt16BE();
        if (count !== TRAILER && count !== this.#plan.columns.length) return 'GH_PG_MASK_LAYOUT';
        this.#header('count', 0, out);
        if (count === TRAILER) return this.#begin('ended', 0);
        this.#column = 0;
        return this.#beginColumn();
      }
      case 'length': {
        const length = this.#held.view().readInt32BE();
        this.#held.clear();
        return length < -1 ? 'GH_PG_MASK_LAYOUT' : this.#beginValue(length, out);
      }
      case 'value':
        this.#endValue(out);
        return this.#beginColumn();
      case 'ended':
        return undefined;
    }
  }

  /** What was held of the header goes on, and the next part begins. */
  #header(next: Part, length: number, out: GrowingBytes): undefined {
    out.append(this.#held.view());
    return this.#begin(next, length);
  }

  #begin(part: Part, length: number): undefined {
    this.#held.clear();
    this.#part = part;
    this.#remaining = length;
    return undefined;
  }

  #beginColumn(): undefined {
    return this.#column < this.#plan.columns.length
      ? this.#begin('length', WORD)
      : this.#begin('count', COUNT_BYTES);
  }

  #beginValue(length: number, out: GrowingBytes): MaskRefusal | undefined {
    const column = this.#plan.columns[this.#column++] as ColumnPlan;
    this.#begin('value', Math.max(length, 0));
    const held = length <= this.#limits.rowBytesMax;
    if (length < 0 || column.kind === 'pass') {
      this.#mode = { kind: 'through' };
      out.appendInt32(length);
    } else if (column.kind === 'mask') {
      this.#counts.add(column.markKind, column.label);
      const { constant, oversize } = column.mark;
      if (constant === undefined && held) this.#mode = { kind: 'mark', column };
      else {
        this.#mode = { kind: 'drop' };
        writeValue(constant === undefined ? oversize : constant, out);
      }
    } else if (held) this.#mode = { kind: 'scan', column };
    else if (column.pieces === 'no') return 'GH_PG_MASK_TOO_LARGE';
    else {
      const { scanner } = this.#plan.context.masker;
      this.#mode = {
        kind: 'pieces',
        pieces: new PieceScan(scanner, column.pieces, this.#counts, column.label, this.#limits),
      };
      out.appendInt32(length);
    }
    return undefined;
  }

  #endValue(out: GrowingBytes): void {
    const mode = this.#mode;
    switch (mode.kind) {
      case 'through':
      case 'drop':
        return;
      case 'mark':
        return writeValue(mode.column.mark.apply(this.#held.take()), out);
      case 'scan':
        return this.#endScanned(mode.column.scan, mode.column.label, this.#held.take(), out);
      case 'pieces':
        mode.pieces.finish((piece) => out.append(piece));
        this.#mode = { kind: 'through' };
    }
  }

  #endScanned(scan: ValueScan, label: string, value: Buffer, out: GrowingBytes): void {
    const found = scan.binary(value, 0, value.length);
    if (found !== undefined) this.#counts.addAll(found.kinds, label);
    writeValue(found === undefined ? value : found.value, out);
  }
}

function writeValue(value: Buffer | null, out: GrowingBytes): void {
  out.appendInt32(value === null ? -1 : value.length);
  if (value !== null) out.append(value);
}
