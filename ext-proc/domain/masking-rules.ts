/** What configuration says must be masked. */

/** How a value is replaced; the words of `masking/styles`. */
export type MaskStyle = 'full' | 'partial' | 'hash' | 'null' | 'typed';

/** Columns that are marked. Each part is a name, or a pattern in which `*` stands for any characters. */
export interface ColumnMarkRule {
  /** The upstream's name; undefined is every upstream. */
  readonly upstream: string | undefined;
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  /** What the values are: named by masks and by policy (`tag:NAME`). */
  readonly tag: string;
  readonly style: MaskStyle;
}
