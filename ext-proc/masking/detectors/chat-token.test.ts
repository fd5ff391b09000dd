import { expect, test } from 'vitest';
import { scoreOf } from '../corpus/corpus.ts';
import { createScanner } from '../scanner.ts';
import { CHAT_TOKEN_CORPUS } from './chat-token.corpus.ts';

test('finds every token of a chat system of the corpus, and nothing else', () => {
  const { missed, mistaken } = scoreOf(createScanner(), CHAT_TOKEN_CORPUS);
  expect(missed).toEqual(CHAT_TOKEN_CORPUS.unfound ?? []);
  expect(mistaken).toEqual(CHAT_TOKEN_CORPUS.mistaken ?? []);
});
