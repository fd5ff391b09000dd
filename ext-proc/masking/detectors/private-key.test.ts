import { expect, test } from 'vitest';
import { scoreOf } from '../corpus/corpus.ts';
import { createScanner } from '../scanner.ts';
import { PRIVATE_KEY_CORPUS } from './private-key.corpus.ts';

test('finds every private key of the corpus, and nothing else', () => {
  const { missed, mistaken } = scoreOf(createScanner(), PRIVATE_KEY_CORPUS);
  expect(missed).toEqual(PRIVATE_KEY_CORPUS.unfound ?? []);
  expect(mistaken).toEqual(PRIVATE_KEY_CORPUS.mistaken ?? []);
});
