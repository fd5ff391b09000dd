/**
 * PostgreSQL's lexical structure (documentation section 4.1), as much as it takes to find literals and comments in
 * a text that may not parse. An unfinished literal reaches to the end of the text.
 */
export type SpanKind = 'string' | 'comment' | 'quoted_identifier';

export interface Span {
  readonly kind: SpanKind;
  readonly start: number;
  readonly end: number;
}

const isWord = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) ||
  (code >= 0x41 && code <= 0x5a) ||
  (code >= 0x61 && code <= 0x7a) ||
  code === 0x5f ||
  code >= 0x80;

/** Literals, comments and quoted identifiers in order, as UTF-16 offsets. Linear in the text. */
export function lexicalSpans(text: string): Span[] {
  const spans: Span[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text[at] as string;
    if (character === "'") {
      const start = literalStart(text, at);
      const escapes = /^[eE]$/.test(text.slice(start, at));
      const end = quotedEnd(text, at, "'", escapes);
      spans.push({ kind: 'string', start, end });
      at = end;
    } else if (character === '"') {
      const end = quotedEnd(text, at, '"', false);
      spans.push({ kind: 'quoted_identifier', start: at, end });
      at = end;
    } else if (character === '$' && !(at > 0 && (isWord(text.charCodeAt(at - 1)) || text[at - 1] === '$'))) {
      const tag = /^\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/.exec(
        text.slice(at, at + 130),
      )?.[0];
      if (tag === undefined) {
        at++;
        continue;
      }
      const close = text.indexOf(tag, at + tag.length);
      const end = close < 0 ? text.length : close + tag.length;
      spans.push({ kind: 'string', start: at, end });
      at = end;
    } else if (character === '-' && text[at + 1] === '-') {
      const newline = text.slice(at).search(/[\r\n]/);
      const end = newline < 0 ? text.length : at + newline;
      spans.push({ kind: 'comment', start: at, end });
      at = end;
    } else if (character === '/' && text[at + 1] === '*') {
      const end = blockCommentEnd(text, at);
      spans.push({ kind: 'comment', start: at, end });
      at = end;
    } else {
      at++;
    }
  }
  return spans;
}

/** Where a literal's prefix begins: E, B, X, N or U&. */
function literalStart(text: string, quote: number): number {
  const before = text.slice(Math.max(0, quote - 2), quote);
  const prefix = /(?:[uU]&|[eEbBxXnN])$/.exec(before)?.[0] ?? '';
  const start = quote - prefix.length;
  return prefix !== '' && start > 0 && isWord(text.charCodeAt(start - 1)) ? quote : start;
}

function quotedEnd(text: string, start: number, quote: string, escapes: boolean): number {
  let at = start + 1;
  while (at < text.length) {
    if (escapes && text[at] === '\\') at += 2;
    else if (text[at] !== quote) at++;
    else if (text[at + 1] === quote) at += 2;
    else return at + 1;
  }
  return text.length;
}

/** Block comments nest. */
function blockCommentEnd(text: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < text.length) {
    if (text[at] === '/' && text[at + 1] === '*') {
      depth++;
      at += 2;
    } else if (text[at] === '*' && text[at + 1] === '/') {
      depth--;
      at += 2;
      if (depth === 0) return at;
    } else {
      at++;
    }
  }
  return text.length;
}
