/**
 * Reads what a server sends, one function a message; each takes the exact span that the framer gave.
 * Texts of a server's are decoded loosely (what is not UTF-8 becomes U+FFFD): they are looked at, never sent on in
 * decoded form. Says nothing of order.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "Message Formats" and "Error and Notice Message Fields".
 */
import { AUTHENTICATION } from './message-types.ts';
import { CANCEL_KEY_BYTES_MAX, CANCEL_KEY_BYTES_MIN } from './startup.ts';
import type { DecodeFailure } from './wire-errors.ts';
import { decodeFailure } from './wire-errors.ts';
import { WireReader } from './wire-reader.ts';

const HEADER_BYTES = 5;
const MD5_SALT_BYTES = 4;
/** The least that a column takes in a RowDescription: an empty name and 18 bytes. */
const COLUMN_BYTES_MIN = 19;

export type AuthenticationRequest =
  | { readonly ok: true; readonly kind: 'ok' }
  | { readonly ok: true; readonly kind: 'kerberos_v5' }
  | { readonly ok: true; readonly kind: 'cleartext_password' }
  | { readonly ok: true; readonly kind: 'md5_password'; readonly salt: Buffer }
  | { readonly ok: true; readonly kind: 'gss' }
  | { readonly ok: true; readonly kind: 'gss_continue'; readonly data: Buffer }
  | { readonly ok: true; readonly kind: 'sspi' }
  | { readonly ok: true; readonly kind: 'sasl'; readonly mechanisms: readonly string[] }
  | { readonly ok: true; readonly kind: 'sasl_continue'; readonly data: Buffer }
  | { readonly ok: true; readonly kind: 'sasl_final'; readonly data: Buffer };

/** Any `Authentication…` message; `GH_PG_MESSAGE_VALUE` where the method is none of the protocol's. */
export function decodeAuthentication(wire: Buffer): AuthenticationRequest | DecodeFailure {
  const reader = new WireReader(wire);
  const request = authenticationBody(reader, reader.int32());
  reader.end();
  if (request === undefined) reader.refuse('GH_PG_MESSAGE_VALUE');
  return reader.failure === undefined && request !== undefined
    ? request
    : decodeFailure(reader.failure ?? 'GH_PG_MESSAGE_VALUE');
}

function authenticationBody(reader: WireReader, method: number): AuthenticationRequest | undefined {
  switch (method) {
    case AUTHENTICATION.Ok:
      return { ok: true, kind: 'ok' };
    case AUTHENTICATION.KerberosV5:
      return { ok: true, kind: 'kerberos_v5' };
    case AUTHENTICATION.CleartextPassword:
      return { ok: true, kind: 'cleartext_password' };
    case AUTHENTICATION.MD5Password:
      return { ok: true, kind: 'md5_password', salt: reader.bytes(MD5_SALT_BYTES) };
    case AUTHENTICATION.GSS:
      return { ok: true, kind: 'gss' };
    case AUTHENTICATION.GSSContinue:
      return { ok: true, kind: 'gss_continue', data: reader.rest() };
    case AUTHENTICATION.SSPI:
      return { ok: true, kind: 'sspi' };
    case AUTHENTICATION.SASL:
      return { ok: true, kind: 'sasl', mechanisms: mechanisms(reader) };
    case AUTHENTICATION.SASLContinue:
      return { ok: true, kind: 'sasl_continue', data: reader.rest() };
    case AUTHENTICATION.SASLFinal:
      return { ok: true, kind: 'sasl_final', data: reader.rest() };
    default:
      reader.refuse('GH_PG_MESSAGE_VALUE');
      return undefined;
  }
}

function mechanisms(reader: WireReader): readonly string[] {
  const names: string[] = [];
  for (;;) {
    const name = reader.text();
    if (name === '' || reader.failure !== undefined) return names;
    names.push(name);
  }
}

export interface ParameterStatus {
  readonly ok: true;
  readonly name: string;
  readonly value: string;
}

