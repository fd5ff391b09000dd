/**
 * A statement's text as the record may hold it. Where a statement carries a secret, or was not understood, every
 * literal and comment is removed: what looks like more than needed is what it takes to be sure (I3).
 */
import { lexicalSpans } from './lexer.ts';
import type { Outline } from './outline.ts';

export const REDACTED_LITERAL = "'[redacted]'";

/** The text without its literals and comments. Quoted identifiers stay. */
export function withoutLiterals(text: string): string {
  let result = '';
  let from = 0;
  for (const span of lexicalSpans(text)) {
    if (span.kind === 'quoted_identifier') continue;
    result += text.slice(from, span.start) + (span.kind === 'string' ? REDACTED_LITERAL : '/* [redacted] */');
    from = span.end;
  }
  return result + text.slice(from);
}

/** What the record holds of a statement that was outlined. */
export function recordTextOf(outline: Outline, text: string): string {
  for (let part: Outline | undefined = outline; part !== undefined; part = part.inner) {
    if (part.recordAs !== undefined) return part.recordAs;
    if (part.secret) return withoutLiterals(text);
  }
  return text;
}
