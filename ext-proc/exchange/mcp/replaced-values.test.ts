import { expect, it } from 'vitest';
import { replacedValues } from './replaced-values.ts';

it.each([
  [{ a: 1 }, { a: 1 }, []],
  [{ a: 1, b: { c: 'x' } }, { a: 1, b: { c: 'y' } }, ['/b/c']],
  [{ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }, ['/a/1/b']],
  [{ 'a/b': 1, 'c~d': 2 }, { 'a/b': 0, 'c~d': 0 }, ['/a~1b', '/c~0d']],
  [{ a: null }, { a: 'x' }, ['/a']],
  [{ a: { b: 1 } }, { a: '[masked]' }, ['/a']],
  [[1, 2], [1], ['']],
  ['x', 'y', ['']],
  [{ a: 1 }, { '[masked]': 1 }, ['/[masked]']],
  [JSON.parse('{"__proto__":1}') as unknown, JSON.parse('{"__proto__":2}') as unknown, ['/__proto__']],
  [{}, JSON.parse('{"toString":1}') as unknown, ['/toString']],
])('%j to %j: %j', (before, after, pointers) => {
  expect([...replacedValues(before, after)]).toEqual(pointers);
});
