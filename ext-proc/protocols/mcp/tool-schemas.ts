/**
 * What tools declared of themselves, remembered as their definitions pass by in lists: the schema of their results and
 * which arguments stand in headers. Bounded; what was used longest ago goes first. It never decides what is seen, only
 * whether a client could take it.
 */
import { LIMITS } from '../../domain/limits.ts';
import { isJsonObject, memberOf, type JsonObject } from './json-rpc.ts';
import { fitsSchema } from './output-schema.ts';
import { headerParameters, type HeaderParameter } from './param-headers.ts';

export interface ToolSchemas {
  /** `tools`: definitions as in a list. A tool without a schema is remembered as such. */
  remember(upstream: string, tools: readonly JsonObject[]): void;
  /**
   * `breaks`: a client that checks would refuse this result. `unknown`: no list with this tool has passed here.
   * `value` and `masked` as of fitsSchema.
   */
  judge(
    upstream: string,
    tool: string,
    value: unknown,
    masked: ReadonlySet<string>,
  ): 'fits' | 'breaks' | 'unknown';
  /** Undefined where no list with this tool has passed here. */
  headerParameters(upstream: string, tool: string): readonly HeaderParameter[] | undefined;
}

interface Declared {
  /** `true` is the schema that everything fits. */
  readonly outputSchema: unknown;
  readonly parameters: readonly HeaderParameter[];
  readonly characters: number;
}

const DEPTH_MAX = 100;

export function createToolSchemas(): ToolSchemas {
  const upstreams = new Map<string, UpstreamTools>();
  return {
    remember(upstream, tools) {
      const known = upstreams.get(upstream) ?? new UpstreamTools();
      upstreams.delete(upstream);
      upstreams.set(upstream, known);
      const [oldest] = upstreams.keys();
      if (upstreams.size > LIMITS.mcpSchemaUpstreamsMax && oldest !== undefined) upstreams.delete(oldest);
      for (const tool of tools) known.keep(tool);
    },
    judge(upstream, tool, value, masked) {
      const declared = upstreams.get(upstream)?.find(tool);
      if (declared === undefined) return 'unknown';
      return masked.size === 0 || fitsSchema(declared.outputSchema, value, masked) ? 'fits' : 'breaks';
    },
    headerParameters: (upstream, tool) => upstreams.get(upstream)?.find(tool)?.parameters,
  };
}

/** The tools of one server, those used last at the end. */
class UpstreamTools {
  readonly #byName = new Map<string, Declared>();
  #characters = 0;

  keep(tool: JsonObject): void {
    const name = memberOf(tool, 'name');
    if (typeof name !== 'string') return;
    const declared = declaredBy(name, tool);
    this.#forget(name);
    if (declared.characters > LIMITS.mcpToolSchemaCharactersMax) return;
    this.#byName.set(name, declared);
    this.#characters += declared.characters;
    for (const oldest of this.#byName.keys()) {
      if (
        this.#byName.size <= LIMITS.mcpToolSchemasMax &&
        this.#characters <= LIMITS.mcpToolSchemaCharactersMax
      ) {
        break;
      }
      this.#forget(oldest);
    }
  }

  find(name: string): Declared | undefined {
    const declared = this.#byName.get(name);
    if (declared === undefined) return undefined;
    this.#byName.delete(name);
    this.#byName.set(name, declared);
    return declared;
  }

  #forget(name: string): void {
    this.#characters -= this.#byName.get(name)?.characters ?? 0;
    this.#byName.delete(name);
  }
}

function declaredBy(name: string, tool: JsonObject): Declared {
  const schema = memberOf(tool, 'outputSchema') ?? true;
  const size = charactersOf(schema, 0);
  const input = memberOf(tool, 'inputSchema');
  const parameters = isJsonObject(input) ? headerParameters(input) : [];
  const marks = parameters.reduce((sum, { header, path }) => sum + header.length + path.join().length, 0);
  // `false` fits nothing: a schema that is too large to keep lets no masked result pass.
  const isKept = size <= LIMITS.mcpToolSchemaCharactersMax / 16;
  return {
    outputSchema: isKept ? schema : false,
    parameters,
    characters: name.length + (isKept ? size : 0) + marks,
  };
}

/** About as long as its text; infinite where it is nested too deeply to be walked. */
function charactersOf(value: unknown, depth: number): number {
  if (depth > DEPTH_MAX) return Infinity;
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 8;
  let sum = 2;
  for (const [name, part] of Object.entries(value)) sum += name.length + 4 + charactersOf(part, depth + 1);
  return sum;
}
