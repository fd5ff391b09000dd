import { expect, test } from 'vitest';
import { scoreOf } from '../corpus/corpus.ts';
import { createScanner } from '../scanner.ts';
import { EMAIL_CORPUS } from './email.corpus.ts';

test('finds every e-mail address of the corpus, and nothing else', () => {
  const { missed, mistaken } = scoreOf(createScanner(), EMAIL_CORPUS);
  expect(missed).toEqual(EMAIL_CORPUS.unfound ?? []);
  expect(mistaken).toEqual(EMAIL_CORPUS.mistaken ?? []);
});
