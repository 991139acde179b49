import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { exploreAtRandom } from './explorer.ts'
import { GUARDS, without } from './guards.ts'
import { SCENARIOS } from './scenarios.ts'

beforeAll(() => {
  vi.spyOn(AbortSignal, 'timeout').mockReturnValue(new AbortController().signal)
})
afterAll(() => {
  vi.restoreAllMocks()
})

/** A guard that is missing is found within so many runs. */
const RUNS = 10_000

describe('the explorer finds it if a statement lacks', () => {
  it.each(GUARDS)('$name: $violates', async (guard) => {
    const scenario = SCENARIOS.find(({ name }) => name.startsWith(guard.scenario))
    if (scenario === undefined) throw new Error('There is no such scenario.')
    const changes = { rewrite: without(guard), looksFor: guard.violates }
    const violation = await exploreAtRandom(scenario, { count: RUNS }, changes)
    expect(violation?.invariant).toBe(guard.violates)
  })
})
