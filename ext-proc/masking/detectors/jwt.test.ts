import { expect, test } from 'vitest';
import { scoreOf } from '../corpus/corpus.ts';
import { createScanner } from '../scanner.ts';
import { JWT_CORPUS } from './jwt.corpus.ts';

test('finds every token of the corpus, and nothing else', () => {
  const { missed, mistaken } = scoreOf(createScanner(), JWT_CORPUS);
  expect(missed).toEqual(JWT_CORPUS.unfound ?? []);
  expect(mistaken).toEqual(JWT_CORPUS.mistaken ?? []);
});
