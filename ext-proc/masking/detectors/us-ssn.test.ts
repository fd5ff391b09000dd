import { expect, test } from 'vitest';
import { scoreOf } from '../corpus/corpus.ts';
import { createScanner } from '../scanner.ts';
import { US_SSN_CORPUS } from './us-ssn.corpus.ts';

test('finds every social security number of the corpus, and nothing else', () => {
  const { missed, mistaken } = scoreOf(createScanner(), US_SSN_CORPUS);
  expect(missed).toEqual(US_SSN_CORPUS.unfound ?? []);
  expect(mistaken).toEqual(US_SSN_CORPUS.mistaken ?? []);
});
