/** A pattern that finds one text and nothing else: a secret that the gate knows to the letter. */
import { byteStringOfText } from './byte-string.ts';
import type { OperatorPattern } from './operator-pattern.ts';

/** A shorter one would be found in words of others. */
export const LITERAL_CHARACTERS_MIN = 12;
const KEYWORD_CHARACTERS_MAX = 32;

/** Undefined for a text that is too short to be looked for. It is always replaced in full. */
export function literalPattern(name: string, text: string): OperatorPattern | undefined {
  if (text.length < LITERAL_CHARACTERS_MIN) return undefined;
  const bytes = byteStringOfText(text);
  return {
    name,
    keywords: [bytes.slice(0, KEYWORD_CHARACTERS_MAX).toLowerCase()],
    style: 'full',
    find(value, onMatch) {
      for (let at = value.indexOf(bytes); at >= 0; at = value.indexOf(bytes, at + bytes.length))
        onMatch(at, at + bytes.length);
    },
  };
}
