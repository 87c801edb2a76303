import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // Real servers on a machine that other suites share.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
