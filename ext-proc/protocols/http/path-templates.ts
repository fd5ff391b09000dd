/** An API's paths with names in braces (RFC 6570 level 1, whole segments only), and which of them a path fits. */

export interface FittingTemplate {
  readonly template: string;
  /** What stands in the braces. */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface PathTemplates {
  /** The first that the path fits, by the letter; a slash at the end of either is no difference. */
  match(path: string): FittingTemplate | undefined;
}

interface Template {
  readonly text: string;
  /** A name for braces, or the segment as it is. */
  readonly segments: readonly (string | { readonly name: string })[];
}

export function pathTemplates(templates: readonly string[]): PathTemplates {
  const byLength = new Map<number, Template[]>();
  for (const text of templates) {
    const segments = segmentsOf(text).map((each) =>
      each.startsWith('{') ? { name: each.slice(1, -1) } : each,
    );
    const known = byLength.get(segments.length);
    if (known === undefined) byLength.set(segments.length, [{ text, segments }]);
    else known.push({ text, segments });
  }
  return {
    match(path) {
      const segments = segmentsOf(path);
      for (const template of byLength.get(segments.length) ?? []) {
        const parameters = fit(template, segments);
        if (parameters !== undefined) return { template: template.text, parameters };
      }
      return undefined;
    },
  };
}

function segmentsOf(path: string): readonly string[] {
  const segments = path.slice(1).split('/');
  if (segments.at(-1) === '') segments.pop();
  return segments;
}

function fit({ segments }: Template, actual: readonly string[]): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const found = actual[index] as string;
    if (typeof segment !== 'string') parameters[segment.name] = found;
    else if (segment !== found) return undefined;
  }
  return parameters;
}
