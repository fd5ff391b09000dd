/**
 * MCP over Streamable HTTP: the action is what the JSON-RPC message asks for. A denied tool call is a result that the
 * model reads; any other denied request is a JSON-RPC error; what has no answer of its own gets problem details.
 */
import type { PolicyHttpRequest } from '../../domain/http-action.ts';
import { fieldValue, NO_HEADER_CHANGES, type HeaderChanges } from '../../protocols/http/header-fields.ts';
import type { Problem } from '../../protocols/http/problem-details.ts';
import {
  readClientMessage,
  readSessionRequest,
  type ClientMessageResult,
  type McpClientMessage,
  type McpRefusal,
  type McpSessionRequest,
} from '../../protocols/mcp/client-message.ts';
import { describeMcp } from '../../protocols/mcp/describe.ts';
import { RPC_CODES } from '../../protocols/mcp/json-rpc.ts';
import { isPerRequestVersion } from '../../protocols/mcp/protocol-version.ts';
import { deniedToolCall, errorReply } from '../../protocols/mcp/replies.ts';
import { describeRequest, problemReply } from '../http/api-dialect.ts';
import type { DecidableRequest, Dialect, UndescribedRequest } from '../http/dialect.ts';
import type { HttpGate } from '../http/http-gate.ts';
import type { GateReply } from '../http/http-wire.ts';
import { mcpResponses } from './mcp-responses.ts';

const SESSION_HEADER = 'mcp-session-id';
/** What policy and a model can do with a denial, whatever the rule says. */
const NEXT =
  'Do something else, or ask the person you work for to have it allowed; trying the same again gives the same answer.';

type Message = McpClientMessage | McpSessionRequest;

export function mcpDialect(gate: HttpGate): Dialect {
  return {
    describe(request) {
      const read = readMessage(request);
      if (!read.ok) return refusal(read);
      const session = sessionHeader(gate, request, read.message);
      if (session !== undefined && !session.ok)
        return refusal({ ...session, id: null, rpcCode: RPC_CODES.invalidRequest });
      const { message } = read;
      const { kind, mcp } = describeMcp(message);
      const asked = mcp.tool ?? mcp.prompt ?? mcp.resource ?? '';
      return {
        ok: true,
        kind,
        action: { kind, request: withoutValue(describeRequest(request)), mcp },
        template: '',
        tool: asked,
        statement: [mcp.method, asked].filter((each) => each !== '').join(' '),
        requestHeaders: session?.changes ?? NO_HEADER_CHANGES,
        numbersStayNumbers: true,
        denial: (problem) => denialOf(message, problem),
        responseHeaders(fields) {
          const own = fieldValue(fields, SESSION_HEADER);
          if (own === undefined) return NO_HEADER_CHANGES;
          const sealed = gate.mcpSessions.seal(own, request.route.upstream.name, request.principal);
          return sealed === undefined ? undefined : { set: [[SESSION_HEADER, sealed]], remove: [] };
        },
        responseTransform: mcpResponses(gate, request, message),
      };
    },
  };
}

function readMessage({ head, body }: DecidableRequest): ClientMessageResult<Message> {
  const headers = new Map(head.fields.map(([name]) => [name, fieldValue(head.fields, name) as string]));
  if (head.method === 'GET' || head.method === 'DELETE') return readSessionRequest(head.method, headers);
  const refused = { ok: false, id: null, rpcCode: RPC_CODES.invalidRequest } as const;
  if (head.method !== 'POST') {
    return {
      ...refused,
      status: 405,
      code: 'GH_MCP_HTTP_METHOD',
      publicMessage: 'MCP is spoken by POST, and where there are sessions by GET and DELETE.',
    };
  }
  if (body.policy.kind !== 'json') {
    return {
      ...refused,
      status: 415,
      code: 'GH_MCP_CONTENT_TYPE',
      publicMessage: 'Send one JSON-RPC message as application/json.',
    };
  }
  if (!body.policy.complete) {
    return {
      ...refused,
      status: 413,
      code: 'GH_MCP_MESSAGE_TOO_LARGE',
      publicMessage: 'The message is larger than the gate reads.',
    };
  }
  return readClientMessage(body.policy.value, headers);
}

/** What the body holds is in `mcp`. */
function withoutValue({ body, ...request }: PolicyHttpRequest): PolicyHttpRequest {
  const { kind, complete, bytes } = body;
  return { ...request, body: { kind, complete, bytes } };
}

/**
 * The server's own session id, where the client's was sealed for this principal; undefined where there is none. Clients
 * that begin anew send the id of the session before: with `initialize` it means nothing, nor in versions without sessions,
 * and stays here.
 */
function sessionHeader(
  gate: HttpGate,
  { head, route, principal }: DecidableRequest,
  message: Message,
):
  | { readonly ok: true; readonly changes: HeaderChanges }
  | { readonly ok: false; readonly status: 404; readonly code: string; readonly publicMessage: string }
  | undefined {
  const given = fieldValue(head.fields, SESSION_HEADER);
  if (given === undefined) return undefined;
  const isMeaningless = message.kind === 'request' && message.method === 'initialize';
  if (isMeaningless || isPerRequestVersion(message.version))
    return { ok: true, changes: { set: [], remove: [SESSION_HEADER] } };
  const read = gate.mcpSessions.open(given, route.upstream.name, principal);
  return read.ok
    ? { ok: true, changes: { set: [[SESSION_HEADER, read.upstreamSessionId]], remove: [] } }
    : read;
}

function refusal({ status, code, publicMessage, id, rpcCode, data }: McpRefusal): UndescribedRequest {
  return {
    ok: false,
    status,
    code,
    publicMessage,
    reply: (problem) => ({
      status,
      headers: [
        ['content-type', 'application/json'],
        ['cache-control', 'no-store'],
        ...(status === 405 ? [['allow', 'POST'] as const] : []),
      ],
      body: errorReply(id, rpcCode, publicMessage, { ...data, ...problemData(problem) }),
      details: code,
    }),
  };
}

function denialOf(message: Message, problem: Problem): GateReply {
  if (message.kind !== 'request') return problemReply(problem);
  const { id, version, method } = message;
  const denial = {
    reason: problem.detail,
    rule: problem.rule ?? problem.code,
    eventId: problem.eventId ?? '',
    next: NEXT,
  };
  const body =
    method === 'tools/call'
      ? deniedToolCall(id, version, denial)
      : errorReply(id, RPC_CODES.denied, `Denied by policy: ${problem.detail}`, problemData(problem));
  return {
    status: 200,
    headers: [
      ['content-type', 'application/json'],
      ['cache-control', 'no-store'],
    ],
    body,
    details: problem.code,
  };
}

const problemData = ({ code, rule, eventId }: Problem) => ({
  code,
  ...(rule === undefined ? {} : { rule }),
  ...(eventId === undefined ? {} : { event_id: eventId }),
});
