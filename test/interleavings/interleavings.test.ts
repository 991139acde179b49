import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { exploreAll, exploreAtRandom } from './explorer.ts'
import { SCENARIOS } from './scenarios.ts'

const RANDOM_RUNS = 4000
const AT_LEAST = 100_000

const seen = new Set<string>()

// The time of a statement is the scheduler's: a timer for each would only cost time.
beforeAll(() => {
  vi.spyOn(AbortSignal, 'timeout').mockReturnValue(new AbortController().signal)
})
afterAll(() => {
  vi.restoreAllMocks()
})

describe.each(SCENARIOS)('in $name', (scenario) => {
  it(`every invariant holds, whatever happens in ${RANDOM_RUNS} random orders [RF-04] [RF-12] [LO-22] [ST-10]`, async () => {
    const violation = await exploreAtRandom(scenario, { count: RANDOM_RUNS }, { seen })
    expect(violation?.message).toBeUndefined()
  })

  it('every invariant holds, whatever one or two things happen otherwise than usual [RF-04] [RF-12] [LO-22] [ST-10]', async () => {
    const violation = await exploreAll(scenario, scenario.deviations, { seen })
    expect(violation?.message).toBeUndefined()
  })
})

it(`more than ${AT_LEAST} different interleavings ran`, () => {
  process.stdout.write(`${seen.size} interleavings\n`)
  expect(seen.size).toBeGreaterThan(AT_LEAST)
})
