import { defineConfig } from 'vitest/config';

/** Each project has a vitest.config.ts of its own, so `npx vitest run` works in its folder as well as from here. */
export default defineConfig({
  test: {
    projects: [
      'libs/*/vitest.config.ts',
      'apps/*/vitest.config.ts',
      '{bench,e2e,infra,operations,simulation,tools}/vitest.config.ts',
    ],
  },
});
