/**
 * A statement's text as the record may hold it. Where a statement carries a secret, or was not understood, every
 * literal and comment is removed: what looks like more than needed is what it takes to be sure (I3).
 */
import { lexicalSpans } from './lexer.ts';
import type { Outline } from './outline.ts';

export const REDACTED_LITERAL = "'[redacted]'";

/** Runs of what a JWT is made of; one class, so that the scan is linear. */
const TOKEN_RUN = /[A-Za-z0-9_.-]+/g;
const TOKEN_LENGTH_MIN = 40;
/** How `{"` begins in base64url, as the header and the claims of a JWT do. */
const TOKEN_START = 'eyJ';

/** The text without tokens: an agent that misspells how to renew its own must not find it in the records. */
export function withoutTokens(text: string): string {
  if (!text.includes(TOKEN_START)) return text;
  return text.replace(TOKEN_RUN, (run) =>
    run.length >= TOKEN_LENGTH_MIN && run.includes(TOKEN_START) && run.split('.').length >= 3
      ? '[redacted]'
      : run,
  );
}

/** Not part of a name or of a parameter. */
const NUMBER = /(?<![\w$.])[0-9][\w.]*/g;

/** The text without its literals and comments; numbers only where they are asked for. Quoted identifiers stay. */
export function withoutLiterals(text: string, numbers: 'kept' | 'removed' = 'kept'): string {
  let result = '';
  let from = 0;
  const between = (part: string): string =>
    numbers === 'removed' ? part.replace(NUMBER, '[redacted]') : part;
  for (const span of lexicalSpans(text)) {
    result += between(text.slice(from, span.start));
    if (span.kind === 'quoted_identifier') result += text.slice(span.start, span.end);
    else result += span.kind === 'string' ? REDACTED_LITERAL : '/* [redacted] */';
    from = span.end;
  }
  return withoutTokens(result + between(text.slice(from)));
}

/** What the record holds of a statement that was outlined. */
export function recordTextOf(outline: Outline, text: string): string {
  for (let part: Outline | undefined = outline; part !== undefined; part = part.inner) {
    if (part.recordAs !== undefined) return part.recordAs;
    if (part.secret) return withoutLiterals(text);
  }
  return withoutTokens(text);
}
