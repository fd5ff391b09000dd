import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'ext-proc/**/*.test.ts',
      'envoy/**/*.test.ts',
      'policies-rego/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
});
