import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ApiUser, signedInUser, startApi, type TestApi } from '../support/api.ts'
import { headerOf, type UpstreamAnswer, type UpstreamCall } from '../support/upstream.ts'

let api: TestApi
let user: ApiUser
beforeEach(async () => {
  api = await startApi()
  user = await signedInUser(api)
})
afterEach(() => api.stop())

const UNTIL_DUE = 271
const UNTIL_EXPIRED = 300
const MINUTE = 60

const rejects = (challenge: string, status = 401): UpstreamAnswer => ({
  status,
  headers: [['www-authenticate', challenge]],
  body: 'what the upstream says',
})
const INVALID_TOKEN = rejects('Bearer realm="orders", error="invalid_token", error_description="expired"')

const bearerOf = (call: UpstreamCall | undefined) =>
  call === undefined ? undefined : headerOf(call, 'authorization')[0]?.replace('Bearer ', '')
const accessTokens = () => api.server.issuedTokens.filter((token) => token.startsWith('at-'))

describe('the access token', () => {
  it('costs one read of the store [SC-11]', async () => {
    await user.ask('GET', '/api/orders')
    expect(api.tables.takeCommands()).toEqual(['GetItem'])
  })

  it('costs one write more when the call moves the idle limit, since a call is use', async () => {
    api.clock.advance(200)
    await user.ask('GET', '/api/orders')
    expect(api.tables.takeCommands()).toEqual(['GetItem', 'UpdateItem'])
  })

  it('costs two writes when it is refreshed, which happens before the call [RF-01] [RF-02]', async () => {
    const environment = { BFF_SESSION_IDLE_SECONDS: '28800' }
    const patient = await startApi({ upstream: api.upstream, environment })
    const visitor = await signedInUser(patient)
    patient.clock.advance(UNTIL_DUE)
    expect((await visitor.ask('GET', '/api/orders')).status).toBe(200)
    expect(patient.tables.takeCommands()).toEqual(['GetItem', 'UpdateItem', 'UpdateItem'])
    const newest = patient.server.issuedTokens.filter((token) => token.startsWith('at-')).at(-1)
    expect(api.upstream.takeCalls().map(bearerOf)).toEqual([newest])
    expect(patient.refreshes()).toBe(1)
    await patient.bff.server.stop()
  })

  it('stands in the header alone: in no URL, body, answer or log line [PX-06] [LG-01]', async () => {
    api.upstream.answer = () => INVALID_TOKEN
    const answer = await user.ask('POST', '/api/orders', { body: '{}' })
    const [first, second] = api.upstream.takeCalls()
    expect([bearerOf(first), bearerOf(second)]).toEqual(accessTokens())
    for (const token of api.server.issuedTokens) {
      const elsewhere = [first?.target, first?.body, second?.target, answer, api.takeLog()]
      expect(JSON.stringify(elsewhere)).not.toContain(token)
    }
  })
})

describe('a session that ends', () => {
  it('in the refresh of this very call clears the cookie with its 401 [RF-08]', async () => {
    api.clock.advance(UNTIL_EXPIRED)
    api.server.scripts['/token'] = () => ({ status: 400, body: { error: 'invalid_grant' } })
    const answer = await user.ask('GET', '/api/orders')
    expect(answer).toMatchObject({ status: 401, code: 'session-required' })
    expect(answer.cookies).toEqual([expect.stringMatching(/^__Host-Http-session=;.*Max-Age=0/)])
    expect(api.upstream.takeCalls()).toEqual([])

    const later = await user.ask('GET', '/api/orders')
    expect(later).toMatchObject({ status: 401, code: 'session-required', cookies: [] })
  })

  it('elsewhere leaves the cookie to the login that may have replaced it', async () => {
    const cookies = [`__Host-Http-session=${user.jar.get('__Host-Http-session')}`]
    await user.call('POST', '/bff/logout')
    const answer = await user.ask('GET', '/api/orders', { cookies })
    expect(answer).toMatchObject({ status: 401, code: 'session-required', cookies: [] })
    expect(api.upstream.takeCalls()).toEqual([])
  })

  it('is not one whose authorization server or store cannot answer [RF-09]', async () => {
    api.clock.advance(UNTIL_EXPIRED)
    api.server.scripts['/token'] = () => ({ status: 503, body: '' })
    const unavailable = await user.ask('GET', '/api/orders')
    expect(unavailable).toMatchObject({ status: 503, code: 'authorization-server-unavailable', cookies: [] })
    expect(unavailable.headers['retry-after']).toBe('5')

    api.tables.breakCommand('GetItem')
    const storeless = await user.ask('GET', '/api/orders')
    expect(storeless).toMatchObject({ status: 503, code: 'session-unavailable', cookies: [] })
  })
})

