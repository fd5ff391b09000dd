/**
 * `envoy.service.ext_proc.v3` messages, decoded and encoded by hand: on the data path proto-loader's generic codec
 * costs more than the rest of the walk. A test holds this file to proto-loader over the same `protos/`.
 * Field numbers: envoy/service/ext_proc/v3/external_processor.proto of Envoy 1.40.0.
 */
import type { RequestAttributes } from '../exchange/http/http-wire.ts';
import type { HeaderChanges, HeaderField, HeaderFields } from '../protocols/http/header-fields.ts';
import { FRAME_PREFIX_BYTES, frameOf } from './grpc-server.ts';
import { encodeHeaderMutation, fieldSize, headerMutation, writeHead } from './header-mutation.ts';
import { KnownTexts } from './known-texts.ts';
import { bytesField, messageField, varintField } from './protobuf-writer.ts';
import { ProtobufReader, varintSize, writeVarint } from './protobuf-wire.ts';

/** Which way a message of the processor goes: `request` toward the upstream, `response` toward the client. */
export type Direction = 'request' | 'response';

export type ProcessingRequest =
  | {
      readonly kind: 'headers';
      readonly direction: Direction;
      readonly fields: HeaderFields;
      readonly endOfStream: boolean;
      /** Of request headers that came by an HTTP listener; undefined for a tunnel. */
      readonly attributes: RequestAttributes | undefined;
    }
  | {
      readonly kind: 'body';
      readonly direction: Direction;
      readonly body: Buffer;
      readonly endOfStream: boolean;
    }
  | { readonly kind: 'trailers'; readonly direction: Direction; readonly fields: HeaderFields }
  /** Nothing this processor knows: the stream is refused. */
  | { readonly kind: 'unknown' };

const EMPTY = Buffer.alloc(0);
/** Of headers and attributes; of values, which may be secrets, none is kept. */
const NAMES = new KnownTexts();

function decodeHeaders(reader: ProtobufReader, direction: Direction): ProcessingRequest {
  let fields: HeaderFields = [];
  let endOfStream = false;
  while (reader.nextField()) {
    if (reader.field === 1) fields = decodeHeaderMap(reader.readMessage());
    else if (reader.field === 3) endOfStream = reader.readVarint() !== 0;
    else reader.skip();
  }
  return { kind: 'headers', direction, fields, endOfStream, attributes: undefined };
}

/** envoy.config.core.v3.HeaderMap: lines in their order, of one name as often as they came. */
export function decodeHeaderMap(map: ProtobufReader): HeaderFields {
  const fields: HeaderField[] = [];
  while (map.nextField()) {
    if (map.field !== 1) {
      map.skip();
      continue;
    }
    const header = map.readMessage();
    let key = '';
    let value = '';
    while (header.nextField()) {
      if (header.field === 1) key = header.readKnown(NAMES);
      else if (header.field === 2 || header.field === 3) value = header.readString() || value;
      else header.skip();
    }
    fields.push([key, value]);
  }
  return fields;
}

/** `attributes` is a map from the filter's name to a Struct of those that the filter asks for. */
function decodeAttributes(entry: ProtobufReader): RequestAttributes {
  const found = new Map<string, string>();
  while (entry.nextField()) {
    if (entry.field !== 2) {
      entry.skip();
      continue;
    }
    const struct = entry.readMessage();
    while (struct.nextField()) {
      if (struct.field === 1) decodeStructMember(struct.readMessage(), found);
      else struct.skip();
    }
  }
  return {
    route: found.get('xds.route_name') ?? '',
    clientAddress: found.get('source.address') ?? '',
    protocol: found.get('request.protocol') ?? '',
    scheme: found.get('request.scheme') ?? '',
  };
}

/** google.protobuf.Struct's members that are strings; an attribute with a dot is a member of that name. */
function decodeStructMember(member: ProtobufReader, found: Map<string, string>): void {
  let key = '';
  let value: string | undefined;
  while (member.nextField()) {
    if (member.field === 1) key = member.readKnown(NAMES);
    else if (member.field === 2) {
      const held = member.readMessage();
      while (held.nextField()) {
        if (held.field === 3) value = held.readString();
        else held.skip();
      }
    } else member.skip();
  }
  if (value !== undefined) found.set(key, value);
}

function decodeBody(reader: ProtobufReader, direction: Direction): ProcessingRequest {
  let body: Buffer = EMPTY;
  let endOfStream = false;
  while (reader.nextField()) {
    if (reader.field === 1) body = reader.readBytes();
    else if (reader.field === 2) endOfStream = reader.readVarint() !== 0;
    else reader.skip();
  }
  return { kind: 'body', direction, body, endOfStream };
}

