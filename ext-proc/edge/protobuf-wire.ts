/**
 * The protobuf wire format, as little of it as the messages on the hot path need. Owns varints, tags and skipping;
 * refuses groups, truncated fields and varints over 10 bytes.
 * Source: protobuf.dev, "Encoding".
 */
import { GatehouseError } from '../domain/errors.ts';
import type { KnownTexts } from './known-texts.ts';

export const WIRE_VARINT = 0;
export const WIRE_FIXED64 = 1;
export const WIRE_LENGTH_DELIMITED = 2;
export const WIRE_FIXED32 = 5;

function malformed(what: string): never {
  throw new GatehouseError('GH_EDGE_PROTOBUF', 'malformed processing request', {
    message: `protobuf: ${what}`,
  });
}

/** Reads one message's fields in order. One reader per message; the buffer is not copied. */
export class ProtobufReader {
  readonly #buffer: Buffer;
  readonly #end: number;
  #offset: number;
  /** Of the field that `nextField` stopped at. */
  field = 0;
  wireType = 0;

  constructor(buffer: Buffer, start = 0, end = buffer.length) {
    this.#buffer = buffer;
    this.#offset = start;
    this.#end = end;
  }

  /** Moves to the next field; false at the end. */
  nextField(): boolean {
    if (this.#offset >= this.#end) return false;
    const tag = this.readVarint();
    this.field = tag >>> 3;
    this.wireType = tag & 7;
    if (this.field === 0) malformed('field number 0');
    return true;
  }

  /** An unsigned varint of up to 53 bits; the rest of a longer one is read and dropped. */
  readVarint(): number {
    let result = 0;
    let scale = 1;
    for (let count = 0; count < 10; count++) {
      if (this.#offset >= this.#end) malformed('truncated varint');
      const byte = this.#buffer[this.#offset++] as number;
      if (count < 7) result += (byte & 0x7f) * scale;
      if (byte < 0x80) return result;
      scale *= 128;
    }
    return malformed('varint over 10 bytes');
  }

  /** The bytes of a length-delimited field: a view, not a copy. */
  readBytes(): Buffer {
    const start = this.#span();
    return this.#buffer.subarray(start, this.#offset);
  }

  /** A reader over a length-delimited field that holds a message. */
  readMessage(): ProtobufReader {
    const start = this.#span();
    return new ProtobufReader(this.#buffer, start, this.#offset);
  }

  readString(): string {
    const start = this.#span();
    return this.#buffer.toString('utf8', start, this.#offset);
  }

  /** A string that comes again and again. */
  readKnown(texts: KnownTexts): string {
    const start = this.#span();
    return texts.read(this.#buffer, start, this.#offset);
  }

  skip(): void {
    switch (this.wireType) {
      case WIRE_VARINT:
        this.readVarint();
        return;
      case WIRE_FIXED64:
        return this.#advance(8);
      case WIRE_FIXED32:
        return this.#advance(4);
      case WIRE_LENGTH_DELIMITED:
        this.#span();
        return;
      default:
        malformed(`wire type ${this.wireType}`);
    }
  }

  /** Where a length-delimited field begins, with the offset behind it. */
  #span(): number {
    if (this.wireType !== WIRE_LENGTH_DELIMITED)
      malformed(`wire type ${this.wireType} for a length-delimited field`);
    const length = this.readVarint();
    const start = this.#offset;
    this.#advance(length);
    return start;
  }

  #advance(count: number): void {
    if (count > this.#end - this.#offset) malformed('field past the end of its message');
    this.#offset += count;
  }
}

/** Bytes a varint takes. */
export function varintSize(value: number): number {
  let size = 1;
  while (value >= 128) {
    value = Math.floor(value / 128);
    size++;
  }
  return size;
}

/** Writes a varint and returns the offset after it. */
export function writeVarint(target: Buffer, offset: number, value: number): number {
  while (value >= 128) {
    target[offset++] = (value & 0x7f) | 0x80;
    value = Math.floor(value / 128);
  }
  target[offset++] = value;
  return offset;
}
