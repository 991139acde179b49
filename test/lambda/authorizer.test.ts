import { beforeEach, describe, expect, it } from 'vitest'
import { type SignedInAtGateway, signInAtGateway } from '../support/authorizer.ts'
import type { CallChanges } from '../support/authorizer-events.ts'
import { PUBLIC_ORIGIN } from '../support/visitor.ts'

const HTTP_API_ARN = 'arn:aws:execute-api:eu-west-1:111122223333:f6g7h8i9j0/$default'
const REST_API_ARN = 'arn:aws:execute-api:eu-west-1:111122223333:k1l2m3n4o5/prod'
const TOKEN_LIFE_SECONDS = 300

let user: SignedInAtGateway
beforeEach(async () => {
  user = await signInAtGateway()
})

const newestAccessToken = () => user.bff.server.issuedTokens.findLast((token) => token.startsWith('at-'))
const grant = () => ({
  accessToken: newestAccessToken(),
  sub: 'user-1',
  expiresAt: user.bff.clock.now() + TOKEN_LIFE_SECONDS,
})
const policy = (Effect: 'Allow' | 'Deny', Resource: unknown) => ({
  Version: '2012-10-17',
  Statement: [{ Action: 'execute-api:Invoke', Effect, Resource }],
})

/** Both kinds of gateway, and how each is told that a call may not pass. */
const GATEWAYS = [
  {
    gateway: 'an HTTP API',
    ask: (call: CallChanges = {}) => user.askedByHttpApi(call),
    denied: (code: string) => ({ isAuthorized: false, context: { code } }),
  },
  {
    gateway: 'a REST API',
    ask: (call: CallChanges = {}) => user.askedByRestApi(call),
    denied: (code: string) => ({
      principalId: 'nobody',
      policyDocument: policy('Deny', expect.stringContaining(`${REST_API_ARN}/`)),
      context: { code },
    }),
  },
]

describe('a call with a session', () => {
  it('through an HTTP API is authorized, with the access token and whose it is', async () => {
    expect(await user.askedByHttpApi()).toEqual({ isAuthorized: true, context: grant() })
  })

  it('through a REST API gets a policy for its own method and path, and no other', async () => {
    expect(await user.askedByRestApi({ path: '/orders/7' })).toEqual({
      principalId: 'user-1',
      policyDocument: policy('Allow', `${REST_API_ARN}/GET/orders/7`),
      context: grant(),
    })
  })

  it('through an HTTP API that wants policies gets one too', async () => {
    user = await signInAtGateway({ BFF_AUTHORIZER_RESPONSE: 'iam' })
    expect(await user.askedByHttpApi()).toEqual({
      principalId: 'user-1',
      policyDocument: policy('Allow', `${HTTP_API_ARN}/GET/orders/1`),
      context: grant(),
    })
    expect(await user.askedByHttpApi({ cookies: [] })).toEqual({
      principalId: 'nobody',
      policyDocument: policy('Deny', `${HTTP_API_ARN}/GET/orders/1`),
      context: { code: 'session-required' },
    })
  })

  it.each(['/orders/*', '/orders/?', '/orders/$' + '{aws:username}'])(
    'gets no policy for %s, which as a pattern would open other paths',
    async (path) => {
      expect(await user.askedByRestApi({ path })).toMatchObject({
        policyDocument: policy('Deny', `${REST_API_ARN}/GET${path}`),
        context: { code: 'request-invalid' },
      })
      expect(await user.askedByHttpApi({ path })).toMatchObject({ isAuthorized: true })
    },
  )

  it('tells the scope where the server told one, and no expiry where it told none', async () => {
    user.bff.clock.advance(TOKEN_LIFE_SECONDS)
    user.bff.server.tokenResponse = { scope: 'openid orders', expires_in: undefined }
    const { context } = await user.askedByRestApi()
    expect(context).toEqual({ accessToken: newestAccessToken(), sub: 'user-1', scope: 'openid orders' })
  })

  it.each(GATEWAYS)(
    'through $gateway costs one read, and a write when its use is worth one',
    async ({ ask }) => {
      await ask()
      expect(user.bff.tables.takeCommands()).toEqual(['GetItem'])
      user.bff.clock.advance(181)
      await ask()
      expect(user.bff.tables.takeCommands()).toEqual(['GetItem', 'UpdateItem'])
    },
  )

  it.each(GATEWAYS)('through $gateway leaves one line in the log', async ({ ask }) => {
    user.bff.log.length = 0
    await ask()
    expect(user.bff.log).toEqual([
      {
        level: 'info',
        event: 'session-checked',
        requestId: expect.stringMatching(/^[\w-]{36}$/),
        route: 'authorizer',
        milliseconds: 0,
      },
    ])
  })
})

