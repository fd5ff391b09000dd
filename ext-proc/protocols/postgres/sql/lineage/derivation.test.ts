import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Derivation } from '../../../../domain/lineage.ts';
import { derivedBy, moreTelling } from './derivation.ts';

const any = fc.constantFrom<Derivation>('condition', 'plain', 'copied', 'cast', 'derived');

describe('along a way', () => {
  it.each<[outer: Derivation, inner: Derivation, result: Derivation]>([
    ['plain', 'plain', 'plain'],
    ['copied', 'plain', 'copied'],
    ['plain', 'copied', 'copied'],
    ['cast', 'copied', 'cast'],
    ['derived', 'cast', 'derived'],
    ['condition', 'derived', 'condition'],
    ['derived', 'condition', 'condition'],
    ['plain', 'condition', 'condition'],
  ])('%s of %s is %s', (outer, inner, result) => {
    expect(derivedBy(outer, inner)).toBe(result);
  });

  test('nothing becomes plainer by what is done to it', () => {
    const rank = ['plain', 'copied', 'cast', 'derived'];
    const value = any.filter((derivation) => derivation !== 'condition');
    fc.assert(
      fc.property(value, value, (outer, inner) => {
        expect(rank.indexOf(derivedBy(outer, inner))).toBeGreaterThanOrEqual(rank.indexOf(inner));
      }),
    );
  });

  test('in whatever order a way is taken together, it is the same', () => {
    fc.assert(
      fc.property(any, any, any, (one, two, three) => {
        expect(derivedBy(derivedBy(one, two), three)).toBe(derivedBy(one, derivedBy(two, three)));
      }),
    );
  });
});

describe('of several ways', () => {
  test('a value that is there beside a condition is what is told', () => {
    for (const derivation of ['plain', 'copied', 'cast', 'derived'] as const) {
      expect(moreTelling('condition', derivation)).toBe(derivation);
      expect(moreTelling(derivation, 'condition')).toBe(derivation);
    }
  });

  test('the more telling one is kept, whichever comes first', () => {
    fc.assert(
      fc.property(any, any, (one, other) => {
        expect(moreTelling(one, other)).toBe(moreTelling(other, one));
        expect([one, other]).toContain(moreTelling(one, other));
      }),
    );
    expect(moreTelling('plain', 'derived')).toBe('derived');
  });
});
