/**
 * Writes what the gate itself says to a server: its login, its catalogue queries, and what follows a denial.
 * What a client sent goes on as it came and never through here.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "Message Formats".
 * Every function that takes a text throws GatehouseError `GH_PG_ENCODE_NUL` where it has a NUL in it.
 */
import { FRONTEND } from './message-types.ts';
import type { BindMessage, ParseMessage } from './frontend.ts';
import { WireWriter } from './wire-writer.ts';

export function encodeQuery(text: string): Buffer {
  return new WireWriter(FRONTEND.Query).text(text).finish();
}

export function encodeParse(message: Omit<ParseMessage, 'ok'>): Buffer {
  const writer = new WireWriter(FRONTEND.Parse).text(message.statement).text(message.text);
  writer.uint16(message.parameterTypes.length);
  for (const type of message.parameterTypes) writer.uint32(type);
  return writer.finish();
}

export function encodeBind(message: Omit<BindMessage, 'ok'>): Buffer {
  const writer = new WireWriter(FRONTEND.Bind).text(message.portal).text(message.statement);
  writer.uint16(message.parameterFormats.length);
  for (const format of message.parameterFormats) writer.uint16(format);
  writer.uint16(message.values.length);
  for (const value of message.values) {
    if (value === null) writer.uint32(0xffff_ffff);
    else writer.uint32(value.length).bytes(value);
  }
  writer.uint16(message.resultFormats.length);
  for (const format of message.resultFormats) writer.uint16(format);
  return writer.finish();
}

/** `rowsMax` 0 asks for all rows. */
export function encodeExecute(portal: string, rowsMax = 0): Buffer {
  return new WireWriter(FRONTEND.Execute).text(portal).uint32(rowsMax).finish();
}

export function encodeDescribe(target: 'statement' | 'portal', name: string): Buffer {
  return new WireWriter(FRONTEND.Describe).uint8(targetByte(target)).text(name).finish();
}

export function encodeClose(target: 'statement' | 'portal', name: string): Buffer {
  return new WireWriter(FRONTEND.Close).uint8(targetByte(target)).text(name).finish();
}

export function encodeSync(): Buffer {
  return new WireWriter(FRONTEND.Sync).finish();
}

export function encodeFlush(): Buffer {
  return new WireWriter(FRONTEND.Flush).finish();
}

export function encodeTerminate(): Buffer {
  return new WireWriter(FRONTEND.Terminate).finish();
}

export function encodeCopyDone(): Buffer {
  return new WireWriter(FRONTEND.CopyDone).finish();
}

export function encodeCopyFail(reason: string): Buffer {
  return new WireWriter(FRONTEND.CopyFail).text(reason).finish();
}

/** The caller has the password revealed; the bytes made here hold it. */
export function encodePassword(password: string): Buffer {
  return new WireWriter(FRONTEND.PasswordMessage).text(password).finish();
}

export function encodeSaslInitialResponse(mechanism: string, data: Uint8Array): Buffer {
  return new WireWriter(FRONTEND.PasswordMessage).text(mechanism).uint32(data.length).bytes(data).finish();
}

export function encodeSaslResponse(data: Uint8Array): Buffer {
  return new WireWriter(FRONTEND.PasswordMessage).bytes(data).finish();
}

function targetByte(target: 'statement' | 'portal'): number {
  return target === 'statement' ? 0x53 : 0x50;
}