/** Decodes a ProcessingRequest. Bodies are views of `buffer`. Throws `GH_EDGE_PROTOBUF` for malformed bytes. */
export function decodeProcessingRequest(buffer: Buffer): ProcessingRequest {
  const reader = new ProtobufReader(buffer);
  let decoded: ProcessingRequest = { kind: 'unknown' };
  let attributes: RequestAttributes | undefined;
  while (reader.nextField()) {
    switch (reader.field) {
      case 2:
        decoded = decodeHeaders(reader.readMessage(), 'request');
        break;
      case 3:
        decoded = decodeHeaders(reader.readMessage(), 'response');
        break;
      case 4:
        decoded = decodeBody(reader.readMessage(), 'request');
        break;
      case 5:
        decoded = decodeBody(reader.readMessage(), 'response');
        break;
      case 6:
      case 7:
        decoded = decodeTrailers(reader.readMessage(), reader.field === 6 ? 'request' : 'response');
        break;
      case 9:
        attributes = decodeAttributes(reader.readMessage());
        break;
      default:
        reader.skip();
    }
  }
  return decoded.kind === 'headers' && attributes !== undefined ? { ...decoded, attributes } : decoded;
}

function decodeTrailers(reader: ProtobufReader, direction: Direction): ProcessingRequest {
  let fields: HeaderFields = [];
  while (reader.nextField()) {
    if (reader.field === 1) fields = decodeHeaderMap(reader.readMessage());
    else reader.skip();
  }
  return { kind: 'trailers', direction, fields };
}

export type ProcessingResponse =
  /** Headers go on, with these changes. */
  | { readonly kind: 'headers'; readonly direction: Direction; readonly changes?: HeaderChanges }
  /** A chunk of a body in that direction; its pieces are written one after the other. */
  | {
      readonly kind: 'body';
      readonly direction: Direction;
      readonly pieces: readonly Buffer[];
      readonly endOfStream: boolean;
    }
  | { readonly kind: 'trailers'; readonly direction: Direction; readonly changes?: HeaderChanges }
  /** A local reply instead of the exchange; only while nothing has been sent to the client. */
  | {
      readonly kind: 'immediate';
      readonly status: number;
      readonly details: string;
      readonly headers?: readonly HeaderField[];
      readonly body?: Buffer;
    }
  /** The same piece by piece, its header first: only in place of the answer to request headers. */
  | { readonly kind: 'reply-head'; readonly status: number; readonly headers: readonly HeaderField[] }
  | { readonly kind: 'reply-body'; readonly pieces: readonly Buffer[]; readonly endOfStream: boolean };

/** HeadersResponse{response: CommonResponse{}} at field 1 or 2, TrailersResponse{} at 5 or 6: constant bytes. */
const HEADERS_CONTINUE = { request: [0x0a, 0x02, 0x0a, 0x00], response: [0x12, 0x02, 0x0a, 0x00] } as const;
const TRAILERS_CONTINUE = { request: [0x2a, 0x00], response: [0x32, 0x00] } as const;

function framed(bytes: readonly number[]): Buffer {
  const frame = frameOf(bytes.length);
  frame.set(bytes, FRAME_PREFIX_BYTES);
  return frame;
}

const BODY_TAG = { request: 0x1a, response: 0x22 } as const;

/**
 * A chunk of a body up to where its bytes begin, and room for so many of them in the same buffer.
 * BodyResponse(1) › CommonResponse(3) › BodyMutation(3) › StreamedBodyResponse{end_of_stream=2, body=1}
 */
function bodyFrame(direction: Direction, bodyBytes: number, endOfStream: boolean, roomBytes: number): Buffer {
  const streamed = (endOfStream ? 2 : 0) + (bodyBytes === 0 ? 0 : 1 + varintSize(bodyBytes) + bodyBytes);
  const mutation = 1 + varintSize(streamed) + streamed;
  const common = 1 + varintSize(mutation) + mutation;
  const response = 1 + varintSize(common) + common;
  const message = 1 + varintSize(response) + response;
  const out = frameOf(message, message - bodyBytes + roomBytes);
  let offset = FRAME_PREFIX_BYTES;
  out[offset++] = BODY_TAG[direction];
  offset = writeVarint(out, offset, response);
  out[offset++] = 0x0a;
  offset = writeVarint(out, offset, common);
  out[offset++] = 0x1a;
  offset = writeVarint(out, offset, mutation);
  out[offset++] = 0x1a;
  offset = writeVarint(out, offset, streamed);
  if (endOfStream) {
    out[offset++] = 0x10;
    out[offset++] = 1;
  }
  if (bodyBytes > 0) {
    out[offset++] = 0x0a;
    writeVarint(out, offset, bodyBytes);
  }
  return out;
}

