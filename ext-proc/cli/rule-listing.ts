/**
 * A module that names each rule of a policy by its package, made for the build alone. What OPA compiles of a search through
 * all packages (`data.gatehouse.http[group][name].deny`) looks in each of them for data of the same name too, at every
 * evaluation. Pure.
 *
 * A rule that were left out would not be asked. So nothing is listed where there may be anything at such a path but a rule
 * in a package of its own; the policy then searches.
 */
import { GatehouseError } from '../domain/errors.ts';
import type { PolicyModule } from './input-references.ts';
import { packageSteps, ruleHeads, type RuleHead } from './policy-modules.ts';

const PROTOCOLS: readonly string[] = ['http', 'mcp', 'postgres'];
/** What decision.rego asks for, each an object of reasons by rule, and the set of a rule that it is made of. */
const REASONS = { denials: 'deny', holds: 'hold', grants: 'allow' } as const;
const OBLIGED = 'obliged';
const OBLIGE = 'oblige';
const SETS: ReadonlySet<string> = new Set([...Object.values(REASONS), OBLIGE]);
const LISTING = 'listed';

/**
 * The module's text, or undefined where a search may find more than can be listed. `data` is the policy's own.
 * Throws `GH_POLICY_SOURCE` where something has the listing's name.
 */
export function ruleListing(
  modules: readonly PolicyModule[],
  data: Readonly<Record<string, unknown>>,
): string | undefined {
  const found = new Map<string, RulePackage>();
  let isComplete = !Object.hasOwn(data, 'gatehouse');
  if (hasMember(data['gatehouse'], LISTING)) throw taken('data.json');
  for (const module of modules) {
    const steps = packageSteps(module);
    const heads = ruleHeads(module);
    if (steps.length > 0 && steps[0] !== 'gatehouse') continue;
    // `package gatehouse` may have a rule `http.access.mine.deny`.
    const below = steps.length > 1 ? [steps[1] ?? ''] : heads.map(({ name }) => name);
    if (below.includes(LISTING)) throw taken(module.file);
    if (steps.length > 0 && !below.some((step) => PROTOCOLS.includes(step))) continue;
    if (steps.length !== 4 || heads.some(isUnlistable)) isComplete = false;
    const key = JSON.stringify(steps);
    const names = [...(found.get(key)?.names ?? []), ...heads.map(({ name }) => name)];
    found.set(key, { steps, names: new Set(names) });
  }
  return isComplete ? listing([...found.values()]) : undefined;
}

interface RulePackage {
  readonly steps: readonly string[];
  readonly names: ReadonlySet<string>;
}

const hasMember = (value: unknown, name: string): boolean =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name);

// A search passes over a function, but a reference to it does not compile; and what has no name may be any set.
const isUnlistable = ({ name, hasArguments }: RuleHead): boolean =>
  name === '' || (hasArguments && SETS.has(name));

function listing(packages: readonly RulePackage[]): string {
  const lines = ['package gatehouse.listed'];
  const list = (
    answer: string,
    set: string,
    none: string,
    rule: (path: string, id: string) => string,
  ): void => {
    lines.push('', `default ${answer} := ${none}`);
    for (const protocol of PROTOCOLS) {
      const having = packages.filter(({ steps, names }) => steps[1] === protocol && names.has(set));
      if (having.length === 0) continue;
      lines.push('', `${answer} := ${protocol}_${answer} if data.gatehouse.protocol == "${protocol}"`);
      for (const { steps } of having) {
        const path = `data${[...steps, set].map((step) => `[${JSON.stringify(step)}]`).join('')}`;
        lines.push('', `${protocol}_${answer}${rule(path, JSON.stringify(steps.slice(1).join('.')))}`);
      }
    }
  };
  for (const [answer, set] of Object.entries(REASONS)) {
    // A key that stood in the head would make a rule of its own of each, with a memory of its own.
    list(answer, set, '{}', (path, id) =>
      ['[rule] := reasons if {', `\treasons := ${path}`, '\tcount(reasons) > 0', `\trule := ${id}`, '}'].join(
        '\n',
      ),
    );
  }
  list(OBLIGED, OBLIGE, 'set()', (path) => ` contains obligation if some obligation in ${path}`);
  return `${lines.join('\n')}\n`;
}

function taken(file: string): GatehouseError {
  return new GatehouseError(
    'GH_POLICY_SOURCE',
    `${file}: gatehouse.${LISTING} is filled in by the build; use another name.`,
  );
}