export function decodeParameterStatus(wire: Buffer): ParameterStatus | DecodeFailure {
  const reader = new WireReader(wire);
  const name = reader.looseText();
  const value = reader.looseText();
  reader.end();
  return reader.failure === undefined ? { ok: true, name, value } : decodeFailure(reader.failure);
}

export interface BackendKeyData {
  readonly ok: true;
  readonly processId: number;
  /** A view of the message; 4 bytes in protocol 3.0, 4 to 256 from 3.2 on. */
  readonly secretKey: Buffer;
}

/** @returns code `GH_PG_CANCEL_KEY` where the key's length is not one of the protocol version's. */
export function decodeBackendKeyData(
  wire: Buffer,
  keyBytesMax: number = CANCEL_KEY_BYTES_MAX,
): BackendKeyData | DecodeFailure {
  const reader = new WireReader(wire);
  const processId = reader.uint32();
  const secretKey = reader.rest();
  if (secretKey.length < CANCEL_KEY_BYTES_MIN || secretKey.length > keyBytesMax)
    reader.refuse('GH_PG_CANCEL_KEY');
  return reader.failure === undefined ? { ok: true, processId, secretKey } : decodeFailure(reader.failure);
}

/** Idle, in a transaction block, in a failed one. */
export type TransactionStatus = 'I' | 'T' | 'E';

const READY: Readonly<Record<number, { readonly ok: true; readonly status: TransactionStatus }>> = {
  0x49: Object.freeze({ ok: true, status: 'I' }),
  0x54: Object.freeze({ ok: true, status: 'T' }),
  0x45: Object.freeze({ ok: true, status: 'E' }),
};

export function decodeReadyForQuery(
  wire: Buffer,
): { readonly ok: true; readonly status: TransactionStatus } | DecodeFailure {
  if (wire.length !== HEADER_BYTES + 1) {
    return decodeFailure(wire.length > HEADER_BYTES ? 'GH_PG_MESSAGE_TRAILING' : 'GH_PG_MESSAGE_TRUNCATED');
  }
  return READY[wire[HEADER_BYTES] as number] ?? decodeFailure('GH_PG_MESSAGE_VALUE');
}

export interface CommandComplete {
  readonly ok: true;
  readonly tag: string;
  /** The number the tag ends in: rows selected, written, moved over or copied; undefined where it has none. */
  readonly rows: number | undefined;
}

export function decodeCommandComplete(wire: Buffer): CommandComplete | DecodeFailure {
  const reader = new WireReader(wire);
  const tag = reader.looseText();
  reader.end();
  return reader.failure === undefined
    ? { ok: true, tag, rows: rowsOfTag(tag) }
    : decodeFailure(reader.failure);
}

function rowsOfTag(tag: string): number | undefined {
  const space = tag.lastIndexOf(' ');
  if (space < 0 || space === tag.length - 1) return undefined;
  let rows = 0;
  for (let at = space + 1; at < tag.length; at++) {
    const digit = tag.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    rows = rows * 10 + digit;
  }
  return rows;
}

/** The fields of an ErrorResponse or NoticeResponse by their one-letter codes, in the order sent. */
export type ErrorFields = ReadonlyMap<string, string>;

export interface ErrorMessage {
  readonly ok: true;
  readonly fields: ErrorFields;
}

/** ErrorResponse and NoticeResponse. A code that comes twice keeps its last value, as in libpq. */
export function decodeErrorFields(wire: Buffer): ErrorMessage | DecodeFailure {
  const reader = new WireReader(wire);
  const fields = new Map<string, string>();
  for (;;) {
    const code = reader.uint8();
    if (code === 0) break;
    fields.set(String.fromCharCode(code), reader.looseText());
  }
  reader.end();
  return reader.failure === undefined ? { ok: true, fields } : decodeFailure(reader.failure);
}

export interface ColumnDescription {
  readonly name: string;
  /** OID of the table the column is of; 0 where it is of none. */
  readonly tableOid: number;
  /** pg_attribute.attnum; 0 where it is of no table. */
  readonly attributeNumber: number;
  readonly typeOid: number;
  /** pg_type.typlen; negative is a variable length. */
  readonly typeSize: number;
  readonly typeModifier: number;
  readonly format: 'text' | 'binary';
}

