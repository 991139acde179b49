import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type RandomToken, sessionRowId } from '../../functions/domain/identifiers.ts'
import { tokenOf as accessTokenIn, signIn } from '../support/authorized.ts'
import { logIn, startBff, type TestBff } from '../support/bff.ts'
import { isSignedIn } from '../support/logouts.ts'
import {
  CLIENT,
  type ReceivedRequest,
  type ScriptedAnswer,
} from '../support/scripted-authorization-server.ts'
import { PUBLIC_ORIGIN, type Visitor } from '../support/visitor.ts'
import { anotherInstance } from './validation/attempt.ts'

type Script = (request: ReceivedRequest) => ScriptedAnswer | 'hang' | 'reset' | Promise<ScriptedAnswer>

let bff: TestBff
let usual: Pick<TestBff['server'], 'authenticatesClient'>
let visitor: Visitor
beforeAll(async () => {
  bff = await startBff({ environment: { BFF_AUTHORIZATION_SERVER_TIMEOUT_MS: '500' } })
  usual = { authenticatesClient: bff.server.authenticatesClient }
})
beforeEach(async () => {
  const { authenticatesClient } = usual
  Object.assign(bff.server, { scripts: {}, metadata: {}, tokenResponse: {}, authenticatesClient })
  visitor = bff.newVisitor()
  await logIn(bff, visitor)
  bff.server.requests.length = 0
  bff.log.length = 0
})
afterAll(() => bff.server.stop())

const logOut = (by = visitor) => by.call('POST', '/bff/logout')
const revocations = () => bff.server.requestsTo('/revoke')
const refreshToken = () => bff.server.issuedTokens.findLast((token) => token.startsWith('rt-'))

describe('a logout', () => {
  it('revokes the refresh token by one form with client authentication, and nothing in the URL [LO-02]', async () => {
    await logOut()
    const [request, ...others] = revocations()
    expect(others).toEqual([])
    expect(request).toMatchObject({ method: 'POST', query: '' })
    expect(request?.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded\b/)
    expect(Object.fromEntries(request?.form ?? [])).toEqual({
      token: refreshToken(),
      client_id: CLIENT.id,
      client_secret: CLIENT.secret,
    })
  })

  it('authenticates by client_secret_basic where that is configured [LO-02] [CA-01]', async () => {
    bff.server.authenticatesClient = ({ headers }) => headers.authorization?.startsWith('Basic ') ?? false
    const other = await anotherInstance(bff, { BFF_CLIENT_AUTH: 'client_secret_basic' })
    const browser = other.newVisitor()
    await logIn(other, browser)
    await logOut(browser)
    const [request] = revocations()
    expect([...(request?.form.keys() ?? [])]).toEqual(['token'])
    expect(credentialsIn(request)).toEqual([CLIENT.id, CLIENT.secret])
  })

  it('ends the record before anything is asked of the server [LO-01] [LO-07]', async () => {
    const id = sessionRowId(visitor.jar.get('__Host-Http-session') as RandomToken)
    const rowWhenAsked: unknown[] = []
    bff.server.scripts['/revoke'] = async (request) => {
      rowWhenAsked.push(await bff.tables.item(bff.tables.sessionTable, id))
      return bff.server.standardAnswer(request)
    }
    expect(await bff.tables.item(bff.tables.sessionTable, id)).toBeDefined()
    await logOut()
    expect(rowWhenAsked).toEqual([undefined])
  })

  it('revokes the access token if there is no refresh token [LO-02]', async () => {
    bff.server.tokenResponse = { refresh_token: undefined }
    const browser = bff.newVisitor()
    await logIn(bff, browser)
    await logOut(browser)
    expect(revocations().at(-1)?.form.get('token')).toMatch(/^at-/)
  })

  it('revokes the refresh token that a refresh has brought, not the one before [LO-02]', async () => {
    const user = await signIn()
    user.bff.clock.advance(290)
    expect(accessTokenIn(await user.authorize())).toMatch(/^at-/)
    await user.visitor.call('POST', '/bff/logout')
    const newest = user.bff.server.issuedTokens.findLast((token) => token.startsWith('rt-'))
    expect(user.bff.server.revoked).toEqual([newest])
    expect(user.tokenRequests()).toBe(1)
  })

  it.each([
    ['idle for too long', 1800],
    ['past its absolute limit', 28_800],
  ])('revokes the tokens of a session that was %s [LO-02]', async (_, seconds) => {
    bff.clock.advance(seconds)
    expect(await isSignedIn(visitor)).toBe(false)
    expect((await logOut()).status).toBe(200)
    expect(bff.server.revoked.at(-1)).toBe(refreshToken())
  })

  it.each([
    ['without a session', () => bff.newVisitor()],
    ['of a session that has ended', () => visitor],
  ])('%s asks no revocation [LO-01]', async (_, browser) => {
    await logOut()
    bff.server.requests.length = 0
    expect((await logOut(browser())).status).toBe(200)
    expect(revocations()).toEqual([])
  })

  it('that cannot end the record revokes nothing, so that it can be tried again [LO-01]', async () => {
    const broken = await startBff({ server: bff.server, clock: bff.clock })
    const browser = broken.newVisitor()
    await logIn(broken, browser)
    broken.tables.breakCommand('DeleteItem')
    expect((await logOut(browser)).status).toBe(503)
    expect(revocations()).toEqual([])
    expect(await isSignedIn(browser)).toBe(true)
  })
})

