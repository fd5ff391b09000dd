/**
 * Which fields of one body are marked, and which are taken out: what configuration marks, less what the decision
 * reveals, and what the decision marks itself, which no reveal lifts. Below a marked field everything is marked, and
 * below a revealed one what configuration marks is revealed.
 *
 * Marks and removals fit a name in any case of its letters (`fold-name.ts`), since readers of JSON differ there and hiding
 * too much is the better mistake; a reveal fits by the letter. Follows a path a name at a time and remembers each place it came to,
 * so that the fields of a million like objects cost a look into a map.
 */
import type { Obligation } from '../../../domain/decision.ts';
import { foldName } from '../../../domain/fold-name.ts';
import {
  enterField,
  FIELD_STATE_START,
  fieldPattern,
  fieldRevealPattern,
  isFieldState,
  type FieldMarkRule,
  type FieldPattern,
} from '../../../domain/field-rules.ts';
import type { Mark } from '../../../masking/masker.ts';

/** A field's mark, with the pattern by which the record counts it. */
export interface FieldMark extends Mark {
  readonly label: string;
}

/** A place in a body: what is known of the path that led there. Made by `FieldMarks` alone. */
export interface FieldState {
  readonly mark: FieldMark | undefined;
  readonly removed: boolean;
}

/** What is marked, revealed and removed in one body; made once for each decision. */
export interface FieldMarks {
  /** Nothing is marked or removed: nobody needs to follow a path. */
  readonly empty: boolean;
  readonly hasRemovals: boolean;
  /** The body itself. */
  readonly start: FieldState;
  /** The field of this name (an ordinary string, its escapes read) in a place; an array's elements are in its place. */
  enter(state: FieldState, name: string): FieldState;
  /** By what the whole of the field is masked; undefined where it is not marked. */
  markOf(state: FieldState): FieldMark | undefined;
  /** Whether the field is taken out of the body. */
  removed(state: FieldState): boolean;
}

export interface FieldMarkOptions {
  /** Configuration, already filtered to the upstream. Of those that fit and are not revealed the first gives the mark. */
  readonly rules: readonly FieldMarkRule[];
  /** Of the decision: `mask_fields` of this direction, `reveal_fields`, and in requests `remove_fields`. */
  readonly obligations: readonly Obligation[];
  readonly direction: 'request' | 'response';
}

/** Places that are remembered; beyond it each is made anew. */
const STATES_KEPT_MAX = 10_000;
const NAME_KEPT_CHARACTERS_MAX = 256;
/** The tag of a mark that policy makes without naming one. */
const POLICY_TAG = 'policy';

const NOWHERE: FieldState = Object.freeze({ mark: undefined, removed: false });

const NO_MARKS: FieldMarks = Object.freeze({
  empty: true,
  hasRemovals: false,
  start: NOWHERE,
  enter: () => NOWHERE,
  markOf: () => undefined,
  removed: () => false,
});

/** What a pattern means where it fits. */
type Meaning =
  /** `certain`: no reveal lifts it. */
  | { readonly kind: 'mark'; readonly mark: FieldMark; readonly certain: boolean }
  | { readonly kind: 'reveal' }
  | { readonly kind: 'remove' };

interface Entry {
  readonly pattern: FieldPattern;
  readonly meaning: Meaning;
}

/** A state with how far the path has come in each pattern, and with what holds for all that lies below. */
interface Place extends FieldState {
  readonly progress: readonly number[];
  /** The marks of the field and of those around it, by the index of their entry; -1 without one. */
  readonly certain: number;
  readonly configured: number;
  readonly revealed: boolean;
  readonly below: Map<string, Place>;
}

