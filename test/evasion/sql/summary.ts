/** A description in a few short lists, so that an expectation reads at a glance. */
import type { StatementDescription } from '../../../ext-proc/domain/statement.ts';

export interface Summary {
  readonly verbs: readonly string[];
  readonly reads: readonly string[];
  readonly writesTo: readonly string[];
  readonly defines: readonly string[];
  readonly through: readonly string[];
  readonly columns: readonly string[];
  readonly functions: readonly string[];
  readonly unfiltered: readonly string[];
  readonly traits: readonly string[];
  readonly unknown: readonly string[];
  readonly writes: boolean;
}

export function summaryOf(description: StatementDescription): Summary {
  const used = (access: string): string[] =>
    description.relations
      .filter((relation) => relation.access === access)
      .map((relation) => (relation.resolved ? relation.qualified : `?${relation.qualified}`))
      .toSorted();
  return {
    verbs: description.verbs,
    reads: used('read'),
    writesTo: used('write'),
    defines: used('define'),
    through: [...new Set(description.relations.flatMap((relation) => relation.through))].toSorted(),
    // What a view uses in its definition is the lineage corpus's.
    columns: description.columns
      .filter(({ via }) => via === undefined)
      .map(({ relation, name, use }) => `${relation}.${name} ${use}`)
      .toSorted(),
    functions: description.functions
      .map(({ schema, name, resolved }) => (resolved ? `${schema}.${name}` : `?${name}`))
      .toSorted(),
    unfiltered: description.unfiltered,
    traits: description.traits.toSorted(),
    unknown: description.unknown.toSorted(),
    writes: description.writes,
  };
}
