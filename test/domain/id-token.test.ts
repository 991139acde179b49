import { describe, expect, it } from 'vitest'
import type { Claims } from '../../functions/domain/claims.ts'
import { type IdTokenExpectations, isUnambiguous, refuseIdToken } from '../../functions/domain/id-token.ts'

const NOW = 1_800_000_000
const EXPECTED: IdTokenExpectations = {
  clientId: 'client-1',
  trustedAudiences: ['api-1', 'api-2'],
  accessToken: 'jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y',
  now: NOW,
}
const CLAIMS: Claims = { sub: 'user-1', aud: 'client-1', iat: NOW }

function judge(claims: Claims, header: { readonly algorithm?: string; readonly type?: string } = {}) {
  const { algorithm = 'RS256', type } = header
  return refuseIdToken({ algorithm, type, claims: { ...CLAIMS, ...claims } }, EXPECTED)
}

function without(name: string): Claims {
  return Object.fromEntries(Object.entries(CLAIMS).filter(([other]) => other !== name))
}

function judgeWithout(name: string) {
  return refuseIdToken({ algorithm: 'RS256', type: 'JWT', claims: without(name) }, EXPECTED)
}

describe('the kind of an ID token', () => {
  it.each([undefined, 'JWT', 'jwt'])('may be said as typ %s [IT-15]', (type) => {
    expect(refuseIdToken({ algorithm: 'RS256', type, claims: CLAIMS }, EXPECTED)).toBeUndefined()
  })

  it.each(['at+jwt', 'application/at+jwt', 'logout+jwt', 'dpop+jwt', 'client-authentication+jwt', 'JWE', ''])(
    'is not that of a token with typ %j [IT-15]',
    (type) => {
      expect(judge({}, { type })).toBe('type-unexpected')
    },
  )

  it.each([
    ['a logout token', { 'http://schemas.openid.net/event/backchannel-logout': {} }],
    ['no events', {}],
    ['a void value', null],
  ])('is not that of a token with an events claim: %s [IT-15]', (_, events) => {
    expect(judge({ events })).toBe('type-unexpected')
  })
})

describe('the audience of an ID token', () => {
  it.each([
    ['our client as a string', { aud: 'client-1' }],
    ['our client as the only element', { aud: ['client-1'] }],
    ['our client beside a trusted audience', { aud: ['api-1', 'client-1'], azp: 'client-1' }],
    ['our client beside every trusted audience', { aud: ['client-1', 'api-1', 'api-2'], azp: 'client-1' }],
  ])('may be %s [IT-02]', (_, claims) => {
    expect(judge(claims)).toBeUndefined()
  })

  it.each([
    ['another client', { aud: 'client-2' }],
    ['another spelling of our client', { aud: 'Client-1' }],
    ['a longer name that begins like ours', { aud: 'client-1.evil' }],
    ['a list inside a string', { aud: 'client-1 api-1' }],
    ['no element', { aud: [] }],
    ['a trusted audience without us', { aud: ['api-1'], azp: 'client-1' }],
    ['us beside an untrusted audience', { aud: ['client-1', 'other'], azp: 'client-1' }],
    ['us beside a value that is no text', { aud: ['client-1', 1], azp: 'client-1' }],
    ['a list in a list', { aud: [['client-1']] }],
    ['an object', { aud: { 0: 'client-1' } }],
    ['void', { aud: null }],
  ])('may not be %s [IT-02]', (_, claims) => {
    expect(judge(claims)).toBe('audience-untrusted')
  })

  it('may not be missing [IT-02]', () => {
    expect(judgeWithout('aud')).toBe('audience-untrusted')
  })
})

describe('the authorized party of an ID token', () => {
  it('may be missing when we are the only audience [IT-03]', () => {
    expect(judge({ aud: ['client-1'] })).toBeUndefined()
  })

  it.each([
    ['another client', { azp: 'client-2' }],
    ['a trusted audience that is not us', { aud: ['client-1', 'api-1'], azp: 'api-1' }],
    ['empty', { azp: '' }],
    ['void', { azp: null }],
    ['a list', { azp: ['client-1'] }],
    ['missing beside several audiences', { aud: ['client-1', 'api-1'] }],
  ])('may not be %s [IT-03]', (_, claims) => {
    expect(judge(claims)).toBe('authorized-party-unexpected')
  })
})

describe('the time at which an ID token was issued', () => {
  it.each([
    ['now', 0],
    ['10 s ahead of our clock', 10],
    ['60 s ahead of our clock', 60],
    ['600 s ago', -600],
  ])('may be %s [IT-09]', (_, seconds) => {
    expect(judge({ iat: NOW + seconds })).toBeUndefined()
  })

  it.each([
    ['61 s ahead of our clock', NOW + 61],
    ['601 s ago', NOW - 601],
    ['in milliseconds', NOW * 1000],
    ['the beginning of time', 0],
    ['text', String(NOW)],
    ['no number', Number.NaN],
    ['beyond all numbers', Number.POSITIVE_INFINITY],
    ['void', null],
  ])('may not be %s [IT-09]', (_, iat) => {
    expect(judge({ iat })).toBe('issued-at-implausible')
  })

  it('may not be missing [IT-09]', () => {
    expect(judgeWithout('iat')).toBe('issued-at-implausible')
  })
})

