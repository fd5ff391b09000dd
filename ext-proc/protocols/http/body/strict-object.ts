/**
 * One JSON object of a request, taken or not as strict-json.ts does it, and of what is taken only the first level read: few
 * policies ask for more, and a value of a thousand members is work to make and to throw away.
 */
import { isUtf8 } from 'node:buffer';
import { ELEMENTS_SHOWN } from '../../../domain/body-members.ts';
import { type WasmInstance, wasmInstance } from '../../../masking/wasm-module.ts';

let reader: WasmInstance | undefined;

/**
 * The first level of the object, as `bodyMembers` tells it of what JSON.parse gives. Undefined where it is not sure that
 * the bytes are one that is taken, or that a double keeps every number: then the other reader says. Never throws.
 */
export function readFirstLevel(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  const { functions, memory, layout } = (reader ??= wasmInstance());
  if (bytes.length > layout.TEXT_BYTES_MAX || !isUtf8(bytes)) return undefined;
  bytes.copy(memory, layout.TEXT);
  const length = functions.readObject(bytes.length, ELEMENTS_SHOWN);
  if (length < 0 || functions.wasExact() === 0) return undefined;
  const text = memory.toString('utf8', layout.FIRST_LEVEL, layout.FIRST_LEVEL + length);
  return JSON.parse(text) as Readonly<Record<string, unknown>>;
}
