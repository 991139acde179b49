import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sessionRowId } from '../../functions/domain/identifiers.ts'
import {
  isBackingOff,
  isLeased,
  type LongestLegs,
  leaseUntil,
  longestRefresh,
  nextAttempt,
} from '../../functions/domain/refresh-lease.ts'
import type { SessionRow } from '../../functions/domain/session.ts'
import { tokenOfAll } from './random-tokens.ts'

const NOW = 1_800_000_000
const ROW: SessionRow = {
  id: sessionRowId(tokenOfAll(1)),
  sealed: new Uint8Array(),
  idleExpiresAt: NOW + 1800,
  absoluteExpiresAt: NOW + 28_800,
  version: 1,
}
const LEGS: LongestLegs = { answerMilliseconds: 5000, statementMilliseconds: 5000 }

describe('a lease', () => {
  it('lasts longer than the write of the lease, the token request and the write of the tokens', () => {
    expect(longestRefresh(LEGS)).toBe(15_000)
    expect(leaseUntil(LEGS, NOW)).toBe(NOW + 18)
    expect(leaseUntil({ answerMilliseconds: 100, statementMilliseconds: 1 }, NOW)).toBe(NOW + 4)
  })

  it('outlives any refresh on clocks that differ by 2 s and by a fraction of a second [RF-04]', () => {
    const milliseconds = fc.integer({ min: 1, max: 20_000 })
    const fraction = fc.integer({ min: 0, max: 999 })
    fc.assert(
      fc.property(milliseconds, milliseconds, fraction, (answer, statement, lost) => {
        const legs = { answerMilliseconds: answer, statementMilliseconds: statement }
        const endsAt = NOW * 1000 + lost + longestRefresh(legs)
        expect(leaseUntil(legs, NOW) * 1000).toBeGreaterThan(endsAt + 2000)
      }),
    )
  })

  it.each([
    [undefined, false],
    [NOW + 1, true],
    [NOW, false],
    [NOW - 1, false],
  ])('until %j excludes others now: %s', (refreshLeaseUntil, excludes) => {
    const row = refreshLeaseUntil === undefined ? ROW : { ...ROW, refreshLeaseUntil }
    expect(isLeased(row, NOW)).toBe(excludes)
  })
})

describe('after a refresh that failed', () => {
  it.each([
    [undefined, false],
    [NOW + 1, true],
    [NOW, false],
  ])('none is tried before %j, so it is held off: %s [RF-09]', (refreshNotBefore, heldOff) => {
    const row = refreshNotBefore === undefined ? ROW : { ...ROW, refreshNotBefore }
    expect(isBackingOff(row, NOW)).toBe(heldOff)
  })

  it('the pauses double from 2 s to 30 s [RF-09]', () => {
    let row = ROW
    const pauses: number[] = []
    for (let time = 0; time < 7; time += 1) {
      const next = nextAttempt(row, NOW)
      pauses.push(next.refreshNotBefore - NOW)
      row = { ...row, ...next }
    }
    expect(pauses).toEqual([2, 4, 8, 16, 30, 30, 30])
    expect(row.refreshFailures).toBe(7)
  })

  it('the pause stays 30 s however often it failed [RF-09]', () => {
    expect(nextAttempt({ ...ROW, refreshFailures: 5000 }, NOW).refreshNotBefore).toBe(NOW + 30)
  })
})
