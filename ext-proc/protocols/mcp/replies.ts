/**
 * What the gate says itself, as JSON texts. A tool call that is denied or withheld is a result with `isError`, since
 * clients show such results to the model and errors of the protocol often not (Tools, Error Handling); everything else
 * is a JSON-RPC error. Both go out with HTTP status 200: clients read the body of other statuses rarely.
 */
import type { JsonObject, RpcId } from './json-rpc.ts';
import { isPerRequestVersion } from './protocol-version.ts';

export interface ToolCallDenial {
  /** One sentence that an agent can act on; echoes no payload. */
  readonly reason: string;
  readonly rule: string;
  readonly eventId: string;
  /** What to do next: to ask for something else, or for whom to ask. */
  readonly next?: string;
}

/** `version` as in the request. The result has no structured content: clients check none where `isError` is. */
export function deniedToolCall(id: RpcId, version: string, denial: ToolCallDenial): Buffer {
  return toolError(id, version, 'Denied by policy', denial);
}

/** People were asked, and have denied it. */
export function deniedByReviewer(id: RpcId, version: string, denial: ToolCallDenial): Buffer {
  return toolError(id, version, 'Denied by a reviewer', denial);
}

/** The call was made, and what came of it cannot be shown; `code` instead of a rule where the gate says so itself. */
export function withheldToolResult(id: RpcId, version: string, denial: ToolCallDenial): Buffer {
  return toolError(id, version, 'The tool ran, and its result is withheld', denial);
}

/** The call was sent to the server, and nobody can say here what has come of it. */
export function sentToolCall(id: RpcId, version: string, denial: ToolCallDenial): Buffer {
  return toolError(id, version, 'The answer cannot be shown', denial);
}

/** The call waits for people; `text` tells a model so, and `meta` programs. */
export function waitingToolCall(id: RpcId, version: string, text: string, meta: JsonObject): Buffer {
  return toolResult(id, version, text, meta);
}

/**
 * The request goes on once something has happened outside of it (2026-07-28, Multi Round-Trip Requests): the client shows
 * its user `url`, where there is one, and repeats the request with `requestState`.
 */
export function inputRequired(
  id: RpcId,
  requestState: string,
  ask: { readonly key: string; readonly message: string; readonly url: string } | undefined,
): Buffer {
  const params = ask === undefined ? {} : { mode: 'url', message: ask.message, url: ask.url };
  return json({
    jsonrpc: '2.0',
    id,
    result: {
      resultType: 'input_required',
      ...(ask === undefined
        ? {}
        : { inputRequests: { [ask.key]: { method: 'elicitation/create', params } } }),
      requestState,
    },
  });
}

/** `id` null: it could not be told, and is left out (MCP has no null ids). */
export function errorReply(id: RpcId | null, rpcCode: number, message: string, data?: JsonObject): Buffer {
  return json({
    jsonrpc: '2.0',
    ...(id === null ? {} : { id }),
    error: { code: rpcCode, message, ...(data === undefined ? {} : { data }) },
  });
}

/** One event of a stream (HTML, Server-sent events): each line of the text is a `data` line of its own. */
export function asSseEvent(text: Buffer): Buffer {
  const lines = text.toString('latin1').split(/\r\n|\r|\n/);
  return Buffer.from(`event: message\n${lines.map((line) => `data: ${line}\n`).join('')}\n`, 'latin1');
}

function toolError(id: RpcId, version: string, what: string, denial: ToolCallDenial): Buffer {
  const { reason, rule, eventId, next } = denial;
  const text = [
    `${what} (${rule}): ${sentence(reason)}`,
    next === undefined ? '' : sentence(next),
    `Event ${eventId}.`,
  ];
  return toolResult(id, version, text.filter((part) => part !== '').join(' '), {
    'gatehouse/rule': rule,
    'gatehouse/event': eventId,
  });
}

const toolResult = (id: RpcId, version: string, text: string, meta: JsonObject): Buffer =>
  json({
    jsonrpc: '2.0',
    id,
    result: {
      ...(isPerRequestVersion(version) ? { resultType: 'complete' } : {}),
      content: [{ type: 'text', text }],
      isError: true,
      _meta: meta,
    },
  });

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value), 'utf8');
