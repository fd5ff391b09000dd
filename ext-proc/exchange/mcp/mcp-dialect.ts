/**
 * MCP over Streamable HTTP: the action is what the JSON-RPC message asks for. A denied tool call is a result that the
 * model reads; any other denied request is a JSON-RPC error; what has no answer of its own gets problem details.
 */
import type { PolicyHttpRequest } from '../../domain/http-action.ts';
import { fieldValue, NO_HEADER_CHANGES, type HeaderChanges } from '../../protocols/http/header-fields.ts';
import type { RequestHead } from '../../protocols/http/request-head.ts';
import type { Problem } from '../../protocols/http/problem-details.ts';
import {
  readClientMessage,
  readSessionRequest,
  type ClientMessageResult,
  type McpClientMessage,
  type McpRefusal,
  type McpRequest,
  type McpSessionRequest,
} from '../../protocols/mcp/client-message.ts';
import { describeMcp, type DescribedMcp } from '../../protocols/mcp/describe.ts';
import { RPC_CODES } from '../../protocols/mcp/json-rpc.ts';
import { isPerRequestVersion } from '../../protocols/mcp/protocol-version.ts';
import { deniedByReviewer, deniedToolCall, errorReply } from '../../protocols/mcp/replies.ts';
import { describeRequest, problemReply } from '../http/api-dialect.ts';
import type { DecidableRequest, Dialect, UndescribedRequest } from '../http/dialect.ts';
import { heldApiRequest } from '../http/held-api-request.ts';
import type { HeldForm } from '../http/held-form.ts';
import type { HttpGate } from '../http/http-gate.ts';
import type { GateReply } from '../http/http-wire.ts';
import type { ProgressForm } from '../http/progress-form.ts';
import { readCarried, type CarriedRead } from './carried-approval.ts';
import { heldMcpRequest, withoutCarried } from './held-call.ts';
import { waitingReply } from './held-replies.ts';
import { cancelKeys } from './cancelled-call.ts';
import { mcpProgress } from './mcp-progress.ts';
import { mcpResponses } from './mcp-responses.ts';
import { repeatedArguments } from './repeated-arguments.ts';

const SESSION_HEADER = 'mcp-session-id';
/** What policy and a model can do with a denial, whatever the rule says. */
const NEXT =
  'Do something else, or ask the person you work for to have it allowed; trying the same again gives the same answer.';

/** Of the codes about approvals: the same again gives the same answer. */
const FINAL: ReadonlySet<string> = new Set([
  'GH_APPROVAL_DENIED',
  'GH_APPROVAL_NEEDED',
  'GH_APPROVAL_UNSEEN',
  'GH_APPROVAL_TOO_LARGE',
]);

type Message = McpClientMessage | McpSessionRequest;

export function mcpDialect(gate: HttpGate): Dialect {
  return {
    refusal(problem) {
      const { status, code, detail: publicMessage } = problem;
      const read = { status, code, publicMessage, id: null, rpcCode: RPC_CODES.invalidRequest };
      return refusal({ ok: false, ...read }).reply(problem);
    },
    describe(request) {
      const read = readMessage(request);
      if (!read.ok) return refusal(read);
      const session = sessionChanges(gate, request, read.message);
      if ('ok' in session) return refusal({ ...session, id: null, rpcCode: RPC_CODES.invalidRequest });
      const repeated = repeatedArguments(gate, request, read.message, headerMap(request.head));
      if (!repeated.ok) return refusal(repeated);
      const requestHeaders = { set: session.set, remove: [...session.remove, ...repeated.unproved] };
      const { message } = read;
      const carried = carriedBy(gate, request, message);
      if (carried.kind === 'forged') return refusal(forgedState(message));
      const { kind, mcp } = describeMcp(message);
      const described = describeRequest(request);
      const held = heldForm(request, message, { kind, mcp }, described, carried, requestHeaders.remove);
      const asked = mcp.tool ?? mcp.prompt ?? mcp.resource ?? '';
      return {
        ok: true,
        kind,
        action: { kind, request: withoutValue(described), mcp },
        template: '',
        tool: asked,
        statement: [mcp.method, asked].filter((each) => each !== '').join(' '),
        requestHeaders,
        numbersStayNumbers: true,
        held,
        withoutOwn:
          carried.kind === 'carried'
            ? withoutCarried(request.body.bytes as Buffer, carried.message)
            : undefined,
        progress: progressOf(gate, request, message),
        ...cancelKeys(request, message),
        denial: (problem) => told(gate, request, message, held.words, carried, problem),
        responseHeaders(fields) {
          const own = fieldValue(fields, SESSION_HEADER);
          if (own === undefined) return NO_HEADER_CHANGES;
          const sealed = gate.mcpSessions.seal(own, request.route.upstream.name, request.principal);
          return sealed === undefined ? undefined : { set: [[SESSION_HEADER, sealed]], remove: [] };
        },
        // A list that is told in another form would not be cut down.
        takesAnswer: (kind, status) => status >= 300 || kind === 'json' || kind === 'sse',
        responseTransform: mcpResponses(gate, request, message),
      };
    },
  };
}

