/**
 * How derivations combine: along a way from a column to an output, and where several ways lead to the same.
 */
import type { Derivation } from '../../../../domain/lineage.ts';

const RANK: Readonly<Record<Derivation, number>> = { condition: 0, plain: 1, copied: 2, cast: 3, derived: 4 };

/** Of what is derived by `inner` and then by `outer`. A condition stays one however it is dressed. */
export function derivedBy(outer: Derivation, inner: Derivation): Derivation {
  if (outer === 'condition' || inner === 'condition') return 'condition';
  return RANK[outer] >= RANK[inner] ? outer : inner;
}

/** The more telling of two ways to the same output. */
export const moreTelling = (left: Derivation, right: Derivation): Derivation =>
  RANK[left] >= RANK[right] ? left : right;
