/**
 * Whether each rule has something to say of its own example on an upstream: decided by the compiled policy, under that
 * upstream's labels, for every group that has a login there, with the bundle's settings. What is told of a rule that
 * has not is found by asking again with one thing different at a time. A rule without an example, or one that only this
 * process's own knowledge could probe, is said to be unprobed and nothing more.
 */
import type { UpstreamConfig } from '../../config/config.ts';
import type { HttpUpstreamConfig } from '../../config/http-config.ts';
import type { Verdict } from '../../domain/decision.ts';
import { exampleAction } from '../../domain/policy-example.ts';
import type { PolicyManifest, PolicyRule } from '../../domain/policy-bundle.ts';
import type { PolicyAction, PolicyInput, PolicyPrincipal, PolicySession } from '../../domain/policy-input.ts';
import { array, at, object, text } from './envoy-tree.ts';

/** A bundle to ask, as `compose-doctor` wires it. */
export interface PolicyProbe {
  readonly manifest: PolicyManifest;
  /** data.json. */
  readonly data: unknown;
  /** Rules that have something to say of the input, with their verdicts, exemptions applied. */
  findings(input: PolicyInput): ReadonlyMap<string, Verdict>;
  findingsUnexempted(input: PolicyInput): ReadonlyMap<string, Verdict>;
}

export type ProbeOutcome =
  /** It objects, or allows, for a principal with a login there. */
  | { readonly kind: 'fires'; readonly holds: boolean }
  /**
   * It would, for other labels, another upstream, or a principal that has no login there: this upstream is not what it is
   * about.
   */
  | { readonly kind: 'elsewhere'; readonly why: string }
  /** Every principal that it would object to is exempted from it. */
  | { readonly kind: 'exempt' }
  /** It has nothing to say of its own example, whoever asks. */
  | { readonly kind: 'silent' }
  /** It looks for what the settings name, and they name nothing. */
  | { readonly kind: 'empty'; readonly setting: string }
  | { readonly kind: 'unprobed'; readonly why: string };

/** An upstream of any protocol. */
export type ProbedUpstream = UpstreamConfig | HttpUpstreamConfig;

const NOBODYS_GROUP = 'gatehouse-doctor';

/** What each rule of the upstream's protocol does with its example there. */
export function probeRules(
  probe: PolicyProbe,
  upstream: ProbedUpstream,
): ReadonlyMap<PolicyRule, ProbeOutcome> {
  const rules = probe.manifest.rules.filter(({ protocols }) => protocols.includes(upstream.protocol));
  const outcomes = new Map<PolicyRule, ProbeOutcome>();
  for (const rule of rules) outcomes.set(rule, probeRule(probe, upstream, rule));
  // A policy whose decision names one rule alone gives no answer about the others.
  const fired = [...outcomes.values()].filter(({ kind }) => kind === 'fires').length;
  if (fired === 0 && rules.length > 1) {
    for (const [rule, { kind }] of outcomes) {
      if (kind === 'silent')
        outcomes.set(rule, {
          kind: 'unprobed',
          why: "the bundle's decision does not name the rules that object",
        });
    }
  }
  return outcomes;
}

function probeRule(probe: PolicyProbe, upstream: ProbedUpstream, rule: PolicyRule): ProbeOutcome {
  if (rule.example === undefined) return { kind: 'unprobed', why: 'no example in its METADATA' };
  const made = exampleAction(rule.example, probe.data);
  // The setting that is a list, not the place in it.
  if ('missing' in made) return { kind: 'empty', setting: made.missing.replace(/\.\d+(\..*)?$/, '') };
  const { action } = made;
  const { labels } = upstream;
  const everybody = groupsOf(probe.data).map((group) => principalIn([group]));
  const here = principalsOf(upstream, probe.data);
  // Whoever has a token is decided on at connect, and further than that comes only who has a login; a request of HTTP
  // or MCP is decided on whoever sends it.
  if (action.kind === 'postgres.connect' || !action.kind.startsWith('postgres.'))
    here.push(...everybody, principalIn([NOBODYS_GROUP]));
  const verdicts = (
    findings: PolicyProbe['findings'],
    principals: readonly PolicyPrincipal[],
    on: ProbedUpstream,
  ): readonly Verdict[] =>
    principals.flatMap((principal) => {
      const groups = [...principal.groups, ...(rule.example?.groups ?? [])];
      return findings(inputOf({ ...principal, groups }, on, action)).get(rule.id) ?? [];
    });

  const { findings, findingsUnexempted } = probe;
  const said = verdicts(findings, here, upstream);
  if (said.length > 0) return { kind: 'fires', holds: said.includes('hold') };
  const fires = (principals: readonly PolicyPrincipal[], on: ProbedUpstream): boolean =>
    verdicts(findingsUnexempted, principals, on).length > 0;
  if (fires(here, upstream)) return { kind: 'exempt' };
  for (const other of otherLabels(labels, probe.data)) {
    if (fires(here, { ...upstream, labels: other.labels })) return { kind: 'elsewhere', why: other.what };
  }
  for (const name of otherNames(upstream.name, probe.data)) {
    if (fires(here, { ...upstream, name })) return { kind: 'elsewhere', why: `the upstream ${name}` };
  }
  if (fires(everybody, upstream)) {
    return { kind: 'elsewhere', why: 'principals that have no login here' };
  }
  return { kind: 'silent' };
}

