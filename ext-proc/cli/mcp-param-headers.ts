/**
 * Headers that repeat a tool's arguments: a server that marks an argument with `x-mcp-header` in its schema has its
 * value in `Mcp-Param-<name>` as well (MCP 2026-07-28, Streamable HTTP). Which arguments those are is learned from the
 * answers to `tools/list` that pass; of a tool that was not listed nothing is known, and no header is sent.
 */
const TOOLS_MAX = 1_000;
const DEPTH_MAX = 16;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

interface Declared {
  readonly header: string;
  /** Names from the top of the arguments. */
  readonly path: readonly string[];
}

export class McpParamHeaders {
  readonly #declared = new Map<string, readonly Declared[]>();

  /** `result` is of `tools/list`. */
  learn(result: unknown): void {
    if (!isObject(result) || !Array.isArray(result['tools'])) return;
    for (const tool of result['tools'] as unknown[]) {
      if (!isObject(tool) || typeof tool['name'] !== 'string') continue;
      const found = [...declarations(tool['inputSchema'], [])];
      this.#declared.delete(tool['name']);
      if (found.length > 0 && this.#declared.size < TOOLS_MAX) this.#declared.set(tool['name'], found);
    }
  }

  /** `params` are of `tools/call`. */
  headersOf(params: unknown): Record<string, string> {
    if (!isObject(params) || typeof params['name'] !== 'string') return {};
    const headers: Record<string, string> = {};
    for (const { header, path } of this.#declared.get(params['name']) ?? []) {
      const value = headerValue(at(params['arguments'], path));
      if (value !== undefined) headers[`Mcp-Param-${header}`] = value;
    }
    return headers;
  }
}

function* declarations(schema: unknown, path: readonly string[]): Iterable<Declared> {
  if (!isObject(schema) || path.length > DEPTH_MAX) return;
  const header = schema['x-mcp-header'];
  if (typeof header === 'string' && TOKEN.test(header) && path.length > 0) yield { header, path };
  if (!isObject(schema['properties'])) return;
  for (const [name, inner] of Object.entries(schema['properties']))
    yield* declarations(inner, [...path, name]);
}

function at(value: unknown, path: readonly string[]): unknown {
  let inner = value;
  for (const name of path) inner = isObject(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined;
  return inner;
}

/** What is no plain text of a header goes as Base64 of its UTF-8, marked as the specification says. */
function headerValue(value: unknown): string | undefined {
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number')
    return Number.isSafeInteger(value) || !Number.isInteger(value) ? String(value) : undefined;
  if (typeof value !== 'string') return undefined;
  const plain = /^[\t\x20-\x7e]+$/.test(value) && value === value.trim() && !/^=\?base64\?.*\?=$/.test(value);
  return plain ? value : `=?base64?${Buffer.from(value).toString('base64')}?=`;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
