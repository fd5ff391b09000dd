import { expect, test } from 'vitest';
import { gateDenial } from '../../domain/decision.ts';
import { DecisionCache } from './decision-cache.ts';

const decision = gateDenial('rule', 'reason');

test('gives back what was kept for exactly this input', () => {
  const cache = new DecisionCache();
  cache.set('{"a":1}', decision);
  expect(cache.get('{"a":1}')).toBe(decision);
  expect(cache.get('{"a":2}')).toBeUndefined();
});

test('holds a bounded number, the oldest making room', () => {
  const cache = new DecisionCache();
  for (let index = 0; index < 10_000; index++) cache.set(`input ${index}`, decision);
  expect(cache.size).toBeLessThanOrEqual(4_096);
  expect(cache.get('input 0')).toBeUndefined();
  expect(cache.get('input 9999')).toBe(decision);
});

test('holds bounded memory, whatever the length of the inputs', () => {
  const cache = new DecisionCache();
  for (let index = 0; index < 4_000; index++) cache.set(`${index}${'x'.repeat(16_000)}`, decision);
  expect(cache.size * 16_000).toBeLessThanOrEqual(8 * 1_048_576);
});

test('does not keep an input that is too long to come again', () => {
  const cache = new DecisionCache();
  cache.set('x'.repeat(20_000), decision);
  expect(cache.size).toBe(0);
});
