import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { policyDependsOn } from '../../domain/policy-bundle.ts';
import { policyInput } from '../../../test/support/policy.ts';
import { project, projectionOf } from './input-projection.ts';

describe('a projection', () => {
  test('keeps the named members and leaves out the others', () => {
    const projection = projectionOf(['a.b', 'a.c.d', 'e']);
    expect(project({ a: { b: [1], c: { d: 2, x: 3 }, x: 4 }, e: { f: 5 }, x: 6 }, projection)).toEqual({
      a: { b: [1], c: { d: 2 } },
      e: { f: 5 },
    });
  });

  test('keeps all where the whole input is named', () => {
    const input = { a: 1 };
    expect(project(input, projectionOf(['a', '']))).toBe(input);
  });

  test('keeps nothing where nothing is named', () => {
    expect(project({ a: 1 }, projectionOf([]))).toEqual({});
  });

  test('keeps the wider of two names, in either order', () => {
    for (const paths of [
      ['a', 'a.b'],
      ['a.b', 'a'],
    ]) {
      expect(project({ a: { b: 1, c: 2 } }, projectionOf(paths))).toEqual({ a: { b: 1, c: 2 } });
    }
  });

  test('keeps a list or a text whole where a name goes below it', () => {
    expect(project({ a: [{ b: 1, c: 2 }], d: 'text' }, projectionOf(['a.b', 'd.e']))).toEqual({
      a: [{ b: 1, c: 2 }],
      d: 'text',
    });
  });

  test('leaves out what is absent', () => {
    expect(project({ a: undefined }, projectionOf(['a', 'b.c']))).toEqual({});
  });

  test('keeps exactly what the policy depends on', () => {
    const input = policyInput({}, { parameters: ['x'] });
    const leaves = (value: unknown, path: string): string[] =>
      typeof value !== 'object' || value === null || Array.isArray(value)
        ? [path]
        : Object.entries(value).flatMap(([name, member]) =>
            leaves(member, path === '' ? name : `${path}.${name}`),
          );
    const all = leaves(input, '').filter((path) => path !== '');
    fc.assert(
      fc.property(fc.subarray(all), (paths) => {
        const kept = project(input, projectionOf(paths));
        const keptLeaves = new Set(leaves(kept, ''));
        for (const path of all) {
          const value = path
            .split('.')
            .reduce<unknown>((at, name) => (at as Record<string, unknown>)?.[name], input);
          if (value !== undefined) expect(keptLeaves.has(path)).toBe(policyDependsOn(paths, path));
        }
      }),
    );
  });
});
