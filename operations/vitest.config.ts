import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { name: 'operations', include: ['test/**/*.test.ts', 'src/**/*.test.ts'], testTimeout: 60_000 },
});
