import { describe, expect, it } from 'vitest'
import type { Claims } from '../../functions/domain/claims.ts'
import { type LogoutTokenExpectations, readLogoutToken } from '../../functions/domain/logout-token.ts'

const NOW = 1_800_000_000
const ISSUER = 'https://login.example.com'
const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const EXPECTED: LogoutTokenExpectations = {
  issuer: ISSUER,
  clientId: 'client-1',
  trustedAudiences: ['api-1'],
  typ: 'lenient',
  now: NOW,
}
const CLAIMS: Claims = {
  iss: ISSUER,
  aud: 'client-1',
  iat: NOW,
  exp: NOW + 120,
  jti: 'jti-1',
  events: { [EVENT]: {} },
  sub: 'user-1',
}

function read(claims: Claims, type: unknown = 'logout+jwt', expected: Partial<LogoutTokenExpectations> = {}) {
  const all = Object.entries({ ...CLAIMS, ...claims }).filter(([, value]) => value !== undefined)
  return readLogoutToken(Object.fromEntries(all), type, { ...EXPECTED, ...expected })
}

const ACCEPTED = {
  issuer: ISSUER,
  jti: 'jti-1',
  expiresAt: NOW + 150,
  target: { kind: 'sub', value: 'user-1' },
}

describe('a logout token', () => {
  it('is read as what it asks for, and how long it could come again [LO-12] [LO-16]', () => {
    expect(read({})).toEqual(ACCEPTED)
    expect(read({ exp: NOW + 119.2 })).toEqual(ACCEPTED)
  })

  it.each([
    ['sub alone ends all sessions of the subject', {}, { kind: 'sub', value: 'user-1' }],
    ['sid beside sub ends one session', { sid: 'session-1' }, { kind: 'sid', value: 'session-1' }],
    ['sid alone ends one session', { sub: undefined, sid: 'session-1' }, { kind: 'sid', value: 'session-1' }],
  ])('with %s [LO-12] [LO-17]', (_, claims, target) => {
    expect(read(claims)).toEqual({ ...ACCEPTED, target })
  })

  it.each([
    ['neither sub nor sid', { sub: undefined }],
    ['an empty sub', { sub: '' }],
    ['a sub that is a number', { sub: 1 }],
    ['a sub of 256 characters', { sub: 'x'.repeat(256) }],
    ['an empty sid', { sid: '' }],
    ['a sid that is a list', { sid: ['session-1'] }],
    ['a sid that is null', { sid: null }],
    ['a sid of 1025 characters', { sid: 'x'.repeat(1025) }],
    ['a sound sid beside a sub of a wrong form', { sid: 'session-1', sub: 'usér' }],
  ])('with %s is refused as a whole [LO-12]', (_, claims) => {
    expect(read(claims)).toBe('target-missing')
  })

  it.each([undefined, '', 7, null, ['jti-1'], 'x'.repeat(1025)])(
    'with the jti %j is refused [LO-12]',
    (jti) => {
      expect(read({ jti })).toBe('jti-missing')
    },
  )

  it.each([undefined, `${ISSUER}/`, 'https://evil.example', [ISSUER], ''])(
    'of the issuer %j is refused [LO-11]',
    (iss) => {
      expect(read({ iss })).toBe('issuer-unexpected')
    },
  )

  it.each([undefined, 'client-2', [], ['client-1', 'client-2'], 'api-1', null])(
    'for the audience %j is refused [LO-11]',
    (aud) => {
      expect(read({ aud })).toBe('audience-untrusted')
    },
  )

  it.each([[['client-1']], [['api-1', 'client-1']]])('for the audience %j is accepted [LO-11]', (aud) => {
    expect(read({ aud })).toEqual(ACCEPTED)
  })

  it.each([undefined, NOW + 61, NOW - 601, String(NOW), null])('issued at %j is refused [LO-11]', (iat) => {
    expect(read({ iat })).toBe('issued-at-implausible')
  })

  it.each([NOW + 60, NOW - 600])('issued at %j is accepted [LO-11]', (iat) => {
    expect(read({ iat })).toEqual(ACCEPTED)
  })

  it.each([undefined, NOW - 30, String(NOW + 120), null, Number.NaN])(
    'that expires at %j is refused [LO-11]',
    (exp) => {
      expect(read({ exp })).toBe('expired')
    },
  )

  it('is accepted within the leeway of its expiry [LO-11]', () => {
    expect(read({ exp: NOW - 29 })).toEqual({ ...ACCEPTED, expiresAt: NOW + 1 })
  })

  it.each([NOW + 31, String(NOW), null])('not to be used before %j is refused [LO-11]', (nbf) => {
    expect(read({ nbf })).toBe('not-yet-valid')
  })

  it.each([NOW, NOW + 30])('not to be used before %j is accepted [LO-11]', (nbf) => {
    expect(read({ nbf })).toEqual(ACCEPTED)
  })
})

describe('the events of a logout token', () => {
  it.each([
    ['missing', undefined],
    ['null', null],
    ['a text', EVENT],
    ['a list', [EVENT]],
    ['a list with the member', Object.assign([], { [EVENT]: {} })],
    ['empty', {}],
    ['of another kind', { 'http://schemas.openid.net/event/other': {} }],
    ['of the same name in another case', { [EVENT.toUpperCase()]: {} }],
    ['with a text as the value', { [EVENT]: '' }],
    ['with true as the value', { [EVENT]: true }],
    ['with null as the value', { [EVENT]: null }],
    ['with a list as the value', { [EVENT]: [] }],
    ['inherited and not their own', Object.create({ [EVENT]: {} })],
  ])('that are %s make it refused [LO-13]', (_, events) => {
    expect(read({ events })).toBe('events-unexpected')
  })

  it.each([
    ['with members in the value', { [EVENT]: { reason: 'x' } }],
    ['beside others', { [EVENT]: {}, 'https://example.com/event': 'x' }],
  ])('may be %s [LO-13]', (_, events) => {
    expect(read({ events })).toEqual(ACCEPTED)
  })
})

describe('a nonce in a logout token', () => {
  it.each(['n-1', '', null, false, 0])('makes it refused, even as %j [LO-14]', (nonce) => {
    expect(read({ nonce })).toBe('nonce-present')
  })
})

describe('the typ of a logout token', () => {
  it.each([
    ['logout+jwt', true, true],
    ['LOGOUT+JWT', true, true],
    ['application/logout+jwt', true, true],
    [undefined, true, false],
    ['JWT', true, false],
    ['application/jwt', true, false],
    ['at+jwt', false, false],
    ['id_token+jwt', false, false],
    ['dpop+jwt', false, false],
    ['logout+jwt ', false, false],
    ['x-application/logout+jwt', false, false],
    ['', false, false],
    [null, false, false],
    [['logout+jwt'], false, false],
  ])('%j is accepted leniently: %s, strictly: %s [LO-15]', (type, leniently, strictly) => {
    const outcome = (accepted: boolean) => (accepted ? ACCEPTED : 'type-unexpected')
    expect(readLogoutToken(CLAIMS, type, EXPECTED)).toEqual(outcome(leniently))
    expect(readLogoutToken(CLAIMS, type, { ...EXPECTED, typ: 'strict' })).toEqual(outcome(strictly))
  })
})
