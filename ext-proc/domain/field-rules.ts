/**
 * The words in which gatehouse.yaml (`masking.fields`) and policy (`mask_fields`, `reveal_fields`, `remove_fields`)
 * speak of fields of JSON and form bodies. Pure; nothing throws, and time is linear in what is read.
 *
 * A pattern is names with dots between, from the top of the body: `customer.card`. An array adds nothing: the same
 * pattern fits `{"customer": [{"card": 1}]}`. `*` inside a name stands for any characters, and `**` as a name for any
 * number of names, none included: `**.ssn`. A name that holds a dot is reached by `*` in the dot's place.
 */
import { fitsPattern, isMaskKind, type MaskStyle } from './masking-rules.ts';

/** The names of a pattern, `**` standing for any number of names. */
export type FieldPattern = readonly [string, ...string[]];

/** A field that configuration marks. The first rule that fits gives tag and style. */
export interface FieldMarkRule {
  readonly pattern: FieldPattern;
  /** Undefined: on every upstream. */
  readonly upstream: string | undefined;
  readonly tag: string;
  readonly style: MaskStyle;
}

/** What one entry of `reveal_fields` means. */
export type FieldRevealPattern =
  | { readonly kind: 'all' }
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'fields'; readonly pattern: FieldPattern };

/** One bit each, and one for the end, in 31. */
const NAMES_MAX = 30;
const NAME = /^[^.\p{Cc}]{1,128}$/u;

/** Undefined where the text is no pattern. Two `**` in a row are one. */
export function fieldPattern(text: string): FieldPattern | undefined {
  const names = text.split('.', NAMES_MAX + 1);
  if (names.length > NAMES_MAX || !names.every((name) => NAME.test(name))) return undefined;
  const [first, ...rest] = names.filter((name, index) => name !== '**' || names[index - 1] !== '**');
  return first === undefined ? undefined : [first, ...rest];
}

/** `*`, `tag:NAME`, or a pattern; undefined where it is none of these. */
export function fieldRevealPattern(text: string): FieldRevealPattern | undefined {
  if (text === '*') return { kind: 'all' };
  if (text.startsWith('tag:')) {
    const tag = text.slice('tag:'.length);
    return isMaskKind(tag) ? { kind: 'tag', tag } : undefined;
  }
  const pattern = fieldPattern(text);
  return pattern === undefined ? undefined : { kind: 'fields', pattern };
}

/**
 * Follows a pattern down a body a name at a time. A state is the set of places in the pattern at which the path so far
 * may stand, a bit each; the bit behind the last place is the end.
 */
export const FIELD_STATE_START = 1;

/** The state below a field of this name; 0 where nothing below can fit any more. */
export function enterField(pattern: FieldPattern, state: number, name: string): number {
  let next = 0;
  for (let place = 0; place < pattern.length; place++) {
    if ((state & (1 << place)) === 0) continue;
    const word = pattern[place] as string;
    if (word === '**') {
      next |= 1 << place;
      const after = pattern[place + 1];
      if (after !== undefined && fitsPattern(after, name)) next |= 1 << (place + 2);
    } else if (fitsPattern(word, name)) next |= 1 << (place + 1);
  }
  return next;
}

/** Whether the path that led to this state is one the pattern means. */
export function isFieldState(pattern: FieldPattern, state: number): boolean {
  if ((state & (1 << pattern.length)) !== 0) return true;
  return pattern[pattern.length - 1] === '**' && (state & (1 << (pattern.length - 1))) !== 0;
}
