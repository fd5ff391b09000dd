/**
 * The text forms of values that hold values: arrays, composites, ranges. A reader gives the leaves with their places, so
 * that a changed leaf is written back and everything else stays as it came.
 * What it does not take for well formed is refused as a whole. Linear in the text, without recursion.
 * Specification: arrayfuncs.c array_out, rowtypes.c record_out, rangetypes.c range_deparse, multirangetypes.c.
 */
import type { ByteString } from '../../../masking/byte-string.ts';

export interface Leaf {
  /** Where it stands in the literal, quotes included. */
  readonly start: number;
  readonly end: number;
  /** As its own type writes it; null is NULL. */
  readonly text: ByteString | null;
}

/** MAXDIM of PostgreSQL. */
const ARRAY_DEPTH_MAX = 6;

/** The elements of an array in order, whatever its dimensions. */
export function arrayLeaves(text: ByteString, delimiter: ByteString): Leaf[] | undefined {
  let at = 0;
  if (text.startsWith('[')) {
    // Bounds that do not begin at 1: `[0:1]={…}`.
    const bounds = /^(?:\[-?\d{1,10}:-?\d{1,10}\]){1,6}=/.exec(text);
    if (bounds === null) return undefined;
    at = bounds[0].length;
  }
  if (text[at] !== '{') return undefined;
  const leaves: Leaf[] = [];
  let depth = 0;
  let valueMayFollow = true;
  while (at < text.length) {
    const character = text[at] as string;
    if (character === '{') {
      if (!valueMayFollow || ++depth > ARRAY_DEPTH_MAX) return undefined;
      at++;
    } else if (character === '}') {
      at++;
      valueMayFollow = false;
      if (--depth === 0) return at === text.length ? leaves : undefined;
    } else if (character === delimiter) {
      if (valueMayFollow) return undefined;
      valueMayFollow = true;
      at++;
    } else {
      if (!valueMayFollow) return undefined;
      const leaf = character === '"' ? quotedLeaf(text, at) : bareElement(text, at, delimiter);
      if (leaf === undefined) return undefined;
      leaves.push(leaf);
      valueMayFollow = false;
      at = leaf.end;
    }
  }
  return undefined;
}

function bareElement(text: ByteString, start: number, delimiter: ByteString): Leaf | undefined {
  let end = start;
  for (; end < text.length; end++) {
    const character = text[end];
    if (character === delimiter || character === '}') break;
    if (character === '{' || character === '"' || character === '\\') return undefined;
  }
  const value = text.slice(start, end);
  return { start, end, text: value === 'NULL' ? null : value };
}

/** The fields of a composite: `(a,"b c",)`. */
export function recordLeaves(text: ByteString): Leaf[] | undefined {
  if (text[0] !== '(' || text.at(-1) !== ')' || text.length < 2) return undefined;
  const leaves: Leaf[] = [];
  const end = text.length - 1;
  let at = 1;
  for (;;) {
    const leaf = fieldLeaf(text, at, ',', end);
    if (leaf === undefined) return undefined;
    leaves.push(leaf);
    at = leaf.end;
    if (at === end) return leaves;
    if (text[at] !== ',') return undefined;
    at++;
  }
}

/** The bounds that a range has: none where it is `empty`. */
export function rangeLeaves(text: ByteString): Leaf[] | undefined {
  if (text === 'empty') return [];
  const range = rangeAt(text, 0);
  return range?.end === text.length ? range.leaves : undefined;
}

/** The bounds of all ranges of a multirange: `{[1,2),[5,6)}`. */
export function multirangeLeaves(text: ByteString): Leaf[] | undefined {
  if (text === '{}') return [];
  if (text[0] !== '{') return undefined;
  const leaves: Leaf[] = [];
  for (let at = 1; ; at++) {
    const range = rangeAt(text, at);
    if (range === undefined) return undefined;
    for (const leaf of range.leaves) leaves.push(leaf);
    at = range.end;
    if (text[at] === '}') return at === text.length - 1 ? leaves : undefined;
    if (text[at] !== ',') return undefined;
  }
}

function rangeAt(text: ByteString, start: number): { leaves: Leaf[]; end: number } | undefined {
  if (text[start] !== '[' && text[start] !== '(') return undefined;
  const lower = fieldLeaf(text, start + 1, ',', text.length);
  if (lower === undefined || text[lower.end] !== ',') return undefined;
  const upper = fieldLeaf(text, lower.end + 1, ')]', text.length);
  const close = upper === undefined ? undefined : text[upper.end];
  if (upper === undefined || (close !== ')' && close !== ']')) return undefined;
  return { leaves: [lower, upper].filter((leaf) => leaf.text !== null), end: upper.end + 1 };
}

/** A field that ends before one of `stops`, or at `end`; nothing at all is NULL. */
function fieldLeaf(text: ByteString, start: number, stops: string, end: number): Leaf | undefined {
  if (text[start] === '"' && start < end) {
    const leaf = quotedLeaf(text, start);
    return leaf === undefined || leaf.end > end ? undefined : leaf;
  }
  let at = start;
  for (; at < end; at++) {
    const character = text[at] as string;
    if (stops.includes(character)) break;
    if ('"\\,()'.includes(character)) return undefined;
  }
  return { start, end: at, text: at === start ? null : text.slice(start, at) };
}

/** A backslash takes the next character as it is; two quotes are one (in composites and ranges). */
function quotedLeaf(text: ByteString, start: number): Leaf | undefined {
  let value = '';
  let from = start + 1;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === '\\') {
      value += text.slice(from, at);
      from = at + 1;
      at++;
    } else if (character === '"') {
      value += text.slice(from, at);
      if (text[at + 1] !== '"') return { start, end: at + 1, text: value };
      from = at + 1;
      at++;
    }
  }
  return undefined;
}

export type QuoteLeaf = (text: ByteString | null) => ByteString;

/** An element as array_out would write it, but quoted wherever that does no harm. */
export const quoteElement: QuoteLeaf = (text) => {
  if (text === null) return 'NULL';
  return /^[\w.+-]+$/.test(text) && !/^null$/i.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
};

/** A field of a composite, as record_out would write it. */
export const quoteField: QuoteLeaf = (text) => {
  if (text === null) return '';
  return /^[\w.+-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '$&$&')}"`;
};

/** The literal with some leaves replaced, by their index. */
export function withLeaves(
  text: ByteString,
  leaves: readonly Leaf[],
  changes: ReadonlyMap<number, ByteString | null>,
  quote: QuoteLeaf,
): ByteString {
  const parts: ByteString[] = [];
  let from = 0;
  for (const [index, leaf] of leaves.entries()) {
    const change = changes.get(index);
    if (change === undefined) continue;
    parts.push(text.slice(from, leaf.start), quote(change));
    from = leaf.end;
  }
  parts.push(text.slice(from));
  return parts.join('');
}
