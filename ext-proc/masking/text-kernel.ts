/**
 * The loops of masking over bytes that run in WebAssembly (`ext-proc/wasm`), over a memory of their own: one text at a
 * time is put there, and questions are asked about stretches of it. One belongs to what a scanner looks for. Its answers
 * are those of the TypeScript beside it, to which tests hold it; what it is not sure of it leaves to that.
 */
import type { ByteString } from './byte-string.ts';
import { DIGIT_CLASSES } from './detectors/digit-run.ts';
import { IBAN_COUNTRIES } from './detectors/iban.ts';
import { BASE64_ALPHABET } from './encodings/encoded-runs.ts';
import { BARE_DIGITS_MIN, NUMBER_DIGITS_MIN } from './number-judge.ts';
import { ENCODED_BYTES } from './encodings/encoded-stretches.ts';
import type { Plan } from './scan-plan.ts';
import { type WasmInstance, wasmInstance, type WasmLayout } from './wasm-module.ts';

/** What a number or literal of JSON may be written with, and more: who reads one looks at it. */
export const JSON_SCALAR_SIGNS = '0123456789+-.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** A text apart from the one that is there may be as long. */
const APART_BYTES_MAX = 4_096;
const LITERAL_BYTES_MAX = 255;
const MARKED = 1;
const QUOTE = 0x22;

/** A bucket's last probe; one in place of all, of which nothing is known; a literal in whatever case. */
const LAST = 1;
const ANY = 2;
const IGNORES_CASE = 4;

/** What may come where a reader of JSON stopped: a comma or an end, what an opening bracket stands before, a value. */
export const STOPPED_AT = { more: 0, first: 1, value: 2 } as const;

export class TextKernel {
  /** Whose text is there: whoever reads on after others may have read asks, and puts it there again. */
  owner: object | undefined;
  /** Whose names each order has. */
  readonly orders: (object | undefined)[] = [];
  /**
   * Reads on in the object around `at`, where a comma stands, the object's end, or its first name (`isFirst`). `named`:
   * so many names of it were read. `inArray`: the object is an element, and one like it may follow. It reads over what
   * surely holds nothing and over strings that it lists as undecided. The answer is where it stopped.
   */
  readonly readMembers: WasmInstance['functions']['readMembers'];
  /** The same in an array, over elements that have no inside. */
  readonly readElements: WasmInstance['functions']['readElements'];
  /** Of each string listed three numbers: where its quotes stand, and how many names of its object had been read. */
  readonly strings: Int32Array;
  #nextOrder = 0;
  readonly #stopped: Int32Array;
  readonly #functions: WasmInstance['functions'];
  readonly #memory: Buffer;
  readonly #layout: WasmLayout;

  constructor({ table, wantsCards }: Plan) {
    const { functions, memory, layout } = wasmInstance();
    this.#functions = functions;
    this.#memory = memory;
    this.#layout = layout;
    this.#stopped = new Int32Array(memory.buffer, layout.STOPPED, 4);
    this.strings = new Int32Array(memory.buffer, layout.UNDECIDED, layout.UNDECIDED_MAX * 3);
    this.readMembers = functions.readMembers;
    this.readElements = functions.readElements;
    functions.setNumbers(wantsCards ? 1 : 0, NUMBER_DIGITS_MIN, BARE_DIGITS_MIN);
    this.#putTables(table);
  }

  /** No longer text is taken. */
  get textBytesMax(): number {
    return this.#layout.TEXT_BYTES_MAX;
  }

  /** How many names an order has at most, and how many bytes one of them. */
  get namesMax(): number {
    return this.#layout.NAMES_MAX;
  }

  get nameBytesMax(): number {
    // The quote behind it is compared with it.
    return this.#layout.NAME_ENTRY_BYTES - this.#layout.NAME_OFFSET - 1;
  }

  /** What may come where it stopped: one of `STOPPED_AT`. */
  get stoppedAt(): number {
    return this.#stopped[0] as number;
  }

  /** How many strings it listed. */
  get undecided(): number {
    return this.#stopped[1] as number;
  }

  /** Names of the object that were read, also before. */
  get named(): number {
    return this.#stopped[2] as number;
  }

  /** Objects that were begun behind the one that it began in. */
  get objects(): number {
    return this.#stopped[3] as number;
  }

