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
}

export function createToolSchemas(): ToolSchemas {
  const upstreams = new Map<string, Map<string, Declared>>();
  const find = (upstream: string, tool: string): Declared | undefined => {
    const tools = upstreams.get(upstream);
    const declared = tools?.get(tool);
    if (tools !== undefined && declared !== undefined)
      keepLast(tools, tool, declared, LIMITS.mcpToolSchemasMax);
    return declared;
  };
  return {
    remember(upstream, tools) {
      const known = upstreams.get(upstream) ?? new Map<string, Declared>();
      keepLast(upstreams, upstream, known, LIMITS.mcpSchemaUpstreamsMax);
      for (const tool of tools) {
        const name = memberOf(tool, 'name');
        if (typeof name === 'string') keepLast(known, name, declaredBy(tool), LIMITS.mcpToolSchemasMax);
      }
    },
    judge(upstream, tool, value, masked) {
      const declared = find(upstream, tool);
      if (declared === undefined) return 'unknown';
      return masked.size === 0 || fitsSchema(declared.outputSchema, value, masked) ? 'fits' : 'breaks';
    },
    headerParameters: (upstream, tool) => find(upstream, tool)?.parameters,
  };
}

function declaredBy(tool: JsonObject): Declared {
  const schema = memberOf(tool, 'outputSchema') ?? true;
  // `false` fits nothing: a schema that is not kept lets no masked result pass.
  const isKept = JSON.stringify(schema).length <= LIMITS.mcpToolSchemaCharactersMax;
  const input = memberOf(tool, 'inputSchema');
  return {
    outputSchema: isKept ? schema : false,
    parameters: isJsonObject(input) ? headerParameters(input) : [],
  };
}

/** Puts an entry last and lets the first go where there are too many. */
function keepLast<Value>(map: Map<string, Value>, key: string, value: Value, entriesMax: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= entriesMax) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
