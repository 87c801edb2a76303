import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // Real servers, shared by everything that is tested at the same time.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
