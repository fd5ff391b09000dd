/**
 * What a client sends to the MCP endpoint, read so that the gate and the server can only read the same: JSON-RPC 2.0
 * without members of other kinds, one version, headers that say what the body says, and parameters in form. Batches
 * (2025-03-26 alone has them) are refused: each of their messages would need an answer and a decision of its own.
 */
import { problemOfClaim, versionOf } from './client-version.ts';
import { isJsonObject, isRpcId, memberOf, RPC_CODES, type JsonObject, type RpcId } from './json-rpc.ts';
import { isMisspeltMethod } from './methods.ts';
import { headerMismatch } from './mirrored-headers.ts';
import { isPerRequestVersion, isSupportedVersion, SUPPORTED_VERSIONS } from './protocol-version.ts';
import { problemOfParams } from './request-params.ts';

export interface McpRequest {
  readonly kind: 'request';
  readonly id: RpcId;
  readonly method: string;
  /** Empty where there are none. */
  readonly params: JsonObject;
  /** Empty where the client has not said: 2025-03-26 then, or what `initialize` agreed on. */
  readonly version: string;
}

export interface McpNotification {
  readonly kind: 'notification';
  readonly method: string;
  readonly params: JsonObject;
  readonly version: string;
}

/** The client's answer to a request of the server's (2025-11-25 and earlier). */
export interface McpClientResponse {
  readonly kind: 'response';
  readonly id: RpcId;
  readonly result?: JsonObject;
  readonly error?: JsonObject;
  readonly version: string;
}

export type McpClientMessage = McpRequest | McpNotification | McpClientResponse;

/** GET or DELETE, which have no message: 2025-11-25 and earlier. */
export interface McpSessionRequest {
  readonly kind: 'session';
  readonly method: 'GET' | 'DELETE';
  readonly version: string;
}

export interface McpRefusal {
  readonly ok: false;
  /** HTTP. */
  readonly status: number;
  readonly code: string;
  readonly publicMessage: string;
  /** Of the request, where it could be told. */
  readonly id: RpcId | null;
  readonly rpcCode: number;
  /** The error's `data`, where the specification wants some. */
  readonly data?: JsonObject;
}

export type ClientMessageResult<Message> = { readonly ok: true; readonly message: Message } | McpRefusal;

const METHOD = /^[A-Za-z0-9_.$:/-]{1,128}$/;
const REQUEST_MEMBERS: readonly string[] = ['jsonrpc', 'id', 'method', 'params'];
const NOTIFICATION_MEMBERS: readonly string[] = ['jsonrpc', 'method', 'params'];
const RESPONSE_MEMBERS: readonly string[] = ['jsonrpc', 'id', 'result', 'error'];
const NO_PARAMS: JsonObject = Object.freeze({});

type Refuse = (code: string, rpcCode: number, publicMessage: string, data?: JsonObject) => McpRefusal;

/**
 * `value`: the body as strictly parsed JSON, without duplicate members. `headers`: lower-case names, of a name that
 * comes twice the values joined by commas.
 */
export function readClientMessage(
  value: unknown,
  headers: ReadonlyMap<string, string>,
): ClientMessageResult<McpClientMessage> {
  const id = isJsonObject(value) && isRpcId(memberOf(value, 'id')) ? (value['id'] as RpcId) : null;
  const refuse: Refuse = (code, rpcCode, publicMessage, data) => ({
    ok: false,
    status: 400,
    code,
    publicMessage,
    id,
    rpcCode,
    ...(data === undefined ? {} : { data }),
  });
  if (Array.isArray(value)) {
    return refuse(
      'GH_MCP_BATCH',
      RPC_CODES.invalidRequest,
      'batches are not accepted: send one message a request',
    );
  }
  if (!isJsonObject(value) || memberOf(value, 'jsonrpc') !== '2.0') return notJsonRpc(refuse);
  const version = readVersion(value, headers, refuse);
  if (typeof version !== 'string') return version;
  if (Object.hasOwn(value, 'method')) return readCall(value, id, version, headers, refuse);
  return readResponse(value, id, version, headers, refuse);
}

/** What comes without a body. The answer to a 405 names POST in `Allow`. */
export function readSessionRequest(
  method: 'GET' | 'DELETE',
  headers: ReadonlyMap<string, string>,
): ClientMessageResult<McpSessionRequest> {
  const header = headers.get('mcp-protocol-version');
  const refusal = { ok: false, id: null } as const;
  if (header !== undefined && !isSupportedVersion(header)) return { ...refusal, ...unsupported(header) };
  const version = header ?? '';
  if (!isPerRequestVersion(version)) return { ok: true, message: { kind: 'session', method, version } };
  return {
    ...refusal,
    status: 405,
    code: 'GH_MCP_HTTP_METHOD',
    publicMessage: `${version} has POST only: use subscriptions/listen for what GET was for`,
    rpcCode: RPC_CODES.invalidRequest,
  };
}

