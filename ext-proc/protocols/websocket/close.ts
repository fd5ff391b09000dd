/** The payload of a Close frame: a status code and a reason in UTF-8 (RFC 6455 sections 5.5.1 and 7.4). */
import { isUtf8 } from 'node:buffer';
import { badFrame, badText, type Refused } from './frame.ts';

export interface Close {
  readonly kind: 'close';
  /** Undefined where the frame has none. */
  readonly code: number | undefined;
  readonly reason: string;
}

const REASON_BYTES_MAX = 123;

/** Codes that may stand on the wire: RFC 6455 section 7.4.1, those that IANA has registered since, and applications' own. */
const mayStand = (code: number): boolean =>
  (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);

export function readClose(payload: Buffer): Close | Refused {
  if (payload.length === 0) return { kind: 'close', code: undefined, reason: '' };
  if (payload.length === 1) return badFrame('A Close frame holds half a status code.');
  const code = payload.readUInt16BE(0);
  if (!mayStand(code)) return badFrame('A Close frame has a status code that may not be sent.');
  const reason = payload.subarray(2);
  if (!isUtf8(reason)) return badText();
  return { kind: 'close', code, reason: reason.toString('utf8') };
}

/** A reason that is too long is cut between two characters. Without a code there is no reason. */
export function closePayload(code: number | undefined, reason = ''): Buffer {
  if (code === undefined) return Buffer.alloc(0);
  const text = Buffer.from(reason.toWellFormed(), 'utf8');
  let bytes = Math.min(text.length, REASON_BYTES_MAX);
  while (bytes > 0 && bytes < text.length && ((text[bytes] as number) & 0xc0) === 0x80) bytes--;
  const payload = Buffer.allocUnsafe(2 + bytes);
  payload.writeUInt16BE(code, 0);
  text.copy(payload, 2, 0, bytes);
  return payload;
}
