import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { name: 'infra', include: ['**/*.test.mjs'], testTimeout: 20_000 },
});
