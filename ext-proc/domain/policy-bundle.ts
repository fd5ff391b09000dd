/**
 * What a policy bundle says of itself: its manifest. Pure; the bundle's builder writes it (`cli/policy-build.ts`) and
 * the policy adapter refuses a bundle whose manifest does not fit (`adapters/opa-policy`).
 * A bundle is a folder of `manifest.json`, `policy.wasm` and `data.json`; the manifest holds the digests of the other
 * two, so that its own SHA-256 names the whole.
 */
import { GatehouseError } from './errors.ts';
import { readPolicyExample, type PolicyExample } from './policy-example.ts';

/** The versions of the contract that this gate speaks: `policies-rego/schemas/input.v1.json` and `decision.v1.json`. */
export const POLICY_CONTRACT = { format: 1, inputVersion: 1, decisionVersion: 1 } as const;

export const POLICY_SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
export type PolicySeverity = (typeof POLICY_SEVERITIES)[number];

/** One rule's METADATA. */
export interface PolicyRule {
  /** For example `postgres.destructive.delete_without_where`. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly severity: PolicySeverity;
  /** Controls of ISO/IEC 27001:2022 Annex A, for example `A.8.3`. */
  readonly controls: readonly string[];
  readonly protocols: readonly string[];
  /** What it must have something to say of; `gatehouse doctor` tries it on each upstream. */
  readonly example?: PolicyExample;
}

export interface PolicyBundlePart {
  readonly sha256: string;
  readonly bytes: number;
}

export interface PolicyManifest {
  readonly format: number;
  readonly inputVersion: number;
  readonly decisionVersion: number;
  readonly entrypoint: string;
  /** Version of `opa` that compiled it. */
  readonly opa: string;
  readonly policy: PolicyBundlePart;
  readonly data: PolicyBundlePart;
  /** Dotted paths of the input that any module refers to; the empty path is the whole input. */
  readonly dependsOn: readonly string[];
  /** Of those the ones that no rule reads while settings (dotted, below `data.settings`) are empty: all that are named. */
  readonly unreadWhileEmpty: Readonly<Record<string, readonly string[]>>;
  readonly rules: readonly PolicyRule[];
}

const SHA256 = /^[0-9a-f]{64}$/;

/** Reads a manifest's text. Throws `GH_POLICY_BUNDLE_MANIFEST` with the member that does not fit. */
export function parsePolicyManifest(text: string): PolicyManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refusal('is not JSON', cause);
  }
  const manifest = record(value, 'the manifest');
  return {
    format: integer(manifest['format'], 'format'),
    inputVersion: integer(manifest['input_version'], 'input_version'),
    decisionVersion: integer(manifest['decision_version'], 'decision_version'),
    entrypoint: string(manifest['entrypoint'], 'entrypoint'),
    opa: string(manifest['opa'], 'opa'),
    policy: part(manifest['policy'], 'policy'),
    data: part(manifest['data'], 'data'),
    dependsOn: list(manifest['depends_on'], 'depends_on', string),
    unreadWhileEmpty: unread(manifest['unread_while_empty']),
    rules: list(manifest['rules'], 'rules', rule),
  };
}

/** A manifest's text, byte for byte the same for the same contents. */
export function formatPolicyManifest(manifest: PolicyManifest): string {
  const members = {
    format: manifest.format,
    input_version: manifest.inputVersion,
    decision_version: manifest.decisionVersion,
    entrypoint: manifest.entrypoint,
    opa: manifest.opa,
    policy: manifest.policy,
    data: manifest.data,
    depends_on: manifest.dependsOn,
    ...(Object.keys(manifest.unreadWhileEmpty).length === 0
      ? {}
      : { unread_while_empty: manifest.unreadWhileEmpty }),
    rules: manifest.rules,
  };
  return `${JSON.stringify(members, null, 2)}\n`;
}

const INPUT_MEMBERS: ReadonlySet<string> = new Set(['version', 'principal', 'upstream', 'session', 'action']);

