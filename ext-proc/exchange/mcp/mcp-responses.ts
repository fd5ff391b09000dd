/**
 * The answers of an MCP server on their way: each message is read whole, its lists are cut to what the principal may use,
 * what is marked or found is masked, and a result that a client could no longer take is told as one that is withheld.
 */
import { GatehouseError } from '../../domain/errors.ts';
import { foldName } from '../../domain/fold-name.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { PolicyInput } from '../../domain/policy-input.ts';
import type { BodyMasking, BodyTransform } from '../../protocols/http/body/body-masking.ts';
import { EventStreamTransform } from '../../protocols/http/body/event-stream-transform.ts';
import { fieldMarks } from '../../protocols/http/body/field-marks.ts';
import { JsonTransform } from '../../protocols/http/body/json-transform.ts';
import { parseStrictJson } from '../../protocols/http/body/strict-json.ts';
import type { McpClientMessage, McpSessionRequest } from '../../protocols/mcp/client-message.ts';
import { describeListItem } from '../../protocols/mcp/describe.ts';
import { isJsonObject, memberOf } from '../../protocols/mcp/json-rpc.ts';
import { objectMembers, skipSpace, withEdits, type JsonSpan } from '../../protocols/mcp/json-span.ts';
import { filterList } from '../../protocols/mcp/list-filter.ts';
import type { ListItem } from '../../protocols/mcp/list-item.ts';
import { withheldToolResult } from '../../protocols/mcp/replies.ts';
import { LIST_MEMBERS, methodOf, type ListMember } from '../../protocols/mcp/methods.ts';
import { readServerMessage, type McpServerMessage } from '../../protocols/mcp/server-message.ts';
import { describeRequest } from '../http/api-dialect.ts';
import type { DecidableRequest, DescribedRequest } from '../http/dialect.ts';
import type { HttpGate } from '../http/http-gate.ts';
import { policyInput } from '../http/policy-input.ts';
import { maskEmbeddedJson } from './embedded-json.ts';
import { clientTakes, rememberTools } from './known-tools.ts';
import { replacedValues } from './replaced-values.ts';

export function mcpResponses(
  gate: HttpGate,
  request: DecidableRequest,
  asked: McpClientMessage | McpSessionRequest,
): DescribedRequest['responseTransform'] {
  return (kind, masking, { status, eventId }) => {
    const pass = (json: Buffer): Buffer =>
      passMessage(gate, { request, asked, masking, eventId, isFailure: status >= 300 }, json);
    if (kind === 'json') return new WholeMessage(pass);
    if (kind !== 'sse') return undefined;
    return new EventStreamTransform(masking, LIMITS.mcpServerMessageBytesMax, (data) => {
      // An event without data primes a stream for its resumption.
      if (data === '') return undefined;
      return pass(Buffer.from(data, 'latin1')).toString('latin1');
    });
  };
}

const NO_MARKS = fieldMarks({ rules: [], obligations: [], direction: 'response' });

