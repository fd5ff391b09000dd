/** The module of `ext-proc/wasm`. Each instance has a memory of its own, of which only what is touched takes room. */
import { WASM_BASE64 } from './wasm-bytes.ts';

/** Of the global that Node.js has, as far as it is used here: the compiler's libraries have it for browsers only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

interface Functions {
  readonly isPlain: (from: number, end: number) => number;
  readonly setNumbers: (wantsCards: number, digitsMin: number, bareDigitsMin: number) => void;
  readonly setLimits: (numberBytesMin: number, stringBytesMax: number) => void;
  readonly readMembers: (
    at: number,
    end: number,
    order: number,
    named: number,
    isFirst: number,
    inArray: number,
  ) => number;
  readonly readElements: (at: number, end: number, isFirst: number) => number;
  readonly readObject: (end: number, elementsMax: number) => number;
  readonly wasExact: () => number;
}

/** What `assembly/layout.ts` says: where things stand, and how many there may be. */
const LAYOUT = [
  ...['PAIRS', 'SAYING', 'BUCKETS', 'PROBES', 'PROBE_BYTES', 'PROBES_MAX', 'LITERALS', 'LITERALS_BYTES_MAX'],
  ...['DIGIT_CLASSES', 'ALPHABET', 'SCALARS', 'ENCODED', 'COUNTRIES', 'STOPPED'],
  ...['NAMES', 'ORDERS_MAX', 'NAMES_MAX', 'NAME_ENTRY_BYTES', 'NAME_OFFSET'],
  ...['TEXT', 'TEXT_BYTES_MAX', 'UNDECIDED', 'UNDECIDED_MAX', 'FIRST_LEVEL'],
] as const;

export type WasmLayout = Readonly<Record<(typeof LAYOUT)[number], number>>;

export interface WasmInstance {
  readonly functions: Functions;
  readonly memory: Buffer;
  readonly layout: WasmLayout;
}

let compiled: object | undefined;

export function wasmInstance(): WasmInstance {
  compiled ??= new WebAssembly.Module(Buffer.from(WASM_BASE64, 'base64'));
  const { exports } = new WebAssembly.Instance(compiled);
  const { memory } = exports as { readonly memory: { readonly buffer: ArrayBuffer } };
  const globals = exports as Readonly<Record<(typeof LAYOUT)[number], { readonly value: number }>>;
  return {
    functions: exports as Functions,
    memory: Buffer.from(memory.buffer),
    layout: Object.fromEntries(LAYOUT.map((name) => [name, globals[name].value])) as WasmLayout,
  };
}
