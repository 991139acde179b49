import { type Chance, chanceFrom } from './chance.ts'
import type { Rotation } from './grants.ts'
import { Violation } from './invariants.ts'
import { judgeOutcome } from './judge-outcome.ts'
import { OPENED_AT, type OpenedForm, type OpenedSessions } from './opened-sessions.ts'
import { Play } from './play.ts'
import { Scheduler, type Strategy } from './scheduler.ts'
import { randomWalk } from './strategies.ts'
import { apiCall, type Request } from './tasks.ts'
import { World, type WorldChanges } from './world.ts'

export interface Scenario {
  readonly name: string
  readonly sessions: readonly OpenedForm[]
  /** Seconds after the sessions were opened, one of which is chosen. */
  readonly beginsAfter: readonly number[]
  readonly requests: readonly Request[]
  /** How many deviations from the plainest order are tried in every way. */
  readonly deviations: number
}

/** Under what conditions a scenario runs. */
export interface Conditions {
  readonly seed: number
  readonly rotation: Rotation
  readonly beginsAfter: number
  /** Whether every step ends within its limit; else an instance may be frozen for any time between two steps. */
  readonly isTimely: boolean
}

const PAUSES_IN_TIME = [100, 400]
/** Longer than a lease, and than an access token lives. */
const PAUSES_OF_THE_FROZEN = [500, 6000, 400_000]

/** A scenario on its stage. */
export class Run {
  readonly #scenario: Scenario
  readonly #conditions: Conditions
  readonly #play: Play
  readonly #scheduler: Scheduler

  constructor(scenario: Scenario, opened: OpenedSessions, conditions: Conditions, changes: WorldChanges) {
    const { seed, rotation, beginsAfter, isTimely } = conditions
    this.#scenario = scenario
    this.#conditions = conditions
    this.#scheduler = new Scheduler({
      startsAt: (OPENED_AT + beginsAfter) * 1000,
      isTimely,
      pauses: isTimely ? PAUSES_IN_TIME : PAUSES_OF_THE_FROZEN,
    })
    const { grants, ...rows } = opened.newRun(rotation)
    const world = new World({ ...changes, ...rows, scheduler: this.#scheduler })
    this.#play = new Play(world, grants, chanceFrom(seed))
  }

  /** Tells interleavings apart. */
  get hash(): string {
    return `${this.#scenario.name} ${this.#scheduler.trace.hash}`
  }

  /** @param later if somebody is to come with every session, when all is over: whoever still has one can use it. */
  async violation(strategy: Strategy, later?: Chance): Promise<Violation | undefined> {
    const scheduler = this.#scheduler
    for (const request of this.#scenario.requests) request(this.#play)
    try {
      await scheduler.run(strategy)
      if (later !== undefined) await this.#comeLater(later)
      judgeOutcome(this.#play.world, this.#play.actors)
      scheduler.throwIfBroken()
      return undefined
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      error.message += `\n${this.#told()}\n${scheduler.trace}`
      return error
    }
  }

  async #comeLater(chance: Chance): Promise<void> {
    const { sessions } = this.#play.world
    this.#scheduler.time += 400_000
    for (const [index, { identifier }] of sessions.entries()) {
      if (identifier !== undefined) apiCall(index)(this.#play)
    }
    await this.#scheduler.run(randomWalk(chance, { mishaps: 0, persistence: 0.9, pauseProbability: 0 }))
  }

  #told(): string {
    const { seed, rotation, beginsAfter, isTimely } = this.#conditions
    const pace = isTimely ? 'every step in time' : 'instances may freeze'
    return `${this.#scenario.name}, seed ${seed}, ${beginsAfter} s after the login, rotation ${rotation}, ${pace}:`
  }
}
