/**
 * Replaces what must not be seen: whole values that are marked, and inside other values what the scanner finds. Owns
 * how findings, styles and the value's shape come together; what a style makes of a value is in styles/.
 */
import type { Secret } from '../domain/secret.ts';
import { type ByteString, byteStringOfText, charactersIn, textOfByteString } from './byte-string.ts';
import { type Finding, type Kind, mostSevere } from './finding.ts';
import { isJson, jsonParts } from './json-parts.ts';
import { withoutOverlaps } from './overlaps.ts';
import type { Scanner } from './scanner.ts';
import { applyStyle, isConstantStyle, nullFor } from './styles/apply-style.ts';
import { fullToken } from './styles/full.ts';
import { keyedHash } from './styles/keyed-hash.ts';
import type { Replacement, StyleName } from './styles/style.ts';
import { type MaskTarget, TEXT_TARGET } from './value-shape.ts';

export interface MaskerOptions {
  readonly scanner: Scanner;
  /** The style of found values by kind. A kind that is not named takes its pattern's own style, or `defaultStyle`. */
  readonly styles?: Readonly<Record<Kind, StyleName>>;
  /** Default: `full`. */
  readonly defaultStyle?: StyleName;
  /** For `hash`: at least 32 random bytes. Without it `hash` is `full`. */
  readonly key?: Secret<Uint8Array>;
}

/** What a column, a field or a header is marked with. */
export interface Mark {
  /** Separates hashes, chooses what `partial` shows, and is named by the token: a kind, or the operator's own tag. */
  readonly kind: Kind;
  readonly style: StyleName;
}

/** A mark made ready for one target: where the replacement is the same for every value it is `constant`. */
export interface PreparedMark {
  readonly constant: Replacement | undefined;
  /** Null stays null and is not asked. Never throws. */
  readonly apply: (value: ByteString) => Replacement;
}

export type MaskOutcome =
  /** The scanner found nothing: the value goes on as it is. */
  | { readonly kind: 'unchanged' }
  /** `kinds`: one entry for each part that was replaced, for the counts of the record. */
  | { readonly kind: 'replaced'; readonly text: ByteString; readonly kinds: readonly Kind[] }
  | { readonly kind: 'null'; readonly kinds: readonly Kind[] }
  /** Neither a replacement nor null fits: deny. */
  | { readonly kind: 'impossible'; readonly reason: string; readonly kinds: readonly Kind[] };

/**
 * What stands around a value and is not masked with it, for the names and words that detectors read there.
 * - `named`: the value stands under a name, as a member of a JSON object does. It is read as `"name": "value"`.
 * - `text`: the value goes on where `before` ends.
 */
export type Around =
  | { readonly kind: 'named'; readonly name: ByteString }
  | { readonly kind: 'text'; readonly before: ByteString };

export interface Masker {
  readonly scanner: Scanner;
  /** For a marked value: the whole of it is replaced, whatever it holds. */
  prepareMark(mark: Mark, target: MaskTarget): PreparedMark;
  /** For what nobody marked: replaces what is found inside one value. The result holds nothing that is found again. */
  maskFound(value: ByteString, target: MaskTarget, around?: Around): MaskOutcome;
  /**
   * For a part of a longer text, which no null can stand for: replaces what is found where it stands. Undefined where
   * nothing is.
   */
  maskPart(
    part: ByteString,
    around?: Around,
  ): { readonly text: ByteString; readonly kinds: readonly Kind[] } | undefined;
  /**
   * For records, logs and error texts: an ordinary string (UTF-16) with every finding replaced by its full token,
   * whatever the styles.
   */
  maskRecordText(text: string): string;
}

/** How often a masked text is looked at again before all of it is masked. */
const ROUNDS_MAX = 3;

