import { expect, test } from 'vitest';
import { scoreOf } from '../corpus/corpus.ts';
import { createScanner } from '../scanner.ts';
import { IBAN_CORPUS } from './iban.corpus.ts';

test('finds every account number of the corpus, and nothing else', () => {
  const { missed, mistaken } = scoreOf(createScanner(), IBAN_CORPUS);
  expect(missed).toEqual(IBAN_CORPUS.unfound ?? []);
  expect(mistaken).toEqual(IBAN_CORPUS.mistaken ?? []);
});