describe('the log', () => {
  it('holds neither cookie nor token, whatever becomes of a call [LG-01]', async () => {
    user.bff.log.length = 0
    await user.askedByHttpApi()
    user.bff.clock.advance(TOKEN_LIFE_SECONDS)
    await user.askedByHttpApi()
    await user.askedByHttpApi({ headers: { 'X-CSRF': user.cookie } })
    await user.askedByRestApi({ cookies: [user.cookie, user.cookie] }).catch(() => undefined)
    user.bff.tables.breakCommand('GetItem')
    await user.askedByRestApi().catch(() => undefined)

    const [, identifier = ''] = user.cookie.split('=')
    const text = JSON.stringify(user.bff.log)
    expect(user.bff.log).toHaveLength(6)
    for (const secret of [identifier, ...user.bff.server.issuedTokens]) expect(text).not.toContain(secret)
  })
})

describe.each(GATEWAYS)('a call through $gateway', ({ ask, denied }) => {
  it.each<[string, CallChanges]>([
    ['lacks the static header', { headers: { 'X-CSRF': undefined } }],
    ['has another value in it', { headers: { 'X-CSRF': 'true' } }],
    ['sends it twice', { headers: { 'X-CSRF': ['1', '1'] } }],
    ['comes from another site', { headers: { 'Sec-Fetch-Site': 'cross-site' } }],
    ['comes from a sibling host', { headers: { 'Sec-Fetch-Site': 'same-site' } }],
    ['names another origin', { method: 'POST', headers: { Origin: 'https://evil.example' } }],
    [
      'changes something without saying from where',
      { method: 'POST', headers: { 'Sec-Fetch-Site': undefined } },
    ],
  ])('that %s is refused before anything is looked up [CC-01] [CC-03]', async (_, call) => {
    expect(await ask(call)).toEqual(denied('csrf-rejected'))
    expect(user.bff.tables.takeCommands()).toEqual([])
    expect(user.bff.log.at(-1)).toMatchObject({
      event: 'csrf-rejected',
      code: 'csrf-rejected',
      level: 'info',
    })
  })

  it.each<[string, CallChanges]>([
    ['of our own origin', { method: 'POST', headers: { Origin: PUBLIC_ORIGIN } }],
    [
      'of our own origin in an old browser',
      { method: 'DELETE', headers: { Origin: PUBLIC_ORIGIN, 'Sec-Fetch-Site': undefined } },
    ],
    ['that only reads in an old browser', { headers: { 'Sec-Fetch-Site': undefined } }],
    ['with headers in lower case', { headers: { 'x-csrf': '1', 'sec-fetch-site': 'same-origin' } }],
  ])('%s passes [CC-06] [CC-07]', async (_, call) => {
    expect((await ask(call)).context).toEqual(grant())
  })

  it('finds the cookie among others', async () => {
    const cookies = ['utm=日本', user.cookie, 'c=3']
    expect((await ask({ cookies })).context).toEqual(grant())
  })
})

describe('a Cookie header', () => {
  it('that was split is read as one [SC-15]', async () => {
    const headers = { cookie: ['utm=日本; a=1', user.cookie, 'c=3'] }
    expect((await user.askedByRestApi({ cookies: [], headers })).context).toEqual(grant())
  })

  it('that an HTTP API did not take apart is read too', async () => {
    const headers = { cookie: `a=1; ${user.cookie}; c=3` }
    expect((await user.askedByHttpApi({ cookies: [], headers })).context).toEqual(grant())
  })

  it('that an HTTP API hands over twice counts once', async () => {
    const headers = { cookie: user.cookie }
    expect((await user.askedByHttpApi({ cookies: [user.cookie], headers })).context).toEqual(grant())
  })
})
