/**
 * Rewrites a block of whole CopyData messages in text or CSV, each of which is one record, as servers send them. Marked
 * columns first; then detectors look at what that left, the whole block at once where that is certain.
 * It stops in front of a message that is not exactly one record of the plan; `CopyLineStream` takes that one.
 */
import type { ByteString } from '../../../masking/byte-string.ts';
import type { Scanner } from '../../../masking/scanner.ts';
import { type CopySyntax, decodeField, FIELD_GAP, type RecordFields, recordFields } from './copy-fields.ts';
import type { MaskCounts } from './mask-counts.ts';
import type { ColumnPlan, MaskPlan } from './mask-plan.ts';
import type { RewrittenBlock } from './tuple-rewrite.ts';
import { WireEdit } from './wire-edit.ts';

const HEADER_BYTES = 5;
const TAB = 0x09;

/** A marked column: its replacement as a field, where it is the same for every value. */
interface MarkedColumn {
  readonly index: number;
  readonly plan: Extract<ColumnPlan, { kind: 'mask' }>;
  readonly bare: Buffer | undefined;
  readonly quoted: Buffer | undefined;
  count: number;
}

interface ScannedColumn {
  readonly index: number;
  readonly plan: Extract<ColumnPlan, { kind: 'scan' }>;
}

export class CopyLineRewrite {
  readonly #columns: number;
  readonly #scanner: Scanner;
  readonly #syntax: CopySyntax;
  readonly #counts: MaskCounts;
  readonly #fields: RecordFields;
  readonly #marked: readonly MarkedColumn[];
  readonly #scanned: readonly ScannedColumn[];
  readonly #hasRendered: boolean;
  #scratch = Buffer.alloc(0);

  constructor(plan: MaskPlan, syntax: CopySyntax, counts: MaskCounts) {
    // A table without columns has records without fields, which read as one that is empty.
    this.#columns = Math.max(plan.columns.length, 1);
    this.#scanner = plan.context.masker.scanner;
    this.#syntax = syntax;
    this.#counts = counts;
    this.#fields = recordFields(this.#columns);
    const marked: MarkedColumn[] = [];
    const scanned: ScannedColumn[] = [];
    for (const [index, column] of plan.columns.entries()) {
      if (column.kind === 'scan') scanned.push({ index, plan: column });
      if (column.kind !== 'mask') continue;
      const { constant } = column.mark;
      const field = (quoted: boolean): Buffer | undefined =>
        constant === undefined ? undefined : encoded(syntax, constant, quoted);
      marked.push({ index, plan: column, bare: field(false), quoted: field(true), count: 0 });
    }
    this.#marked = marked;
    this.#scanned = scanned;
    this.#hasRendered = scanned.some((column) => column.plan.visibility === 'rendered');
  }

  /** Messages from `start` to `end`, all whole, the first of them at a record's start. */
  rewrite(block: Buffer, start: number, end: number): RewrittenBlock {
    const marked = this.#mark(block, start, end);
    if (this.#scanned.length === 0 || marked.stop === start) return marked;
    return { bytes: this.#scan(marked.bytes), stop: marked.stop };
  }

  #mark(block: Buffer, start: number, end: number): RewrittenBlock {
    const edit = new WireEdit(block, start, end - start);
    const fields = this.#fields;
    const syntax = this.#syntax;
    let stop = start;
    while (stop < end) {
      const messageEnd = stop + 1 + block.readUInt32BE(stop + 1);
      const recordEnd = syntax.record(block, stop + HEADER_BYTES, messageEnd, fields);
      if (recordEnd !== messageEnd || fields.count !== this.#columns) break;
      if (this.#marked.length > 0) this.#markRecord(edit, block, stop);
      stop = messageEnd;
    }
    for (const column of this.#marked) {
      if (column.count > 0) this.#counts.add(column.plan.markKind, column.plan.label, column.count);
      column.count = 0;
    }
    return { bytes: edit.finish(stop), stop };
  }

  #markRecord(edit: WireEdit, block: Buffer, message: number): void {
    const { starts, ends, quoted } = this.#fields;
    const syntax = this.#syntax;
    edit.begin(message);
    for (const column of this.#marked) {
      const start = starts[column.index] as number;
      const end = ends[column.index] as number;
      const inQuotes = quoted[column.index] === 1;
      if (syntax.isNull(block, start, end, inQuotes)) continue;
      edit.replace(
        start,
        end,
        (inQuotes ? column.quoted : column.bare) ?? this.#applied(column, block, start, end, inQuotes),
      );
      column.count++;
    }
    edit.end();
  }

  #applied({ plan }: MarkedColumn, block: Buffer, start: number, end: number, inQuotes: boolean): Buffer {
    const value = Buffer.from(decodeField(this.#syntax, block, start, end), 'latin1');
    return encoded(this.#syntax, plan.mark.apply(value), inQuotes);
  }

  #scan(block: Buffer): Buffer {
    // Without an escape the values stand in the block as they are, and a tab joins no two of them.
    const asItIs = this.#syntax.delimiter === TAB && !block.includes(this.#syntax.special);
    const textOf = (start: number, end: number): ByteString =>
      asItIs ? block.toString('latin1', start, end) : this.#plain(block, start, end);
    const mayContain = this.#scanner.mayContain(textOf(0, block.length));
    if (!mayContain && !this.#hasRendered) return block;
    const edit = new WireEdit(block, 0, block.length);
    for (let at = 0; at < block.length;) {
      const messageEnd = at + 1 + block.readUInt32BE(at + 1);
      const raw = mayContain && this.#scanner.mayContain(textOf(at, messageEnd));
      if (raw || this.#hasRendered) {
        this.#syntax.record(block, at + HEADER_BYTES, messageEnd, this.#fields);
        this.#scanRecord(edit, block, at, raw);
      }
      at = messageEnd;
    }
    return edit.finish(block.length);
  }

  #scanRecord(edit: WireEdit, block: Buffer, message: number, raw: boolean): void {
    const { starts, ends, quoted } = this.#fields;
    const syntax = this.#syntax;
    edit.begin(message);
    for (const { index, plan } of this.#scanned) {
      if (!raw && plan.visibility !== 'rendered') continue;
      const start = starts[index] as number;
      const end = ends[index] as number;
      const inQuotes = quoted[index] === 1;
      if (syntax.isNull(block, start, end, inQuotes)) continue;
      const found = plan.scan.text(decodeField(syntax, block, start, end));
      if (found === undefined) continue;
      edit.replace(start, end, syntax.encode(found.value, inQuotes));
      this.#counts.addAll(found.kinds, plan.label);
    }
    edit.end();
  }

  /** Messages as their values are, so that none of them is hidden by escapes. */
  #plain(block: Buffer, start: number, end: number): ByteString {
    const room = FIELD_GAP * (end - start);
    if (this.#scratch.length < room) this.#scratch = Buffer.allocUnsafeSlow(room);
    const plain = this.#scratch;
    let length = 0;
    for (let at = start; at < end;) {
      const messageEnd = at + 1 + block.readUInt32BE(at + 1);
      length = this.#syntax.unescape(block, at + HEADER_BYTES, messageEnd, plain, length);
      at = messageEnd;
    }
    return plain.toString('latin1', 0, length);
  }
}

function encoded(syntax: CopySyntax, value: Buffer | null, quoted: boolean): Buffer {
  return syntax.encode(value === null ? null : value.toString('latin1'), quoted);
}
