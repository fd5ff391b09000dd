/**
 * Rewrites a block of whole CopyData messages in text or CSV, each of which is one record, as servers send them. Marked
 * columns first; then detectors look at what that left, the whole block at once where that is certain.
 * It stops in front of a message that is not exactly one record of the plan; `CopyLineStream` takes that one.
 */
import type { ByteString } from '../../../masking/byte-string.ts';
import { type CopySyntax, type RecordFields, recordFields } from './copy-fields.ts';
import type { MaskCounts } from './mask-counts.ts';
import type { ColumnPlan, MaskPlan } from './mask-plan.ts';
import type { RewrittenBlock } from './tuple-rewrite.ts';
import { WireEdit } from './wire-edit.ts';

const HEADER_BYTES = 5;

export class CopyLineRewrite {
  readonly #plan: MaskPlan;
  readonly #syntax: CopySyntax;
  readonly #counts: MaskCounts;
  readonly #fields: RecordFields;
  readonly #scans: boolean;
  readonly #hasRendered: boolean;

  constructor(plan: MaskPlan, syntax: CopySyntax, counts: MaskCounts) {
    this.#plan = plan;
    this.#syntax = syntax;
    this.#counts = counts;
    this.#fields = recordFields(Math.max(plan.columns.length, 1));
    this.#scans = plan.columns.some(({ kind }) => kind === 'scan');
    this.#hasRendered = plan.columns.some(
      (column) => column.kind === 'scan' && column.visibility === 'rendered',
    );
  }

  /** Messages from `start` to `end`, all whole, the first of them at a record's start. */
  rewrite(block: Buffer, start: number, end: number): RewrittenBlock {
    const marked = this.#mark(block, start, end);
    if (!this.#scans || marked.stop === start) return marked;
    return { bytes: this.#scan(marked.bytes), stop: marked.stop };
  }

  #mark(block: Buffer, start: number, end: number): RewrittenBlock {
    const edit = new WireEdit(block, start, end - start);
    const fields = this.#fields;
    // A table without columns has records without fields, which read as one that is empty.
    const columns = Math.max(this.#plan.columns.length, 1);
    let stop = start;
    while (stop < end) {
      const messageEnd = stop + 1 + block.readUInt32BE(stop + 1);
      const recordEnd = this.#syntax.record(block, stop + HEADER_BYTES, messageEnd, fields);
      if (recordEnd !== messageEnd || fields.count !== columns) break;
      edit.begin(stop);
      this.#markRecord(edit, block);
      edit.end();
      stop = messageEnd;
    }
    return { bytes: edit.finish(stop), stop };
  }

  #markRecord(edit: WireEdit, block: Buffer): void {
    const { starts, ends, quoted } = this.#fields;
    const { columns } = this.#plan;
    const syntax = this.#syntax;
    for (let index = 0; index < columns.length; index++) {
      const column = columns[index] as ColumnPlan;
      if (column.kind !== 'mask') continue;
      const [start, end, inQuotes] = [starts[index] as number, ends[index] as number, quoted[index] === 1];
      if (syntax.isNull(block, start, end, inQuotes)) continue;
      const { constant } = column.mark;
      const value =
        constant === undefined
          ? column.mark.apply(Buffer.from(syntax.decode(block, start, end), 'latin1'))
          : constant;
      edit.replace(start, end, syntax.encode(value === null ? null : value.toString('latin1'), inQuotes));
      this.#counts.add(column.markKind, column.label);
    }
  }

  #scan(block: Buffer): Buffer {
    const { scanner } = this.#plan.context.masker;
    const mayContain = scanner.mayContain(this.#plainBlock(block));
    if (!mayContain && !this.#hasRendered) return block;
    const edit = new WireEdit(block, 0, block.length);
    for (let at = 0; at < block.length;) {
      const messageEnd = at + 1 + block.readUInt32BE(at + 1);
      const start = at + HEADER_BYTES;
      const raw = mayContain && scanner.mayContain(this.#syntax.decode(block, start, messageEnd));
      if (raw || this.#hasRendered) {
        this.#syntax.record(block, start, messageEnd, this.#fields);
        edit.begin(at);
        this.#scanRecord(edit, block, raw);
        edit.end();
      }
      at = messageEnd;
    }
    return edit.finish(block.length);
  }

  #scanRecord(edit: WireEdit, block: Buffer, raw: boolean): void {
    const { starts, ends, quoted } = this.#fields;
    const { columns } = this.#plan;
    const syntax = this.#syntax;
    for (let index = 0; index < columns.length; index++) {
      const column = columns[index] as ColumnPlan;
      if (column.kind !== 'scan' || (!raw && column.visibility !== 'rendered')) continue;
      const [start, end, inQuotes] = [starts[index] as number, ends[index] as number, quoted[index] === 1];
      if (syntax.isNull(block, start, end, inQuotes)) continue;
      const found = column.scan.text(syntax.decode(block, start, end));
      if (found === undefined) continue;
      edit.replace(start, end, syntax.encode(found.value, inQuotes));
      this.#counts.addAll(found.kinds, column.label);
    }
  }

  /** The block as its values are, so that none of them is hidden by escapes. */
  #plainBlock(block: Buffer): ByteString {
    if (!block.includes(this.#syntax.special)) return block.toString('latin1');
    const records: ByteString[] = [];
    for (let at = 0; at < block.length;) {
      const messageEnd = at + 1 + block.readUInt32BE(at + 1);
      records.push(this.#syntax.decode(block, at + HEADER_BYTES, messageEnd));
      at = messageEnd;
    }
    return records.join('');
  }
}
