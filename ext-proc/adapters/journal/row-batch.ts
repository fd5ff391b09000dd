/** Rows on their way to ClickHouse: full at a number of rows or an amount of text, whichever comes first. */
export class RowBatch {
  readonly rows: string[] = [];
  readonly #rowsMax: number;
  readonly #charsMax: number;
  #chars = 0;

  constructor(rowsMax: number, charsMax: number) {
    this.#rowsMax = rowsMax;
    this.#charsMax = charsMax;
  }

  get full(): boolean {
    return this.rows.length >= this.#rowsMax || this.#chars >= this.#charsMax;
  }

  push(row: string): void {
    this.rows.push(row);
    this.#chars += row.length;
  }
}
