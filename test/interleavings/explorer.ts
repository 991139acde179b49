import { chanceFrom } from './chance.ts'
import type { Rotation } from './grants.ts'
import type { Violation } from './invariants.ts'
import { openSessions } from './opened-sessions.ts'
import { type Conditions, Run, type Scenario } from './run.ts'
import { type Deviation, deviatingPath, randomWalk } from './strategies.ts'
import type { WorldChanges } from './world.ts'

export interface ExplorationOptions extends WorldChanges {
  /** All interleavings that ran, each once. */
  readonly seen?: Set<string>
}

const ROTATIONS: readonly Rotation[] = ['strict', 'strict', 'with grace', 'none']

/** Runs a scenario once for each seed, each time in another order, until an invariant is violated. */
export async function exploreAtRandom(
  scenario: Scenario,
  { from = 1, count }: { readonly from?: number; readonly count: number },
  { seen = new Set(), ...changes }: ExplorationOptions,
): Promise<Violation | undefined> {
  const opened = await openSessions(scenario.sessions)
  const lookUp = breathing()
  for (let seed = from; seed < from + count; seed += 1) {
    await lookUp()
    const chance = chanceFrom(seed)
    const conditions: Conditions = {
      seed,
      rotation: chance.oneOf(ROTATIONS),
      beginsAfter: chance.oneOf(scenario.beginsAfter),
      isTimely: chance.happens(0.6),
    }
    const walk = randomWalk(chance, {
      mishaps: chance.below(4),
      persistence: chance.oneOf([0, 0.5, 0.9]),
      pauseProbability: chance.oneOf([0, 0.05, 0.15]),
    })
    const run = new Run(scenario, opened, conditions, changes)
    const violation = await run.violation(walk, chance.happens(0.2) ? chance : undefined)
    seen.add(run.hash)
    if (violation !== undefined) return violation
  }
  return undefined
}

/**
 * Runs a scenario in every way that deviates at most so often from the plainest: one task after the other, nothing goes
 * wrong, no time passes.
 */
export async function exploreAll(
  scenario: Scenario,
  deviations: number,
  { seen = new Set(), ...changes }: ExplorationOptions,
): Promise<Violation | undefined> {
  const opened = await openSessions(scenario.sessions)
  const [beginsAfter = 0] = scenario.beginsAfter
  const lookUp = breathing()
  const ahead: (readonly Deviation[])[] = [[]]
  for (let path = ahead.pop(); path !== undefined; path = ahead.pop()) {
    await lookUp()
    const run = new Run(
      scenario,
      opened,
      { seed: 1, rotation: 'strict', beginsAfter, isTimely: true },
      changes,
    )
    const { strategy, further } = deviatingPath(path, deviations)
    const violation = await run.violation(strategy)
    seen.add(run.hash)
    if (violation !== undefined) return violation
    ahead.push(...further())
  }
  return undefined
}

const RUNS_IN_ONE_BREATH = 50

/** Runs take no turn of the event loop: whatever else the process has to do comes to it now and then. */
function breathing(): () => Promise<void> {
  let runs = 0
  return async () => {
    runs += 1
    if (runs % RUNS_IN_ONE_BREATH === 0) await new Promise((resolve) => setImmediate(resolve))
  }
}
