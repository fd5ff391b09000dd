/**
 * One bundle, ready to evaluate: a WebAssembly instance of it with its data. An instance that threw is not used again,
 * because a trap may leave its heap half written: the next evaluation starts on a new one (about 1 ms).
 */
import { createRequire } from 'node:module';
import { GatehouseError } from '../../domain/errors.ts';
import { SUPPLIED_BUILTINS } from './builtins.ts';
import type { PolicyBundle } from './bundle.ts';
import type { WasmMemory, WasmModule } from './web-assembly.ts';

/** What is used of opa-wasm's policy. The types it ships leave out the instance. */
interface LoadedPolicy {
  readonly entrypoints: Readonly<Record<string, number>>;
  readonly mem: WasmMemory;
  readonly wasmInstance: {
    readonly exports: { builtins(): number; opa_json_dump(value: number): number };
  };
  evaluate(input: ArrayBuffer, entrypoint: number): unknown;
  setData(data: unknown): void;
}
interface OpaWasm {
  loadPolicySync(
    module: WasmModule,
    memory: { initial: number; maximum: number },
    builtins: Readonly<Record<string, (...values: never[]) => unknown>>,
  ): LoadedPolicy;
}
const opaWasm = createRequire(import.meta.url)('@open-policy-agent/opa-wasm') as OpaWasm;

const MEMORY_PAGES_INITIAL = 32;
/**
 * 64 MiB: ten times what the largest statement was seen to take, four times a listing form of the largest body. What
 * takes more, as the names of a form can by going down sixty parts, ends in a denial.
 */
const MEMORY_PAGES_MAX = 1_024;

export class PolicyEvaluator {
  readonly #bundle: PolicyBundle;
  readonly #entrypoint: number;
  #policy: LoadedPolicy | undefined;

  /** Throws `GH_POLICY_BUNDLE_WASM` or `GH_POLICY_BUNDLE_BUILTIN` where the module is not a policy that can run here. */
  constructor(bundle: PolicyBundle) {
    this.#bundle = bundle;
    this.#policy = instantiate(bundle);
    const entrypoint = this.#policy.entrypoints[bundle.manifest.entrypoint];
    if (entrypoint === undefined) {
      throw new GatehouseError(
        'GH_POLICY_BUNDLE_WASM',
        `The policy bundle has no entrypoint ${bundle.manifest.entrypoint}; build it with "gatehouse policy build".`,
      );
    }
    this.#entrypoint = entrypoint;
    const missing = importedBuiltins(this.#policy).filter((name) => !Object.hasOwn(SUPPLIED_BUILTINS, name));
    if (missing.length > 0) {
      throw new GatehouseError(
        'GH_POLICY_BUNDLE_BUILTIN',
        `The policy bundle calls ${missing.join(', ')}, which this gate does not supply; ` +
          'build it with "gatehouse policy build", which names the place.',
      );
    }
  }

  /** Evaluates an input given as UTF-8 JSON. Returns OPA's result set; throws whatever the instance throws. */
  evaluate(input: ArrayBuffer): unknown {
    const policy = (this.#policy ??= instantiate(this.#bundle));
    this.#policy = undefined;
    const result = policy.evaluate(input, this.#entrypoint);
    this.#policy = policy;
    return result;
  }
}

function instantiate(bundle: PolicyBundle): LoadedPolicy {
  try {
    const memory = { initial: MEMORY_PAGES_INITIAL, maximum: MEMORY_PAGES_MAX };
    const policy = opaWasm.loadPolicySync(bundle.module, memory, SUPPLIED_BUILTINS);
    policy.setData(bundle.data);
    return policy;
  } catch (cause) {
    throw new GatehouseError(
      'GH_POLICY_BUNDLE_WASM',
      'The policy bundle is not an OPA policy that can run.',
      {
        cause,
      },
    );
  }
}

/** Names of the functions that the module leaves to its host. */
function importedBuiltins(policy: LoadedPolicy): readonly string[] {
  const { exports } = policy.wasmInstance;
  const start = exports.opa_json_dump(exports.builtins());
  const memory = Buffer.from(policy.mem.buffer);
  const names = JSON.parse(memory.toString('utf8', start, memory.indexOf(0, start))) as Record<
    string,
    number
  >;
  return Object.keys(names);
}
