/**
 * Reads what a client sends, one function a message; each takes the exact span that the framer gave.
 * Strict: a count, length, flag or text that PostgreSQL would read in another way than is said here is refused, so
 * that what is decided on is what would run. Says nothing of order; that is the session's.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "Message Formats".
 */
import { Secret } from '../../domain/secret.ts';
import type { DecodeFailure } from './wire-errors.ts';
import { decodeFailure } from './wire-errors.ts';
import { WireReader } from './wire-reader.ts';

/**
 * PostgreSQL keeps statements and portals under the first 63 bytes of their names (NAMEDATALEN), so two longer names
 * may be one to it and two to us.
 */
const NAME_BYTES_MAX = 63;

const FORMAT_BINARY = 1;
const NULL_LENGTH = -1;
const TARGET_STATEMENT = 0x53;
const TARGET_PORTAL = 0x50;
const NO_NUMBERS: readonly number[] = Object.freeze([]);

/** 0 is text, 1 is binary. */
export type FormatCode = 0 | 1;
const NO_FORMATS: readonly FormatCode[] = Object.freeze([]);

export interface QueryMessage {
  readonly ok: true;
  readonly text: string;
}

export interface ParseMessage {
  readonly ok: true;
  /** Empty for the unnamed statement. */
  readonly statement: string;
  readonly text: string;
  /** OIDs; 0 leaves the type to the server. */
  readonly parameterTypes: readonly number[];
}

export interface BindMessage {
  readonly ok: true;
  /** Empty for the unnamed portal. */
  readonly portal: string;
  readonly statement: string;
  /** None: all text; one: for all; else one a value. */
  readonly parameterFormats: readonly FormatCode[];
  /** Views of the message; null is SQL's NULL. */
  readonly values: readonly (Buffer | null)[];
  /** None: all text; one: for all; else one a column. */
  readonly resultFormats: readonly FormatCode[];
}

export interface ExecuteMessage {
  readonly ok: true;
  readonly portal: string;
  /** The most rows to send; 0 is all of them. */
  readonly rowsMax: number;
}

/** Of Describe and of Close. */
export interface TargetMessage {
  readonly ok: true;
  readonly target: 'statement' | 'portal';
  readonly name: string;
}

/** @returns code `GH_PG_ENCODING` where the text is not UTF-8, `GH_PG_MESSAGE_…` where the layout is wrong. */
export function decodeQuery(wire: Buffer): QueryMessage | DecodeFailure {
  const reader = new WireReader(wire);
  const text = reader.lastText();
  return reader.failure === undefined ? { ok: true, text } : decodeFailure(reader.failure);
}

export function decodeParse(wire: Buffer): ParseMessage | DecodeFailure {
  const reader = new WireReader(wire);
  const statement = name(reader);
  const text = reader.text();
  const count = reader.uint16();
  let parameterTypes = NO_NUMBERS;
  // The count is looked at against the bytes there before anything is made of its size.
  if (count * 4 !== reader.remaining) {
    reader.refuse(count * 4 > reader.remaining ? 'GH_PG_MESSAGE_TRUNCATED' : 'GH_PG_MESSAGE_TRAILING');
  } else if (count > 0) {
    const types: number[] = [];
    for (let index = 0; index < count; index++) types.push(reader.uint32());
    parameterTypes = types;
  }
  return reader.failure === undefined
    ? { ok: true, statement, text, parameterTypes }
    : decodeFailure(reader.failure);
}

export function decodeBind(wire: Buffer): BindMessage | DecodeFailure {
  const reader = new WireReader(wire);
  const portal = name(reader);
  const statement = name(reader);
  const parameterFormats = formats(reader);
  const count = reader.uint16();
  if (parameterFormats.length > 1 && parameterFormats.length !== count) reader.refuse('GH_PG_MESSAGE_VALUE');
  const values: (Buffer | null)[] = [];
  for (let index = 0; index < count && reader.failure === undefined; index++) {
    const length = reader.int32();
    values.push(length === NULL_LENGTH ? null : reader.bytes(length));
  }
  const resultFormats = formats(reader);
  reader.end();
  return reader.failure === undefined
    ? { ok: true, portal, statement, parameterFormats, values, resultFormats }
    : decodeFailure(reader.failure);
}

