import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bearerChallenges, tokenRefusal } from '../../functions/domain/challenge.ts'

const NOTHING = { error: undefined, scope: undefined, acrValues: undefined, maxAge: undefined }

describe('a WWW-Authenticate header', () => {
  it.each([
    ['Bearer', [NOTHING]],
    ['bEaReR realm="orders"', [NOTHING]],
    ['Bearer error="invalid_token"', [{ ...NOTHING, error: 'invalid_token' }]],
    ['Bearer error=invalid_token', [{ ...NOTHING, error: 'invalid_token' }]],
    ['Bearer ERROR = "invalid_token"', [{ ...NOTHING, error: 'invalid_token' }]],
    ['Bearer realm="a, Basic b", error="invalid_token"', [{ ...NOTHING, error: 'invalid_token' }]],
    ['Bearer realm="say \\"error=x\\"", error="in\\valid_token"', [{ ...NOTHING, error: 'invalid_token' }]],
    [
      'Bearer error="insufficient_user_authentication", acr_values="gold silver", max_age="60"',
      [{ ...NOTHING, error: 'insufficient_user_authentication', acrValues: 'gold silver', maxAge: '60' }],
    ],
    [
      'Bearer scope="a b" , error="insufficient_scope"',
      [{ ...NOTHING, error: 'insufficient_scope', scope: 'a b' }],
    ],
    ['Basic realm="x", Bearer error="invalid_token"', [{ ...NOTHING, error: 'invalid_token' }]],
    ['Bearer error="invalid_token", Basic error="other"', [{ ...NOTHING, error: 'invalid_token' }]],
    ['Negotiate YIIQ==, Bearer error="invalid_token"', [{ ...NOTHING, error: 'invalid_token' }]],
    ['Negotiate, Bearer error="invalid_token"', [{ ...NOTHING, error: 'invalid_token' }]],
    [', ,Bearer error="invalid_token",,', [{ ...NOTHING, error: 'invalid_token' }]],
    ['Bearer, Bearer error="invalid_token"', [NOTHING, { ...NOTHING, error: 'invalid_token' }]],
    ['Bearer error="first", error="second"', [{ ...NOTHING, error: 'first' }]],
    ['Bearer __proto__="x", error="invalid_token"', [{ ...NOTHING, error: 'invalid_token' }]],
  ])('is read as the challenges that it holds: %s [PX-18]', (header, challenges) => {
    expect(bearerChallenges(header)).toEqual(challenges)
  })

  it.each([
    '',
    ',',
    'Basic realm="Bearer error=invalid_token"',
    'Basic realm="x", error="invalid_token"',
    'DPoP error="invalid_token"',
    'Digest realm="x", nonce="Bearer error=\\"invalid_token\\""',
    'error="invalid_token"',
    'BearerX error="invalid_token"',
    '"Bearer" error="invalid_token"',
  ])('holds no Bearer challenge where there is none: %s [PX-18]', (header) => {
    expect(bearerChallenges(header)).toEqual([])
  })

  it.each([
    'Bearer error="invalid_token',
    'Bearer error="invalid_token"x',
    'Bearer error=',
    'Bearer x y error="invalid_token"',
  ])('says nothing where it cannot be read: %s', (header) => {
    expect(bearerChallenges(header).flatMap(({ error }) => error ?? [])).toEqual([])
  })

  it('never throws, and says what a quoted value says, whatever is in it [PX-18]', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (rubbish, value) => {
        bearerChallenges(rubbish)
        const quoted = value.replace(/["\\]/g, '\\$&')
        const header = `Basic realm="${quoted}", Bearer scope="${quoted}", error="insufficient_scope"`
        expect(bearerChallenges(header)).toEqual([{ ...NOTHING, scope: value, error: 'insufficient_scope' }])
      }),
    )
  })
})

describe('an answer of a resource server', () => {
  const refusal = (status: number, header: string) => tokenRefusal(status, bearerChallenges(header))

  it.each([
    [401, 'Bearer error="invalid_token"', { code: 'access-token-rejected' }],
    [401, 'Bearer, Bearer error="invalid_token"', { code: 'access-token-rejected' }],
    [403, 'Bearer error="insufficient_scope"', { code: 'insufficient-scope' }],
    [403, 'Bearer error="insufficient_scope", scope="a b:c"', { code: 'insufficient-scope', scope: 'a b:c' }],
    [401, 'Bearer error="insufficient_scope", scope="a"', { code: 'insufficient-scope', scope: 'a' }],
    [401, 'Bearer error="insufficient_user_authentication"', { code: 'step-up-required' }],
    [
      401,
      'Bearer error="insufficient_user_authentication", acr_values="urn:gold silver", max_age=0',
      { code: 'step-up-required', acrValues: 'urn:gold silver', maxAgeSeconds: 0 },
    ],
  ])('says of the token what can be acted on: %s %s [PX-18]', (status, header, expected) => {
    expect(refusal(status, header)).toEqual(expected)
  })

  it.each([
    [403, 'Bearer error="insufficient_scope", scope="<script>"', true],
    [403, 'Bearer error="insufficient_scope", scope="a  b"', false],
    [403, 'Bearer error="insufficient_scope", scope=""', false],
    [403, 'Bearer error="insufficient_scope", scope="a\tb"', false],
    [403, 'Bearer error="insufficient_scope", scope="Zoë"', false],
    [401, 'Bearer error="insufficient_user_authentication", max_age="-1"', false],
    [401, 'Bearer error="insufficient_user_authentication", max_age="1e9"', false],
    [401, 'Bearer error="insufficient_user_authentication", max_age="1234567890"', false],
    [401, 'Bearer error="insufficient_user_authentication", acr_values="a\\"b"', false],
  ])('says no value that is not of its form: %s %s [PX-18]', (status, header, isOfItsForm) => {
    expect(Object.keys(refusal(status, header) ?? {})).toHaveLength(isOfItsForm ? 2 : 1)
  })

  it.each([
    [200, 'Bearer error="invalid_token"'],
    [400, 'Bearer error="invalid_request"'],
    [401, 'Bearer'],
    [401, 'Bearer error="invalid_request"'],
    [401, 'Basic error="invalid_token"'],
    [403, 'Bearer error="invalid_token"'],
    [403, 'Bearer error="insufficient_user_authentication"'],
    [500, 'Bearer error="insufficient_scope"'],
  ])('says nothing of it otherwise: %s %s [PX-18]', (status, header) => {
    expect(refusal(status, header)).toBeUndefined()
  })
})