describe('an upstream that says the token is invalid', () => {
  it.each(['GET', 'POST', 'DELETE'])(
    'is asked once more with a new one, the same in every other way: %s [RF-10]',
    async (method) => {
      const refused = () => accessTokens()[0]
      api.upstream.answer = (call) => (bearerOf(call) === refused() ? INVALID_TOKEN : { body: 'done' })
      const body = method === 'GET' ? {} : { body: Buffer.from([0, 255, 13, 10]) }
      const answer = await user.ask(method, '/api/orders/7?a=b', { ...body, headers: { 'app-key': 'k' } })
      expect({ status: answer.status, body: answer.octets.toString() }).toEqual({ status: 200, body: 'done' })
      const [first, second, ...more] = api.upstream.takeCalls()
      expect(more).toEqual([])
      expect([bearerOf(first), bearerOf(second)]).toEqual(accessTokens())
      const [token = ''] = accessTokens()
      expect(second?.head.replace(bearerOf(second) ?? '', token)).toBe(first?.head)
      expect(second?.body).toEqual(first?.body)
      expect(api.refreshes()).toBe(1)
    },
  )

  it('costs a read and two writes', async () => {
    api.upstream.answer = (call) => (bearerOf(call) === accessTokens()[0] ? INVALID_TOKEN : {})
    await user.ask('GET', '/api/orders')
    expect(api.tables.takeCommands()).toEqual(['GetItem', 'UpdateItem', 'UpdateItem'])
  })

  it('of every token gets two calls, then the answer is 401, and the session lives [RF-10]', async () => {
    api.upstream.answer = () => INVALID_TOKEN
    const answer = await user.ask('GET', '/api/orders')
    expect(answer).toMatchObject({ status: 401, code: 'access-token-rejected', cookies: [] })
    expect(answer.octets.toString()).not.toContain('what the upstream says')
    expect(answer.headers['www-authenticate']).toBeUndefined()
    expect(api.upstream.takeCalls()).toHaveLength(2)
    expect((await user.call('GET', '/bff/session')).json()).toMatchObject({ authenticated: true })
  })

  it('causes one refresh a minute, whatever number of calls it refuses [RF-10]', async () => {
    api.upstream.answer = () => INVALID_TOKEN
    const outcomes: [calls: number, refreshes: number][] = []
    for (const seconds of [0, 1, MINUTE - 2, 1, 0, MINUTE]) {
      api.clock.advance(seconds)
      expect(await user.ask('GET', '/api/orders')).toMatchObject({ code: 'access-token-rejected' })
      outcomes.push([api.upstream.takeCalls().length, api.refreshes()])
    }
    expect(outcomes).toEqual([
      [2, 1],
      [1, 1],
      [1, 1],
      [2, 2],
      [1, 2],
      [2, 3],
    ])
  })

  it('causes none if another token is stored by then: that one is used [RF-04] [RF-10]', async () => {
    let other: Promise<unknown> | undefined
    const [refused] = accessTokens()
    api.upstream.answer = async (call) => {
      if (bearerOf(call) !== refused) return {}
      other ??= user.ask('GET', '/api/orders/other')
      if (call.target.endsWith('/slow')) await other
      return INVALID_TOKEN
    }
    const slow = await user.ask('GET', '/api/orders/slow')
    expect(slow.status).toBe(200)
    expect(await other).toMatchObject({ status: 200 })
    expect(api.refreshes()).toBe(1)
    const targets = api.upstream.takeCalls().map((call) => [call.target, bearerOf(call) === refused])
    expect(targets).toEqual([
      ['/v1/slow', true],
      ['/v1/other', true],
      ['/v1/other', false],
      ['/v1/slow', false],
    ])
  })

  it('of a session without refresh token is believed at once [RF-10]', async () => {
    api.server.tokenResponse = { refresh_token: undefined }
    const poor = await signedInUser(api)
    api.upstream.answer = () => INVALID_TOKEN
    expect(await poor.ask('GET', '/api/orders')).toMatchObject({ status: 401, code: 'access-token-rejected' })
    expect(api.upstream.takeCalls()).toHaveLength(1)
    expect(api.refreshes()).toBe(0)
  })

  it('while the token cannot be refreshed is answered with that failure [RF-09]', async () => {
    api.server.scripts['/token'] = () => ({ status: 503, body: '' })
    api.upstream.answer = () => INVALID_TOKEN
    const answer = await user.ask('GET', '/api/orders')
    expect(answer).toMatchObject({ status: 503, code: 'authorization-server-unavailable', cookies: [] })
    expect(api.upstream.takeCalls()).toHaveLength(1)
  })

  it('whose lifetime nobody knows is how an expired one is found out [RF-10]', async () => {
    api.server.tokenResponse = { expires_in: undefined }
    const timeless = await signedInUser(api)
    api.clock.advance(1200)
    const [, unknown] = accessTokens()
    api.upstream.answer = (call) => (bearerOf(call) === unknown ? INVALID_TOKEN : {})
    expect((await timeless.ask('GET', '/api/orders')).status).toBe(200)
    expect(api.refreshes()).toBe(1)
  })
})

