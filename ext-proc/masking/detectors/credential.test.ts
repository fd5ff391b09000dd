import { expect, test } from 'vitest';
import { scoreOf } from '../corpus/corpus.ts';
import { createScanner } from '../scanner.ts';
import { CREDENTIAL_CORPUS } from './credential.corpus.ts';

test('finds every credential of the corpus, and nothing else', () => {
  const { missed, mistaken } = scoreOf(createScanner(), CREDENTIAL_CORPUS);
  expect(missed).toEqual(CREDENTIAL_CORPUS.unfound ?? []);
  expect(mistaken).toEqual(CREDENTIAL_CORPUS.mistaken ?? []);
});
