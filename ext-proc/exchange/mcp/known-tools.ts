/**
 * What tools declared of themselves, as this worker has seen it, or another one. A client asks one worker for the list and
 * another for the call.
 */
import { hash } from 'node:crypto';
import { isJsonObject, memberOf, type JsonObject } from '../../protocols/mcp/json-rpc.ts';
import type { HeaderParameter } from '../../protocols/mcp/param-headers.ts';
import type { HttpGate } from '../http/http-gate.ts';

type ToolsOf = Pick<HttpGate, 'toolSchemas' | 'state'>;

/** `tools`: definitions as in a list. */
export function rememberTools(
  { toolSchemas, state }: ToolsOf,
  upstream: string,
  tools: readonly JsonObject[],
): void {
  toolSchemas.remember(upstream, tools);
  const definitions = new Map<string, string>();
  for (const tool of tools) {
    const name = memberOf(tool, 'name');
    if (typeof name !== 'string') continue;
    const [inputSchema, outputSchema] = [memberOf(tool, 'inputSchema'), memberOf(tool, 'outputSchema')];
    // What it says it does is part of what somebody approves, and too long to be kept.
    const declared = hash('sha256', JSON.stringify(tool), 'hex');
    definitions.set(name, JSON.stringify({ name, inputSchema, outputSchema, declared }));
  }
  state.putToolDefinitions(upstream, definitions);
}

/** Whether a client that checks takes a masked result; it does where nobody knows of a schema. */
export function clientTakes(
  gate: ToolsOf,
  upstream: string,
  tool: string,
  value: unknown,
  masked: ReadonlySet<string>,
): boolean {
  const verdict = gate.toolSchemas.judge(upstream, tool, value, masked);
  if (verdict !== 'unknown') return verdict === 'fits';
  return !learn(gate, upstream, tool) || gate.toolSchemas.judge(upstream, tool, value, masked) !== 'breaks';
}

/** Undefined where nobody knows the tool. */
export function parametersInHeaders(
  gate: ToolsOf,
  upstream: string,
  tool: string,
): readonly HeaderParameter[] | undefined {
  const known = gate.toolSchemas.headerParameters(upstream, tool);
  if (known !== undefined) return known;
  return learn(gate, upstream, tool) ? gate.toolSchemas.headerParameters(upstream, tool) : undefined;
}

/** SHA-256, hex, of all that the tool declares of itself, as anybody has last seen it; empty where nobody has. */
export function toolMeaning({ state }: Pick<ToolsOf, 'state'>, upstream: string, tool: string): string {
  const text = state.toolDefinition(upstream, tool);
  return text === undefined ? '' : hash('sha256', text, 'hex');
}

/** True where another worker has seen the tool. */
function learn({ toolSchemas, state }: ToolsOf, upstream: string, tool: string): boolean {
  const text = state.toolDefinition(upstream, tool);
  const definition: unknown = text === undefined ? undefined : JSON.parse(text);
  if (!isJsonObject(definition)) return false;
  toolSchemas.remember(upstream, [definition]);
  return true;
}
