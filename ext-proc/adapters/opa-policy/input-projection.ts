/**
 * The part of an input that a bundle can see. Handing over only that keeps a statement's text and parameters, which
 * may be megabytes, out of the evaluation of policies that do not look at them, and makes equal what policy cannot
 * tell apart.
 */

/** Members to keep by name; `whole` keeps the value as it is. */
export type Projection = 'whole' | ReadonlyMap<string, Projection>;

/** The projection for a manifest's `depends_on`; a path below a list keeps the list whole. */
export function projectionOf(dependsOn: readonly string[]): Projection {
  const root = new Map<string, Projection>();
  for (const path of dependsOn) {
    if (path === '') return 'whole';
    keep(root, path.split('.'), 0);
  }
  return root;
}

/** A value with only what the projection keeps. Shares what it keeps with the original. */
export function project(value: unknown, projection: Projection): unknown {
  if (projection === 'whole' || typeof value !== 'object' || value === null || Array.isArray(value))
    return value;
  const source = value as Record<string, unknown>;
  const kept: Record<string, unknown> = {};
  for (const [name, inside] of projection) {
    const member = source[name];
    if (member !== undefined) kept[name] = inside === 'whole' ? member : project(member, inside);
  }
  return kept;
}

function keep(at: Map<string, Projection>, path: readonly string[], step: number): void {
  const name = path[step] as string;
  const present = at.get(name);
  if (present === 'whole') return;
  if (step === path.length - 1) {
    at.set(name, 'whole');
    return;
  }
  const below = present === undefined ? new Map<string, Projection>() : (present as Map<string, Projection>);
  at.set(name, below);
  keep(below, path, step + 1);
}
