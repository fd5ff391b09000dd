import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'ext-proc/**/*.test.ts',
      'envoy/**/*.test.ts',
      'policies-rego/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    // Most tests wait for programs of their own: one at a time would leave half of two cores idle.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
});
