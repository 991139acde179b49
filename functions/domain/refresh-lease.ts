import type { SessionRow } from './session.ts'

/** The longest that each leg of a refresh may take, in milliseconds. */
export interface LongestLegs {
  readonly answerMilliseconds: number
  readonly statementMilliseconds: number
}

const CLOCK_SKEW_MILLISECONDS = 2000

/** What a refresh may take from the write of its lease to the write of its tokens. */
export function longestRefresh({ answerMilliseconds, statementMilliseconds }: LongestLegs): number {
  return statementMilliseconds + answerMilliseconds + statementMilliseconds
}

/**
 * Epoch seconds until which a lease taken now excludes others: longer than the refresh can take, on clocks that differ
 * by up to 2 s, and a whole second more for the one that `now` may already have lost.
 */
export function leaseUntil(longest: LongestLegs, now: number): number {
  return now + Math.ceil((longestRefresh(longest) + CLOCK_SKEW_MILLISECONDS) / 1000) + 1
}

export function isLeased({ refreshLeaseUntil = 0 }: SessionRow, now: number): boolean {
  return now < refreshLeaseUntil
}

export function isBackingOff({ refreshNotBefore = 0 }: SessionRow, now: number): boolean {
  return now < refreshNotBefore
}

const FIRST_PAUSE_SECONDS = 2
const LONGEST_PAUSE_SECONDS = 30

/** After a failed refresh: until when no other is tried. 2 s, doubling to 30 s. */
export function nextAttempt({ refreshFailures = 0 }: SessionRow, now: number) {
  const pause = Math.min(FIRST_PAUSE_SECONDS * 2 ** refreshFailures, LONGEST_PAUSE_SECONDS)
  return { refreshNotBefore: now + pause, refreshFailures: refreshFailures + 1 }
}
