/**
 * Writes what the gate says to a client in the server's place. Every call gives fresh bytes.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "Message Formats" and "Error and Notice Message Fields".
 */
import { AUTHENTICATION, BACKEND } from './message-types.ts';
import type { ColumnDescription, TransactionStatus } from './backend.ts';
import { WIRE_ERRORS } from './wire-errors.ts';
import type { WireErrorCode } from './wire-errors.ts';
import { WireWriter } from './wire-writer.ts';

export type ErrorSeverity = 'ERROR' | 'FATAL' | 'PANIC';
export type NoticeSeverity = 'WARNING' | 'NOTICE' | 'DEBUG' | 'INFO' | 'LOG';

export interface ErrorText {
  /** SQLSTATE, five characters. */
  readonly sqlstate: string;
  readonly message: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
}

export function encodeAuthenticationOk(): Buffer {
  return new WireWriter(BACKEND.Authentication).uint32(AUTHENTICATION.Ok).finish();
}

export function encodeAuthenticationCleartextPassword(): Buffer {
  return new WireWriter(BACKEND.Authentication).uint32(AUTHENTICATION.CleartextPassword).finish();
}

export function encodeParameterStatus(name: string, value: string): Buffer {
  return new WireWriter(BACKEND.ParameterStatus).text(name).text(value).finish();
}

/** `secretKey` has 4 bytes in protocol 3.0 and 4 to 256 from 3.2 on; the caller knows which was agreed. */
export function encodeBackendKeyData(processId: number, secretKey: Uint8Array): Buffer {
  return new WireWriter(BACKEND.BackendKeyData).uint32(processId).bytes(secretKey).finish();
}

export function encodeReadyForQuery(status: TransactionStatus): Buffer {
  return new WireWriter(BACKEND.ReadyForQuery).uint8(status.charCodeAt(0)).finish();
}

export function encodeErrorResponse(severity: ErrorSeverity, text: ErrorText): Buffer {
  return encodeFields(BACKEND.ErrorResponse, severity, text);
}

export function encodeNoticeResponse(severity: NoticeSeverity, text: ErrorText): Buffer {
  return encodeFields(BACKEND.NoticeResponse, severity, text);
}

/** A refusal of the codec's as a client is told it, its stable code in the detail. */
export function encodeWireError(severity: ErrorSeverity, code: WireErrorCode): Buffer {
  const { sqlstate, message, hint } = WIRE_ERRORS[code];
  return encodeErrorResponse(severity, { sqlstate, message: `gatehouse: ${message}`, detail: code, hint });
}

/** In the order in which the server writes the fields. */
function encodeFields(type: number, severity: string, text: ErrorText): Buffer {
  const writer = new WireWriter(type);
  field(writer, 'S', severity);
  field(writer, 'V', severity);
  field(writer, 'C', text.sqlstate);
  field(writer, 'M', text.message);
  if (text.detail !== undefined) field(writer, 'D', text.detail);
  if (text.hint !== undefined) field(writer, 'H', text.hint);
  return writer.uint8(0).finish();
}

function field(writer: WireWriter, code: string, value: string): void {
  writer.uint8(code.charCodeAt(0)).text(value);
}

export function encodeCommandComplete(tag: string): Buffer {
  return new WireWriter(BACKEND.CommandComplete).text(tag).finish();
}

export function encodeRowDescription(columns: readonly ColumnDescription[]): Buffer {
  const writer = new WireWriter(BACKEND.RowDescription).uint16(columns.length);
  for (const column of columns) {
    writer
      .text(column.name)
      .uint32(column.tableOid)
      .uint16(column.attributeNumber)
      .uint32(column.typeOid)
      .uint16(column.typeSize)
      .uint32(column.typeModifier)
      .uint16(column.format === 'binary' ? 1 : 0);
  }
  return writer.finish();
}

export function encodeDataRow(values: readonly (Uint8Array | null)[]): Buffer {
  const writer = new WireWriter(BACKEND.DataRow).uint16(values.length);
  for (const value of values) {
    if (value === null) writer.uint32(0xffff_ffff);
    else writer.uint32(value.length).bytes(value);
  }
  return writer.finish();
}

export function encodeParameterDescription(parameterTypes: readonly number[]): Buffer {
  const writer = new WireWriter(BACKEND.ParameterDescription).uint16(parameterTypes.length);
  for (const type of parameterTypes) writer.uint32(type);
  return writer.finish();
}

export function encodeParseComplete(): Buffer {
  return new WireWriter(BACKEND.ParseComplete).finish();
}

export function encodeBindComplete(): Buffer {
  return new WireWriter(BACKEND.BindComplete).finish();
}

export function encodeCloseComplete(): Buffer {
  return new WireWriter(BACKEND.CloseComplete).finish();
}

export function encodeNoData(): Buffer {
  return new WireWriter(BACKEND.NoData).finish();
}

export function encodeEmptyQueryResponse(): Buffer {
  return new WireWriter(BACKEND.EmptyQueryResponse).finish();
}

export function encodePortalSuspended(): Buffer {
  return new WireWriter(BACKEND.PortalSuspended).finish();
}
