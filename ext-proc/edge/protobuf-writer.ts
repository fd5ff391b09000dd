/**
 * Writes protobuf messages that are not on the hot path, from their fields. Each function gives one field's bytes.
 * Source: protobuf.dev, "Encoding".
 */
import { varintSize, WIRE_LENGTH_DELIMITED, WIRE_VARINT, writeVarint } from './protobuf-wire.ts';

/** A string, bytes or a message; nothing where `value` is undefined. */
export function bytesField(field: number, value: string | Uint8Array | undefined): Buffer {
  if (value === undefined) return EMPTY;
  const length = typeof value === 'string' ? Buffer.byteLength(value) : value.length;
  const tag = (field << 3) | WIRE_LENGTH_DELIMITED;
  const out = Buffer.allocUnsafe(varintSize(tag) + varintSize(length) + length);
  const at = writeVarint(out, writeVarint(out, 0, tag), length);
  if (typeof value === 'string') out.write(value, at, 'utf8');
  else out.set(value, at);
  return out;
}

/** An unsigned number, an enum or a bool. */
export function varintField(field: number, value: number): Buffer {
  const tag = (field << 3) | WIRE_VARINT;
  const out = Buffer.allocUnsafe(varintSize(tag) + varintSize(value));
  writeVarint(out, writeVarint(out, 0, tag), value);
  return out;
}

export const messageField = (field: number, fields: readonly Buffer[]): Buffer =>
  bytesField(field, Buffer.concat(fields));

const EMPTY = Buffer.alloc(0);
