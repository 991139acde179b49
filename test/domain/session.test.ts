import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sessionRowId } from '../../functions/domain/identifiers.ts'
import { SEAL_IV_BYTES, seal } from '../../functions/domain/sealing.ts'
import {
  firstExpiry,
  hasEnded,
  openSession,
  type Session,
  type SessionLimits,
  type SessionRow,
  sessionSeal,
  slideIdleExpiry,
} from '../../functions/domain/session.ts'
import { randomTokens, tokenOfAll } from './random-tokens.ts'

const LIMITS: SessionLimits = { idleSeconds: 1800, absoluteSeconds: 28_800 }
const OPENED_AT = 1_800_000_000
const IDENTIFIER = tokenOfAll(1)
const SESSION: Session = {
  issuer: 'https://as.example.com',
  subject: 'user-1',
  claims: { sub: 'user-1', name: 'Zoë' },
  tokens: {
    accessTokens: {
      default: { value: 'at-1', type: 'bearer', receivedAt: OPENED_AT, expiresAt: OPENED_AT + 300 },
    },
    refreshToken: 'rt-1',
    idToken: 'e30.e30.',
  },
  begunAt: OPENED_AT * 1000 - 5000,
  openedAt: OPENED_AT,
}

function rowOpenedAt(now: number, limits: SessionLimits): SessionRow {
  const key = { id: sessionRowId(IDENTIFIER), ...firstExpiry(limits, now) }
  const sealed = seal(
    IDENTIFIER,
    new Uint8Array(SEAL_IV_BYTES).fill(2),
    JSON.stringify(SESSION),
    sessionSeal(key),
  )
  return { ...key, sealed, version: 1 }
}

const ROW = rowOpenedAt(OPENED_AT, LIMITS)

describe('a session', () => {
  it('comes back whole under its identifier [ST-05]', () => {
    expect(openSession(ROW, IDENTIFIER)).toEqual(SESSION)
  })

  it('opens under no other identifier [ST-05]', () => {
    fc.assert(
      fc.property(randomTokens, (identifier) => {
        fc.pre(identifier !== IDENTIFIER)
        expect(openSession(ROW, identifier)).toBeUndefined()
      }),
    )
  })

  it.each<[string, Partial<SessionRow>]>([
    ['in the row of another session', { id: sessionRowId(tokenOfAll(3)) }],
    ['with an absolute limit that was moved', { absoluteExpiresAt: ROW.absoluteExpiresAt + 1 }],
  ])('does not open %s [ST-06]', (_, change) => {
    expect(openSession({ ...ROW, ...change }, IDENTIFIER)).toBeUndefined()
  })

  it('opens after its idle limit was moved, which is not a new session [SC-12]', () => {
    const moved = { ...ROW, idleExpiresAt: ROW.idleExpiresAt + 60 }
    expect(openSession(moved, IDENTIFIER)).toEqual(SESSION)
  })
})

describe('the end of a session', () => {
  const row = { ...ROW, idleExpiresAt: 2000, absoluteExpiresAt: 3000 }

  it.each([
    ['one second before its idle limit', 1999, row, false],
    ['at its idle limit', 2000, row, true],
    ['after its idle limit', 2001, row, true],
    ['one second before both limits', 2999, { ...row, idleExpiresAt: 3000 }, false],
    ['at its absolute limit', 3000, { ...row, idleExpiresAt: 3000 }, true],
    ['at its absolute limit, whatever the idle limit says', 3000, { ...row, idleExpiresAt: 9000 }, true],
  ])('is decided by time, though the row is still there: %s [SC-12] [ST-01]', (_, now, shown, ended) => {
    expect(hasEnded(shown, now)).toBe(ended)
  })
})

describe('the limits of a new session', () => {
  it('are counted from the moment it was opened [SC-12]', () => {
    expect(firstExpiry(LIMITS, 1000)).toEqual({ idleExpiresAt: 2800, absoluteExpiresAt: 29_800 })
  })

  it('never let the idle limit lie beyond the absolute one [SC-12]', () => {
    expect(firstExpiry({ idleSeconds: 600, absoluteSeconds: 60 }, 1000)).toEqual({
      idleExpiresAt: 1060,
      absoluteExpiresAt: 1060,
    })
  })
})