describe('the subject of an ID token', () => {
  it.each([
    ['one character', 'x'],
    ['255 characters', 'x'.repeat(255)],
    ['what an address or a URL looks like', 'auth0|a@b.example/~!'],
  ])('may be %s [IT-10]', (_, sub) => {
    expect(judge({ sub })).toBeUndefined()
  })

  it.each([
    ['empty', ''],
    ['256 characters', 'x'.repeat(256)],
    ['a number', 1],
    ['void', null],
    ['a list', ['user-1']],
    ['beyond ASCII', 'zoë'],
    ['a control character', 'user\u0000'],
    ['ended by a line end', 'user-1\n'],
  ])('may not be %s [IT-10]', (_, sub) => {
    expect(judge({ sub })).toBe('subject-invalid')
  })

  it('may not be missing [IT-10]', () => {
    expect(judgeWithout('sub')).toBe('subject-invalid')
  })
})

/** The access token of OpenID Connect Core appendix A.3; its SHA-256 value stands there, the others are openssl's. */
const LEFT_HALVES = {
  sha256: '77QmUPtjPfzWtF2AnpK9RQ',
  sha384: 'jtAeDp945y1dDqU3nkIVGNZP1HjH_MFs',
  sha512: 'q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM',
}

describe('the access token hash of an ID token', () => {
  const ALGORITHMS = [
    ['RS256', 'sha256'],
    ['PS256', 'sha256'],
    ['ES256', 'sha256'],
    ['HS256', 'sha256'],
    ['RS384', 'sha384'],
    ['ES384', 'sha384'],
    ['PS512', 'sha512'],
    ['ES512', 'sha512'],
    ['EdDSA', 'sha512'],
    ['Ed25519', 'sha512'],
  ] as const

  it.each(ALGORITHMS)('of a token signed by %s is the left half of a %s [IT-12]', (algorithm, hash) => {
    expect(judge({ at_hash: LEFT_HALVES[hash] }, { algorithm })).toBeUndefined()
  })

  it.each(ALGORITHMS)('of a token signed by %s is of no other hash than %s [IT-12]', (algorithm, hash) => {
    const others = Object.entries(LEFT_HALVES).filter(([name]) => name !== hash)
    const verdicts = others.map(([, value]) => judge({ at_hash: value }, { algorithm }))
    expect(verdicts).toEqual(['access-token-hash-mismatch', 'access-token-hash-mismatch'])
  })

  it.each(['RS256', 'ES384', 'Ed25519'])('is refused when wrong, for %s [IT-12]', (algorithm) => {
    const own = { RS256: 'sha256', ES384: 'sha384', Ed25519: 'sha512' } as const
    const right = LEFT_HALVES[own[algorithm as keyof typeof own]]
    for (const wrong of [
      `${right}=`,
      right.slice(1),
      right.toUpperCase(),
      `A${right.slice(1)}`,
      '',
      null,
      1,
    ]) {
      expect(judge({ at_hash: wrong }, { algorithm })).toBe('access-token-hash-mismatch')
    }
  })

  it('is of this access token and of no other [IT-12]', () => {
    const token = { algorithm: 'RS256', type: 'JWT', claims: { ...CLAIMS, at_hash: LEFT_HALVES.sha256 } }
    const other = { ...EXPECTED, accessToken: `${EXPECTED.accessToken}x` }
    expect(refuseIdToken(token, other)).toBe('access-token-hash-mismatch')
  })

  it('may be missing [IT-12]', () => {
    expect(judge({})).toBeUndefined()
  })
})

describe('a compact JWS', () => {
  const jws = (header: string, claims: string) =>
    `${[header, claims].map((part) => Buffer.from(part).toString('base64url')).join('.')}.c2ln`

  it('can be read in one way if it is JSON with no member twice [IT-16]', () => {
    expect(isUnambiguous(jws('{"alg":"RS256"}', '{"sub":"a"}'))).toBe(true)
    expect(isUnambiguous(jws('{"alg":"RS256"}', '{"sub":"a","sub":"b"}'))).toBe(false)
  })

  it.each(['{"\\q":1}', 'not JSON', '{"sub":', '"'.repeat(60_000)])(
    'that is no JSON is no JWS, and costs no time to find out: %#',
    (claims) => {
      expect(isUnambiguous(jws('{"alg":"RS256"}', claims))).toBe(false)
    },
  )
})
