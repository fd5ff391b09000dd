import { expect, test } from 'vitest';
import { scoreOf } from '../corpus/corpus.ts';
import { createScanner } from '../scanner.ts';
import { PHONE_CORPUS } from './phone.corpus.ts';

test('finds every telephone number of the corpus, and nothing else', () => {
  const { missed, mistaken } = scoreOf(createScanner(), PHONE_CORPUS);
  expect(missed).toEqual(PHONE_CORPUS.unfound ?? []);
  expect(mistaken).toEqual(PHONE_CORPUS.mistaken ?? []);
});
