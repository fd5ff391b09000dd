/**
 * `envoy.service.ext_proc.v3.HeaderMutation{set_headers=1, remove_headers=2}`, which every request and every answer that goes
 * on carries: measured first and then written in one go, since a buffer for each message inside would cost more than all of
 * them together. Envoy reads raw_value alone. What is set replaces every line of its name; a name that is set twice has two
 * lines afterwards.
 */
import type { HeaderChanges, HeaderField } from '../protocols/http/header-fields.ts';
import { varintSize, writeVarint } from './protobuf-wire.ts';

/** Tags of length-delimited fields, by number. */
const FIELD_1 = 0x0a;
const FIELD_2 = 0x12;
const FIELD_3 = 0x1a;
/** append=2: BoolValue{value=1}: a further line of its name. */
const APPEND = [0x12, 0x02, 0x08, 0x01] as const;

/** HeaderValueOption{header=1: HeaderValue{key=1, raw_value=3}, append=2}. */
interface Line {
  readonly field: HeaderField;
  readonly nameBytes: number;
  readonly valueBytes: number;
  readonly headerBytes: number;
  readonly isFurther: boolean;
  readonly optionBytes: number;
}

export interface HeaderMutation {
  readonly bytes: number;
  /** Writes it, and returns the offset behind it. */
  write(out: Buffer, at: number): number;
}

export function headerMutation({ set, remove }: HeaderChanges): HeaderMutation {
  let bytes = 0;
  const lines = set.map((field, index) => {
    const line = measured(field, isAmong(set, field[0], index));
    bytes += fieldSize(line.optionBytes);
    return line;
  });
  const removed = remove.map((name) => {
    const nameBytes = Buffer.byteLength(name);
    bytes += fieldSize(nameBytes);
    return nameBytes;
  });
  return {
    bytes,
    write(out, at) {
      for (const line of lines) at = writeLine(out, at, line);
      for (const [index, name] of remove.entries())
        at = writeText(out, at, FIELD_2, name, removed[index] as number);
      return at;
    },
  };
}

export function encodeHeaderMutation(changes: HeaderChanges): Buffer {
  const mutation = headerMutation(changes);
  const out = Buffer.allocUnsafe(mutation.bytes);
  mutation.write(out, 0);
  return out;
}

/** A length-delimited field with a tag of one byte. */
export const fieldSize = (bytes: number): number => 1 + varintSize(bytes) + bytes;

function isAmong(set: readonly HeaderField[], name: string, end: number): boolean {
  for (let index = 0; index < end; index++) if (set[index]?.[0] === name) return true;
  return false;
}

function measured(field: HeaderField, isFurther: boolean): Line {
  const nameBytes = Buffer.byteLength(field[0]);
  const valueBytes = Buffer.byteLength(field[1]);
  const headerBytes = fieldSize(nameBytes) + fieldSize(valueBytes);
  const optionBytes = fieldSize(headerBytes) + (isFurther ? APPEND.length : 0);
  return { field, nameBytes, valueBytes, headerBytes, isFurther, optionBytes };
}

function writeLine(out: Buffer, at: number, line: Line): number {
  at = writeHead(out, at, FIELD_1, line.optionBytes);
  at = writeHead(out, at, FIELD_1, line.headerBytes);
  at = writeText(out, at, FIELD_1, line.field[0], line.nameBytes);
  at = writeText(out, at, FIELD_3, line.field[1], line.valueBytes);
  if (line.isFurther) for (const byte of APPEND) out[at++] = byte;
  return at;
}

/** The tag and the length of a field that follows. */
export function writeHead(out: Buffer, at: number, tag: number, bytes: number): number {
  out[at++] = tag;
  return writeVarint(out, at, bytes);
}

function writeText(out: Buffer, at: number, tag: number, text: string, bytes: number): number {
  at = writeHead(out, at, tag, bytes);
  out.write(text, at, 'utf8');
  return at + bytes;
}
