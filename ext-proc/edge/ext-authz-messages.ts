/**
 * `envoy.service.auth.v3` messages, as much of them as a decision needs. A test holds this file to proto-loader over the
 * same `protos/`. Field numbers: envoy/service/auth/v3/{external_auth,attribute_context}.proto of Envoy 1.40.0.
 */
import type { GateReply, RequestAttributes } from '../exchange/http/http-wire.ts';
import {
  fieldValue,
  type HeaderChanges,
  type HeaderField,
  type HeaderFields,
} from '../protocols/http/header-fields.ts';
import { ProtobufReader } from './protobuf-wire.ts';
import { bytesField, messageField, varintField } from './protobuf-writer.ts';

export interface CheckRequest {
  readonly attributes: RequestAttributes;
  /** Lines of one name come joined by commas, pseudo-headers among them. */
  readonly fields: HeaderFields;
  /**
   * Whether a body follows; undefined where nobody can say. Envoy waits for the first byte of a body before it asks,
   * where the route says so (`context_extensions` has `body: awaited`), and then adds a field that says that it came.
   */
  readonly hasBody: boolean | undefined;
}

/** In `context_extensions` of a route that awaits bodies (`with_request_body`). */
export const BODY_AWAITED = ['body', 'awaited'] as const;
/** What Envoy adds where a body's first byte came; of a client's own the gate believes too that there is a body. */
const BODY_CAME = 'x-envoy-auth-partial-body';

/** Throws `GH_EDGE_PROTOBUF` for malformed bytes. */
export function decodeCheckRequest(buffer: Buffer): CheckRequest {
  const reader = new ProtobufReader(buffer);
  const found = { route: '', clientAddress: '', protocol: '', scheme: '' };
  let fields: HeaderFields = [];
  let isAwaited = false;
  while (reader.nextField()) {
    if (reader.field !== 1) {
      reader.skip();
      continue;
    }
    const context = reader.readMessage();
    while (context.nextField()) {
      if (context.field === 1) found.clientAddress = decodePeer(context.readMessage());
      else if (context.field === 4) fields = decodeRequest(context.readMessage(), found);
      else if (context.field === 10) {
        const [key, value] = decodeEntry(context.readMessage());
        if (key === 'route') found.route = value;
        else if (key === BODY_AWAITED[0]) isAwaited = value === BODY_AWAITED[1];
      } else context.skip();
    }
  }
  return { attributes: found, fields, hasBody: hasBody(fields, found.protocol, isAwaited) };
}

/** Over HTTP/2 a body needs no length; over HTTP/1.1 it has one, or is chunked (RFC 9112 section 6.3). */
function hasBody(fields: HeaderFields, protocol: string, isAwaited: boolean): boolean | undefined {
  const length = fieldValue(fields, 'content-length');
  if (length !== undefined) return length !== '0';
  if (fieldValue(fields, 'transfer-encoding') !== undefined || fieldValue(fields, BODY_CAME) !== undefined)
    return true;
  return isAwaited || protocol === 'HTTP/1.1' || protocol === 'HTTP/1.0' ? false : undefined;
}

/** Peer{address=1: Address{socket_address=1: SocketAddress{address=2, port_value=3}}} */
function decodePeer(peer: ProtobufReader): string {
  let host = '';
  let port = 0;
  while (peer.nextField()) {
    if (peer.field !== 1) {
      peer.skip();
      continue;
    }
    const address = peer.readMessage();
    while (address.nextField()) {
      if (address.field !== 1) {
        address.skip();
        continue;
      }
      const socket = address.readMessage();
      while (socket.nextField()) {
        if (socket.field === 2) host = socket.readString();
        else if (socket.field === 3) port = socket.readVarint();
        else socket.skip();
      }
    }
  }
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Request{http=2: HttpRequest{headers=3: map, scheme=6, protocol=10}} */
function decodeRequest(request: ProtobufReader, found: { protocol: string; scheme: string }): HeaderFields {
  const fields: HeaderField[] = [];
  while (request.nextField()) {
    if (request.field !== 2) {
      request.skip();
      continue;
    }
    const http = request.readMessage();
    while (http.nextField()) {
      if (http.field === 3) fields.push(decodeEntry(http.readMessage()));
      else if (http.field === 6) found.scheme = http.readString();
      else if (http.field === 10) found.protocol = http.readString();
      else http.skip();
    }
  }
  return fields;
}

function decodeEntry(entry: ProtobufReader): HeaderField {
  let key = '';
  let value = '';
  while (entry.nextField()) {
    if (entry.field === 1) key = entry.readString();
    else if (entry.field === 2) value = entry.readString();
    else entry.skip();
  }
  return [key, value];
}

/** google.rpc.Code */
const OK = 0;
const PERMISSION_DENIED = 7;

/** CheckResponse{status=1: Status{code=1}, ok_response=3: OkHttpResponse{headers=2, headers_to_remove=5}} */
export const encodeAllowed = ({ set, remove }: HeaderChanges): Buffer =>
  Buffer.concat([
    messageField(1, [varintField(1, OK)]),
    messageField(3, [...set.map(encodeHeader), ...remove.map((name) => bytesField(5, name))]),
  ]);

/** CheckResponse{status=1, denied_response=2: DeniedHttpResponse{status=1: HttpStatus{code=1}, headers=2, body=3}} */
export const encodeDenied = ({ status, headers, body }: GateReply): Buffer =>
  Buffer.concat([
    messageField(1, [varintField(1, PERMISSION_DENIED)]),
    messageField(2, [
      messageField(1, [varintField(1, status)]),
      ...headers.map(encodeHeader),
      bytesField(3, body),
    ]),
  ]);

/** HeaderValueOption{header=1: HeaderValue{key=1, value=2}, append=2: BoolValue{}}, as field 2: it replaces. */
const encodeHeader = ([name, value]: HeaderField): Buffer =>
  messageField(2, [messageField(1, [bytesField(1, name), bytesField(2, value)]), messageField(2, [])]);
