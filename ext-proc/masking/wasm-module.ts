/** The module of `ext-proc/wasm`. Each instance has a memory of its own, of which only what is touched takes room. */
import { WASM_BASE64 } from './wasm-bytes.ts';

/** Of the global that Node.js has, as far as it is used here: the compiler's libraries have it for browsers only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

/** No longer text is taken. */
export const WASM_TEXT_BYTES_MAX = 131_072;
/** Where texts are put, and where the first level of an object comes: as `assembly/layout.ts` has them. */
export const WASM_TEXT = 0x5a000;
export const WASM_FIRST_LEVEL = 0x7b000;

export interface WasmExports {
  readonly memory: { readonly buffer: ArrayBuffer };
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

let compiled: object | undefined;

export function wasmInstance(): WasmExports {
  compiled ??= new WebAssembly.Module(Buffer.from(WASM_BASE64, 'base64'));
  return new WebAssembly.Instance(compiled).exports as WasmExports;
}
