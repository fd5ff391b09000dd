/**
 * What a policy's modules say of themselves, read from OPA's own syntax trees: the rules with their METADATA, and the
 * paths of the input that any module refers to (input-references.ts). Pure.
 */
import { GatehouseError } from '../domain/errors.ts';
import { POLICY_SEVERITIES, type PolicyRule } from '../domain/policy-bundle.ts';
import { readPolicyExample } from '../domain/policy-example.ts';
import { inputReferences, isBelow, type PolicyModule } from './input-references.ts';

/** Names of the sets that make a package a rule. */
const RULE_SETS: ReadonlySet<string> = new Set(['allow', 'deny', 'hold', 'oblige']);

/** Dotted paths, sorted, none of them below another; the empty path alone where a module uses the input as a whole. */
export function inputPaths(modules: readonly PolicyModule[]): readonly string[] {
  const paths = [...new Set(inputReferences(modules).map(({ path }) => path))].sort();
  return paths.filter((path) => !paths.some((other) => isBelow(path, other)));
}

/**
 * Of those paths the ones that no rule can read while some settings are empty: by path, all of these settings (dotted,
 * below `data.settings`). What is read anywhere else as well is not among them.
 */
export function unreadWhileEmpty(
  modules: readonly PolicyModule[],
): Readonly<Record<string, readonly string[]>> {
  const references = inputReferences(modules);
  const unread: Record<string, readonly string[]> = {};
  for (const path of inputPaths(modules)) {
    const own = references.filter((each) => each.path === path || isBelow(each.path, path));
    const settings = own.map(({ onlyOver }) => onlyOver);
    if (settings.every((each) => each !== undefined)) unread[path] = [...new Set(settings)].sort();
  }
  return unread;
}

/** The rules, sorted by id. Throws `GH_POLICY_SOURCE` with the file for a misplaced package or missing METADATA. */
export function policyRules(modules: readonly PolicyModule[]): readonly PolicyRule[] {
  const rules = new Map<string, PolicyRule>();
  for (const module of modules) {
    const steps = packageSteps(module);
    if (!isRule(module, steps)) continue;
    const id = steps.slice(1).join('.');
    const folder = steps.slice(1).join('/');
    if (module.file.split('/').slice(0, -1).join('/') !== folder) {
      throw refusal(module.file, `package ${steps.join('.')} belongs in the folder ${folder}`);
    }
    if (rules.has(id)) throw refusal(module.file, `rule ${id} stands in two files; put it into one`);
    rules.set(id, readMetadata(module, id));
  }
  return [...rules.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Ids of the rules that have `terms` of their own. Throws `GH_POLICY_SOURCE` for terms that belong to no hold. */
export function rulesWithTerms(modules: readonly PolicyModule[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const module of modules) {
    const steps = packageSteps(module);
    if (!isRule(module, steps)) continue;
    const names = ruleNames(module);
    if (!names.includes('terms')) continue;
    if (!names.includes('hold'))
      throw refusal(module.file, 'has terms, and no hold that they are the terms of');
    ids.add(steps.slice(1).join('.'));
  }
  return ids;
}

// gatehouse.<protocol>.<group>.<rule> with at least one of the sets; gatehouse.lib is for what rules share.
function isRule(module: PolicyModule, steps: readonly string[]): boolean {
  if (steps[0] !== 'gatehouse' || steps[1] === 'lib' || steps.length !== 4) return false;
  return ruleNames(module).some((name) => RULE_SETS.has(name));
}

const ruleNames = (module: PolicyModule): readonly string[] => ruleHeads(module).map(({ name }) => name);

export interface RuleHead {
  /** The first step of its name, `a` of `a.b.c`; empty where that is not known. */
  readonly name: string;
  /** It is a function. */
  readonly hasArguments: boolean;
}

export function ruleHeads({ tree }: PolicyModule): readonly RuleHead[] {
  const { rules = [] } = tree as {
    rules?: readonly { head?: { ref?: readonly { value?: unknown }[]; args?: unknown } }[];
  };
  return rules.map(({ head }) => ({
    name: String(head?.ref?.[0]?.value ?? ''),
    hasArguments: head?.args !== undefined,
  }));
}

/** The steps of a module's package behind `data`. */
export function packageSteps({ file, tree }: PolicyModule): readonly string[] {
  const path = (tree as { package?: { path?: readonly { value?: unknown }[] } }).package?.path;
  if (path === undefined) throw refusal(file, 'has no package');
  return path.slice(1).map(({ value }) => String(value));
}

function readMetadata({ file, tree }: PolicyModule, id: string): PolicyRule {
  const { annotations = [] } = tree as {
    annotations?: readonly {
      scope?: string;
      title?: string;
      description?: string;
      custom?: { severity?: unknown; controls?: unknown; protocols?: unknown; example?: unknown };
    }[];
  };
  const metadata = annotations.find(({ scope }) => scope === 'package');
  if (metadata === undefined)
    throw refusal(file, 'has no METADATA before its package; see docs/policy-authors.md');
  const { title, description, custom } = metadata;
  if (!title || !description) throw refusal(file, 'METADATA needs title and description');
  const severity = POLICY_SEVERITIES.find((known) => known === custom?.severity);
  if (severity === undefined) {
    throw refusal(file, `METADATA needs custom.severity, one of ${POLICY_SEVERITIES.join(', ')}`);
  }
  const controls = texts(custom?.controls);
  if (controls === undefined || !controls.every((control) => /^A\.[5-8]\.[1-9][0-9]?$/.test(control))) {
    throw refusal(
      file,
      'METADATA needs custom.controls, a list of ISO/IEC 27001:2022 Annex A controls such as A.8.3',
    );
  }
  const protocols = texts(custom?.protocols);
  if (protocols === undefined)
    throw refusal(file, 'METADATA needs custom.protocols, a list such as [postgres]');
  const example = custom?.example === undefined ? undefined : readPolicyExample(custom.example);
  if (example !== undefined && 'wrong' in example) {
    throw refusal(file, `custom.example of METADATA ${example.wrong}; see docs/policy-authors.md`);
  }
  return {
    id,
    title,
    description: description.trim().replace(/\s+/g, ' '),
    severity,
    controls,
    protocols,
    ...(example === undefined ? undefined : { example }),
  };
}

function texts(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return value.every((member): member is string => typeof member === 'string') ? value : undefined;
}

function refusal(file: string, what: string): GatehouseError {
  return new GatehouseError('GH_POLICY_SOURCE', `${file}: ${what}.`);
}
