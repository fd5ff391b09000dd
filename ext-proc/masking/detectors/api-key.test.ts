import { expect, test } from 'vitest';
import { scoreOf } from '../corpus/corpus.ts';
import { createScanner } from '../scanner.ts';
import { API_KEY_CORPUS } from './api-key.corpus.ts';

test('finds every key of the corpus, and nothing else', () => {
  const { missed, mistaken } = scoreOf(createScanner(), API_KEY_CORPUS);
  expect(missed).toEqual(API_KEY_CORPUS.unfound ?? []);
  expect(mistaken).toEqual(API_KEY_CORPUS.mistaken ?? []);
});
