/**
 * Operators' own patterns: read, vetted and compiled when the configuration is loaded, never during a scan. The syntax
 * is the part of regular expressions that a linear-time automaton can run (pattern/), so no pattern can blow up on any
 * text, and there is nothing to guess. See docs/masking.md for how to write one.
 */
import { type ByteString, byteStringOfText } from './byte-string.ts';
import { BUILT_IN_KINDS } from './finding.ts';
import { automatonOf } from './pattern/pattern-automaton.ts';
import { parsePattern, PatternProblem } from './pattern/pattern-syntax.ts';
import { STYLE_NAMES, type StyleName } from './styles/style.ts';

/** As it stands in the configuration. */
export interface OperatorPatternSource {
  /** `[a-z][a-z0-9_]{0,31}`; becomes the kind. */
  readonly name: string;
  readonly pattern: string;
  /** Words of which one must stand in the value before the pattern is tried. Compared without case. */
  readonly keywords: readonly string[];
  readonly ignoreCase?: boolean;
  readonly style?: StyleName;
}

/** A vetted pattern. */
export interface OperatorPattern {
  readonly name: string;
  /** As bytes, in lower case. */
  readonly keywords: readonly ByteString[];
  readonly style: StyleName | undefined;
  /** Calls `onMatch` for each match, the leftmost and longest first; matches do not overlap. Linear in the text. */
  readonly find: (text: ByteString, onMatch: (start: number, end: number) => void) => void;
}

export type CompiledPattern =
  | { readonly ok: true; readonly pattern: OperatorPattern }
  /** `problem` is a sentence for the operator that names the pattern and the place in it. */
  | { readonly ok: false; readonly problem: string };

const NAME = /^[a-z][a-z0-9_]{0,31}$/;
const KEYWORDS_MAX = 20;
const KEYWORD_CHARACTERS_MIN = 2;
const KEYWORD_CHARACTERS_MAX = 64;

/** Never throws. */
export function compileOperatorPattern(source: OperatorPatternSource): CompiledPattern {
  const { name, pattern, keywords, ignoreCase = false, style } = source;
  const refuse = (what: string): CompiledPattern => ({
    ok: false,
    problem: `The masking pattern ${JSON.stringify(name)} ${what}.`,
  });
  if (!NAME.test(name))
    return refuse('needs a name of small letters, digits and _, at most 32, a letter first');
  if ((BUILT_IN_KINDS as readonly string[]).includes(name)) return refuse('has the name of a built-in kind');
  if (style !== undefined && !STYLE_NAMES.includes(style)) return refuse(`has an unknown style`);
  const unfit = keywords.find(
    (each) => each.length < KEYWORD_CHARACTERS_MIN || each.length > KEYWORD_CHARACTERS_MAX,
  );
  if (keywords.length === 0 || keywords.length > KEYWORDS_MAX || unfit !== undefined) {
    return refuse(
      `needs one to ${KEYWORDS_MAX} keywords of ${KEYWORD_CHARACTERS_MIN} to ${KEYWORD_CHARACTERS_MAX} characters; ` +
        'a keyword may be a part of the pattern or a word that stands near',
    );
  }
  try {
    const { first, longestFrom } = automatonOf(parsePattern(pattern, ignoreCase));
    const find: OperatorPattern['find'] = (text, onMatch) => {
      for (let at = 0; at < text.length; at++) {
        if (first[text.charCodeAt(at) & 0xff] !== 1) continue;
        const end = longestFrom(text, at);
        if (end < 0) continue;
        onMatch(at, end);
        at = end - 1;
      }
    };
    const bytes = keywords.map((each) => byteStringOfText(each.toLowerCase()));
    return { ok: true, pattern: { name, keywords: bytes, style, find } };
  } catch (error) {
    if (error instanceof PatternProblem) return refuse(error.message);
    throw error;
  }
}
