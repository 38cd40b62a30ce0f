import { defineConfig } from 'vitest/config';

const E2E = 'tests/e2e/**/*.test.ts';

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: ['src/**/*.test.ts', 'tests/**/*.test.ts', 'tools/**/*.test.ts'],
          exclude: [E2E],
        },
      },
      {
        // A spec has a page, a host and an engine: after all others, and not more than two at once.
        extends: true,
        test: {
          name: 'e2e',
          include: [E2E],
          globalSetup: 'tests/e2e/support/set-up.ts',
          // A busy machine is no failure: what never comes is given up before the test is.
          expect: { poll: { timeout: 90_000 } },
          testTimeout: 300_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
