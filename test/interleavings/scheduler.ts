import { Trace } from './trace.ts'

/** How a step goes. */
export type Fate =
  | 'done'
  /** Done, but whoever took the step hears of it only later. */
  | 'answered late'
  | Mishap

export type Mishap =
  /** A statement was applied, its reply was lost, and the SDK sends it again. */
  | 'repeated'
  /** It was applied, or answered, and whoever took the step hears of a failure. */
  | 'reply lost'
  /** Nothing happened, and whoever took the step hears of a failure. */
  | 'fails'
  /** Whoever took the step hears of a failure, and then it is applied all the same. */
  | 'lands late'
  /** It was sent twice, for want of a reply in time: the second was applied and answered, and the first lands later. */
  | 'lands twice'
  | 'crash before'
  | 'crash after'
  | 'client refused'
  | 'ID token wrong'
  | 'key not at hand'

/** One request on one instance. */
export interface Task {
  readonly name: string
  state: 'under way' | 'ended' | 'crashed'
}

export interface Step {
  /** Absent for what the network still carries after its sender gave it up. */
  readonly task: Task | undefined
  readonly name: string
  readonly fates: readonly Fate[]
  /** Epoch milliseconds, both: when it can happen at the earliest, and by when at the latest. */
  readonly notBefore: number
  readonly until: number
  readonly proceed: (fate: Fate) => void
}

export interface StepLimits {
  readonly fates?: readonly Fate[]
  readonly notBefore?: number
  readonly until?: number
}

/** What may happen next. */
export interface Offer {
  /** Epoch milliseconds. */
  readonly now: number
  readonly steps: readonly Step[]
  /** Milliseconds that may pass before any step. */
  readonly pauses: readonly number[]
}

export type Choice = { readonly step: Step; readonly fate: Fate } | { readonly pause: number }

/** Decides what happens next. */
export interface Strategy {
  choose(offer: Offer): Choice
}

export interface SchedulerOptions {
  /** Epoch milliseconds. */
  readonly startsAt: number
  /** Whether every step ends within its limit; else an instance may be frozen for any time between two steps. */
  readonly isTimely: boolean
  readonly pauses: readonly number[]
}

/** Runs tasks one step at a time. Nothing else happens between two steps: each waits for its turn. */
export class Scheduler {
  /** Epoch milliseconds. */
  time: number
  stepsTaken = 0
  mishaps = 0
  readonly trace = new Trace()
  readonly isTimely: boolean
  readonly #pauses: readonly number[]
  #waiting: Step[] = []
  #broken: Error | undefined

  constructor({ startsAt, isTimely, pauses }: SchedulerOptions) {
    this.time = startsAt
    this.isTimely = isTimely
    this.#pauses = pauses
  }

  /** Waits until this step is chosen. @returns how it is to go. */
  turn(task: Task, name: string, limits: StepLimits = {}): Promise<Fate> {
    if (task.state === 'crashed') return never()
    const { fates = [], notBefore = 0, until = Number.POSITIVE_INFINITY } = limits
    return new Promise((proceed) => {
      this.#waiting.push({ task, name, fates, notBefore, until, proceed })
    })
  }

  /** Something that happens at some time, whatever becomes of its sender. */
  later(name: string, happen: () => void): void {
    const step = { task: undefined, name, fates: [], notBefore: 0, until: Number.POSITIVE_INFINITY }
    this.#waiting.push({ ...step, proceed: happen })
  }

  start(task: Task, work: () => Promise<void>): void {
    work().then(
      () => {
        task.state = 'ended'
      },
      (error: Error) => this.break(error),
    )
  }

  crash(task: Task): Promise<never> {
    task.state = 'crashed'
    this.#waiting = this.#waiting.filter((step) => step.task !== task)
    return never()
  }

  /** Ends the run with an error that no task can catch. */
  break(error: Error): void {
    this.#broken ??= error
  }

  /** Until nobody waits for a turn. */
  async run(strategy: Strategy): Promise<void> {
    for (;;) {
      await allElse()
      this.throwIfBroken()
      if (this.#waiting.length === 0) return
      this.#take(strategy.choose(this.#offer()))
    }
  }

  throwIfBroken(): void {
    if (this.#broken !== undefined) throw this.#broken
  }

  #offer(): Offer {
    const latest = this.isTimely
      ? Math.min(...this.#waiting.map(({ until }) => until))
      : Number.POSITIVE_INFINITY
    return {
      now: this.time,
      steps: this.#waiting.filter(({ notBefore }) => notBefore <= latest),
      pauses: this.#pauses.filter((pause) => this.time + pause <= latest),
    }
  }

  #take(choice: Choice): void {
    if ('pause' in choice) {
      this.time += choice.pause
      this.trace.note('', `${choice.pause} ms pass`, 'done')
      return
    }
    const { step, fate } = choice
    this.stepsTaken += 1
    if (fate !== 'done' && fate !== 'answered late') this.mishaps += 1
    this.#waiting.splice(this.#waiting.indexOf(step), 1)
    this.time = Math.max(this.time, step.notBefore)
    this.trace.note(step.task?.name ?? 'network', step.name, fate)
    if (fate === 'crash before' && step.task !== undefined) void this.crash(step.task)
    else step.proceed(fate)
  }
}

/** Of its own: one promise for all would keep everybody who ever waited for it. */
function never(): Promise<never> {
  return new Promise(() => {})
}

/** A tick comes when no microtask is left: every task is at its next step, or has ended. */
function allElse(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}