/** A JSON body: one message, held until its end has come. */
class WholeMessage implements BodyTransform {
  readonly #pass: (json: Buffer) => Buffer;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(pass: (json: Buffer) => Buffer) {
    this.#pass = pass;
  }

  push(chunk: Buffer): readonly Buffer[] {
    this.#bytes += chunk.length;
    if (this.#bytes > LIMITS.mcpServerMessageBytesMax) {
      throw new GatehouseError(
        'GH_HTTP_BODY_TOO_LARGE',
        "the server's message is larger than the gate reads",
      );
    }
    this.#chunks.push(chunk);
    return [];
  }

  end(): readonly Buffer[] {
    // A notification is answered without a body.
    if (this.#bytes === 0) return [];
    return [this.#pass(Buffer.concat(this.#chunks))];
  }
}

interface Asked {
  readonly request: DecidableRequest;
  readonly asked: McpClientMessage | McpSessionRequest;
  readonly masking: BodyMasking;
  readonly eventId: string;
  /** By its status: what answers may be no MCP server at all, but one before it. */
  readonly isFailure: boolean;
}

function passMessage(gate: HttpGate, facts: Asked, json: Buffer): Buffer {
  const { request, asked, masking, eventId } = facts;
  const value = parsed(json);
  const read = readServerMessage(value);
  // RFC 9457 and the like: no message, so no list and no result either.
  if (!read.ok && facts.isFailure && !isMessageLike(value)) return maskMessage(json, masking);
  if (!read.ok) throw new GatehouseError(read.code, read.publicMessage);
  const { message } = read;
  const isAnswer =
    asked.kind === 'request' &&
    (message.kind === 'result' || message.kind === 'error') &&
    message.id === asked.id;
  const list = filterList(json, {
    method: isAnswer && !hasStrayList(message, asked.method) ? asked.method : undefined,
    version: asked.version,
    mayUse: (item) => mayUse(gate, request, item, asked.version),
  });
  if (!list.ok) throw new GatehouseError(list.code, list.publicMessage);
  if (list.tools.length > 0) rememberTools(gate, request.route.upstream.name, list.tools);
  const definitions = isAnswer ? methodOf(asked.method)?.list : undefined;
  const masked = withOwnId(
    definitions === undefined
      ? maskMessage(list.json, masking)
      : maskListMessage(list.json, definitions, masking),
    message,
  );
  if (!isAnswer || asked.method !== 'tools/call' || message.kind !== 'result' || masked === list.json)
    return masked;
  return fits(gate, request, asked, message, masked)
    ? masked
    : withheldToolResult(asked.id, asked.version, { ...WITHHELD, eventId });
}

const isMessageLike = (value: unknown): boolean =>
  Array.isArray(value) || (isJsonObject(value) && Object.hasOwn(value, 'jsonrpc'));

function parsed(json: Buffer): unknown {
  const read = parseStrictJson(json);
  if (read.ok) return read.value;
  throw new GatehouseError(
    'GH_MCP_UPSTREAM_MESSAGE',
    'the server answered something that is not JSON in form',
  );
}

function maskMessage(json: Buffer, masking: BodyMasking): Buffer {
  const transform = new JsonTransform(masking);
  const masked = Buffer.concat([...transform.push(maskEmbeddedJson(json, masking)), ...transform.end()]);
  return masked.equals(json) ? json : masked;
}

/**
 * Whether an answer has a list that its request does not ask for. A client that gives two requests one id may get the
 * answer to the one in place of the other's, so an answer is not taken for what was asked by its id alone.
 */
function hasStrayList(message: McpServerMessage, method: string): boolean {
  if (message.kind !== 'result') return false;
  const own = methodOf(method)?.list;
  const strays = new Set(LIST_MEMBERS.filter((name) => name !== own).map(foldName));
  return Object.keys(message.result).some((name) => strays.has(foldName(name)));
}

/**
 * Marks are for values: the definitions of a list have schemas that name the same fields, and a mask there would break
 * them. In everything else of the message, which may be the answer to another request of the same id, they hold.
 */
function maskListMessage(json: Buffer, list: ListMember, masking: BodyMasking): Buffer {
  const definitions = listSpan(json, list);
  if (definitions === undefined) return maskMessage(json, masking);
  const { start, end } = definitions;
  const around = maskMessage(withEdits(json, [{ start, end, bytes: '[]' }]), masking);
  const place = listSpan(around, list);
  // A mask is no object: nothing is left to be put there.
  if (place === undefined) return around;
  const bytes = maskMessage(json.subarray(start, end), { ...masking, marks: NO_MARKS });
  return withEdits(around, [{ start: place.start, end: place.end, bytes }]);
}

/** Where the list stands in a message that is in form. */
function listSpan(json: Buffer, list: ListMember): JsonSpan | undefined {
  const result = objectMembers(json, skipSpace(json, 0)).find(({ name }) => name === 'result');
  return result === undefined
    ? undefined
    : objectMembers(json, result.start).find(({ name }) => name === list);
}

/** An id is the client's own, or the server's to be answered by: whatever it looks like, it stays. */
function withOwnId(masked: Buffer, message: McpServerMessage): Buffer {
  if (message.kind === 'notification' || message.id === null) return masked;
  const span = objectMembers(masked, skipSpace(masked, 0)).find(({ name }) => name === 'id');
  if (span === undefined) return masked;
  const own = Buffer.from(JSON.stringify(message.id), 'utf8');
  if (typeof message.id === 'number' || masked.subarray(span.start, span.end).equals(own)) return masked;
  return withEdits(masked, [{ start: span.start, end: span.end, bytes: own }]);
}

const WITHHELD = {
  reason:
    'what it returned holds values that are masked for you, and the form that it declares has no place for a mask',
  rule: 'GH_MCP_SCHEMA',
  next: 'Ask for it by a tool that returns less, or for the values to be revealed to you',
};

/** Whether a client takes a tool's masked result. */
function fits(
  gate: HttpGate,
  { route }: DecidableRequest,
  asked: Extract<McpClientMessage, { kind: 'request' }>,
  { result }: Extract<McpServerMessage, { kind: 'result' }>,
  masked: Buffer,
): boolean {
  const before = memberOf(result, 'structuredContent');
  if (before === undefined) return true;
  const maskedValue = parsed(masked);
  const maskedResult = isJsonObject(maskedValue) ? memberOf(maskedValue, 'result') : undefined;
  const after = isJsonObject(maskedResult) ? memberOf(maskedResult, 'structuredContent') : undefined;
  const tool = memberOf(asked.params, 'name') as string;
  return clientTakes(gate, route.upstream.name, tool, after, replacedValues(before, after));
}

/** A list shows what policy would allow to be used. */
function mayUse(gate: HttpGate, request: DecidableRequest, item: ListItem, version: string): boolean {
  const { kind, mcp } = describeListItem(item, version);
  const input: PolicyInput = policyInput(request.route, request.principal, request.clientAddress, {
    kind,
    request: describeRequest(request),
    mcp,
  });
  return gate.policy.decide(input).verdict !== 'deny';
}
