/** A client's message as policy sees it (domain/mcp-action.ts). */
import { jsonFields } from '../../domain/body-fields.ts';
import type { McpActionKind, PolicyMcpMessage } from '../../domain/mcp-action.ts';
import type { McpClientMessage, McpRequest, McpSessionRequest } from './client-message.ts';
import { isJsonObject, memberOf, type JsonObject } from './json-rpc.ts';
import type { ListItem } from './list-item.ts';
import { methodOf } from './methods.ts';

export interface DescribedMcp {
  readonly kind: McpActionKind;
  readonly mcp: PolicyMcpMessage;
}

/** `message` as readClientMessage or readSessionRequest gave it. */
export function describeMcp(message: McpClientMessage | McpSessionRequest): DescribedMcp {
  const { version } = message;
  switch (message.kind) {
    case 'request':
      return describeRequest(message);
    case 'notification':
      return { kind: 'mcp.notification', mcp: { version, method: message.method } };
    case 'response':
      return { kind: 'mcp.response', mcp: { version, method: '' } };
    case 'session':
      return { kind: 'mcp.session', mcp: { version, method: message.method } };
  }
}

/** What a principal would ask to use an item of a list: a list shows what this allows. */
export function describeListItem(item: ListItem, version: string): DescribedMcp {
  switch (item.kind) {
    case 'tool':
      return { kind: 'mcp.tool', mcp: { version, method: 'tools/call', tool: item.name } };
    case 'prompt':
      return { kind: 'mcp.prompt', mcp: { version, method: 'prompts/get', prompt: item.name } };
    case 'resource':
      return resourceAction('resources/read', version, [item.uri]);
    case 'template':
      return resourceAction('resources/read', version, [item.uriTemplate]);
  }
}

function describeRequest({ method, params, version }: McpRequest): DescribedMcp {
  switch (method) {
    case 'tools/call':
      return {
        kind: 'mcp.tool',
        mcp: withArguments({ version, method, tool: text(params, 'name') }, params),
      };
    case 'prompts/get':
      return {
        kind: 'mcp.prompt',
        mcp: withArguments({ version, method, prompt: text(params, 'name') }, params),
      };
    case 'resources/read':
    case 'resources/subscribe':
    case 'resources/unsubscribe':
      return resourceAction(method, version, [text(params, 'uri')]);
    case 'subscriptions/listen': {
      const uris = memberOf(memberOf(params, 'notifications') as JsonObject, 'resourceSubscriptions');
      return Array.isArray(uris) && uris.length > 0
        ? resourceAction(method, version, uris as readonly string[])
        : { kind: 'mcp.session', mcp: { version, method } };
    }
    case 'completion/complete': {
      const ref = memberOf(params, 'ref') as JsonObject;
      return memberOf(ref, 'type') === 'ref/prompt'
        ? { kind: 'mcp.prompt', mcp: { version, method, prompt: text(ref, 'name') } }
        : resourceAction(method, version, [text(ref, 'uri')]);
    }
    default:
      return { kind: methodOf(method)?.kind ?? 'mcp.request', mcp: { version, method } };
  }
}

function resourceAction(method: string, version: string, resources: readonly string[]): DescribedMcp {
  const [resource] = resources;
  const one = resources.length === 1 && resource !== undefined ? { resource } : {};
  return { kind: 'mcp.resource', mcp: { version, method, ...one, resources } };
}

const text = (params: JsonObject, name: string): string => memberOf(params, name) as string;

/** Nothing spreads what this returns: that would make the fields, and mostly no policy looks at them. */
function withArguments(message: PolicyMcpMessage, params: JsonObject): PolicyMcpMessage {
  const values = memberOf(params, 'arguments');
  if (!isJsonObject(values)) return message;
  let fields: unknown;
  return {
    ...message,
    arguments: values,
    get argument_fields() {
      return (fields ??= jsonFields(values));
    },
  };
}
