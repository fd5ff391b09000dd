/**
 * The policy engine: Rego compiled to WebAssembly by `opa`, evaluated in this process. A changed bundle is loaded and
 * tried beside the one in force and takes its place between two decisions; a broken one is refused and the old one
 * stays.
 */
import type { Decision } from '../../domain/decision.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { Log } from '../../domain/log.ts';
import { policyDependsOn, type PolicyManifest } from '../../domain/policy-bundle.ts';
import type { PolicyInput } from '../../domain/policy-input.ts';
import type { PolicyEngine } from '../../domain/ports.ts';
import { loadBundle, type PolicyBundle } from './bundle.ts';
import { bundleSignature, watchBundle } from './bundle-watch.ts';
import { LoadedPolicy } from './loaded-policy.ts';

export type PolicyChange =
  | { readonly ok: true; readonly bundleHash: string; readonly previousHash: string }
  /** A bundle was refused; `bundleHash` is the one that stays in force. */
  | { readonly ok: false; readonly bundleHash: string; readonly code: string; readonly message: string };

export interface PolicyEngineOptions {
  /** The bundle's `manifest.json`, or its folder. */
  readonly bundleFile: string;
  /** Rules (or `prefix.*`) that only report, besides those that the bundle's own settings name. */
  readonly reportOnly?: readonly string[];
  /** Upstreams on which no rule is enforced, only reported. The gate's own denials are enforced there too. */
  readonly reportOnlyUpstreams?: readonly string[];
  readonly log: Log;
  /** Called after a new bundle was put in force or refused; not at the start. */
  readonly onChange?: (change: PolicyChange) => void;
}

export interface OpaPolicyEngine extends PolicyEngine {
  /** The manifest of the bundle in force: its rules and what decisions depend on. */
  readonly manifest: PolicyManifest;
  /** Looks at the bundle's files now. Undefined where they are those in force. */
  reload(): Promise<PolicyChange | undefined>;
  /** Stops watching. Decisions can still be made. */
  close(): void;
}

/** Rejects with a GatehouseError (`GH_POLICY_BUNDLE_…`) where there is no bundle that can be put in force. */
export async function createPolicyEngine(options: PolicyEngineOptions): Promise<OpaPolicyEngine> {
  const { bundleFile, log } = options;
  const reportOnly = options.reportOnly ?? [];
  const reportOnlyUpstreams: ReadonlySet<string> = new Set(options.reportOnlyUpstreams);

  // An operator needs to know, but a client that provokes it must not fill the log: the first, then every hundredth.
  let failures = 0;
  const onFailure = (error: unknown): void => {
    if (failures++ % 100 === 0)
      log.error({ failures, reason: failureKind(error) }, 'policy evaluation failed: denied');
  };
  const load = async (): Promise<LoadedPolicy> => {
    const bundle = await loadBundle(bundleFile);
    for (const pattern of reportOnly) {
      if (bundle.manifest.rules.some(({ id }) => namesRule(pattern, id))) continue;
      log.warn({ pattern }, 'policy.reportOnly names no rule of the bundle');
    }
    return new LoadedPolicy(withReportOnly(bundle, reportOnly), onFailure);
  };

  // Not even an input that is none may throw here.
  const onlyReports = (input: Partial<PolicyInput> | null): boolean =>
    reportOnlyUpstreams.has(input?.upstream?.name ?? '');

  const signature = await bundleSignature(bundleFile);
  let policy = await load();
  let reloading: Promise<PolicyChange | undefined> | undefined;

  const reloadOnce = async (): Promise<PolicyChange | undefined> => {
    const previousHash = policy.hash;
    let change: PolicyChange;
    try {
      const next = await load();
      if (next.hash === previousHash) return undefined;
      policy = next;
      change = { ok: true, bundleHash: next.hash, previousHash };
      log.info({ bundleHash: next.hash, previousHash }, 'policy bundle put in force');
    } catch (error) {
      const code = error instanceof GatehouseError ? error.code : 'GH_POLICY_BUNDLE';
      const message = error instanceof Error ? error.message : 'the bundle could not be loaded';
      change = { ok: false, bundleHash: previousHash, code, message };
      log.error(
        { code, reason: message, bundleHash: previousHash },
        'policy bundle refused: the old one stays',
      );
    }
    try {
      options.onChange?.(change);
    } catch (error) {
      log.error({ reason: failureKind(error) }, 'a policy change could not be told');
    }
    return change;
  };
  const reload = (): Promise<PolicyChange | undefined> =>
    (reloading ??= reloadOnce().finally(() => {
      reloading = undefined;
    }));

  const stopWatching = watchBundle(bundleFile, signature, reload);

  return {
    get bundleHash(): string {
      return policy.hash;
    },
    get manifest(): PolicyManifest {
      return policy.manifest;
    },
    decide(input: PolicyInput): Decision {
      const decision = policy.decide(input);
      return onlyReports(input) ? letThrough(decision) : decision;
    },
    dependsOn(path: string): boolean {
      if (reportOnlyUpstreams.size > 0 && (path === 'upstream' || path === 'upstream.name')) return true;
      return policyDependsOn(policy.manifest.dependsOn, path);
    },
    reload,
    close: stopWatching,
  };
}

const namesRule = (pattern: string, id: string): boolean =>
  pattern.endsWith('.*') ? id.startsWith(pattern.slice(0, -1)) : id === pattern;

/** The decision where nothing is enforced: recorded as it would be. The gate's own denials stay. */
function letThrough(decision: Decision): Decision {
  const { verdict, rule, reason, reportOnly, bundleHash } = decision;
  if (verdict === 'allow' || rule.startsWith('GH_')) return decision;
  return {
    verdict: 'allow',
    rule: 'default',
    reason: 'Let through: this upstream only reports.',
    obligations: decision.obligations,
    reportOnly: [{ rule, verdict, reason }, ...reportOnly],
    bundleHash,
  };
}

/** The configuration's report-only rules, added to those in the bundle's `settings.report_only`. */
function withReportOnly(bundle: PolicyBundle, reportOnly: readonly string[]): PolicyBundle {
  if (reportOnly.length === 0) return bundle;
  const data = bundle.data as { settings?: { report_only?: readonly string[] } };
  const named = [...new Set([...(data.settings?.report_only ?? []), ...reportOnly])];
  return { ...bundle, data: { ...data, settings: { ...data.settings, report_only: named } } };
}

// An error's message may carry the input, so its name is logged; OPA's runtime throws fixed texts, which may be read.
function failureKind(error: unknown): string {
  if (error instanceof GatehouseError) return error.code;
  if (error instanceof Error) return error.name;
  return typeof error === 'string' ? error.slice(0, 200) : typeof error;
}