function readMessage({ head, body }: DecidableRequest): ClientMessageResult<Message> {
  const headers = headerMap(head);
  const refused = { ok: false, id: null, rpcCode: RPC_CODES.invalidRequest } as const;
  if (head.method === 'GET' || head.method === 'DELETE') {
    if (body.policy.kind === 'none') return readSessionRequest(head.method, headers);
    return {
      ...refused,
      status: 400,
      code: 'GH_MCP_MESSAGE',
      publicMessage: 'GET and DELETE have no message: send what is asked by POST.',
    };
  }
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
  if (body.bytes === undefined) {
    return {
      ...refused,
      status: 413,
      code: 'GH_MCP_MESSAGE_TOO_LARGE',
      publicMessage: 'The message is larger than the gate reads.',
    };
  }
  return readClientMessage(body.value, headers);
}

/** What the body holds is in `mcp`. */
function withoutValue({ body, ...request }: PolicyHttpRequest): PolicyHttpRequest {
  const { kind, complete, bytes } = body;
  return { ...request, body: { kind, complete, bytes } };
}

/**
 * The server's own session id, where the client's was sealed for this principal. What opens a session, and a version
 * without sessions, has none: clients send what they have left all the same.
 */
function sessionChanges(
  gate: HttpGate,
  { head, route, principal }: DecidableRequest,
  message: Message,
):
  | HeaderChanges
  | { readonly ok: false; readonly status: 404; readonly code: string; readonly publicMessage: string } {
  if (isPerRequestVersion(message.version)) return { set: [], remove: [SESSION_HEADER, 'last-event-id'] };
  const given = fieldValue(head.fields, SESSION_HEADER);
  const opens = message.kind === 'request' && message.method === 'initialize';
  if (given === undefined || opens) return { set: [], remove: [SESSION_HEADER] };
  const read = gate.mcpSessions.open(given, route.upstream.name, principal);
  return read.ok ? { set: [[SESSION_HEADER, read.upstreamSessionId]], remove: [] } : read;
}

type Carried =
  | Exclude<CarriedRead, { kind: 'carried' }>
  | (Extract<CarriedRead, { kind: 'carried' }> & { readonly message: McpRequest });

function carriedBy(gate: HttpGate, { principal }: DecidableRequest, message: Message): Carried {
  if (message.kind !== 'request') return { kind: 'none' };
  const read = readCarried(gate.approvals, message, principal);
  return read.kind === 'carried' ? { ...read, message } : read;
}

const forgedState = (message: Message): McpRefusal => ({
  ok: false,
  status: 400,
  code: 'GH_MCP_REQUEST_STATE',
  publicMessage: 'This requestState was not given to you: call again without it.',
  id: message.kind === 'request' ? message.id : null,
  rpcCode: RPC_CODES.invalidParams,
});

function progressOf(gate: HttpGate, { head }: DecidableRequest, message: Message): ProgressForm | undefined {
  if (gate.progress === undefined || message.kind !== 'request') return undefined;
  return mcpProgress(message, head.fields);
}

/** What has no answer of its own is held as any request over HTTP is. */
function heldForm(
  request: DecidableRequest,
  message: Message,
  mcp: DescribedMcp,
  described: PolicyHttpRequest,
  carried: Carried,
  takenOff: readonly string[],
): HeldForm {
  if (message.kind !== 'request') return heldApiRequest(request, described);
  return heldMcpRequest(request, message, mcp, {
    carried: carried.kind === 'carried' ? carried.carried : undefined,
    takenOff,
  });
}

/** A denial, or the word that it waits for people. */
function told(
  gate: HttpGate,
  { principal }: DecidableRequest,
  message: Message,
  words: string,
  read: Carried,
  problem: Problem,
): GateReply {
  const { approvals } = gate;
  const { approval, code } = problem;
  if (code !== 'GH_APPROVAL_NEEDED' || approval === undefined || approvals === undefined)
    return denialOf(message, problem);
  if (message.kind !== 'request') return problemReply(problem);
  const body = waitingReply(
    { desk: approvals, principal, message, read, words: gate.masking.masker.maskRecordText(words) },
    { ...problem, approval },
  );
  return jsonReply(body, code);
}

const jsonReply = (body: Buffer, details: string): GateReply => ({
  status: 200,
  headers: [
    ['content-type', 'application/json'],
    ['cache-control', 'no-store'],
  ],
  body,
  details,
});

const headerMap = ({ fields }: RequestHead): ReadonlyMap<string, string> =>
  new Map(fields.map(([name]) => [name, fieldValue(fields, name) as string]));

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
  const { code } = problem;
  const isReviewers = code === 'GH_APPROVAL_DENIED';
  const denial = {
    reason: problem.detail,
    rule: problem.rule ?? code,
    eventId: problem.eventId ?? '',
    // Of what was asked of people the reason says what to do, and the same again is asked anew.
    ...(code.startsWith('GH_APPROVAL') && !FINAL.has(code) ? {} : { next: NEXT }),
  };
  const toolCall = isReviewers ? deniedByReviewer : deniedToolCall;
  const body =
    method === 'tools/call'
      ? toolCall(id, version, denial)
      : errorReply(id, RPC_CODES.denied, `Denied by policy: ${problem.detail}`, problemData(problem));
  return jsonReply(body, code);
}

const problemData = ({ code, rule, eventId }: Problem) => ({
  code,
  ...(rule === undefined ? {} : { rule }),
  ...(eventId === undefined ? {} : { event_id: eventId }),
});