/** One for each group with a login there, and the same for a subject that settings name. */
function principalsOf({ credentials }: ProbedUpstream, data: unknown): PolicyPrincipal[] {
  const named = credentials.flatMap((each) => each.groups);
  const groups = named.includes('*') ? [...named.filter((group) => group !== '*'), ...groupsOf(data)] : named;
  const [subject] = array(at(data, 'settings', 'read_only', 'subjects')).map(text);
  return [
    ...groups.map((group) => principalIn([group])),
    ...(subject === undefined ? [] : groups.map((group) => principalIn([group], subject))),
  ];
}

/** All groups that the settings speak of. */
function groupsOf(data: unknown): readonly string[] {
  return [
    ...new Set([
      ...Object.keys(object(at(data, 'settings', 'groups'))),
      ...Object.keys(object(at(data, 'settings', 'mcp', 'groups'))),
      ...array(at(data, 'settings', 'read_only', 'groups')).map(text),
    ]),
  ];
}

const principalIn = (groups: readonly string[], subject = 'agent:gatehouse-doctor'): PolicyPrincipal => ({
  subject,
  on_behalf_of: '',
  issuer: 'https://issuer.invalid',
  groups,
});

/** Labels that would make the upstream another one, as far as the settings know of environments and of sensitivity. */
function otherLabels(
  labels: Readonly<Record<string, string>>,
  data: unknown,
): readonly { readonly labels: Readonly<Record<string, string>>; readonly what: string }[] {
  return [
    ...withOther(labels, text(at(data, 'settings', 'environments', 'label')), [
      ...array(at(data, 'settings', 'environments', 'protected')).map(text),
      NOBODYS_GROUP,
    ]),
    ...withOther(
      labels,
      text(at(data, 'settings', 'sensitivity', 'label')),
      array(at(data, 'settings', 'sensitivity', 'values')).map(text),
    ),
  ];
}

function withOther(
  labels: Readonly<Record<string, string>>,
  label: string,
  values: readonly string[],
): ReturnType<typeof otherLabels> {
  if (label === '') return [];
  const { [label]: _own, ...without } = labels;
  return [
    ...values.map((value) => ({
      labels: { ...labels, [label]: value },
      what: `upstreams with ${value === NOBODYS_GROUP ? `another label ${label}` : `${label}: ${value}`}`,
    })),
    { labels: without, what: `upstreams without the label ${label}` },
  ];
}

/** Upstreams that entries of the settings are about by name; a pattern stands for itself, which it fits. */
function otherNames(own: string, data: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  const collect = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, member] of Object.entries(node)) {
      if (key === 'upstreams') for (const name of array(member)) names.add(text(name));
      else collect(member);
    }
  };
  collect(at(data, 'settings'));
  names.delete(own);
  names.delete('');
  return names;
}

const inputOf = (
  principal: PolicyPrincipal,
  upstream: ProbedUpstream,
  action: PolicyAction,
): PolicyInput => ({
  version: 1,
  principal,
  upstream: { name: upstream.name, protocol: upstream.protocol, labels: upstream.labels },
  session: upstream.protocol === 'postgres' ? databaseSession(upstream) : REQUEST_SESSION,
  action,
});

const REQUEST_SESSION: PolicySession = { client_address: '127.0.0.1:1', route: 'gatehouse-doctor' };

const databaseSession = ({ databases, credentials }: UpstreamConfig): PolicySession => ({
  client_address: '127.0.0.1:1',
  database: databases?.[0] ?? 'postgres',
  role: credentials[0]?.user ?? 'postgres',
  search_path: ['public'],
  transaction: 'idle',
  application_name: '',
});
