import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'e2e',
    include: ['test/**/*.test.ts', 'src/**/*.test.ts'],
    // Each file starts a whole system: one after another, so that two cores and their memory serve one at a time.
    fileParallelism: false,
    testTimeout: 240_000,
  },
});
