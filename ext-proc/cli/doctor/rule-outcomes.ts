/**
 * What the probes of an upstream's rules found, for a person: how many rules have something to say, and which have not
 * and why. A rule that is about something else than this upstream is no fault; one that is exempted or silent is.
 */
import type { PolicyRule } from '../../domain/policy-bundle.ts';
import type { Check } from './check.ts';
import { ok, skipped, warning } from './check.ts';
import type { ProbeOutcome } from './rule-probes.ts';

export function outcomeChecks(
  subject: string,
  outcomes: ReadonlyMap<PolicyRule, ProbeOutcome>,
  /** Whether what the rule holds is denied there: it is enforced, and nobody can approve anything. */
  isHoldDenied: (id: string) => boolean,
): readonly Check[] {
  const of = <Kind extends ProbeOutcome['kind']>(kind: Kind) =>
    [...outcomes].flatMap(([{ id }, outcome]) =>
      outcome.kind === kind ? [{ id, outcome: outcome as Extract<ProbeOutcome, { kind: Kind }> }] : [],
    );
  const checks: Check[] = [];
  const fires = of('fires');
  if (fires.length > 0) {
    const elsewhere = of('elsewhere').map(({ id, outcome }) => `${id} is for ${outcome.why}`);
    checks.push(
      ok(
        'policy.rules',
        subject,
        [`${fires.length} of ${outcomes.size} rules fire on their examples`, ...elsewhere].join('; '),
      ),
    );
  }
  const held = fires.filter(({ id, outcome }) => outcome.holds && isHoldDenied(id));
  if (held.length > 0) {
    checks.push(
      warning(
        'policy.holds',
        subject,
        `nobody can approve anything, so what these rules hold is denied: ${names(held)}`,
        'add approvals to gatehouse.yaml: docs/gatehouse.example.yaml shows it',
      ),
    );
  }
  const exempt = of('exempt');
  if (exempt.length > 0) {
    checks.push(
      warning(
        'policy.exempt',
        subject,
        `cannot fire, since whoever has a login here is exempted: ${names(exempt)}`,
        'narrow settings.exemptions of the policy, if this is more than was meant',
      ),
    );
  }
  const silent = of('silent');
  if (silent.length > 0) {
    checks.push(
      warning(
        'policy.silent',
        subject,
        `nobody's example makes them fire: ${names(silent)}`,
        'settings of the policy (data.json) switch them off, or the example in their METADATA is no longer one',
      ),
    );
  }
  for (const { id, outcome } of of('empty')) {
    checks.push(
      skipped(
        'policy.settings',
        subject,
        `${id} looks for what ${outcome.setting} names, and it names nothing`,
      ),
    );
  }
  for (const [why, rules] of Map.groupBy(of('unprobed'), ({ outcome }) => outcome.why)) {
    checks.push(
      skipped(
        'policy.probe',
        subject,
        `not probed, ${why}: ${names(rules)}`,
        'give each rule an example: docs/policy-authors.md',
      ),
    );
  }
  return checks;
}

const names = (rules: readonly { readonly id: string }[]): string => rules.map(({ id }) => id).join(', ');
