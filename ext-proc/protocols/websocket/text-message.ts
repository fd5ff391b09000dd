/**
 * How a text message is read. WebSocket names no media type (RFC 6455 section 5.6), so it is looked at: JSON where all of
 * it is JSON; JSON in records, as SignalR (each ends with a record separator) and NDJSON have it; JSON behind a few
 * characters of a protocol's own, as Socket.IO and STOMP have it; and otherwise text.
 */
import { GatehouseError } from '../../domain/errors.ts';
import type { BodyMasking } from '../http/body/body-masking.ts';
import { malformedBody } from '../http/body/body-refusal.ts';
import { bodyTransform, type ReadBodyKind } from '../http/body/body-transform.ts';
import { parseStrictJson } from '../http/body/strict-json.ts';

export type ReadText =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'text' }
  /** JSON that can be read in two ways. */
  | { readonly kind: 'refused'; readonly code: string; readonly publicMessage: string };

/** A message of a client's as policy sees it. `payload` is in UTF-8. Never throws. */
export function readText(payload: Buffer): ReadText {
  const read = parseStrictJson(payload);
  if (read.ok) return { kind: 'json', value: read.value };
  const { code, publicMessage } = read;
  return isLooseJson(payload)
    ? { kind: 'refused', code, publicMessage: publicMessage.replace('body', 'message') }
    : { kind: 'text' };
}

/** What some servers would take for JSON and policy would not see. */
function isLooseJson(payload: Buffer): boolean {
  try {
    JSON.parse(payload.toString('utf8').replace(/^\ufeff/, ''));
    return true;
  } catch {
    return false;
  }
}

/**
 * The message with what is marked or found in it replaced, and removed fields gone. `payload` is in UTF-8. Throws a
 * GatehouseError (`GH_HTTP_BODY_…`) where it cannot be masked with certainty.
 */
export function maskText(payload: Buffer, masking: BodyMasking): Buffer {
  const { body, trailer } = withoutTrailer(payload);
  return Buffer.concat([maskedJson(body, masking) ?? asText(body, masking), trailer]);
}

/** As `maskText`, of a message that has fields; undefined where it is a text, of which no field can be told. */
export function maskFields(payload: Buffer, masking: BodyMasking): Buffer | undefined {
  const { body, trailer } = withoutTrailer(payload);
  const masked = maskedJson(body, masking);
  return masked === undefined ? undefined : Buffer.concat([masked, trailer]);
}

const maskedJson = (body: Buffer, masking: BodyMasking): Buffer | undefined =>
  asJson(body, masking) ?? asRecords(body, masking) ?? asPrefixed(body, masking);

/** STOMP ends a frame with NUL and SignalR a record with RS; no detector reads either. */
function withoutTrailer(payload: Buffer): { readonly body: Buffer; readonly trailer: Buffer } {
  let end = payload.length;
  while (end > 0 && TRAILERS.has(payload[end - 1] as number)) end--;
  return { body: payload.subarray(0, end), trailer: payload.subarray(end) };
}

const TRAILERS: ReadonlySet<number> = new Set([0x00, 0x0a, 0x0d, 0x1e]);
/** Of a protocol's own before the JSON. */
const PREFIX_BYTES_MAX = 4_096;

function asJson(body: Buffer, masking: BodyMasking): Buffer | undefined {
  try {
    return tried(masking, (counting) => masks('json', body, counting));
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error;
    // What opens as JSON and cannot be held may be JSON all the same: as text its marked fields would go on.
    if (error.code === 'GH_HTTP_BODY_MALFORMED' || !opensJson(body)) return undefined;
    throw error;
  }
}

/** Objects and arrays, one a record: of bare numbers behind one another nobody could say what they are together. */
function asRecords(body: Buffer, masking: BodyMasking): Buffer | undefined {
  const text = body.toString('latin1');
  if (!opensJson(body) || !/[\x1e\n]/.test(text)) return undefined;
  return tried(masking, (counting) => {
    const pieces: Buffer[] = [];
    for (let at = 0; at < text.length;) {
      const end = recordEnd(text, at);
      const record = body.subarray(at, end);
      const masked = record.length === 0 ? record : opensJson(record) ? asJson(record, counting) : undefined;
      if (masked === undefined) return undefined;
      pieces.push(masked, body.subarray(end, end + 1));
      at = end + 1;
    }
    return Buffer.concat(pieces);
  });
}

function recordEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== '\n' && text[at] !== '\x1e') at++;
  return at;
}

function asPrefixed(body: Buffer, masking: BodyMasking): Buffer | undefined {
  const at = body
    .subarray(0, PREFIX_BYTES_MAX + 1)
    .toString('latin1')
    .search(/[[{]/);
  if (at <= 0) return undefined;
  const json = tried(masking, (counting) => asJson(body.subarray(at), counting));
  return json === undefined ? undefined : Buffer.concat([masks('text', body.subarray(0, at), masking), json]);
}

function asText(body: Buffer, masking: BodyMasking): Buffer {
  // A part of a JSON text, or one that not every reader takes: its fields cannot be told.
  if (!masking.marks.empty && /^[ \t\r\n[]*\{\s*"/.test(body.toString('latin1', 0, 1_024)))
    throw malformedBody('JSON that is not whole');
  return masks('text', body, masking);
}

/** Counts only where the message turned out to be what `run` takes it for. */
function tried(masking: BodyMasking, run: (counting: BodyMasking) => Buffer | undefined): Buffer | undefined {
  const counted: Parameters<BodyMasking['count']>[] = [];
  const masked = run({ ...masking, count: (...part) => counted.push(part) });
  if (masked !== undefined) for (const part of counted) masking.count(...part);
  return masked;
}

const opensJson = (body: Buffer): boolean => /^[ \t\r\n]*[[{"]/.test(body.toString('latin1', 0, 64));

function masks(kind: ReadBodyKind, body: Buffer, masking: BodyMasking): Buffer {
  const transform = bodyTransform(kind, masking);
  return Buffer.concat([...transform.push(body), ...transform.end()]);
}
