/**
 * One bundle in force: from an input to a decision. What policy cannot see is left out, an input over the limit is
 * denied unseen, a decision made before is reused, and whatever goes wrong is a denial with a code (I2).
 */
import { gateDenial, type Decision } from '../../domain/decision.ts';
import { LIMITS } from '../../domain/limits.ts';
import { policyReads, type PolicyManifest } from '../../domain/policy-bundle.ts';
import type { PolicyInput } from '../../domain/policy-input.ts';
import type { PolicyBundle } from './bundle.ts';
import { DecisionCache } from './decision-cache.ts';
import { readDecision } from './decision-reading.ts';
import { PolicyEvaluator } from './evaluator.ts';
import { project, projectionOf, type Projection } from './input-projection.ts';
import { selfCheck } from './self-check.ts';

/** Memory that a large input takes in the instance is never given back, so there is a limit. */
export const POLICY_INPUT_BYTES_MAX = 262_144;

/**
 * How many times over a body that was read is let in beyond that. It is bounded itself, but stands in an input more than
 * once: in `value`, in `members`, and in `fields`, where what a form lists (`people[0][name]`) stands at three paths,
 * with dots at four.
 */
const BODY_REPEATS = 5;

export class LoadedPolicy {
  readonly hash: string;
  readonly manifest: PolicyManifest;
  readonly #evaluator: PolicyEvaluator;
  readonly #projection: Projection;
  readonly #cache = new DecisionCache();
  /** Decisions as they were read, by the text of OPA's result: most of what is asked is answered in the same words. */
  readonly #read = new DecisionCache();
  readonly #onFailure: (error: unknown) => void;

  /** Throws a GatehouseError (`GH_POLICY_BUNDLE_…`) where the bundle cannot run or fails its self-check. */
  constructor(bundle: PolicyBundle, onFailure: (error: unknown) => void) {
    this.hash = bundle.hash;
    this.manifest = bundle.manifest;
    this.#evaluator = new PolicyEvaluator(bundle);
    const { settings } = bundle.data as { settings?: unknown };
    this.#projection = projectionOf(policyReads(bundle.manifest, settings));
    this.#onFailure = onFailure;
    selfCheck(
      (input) => this.#evaluate(JSON.stringify(input), POLICY_INPUT_BYTES_MAX),
      (input) => this.#evaluate(JSON.stringify(project(input, this.#projection)), POLICY_INPUT_BYTES_MAX),
    );
  }

  /** Never throws. */
  decide(input: PolicyInput): Decision {
    try {
      const seen = JSON.stringify(project(input, this.#projection));
      const known = this.#cache.get(seen);
      if (known !== undefined) return known;
      const decision = this.#evaluate(seen, bytesMax(input));
      // The gate's own denials are not kept: the next attempt may fare better.
      if (!decision.rule.startsWith('GH_')) this.#cache.set(seen, decision);
      return decision;
    } catch (error) {
      return this.#failed(error);
    }
  }

  #evaluate(seen: string, seenBytesMax: number): Decision {
    if (seen.length > seenBytesMax) return this.#tooLarge();
    try {
      const result = this.#evaluator.evaluate(seen, seenBytesMax);
      if (result === undefined) return this.#tooLarge();
      const known = this.#read.get(result);
      if (known !== undefined) return known;
      const decision = readDecision(JSON.parse(result), this.hash);
      this.#read.set(result, decision);
      return decision;
    } catch (error) {
      return this.#failed(error);
    }
  }

  #tooLarge(): Decision {
    return gateDenial(
      'GH_POLICY_INPUT_TOO_LARGE',
      'What is asked is too large to be judged; send it in smaller parts.',
      this.hash,
    );
  }

  #failed(error: unknown): Decision {
    this.#onFailure(error);
    return gateDenial(
      'GH_POLICY_ENGINE',
      'The policy could not be evaluated, so this is denied; try again, and tell the operator if it stays so.',
      this.hash,
    );
  }
}

/** The most bytes of an input that are evaluated. */
function bytesMax({ action }: PolicyInput): number {
  const body = 'request' in action ? action.request.body : undefined;
  // Not by its value, which may not have been read.
  if (body?.complete !== true || (body.kind !== 'json' && body.kind !== 'form'))
    return POLICY_INPUT_BYTES_MAX;
  const bodyBytes = Math.min(body.bytes ?? 0, LIMITS.httpPolicyBodyBytesMax);
  return POLICY_INPUT_BYTES_MAX + BODY_REPEATS * bodyBytes;
}
