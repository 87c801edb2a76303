import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'platform',
    include: ['{src,test}/**/*.test.ts'],
    // Two cores run everything at once in CI: a bound is there to end what hangs, not to measure.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    expect: { poll: { timeout: 15_000 } },
  },
});