describe('a revocation', () => {
  it('that is answered 200 is done, also for a token that the server does not know [LO-03]', async () => {
    bff.server.scripts['/revoke'] = () => ({ status: 200, body: '' })
    expect((await logOut()).status).toBe(200)
    expect(bff.log.map(({ event }) => event)).not.toContain('token-revocation-failed')
  })

  it.each<[string, string, Script]>([
    ['503', 'response-malformed', () => ({ status: 503, headers: { 'retry-after': '60' }, body: '' })],
    ['500 with a page', 'response-malformed', () => ({ status: 500, body: '<h1>Oops</h1>' })],
    ['400', 'unsupported_token_type', () => ({ status: 400, body: { error: 'unsupported_token_type' } })],
    ['401', 'invalid_client', () => ({ status: 401, body: { error: 'invalid_client' } })],
    ['a redirect', 'response-malformed', () => ({ status: 302, headers: { location: '/x' }, body: '' })],
    ['silence', 'timeout', () => 'hang'],
    ['a reset', 'unreachable', () => 'reset'],
  ])(
    'that is answered by %s never blocks the logout, and the log says %s [LO-03]',
    async (_, cause, script) => {
      bff.server.scripts['/revoke'] = script
      const answer = await logOut()
      expect(answer).toMatchObject({ status: 200, cookies: [expect.stringContaining('Max-Age=0')] })
      expect(answer.json()).toEqual({ logoutUrl: `${PUBLIC_ORIGIN}/` })
      expect(await isSignedIn(visitor)).toBe(false)
      expect(revocations()).toHaveLength(1)
      expect(bff.log).toContainEqual(
        expect.objectContaining({ event: 'token-revocation-failed', level: 'warn', cause }),
      )
    },
  )

  it('that the server does not offer is not asked for, and the log says so [LO-03]', async () => {
    bff.server.metadata = { revocation_endpoint: undefined }
    const other = await anotherInstance(bff)
    expect((await other.newVisitor().call('POST', '/bff/logout', cookieOf(visitor))).status).toBe(200)
    expect(revocations()).toEqual([])
    expect(other.log).toContainEqual(expect.objectContaining({ cause: 'no-revocation-endpoint' }))
  })

  it('is not sent to another server than the one that issued the tokens [LO-02] [TE-05]', async () => {
    const moved = await startBff({ tables: bff.tables, clock: bff.clock })
    moved.server.metadata = { end_session_endpoint: `${moved.server.issuer}/end` }
    const answer = await moved.newVisitor().call('POST', '/bff/logout', cookieOf(visitor))
    expect(answer.status).toBe(200)
    expect(await isSignedIn(visitor)).toBe(false)
    expect(moved.server.requests.map(({ path }) => path)).toEqual(['/.well-known/openid-configuration'])
    expect(new URL(answer.json<{ logoutUrl: string }>().logoutUrl).searchParams.has('id_token_hint')).toBe(
      false,
    )
    await moved.server.stop()
  })
})

describe('a logout while the authorization server is down', () => {
  it('is a logout here all the same, and the log says so [LO-01] [LO-07]', async () => {
    const other = await anotherInstance(bff)
    bff.server.scripts['/.well-known/openid-configuration'] = () => 'reset'
    const answer = await other.newVisitor().call('POST', '/bff/logout', cookieOf(visitor))
    expect(answer).toMatchObject({ status: 200, cookies: [expect.stringContaining('Max-Age=0')] })
    expect(answer.json()).toEqual({ logoutUrl: `${PUBLIC_ORIGIN}/` })
    expect(await isSignedIn(visitor)).toBe(false)
    expect(other.log.map(({ event }) => event)).toEqual(['end-session-url-unavailable', 'session-ended'])
  })
})

function cookieOf({ jar }: Visitor) {
  return { cookies: [...jar].map(([name, value]) => `${name}=${value}`) }
}

/** Form-encoded, then joined, then in base64. @see RFC 6749 section 2.3.1 */
function credentialsIn(request: ReceivedRequest | undefined): string[] {
  const [, encoded = ''] = /^Basic (.+)$/.exec(request?.headers.authorization ?? '') ?? []
  const parts = Buffer.from(encoded, 'base64').toString().split(':')
  return parts.map((part) => decodeURIComponent(part.replaceAll('+', ' ')))
}