/** Obligations that are not in form were refused when the decision was read; what is no pattern fits nothing. */
export function fieldMarks(options: FieldMarkOptions): FieldMarks {
  const entries = entriesOf(options);
  const hasMarks = entries.some(({ meaning }) => meaning.kind === 'mark');
  const hasRemovals = entries.some(({ meaning }) => meaning.kind === 'remove');
  if (!hasMarks && !hasRemovals) return NO_MARKS;

  const places = new Map<string, Place>();
  let kept = 0;
  const placeAt = (progress: readonly number[], around: Place | undefined): Place => {
    const fits = (index: number): boolean =>
      isFieldState((entries[index] as Entry).pattern, progress[index] as number);
    const first = (accepts: (meaning: Meaning) => boolean): number =>
      entries.findIndex(({ meaning }, index) => accepts(meaning) && fits(index));
    const own = {
      certain: first((meaning) => meaning.kind === 'mark' && meaning.certain),
      configured: first((meaning) => meaning.kind === 'mark' && !meaning.certain),
    };
    const certain = own.certain >= 0 ? own.certain : (around?.certain ?? -1);
    const configured = own.configured >= 0 ? own.configured : (around?.configured ?? -1);
    const revealed = around?.revealed === true || first(({ kind }) => kind === 'reveal') >= 0;
    const removed = first(({ kind }) => kind === 'remove') >= 0;
    const key = `${progress.join()} ${certain} ${configured} ${revealed}`;
    const known = places.get(key);
    if (known !== undefined) return known;
    const index = certain >= 0 ? certain : revealed ? -1 : configured;
    const meaning = entries[index]?.meaning;
    const mark = meaning?.kind === 'mark' ? meaning.mark : undefined;
    const place: Place = { progress, certain, configured, revealed, mark, removed, below: new Map() };
    if (kept < STATES_KEPT_MAX) {
      kept++;
      places.set(key, place);
    }
    return place;
  };
  const enter = (around: Place, name: string): Place => {
    const known = around.below.get(name);
    if (known !== undefined) return known;
    const folded = foldName(name);
    const progress = around.progress.map((state, index) => {
      const { pattern, meaning } = entries[index] as Entry;
      return state === 0 ? 0 : enterField(pattern, state, meaning.kind === 'reveal' ? name : folded);
    });
    const place = placeAt(progress, around);
    if (kept < STATES_KEPT_MAX && name.length <= NAME_KEPT_CHARACTERS_MAX) {
      kept++;
      // A copy: what was cut out of a body would keep all of it.
      around.below.set(` ${name}`.slice(1), place);
    }
    return place;
  };
  return {
    empty: false,
    hasRemovals,
    start: placeAt(
      entries.map(() => FIELD_STATE_START),
      undefined,
    ),
    // Every state but NO_MARKS' own is a place.
    enter: (state, name) => enter(state as Place, name),
    markOf: ({ mark }) => mark,
    removed: ({ removed }) => removed,
  };
}

function entriesOf({ rules, obligations, direction }: FieldMarkOptions): readonly Entry[] {
  const reveals = obligations.flatMap((obligation) =>
    obligation.kind === 'reveal_fields'
      ? obligation.fields.flatMap((text) => fieldRevealPattern(text) ?? [])
      : [],
  );
  const revealsAll = reveals.some(({ kind }) => kind === 'all');
  const revealedTags = new Set(reveals.flatMap((reveal) => (reveal.kind === 'tag' ? [reveal.tag] : [])));
  const entries: Entry[] = [];
  for (const obligation of obligations) {
    if (obligation.kind === 'mask_fields') {
      const { fields, style, tag = POLICY_TAG } = obligation;
      if (obligation.direction !== 'both' && obligation.direction !== direction) continue;
      for (const pattern of patternsOf(fields)) {
        const mark: FieldMark = { kind: tag, style, label: pattern.join('.') };
        entries.push({ pattern: foldedPattern(pattern), meaning: { kind: 'mark', mark, certain: true } });
      }
    } else if (obligation.kind === 'remove_fields' && direction === 'request') {
      for (const pattern of patternsOf(obligation.fields))
        entries.push({ pattern: foldedPattern(pattern), meaning: { kind: 'remove' } });
    }
  }
  if (revealsAll) return entries;
  for (const { pattern, tag, style } of rules) {
    if (revealedTags.has(tag)) continue;
    const mark: FieldMark = { kind: tag, style, label: pattern.join('.') };
    entries.push({ pattern: foldedPattern(pattern), meaning: { kind: 'mark', mark, certain: false } });
  }
  for (const reveal of reveals)
    if (reveal.kind === 'fields') entries.push({ pattern: reveal.pattern, meaning: { kind: 'reveal' } });
  return entries;
}

const patternsOf = (fields: readonly string[]): readonly FieldPattern[] =>
  fields.flatMap((text) => {
    const pattern = fieldPattern(text);
    return pattern === undefined ? [] : [pattern];
  });

const foldedPattern = ([first, ...rest]: FieldPattern): FieldPattern => [
  foldName(first),
  ...rest.map(foldName),
];
