/**
 * Every reference to the input in a policy's modules, from OPA's syntax trees, and over which settings the search for an
 * answer must have gone before it can matter. Pure.
 *
 * Both are security claims: what no path names is not handed to the policy, and decisions are reused where it differs. So
 * they err on the side of more. Every reference counts, reachable or not, up to its first step that is not a constant;
 * `input` by itself counts as everything. `input` cannot be reached in Rego but by naming it. And a reference is only over
 * `data.settings.x` where it stands in a body, or in the head before one, of which `some … in data.settings.x` is an
 * expression by itself: of an empty collection that has no solution, and then the body has none, whatever else is in it.
 */

/** A module's syntax tree as `opa parse --format json` prints it, and its path in the policy's folder. */
export interface PolicyModule {
  readonly file: string;
  readonly tree: unknown;
}

export interface InputReference {
  /** Dotted; empty for everything. */
  readonly path: string;
  /** Dotted, below `data.settings`; undefined where it may matter whatever the settings are. */
  readonly onlyOver: string | undefined;
}

export function inputReferences(modules: readonly PolicyModule[]): readonly InputReference[] {
  // Settings that a rule makes or replaces are not those of the bundle's data.
  const areSettingsData = !modules.some(({ tree }) => makesSettings(tree) || hasWith(tree));
  const found: InputReference[] = [];
  for (const { tree } of modules) collect(tree, undefined, areSettingsData, found);
  return found;
}

export const isBelow = (path: string, other: string): boolean =>
  path !== other && (other === '' || path.startsWith(`${other}.`));

interface Node {
  readonly type?: unknown;
  readonly value?: unknown;
  readonly body?: unknown;
  readonly head?: unknown;
  readonly else?: unknown;
  readonly domain?: unknown;
}

function collect(
  node: unknown,
  onlyOver: string | undefined,
  areSettingsData: boolean,
  found: InputReference[],
): void {
  if (Array.isArray(node)) {
    for (const member of node) collect(member, onlyOver, areSettingsData, found);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  const { type, value, body, else: otherwise, ...others } = node as Node;
  if (type === 'ref' && Array.isArray(value) && isVariable(value[0], 'input')) {
    found.push({ path: constantSteps(value.slice(1)).join('.'), onlyOver });
    // A step may itself be a reference: `input.labels[input.name]`.
    for (const step of value.slice(1)) collect(step, onlyOver, areSettingsData, found);
    return;
  }
  if (isVariable(node, 'input')) {
    found.push({ path: '', onlyOver });
    return;
  }
  const own = areSettingsData && Array.isArray(body) ? settingsOf(body) : undefined;
  const inside = onlyOver ?? own;
  collect(body, inside, areSettingsData, found);
  // What `every` goes over is asked whatever its body says.
  const beside = others.domain === undefined ? inside : onlyOver;
  collect(value, beside, areSettingsData, found);
  for (const member of Object.values(others)) collect(member, beside, areSettingsData, found);
  // What is asked where the body has no solution.
  collect(otherwise, onlyOver, areSettingsData, found);
}

/** The settings of which one expression of the body takes an element. */
function settingsOf(body: readonly unknown[]): string | undefined {
  for (const expression of body) {
    const {
      terms,
      negated,
      with: replaced,
    } = expression as { terms?: unknown; negated?: unknown; with?: unknown };
    if (negated === true || replaced !== undefined) continue;
    const symbols = (terms as { symbols?: unknown } | undefined)?.symbols;
    const [only, ...more] = Array.isArray(symbols) ? (symbols as Node[]) : [];
    if (only?.type !== 'call' || more.length > 0 || !Array.isArray(only.value)) continue;
    const [operator, ...operands] = only.value as [Node, ...Node[]];
    if (!/^internal\.member_[23]$/.test(constantPath(operator))) continue;
    const path = constantPath(operands.at(-1));
    if (path.startsWith(SETTINGS)) return path.slice(SETTINGS.length);
  }
  return undefined;
}

const SETTINGS = 'data.settings.';

/** Of a reference whose steps are all constant; empty for anything else. */
function constantPath(node: Node | undefined): string {
  if (node?.type !== 'ref' || !Array.isArray(node.value)) return '';
  const [head, ...steps] = node.value as [Node, ...Node[]];
  const constant = constantSteps(steps);
  return constant.length === steps.length ? [head.value, ...constant].join('.') : '';
}

function constantSteps(steps: readonly unknown[]): readonly string[] {
  const constant: string[] = [];
  for (const step of steps) {
    const { type, value } = step as Node;
    if (type !== 'string' || typeof value !== 'string' || value === '' || value.includes('.')) break;
    constant.push(value);
  }
  return constant;
}

const isVariable = (node: unknown, name: string): boolean => {
  const { type, value } = (node ?? {}) as Node;
  return type === 'var' && value === name;
};

/** Whether a module stands where settings are: `package settings.http`. */
function makesSettings(tree: unknown): boolean {
  const path = (tree as { package?: { path?: readonly Node[] } }).package?.path;
  return path?.[1]?.value === 'settings';
}

const hasWith = (node: unknown): boolean => {
  if (typeof node !== 'object' || node === null) return false;
  if (!Array.isArray(node) && Array.isArray((node as { with?: unknown }).with)) return true;
  return Object.values(node).some(hasWith);
};
