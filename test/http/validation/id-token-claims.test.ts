import { beforeAll, describe, expect, it } from 'vitest'
import { beginLogin, startBff, type TestBff } from '../../support/bff.ts'
import { CLIENT, type IdTokenParts } from '../../support/scripted-authorization-server.ts'
import { anotherInstance, attemptLogin, COMPLETED, refused } from './attempt.ts'

const WRONG = refused(502, 'id-token-invalid', 1)
const ORDERS = 'https://orders.example'

let bff: TestBff
let trusting: TestBff
beforeAll(async () => {
  bff = await startBff()
  trusting = await anotherInstance(bff, { BFF_TRUSTED_AUDIENCES: ORDERS })
})

type Claims = IdTokenParts['claims']

/** A login whose ID token differs from a right one in these claims; an undefined one is missing. */
function attemptWith(claims: Claims | ((right: Claims, now: number) => Claims), query = '', at = bff) {
  return attemptLogin(
    at,
    {
      changeIdToken: (parts) => {
        const changes = typeof claims === 'function' ? claims(parts.claims, bff.clock.now()) : claims
        Object.assign(parts.claims, changes)
      },
    },
    query,
  )
}

describe('an ID token', () => {
  it('that is right in everything completes the login', async () => {
    expect(await attemptWith({})).toEqual(COMPLETED)
  })
})

describe('the issuer in an ID token', () => {
  it.each<[string, (iss: string) => unknown]>([
    ['with a suffix', (iss) => `${iss}.evil.example`],
    ['with a trailing slash', (iss) => `${iss}/`],
    ['in another case', (iss) => iss.replace('http', 'HTTP')],
    ['of another path', (iss) => `${iss}/tenant`],
    ['of another server', () => 'https://evil.example'],
    ['that is empty', () => ''],
    ['that is a list', (iss) => [iss]],
    ['that is missing', () => undefined],
  ])('%s is refused [IT-01]', async (_, change) => {
    expect(await attemptWith(({ iss }) => ({ iss: change(String(iss)) }))).toEqual(WRONG)
  })
})

describe('the audience of an ID token', () => {
  it.each<[string, unknown]>([
    ['as a string', CLIENT.id],
    ['as a list of one', [CLIENT.id]],
  ])('that is our client %s is accepted [IT-02]', async (_, aud) => {
    expect(await attemptWith({ aud })).toEqual(COMPLETED)
  })

  it.each<[string, unknown]>([
    ['missing', undefined],
    ['another client', 'another-client'],
    ['our client with a suffix', `${CLIENT.id}-2`],
    ['our client in another case', CLIENT.id.toUpperCase()],
    ['empty', []],
    ['a list without us', ['another-client']],
    ['a list of lists', [[CLIENT.id]]],
    ['an object', { [CLIENT.id]: true }],
  ])('that is %s is refused [IT-02]', async (_, aud) => {
    expect(await attemptWith({ aud })).toEqual(WRONG)
  })

  it.each<[string, Claims]>([
    ['nobody trusts', { aud: [CLIENT.id, 'another-client'], azp: CLIENT.id }],
    ['nobody trusts, first in the list', { aud: ['another-client', CLIENT.id], azp: CLIENT.id }],
    ['is no string', { aud: [CLIENT.id, null], azp: CLIENT.id }],
  ])('with one more that %s is refused [IT-02]', async (_, claims) => {
    expect(await attemptWith(claims)).toEqual(WRONG)
    expect(await attemptWith(claims, '', trusting)).toEqual(WRONG)
  })

  it.each<[string, Claims, boolean]>([
    ['is accepted when we are the authorized party', { azp: CLIENT.id }, true],
    ['is refused when no authorized party is named', { azp: undefined }, false],
    ['is refused when it is the authorized party itself', { azp: ORDERS }, false],
    ['is refused when it stands alone', { aud: ORDERS, azp: CLIENT.id }, false],
  ])('with a trusted one more %s [IT-02] [IT-03]', async (_, claims, accepted) => {
    const outcome = await attemptWith({ aud: [CLIENT.id, ORDERS], ...claims }, '', trusting)
    expect(outcome).toEqual(accepted ? COMPLETED : WRONG)
  })
})

describe('the authorized party of an ID token', () => {
  it('may be named beside a single audience if it is us [IT-03]', async () => {
    expect(await attemptWith({ azp: CLIENT.id })).toEqual(COMPLETED)
  })

  it.each([
    ['another client', 'another-client'],
    ['empty', ''],
    ['a list', [CLIENT.id]],
    ['null', null],
  ])('that is %s is refused [IT-03]', async (_, azp) => {
    expect(await attemptWith({ azp })).toEqual(WRONG)
  })
})