describe('the idle limit of a session in use', () => {
  it.each([
    ['half an hour: at most 180 s early', 1800, 180],
    ['ten minutes: at most 60 s early', 600, 60],
    ['a day: at most 300 s early', 86_400, 300],
    ['50 minutes, where both bounds meet', 3000, 300],
  ])('moves after the smaller of 300 s and a tenth, not sooner; with %s [SC-12]', (_, idleSeconds, slack) => {
    const limits = { idleSeconds, absoluteSeconds: 10 * 86_400 }
    const row = rowOpenedAt(OPENED_AT, limits)
    expect(slideIdleExpiry(row, limits, OPENED_AT + slack)).toBeUndefined()
    expect(slideIdleExpiry(row, limits, OPENED_AT + slack + 1)).toBe(OPENED_AT + slack + 1 + idleSeconds)
  })

  it('moves up to the absolute limit and then no more [SC-12] [RF-11]', () => {
    const row = { ...ROW, idleExpiresAt: ROW.absoluteExpiresAt - 900 }
    const now = ROW.absoluteExpiresAt - 1000
    expect(slideIdleExpiry(row, LIMITS, now)).toBe(ROW.absoluteExpiresAt)
    const moved = { ...row, idleExpiresAt: ROW.absoluteExpiresAt }
    expect(slideIdleExpiry(moved, LIMITS, now + 500)).toBeUndefined()
  })

  it('does not move when the limits in force have become shorter than what it has [SC-12]', () => {
    expect(slideIdleExpiry(ROW, { ...LIMITS, idleSeconds: 300 }, OPENED_AT + 200)).toBeUndefined()
  })

  const uses = fc.record({
    idleSeconds: fc.integer({ min: 60, max: 86_400 }),
    absoluteSeconds: fc.integer({ min: 60, max: 400_000 }),
    gaps: fc.array(fc.integer({ min: 0, max: 2000 }), { minLength: 1, maxLength: 60 }),
  })

  it('never lies beyond the absolute limit, and never moves back [SC-12] [RF-11]', () => {
    fc.assert(
      fc.property(uses, ({ gaps, ...limits }) => {
        for (const { before, row } of useSession(limits, gaps)) {
          expect(row.idleExpiresAt).toBeLessThanOrEqual(row.absoluteExpiresAt)
          expect(row.idleExpiresAt).toBeGreaterThanOrEqual(before.idleExpiresAt)
        }
      }),
    )
  })

  it('leaves whoever uses the session all the idle time but the slack [SC-12]', () => {
    fc.assert(
      fc.property(uses, ({ gaps, ...limits }) => {
        for (const { now, row } of useSession(limits, gaps)) {
          const promised = now + limits.idleSeconds - slackOf(limits)
          expect(row.idleExpiresAt).toBeGreaterThanOrEqual(Math.min(promised, row.absoluteExpiresAt))
        }
      }),
    )
  })

  it('costs at most one write in each slack [SC-12]', () => {
    fc.assert(
      fc.property(uses, ({ gaps, ...limits }) => {
        const writes = useSession(limits, gaps).filter(({ before, row }) => row !== before)
        const moments = [OPENED_AT, ...writes.map(({ now }) => now)]
        const pauses = moments.slice(1).map((moment, index) => moment - (moments[index] ?? 0))
        expect(pauses.filter((pause) => pause <= slackOf(limits))).toEqual([])
      }),
    )
  })
})

/** The bound that the design states: the smaller of 5 minutes and a tenth of the idle limit. */
function slackOf({ idleSeconds }: SessionLimits): number {
  return Math.min(300, idleSeconds / 10)
}

/** Uses a session after each gap until it has ended, and stores what each use asks to be stored. */
function useSession(limits: SessionLimits, gaps: readonly number[]) {
  const uses: { readonly now: number; readonly before: SessionRow; readonly row: SessionRow }[] = []
  let row = { ...ROW, ...firstExpiry(limits, OPENED_AT) }
  let now = OPENED_AT
  for (const gap of gaps) {
    now += gap
    if (hasEnded(row, now)) return uses
    const before = row
    const idleExpiresAt = slideIdleExpiry(row, limits, now)
    if (idleExpiresAt !== undefined) row = { ...row, idleExpiresAt }
    uses.push({ now, before, row })
  }
  return uses
}
