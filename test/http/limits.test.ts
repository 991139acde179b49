import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { askBy, startApi, type TestApi } from '../support/api.ts'
import { beginLogin, fromAuthorizationServer, logIn } from '../support/bff.ts'
import { isSignedIn } from '../support/logouts.ts'
import { PUBLIC_ORIGIN, type Visitor } from '../support/visitor.ts'

let api: TestApi
let visitor: Visitor
afterEach(() => api.stop())

async function start(environment: { readonly [name: string]: string } = {}) {
  api = await startApi({ environment })
  visitor = api.newVisitor()
}

/** A second deployment of the same, configured otherwise. */
async function redeploy(environment: { readonly [name: string]: string }): Promise<TestApi> {
  const { clock, server, tables, upstream } = api
  return startApi({ clock, server, tables, upstream, environment })
}

const session = async (at: Visitor = visitor) => (await at.call('GET', '/bff/session')).json()
const cookiesOf = ({ jar }: Visitor) => [...jar].map(([name, value]) => `${name}=${value}`)
const call = async (at = api) => {
  const { status, code } = await askBy(at.handler, 'GET', '/api/orders', { cookies: cookiesOf(visitor) })
  return [status, code]
}

describe('the limits of a session', () => {
  beforeEach(() => start({ BFF_SESSION_IDLE_SECONDS: '600', BFF_SESSION_ABSOLUTE_SECONDS: '3600' }))

  it('are told at the login and at every check, both as instants in epoch seconds [SC-12] [SC-18]', async () => {
    const { parameters } = await beginLogin(api.bff, visitor)
    const openedAt = api.clock.now()
    const told = { authenticated: true, expiresAt: openedAt + 3600, idleExpiresAt: openedAt + 600 }
    expect((await visitor.callJson('/bff/callback', parameters)).json()).toMatchObject({ session: told })
    expect(await session()).toMatchObject(told)
  })

  it('move with API calls as with checks of the session, and end API calls too [SC-12]', async () => {
    await logIn(api.bff, visitor)
    api.clock.advance(599)
    expect(await call()).toEqual([200, undefined])
    expect(await session()).toMatchObject({ idleExpiresAt: api.clock.now() + 600 })
    api.clock.advance(600)
    expect(await call()).toEqual([401, 'session-required'])
    expect(await session()).toEqual({ authenticated: false })
  })

  it('end it at the absolute one, whatever is used and refreshed until then [SC-12] [RF-11]', async () => {
    await logIn(api.bff, visitor)
    const endsAt = api.clock.now() + 3600
    while (api.clock.now() + 500 < endsAt) {
      api.clock.advance(500)
      expect(await call()).toEqual([200, undefined])
    }
    expect(api.refreshes()).toBe(7)
    api.clock.advance(endsAt - api.clock.now() - 1)
    expect(await session()).toMatchObject({ expiresAt: endsAt, idleExpiresAt: endsAt })
    api.clock.advance(1)
    expect(await call()).toEqual([401, 'session-required'])
    expect(await session()).toEqual({ authenticated: false })
    expect(api.refreshes()).toBe(7)
  })

  it('cause no refresh once they are over [SC-12] [RF-11]', async () => {
    await logIn(api.bff, visitor)
    api.clock.advance(600)
    await call()
    expect(api.refreshes()).toBe(0)
  })
})