export interface RowDescription {
  readonly ok: true;
  readonly columns: readonly ColumnDescription[];
}

export function decodeRowDescription(wire: Buffer): RowDescription | DecodeFailure {
  const reader = new WireReader(wire);
  const count = reader.uint16();
  if (count * COLUMN_BYTES_MIN > reader.remaining) reader.refuse('GH_PG_MESSAGE_TRUNCATED');
  const columns: ColumnDescription[] = [];
  for (let index = 0; index < count && reader.failure === undefined; index++) {
    columns.push({
      name: reader.looseText(),
      tableOid: reader.uint32(),
      attributeNumber: reader.int16(),
      typeOid: reader.uint32(),
      typeSize: reader.int16(),
      typeModifier: reader.int32(),
      format: format(reader, reader.uint16()),
    });
  }
  reader.end();
  return reader.failure === undefined ? { ok: true, columns } : decodeFailure(reader.failure);
}

export interface ParameterDescription {
  readonly ok: true;
  readonly parameterTypes: readonly number[];
}

export function decodeParameterDescription(wire: Buffer): ParameterDescription | DecodeFailure {
  const reader = new WireReader(wire);
  const count = reader.uint16();
  if (count * 4 > reader.remaining) reader.refuse('GH_PG_MESSAGE_TRUNCATED');
  const parameterTypes: number[] = [];
  for (let index = 0; index < count && reader.failure === undefined; index++)
    parameterTypes.push(reader.uint32());
  reader.end();
  return reader.failure === undefined ? { ok: true, parameterTypes } : decodeFailure(reader.failure);
}

export interface CopyResponse {
  readonly ok: true;
  readonly format: 'text' | 'binary';
  readonly columnFormats: readonly ('text' | 'binary')[];
}

/** CopyInResponse, CopyOutResponse and CopyBothResponse. */
export function decodeCopyResponse(wire: Buffer): CopyResponse | DecodeFailure {
  const reader = new WireReader(wire);
  const overall = format(reader, reader.uint8());
  const count = reader.uint16();
  if (count * 2 > reader.remaining) reader.refuse('GH_PG_MESSAGE_TRUNCATED');
  const columnFormats: ('text' | 'binary')[] = [];
  for (let index = 0; index < count && reader.failure === undefined; index++) {
    columnFormats.push(format(reader, reader.uint16()));
  }
  reader.end();
  return reader.failure === undefined
    ? { ok: true, format: overall, columnFormats }
    : decodeFailure(reader.failure);
}

export interface NotificationResponse {
  readonly ok: true;
  readonly processId: number;
  readonly channel: string;
  readonly payload: string;
}

export function decodeNotification(wire: Buffer): NotificationResponse | DecodeFailure {
  const reader = new WireReader(wire);
  const processId = reader.uint32();
  const channel = reader.looseText();
  const payload = reader.looseText();
  reader.end();
  return reader.failure === undefined
    ? { ok: true, processId, channel, payload }
    : decodeFailure(reader.failure);
}

export interface DataRow {
  readonly ok: true;
  /** Views of the message; null is SQL's NULL. */
  readonly values: readonly (Buffer | null)[];
}

export function decodeDataRow(wire: Buffer): DataRow | DecodeFailure {
  const reader = new WireReader(wire);
  const count = reader.uint16();
  if (count * 4 > reader.remaining) reader.refuse('GH_PG_MESSAGE_TRUNCATED');
  const values: (Buffer | null)[] = [];
  for (let index = 0; index < count && reader.failure === undefined; index++) {
    const length = reader.int32();
    values.push(length === -1 ? null : reader.bytes(length));
  }
  reader.end();
  return reader.failure === undefined ? { ok: true, values } : decodeFailure(reader.failure);
}

function format(reader: WireReader, code: number): 'text' | 'binary' {
  if (code > 1) reader.refuse('GH_PG_MESSAGE_VALUE');
  return code === 1 ? 'binary' : 'text';
}
