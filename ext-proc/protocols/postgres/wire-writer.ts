/**
 * Builds one message: fields in, bytes with a right length out.
 * Refuses a text with a NUL in it, which would end the field early and let its rest be read as other fields.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "Message Data Types".
 */
import { GatehouseError } from '../../domain/errors.ts';

const NO_TYPE = -1;
const FIRST_BYTES = 128;

export class WireWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #at: number;
  readonly #lengthAt: number;

  /** `type` is the type byte; a startup packet has none. */
  constructor(type: number = NO_TYPE) {
    this.#lengthAt = type === NO_TYPE ? 0 : 1;
    if (type !== NO_TYPE) this.#bytes[0] = type;
    this.#at = this.#lengthAt + 4;
  }

  uint8(value: number): this {
    this.#reserve(1);
    this.#bytes[this.#at++] = value;
    return this;
  }

  uint16(value: number): this {
    this.#reserve(2);
    this.#at = this.#bytes.writeUInt16BE(value & 0xffff, this.#at);
    return this;
  }

  uint32(value: number): this {
    this.#reserve(4);
    this.#at = this.#bytes.writeUInt32BE(value >>> 0, this.#at);
    return this;
  }

  bytes(value: Uint8Array): this {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
    return this;
  }

  /**
   * A text and its NUL.
   * @throws GatehouseError `GH_PG_ENCODE_NUL` where the text has a NUL in it.
   */
  text(value: string): this {
    if (value.includes('\0')) {
      throw new GatehouseError(
        'GH_PG_ENCODE_NUL',
        'a value has a NUL character in it; PostgreSQL texts cannot',
        {
          message: 'a text to be sent in a PostgreSQL message has a NUL character in it',
        },
      );
    }
    const count = Buffer.byteLength(value);
    this.#reserve(count + 1);
    this.#at += this.#bytes.write(value, this.#at);
    this.#bytes[this.#at++] = 0;
    return this;
  }

  /** The finished message. The writer must not be used afterwards. */
  finish(): Buffer {
    this.#bytes.writeUInt32BE(this.#at - this.#lengthAt, this.#lengthAt);
    return this.#bytes.subarray(0, this.#at);
  }

  #reserve(count: number): void {
    const needed = this.#at + count;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(grown, 0, 0, this.#at);
    this.#bytes = grown;
  }
}
