/**
 * The words in which gatehouse.yaml (`masking.columns`) and policy (the obligations `mask` and `reveal`) speak of marked
 * columns, read and compared in one place. Pure; nothing throws, and time is linear in what is read. It knows nothing
 * of values: what a style makes of one is in masking/styles.
 */

/** The styles by which a value is replaced; `masking/styles/style.ts` says what each makes of it. */
export const MASK_STYLES = ['full', 'partial', 'hash', 'null', 'typed'] as const;

export type MaskStyle = (typeof MASK_STYLES)[number];

/** A column, or several: each part is a name as the catalogue has it, or a glob with `*` for any characters. */
export interface ColumnPattern {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
}

/**
 * A column that configuration marks. `tag` is its mark's kind: it chooses what `partial` shows, separates hashes, and
 * is what `tag:NAME` of a reveal means. The first rule that fits a column gives tag and style.
 */
export interface ColumnMarkRule extends ColumnPattern {
  /** Undefined: on every upstream. */
  readonly upstream: string | undefined;
  readonly tag: string;
  readonly style: MaskStyle;
}

/** What one entry of a `reveal` obligation means: everything marked, what has a tag, or columns. */
export type RevealPattern =
  | { readonly kind: 'all' }
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'columns'; readonly pattern: ColumnPattern };

/** A kind of what is masked: a detector's, an operator's pattern's, or the tag of a mark. */
const KIND = /^[a-z][a-z0-9_]{0,31}$/;
/** A name of PostgreSQL's has 63 bytes at most; a glob may need some more. */
const PART = /^[^.\p{Cc}]{1,128}$/u;

export const isMaskStyle = (word: unknown): word is MaskStyle =>
  (MASK_STYLES as readonly unknown[]).includes(word);

export const isMaskKind = (word: unknown): word is string => typeof word === 'string' && KIND.test(word);

/**
 * `schema.table.column`; undefined where there are not exactly three parts. A dot inside a name cannot be written, and
 * `*` stands for it.
 */
export function columnPattern(text: string): ColumnPattern | undefined {
  const parts = text.split('.', 4);
  if (parts.length !== 3 || !parts.every((part) => PART.test(part))) return undefined;
  const [schema, table, column] = parts as [string, string, string];
  return { schema, table, column };
}

/** `*`, `tag:NAME` or `schema.table.column`; undefined where it is none of these. */
export function revealPattern(text: string): RevealPattern | undefined {
  if (text === '*') return { kind: 'all' };
  if (text.startsWith('tag:')) {
    const tag = text.slice('tag:'.length);
    return isMaskKind(tag) ? { kind: 'tag', tag } : undefined;
  }
  const pattern = columnPattern(text);
  return pattern === undefined ? undefined : { kind: 'columns', pattern };
}

/**
 * Whether one part of a pattern fits all of a name, by the letter. The leftmost place for each piece between two `*` is
 * as good as any, so nothing is tried twice.
 */
export function fitsPattern(pattern: string, name: string): boolean {
  const [first, ...rest] = pattern.split('*') as [string, ...string[]];
  const last = rest.pop();
  if (last === undefined) return pattern === name;
  if (name.length < first.length + last.length) return false;
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  const end = name.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