  /**
   * Takes a text. Numbers of fewer bytes than `numberBytesMin` need not be looked at; longer strings than
   * `stringBytesMax`, with their first quote, are left to the caller.
   */
  take(text: Buffer, owner: object, numberBytesMin: number, stringBytesMax: number): void {
    text.copy(this.#memory, this.#layout.TEXT);
    this.owner = owner;
    this.#functions.setLimits(numberBytesMin, stringBytesMax);
  }

  /** Whether the text from `from` to `end` surely holds nothing that the scanner finds. */
  isPlain(from: number, end: number): boolean {
    return this.#functions.isPlain(from, end) !== 0;
  }

  /** The same of a text that nobody has put there. Of one that is too long it says no. */
  isPlainText(text: ByteString): boolean {
    const { length } = text;
    if (length > APART_BYTES_MAX) return false;
    // Where nothing else is while it is asked about, counted from where the text begins.
    const { TEXT, FIRST_LEVEL } = this.#layout;
    this.#memory.write(text, FIRST_LEVEL, length, 'latin1');
    return this.isPlain(FIRST_LEVEL - TEXT, FIRST_LEVEL - TEXT + length);
  }

  /** Another order begins, without names, in place of the one that began before all others; the answer is its number. */
  beginOrder(owner: object): number {
    const order = this.#nextOrder;
    this.#nextOrder = (order + 1) % this.#layout.ORDERS_MAX;
    this.orders[order] = owner;
    this.#memory.fill(0, this.#entryAt(order, 0), this.#entryAt(order + 1, 0));
    return order;
  }

  /** The name that came at this place, and whether what stands under it is marked. */
  putName(order: number, index: number, name: ByteString, isMarked: boolean): void {
    const memory = this.#memory;
    const entry = this.#entryAt(order, index);
    const { length } = name;
    memory[entry] = length + 1;
    memory[entry + 1] = isMarked ? MARKED : 0;
    const start = entry + this.#layout.NAME_OFFSET;
    for (let at = 0; at < length; at++) memory[start + at] = name.charCodeAt(at);
    memory[start + length] = QUOTE;
  }

  #entryAt(order: number, index: number): number {
    const { NAMES, NAMES_MAX, NAME_ENTRY_BYTES } = this.#layout;
    return NAMES + (order * NAMES_MAX + index) * NAME_ENTRY_BYTES;
  }

  #putTables({ pairs, buckets }: Plan['table']): void {
    const memory = this.#memory;
    const { PAIRS, SAYING, BUCKETS, PROBES, PROBE_BYTES, PROBES_MAX, LITERALS, LITERALS_BYTES_MAX } =
      this.#layout;
    for (let pair = 0; pair < pairs.length; pair++) {
      const says = pairs[pair] as number;
      if (says === 0) continue;
      memory.writeUInt16LE(says, PAIRS + pair * 2);
      const byte = SAYING + (pair >> 3);
      memory[byte] = (memory[byte] as number) | (1 << (pair & 7));
    }
    // The first stands for every bucket whose own find no room.
    memory[PROBES + 3] = ANY;
    let next = 1;
    let literals = 0;
    buckets.forEach((bucket, number) => {
      const bytes = bucket.reduce((sum, { literal }) => sum + 1 + literal.length, 0);
      const fits =
        next + bucket.length <= PROBES_MAX &&
        literals + bytes <= LITERALS_BYTES_MAX &&
        bucket.every(({ literal }) => literal.length <= LITERAL_BYTES_MAX);
      memory.writeUInt16LE(fits ? next : 0, BUCKETS + number * 2);
      if (!fits) return;
      bucket.forEach(({ literal, ignoreCase, back, probe, probeCode, probeCase, followedBy = '' }, index) => {
        const at = PROBES + next++ * PROBE_BYTES;
        memory.writeInt8(probe, at);
        memory[at + 1] = probeCode;
        memory[at + 2] = probeCase;
        memory[at + 3] = (index === bucket.length - 1 ? LAST : 0) | (ignoreCase ? IGNORES_CASE : 0);
        memory[at + 4] = followedBy === '' ? 0 : followedBy.charCodeAt(0);
        memory[at + 5] = literal.length;
        memory.writeUInt16LE(literals, at + 6);
        memory[LITERALS + literals] = back;
        memory.write(literal, LITERALS + literals + 1, 'latin1');
        literals += 1 + literal.length;
      });
    });
    const { COUNTRIES, DIGIT_CLASSES: DIGITS, ALPHABET, ENCODED, SCALARS } = this.#layout;
    memory.set(IBAN_COUNTRIES, COUNTRIES);
    memory.set(DIGIT_CLASSES, DIGITS);
    memory.set(BASE64_ALPHABET, ALPHABET);
    memory.set(ENCODED_BYTES, ENCODED);
    for (const sign of JSON_SCALAR_SIGNS) memory[SCALARS + sign.charCodeAt(0)] = 1;
  }
}
