/**
 * Whether each rule of the bundle can fire on each upstream as it is configured: what it needs to know is known
 * there, it is enforced, the compiled policy objects to its example, the tables that it speaks of are there, and the
 * groups that it speaks of are those that can sign in.
 */
import type { GatehouseConfig } from '../../config/config.ts';
import { closest } from '../../config/problem.ts';
import type { PolicyRule } from '../../domain/policy-bundle.ts';
import type { Check } from './check.ts';
import { failure, ok, reasonOf, warning } from './check.ts';
import { array, at, object, text } from './envoy-tree.ts';
import { relationsOfRules, type FindRelations } from './rule-relations.ts';
import { outcomeChecks } from './rule-outcomes.ts';
import { probeRules, type PolicyProbe, type ProbedUpstream } from './rule-probes.ts';

export interface PolicyPorts {
  /** Rejects with why the bundle could not be put in force. */
  readonly loadProbe: (bundleFile: string) => Promise<PolicyProbe>;
  readonly findRelations: FindRelations;
}

export async function policyRules(config: GatehouseConfig, ports: PolicyPorts): Promise<readonly Check[]> {
  let probe: PolicyProbe;
  try {
    probe = await ports.loadProbe(config.policy.bundle.file);
  } catch (error) {
    const next = 'build it again with: gatehouse policy build';
    return [failure('policy.bundle', '', `the bundle cannot be used: ${reasonOf(error)}`, next)];
  }
  const { manifest, data } = probe;
  const relations: Check[] = [];
  for (const upstream of config.upstreams)
    relations.push(...(await relationsOfRules(probe, upstream, ports.findRelations)));
  return [
    ok('policy.bundle', '', `${manifest.rules.length} rules, built with opa ${manifest.opa}`),
    ...unknownRules(probe, config),
    ...upstreamsOf(config).flatMap((upstream) => rulesOn(upstream, probe, config)),
    ...relations,
    ...groups(data, config),
  ];
}

const upstreamsOf = (config: GatehouseConfig): readonly ProbedUpstream[] => [
  ...config.upstreams,
  ...config.httpUpstreams,
];

/** Rules that are named in settings and that the bundle does not have: nobody would notice that they do nothing. */
function unknownRules({ manifest, data }: PolicyProbe, config: GatehouseConfig): readonly Check[] {
  const known = manifest.rules.map(({ id }) => id);
  const named = [
    ...config.policy.reportOnly.map((rule) => ({ rule, where: 'policy.reportOnly of gatehouse.yaml' })),
    ...array(at(data, 'settings', 'report_only')).map((rule) => ({
      rule: text(rule),
      where: 'settings.report_only of the bundle',
    })),
    ...array(at(data, 'settings', 'exemptions')).flatMap((each) =>
      array(at(each, 'rules')).map((rule) => ({
        rule: text(rule),
        where: 'settings.exemptions of the bundle',
      })),
    ),
    ...Object.keys(object(at(data, 'settings', 'approvals', 'rules'))).map((rule) => ({
      rule,
      where: 'settings.approvals.rules of the bundle',
    })),
  ];
  return named.flatMap(({ rule, where }) => {
    if (known.some((id) => isNamed(rule, id))) return [];
    const meant = closest(rule, known);
    return [
      failure(
        'policy.rule_name',
        rule,
        `${where} names a rule that the bundle does not have`,
        meant === undefined ? 'correct or remove the name' : `did you mean ${meant}?`,
      ),
    ];
  });
}

/** Settings name a rule by its id, or all below a prefix by `prefix.*`. */
const isNamed = (pattern: string, id: string): boolean =>
  pattern.endsWith('.*') ? id.startsWith(pattern.slice(0, -1)) : id === pattern;

function rulesOn(upstream: ProbedUpstream, probe: PolicyProbe, config: GatehouseConfig): readonly Check[] {
  const { manifest, data } = probe;
  const subject = `upstream ${upstream.name}`;
  const reportOnly = [...config.policy.reportOnly, ...array(at(data, 'settings', 'report_only')).map(text)];
  const applicable = manifest.rules.filter(({ protocols }) => protocols.includes(upstream.protocol));
  const checks: Check[] = [];
  if (applicable.length === 0) {
    return [
      failure(
        'policy.rules',
        subject,
        `no rule of the bundle is for ${upstream.protocol}`,
        'use a bundle with rules for this protocol',
      ),
    ];
  }
  if (upstream.reportOnly) {
    checks.push(
      warning(
        'policy.report_only',
        subject,
        'nothing is enforced: every rule is report-only here',
        'set reportOnly: false when you have seen enough',
      ),
    );
  } else {
    const muted = applicable.filter(({ id }) => reportOnly.some((pattern) => isNamed(pattern, id)));
    if (muted.length > 0) {
      checks.push(
        warning(
          'policy.report_only',
          subject,
          `not enforced: ${list(muted)}`,
          'take them out of report-only when you have seen enough',
        ),
      );
    }
  }
  if (upstream.protocol === 'postgres' && upstream.catalogue === undefined) {
    checks.push(
      failure(
        'policy.catalogue',
        subject,
        'without a catalogue credential tables and functions cannot be told: rules on them cannot fire, the default policy denies what is unknown, and what policy holds is refused',
        'add catalogue: { user, password }',
      ),
    );
  }
  const label = text(at(data, 'settings', 'environments', 'label'));
  if (label !== '' && upstream.labels[label] === undefined) {
    const treated = text(at(data, 'settings', 'environments', 'unlabelled')) || 'protected';
    checks.push(
      warning(
        'policy.labels',
        subject,
        `it has no label ${label}: rules on environments treat it as ${treated}`,
        `add labels: { ${label}: … }`,
      ),
    );
  }
  const isHoldDenied = (id: string): boolean =>
    config.approvals === undefined &&
    !upstream.reportOnly &&
    !reportOnly.some((pattern) => isNamed(pattern, id));
  return [...outcomeChecks(subject, probeRules(probe, upstream), isHoldDenied), ...checks];
}

const list = (rules: readonly PolicyRule[]): string => rules.map(({ id }) => id).join(', ');

/** Groups of credentials that policy does not know, and groups of policy that cannot sign in anywhere. */
function groups(data: unknown, config: GatehouseConfig): readonly Check[] {
  const known = Object.keys(object(at(data, 'settings', 'groups')));
  if (known.length === 0) return [];
  const granted = [...known, ...Object.keys(object(at(data, 'settings', 'mcp', 'groups')))];
  const used = upstreamsOf(config).flatMap(({ name, credentials }) =>
    credentials.flatMap((each) => each.groups.map((group) => ({ name, group }))),
  );
  const unknown = used.filter(({ group }) => group !== '*' && !granted.includes(group));
  const everyone = used.some(({ group }) => group === '*');
  const idle = everyone ? [] : known.filter((group) => !used.some((each) => each.group === group));
  return [
    ...unknown.map(({ name, group }) =>
      warning(
        'policy.groups',
        `upstream ${name}`,
        `group ${group} has a login, and policy grants it nothing`,
        'add it to settings.groups of the policy, or remove the login',
      ),
    ),
    ...(idle.length === 0
      ? []
      : [
          warning(
            'policy.groups',
            '',
            `policy knows groups that no upstream has a login for: ${idle.join(', ')}`,
            'add credentials for them, if they are meant to sign in',
          ),
        ]),
  ];
}
