/** What text and CSV records have in common for whoever rewrites their fields. */
import type { ByteString } from '../../../masking/byte-string.ts';
import type { GrowingBytes } from './growing-bytes.ts';

export const NEWLINE = 0x0a;

/** The fields of one record, found in a buffer; one object that is used again and again. */
export interface RecordFields {
  /** How many fields, at most one more than there is room for. */
  count: number;
  /** Field `i` is from `starts[i]` to `ends[i]`, quotes included. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** 1: begins with a quote. */
  readonly quoted: Uint8Array;
}

export function recordFields(columns: number): RecordFields {
  const room = columns + 1;
  return {
    count: 0,
    starts: new Int32Array(room),
    ends: new Int32Array(room),
    quoted: new Uint8Array(room),
  };
}

/** What a byte is in the place where it stands. */
export const DATA = 0;
export const DELIMITER = 1;
export const RECORD_END = 2;

/** Reads a record byte by byte, so that it may be cut anywhere. */
export interface FieldTokens {
  /** What the byte is. Then `plain` has the bytes of the value that became certain with it. */
  next(byte: number): typeof DATA | typeof DELIMITER | typeof RECORD_END;
  readonly plain: readonly number[];
  /** The current field began with a quote. */
  readonly quoted: boolean;
}

/** As many bytes as a DataRow has between two values. */
export const FIELD_GAP = 4;

export interface CopySyntax {
  readonly delimiter: number;
  readonly header: boolean;
  /** What NULL looks like, unquoted. */
  readonly nullText: Buffer;
  /**
   * Finds the fields of the record at `start`: gives the offset behind its newline, or -1 where it does not end before
   * `end`. Fields beyond the room of `fields` are counted as one.
   */
  record(bytes: Buffer, start: number, end: number, fields: RecordFields): number;
  isNull(bytes: Buffer, start: number, end: number, quoted: boolean): boolean;
  /**
   * Writes what a field stands for, at most as many bytes as it has, and says where that ends in `out`. Of a whole record
   * it writes all values and `FIELD_GAP` NULs behind each: so no two are read as one, as no two of a DataRow are.
   */
  unescape(bytes: Buffer, start: number, end: number, out: Buffer, at: number): number;
  /** The field that stands for a value; null is NULL. */
  encode(value: ByteString | null, quoted: boolean): Buffer;
  tokens(): FieldTokens;
  /** Around a value that is written in pieces. */
  readonly pieceQuotes: Buffer;
  escapePiece(plain: Buffer, out: GrowingBytes): void;
  /** Where this byte is not, values stand as they are. */
  readonly special: number;
}

/** The value that a field stands for. */
export function decodeField(syntax: CopySyntax, bytes: Buffer, start: number, end: number): ByteString {
  const { special } = syntax;
  let at = start;
  while (at < end && bytes[at] !== special) at++;
  if (at === end) return bytes.toString('latin1', start, end);
  const plain = Buffer.allocUnsafe(end - start);
  return plain.toString('latin1', 0, syntax.unescape(bytes, start, end, plain, 0));
}

export function sameBytes(bytes: Buffer, start: number, end: number, other: Buffer): boolean {
  if (end - start !== other.length) return false;
  for (let at = 0; at < other.length; at++) if (bytes[start + at] !== other[at]) return false;
  return true;
}
