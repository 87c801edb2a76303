import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // Real brokers, rebalances and outages: a single test may take seconds.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
