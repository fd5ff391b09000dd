/**
 * Rows on their way to ClickHouse, as the bytes that will be sent. Full at a number of rows or of bytes, whichever
 * comes first. One batch is used again and again: as strings, rows would live just long enough to be copied by every
 * round of the garbage collector.
 */
const CAPACITY_SLACK_BYTES = 1_048_576;

export class RowBatch {
  readonly #rowsMax: number;
  readonly #bytesMax: number;
  #buffer: Buffer;
  #used = 0;
  #rows = 0;

  constructor(rowsMax: number, bytesMax: number) {
    this.#rowsMax = rowsMax;
    this.#bytesMax = bytesMax;
    this.#buffer = Buffer.allocUnsafeSlow(bytesMax + CAPACITY_SLACK_BYTES);
  }

  get rows(): number {
    return this.#rows;
  }

  get full(): boolean {
    return this.#rows >= this.#rowsMax || this.#used >= this.#bytesMax;
  }

  /** One JSON object a line. Good until the next `reset`. */
  get lines(): Uint8Array {
    return this.#buffer.subarray(0, this.#used);
  }

  push(row: string): void {
    // UTF-8 takes at most 3 bytes for a UTF-16 unit.
    const needed = this.#used + row.length * 3 + 1;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(needed + CAPACITY_SLACK_BYTES);
      this.#buffer.copy(larger, 0, 0, this.#used);
      this.#buffer = larger;
    }
    this.#used += this.#buffer.write(row, this.#used);
    this.#buffer[this.#used++] = 0x0a;
    this.#rows++;
  }

  reset(): void {
    this.#used = 0;
    this.#rows = 0;
    // A row of many megabytes is rare; its room is not kept.
    const usual = this.#bytesMax + CAPACITY_SLACK_BYTES;
    if (this.#buffer.length > usual) this.#buffer = Buffer.allocUnsafeSlow(usual);
  }
}