describe('the times in an ID token', () => {
  it.each<[string, (now: number) => Claims]>([
    ['no exp', () => ({ exp: undefined })],
    ['an exp six minutes ago', (now) => ({ exp: now - 360 })],
    ['an exp beyond the leeway', (now) => ({ exp: now - 30 })],
    ['an exp that is a string', (now) => ({ exp: String(now + 300) })],
    ['an exp that is null', () => ({ exp: null })],
  ])('with %s are refused [IT-08]', async (_, change) => {
    expect(await attemptWith((_right, now) => change(now))).toEqual(WRONG)
  })

  it.each<[string, (now: number) => Claims]>([
    ['no iat', () => ({ iat: undefined })],
    ['an iat 61 seconds ahead', (now) => ({ iat: now + 61 })],
    ['an iat more than ten minutes old', (now) => ({ iat: now - 601 })],
    ['an iat in milliseconds', (now) => ({ iat: now * 1000 })],
    ['an iat that is a string', (now) => ({ iat: String(now) })],
    ['an nbf in the future', (now) => ({ nbf: now + 40 })],
    ['an nbf that is a string', (now) => ({ nbf: String(now) })],
  ])('with %s are refused [IT-09]', async (_, change) => {
    expect(await attemptWith((_right, now) => change(now))).toEqual(WRONG)
  })

  it.each<[string, (now: number) => Claims]>([
    ['an exp within the leeway', (now) => ({ exp: now - 20 })],
    ['an iat 10 seconds ahead', (now) => ({ iat: now + 10 })],
    ['an iat 60 seconds ahead', (now) => ({ iat: now + 60 })],
    ['an iat ten minutes old', (now) => ({ iat: now - 600 })],
    ['an nbf that has come', (now) => ({ nbf: now })],
    ['an nbf within the leeway', (now) => ({ nbf: now + 30 })],
  ])('with %s are accepted [IT-08] [IT-09]', async (_, change) => {
    expect(await attemptWith((_right, now) => change(now))).toEqual(COMPLETED)
  })
})

describe('the subject of an ID token', () => {
  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['a number', 12345],
    ['null', null],
    ['longer than 255 characters', 'x'.repeat(256)],
    ['not ASCII', 'usér'],
    ['broken over two lines', 'user\n1'],
  ])('that is %s is refused [IT-10]', async (_, sub) => {
    expect(await attemptWith({ sub })).toEqual(WRONG)
  })

  it('of 255 ASCII characters is accepted [IT-10]', async () => {
    expect(await attemptWith({ sub: 'x'.repeat(255) })).toEqual(COMPLETED)
  })
})

describe('the nonce in an ID token', () => {
  it.each<[string, (nonce: string) => unknown]>([
    ['missing', () => undefined],
    ['altered in one character', (nonce) => (nonce.startsWith('A') ? 'B' : 'A') + nonce.slice(1)],
    ['in another case', (nonce) => nonce.toLowerCase()],
    ['longer', (nonce) => `${nonce}=`],
    ['empty', () => ''],
    ['a list', (nonce) => [nonce]],
    ['null', () => null],
  ])('that is %s is refused, and nothing of it is kept or used [IT-11] [CB-19]', async (_, change) => {
    expect(await attemptWith(({ nonce }) => ({ nonce: change(String(nonce)) }))).toEqual(WRONG)
  })

  it('of another login is refused [IT-11]', async () => {
    const { authorizationUrl } = await beginLogin(bff, bff.newVisitor())
    const nonce = new URL(authorizationUrl).searchParams.get('nonce')
    expect(await attemptWith({ nonce })).toEqual(WRONG)
  })
})

describe('the time of authentication in an ID token', () => {
  it.each<[string, (now: number) => unknown]>([
    ['missing', () => undefined],
    ['older than max_age', (now) => now - 400],
    ['a string', (now) => String(now)],
  ])('that is %s is refused if max_age was sent [IT-13] [AR-17]', async (_, authTime) => {
    expect(await attemptWith((_right, now) => ({ auth_time: authTime(now) }), '?max_age=300')).toEqual(WRONG)
  })

  it('that is young enough for the max_age sent is accepted [IT-13]', async () => {
    expect(await attemptWith((_right, now) => ({ auth_time: now - 290 }), '?max_age=300')).toEqual(COMPLETED)
  })

  it('of an earlier visit is refused if max_age was 0 [IT-13]', async () => {
    expect(await attemptWith((_right, now) => ({ auth_time: now - 60 }), '?max_age=0')).toEqual(WRONG)
    expect(await attemptWith((_right, now) => ({ auth_time: now }), '?max_age=0')).toEqual(COMPLETED)
  })

  it('may be missing or old if no max_age was sent [IT-13]', async () => {
    expect(await attemptWith({ auth_time: undefined })).toEqual(COMPLETED)
    expect(await attemptWith((_right, now) => ({ auth_time: now - 86_400 }))).toEqual(COMPLETED)
  })
})
