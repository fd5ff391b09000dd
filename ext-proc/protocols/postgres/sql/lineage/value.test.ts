import { describe, expect, it } from 'vitest';
import { columnValue } from './definitions.ts';
import { ANYTHING, derived, isConstant, Mixture, NOTHING, union, type Value } from './value.ts';

const column = (table: string, name: string): Value => columnValue({ schema: 'public', name: table }, name);
const told = ({ sources, unknown }: Value) => ({
  sources: [...sources.values()].map(({ table, column: of, derivation }) => `${table}.${of} ${derivation}`),
  unknown,
});

describe('a mixture', () => {
  it('may be anything as soon as one part of it may', () => {
    const mixture = new Mixture();
    mixture.add(column('people', 'card'), 'plain');
    mixture.add(ANYTHING, 'condition');
    mixture.add(NOTHING, 'plain');
    expect(told(mixture.value())).toEqual({ sources: ['people.card plain'], unknown: true });
  });

  it('keeps the most telling way of each column', () => {
    const mixture = new Mixture();
    mixture.add(column('people', 'card'), 'condition');
    mixture.add(column('people', 'card'), 'derived');
    mixture.add(column('people', 'card'), 'copied');
    expect(told(mixture.value()).sources).toEqual(['people.card derived']);
  });

  it('does not change the values it is made of', () => {
    const card = column('people', 'card');
    const mixture = new Mixture();
    mixture.add(card, 'derived');
    mixture.addUnknown();
    expect(told(card)).toEqual({ sources: ['people.card plain'], unknown: false });
  });

  it('waits for a query that is not resolved, by the most telling way', () => {
    const mixture = new Mixture();
    mixture.wait('0:1', 'copied');
    mixture.wait('0:1', 'derived');
    mixture.wait('0:1', 'condition');
    expect([...mixture.value().pending]).toEqual([['0:1', 'derived']]);
    expect(isConstant(mixture.value())).toBe(false);
  });

  it('says through which view a column was reached first', () => {
    const inner = derived(column('people', 'card'), 'copied', 'public.cards');
    const outer = derived(inner, 'copied', 'public.over');
    expect([...outer.sources.values()][0]?.via).toBe('public.over');
    expect([...inner.sources.values()][0]?.via).toBe('public.cards');
  });
});

it('is a constant only where nothing is behind it', () => {
  expect(isConstant(NOTHING)).toBe(true);
  expect(isConstant(ANYTHING)).toBe(false);
  expect(isConstant(column('people', 'card'))).toBe(false);
});

it('is no column of the server’s any more once something was done to it', () => {
  const card: Value = { ...column('people', 'card'), origin: { relation: 16_384, attribute: 3 } };
  expect(derived(card, 'plain').origin).toEqual({ relation: 16_384, attribute: 3 });
  expect(derived(card, 'copied').origin).toBeUndefined();
  expect(union([card, NOTHING], 'plain').origin).toBeUndefined();
});

it('loses the fields of a row once it is made into something else', () => {
  const row: Value = { ...NOTHING, fields: [{ name: 'card', value: column('people', 'card') }] };
  expect(derived(row, 'copied').fields).toHaveLength(1);
  expect(derived(row, 'derived').fields).toBeUndefined();
});
