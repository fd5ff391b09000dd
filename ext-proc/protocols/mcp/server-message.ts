/**
 * One message of a server's: a JSON body, or the data of one event of a stream. Owns its structure and what it answers;
 * what may be seen of it is for list-filter.ts and for masking. Members that JSON-RPC does not know are left alone: the
 * client sees them, the gate does not go by them.
 */
import { hasLookalike, isJsonObject, isRpcId, memberOf, type JsonObject, type RpcId } from './json-rpc.ts';

export type McpServerMessage =
  | {
      readonly kind: 'result';
      readonly id: RpcId;
      readonly result: JsonObject;
      /** `complete` where the server does not say (2025-11-25 and earlier), `input_required`, or an extension's. */
      readonly resultType: string;
      /** What the server asks of the client in it (2026-07-28, Multi Round-Trip Requests): `elicitation/create` … */
      readonly asks: readonly string[];
    }
  /** `id` null: of a request that the server could not read. */
  | { readonly kind: 'error'; readonly id: RpcId | null; readonly rpcCode: number; readonly message: string }
  /** 2025-11-25 and earlier: `sampling/createMessage`, `elicitation/create`, `roots/list`, `ping`. */
  | { readonly kind: 'request'; readonly id: RpcId; readonly method: string; readonly params: JsonObject }
  | { readonly kind: 'notification'; readonly method: string; readonly params: JsonObject };

export type ServerMessageResult =
  | { readonly ok: true; readonly message: McpServerMessage }
  | { readonly ok: false; readonly code: string; readonly publicMessage: string };

const MEMBERS: readonly string[] = ['jsonrpc', 'id', 'method', 'params', 'result', 'error'];
const NO_PARAMS: JsonObject = Object.freeze({});

/** `value`: strictly parsed JSON, without duplicate members. Batches are refused: clients' are too. */
export function readServerMessage(value: unknown): ServerMessageResult {
  if (!isJsonObject(value) || memberOf(value, 'jsonrpc') !== '2.0' || hasLookalike(value, MEMBERS))
    return malformed();
  const id = memberOf(value, 'id');
  const has = (name: string): boolean => Object.hasOwn(value, name);
  const kinds = ['method', 'result', 'error'].filter(has);
  if (kinds.length !== 1 || (has('params') && !has('method'))) return malformed();
  switch (kinds[0]) {
    case 'method':
      return readCall(value, has('id'), id);
    case 'result':
      return readResult(value['result'], id);
    default:
      return readError(value['error'], has('id') ? id : null);
  }
}

/** Whether this ends the request with that id. `1` and `"1"` are two ids. */
export const answers = (message: McpServerMessage, id: RpcId): boolean =>
  (message.kind === 'result' || message.kind === 'error') && message.id === id;

function readCall(value: JsonObject, isRequest: boolean, id: unknown): ServerMessageResult {
  const method = memberOf(value, 'method');
  const params = Object.hasOwn(value, 'params') ? value['params'] : NO_PARAMS;
  if (typeof method !== 'string' || !isJsonObject(params)) return malformed();
  if (!isRequest) return { ok: true, message: { kind: 'notification', method, params } };
  return isRpcId(id) ? { ok: true, message: { kind: 'request', id, method, params } } : malformed();
}

function readResult(result: unknown, id: unknown): ServerMessageResult {
  if (!isRpcId(id) || !isJsonObject(result)) return malformed();
  if (hasLookalike(result, ['resultType', 'inputRequests'])) return malformed();
  const resultType = Object.hasOwn(result, 'resultType') ? result['resultType'] : 'complete';
  const asks = methodsAsked(memberOf(result, 'inputRequests'));
  if (typeof resultType !== 'string' || asks === undefined) return malformed();
  return { ok: true, message: { kind: 'result', id, result, resultType, asks } };
}

function readError(error: unknown, id: unknown): ServerMessageResult {
  if (!isJsonObject(error) || (id !== null && !isRpcId(id))) return malformed();
  const [rpcCode, message] = [memberOf(error, 'code'), memberOf(error, 'message')];
  if (typeof rpcCode !== 'number' || !Number.isSafeInteger(rpcCode) || typeof message !== 'string')
    return malformed();
  return { ok: true, message: { kind: 'error', id, rpcCode, message } };
}

function methodsAsked(requests: unknown): readonly string[] | undefined {
  if (requests === undefined) return [];
  if (!isJsonObject(requests)) return undefined;
  const methods = Object.values(requests).map((request) =>
    isJsonObject(request) ? memberOf(request, 'method') : undefined,
  );
  return methods.every((method) => typeof method === 'string') ? methods : undefined;
}

const malformed = (): ServerMessageResult => ({
  ok: false,
  code: 'GH_MCP_UPSTREAM_MESSAGE',
  publicMessage: 'the server answered something that is not one JSON-RPC 2.0 message in form',
});
