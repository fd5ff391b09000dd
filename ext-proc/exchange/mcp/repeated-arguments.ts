/**
 * Arguments that stand in headers too (2026-07-28, Streamable HTTP, Custom Headers from Tool Parameters). Whoever routes by
 * such a header must go where policy and reviewers saw the call go, so it goes on only where it is known to be the argument
 * that it repeats: `Mcp-Param-…` that nothing declares, of another method, or in a version that has none, is taken off.
 */
import type { HeaderFields } from '../../protocols/http/header-fields.ts';
import type { McpClientMessage, McpRefusal, McpSessionRequest } from '../../protocols/mcp/client-message.ts';
import { isJsonObject, memberOf, RPC_CODES } from '../../protocols/mcp/json-rpc.ts';
import { isParamHeader, paramHeaderMismatch } from '../../protocols/mcp/param-headers.ts';
import { isPerRequestVersion } from '../../protocols/mcp/protocol-version.ts';
import type { DecidableRequest } from '../http/dialect.ts';
import type { HttpGate } from '../http/http-gate.ts';
import { parametersInHeaders } from './known-tools.ts';

export type RepeatedArguments =
  /** `unproved`: names of headers that must not go on. */
  { readonly ok: true; readonly unproved: readonly string[] } | McpRefusal;

/** `headers`: lower-case names, of a name that comes twice the values joined by commas. */
export function repeatedArguments(
  gate: Pick<HttpGate, 'toolSchemas' | 'state'>,
  { head, route }: Pick<DecidableRequest, 'head' | 'route'>,
  message: McpClientMessage | McpSessionRequest,
  headers: ReadonlyMap<string, string>,
): RepeatedArguments {
  const given = paramHeadersOf(head.fields);
  if (message.kind !== 'request' || message.method !== 'tools/call' || !isPerRequestVersion(message.version))
    return { ok: true, unproved: given };
  const tool = memberOf(message.params, 'name') as string;
  const parameters = parametersInHeaders(gate, route.upstream.name, tool);
  const refused = (publicMessage: string): McpRefusal => ({
    ok: false,
    status: 400,
    code: 'GH_MCP_HEADER',
    publicMessage,
    id: message.id,
    rpcCode: RPC_CODES.headerMismatch,
  });
  if (parameters === undefined) {
    if (given.length === 0) return { ok: true, unproved: [] };
    // Clients take this for a list that is out of date, and ask for it anew.
    return refused(
      `no list with this tool has been seen, so ${given[0]} cannot be checked: list the tools first`,
    );
  }
  const values = memberOf(message.params, 'arguments') ?? {};
  const problem = paramHeaderMismatch(parameters, isJsonObject(values) ? values : {}, headers);
  if (problem !== undefined) return refused(problem);
  return { ok: true, unproved: given.filter((name) => !parameters.some(({ header }) => header === name)) };
}

const paramHeadersOf = (fields: HeaderFields): readonly string[] => [
  ...new Set(fields.map(([name]) => name).filter(isParamHeader)),
];
