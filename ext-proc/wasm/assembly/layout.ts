/** Where everything stands in the module's memory. The host fills the tables; masking/text-kernel.ts knows the same places. */

/** By pair of neighbouring bytes, two bytes each: the number of a bucket and flags, as masking/anchor-table.ts has them. */
export const PAIRS: usize = 0;
/** By pair one bit: whether it says anything. Eight kilobytes, so that it stays beside the processor. */
export const SAYING: usize = 0x20000;
/** By bucket, two bytes each: the number of its first probe. */
export const BUCKETS: usize = 0x22000;
/** Eight bytes each, as anchors.ts reads them: one byte of a literal, and where the literal is. */
export const PROBES: usize = 0x26000;
/** Literals, each behind a byte that says how far before the pair it begins. */
export const LITERALS: usize = 0x2e000;
/** By byte: what it is to a run of digits (masking/detectors/digit-run.ts). */
export const DIGIT_CLASSES: usize = 0x36000;
/** By byte: whether base64 may have it (masking/encodings/encoded-runs.ts). */
export const ALPHABET: usize = 0x36100;
/** By byte: whether a number or literal of JSON may have it (protocols/http/body/json-bytes.ts). */
export const SCALARS: usize = 0x36200;
/** By byte: what it may be of what encodings hide (masking/encodings/encoded-stretches.ts). */
export const ENCODED: usize = 0x36400;
/** By pair of letters: whether a country whose account numbers are known is called so (masking/detectors/iban.ts). */
export const COUNTRIES: usize = 0x36500;
/** Four numbers of four bytes: where json-members.ts stopped, and what it read. */
export const STOPPED: usize = 0x36300;
/** Sixteen orders of sixty-four names, as json-members.ts reads them. */
export const NAMES: usize = 0x37000;
/** Of each level of nesting two lists of sixty-four names: where each begins and ends, as json-object.ts keeps them. */
export const NAMES_OF_LEVELS: usize = 0x49000;
/** Of each level what else json-object.ts keeps of it. */
export const LEVELS: usize = 0x59000;
/** The text, at most 128 kilobytes, and behind it as many bytes as one look reads. */
export const TEXT: usize = 0x5a000;
/** Strings that the host decides, as json-members.ts lists them. */
export const UNDECIDED: usize = 0x7a100;
/** The first level of an object that was read; or what a string with escapes stands for. */
export const FIRST_LEVEL: usize = 0x7b000;
