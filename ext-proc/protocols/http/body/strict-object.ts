/**
 * One JSON object of a request, taken or not as strict-json.ts does it, and of what is taken only the first level read: few
 * policies ask for more, and a value of a thousand members is work to make and to throw away.
 */
import { isUtf8 } from 'node:buffer';
import { ELEMENTS_SHOWN } from '../../../domain/body-members.ts';
import {
  WASM_FIRST_LEVEL,
  WASM_TEXT,
  WASM_TEXT_BYTES_MAX,
  type WasmExports,
  wasmInstance,
} from '../../../masking/wasm-module.ts';

interface Reader {
  readonly wasm: WasmExports;
  readonly memory: Buffer;
}
let reader: Reader | undefined;

/**
 * The first level of the object, as `bodyMembers` tells it of what JSON.parse gives. Undefined where it is not sure that
 * the bytes are one that is taken, or that a double keeps every number: then the other reader says. Never throws.
 */
export function readFirstLevel(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  if (bytes.length > WASM_TEXT_BYTES_MAX || !isUtf8(bytes)) return undefined;
  const { wasm, memory } = (reader ??= newReader());
  bytes.copy(memory, WASM_TEXT);
  const length = wasm.readObject(bytes.length, ELEMENTS_SHOWN);
  if (length < 0 || wasm.wasExact() === 0) return undefined;
  const text = memory.toString('utf8', WASM_FIRST_LEVEL, WASM_FIRST_LEVEL + length);
  return JSON.parse(text) as Readonly<Record<string, unknown>>;
}

function newReader(): Reader {
  const wasm = wasmInstance();
  return { wasm, memory: Buffer.from(wasm.memory.buffer) };
}
