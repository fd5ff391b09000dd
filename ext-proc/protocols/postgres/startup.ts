/**
 * The packets that come before the first typed message: startup, the encryption requests and the cancel request.
 * Owns their layout and limits; who may send which when is the session's business.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "Start-up", "Canceling Requests in Progress",
 * "SSL Session Encryption" and "Message Formats".
 * Stricter than the server: exact lengths of the fixed packets, no parameter twice, UTF-8 only.
 */
import { LIMITS } from '../../domain/limits.ts';
import type { DecodeFailure, WireErrorCode } from './wire-errors.ts';
import { decodeFailure } from './wire-errors.ts';
import { BACKEND } from './message-types.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

/** The newest minor version of protocol 3 that the gate speaks. There is no 3.1. */
export const PROTOCOL_MINOR_MAX = 2;
export const CANCEL_KEY_BYTES_MIN = 4;
export const CANCEL_KEY_BYTES_MAX = 256;

const PROTOCOL_MAJOR = 3;
const SSL_REQUEST = 80_877_103;
const GSSENC_REQUEST = 80_877_104;
const CANCEL_REQUEST = 80_877_102;
const LENGTH_AND_CODE_BYTES = 8;
const CANCEL_FIXED_BYTES = 12;
/** The first byte of a TLS handshake record (RFC 8446 section 5.1); as a length it would be above the limit. */
const TLS_HANDSHAKE = 0x16;
const PROTOCOL_OPTION_PREFIX = '_pq_.';

export type StartupPacket =
  | { readonly kind: 'need-more' }
  | { readonly kind: 'ssl_request'; readonly consumed: number }
  | { readonly kind: 'gssenc_request'; readonly consumed: number }
  | {
      readonly kind: 'cancel_request';
      readonly processId: number;
      /** A view of the buffer. */
      readonly secretKey: Buffer;
      readonly consumed: number;
    }
  | {
      readonly kind: 'startup';
      readonly protocolMajor: number;
      readonly protocolMinor: number;
      /** In the order sent; protocol options (`_pq_.…`) are not among them. */
      readonly parameters: ReadonlyMap<string, string>;
      /** Protocol options as sent, by full name. PostgreSQL 18 knows none. */
      readonly protocolOptions: ReadonlyMap<string, string>;
      readonly consumed: number;
    }
  | { readonly kind: 'direct_tls' }
  | { readonly kind: 'error'; readonly code: WireErrorCode };

const NEED_MORE: StartupPacket = { kind: 'need-more' };

/**
 * The packet at the start of `buffer`, which holds everything received so far. `consumed` is its length in bytes;
 * what follows it was sent without waiting for an answer, and after an encryption request that ends the connection.
 */
export function decodeStartup(buffer: Buffer): StartupPacket {
  if (buffer.length === 0) return NEED_MORE;
  if (buffer[0] === TLS_HANDSHAKE) return { kind: 'direct_tls' };
  if (buffer.length < 4) return NEED_MORE;
  const length = buffer.readUInt32BE(0);
  // PostgreSQL's limit leaves the length field itself out.
  if (length < LENGTH_AND_CODE_BYTES || length - 4 > LIMITS.startupPacketBytesMax) {
    return refusal('GH_PG_STARTUP_LENGTH');
  }
  if (buffer.length < LENGTH_AND_CODE_BYTES) return NEED_MORE;
  const code = buffer.readUInt32BE(4);
  if (code === SSL_REQUEST || code === GSSENC_REQUEST) {
    if (length !== LENGTH_AND_CODE_BYTES) return refusal('GH_PG_STARTUP_LENGTH');
    return { kind: code === SSL_REQUEST ? 'ssl_request' : 'gssenc_request', consumed: length };
  }
  if (code === CANCEL_REQUEST) return decodeCancelRequest(buffer, length);
  const major = code >>> 16;
  if (major !== PROTOCOL_MAJOR) return refusal('GH_PG_STARTUP_VERSION');
  if (buffer.length < length) return NEED_MORE;
  return decodeParameters(buffer.subarray(0, length), code & 0xffff);
}

function decodeCancelRequest(buffer: Buffer, length: number): StartupPacket {
  const keyBytes = length - CANCEL_FIXED_BYTES;
  if (keyBytes < CANCEL_KEY_BYTES_MIN || keyBytes > CANCEL_KEY_BYTES_MAX) return refusal('GH_PG_CANCEL_KEY');
  if (buffer.length < length) return NEED_MORE;
  return {
    kind: 'cancel_request',
    processId: buffer.readUInt32BE(LENGTH_AND_CODE_BYTES),
    secretKey: buffer.subarray(CANCEL_FIXED_BYTES, length),
    consumed: length,
  };
}