/** Throws nothing: options that do not fit (a key that is too short) are found by the configuration's own checks. */
export function createMasker(options: MaskerOptions): Masker {
  const { scanner, styles = {}, defaultStyle = 'full', key } = options;
  const hash = key === undefined ? undefined : keyedHash(key);
  const styleByKind = new Map<Kind, StyleName>();
  for (const { name, style } of scanner.patterns) if (style !== undefined) styleByKind.set(name, style);
  for (const [kind, style] of Object.entries(styles)) styleByKind.set(kind, style);
  const styleOf = (kind: Kind): StyleName => styleByKind.get(kind) ?? defaultStyle;

  /** What stands for one finding inside a text. */
  const partFor = (value: ByteString, finding: Finding): ByteString => {
    const { kind, start, end, alone, encodings } = finding;
    const style = styleOf(kind);
    // Of what was encoded, or joined from several findings, no part may show.
    if (style === 'partial' && (!alone || encodings.length > 0)) return fullToken(kind);
    const replacement = applyStyle(style, kind, value.slice(start, end), TEXT_TARGET, hash);
    return replacement.kind === 'text' ? replacement.text : fullToken(kind);
  };

  const outcome = (replacement: Replacement, kinds: readonly Kind[]): MaskOutcome => {
    switch (replacement.kind) {
      case 'text':
        return { kind: 'replaced', text: replacement.text, kinds };
      case 'null':
        return { kind: 'null', kinds };
      case 'impossible':
        return { kind: 'impossible', reason: replacement.reason, kinds };
    }
  };

  /** Replaces the findings of a text; undefined where the whole must be replaced. */
  const replaceParts = (
    value: ByteString,
    findings: readonly Finding[],
    isJsonText: boolean,
  ): ByteString | undefined => {
    const parts = isJsonText
      ? jsonParts(value, findings)
      : findings.map((finding) => ({ ...finding, finding, quoted: false }));
    if (parts === undefined) return undefined;
    let text = '';
    let from = 0;
    for (const { finding, start, end, quoted } of parts) {
      const part = partFor(value, finding);
      text += value.slice(from, start) + (quoted ? `"${part}"` : part);
      from = end;
    }
    return text + value.slice(from);
  };

  const maskFound = (value: ByteString, target: MaskTarget, around?: Around): MaskOutcome => {
    const found = findingsIn(scanner, value, around);
    const [first] = found;
    if (first === undefined) return { kind: 'unchanged' };
    const { shape } = target;
    const kinds = found.map(({ kind }) => kind);
    if (found.some(({ kind }) => styleOf(kind) === 'null')) return outcome(nullFor(target), kinds);
    const { kind } = mostSevere([first, ...found.slice(1)]);
    const isText = shape.type === 'text' || shape.type === 'json' || shape.type === 'bytes';
    const isWholeValue =
      first.start === 0 && first.end === value.length && first.alone && first.encodings.length === 0;
    // A number, a date or an identifier is replaced as one, and so is a text that is nothing but the finding.
    if (!isText || (isWholeValue && shape.type === 'text' && styleOf(kind) !== 'partial')) {
      return outcome(applyStyle(styleOf(kind), kind, value, target, hash), kinds);
    }
    const whole = (): MaskOutcome => outcome(applyStyle('full', kind, value, target, hash), kinds);
    const isJsonText = shape.type === 'json';
    let text = replaceParts(value, found, isJsonText);
    // What was masked may have hidden the edge of something else: look until nothing is left.
    for (let round = 0; text !== undefined && round <= ROUNDS_MAX; round++) {
      const left = findingsIn(scanner, text, around);
      if (left.length === 0) return fits(text, target) ? outcome({ kind: 'text', text }, kinds) : whole();
      text = round === ROUNDS_MAX ? undefined : replaceParts(text, left, isJsonText);
    }
    return whole();
  };

  const maskPart: Masker['maskPart'] = (part, around) => {
    const found = findingsIn(scanner, part, around);
    if (found.length === 0) return undefined;
    const kinds = found.map(({ kind }) => kind);
    let text = part;
    let left = found;
    for (let round = 0; left.length > 0; round++) {
      if (round > ROUNDS_MAX) return { text: fullToken((found[0] as Finding).kind), kinds };
      text = replaceParts(text, left, false) as ByteString;
      left = findingsIn(scanner, text, around);
    }
    return { text, kinds };
  };

  return {
    scanner,
    maskFound,
    maskPart,
    prepareMark: ({ kind, style }, target) => {
      const apply = (value: ByteString): Replacement => applyStyle(style, kind, value, target, hash);
      const constant = isConstantStyle(style, target, hash !== undefined) ? apply('') : undefined;
      return { constant, apply: constant === undefined ? apply : () => constant };
    },
    maskRecordText: (text) => {
      const bytes = byteStringOfText(text);
      return maskedRecord(scanner, bytes, text);
    },
  };
}

/** What is found in a value: under a name, what is found in it alone as well. */
function findingsIn(scanner: Scanner, value: ByteString, around: Around | undefined): readonly Finding[] {
  if (around === undefined) return scanner.scan(value);
  switch (around.kind) {
    case 'text':
      return findingsBehind(scanner, around.before, value, '');
    case 'named': {
      const before = `"${unquoted(around.name)}": "`;
      const named = findingsBehind(scanner, before, unquoted(value), '"');
      const alone = scanner.scan(value);
      return named.length === 0 ? alone : withoutOverlaps([...alone, ...named]);
    }
  }
}

/** What is found in a value that stands between two texts; of what reaches into them the part in the value. */
function findingsBehind(
  scanner: Scanner,
  before: ByteString,
  value: ByteString,
  after: ByteString,
): readonly Finding[] {
  const from = before.length;
  const to = from + value.length;
  const found = scanner.scan(before + value + after);
  if (found.length === 0) return found;
  return found
    .filter(({ start, end }) => end > from && start < to)
    .map((finding) => ({
      ...finding,
      start: Math.max(0, finding.start - from),
      end: Math.min(value.length, finding.end - from),
      alone: finding.alone && finding.start >= from && finding.end <= to,
    }));
}

/** Without what would end a quoted text, and as long: what is found stands at the same place. */
const unquoted = (text: ByteString): ByteString => text.replaceAll(/["\\]/g, '!');

/** Whether a masked text still is what its target takes. */
function fits(text: ByteString, { shape }: MaskTarget): boolean {
  switch (shape.type) {
    case 'text':
      return shape.charactersMax === undefined || charactersIn(text) <= shape.charactersMax;
    case 'bytes':
      return text.length <= (shape.bytesMax ?? Infinity);
    case 'json':
      return isJson(text);
    default:
      return true;
  }
}

/** A text of the gate's own records: every finding becomes its full token. */
function maskedRecord(scanner: Scanner, bytes: ByteString, text: string): string {
  let masked = bytes;
  for (let round = 0; round <= ROUNDS_MAX; round++) {
    const found = scanner.scan(masked);
    if (found.length === 0) return round === 0 ? text : textOfByteString(masked);
    if (round === ROUNDS_MAX) return fullToken((found[0] as Finding).kind);
    let next = '';
    let from = 0;
    for (const { kind, start, end } of found) {
      next += masked.slice(from, start) + fullToken(kind);
      from = end;
    }
    masked = next + masked.slice(from);
  }
  return textOfByteString(masked);
}
