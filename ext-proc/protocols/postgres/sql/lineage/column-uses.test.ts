import { expect, test } from 'vitest';
import { ColumnUses } from './column-uses.ts';
import { context, NO_CONTEXTS } from './use-contexts.ts';

test('one column in one use is one entry with every context of it', () => {
  const uses = new ColumnUses();
  uses.add('public.people', 'card', 'filter', context('where'));
  uses.add('public.people', 'card', 'filter', context('operator_argument'));
  uses.add('public.people', 'card', 'filter', NO_CONTEXTS);
  expect(uses.list()).toEqual([
    { relation: 'public.people', name: 'card', use: 'filter', contexts: ['where', 'operator_argument'] },
  ]);
});

test('a context that is added later to a plain use is not lost', () => {
  const uses = new ColumnUses();
  uses.add('public.people', 'card', 'target', NO_CONTEXTS);
  expect(uses.list()[0]).not.toHaveProperty('contexts');
  uses.add('public.people', 'card', 'target', context('cast'));
  expect(uses.list()[0]?.contexts).toEqual(['cast']);
});

test('another use, and another definition that it is used in, are entries of their own', () => {
  const uses = new ColumnUses();
  uses.add('public.people', 'card', 'target', NO_CONTEXTS);
  uses.add('public.people', 'card', 'write', NO_CONTEXTS);
  uses.add('public.people', 'card', 'target', NO_CONTEXTS, 'public.cards');
  uses.add('public.people', 'card', 'target', NO_CONTEXTS, 'public.other');
  expect(uses.list().map(({ use, via }) => [use, via])).toEqual([
    ['target', undefined],
    ['write', undefined],
    ['target', 'public.cards'],
    ['target', 'public.other'],
  ]);
});

test('names with dots do not run together', () => {
  const uses = new ColumnUses();
  uses.add('a.b', 'c', 'target', NO_CONTEXTS);
  uses.add('a', 'b.c', 'target', NO_CONTEXTS);
  expect(uses.size).toBe(2);
});

test('what is listed can be added to another list, whole', () => {
  const uses = new ColumnUses();
  uses.add('public.people', 'card', 'filter', context('where', 'exists'), 'public.cards');
  uses.add('', '*', 'other', context('join'));
  const other = new ColumnUses();
  other.addAll(uses.list());
  expect(other.list()).toEqual(uses.list());
});