/**
 * A body chunk as a gRPC frame without the chunk itself, whose `bytes` must follow it: what is large is not copied, since
 * every copy is memory that the collector has to be rid of.
 */
export function encodeBodyHead(direction: Direction, bytes: number, endOfStream: boolean): Buffer {
  return bodyFrame(direction, bytes, endOfStream, 0);
}

function encodeBody(direction: Direction, pieces: readonly Buffer[], endOfStream: boolean): Buffer {
  let bytes = 0;
  for (const piece of pieces) bytes += piece.length;
  const out = bodyFrame(direction, bytes, endOfStream, bytes);
  let offset = out.length - bytes;
  for (const piece of pieces) {
    piece.copy(out, offset);
    offset += piece.length;
  }
  return out;
}

function framedMessage(message: Buffer): Buffer {
  const frame = frameOf(message.length);
  message.copy(frame, FRAME_PREFIX_BYTES);
  return frame;
}

const changesNothing = (changes: HeaderChanges | undefined): boolean =>
  changes === undefined || (changes.set.length === 0 && changes.remove.length === 0);

/** HeadersResponse(1 or 2) › CommonResponse(1) › HeaderMutation(2) */
function encodeHeaders(direction: Direction, changes: HeaderChanges | undefined): Buffer {
  if (changes === undefined || changesNothing(changes)) return framed(HEADERS_CONTINUE[direction]);
  const mutation = headerMutation(changes);
  const common = fieldSize(mutation.bytes);
  const response = fieldSize(common);
  const frame = frameOf(fieldSize(response));
  let at = writeHead(frame, FRAME_PREFIX_BYTES, direction === 'request' ? 0x0a : 0x12, response);
  at = writeHead(frame, at, 0x0a, common);
  at = writeHead(frame, at, 0x12, mutation.bytes);
  mutation.write(frame, at);
  return frame;
}

/** TrailersResponse(5 or 6) › HeaderMutation(1) */
function encodeTrailers(direction: Direction, changes: HeaderChanges | undefined): Buffer {
  if (changes === undefined || changesNothing(changes)) return framed(TRAILERS_CONTINUE[direction]);
  const mutation = headerMutation(changes);
  const response = fieldSize(mutation.bytes);
  const frame = frameOf(fieldSize(response));
  const at = writeHead(frame, FRAME_PREFIX_BYTES, direction === 'request' ? 0x2a : 0x32, response);
  mutation.write(frame, writeHead(frame, at, 0x0a, mutation.bytes));
  return frame;
}

/** ImmediateResponse(7){status=1: HttpStatus{code=1}, headers=2: HeaderMutation, body=3, details=5} */
function encodeImmediate(response: Extract<ProcessingResponse, { kind: 'immediate' }>): Buffer {
  const { status, details, headers = [], body } = response;
  return framedMessage(
    messageField(7, [
      messageField(1, [varintField(1, status)]),
      ...(headers.length === 0 ? [] : [bytesField(2, encodeHeaderMutation({ set: headers, remove: [] }))]),
      bytesField(3, body),
      bytesField(5, details),
    ]),
  );
}

/** StreamedImmediateResponse(11) › HttpHeaders(1){headers=1: HeaderMap{headers=1: HeaderValue{key=1, raw_value=3}}} */
function encodeReplyHead(status: number, headers: readonly HeaderField[]): Buffer {
  const fields: readonly HeaderField[] = [[':status', String(status)], ...headers];
  const map = messageField(
    1,
    fields.map(([name, value]) =>
      messageField(1, [bytesField(1, name), bytesField(3, Buffer.from(value, 'utf8'))]),
    ),
  );
  return framedMessage(messageField(11, [messageField(1, [map])]));
}

/** StreamedImmediateResponse(11) › StreamedBodyResponse(2){body=1, end_of_stream=2} */
function encodeReplyBody(pieces: readonly Buffer[], endOfStream: boolean): Buffer {
  const body = messageField(2, [
    bytesField(1, Buffer.concat(pieces)),
    ...(endOfStream ? [varintField(2, 1)] : []),
  ]);
  return framedMessage(messageField(11, [body]));
}

/** A ProcessingResponse as a whole gRPC frame: the bytes of a body are copied once, from their pieces to here. */
export function encodeProcessingResponse(response: ProcessingResponse): Buffer {
  switch (response.kind) {
    case 'headers':
      return encodeHeaders(response.direction, response.changes);
    case 'body':
      return encodeBody(response.direction, response.pieces, response.endOfStream);
    case 'trailers':
      return encodeTrailers(response.direction, response.changes);
    case 'immediate':
      return encodeImmediate(response);
    case 'reply-head':
      return encodeReplyHead(response.status, response.headers);
    case 'reply-body':
      return encodeReplyBody(response.pieces, response.endOfStream);
  }
}
