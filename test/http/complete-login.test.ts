import { beforeEach, describe, expect, it } from 'vitest'
import {
  beginLogin,
  fromAuthorizationServer,
  logIn,
  startBff,
  type TestBff,
  userLogsIn,
} from '../support/bff.ts'

let bff: TestBff
beforeEach(async () => {
  bff = await startBff()
})

const SESSION_COOKIE = /^__Host-Http-session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/

describe('a login that completes', () => {
  it('by redirect ends on a clean, absolute URL of our own origin with a session cookie [CB-16] [SC-03] [SC-04]', async () => {
    const visitor = bff.newVisitor()
    const answer = await logIn(bff, visitor, '?returnTo=/orders%3Fpage=2')

    expect(answer.status).toBe(303)
    expect(answer.location).toBe('https://app.example.com/orders?page=2')
    expect(answer.cookies).toHaveLength(2)
    expect(answer.cookies[0]).toMatch(
      /^__Host-Http-login-[\w-]{8}=; Max-Age=0; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
    expect(answer.cookies[1]).toMatch(SESSION_COOKIE)
    const session = (await visitor.call('GET', '/bff/session')).json()
    expect(session).toMatchObject({
      authenticated: true,
      claims: { sub: 'user-1', email: 'user@example.com' },
    })
  })

  it('by a call of the application answers where to go and who is signed in', async () => {
    const visitor = bff.newVisitor()
    const begun = await visitor.callJson('/bff/login', { returnTo: '/orders' })
    const { parameters } = userLogsIn(bff, begun.json<{ authorizationUrl: string }>().authorizationUrl)
    const answer = await visitor.callJson('/bff/callback', parameters)

    expect(answer.status).toBe(200)
    expect(answer.json()).toEqual({
      returnTo: 'https://app.example.com/orders',
      session: {
        authenticated: true,
        claims: { sub: 'user-1', name: 'Test User', email: 'user@example.com', auth_time: bff.clock.now() },
        expiresAt: bff.clock.now() + 28_800,
        idleExpiresAt: bff.clock.now() + 1800,
      },
    })
    expect(answer.cookies[1]).toMatch(SESSION_COOKIE)
  })

  it('by form_post takes a form in base64 and a login cookie with SameSite=None, and ends with 303 [CB-13] [CB-14] [CB-15]', async () => {
    bff = await startBff({ environment: { BFF_RESPONSE_MODE: 'form_post' } })
    const visitor = bff.newVisitor()
    const begun = await visitor.navigate('/bff/login?returnTo=/orders')
    expect(begun.cookies[0]).toContain('; SameSite=None')
    expect(new URL(begun.location).searchParams.get('response_mode')).toBe('form_post')

    const form = new URLSearchParams(userLogsIn(bff, begun.location).parameters)
    const answer = await visitor.postForm('/bff/callback', form, fromAnotherSite())
    expect(answer.status).toBe(303)
    expect(answer.location).toBe('https://app.example.com/orders')
    expect(answer.cookies[0]).toContain('=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=None')
    expect(answer.cookies[1]).toMatch(SESSION_COOKIE)
  })

  it('by form is refused unless form_post is configured [CB-21]', async () => {
    const visitor = bff.newVisitor()
    const { parameters, callbackTarget } = await beginLogin(bff, visitor)
    const answer = await visitor.postForm('/bff/callback', new URLSearchParams(parameters), fromAnotherSite())

    expect(answer.status).toBe(415)
    expect((await visitor.navigate(callbackTarget, fromAuthorizationServer(visitor))).status).toBe(303)
  })

  it('costs one write to begin, and one conditional update and one put to complete', async () => {
    const visitor = bff.newVisitor()
    bff.tables.takeCommands()
    const { callbackTarget } = await beginLogin(bff, visitor)
    expect(bff.tables.takeCommands()).toEqual(['PutItem'])

    await visitor.navigate(callbackTarget, fromAuthorizationServer(visitor))
    expect(bff.tables.takeCommands()).toEqual(['UpdateItem', 'PutItem'])

    await visitor.call('GET', '/bff/session')
    expect(bff.tables.takeCommands()).toEqual(['GetItem'])
  })
})

describe('a second login in the same browser', () => {
  it('gets a new identifier and ends the old session, though its cookie is withheld at the callback [SC-10]', async () => {
    const visitor = bff.newVisitor()
    await logIn(bff, visitor)
    const oldCookie = `__Host-Http-session=${visitor.jar.get('__Host-Http-session')}`
    const { callbackTarget } = await beginLogin(bff, visitor)
    bff.tables.takeCommands()
    await visitor.navigate(callbackTarget, fromAuthorizationServer(visitor))

    expect(bff.tables.takeCommands()).toEqual(['UpdateItem', 'PutItem', 'DeleteItem'])
    expect((await visitor.call('GET', '/bff/session')).json()).toMatchObject({ authenticated: true })
    const old = await bff.newVisitor().call('GET', '/bff/session', { cookies: [oldCookie] })
    expect(old.json()).toEqual({ authenticated: false })
  })

  it('also ends the session that the browser shows at the callback itself [SC-10]', async () => {
    const visitor = bff.newVisitor()
    const { callbackTarget } = await beginLogin(bff, visitor)
    const other = bff.newVisitor()
    await logIn(bff, other)
    const shown = [...visitor.jar, ...other.jar].map(([name, value]) => `${name}=${value}`)
    await visitor.navigate(callbackTarget, { cookies: shown })

    expect((await other.call('GET', '/bff/session')).json()).toEqual({ authenticated: false })
  })

  it('that is given up or fails ends nothing', async () => {
    const visitor = bff.newVisitor()
    await logIn(bff, visitor)
    const { state } = await beginLogin(bff, visitor)
    const refusal = `/bff/callback?${new URLSearchParams({ state, error: 'access_denied' })}`
    await visitor.navigate(refusal, fromAuthorizationServer(visitor))

    expect((await visitor.call('GET', '/bff/session')).json()).toMatchObject({ authenticated: true })
  })

  it('never adopts a session identifier that a stranger planted [SC-10] [SC-11]', async () => {
    const visitor = bff.newVisitor()
    const planted = 'A'.repeat(43)
    visitor.jar.set('__Host-Http-session', planted)
    await logIn(bff, visitor)

    expect(visitor.jar.get('__Host-Http-session')).not.toBe(planted)
    const cookies = [`__Host-Http-session=${planted}`]
    expect((await visitor.call('GET', '/bff/session', { cookies })).json()).toEqual({ authenticated: false })
  })
})

describe('a login whose session cannot be stored', () => {
  it('revokes the tokens, answers 503 and sets no session cookie', async () => {
    const visitor = bff.newVisitor()
    const { callbackTarget } = await beginLogin(bff, visitor)
    bff.tables.breakCommand('PutItem')
    const answer = await visitor.navigate(callbackTarget, {
      ...fromAuthorizationServer(visitor),
      headers: { accept: 'application/json', 'sec-fetch-mode': undefined },
    })

    expect(answer.status).toBe(503)
    expect(answer.headers['retry-after']).toBe('5')
    expect(answer.json()).toMatchObject({ code: 'session-unavailable' })
    expect(visitor.jar.has('__Host-Http-session')).toBe(false)
    expect(bff.server.requestsTo('/revoke').map(({ form }) => form.get('token')?.slice(0, 3))).toEqual([
      'rt-',
    ])
  })
})

function fromAnotherSite() {
  return {
    headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-user': undefined, origin: 'https://as.example' },
  }
}