function decodeParameters(packet: Buffer, protocolMinor: number): StartupPacket {
  const reader = new WireReader(packet, LENGTH_AND_CODE_BYTES);
  const parameters = new Map<string, string>();
  const protocolOptions = new Map<string, string>();
  while (reader.remaining > 1) {
    const name = reader.text();
    // An empty name is the terminator, and it came too early.
    if (name === '' && reader.failure === undefined) return refusal('GH_PG_STARTUP_LAYOUT');
    const value = reader.text();
    if (reader.failure !== undefined) break;
    const target = name.startsWith(PROTOCOL_OPTION_PREFIX) ? protocolOptions : parameters;
    // The server would take the last one; a reader of the packet might take the first.
    if (target.has(name)) return refusal('GH_PG_STARTUP_DUPLICATE');
    target.set(name, value);
  }
  if (reader.failure === 'GH_PG_ENCODING') return refusal('GH_PG_ENCODING');
  if (reader.failure !== undefined || reader.remaining !== 1 || reader.uint8() !== 0) {
    return refusal('GH_PG_STARTUP_LAYOUT');
  }
  return {
    kind: 'startup',
    protocolMajor: PROTOCOL_MAJOR,
    protocolMinor,
    parameters,
    protocolOptions,
    consumed: packet.length,
  };
}

function refusal(code: WireErrorCode): StartupPacket {
  return { kind: 'error', code };
}

/**
 * A startup packet of protocol 3.
 * @throws GatehouseError `GH_PG_ENCODE_NUL` where a name or value has a NUL in it.
 */
export function encodeStartup(
  protocolMinor: number,
  parameters: Iterable<readonly [string, string]>,
): Buffer {
  const writer = new WireWriter().uint16(PROTOCOL_MAJOR).uint16(protocolMinor);
  for (const [name, value] of parameters) writer.text(name).text(value);
  return writer.uint8(0).finish();
}

/** The eight constant bytes that ask for TLS. */
export function encodeSslRequest(): Buffer {
  return new WireWriter().uint32(SSL_REQUEST).finish();
}

/** The eight constant bytes that ask for GSSAPI encryption. */
export function encodeGssEncRequest(): Buffer {
  return new WireWriter().uint32(GSSENC_REQUEST).finish();
}

export function encodeCancelRequest(processId: number, secretKey: Uint8Array): Buffer {
  return new WireWriter().uint32(CANCEL_REQUEST).uint32(processId).bytes(secretKey).finish();
}

/**
 * The server's answer to a minor version or protocol options that it does not know.
 * The version is written in full (3.`minor`): that is what servers send and libpq expects, though the
 * documentation speaks of the minor version alone.
 */
export function encodeNegotiateProtocolVersion(
  protocolMinor: number,
  unknownOptions: readonly string[],
): Buffer {
  const writer = new WireWriter(BACKEND.NegotiateProtocolVersion)
    .uint16(PROTOCOL_MAJOR)
    .uint16(protocolMinor)
    .uint32(unknownOptions.length);
  for (const option of unknownOptions) writer.text(option);
  return writer.finish();
}

export interface NegotiateProtocolVersion {
  readonly ok: true;
  readonly protocolMajor: number;
  readonly protocolMinor: number;
  readonly unknownOptions: readonly string[];
}

/** Reads the version in full, or the minor version alone, which then stands for 3.`minor`. */
export function decodeNegotiateProtocolVersion(wire: Buffer): NegotiateProtocolVersion | DecodeFailure {
  const reader = new WireReader(wire);
  const version = reader.uint32();
  const count = reader.int32();
  if (count < 0) reader.refuse('GH_PG_MESSAGE_VALUE');
  const unknownOptions: string[] = [];
  for (let index = 0; index < count && reader.failure === undefined; index++)
    unknownOptions.push(reader.text());
  reader.end();
  if (reader.failure !== undefined) return decodeFailure(reader.failure);
  return {
    ok: true,
    protocolMajor: version > 0xffff ? version >>> 16 : PROTOCOL_MAJOR,
    protocolMinor: version & 0xffff,
    unknownOptions,
  };
}
