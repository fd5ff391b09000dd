/**
 * Splits text that an agent wrote into parts that a reviewer can trust to see. What is `plain` is what it looks like; the
 * rest says what it is. Nothing is changed or left out: the parts put together are the text. Pure, in linear time, and
 * needs nothing of Node, so that a page can use it as it is.
 *
 * After UAX #9 (bidirectional controls), UTS #39 (mixed scripts, confusables), UAX #44 (properties of characters) and
 * ECMA-48 (control sequences: what introduces one is pointed out, and its parameters stay text to be read, since a payload
 * may mean them as such). What it cannot tell: characters of ASCII that look alike in a font (`l` and `1`), and a mask
 * token that the agent wrote itself, which is why `masked` says that something else may be sent.
 */
import { codePointName, codePointNumber } from './code-point-names.ts';
import { looksLike } from './look-alikes.ts';

export { codePointNumber } from './code-point-names.ts';

/**
 * - `masked`: a token or stars that stand for a value, as the gate's masking writes them (`masking/styles`).
 * - `bidi`: changes the order in which the characters around it are shown.
 * - `invisible`: shows as nothing or as a space, or has no agreed look (unassigned, private use).
 * - `control`: a control character, such as begins a terminal's control sequence, or a carriage return that ends no line.
 * - `confusable`: passes for another character, or begins what passes for the spelling of one (`<U+202E>`).
 * - `combining`: marks piled upon a character, or laid over it.
 */
export type SegmentKind = 'plain' | 'masked' | 'bidi' | 'invisible' | 'control' | 'confusable' | 'combining';

export interface TextSegment {
  readonly kind: SegmentKind;
  readonly text: string;
  /** What it is, in characters of ASCII: `U+202E RIGHT-TO-LEFT OVERRIDE`; empty where it is plain. */
  readonly label: string;
}

export interface VisibleTextOptions {
  /** Line feeds and tabs are pointed out too: in a name or a reason they would look like the page's own lines. */
  readonly oneLine?: boolean;
}

/** The parts, in order; none for an empty text. */
export function visibleText(text: string, { oneLine = false }: VisibleTextOptions = {}): TextSegment[] {
  const marks = new Marks(text.length);
  markTokens(text, marks);
  markSpellings(text, marks);
  if (oneLine ? NOT_PRINTABLE_LINE.test(text) : NOT_PRINTABLE.test(text)) {
    markCharacters(text, marks, oneLine);
    markWords(text, marks);
    markPiles(text, marks);
  }
  return segmentsOf(text, marks);
}

/** Whether everything in it is what it looks like. */
export const isPlainText = (text: string, options?: VisibleTextOptions): boolean =>
  visibleText(text, options).every(({ kind }) => kind === 'plain');

/** The text with what deceives spelled out as `<U+202E>`; what is masked stays as it is. No two texts give the same. */
export const spelledOut = (segments: readonly TextSegment[]): string =>
  segments
    .map(({ kind, text }) =>
      kind === 'plain' || kind === 'masked' ? text : [...text].map(spelledCharacter).join(''),
    )
    .join('');

/** `<U+202E>`. */
export const spelledCharacter = (character: string): string => `<${codePointNumber(character)}>`;

/** What there is beside plain text, each kind once. */
export const kindsIn = (segments: readonly TextSegment[]): readonly SegmentKind[] => [
  ...new Set(segments.flatMap(({ kind }) => (kind === 'plain' ? [] : [kind]))),
];

// --- what is where ------------------------------------------------------------------------------------------------

const KINDS: readonly SegmentKind[] = [
  'plain',
  'masked',
  'bidi',
  'invisible',
  'control',
  'confusable',
  'combining',
];

/** For each code unit its kind. Tokens are one part each, however they adjoin. */
class Marks {
  readonly #kinds: Uint8Array;
  readonly #starts = new Set<number>();

  constructor(length: number) {
    this.#kinds = new Uint8Array(length);
  }

