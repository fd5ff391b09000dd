/** The little of WebAssembly that is used here. Its global types come only with a browser's, which this is not. */

declare const moduleBrand: unique symbol;
/** A compiled module. */
export interface WasmModule {
  readonly [moduleBrand]: true;
}

export interface WasmMemory {
  /** Another one after each growth; the one before is then detached. */
  readonly buffer: ArrayBuffer;
  /** Throws a RangeError beyond the maximum. */
  grow(pages: number): number;
}

const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: { compile(bytes: Uint8Array): Promise<WasmModule> };
};

/** Rejects where the bytes are not a module. */
export const compileWasm = (bytes: Uint8Array): Promise<WasmModule> => WebAssembly.compile(bytes);
