import { expect, test } from 'vitest';
import { scoreOf } from '../corpus/corpus.ts';
import { createScanner } from '../scanner.ts';
import { CLOUD_TOKEN_CORPUS } from './cloud-token.corpus.ts';

test('finds every credential of a cloud of the corpus, and nothing else', () => {
  const { missed, mistaken } = scoreOf(createScanner(), CLOUD_TOKEN_CORPUS);
  expect(missed).toEqual(CLOUD_TOKEN_CORPUS.unfound ?? []);
  expect(mistaken).toEqual(CLOUD_TOKEN_CORPUS.mistaken ?? []);
});
