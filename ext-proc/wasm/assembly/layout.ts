/** Where everything stands in the module's memory, and how much there is room for: all of it is exported to the host, which fills the tables. */

/** By pair of neighbouring bytes, two bytes each: the number of a bucket and flags, as masking/anchor-table.ts has them. */
export const PAIRS: usize = 0;
/** By pair one bit: whether it says anything. Eight kilobytes, so that it stays beside the processor. */
export const SAYING: usize = 0x20000;
/** By bucket, two bytes each: the number of its first probe. */
export const BUCKETS: usize = 0x22000;
/** Eight bytes each, as anchors.ts reads them: one byte of a literal, and where the literal is. */
export const PROBES: usize = 0x26000;
export const PROBE_BYTES = 8;
export const PROBES_MAX = 0x1000;
/** Literals, each behind a byte that says how far before the pair it begins. */
export const LITERALS: usize = 0x2e000;
export const LITERALS_BYTES_MAX = 0x8000;
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
/** Orders of names, each so many entries of so many bytes: its name's length with the quote behind it, or 0; whether it is marked; the name. */
export const NAMES: usize = 0x37000;
export const ORDERS_MAX = 16;
export const NAMES_MAX = 64;
export const NAME_ENTRY_BYTES = 72;
export const NAME_OFFSET = 8;
/** Of each level of nesting two lists of sixty-four names: where each begins and ends, as json-object.ts keeps them. */
export const NAMES_OF_LEVELS: usize = 0x49000;
/** Of each level what else json-object.ts keeps of it. */
export const LEVELS: usize = 0x59000;
/** The text, and behind it as many bytes as one look reads. */
export const TEXT: usize = 0x5a000;
export const TEXT_BYTES_MAX = 0x20000;
/** Strings that the host decides: of each where its quotes stand, and how many names had been read. Four bytes each. */
export const UNDECIDED: usize = 0x7a100;
export const UNDECIDED_BYTES = 12;
export const UNDECIDED_MAX = 256;
/** The first level of an object that was read; or what a string with escapes stands for. */
export const FIRST_LEVEL: usize = 0x7b000;