  kindAt(at: number): SegmentKind {
    return KINDS[this.#kinds[at] ?? 0] ?? 'plain';
  }

  set(start: number, end: number, kind: SegmentKind): void {
    this.#kinds.fill(KINDS.indexOf(kind), start, end);
  }

  setWhole(start: number, end: number, kind: SegmentKind): void {
    this.set(start, end, kind);
    this.#starts.add(start).add(end);
  }

  startsAt(at: number): boolean {
    return this.#starts.has(at);
  }
}

/** Of a part's label: as many characters of it are named. */
const NAMED_MAX = 3;

function segmentsOf(text: string, marks: Marks): TextSegment[] {
  const segments: TextSegment[] = [];
  let start = 0;
  for (let at = 1; at <= text.length; at++) {
    const kind = marks.kindAt(start);
    if (at < text.length && marks.kindAt(at) === kind && !marks.startsAt(at)) continue;
    const part = text.slice(start, at);
    segments.push({ kind, text: part, label: labelOf(kind, part) });
    start = at;
  }
  return segments;
}

function labelOf(kind: SegmentKind, part: string): string {
  if (kind === 'plain') return '';
  if (kind === 'masked') return 'masked: what is sent may be another value';
  if (kind === 'combining') return `${codePointNumber(part)} and ${[...part].length - 1} more, piled marks`;
  const named: string[] = [];
  const seen = new Set<string>();
  for (const character of part) {
    if (seen.has(character)) continue;
    seen.add(character);
    if (named.length < NAMED_MAX) named.push(nameOf(kind, character));
  }
  const more = seen.size - named.length;
  return `${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

function nameOf(kind: SegmentKind, character: string): string {
  if (kind !== 'confusable') return codePointName(character, otherName(character));
  if (character === '<') return `${codePointName(character)}, of a spelled-out character that is none`;
  const like = looksLike(character);
  const script = scriptOf(character);
  const name = codePointName(character, script === undefined || script === 'other' ? '' : script);
  if (like !== undefined) return `${name}, looks like ${like}`;
  return DIGIT.test(character) ? `${name}, a digit` : `${name}, a letter of another script`;
}

const otherName = (character: string): string =>
  PRIVATE.test(character) ? 'private use' : UNASSIGNED.test(character) ? 'unassigned' : '';

// --- single characters --------------------------------------------------------------------------------------------

const NOT_PRINTABLE = /[^\x20-\x7e\n\t]/;
const NOT_PRINTABLE_LINE = /[^\x20-\x7e]/;
const SUSPECT = /[^\x20-\x7e]/gu;
const BIDI = /^\p{Bidi_Control}$/u;
const CONTROL = /^\p{Cc}$/u;
/**
 * Blanks, what is ignored when it is shown, formats, separators, lone surrogates, private use and unassigned; a blank
 * pattern of Braille, and a placeholder for an object.
 */
const INVISIBLE =
  /^[\p{Default_Ignorable_Code_Point}\p{Zs}\p{Zl}\p{Zp}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u2800\uFFFC]$/u;
const PRIVATE = /^\p{Co}$/u;
const UNASSIGNED = /^\p{Cn}$/u;
const DIGIT = /^\p{Nd}$/u;
const WORD_CHARACTER = /^[\p{L}\p{M}\p{Nl}]$/u;
const LATIN = /^\p{Script=Latin}$/u;
/** One character, as three dots are: it hides nothing. */
const ELLIPSIS = '\u2026';

function markCharacters(text: string, marks: Marks, oneLine: boolean): void {
  for (const { 0: character, index } of text.matchAll(SUSPECT)) {
    const kind = kindOf(character, text[index + 1], oneLine);
    if (kind !== 'plain') marks.set(index, index + character.length, kind);
  }
}

function kindOf(character: string, next: string | undefined, oneLine: boolean): SegmentKind {
  if (CONTROL.test(character)) {
    if (oneLine) return 'control';
    const isOfText = character === '\n' || character === '\t' || (character === '\r' && next === '\n');
    return isOfText ? 'plain' : 'control';
  }
  if (BIDI.test(character)) return 'bidi';
  if (INVISIBLE.test(character)) return 'invisible';
  if (DIGIT.test(character)) return 'confusable';
  // Letters of other scripts depend on the word that they stand in.
  if (WORD_CHARACTER.test(character) && !LATIN.test(character) && isOwnCharacter(character)) return 'plain';
  return looksLike(character) !== undefined && character !== ELLIPSIS ? 'confusable' : 'plain';
}

/** Not a variant of another character, as mathematical and full-width letters are. */
const isOwnCharacter = (character: string): boolean => !/^[\x21-\x7e]+$/.test(character.normalize('NFKC'));

// --- words --------------------------------------------------------------------------------------------------------

const WORD = /[\p{L}\p{M}\p{N}_]+/gu;
const LETTER = /^[\p{L}\p{M}]$/u;
const SHARED_BY_SCRIPTS = /^[\p{Script=Common}\p{Script=Inherited}]$/u;

/** Scripts that one word may mix with Latin, and with each other (UTS #39, Highly Restrictive), as one. */
const EAST_ASIAN =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]$/u;
const SCRIPTS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['LATIN', LATIN],
  ['CYRILLIC', /^\p{Script=Cyrillic}$/u],
  ['GREEK', /^\p{Script=Greek}$/u],
  ['EAST ASIAN', EAST_ASIAN],
  ['ARABIC', /^\p{Script=Arabic}$/u],
  ['HEBREW', /^\p{Script=Hebrew}$/u],
  ['ARMENIAN', /^\p{Script=Armenian}$/u],
  ['GEORGIAN', /^\p{Script=Georgian}$/u],
  ['CHEROKEE', /^\p{Script=Cherokee}$/u],
  ['COPTIC', /^\p{Script=Coptic}$/u],
  ['LISU', /^\p{Script=Lisu}$/u],
  ['DEVANAGARI', /^\p{Script=Devanagari}$/u],
  ['THAI', /^\p{Script=Thai}$/u],
];

/** Undefined for what several scripts share. */
function scriptOf(character: string): string | undefined {
  if (SHARED_BY_SCRIPTS.test(character)) return undefined;
  return SCRIPTS.find(([, pattern]) => pattern.test(character))?.[0] ?? 'other';
}

/** In a word of several scripts the letters that are not Latin, and in a word that passes for a Latin one all of them. */
function markWords(text: string, marks: Marks): void {
  for (const { 0: word, index } of text.matchAll(WORD)) {
    if (!NOT_PRINTABLE.test(word)) continue;
    const scripts = new Set<string>();
    let passes = true;
    for (const character of word) {
      if (!LETTER.test(character)) continue;
      const script = scriptOf(character);
      if (script !== undefined) scripts.add(script);
      if (script !== 'LATIN' && looksLike(character) === undefined) passes = false;
    }
    const isMixed = scripts.size > 1;
    const mayMix = isMixed && [...scripts].every((script) => script === 'LATIN' || script === 'EAST ASIAN');
    if (!passes && !isMixed) continue;
    let at = index;
    for (const character of word) {
      const isSuspect =
        character > '\u007f' &&
        LETTER.test(character) &&
        marks.kindAt(at) === 'plain' &&
        !LATIN.test(character) &&
        (mayMix ? looksLike(character) !== undefined : scriptOf(character) !== undefined);
      if (isSuspect) marks.set(at, at + character.length, 'confusable');
      at += character.length;
    }
  }
}

// --- marks upon characters ----------------------------------------------------------------------------------------

/** More of them than any language needs, or one upon what is no letter, or one that is laid over or around. */
const PILE = /(?<=[^\p{L}\p{M}\p{N}]|^)\p{M}+|\p{M}{4,}|[\p{Me}\u0334-\u0338\u20D2-\u20EA]+/gu;

function markPiles(text: string, marks: Marks): void {
  for (const { 0: pile, index } of text.matchAll(PILE)) {
    // Variation selectors are marks too, and are invisible above all.
    let at = index;
    for (const mark of pile) {
      if (marks.kindAt(at) === 'plain' || marks.kindAt(at) === 'confusable')
        marks.set(at, at + mark.length, 'combining');
      at += mark.length;
    }
  }
}

// --- spelled-out characters ---------------------------------------------------------------------------------------

/** What `spelledOut` writes: standing in a text already, it would pass for the character that it names. */
const SPELLING = /<(?=U\+[0-9A-F]{4,6}>)/g;

function markSpellings(text: string, marks: Marks): void {
  for (const { index } of text.matchAll(SPELLING)) marks.set(index, index + 1, 'confusable');
}

// --- masked values ------------------------------------------------------------------------------------------------

/** `full`, `hash` and `partial` of masking/styles, as they stand in text. */
const TOKEN = new RegExp(
  [
    String.raw`\[redacted\]`,
    String.raw`\[masked(?::[a-z][a-z0-9_]{0,31}(?:#[a-z2-7]{10,16})?)?\]`,
    String.raw`(?<![A-Za-z0-9/*])(?:[A-Za-z0-9_.-]{4}|[A-Za-z])?\*{3,8}(?:@[A-Za-z0-9.-]{3,255}|-\*\*-\*\*\d\d|\d{2,4})?(?![A-Za-z0-9/*])`,
    String.raw`(?<![A-Za-z0-9])[A-Za-z]{2}\*\*[A-Za-z0-9]{4}(?![A-Za-z0-9])`,
  ].join('|'),
  'g',
);

function markTokens(text: string, marks: Marks): void {
  for (const { 0: token, index } of text.matchAll(TOKEN))
    marks.setWhole(index, index + token.length, 'masked');
}
