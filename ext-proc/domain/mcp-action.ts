/**
 * What a client asks of an MCP server, as policy sees it. Read from the JSON-RPC message in the body; headers that
 * repeat it must say the same (MCP 2026-07-28, Streamable HTTP).
 */

/**
 * - `mcp.tool`: `tools/call`; `mcp.resource`: `resources/read`, `resources/subscribe` …; `mcp.prompt`: `prompts/get`.
 * - `mcp.list`: `tools/list`, `prompts/list`, `resources/list`, `resources/templates/list`.
 * - `mcp.session`: what opens, resumes or ends a session (`initialize`, `server/discover`, GET, DELETE).
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
  /** The protocol version of the request: `2026-07-28`, `2025-11-25`, …; empty where the client has not said. */
  readonly version: string;
  /** `tools/call` …; `GET` and `DELETE` for what has no message. */
  readonly method: string;
  /** `tools/call`: the tool's name. */
  readonly tool?: string;
  /** `tools/call`, `prompts/get`: the arguments as they are. */
  readonly arguments?: Readonly<Record<string, unknown>>;
  /** `resources/…`: the URI. */
  readonly resource?: string;
  /** `prompts/get`: the prompt's name. */
  readonly prompt?: string;
}
