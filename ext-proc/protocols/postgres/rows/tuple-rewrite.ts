/**
 * Rewrites a block of whole messages whose body is a tuple: a count of fields, then each with its length. DataRow is one,
 * and so is a record of COPY's binary format. Marked columns first; then detectors look at what that left, the whole
 * block at once where that is certain, row by row and value by value only where there may be something.
 * Specification: PostgreSQL 18, "Message Formats", DataRow; "COPY", "Binary Format".
 */
import type { MaskCounts } from './mask-counts.ts';
import type { ColumnPlan, MaskPlan } from './mask-plan.ts';
import { WireEdit } from './wire-edit.ts';

const HEADER_BYTES = 5;
const WORD = 4;
const COUNT_BYTES = 2;

export interface RewrittenBlock {
  /** Messages as they may go on; a view of the block where nothing had to be changed. */
  readonly bytes: Buffer;
  /** The end of what was taken: the message there is not one of the plan. */
  readonly stop: number;
}

export class TupleRewrite {
  readonly #type: number;
  readonly #columns: readonly ColumnPlan[];
  readonly #counts: MaskCounts;
  readonly #mayContain: (bytes: Buffer, start: number, end: number) => boolean;
  /** One behind the last column that is marked, and that is looked at. */
  readonly #marked: number;
  readonly #scanned: number;
  readonly #hasRaw: boolean;
  readonly #hasRendered: boolean;
  /** How many values of each column were replaced in the block at hand. */
  readonly #replaced: Uint32Array;

  /** `type` is the messages' type byte. */
  constructor(type: number, plan: MaskPlan, counts: MaskCounts) {
    const { scanner } = plan.context.masker;
    this.#type = type;
    this.#columns = plan.columns;
    this.#counts = counts;
    this.#replaced = new Uint32Array(plan.columns.length);
    this.#mayContain = (bytes, start, end) => scanner.mayContain(bytes.toString('latin1', start, end));
    this.#marked = plan.columns.findLastIndex(({ kind }) => kind === 'mask') + 1;
    this.#scanned = plan.columns.findLastIndex(({ kind }) => kind === 'scan') + 1;
    this.#hasRaw = plan.columns.some((column) => column.kind === 'scan' && column.visibility === 'raw');
    this.#hasRendered = plan.columns.some(
      (column) => column.kind === 'scan' && column.visibility === 'rendered',
    );
  }

  /** Messages from `start` to `end`, whole ones whose lengths are known to lie within. */
  rewrite(block: Buffer, start: number, end: number): RewrittenBlock {
    const marked = this.#mark(block, start, end);
    return this.#scanned === 0 ? marked : { bytes: this.#scan(marked.bytes), stop: marked.stop };
  }

  /** Checks the layout of every row, and replaces marked values. */
  #mark(block: Buffer, start: number, end: number): RewrittenBlock {
    const columns = this.#columns;
    const marked = this.#marked;
    const edit = new WireEdit(block, start, end - start);
    let row = start;
    while (row < end) {
      const rowEnd = row + 1 + block.readUInt32BE(row + 1);
      if (!this.#agrees(block, row, rowEnd)) break;
      edit.begin(row);
      let at = row + HEADER_BYTES + COUNT_BYTES;
      for (let index = 0; index < marked; index++) {
        const length = int32At(block, at);
        const valueEnd = at + WORD + (length < 0 ? 0 : length);
        const column = columns[index] as ColumnPlan;
        if (column.kind === 'mask' && length >= 0) {
          const { mark } = column;
          const value =
            mark.constant === undefined ? mark.apply(block.subarray(at + WORD, valueEnd)) : mark.constant;
          edit.replaceValue(at, valueEnd, value);
          this.#replaced[index] = (this.#replaced[index] as number) + 1;
        }
        at = valueEnd;
      }
      edit.end();
      row = rowEnd;
    }
    if (edit.changed) this.#countReplaced();
    return { bytes: edit.finish(row), stop: row };
  }

  #countReplaced(): void {
    for (const [index, count] of this.#replaced.entries()) {
      const column = this.#columns[index];
      if (count > 0 && column?.kind === 'mask') this.#counts.add(column.markKind, column.label, count);
    }
    this.#replaced.fill(0);
  }

  /** Whether a row has the plan's columns, and ends where they do. */
  #agrees(block: Buffer, row: number, rowEnd: number): boolean {
    if (block[row] !== this.#type || rowEnd < row + HEADER_BYTES + COUNT_BYTES) return false;
    const count = this.#columns.length;
    let at = row + HEADER_BYTES;
    if ((((block[at] as number) << 8) | (block[at + 1] as number)) !== count) return false;
    at += COUNT_BYTES;
    for (let index = 0; index < count; index++) {
      if (at + WORD > rowEnd) return false;
      const length = int32At(block, at);
      if (length < -1) return false;
      at += WORD + (length < 0 ? 0 : length);
    }
    return at === rowEnd;
  }

  /** Looks at rows whose layout is known to be right. */
  #scan(rows: Buffer): Buffer {
    const mayContain = this.#hasRaw && this.#mayContain(rows, 0, rows.length);
    if (!mayContain && !this.#hasRendered) return rows;
    const edit = new WireEdit(rows, 0, rows.length);
    for (let row = 0; row < rows.length;) {
      const rowEnd = row + 1 + rows.readUInt32BE(row + 1);
      const raw = mayContain && this.#mayContain(rows, row, rowEnd);
      if (raw || this.#hasRendered) this.#scanRow(edit, rows, row, raw);
      row = rowEnd;
    }
    return edit.finish(rows.length);
  }

  #scanRow(edit: WireEdit, rows: Buffer, row: number, raw: boolean): void {
    const columns = this.#columns;
    edit.begin(row);
    let at = row + HEADER_BYTES + COUNT_BYTES;
    for (let index = 0; index < this.#scanned; index++) {
      const length = int32At(rows, at);
      const valueEnd = at + WORD + (length < 0 ? 0 : length);
      const column = columns[index] as ColumnPlan;
      if (column.kind === 'scan' && length > 0 && (raw || column.visibility === 'rendered')) {
        const { scan, format, label } = column;
        if (format === 'text') {
          const found = scan.text(rows.toString('latin1', at + WORD, valueEnd));
          if (found !== undefined) {
            edit.replaceValue(at, valueEnd, found.value === null ? null : Buffer.from(found.value, 'latin1'));
            this.#counts.addAll(found.kinds, label);
          }
        } else {
          const found = scan.binary(rows, at + WORD, valueEnd);
          if (found !== undefined) {
            edit.replaceValue(at, valueEnd, found.value);
            this.#counts.addAll(found.kinds, label);
          }
        }
      }
      at = valueEnd;
    }
    edit.end();
  }
}

function int32At(bytes: Buffer, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}
