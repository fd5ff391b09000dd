/**
 * Runs a pattern in time linear in the text, whatever pattern and text are: the tree becomes a non-deterministic
 * automaton (Thompson), and that a deterministic one, all of it when the pattern is compiled. A pattern that needs too
 * many states is refused then, so that a scan costs one look into a table for each byte and builds nothing.
 */
import type { ByteString } from '../byte-string.ts';
import { type ByteSet, type Edge, type Node, type ParsedPattern, PatternProblem } from './pattern-syntax.ts';

/** Places of the first automaton. A repetition counts once for each time: `\d{16}` is sixteen. */
const PLACES_MAX = 2_000;
/** States of the second one. */
const STATES_MAX = 4_000;
/** How many bytes behind the start, or behind the last end found, a longer match is looked for. */
export const REACH_BYTES_MAX = 256;

const MATCH = -1;
const DEAD = -1;

/** A place either waits for a byte (`set`, then `next`) or splits (`next`, `other`). */
interface Place {
  readonly set: ByteSet | undefined;
  next: number;
  other: number;
}

export interface Automaton {
  /** The end of the longest match that begins at `start`; -1 without one. */
  longestFrom(text: ByteString, start: number): number;
  /** The bytes that a match may begin with. */
  readonly first: ByteSet;
  /** How many states it has. */
  readonly states: number;
}

/** Builds the automaton. Throws `PatternProblem` where it would be too large, or where the empty text matches. */
export function automatonOf({ root, before, after }: ParsedPattern): Automaton {
  const places: Place[] = [];
  const add = (place: Place): number => {
    if (places.length >= PLACES_MAX) {
      throw new PatternProblem(`is too large: more than ${PLACES_MAX} places once repetitions are counted`);
    }
    return places.push(place) - 1;
  };
  const entry = build(root, MATCH, add, places);
  const { classOf, samples } = byteClasses(places);
  const classes = samples.length;
  const accepts: number[] = [];
  const next: number[] = [];
  const waiting: (readonly number[])[] = [];
  const known = new Map<string, number>();
  const stateOf = (from: readonly number[]): number => {
    const { reached, isMatch } = closure(places, from);
    if (reached.length === 0 && !isMatch) return DEAD;
    const key = `${isMatch ? '+' : '-'}${reached.join()}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    if (waiting.length >= STATES_MAX) {
      throw new PatternProblem(
        `needs more than ${STATES_MAX} states; a repetition whose end may be taken for what follows it is the usual cause`,
      );
    }
    known.set(key, waiting.length);
    accepts.push(isMatch ? 1 : 0);
    return waiting.push(reached) - 1;
  };
  if (stateOf([entry]) === DEAD || accepts[0] === 1) throw new PatternProblem('matches the empty text');
  for (let state = 0; state < waiting.length; state++) {
    for (const sample of samples) {
      const reached = (waiting[state] as readonly number[])
        .map((at) => places[at] as Place)
        .filter(({ set }) => set?.[sample] === 1);
      next.push(reached.length === 0 ? DEAD : stateOf(reached.map((place) => place.next)));
    }
  }
  const table = Int32Array.from(next);
  const isAccepting = Uint8Array.from(accepts);
  const first = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte++) first[byte] = table[classOf[byte] as number] === DEAD ? 0 : 1;
  return {
    first,
    states: waiting.length,
    longestFrom: (text, start) => {
      if (!isEdge(text, start, before)) return -1;
      let state = 0;
      let end = -1;
      let limit = Math.min(text.length, start + REACH_BYTES_MAX);
      for (let at = start; at < limit; at++) {
        state = table[state * classes + (classOf[text.charCodeAt(at) & 0xff] as number)] as number;
        if (state === DEAD) break;
        if (isAccepting[state] === 1 && isEdge(text, at + 1, after)) {
          end = at + 1;
          limit = Math.min(text.length, end + REACH_BYTES_MAX);
        }
      }
      return end;
    },
  };
}

/** Bytes that no place tells apart are one class; a sample of each. */
function byteClasses(places: readonly Place[]): { classOf: Uint8Array; samples: number[] } {
  const sets = [...new Set(places.flatMap(({ set }) => (set === undefined ? [] : [set])))];
  const classOf = new Uint8Array(256);
  const samples: number[] = [];
  const known = new Map<string, number>();
  for (let byte = 0; byte < 256; byte++) {
    const key = sets.map((set) => set[byte]).join('');
    let found = known.get(key);
    if (found === undefined) {
      found = samples.push(byte) - 1;
      known.set(key, found);
    }
    classOf[byte] = found;
  }
  return { classOf, samples };
}

/** The places that wait for a byte and can be reached without one, in order, and whether the end can. */
function closure(places: readonly Place[], from: readonly number[]): { reached: number[]; isMatch: boolean } {
  const seen = new Set<number>();
  const reached: number[] = [];
  let isMatch = false;
  const stack = [...from];
  while (stack.length > 0) {
    const at = stack.pop() as number;
    if (at === MATCH) {
      isMatch = true;
      continue;
    }
    if (seen.has(at)) continue;
    seen.add(at);
    const place = places[at] as Place;
    if (place.set !== undefined) reached.push(at);
    else stack.push(place.next, place.other);
  }
  return { reached: reached.sort((left, right) => left - right), isMatch };
}

/** Builds `node` so that it goes on to `next`; the answer is where it begins. */
function build(node: Node, next: number, add: (place: Place) => number, places: Place[]): number {
  switch (node.type) {
    case 'bytes':
      return add({ set: node.set, next, other: MATCH });
    case 'sequence':
      return node.parts.reduceRight((then, part) => build(part, then, add, places), next);
    case 'choice':
      return node.parts
        .map((part) => build(part, next, add, places))
        .reduceRight((other, one) => add({ set: undefined, next: one, other }));
    case 'repeat': {
      let then = next;
      if (node.max === Infinity) {
        const loop = add({ set: undefined, next: MATCH, other: next });
        (places[loop] as Place).next = build(node.part, loop, add, places);
        then = loop;
      } else {
        for (let time = node.min; time < node.max; time++) {
          then = add({ set: undefined, next: build(node.part, then, add, places), other: next });
        }
      }
      for (let time = 0; time < node.min; time++) then = build(node.part, then, add, places);
      return then;
    }
  }
}

const isWord = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) ||
  (code >= 0x41 && code <= 0x5a) ||
  (code >= 0x61 && code <= 0x7a) ||
  code === 0x5f;

function isEdge(text: ByteString, at: number, edge: Edge): boolean {
  if (edge === 'none') return true;
  const isOutside = at === 0 || at === text.length;
  if (edge === 'text') return isOutside;
  return isWord(text.charCodeAt(at - 1)) !== isWord(text.charCodeAt(at));
}