/**
 * Whether a policy that refers to the paths of `dependsOn` can tell apart two inputs that differ only in `path`.
 * True for a path that the input does not have at its first step, and for the empty path: unknown counts as yes.
 */
export function policyDependsOn(dependsOn: readonly string[], path: string): boolean {
  if (!INPUT_MEMBERS.has(path.split('.')[0] ?? '')) return true;
  return dependsOn.some(
    (used) => used === '' || used === path || path.startsWith(`${used}.`) || used.startsWith(`${path}.`),
  );
}

/** The paths that a policy can read with these settings. */
export function policyReads(
  { dependsOn, unreadWhileEmpty }: Pick<PolicyManifest, 'dependsOn' | 'unreadWhileEmpty'>,
  settings: unknown,
): readonly string[] {
  return dependsOn.filter((path) => {
    // A member like any other: `constructor` names no path.
    const over = Object.hasOwn(unreadWhileEmpty, path) ? (unreadWhileEmpty[path] ?? []) : [];
    return over.length === 0 || !over.every((setting) => isEmptySetting(settings, setting));
  });
}

/** Nothing there, or a collection without an element; anything else is not known to be empty. */
function isEmptySetting(settings: unknown, path: string): boolean {
  let at = settings;
  for (const step of path.split('.')) {
    if (at === undefined) return true;
    if (typeof at !== 'object' || at === null || Array.isArray(at)) return false;
    at = Object.hasOwn(at, step) ? (at as Record<string, unknown>)[step] : undefined;
  }
  return at === undefined || (typeof at === 'object' && at !== null && Object.keys(at).length === 0);
}

function unread(value: unknown): Readonly<Record<string, readonly string[]>> {
  if (value === undefined) return {};
  return Object.fromEntries(
    Object.entries(record(value, 'unread_while_empty')).map(([path, settings]) => [
      path,
      list(settings, `unread_while_empty.${path}`, string),
    ]),
  );
}

function part(value: unknown, name: string): PolicyBundlePart {
  const members = record(value, name);
  const sha256 = string(members['sha256'], `${name}.sha256`);
  if (!SHA256.test(sha256)) throw refusal(`has no SHA-256 in ${name}.sha256`);
  return { sha256, bytes: integer(members['bytes'], `${name}.bytes`) };
}

function rule(value: unknown, name: string): PolicyRule {
  const members = record(value, name);
  const severity = POLICY_SEVERITIES.find((known) => known === members['severity']);
  if (severity === undefined) throw refusal(`has an unknown severity in ${name}`);
  const example = members['example'] === undefined ? undefined : readPolicyExample(members['example']);
  if (example !== undefined && 'wrong' in example) throw refusal(`: ${name}.example ${example.wrong}`);
  return {
    id: string(members['id'], `${name}.id`),
    title: string(members['title'], `${name}.title`),
    description: string(members['description'], `${name}.description`),
    severity,
    controls: list(members['controls'], `${name}.controls`, string),
    protocols: list(members['protocols'], `${name}.protocols`, string),
    ...(example === undefined ? undefined : { example }),
  };
}

function record(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refusal(`: ${name} is not an object`);
  return value as Record<string, unknown>;
}

function list<T>(value: unknown, name: string, read: (member: unknown, name: string) => T): readonly T[] {
  if (!Array.isArray(value)) throw refusal(`has no list in ${name}`);
  return value.map((member, index) => read(member, `${name}[${index}]`));
}

function string(value: unknown, name: string): string {
  if (typeof value !== 'string') throw refusal(`has no text in ${name}`);
  return value;
}

function integer(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value))
    throw refusal(`has no whole number in ${name}`);
  return value;
}

function refusal(what: string, cause?: unknown): GatehouseError {
  const message = `The policy bundle's manifest ${what}; build the bundle again with "gatehouse policy build".`;
  return new GatehouseError('GH_POLICY_BUNDLE_MANIFEST', message, { cause });
}