function readCall(
  value: JsonObject,
  id: RpcId | null,
  version: string,
  headers: ReadonlyMap<string, string>,
  refuse: Refuse,
): ClientMessageResult<McpClientMessage> {
  const isRequest = Object.hasOwn(value, 'id');
  if (!hasOnly(value, isRequest ? REQUEST_MEMBERS : NOTIFICATION_MEMBERS)) return notJsonRpc(refuse);
  if (isRequest && id === null) {
    return refuse(
      'GH_MCP_ID',
      RPC_CODES.invalidRequest,
      'the id must be a short string or an integer up to 2^53',
    );
  }
  const { method } = value;
  if (typeof method !== 'string' || !METHOD.test(method) || isMisspeltMethod(method)) {
    return refuse('GH_MCP_METHOD', RPC_CODES.invalidRequest, 'the method is not spelt as a method can be');
  }
  // A server that runs what has no id would run what policy saw as a notification.
  if (method.startsWith('notifications/') === isRequest) {
    const what = isRequest ? 'a notification has no id' : 'what is not a notification needs an id';
    return refuse('GH_MCP_MESSAGE', RPC_CODES.invalidRequest, what);
  }
  const params = Object.hasOwn(value, 'params') ? value['params'] : NO_PARAMS;
  if (!isJsonObject(params))
    return refuse('GH_MCP_PARAMS', RPC_CODES.invalidParams, 'params must be an object');
  const problem = problemOfParams(method, params) ?? problemOfClaim(isRequest, params, version);
  if (problem !== undefined) return refuse('GH_MCP_PARAMS', RPC_CODES.invalidParams, problem);
  const isPerRequest = isPerRequestVersion(version);
  if (method === 'initialize' && isPerRequest) {
    const older = SUPPORTED_VERSIONS.filter((name) => !isPerRequestVersion(name));
    const message = `${version} has no initialize; the header MCP-Protocol-Version may name ${older.join(', ')}`;
    return refuse('GH_MCP_VERSION', RPC_CODES.methodNotFound, message);
  }
  const mismatch = headerMismatch(method, params, headers, isPerRequest && isRequest);
  if (mismatch !== undefined) return refuse('GH_MCP_HEADER', RPC_CODES.headerMismatch, mismatch);
  return isRequest
    ? {
        ok: true,
        message: {
          kind: 'request',
          id: id as RpcId,
          method,
          params,
          version: named(method, params, version),
        },
      }
    : { ok: true, message: { kind: 'notification', method, params, version } };
}

function readResponse(
  value: JsonObject,
  id: RpcId | null,
  version: string,
  headers: ReadonlyMap<string, string>,
  refuse: Refuse,
): ClientMessageResult<McpClientMessage> {
  const result = memberOf(value, 'result');
  const error = memberOf(value, 'error');
  const isOne = Object.hasOwn(value, 'result')
    ? isJsonObject(result) && error === undefined
    : isJsonObject(error);
  if (id === null || !isOne || !hasOnly(value, RESPONSE_MEMBERS)) return notJsonRpc(refuse);
  if (isPerRequestVersion(version)) {
    const message = `${version} has no answers from clients: repeat the request with inputResponses`;
    return refuse('GH_MCP_MESSAGE', RPC_CODES.invalidRequest, message);
  }
  if (headers.has('mcp-method') || headers.has('mcp-name')) {
    return refuse('GH_MCP_HEADER', RPC_CODES.headerMismatch, 'an answer has no Mcp-Method and no Mcp-Name');
  }
  const message = isJsonObject(result)
    ? { kind: 'response' as const, id, result, version }
    : { kind: 'response' as const, id, error: error as JsonObject, version };
  return { ok: true, message };
}

/** The version that header and body agree on. */
function readVersion(
  value: JsonObject,
  headers: ReadonlyMap<string, string>,
  refuse: Refuse,
): string | McpRefusal {
  const read = versionOf(value, headers);
  switch (read.kind) {
    case 'version':
      return read.version;
    case 'mismatch':
      return refuse('GH_MCP_HEADER', RPC_CODES.headerMismatch, read.publicMessage);
    case 'unsupported': {
      const { code, rpcCode, publicMessage, data } = unsupported(read.version);
      return refuse(code, rpcCode, publicMessage, data);
    }
  }
}

function unsupported(requested: string) {
  return {
    status: 400,
    code: 'GH_MCP_VERSION',
    publicMessage: `the protocol version is not one of ${SUPPORTED_VERSIONS.join(', ')}`,
    rpcCode: RPC_CODES.unsupportedVersion,
    data: { supported: SUPPORTED_VERSIONS, requested: requested.slice(0, 32) },
  };
}

/** `initialize` says in its parameters what it asks for. */
function named(method: string, params: JsonObject, version: string): string {
  return method === 'initialize' ? (memberOf(params, 'protocolVersion') as string) : version;
}

const hasOnly = (value: JsonObject, members: readonly string[]): boolean =>
  Object.keys(value).every((key) => members.includes(key));

const notJsonRpc = (refuse: Refuse): McpRefusal =>
  refuse('GH_MCP_MESSAGE', RPC_CODES.invalidRequest, 'the body is not one JSON-RPC 2.0 message in form');
