import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { TestBff } from '../../support/bff.ts'
import { isSignedIn, logInAs, sendLogoutToken, startWithBackchannelLogout } from '../../support/logouts.ts'
import { CLIENT } from '../../support/scripted-authorization-server.ts'
import type { Visitor } from '../../support/visitor.ts'
import { anotherInstance } from '../validation/attempt.ts'

type Members = { readonly [name: string]: unknown }

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const ON = { BFF_BACKCHANNEL_LOGOUT: 'on' }

let bff: TestBff
let strict: TestBff
beforeAll(async () => {
  bff = await startWithBackchannelLogout({ environment: { BFF_TRUSTED_AUDIENCES: 'the-api' } })
  strict = await anotherInstance(bff, { ...ON, BFF_LOGOUT_TOKEN_TYP: 'strict' })
})
afterAll(() => bff.server.stop())

let visitor: Visitor
beforeEach(async () => {
  bff.clock.advance(1)
  visitor = await logInAs(bff, { sub: 'user-1', sid: 'session-1' })
})

/** What comes of a logout token for this session whose claims differ so from those of a right one. */
async function outcomeOf(claims: Members, header: Members = {}, at = bff) {
  const token = await bff.server.logoutToken({ sub: 'user-1', sid: 'session-1', ...claims }, header)
  bff.log.length = 0
  const { status, body } = await sendLogoutToken(at, token)
  return { status, body, lives: await isSignedIn(visitor) }
}

const ENDED = { status: 200, body: '', lives: false }
const REFUSED = { status: 400, body: '{"error":"invalid_request"}', lives: true }

describe('a logout token', () => {
  it('that is right ends the session it names [LO-11] [LO-12] [LO-13]', async () => {
    expect(await outcomeOf({})).toEqual(ENDED)
  })

  it.each<[string, (now: number, issuer: string) => Members]>([
    ['no iss', () => ({ iss: undefined })],
    ['the iss of another server', () => ({ iss: 'https://evil.example' })],
    ['our iss with a slash', (_, issuer) => ({ iss: `${issuer}/` })],
    ['our iss in a list', (_, issuer) => ({ iss: [issuer] })],
    ['no aud', () => ({ aud: undefined })],
    ['the aud of another client', () => ({ aud: 'another-client' })],
    ['an aud that nobody trusts beside us', () => ({ aud: [CLIENT.id, 'another-client'] })],
    ['a trusted aud without us', () => ({ aud: 'the-api' })],
    ['no iat', () => ({ iat: undefined })],
    ['an iat 61 seconds ahead', (now) => ({ iat: now + 61 })],
    ['an iat eleven minutes ago', (now) => ({ iat: now - 660 })],
    ['an iat that is a string', (now) => ({ iat: String(now) })],
    ['no exp', () => ({ exp: undefined })],
    ['an exp beyond the leeway', (now) => ({ exp: now - 30 })],
    ['an exp that is a string', (now) => ({ exp: String(now + 120) })],
    ['an nbf in the future', (now) => ({ nbf: now + 40 })],
  ])('with %s is refused, and ends nothing [LO-11]', async (_, change) => {
    expect(await outcomeOf(change(bff.clock.now(), bff.server.issuer))).toEqual(REFUSED)
  })

  it.each<[string, (now: number) => Members]>([
    ['an aud that is a list of one', () => ({ aud: [CLIENT.id] })],
    ['a trusted aud beside us', () => ({ aud: ['the-api', CLIENT.id] })],
    ['an iat ten seconds ahead', (now) => ({ iat: now + 10 })],
    ['an exp within the leeway', (now) => ({ exp: now - 20 })],
    ['an exp that is not whole', (now) => ({ exp: now + 0.5 })],
    ['claims that we do not know', () => ({ trace_id: 'x', at_hash: 'x', c_hash: 1 })],
  ])('with %s is accepted [LO-11]', async (_, change) => {
    expect(await outcomeOf(change(bff.clock.now()))).toEqual(ENDED)
  })

  it.each<[string, Members]>([
    ['neither sub nor sid', { sub: undefined, sid: undefined }],
    ['a sub that is a number', { sub: 1, sid: undefined }],
    ['an empty sid', { sid: '' }],
    ['a sid that is a list', { sid: ['session-1'] }],
    ['no jti', { jti: undefined }],
    ['an empty jti', { jti: '' }],
    ['a jti that is a number', { jti: 7 }],
  ])('with %s is refused, and ends nothing [LO-12]', async (_, claims) => {
    expect(await outcomeOf(claims)).toEqual(REFUSED)
  })

  it.each<[string, unknown]>([
    ['missing', undefined],
    ['of another kind', { 'http://schemas.openid.net/event/other': {} }],
    ['a text', EVENT],
    ['a list', [EVENT]],
    ['with a text as the value', { [EVENT]: 'yes' }],
    ['with null as the value', { [EVENT]: null }],
    ['with a list as the value', { [EVENT]: [] }],
  ])('whose events are %s is refused, and ends nothing [LO-13]', async (_, events) => {
    expect(await outcomeOf({ events })).toEqual(REFUSED)
  })

  it.each(['n-0S6', '', null, false])(
    'with the nonce %j is refused, and ends nothing [LO-14]',
    async (nonce) => {
      expect(await outcomeOf({ nonce })).toEqual(REFUSED)
    },
  )

  it('that is refused leaves no trace: the same jti in a right one is taken for new [LO-16]', async () => {
    const jti = 'jti-of-a-wrong-token-first'
    expect(await outcomeOf({ jti, nonce: 'x' })).toEqual(REFUSED)
    expect(await outcomeOf({ jti })).toEqual(ENDED)
  })
})

describe('the typ of a logout token', () => {
  it.each([
    ['logout+jwt', true, true],
    ['Logout+JWT', true, true],
    ['application/logout+jwt', true, true],
    [undefined, true, false],
    ['JWT', true, false],
    ['at+jwt', false, false],
    ['secevent+jwt', false, false],
    ['dpop+jwt', false, false],
    ['', false, false],
  ])('%j is accepted leniently: %s, strictly: %s [LO-15]', async (typ, leniently, strictly) => {
    expect(await outcomeOf({}, { typ }, strict)).toEqual(strictly ? ENDED : REFUSED)
    bff.clock.advance(1)
    visitor = await logInAs(bff, { sub: 'user-1', sid: 'session-1' })
    expect(await outcomeOf({}, { typ })).toEqual(leniently ? ENDED : REFUSED)
  })
})

describe('the log', () => {
  it.each<[string, Members]>([
    ['issuer-unexpected', { iss: 'https://evil.example' }],
    ['audience-untrusted', { aud: 'another-client' }],
    ['expired', { exp: 1 }],
    ['events-unexpected', { events: {} }],
    ['nonce-present', { nonce: 'n-of-somebody-secret' }],
    ['target-missing', { sub: undefined, sid: undefined }],
  ])('tells of a refused logout token the rule that it breaks: %s', async (cause, claims) => {
    await outcomeOf(claims)
    expect(bff.log).toContainEqual(expect.objectContaining({ event: 'backchannel-logout-refused', cause }))
    expect(JSON.stringify(bff.log)).not.toMatch(/user-1|session-1|evil|n-of-somebody/)
  })
})
