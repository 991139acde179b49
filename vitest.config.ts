import { defineConfig } from 'vitest/config'

// Not 0: vitest moves a project with one worker and order 0 to the end.
const FIRST = 1
/** Several processes at once need the machine for themselves. */
const ALONE = 2
const LAST = 3

/** Suites by what they need. `log-scan` comes last: it reads what all the others wrote to the log. */
export default defineConfig({
  test: {
    maxWorkers: '100%',
    globalSetup: ['test/support/witness-folder.ts'],
    projects: [
      project(
        'fast',
        ['domain', 'contract', 'http', 'api', 'refresh', 'lambda', 'dev', 'architecture'],
        20_000,
      ),
      project('slow', ['logins', 'interleavings', 'bundle', 'infra'], 120_000),
      project('browser', ['browser'], 120_000),
      project('processes', ['processes'], 240_000, ALONE),
      project('log-scan', ['log-scan'], 20_000, LAST),
    ],
  },
})

function project(name: string, folders: readonly string[], testTimeout: number, groupOrder = FIRST) {
  return {
    test: {
      name,
      include: folders.map((folder) => `test/${folder}/**/*.test.ts`),
      setupFiles: ['test/support/witness-setup.ts'],
      testTimeout,
      hookTimeout: 60_000,
      sequence: { groupOrder },
    },
  }
}
