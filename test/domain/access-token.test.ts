import { describe, expect, it } from 'vitest'
import {
  accessTokenOf,
  isDueForRefresh,
  isLive,
  mayRefreshRejected,
} from '../../functions/domain/access-token.ts'
import type { AccessToken, Session } from '../../functions/domain/session.ts'

const NOW = 1_800_000_000
const TOKEN: AccessToken = { value: 'at-1', type: 'bearer', receivedAt: NOW, expiresAt: NOW + 300 }
const SESSION: Session = {
  issuer: 'https://login.example.com',
  subject: 'user-1',
  claims: {},
  tokens: { accessTokens: { default: TOKEN }, refreshToken: 'rt-1', idToken: 'e30.e30.' },
  begunAt: NOW * 1000,
  openedAt: NOW,
}

const lasting = (seconds: number): AccessToken => ({ ...TOKEN, expiresAt: NOW + seconds })
const { expiresAt: _, ...OF_UNKNOWN_LIFE } = TOKEN

describe('the access token of a session', () => {
  it('is the one that was issued for this audience, and no other [PX-07]', () => {
    expect(accessTokenOf(SESSION, 'default')).toBe(TOKEN)
    const tokens = { ...SESSION.tokens, accessTokens: { 'https://orders.example': TOKEN } }
    expect(accessTokenOf({ ...SESSION, tokens }, 'https://orders.example')).toBe(TOKEN)
    expect(accessTokenOf({ ...SESSION, tokens }, 'default')).toBeUndefined()
    expect(accessTokenOf({ ...SESSION, tokens }, 'constructor')).toBeUndefined()
  })

  it.each([
    [299, true],
    [300, false],
    [301, false],
  ])('lives %i seconds after it came: %s', (age, lives) => {
    expect(isLive(TOKEN, NOW + age)).toBe(lives)
  })

  it('of unknown lifetime lives, and is never due, until an upstream rejects it [TE-09]', () => {
    expect(isLive(OF_UNKNOWN_LIFE, NOW + 86_400)).toBe(true)
    expect(isDueForRefresh(OF_UNKNOWN_LIFE, NOW + 86_400)).toBe(false)
  })
})

describe('a refresh is due', () => {
  it.each([
    ['a minute before the end of an hour', 3600, 3540, 3541],
    ['a minute before the end of ten minutes', 600, 540, 541],
    ['a tenth before the end of five minutes', 300, 270, 271],
    ['a tenth before the end of ten seconds', 10, 9, 10],
  ])('when less is left than %s', (_, life, notYet, due) => {
    expect(isDueForRefresh(lasting(life), NOW + notYet)).toBe(false)
    expect(isDueForRefresh(lasting(life), NOW + due)).toBe(true)
  })

  it('not at once for a token that has just come, however short it lives', () => {
    for (const life of [1, 2, 5, 60]) expect(isDueForRefresh(lasting(life), NOW)).toBe(false)
  })

  it('for a token that has expired', () => {
    expect(isDueForRefresh(lasting(0), NOW + 1)).toBe(true)
    expect(isDueForRefresh(TOKEN, NOW + 86_400)).toBe(true)
  })
})

describe('a token that an upstream rejected', () => {
  it('is worth a refresh if none was rejected in the last minute [RF-10]', () => {
    expect(mayRefreshRejected(SESSION, NOW)).toBe(true)
    expect(mayRefreshRejected({ ...SESSION, rejectedAt: NOW - 59 }, NOW)).toBe(false)
    expect(mayRefreshRejected({ ...SESSION, rejectedAt: NOW - 60 }, NOW)).toBe(true)
  })

  it('is worth none without a refresh token [RF-10]', () => {
    const { refreshToken: __, ...tokens } = SESSION.tokens
    expect(mayRefreshRejected({ ...SESSION, tokens }, NOW)).toBe(false)
  })
})
