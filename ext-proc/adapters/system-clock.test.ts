import { expect, test } from 'vitest';

import { createSystemClock } from './system-clock.ts';

test('wall time stays within a few milliseconds of the system and has a fraction', () => {
  const clock = createSystemClock();
  const samples = Array.from({ length: 1_000 }, () => clock.nowMs());
  expect(Math.abs(samples.at(-1)! - Date.now())).toBeLessThanOrEqual(3);
  expect(samples.some((sample) => !Number.isInteger(sample))).toBe(true);
});

test('monotonic time does not go back', () => {
  const clock = createSystemClock();
  const samples = Array.from({ length: 1_000 }, () => clock.monotonicMs());
  expect(samples.every((sample, index) => index === 0 || sample >= samples[index - 1]!)).toBe(true);
});
