/**
 * The syntax of operators' patterns: the part of ECMAScript's regular expressions that is regular, read into a tree.
 * Refused, each with a sentence that says what and where: look-around, back references, named groups, lazy and
 * possessive repetition, Unicode properties, and edges (`^`, `$`, `\b`) anywhere but at the pattern's own ends.
 * A pattern is over characters, the tree over bytes of UTF-8: a character outside ASCII becomes its bytes.
 */

/** 256 bits: which bytes. */
export type ByteSet = Uint8Array;

export type Node =
  | { readonly type: 'bytes'; readonly set: ByteSet }
  | { readonly type: 'sequence'; readonly parts: readonly Node[] }
  | { readonly type: 'choice'; readonly parts: readonly Node[] }
  /** `max` is Infinity for `*` and `+`. */
  | { readonly type: 'repeat'; readonly part: Node; readonly min: number; readonly max: number };

export type Edge = 'none' | 'word' | 'text';

export interface ParsedPattern {
  readonly root: Node;
  readonly before: Edge;
  readonly after: Edge;
}

/** What is wrong, as the end of a sentence; thrown inside this folder only. */
export class PatternProblem extends Error {}

const PATTERN_CHARACTERS_MAX = 1_000;
const GROUPS_DEEP_MAX = 20;
const REPEAT_MAX = 1_000;

const CLASS_ESCAPES: Readonly<Record<string, RegExp>> = {
  d: /[0-9]/,
  D: /[^0-9]/,
  w: /[A-Za-z0-9_]/,
  W: /[^A-Za-z0-9_]/,
  s: /[ \t\n\r\f\v]/,
  S: /[^ \t\n\r\f\v]/,
};

const CONTROL_ESCAPES: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, 0: 0 };

export function setOf(matches: (byte: number) => boolean): ByteSet {
  const set = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte++) if (matches(byte)) set[byte] = 1;
  return set;
}

const classSet = (escape: string): ByteSet | undefined => {
  const form = CLASS_ESCAPES[escape];
  return form === undefined ? undefined : setOf((byte) => form.test(String.fromCharCode(byte)));
};

/** Reads a pattern. Throws `PatternProblem`. */
export function parsePattern(pattern: string, ignoreCase: boolean): ParsedPattern {
  if (pattern === '') throw new PatternProblem('is empty');
  if (pattern.length > PATTERN_CHARACTERS_MAX) {
    throw new PatternProblem(`is longer than ${PATTERN_CHARACTERS_MAX} characters`);
  }
  return new Parser([...pattern], ignoreCase).parse();
}

class Parser {
  readonly #characters: readonly string[];
  readonly #ignoreCase: boolean;
  #at = 0;
  #depth = 0;

  constructor(characters: readonly string[], ignoreCase: boolean) {
    this.#characters = characters;
    this.#ignoreCase = ignoreCase;
  }

  parse(): ParsedPattern {
    const before = this.#edgeBefore();
    const root = this.#choice();
    const after = this.#edgeAfter();
    if (this.#at < this.#characters.length) this.#refuse('a closing bracket without an opening one');
    if ((before !== 'none' || after !== 'none') && root.type === 'choice') {
      this.#refuse('alternatives beside an edge; put them in a group, as in \\b(?:a|b)\\b');
    }
    return { root, before, after };
  }

  #refuse(what: string): never {
    throw new PatternProblem(`has ${what} (character ${Math.min(this.#at + 1, this.#characters.length)})`);
  }

