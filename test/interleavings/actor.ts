import type { SessionRowId } from '../../functions/domain/identifiers.ts'
import type { Clock, FlowEvent } from '../../functions/flows/ports.ts'
import type { Chance } from './chance.ts'
import type { IssuedTokens, KnownSession, Lease, Use } from './known-session.ts'
import type { Scheduler, Task } from './scheduler.ts'

/** What one kind of task may do to sessions. */
export interface Rights {
  /** Whether it is right that this task removes the row of this session now. */
  mayRemove(session: KnownSession, actor: Actor): boolean
  /** Of a login alone: what it opens. */
  opens?(rowId: SessionRowId): KnownSession
  /** Of a back-channel logout alone. */
  readonly jti?: string
}

/** A task with what the observer knows of it. */
export interface Actor extends Task {
  readonly rights: Rights
  readonly chance: Chance
  /** Of its instance. */
  readonly clock: Clock
  /** The number of the step with which it began, and the time of its instance then, in epoch seconds. */
  begunAt: number
  begunSecond: number
  /** Epoch milliseconds, the first by the clock of its instance. */
  deadlineAt: number
  endedAt?: number
  lease?: Lease
  use?: Use
  /** The tokens that an upstream rejected. */
  rejected?: IssuedTokens
  /** What it put on record. */
  readonly events: Set<FlowEvent['event']>
  /** What went wrong for it, so that it may be answered with a failure, or need not do what it else must. */
  readonly troubles: Set<'store' | 'server' | 'repeated'>
}

/** A timer fires late where the process is busy, in milliseconds. */
const LATEST_TIMER = 100

/** @param skew milliseconds by which the clock of the instance is ahead. */
export function clockFor(scheduler: Scheduler, task: Task, skew: number): Clock {
  const milliseconds = () => scheduler.time + skew
  return {
    milliseconds,
    now: () => Math.floor(milliseconds() / 1000),
    async pause(duration) {
      const notBefore = Math.ceil(scheduler.time + duration)
      await scheduler.turn(task, 'pauses', {
        notBefore,
        until: notBefore + LATEST_TIMER,
        fates: ['crash before'],
      })
    },
  }
}
