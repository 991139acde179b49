import type { Chance } from './chance.ts'
import type { Choice, Fate, Offer, Step, Strategy, Task } from './scheduler.ts'

export interface WalkOptions {
  /** How many mishaps may befall this run. */
  readonly mishaps: number
  /** How likely a task that has just taken a step takes the next one as well. */
  readonly persistence: number
  readonly pauseProbability: number
}

/** Any task may be next, anything may go wrong. */
export function randomWalk(chance: Chance, options: WalkOptions): Strategy {
  let mishapsLeft = options.mishaps
  let last: Task | undefined

  function stepFrom(steps: readonly Step[], now: number): Step {
    const awake = chance.happens(0.9) ? steps.filter(({ notBefore }) => notBefore <= now) : []
    const ready = awake.length === 0 ? steps : awake
    const next = chance.happens(options.persistence) ? ready.filter(({ task }) => task === last) : []
    return chance.oneOf(next.length === 0 ? ready : next)
  }

  function fateOf({ fates }: Step): Fate {
    if (fates.length === 0 || !chance.happens(0.25)) return 'done'
    const fate = chance.oneOf(fates)
    if (fate === 'answered late') return fate
    if (mishapsLeft === 0) return 'done'
    mishapsLeft -= 1
    return fate
  }

  return {
    choose({ steps, pauses, now }: Offer): Choice {
      if (pauses.length > 0 && chance.happens(options.pauseProbability)) {
        return { pause: chance.oneOf(pauses) }
      }
      const step = stepFrom(steps, now)
      last = step.task
      return { step, fate: fateOf(step) }
    },
  }
}

/** At the choice of this number another option than the first is taken. */
export interface Deviation {
  readonly at: number
  readonly option: number
  /** How many deviations it counts as. */
  readonly cost: number
}

interface Option {
  readonly choice: Choice
  readonly cost: number
}

/**
 * Follows the plainest path but for these deviations.
 * @returns also the paths that deviate once more, after the last of them, and no more than `limit` times in all.
 */
export function deviatingPath(deviations: readonly Deviation[], limit: number) {
  const costs: (readonly number[])[] = []
  let last: Task | undefined
  const strategy: Strategy = {
    choose(offer) {
      const options = optionsOf(offer, last)
      const taken = deviations.find(({ at }) => at === costs.length)?.option ?? 0
      costs.push(options.map(({ cost }) => cost))
      const { choice } = options[taken] ?? noSuchOption()
      if ('step' in choice) last = choice.step.task
      return choice
    },
  }
  function* further() {
    const left = limit - deviations.reduce((sum, { cost }) => sum + cost, 0)
    const from = (deviations.at(-1)?.at ?? -1) + 1
    for (let at = from; at < costs.length; at += 1) {
      for (const [option, cost] of (costs[at] ?? []).entries()) {
        if (option > 0 && cost <= left) yield [...deviations, { at, option, cost }]
      }
    }
  }
  return { strategy, further }
}

/** The plainest first: the task that took the last step goes on. */
function optionsOf({ steps, pauses, now }: Offer, last: Task | undefined): readonly Option[] {
  const byPlainness = [...steps].sort((a, b) => rank(a) - rank(b))
  const ofSteps = byPlainness.flatMap((step, index) => [
    { choice: { step, fate: 'done' as const }, cost: index === 0 ? 0 : 1 },
    ...[...new Set(step.fates)].map((fate) => ({ choice: { step, fate }, cost: index === 0 ? 1 : 2 })),
  ])
  return [...ofSteps, ...pauses.map((pause) => ({ choice: { pause }, cost: 1 }))]

  function rank({ task, notBefore }: Step): number {
    if (notBefore > now) return 2
    return task === last ? 0 : 1
  }
}

function noSuchOption(): never {
  throw new Error('The path leads elsewhere than before.')
}
