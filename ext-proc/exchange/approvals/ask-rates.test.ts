import { expect, test } from 'vitest';
import { AskRates } from './ask-rates.ts';

const asked = (rates: AskRates, principal: string, times: number, nowMs: number): number =>
  Array.from({ length: times }, () => rates.take(principal, nowMs)).filter(Boolean).length;

test('a principal may ask for a while at once, then so often a minute', () => {
  const rates = new AskRates(2);
  expect(asked(rates, 'a', 20, 0)).toBe(10);
  expect(asked(rates, 'a', 20, 29_999)).toBe(0);
  expect(asked(rates, 'a', 20, 60_000)).toBe(2);
  expect(asked(rates, 'a', 99, 3_600_000)).toBe(10);
});

test('one does not use up what is another’s, and what asked for nothing new is given back', () => {
  const rates = new AskRates(1);
  expect(asked(rates, 'a', 9, 0)).toBe(5);
  expect(asked(rates, 'b', 9, 0)).toBe(5);
  rates.giveBack('a');
  expect(asked(rates, 'a', 9, 0)).toBe(1);
});

test('remembers a bounded number of principals', () => {
  const rates = new AskRates(1);
  asked(rates, 'first', 5, 0);
  for (let n = 0; n < 10_001; n++) rates.take(`p${n}`, 0);
  expect(rates.take('first', 0)).toBe(true);
});
