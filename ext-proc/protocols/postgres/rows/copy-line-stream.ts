/**
 * Rewrites records in text or CSV byte by byte, however they are spread over messages. For the few that are not one
 * message each, and for those too large to be held: there a passed field goes through, a marked one is dropped, and one
 * that is looked at goes through in pieces, all from the byte on at which it exceeds the limit.
 */
import type { MaskLimits, MaskRefusal } from './masking-bounds.ts';
import { type CopySyntax, DATA, decodeField, DELIMITER, type FieldTokens } from './copy-fields.ts';
import { GrowingBytes } from './growing-bytes.ts';
import type { MaskCounts } from './mask-counts.ts';
import type { ColumnPlan, MaskPlan } from './mask-plan.ts';
import { PieceScan } from './piece-scan.ts';

const PASS: ColumnPlan = { kind: 'pass' };

type FieldMode = 'collect' | 'through' | 'drop' | 'pieces';

export class CopyLineStream {
  readonly #plan: MaskPlan;
  readonly #syntax: CopySyntax;
  readonly #counts: MaskCounts;
  readonly #limits: MaskLimits;
  readonly #columns: number;
  readonly #field = new GrowingBytes();
  readonly #plain = new GrowingBytes();
  /** The record so far: one that has too few or too many fields is not given out at all, unless it is large. */
  readonly #record = new GrowingBytes();
  #tokens: FieldTokens;
  #header: boolean;
  #index = 0;
  #fieldStarted = false;
  #mode: FieldMode = 'collect';
  #pieces: PieceScan | undefined;

  constructor(plan: MaskPlan, syntax: CopySyntax, counts: MaskCounts, limits: MaskLimits) {
    this.#plan = plan;
    this.#syntax = syntax;
    this.#counts = counts;
    this.#limits = limits;
    this.#columns = Math.max(plan.columns.length, 1);
    this.#tokens = syntax.tokens();
    this.#header = syntax.header;
  }

  /** A record of values begins with the next byte. */
  get atRecordStart(): boolean {
    return this.#index === 0 && !this.#fieldStarted && !this.#header;
  }

  /** The data may end here. */
  get complete(): boolean {
    return this.#index === 0 && !this.#fieldStarted;
  }

  get heldBytes(): number {
    return this.#record.length + this.#field.length + (this.#pieces?.heldBytes ?? 0);
  }

  push(bytes: Buffer, start: number, end: number, whole: GrowingBytes): MaskRefusal | undefined {
    const out = this.#record;
    for (let at = start; at < end; at++) {
      if (out.length > this.#limits.rowBytesMax) this.#release(whole);
      const byte = bytes[at] as number;
      const token = this.#tokens.next(byte);
      if (token === DATA) {
        this.#fieldStarted = true;
        this.#take(byte, out);
        continue;
      }
      this.#endField(out);
      this.#index++;
      out.appendByte(byte);
      if (token === DELIMITER) {
        if (this.#index === this.#columns) return 'GH_PG_MASK_LAYOUT';
        this.#fieldStarted = true;
        continue;
      }
      if (this.#index !== this.#columns) return 'GH_PG_MASK_LAYOUT';
      this.#index = 0;
      this.#fieldStarted = false;
      this.#header = false;
      this.#release(whole);
    }
    return undefined;
  }

  #release(whole: GrowingBytes): void {
    whole.append(this.#record.view());
    this.#record.clear();
  }

  #column(): ColumnPlan {
    return this.#header ? PASS : (this.#plan.columns[this.#index] ?? PASS);
  }

  #take(byte: number, out: GrowingBytes): void {
    switch (this.#mode) {
      case 'collect':
        this.#field.appendByte(byte);
        if (this.#field.length > this.#heldMax()) this.#exceed(out);
        return;
      case 'through':
        return out.appendByte(byte);
      case 'drop':
        return;
      case 'pieces':
        for (const plain of this.#tokens.plain) this.#plain.appendByte(plain);
        if (this.#plain.length >= this.#limits.windowOverlapBytes) this.#flushPlain(out);
    }
  }

  /** Of a field whose replacement does not depend on it only as much is held as tells it from NULL. */
  #heldMax(): number {
    const column = this.#column();
    return column.kind === 'mask' && column.mark.constant !== undefined
      ? this.#syntax.nullText.length
      : this.#limits.rowBytesMax;
  }

  #exceed(out: GrowingBytes): void {
    const column = this.#column();
    switch (column.kind) {
      case 'pass':
        out.append(this.#field.view());
        this.#mode = 'through';
        break;
      case 'mask':
        this.#counts.add(column.markKind, column.label);
        this.#write(column.mark.constant === undefined ? column.mark.oversize : column.mark.constant, out);
        this.#mode = 'drop';
        break;
      case 'scan': {
        const { scanner } = this.#plan.context.masker;
        const pieces = column.pieces === 'hex' ? 'hex' : 'text';
        this.#pieces = new PieceScan(scanner, pieces, this.#counts, column.label, this.#limits);
        this.#mode = 'pieces';
        out.append(this.#syntax.pieceQuotes);
        // Read once more, for the bytes that the field stands for.
        const tokens = this.#syntax.tokens();
        for (const byte of this.#field.view()) {
          tokens.next(byte);
          for (const plain of tokens.plain) this.#plain.appendByte(plain);
        }
        this.#flushPlain(out);
      }
    }
    this.#field.clear();
  }

  #flushPlain(out: GrowingBytes): void {
    if (this.#plain.length === 0) return;
    this.#pieces?.push(this.#plain.view(), 0, this.#plain.length, (plain) =>
      this.#syntax.escapePiece(plain, out),
    );
    this.#plain.clear();
  }

  #endField(out: GrowingBytes): void {
    if (this.#mode === 'collect') this.#endHeld(out);
    else if (this.#mode === 'pieces') {
      // What became certain with the delimiter still belongs to the field.
      for (const plain of this.#tokens.plain) this.#plain.appendByte(plain);
      this.#flushPlain(out);
      this.#pieces?.finish((plain) => this.#syntax.escapePiece(plain, out));
      this.#pieces = undefined;
      out.append(this.#syntax.pieceQuotes);
    }
    this.#mode = 'collect';
    this.#field.clear();
  }

  #endHeld(out: GrowingBytes): void {
    const column = this.#column();
    const field = this.#field.view();
    const { quoted } = this.#tokens;
    if (column.kind === 'pass' || this.#syntax.isNull(field, 0, field.length, quoted)) {
      return out.append(field);
    }
    if (column.kind === 'mask') {
      this.#counts.add(column.markKind, column.label);
      const { constant } = column.mark;
      return this.#write(constant === undefined ? column.mark.apply(this.#decoded(field)) : constant, out);
    }
    const found = column.scan.text(decodeField(this.#syntax, field, 0, field.length));
    if (found === undefined) return out.append(field);
    this.#counts.addAll(found.kinds, column.label);
    out.append(this.#syntax.encode(found.value, quoted));
  }

  #decoded(field: Buffer): Buffer {
    return Buffer.from(decodeField(this.#syntax, field, 0, field.length), 'latin1');
  }

  #write(value: Buffer | null, out: GrowingBytes): void {
    out.append(this.#syntax.encode(value === null ? null : value.toString('latin1'), this.#tokens.quoted));
  }
}
