/**
 * `envoy.service.ext_proc.v3` messages, decoded and encoded by hand: on the data path proto-loader's generic codec
 * costs more than the rest of the walk. A test holds this file to proto-loader over the same `protos/`.
 * Field numbers: envoy/service/ext_proc/v3/external_processor.proto of Envoy 1.40.0.
 */
import { FRAME_PREFIX_BYTES, frameOf } from './grpc-server.ts';
import { ProtobufReader, varintSize, writeVarint } from './protobuf-wire.ts';

/** Which way a message of the processor goes: `request` toward the upstream, `response` toward the client. */
export type Direction = 'request' | 'response';

export type ProcessingRequest =
  | {
      readonly kind: 'headers';
      readonly direction: Direction;
      readonly headers: ReadonlyMap<string, string>;
      readonly endOfStream: boolean;
    }
  | {
      readonly kind: 'body';
      readonly direction: Direction;
      readonly body: Buffer;
      readonly endOfStream: boolean;
    }
  | { readonly kind: 'trailers'; readonly direction: Direction }
  /** Nothing this processor knows: the stream is refused. */
  | { readonly kind: 'unknown' };

const EMPTY = Buffer.alloc(0);

/** Headers that arrive twice are joined with a comma, as RFC 9110 section 5.2 joins them. */
function decodeHeaders(reader: ProtobufReader, direction: Direction): ProcessingRequest {
  const headers = new Map<string, string>();
  let endOfStream = false;
  while (reader.nextField()) {
    if (reader.field === 1) {
      const map = reader.readMessage();
      while (map.nextField()) {
        if (map.field !== 1) {
          map.skip();
          continue;
        }
        const header = map.readMessage();
        let key = '';
        let value = '';
        while (header.nextField()) {
          if (header.field === 1) key = header.readString();
          else if (header.field === 2 || header.field === 3) value = header.readString() || value;
          else header.skip();
        }
        const before = headers.get(key);
        headers.set(key, before === undefined ? value : `${before},${value}`);
      }
    } else if (reader.field === 3) endOfStream = reader.readVarint() !== 0;
    else reader.skip();
  }
  return { kind: 'headers', direction, headers, endOfStream };
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
        decoded = { kind: 'trailers', direction: reader.field === 6 ? 'request' : 'response' };
        reader.skip();
        break;
      default:
        reader.skip();
    }
  }
  return decoded;
}

export type ProcessingResponse =
  /** Headers go on as they are. */
  | { readonly kind: 'headers'; readonly direction: Direction }
  /** A chunk of a body in that direction; its pieces are written one after the other. */
  | {
      readonly kind: 'body';
      readonly direction: Direction;
      readonly pieces: readonly Buffer[];
      readonly endOfStream: boolean;
    }
  | { readonly kind: 'trailers'; readonly direction: Direction }
  /** A local reply instead of the exchange; only while nothing has been sent to the client. */
  | { readonly kind: 'immediate'; readonly status: number; readonly details: string };

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

function encodeImmediate(status: number, details: string): Buffer {
  // ImmediateResponse(7){status=1: HttpStatus{code=1}, details=5}
  const text = Buffer.from(details, 'utf8');
  const code = 1 + varintSize(status);
  const body = 1 + varintSize(code) + code + 1 + varintSize(text.length) + text.length;
  const out = frameOf(1 + varintSize(body) + body);
  let offset = FRAME_PREFIX_BYTES;
  out[offset++] = 0x3a;
  offset = writeVarint(out, offset, body);
  out[offset++] = 0x0a;
  offset = writeVarint(out, offset, code);
  out[offset++] = 0x08;
  offset = writeVarint(out, offset, status);
  out[offset++] = 0x2a;
  offset = writeVarint(out, offset, text.length);
  text.copy(out, offset);
  return out;
}

/** A ProcessingResponse as a whole gRPC frame: the bytes of a body are copied once, from their pieces to here. */
export function encodeProcessingResponse(response: ProcessingResponse): Buffer {
  switch (response.kind) {
    case 'headers':
      return framed(HEADERS_CONTINUE[response.direction]);
    case 'body':
      return encodeBody(response.direction, response.pieces, response.endOfStream);
    case 'trailers':
      return framed(TRAILERS_CONTINUE[response.direction]);
    case 'immediate':
      return encodeImmediate(response.status, response.details);
  }
}
