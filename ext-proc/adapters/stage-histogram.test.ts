import { Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { StageHistogram } from './stage-histogram.ts';

const BUCKETS = [0.001, 0.01, 1];
const TOOK = [0, 0.001, 0.0011, 0.5, 1, 7] as const;

describe('the histogram of stages', () => {
  it('says what the library’s own would, summed over workers', async () => {
    const [ours, theirs] = [new Registry(), new Registry()];
    const named = { name: 'stage_seconds', help: 'Time.' };
    const counted = new StageHistogram({
      ...named,
      stages: ['a', 'b', 'never'],
      buckets: BUCKETS,
      registry: ours,
    });
    const observed = new Histogram({
      ...named,
      labelNames: ['stage'],
      buckets: BUCKETS,
      registers: [theirs],
    });
    for (const registry of [ours, theirs]) registry.setDefaultLabels({ worker: 'w' });
    for (const stage of ['a', 'b'] as const) {
      for (const seconds of TOOK) {
        counted.took(stage, seconds);
        observed.observe({ stage }, seconds);
      }
    }
    const expected: unknown = JSON.parse(
      JSON.stringify(await theirs.getMetricsAsJSON(), (key, value: unknown) =>
        key === 'exemplar' ? undefined : value,
      ),
    );
    expect(JSON.parse(JSON.stringify(await ours.getMetricsAsJSON()))).toEqual(expected);
  });
});
