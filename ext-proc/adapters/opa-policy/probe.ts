/**
 * A bundle to be asked questions that the gate itself never asks: which of its rules object to an action at all, and
 * which only because of an exemption do not. The WebAssembly is the same; what differs is the data it is given, with
 * every rule put into report-only, so that each finding is told and none hides another. For `gatehouse doctor`.
 */
import type { Verdict } from '../../domain/decision.ts';
import type { PolicyManifest } from '../../domain/policy-bundle.ts';
import type { PolicyInput } from '../../domain/policy-input.ts';
import { loadBundle } from './bundle.ts';
import { LoadedPolicy } from './loaded-policy.ts';

export interface PolicyProbe {
  readonly manifest: PolicyManifest;
  /** data.json. */
  readonly data: unknown;
  /** Every rule that has something against it, or names what allows it, with its verdict, exemptions applied. */
  findings(input: PolicyInput): ReadonlyMap<string, Verdict>;
  /** The same without any exemption. */
  findingsUnexempted(input: PolicyInput): ReadonlyMap<string, Verdict>;
}

/** Rejects with a GatehouseError (`GH_POLICY_BUNDLE_…`) where the bundle could not be put in force. */
export async function loadPolicyProbe(bundleFile: string): Promise<PolicyProbe> {
  const bundle = await loadBundle(bundleFile);
  const { settings = {}, ...others } = bundle.data as { settings?: Readonly<Record<string, unknown>> };
  const report_only = bundle.manifest.rules.map(({ id }) => id);
  const policyWith = (changed: Readonly<Record<string, unknown>>): LoadedPolicy =>
    // An evaluation that fails is a decision with a code, and no rule of the bundle's.
    new LoadedPolicy(
      { ...bundle, data: { ...others, settings: { ...settings, ...changed } } },
      () => undefined,
    );
  // What allows is told where nothing reports; what objects, where everything does.
  const enforcing = policyWith({});
  const reporting = policyWith({ report_only });
  const unexempted = policyWith({ report_only, exemptions: [] });
  const told = (policy: LoadedPolicy, input: PolicyInput): ReadonlyMap<string, Verdict> => {
    const { rule, verdict } = enforcing.decide(input);
    const reported = policy.decide(input).reportOnly.map((found) => [found.rule, found.verdict] as const);
    return new Map<string, Verdict>([...reported, [rule, verdict]]);
  };
  return {
    manifest: bundle.manifest,
    data: bundle.data,
    findings: (input) => told(reporting, input),
    findingsUnexempted: (input) => told(unexempted, input),
  };
}