describe('the instant from which on sessions are valid', () => {
  beforeEach(async () => {
    await start()
    await logIn(api.bff, visitor)
    api.clock.advance(10)
  })

  const validThen = () => redeploy({ BFF_SESSIONS_VALID_FROM: String(api.clock.now() - 10) })
  const validLater = () => redeploy({ BFF_SESSIONS_VALID_FROM: String(api.clock.now() - 9) })
  const checkedBy = async ({ newVisitor }: TestApi) =>
    (await newVisitor().call('GET', '/bff/session', { cookies: cookiesOf(visitor) })).json().authenticated

  it('ends every session that was opened before it, at a check and at an API call [SC-12]', async () => {
    expect([await checkedBy(await validThen()), await call(await validThen())]).toEqual([
      true,
      [200, undefined],
    ])
    expect([await checkedBy(await validLater()), await call(await validLater())]).toEqual([
      false,
      [401, 'session-required'],
    ])
  })

  it('ends them without a token request [SC-12]', async () => {
    api.clock.advance(290)
    const later = await redeploy({ BFF_SESSIONS_VALID_FROM: String(api.clock.now()) })
    expect(await call(later)).toEqual([401, 'session-required'])
    expect(api.refreshes()).toBe(0)
  })

  it('may be said in UTC [SC-12]', async () => {
    const said = (seconds: number) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
    const deployed = await redeploy({ BFF_SESSIONS_VALID_FROM: said(api.clock.now()) })
    expect(await checkedBy(deployed)).toBe(false)
  })

  it('makes a callback that fails an error, and not a way back into the application [SC-12]', async () => {
    const failing = async ({ newVisitor }: TestApi) => {
      const { headers } = fromAuthorizationServer(visitor)
      const cookies = cookiesOf(visitor)
      return newVisitor().navigate('/bff/callback?error=access_denied&state=x', { cookies, headers })
    }
    expect(await failing(await validThen())).toMatchObject({ status: 303, location: `${PUBLIC_ORIGIN}/` })
    expect((await failing(await validLater())).status).toBe(400)
  })

  it('leaves sessions that were opened later, also by a login that began before [SC-12]', async () => {
    const browser = api.newVisitor()
    const { callbackTarget } = await beginLogin(api.bff, browser)
    api.clock.advance(5)
    const deployed = await redeploy({ BFF_SESSIONS_VALID_FROM: String(api.clock.now()) })
    const cookies = cookiesOf(browser)
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-user': undefined }
    const later = deployed.newVisitor()
    expect((await later.navigate(callbackTarget, { cookies, headers })).status).toBe(303)
    expect(await isSignedIn(later)).toBe(true)
  })

  it('leaves a logout to revoke the tokens of a session before it [LO-02]', async () => {
    const deployed = await validLater()
    const cookies = cookiesOf(visitor)
    expect((await deployed.newVisitor().call('POST', '/bff/logout', { cookies })).status).toBe(200)
    expect(api.server.revoked).toHaveLength(1)
    expect(await session()).toEqual({ authenticated: false })
  })
})

describe('a session without refresh token', () => {
  async function startWithout(
    setting: string | undefined,
    tokenResponse: { readonly [name: string]: unknown } = {},
  ) {
    await start(setting === undefined ? {} : { BFF_NO_REFRESH_TOKEN: setting })
    api.server.tokenResponse = { refresh_token: undefined, ...tokenResponse }
    await logIn(api.bff, visitor)
  }

  it.each([undefined, 'until-access-token-expires'])(
    'lasts as long as its access token by the setting %s, and says so [SC-12]',
    async (setting) => {
      await startWithout(setting)
      const endsAt = api.clock.now() + 300
      expect(await session()).toMatchObject({ expiresAt: endsAt, idleExpiresAt: endsAt })
      api.clock.advance(299)
      expect(await call()).toEqual([200, undefined])
      expect(await session()).toMatchObject({ expiresAt: endsAt, idleExpiresAt: endsAt })
      api.clock.advance(1)
      expect(await call()).toEqual([401, 'session-required'])
      expect(await session()).toEqual({ authenticated: false })
    },
  )

  it('lasts until its own limits where configured, but its API calls do not [SC-12]', async () => {
    await startWithout('until-session-limits')
    const endsAt = api.clock.now() + 28_800
    api.clock.advance(299)
    expect(await call()).toEqual([200, undefined])
    api.clock.advance(1)
    expect(await call()).toEqual([401, 'access-token-expired'])
    expect(await session()).toMatchObject({ authenticated: true, expiresAt: endsAt })
    expect(api.refreshes()).toBe(0)
  })

  it('lasts no longer than its own limits, however long its access token does [SC-12]', async () => {
    await startWithout(undefined, { expires_in: 86_400 })
    expect(await session()).toMatchObject({ expiresAt: api.clock.now() + 28_800 })
  })

  it('lasts until its own limits if nobody says how long its access token does [SC-12] [TE-09]', async () => {
    await startWithout(undefined, { expires_in: undefined })
    api.clock.advance(1799)
    expect(await call()).toEqual([200, undefined])
    expect(await session()).toMatchObject({ authenticated: true })
  })
})
