/**
 * Which version a client's message is of: the header `MCP-Protocol-Version` and, from 2026-07-28 on, the claim in
 * `_meta`, which must be the same (Streamable HTTP, Protocol Version Header). A claim without its header is refused:
 * a server may go by the one where the gate went by the other.
 */
import { isJsonObject, memberOf, type JsonObject } from './json-rpc.ts';
import {
  CAPABILITIES_META_KEY,
  isPerRequestVersion,
  isSupportedVersion,
  VERSION_META_KEY,
} from './protocol-version.ts';

export type VersionRead =
  /** Empty where nobody said. */
  | { readonly kind: 'version'; readonly version: string }
  | { readonly kind: 'mismatch'; readonly publicMessage: string }
  | { readonly kind: 'unsupported'; readonly version: string };

export function versionOf(message: JsonObject, headers: ReadonlyMap<string, string>): VersionRead {
  const header = headers.get('mcp-protocol-version');
  if (header !== undefined && !isSupportedVersion(header)) return { kind: 'unsupported', version: header };
  const claim = claimOf(message);
  if (claim === undefined) return { kind: 'version', version: header ?? '' };
  if (header === undefined) {
    return { kind: 'mismatch', publicMessage: 'the header MCP-Protocol-Version is missing' };
  }
  return claim === header
    ? { kind: 'version', version: header }
    : { kind: 'mismatch', publicMessage: 'MCP-Protocol-Version names another version than the body' };
}

/** What a request of 2026-07-28 lacks in `_meta` (Overview, `_meta`, Per-request protocol fields). */
export function problemOfClaim(isRequest: boolean, params: JsonObject, version: string): string | undefined {
  if (!isRequest || !isPerRequestVersion(version)) return undefined;
  const meta = memberOf(params, '_meta');
  if (!isJsonObject(meta) || memberOf(meta, VERSION_META_KEY) === undefined) {
    return `params._meta needs ${VERSION_META_KEY}`;
  }
  return isJsonObject(memberOf(meta, CAPABILITIES_META_KEY))
    ? undefined
    : `params._meta needs ${CAPABILITIES_META_KEY}, an object`;
}

function claimOf(message: JsonObject): unknown {
  const params = memberOf(message, 'params');
  const meta = isJsonObject(params) ? memberOf(params, '_meta') : undefined;
  return isJsonObject(meta) ? memberOf(meta, VERSION_META_KEY) : undefined;
}
