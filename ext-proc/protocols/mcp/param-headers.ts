/**
 * Arguments that stand in headers too (2026-07-28, Streamable HTTP, Custom Headers from Tool Parameters): a tool's
 * `inputSchema` marks them with `x-mcp-header`, and `Mcp-Param-NAME` repeats the value.
 */
import { isJsonObject, memberOf, type JsonObject } from './json-rpc.ts';
import { decodeHeaderValue, encodeHeaderValue } from './mirrored-headers.ts';

export interface HeaderParameter {
  /** Lower case: `mcp-param-region`. */
  readonly header: string;
  /** Names from the arguments down to the value. */
  readonly path: readonly string[];
}

const PREFIX = 'mcp-param-';
/** Whether a header, by its name in lower case, repeats an argument. */
export const isParamHeader = (name: string): boolean => name.startsWith(PREFIX);

const DEPTH_MAX = 32;
const PARAMETERS_MAX = 256;
const NAME_CHARACTERS_MAX = 256;

/** The marks that a client goes by: those reached through `properties` alone. */
export function headerParameters(inputSchema: JsonObject): readonly HeaderParameter[] {
  const found: HeaderParameter[] = [];
  const visit = (schema: JsonObject, path: readonly string[]): void => {
    const properties = memberOf(schema, 'properties');
    if (!isJsonObject(properties) || path.length >= DEPTH_MAX) return;
    for (const [name, part] of Object.entries(properties)) {
      if (!isJsonObject(part) || name.length > NAME_CHARACTERS_MAX || found.length >= PARAMETERS_MAX)
        continue;
      const mark = memberOf(part, 'x-mcp-header');
      if (
        typeof mark === 'string' &&
        mark.length <= NAME_CHARACTERS_MAX &&
        /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(mark)
      ) {
        found.push({ header: `${PREFIX}${mark.toLowerCase()}`, path: [...path, name] });
      }
      visit(part, [...path, name]);
    }
  };
  visit(inputSchema, []);
  return found;
}

/** What the headers must be for these arguments; of arguments that were masked on the way, what they must become. */
export function paramHeaders(
  parameters: readonly HeaderParameter[],
  values: JsonObject,
): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const { header, path } of parameters) {
    const text = textOf(valueAt(values, path));
    if (text !== undefined) headers.set(header, encodeHeaderValue(text));
  }
  return headers;
}

/** What is wrong with the headers, in words for the client; undefined where they say what the arguments say. */
export function paramHeaderMismatch(
  parameters: readonly HeaderParameter[],
  values: JsonObject,
  headers: ReadonlyMap<string, string>,
): string | undefined {
  for (const { header, path } of parameters) {
    const given = headers.get(header);
    const value = valueAt(values, path);
    const text = textOf(value);
    if (given === undefined && text === undefined) continue;
    if (given === undefined) return `the header ${header} is missing`;
    const decoded = decodeHeaderValue(given);
    const isSame = typeof value === 'number' ? isNumber(decoded, value) : decoded === text;
    if (!isSame || decoded === undefined) return `the header ${header} is not what the arguments say`;
  }
  return undefined;
}

/** Integers that have no number of their own here are none that is known to be the same. */
const isNumber = (decoded: string | undefined, value: number): boolean =>
  decoded !== undefined &&
  /^-?\d+(?:\.\d+)?$/.test(decoded) &&
  Number(decoded) === value &&
  (Number.isSafeInteger(value) || !Number.isInteger(value));

function valueAt(values: JsonObject, path: readonly string[]): unknown {
  let value: unknown = values;
  for (const name of path) value = isJsonObject(value) ? memberOf(value, name) : undefined;
  return value;
}

/** Value Encoding, Type conversion; undefined where there is no header for it. */
function textOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      return Number.isSafeInteger(value) ? String(value) : undefined;
    default:
      return undefined;
  }
}
