/**
 * Qualifiers of columns: which items of FROM a table's name or alias stands for (parse_relation.c refnameNamespaceItem).
 */
import type { ResolvedRelation } from '../name-resolution.ts';
import type { Outline } from '../outline.ts';

/** The items that a qualifier stands for, at the innermost level that has one. `spend` is asked for each level's cost. */
export function qualifiedItems(
  outline: Outline,
  relations: readonly (readonly ResolvedRelation[])[],
  scopeIndex: number,
  parts: readonly string[],
  spend: (steps: number) => boolean,
): number[] {
  const name = parts.at(-1);
  const schema = parts.at(-2);
  let at = scopeIndex;
  while (at >= 0) {
    const scope = outline.scopes[at];
    if (scope === undefined || spend(1 + scope.items.length)) break;
    const matches = scope.items.filter((index) => {
      const item = outline.items[index];
      if (item === undefined) return false;
      if (item.alias !== undefined) return schema === undefined && item.alias === name;
      if (item.kind !== 'relation') return false;
      const relation = outline.relations[item.relation];
      if (relation === undefined || relation.name !== name) return false;
      if (schema === undefined || relation.schema === schema) return true;
      return (relations[item.relation] ?? []).some(({ use }) => use.schema === schema);
    });
    if (matches.length > 0) return matches;
    at = scope.parent;
  }
  return [];
}

/** An alias's names take the place of the first columns'. */
export const renamed = (columns: readonly string[], names: readonly string[]): readonly string[] =>
  names.length === 0 ? columns : [...names, ...columns.slice(names.length)];
