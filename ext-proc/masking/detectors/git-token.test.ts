import { expect, test } from 'vitest';
import { scoreOf } from '../corpus/corpus.ts';
import { createScanner } from '../scanner.ts';
import { GIT_TOKEN_CORPUS } from './git-token.corpus.ts';

test('finds every token of a Git host of the corpus, and nothing else', () => {
  const { missed, mistaken } = scoreOf(createScanner(), GIT_TOKEN_CORPUS);
  expect(missed).toEqual(GIT_TOKEN_CORPUS.unfound ?? []);
  expect(mistaken).toEqual(GIT_TOKEN_CORPUS.mistaken ?? []);
});
