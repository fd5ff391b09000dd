/** Which values of a JSON document masking has replaced, by JSON pointer (RFC 6901). */
import { isJsonObject } from '../../protocols/mcp/json-rpc.ts';

/** The two have the same structure, but for values that were replaced. */
export function replacedValues(before: unknown, after: unknown): ReadonlySet<string> {
  const replaced = new Set<string>();
  compare(before, after, '', replaced);
  return replaced;
}

function compare(before: unknown, after: unknown, at: string, replaced: Set<string>): void {
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    for (const [index, value] of before.entries()) compare(value, after[index], `${at}/${index}`, replaced);
    return;
  }
  if (isJsonObject(before) && isJsonObject(after)) {
    for (const [name, value] of Object.entries(after)) {
      const own = Object.hasOwn(before, name) ? before[name] : undefined;
      compare(own, value, `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, replaced);
    }
    return;
  }
  if (before !== after) replaced.add(at);
}
