/**
 * JSON-RPC 2.0 as MCP uses it: ids are strings or integers and never null, `params` and `result` are objects (Overview,
 * Messages, of each version). Owns ids, error codes, and how members are read without a prototype's say.
 */
import { foldName } from '../../domain/fold-name.ts';
import { LIMITS } from '../../domain/limits.ts';

export type RpcId = string | number;
export type JsonObject = Readonly<Record<string, unknown>>;

/** JSON-RPC's own codes, those of MCP 2026-07-28 (Overview, Error Codes), and the gate's own. */
export const RPC_CODES = {
  parseError: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  internalError: -32_603,
  headerMismatch: -32_020,
  unsupportedVersion: -32_022,
  /** Outside of what JSON-RPC and MCP reserve, as the specification asks: policy denies. */
  denied: 403,
  /** Outside of it too: what the server said could not be let through. */
  withheld: 502,
} as const;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `0` and `''` are ids. A number whose digits JavaScript does not keep is none: its answer could not be told. */
export function isRpcId(value: unknown): value is RpcId {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  return typeof value === 'string' && value.length <= LIMITS.mcpIdCharactersMax;
}

/** An own member; undefined where there is none, whatever the prototype has. */
export function memberOf(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Whether an object has a member that a lax parser takes for one of `names` though it is spelt otherwise. */
export function hasLookalike(object: JsonObject, names: readonly string[]): boolean {
  const folded = new Set(names.map(foldName));
  return Object.keys(object).some((key) => !names.includes(key) && folded.has(foldName(key)));
}