describe('an upstream that wants more than the token grants', () => {
  it.each([
    [403, 'Bearer error="insufficient_scope", scope="orders:write"', { scope: 'orders:write' }],
    [401, 'Basic realm="x", Bearer error=insufficient_scope', {}],
    [403, 'Bearer error="insufficient_scope", scope="<b>orders</b>"', { scope: '<b>orders</b>' }],
    [403, 'Bearer error="insufficient_scope", scope="a\\"b"', {}],
  ])('more scope, is a problem that says which: %s %s [PX-18]', async (status, challenge, members) => {
    api.upstream.answer = () => rejects(challenge, status)
    const answer = await user.ask('GET', '/api/orders')
    const { requestId, detail, title, type, ...told } = answer.json()
    expect(told).toEqual({ status: 403, code: 'insufficient-scope', ...members })
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(api.upstream.takeCalls()).toHaveLength(1)
    expect(api.refreshes()).toBe(0)
  })

  it.each([
    [
      'acr_values="urn:mfa phishing-resistant", max_age="300"',
      { acr_values: 'urn:mfa phishing-resistant', max_age: 300 },
    ],
    ['max_age=0', { max_age: 0 }],
    ['acr_values="a\\\\b", max_age="soon"', {}],
  ])('a stronger or fresher login, is a problem that says which: %s [PX-18]', async (wanted, members) => {
    api.upstream.answer = () => rejects(`Bearer error="insufficient_user_authentication", ${wanted}`)
    const answer = await user.ask('GET', '/api/orders')
    const { requestId, detail, title, type, ...told } = answer.json()
    expect(told).toEqual({ status: 401, code: 'step-up-required', ...members })
    expect(answer.cookies).toEqual([])
    expect(api.refreshes()).toBe(0)
  })

  it('says so in the parameters that a login takes [PX-18]', async () => {
    api.upstream.answer = () =>
      rejects('Bearer error="insufficient_user_authentication", acr_values="gold", max_age=60')
    const { acr_values, max_age } = (await user.ask('GET', '/api/orders')).json()
    const parameters = { acr_values: String(acr_values), max_age: String(max_age) }
    const { location } = await user.navigate(`/bff/login?${new URLSearchParams(parameters)}`)
    expect(Object.fromEntries(new URL(location).searchParams)).toMatchObject(parameters)
  })

  it('once it has a new token, says so too [PX-18] [RF-10]', async () => {
    const [first] = accessTokens()
    api.upstream.answer = (call) =>
      bearerOf(call) === first ? INVALID_TOKEN : rejects('Bearer error="insufficient_scope"', 403)
    expect(await user.ask('GET', '/api/orders')).toMatchObject({ status: 403, code: 'insufficient-scope' })
    expect(api.upstream.takeCalls()).toHaveLength(2)
  })
})

describe('any other refusal of an upstream', () => {
  it.each([
    [401, 'Basic realm="orders", charset="UTF-8"'],
    [401, 'Bearer realm="orders"'],
    [401, 'DPoP error="invalid_token", algs="ES256"'],
    [403, 'Bearer error="invalid_token"'],
    [400, 'Bearer error="invalid_request"'],
  ])('is its own affair: it passes, without the challenge: %s %s [PX-18]', async (status, challenge) => {
    api.upstream.answer = () => rejects(challenge, status)
    const answer = await user.ask('GET', '/api/orders')
    expect(answer).toMatchObject({ status, code: undefined, cookies: [] })
    expect(answer.octets.toString()).toBe('what the upstream says')
    expect(JSON.stringify(answer.headers)).not.toMatch(/authenticate|realm/)
    expect(api.upstream.takeCalls()).toHaveLength(1)
    expect(api.refreshes()).toBe(0)
  })
})
