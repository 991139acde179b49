import { beforeEach, describe, expect, it } from 'vitest'
import { type SignedInAtGateway, signInAtGateway } from '../support/authorizer.ts'
import type { CallChanges } from '../support/authorizer-events.ts'

const STRANGE_COOKIE = `__Host-Http-session=${'B'.repeat(43)}`

let user: SignedInAtGateway
beforeEach(async () => {
  user = await signInAtGateway()
})

const httpApi = (call?: CallChanges) => user.askedByHttpApi(call)
const restApi = (call?: CallChanges) => user.askedByRestApi(call)

/** An HTTP API is told, and answers 403; a REST API answers 401 to this error and to no other. */
async function expectSignedOut(code: string, call: CallChanges = {}): Promise<void> {
  user.bff.log.length = 0
  expect(await httpApi(call)).toEqual({ isAuthorized: false, context: { code } })
  await expect(restApi(call)).rejects.toThrow(/^Unauthorized$/)
  expect(user.bff.log.map((line) => [line.level, line.code, line.problemStatus, line.route])).toEqual([
    ['info', code, 401, 'authorizer'],
    ['info', code, 401, 'authorizer'],
  ])
}

describe('a call without a session', () => {
  it.each<[string, readonly string[]]>([
    ['no cookie', []],
    ['a cookie that we never issued', ['__Host-Http-session=not-one-of-ours']],
    ['the cookie of no session that we know', [STRANGE_COOKIE]],
  ])('is signed out: %s [SC-11]', (_, cookies) => expectSignedOut('session-required', { cookies }))

  it('is signed out from the moment of the logout on [ST-03] [LO-01]', async () => {
    const cookies = [user.cookie]
    expect(await httpApi()).toMatchObject({ isAuthorized: true })
    await user.visitor.call('POST', '/bff/logout')
    await expectSignedOut('session-required', { cookies })
  })

  it('is signed out at the idle limit, whether or not the row is still there [SC-12] [ST-01]', async () => {
    user.bff.clock.advance(1800)
    expect(await user.bff.tables.items(user.bff.tables.sessionTable)).toHaveLength(1)
    await expectSignedOut('session-required')
  })
})

describe('a call with two session cookies', () => {
  it('is refused instead of guessing [SC-15]', () =>
    expectSignedOut('session-cookie-repeated', { cookies: [user.cookie, STRANGE_COOKIE] }))

  it('is refused when each comes in a header of its own [SC-15]', async () => {
    const headers = { cookie: [user.cookie, STRANGE_COOKIE] }
    await expect(restApi({ cookies: [], headers })).rejects.toThrow(/^Unauthorized$/)
    expect(user.bff.log.at(-1)).toMatchObject({ code: 'session-cookie-repeated' })
  })
})

describe('a call with an access token that has run out', () => {
  it('gets a new one, of which the session check knows too [RF-04]', async () => {
    user.bff.clock.advance(300)
    const [before] = user.bff.server.issuedTokens
    const { context } = await httpApi()
    expect(context).toMatchObject({ accessToken: expect.stringMatching(/^at-/) })
    expect(context?.accessToken).not.toBe(before)
    expect((await restApi()).context).toEqual(context)
    const refreshes = user.bff.server
      .requestsTo('/token')
      .filter(({ form }) => form.get('grant_type') === 'refresh_token')
    expect(refreshes).toHaveLength(1)
    expect(user.bff.log.map(({ event }) => event)).toContain('session-refreshed')
  })

  it('is signed out if the grant has ended, and so is the session [RF-08] [SC-13]', async () => {
    user.bff.clock.advance(300)
    user.bff.server.scripts['/token'] = () => ({ status: 400, body: { error: 'invalid_grant' } })
    expect(await httpApi()).toEqual({ isAuthorized: false, context: { code: 'session-required' } })
    expect(await user.bff.tables.items(user.bff.tables.sessionTable)).toEqual([])
    await expectSignedOut('session-required')
  })

  it('is told so if there is no refresh token, and the session stays', async () => {
    user = await signInAtGateway(
      { BFF_NO_REFRESH_TOKEN: 'until-session-limits' },
      { refresh_token: undefined },
    )
    user.bff.clock.advance(300)
    await expectSignedOut('access-token-expired')
  })
})
