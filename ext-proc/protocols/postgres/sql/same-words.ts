/**
 * Whether a text that stands for a statement, with values replaced in it, still says all that the statement does. Detectors
 * look at bytes, not at SQL: the armour of a key that is opened in one literal and closed in another takes all the words
 * between them with it. Pure, and linear in both texts.
 */
import { lexicalSpans, type Span } from './lexer.ts';

/** What stands for a value among the words, where no literal does. */
const STAND_IN = /\[(?:masked(?::[a-z][a-z0-9_]{0,31}(?:#[a-z2-7]{10,16})?)?|redacted)\]/g;
/** A number or one name, with the names that it is qualified by: what a stand-in among the words may stand for. */
const ONE_WORD = /[\w$.\u0080-\uffff]+/y;

/**
 * True where the two differ within literals, comments and quoted names alone, and in single numbers and names that
 * `[masked:…]` or `[redacted]` stands for. A text that is made up of anything else says nothing of the statement.
 */
export function hasSameWords(statement: string, shown: string): boolean {
  const spans = lexicalSpans(statement);
  const shownSpans = lexicalSpans(shown);
  if (spans.length !== shownSpans.length) return false;
  let from = 0;
  let shownFrom = 0;
  for (const [index, span] of spans.entries()) {
    const shownSpan = shownSpans[index] as Span;
    if (span.kind !== shownSpan.kind) return false;
    const between = statement.slice(from, span.start);
    if (!sameBetween(between, shown.slice(shownFrom, shownSpan.start))) return false;
    from = span.end;
    shownFrom = shownSpan.end;
  }
  return sameBetween(statement.slice(from), shown.slice(shownFrom));
}

function sameBetween(words: string, shown: string): boolean {
  if (words === shown) return true;
  let at = 0;
  let shownAt = 0;
  for (const { 0: standIn, index } of shown.matchAll(STAND_IN)) {
    const kept = shown.slice(shownAt, index);
    if (!words.startsWith(kept, at)) return false;
    ONE_WORD.lastIndex = at + kept.length;
    if (!ONE_WORD.test(words)) return false;
    at = ONE_WORD.lastIndex;
    shownAt = index + standIn.length;
  }
  return words.slice(at) === shown.slice(shownAt);
}
