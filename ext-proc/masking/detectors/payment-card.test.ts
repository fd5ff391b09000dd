import { expect, test } from 'vitest';
import { byteStringOfText } from '../byte-string.ts';
import { scoreOf } from '../corpus/corpus.ts';
import { createScanner } from '../scanner.ts';
import { cardScheme } from './card-schemes.ts';
import { PAYMENT_CARD_CORPUS } from './payment-card.corpus.ts';

const scanner = createScanner();
const rulesIn = (text: string): string[] =>
  scanner
    .scan(byteStringOfText(text))
    .filter(({ kind }) => kind === 'payment_card')
    .map(({ rule }) => rule);

test('finds every card of the corpus, and next to nothing else', () => {
  const { missed, mistaken, precision } = scoreOf(scanner, PAYMENT_CARD_CORPUS);
  expect(missed).toEqual(PAYMENT_CARD_CORPUS.unfound ?? []);
  expect(mistaken).toEqual(PAYMENT_CARD_CORPUS.mistaken ?? []);
  expect(precision).toBeGreaterThan(0.98);
});

test.each([
  ['4111111111111111', 'visa'],
  ['5555555555554444', 'mastercard'],
  ['2223003122003222', 'mastercard'],
  ['378282246310005', 'american_express'],
  ['30569309025904', 'diners_club'],
  ['6011111111111117', 'discover'],
  ['3530111333300000', 'jcb'],
  ['6250947000000014', 'unionpay'],
  ['2200000000000004', 'mir'],
  ['6759649826438453', 'maestro'],
])('%s is of %s', (digits, scheme) => {
  expect(cardScheme(digits)).toBe(scheme);
  expect(rulesIn(`x ${digits} y`)).toEqual([scheme]);
});

test.each([
  ['a wrong check digit', '4111111111111112'],
  ['a length that the scheme has not', '41111111111111111'],
  ['no scheme', '1234567812345670'],
  ['more digits than any card', '4111111111111111000000'],
  ['a fraction', '0.4111111111111111'],
])('%s is no card', (_, text) => {
  expect(rulesIn(text)).toEqual([]);
});