export function decodeExecute(wire: Buffer): ExecuteMessage | DecodeFailure {
  const reader = new WireReader(wire);
  const portal = name(reader);
  const rows = reader.int32();
  reader.end();
  // The server takes any number below 1 for "all rows".
  return reader.failure === undefined
    ? { ok: true, portal, rowsMax: Math.max(0, rows) }
    : decodeFailure(reader.failure);
}

export function decodeDescribe(wire: Buffer): TargetMessage | DecodeFailure {
  return target(wire);
}

export function decodeClose(wire: Buffer): TargetMessage | DecodeFailure {
  return target(wire);
}

/** The password, which here is a token: it goes from the wire into a `Secret` and is in no other place. */
export function decodePassword(
  wire: Buffer,
): { readonly ok: true; readonly password: Secret<string> } | DecodeFailure {
  const reader = new WireReader(wire);
  const password = reader.lastText();
  return reader.failure === undefined
    ? { ok: true, password: new Secret(password) }
    : decodeFailure(reader.failure);
}

export function decodeSaslInitialResponse(
  wire: Buffer,
): { readonly ok: true; readonly mechanism: string; readonly data: Buffer | undefined } | DecodeFailure {
  const reader = new WireReader(wire);
  const mechanism = reader.text();
  const length = reader.int32();
  const data = length === NULL_LENGTH ? undefined : reader.bytes(length);
  reader.end();
  return reader.failure === undefined ? { ok: true, mechanism, data } : decodeFailure(reader.failure);
}

export function decodeSaslResponse(
  wire: Buffer,
): { readonly ok: true; readonly data: Buffer } | DecodeFailure {
  const reader = new WireReader(wire);
  const data = reader.rest();
  return reader.failure === undefined ? { ok: true, data } : decodeFailure(reader.failure);
}

export function decodeCopyFail(wire: Buffer): { readonly ok: true; readonly reason: string } | DecodeFailure {
  const reader = new WireReader(wire);
  const reason = reader.lastText();
  return reader.failure === undefined ? { ok: true, reason } : decodeFailure(reader.failure);
}

/** Sync, Flush, Terminate and CopyDone: nothing may be in them. */
export function decodeEmpty(wire: Buffer): { readonly ok: true } | DecodeFailure {
  return wire.length === 5 ? EMPTY_MESSAGE : decodeFailure('GH_PG_MESSAGE_TRAILING');
}
const EMPTY_MESSAGE = Object.freeze({ ok: true } as const);

function target(wire: Buffer): TargetMessage | DecodeFailure {
  const reader = new WireReader(wire);
  const kind = reader.uint8();
  if (kind !== TARGET_STATEMENT && kind !== TARGET_PORTAL) reader.refuse('GH_PG_MESSAGE_VALUE');
  const named = name(reader);
  reader.end();
  return reader.failure === undefined
    ? { ok: true, target: kind === TARGET_STATEMENT ? 'statement' : 'portal', name: named }
    : decodeFailure(reader.failure);
}

function name(reader: WireReader): string {
  const before = reader.remaining;
  const text = reader.text();
  if (before - reader.remaining > NAME_BYTES_MAX + 1) reader.refuse('GH_PG_NAME_TOO_LONG');
  return text;
}

function formats(reader: WireReader): readonly FormatCode[] {
  const count = reader.uint16();
  if (count === 0) return NO_FORMATS;
  if (count * 2 > reader.remaining) reader.refuse('GH_PG_MESSAGE_TRUNCATED');
  const codes: FormatCode[] = [];
  for (let index = 0; index < count && reader.failure === undefined; index++) {
    const code = reader.uint16();
    if (code > FORMAT_BINARY) reader.refuse('GH_PG_MESSAGE_VALUE');
    codes.push(code === FORMAT_BINARY ? FORMAT_BINARY : 0);
  }
  return codes;
}
