/**
 * The methods that the gate knows: what policy calls them, and which member of `params` the header `Mcp-Name` repeats
 * (2026-07-28, Streamable HTTP, Standard Request Headers; for `tasks/…` the tasks extension).
 */
import type { McpActionKind } from '../../domain/mcp-action.ts';
import { foldName } from '../../domain/fold-name.ts';

export interface McpMethod {
  readonly kind: McpActionKind;
  /** The member of `params` that `Mcp-Name` repeats. */
  readonly nameSource?: 'name' | 'uri' | 'taskId';
  /** Whether 2026-07-28 requires `Mcp-Name`. */
  readonly nameRequired?: true;
  /** The member of its result that lists what the principal may see. */
  readonly list?: ListMember;
}

export type ListMember = 'tools' | 'prompts' | 'resources' | 'resourceTemplates';
export const LIST_MEMBERS: readonly ListMember[] = ['tools', 'prompts', 'resources', 'resourceTemplates'];

const METHODS: ReadonlyMap<string, McpMethod> = new Map<string, McpMethod>([
  ['tools/call', { kind: 'mcp.tool', nameSource: 'name', nameRequired: true }],
  ['prompts/get', { kind: 'mcp.prompt', nameSource: 'name', nameRequired: true }],
  ['resources/read', { kind: 'mcp.resource', nameSource: 'uri', nameRequired: true }],
  ['resources/subscribe', { kind: 'mcp.resource' }],
  ['resources/unsubscribe', { kind: 'mcp.resource' }],
  ['tools/list', { kind: 'mcp.list', list: 'tools' }],
  ['prompts/list', { kind: 'mcp.list', list: 'prompts' }],
  ['resources/list', { kind: 'mcp.list', list: 'resources' }],
  ['resources/templates/list', { kind: 'mcp.list', list: 'resourceTemplates' }],
  ['initialize', { kind: 'mcp.session' }],
  ['server/discover', { kind: 'mcp.session' }],
  // With resources in its filter it is `mcp.resource`, as a completion is of what it refers to: see describe.ts.
  ['subscriptions/listen', { kind: 'mcp.session' }],
  ['completion/complete', { kind: 'mcp.request' }],
  ['logging/setLevel', { kind: 'mcp.request' }],
  ['ping', { kind: 'mcp.request' }],
  ['tasks/get', { kind: 'mcp.request', nameSource: 'taskId' }],
  ['tasks/update', { kind: 'mcp.request', nameSource: 'taskId' }],
  ['tasks/cancel', { kind: 'mcp.request', nameSource: 'taskId' }],
  ['tasks/result', { kind: 'mcp.request' }],
  ['tasks/list', { kind: 'mcp.request' }],
]);

const FOLDED = new Set([...METHODS.keys()].map(foldName));

/** Undefined where the gate does not know it. */
export const methodOf = (method: string): McpMethod | undefined => METHODS.get(method);

/** Whether a lax server could take this for a method that the gate knows though it is spelt otherwise. */
export const isMisspeltMethod = (method: string): boolean =>
  !METHODS.has(method) && FOLDED.has(foldName(method));
