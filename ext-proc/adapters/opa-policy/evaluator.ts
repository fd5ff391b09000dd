/**
 * One bundle, ready to evaluate: a WebAssembly instance of it with its data. An instance that threw is not used again,
 * because a trap may leave its heap half written: the next evaluation starts on a new one (about 1 ms).
 * opa-wasm makes the instance and answers its calls; it is evaluated here, by `opa_eval` of OPA's WebAssembly ABI 1.2,
 * because opa-wasm copies an input twice and looks for a result's end byte by byte, in JavaScript.
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
  readonly minorVersion: number | undefined;
  /** The data's value, and where what is free begins behind it. */
  readonly dataAddr: number;
  readonly dataHeapPtr: number;
  readonly wasmInstance: {
    readonly exports: {
      builtins(): number;
      opa_json_dump(value: number): number;
      /** Evaluates an input that stands in memory as JSON. Returns the address of the result, JSON up to a zero. */
      opa_eval(
        reserved: 0,
        entrypoint: number,
        data: number,
        input: number,
        inputBytes: number,
        heap: number,
        format: 0,
      ): number;
    };
  };
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

const PAGE_BYTES = 65_536;
/** The first of version 1 that has `opa_eval`. */
const ABI_MINOR_VERSION_MIN = 2;
/** UTF-8 takes at most so many for one of UTF-16. */
const UTF8_BYTES_MAX = 3;

const encoder = new TextEncoder();

export class PolicyEvaluator {
  readonly #bundle: PolicyBundle;
  readonly #entrypoint: number;
  #policy: LoadedPolicy | undefined;
  /** The instance's memory; another buffer once that has grown. */
  #memory = Buffer.alloc(0);

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

  /**
   * Evaluates an input given as JSON. Returns OPA's result set as JSON, or undefined where the input takes more bytes than
   * it may; throws whatever the instance throws.
   */
  evaluate(input: string, inputBytesMax: number): string | undefined {
    const policy = (this.#policy ??= instantiate(this.#bundle));
    this.#policy = undefined;
    const result = this.#evaluate(policy, input, inputBytesMax);
    this.#policy = policy;
    return result;
  }

  #evaluate(policy: LoadedPolicy, input: string, inputBytesMax: number): string | undefined {
    const { dataAddr, dataHeapPtr: inputAt } = policy;
    const room = Math.min(input.length * UTF8_BYTES_MAX, inputBytesMax);
    const missing = inputAt + room - policy.mem.buffer.byteLength;
    if (missing > 0) policy.mem.grow(Math.ceil(missing / PAGE_BYTES));
    const { read, written } = encoder.encodeInto(
      input,
      this.#memoryOf(policy).subarray(inputAt, inputAt + room),
    );
    if (read < input.length) return undefined;
    const { opa_eval: evaluate } = policy.wasmInstance.exports;
    const start = evaluate(0, this.#entrypoint, dataAddr, inputAt, written, inputAt + written, 0);
    const memory = this.#memoryOf(policy);
    return memory.toString('utf8', start, memory.indexOf(0, start));
  }

  #memoryOf({ mem }: LoadedPolicy): Buffer {
    if (this.#memory.buffer !== mem.buffer) this.#memory = Buffer.from(mem.buffer);
    return this.#memory;
  }
}

function instantiate(bundle: PolicyBundle): LoadedPolicy {
  try {
    const memory = { initial: MEMORY_PAGES_INITIAL, maximum: MEMORY_PAGES_MAX };
    const policy = opaWasm.loadPolicySync(bundle.module, memory, SUPPLIED_BUILTINS);
    if ((policy.minorVersion ?? 0) < ABI_MINOR_VERSION_MIN)
      throw new GatehouseError('GH_POLICY_BUNDLE_WASM', 'The module has no opa_eval.');
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
