import { defineConfig } from 'vitest/config';

/** `npm run test:restore`: too long for every run, and it needs MariaDB's client tools. */
export default defineConfig({
  test: { name: 'restore', root: import.meta.dirname, include: ['restore/**/*.test.ts'], fileParallelism: false },
});
