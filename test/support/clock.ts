import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../functions/flows/ports.ts'

export interface TestClock extends Clock {
  advance(seconds: number): void
}

/** A clock that stands still until it is moved. */
export function testClock(startsAt = Math.floor(Date.now() / 1000)): TestClock {
  let milliseconds = startsAt * 1000
  return {
    now: () => Math.floor(milliseconds / 1000),
    milliseconds: () => milliseconds,
    pause: (duration) => sleep(Math.min(duration, 20)),
    advance: (seconds) => {
      milliseconds += seconds * 1000
    },
  }
}
