import { describe, expect, it } from 'vitest';
import { columnValue } from './definitions.ts';
import { RecursiveCells } from './recursive-cells.ts';
import { ANYTHING, type Cell, Mixture, NOTHING, type Value } from './value.ts';

const card = columnValue({ schema: 'public', name: 'people' }, 'card');
const note = columnValue({ schema: 'public', name: 'orders' }, 'note');
const told = ({ sources, unknown, pending }: Value) => [
  ...[...sources.values()].map(({ table, column, derivation }) => `${table}.${column}:${derivation}`),
  ...(unknown ? ['unknown'] : []),
  ...pending.keys(),
];
const mix = (...parts: readonly Value[]): Value => {
  const mixture = new Mixture();
  for (const part of parts) mixture.add(part, 'copied');
  return mixture.value();
};
const cell = (name: string, value: Value): Cell => ({ name, value });

describe('a query that is made of itself', () => {
  it('is made of what its other part is', () => {
    const recursive = new RecursiveCells();
    recursive.open(0);
    const [own] = recursive.waiting(0, ['x']) ?? [];
    const closed = recursive.close(0, [cell('x', mix(card, (own as Cell).value))]);
    expect(closed?.map(({ value }) => told(value))).toEqual([['people.card:copied']]);
  });

  it('passes values from column to column until none has more', () => {
    const recursive = new RecursiveCells();
    recursive.open(0);
    const own = recursive.waiting(0, ['a', 'b', 'c']) as readonly Cell[];
    const [a, b, c] = own.map(({ value }) => value) as [Value, Value, Value];
    // Each step moves b into a, c into b.
    const closed = recursive.close(0, [
      cell('a', mix(note, b)),
      cell('b', mix(NOTHING, c)),
      cell('c', mix(card, a)),
    ]);
    for (const { value } of closed ?? []) expect(told(value)).toContain('people.card:copied');
    expect(told(closed?.[0]?.value as Value)).toContain('orders.note:copied');
  });

  it('may be anything where one part may', () => {
    const recursive = new RecursiveCells();
    recursive.open(0);
    const [own] = recursive.waiting(0, ['x']) as readonly [Cell];
    const closed = recursive.close(0, [cell('x', mix(ANYTHING, own.value))]);
    expect(told(closed?.[0]?.value as Value)).toEqual(['unknown']);
  });

  it('cannot be told where its columns cannot, and neither can what waits for it', () => {
    const recursive = new RecursiveCells();
    recursive.open(0);
    const [own] = recursive.waiting(0, ['x']) as readonly [Cell];
    expect(recursive.close(0, undefined)).toBeUndefined();
    expect(recursive.cells(0)).toBe('unknown');
    expect(told(recursive.settle(own.value))).toEqual(['unknown']);
  });
});

it('a value that waits for a column which is not there may be anything', () => {
  const recursive = new RecursiveCells();
  recursive.open(0);
  const [, second] = recursive.waiting(0, ['x', 'y']) as readonly [Cell, Cell];
  recursive.close(0, [cell('x', card)]);
  expect(told(recursive.settle(second.value))).toEqual(['unknown']);
});

it('two queries, one in the other, are settled from the inside', () => {
  const recursive = new RecursiveCells();
  recursive.open(0);
  const [outer] = recursive.waiting(0, ['x']) as readonly [Cell];
  recursive.open(1);
  const [inner] = recursive.waiting(1, ['y']) as readonly [Cell];
  const closed = recursive.close(1, [cell('y', mix(outer.value, inner.value))]);
  expect(told(closed?.[0]?.value as Value)).toEqual(['0:0']);
  recursive.close(0, [cell('x', mix(card, (closed as Cell[])[0]?.value as Value))]);
  expect(told(recursive.settle(closed?.[0]?.value as Value))).toEqual(['people.card:copied']);
});
