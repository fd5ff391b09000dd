import { expect, test } from 'vitest';
import type { UseContext } from '../../../../domain/lineage.ts';
import { context, contextsOf, contextWords, NO_CONTEXTS } from './use-contexts.ts';

const EVERY: Readonly<Record<UseContext, true>> = {
  where: true,
  join: true,
  group_by: true,
  having: true,
  order_by: true,
  distinct: true,
  window: true,
  limit: true,
  set_operation: true,
  function_argument: true,
  aggregate_argument: true,
  operator_argument: true,
  condition: true,
  cast: true,
  expression: true,
  insert_source: true,
  update_source: true,
  returning: true,
  on_conflict: true,
  exists: true,
  definition: true,
};
const words = Object.keys(EVERY) as UseContext[];

test('every word that the domain has is a bit of its own', () => {
  const bits = words.map((word) => context(word));
  for (const bit of bits) expect(bit).toBeGreaterThan(0);
  expect(new Set(bits).size).toBe(words.length);
  expect(contextWords(contextsOf(words)).toSorted()).toEqual(words.toSorted());
});

test('a set says its words once each, in the same order however it was made', () => {
  const one = context('where', 'cast');
  expect(contextWords(one | context('cast', 'where'))).toEqual(
    contextWords(context('cast') | context('where')),
  );
  expect(contextWords(one)).toEqual(['where', 'cast']);
  expect(contextWords(NO_CONTEXTS)).toEqual([]);
});
