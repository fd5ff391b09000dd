/**
 * bytea and bit strings. Their plain text is the bytes themselves, which is what a detector looks into.
 * Specification: PostgreSQL 18, "Binary Data Types" (hex and escape output), "Bit String Types".
 */
import type { ByteString } from '../../../masking/byte-string.ts';
import { type BaseType, latin1Bytes, latin1Text } from './base-type.ts';

/** A payment card number packed two digits a byte takes 7 to 10 bytes: the whole of such a value is read as digits. */
const PACKED_BYTES_MIN = 7;
const PACKED_BYTES_MAX = 10;
const WORD_BYTES = 8;
/** The widest bit(n) whose zeros are written out; beyond it NULL. */
const ZERO_BITS_MAX = 65_536;
const BIT_HEADER_BYTES = 4;

/** The bytes of bytea's text, in either form; undefined where it is in none. */
export function byteaBytes(text: ByteString): ByteString | undefined {
  if (!text.startsWith('\\x')) return escapedBytes(text);
  const hex = text.slice(2);
  if (hex.length % 2 !== 0) return undefined;
  const bytes = Buffer.from(hex, 'hex');
  return bytes.length * 2 === hex.length ? latin1Text(bytes) : undefined;
}

function escapedBytes(text: ByteString): ByteString | undefined {
  if (!text.includes('\\')) return text;
  let broken = false;
  const bytes = text.replace(/\\([0-3][0-7]{2}|\\|)/g, (_, octal: string) => {
    if (octal === '\\') return '\\';
    if (octal === '') broken = true;
    return String.fromCharCode(Number.parseInt(octal, 8));
  });
  return broken ? undefined : bytes;
}

/** Digits that short values hold without being text: packed decimals, and a 64-bit integer in network order. */
function packedReadings(bytes: ByteString): readonly ByteString[] {
  if (bytes.length < PACKED_BYTES_MIN || bytes.length > PACKED_BYTES_MAX) return [];
  const buffer = latin1Bytes(bytes);
  const readings = [buffer.toString('hex')];
  // A card's number is below 2^57; random words are not.
  if (buffer.length === WORD_BYTES && (buffer[0] as number) <= 1)
    readings.push(String(buffer.readBigUInt64BE()));
  return readings;
}

const BYTEA: BaseType = {
  shape: () => ({ type: 'bytes' }),
  scanText: 'rendered',
  scanBinary: 'rendered',
  plainOfText: byteaBytes,
  textOfPlain: (plain) => `\\x${latin1Bytes(plain).toString('hex')}`,
  plainOfBinary: latin1Text,
  binaryOfPlain: latin1Bytes,
  otherReadings: packedReadings,
};

function bytesOfBits(text: ByteString): ByteString | undefined {
  if (!/^[01]*$/.test(text)) return undefined;
  const bytes = Buffer.alloc(Math.ceil(text.length / 8));
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) === 0x31) bytes[at >> 3] = (bytes[at >> 3] as number) | (0x80 >> (at & 7));
  }
  return latin1Text(bytes);
}

function zeroBits(count: number): { text: ByteString; binary: Buffer } | undefined {
  if (count > ZERO_BITS_MAX) return undefined;
  const binary = Buffer.alloc(BIT_HEADER_BYTES + Math.ceil(count / 8));
  binary.writeUInt32BE(count);
  return { text: '0'.repeat(count), binary };
}

function bitType(zeros: (typeModifier: number) => number): BaseType {
  return {
    shape: () => ({ type: 'opaque' }),
    scanText: 'rendered',
    scanBinary: 'rendered',
    constant: (typeModifier) => zeroBits(zeros(typeModifier)),
    plainOfText: bytesOfBits,
    textOfPlain: () => undefined,
    plainOfBinary: (binary) =>
      binary.length >= BIT_HEADER_BYTES ? binary.toString('latin1', BIT_HEADER_BYTES) : undefined,
    binaryOfPlain: () => undefined,
    otherReadings: packedReadings,
  };
}

export const BYTE_TYPES = {
  bytea: BYTEA,
  bit: bitType((typeModifier) => Math.max(typeModifier, 1)),
  varbit: bitType(() => 0),
} as const satisfies Record<string, BaseType>;