  #peek(ahead = 0): string {
    return this.#characters[this.#at + ahead] ?? '';
  }

  #edgeBefore(): Edge {
    if (this.#peek() === '^') {
      this.#at++;
      return 'text';
    }
    if (this.#peek() === '\\' && this.#peek(1) === 'b') {
      this.#at += 2;
      return 'word';
    }
    return 'none';
  }

  #edgeAfter(): Edge {
    const left = this.#characters.length - this.#at;
    if (left === 1 && this.#peek() === '$') {
      this.#at++;
      return 'text';
    }
    if (left === 2 && this.#peek() === '\\' && this.#peek(1) === 'b') {
      this.#at += 2;
      return 'word';
    }
    return 'none';
  }

  #isEdgeAfter(): boolean {
    const left = this.#characters.length - this.#at;
    if (this.#depth > 0) return false;
    return (
      (left === 1 && this.#peek() === '$') || (left === 2 && this.#peek() === '\\' && this.#peek(1) === 'b')
    );
  }

  #choice(): Node {
    const parts = [this.#sequence()];
    while (this.#peek() === '|') {
      this.#at++;
      parts.push(this.#sequence());
    }
    return parts.length === 1 ? (parts[0] as Node) : { type: 'choice', parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    for (let next = this.#peek(); next !== '' && next !== '|' && next !== ')'; next = this.#peek()) {
      if (this.#isEdgeAfter()) break;
      parts.push(this.#repeated());
    }
    // Besides being of no use, repetitions of nothing would cost time and add no place that is counted.
    if (parts.length === 0) this.#refuse('an empty group or alternative; write ? behind what may be absent');
    return parts.length === 1 ? (parts[0] as Node) : { type: 'sequence', parts };
  }

  #repeated(): Node {
    const part = this.#atom();
    const [min, max] = this.#times() ?? [1, 1];
    if (min === 1 && max === 1) return part;
    if (this.#peek() === '?') this.#refuse('a lazy repetition; the longest match is always taken');
    if (this.#peek() === '+') this.#refuse('a possessive repetition');
    if (/[*{]/.test(this.#peek())) this.#refuse('a repetition of a repetition; put the inner one in a group');
    return { type: 'repeat', part, min, max };
  }

  /** The repetition that stands here, if any. */
  #times(): readonly [min: number, max: number] | undefined {
    const sign = this.#peek();
    if (sign === '*' || sign === '+' || sign === '?') {
      this.#at++;
      return sign === '*' ? [0, Infinity] : sign === '+' ? [1, Infinity] : [0, 1];
    }
    if (sign !== '{') return undefined;
    const close = this.#characters.indexOf('}', this.#at);
    const inside = close < 0 ? '' : this.#characters.slice(this.#at + 1, close).join('');
    const match = /^(\d{1,6})(,(\d{1,6})?)?$/.exec(inside);
    if (match === null) this.#refuse('a brace that is no repetition; write \\{ for the character');
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] === undefined ? Infinity : Number(match[3]);
    if (max < min) this.#refuse('a repetition whose bounds are out of order');
    if (min > REPEAT_MAX || (max !== Infinity && max > REPEAT_MAX)) {
      this.#refuse(`a repetition of more than ${REPEAT_MAX}`);
    }
    this.#at = close + 1;
    return [min, max];
  }

  #atom(): Node {
    const character = this.#peek();
    switch (character) {
      case '(':
        return this.#group();
      case '[':
        return this.#class();
      case '.':
        this.#at++;
        return { type: 'bytes', set: setOf((byte) => byte !== 10 && byte !== 13) };
      case '\\':
        return this.#escape();
      case '^':
      case '$':
        return this.#refuse(`an edge (${character}) that is not at the pattern's own end`);
      case '*':
      case '+':
      case '?':
      case '{':
        return this.#refuse('a repetition of nothing');
      case ']':
      case '}':
        return this.#refuse(`a ${character} without its partner; write \\${character} for the character`);
      default:
        this.#at++;
        return this.#literal(character);
    }
  }

  #group(): Node {
    if (++this.#depth > GROUPS_DEEP_MAX) this.#refuse(`groups nested more than ${GROUPS_DEEP_MAX} deep`);
    this.#at++;
    if (this.#peek() === '?') {
      if (this.#peek(1) !== ':')
        this.#refuse('a group of a kind that is not supported: only (…) and (?:…) are');
      this.#at += 2;
    }
    const inside = this.#choice();
    if (this.#peek() !== ')') this.#refuse('a group that is not closed');
    this.#at++;
    this.#depth--;
    return inside;
  }

  #escape(): Node {
    const letter = this.#peek(1);
    const set = classSet(letter);
    if (set !== undefined) {
      this.#at += 2;
      return { type: 'bytes', set };
    }
    if (letter === 'b' || letter === 'B') this.#refuse(`\\${letter} that is not at the pattern's own end`);
    return this.#literal(this.#escapedCharacter());
  }

  /** The character that an escape stands for; `#at` moves behind it. */
  #escapedCharacter(): string {
    const letter = this.#peek(1);
    if (letter === '') this.#refuse('a backslash at its end');
    const control = CONTROL_ESCAPES[letter];
    if (control !== undefined) {
      this.#at += 2;
      return String.fromCharCode(control);
    }
    if (letter === 'x' || letter === 'u') {
      const digits = letter === 'x' ? 2 : 4;
      const hex = this.#characters.slice(this.#at + 2, this.#at + 2 + digits).join('');
      if (!/^[0-9a-fA-F]+$/.test(hex) || hex.length !== digits)
        this.#refuse(`an escape \\${letter} without its digits`);
      this.#at += 2 + digits;
      return String.fromCharCode(Number.parseInt(hex, 16));
    }
    if (/[A-Za-z1-9]/.test(letter)) {
      this.#refuse(
        /[1-9k]/.test(letter) ? 'a back reference' : `an escape \\${letter} that is not supported`,
      );
    }
    this.#at += 2;
    return letter;
  }

  #literal(character: string): Node {
    const codes = Buffer.from(character, 'utf8');
    if (codes.length === 1) return { type: 'bytes', set: this.#folded(setOf((byte) => byte === codes[0])) };
    return {
      type: 'sequence',
      parts: [...codes].map((code) => ({ type: 'bytes', set: setOf((byte) => byte === code) }) as const),
    };
  }

  #folded(set: ByteSet): ByteSet {
    if (!this.#ignoreCase) return set;
    for (let upper = 0x41; upper <= 0x5a; upper++) {
      const either = (set[upper] as number) | (set[upper | 0x20] as number);
      set[upper] = either;
      set[upper | 0x20] = either;
    }
    return set;
  }

  #class(): Node {
    this.#at++;
    const isNegated = this.#peek() === '^';
    if (isNegated) this.#at++;
    const set = new Uint8Array(256);
    const others: Node[] = [];
    while (this.#peek() !== ']') {
      if (this.#peek() === '') this.#refuse('a class that is not closed');
      this.#classMember(set, others);
    }
    this.#at++;
    this.#folded(set);
    if (!isNegated) {
      const ascii: Node = { type: 'bytes', set };
      return others.length === 0 ? ascii : { type: 'choice', parts: [ascii, ...others] };
    }
    if (others.length > 0) this.#refuse('a negated class with characters outside ASCII');
    return { type: 'bytes', set: setOf((byte) => set[byte] === 0) };
  }

  #classMember(set: ByteSet, others: Node[]): void {
    const escapes = this.#peek() === '\\' ? classSet(this.#peek(1)) : undefined;
    if (escapes !== undefined) {
      this.#at += 2;
      escapes.forEach((isIn, byte) => (set[byte] = (set[byte] as number) | isIn));
      return;
    }
    const low = this.#classCharacter();
    if (this.#peek() === '-' && this.#peek(1) !== ']' && this.#peek(1) !== '') {
      this.#at++;
      const high = this.#classCharacter();
      const [from, to] = [low.codePointAt(0) as number, high.codePointAt(0) as number];
      if (from > to) this.#refuse('a range whose ends are out of order');
      if (to > 0x7f) this.#refuse('a range with characters outside ASCII');
      for (let byte = from; byte <= to; byte++) set[byte] = 1;
      return;
    }
    const code = low.codePointAt(0) as number;
    if (code <= 0x7f) set[code] = 1;
    else others.push(this.#literal(low));
  }

  #classCharacter(): string {
    if (this.#peek() === '\\') {
      if (this.#peek(1) === 'b') this.#refuse('a \\b inside a class');
      return this.#escapedCharacter();
    }
    const character = this.#peek();
    this.#at++;
    return character;
  }
}
