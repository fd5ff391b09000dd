/** What is known of the objects and arrays that are open around a place in JSON, and of the names there. */
import type { ByteString } from '../../../masking/byte-string.ts';
import type { FieldState } from './field-marks.ts';
import type { KnownNames } from './known-names.ts';
import type { NameOrder } from './name-order.ts';

/** An object or an array that is open. */
export interface Open {
  readonly isObject: boolean;
  readonly state: FieldState;
  /** What its values stand under. */
  readonly name: SpokenName;
  /** In which its names are likely to come; undefined where nobody remembers. */
  readonly order: NameOrder | undefined;
  /** Names that were read. */
  named: number;
  /** Members that were given out. */
  members: number;
  /** Masked names, and how often each was given out. */
  masked: Map<ByteString, number> | undefined;
}

/**
 * A name, where it says something to a detector (`phone`, `password`): its own, or of a member without such a name that
 * of the object around it (`{"phone": {"number": …}}`). An array's elements stand under the array's.
 */
export interface SpokenName {
  readonly text: ByteString | undefined;
  readonly isOwn: boolean;
}

export const NO_NAME: SpokenName = { text: undefined, isOwn: false };

/** A word that detectors know reaches no further: so the cost of a value does not grow with its name. */
const SPOKEN_BYTES_MAX = 64;
/** Different masked names of one object that are told apart, and how long one may be. */
const MASKED_NAMES_MAX = 100;
const MASKED_NAME_BYTES_MAX = 256;

/** Of a name that speaks. */
export const ownName = (name: ByteString): SpokenName => ({
  text: name.slice(-SPOKEN_BYTES_MAX),
  isOwn: true,
});

/** Of a name that does not, in an object that stands under `around`. */
export const nameOfAround = (around: SpokenName): SpokenName =>
  around.text === undefined ? NO_NAME : { text: around.text, isOwn: false };

/** What a name in which something was found says of its value: what the rest of it says. */
export function nameOfRest(masked: ByteString, names: KnownNames, around: SpokenName): SpokenName {
  const rest = masked.replaceAll(/\[masked[^\]]*\]/g, '');
  return names.of(rest).speaks ? ownName(rest) : nameOfAround(around);
}

/** What the members of an object speak under where they have no name that does. */
export const nameInside = (name: SpokenName, isObject: boolean): SpokenName =>
  isObject && !name.isOwn ? NO_NAME : name;

/** A masked name, told apart from those that the object has already: two of one name would be one to most readers. */
export function uniqueName(open: Open, name: ByteString): ByteString {
  open.masked ??= new Map();
  const before = open.masked.get(name) ?? 0;
  if (before > 0 || (open.masked.size < MASKED_NAMES_MAX && name.length <= MASKED_NAME_BYTES_MAX))
    open.masked.set(name, before + 1);
  return before === 0 ? name : `${name} ${before + 1}`;
}
