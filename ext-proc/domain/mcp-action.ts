/**
 * What a client asks of an MCP server, as policy sees it. Read from the JSON-RPC message in the body; headers that
 * repeat it must say the same (MCP 2026-07-28, Streamable HTTP).
 */

/**
 * - `mcp.tool`: `tools/call`; `mcp.prompt`: `prompts/get`.
 * - `mcp.resource`: `resources/read`, `resources/subscribe` …, and `subscriptions/listen` that names resources.
 * - `completion/complete` is of what it completes: `mcp.prompt` or `mcp.resource`.
 * - `mcp.list`: `tools/list`, `prompts/list`, `resources/list`, `resources/templates/list`. What such a list may show
 *   is asked entry by entry, as `tools/call`, `prompts/get` and `resources/read` without arguments.
 * - `mcp.session`: what opens, resumes or ends a session (`initialize`, `server/discover`, `subscriptions/listen`
 *   without resources, GET, DELETE).
 * - `mcp.request`: any other request; `mcp.notification`; `mcp.response`: a client's answer to a server's request.
 */
export type McpActionKind =
  | 'mcp.tool'
  | 'mcp.resource'
  | 'mcp.prompt'
  | 'mcp.list'
  | 'mcp.session'
  | 'mcp.request'
  | 'mcp.notification'
  | 'mcp.response';

export interface PolicyMcpMessage {
  /**
   * The protocol version of the request: `2026-07-28`, `2025-11-25`, …; of `initialize` the one it asks for, which may
   * be any; empty where the client has not said.
   */
  readonly version: string;
  /** `tools/call` …; `GET` and `DELETE` for what has no message; empty for an answer. */
  readonly method: string;
  /** `tools/call`: the tool's name. */
  readonly tool?: string;
  /** `tools/call`, `prompts/get`: the arguments as they are; absent where there are none. */
  readonly arguments?: Readonly<Record<string, unknown>>;
  /**
   * The arguments for rules that close something: under names without regard to case (`body-fields.ts`). Made when it is
   * first read.
   */
  readonly argument_fields?: unknown;
  /** `mcp.resource`: the URI, where there is one; of an entry of `resources/templates/list` its template. */
  readonly resource?: string;
  /** `mcp.resource`: all of the URIs, one but for `subscriptions/listen`. */
  readonly resources?: readonly string[];
  /** `prompts/get`, `completion/complete`: the prompt's name. */
  readonly prompt?: string;
}
