/**
 * Header blocks, decoded. Owns a connection's dynamic table; refuses lists over a limit and anything that RFC 7541 calls
 * a decoding error, after which the connection's table can no longer be trusted.
 * Source: RFC 7541.
 */
import { decodeHuffman } from './huffman.ts';
import { Http2ConnectionError, HTTP2_ERROR } from './http2-error.ts';

export type HeaderField = readonly [name: string, value: string];

/** SETTINGS_HEADER_TABLE_SIZE where it is not announced. */
const TABLE_BYTES_MAX = 4_096;
/** RFC 7541 section 4.1: what an entry counts beyond its octets. */
const ENTRY_OVERHEAD = 32;
/** A longer block is decoded each time. */
const BLOCK_KEPT_BYTES_MAX = 1_024;
/** Octets of one decoded list, overheads included. */
const LIST_BYTES_MAX = 65_536;

/** RFC 7541, appendix A. */
const STATIC_TABLE: readonly HeaderField[] = [
  [':authority', ''],
  [':method', 'GET'],
  [':method', 'POST'],
  [':path', '/'],
  [':path', '/index.html'],
  [':scheme', 'http'],
  [':scheme', 'https'],
  [':status', '200'],
  [':status', '204'],
  [':status', '206'],
  [':status', '304'],
  [':status', '400'],
  [':status', '404'],
  [':status', '500'],
  ['accept-charset', ''],
  ['accept-encoding', 'gzip, deflate'],
  ['accept-language', ''],
  ['accept-ranges', ''],
  ['accept', ''],
  ['access-control-allow-origin', ''],
  ['age', ''],
  ['allow', ''],
  ['authorization', ''],
  ['cache-control', ''],
  ['content-disposition', ''],
  ['content-encoding', ''],
  ['content-language', ''],
  ['content-length', ''],
  ['content-location', ''],
  ['content-range', ''],
  ['content-type', ''],
  ['cookie', ''],
  ['date', ''],
  ['etag', ''],
  ['expect', ''],
  ['expires', ''],
  ['from', ''],
  ['host', ''],
  ['if-match', ''],
  ['if-modified-since', ''],
  ['if-none-match', ''],
  ['if-range', ''],
  ['if-unmodified-since', ''],
  ['last-modified', ''],
  ['link', ''],
  ['location', ''],
  ['max-forwards', ''],
  ['proxy-authenticate', ''],
  ['proxy-authorization', ''],
  ['range', ''],
  ['referer', ''],
  ['refresh', ''],
  ['retry-after', ''],
  ['server', ''],
  ['set-cookie', ''],
  ['strict-transport-security', ''],
  ['transfer-encoding', ''],
  ['user-agent', ''],
  ['vary', ''],
  ['via', ''],
  ['www-authenticate', ''],
];

const NOTHING = new Uint8Array();

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}

function broken(why: string): never {
  throw new Http2ConnectionError(HTTP2_ERROR.compression, `HPACK: ${why}`);
}

const sizeOf = ([name, value]: HeaderField): number => name.length + value.length + ENTRY_OVERHEAD;

export class HpackDecoder {
  /** The newest first. */
  readonly #table: HeaderField[] = [];
  #tableBytes = 0;
  #tableBytesMax = TABLE_BYTES_MAX;
  /** By the block that is being decoded. */
  #tableChanged = false;
  #block: Uint8Array = NOTHING;
  #at = 0;
  /** The last block that left the table as it was: the next is mostly the same, octet by octet. */
  #lastBlock: Uint8Array = NOTHING;
  #lastFields: readonly HeaderField[] = [];

  /**
   * The fields of one whole header block, in order; the same list where they are those of the last one. Throws
   * Http2ConnectionError for what is none.
   */
  decode(block: Uint8Array): readonly HeaderField[] {
    if (block.length > 0 && this.#lastBlock.length === block.length && isSame(this.#lastBlock, block))
      return this.#lastFields;
    this.#lastBlock = NOTHING;
    const fields = this.#decoded(block);
    // What has changed the table would change it again.
    if (this.#tableChanged || block.length > BLOCK_KEPT_BYTES_MAX) return fields;
    this.#lastBlock = Uint8Array.from(block);
    this.#lastFields = fields;
    return fields;
  }

  #decoded(block: Uint8Array): readonly HeaderField[] {
    this.#block = block;
    this.#at = 0;
    this.#tableChanged = false;
    const fields: HeaderField[] = [];
    let listBytes = 0;
    while (this.#at < block.length) {
      const octet = block[this.#at] as number;
      let field: HeaderField;
      if (octet >= 0x80) field = this.#entry(this.#integer(7));
      else if (octet >= 0x40) {
        field = this.#literal(6);
        this.#insert(field);
      } else if (octet >= 0x20) {
        if (fields.length > 0) broken('a table size update behind a field');
        this.#tableChanged = true;
        const size = this.#integer(5);
        if (size > TABLE_BYTES_MAX) broken('a table size above the announced one');
        this.#tableBytesMax = size;
        this.#evict();
        continue;
      } else field = this.#literal(4);
      listBytes += sizeOf(field);
      if (listBytes > LIST_BYTES_MAX)
        throw new Http2ConnectionError(HTTP2_ERROR.enhanceYourCalm, 'the header list is too long');
      fields.push(field);
    }
    return fields;
  }

  #literal(prefixBits: number): HeaderField {
    const index = this.#integer(prefixBits);
    const name = index === 0 ? this.#string() : this.#entry(index)[0];
    return [name, this.#string()];
  }

  #entry(index: number): HeaderField {
    const entry =
      index <= STATIC_TABLE.length ? STATIC_TABLE[index - 1] : this.#table[index - STATIC_TABLE.length - 1];
    return entry ?? broken('an index that stands for nothing');
  }

  #insert(field: HeaderField): void {
    this.#tableChanged = true;
    this.#table.unshift(field);
    this.#tableBytes += sizeOf(field);
    this.#evict();
  }

  #evict(): void {
    while (this.#tableBytes > this.#tableBytesMax)
      this.#tableBytes -= sizeOf(this.#table.pop() as HeaderField);
  }

  /** RFC 7541 section 5.1. Values above 2^28 are no length or index of ours. */
  #integer(prefixBits: number): number {
    const mask = 2 ** prefixBits - 1;
    let value = this.#octet() & mask;
    if (value < mask) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      const octet = this.#octet();
      value += (octet & 0x7f) << shift;
      if (octet < 0x80) return value;
    }
    return broken('an integer that is too large');
  }

  #string(): string {
    const coded = ((this.#block[this.#at] ?? 0) & 0x80) !== 0;
    const length = this.#integer(7);
    const end = this.#at + length;
    if (end > this.#block.length) broken('a string past the end of its block');
    const octets = this.#block.subarray(this.#at, end);
    this.#at = end;
    const text = coded ? decodeHuffman(octets) : Buffer.from(octets);
    return text === undefined ? broken('a string that is not Huffman code') : text.toString('latin1');
  }

  #octet(): number {
    return this.#block[this.#at++] ?? broken('a truncated block');
  }
}
