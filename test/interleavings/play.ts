import type { Call } from '../../functions/flows/ports.ts'
import type { Actor, Rights } from './actor.ts'
import { clockFor } from './actor.ts'
import { type Chance, chanceFrom } from './chance.ts'
import type { Grants } from './grants.ts'
import { instanceFor } from './instance.ts'
import { judgeActor } from './judge-outcome.ts'
import type { KnownSession } from './known-session.ts'
import type { AskedLogout, World } from './world.ts'

/** Milliseconds: what the gateway leaves a request. */
const DEADLINE_MILLISECONDS = 8000
const SKEWS = [0, 0, -1000, 1000]

export type Instance = ReturnType<typeof instanceFor>

/** One run: a world, and who acts in it. */
export class Play {
  readonly world: World
  readonly grants: Grants
  readonly logouts: AskedLogout[] = []
  readonly actors: Actor[] = []
  readonly #chance: Chance

  constructor(world: World, grants: Grants, chance: Chance) {
    this.world = world
    this.grants = grants
    this.#chance = chance
  }

  session(index: number): KnownSession {
    const session = this.world.sessions[index]
    if (session === undefined) throw new Error('The scenario has no such session.')
    return session
  }

  /** Brings a request on an instance of its own; it begins when it gets its first turn. */
  bring(
    kind: string,
    rights: Rights,
    work: (instance: Instance, actor: Actor, newCall: () => Call) => Promise<void>,
  ): void {
    const { world } = this
    const { scheduler } = world
    const actor = this.#newActor(kind, rights)
    const instance = instanceFor({ ...this, actor })
    scheduler.start(actor, async () => {
      await scheduler.turn(actor, 'begins')
      actor.begunAt = scheduler.stepsTaken
      actor.begunSecond = actor.clock.now()
      await work(instance, actor, () => this.#newCall(actor))
      actor.endedAt = scheduler.time
      judgeActor(world, actor)
    })
  }

  #newCall(actor: Actor): Call {
    actor.deadlineAt = actor.clock.milliseconds() + DEADLINE_MILLISECONDS
    return { deadlineAt: actor.deadlineAt, record: ({ event }) => actor.events.add(event) }
  }

  #newActor(kind: string, rights: Rights): Actor {
    const letter = String.fromCharCode(65 + this.actors.length)
    const task = { name: `${letter} (${kind})`, state: 'under way' as const }
    const skew = this.#chance.oneOf(SKEWS)
    const actor: Actor = Object.assign(task, {
      rights,
      chance: chanceFrom(this.#chance.below(2 ** 32)),
      clock: clockFor(this.world.scheduler, task, skew),
      begunAt: 0,
      begunSecond: 0,
      deadlineAt: 0,
      troubles: new Set<never>(),
      events: new Set<never>(),
    })
    this.actors.push(actor)
    return actor
  }
}
