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
    advance: (seconds) => {
      milliseconds += seconds * 1000
    },
  }
}
