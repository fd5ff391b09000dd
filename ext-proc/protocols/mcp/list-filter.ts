/**
 * Lists that a server answers with, cut down to what the principal may use, and marked private: the same list is not
 * everybody's (2026-07-28, Caching, Cache Scope; Tools, Capabilities). Entries are cut out of the text; what stays
 * keeps its bytes, numbers and unknown members too. An entry that cannot be read is not shown; a text in which a list
 * could be read in two ways is refused.
 */
import { isUtf8 } from 'node:buffer';
import { foldName } from '../../domain/fold-name.ts';
import { LIMITS } from '../../domain/limits.ts';
import { isJsonObject, memberOf, type JsonObject } from './json-rpc.ts';
import {
  arrayElements,
  objectMembers,
  skipSpace,
  withEdits,
  type JsonEdit,
  type JsonMember,
} from './json-span.ts';
import { readListItem, type ListItem } from './list-item.ts';
import { LIST_MEMBERS, methodOf, type ListMember } from './methods.ts';
import { isPerRequestVersion } from './protocol-version.ts';

export interface ListFilter {
  /**
   * Of the request that the text answers. Undefined where that is not known, as on a stream that was resumed: then
   * whatever looks like a list is one.
   */
  readonly method: string | undefined;
  readonly version: string;
  mayUse(item: ListItem): boolean;
}

export type FilteredList =
  | {
      readonly ok: true;
      /** The very buffer that was given where nothing had to change. */
      readonly json: Buffer;
      readonly shown: number;
      readonly removed: number;
      /** The definitions of the tools that stay, for tool-schemas.ts. */
      readonly tools: readonly JsonObject[];
    }
  | { readonly ok: false; readonly code: string; readonly publicMessage: string };

/** Methods whose results say who may keep them (CacheableResult), besides lists. */
const CACHEABLE: readonly string[] = ['resources/read', 'server/discover'];

/** `json`: the text of one message of the server's, whole. An error, a request or a notification stays as it is. */
export function filterList(json: Buffer, filter: ListFilter): FilteredList {
  const unchanged = { ok: true, json, shown: 0, removed: 0, tools: [] } as const;
  const lists = listsOf(filter.method);
  if (lists.length === 0 && !CACHEABLE.includes(filter.method ?? '')) return unchanged;
  const message = parse(json);
  if (!isJsonObject(message)) return unreadable('is not a JSON object in UTF-8');
  const top = objectMembers(json, skipSpace(json, 0));
  if (isAmbiguous(top, ['jsonrpc', 'id', 'result', 'error', 'method', 'params'])) {
    return unreadable('has a member twice');
  }
  const result = memberOf(message, 'result');
  const resultSpan = top.find(({ name }) => name === 'result');
  if (!isJsonObject(result) || resultSpan === undefined) return unchanged;
  const members = objectMembers(json, resultSpan.start);
  if (isAmbiguous(members, [...lists, 'cacheScope', 'ttlMs']))
    return unreadable('has a member of its result twice');

  const edits = privateFor(filter, result, members, resultSpan.start);
  const tools: JsonObject[] = [];
  let shown = 0;
  let removed = 0;
  for (const list of lists) {
    const span = members.find(({ name }) => name === list);
    if (span === undefined) continue;
    const values = result[list];
    if (!Array.isArray(values)) return unreadable(`has ${list} that are no list`);
    const elements = arrayElements(json, span.start);
    // Each is a decision of policy's.
    if (elements.length > LIMITS.mcpListEntriesMax)
      return unreadable(`has more ${list} than the gate judges`);
    const kept = elements.filter(({ start }, at) => {
      const value: unknown = values[at];
      const item = isJsonObject(value) && !isTwofold(json, start) ? readListItem(list, value) : undefined;
      const isShown = item !== undefined && filter.mayUse(item);
      if (isShown && list === 'tools') tools.push(value as JsonObject);
      return isShown;
    });
    shown += kept.length;
    removed += elements.length - kept.length;
    if (kept.length === elements.length) continue;
    const texts = kept.map(({ start, end }) => json.toString('latin1', start, end));
    edits.push({ start: span.start, end: span.end, bytes: Buffer.from(`[${texts.join(',')}]`, 'latin1') });
  }
  return { ok: true, json: withEdits(json, edits), shown, removed, tools };
}

/** Which members of a result are lists that show what there is. */
function listsOf(method: string | undefined): readonly ListMember[] {
  const known = method === undefined ? undefined : methodOf(method);
  if (known === undefined || method?.startsWith('tasks/') === true) return LIST_MEMBERS;
  return known.list === undefined ? [] : [known.list];
}

/** Where the version or the server has the members for it; where the method is not known, only what is there. */
function privateFor(
  { method, version }: ListFilter,
  result: JsonObject,
  members: readonly JsonMember[],
  at: number,
): JsonEdit[] {
  const edits: JsonEdit[] = [];
  const scope = members.find(({ name }) => name === 'cacheScope');
  if (scope !== undefined) edits.push({ start: scope.start, end: scope.end, bytes: '"private"' });
  const isKnown = method !== undefined && methodOf(method) !== undefined && !method.startsWith('tasks/');
  // What only asks the client for more is not kept.
  const isComplete = (memberOf(result, 'resultType') ?? 'complete') === 'complete';
  if (!isKnown || !isComplete || !isPerRequestVersion(version)) return edits;
  const missing = [
    ...(scope === undefined ? ['"cacheScope":"private"'] : []),
    ...(members.some(({ name }) => name === 'ttlMs') ? [] : ['"ttlMs":0']),
  ];
  if (missing.length === 0) return edits;
  const text = `${missing.join(',')}${members.length === 0 ? '' : ','}`;
  return [...edits, { start: at + 1, end: at + 1, bytes: text }];
}

/** Whether one of `names` is there twice, or in another case, for a client that reads it so. */
function isAmbiguous(members: readonly JsonMember[], names: readonly string[]): boolean {
  const folded = new Set(names.map(foldName));
  const seen = new Set<string>();
  return members.some(({ name }) => {
    if (!folded.has(foldName(name))) return false;
    if (!names.includes(name) || seen.has(name)) return true;
    seen.add(name);
    return false;
  });
}

const isTwofold = (json: Buffer, at: number): boolean =>
  isAmbiguous(objectMembers(json, at), ['name', 'uri', 'uriTemplate', 'outputSchema', 'inputSchema']);

function parse(json: Buffer): unknown {
  if (!isUtf8(json)) return undefined;
  try {
    return JSON.parse(json.toString('utf8'));
  } catch {
    return undefined;
  }
}

const unreadable = (what: string): FilteredList => ({
  ok: false,
  code: 'GH_MCP_UPSTREAM_LIST',
  publicMessage: `the server's answer ${what}, so the gate cannot tell what may be seen of it`,
});
