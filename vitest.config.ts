import { defineConfig } from 'vitest/config';

const needsDatabase = { globalSetup: ['tests/support/database.setup.ts'], setupFiles: ['tests/support/failure.setup.ts'] };

/** Test files that `npm test` leaves out because a server they need is missing. */
const leftOut = (process.env.TEST_EXCLUDE ?? '').split(',').filter((file) => file !== '');

/** One project per kind of suite: `npm test -- --project unit` runs one of them. */
export default defineConfig({
  test: {
    maxWorkers: 2,
    reporters: ['default', ['json', { outputFile: 'tests/.artifacts/results.json' }]],
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['tests/**/*.unit.test.ts', 'tests/guards/**/*.test.ts'], testTimeout: 120_000 },
      },
      {
        extends: true,
        test: { ...slow('integration', 'tests/**/*.test.ts', ['workflows', 'mail', 'web', 'guards']), ...needsDatabase },
      },
      { extends: true, test: { ...slow('workflows', 'tests/workflows/**/*.test.ts'), ...needsDatabase } },
      { extends: true, test: { ...slow('mail', 'tests/mail/**/*.test.ts'), ...needsDatabase } },
      {
        extends: true,
        test: {
          ...slow('web', 'tests/web/**/*.test.ts'),
          ...needsDatabase,
          globalSetup: [...needsDatabase.globalSetup, 'tests/support/web.setup.ts'],
        },
      },
    ],
  },
});

/** The time of a test is only there to end one that hangs: what it waits for has a deadline of its own, which says what was missing. */
function slow(name: string, include: string, others: string[] = []) {
  const exclude = [...leftOut, 'tests/**/*.unit.test.ts', ...others.map((folder) => `tests/${folder}/**`)];
  return { name, include: [include], exclude, pool: 'forks' as const, testTimeout: 300_000, hookTimeout: 300_000 };
}
