/** A request, and what it asks of an MCP server, in the words of a rule's example, and made whole. Pure. */
import { bodyFields, jsonFields } from './body-fields.ts';
import { bodyMembers } from './body-members.ts';
import type { HttpActionKind, PolicyHttpBody, PolicyHttpRequest } from './http-action.ts';
import type { McpActionKind, PolicyMcpMessage } from './mcp-action.ts';
import {
  isFlag,
  isListOf,
  isMapOf,
  isRecord,
  isText,
  otherMember,
  type Form,
} from './policy-example-forms.ts';

export const HTTP_KINDS: readonly HttpActionKind[] = ['http.request', 'http.websocket', 'http.message'];

/** The method of each kind's message where an example names none. */
const MCP_METHODS: Readonly<Record<McpActionKind, string>> = {
  'mcp.tool': 'tools/call',
  'mcp.resource': 'resources/read',
  'mcp.prompt': 'prompts/get',
  'mcp.list': 'tools/list',
  'mcp.session': 'initialize',
  'mcp.request': 'ping',
  'mcp.notification': 'notifications/initialized',
  'mcp.response': '',
};
export const MCP_KINDS = Object.keys(MCP_METHODS) as readonly McpActionKind[];

/** What an example may say of a request. */
export const REQUEST_FORMS: Readonly<Record<string, Form>> = {
  method: isText,
  path: isText,
  template: isText,
  query: isMapOf(isListOf(isText)),
  headers: isMapOf(isText),
  content_type: isText,
  body: (value) =>
    isRecord(value) &&
    otherMember(value, { kind: isText, complete: isFlag, value: () => true }) === undefined,
};

/** What an example may say of a message to an MCP server. */
export const MCP_FORMS: Readonly<Record<string, Form>> = {
  method: isText,
  tool: isText,
  arguments: isRecord,
  resource: isText,
  resources: isListOf(isText),
  prompt: isText,
};

/** What is left out is a GET without query, headers that matter, or a body. */
export function wholeRequest(given: Readonly<Record<string, unknown>>): PolicyHttpRequest {
  const { body, ...others } = given as Partial<PolicyHttpRequest>;
  return {
    method: 'GET',
    host: 'example.invalid',
    path: '/example',
    template: null,
    parameters: {},
    query: {},
    headers: {},
    content_type: '',
    inspection: 'full',
    ...others,
    body: { ...EMPTY_BODY, ...body, ...shownOf(body) },
  };
}

function shownOf(body: Partial<PolicyHttpBody> | undefined): Pick<PolicyHttpBody, 'members' | 'fields'> {
  if (body?.value === undefined) return {};
  const members = bodyMembers(body.value);
  return {
    fields: bodyFields(body.kind ?? EMPTY_BODY.kind, body.value),
    ...(members === undefined ? {} : { members }),
  };
}

const EMPTY_BODY: PolicyHttpBody = { kind: 'none', complete: true, bytes: null };

export function wholeMessage(
  kind: McpActionKind,
  given: Readonly<Record<string, unknown>>,
): PolicyMcpMessage {
  const message = given as Partial<PolicyMcpMessage>;
  const shown = message.arguments === undefined ? {} : { argument_fields: jsonFields(message.arguments) };
  return { version: '', method: MCP_METHODS[kind], ...message, ...shown };
}
